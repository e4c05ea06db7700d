"""Replies that are too large to be judged: recognised before they take memory, and accused of nothing."""

import gc
from dataclasses import replace

import pytest

from conformance.client.exchange import TOO_LONG
from conformance.client.parsing import limits
from conformance.client.parsing.document import MAX_TEXT_LENGTH, parse_export
from conformance.client.parsing.limits import MAX_LINES, MAX_MEMORY, MAX_ORDERS, LiveMemory, ReplyTooLarge
from tests.support import judged

LINE = "<Item/>"


def orders(number: int, content: str = "") -> str:
    """Return a document with this many orders."""
    return f"<Orders pages='1'>{f'<Order>{content}</Order>' * number}</Orders>"


def test_a_page_may_have_as_many_orders_as_the_limit() -> None:
    """A store decides how many orders are on a page."""
    assert len(judged.reading(orders(MAX_ORDERS)).orders) == MAX_ORDERS


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (orders(MAX_ORDERS + 1), "10,001 orders"),
        (orders(1, f"<Items>{LINE * (MAX_LINES + 1)}</Items>"), "60,001 line items and options"),
        (orders(1_000_000, "<OrderID>1</OrderID>"), "more orders or elements than the suite judges"),
        (f"<Orders {'a=1 ' * 1_200_000}/>", "more orders or elements"),
        (orders(1_200_000), "more orders or elements"),
        (f'<?xml version="1.0" encoding="utf-7"?>{orders(100_000)}', "more orders or elements"),
        ("<?xml version='1.0'?>".encode("cp037") + b" " * 1_100_000, "more orders or elements"),
    ],
)
def test_a_reply_beyond_a_limit_is_not_judged(body: str | bytes, what: str) -> None:
    """The reason names the exchange, the limit and the remedy. Nothing is accused: the contract has no such limit."""
    with pytest.raises(ReplyTooLarge, match=f"exchange {judged.EXCHANGE} has .*{what}.*--window"):
        judged.reading(body)


def test_a_reply_that_was_not_read_to_its_end_is_not_judged() -> None:
    """A reply over 64 MB may be a correct export."""
    exchange = replace(judged.exchange(b"", None), error=f"{TOO_LONG} 67108864 bytes")
    with pytest.raises(ReplyTooLarge, match="is longer than 67,108,864 bytes"):
        parse_export(exchange)


@pytest.mark.parametrize(
    "text",
    [
        f"<OrderID>{'x' * (MAX_TEXT_LENGTH + 1)}</OrderID>",
        f"<OrderID>{'<![CDATA[' + 'x' * 100_000 + ']]>' * 11}</OrderID>",
        f"<OrderID>{'<![CDATA[xxxxxxxxxxxxxxxxxxxx]]>' * (MAX_TEXT_LENGTH // 20 + 1)}</OrderID>",
        f"<OrderID x='{'x' * (MAX_TEXT_LENGTH + 1)}'/>",
    ],
)
def test_an_endless_text_makes_a_reply_unreadable(text: str) -> None:
    """No field of the contract has a text that long, so the store is at fault."""
    assert judged.reading(orders(1, text)).root is None


def test_texts_that_are_long_together_are_read() -> None:
    """Only a single text has a limit; spaces between elements have none."""
    page = judged.reading(orders(30, f"<CustomerNotes>{'x' * 50_000}</CustomerNotes>{' ' * MAX_TEXT_LENGTH}"))
    assert len(page.orders) == 30


def test_memory_is_counted_while_a_page_is_in_use() -> None:
    """Pages that nobody holds any longer leave room for others."""
    live = LiveMemory(100)
    page = judged.reading(orders(1))
    live.hold(page, 70)
    assert not live.has_room_for(40)
    del page
    assert live.has_room_for(40)


def test_pages_that_are_in_use_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second page of a kind that fits only once is not judged; when the first was dropped, it is.

    A page that is equal to one in use takes no further memory.
    """
    gc.collect()
    monkeypatch.setattr(limits, "LIVE", LiveMemory(MAX_MEMORY // 1000))
    body, other = orders(200, "<OrderID>1</OrderID>"), orders(200, "<OrderID>2</OrderID>")
    first = judged.reading(body)
    assert judged.reading(body).is_orders
    with pytest.raises(ReplyTooLarge, match="and earlier replies"):
        judged.reading(other)
    del first
    assert judged.reading(other).is_orders
