"""Which hosts this server answers to, and which pages may open its websocket.

Any page in the same browser can try: a browser sends cookies and opens sockets across sites, and a hostile name can be made
to resolve to 127.0.0.1. `Host` guards against the second, `Origin` against the first. A client that is no browser sends no
`Origin` and is let in: it could send any.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_DEFAULT_PORT = {"http": 80, "https": 443}


def is_host_allowed(host: str | None, allowed: Collection[str]) -> bool:
    """Whether the `Host` header names us. No allowed names means any."""
    if not allowed:
        return True
    name, _ = _split(f"//{host or ''}")
    return name in allowed


def is_origin_allowed(origin: str | None, host: str | None, allowed: Collection[str]) -> bool:
    """Whether the `Origin` header is ours: the host that was asked, or one of the origins allowed by name."""
    if origin is None or origin in allowed:
        return True
    scheme, _, _ = origin.partition("://")
    name, port = _split(origin)
    asked_name, asked_port = _split(f"//{host or ''}")
    default = _DEFAULT_PORT.get(scheme)
    return bool(name) and name == asked_name and (port or default) == (asked_port or default)


def _split(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url)
        name, port = parts.hostname, parts.port
    except ValueError:
        return "", None
    return name or "", port
