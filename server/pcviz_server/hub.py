"""All sessions of this server and the backend that they share: who joins which, and which event goes to which."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from pcviz_server import backend
from pcviz_server.backend import EngineBackend, Event, Lost, Ready
from pcviz_server.mailbox import Mailbox
from pcviz_server.metrics import Metrics
from pcviz_server.protocol.messages import ClientMessage
from pcviz_server.session import Session, Viewer

_log = structlog.get_logger()


class FullError(Exception):
    """No further session fits; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One viewer in its session."""

    session: Session
    viewer: Viewer


class Hub:
    """Sessions by id. `clock` gives seconds that never go back."""

    def __init__(self, engine: EngineBackend, *, max_sessions: int, metrics: Metrics, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._max_sessions = max_sessions
        self._metrics = metrics
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self.ready: Ready | None = None
        """What the worker said when it began; None while there is none."""
        self.catalogue: bytes | None = None
        """The catalogue as the last worker gave it; it outlives that worker."""
        metrics.count_sessions(lambda: len(self._sessions))
        metrics.count_viewers(lambda: sum(len(session.viewers) for session in self._sessions.values()))

    def start(self) -> None:
        """Start the backend; call it on the running event loop."""
        self._engine.start(self._receive)

    async def stop(self) -> None:
        """End the backend, and every run with it."""
        await self._engine.stop()

    def join(self, session_id: str | None, query: str, on_change: Callable[[], None]) -> Seat:
        """Seat a new socket: in the session that it names, else in a new one made from the query."""
        viewer = Viewer(id=secrets.token_urlsafe(8), mailbox=Mailbox(on_change))
        session = self._sessions.get(session_id) if session_id is not None else None
        if session is None:
            session = self._new_session(query)
            if session_id is not None:
                session.greeting.append(f"There is no run {session_id[:60]!r} any more, so this is a new one.")
        self._send(session.attach(viewer))
        return Seat(session, viewer)

    def leave(self, seat: Seat) -> None:
        """A socket has closed."""
        self._metrics.frames_conflated.inc(seat.viewer.mailbox.n_conflated)
        self._send(seat.session.detach(seat.viewer, self._clock()))

    def receive(self, seat: Seat, message: ClientMessage) -> None:
        """A viewer said something."""
        self._send(seat.session.receive(seat.viewer, message))

    def tick(self) -> None:
        """Once a second: pause runs that nobody watches, and forget them after a while."""
        now = self._clock()
        for session in list(self._sessions.values()):
            self._send(session.idle(now))
            if session.has_expired(now):
                self._end(session)

    def fullness(self, session_id: str | None) -> str | None:
        """Why no run can be had now, by the id of a session or without; None if one can."""
        is_full = session_id not in self._sessions and len(self._sessions) >= self._max_sessions
        if not is_full or self._unwatched():
            return None
        most = f"All {self._max_sessions} runs" if self._max_sessions > 1 else "The only run"
        return f"{most} of this server {'are' if self._max_sessions > 1 else 'is'} taken. Try again in a few minutes."

    def _unwatched(self) -> list[Session]:
        return [session for session in self._sessions.values() if session.empty_since is not None]

    def _new_session(self, query: str) -> Session:
        if (full := self.fullness(None)) is not None:
            raise FullError(full)
        if len(self._sessions) >= self._max_sessions:
            self._end(min(self._unwatched(), key=lambda session: session.empty_since or 0.0))
        session = Session(secrets.token_urlsafe(12), query)
        self._sessions[session.id] = session
        if self.ready is not None:
            session.device = self.ready.device
            self._send([session.begin()])
        return session

    def _end(self, session: Session) -> None:
        del self._sessions[session.id]
        self._send([backend.Drop(session.id)])

    def _receive(self, event: Event) -> None:
        match event:
            case Ready():
                self.ready, self.catalogue = event, event.catalogue
                for session in self._sessions.values():
                    session.device = event.device
                    self._send([session.begin()])
            case Lost(reason=reason):
                _log.warning("worker lost", reason=reason)
                self._metrics.worker_restarts.inc()
                self.ready = None
                for session in self._sessions.values():
                    session.lost(reason)
            case backend.Alive():
                pass
            case _:
                session = self._sessions.get(event.session)
                if session is not None:
                    self._send(session.deliver(event))

    def _send(self, commands: list[backend.Command]) -> None:
        for command in commands:
            self._engine.send(command)
