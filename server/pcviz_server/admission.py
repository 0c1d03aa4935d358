"""Who may open a websocket, and why not: one decision, for the socket and for a page that asks why it got none.

A browser hides the body of a refused upgrade from its page, so the page asks `POST /api/door`; a POST carries `Origin`.
"""

from typing import NamedTuple

import structlog

from pcviz_server.hub import Hub
from pcviz_server.origin import is_origin_allowed
from pcviz_server.settings import Settings

_log = structlog.get_logger()
_MOST_LOGGED = 100


class Refusal(NamedTuple):
    """Why a page gets no socket: an HTTP status, and a sentence for a person."""

    status: int
    sentence: str


class Admission:
    """Decides who is let in. Each foreign origin is logged once, of the first hundred."""

    def __init__(self, settings: Settings, hub: Hub) -> None:
        self._settings = settings
        self._hub = hub
        self._logged: set[str] = set()

    def refusal(self, origin: str | None, host: str | None, session: str | None) -> Refusal | None:
        """Why a page of this `Origin`, which asked this `Host`, gets no socket; None if it gets one."""
        if not is_origin_allowed(origin, host, self._settings.allowed_origins):
            self._note(str(origin), str(host))
            proxy = f"If a proxy stands before it, let that pass the Host header on, or set PCVIZ_ALLOWED_ORIGINS={origin}."
            return Refusal(403, f"A page of {origin!r} may not open a run on this server, which was asked as {host!r}. {proxy}")
        full = self._hub.fullness(session)
        return None if full is None else Refusal(503, full)

    def _note(self, origin: str, host: str) -> None:
        if origin not in self._logged and len(self._logged) < _MOST_LOGGED:
            self._logged.add(origin)
            _log.warning("origin refused", origin=origin[:200], host=host[:200], allow=f"PCVIZ_ALLOWED_ORIGINS={origin[:200]}")
