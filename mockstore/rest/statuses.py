"""``/api/statuses``: list, read, create, update, delete."""

from __future__ import annotations

import msgspec

from mockstore.rest.message import FieldReader, MissingField, NoSuchRow, RestError, RestReply, Row, page_of
from mockstore.store.statuses import (
    CS_CART_LETTERS,
    LetteredStatus,
    delete_status,
    free_letter,
    lettered_statuses,
    save_status,
)
from mockstore.store.store import Store

SHIPMENT_STATUSES = {"P": "Picked up", "A": "Packed", "S": "Shipped"}


def _row(status: LetteredStatus) -> Row:
    return {
        "status_id": str(status.number),
        "status": status.letter,
        "type": "O",
        "is_default": "Y" if status.own and status.name.casefold() in CS_CART_LETTERS else "N",
        "description": status.name,
        "email_subj": status.email_subj,
        "email_header": status.email_header,
        "lang_code": "en",
        "params": status.params,
    }


class Statuses:
    """The order statuses of a store. In versions that have statuses of shipments, those can be listed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(self, params: Row, size: int) -> tuple[list[Row], Row]:
        """Return a page of statuses; ``type`` S requests shipment statuses. ``total_items`` counts the page only."""
        if params.get("type") == "S":
            rows = [
                {"status_id": str(number), "status": letter, "type": "S", "is_default": "Y", "description": name}
                for number, (letter, name) in enumerate(SHIPMENT_STATUSES.items(), start=1001)
                if letter in self._store.version.shipment_statuses
            ]
        else:
            rows = [_row(status) for status in lettered_statuses(self._store)]
        shown, understood = page_of(rows, lambda row: row, params, size)
        return shown, {**understood, "total_items": len(shown)}

    def _find(self, number: str) -> LetteredStatus:
        found = next((status for status in lettered_statuses(self._store) if str(status.number) == number), None)
        if found is None:
            raise NoSuchRow
        return found

    def read(self, number: str) -> Row:
        """Return a status.

        Raises:
            RestError: 404, there is no such status.
        """
        return _row(self._find(number))

    def create(self, fields: FieldReader) -> RestReply:
        """Create a status with the next free letter.

        Raises:
            RestError: 400, a field is missing or wrong.
        """
        known = self._store.version
        if not fields.text("description"):
            raise MissingField("description", known)
        if fields.text("type", "O") != "O":
            raise fields.wrong("type", "must be O: only order statuses can be created")
        with self._store.transaction() as work:
            there = lettered_statuses(self._store, work)
            self._check_name(fields, there, 0)
            letter = free_letter(there)
            if letter is None:
                raise RestError(400, "all letters are in use")
            made = save_status(self._store, work, self._changed(LetteredStatus(0, letter, "", own=False), fields))
        return RestReply(201, {"status_id": made.number})

    def update(self, number: str, fields: FieldReader) -> RestReply:
        """Change a status. The shop's own statuses keep their names, because orders are computed with them.

        Raises:
            RestError: 404, there is no such status; 400, a field is wrong.
        """
        status = self._find(number)
        renamed = self._changed(status, fields).name != status.name
        if renamed and status.own:
            raise fields.wrong("description", "of one of the shop's own statuses can't be changed")
        having = (
            [order.order_number for order in self._store.orders() if order.status == status.name] if renamed else []
        )
        with self._store.transaction() as work:
            self._check_name(fields, lettered_statuses(self._store, work), status.number)
            changed = save_status(self._store, work, self._changed(status, fields))
            for order_number in having:
                work.write(msgspec.structs.replace(work.order(order_number), status=changed.name))
        return RestReply(200, {"status_id": number})

    def _check_name(self, fields: FieldReader, known: tuple[LetteredStatus, ...], number: int) -> None:
        wanted = fields.text("description").casefold()
        if any(each.name.casefold() == wanted and each.number != number for each in known):
            raise fields.wrong("description", "is the name of another status")

    def _changed(self, status: LetteredStatus, fields: FieldReader) -> LetteredStatus:
        params = fields.inner("params")
        return msgspec.structs.replace(
            status,
            name=fields.text("description", status.name) or status.name,
            params=status.params | {name: params.text(name) for name in params.sent},
            email_subj=fields.text("email_subj", status.email_subj),
            email_header=fields.text("email_header", status.email_header),
        )

    def delete(self, number: str) -> None:
        """Delete a status that was created and that no order has.

        Raises:
            RestError: 404, there is no such status; 400, it can't be deleted.
        """
        status = self._find(number)
        if status.own:
            raise RestError(400, "one of the shop's own statuses can't be deleted")
        if any(order.status == status.name for order in self._store.orders()):
            raise RestError(400, "there are orders with this status")
        with self._store.transaction() as work:
            delete_status(work, status.number)
