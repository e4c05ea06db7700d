"""The store's own record, as a survey uses it. It comes from the source of truth, if there is one."""

from __future__ import annotations

from datetime import timedelta

from conformance.client.shipstation import Window
from conformance.contract.fields import cannot_tell
from conformance.core.errors import NotExercised
from conformance.core.once import once
from conformance.truth.source import OrderRef, Truth
from mockstore.shop.facts import StoreFacts

NO_TRUTH = "the store's own records are not known: run with --control, --cscart-api or --worksheet"


class StoreRecord:
    """The record of one store. A target may have no source of truth. Nothing is requested before it is needed."""

    def __init__(self, truth: Truth | None) -> None:
        self._truth = truth
        self._modified_in: dict[Window, tuple[OrderRef, ...]] = {}

    @property
    def is_available(self) -> bool:
        """True if there is a source of truth."""
        return self._truth is not None

    @property
    def truth(self) -> Truth:
        """The source of truth.

        Raises:
            NotExercised: if the target has no source of truth.
        """
        if self._truth is None:
            raise NotExercised(NO_TRUTH)
        return self._truth

    @once
    def facts(self) -> StoreFacts:
        """The facts that the store states about itself; empty facts without a source of truth."""
        return StoreFacts() if self._truth is None else self._truth.facts

    def can(self, capability: str) -> bool:
        """True if the source of truth has this capability."""
        return capability in self.facts.capabilities

    def cannot(self, capability: str) -> str:
        """Return a sentence: the source of truth doesn't have this capability, but others."""
        has = ", ".join(self.facts.capabilities) or "none"
        return f"{self.truth.name} doesn't have the capability {capability} (it has: {has})"

    def require(self, capability: str) -> None:
        """Go on only if the source of truth has this capability.

        Raises:
            NotExercised: if it doesn't, or if there is no source of truth.
        """
        if not self.can(capability):
            raise NotExercised(self.cannot(capability))

    @once
    def knows_modification_times(self) -> bool:
        """True if the source of truth tells when each order was last modified, and so which orders a window holds."""
        return self.is_available and not cannot_tell(self.facts, "modified_at")

    def modified_in(self, window: Window) -> tuple[OrderRef, ...]:
        """Return the orders modified in a window, as the first request found them; none if the record has no times.

        The first request may have been one for a longer window.
        """
        if not self.knows_modification_times:
            return ()
        if window not in self._modified_in:
            longer = next((refs for each, refs in self._modified_in.items() if each.encloses(window)), None)
            if longer is None:
                found = self.modified_in_now(window)
            else:
                found = tuple(ref for ref in longer if window.holds(ref.modified_at))
            self._modified_in[window] = found
        return self._modified_in[window]

    def modified_in_now(self, window: Window) -> tuple[OrderRef, ...]:
        """Request the orders modified in a window. The whole minute of the end counts."""
        return self.truth.modified_between(window.start, window.end + timedelta(seconds=59))
