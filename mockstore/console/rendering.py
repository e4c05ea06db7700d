"""Makes pages from templates."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from mockstore.inputs.text import visible

if TYPE_CHECKING:
    from jinja2 import Environment

STATIC = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}
"""The files that pages load, with their types."""


@cache
def static_file(name: str) -> bytes:
    """Return a file that pages load."""
    return (files("mockstore.console") / "static" / name).read_bytes()


@cache
def static_url(name: str) -> str:
    """Return the URL of such a file, which changes with its content."""
    return f"/console/static/{name}?v={hashlib.sha256(static_file(name)).hexdigest()[:12]}"


def shown(content: object) -> object:
    """Return a value as a page may show it: each line without characters that nobody sees."""
    from markupsafe import Markup

    if isinstance(content, Markup) or not isinstance(content, str) or (content.isascii() and content.isprintable()):
        return content
    return "".join(part if part in "\n\t" else visible(part) for part in re.split(r"([\n\t])", content))


@cache
def environment() -> Environment:
    """Return the templates."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import escape

    made = Environment(
        loader=PackageLoader("mockstore.console"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["typed"] = lambda text: escape(str(text))  # as it is, for the value of an input
    made.filters["many"] = lambda number, one, several="": f"{number:,} {one if number == 1 else several or one + 's'}"
    made.globals["static"] = static_url
    return made


def render(template: str, values: Mapping[str, Any]) -> str:
    """Return a page."""
    return environment().get_template(template).render(values)
