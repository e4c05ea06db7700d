"""A property that is computed only once, even if that fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

from conformance.core.errors import ConformanceError

Value = TypeVar("Value")


class once(Generic[Value]):  # noqa: N801 - used like functools.cached_property
    """Like ``functools.cached_property``, but an error of the suite's own kinds is kept, too, and raised each time.

    So a request that failed is not sent again for each scenario that needs its reply.
    """

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self._compute, self.__doc__ = compute, compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name
        self._failed = f"{name} failed"

    @overload
    def __get__(self, instance: None, owner: type) -> once[Value]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Value: ...
    def __get__(self, instance: object, owner: type) -> once[Value] | Value:
        if instance is None:
            return self
        kept = instance.__dict__
        if (error := kept.get(self._failed)) is not None:
            raise error.with_traceback(None)
        try:
            value = self._compute(instance)
        except ConformanceError as error:
            kept[self._failed] = error
            raise
        kept[self._name] = value
        return value
