"""What ``--only`` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.cli.errors import UsageError
from mockstore.shop.suggestions import did_you_mean

if TYPE_CHECKING:
    from conformance.core.model import Role


def selected(only: tuple[str, ...], *roles: Role) -> tuple[str, ...]:
    """What ``--only`` names, of the store's side unless told whose.

    Raises:
        Stop: where nothing is called so: a selection that matches nothing is wrong use.
    """
    if not only:
        return ()
    from conformance.contract.requirements import requirements

    listed = [each for role in roles or ("store",) for each in requirements(role)]
    known = {name for each in listed for name in (each.id, each.id.partition("-")[0], each.feature)}
    folded = {name.casefold() for name in known}
    for word in only:
        if word.casefold() not in folded:
            raise UsageError(
                f"no requirement or feature is called {word!r}.{did_you_mean(word, known)} "
                "'conformance list' shows all of them."
            )
    return only
