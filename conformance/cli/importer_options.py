"""The options of ``conformance importer`` as a typed value, and the settings of the run that they describe."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
from click import UsageError

from conformance.cli.credentials import check_url, remember
from conformance.cli.options import default_jobs
from conformance.cli.selection import selection_of

if TYPE_CHECKING:
    from conformance.importer.command import CommandTemplate
    from conformance.runner.importer_settings import ImporterSettings


class ImporterOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every option of ``conformance importer``, as click parsed it. The command describes them."""

    import_command: str | None
    ship_command: str | None
    password_env: str
    attach: bool
    port: int
    username: str
    results_url: str | None
    mapping: str | None
    store_version: tuple[str, ...]
    only: tuple[str, ...]
    scenario: tuple[str, ...]
    failed: bool
    level: Literal["must", "should"]
    baseline: str | None
    allow_stale: bool
    dry_run: bool
    report_dir: str
    limit: float | None
    jobs: int | None
    deadline: float | None
    quiet: bool
    verbose: bool

    @classmethod
    def of(cls, params: Mapping[str, object]) -> ImporterOptions:
        """Return the parameters of a click command as options."""
        return msgspec.convert(params, cls)

    def settings(self) -> ImporterSettings:
        """Return the settings of the run that the options describe.

        Raises:
            click.UsageError: options contradict each other, or name something that does not exist.
            WrongCommand: a command cannot be used.
            WrongMapping: the mapping file cannot be used.
        """
        from conformance.importer.mapping import read_mapping
        from conformance.runner.importer_settings import CALL_LIMIT_S, POLL_LIMIT_S, ImporterSettings
        from conformance.truth.settings import Secret

        self._check()
        import_command, ship_command = self._commands()
        return ImporterSettings(
            import_command=import_command,
            shown=shlex.join(import_command.words) if import_command else "an importer that polls by itself",
            versions=self._versions(),
            ship_command=ship_command,
            password_variable=self.password_env,
            mapping=read_mapping(Path(self.mapping)) if self.mapping else None,
            mapping_file=self.mapping or "",
            level=self.level,
            selection=selection_of(self, "importer"),
            limit_s=self.limit or (POLL_LIMIT_S if self.attach else CALL_LIMIT_S),
            jobs=1 if import_command is None else self.jobs or default_jobs_for(import_command),
            username=self.username if self.attach else "conformance-importer",
            password=remember(os.environ[self.password_env]) if self.attach else Secret(),
            port=self.port if self.attach else 0,
            results_url=self.results_url or "",
        )

    def _check(self) -> None:
        if self.attach and self.import_command:
            raise UsageError("give either --attach, to wait for an importer, or --import-command, to call one")
        if not self.attach and not self.import_command:
            raise UsageError(
                "no importer is given: use --import-command 'PROGRAM … {url} … {result}', or --attach (see --help). "
                "In conformance.toml these options belong to the table [importer]"
            )
        if self.attach and self.dry_run:
            raise UsageError("--dry-run calls a command: it needs --import-command, not --attach")
        if self.results_url and not self.attach:
            raise UsageError("--results-url needs --attach: a command writes its result to {result}, or prints it")
        if self.attach and not os.environ.get(self.password_env):
            raise UsageError(f"--attach needs the store's password in the environment variable {self.password_env}")
        if self.attach:
            check_port(self.port)
        if self.results_url:
            check_url(self.results_url, "the results' URL")

    def _commands(self) -> tuple[CommandTemplate | None, CommandTemplate | None]:
        from conformance.importer.command import IMPORT_PLACEHOLDERS, SHIP_PLACEHOLDERS, parse_command

        import_command = ship_command = None
        if self.import_command:
            import_command = parse_command("--import-command", self.import_command, IMPORT_PLACEHOLDERS, ("url",))
        if self.ship_command:
            needed = (("url",), ("order_number", "shipment"), ("tracking_number", "shipment"))
            ship_command = parse_command("--ship-command", self.ship_command, SHIP_PLACEHOLDERS, *needed)
        return import_command, ship_command

    def _versions(self) -> tuple[str, ...]:
        from mockstore.shop.versions import LATEST, UnknownVersion, version

        try:
            return tuple(version(name).name for name in dict.fromkeys(self.store_version)) or (LATEST,)
        except UnknownVersion as error:
            raise UsageError(str(error)) from None


def check_port(port: int) -> None:
    """Check before the run that a store can listen on the port.

    Raises:
        click.UsageError: it cannot.
    """
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise UsageError(
                f"the store can't listen at port {port}: {error.strerror}. Choose another one with --port"
            ) from None


def default_jobs_for(import_command: CommandTemplate) -> int:
    """Return how many calls run at the same time: only one without ``{state}``, as all calls then share their data."""
    return default_jobs() if import_command.has_any("state") else 1
