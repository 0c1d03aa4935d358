"""What every HTTP answer carries, and which requests get none: the policy that keeps the page to itself."""

from collections.abc import Collection

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pcviz_server.origin import is_host_allowed

_log = structlog.get_logger()
_HEALTH = {"/livez", "/readyz"}
"""What a container asks of itself, by whatever name; it tells nothing."""
_MOST_LOGGED = 100


class Guard:
    """ASGI middleware: refuses foreign `Host`s and sets the security headers."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], frame_ancestors: str) -> None:
        self._app = app
        self._hosts = hosts
        self._logged: set[str] = set()
        self._headers = {
            # Plotly sets styles on its elements, so style-src cannot be strict; nothing is ever loaded from elsewhere.
            "Content-Security-Policy": (
                "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
                "font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
                f"frame-ancestors {frame_ancestors}"
            ),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
        }

    def _note(self, host: str) -> None:
        if host not in self._logged and len(self._logged) < _MOST_LOGGED:
            self._logged.add(host)
            _log.warning("host refused", host=host[:200], allow=f"PCVIZ_ALLOWED_HOSTS={host[:200]}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or websocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        host = Headers(scope=scope).get("host")
        if scope["path"] in _HEALTH or is_host_allowed(host, self._hosts):
            await self._app(scope, receive, send_with_headers)
        elif scope["type"] == "http":
            self._note(str(host))
            refusal = PlainTextResponse(f"This server is not {host!r}; PCVIZ_ALLOWED_HOSTS can add a name.\n", status_code=400)
            await refusal(scope, receive, send_with_headers)
        else:
            await send({"type": "websocket.close"})
