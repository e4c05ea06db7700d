"""The store's record by hand: the sheet, the form with its mistakes, and a run that uses it."""

from __future__ import annotations

import json
import tomllib
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conformance.report import views
from conformance.truth.worksheet import sheet
from conformance.truth.worksheet.form import WorksheetError, sheet_of
from conformance.truth.worksheet.tasks import TASKS, Task
from tests.support.processes import TOKEN, USERNAME, Served, conformance, mock_store

ADDRESS = {
    "name": "Marta Beispiel",
    "company": "",
    "phone": "+49 30 901820",
    "address1": "Turmweg 5",
    "address2": "",
    "city": "Berlin",
    "state": "BE",
    "postal_code": "10115",
    "country": "DE",
}
BOSTON = {
    "name": "Dana Sample",
    "company": "Sample Works",
    "phone": "+1 617 555 0142",
    "address1": "12 Oak St",
    "address2": "Apt 2",
    "city": "Boston",
    "state": "MA",
    "postal_code": "02108",
    "country": "US",
}


def item(number: int, options: dict[str, str] | None = None) -> dict[str, Any]:
    """A line, as the control protocol has it."""
    return {
        "sku": f"SKU-{number}",
        "name": f"Product {number}",
        "quantity": number,
        "unit_price": "10.00",
        "weight": {"value": "0.350", "unit": "kg"},
        "image_url": f"http://shop.example/{number}.png",
        "location": f"A{number}",
        "options": [{"name": name, "value": value} for name, value in (options or {}).items()],
    }


def placed(marker: str, minute: int, **changes: Any) -> dict[str, Any]:
    """An order that somebody placed a few hours ago."""
    moment = datetime.now(UTC).replace(second=40, microsecond=0) - timedelta(hours=3, minutes=minute)
    return {
        "status": "Processed",
        "placed_at": moment.isoformat(),
        "modified_at": moment.isoformat(),
        "currency": "USD",
        "customer": {"email": f"{marker.lower()}@example.org", "phone": "", "billing": ADDRESS, "shipping": ADDRESS},
        "shipping_method": "DHL Paket",
        "payment_method": "PayPal",
        "total": "14.90",
        "tax": "0.00",
        "shipping_amount": "4.90",
        "gift": False,
        "gift_message": "",
        "customer_notes": f"{marker} please ring twice",
        "internal_notes": "",
        "items": [item(1)],
        **changes,
    }


def send(store: Served, order: dict[str, Any]) -> str:
    """Place it; its number."""
    request = urllib.request.Request(
        f"{store.control}/orders",
        json.dumps(order).encode(),
        {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as reply:
        number: str = json.load(reply)["order_number"]
        return number


def text(value: str) -> str:
    """A TOML text."""
    return json.dumps(value, ensure_ascii=False)


def written(marker: str, number: str, order: dict[str, Any]) -> str:
    """What somebody who reads the shop's order page writes into the form."""
    lines = ["[[order]]", f"marker = {text(marker)}", "placed = true", f"order_number = {text(number)}"]
    lines += [f"placed_at = {order['placed_at'][:16]}:00Z", f"gift = {str(order['gift']).lower()}"]
    lines += [f"email = {text(order['customer']['email'])}", "discount = []"]
    for name in (
        "status shipping_method payment_method total tax shipping_amount gift_message customer_notes internal_notes"
    ).split():
        lines.append(f"{name} = {text(order[name])}")
    for kind in ("billing", "shipping"):
        lines.append(f"[order.{kind}]")
        lines += [f"{name} = {text(value)}" for name, value in order["customer"][kind].items()]
    for line in order["items"]:
        lines += ["[[order.item]]", f"quantity = {line['quantity']}", 'weight = "0.350 kg"']
        lines += [f"{name} = {text(line[name])}" for name in ("sku", "name", "unit_price", "image_url", "location")]
        chosen = ", ".join(f"{option['name']} = {text(option['value'])}" for option in line["options"])
        lines.append(f"options = {{ {chosen} }}")
    return "\n".join(lines)


ORDERS = {
    "CT-PLAIN-1": placed("CT-PLAIN-1", 1, items=[item(1), item(2)], total="34.90"),
    "CT-GIFT-1": placed("CT-GIFT-1", 5, gift=True, gift_message="Happy birthday, José & Zoë!"),
    "CT-STAFF-1": placed("CT-STAFF-1", 9, internal_notes="Fragile, check before shipping"),
    "CT-OPTIONS-1": placed(
        "CT-OPTIONS-1", 14, items=[item(1, {"Color": "Red"}), item(1, {"Color": "Blue"})], total="24.90"
    ),
    "CT-ADDRESS-1": placed("CT-ADDRESS-1", 19, customer={**placed("x", 1)["customer"], "shipping": BOSTON}),
}
SHOP = '[shop]\ntimezone = "America/New_York"\ncurrency = "USD"\nstatuses = { Processed = "paid", Open = "unpaid" }\n'


def fill(store: Served, path: Path) -> Path:
    """Place the orders, and write them down."""
    path.write_text(
        "\n".join([SHOP, *(written(marker, send(store, order), order) for marker, order in ORDERS.items())])
    )
    return path


@pytest.fixture(scope="module")
def store() -> Iterator[Served]:
    """A store that is right."""
    with mock_store("--version", "4.3.4", "--orders", "30") as served:
        yield served


def judge(store: Served, form: Path, folder: Path) -> dict[str, str]:
    """Requirement → verdict of a run with this form."""
    done = conformance(
        *("run", store.url, "--username", USERNAME, "--worksheet", str(form)),
        *("--scope", "truth", "--report-dir", str(folder), "--quiet"),
    )
    assert done.returncode in (1, 3), done.stderr + done.stdout
    return {result.requirement: result.verdict for result in views.read(folder).results}


def test_a_correct_store_has_no_deviation(store: Served, tmp_path: Path) -> None:
    """All fields that were written down are judged, and conform."""
    verdicts = judge(store, fill(store, tmp_path / "filled.toml"), tmp_path / "report")
    assert "deviates" not in verdicts.values(), verdicts
    judged = {name for name, verdict in verdicts.items() if verdict == "conforms"}
    assert judged >= {"GIF-1", "GIF-3", "NOT-1", "NOT-2", "CUS-1", "CUS-4", "ITM-7", "OPT-1", "WGT-1", "ORD-5", "ORD-7"}
    assert verdicts["WIN-1"] == verdicts["WIN-4"] == "not-exercised"


def test_a_recheck_gives_the_same_results(store: Served, tmp_path: Path) -> None:
    """The form is part of the recording."""
    judge(store, fill(store, tmp_path / "filled.toml"), tmp_path / "report")
    (tmp_path / "filled.toml").unlink()
    assert "byte for byte" in conformance("recheck", str(tmp_path / "report"), "--quiet").stdout


def test_a_wrong_store_deviates(tmp_path: Path) -> None:
    """A real add-on exports no gift flag and a wrong payment method."""
    with mock_store("--version", "4.3.4", "--orders", "30", "--profile", "addon-1.0.12") as wrong:
        verdicts = judge(wrong, fill(wrong, tmp_path / "filled.toml"), tmp_path / "report")
    assert verdicts["GIF-1"] == verdicts["ORD-11"] == "deviates"
    assert verdicts["NOT-1"] == "conforms"


def test_orders_that_were_not_found_or_left_out_are_named(store: Served, tmp_path: Path) -> None:
    """The notice has marker and line, and no requirement deviates for it."""
    form = tmp_path / "form.toml"
    form.write_text(
        f'{SHOP}\n[[order]]\nmarker = "CT-LOST-1"\nplaced = true\n\n[[order]]\nmarker = "CT-GIFT-1"\n'
        'skip = "the shop has no gift option"\n\n[[order]]\nmarker = "CT-LATER-1"\nplaced = false\n'
    )
    verdicts = judge(store, form, tmp_path / "report")
    notices = " ".join(views.read(tmp_path / "report").notices)
    assert "worksheet: not found: CT-LOST-1 (line 6). No exported order" in notices
    assert "worksheet: left out: CT-GIFT-1 (the shop has no gift option)" in notices
    assert "not placed yet: CT-LATER-1" in notices
    assert "deviates" not in verdicts.values()


def test_fields_that_were_not_written_down_are_not_judged(store: Served, tmp_path: Path) -> None:
    """The requirement is not exercised, and the reason names field, marker and line."""
    order = placed("CT-SHORT-1", 30)
    number = send(store, order)
    form = tmp_path / "form.toml"
    form.write_text(f'{SHOP}[[order]]\nmarker = "CT-SHORT-1"\nplaced = true\norder_number = "{number}"\n')
    verdicts = judge(store, form, tmp_path / "report")
    reasons = {result.requirement: result.reason for result in views.read(tmp_path / "report").results}
    assert verdicts["CUS-1"] == verdicts["ORD-8"] == verdicts["WGT-1"] == "not-exercised"
    assert reasons["CUS-1"] == "the worksheet doesn't state email of CT-SHORT-1 (line 5)"
    assert "deviates" not in verdicts.values()


MISTAKES = {
    "unknown field": ("emial = 'a@b.c'", "line 9: there is no field 'emial'. Did you mean email?"),
    "amount with comma": ("total = '19,90'", "line 9: total can't be '19,90': write it like \"19.90\""),
    "time in quotes": ("placed_at = '10 o clock'", "line 9: placed_at can't be '10 o clock'"),
    "text without quotes": ("status = 3", "line 9: status must be a text"),
    "unknown status": ("status = 'Procesed'", "line 9: the shop has no status 'Procesed'; it has Processed, Open"),
    "gift in quotes": ("gift = 'yes'", "line 9: gift must be true or false"),
    "marker not in the notes": ("customer_notes = 'hello'", "line 9: the marker CT-X-1 is missing in the notes"),
    "weight without unit": ("[[order.item]]\nweight = '0.350'", "line 10: weight can't be '0.350'"),
    "no quantity": ("[[order.item]]\nquantity = 0", "line 10: quantity can't be 0"),
    "country by name": ("[order.billing]\ncountry = 'Germany'", "line 10: country can't be 'Germany'"),
    "the same marker twice": (
        "[[order]]\nmarker = 'CT-X-1'",
        "line 10: the order in line 6 has the marker CT-X-1, too",
    ),
    "no reason": ("[[order]]\nmarker = 'CT-Y-1'\nskip = ''", "line 11: say why the order was left out"),
    "no TOML": ("email = a@b.c", "Invalid value (at line 9"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_typing_mistake_is_named_with_its_line(name: str) -> None:
    """The message says what is wrong, where, and what to write."""
    typed, sentence = MISTAKES[name]
    form = f'{SHOP}\n[[order]]\nmarker = "CT-X-1"\nplaced = true\n'.replace("\n\n", "\n# an order\n")
    with pytest.raises(WorksheetError) as found:
        sheet_of(form.replace("placed = true\n", f"placed = true\n{typed}\n"), "form.toml")
    assert sentence in str(found.value)


def test_all_mistakes_are_named_at_once() -> None:
    """One run is enough to find all of them."""
    with pytest.raises(WorksheetError) as found:
        sheet_of(f"{SHOP}[[order]]\nplaced = 'yes'\ntotl = 3\n[shops]\n", "form.toml")
    assert len(str(found.value).splitlines()) == 5


def test_the_form_that_is_written_can_be_read() -> None:
    """No order is placed yet, and every task is in it."""
    form = sheet_of(sheet.form(), "worksheet.toml")
    assert form.waiting == tuple(task.marker for task in TASKS)
    assert tomllib.loads(sheet.form())["order"][0]["marker"] == "CT-PLAIN-1"


def test_every_field_may_be_uncommented() -> None:
    """Each line behind a comment sign is a valid entry once it is filled in."""
    head, *orders = sheet.form().split("[[order]]")
    lines = [line.removeprefix("# ") if " = " in line else line for line in "[[order]]".join(orders).splitlines()]
    filled = "\n".join([head, "[[order]]", *lines]).replace("placed = false", "placed = true")
    form = sheet_of(filled, "worksheet.toml")
    assert len(form.entries) == len(TASKS)
    assert [len(entry.discounts or ()) for entry in form.entries] == [task.discounts for task in TASKS]


def order_of(task: Task, minute: int) -> dict[str, Any]:
    """Return the order that somebody places who follows the sheet."""
    items = []
    for number, line in enumerate(task.lines, start=1):
        product = 1 if line.what.startswith("the same product") else number
        row = {**item(product), "quantity": line.pieces, **line.known}
        row["options"] = [{"name": "Colour", "value": f"Red {number} Zoë & <Max>"}] if line.has_options else []
        row["discount"] = "2.00" if line.has_discount else "0.00"
        items.append(row)
    billing = {**ADDRESS, **{key.removeprefix("billing."): text for key, text in task.known.items() if "." in key}}
    customer = {**placed(task.marker, 1)["customer"], "billing": billing, "shipping": billing}
    customer |= {"shipping": BOSTON} if task.sent_elsewhere else {}
    discounts = [{"name": f"Sale {each}", "amount": "1.00", "coupon": f"SALE{each}"} for each in range(task.discounts)]
    total = sum(float(row["unit_price"]) * row["quantity"] for row in items) + 4.90 - len(discounts)
    status = {"CT-STATUS-1": "gift wrapping", "CT-CANCELLED-1": "Canceled"}.get(task.marker, "Processed")
    known = {key: text for key, text in task.known.items() if "." not in key}
    changes: dict[str, Any] = {"customer": customer, "items": items, "discounts": discounts, "total": f"{total:.2f}"}
    changes |= {"customer_notes": task.marker, "gift": task.gift, "status": status, **known}
    return placed(task.marker, minute, **changes)


def completed(form: str, orders: dict[str, dict[str, Any]]) -> str:
    """Return the form with the values of these orders where it has none; what is filled in already stays."""
    head, *blocks = form.split("[[order]]\n")
    done = [head.replace('"cancelled" }', '"cancelled", "gift wrapping" = "none" }')]
    for block in blocks:
        order = orders[tomllib.loads(f"[order]\n{block}")["order"]["marker"]]
        places: dict[str, Iterator[dict[str, Any]]] = {
            "[[order.item]]": iter(order["items"]),
            "[[order.discount]]": iter(order["discounts"]),
            "[order.billing]": iter([order["customer"]["billing"]]),
            "[order.shipping]": iter([order["customer"]["shipping"]]),
        }
        values: dict[str, Any] = {**order, "email": order["customer"]["email"]}
        lines = ["[[order]]"]
        for line in block.splitlines():
            if line in places:
                values = next(places[line])
            key = line.removeprefix("# ").partition(" = ")[0]
            if line.startswith("# ") and key in values:
                lines.append(f"{key} = {toml_of(key, values[key])}")
            else:
                lines.append(line.replace("placed = false", "placed = true"))
        done.append("\n".join(lines))
    return "\n".join(done)


def toml_of(key: str, value: Any) -> str:
    """Return a value as somebody writes it into the form."""
    if key == "placed_at":
        return str(value)
    if key == "weight":
        return text(f"{value['value']} {value['unit']}")
    if key == "options":
        return "{ " + ", ".join(f"{each['name']} = {text(each['value'])}" for each in value) + " }"
    return text(value)


def test_following_the_sheet_ends_green(tmp_path: Path) -> None:
    """All orders are placed as described, the form completed, and the printed command run: it succeeds."""
    assert conformance("worksheet", str(tmp_path)).returncode == 0
    orders = {task.marker: order_of(task, 30 + place) for place, task in enumerate(TASKS)}
    form = tmp_path / "worksheet.toml"
    with mock_store("--version", "4.3.4", "--orders", "30") as store:  # no other test has put orders of the sheet there
        for order in orders.values():
            order["order_number"] = send(store, order)
        form.write_text(completed(form.read_text(encoding="utf-8"), orders), encoding="utf-8")
        words = sheet.COMMAND.replace("URL", store.url).replace("NAME", USERNAME).split()[1:]
        places = {each: str(tmp_path / each) for each in ("worksheet.toml", "worksheet-baseline.toml")}
        command = [places.get(word, word) for word in words]
        done = conformance(*command, "--report-dir", str(tmp_path / "report"))
    report = views.read(tmp_path / "report")
    assert done.returncode == 0, done.stdout
    assert not [notice for notice in report.notices if "stale" in notice], report.notices
    assert not [result for result in report.results if result.verdict == "deviates"]


def test_the_paper_has_room_for_what_the_form_asks() -> None:
    """Each field that the form leaves to people has a line on paper, for each product and discount."""
    for task, block in zip(TASKS, sheet.form().split("[[order]]\n")[1:], strict=True):
        asked = [line for line in block.splitlines()[1:] if line.startswith("# ") and " = " in line]
        box = sheet.page().split(f"<code>{task.marker}</code>")[1].partition("</section>")[0]
        assert box.count("<td></td>") == len(asked), task.marker
        part = sheet.markdown().split(f"## {task.marker} ")[1].partition("\n## ")[0]
        assert part.count("____") // 4 == len(asked), task.marker


def test_the_form_has_filled_in_what_the_sheet_asks_for() -> None:
    """Numbers of pieces, notes, names and empty fields are those of the steps."""
    orders = {order["marker"]: order for order in tomllib.loads(sheet.form())["order"]}
    assert "2 pieces of a product; 1 piece of another product" in sheet.markdown()
    assert [row["quantity"] for row in orders["CT-PLAIN-1"]["item"]] == [2, 1]
    assert orders["CT-TEXT-1"]["billing"]["name"] == 'Sean O\'Neil & "Sons"'
    assert orders["CT-BARE-1"]["billing"] == {"company": "", "phone": "", "address2": ""}
    for task in TASKS:
        for name, value in {**task.known, **{k: v for line in task.lines for k, v in line.known.items()}}.items():
            words = " ".join([*task.steps, *(line.what for line in task.lines)])
            wanted = value.removeprefix(f"{task.marker} ")
            assert wanted in words or wanted in ("", "0.00"), (task.marker, name)


def test_the_command_writes_four_files_and_overwrites_none(tmp_path: Path) -> None:
    """The second time, it refuses to overwrite them."""
    first = conformance("worksheet", str(tmp_path))
    assert first.returncode == 0, first.stderr
    for name in ("worksheet.md", "worksheet.html", "worksheet.toml"):
        assert "CT-GIFT-1" in (tmp_path / name).read_text(encoding="utf-8")
    second = conformance("worksheet", str(tmp_path))
    assert second.returncode == 2
    assert "--force" in second.stderr
