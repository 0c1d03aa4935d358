"""The run in the worker, with a real experiment and a clock that only the test moves."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from pcviz_core.errors import SpecError
from pcviz_core.experiment import Experiment
from pcviz_core.measurements import MEASUREMENTS
from pcviz_core.spec import ExperimentSpec, ViewSettings
from pcviz_server.backend import Diverged, Frame, StatusChanged
from pcviz_server.background import QUIET_S, Background
from pcviz_server.measurer import MeasuredTheory
from pcviz_server.pace import CHANGES_APART_S, FRAMES_APART_S, TURN_S
from pcviz_server.run import Run

SMALL = ExperimentSpec(depth=4, width=8, n_inference_steps=5, batch_size=8)


class Clock:
    """Time as the test tells it; `cost` passes at each look, so that turns end."""

    def __init__(self) -> None:
        self.now = 100.0
        self.cost = 0.0

    def __call__(self) -> float:
        self.now += self.cost
        return self.now


class Stage:
    """A run, its clock, and what it has said."""

    def __init__(self, spec: ExperimentSpec = SMALL, playing: bool = True, **view: Any) -> None:
        self.clock = Clock()
        self.events: list[Any] = []
        self.wishes: list[Any] = []
        self.run = Run(
            "s",
            ViewSettings(**view),
            playing=playing,
            emit=self.events.append,
            clock=self.clock,
            measure=self.wishes.append,
        )
        self.run.begin(Experiment(spec), epoch=1)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def rows(self) -> list[tuple[int, int]]:
        return [(frame.learn_step, t) for frame in self.of(Frame) for t in frame.infer_steps]

    def play_until(self, done: Callable[[], object]) -> None:
        """Give turns when they are due, at their time."""
        while not done():
            due = self.run.due()
            assert due is not None, "the run stands still"
            self.clock.now = max(self.clock.now, due)
            self.run.work()


def test_slow_motion_ticks_at_its_speed():
    stage = Stage(pace_speed=20.0)
    times = []
    stage.play_until(lambda: times.append(stage.run.due()) or len(times) > 12)
    assert stage.rows()[:8] == [(0, t) for t in range(6)] + [(1, 0), (1, 1)]
    gaps = [b - a for a, b in pairwise(times)]
    assert gaps == pytest.approx([0.05] * len(gaps))


def test_a_late_tick_is_not_made_up_for_in_a_burst():
    """After a slow compile elsewhere the steps would flash by, which is not slow motion."""
    stage = Stage(pace_speed=10.0)
    due = stage.run.due()
    assert due is not None
    stage.clock.now = due + 5.0
    stage.run.work()
    assert stage.run.due() == pytest.approx(stage.clock.now + 0.1)


def test_a_faster_pace_does_not_wait_for_the_slow_tick():
    stage = Stage(pace_speed=0.25)
    stage.run.look(stage.run.view.replace(pace_speed=50.0))
    assert stage.run.due() == pytest.approx(stage.clock.now + 0.02)


def test_a_turn_of_training_ends_and_frames_keep_their_distance():
    stage = Stage(pace="training")
    stage.clock.cost = 0.001
    shown = []
    for _ in range(60):
        began, before = stage.clock.now, len(stage.of(Frame))
        stage.run.work()
        assert stage.clock.now - began < TURN_S + 0.01
        shown += [stage.clock.now] * (len(stage.of(Frame)) - before)
    assert len(shown) >= 3
    assert all(b - a >= FRAMES_APART_S - 0.01 for a, b in pairwise(shown))
    assert all(frame.limited and frame.infer_steps == (0, 1, 2, 3, 4, 5) for frame in stage.of(Frame)[1:])


def test_a_live_change_in_slow_motion_is_seen_at_once_and_the_beat_stays():
    stage = Stage(pace_speed=10.0)
    beat = stage.run.due()
    assert beat is not None
    stage.clock.now = beat - 0.09
    stage.run.change({"activity_lr": 0.2})
    assert stage.run.due() <= stage.clock.now, "the next step, a period early"
    stage.run.work()
    assert stage.rows() == [(0, 0), (0, 1)]
    assert stage.run.due() == pytest.approx(beat + 0.1)


def test_a_slider_that_is_dragged_does_not_hasten_slow_motion():
    stage, shown = Stage(pace_speed=10.0), []
    began = stage.clock.now
    for change in range(300):  # three seconds
        stage.clock.now = began + change / 100
        stage.run.change({"activity_lr": 0.1 + change / 1000})
        if stage.run.due() <= stage.clock.now:
            stage.run.work()
            shown.append(stage.clock.now)
    assert 30 <= len(shown) <= 31
    assert all(b - a >= 0.1 - 1e-9 for a, b in pairwise(shown[1:]))


def test_a_live_change_in_training_is_seen_in_the_relaxation_under_way():
    """The frame does not wait for its turn, and those after it do again."""
    stage = Stage(pace="training")
    stage.clock.cost = 0.0005
    stage.play_until(lambda: len(stage.of(Frame)) == 3)
    changed, at = stage.clock.now, stage.of(Frame)[-1].learn_step
    stage.run.change({"activity_lr": 0.2})
    stage.play_until(lambda: len(stage.of(Frame)) == 4)
    assert stage.clock.now - changed < FRAMES_APART_S / 2
    assert stage.of(Frame)[-1].infer_steps == (0, 1, 2, 3, 4, 5)
    assert stage.of(Frame)[-1].learn_step <= at + 2
    seen = stage.clock.now
    stage.play_until(lambda: len(stage.of(Frame)) == 5)
    assert stage.clock.now - seen >= FRAMES_APART_S - TURN_S


def test_a_live_change_in_a_long_relaxation_is_seen_before_that_ends():
    stage = Stage(SMALL.replace(n_inference_steps=1000), pace="training")
    stage.clock.cost = 0.005
    stage.run.work()
    changed = stage.clock.now
    stage.run.change({"activity_lr": 0.2})
    stage.play_until(lambda: len(stage.of(Frame)) == 2)
    assert stage.clock.now - changed < FRAMES_APART_S
    assert stage.of(Frame)[-1].infer_steps[-1] < 1000


def test_a_slider_that_is_dragged_in_training_makes_a_bounded_number_of_frames():
    stage = Stage(pace="training")
    stage.clock.cost = 0.0005
    began = stage.clock.now
    for change in range(200):
        stage.run.change({"activity_lr": 0.1 + change / 1000})
        stage.run.work()
    elapsed = stage.clock.now - began
    assert elapsed > 20 * CHANGES_APART_S
    assert elapsed / FRAMES_APART_S < len(stage.of(Frame)) <= 2 + elapsed / CHANGES_APART_S


def test_a_measurement_that_takes_long_waits_until_nobody_changes_anything():
    clock, experiment = Clock(), Experiment(SMALL)
    background = Background(clock)
    background.is_ready = True
    clock.cost = 2 * TURN_S
    while background.due(experiment) is not None:
        background.work(experiment)
    experiment.learn()
    clock.cost = 0.0
    due = background.due(experiment)
    assert due is not None
    background.changed(due)
    assert background.due(experiment) == due + QUIET_S


def test_a_live_change_finds_the_measurement_of_the_stable_rate_in_parts():
    """All its products at once take a second in a large network, which a slider would wait for."""
    experiment = Experiment(SMALL)
    background = Background(Clock())
    background.is_ready = True
    parts = 1
    while not background.work(experiment):
        assert background.measured.stability is None, "a rough value is not shown"
        parts += 1
    assert parts > 1


def test_what_a_frame_says_was_learned_is_complete_and_in_order():
    stage = Stage(pace="training")
    stage.clock.cost = 0.002
    stage.play_until(lambda: len(stage.of(Frame)) > 5)
    counts = [frame.learning["learning_step"].shape[0] for frame in stage.of(Frame)]
    assert sum(counts) == stage.of(Frame)[-1].learn_step


def test_playing_while_it_plays_and_pausing_while_it_is_paused_say_nothing():
    stage = Stage()
    stage.run.play()
    assert len(stage.of(StatusChanged)) == 1
    stage.run.pause("Paused.")
    stage.run.pause("Paused.")
    assert [status.state for status in stage.of(StatusChanged)] == ["playing", "paused"]


def test_steps_by_hand_are_all_done_in_one_go_and_then_it_says_where_it_stands():
    stage = Stage(playing=False)
    stage.run.step("infer", 2)
    stage.run.step("learn", 1)
    stage.run.step("infer", 1)
    stage.play_until(lambda: stage.of(StatusChanged)[-1].learn_step == 1)
    assert stage.run.due() is None
    assert {(0, t) for t in range(6)} | {(1, 0), (1, 1)} <= set(stage.rows())
    last = stage.of(StatusChanged)[-1]
    assert (last.state, last.learn_step, last.infer_step) == ("paused", 1, 1)


def test_pause_forgets_the_steps_that_wait_and_too_many_are_refused():
    stage = Stage(playing=False)
    stage.run.step("infer", 10_000)
    with pytest.raises(SpecError, match="At most 10000 steps can wait"):
        stage.run.step("infer", 1)
    stage.run.pause("Paused.")
    assert stage.run.due() is None


def test_a_measurement_is_made_soon_and_not_when_it_would_hold_up_a_tick():
    stage = Stage(pace_speed=10.0)
    stage.run.measure(True)
    assert stage.run.due() == 0.0, "soon after the start"
    for _ in range(2):
        stage.run.work()
    assert stage.of(Frame)[1:] == [], "measured without a step"
    stage.play_until(lambda: len(stage.of(Frame)) == 2)
    stability = stage.of(Frame)[-1].fixed["stability"]
    assert stability.data != stage.of(Frame)[0].fixed["stability"].data


def test_a_paused_run_shows_what_was_measured_after_the_pause():
    """Else the tick on the slider of a run that starts paused would never come."""
    stage = Stage(playing=False)
    stage.run.measure(True)
    stage.play_until(lambda: stage.run.due() is None)
    assert len(stage.of(Frame)) == 3
    assert stage.of(Frame)[-1].fixed["evaluation"].data != stage.of(Frame)[0].fixed["evaluation"].data


@pytest.mark.parametrize("by_hand", [False, True])
def test_what_is_measured_while_it_learns_is_a_whole_relaxation_that_is_shown(by_hand):
    """After each update the run is at t = 0, where nothing of the gap is gone, while the page shows t = T."""
    stage = Stage(playing=not by_hand, pace="training")
    stage.run.carry(frozenset({"equilibrium", "progress_left"}))
    stage.clock.cost = 0.001
    if by_hand:
        stage.run.step("learn", 3000)
    for answers in range(1, 4):
        stage.play_until(lambda answers=answers: len(stage.wishes) == answers)
        job = stage.wishes[-1]
        columns, memory = MEASUREMENTS[job.name].measure(job.snapshot, job.memory)
        energy, left, start = columns["equilibrium"][[1, 2, 4]]
        assert columns["equilibrium"][-2:].tolist() == [job.snapshot.learn_step, 5]
        assert left < 1
        assert energy < start
        assert (columns["equilibrium_now"] > 0).any()
        shown = {(frame.learn_step, t) for frame in stage.of(Frame) for t in frame.infer_steps}
        assert (job.snapshot.learn_step, 5) in shown
        stage.run.measured(MeasuredTheory(job, columns, memory, None, 0.0))
    stage.run.pause("Paused.")
    stage.play_until(lambda: len(stage.wishes) == 4)
    last = stage.wishes[-1].snapshot
    assert (last.learn_step, last.infer_step) == stage.run.clocks


def test_a_divergence_pauses_once_and_the_step_begins_again():
    stage = Stage(SMALL.replace(activity_lr=10.0, activation="linear", n_inference_steps=100), pace="training")
    stage.clock.cost = 0.001
    stage.play_until(lambda: stage.of(Diverged))
    assert stage.run.due() is None
    assert stage.of(StatusChanged)[-1].state == "paused"
    diverged = stage.of(Diverged)[0]
    measured = np.frombuffer(stage.of(Frame)[-1].fixed["stability"].data, np.float32)
    assert list(measured) == [np.float32(diverged.limit), diverged.learn_step], "one number in banner and slider"
    assert stage.rows()[-1] == (diverged.learn_step, diverged.infer_step)
    stage.run.play()
    assert stage.rows()[-1] == (diverged.learn_step, 0)
    stage.play_until(lambda: len(stage.of(Diverged)) == 2)
    again = stage.of(Diverged)[1]
    assert (again.learn_step, again.infer_step) == (diverged.learn_step, diverged.infer_step), "exactly the same"


def test_a_restart_keeps_the_pace_and_forgets_the_steps():
    stage = Stage(playing=False)
    stage.run.step("infer", 500)
    stage.run.begin(Experiment(SMALL), epoch=2)
    assert stage.run.due() is None
    assert (stage.of(Frame)[-1].epoch, stage.rows()[-1]) == (2, (0, 0))


def test_a_pause_in_training_stands_on_a_whole_relaxation():
    """An empty t = 0 in the place of what was on show says nothing of the run that a person wanted to look at."""
    stage = Stage(pace="training")
    stage.clock.cost = 0.001
    for turns in range(1, 12):
        for _ in range(turns):
            stage.run.work()
        stage.run.pause("Paused.")
        stage.play_until(lambda: stage.of(StatusChanged)[-1].infer_step == 5)
        stage.run.measure(ready=True)
        while stage.run.due() is not None:  # what is measured meanwhile is of the relaxation on show, and shows no other
            stage.clock.now = max(stage.clock.now, stage.run.due() or 0)
            stage.run.work()
        last = stage.of(Frame)[-1]
        said = stage.of(StatusChanged)[-1]
        assert (said.state, said.learn_step, said.infer_step) == ("paused", last.learn_step, 5)
        newest = next(frame for frame in reversed(stage.of(Frame)) if frame.whole)
        assert (newest.learn_step, newest.infer_steps) == (last.learn_step, (0, 1, 2, 3, 4, 5))
        stage.run.play()
    assert stage.run.clocks[0] > 0


def test_a_pause_in_training_keeps_its_reason_and_changes_no_number():
    paused, straight = Stage(pace="training"), Stage(pace="training")
    paused.run.pause("Nobody was watching.")
    paused.play_until(lambda: paused.run.clocks == (0, 5))
    assert paused.of(StatusChanged)[-1].reason == "Nobody was watching."
    paused.run.play()
    ends = []
    for stage in (paused, straight):
        stage.clock.cost = 0.001
        stage.play_until(lambda stage=stage: stage.run.clocks[0] > 3)
        stage.run.pause("Paused.")
        stage.play_until(lambda stage=stage: stage.run.due() is None or stage.run.clocks[1] == 5)
        learned = [frame.learning for frame in stage.of(Frame)]
        steps, totals = (
            np.concatenate([np.frombuffer(rows[name].data, "<f4") for rows in learned])
            for name in ("learning_step", "learning_total")
        )
        ends.append(dict(zip(steps[:4].tolist(), totals[:4].tolist(), strict=True)))
    assert list(ends[0]) == [0, 1, 2, 3]
    assert ends[0] == ends[1]
