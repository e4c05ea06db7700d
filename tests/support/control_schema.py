"""The description of the control protocol, and what a call and its reply have that it doesn't allow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import yaml
from jsonschema import Draft202012Validator, FormatChecker

FILE = Path(__file__).parents[2] / "schemas" / "control.openapi.yaml"
EXTENSIONS = ("/reset", "/clock", "/status", "/behaviour")
"""Calls of the mock store that the protocol doesn't have."""


@cache
def document() -> dict[str, Any]:
    """Return the description."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def schema(name: str) -> dict[str, Any]:
    """Return a schema of the description."""
    found: dict[str, Any] = document()["components"]["schemas"][name]
    return found


@cache
def _validator(reference: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"$ref": reference, "components": document()["components"]},
        format_checker=FormatChecker(("date-time", "date")),
    )


def problems(method: str, target: str, body: object, status: int, reply: object) -> Iterator[str]:
    """Yield what is wrong in a call and in its reply. ``target`` is the path below the protocol's URL, with a query.

    A call with a status of 4xx may itself be wrong.
    """
    path, _, query = target.partition("?")
    operation = _operation(method, path)
    if operation is None:
        yield f"{method} {path} isn't described"
        return
    sent = dict(parse_qsl(query, keep_blank_values=True))
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "query" and parameter.get("required") and parameter["name"] not in sent:
            yield f"{method} {path}: no {parameter['name']}"
    if status < 400 and "requestBody" in operation:
        yield from _misfits(f"{method} {path}", body, operation["requestBody"]["content"])
    described = operation["responses"].get(str(status))
    if described is None:
        yield f"{method} {path}: status {status} isn't described"
        return
    if "$ref" in described:
        described = document()["components"]["responses"][described["$ref"].rpartition("/")[2]]
    if "content" in described:
        yield from _misfits(f"reply {status} to {method} {path}", reply, described["content"])
    elif reply is not None:
        yield f"reply {status} to {method} {path} has a body"


def _operation(method: str, path: str) -> dict[str, Any] | None:
    paths = document()["paths"]
    place = path if path in paths else re.sub(r"^/orders/[^/]+$", "/orders/{order_number}", path)
    found: dict[str, Any] | None = paths.get(place, {}).get(method.lower())
    return found


def _misfits(where: str, value: object, content: dict[str, Any]) -> Iterator[str]:
    reference = content["application/json"]["schema"]["$ref"]
    for error in _validator(reference).iter_errors(value):
        yield f"{where}: {error.json_path}: {error.message[:300]}"
