"""What `/metrics` counts. No label names a session, so the number of series stays bounded."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """Counters of one app, in a registry of its own."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self._sessions = Gauge("pcviz_sessions", "Runs, watched or waiting for their viewer.", registry=registry)
        self._viewers = Gauge("pcviz_viewers", "Open websockets that watch a run.", registry=registry)
        self.frames_sent = Counter("pcviz_frames_sent", "Frames that left for a viewer.", registry=registry)
        self.frames_conflated = Counter("pcviz_frames_conflated", "Frames that gave place to a newer one.", registry=registry)
        self.rejected = Counter("pcviz_messages_rejected", "Messages not understood, or sent too fast.", registry=registry)
        self.closed = Counter("pcviz_sockets_closed", "Websockets that the server closed.", ["code"], registry=registry)
        self.worker_restarts = Counter("pcviz_worker_restarts", "Workers that were lost.", registry=registry)
        self.send_seconds = Histogram("pcviz_send_seconds", "Time that one send took.", registry=registry)

    def count_sessions(self, count: Callable[[], float]) -> None:
        """Say where the number of sessions is read."""
        self._sessions.set_function(count)

    def count_viewers(self, count: Callable[[], float]) -> None:
        """Say where the number of viewers is read."""
        self._viewers.set_function(count)

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self._registry)
