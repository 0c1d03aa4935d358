"""One run as the server sees it: what a message asks of the worker, and whom an event of the worker concerns.

It does no I/O and reads no clock. A session outlives its sockets for a while, and its worker: it keeps what is needed to
begin again.
"""

from dataclasses import dataclass, field
from typing import assert_never

from pcviz_server import backend
from pcviz_server.backend import Command, Values
from pcviz_server.mailbox import Mailbox
from pcviz_server.protocol import columns, messages
from pcviz_server.protocol.messages import ClientMessage, Scalar, ServerMessage

PAUSES_AFTER_S = 15.0
"""Seconds without a viewer until a run that nobody watches stops."""
ENDS_AFTER_S = 120.0
"""Seconds without a viewer until a session is forgotten."""

_NO_WORKER = "The process that computes has stopped and is being started again, so nothing was changed. Try again in a moment."
_NOBODY = "Nobody was watching."


@dataclass(eq=False)
class Viewer:
    """One socket of a session. It begins with a whole relaxation and gets no frame before that."""

    id: str
    mailbox: Mailbox
    columns: frozenset[str] = frozenset()
    applied_seq: int = 0
    awaits_whole: bool = True


@dataclass(eq=False)
class Session:
    """A run with its viewers. `spec` and `view` are the values last applied, `greeting` sentences for the first viewer.

    `is_playing` is what the worker last said, except of a run that is parked: that counts as playing for whoever comes back.
    """

    id: str
    query: str
    greeting: list[str] = field(default_factory=list)
    epoch: int = 1
    spec: Values = field(default_factory=dict[str, Scalar])
    view: Values = field(default_factory=dict[str, Scalar])
    device: str = ""
    is_open: bool = False
    has_worker: bool = False
    is_playing: bool = True
    is_parked: bool = False
    empty_since: float | None = None
    viewers: dict[str, Viewer] = field(default_factory=dict)

    # Viewers --------------------------------------------------------------------------------------------------------

    def attach(self, viewer: Viewer) -> list[Command]:
        """A viewer comes; if the run stands still because nobody was there, it goes on."""
        self.viewers[viewer.id] = viewer
        self.empty_since = None
        if not self.is_open:
            return []
        viewer.mailbox.post(self._hello(resumed=True))
        if not self.has_worker:
            viewer.mailbox.post(self._starting(_NO_WORKER))
            return []
        commands: list[Command] = [backend.Attach(self.id, viewer.id)]
        if self.is_parked:
            self.is_parked = False
            commands.append(backend.Play(self.id))
        return commands

    def detach(self, viewer: Viewer, now: float) -> list[Command]:
        """A viewer has gone."""
        shown = self._columns()
        self.viewers.pop(viewer.id, None)
        if not self.viewers:
            self.empty_since = now
        return self._show_if_changed(shown)

    def idle(self, now: float) -> list[Command]:
        """Time passes: a run that nobody watches is paused. It counts as playing for whoever comes back."""
        unwatched = self.empty_since is not None and now - self.empty_since >= PAUSES_AFTER_S
        if not (unwatched and self.is_playing and self.has_worker) or self.is_parked:
            return []
        self.is_parked = True
        return [backend.Pause(self.id, _NOBODY)]

    def has_expired(self, now: float) -> bool:
        """Whether nobody has watched for so long that the session ends."""
        return self.empty_since is not None and now - self.empty_since >= ENDS_AFTER_S

    # What a viewer says ---------------------------------------------------------------------------------------------

    def receive(self, viewer: Viewer, message: ClientMessage) -> list[Command]:
        """What the worker is to do about a message; a refusal goes to the viewer instead."""
        match message:
            case messages.Ack(seq=seq):
                if seq > viewer.mailbox.last_sent:
                    self._refuse(viewer, f"Frame {seq} has not been sent; the newest is {viewer.mailbox.last_sent}.")
                viewer.mailbox.acknowledge(seq)
                return []
            case messages.Show(columns=names):
                return self._show(viewer, names)
            case _ if not self.has_worker:
                self._refuse(viewer, _NO_WORKER, message.seq if isinstance(message, messages.Change) else None)
                return []
            case messages.Play():
                return [backend.Play(self.id)]
            case messages.Pause():
                return [backend.Pause(self.id, "Paused.")]
            case messages.Infer(n=n):
                return [backend.Infer(self.id, n, viewer.id)]
            case messages.Learn(n=n):
                return [backend.Learn(self.id, n, viewer.id)]
            case messages.Change(control=control, value=value, seq=seq):
                return [backend.Change(self.id, control, value, viewer.id, seq)]
            case messages.Reset(seed=seed):
                return [backend.Reset(self.id, seed, viewer.id)]
            case _:
                assert_never(message)

    def _show(self, viewer: Viewer, names: list[str]) -> list[Command]:
        unknown = next((name for name in names if name not in columns.ALL), None)
        if unknown is not None:
            self._refuse(viewer, f"There is no column named {unknown[:60]!r}.")
            return []
        shown = self._columns()
        viewer.columns = frozenset(names) & columns.ON_REQUEST
        return self._show_if_changed(shown)

    def _show_if_changed(self, before: frozenset[str]) -> list[Command]:
        shown = self._columns()
        return [backend.Show(self.id, shown)] if shown != before and self.has_worker else []

    def _columns(self) -> frozenset[str]:
        return frozenset[str]().union(*(viewer.columns for viewer in self.viewers.values()))

    # What the worker says -------------------------------------------------------------------------------------------

    def lost(self, reason: str) -> None:
        """The worker is gone, and the run with it."""
        self.has_worker = False
        self.is_parked = False
        self._post(self._starting(reason))

    def begin(self) -> Command:
        """What a new worker has to do for this session: open it, or restore it from the values last applied."""
        self.has_worker = self.is_open
        if not self.is_open:
            return backend.Open(self.id, self.query)
        return backend.Restore(
            self.id,
            spec=self.spec,
            view=self.view,
            epoch=self.epoch + 1,
            playing=self.is_playing,
            columns=self._columns(),
            reason="The process that computes stopped and was started again, so the run began again from k = 0.",
        )

    def deliver(self, event: backend.SessionEvent) -> list[Command]:
        """Tell the viewers what happened."""
        match event:
            case backend.Opened():
                return self._opened(event)
            case backend.Applied():
                self._applied(event)
            case backend.Refused(viewer=asker, seq=seq, reason=reason):
                self._post(messages.Rejected(seq=seq, reason=reason), asker)
            case backend.StatusChanged():
                if not self.is_parked:
                    self.is_playing = event.playing
                self._post(_status(event), event.viewer)
            case backend.Diverged():
                self.is_parked = False  # whoever comes back sees the divergence, instead of the step again
                self._post(_diverged(event), event.viewer)
            case backend.Restarted():
                self._restarted(event)
            case backend.Noted(viewer=viewer):
                notes = messages.Notes(
                    controls=dict(event.controls),
                    panels=dict(event.panels),
                    course=event.course,
                    every_layer_at=event.every_layer_at,
                    offers={name: messages.Suggestion(control=other, value=to) for name, (other, to) in event.offers.items()},
                )
                self._post(notes, viewer)
            case backend.Frame():
                self._frame(event)
            case _:
                assert_never(event)
        return []

    def _opened(self, event: backend.Opened) -> list[Command]:
        self.is_open = self.has_worker = True
        self.spec, self.view = event.spec, event.view
        for viewer in self.viewers.values():
            viewer.mailbox.post(self._hello(resumed=False))
        for sentence in (*self.greeting, *event.refusals):
            self._post(messages.Rejected(seq=None, reason=sentence))
        shown = self._show_if_changed(frozenset())
        return [*shown, *(backend.Attach(self.id, viewer) for viewer in self.viewers)]

    def _applied(self, event: backend.Applied) -> None:
        changed = {event.control: event.value}
        if event.control in self.spec:
            self.spec = {**self.spec, **changed}
        elif event.control in self.view:
            self.view = {**self.view, **changed}
        for viewer in self.viewers.values():
            seq = event.seq if viewer.id == event.viewer else None
            if seq is not None:
                viewer.applied_seq = max(viewer.applied_seq, seq)
            viewer.mailbox.post(
                messages.Applied(
                    seq=seq,
                    control=event.control,
                    value=event.value,
                    effect=event.effect,
                    learn_step=event.learn_step,
                    infer_step=event.infer_step,
                )
            )

    def _restarted(self, event: backend.Restarted) -> None:
        self.epoch, self.spec = event.epoch, event.spec
        for viewer in self.viewers.values():
            viewer.mailbox.discard_frames()
            viewer.awaits_whole = True
        self._post(messages.Restarted(epoch=event.epoch, reason=event.reason, spec=dict(event.spec)))

    def _frame(self, frame: backend.Frame) -> None:
        for viewer in self.viewers.values():
            if frame.viewer in (None, viewer.id) and (frame.whole or not viewer.awaits_whole):
                viewer.awaits_whole = False
                viewer.mailbox.offer(frame, viewer.applied_seq)

    # Messages -------------------------------------------------------------------------------------------------------

    def _post(self, message: ServerMessage, to: str | None = None) -> None:
        """Queue a message for one viewer, or for all."""
        for viewer in self.viewers.values():
            if to in (None, viewer.id):
                viewer.mailbox.post(message)

    def _refuse(self, viewer: Viewer, reason: str, seq: int | None = None) -> None:
        viewer.mailbox.post(messages.Rejected(seq=seq, reason=reason))

    def _hello(self, *, resumed: bool) -> messages.Hello:
        return messages.Hello(
            session=self.id, epoch=self.epoch, resumed=resumed, spec=dict(self.spec), view=dict(self.view), device=self.device
        )

    def _starting(self, reason: str) -> messages.Status:
        return messages.Status(state="starting", reason=reason, compiling=None, learn_step=0, infer_step=0)


def _status(event: backend.StatusChanged) -> messages.Status:
    return messages.Status(
        state=event.state,
        reason=event.reason,
        compiling=event.compiling,
        learn_step=event.learn_step,
        infer_step=event.infer_step,
    )


def _diverged(event: backend.Diverged) -> messages.Diverged:
    control, value = event.suggestion or (None, None)
    return messages.Diverged(
        layer=event.layer,
        learn_step=event.learn_step,
        infer_step=event.infer_step,
        reason=event.reason,
        suggestion=None if control is None or value is None else messages.Suggestion(control=control, value=value),
        where=event.where,
        cause=event.cause,
        limit=event.limit,
    )
