"""What is said beforehand of the error's way through the layers, against runs: every algorithm, start and rule."""

import numpy as np
import pytest

from pcviz_core import Experiment, ExperimentSpec, SpecError
from pcviz_core.algorithms import ALGORITHMS
from pcviz_core.inference import RULES
from pcviz_core.notes import control_notes, control_offers, course, every_layer_at

SMALL = {"depth": 6, "width": 8, "batch_size": 4, "activation": "tanh", "activity_lr": 0.1, "n_inference_steps": 7}


def run_of(**values: object) -> Experiment:
    values = {"algorithm": "pc", **SMALL, **values}
    linear = ALGORITHMS[str(values["algorithm"])].linear_only
    return Experiment(**{**values, **({"activation": "linear"} if linear else {})})


def told_and_seen(run: Experiment) -> tuple[np.ndarray, np.ndarray]:
    run.relax()
    return run.fixed["arrival_expected"], run.fixed["arrival_step"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("start", ["feedforward", "zero", "noise"])
def test_the_error_is_in_each_layer_when_the_algorithm_says_so(algorithm: str, start: str) -> None:
    """The page tells a student when each layer moves: it must be when it does, and never that of another algorithm."""
    told, seen = told_and_seen(run_of(algorithm=algorithm, activity_start=start))
    foretold = ~np.isnan(told)
    np.testing.assert_array_equal(told[foretold], seen[foretold])
    assert foretold.all() == (algorithm != "bp" and start != "zero")
    if algorithm == "bp":
        assert np.isnan(seen[:-1]).all(), "BP moves nothing, wherever the others start"


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("algorithm", ["pc", "ipc", "epc"])
def test_a_rule_takes_the_error_as_far_as_it_says(algorithm: str, rule: str) -> None:
    """Heun evaluates the gradient twice a step, so its error travels two layers; "one per step" is not so of it."""
    told, seen = told_and_seen(run_of(algorithm=algorithm, inference_rule=rule))
    np.testing.assert_array_equal(told, seen)


def test_decay_and_kicks_make_an_arrival_that_none_could_foretell() -> None:
    """What was said at t = 0 is no longer so when something else moves the layers ahead of the error."""
    np.testing.assert_array_equal(*told_and_seen(run_of(activity_decay=0.1)))
    for disturb in (lambda run: run.change(activity_decay=0.1), lambda run: run.kick(0.1, 2)):
        run = run_of()
        run.infer(2)
        disturb(run)
        told, seen = told_and_seen(run)
        np.testing.assert_array_equal(told, [np.nan, np.nan, np.nan, 2, 1, 0])
        assert (seen[:3] <= 5).any()


@pytest.mark.parametrize(
    ("values", "steps", "after"),
    [
        ({}, 7, 1),
        ({"algorithm": "bp"}, 0, 1),
        ({"algorithm": "equilibrium"}, 1, 1),
        ({"nudging": "centred"}, 7, 0),
    ],
)
def test_the_plan_is_the_steps_and_the_learning_step_that_follows(values: dict, steps: int, after: int) -> None:
    """The clock shows T and what comes after: BP's T is none, and the first of two phases is followed by the same k."""
    run = run_of(**values)
    assert run.fixed["plan"].tolist() == [steps, after]
    run.relax()
    run.update()
    assert run.learn_step == after
    assert run.fixed["plan"].tolist() == [steps, 1 + after if after else 1]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("start", ["feedforward", "zero", "noise"])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_the_course_says_travels_only_where_the_error_does(algorithm: str, start: str, rule: str, decay: float) -> None:
    """A sentence of the wave belongs to algorithms with a wave; every run has a sentence."""
    spec = ExperimentSpec(**SMALL, algorithm=algorithm, activity_start=start, inference_rule=rule, activity_decay=decay)
    said = course(spec)
    assert said.endswith(".")
    is_wave = bool((spec.arrival > 1).any())
    assert ("travels" in said) == is_wave
    assert (every_layer_at(spec) is None) == (algorithm == "bp" or start == "zero")
    if is_wave:
        assert f"t = {every_layer_at(spec)}" in said
    assert ("layer 1" in control_notes(spec)["depth"]) == is_wave
    assert control_offers(spec) == {}
    # With one step T falls short of a wave, and of nothing else.
    short = control_offers(spec.replace(n_inference_steps=1))
    assert short == ({"depth": ("n_inference_steps", every_layer_at(spec))} if is_wave else {})


def test_the_course_says_where_too_few_steps_end() -> None:
    """Fewer steps than layers is the commonest mistake with depth, so it is said in so many words."""
    said = course(ExperimentSpec(depth=64, n_inference_steps=16))
    assert said == "The error travels back one layer per inference step: by T = 16 to layer 48. Layer 1 needs T = 63."
    deep = ExperimentSpec(depth=65, n_inference_steps=16)
    assert control_notes(deep)["depth"] == "The error needs 64 steps to reach layer 1; T is 16."
    mended = deep.replace(**dict(control_offers(deep).values()))
    assert control_notes(mended)["depth"] == "The error reaches layer 1 in 64 of 64 steps."
    run = run_of(n_inference_steps=3)
    run.relax()
    assert f"by T = 3 to layer {1 + int(np.flatnonzero(run.relaxation.layer_energies[-1])[0])}." in course(run.spec)


def test_a_step_of_inference_is_refused_where_there_is_none() -> None:
    """A step "past T" under BP would relax as PC does and then learn from it: no longer BP."""
    run = run_of(algorithm="bp")
    with pytest.raises(SpecError, match="BP does not infer"):
        run.infer(1)
    run.learn()
    assert (run.learn_step, run.infer_step) == (1, 0)
