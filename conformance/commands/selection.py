"""What ``--only`` names."""

from __future__ import annotations

from conformance.commands.wrong_use import Stop


def selected(only: tuple[str, ...]) -> tuple[str, ...]:
    """What ``--only`` names.

    Raises:
        Stop: where nothing is called so: a selection that matches nothing is wrong use.
    """
    if not only:
        return ()
    from conformance.catalogue import requirements

    known = {name for each in requirements() for name in (each.id, each.id.partition("-")[0], each.feature)}
    folded = {name.casefold() for name in known}
    for word in only:
        if word.casefold() not in folded:
            from difflib import get_close_matches

            near = get_close_matches(word.upper(), known, 3, 0.5)
            hint = f" Did you mean {', '.join(near)}?" if near else ""
            raise Stop(f"no requirement or feature is called {word!r}.{hint} 'conformance list' has all.")
    return only
