"""What a page's handler gets from a browser, and what it may answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from aiohttp import web

from mockstore.behaviours.current import CurrentBehaviour
from mockstore.console.forms import Form
from mockstore.console.keys import Keys, Session
from mockstore.console.verdicts import Verdicts
from mockstore.errors import MockStoreError
from mockstore.store.store import Store
from mockstore.traffic.faults import Faults
from mockstore.traffic.journal import Journal
from mockstore.traffic.rules import ImporterAccess


@dataclass(frozen=True, kw_only=True)
class ConsoleSetup:
    """What the console is told about the store when it starts.

    ``base_url`` is the beginning of the store's URLs as clients see them. ``shell_password`` is the text that stands
    for the add-on's password in a shell command. ``accounts`` are the further credentials: what each is for, name, and
    secret. ``ca_file`` has the certificate of the CA that signed the store's, "" if the store has none.
    """

    keys: Keys
    base_url: str
    shell_password: str
    accounts: tuple[tuple[str, str, str], ...] = ()
    state: str = ""
    ca_file: str = ""


@dataclass(frozen=True, kw_only=True)
class Inside:
    """The running store: the objects that pages read and change."""

    setup: ConsoleSetup
    store: Store
    current: CurrentBehaviour
    journal: Journal
    faults: Faults

    @property
    def url(self) -> str:
        """Return the add-on's URL, to which a client adds ``&action=…``."""
        return f"{self.setup.base_url}/?dispatch=shipstation"

    @property
    def importer_access(self) -> ImporterAccess:
        """Return what an importer was told: the URL and the credentials."""
        return ImporterAccess(self.url, self.store.shop.username, self.store.shop.password)

    @cached_property
    def verdicts(self) -> Verdicts:
        """The verdicts on the requests in the journal, which all pages share."""
        return Verdicts(self.journal, self.importer_access)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A request of a browser that was let in.

    ``query`` holds the parameters of the query, ``place`` the parts of the path that a route names, ``form`` what a
    POST sent.
    """

    inside: Inside
    session: Session
    query: Form
    place: Mapping[str, str]
    form: Form
    request: web.Request


Tone = Literal["done", "problem"]


@dataclass(frozen=True)
class Shown:
    """A page: a template with its values."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class Sent:
    """The browser is sent to another page of the console, which shows the message once."""

    path: str
    message: str = ""
    tone: Tone = "done"


class PageNotFound(MockStoreError):
    """There is no such page, order or request. The message says what is missing."""


Answer: TypeAlias = Shown | Sent | web.StreamResponse
Handler: TypeAlias = Callable[[Visit], Awaitable[Answer]]


@dataclass(frozen=True)
class Route:
    """A method and a path of a page, with parts in braces, as aiohttp writes them."""

    method: Literal["GET", "POST"]
    path: str
    handler: Handler


@dataclass(frozen=True)
class Page:
    """An entry of the navigation, and the routes behind it."""

    name: str
    path: str
    routes: tuple[Route, ...]


def get(path: str, handler: Handler) -> Route:
    """Return the route of a page that changes nothing."""
    return Route("GET", path, handler)


def post(path: str, handler: Handler) -> Route:
    """Return the route to which a form is sent."""
    return Route("POST", path, handler)
