"""A client of the websocket, as docs/protocol.md describes one: it acknowledges what it reads, unless told not to."""

import json
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.e2e.wire import Frame

PATIENCE_S = 60.0
"""How long a test waits for what must come; a machine that many share may take long to compile."""

Message = dict[str, Any]


class Client:
    """One socket. What arrives is kept in order in `received`."""

    def __init__(self, port: int, query: str = "", *, acknowledges: bool = True, **options: Any) -> None:
        self._connecting = connect(f"ws://127.0.0.1:{port}/ws?{query}", max_size=None, **options)
        self.socket: ClientConnection
        self.received: list[Frame | Message] = []
        self.acknowledges = acknowledges

    def send(self, op: str, **fields: Any) -> None:
        """Say something."""
        self.socket.send(json.dumps({"op": op, **fields}))

    def read(self, timeout: float = PATIENCE_S) -> Frame | Message:
        """The next message or frame."""
        data = self.socket.recv(timeout=timeout)
        item = Frame.decode(data) if isinstance(data, bytes) else json.loads(data)
        self.received.append(item)
        if isinstance(item, Frame) and self.acknowledges:
            self.send("ack", seq=item.seq)
        return item

    def until(self, condition: Callable[[Frame | Message], object], what: str) -> Any:
        """Read until something fulfils the condition, and return it."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                item = self.read()
            except TimeoutError:
                break
            if condition(item):
                return item
        raise AssertionError(f"Waited in vain: {what}. The last that came: {[_brief(item) for item in self.received[-3:]]}")

    def message(self, op: str, **fields: Any) -> Message:
        """The next message with this `op` and these fields."""
        wanted = {"op": op, **fields}
        return self.until(lambda item: isinstance(item, dict) and wanted.items() <= item.items(), f"a message {wanted}")

    def frame(self, condition: Callable[[Frame], object] = lambda frame: True, what: str = "a frame") -> Frame:
        """The next frame that fulfils the condition."""
        return self.until(lambda item: isinstance(item, Frame) and condition(item), what)

    def seen(self, condition: Callable[[Frame], object], what: str = "a frame") -> Frame:
        """A frame that fulfils the condition, come already or still to come: messages overtake frames."""
        return next(filter(condition, self.frames()), None) or self.frame(condition, what)

    def pause(self) -> tuple[int, int]:
        """Pause the run; the clocks at which it stands."""
        self.send("pause")
        status = self.message("status", state="paused")
        return status["learn_step"], status["infer_step"]

    def frames(self) -> list[Frame]:
        """Every frame so far."""
        return [item for item in self.received if isinstance(item, Frame)]

    def energies(self, epoch: int) -> dict[tuple[int, int], bytes]:
        """The exact bits of every layer's energy by (k, t), as far as frames of that epoch brought them."""
        return {clocks: bits for frame in self.frames() if frame.epoch == epoch for clocks, bits in frame.energies()}

    def learning(self, epoch: int) -> dict[int, bytes]:
        """The exact bits of each finished learning step's numbers by k, as far as frames of that epoch brought them."""
        return {k: bits for frame in self.frames() if frame.epoch == epoch for k, bits in frame.learning()}

    def answer(self, op: str, **fields: Any) -> Message:
        """Change something and wait for `applied` or `rejected`."""
        self.send(op, **fields)
        return self.until(
            lambda item: isinstance(item, dict) and item["op"] in ("applied", "rejected") and item["seq"] == fields.get("seq"),
            f"an answer to {op} {fields}",
        )

    def close_code(self) -> int:
        """Read until the server closes the socket; its code."""
        with pytest.raises(ConnectionClosed) as closed:
            self.until(lambda item: False, "a close")
        assert closed.value.rcvd is not None, "the connection broke without a close"
        return closed.value.rcvd.code

    def __enter__(self) -> Self:
        self.socket = self._connecting.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self._connecting.__exit__(kind, error, where)


def _brief(item: Frame | Message) -> object:
    return f"a frame of epoch {item.epoch} at {item.now}" if isinstance(item, Frame) else item


def rows(frames: list[Frame]) -> Iterator[tuple[int, int]]:
    """(k, t) of every row of these frames, in order of arrival."""
    for frame in frames:
        for step in frame.infer_steps:
            yield frame.learn_step, step
