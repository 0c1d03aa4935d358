"""One websocket: the only file that sends. It carries bytes between a socket and a seat, and decides nothing about the run."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import NamedTuple

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from pcviz_server.admission import Admission
from pcviz_server.hub import FullError, Hub, Seat
from pcviz_server.mailbox import Mailbox
from pcviz_server.metrics import Metrics
from pcviz_server.protocol.messages import Ack, Change, ClientMessage, Heartbeat, Rejected, ServerMessage
from pcviz_server.protocol.parse import BadMessageError, NotJsonError, parse_message
from pcviz_server.rate import TokenBucket
from pcviz_server.settings import Settings

HEARTBEAT_S = 5.0
SEND_WITHIN_S = 5.0
"""A viewer that takes nothing for so long is given up."""
GREETS_WITHIN_S = 120.0
"""How long a viewer waits for a worker that starts; its `hello` comes from there."""
_CLOSE_WITHIN_S = 1.0
_LONGEST_REASON = 120  # bytes; a close frame has room for 123

Clock = Callable[[], float]


class Closing(NamedTuple):
    """Why the server closes a socket."""

    code: int
    reason: str


async def serve(
    socket: WebSocket, hub: Hub, admission: Admission, settings: Settings, metrics: Metrics, clock: Clock
) -> None:
    """Serve one websocket from its handshake to its end."""
    session = socket.query_params.get("session")
    refusal = admission.refusal(socket.headers.get("origin"), socket.headers.get("host"), session)
    if refusal is not None and refusal.status == 403:
        await socket.send_denial_response(PlainTextResponse(refusal.sentence + "\n", status_code=403))
        return
    await socket.accept()
    if refusal is not None:
        await _close(socket, Closing(1013, refusal.sentence), metrics)
        return
    changed, greeted = asyncio.Event(), asyncio.Event()
    try:
        seat = hub.join(session, socket.url.query, changed.set)
    except FullError as full:
        await _close(socket, Closing(1013, str(full)), metrics)
        return
    try:
        closing = await _first_of(
            _read(socket, hub, seat, greeted, TokenBucket(settings.messages_per_second, clock()), metrics, clock),
            _write(socket, seat.viewer.mailbox, changed, greeted, metrics, clock),
        )
    finally:
        hub.leave(seat)
    if closing is not None:
        await _close(socket, closing, metrics)


async def _read(
    socket: WebSocket, hub: Hub, seat: Seat, greeted: asyncio.Event, bucket: TokenBucket, metrics: Metrics, clock: Clock
) -> Closing | None:
    """Pass on what the viewer says, until it leaves or says what cannot be read. What comes before `hello` waits for it."""
    while True:
        received = await socket.receive()
        if received["type"] == "websocket.disconnect":
            return None
        await greeted.wait()
        text = received.get("text")
        if text is None:
            return Closing(1003, "Messages are JSON text; binary goes only from the server to its viewers.")
        try:
            message = _understood(text, bucket, clock())
        except NotJsonError as error:
            return Closing(1007, str(error))
        if isinstance(message, Rejected):
            metrics.rejected.inc()
            seat.viewer.mailbox.post(message)
        else:
            hub.receive(seat, message)
        await asyncio.sleep(0)  # answers leave between messages that came in one piece, so they cannot pile up


def _understood(text: str, bucket: TokenBucket, now: float) -> ClientMessage | Rejected:
    """What a client said, or the refusal that it gets."""
    try:
        message = parse_message(text)
    except BadMessageError as error:
        return Rejected(seq=error.seq, reason=error.reason)
    if isinstance(message, Ack) or bucket.take(now):
        return message
    seq = message.seq if isinstance(message, Change) else None
    return Rejected(
        seq=seq, reason=f"Nothing was changed: this server takes {bucket.rate:.0f} messages a second. Try again soon."
    )


async def _write(
    socket: WebSocket, mailbox: Mailbox, changed: asyncio.Event, greeted: asyncio.Event, metrics: Metrics, clock: Clock
) -> Closing | None:
    """Send what waits for the viewer, and a heartbeat where nothing does, until it takes no more."""
    silent_since = clock()
    while not mailbox.has_overflowed:
        changed.clear()
        now = clock()
        item = mailbox.take(now)
        if item is None:
            quiet_until = silent_since + (HEARTBEAT_S if greeted.is_set() else GREETS_WITHIN_S)
            if now < quiet_until:
                await _wait(changed, _sooner(mailbox.delay(now), quiet_until - now))
                continue
            if not greeted.is_set():
                return Closing(1013, "The process that computes does not start. Try again later.")
            item = Heartbeat()
        try:
            with metrics.send_seconds.time():
                async with asyncio.timeout(SEND_WITHIN_S):
                    await _send(socket, item)
        except TimeoutError:
            return Closing(1013, "Nothing was read for too long.")
        except WebSocketDisconnect:
            return None
        if isinstance(item, bytes):
            metrics.frames_sent.inc()
        greeted.set()
        silent_since = clock()
    return Closing(1013, "Too many messages were left unread. Connect again to go on.")


async def _send(socket: WebSocket, item: ServerMessage | bytes) -> None:
    if isinstance(item, bytes):
        await socket.send_bytes(item)
    else:
        await socket.send_text(item.model_dump_json())


async def _close(socket: WebSocket, closing: Closing, metrics: Metrics) -> None:
    """Say why, if the viewer still listens."""
    metrics.closed.labels(str(closing.code)).inc()
    reason = closing.reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
    with contextlib.suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
        async with asyncio.timeout(_CLOSE_WITHIN_S):
            await socket.close(closing.code, reason)


async def _wait(changed: asyncio.Event, seconds: float) -> None:
    # Not `wait_for`: on Python 3.11 it swallows a cancellation that comes together with the event.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await changed.wait()


def _sooner(delay: float | None, other: float) -> float:
    return other if delay is None else min(delay, other)


async def _first_of(*works: Coroutine[None, None, Closing | None]) -> Closing | None:
    """Run all until one ends, and give up the others."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        done = [task for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return next((closing for task in done if (closing := task.result()) is not None), None)
