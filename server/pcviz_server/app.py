"""The web application: routes, the page, and the life of the backend."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from time import monotonic

from fastapi import FastAPI, Request, Response
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket

from pcviz_server import connection
from pcviz_server.admission import Admission
from pcviz_server.backend import EngineBackend
from pcviz_server.guard import Guard
from pcviz_server.hub import Hub
from pcviz_server.metrics import Metrics
from pcviz_server.page import page
from pcviz_server.protocol.door import Door
from pcviz_server.settings import Settings
from pcviz_server.spawn import SpawnBackend

_TICK_S = 1.0


def create_app(settings: Settings | None = None, engine: EngineBackend | None = None) -> FastAPI:
    """An application with its own hub; the engine is a spawned worker unless another is given."""
    settings = settings or Settings.model_validate({})
    metrics = Metrics()
    hub = Hub(
        engine or SpawnBackend(settings.budget, settings.worker_niceness),
        max_sessions=settings.max_sessions,
        metrics=metrics,
        clock=monotonic,
    )

    admission = Admission(settings, hub)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        hub.start()
        ticking = asyncio.create_task(_tick(hub))
        yield
        ticking.cancel()
        await hub.stop()

    app = FastAPI(title="pcviz", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, hosts=settings.hosts, frame_ancestors=settings.frame_ancestors)

    @app.api_route("/livez", methods=["GET", "HEAD"])
    async def livez() -> PlainTextResponse:
        """The event loop answers."""
        return PlainTextResponse("alive\n")

    @app.api_route("/readyz", methods=["GET", "HEAD"])
    async def readyz() -> PlainTextResponse:
        """A worker answers, so a new session would run."""
        if hub.ready is None:
            return PlainTextResponse("The worker is starting.\n", status_code=503)
        return PlainTextResponse("ready\n")

    @app.get("/metrics")
    async def metrics_text() -> Response:
        """Counters in Prometheus' text format."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4")

    @app.get("/api/catalogue")
    async def catalogue() -> Response:
        """Every control and every panel."""
        if hub.catalogue is None:
            return PlainTextResponse("The worker is starting; ask again in a moment.\n", status_code=503)
        return Response(hub.catalogue, media_type="application/json", headers={"Cache-Control": "no-cache"})

    @app.post("/api/door")
    async def door(request: Request) -> Response:
        """Whether this page would get a websocket, and why not: a browser tells a page nothing of a refused one."""
        asked = request.headers
        refusal = admission.refusal(asked.get("origin"), asked.get("host"), request.query_params.get("session"))
        answer = Door(is_ready=hub.ready is not None, refusal=None if refusal is None else refusal.sentence)
        return Response(answer.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})

    @app.websocket("/ws")
    async def websocket(socket: WebSocket) -> None:
        """One viewer."""
        await connection.serve(socket, hub, admission, settings, metrics, monotonic)

    app.add_api_route("/{path:path}", page, methods=["GET", "HEAD"], include_in_schema=False)
    return app


async def _tick(hub: Hub) -> None:
    while True:
        await asyncio.sleep(_TICK_S)
        hub.tick()
