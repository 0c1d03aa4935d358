"""The session without sockets: plain calls, plain answers."""

import pytest

from pcviz_server import backend
from pcviz_server.mailbox import Mailbox
from pcviz_server.protocol import messages
from pcviz_server.protocol.messages import Scalar, ServerMessage
from pcviz_server.session import ENDS_AFTER_S, PAUSES_AFTER_S, Session, Viewer
from tests.server.test_mailbox import frame

SPEC: dict[str, Scalar] = {"depth": 16, "activity_lr": 0.3}
VIEW: dict[str, Scalar] = {"pace": "slow"}


def viewer(name: str) -> Viewer:
    return Viewer(id=name, mailbox=Mailbox(on_change=lambda: None))


def said(viewer: Viewer) -> list[ServerMessage]:
    """The messages that wait for a viewer; it reads them."""
    found = []
    while isinstance(item := viewer.mailbox.take(0.0), messages.Message):
        found.append(item)
    return found


def stands(state: messages.State, *, playing: bool) -> backend.StatusChanged:
    """What the worker says of where the run stands."""
    return backend.StatusChanged("s", state, playing, "Because.", None, 0, 3)


def frames_for(viewer: Viewer) -> int:
    """How many frames leave for a viewer that acknowledges each."""
    count = 0
    while isinstance(viewer.mailbox.take(0.0), bytes):
        viewer.mailbox.acknowledge(viewer.mailbox.last_sent)
        count += 1
    return count


@pytest.fixture
def alice() -> Viewer:
    return viewer("alice")


@pytest.fixture
def session(alice: Viewer) -> Session:
    """An open session that Alice watches; she has read what came so far and seen the first frame."""
    session = Session("s", "depth=16", device="CPU")
    session.attach(alice)
    session.begin()
    session.deliver(backend.Opened("s", SPEC, VIEW, ()))
    session.deliver(frame())
    said(alice)
    frames_for(alice)
    return session


def test_hello_comes_first_and_each_bad_key_is_refused_after_it(alice: Viewer):
    session = Session("s", "depth=1", greeting=["There is no run 'x' any more."], device="CPU")
    assert session.attach(alice) == []
    assert session.begin() == backend.Open("s", "depth=1")
    commands = session.deliver(backend.Opened("s", SPEC, VIEW, ("`depth` is a whole number from 2 to 256; 1 is outside.",)))
    hello, *refusals = said(alice)
    assert hello == messages.Hello(session="s", epoch=1, resumed=False, spec=SPEC, view=VIEW, device="CPU")
    assert [refusal.reason.split(" ")[0] for refusal in refusals if isinstance(refusal, messages.Rejected)] == [
        "There",
        "`depth`",
    ]
    assert commands == [backend.Attach("s", "alice")]


def test_a_new_viewer_begins_with_a_whole_relaxation(session: Session, alice: Viewer):
    bob = viewer("bob")
    assert session.attach(bob) == [backend.Attach("s", "bob")]
    session.deliver(frame(infer_steps=(5,)))
    assert (frames_for(alice), frames_for(bob)) == (1, 0)
    session.deliver(backend.Frame("s", 1, 0, (0, 1), {}, {}, {}, whole=True, limited=False, viewer="bob"))
    assert (frames_for(alice), frames_for(bob)) == (0, 1)


def test_only_the_viewer_that_asked_gets_the_seq_of_the_answer(session: Session, alice: Viewer):
    """Bob has a counter of his own: Alice's number would confirm another change of his."""
    bob = viewer("bob")
    session.attach(bob)
    assert session.receive(alice, messages.Change(control="activity_lr", value=0.5, seq=9)) == [
        backend.Change("s", "activity_lr", 0.5, "alice", 9)
    ]
    session.deliver(backend.Applied("s", "activity_lr", 0.5, "live", 0, 3, "alice", 9))
    to_alice, to_bob = said(alice)[-1], said(bob)[-1]
    assert isinstance(to_alice, messages.Applied)
    assert isinstance(to_bob, messages.Applied)
    assert (to_alice.seq, to_bob.seq) == (9, None)
    assert (alice.applied_seq, bob.applied_seq) == (9, 0)
    assert session.spec["activity_lr"] == 0.5


def test_a_refusal_goes_to_the_viewer_that_asked_alone(session: Session, alice: Viewer):
    bob = viewer("bob")
    session.attach(bob)
    said(bob)
    session.deliver(backend.Refused("s", "No.", "alice", 4))
    assert said(alice) == [messages.Rejected(seq=4, reason="No.")]
    assert said(bob) == []


def test_after_a_restart_no_older_frame_is_sent(session: Session, alice: Viewer):
    session.deliver(frame(infer_steps=(5,)))
    session.deliver(backend.Restarted("s", 2, "Reset.", SPEC))
    assert said(alice) == [messages.Restarted(epoch=2, reason="Reset.", spec=SPEC)]
    assert frames_for(alice) == 0
    session.deliver(frame(epoch=2))
    assert frames_for(alice) == 1


def test_a_run_that_nobody_watches_pauses_and_goes_on_for_whoever_comes_back(session: Session, alice: Viewer):
    session.detach(alice, now=100.0)
    assert session.idle(100.0 + PAUSES_AFTER_S - 1) == []
    assert session.idle(100.0 + PAUSES_AFTER_S) == [backend.Pause("s", "Nobody was watching.")]
    assert session.idle(100.0 + PAUSES_AFTER_S + 1) == []
    assert not session.has_expired(100.0 + ENDS_AFTER_S - 1)
    assert session.has_expired(100.0 + ENDS_AFTER_S)
    bob = viewer("bob")
    assert session.attach(bob) == [backend.Attach("s", "bob"), backend.Play("s")]
    hello = said(bob)[0]
    assert isinstance(hello, messages.Hello)
    assert hello.resumed
    assert not session.has_expired(1e9)


@pytest.mark.parametrize("state", ["starting", "paused"])
def test_a_run_that_the_worker_has_paused_stays_paused_for_whoever_comes_back(session: Session, alice: Viewer, state):
    session.deliver(stands(state, playing=False))
    session.detach(alice, now=0.0)
    assert session.idle(1e3) == []
    assert session.attach(viewer("bob")) == [backend.Attach("s", "bob")]


def test_a_lost_worker_is_said_and_the_session_begins_again_from_its_last_values(session: Session, alice: Viewer):
    session.deliver(backend.Applied("s", "activity_lr", 0.5, "live", 0, 3, "alice", 1))
    session.receive(alice, messages.Show(columns=["layer_error_mean"]))
    session.deliver(stands("paused", playing=False))
    said(alice)
    session.lost("The process that computes stopped.")
    status = said(alice)[-1]
    assert isinstance(status, messages.Status)
    assert status.state == "starting"
    assert session.receive(alice, messages.Change(control="depth", value=8, seq=2)) == []
    refusal = said(alice)[-1]
    assert isinstance(refusal, messages.Rejected)
    assert refusal.seq == 2
    restore = session.begin()
    assert isinstance(restore, backend.Restore)
    assert (restore.epoch, restore.playing, restore.spec) == (2, False, {**SPEC, "activity_lr": 0.5})
    assert restore.columns == {"layer_error_mean"}
    assert "from k = 0" in restore.reason


@pytest.mark.parametrize("message", [messages.Pause(), messages.Infer(n=1), messages.Learn(n=1)])
def test_only_the_worker_says_whether_a_run_plays(session: Session, alice: Viewer, message):
    """What was asked may be refused, or never be heard: the page shows what the worker said, and that is what comes back."""
    session.receive(alice, message)
    session.lost("The process that computes stopped.")
    restore = session.begin()
    assert isinstance(restore, backend.Restore)
    assert restore.playing


def test_a_run_that_nobody_watches_comes_back_playing_from_a_lost_worker_too(session: Session, alice: Viewer):
    session.detach(alice, now=0.0)
    assert session.idle(1e3) == [backend.Pause("s", "Nobody was watching.")]
    session.deliver(stands("paused", playing=False))
    session.lost("The process that computes stopped.")
    restore = session.begin()
    assert isinstance(restore, backend.Restore)
    assert restore.playing


def test_the_worker_makes_the_columns_that_at_least_one_viewer_needs(session: Session, alice: Viewer):
    bob = viewer("bob")
    session.attach(bob)
    assert session.receive(alice, messages.Show(columns=["layer_error_mean", "layer_energy"])) == [
        backend.Show("s", frozenset({"layer_error_mean"}))
    ]
    assert session.receive(bob, messages.Show(columns=["layer_error_mean"])) == []
    assert session.receive(alice, messages.Show(columns=[])) == []
    assert session.detach(bob, 0.0) == [backend.Show("s", frozenset())]


def test_an_unknown_column_is_refused_and_the_last_show_stays(session: Session, alice: Viewer):
    session.receive(alice, messages.Show(columns=["layer_error_mean"]))
    assert session.receive(alice, messages.Show(columns=["layer_error_mean", "x"])) == []
    assert alice.columns == {"layer_error_mean"}
    assert said(alice) == [
        messages.Rejected(
            seq=None,
            reason="There is no column named 'x'.",
        )
    ]


def test_an_ack_of_a_frame_that_was_not_sent_is_refused(session: Session, alice: Viewer):
    session.receive(alice, messages.Ack(seq=99))
    assert said(alice) == [messages.Rejected(seq=None, reason="Frame 99 has not been sent; the newest is 1.")]


def test_after_a_divergence_a_session_counts_as_paused(session: Session, alice: Viewer):
    """Else coming back to it would play on from t = 0 and wipe what one came back to see."""
    session.deliver(backend.Diverged("s", 3, 0, 5, "Too fast.", ("activity_lr", 0.2), "layer 3", "Fast.", 0.25))
    assert said(alice) == [
        messages.Diverged(
            layer=3,
            learn_step=0,
            infer_step=5,
            reason="Too fast.",
            suggestion=messages.Suggestion(control="activity_lr", value=0.2),
            where="layer 3",
            cause="Fast.",
            limit=0.25,
        )
    ]
    session.deliver(stands("paused", playing=False))
    session.detach(alice, now=0.0)
    assert session.idle(1e3) == []
