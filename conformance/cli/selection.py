"""Checks the names that ``--only`` and ``explain`` take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click import UsageError

from mockstore.shop.suggestions import did_you_mean

if TYPE_CHECKING:
    from conformance.core.model import Role


def check_selection(only: tuple[str, ...], *roles: Role) -> tuple[str, ...]:
    """Return the names if each is a requirement or feature of these roles; without roles, of the store.

    Raises:
        click.UsageError: a name is neither a requirement nor a feature, so that it would select nothing.
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
                f"no requirement or feature is called {word!r}.{did_you_mean(word, sorted(known))} "
                "'conformance list' shows all of them."
            )
    return only
