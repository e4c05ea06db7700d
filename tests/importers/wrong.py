"""What makes an importer wrong, by name: each changes the right one in a thing or two."""

import correct

RIGHT = {name: getattr(correct, name) for name in dir(correct)}
WRONG = {}


def broken(name, sentence, *caught_by):
    """Register what makes an importer wrong, and the requirements that catch it."""

    def register(change):
        WRONG[name] = (sentence, frozenset(caught_by), change)
        return change

    return register
