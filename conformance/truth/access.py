"""From how the truth may be learnt to what answers: the one place that knows every source."""

from __future__ import annotations

from conformance.client.session import RequestSender
from conformance.truth.control import ControlTruth
from conformance.truth.cscart import CsCartTruth
from conformance.truth.settings import ControlAccess, CsCartAccess, TruthAccess, WorksheetAccess
from conformance.truth.source import Truth
from conformance.truth.worksheet.form import sheet_of
from conformance.truth.worksheet.source import Exported, WorksheetTruth


def open_truth(access: TruthAccess | None, session: RequestSender, exported: Exported) -> Truth | None:
    """The source of truth behind an access; None where there is none.

    ``exported`` gives what the shop exports in ever wider windows, for who has to find orders there.
    """
    match access:
        case None:
            return None
        case ControlAccess():
            return ControlTruth(access.url, access.token.value, session)
        case WorksheetAccess():
            return WorksheetTruth(sheet_of(access.content, access.file), exported)
        case CsCartAccess():
            return CsCartTruth(access.url, access.user, access.key.value, session, access.shipped)
