"""What a store is to be like, as the command line says it, and whether that can be."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

import msgspec

from mockstore.cli.errors import UsageError
from mockstore.cli.options import FaultText
from mockstore.shop.shop import CS_CART_STATUSES, Shop, Status
from mockstore.shop.suggestions import did_you_mean
from mockstore.shop.versions import UnknownVersion, version

WILDCARDS = ("0.0.0.0", "::")


@dataclass(frozen=True)
class NamedSecret:
    """A password, and in words where it is from; shows nothing of itself.

    ``shell`` is how a shell says it.
    """

    value: str = field(repr=False)
    origin: str
    shell: str


@dataclass(frozen=True)
class ServeOptions:
    """Everything that the command line can say of a store."""

    version: str
    orders: int = 500
    seed: int = 1
    host: str = "127.0.0.1"
    allow_remote: bool = False
    port: int = 0
    public_url: str | None = None
    username: str = "ship-user"
    password: NamedSecret | None = None
    timezone: str = "America/New_York"
    weight_unit: str = "lbs"
    currency: str = "USD"
    orders_per_page: int = 100
    statuses: tuple[Status, ...] = ()
    profile: str = "reference"
    defects: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    state: str | None = None
    control_token: NamedSecret | None = None
    specimens: bool = True
    clock: datetime | None = None
    clock_runs: bool = False
    faults: tuple[FaultText, ...] = ()
    watch: bool = False
    rest_user: str | None = None
    rest_key: NamedSecret | None = None
    workers: int = 1

    def check(self) -> None:
        """See whether it can be, as far as that can be told without starting.

        Raises:
            Refused: with what can't.
        """
        try:
            version(self.version)
        except UnknownVersion as unknown:
            raise UsageError(str(unknown)) from None
        from mockstore.orders.virtual import MOST

        if not 0 <= self.orders <= MOST:
            raise UsageError(f"--orders is from 0 to {MOST:,}, not {self.orders:,}.")
        _check_zone(self.timezone)
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise UsageError(f"--currency is three capital letters, like EUR, not {self.currency!r}.")
        names = [status.name for status in self.statuses]
        if repeated := {name for name in names if names.count(name) > 1}:
            raise UsageError(f"--status names {', '.join(map(repr, sorted(repeated)))} twice.")
        if self.statuses and not any(status.maps_to == "shipped" for status in self.statuses):
            raise UsageError("None of the --status means shipped: a shipped order needs one, like Complete=shipped.")
        if ":" in self.username:
            raise UsageError("--username can't hold a colon: Basic authentication has no place for it.")
        self._check_host()
        self._check_workers()

    def _check_workers(self) -> None:
        if self.workers == 1:
            return
        if not hasattr(os, "fork"):
            raise UsageError("--workers needs fork, which this system doesn't have: leave it at 1.")
        for option, given in (("--control", self.control_token), ("--fault", self.faults), ("--watch", self.watch)):
            if given:
                raise UsageError(
                    f"{option} and --workers {self.workers} contradict each other: journal, clock and faults "
                    "are one process's own. Use --workers 1."
                )

    def _check_host(self) -> None:
        if is_loopback(self.host):
            return
        if not self.allow_remote:
            raise UsageError(
                f"--host {self.host} can be reached from other machines: add --allow-remote if that is meant."
            )
        if self.control_token and self.host not in WILDCARDS:
            raise UsageError(
                f"--control answers on loopback only, and --host {self.host} isn't: "
                "use 127.0.0.1, 0.0.0.0 or --no-control."
            )

    def base_url(self, port: int) -> str:
        """What the store's URLs begin with."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = "127.0.0.1" if self.host in WILDCARDS else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def shop(self, port: int) -> Shop:
        """The shop's settings, once the port is known."""
        return Shop(
            version=self.version,
            name=f"Mock CS-Cart {self.version}",
            timezone=self.timezone,
            currency=self.currency,
            weight_unit=self.weight_unit,
            statuses=_with_shipped(self.statuses) or CS_CART_STATUSES,
            orders_per_page=self.orders_per_page,
            base_url=self.base_url(port),
            username=self.username,
            password=self.password.value if self.password else Shop(self.version).password,
            seed=self.seed,
        )


def _with_shipped(statuses: tuple[Status, ...]) -> tuple[Status, ...]:
    """The statuses, the first that means shipped being what shipped orders get."""
    first = next((status for status in statuses if status.maps_to == "shipped"), None)
    return tuple(msgspec.structs.replace(status, shipped=True) if status is first else status for status in statuses)


def _check_zone(name: str) -> None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(name, available_timezones())
        raise UsageError(f"There is no time zone {name!r}.{hint}") from None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach that address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def secret(option: str, variable: str | None, file: str | None) -> NamedSecret | None:
    """The secret that the options ``--OPTION-env`` and ``--OPTION-file`` mean.

    Raises:
        Refused: where there is none, or both are given.
    """
    if variable and file:
        raise UsageError(f"--{option}-env and --{option}-file contradict each other: give one of them.")
    if variable:
        value = os.environ.get(variable)
        if not value:
            raise UsageError(f"--{option}-env {variable}: the environment has no such variable, or it is empty.")
        return NamedSecret(value, f"from the environment variable {variable}", f"${variable}")
    if file:
        value = _read(f"--{option}-file", file).rstrip("\r\n")
        if not value:
            raise UsageError(f"--{option}-file {file}: the file is empty.")
        return NamedSecret(value, f"from the file {file}", f"$(cat {file})")
    return None


def _read(option: str, file: str) -> str:
    read: Callable[[], str] = Path(file).read_text
    try:
        return read()
    except OSError as error:
        raise UsageError(f"{option} {file} can't be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{option} {file} can't be read: it isn't text.") from None


def made_secret() -> NamedSecret:
    """A new one."""
    value = secrets.token_urlsafe(16)
    return NamedSecret(value, "made for this run", value)
