"""Every message that crosses the websocket, tagged by `op`.

Client messages are parsed strictly: an unknown op, an unknown field or a value of the wrong type is refused with a
sentence, and the run goes on. Server messages are answers (`applied`, `rejected`) and events.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pcviz_server.protocol import PROTOCOL_VERSION

Scalar = bool | int | float | str
Spec = dict[str, Scalar]
Seq = Annotated[int, Field(ge=0, le=2**53 - 1)]
Steps = Annotated[int, Field(ge=1, le=10_000)]
Effect = Literal["live", "next_step", "restart", "view"]
State = Literal["starting", "playing", "paused"]


class Message(BaseModel):
    """Base of every message: frozen, strict, no unknown fields, no NaN."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, json_schema_serialization_defaults_required=True
    )


# Client to server ---------------------------------------------------------------------------------------------------


class Play(Message):
    """Run at the current pace. Does nothing while playing. After a divergence the learning step starts again at t = 0."""

    op: Literal["play"] = "play"


class Pause(Message):
    """Stop after the step under way."""

    op: Literal["pause"] = "pause"


class Infer(Message):
    """Pause, then do `n` inference steps; they may go past T."""

    op: Literal["infer"] = "infer"
    n: Steps


class Learn(Message):
    """Pause, then finish `n` learning steps."""

    op: Literal["learn"] = "learn"
    n: Steps


class Change(Message):
    """Set one control. `seq` is the sender's own counter; frames and the answer refer to it."""

    op: Literal["change"] = "change"
    control: str
    value: Scalar
    seq: Seq


class Reset(Message):
    """Start the run again with the current control values, from the same seed or a new one. Playing or paused stays so."""

    op: Literal["reset"] = "reset"
    seed: int | None = None


class Ack(Message):
    """Frames up to `seq` have arrived; two may be in flight."""

    op: Literal["ack"] = "ack"
    seq: Seq


class Show(Message):
    """Which columns the shown panels need, beyond those that every frame carries. Replaces the last `show`."""

    op: Literal["show"] = "show"
    columns: list[str]


ClientMessage = Annotated[Play | Pause | Infer | Learn | Change | Reset | Ack | Show, Field(discriminator="op")]

# Server to client ---------------------------------------------------------------------------------------------------


class Hello(Message):
    """First message on every socket. `resumed` says that the session existed; `spec` and `view` are its present values."""

    op: Literal["hello"] = "hello"
    protocol: int = PROTOCOL_VERSION
    session: str
    epoch: int
    resumed: bool
    spec: Spec
    view: Spec
    device: str


class Applied(Message):
    """A change was taken. `effect` says how; a `next_step` change is in force from learning step `learn_step` at the earliest.

    `seq` is that of the change, or null where this socket did not ask: another socket of the same session made the change,
    or a restart made it necessary.
    """

    op: Literal["applied"] = "applied"
    seq: int | None
    control: str
    value: Scalar
    effect: Effect
    learn_step: int
    infer_step: int


class Rejected(Message):
    """A message was refused; nothing changed. `seq` is that of a refused change, else null."""

    op: Literal["rejected"] = "rejected"
    seq: int | None
    reason: str


class Status(Message):
    """The run's present state, sent whenever it changes. `compiling` says what is being compiled while the old run streams."""

    op: Literal["status"] = "status"
    state: State
    reason: str
    compiling: str | None
    learn_step: int
    infer_step: int


class Suggestion(Message):
    """A control value that would probably help."""

    control: str
    value: Scalar


class Diverged(Message):
    """The run paused itself: the layer, the two clocks, why in a sentence, and what to try. It stays so whatever is moved later.

    `where` names the layer and the neighbours that are as large; `cause` is the part of `reason` that says why, not what; `limit`
    is the largest stable activity rate of then, null where there is none.
    """

    op: Literal["diverged"] = "diverged"
    layer: int
    learn_step: int
    infer_step: int
    reason: str
    suggestion: Suggestion | None
    where: str = ""
    cause: str = ""
    limit: float | None = None


class Restarted(Message):
    """A new run began under this `epoch`; frames of older epochs are void. `spec` holds the values it started from."""

    op: Literal["restarted"] = "restarted"
    epoch: int
    reason: str
    spec: Spec


class Notes(Message):
    """Sentences about the run as it is: by control, what its value means here; by panel, why there is nothing to show.

    `course` is the sentence on how the output's error comes to the layers of the relaxation under way; `every_layer_at` is the t
    from which every layer has an error under the values last set, null for never or not to be foretold. `offers` holds, by a
    control whose value asks for it, a value of another one. They replace those of the last `notes`.
    """

    op: Literal["notes"] = "notes"
    controls: dict[str, str]
    panels: dict[str, str]
    course: str = ""
    every_layer_at: int | None = None
    offers: dict[str, Suggestion] = Field(default_factory=dict)


class Heartbeat(Message):
    """Sent when nothing else was for some seconds, so that a page can tell silence from a dead connection."""

    op: Literal["heartbeat"] = "heartbeat"


ServerMessage = Annotated[
    Hello | Applied | Rejected | Status | Diverged | Restarted | Notes | Heartbeat, Field(discriminator="op")
]
