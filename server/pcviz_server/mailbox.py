"""What waits for one viewer: every message, in order, and the newest frame.

A frame that finds the one before it still waiting takes its place, and brings along what only that one had: rows of the same
relaxation, and the learning steps completed in between. A slow viewer so gets fewer frames and never stale ones, and memory
is bounded. Two frames may be in flight; then one leaves for each that is acknowledged. Training frames keep their distance; the
first that shows a change of the viewer's own comes sooner. Time is passed in.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from pcviz_server.backend import Frame
from pcviz_server.protocol.frames import Block, encode_frame
from pcviz_server.protocol.messages import Notes, ServerMessage

FRAMES_IN_FLIGHT = 2
RELAXATIONS_WAITING = 2
MESSAGES_WAITING = 256
LIMITED_FRAMES_APART_S = 0.105
"""At most 10 training frames in any second, on the viewer's clock too."""
CHANGED_FRAMES_APART_S = 0.02
"""Those that show a change of the viewer's own need not wait for that: at most 50 in any second."""
MAX_ROWS = 64
MAX_ROW_BYTES = 118_000
"""Of all rows of a frame and its columns without rows together; the rest of 128 kB is for its header and learning steps."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    frame: Frame
    seq: int
    applied_seq: int


class Mailbox:
    """The queue of one viewer. `on_change` is called when something may be taken that could not be before."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._messages: deque[ServerMessage] = deque()
        self._frames: deque[_Waiting] = deque()
        self._in_flight: deque[int] = deque()
        self._offered = 0
        self._limited_at = self._changed_at = float("-inf")
        self._applied_sent = 0
        self.last_sent = 0
        """The `seq` of the newest frame that left, 0 before the first."""
        self.has_overflowed = False
        """The viewer has not read its messages for so long that one had to be left out."""
        self.n_conflated = 0
        """Frames that gave their place to a newer one."""

    def post(self, message: ServerMessage) -> None:
        """Queue a message. Of `notes` the newest alone is worth reading."""
        if isinstance(message, Notes):
            self._messages = deque(waiting for waiting in self._messages if not isinstance(waiting, Notes))
        if len(self._messages) < MESSAGES_WAITING:
            self._messages.append(message)
        else:
            self.has_overflowed = True
        self._on_change()

    def offer(self, frame: Frame, applied_seq: int) -> None:
        """Leave a frame that shows the run as it is after the viewer's change `applied_seq`.

        In slow motion the two newest relaxations wait side by side, so that the end of one is not lost to the next.
        """
        self._offered += 1
        if self._frames and self._frames[-1].frame.epoch != frame.epoch:
            self.discard_frames()
        if self._frames and (frame.limited or self._frames[-1].frame.learn_step == frame.learn_step):
            frame = _with_what_only_the_older_has(self._frames.pop().frame, frame)
            self.n_conflated += 1
        elif len(self._frames) == RELAXATIONS_WAITING:
            oldest, second = self._frames.popleft(), self._frames.popleft()
            self._frames.append(replace(second, frame=_with_what_only_the_older_has(oldest.frame, second.frame)))
            self.n_conflated += 1
        self._frames.append(_Waiting(frame, self._offered, applied_seq))
        self._on_change()

    def discard_frames(self) -> None:
        """Forget the frames that wait: the run that they show is over."""
        self.n_conflated += len(self._frames)
        self._frames.clear()

    def acknowledge(self, seq: int) -> None:
        """Frames up to `seq` have arrived."""
        while self._in_flight and self._in_flight[0] <= seq:
            self._in_flight.popleft()
        self._on_change()

    def take(self, now: float) -> ServerMessage | bytes | None:
        """The next thing to send: messages before frames; None while nothing may leave."""
        if self._messages:
            return self._messages.popleft()
        if self._delay(now) != 0:
            return None
        shows_change, waiting = self._shows_change, self._frames.popleft()
        frame = waiting.frame
        if frame.limited:
            self._limited_at = now
            self._changed_at = now if shows_change else self._changed_at
        self._in_flight.append(waiting.seq)
        self.last_sent, self._applied_sent = waiting.seq, waiting.applied_seq
        return encode_frame(
            seq=waiting.seq,
            epoch=frame.epoch,
            learn_step=frame.learn_step,
            infer_steps=frame.infer_steps,
            applied_seq=waiting.applied_seq,
            columns={**frame.rows, **frame.fixed, **frame.learning},
        )

    def delay(self, now: float) -> float | None:
        """Seconds until `take` has something even if nothing changes; None for never."""
        return 0.0 if self._messages else self._delay(now)

    def _delay(self, now: float) -> float | None:
        if not self._frames or len(self._in_flight) >= FRAMES_IN_FLIGHT:
            return None
        if not self._frames[0].frame.limited:
            return 0.0
        at = self._limited_at + LIMITED_FRAMES_APART_S
        if self._shows_change:
            at = min(at, self._changed_at + CHANGED_FRAMES_APART_S)
        return max(0.0, at - now)

    @property
    def _shows_change(self) -> bool:
        """Whether a frame waits that knows of a change of which no frame before it did."""
        return self._frames[-1].applied_seq > self._applied_sent


def _with_what_only_the_older_has(older: Frame, newer: Frame) -> Frame:
    learning = {name: _spread(_joined(older.learning[name], block)) for name, block in newer.learning.items()}
    newer = replace(newer, learning=learning)
    if older.learn_step != newer.learn_step or older.rows.keys() != newer.rows.keys():
        return newer
    unseen = [row for row, step in enumerate(older.infer_steps) if step < newer.infer_steps[0]]
    unseen = unseen[max(0, len(unseen) + len(newer.infer_steps) - most_rows(newer.rows, newer.fixed)) :]
    return replace(
        newer,
        infer_steps=(*(older.infer_steps[row] for row in unseen), *newer.infer_steps),
        rows={name: _joined(_selected(older.rows[name], unseen), block) for name, block in newer.rows.items()},
    )


def most_rows(rows: Mapping[str, Block], besides: Mapping[str, Block]) -> int:
    """How many rows of these columns one frame may have beside columns that have none."""
    bytes_per_row = sum(4 * prod(block.shape[1:]) for block in rows.values())
    left = MAX_ROW_BYTES - sum(len(block.data) for block in besides.values())
    return max(2, min(MAX_ROWS, left // max(1, bytes_per_row)))


def _spread(block: Block) -> Block:
    """At most `MAX_ROWS` rows, evenly spread, the first and the last among them."""
    count = block.shape[0]
    if count <= MAX_ROWS:
        return block
    return _selected(block, [round(row * (count - 1) / (MAX_ROWS - 1)) for row in range(MAX_ROWS)])


def _joined(first: Block, second: Block) -> Block:
    return Block((first.shape[0] + second.shape[0], *second.shape[1:]), first.data + second.data)


def _selected(block: Block, rows: Sequence[int]) -> Block:
    size = 4 * prod(block.shape[1:])
    return Block((len(rows), *block.shape[1:]), b"".join(block.data[row * size : (row + 1) * size] for row in rows))
