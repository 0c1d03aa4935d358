"""What crosses a page's websocket, recorded outside the page: the witness that the page's own store cannot be.

The decoder is written from docs/protocol.md alone, as another client's would be.
"""

import json
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from playwright.sync_api import Page, WebSocket

Clocks = tuple[int, int]


@dataclass(frozen=True)
class Frame:
    """One binary frame: header fields and columns by name."""

    seq: int
    epoch: int
    learn_step: int
    infer_steps: tuple[int, ...]
    applied_seq: int
    columns: dict[str, np.ndarray]

    @classmethod
    def decode(cls, data: bytes) -> "Frame":
        """Read a frame as docs/protocol.md lays it out."""
        (length,) = struct.unpack_from("<I", data)
        header = json.loads(data[4 : 4 + length])
        body = -(-(4 + length) // 8) * 8
        columns = {
            column["name"]: np.frombuffer(
                data, "<f4", int(np.prod(column["shape"])), body + column["offset"]
            ).reshape(column["shape"])
            for column in header.pop("columns")
        }
        return cls(**{**header, "infer_steps": tuple(header["infer_steps"])}, columns=columns)

    @property
    def depth(self) -> int:
        """L of the network that the frame shows."""
        return self.columns["layer_energy"].shape[1]

    @property
    def now(self) -> Clocks:
        """The clocks k and t of the frame's newest row."""
        return self.learn_step, self.infer_steps[-1]

    def energies(self) -> Iterator[tuple[Clocks, bytes]]:
        """The exact bits of every layer's energy, by (k, t)."""
        for row, infer_step in enumerate(self.infer_steps):
            yield (self.learn_step, infer_step), self.columns["layer_energy"][row].tobytes()

    def learning(self) -> Iterator[tuple[int, bytes]]:
        """The exact bits of each finished learning step's numbers, by k."""
        names = ("learning_loss", "learning_total", "learning_output", "learning_hidden")
        for row, learn_step in enumerate(self.columns["learning_step"]):
            yield int(learn_step), b"".join(self.columns[name][row].tobytes() for name in names)


@dataclass
class Recording:
    """Frames and messages in order of arrival, over all sockets of a page."""

    received: list[Frame | dict[str, Any]] = field(default_factory=list)

    @property
    def frames(self) -> list[Frame]:
        """The frames, oldest first."""
        return [item for item in self.received if isinstance(item, Frame)]

    @property
    def newest(self) -> Frame:
        """The last frame that arrived."""
        return next(item for item in reversed(self.received) if isinstance(item, Frame))

    def messages(self, op: str) -> list[dict[str, Any]]:
        """The messages with this `op`, oldest first."""
        return [item for item in self.received if not isinstance(item, Frame) and item["op"] == op]

    def frames_of(self, epoch: int) -> list[Frame]:
        """The frames of one run."""
        return [frame for frame in self.frames if frame.epoch == epoch]

    def energies(self, epoch: int) -> dict[Clocks, bytes]:
        """Exact layer energies by (k, t) of one run, as far as frames brought them."""
        return {clocks: bits for frame in self.frames_of(epoch) for clocks, bits in frame.energies()}

    def learning(self, epoch: int) -> dict[int, bytes]:
        """Exact learning numbers by k of one run."""
        return {step: bits for frame in self.frames_of(epoch) for step, bits in frame.learning()}


class Wire(Recording):
    """The growing recording of one page, and what the page sent."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.sockets: list[WebSocket] = []
        self.sent: list[dict[str, Any]] = []
        self._page = page
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        self.sockets.append(socket)
        socket.on("framereceived", self._take)
        socket.on("framesent", lambda payload: self.sent.append(json.loads(payload)))

    def _take(self, payload: str | bytes) -> None:
        self.received.append(Frame.decode(payload) if isinstance(payload, bytes) else json.loads(payload))

    def mark(self) -> int:
        """Remember this moment for `since`."""
        return len(self.received)

    def since(self, mark: int) -> Recording:
        """What has arrived since that moment."""
        return Recording(self.received[mark:])

    def wait_until(self, condition: Callable[[], object], what: str, within_s: float = 60) -> None:
        """Let the page run until the condition holds; `what` is the sentence of the failure."""
        deadline = time.monotonic() + within_s
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"Waited {within_s:g} s in vain: {what}.")
            self._page.wait_for_timeout(15)  # the only way to hand Playwright's loop over; the condition decides
