"""The seam between the server and whatever computes: commands one way, events the other.

Only bytes and frozen dataclasses of plain values cross it, so that the other side may be a thread, a process or another
machine. `SpawnBackend` and `InlineBackend` implement it, and one suite of tests runs against both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pcviz_server.protocol.frames import Block
from pcviz_server.protocol.messages import Effect, Scalar, State

Values = Mapping[str, Scalar]


# From the server to the worker --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Open:
    """Begin a session from a URL's query. Answered by `Opened`; it plays by itself."""

    session: str
    query: str


@dataclass(frozen=True, slots=True)
class Restore:
    """Begin a session again whose worker was lost: the values last applied, under a new `epoch`. Answered by `Restarted`."""

    session: str
    spec: Values
    view: Values
    epoch: int
    playing: bool
    columns: frozenset[str]
    reason: str


@dataclass(frozen=True, slots=True)
class Drop:
    """End a session and free what it holds."""

    session: str


@dataclass(frozen=True, slots=True)
class Attach:
    """A viewer has come: tell it the status and show it the whole present relaxation."""

    session: str
    viewer: str


@dataclass(frozen=True, slots=True)
class Play:
    """Run at the session's pace; after a divergence from t = 0 of the same learning step."""

    session: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop after the step under way, and say why."""

    session: str
    reason: str


@dataclass(frozen=True, slots=True)
class Infer:
    """Pause, then do `n` inference steps."""

    session: str
    n: int
    viewer: str


@dataclass(frozen=True, slots=True)
class Learn:
    """Pause, then finish `n` learning steps."""

    session: str
    n: int
    viewer: str


@dataclass(frozen=True, slots=True)
class Change:
    """Set one control. Answered by `Applied` or `Refused` with the same `viewer` and `seq`."""

    session: str
    control: str
    value: Scalar
    viewer: str
    seq: int


@dataclass(frozen=True, slots=True)
class Reset:
    """Begin again at k = 0 with the values last applied, and with another seed if one is given."""

    session: str
    seed: int | None
    viewer: str


@dataclass(frozen=True, slots=True)
class Show:
    """The columns on request that at least one viewer of the session needs."""

    session: str
    columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stop:
    """End the worker."""


Command = Open | Restore | Drop | Attach | Play | Pause | Infer | Learn | Change | Reset | Show | Stop


# From the worker to the server --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker takes commands. `catalogue` is the JSON of `GET /api/catalogue`; `device` names what computes."""

    catalogue: bytes
    device: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker is gone, and with it every run. The backend starts another; `Ready` follows."""

    reason: str


@dataclass(frozen=True, slots=True)
class Alive:
    """The worker's loop goes round, with nothing to tell."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session exists. `refusals` are sentences on keys of the query that could not be used."""

    session: str
    spec: Values
    view: Values
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """A control has a new value. `viewer` and `seq` are those of the change, or None where nobody asked for it."""

    session: str
    control: str
    value: Scalar
    effect: Effect
    learn_step: int
    infer_step: int
    viewer: str | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A command changed nothing. For everyone where `viewer` is None."""

    session: str
    reason: str
    viewer: str | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """Starting, playing or paused, why, and what compiles meanwhile. For everyone where `viewer` is None.

    `playing` says whether the run moves, or will once it has started.
    """

    session: str
    state: State
    playing: bool
    reason: str
    compiling: str | None
    learn_step: int
    infer_step: int
    viewer: str | None = None


@dataclass(frozen=True, slots=True)
class Diverged:
    """The run paused itself, with what `pcviz_core.divergence.Divergence` says of it. For everyone where `viewer` is None."""

    session: str
    layer: int
    learn_step: int
    infer_step: int
    reason: str
    suggestion: tuple[str, Scalar] | None
    where: str
    cause: str
    limit: float | None
    viewer: str | None = None


@dataclass(frozen=True, slots=True)
class Restarted:
    """A new run began. Later frames carry its `epoch`."""

    session: str
    epoch: int
    reason: str
    spec: Values


@dataclass(frozen=True, slots=True)
class Frame:
    """What a run showed, not yet addressed to a viewer.

    `rows` have one row for each of `infer_steps`, `learning` one for each learning step completed since the frame before,
    `fixed` have none of either. `whole` says that it holds the present relaxation from t = 0 on, so that a viewer can begin
    with it; `limited` that it comes as fast as training goes, and a viewer gets only some.
    """

    session: str
    epoch: int
    learn_step: int
    infer_steps: tuple[int, ...]
    rows: Mapping[str, Block]
    fixed: Mapping[str, Block]
    learning: Mapping[str, Block]
    whole: bool
    limited: bool
    viewer: str | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """What `messages.Notes` says of the run as it is. For everyone where `viewer` is None."""

    session: str
    controls: Mapping[str, str]
    panels: Mapping[str, str]
    course: str = ""
    every_layer_at: int | None = None
    offers: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    viewer: str | None = None


SessionEvent = Opened | Applied | Refused | StatusChanged | Diverged | Restarted | Noted | Frame
Event = Ready | Lost | Alive | SessionEvent


@dataclass(frozen=True, slots=True)
class Budget:
    """How large a network may be, so that one session cannot take the machine from the others."""

    depth: int
    width: int
    batch_size: int
    inference_steps: int
    weights: int


class EngineBackend(Protocol):
    """Something that runs sessions. It starts a lost worker again by itself."""

    def start(self, receive: Callable[[Event], None]) -> None:
        """Begin; `receive` is called on the running event loop for every event, in order."""
        ...

    def send(self, command: Command) -> None:
        """Pass a command on; never blocks, and is lost with the worker it was meant for."""
        ...

    async def stop(self) -> None:
        """End the worker and return when it is gone."""
        ...
