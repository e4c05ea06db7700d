"""An exported order. Each of its values comes with its XPath.

Equal replies are parsed once (``document``). The orders of their pages share the elements and all that was read from
them; only the number of the exchange differs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Generic, TypeVar, overload

import msgspec
from lxml import etree

from conformance.client.parsing import values


class Value(msgspec.Struct, frozen=True):
    """The text of an element. ``present`` is False if the element doesn't exist.

    ``within`` is the XPath of the part that the element belongs to, and ``path`` its path below that part.
    """

    text: str
    within: str
    path: str = ""
    present: bool = True

    @property
    def xpath(self) -> str:
        """The XPath of the element. It is made when a finding needs it: most values are right."""
        return f"{self.within}/{self.path}" if self.path else self.within

    @property
    def filled(self) -> bool:
        """True if the text has more than spaces."""
        return bool(self.text.strip())

    @property
    def decimal(self) -> Decimal | None:
        """The text as a plain decimal; None if it isn't a decimal."""
        return values.parse_decimal(self.text)

    @property
    def boolean(self) -> bool | None:
        """The text as a boolean; None if it isn't a boolean."""
        return values.parse_boolean(self.text)

    @property
    def moment(self) -> datetime | None:
        """The text as a time in UTC; None if it isn't a time."""
        return values.parse_moment(self.text)

    @property
    def shown(self) -> str:
        """The text as findings show it."""
        return self.text if self.present else "(no such element)"


Read = TypeVar("Read")


class read_once(Generic[Read]):  # noqa: N801 -- used like functools.cached_property
    """A property that is read from a part's element, once for all parts that share it."""

    def __init__(self, read: Callable[[Any], Read]) -> None:
        self._read, self.__doc__ = read, read.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> read_once[Read]: ...
    @overload
    def __get__(self, instance: Part, owner: type) -> Read: ...
    def __get__(self, instance: Part | None, owner: type) -> read_once[Read] | Read:
        if instance is None:
            return self
        shared = instance.shared
        if self._name not in shared:
            shared[self._name] = self._read(instance)
        # the instance's own attribute is found before this property, so that it is fast
        value: Read = instance.__dict__.setdefault(self._name, shared[self._name])
        return value


class Part:
    """An element, whose values are found by their paths below it."""

    def __init__(self, element: etree._Element, xpath: str) -> None:
        self.element, self.xpath = element, xpath
        self._values: dict[str, Value] = {}
        self.shared: dict[str, Any] = {}
        """What :class:`read_once` has read."""

    def __getitem__(self, path: str) -> Value:
        """Return the value at a path like ``Customer/BillTo/Email``."""
        value = self._values.get(path)
        if value is None:
            found = _search(path)(self.element)
            text = text_of(found[0]) if found else ""
            value = self._values[path] = Value(text, self.xpath, path, present=bool(found))
        return value


class ExportedLine(Part):
    """An Item: a line item of the order, or an adjustment."""

    @read_once
    def is_adjustment(self) -> bool:
        """True if Adjustment is true."""
        return self["Adjustment"].boolean is True

    @read_once
    def options(self) -> tuple[Part, ...]:
        """The chosen options."""
        return tuple(
            Part(option, f"{self.xpath}/Options/Option[{number}]")
            for number, option in enumerate(self.element.iterfind("Options/Option"), start=1)
        )


class ExportedOrder(Part):
    """An Order of an export, with the number of the exchange that exported it."""

    def __init__(self, element: etree._Element, xpath: str, exchange: int) -> None:
        super().__init__(element, xpath)
        self.exchange = exchange

    def exported_in(self, exchange: int) -> ExportedOrder:
        """Return the same order of an equal reply, which came in another exchange."""
        twin = ExportedOrder.__new__(ExportedOrder)  # copy.copy takes five times as long
        vars(twin).update(vars(self), exchange=exchange)
        return twin

    @read_once
    def number(self) -> str:
        """OrderNumber, without spaces at its ends."""
        return self["OrderNumber"].text.strip()

    @read_once
    def id(self) -> str:
        """OrderID, without spaces at its ends."""
        return self["OrderID"].text.strip()

    @read_once
    def all_lines(self) -> tuple[ExportedLine, ...]:
        """Every Item, adjustments included."""
        return tuple(
            ExportedLine(item, f"{self.xpath}/Items/Item[{number}]")
            for number, item in enumerate(self.element.iterfind("Items/Item"), start=1)
        )

    @read_once
    def lines(self) -> tuple[ExportedLine, ...]:
        """The Items that are not adjustments."""
        return tuple(line for line in self.all_lines if not line.is_adjustment)

    @read_once
    def adjustments(self) -> tuple[ExportedLine, ...]:
        """The Items that are adjustments."""
        return tuple(line for line in self.all_lines if line.is_adjustment)

    @read_once
    def canonical_children(self) -> tuple[tuple[str, str], ...]:
        """Name and content of each element directly below, the same for every XML form of the same values."""
        return tuple(sorted((str(child.tag), canonical(child)) for child in self.element))

    @read_once
    def content(self) -> bytes:
        """A digest of the element as the store wrote it. Spaces and sequence count; the XPath doesn't."""
        return hashlib.sha256(etree.tostring(self.element, encoding="UTF-8", with_tail=False)).digest()

    @property
    def label(self) -> str:
        """The order's name in findings."""
        return self.number or self.id or "(no OrderNumber)"


@lru_cache(maxsize=256)
def _search(path: str) -> etree.XPath:
    """Return a search for the elements at a path. Compiled, it takes a third of the time of lxml's ``find``."""
    return etree.XPath(path)


def text_of(element: etree._Element) -> str:
    """Return all text of an element, CDATA sections included."""
    return element.text or "" if len(element) == 0 else "".join(map(str, element.itertext()))


def canonical(element: etree._Element) -> str:
    """Return tag, text and children as text, the children sorted by name."""
    children = sorted(canonical(child) for child in element)
    text = "" if children else (element.text or "").strip()
    return f"{element.tag!s}({text}{''.join(children)})"
