"""The texts of an XML element's children, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml import etree


class ChildTexts:
    """An element whose children are looked at once. lxml's own ``findtext`` searches for each name again."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self._texts: dict[str, str] = {}
        for child in element.iterchildren("*"):
            self._texts.setdefault(str(child.tag), child.text or "")

    def findtext(self, name: str) -> str | None:
        """Return the text of the first child of that name; None if there is none."""
        return self._texts.get(name)
