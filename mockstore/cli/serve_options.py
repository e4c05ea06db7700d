"""The options of a store as values, and the checks that need no running store."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from mockstore.cli.errors import UsageError
from mockstore.cli.option_types import FaultText
from mockstore.inputs.text import is_decoded
from mockstore.shop.shop import DEFAULT_STATUSES, Shop, Status
from mockstore.shop.suggestions import did_you_mean
from mockstore.shop.versions import UnknownVersion, version

if TYPE_CHECKING:
    from mockstore.orders.model import Order
    from mockstore.orders.order_files import FileOrder
    from mockstore.server.browsers import AllowedHosts

MAX_SECRET_CHARS = 1_000_000
"""Of a file with a secret no more is read: a file such as ``/dev/zero`` has no end."""
WILDCARD_HOSTS = ("0.0.0.0", "::")
"""Addresses that mean all interfaces, the loopback interface included."""


@dataclass(frozen=True)
class NamedSecret:
    """A secret, its origin in words, and the text that stands for it in a shell command. The repr hides the secret."""

    value: str = field(repr=False)
    origin: str
    shell: str
    is_generated: bool = False


@dataclass(frozen=True, kw_only=True)
class StoreOptions:
    """The options of a store that is not served: those that ``mockstore orders`` shares with ``serve``.

    Both classes are filled from the parameters of the click commands, which have the defaults.
    """

    version: str
    orders: int
    seed: int
    timezone: str
    weight_unit: str
    currency: str
    locales: tuple[str, ...]
    profile: str
    clock: datetime | None
    specimens: bool

    def check(self) -> None:
        """Check the options before anything is started.

        Raises:
            UsageError: an option has a wrong value.
        """
        try:
            version(self.version)
        except UnknownVersion as unknown:
            raise UsageError(str(unknown)) from None
        from mockstore.orders.virtual import MAX_ORDERS

        if not 0 <= self.orders <= MAX_ORDERS:
            raise UsageError(f"--orders must be from 0 to {MAX_ORDERS:,}, not {self.orders:,}.")
        _check_zone(self.timezone)
        self._check_locales()
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise UsageError(f"--currency must be three capital letters, like EUR, not {self.currency!r}.")

    def _check_locales(self) -> None:
        if not self.locales:
            return
        from mockstore.orders.locales import UnknownLocale, locale_pool

        try:
            for locale in self.locales:
                locale_pool(locale)
        except UnknownLocale as unknown:
            raise UsageError(f"--locale: {unknown}") from None

    def shop(self, port: int) -> Shop:
        """Return the shop's settings for a store at that port."""
        return Shop(
            version=self.version,
            name=f"Mock CS-Cart {self.version}",
            timezone=self.timezone,
            currency=self.currency,
            weight_unit=self.weight_unit,
            base_url=f"http://127.0.0.1:{port}",
            seed=self.seed,
            locales=self.locales,
        )


@dataclass(frozen=True, kw_only=True)
class ServeOptions(StoreOptions):
    """The options of ``mockstore serve``. The secrets are read when they are first used."""

    host: str
    allow_remote: bool
    allowed_hosts: tuple[str, ...]
    port: int
    public_url: str | None
    username: str
    password_env: str | None
    password_file: str | None
    orders_per_page: int
    statuses: tuple[Status, ...]
    defects: tuple[str, ...]
    variants: tuple[str, ...]
    state: str | None
    control: bool
    control_token_env: str | None
    control_token_file: str | None
    clock_runs: bool | None
    faults: tuple[FaultText, ...]
    watch: bool
    rest_user: str | None
    rest_key_env: str | None
    rest_key_file: str | None
    workers: int
    ready_file: str | None
    as_json: bool
    console: bool
    orders_from: str | None
    tls: bool
    tls_ca: str | None
    redirect_port: int

    @cached_property
    def password(self) -> NamedSecret | None:
        """The password of the add-on's user; None for the default one."""
        return read_secret("password", self.password_env, self.password_file)

    @cached_property
    def control_token(self) -> NamedSecret | None:
        """The token of the control protocol, generated if none is given; None without ``--control``."""
        if not self.control:
            return None
        return read_secret("control-token", self.control_token_env, self.control_token_file) or generate_secret()

    @cached_property
    def rest_key(self) -> NamedSecret | None:
        """The key of the REST API, generated if none is given; None without ``--rest-user``."""
        if not self.rest_user:
            return None
        return read_secret("rest-key", self.rest_key_env, self.rest_key_file) or generate_secret()

    @cached_property
    def own_orders(self) -> tuple[FileOrder, ...]:
        """The orders of ``--orders-from``.

        Raises:
            UsageError: the file cannot be read, or an order in it is wrong.
        """
        if self.orders_from is None:
            return ()
        from mockstore.orders.order_files import UnreadableOrders, read_orders

        try:
            return read_orders(Path(self.orders_from))
        except UnreadableOrders as wrong:
            raise UsageError(f"--orders-from {wrong}") from None

    def made_orders(self, shop: Shop, now: datetime) -> list[Order]:
        """Return the orders of ``--orders-from`` as the shop holds them.

        Raises:
            UsageError: the shop cannot accept a field.
        """
        if not self.own_orders:
            return []
        from mockstore.orders.order_files import UnreadableOrders, made_orders

        try:
            return made_orders(self.own_orders, shop, now, Path(self.orders_from or ""))
        except UnreadableOrders as wrong:
            raise UsageError(f"--orders-from {wrong}") from None

    def check(self) -> None:
        """Check the options before anything is started, and read the secrets and the orders.

        Raises:
            UsageError: an option has a wrong value, or two options contradict each other.
        """
        self._check_needed_options()
        _ = self.password, self.control_token, self.rest_key, self.own_orders
        super().check()
        names = [status.name for status in self.statuses]
        if repeated := {name for name in names if names.count(name) > 1}:
            raise UsageError(f"--status names {', '.join(map(repr, sorted(repeated)))} twice.")
        if self.statuses and not any(status.maps_to == "shipped" for status in self.statuses):
            raise UsageError("No --status means shipped: add one for shipped orders, like Complete=shipped.")
        if ":" in self.username:
            raise UsageError(
                "--username can't contain a colon: Basic authentication ends the user name at the first colon."
            )
        self._check_host()
        self._check_workers()

    def _check_needed_options(self) -> None:
        if not self.control and (self.control_token_env or self.control_token_file):
            option = "--control-token-env" if self.control_token_env else "--control-token-file"
            raise UsageError(f"{option} needs --control: without it there is no control protocol.")
        if not self.rest_user and (self.rest_key_env or self.rest_key_file):
            option = "--rest-key-env" if self.rest_key_env else "--rest-key-file"
            raise UsageError(f"{option} needs --rest-user: without it there is no REST API.")
        if not self.tls and (self.tls_ca or self.redirect_port):
            raise UsageError(f"{'--tls-ca' if self.tls_ca else '--redirect-port'} needs --tls.")
        if self.clock is None and self.clock_runs is not None:
            raise UsageError(f"--clock-{'runs' if self.clock_runs else 'stands'} needs --clock with a time.")

    def _check_workers(self) -> None:
        if self.workers == 1:
            return
        if not hasattr(os, "fork"):
            raise UsageError("--workers needs fork, which this system does not have: leave it at 1.")
        for option, is_given in (("--control", self.control), ("--fault", self.faults), ("--watch", self.watch)):
            if is_given:
                raise UsageError(
                    f"{option} and --workers {self.workers} contradict each other: each process has its own "
                    "journal, clock and faults. Use --workers 1."
                )

    def _check_host(self) -> None:
        if self.public_url and not re.fullmatch(
            r"https?://([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?(/\S*)?", self.public_url
        ):
            raise UsageError(f"--public-url {self.public_url} is not a URL: write it like https://shop.example/path.")
        for name in self.allowed_hosts:
            if not re.fullmatch(r"[\w.-]+|\[[0-9A-Fa-f:.]+\]", name):
                raise UsageError(f"--allowed-host {name!r} is not a host name: write it without http:// and port.")
        if is_loopback(self.host):
            return
        if not self.allow_remote:
            raise UsageError(
                f"--host {self.host} can be reached from other machines: add --allow-remote if you want that."
            )
        if self.control:
            raise UsageError(
                f"--control and --host {self.host} contradict each other: other machines must not reach the control "
                "protocol. Use --host 127.0.0.1 or --no-control."
            )

    @property
    def hosts(self) -> AllowedHosts:
        """The hosts that a request may name."""
        from mockstore.inputs.hosts import host_name
        from mockstore.server.browsers import AllowedHosts

        public = urlsplit(self.public_url).hostname if self.public_url else None
        names = (*map(host_name, self.allowed_hosts), public, host_name(self.host))
        return AllowedHosts(names=frozenset(filter(None, names)), remote=not is_loopback(self.host))

    @property
    def no_console_reason(self) -> str:
        """Why there is no web console, in words; "" if there is one."""
        if not self.console:
            return "off (--no-console)"
        if self.workers > 1:
            return f"not with --workers {self.workers}: each process has its own journal, clock and faults"
        if not is_loopback(self.host):
            return f"not with --host {self.host}: other machines must not reach it"
        return ""

    @property
    def warning(self) -> str:
        """What the user should change before other machines can reach the store; "" if it is nothing."""
        if is_loopback(self.host) or self.password is not None:
            return ""
        return (
            "Warning: other machines can reach this store, and everybody knows its default password. "
            "Set another with --password-env or --password-file."
        )

    def base_url(self, port: int) -> str:
        """Return the beginning of the store's URLs, as its clients see them."""
        return self.public_url.rstrip("/") if self.public_url else self.local_url(port)

    def local_url(self, port: int) -> str:
        """Return the beginning of the store's URLs on this machine."""
        host = "127.0.0.1" if self.host in WILDCARD_HOSTS else self.host
        return f"{'https' if self.tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"

    def shop(self, port: int) -> Shop:
        """Return the shop's settings for a store at that port."""
        shop = super().shop(port)
        return msgspec.structs.replace(
            shop,
            statuses=_with_shipped(self.statuses) or DEFAULT_STATUSES,
            orders_per_page=self.orders_per_page,
            base_url=self.base_url(port),
            username=self.username,
            password=self.password.value if self.password else shop.password,
        )


def _with_shipped(statuses: tuple[Status, ...]) -> tuple[Status, ...]:
    """Mark the first status that means shipped as the status of completely shipped orders."""
    first = next((status for status in statuses if status.maps_to == "shipped"), None)
    return tuple(msgspec.structs.replace(status, shipped=True) if status is first else status for status in statuses)


def _check_zone(name: str) -> None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"There is no time zone {name!r}.{did_you_mean(name, available_timezones())}") from None


def is_loopback(host: str) -> bool:
    """True if only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def read_secret(option: str, variable: str | None, file: str | None) -> NamedSecret | None:
    """Return the secret that ``--OPTION-env`` or ``--OPTION-file`` names; None if neither is given.

    Raises:
        UsageError: both are given, or the secret cannot be read or is empty.
    """
    if variable and file:
        raise UsageError(f"--{option}-env and --{option}-file contradict each other: give one of them.")
    if variable:
        value = os.environ.get(variable)
        if not value or not is_decoded(value):
            raise UsageError(
                f"--{option}-env {variable}: the environment has no such variable, or it is empty or not UTF-8."
            )
        return NamedSecret(value, f"from the environment variable {variable}", f"${variable}")
    if file:
        value = _read_file(f"--{option}-file", file).rstrip("\r\n")
        if not value:
            raise UsageError(f"--{option}-file {file}: the file is empty.")
        return NamedSecret(value, f"from the file {file}", f"$(cat {file})")
    return None


def _read_file(option: str, file: str) -> str:
    try:
        with Path(file).open() as opened:
            return opened.read(MAX_SECRET_CHARS)
    except OSError as error:
        raise UsageError(f"{option} {file} can't be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{option} {file} can't be read: it is not a text file.") from None


def generate_secret() -> NamedSecret:
    """Return a new random secret."""
    value = secrets.token_urlsafe(16)
    return NamedSecret(value, "made for this run", value, is_generated=True)
