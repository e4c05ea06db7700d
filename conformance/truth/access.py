"""From how the truth may be learnt to what answers: the one place that knows every source."""

from __future__ import annotations

from conformance.conversation import Transport
from conformance.settings import ControlAccess, CsCartAccess, TruthAccess
from conformance.truth.control import ControlTruth
from conformance.truth.cscart import CsCartTruth
from conformance.truth.source import Truth


def open_truth(access: TruthAccess | None, transport: Transport) -> Truth | None:
    """The source of truth behind an access; None where there is none."""
    match access:
        case None:
            return None
        case ControlAccess():
            return ControlTruth(access.url, access.token.value, transport)
        case CsCartAccess():
            return CsCartTruth(access.url, access.user, access.key.value, transport, access.shipped)
