"""Opens a source of truth. Only this module imports every kind of source."""

from __future__ import annotations

from conformance.client.session import RequestSender
from conformance.truth.control import ControlTruth
from conformance.truth.cscart import CsCartTruth
from conformance.truth.settings import ControlAccess, CsCartAccess, TruthAccess, WorksheetAccess
from conformance.truth.source import Truth
from conformance.truth.worksheet.form import sheet_of
from conformance.truth.worksheet.source import Exported, WorksheetTruth


def open_truth(access: TruthAccess | None, session: RequestSender, exported: Exported) -> Truth | None:
    """Return the source of truth for an access; None if there is no access.

    ``exported`` yields the orders that the shop exports in wider and wider windows. A worksheet finds its orders there.
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
