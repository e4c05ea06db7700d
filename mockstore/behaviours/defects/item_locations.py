"""Defects of a product's location in the warehouse."""

from __future__ import annotations

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_line_text, edit_lines, set_line_element, text_of
from mockstore.endpoint.behaviour import Behaviour


@defect("location-always-empty", "Location is always empty.", "LOC-1", seen="CS-Cart")
def location_always_empty(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "Location", lambda item: "")


@defect("location-is-an-id", "Location is the id of the location.", "LOC-1")
def location_is_an_id(behaviour: Behaviour) -> Behaviour:
    return edit_line_text(behaviour, "Location", lambda place: str(sum(place.encode())))


@defect("location-only-aisle", "Location is cut at its first punctuation mark.", "LOC-1")
def location_only_aisle(behaviour: Behaviour) -> Behaviour:
    return edit_line_text(behaviour, "Location", lambda place: place.replace("-", "/").split("/")[0].strip())


@defect("location-is-warehouse", "Location is the name of the warehouse on every line.", "LOC-1 LOC-2")
def location_is_warehouse(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "Location", lambda item: "Main warehouse")


@defect("location-of-first-line", "Every line has the location of the first line.", "LOC-2 LOC-1")
def location_of_first_line(behaviour: Behaviour) -> Behaviour:
    return edit_lines(
        behaviour,
        lambda line, item, order: line | {"Location": order.items[0].location[:100] or text_of(line, "Location")},
    )


@defect("location-where-there-is-none", "A product without a location has the Location N/A.", "LOC-2")
def location_where_there_is_none(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "Location", lambda item: "N/A", of=lambda item: not item.location)
