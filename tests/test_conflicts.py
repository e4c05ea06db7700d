"""Defects and variants that contradict each other are named."""

from __future__ import annotations

from dataclasses import fields

import pytest

from mockstore.behaviours.conflicts import STEPS, conflicts
from mockstore.behaviours.current import About
from mockstore.behaviours.defects import defects
from mockstore.behaviours.registry import build_behaviour
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import RequestedWindow
from mockstore.shop.shop import Clock, Shop
from mockstore.store.store import Store
from tests.support.console_store import NOW

SHOP = Shop("4.6.3")


def test_each_step_has_words() -> None:
    """A new step of a behaviour needs words. The limit of a body and the threads are values, not steps."""
    assert set(STEPS) == {each.name for each in fields(Behaviour)} - {"body_limit", "concurrent"}


@pytest.mark.parametrize(
    ("about", "sentences"),
    [
        (About(defects=("country-uk",)), ()),
        (About(defects=("country-uk", "booked-but-500"), variants=("utf-16", "end-exclusive")), ()),
        (
            About(variants=("utf-16", "byte-order-mark")),
            ("The variants utf-16 and byte-order-mark exclude each other: a correct store has one of them at most.",),
        ),
        (
            About(defects=("window-ignored", "window-has-no-end")),
            (
                "The defect window-has-no-end replaces the choice of a window's orders, "
                "so the defect window-ignored has no effect on it.",
            ),
        ),
        (
            About(defects=("country-in-three-letters", "country-uk")),
            ("The defect country-in-three-letters hides the defect country-uk: orders are exported as without it.",),
        ),
    ],
)
def test_conflicts_are_named(about: About, sentences: tuple[str, ...]) -> None:
    """What can be combined is not named. A step that is replaced and a text that is written over are."""
    assert conflicts(about, SHOP) == sentences


def test_what_is_said_to_have_no_effect_has_none() -> None:
    """The store selects the same orders as without the defect that is named."""
    store = Store(SHOP, count=40, clock=Clock(NOW))
    window = RequestedWindow(NOW, NOW)

    def selected(*names: str) -> list[str]:
        found = build_behaviour("reference", names).select(store, window)
        return [order.order_number for order in found.slice(0, len(found))]

    assert selected("window-ignored", "window-has-no-end") == selected("window-has-no-end")
    assert selected("window-ignored") != selected("window-has-no-end")
    store.close()


def test_more_defects_than_can_be_compared_are_still_checked() -> None:
    """A step that is replaced is named, however many are on."""
    every = About(defects=tuple(defects()))
    found = conflicts(every, SHOP)
    assert any("window-has-no-end" in sentence for sentence in found)
    assert not any(" hides " in sentence for sentence in found)
