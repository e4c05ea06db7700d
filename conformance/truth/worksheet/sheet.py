"""Writes the list of orders to place, the form to fill in, and the baseline for both, all from the same tasks."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.truth.worksheet.form import ADDRESS_KEYS
from conformance.truth.worksheet.tasks import RULES, TASKS, Line, Task

NOTES_FIRST = "Write {marker} into the customer's notes at checkout. The suite finds the order by this text."
INTRO = (
    "Place these orders in the shop by hand, as a customer would. Write down in worksheet.toml what the shop's own "
    "order page shows, not what the export says. If the shop can't take an order, leave it out and say why: "
    'skip = "the shop has no gift option". '
)
COMMAND = (
    "conformance run URL --username NAME --worksheet worksheet.toml --scope truth --baseline worksheet-baseline.toml"
)
THEN = "Then run"
LEFT_OUT = (
    "If you left orders out, the run is incomplete: the report names the requirements that need them. Accept these in "
    "worksheet-baseline.toml, each with a reason; 'conformance baseline conformance-report --not-exercised' prints the "
    "entries."
)

NO_TIMES = "A worksheet doesn't say when an order was changed."
ACCEPTED = {
    "ITM-10": "Nobody places an order with 200 lines by hand.",
    "ORD-15": "A worksheet finds its orders in the export, and an order without a shipping address need not be there.",
    "ORD-16": "Nobody can place an order without lines by hand. Other optional data is judged.",
    "PAG-1": NO_TIMES,
    "PAG-2": NO_TIMES,
    "WIN-1": NO_TIMES,
    "WIN-3": NO_TIMES,
    "WIN-4": NO_TIMES,
    "WIN-5": NO_TIMES,
    "WIN-7": NO_TIMES,
}
"""Requirement of the scope truth that no worksheet can show → why."""


def baseline() -> str:
    """Return the baseline that accepts what no worksheet can show."""
    head = (
        "# What no worksheet can show. With this baseline, a run with a completed worksheet can succeed.\n"
        "# Add what your shop doesn't have, each with a reason:\n"
        "#     conformance baseline conformance-report --not-exercised\n"
    )
    entries = (
        f"[[not_exercised]]\nrequirement = {_quoted(name)}\nreason = {_quoted(why)}\n" for name, why in ACCEPTED.items()
    )
    return "\n".join([head, *entries])


# ---------------------------------------------------------------------- what has to be written down


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A field of the form: its key, what people call it, and an example of its TOML.

    ``value`` is the TOML that is filled in already; "" for a field that a person fills in.
    """

    key: str
    label: str
    example: str = '""'
    value: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the form: its header, what people call it, and its fields."""

    header: str
    title: str
    entries: tuple[Entry, ...]

    @property
    def to_fill_in(self) -> tuple[Entry, ...]:
        """The fields that a person fills in."""
        return tuple(entry for entry in self.entries if not entry.value)


ADDRESS_LABELS = {
    "name": "Name",
    "company": "Company",
    "phone": "Phone",
    "address1": "Street",
    "address2": "Second address line",
    "city": "City",
    "state": "State",
    "postal_code": "Postal code",
    "country": "Country",
}


def tables(task: Task) -> Iterator[Table]:
    """Yield the tables of an order's form."""
    yield Table(header="[[order]]", title="Order", entries=(*_order_entries(task),))
    yield _address(task, "billing", "Billing address")
    if task.sent_elsewhere:
        yield _address(task, "shipping", "Shipping address")
    for number in range(1, task.discounts + 1):
        title = "Discount" if task.discounts == 1 else f"Discount {number}"
        yield Table(
            header="[[order.discount]]",
            title=title,
            entries=(
                Entry(key="name", label="Name in the order"),
                Entry(key="amount", label="Amount", example='"5.00"'),
                Entry(key="coupon", label="Coupon code, if there was one"),
            ),
        )
    for number, line in enumerate(task.lines, start=1):
        title = "Product" if len(task.lines) == 1 else f"Product {number}"
        yield Table(header="[[order.item]]", title=title, entries=(*_item_entries(line),))


def _order_entries(task: Task) -> Iterator[Entry]:
    known = {"customer_notes": task.marker, "internal_notes": "", "gift_message": "", **task.known}
    yield Entry(key="order_number", label="Order number")
    yield Entry(
        key="placed_at", label="Placed at (day, time)", example="2026-11-24T10:05:00", hint="the shop's own time"
    )
    yield Entry(key="status", label="Status", example='"Processed"')
    yield Entry(key="email", label="E-mail")
    yield Entry(key="total", label="Total", example='"0.00"')
    yield Entry(key="tax", label="Tax", example='"0.00"')
    yield Entry(key="shipping_amount", label="Shipping costs", example='"0.00"')
    yield Entry(key="shipping_method", label="Shipping method")
    yield Entry(key="payment_method", label="Payment method")
    yield Entry(key="gift", label="Gift", value=str(task.gift).lower())
    for name, label in (
        ("customer_notes", "Customer's notes"),
        ("internal_notes", "Staff notes"),
        ("gift_message", "Gift message"),
    ):
        yield Entry(key=name, label=label, value=_quoted(known[name]))
    if not task.discounts:
        yield Entry(key="discount", label="Discounts", value="[]")
    if not task.sent_elsewhere:
        yield Entry(key="same_address", label="Same address", value="true")


def _address(task: Task, kind: str, title: str) -> Table:
    def entry(key: str) -> Entry:
        known = task.known.get(f"{kind}.{key}")
        return Entry(
            key=key,
            label=ADDRESS_LABELS[key],
            value="" if known is None else _quoted(known),
            hint="two letters, like US" if key == "country" else "",
        )

    return Table(header=f"[order.{kind}]", title=title, entries=tuple(map(entry, ADDRESS_KEYS)))


def _item_entries(line: Line) -> Iterator[Entry]:
    def entry(key: str, label: str, example: str = '""') -> Entry:
        known = line.known.get(key)
        return Entry(key=key, label=label, example=example, value="" if known is None else _quoted(known))

    yield entry("sku", "SKU")
    yield entry("name", "Name")
    yield Entry(key="quantity", label="Pieces", value=str(line.pieces))
    yield entry("unit_price", "Price of one piece", '"0.00"')
    if line.has_discount:
        yield entry("discount", "Taken off one piece", '"0.00"')
    yield entry("weight", "Weight of one piece", '"0.000 kg"')
    yield entry("image_url", "URL of the image")
    yield entry("location", "Location")
    yield Entry(
        key="options",
        label="Options",
        example='{ Colour = "Red" }',
        value="" if line.has_options else "{}",
    )


# ---------------------------------------------------------------------- the list of orders


def markdown() -> str:
    """Return the list of orders as Markdown."""
    parts = ["# Orders to place", "", INTRO + RULES, "", THEN, "", f"    {COMMAND}", "", LEFT_OUT, ""]
    for task in TASKS:
        parts += [f"## {task.marker} · {task.title}", ""]
        parts += [f"1. {step}" for step in _steps(task)]
        for table in tables(task):
            if table.to_fill_in:
                parts += ["", f"{table.title}:", ""]
                parts += [f"- {entry.label}: ________________" for entry in table.to_fill_in]
        parts += [""]
    return "\n".join(parts)


def page() -> str:
    """Return the list of orders as a page to print, with one box for each order."""
    boxes = []
    for task in TASKS:
        steps = "".join(f"<li>{html.escape(step)}</li>" for step in _steps(task))
        boxes.append(
            f"<section><h2><code>{task.marker}</code> {html.escape(task.title)}</h2><ol>{steps}</ol>"
            f"<div>{''.join(_rows(table) for table in tables(task))}</div></section>"
        )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Orders to place</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><style>'
        "body{font:15px/1.45 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}"
        "section{border:1px solid #99a;border-radius:6px;padding:.2rem 1rem 1rem;margin:1rem 0}"
        "h2{font-size:1.1rem}code{background:#eef;padding:.1em .4em;border-radius:4px}pre{white-space:pre-wrap}"
        "table{border-collapse:collapse;width:100%;break-inside:avoid;margin-top:.8rem}"
        "caption{text-align:left;font-weight:bold}th{text-align:left;font-weight:normal;width:9.5rem}"
        "th,td{border-bottom:1px dotted #99a;height:1.9rem}"
        "@media print,(min-width:44rem){section div{columns:2;column-gap:1.5rem}}"
        "@media print{body{margin:0}section{border:0;padding:0;break-before:page}}</style>"
        f"<h1>Orders to place</h1><p>{html.escape(INTRO + RULES)}</p><p>{THEN}</p><pre>{html.escape(COMMAND)}</pre>"
        f"<p>{html.escape(LEFT_OUT)}</p>" + "".join(boxes) + "</html>\n"
    )


def _rows(table: Table) -> str:
    rows = "".join(f"<tr><th>{html.escape(entry.label)}</th><td></td></tr>" for entry in table.to_fill_in)
    return f"<table><caption>{html.escape(table.title)}</caption>{rows}</table>" if rows else ""


def _steps(task: Task) -> Iterator[str]:
    yield NOTES_FIRST.format(marker=task.marker)
    yield f"Order {'; '.join(_piece(line) for line in task.lines)}."
    yield from task.steps


def _piece(line: Line) -> str:
    return f"{line.pieces} {'piece' if line.pieces == 1 else 'pieces'} of {line.what}"


# ---------------------------------------------------------------------- the form

FORM_HEAD = f"""\
# The orders that you placed in the shop by hand. Fill in what the shop's own order page shows.
#
# - Set placed = true after you placed an order. To leave an order out, give the reason:
#       skip = "the shop has no gift option"
# - What is filled in already is what worksheet.md asks you to do. Correct it if you did something else.
# - An empty text ("") says that the order has no such value. If you don't know a value, delete the line or
#   leave the comment sign before it. The suite then doesn't judge requirements that need it.
# - Write amounts and weights as texts: "19.90", "0.350 kg" (kg, g, lbs or oz; the weight of one piece).
# - Then run
#       {COMMAND}

[shop]
timezone = "UTC"          # the zone of the times below, like "Europe/Berlin"
currency = "USD"
# Each status of the shop, and its meaning: unpaid, paid, shipped, cancelled, on_hold or none. Write none for a status
# that the merchant added.
statuses = {{ Open = "unpaid", Processed = "paid", Complete = "shipped", Canceled = "cancelled" }}

# Fields that the shop can't keep at all, with the reason:
# [lacks]
# gift = "the shop has no gift option"
"""


def form() -> str:
    """Return the form as TOML. The values that the tasks prescribe are filled in already."""
    return "\n".join([FORM_HEAD, *(_order(task) for task in TASKS)])


def _order(task: Task) -> str:
    lines = [f"# {task.title}: {' '.join([*_steps(task)][1:])}"]
    for table in tables(task):
        lines.append(table.header)
        if table.header == "[[order]]":
            lines += [f"marker = {_quoted(task.marker)}", "placed = false"]
        for entry in table.entries:
            hint = f"   # {entry.hint}" if entry.hint else ""
            lines.append(f"{entry.key} = {entry.value}" if entry.value else f"# {entry.key} = {entry.example}{hint}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
