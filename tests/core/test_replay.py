"""A run is its spec and its log: made again from them, or from a checkpoint, it has the same bits."""

from contextlib import suppress
from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pcviz_core import Experiment, ExperimentSpec, Log, PcvizError, replay
from pcviz_core.run.replay import Replay

SMALL = {"depth": 5, "width": 8, "n_inference_steps": 6, "batch_size": 16, "activation": "tanh", "dataset": "moons"}
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "early settling": {"tolerance": 0.05, "n_inference_steps": 12},
    "ODE inference": {"inference_rule": "adaptive"},
    "two nudged phases": {"nudging": "centred", "nudge": 0.3},
    "iPC under Adam": {"algorithm": "ipc", "param_optimiser": "adam"},
    "ePC": {"algorithm": "epc"},
    "noise": {"activity_start": "noise", "activity_lr": 0.1},
}
CHANGES = [
    {"activity_lr": 0.05}, {"activity_lr": 0.6}, {"output_precision": 4.0}, {"output_precision": 0.5}, {"activity_decay": 0.02},
    {"param_lr": 1e-3}, {"n_inference_steps": 3}, {"batch_size": 8}, {"activation": "relu"}, {"param_optimiser": "sgd"},
    {"tolerance": 0.1}, {"tolerance": 0.0}, {"activity_start": "zero"},
]  # fmt: skip
ACTS = st.one_of(
    st.tuples(st.just("infer"), st.integers(1, 9)),
    st.tuples(st.just("relax"), st.integers(1, 9)),
    st.tuples(st.just("learn"), st.just(0)),
    st.tuples(st.just("update"), st.just(0)),
    st.tuples(st.just("retry"), st.just(0)),
    st.tuples(st.just("kick"), st.integers(1, 4)),
    st.tuples(st.just("change"), st.integers(0, len(CHANGES) - 1)),
    st.tuples(st.just("look"), st.integers(0, 4)),
)


def act(run: Experiment, kind: str, value: int) -> None:
    match kind:
        case "infer":
            run.infer(value)
        case "relax":
            run.relax(value)
        case "learn":
            run.learn()
        case "update":
            run.update()
        case "retry":
            run.retry()
        case "kick":
            run.kick(0.1, layer=value)
        case "change":
            with suppress(PcvizError):  # two phases and iPC do not go with everything
                run.change(**CHANGES[value])
        case "look":  # what a viewer does: it must not show
            run.watch(value)
            run.measure_stability(2)


def assert_same_run(one: Experiment, other: Experiment) -> None:
    """Every bit of the state: what the next step depends on, and what a retry goes back to."""
    assert one.position == other.position
    assert (one.spec, one.state.running, one.state.bounds) == (other.spec, other.state.running, other.state.bounds)
    assert (one.state.diverged, one.state.touched) == (other.state.diverged, other.state.touched)
    assert one.divergence == other.divergence
    states = [run.state for run in (one, other)]
    parts = [(state.learner, state.relaxation, state.opened.learner, state.opened.first_phase) for state in states]
    assert jax.tree.structure(parts[0]) == jax.tree.structure(parts[1])
    for here, there in zip(*(jax.tree.leaves(part) for part in parts), strict=True):
        np.testing.assert_array_equal(here, there)
    for name, column in one.relaxation.columns.items():
        if not name.startswith("trajectory"):
            np.testing.assert_array_equal(column, other.relaxation.columns[name], err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(acts=st.lists(ACTS, min_size=1, max_size=14), at=st.integers(0, 13))
def test_a_run_is_made_again_from_its_spec_and_log(kind: str, acts: list[tuple[str, int]], at: int):
    """If this fails, looking back shows another past than the one that was, and a kept run another present."""
    run, halfway = Experiment(**{**SMALL, **KINDS[kind]}), None
    for number, (name, value) in enumerate(acts):
        act(run, name, value)
        if number == at:
            halfway = run.checkpoint
    log = Log.from_json(run.log.as_json())
    assert_same_run(run, replay(run.origin, log, run.position))
    if halfway is not None and halfway.ordinal <= len(log):
        assert_same_run(run, replay(halfway, log, run.position))


def test_a_moment_that_came_twice_is_told_apart_by_the_commands_before_it():
    run = Experiment(**SMALL)
    run.relax(3)
    run.kick(0.5, layer=2)
    run.retry()
    run.relax(3)
    first = replay(run.origin, run.log, (0, 0, 3), ordinal=1)
    second = replay(run.origin, run.log, (0, 0, 3))
    assert first.state.touched
    assert not second.state.touched
    assert_same_run(run, second)


def test_slices_that_take_over_meanwhile_do_not_show(monkeypatch: pytest.MonkeyPatch):
    """A long run goes on in slices after a while, and its replay may do so elsewhere."""
    values = {"depth": 10, "width": 64, "batch_size": 128, "n_inference_steps": 5}
    run = Experiment(**values)
    for _ in range(2):
        run.learn()
    run.program.compile(("advance_in_slices",))
    run.learn()
    assert_same_run(run, replay(run.origin, run.log, run.position))


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_a_retry_under_incremental_pc_goes_back_to_the_weights_of_its_start(optimiser: str):
    """Else trying a diverged step again with another rate would go on from the weights that diverged."""
    run = Experiment(**SMALL, algorithm="ipc", param_optimiser=optimiser)
    run.learn()
    before = jax.device_get(run.state.learner)
    run.relax(4)
    assert not np.array_equal(before[0].weights.readout, run.network.weights.readout)
    run.retry()
    for here, there in zip(jax.tree.leaves(before), jax.tree.leaves(run.state.learner), strict=True):
        np.testing.assert_array_equal(here, there)


def test_a_run_left_alone_has_an_empty_log():
    """What a run does by itself is no command: at either pace, past the end of a relaxation that settles, in two phases."""
    for values in KINDS.values():
        run = Experiment(**{**SMALL, **values})
        run.learn()
        while not run.is_relaxed:
            run.infer(1, until_settled=True)
        run.update()
        assert not run.log.commands


def test_steps_by_hand_are_one_command_however_they_were_cut():
    run = Experiment(**SMALL)
    for n in (4, 3, 1, 2):
        run.infer(n)
    assert [(c.position, c.kind, c.values) for c in run.log] == [((0, 0, 6), "infer", {"n": 4})]


def test_a_divergence_has_one_cause_whoever_looked_before():
    """The limit that the banner names is a fact of the run, not of how often a viewer had it measured."""
    unseen, seen = (Experiment(**{**SMALL, "activity_lr": 2.0}) for _ in range(2))
    for _ in range(4):
        seen.measure_stability(3)
    for run in (unseen, seen):
        run.infer(400)
    assert unseen.divergence is not None
    assert unseen.divergence == seen.divergence


def test_a_log_that_does_not_lead_there_is_refused():
    run = Experiment(**SMALL)
    run.relax(3)
    run.kick(0.1, layer=1)
    with pytest.raises(PcvizError, match="does not lead to k = 0, t = 1"):
        replay(run.origin, run.log, (0, 0, 1))


@pytest.mark.parametrize(
    "rows",
    [None, {}, [1], [{}], [{"k": 0, "phase": 0, "t": 0, "kind": "explode", "values": {}}],
     [{"k": -1, "phase": 0, "t": 0, "kind": "retry", "values": {}}], [{"k": 0, "phase": 0, "t": 0, "kind": "kick", "values": {}}],
     [{"k": 0, "phase": 0, "t": 0, "kind": "change", "values": {}}],
     [{"k": 0, "phase": 0, "t": 0, "kind": "retry", "values": 3}]],
    ids=str,
)  # fmt: skip
def test_what_is_no_log_gets_a_sentence(rows: Any):
    with pytest.raises(PcvizError, match="log"):
        Log.from_json(rows)


def test_a_replay_takes_turns():
    """Each slice is short: a long relaxation is not made again in one."""
    run = Experiment(**{**SMALL, "n_inference_steps": 3 * Experiment.MAX_CHUNK})
    run.relax()
    again, slices = Experiment(run.origin), 1
    job = Replay(again, run.log, run.position)
    while not job.work():
        slices += 1
    assert slices == 3
    assert_same_run(run, again)


def test_a_spec_is_enough_for_a_run_without_commands():
    assert_same_run(Experiment(**SMALL), replay(ExperimentSpec(**SMALL), Log()))
