"""Runs a mock store in another program's event loop: starts it on a free port, and stops it without leftovers."""

from __future__ import annotations

import secrets
import socket
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from mockstore.behaviours.current import CurrentBehaviour
from mockstore.control.routes import BASE_PATH, Control
from mockstore.endpoint.behaviour import REFERENCE, Behaviour
from mockstore.rest.access import RestAccess
from mockstore.server.app import CONTROL, make_app
from mockstore.server.listening import Listening, listen
from mockstore.shop.facts import CAPABILITIES
from mockstore.shop.shop import Clock, Shop
from mockstore.store.store import Store
from mockstore.traffic.faults import Faults
from mockstore.traffic.incoming import Limits
from mockstore.traffic.journal import Journal, JournalSize

if TYPE_CHECKING:
    from mockstore.console.keys import Keys
    from mockstore.console.visits import ConsoleSetup
    from mockstore.server.tls import StoreTls


@dataclass(frozen=True)
class EmbeddedStore:
    """A running store, with its URLs, its control token, and the objects behind them."""

    shop: Shop
    url: str
    control_url: str
    control_token: str
    store: Store
    listening: Listening
    control: Control
    """The control protocol at ``control_url``, for callers in the same process."""
    journal: Journal
    faults: Faults
    current: CurrentBehaviour
    console: Keys | None = None
    """Makes links to the web console; None if there is none."""

    @property
    def behaviour(self) -> Behaviour:
        """The behaviour of the requests that arrive now."""
        return self.current.behaviour

    async def stop(self) -> None:
        """Stop the store and close it."""
        await self.listening.stop()
        self.store.close()


async def start(
    shop: Shop,
    behaviour: Behaviour | CurrentBehaviour = REFERENCE,
    *,
    count: int,
    now: datetime | None = None,
    port: int = 0,
    rest: RestAccess | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    lacks: tuple[str, ...] = (),
    capabilities: tuple[str, ...] = CAPABILITIES,
    journal_size: JournalSize = JournalSize(),  # noqa: B008 - frozen
    console_key: bytes | None = None,
    tls: StoreTls | None = None,
) -> EmbeddedStore:
    """Start a store on the loopback interface, with the control protocol; on a free port if none is given.

    ``now`` is the time at which its clock starts. ``rest`` names the accounts that may use the REST API.
    ``limits`` is how long the store waits for a client. ``lacks`` and ``capabilities`` are what the control protocol
    states. ``journal_size`` is how much the journal keeps. With ``console_key`` there is a web console, whose links and
    sessions are signed with it. With ``tls`` the URLs begin with https. ``behaviour`` is that of
    :func:`mockstore.server.app.make_app`.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    place = f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    shop = msgspec.structs.replace(shop, base_url=place)
    store = Store(shop, count=count, clock=Clock(now))
    token = secrets.token_urlsafe(16)
    journal, faults = Journal(journal_size), Faults()
    setup = _console_setup(shop, console_key, listener.getsockname()[1]) if console_key else None
    current = behaviour if isinstance(behaviour, CurrentBehaviour) else CurrentBehaviour(behaviour)
    app = make_app(
        store,
        current,
        control_token=token,
        lacks=lacks,
        capabilities=capabilities,
        journal=journal,
        faults=faults,
        rest=rest,
        limits=limits,
        console=setup,
    )
    listening = await listen(app, listener, tls=tls.context if tls else None)
    url = f"{place}/?dispatch=shipstation"
    return EmbeddedStore(
        shop,
        url,
        place + BASE_PATH,
        token,
        store,
        listening,
        app[CONTROL],
        journal,
        faults,
        current,
        setup.keys if setup else None,
    )


def _console_setup(shop: Shop, key: bytes, port: int) -> ConsoleSetup:
    from mockstore.console.keys import Keys  # most embedded stores have no console
    from mockstore.console.visits import ConsoleSetup

    return ConsoleSetup(keys=Keys(key, port), base_url=shop.base_url, shell_password=shop.password)
