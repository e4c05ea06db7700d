"""Defects of the reply to a window without orders. ShipStation's Test Connection requests such a window."""

from __future__ import annotations

from dataclasses import replace

from mockstore.behaviours.defects import defect
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Document, OrderSelection, Page, Refusal
from mockstore.shop.shop import Shop


@defect("empty-window-empty-body", "An empty window gets an empty body.", "CON-1", seen="nopCommerce")
def empty_window_empty_body(behaviour: Behaviour) -> Behaviour:
    return _refuse_empty_window(behaviour, Refusal(200, ""))


@defect("empty-window-404", "An empty window is answered 404.", "CON-1")
def empty_window_404(behaviour: Behaviour) -> Behaviour:
    return _refuse_empty_window(behaviour, Refusal(404, "No orders found."))


@defect("empty-window-sentence", "An empty window is answered with a sentence, not a document.", "CON-1")
def empty_window_sentence(behaviour: Behaviour) -> Behaviour:
    return _refuse_empty_window(behaviour, Refusal(200, "There are no orders to export."))


@defect("empty-window-500", "An empty window is answered 500: the code expects at least one order.", "CON-1 WIN-9")
def empty_window_500(behaviour: Behaviour) -> Behaviour:
    return _refuse_empty_window(behaviour, Refusal(500, "Something failed in the store."))


@defect("empty-window-204", "An empty window is answered 204 without a document.", "CON-1")
def empty_window_204(behaviour: Behaviour) -> Behaviour:
    return _refuse_empty_window(behaviour, Refusal(204, ""))


@defect("empty-document-other-root", "A document without orders has another root element.", "CON-1")
def empty_document_other_root(behaviour: Behaviour) -> Behaviour:
    def serialised(document: Document) -> bytes:
        body = behaviour.serialise(document)
        return body if document.orders or document.pages not in (None, "0", "1") else b"<Result/>"

    return replace(behaviour, serialise=serialised)


def _refuse_empty_window(behaviour: Behaviour, refusal: Refusal) -> Behaviour:
    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        if not len(selection):
            raise Refusal(refusal.status, refusal.sentence)
        return behaviour.paginate(selection, number, shop)

    return replace(behaviour, paginate=paginate)
