"""Imports aiohttp without certificates, for processes that make no connection with TLS."""

from __future__ import annotations

import ssl


def import_without_certificates() -> None:
    """Import aiohttp so that its client trusts no certificate. If it was imported before, nothing changes.

    When aiohttp is imported, it reads the certificates that the system trusts, twice. That takes 0.03 s, a fiftieth of
    a run on an embedded store, which needs none.
    """

    def load_nothing(context: ssl.SSLContext) -> None:
        """Take the place of ``SSLContext.set_default_verify_paths``."""

    original = ssl.SSLContext.set_default_verify_paths
    setattr(ssl.SSLContext, "set_default_verify_paths", load_nothing)  # noqa: B010 -- mypy refuses an assignment
    try:
        import aiohttp  # noqa: F401
    finally:
        setattr(ssl.SSLContext, "set_default_verify_paths", original)  # noqa: B010
