"""Writes the list of orders to place and the form to fill in, both from the same tasks."""

from __future__ import annotations

import html
from collections.abc import Iterator

from conformance.truth.worksheet.tasks import TASKS, Task

NOTES_FIRST = "Write {marker} into the customer's notes at checkout. The suite finds the order by it."
INTRO = (
    "Place these orders in the shop by hand, as a customer would. Write down in worksheet.toml what the shop's own "
    "order page shows, not what the export says. If the shop can't take an order, leave it out and say why: "
    'skip = "the shop has no gift option". Then run'
)
COMMAND = "conformance run URL --username NAME --worksheet worksheet.toml"
WRITE_DOWN = ("Order number", "Placed at", "Total", "Tax", "Shipping", "Products, SKUs, prices, weights")


def markdown() -> str:
    """Return the list of orders as Markdown."""
    parts = ["# Orders to place", "", INTRO, "", f"    {COMMAND}", ""]
    for task in TASKS:
        parts += [f"## {task.marker} · {task.title}", ""]
        parts += [f"1. {step}" for step in _steps(task)]
        parts += ["", *(f"- {what}: ________________" for what in WRITE_DOWN), ""]
    return "\n".join(parts)


def page() -> str:
    """Return the list of orders as a page to print, with one box for each order."""
    boxes = []
    for task in TASKS:
        steps = "".join(f"<li>{html.escape(step)}</li>" for step in _steps(task))
        rows = "".join(f"<tr><th>{html.escape(what)}</th><td></td></tr>" for what in WRITE_DOWN)
        boxes.append(
            f"<section><h2><code>{task.marker}</code> {html.escape(task.title)}</h2><ol>{steps}</ol>"
            f"<table>{rows}</table></section>"
        )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Orders to place</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><style>'
        "body{font:15px/1.45 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}"
        "section{border:1px solid #99a;border-radius:6px;padding:.2rem 1rem 1rem;margin:1rem 0;break-inside:avoid}"
        "h2{font-size:1.1rem}code{background:#eef;padding:.1em .4em;border-radius:4px}"
        "table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:normal;width:16rem}"
        "th,td{border-bottom:1px dotted #99a;height:1.9rem}@media print{body{margin:0}}</style>"
        f"<h1>Orders to place</h1><p>{html.escape(INTRO)}</p><pre>{html.escape(COMMAND)}</pre>"
        + "".join(boxes)
        + "</html>\n"
    )


def _steps(task: Task) -> Iterator[str]:
    yield NOTES_FIRST.format(marker=task.marker)
    yield from task.steps


FORM_HEAD = """\
# The orders that you placed in the shop by hand. Fill in what the shop's own order page shows.
#
# - Set placed = true after you placed an order. To leave an order out, give the reason:
#       skip = "the shop has no gift option"
# - An empty text ("") says that the order has no such value. If you don't know a value, delete the line or
#   leave the comment sign before it. The suite then doesn't judge requirements that need it.
# - Write amounts and weights as texts: "19.90", "0.350 kg" (kg, g, lbs or oz; the weight of one piece).

[shop]
timezone = "UTC"          # the zone of the times below, like "Europe/Berlin"
currency = "USD"
# Each status of the shop, and its meaning: unpaid, paid, shipped, cancelled, on_hold or none.
statuses = { Open = "unpaid", Processed = "paid", Complete = "shipped", Canceled = "cancelled" }

# Fields that the shop can't keep at all, with the reason:
# [lacks]
# gift = "the shop has no gift option"
"""


def form() -> str:
    """Return the form as TOML. The values that the tasks prescribe are filled in already."""
    return "\n".join([FORM_HEAD, *(_order(task) for task in TASKS)])


def _order(task: Task) -> str:
    known = {"customer_notes": task.marker, "internal_notes": "", "gift_message": "", **task.known}
    lines = [
        f"# {task.title}: {' '.join(task.steps)}",
        "[[order]]",
        f'marker = "{task.marker}"',
        "placed = false",
        'order_number = ""',
        "# placed_at = 2026-11-24T10:05:00   # the shop's own time",
        '# status = "Processed"',
        '# email = ""',
        '# total = "0.00"',
        '# tax = "0.00"',
        '# shipping_amount = "0.00"',
        '# shipping_method = ""',
        '# payment_method = ""',
        f"gift = {str(task.gift).lower()}",
        *(f"{name} = {_quoted(text)}" for name, text in known.items()),
        *([] if task.discount else ["discount = []"]),
        *([] if task.sent_elsewhere else ["same_address = true"]),
        *_address("billing"),
        *(_address("shipping") if task.sent_elsewhere else []),
    ]
    if task.discount:
        lines += ["[[order.discount]]", '# name = ""', '# amount = "5.00"', '# coupon = ""']
    for _ in range(task.lines):
        lines += ["[[order.item]]", '# sku = ""', '# name = ""', "quantity = 1", '# unit_price = "0.00"']
        lines += ['# weight = "0.000 kg"', '# image_url = ""', '# location = ""']
        lines += ['# options = { Colour = "Red" }' if task.options else "options = {}"]
    return "\n".join(lines) + "\n"


def _address(kind: str) -> Iterator[str]:
    yield f"[order.{kind}]"
    for name in ("name", "company", "phone", "address1", "address2", "city", "state", "postal_code", "country"):
        yield f'# {name} = ""' + ("   # two letters, like US" if name == "country" else "")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
