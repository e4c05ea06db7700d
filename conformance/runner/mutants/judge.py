"""Judges mutants, as defects are judged: each in a process of its own, until the suite finds it.

The processes are forked when everything is imported and the reference has been judged, so that a mutant costs only what
differs: the modules of the store are imported again, one of them with its change. A mutant may run forever, or take any
amount of memory; its process has limits.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from threading import Thread
from types import CodeType
from typing import Any, Literal

from conformance.client.bodies import BodyStore
from conformance.client.session import EventLoop
from conformance.contract.paths import FEATURES
from conformance.contract.requirements import Scenario, features
from conformance.core.errors import ConformanceError
from conformance.core.gc_tuning import infrequent_gc
from conformance.core.interrupts import STOP_SIGNALS, stop_reason
from conformance.runner.mutants.generate import PACKAGE, Mutant
from conformance.runner.preflight import check_target
from conformance.runner.settings import EmbeddedTarget, RunSettings
from conformance.runner.targets import open_target

MAX_CPU_S = 10
"""Most CPU seconds for one mutant; the reference takes half a second."""
MAX_WAIT_S = 120.0
"""Longest time for one mutant, however busy the machine is."""
MAX_MORE_MEMORY = 1024 * 1024 * 1024
"""Most bytes that a mutant may take beyond what the process has when it is forked."""
REQUEST_TIMEOUT_S = 5.0
BELOW_THE_STEPS = ("mockstore.errors", "mockstore.inputs", "mockstore.orders", "mockstore.shop", "mockstore.store")
"""The parts of the mock store that import no step. They are not imported again."""

_OF_ORDERS = "order customer items item_options item_images item_locations weight discounts gift notes statuses".split()
FIRST = {
    "authentication": ("connection", "shipment_update"),
    "behaviour": ("connection", "shipment_update"),
    "export": ("time_window", "paging", "connection"),
    "presentation": tuple(_OF_ORDERS),
    "shipment": ("shipment_update", "hostile_input"),
    "xml": tuple(_OF_ORDERS),
}
"""Module → the feature files that are judged first, because they most likely find its mutants."""

State = Literal["found", "survives", "error"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a mutant.

    ``found``: a requirement deviates, or the store can't be judged because it does not start or gives no answer.
    ``error``: the suite failed. ``detail`` names the requirement, or says why.
    """

    mutant: str
    state: State
    detail: str = ""
    errors: tuple[str, ...] = ()
    """Errors of the suite before the mutant was found."""


class ReferenceDeviates(ConformanceError):
    """The reference itself does not conform, so that nothing can be said about mutants."""


def judge_all(
    mutants: Sequence[Mutant],
    *,
    version: str,
    jobs: int = 1,
    watch: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[Judged, ...]:
    """Judge mutants in this number of processes, and return what became of each, in the same order.

    If the run is stopped, return what became of those that were judged by then.

    Raises:
        ReferenceDeviates: the reference does not conform.
    """
    for first in {FIRST[mutant.module]: None for mutant in mutants}:
        reference = judge_store(version, "the reference", first)
        if reference.state != "survives":
            raise ReferenceDeviates(f"the reference does not conform: {reference.detail}")
    waiting = list(reversed(mutants))
    running: list[_Child] = []
    judged: dict[str, Judged] = {}
    watch(0, len(mutants))
    try:
        while (waiting or running) and not stop_reason():
            while waiting and len(running) < jobs:
                running.append(_Child(waiting.pop(), version))
            connection.wait([child.ready for child in running], timeout=1.0)
            for child in running.copy():
                if (result := child.result()) is not None:
                    running.remove(child)
                    judged[child.mutant.id] = result
                    watch(len(judged), len(mutants))
    finally:
        for child in running:
            child.kill()
    return tuple(judged[mutant.id] for mutant in mutants if mutant.id in judged)


def scenarios(first: Sequence[str]) -> list[Scenario]:
    """Return the scenarios of all MUST and SHOULD requirements, those of some feature files first.

    INFO requirements are left out: their deviations fail no run.
    """
    every = features(FEATURES / "store")
    judged = {each.id for each in every.requirements if each.level != "info"}
    places = {f"{name}.feature": place for place, name in enumerate(first)}
    wanted = [scenario for scenario in every.scenarios if scenario.requirement in judged]
    return sorted(wanted, key=lambda scenario: places.get(scenario.file, len(places)))


def judge_store(version: str, name: str, first: Sequence[str]) -> Judged:
    """Judge an embedded store of the reference in this process, until a requirement deviates."""
    from conformance.suite.scenario import ScenarioRun
    from conformance.suite.steps import carry_out
    from conformance.suite.store_sentences import STORE

    # The fast writer repeats the steps that make the document. Without it, a change of these steps has an effect.
    import_module(f"{PACKAGE}.behaviour").FAST_WRITER_STEPS = (None, None, None)  # type: ignore[attr-defined]
    errors: list[str] = []
    loop = EventLoop()
    settings = RunSettings(targets=(), timeout_s=REQUEST_TIMEOUT_S)
    with (
        infrequent_gc(),
        closing(BodyStore()) as bodies,
        open_target(EmbeddedTarget(version, label=name), settings, loop, bodies) as target,
    ):
        check_target(target)
        if target.unreachable:
            return Judged(name, "found", target.unreachable)
        for scenario in scenarios(first):
            run = ScenarioRun(
                scenario.requirement, scenario.name, frozenset(), [target], [step.sentence for step in scenario.steps]
            )
            for step in scenario.steps:
                carry_out(run, step.sentence, STORE.sentences[step.keyword][step.sentence])
            for outcome in run.outcomes:
                if outcome.error:
                    errors.append(f"{outcome.requirement}: {outcome.error}")
                if outcome.findings:
                    return Judged(name, "found", outcome.requirement, tuple(errors))
    loop.close()
    return Judged(name, "error" if errors else "survives", next(iter(errors), ""), tuple(errors))


# ---------------------------------------------------------------------- processes


class _Child:
    """A forked process that judges one mutant."""

    def __init__(self, mutant: Mutant, version: str) -> None:
        self.mutant = mutant
        self.ready, send = get_context("fork").Pipe(duplex=False)
        self._process = ForkProcess(target=_judge_in_child, args=(mutant, version, send), daemon=True)
        with warnings.catch_warnings():
            # other threads of this process hold no lock that a child needs
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process.start()
        send.close()
        self._until = time.monotonic() + MAX_WAIT_S

    def result(self) -> Judged | None:
        """Return what became of the mutant, or None while that isn't known."""
        if self.ready.poll():
            try:
                judged: Judged = self.ready.recv()
            except EOFError:
                judged = self._ended()
            self.kill()
            return judged
        if time.monotonic() > self._until:
            self.kill()
            return Judged(self.mutant.id, "found", "no answer in time")
        return None

    def _ended(self) -> Judged:
        """Return what became of a mutant whose process ended without a result."""
        self._process.join()
        if self._process.exitcode == -signal.SIGXCPU:
            return Judged(self.mutant.id, "found", "no answer in time")
        return Judged(self.mutant.id, "error", f"its process ended with status {self._process.exitcode}")

    def kill(self) -> None:
        """Kill the process if it still runs."""
        self._process.kill()
        self._process.join()
        self.ready.close()


def _judge_in_child(mutant: Mutant, version: str, send: Connection) -> None:
    """Judge a mutant in a forked process, and send what became of it."""
    signal.set_wakeup_fd(-1)
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    Thread(target=_end_with_parent, daemon=True).start()
    logging.disable()  # many a step fails
    _limit_resources()
    try:
        _import_changed(mutant)
    except Exception as error:
        judged = Judged(mutant.id, "found", f"the store does not start: {type(error).__name__}: {error}")
    else:
        try:
            judged = judge_store(version, mutant.id, FIRST[mutant.module])
        except Exception as error:
            judged = Judged(mutant.id, "error", f"{type(error).__name__}: {error}")
    send.send(judged)


def _end_with_parent() -> None:
    """End this process when the one that forked it has ended, however that was."""
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)


def _limit_resources() -> None:
    """Limit the time and the memory of this process."""
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as pages:  # noqa: PTH123 -- no file of a person's
            now = int(pages.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + MAX_MORE_MEMORY, now + MAX_MORE_MEMORY))


# ---------------------------------------------------------------------- the changed module


def _import_changed(mutant: Mutant) -> None:
    """Import the steps and all that uses them again, one module with its change."""
    for name in list(sys.modules):
        if name.startswith("mockstore.") and not name.startswith(BELOW_THE_STEPS):
            del sys.modules[name]
    changed = compile(mutant.changed(), f"<{mutant.module}>", "exec", dont_inherit=True)
    sys.meta_path.insert(0, _Finder(f"{PACKAGE}.{mutant.module}", changed))
    import_module(f"{PACKAGE}.behaviour")
    import_module("mockstore.server.embedded")
    import_module("mockstore.behaviours.registry")


class _Finder(MetaPathFinder):
    """Finds one module, with other code than in its file."""

    def __init__(self, name: str, code: CodeType) -> None:
        self._name, self._code = name, code

    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        """Return the specification of the changed module, None for any other."""
        if name != self._name or not path:
            return None
        file = os.path.join(next(iter(path)), f"{name.rpartition('.')[2]}.py")  # noqa: PTH118 -- as importlib wants it
        return spec_from_file_location(name, file, loader=_Loader(name, file, self._code))


class _Loader(SourceFileLoader):
    """Loads a module from code that was compiled before."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of the module."""
        return self._code
