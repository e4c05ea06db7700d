"""What ``--only`` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.cli.errors import UsageError

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
            from difflib import get_close_matches

            near = get_close_matches(word.upper(), known, 3, 0.5)
            hint = f" Did you mean {', '.join(near)}?" if near else ""
            raise UsageError(f"no requirement or feature is called {word!r}.{hint} 'conformance list' has all.")
    return only
