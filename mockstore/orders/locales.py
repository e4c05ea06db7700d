"""People of any locale that Faker knows, made with Faker and kept on disk for each of its versions.

Faker needs a second to make them. The file is in the folder for caches, as XDG defines it. Any number of processes may
read and make it at the same time. A file that is damaged is made again; without a place for it, people are made anew
in each process.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from mockstore.errors import MockStoreError
from mockstore.inputs.files import read_bounded, write_whole
from mockstore.orders.people import PEOPLE_PER_POOL, Person, Pool, one_line, unused_email
from mockstore.shop.suggestions import did_you_mean

MAX_CACHE_BYTES = 1024 * 1024
FORM = "1"
"""The form of the file: change it when people are made in another way."""
_LOCALE = re.compile(r"[a-z]{2,3}_[A-Z]{2}")
_OTHER_COUNTRIES = {"AA": "SA", "QC": "CA"}
"""Countries of Faker's locales that have no such code in ISO 3166-1."""


class UnknownLocale(MockStoreError):
    """Faker has no such locale, or it names no country."""


def cache_folder() -> Path:
    """Return the folder of the mock store's caches."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(cache) if Path(cache).is_absolute() else Path.home() / ".cache") / "mockstore"


@lru_cache(64)
def locale_pool(locale: str) -> Pool:
    """Return the people of a locale like ``de_DE``: from the file, or made with Faker.

    Raises:
        UnknownLocale: Faker has no such locale, or it names no country.
    """
    if not _LOCALE.fullmatch(locale):
        raise UnknownLocale(f"{locale!r} is not a locale: write it with a language and a country, like de_DE.")
    file: Path | None = None
    with suppress(RuntimeError):  # this user has no home
        file = cache_folder() / f"people-{FORM}-{version('faker')}-{locale}.json"
    if file is not None and (kept := _read(file)) is not None:
        return kept
    pool = make_pool(locale)
    if file is not None:
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(file, _encoded(pool))
    return pool


def _encoded(pool: Pool) -> bytes:
    content = msgspec.json.encode(pool)
    return sha256(content).hexdigest().encode() + b"\n" + content


def _read(file: Path) -> Pool | None:
    """Return the people of a file; None if it cannot be read or is damaged."""
    try:
        digest, _, content = read_bounded(file, MAX_CACHE_BYTES).partition(b"\n")
        if sha256(content).hexdigest().encode() != digest:
            return None
        return msgspec.json.decode(content, type=Pool)
    except (OSError, msgspec.MsgspecError):
        return None


def make_pool(locale: str) -> Pool:
    """Make the people of a locale with the installed version of Faker.

    Raises:
        UnknownLocale: Faker has no such locale.
    """
    import faker
    from faker.config import AVAILABLE_LOCALES

    if locale not in AVAILABLE_LOCALES:
        known = [each for each in AVAILABLE_LOCALES if _LOCALE.fullmatch(each)]
        raise UnknownLocale(f"Faker has no locale {locale!r}.{did_you_mean(locale, known)}")
    language, _, country = locale.partition("_")
    generator = faker.Faker(locale)
    generator.seed_instance(f"mockstore {locale}")
    emails = set[str]()
    people = tuple(_person(generator, emails) for _ in range(PEOPLE_PER_POOL))
    return Pool(_OTHER_COUNTRIES.get(country, country), language, locale, people)


def _person(generator: Any, emails: set[str]) -> Person:
    def said(*providers: str) -> str:
        """Return what the first provider says that the locale has."""
        name = next((each for each in providers if hasattr(generator, each)), None)
        return one_line(str(getattr(generator, name)())) if name else ""

    return Person(
        name=said("name"),
        company=said("company") if generator.random_int(0, 4) == 0 else "",
        phone=said("phone_number"),
        address1=said("street_address", "street_name"),
        address2=said("secondary_address") if generator.random_int(0, 2) == 0 else "",
        city=said("city"),
        state=said("administrative_unit", "state", "province", "region"),
        postal_code=said("postcode"),
        email=unused_email(generator, emails),
    )
