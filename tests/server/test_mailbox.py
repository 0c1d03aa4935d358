"""The mailbox: what a slow viewer gets, and what it never loses."""

import struct
from itertools import count
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pcviz_server.backend import Frame
from pcviz_server.mailbox import LIMITED_FRAMES_APART_S, MESSAGES_WAITING, Mailbox
from pcviz_server.protocol.frames import Block, decode_frame
from pcviz_server.protocol.messages import Heartbeat, Notes, Rejected

SMALL = {"epoch": 1, "learn_step": 0, "infer_steps": (0,), "finished": (), "limited": False}


def block(values: Any, width: int) -> Block:
    return Block((len(values), width), b"".join(struct.pack(f"={width}f", *[value] * width) for value in values))


def frame(depth: int = 3, **changed: Any) -> Frame:
    """A frame whose every row holds its own t, and whose learning steps are `finished`."""
    given = {**SMALL, **changed}
    return Frame(
        session="s",
        epoch=given["epoch"],
        learn_step=given["learn_step"],
        infer_steps=given["infer_steps"],
        rows={"layer_energy": block(given["infer_steps"], depth)},
        fixed={"weight_rms": block((given["learn_step"],), depth)},
        learning={"learning_step": block(given["finished"], 1)},
        whole=given["infer_steps"][0] == 0,
        limited=given["limited"],
    )


def box() -> Mailbox:
    return Mailbox(on_change=lambda: None)


def taken(mailbox: Mailbox, now: float = 0.0):
    """The header and columns of the next frame."""
    data = mailbox.take(now)
    assert isinstance(data, bytes)
    return decode_frame(data)


def test_two_frames_may_be_in_flight_and_then_one_for_each_ack():
    mailbox = box()
    for step in range(5):
        mailbox.offer(frame(learn_step=step), applied_seq=0)
        mailbox.take(0.0)
    assert mailbox.last_sent == 2
    assert mailbox.take(0.0) is None
    mailbox.acknowledge(1)
    assert isinstance(mailbox.take(0.0), bytes)
    assert mailbox.take(0.0) is None


def test_an_ack_is_cumulative():
    mailbox = box()
    for step in range(2):
        mailbox.offer(frame(learn_step=step), applied_seq=0)
        mailbox.take(0.0)
    mailbox.acknowledge(2)
    for step in range(2, 4):
        mailbox.offer(frame(learn_step=step), applied_seq=0)
        assert isinstance(mailbox.take(0.0), bytes)


def test_messages_leave_before_frames_in_their_order_and_need_no_ack():
    mailbox = box()
    mailbox.offer(frame(), applied_seq=0)
    first, second = Rejected(seq=1, reason="no."), Heartbeat()
    mailbox.post(first)
    mailbox.post(second)
    assert [mailbox.take(0.0), mailbox.take(0.0)] == [first, second]
    assert isinstance(mailbox.take(0.0), bytes)


def test_a_viewer_that_reads_no_messages_overflows():
    mailbox = box()
    for _ in range(MESSAGES_WAITING):
        mailbox.post(Heartbeat())
    assert not mailbox.has_overflowed
    mailbox.post(Heartbeat())
    assert mailbox.has_overflowed


def test_of_notes_only_the_newest_waits():
    """A slider that is dragged makes many; a slow viewer must not be closed for not reading what is void."""
    mailbox = box()
    for value in range(2 * MESSAGES_WAITING):
        mailbox.post(Notes(controls={"activity_lr": f"βB = {value}."}, panels={}))
    mailbox.post(Heartbeat())
    assert not mailbox.has_overflowed
    assert mailbox.take(0.0) == Notes(controls={"activity_lr": f"βB = {2 * MESSAGES_WAITING - 1}."}, panels={})
    assert mailbox.take(0.0) == Heartbeat()


def test_a_frame_keeps_the_change_that_was_applied_when_it_was_made():
    """Else the page would show an effect's latency that is shorter than it was."""
    mailbox = box()
    mailbox.offer(frame(), applied_seq=3)
    assert taken(mailbox)[0].applied_seq == 3


def test_a_late_viewer_of_slow_motion_misses_no_step_of_the_relaxation():
    mailbox = box()
    for step in range(12):
        mailbox.offer(frame(infer_steps=(step,)), applied_seq=0)
    header, columns = taken(mailbox)
    assert header.infer_steps == list(range(12))
    assert list(columns["layer_energy"])[::3] == list(range(12))


def test_the_end_of_a_relaxation_is_not_lost_to_the_begin_of_the_next():
    mailbox = box()
    mailbox.offer(frame(infer_steps=(7, 8)), applied_seq=0)
    mailbox.offer(frame(learn_step=1, finished=(0,)), applied_seq=0)
    assert [taken(mailbox)[0].learn_step for _ in range(2)] == [0, 1]


def test_frames_of_a_run_that_is_over_are_not_sent():
    mailbox = box()
    mailbox.offer(frame(infer_steps=(7,)), applied_seq=0)
    mailbox.offer(frame(epoch=2), applied_seq=0)
    assert taken(mailbox)[0].epoch == 2
    assert mailbox.take(0.0) is None


def test_a_relaxation_that_began_again_hides_nothing_behind_it():
    """After a divergence the same learning step starts at t = 0 with other values: rows of both would make one false picture."""
    mailbox = box()
    mailbox.offer(frame(infer_steps=(0, 1, 2, 3)), applied_seq=0)
    mailbox.offer(frame(infer_steps=(0, 1)), applied_seq=0)
    assert taken(mailbox)[0].infer_steps == [0, 1]


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 40), st.booleans(), st.integers(0, 200)), max_size=60), st.integers(1, 300)
)
def test_whatever_the_pace_a_viewer_learns_of_every_learning_step_and_memory_is_bounded(moves, depth):
    """Learning steps arrive once each and in order, and none is left out before 64 wait.

    A frame has at most 64 rows in order and at most 128 kB, and it shows the newest state when it is sent.
    """
    mailbox, finished, seen, now = box(), count(), [], 0.0
    learn_step = infer_step = 0
    last = (0, 0)
    for is_training, n, reads, milliseconds in [*moves, (False, 1, True, 1000)]:
        now += milliseconds / 1000
        if is_training:
            new = tuple(next(finished) for _ in range(n))
            learn_step, infer_step = learn_step + n, 0
            offered = frame(depth, learn_step=learn_step, infer_steps=tuple(range(n)), finished=new, limited=True)
            infer_step = n - 1
        else:
            infer_step += 1
            offered = frame(depth, learn_step=learn_step, infer_steps=(infer_step,))
        mailbox.offer(offered, applied_seq=0)
        while reads and (data := mailbox.take(now)) is not None:
            assert isinstance(data, bytes)
            header, columns = decode_frame(data)
            mailbox.acknowledge(header.seq)
            assert len(data) <= 128_000
            assert len(header.infer_steps) <= 64
            assert header.infer_steps == sorted(set(header.infer_steps))
            assert list(columns["layer_energy"])[::depth] == header.infer_steps
            seen.append(list(columns["learning_step"]))
            last = (header.learn_step, header.infer_steps[-1])
        if reads and mailbox.delay(now) is None:
            assert last == (learn_step, infer_step)
    assert all(len(steps) <= 64 for steps in seen)
    flat = [step for steps in seen for step in steps]
    assert flat == sorted(set(flat))
    total = next(finished)
    assert total > 64 or flat == list(range(total))


@given(st.lists(st.integers(0, 60), min_size=1, max_size=200))
def test_a_viewer_gets_at_most_10_training_frames_in_any_second(gaps):
    mailbox, now, sent = box(), 0.0, []
    for learn_step, milliseconds in enumerate(gaps):
        now += milliseconds / 1000
        mailbox.offer(frame(learn_step=learn_step, finished=(learn_step,), limited=True), applied_seq=0)
        if isinstance(mailbox.take(now), bytes):
            mailbox.acknowledge(mailbox.last_sent)
            sent.append(now)
    assert all(sum(at <= other < at + 1 for other in sent) <= 10 for at in sent)


def test_a_withheld_training_frame_says_when_it_may_leave():
    """Without it the last frame before a pause would wait for the next one."""
    mailbox = box()
    for learn_step in range(2):
        mailbox.offer(frame(learn_step=learn_step, limited=True), applied_seq=0)
        mailbox.take(0.0)
    delay = mailbox.delay(0.0)
    assert delay is not None
    assert isinstance(mailbox.take(delay), bytes)


def test_a_training_frame_that_shows_a_change_does_not_wait_and_the_next_does():
    mailbox = box()
    for learn_step, applied_seq in enumerate((0, 1, 1)):
        mailbox.offer(frame(learn_step=learn_step, limited=True), applied_seq=applied_seq)
        assert isinstance(mailbox.take(0.0), bytes) == (learn_step < 2)
        mailbox.acknowledge(mailbox.last_sent)
    assert mailbox.delay(0.0) == LIMITED_FRAMES_APART_S


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=200))
def test_a_viewer_that_drags_a_slider_gets_at_most_50_training_frames_more_in_any_second(moves):
    mailbox, now, applied_seq, sent = box(), 0.0, 0, []
    for learn_step, (milliseconds, changes) in enumerate(moves):
        now += milliseconds / 1000
        applied_seq += changes
        mailbox.offer(frame(learn_step=learn_step, limited=True), applied_seq=applied_seq)
        if isinstance(mailbox.take(now), bytes):
            mailbox.acknowledge(mailbox.last_sent)
            sent.append(now)
    assert all(sum(at <= other < at + 1 for other in sent) <= 60 for at in sent)


def test_a_viewer_that_acknowledges_nothing_is_not_flooded_by_its_own_changes():
    mailbox = box()
    for seq in range(1, 100):
        mailbox.offer(frame(learn_step=seq, limited=True), applied_seq=seq)
        mailbox.take(float(seq))
    assert mailbox.last_sent == 2
    mailbox.acknowledge(2)
    assert taken(mailbox, 100.0)[0].applied_seq == 99
