"""Host names and addresses in the headers of requests."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

_HOST = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[^:\[\]/@\s]+))(?::\d{0,5})?", re.IGNORECASE)


def host_name(text: str) -> str | None:
    """Return the name or address in a Host header, in lower case; None if it has another form."""
    found = _HOST.fullmatch(text.strip())
    return (found["v6"] or found["name"]).lower().removesuffix(".") if found else None


def address_of(name: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a host is; None if it is a name."""
    try:
        return ip_address(name)
    except ValueError:
        return None
