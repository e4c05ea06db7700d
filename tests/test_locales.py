"""``--locale``: buyers from Faker, kept on disk."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mockstore.orders.locales import UnknownLocale, cache_folder, locale_pool, make_pool
from mockstore.shop.shop import Clock, Shop
from mockstore.store.store import StateMismatch, Store


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Begin without kept people."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    locale_pool.cache_clear()
    return tmp_path


def kept_file() -> Path:
    """Return the only file of the cache."""
    (file,) = cache_folder().iterdir()
    return file


def test_buyers_are_of_the_locales_and_the_same_every_time() -> None:
    """The seed chooses among them; without locales the built-in buyers stay."""

    def orders(seed: int, *locales: str) -> list[str]:
        clock = Clock(datetime(2026, 1, 1, tzinfo=UTC), running=False)
        store = Store(Shop("4.3.4", seed=seed, locales=locales), count=60, clock=clock)
        return [f"{each.customer.billing.name} {each.customer.billing.country}" for each in store.orders()]

    first = orders(1, "de_DE", "ja_JP", "th_TH")
    assert {each[-2:] for each in first} == {"DE", "JP", "TH"}
    locale_pool.cache_clear()
    assert orders(1, "de_DE", "ja_JP", "th_TH") == first
    assert orders(2, "de_DE", "ja_JP", "th_TH") != first
    assert len({each[-2:] for each in orders(1)}) > 5


def test_kept_people_need_no_faker(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read from the file; for each version of Faker there is another."""
    made = locale_pool("de_DE")
    locale_pool.cache_clear()
    monkeypatch.setitem(sys.modules, "faker", None)
    assert locale_pool("de_DE") == made
    assert "people-1-" in kept_file().name


@pytest.mark.parametrize("damage", [b"", b"x", b"\x00" * 5000])
def test_a_damaged_file_is_made_again(damage: bytes) -> None:
    """Also if only one letter of it is another."""
    made = locale_pool("de_DE")
    whole = kept_file().read_bytes()
    for content in (damage, whole[:-9], whole.replace(b"a", b"b", 1)):
        kept_file().write_bytes(content)
        locale_pool.cache_clear()
        assert locale_pool("de_DE") == made
        assert kept_file().read_bytes() == whole


def test_several_at_once_leave_one_whole_file() -> None:
    """Each of them makes or reads the same people."""
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: locale_pool.__wrapped__("de_DE"), range(4)))
    assert made == [make_pool("de_DE")] * 4
    assert kept_file().stat().st_size > 1000


def test_people_are_made_without_a_place_to_keep_them(empty_cache: Path) -> None:
    """The cache is for speed only."""
    (empty_cache / "mockstore").write_text("a file where the folder belongs", encoding="utf-8")
    assert locale_pool("de_DE").country == "DE"


@pytest.mark.parametrize(
    ("locale", "message"),
    [
        ("de_DX", "Faker has no locale 'de_DX'. Did you mean de_DE"),
        ("de", "'de' is not a locale: write it with a language and a country"),
        ("../../etc/passwd", "is not a locale"),
    ],
)
def test_a_locale_that_does_not_exist_is_named(locale: str, message: str) -> None:
    """The name becomes part of a file's name, so it is checked first."""
    with pytest.raises(UnknownLocale, match=message):
        locale_pool(locale)


def test_a_state_belongs_to_its_locales(tmp_path: Path) -> None:
    """With other buyers the same state would have other orders."""
    state = str(tmp_path / "state.db")
    Store(Shop("4.3.4", locales=("de_DE",)), count=5, state=state).close()
    with pytest.raises(StateMismatch, match="locales"):
        Store(Shop("4.3.4"), count=5, state=state)
