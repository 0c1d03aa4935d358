"""Why a run stopped is a fact of it, and what is offered has been tried."""

import dataclasses

import jax
import numpy as np
import pytest

from pcviz_core import Experiment
from pcviz_core.divergence import MOST_TRIES, diagnose
from pcviz_core.spec import ExperimentSpec

SMALL = {"depth": 6, "width": 12, "n_inference_steps": 8, "batch_size": 16}
FAST = {**SMALL, "activity_lr": 3.0}


def told(energies: list[list[float]], *, t: int = 3, rate: float = 1.0, limit: float = 0.5, holds=lambda _: True, tries=9):
    """What is said of a relaxation with these energies."""
    return diagnose(ExperimentSpec(activity_lr=rate), 7, t, np.array(energies), limit, holds, tries)


@pytest.mark.parametrize(
    ("last", "where"),
    [
        ([1, 2, 200, 3], "layer 3"),
        ([1, 60, 80, 120], "layers 2–4, 4 first to pass"),
        ([70, 120, 60, 2], "layers 1–3, 2 first to pass"),
        ([1, 150, 110, 2], "layers 2–3, 2 the largest"),
        ([9, 150, 8, 140], "layer 2"),
        ([np.inf, np.nan, 3, np.nan], "layers 1–2, 2 the largest"),
    ],
)
def test_neighbours_as_large_are_named_with_the_layer_that_passed_first(last, where):
    found = told([[0, 0, 0, 1], [2, 30, 20, 25], last])
    assert found.where == where
    assert f"layer {found.layer}" in found.reason.lower()


def test_a_layer_is_not_said_to_hold_most_of_what_is_spread():
    """The bound on the run's total is passed where no layer passes its own."""
    found = told([[1e6, 1e6, 1e6, 1e6], [2e6, 4e6, 9e6, 1e6]])
    assert (found.where, "holds the largest part of a total" in found.reason) == ("layer 3", True)


def test_the_cause_stays_what_it_was_when_a_control_moves_later():
    """A cause read from the sliders of now would blame what the person has already put right."""
    run = Experiment(**FAST)
    run.learn()
    assert run.divergence is not None
    before = dataclasses.asdict(run.divergence)
    assert before["limit"] == pytest.approx(Experiment(**FAST).measure_stability(), rel=1e-3)
    assert f"its limit {before['limit']:.2g} at k = 0" in before["cause"]
    assert before["reason"].endswith(before["cause"])
    run.change(activity_lr=0.01, momentum=0.5)
    run.measure_stability()
    assert dataclasses.asdict(run.divergence) == before


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"activation": "relu"},
        {"activation": "linear", "n_inference_steps": 100},
        {"parameterisation": "sp", "activation": "relu", "depth": 12},
        {"inference_rule": "heavy_ball", "momentum": 0.9},
        {"inference_rule": "adam", "activity_lr": 10.0},
        {"algorithm": "ipc", "param_optimiser": "sgd", "param_lr": 0.1},
        {"activity_lr": 0.6, "n_inference_steps": 400},
        {"nudging": "centred", "nudge": 0.5},
        {"activity_start": "noise"},
        {"output_precision": 20.0, "activity_lr": 2.0},
    ],
)
def test_a_suggested_rate_does_not_diverge(values):
    """Three suggestions that diverge in turn are no help: what is offered has been tried on the same batch and weights."""
    run = Experiment(**{**FAST, **values})
    for _ in range(10):
        run.learn()
        if run.divergence is not None:
            break
    assert run.divergence is not None, "the values are to diverge"
    assert run.divergence.suggestion is not None
    k, (control, value) = run.learn_step, run.divergence.suggestion
    assert control == "activity_lr"
    run.change(activity_lr=value)
    run.retry()
    run.relax()
    assert run.divergence is None
    assert (run.learn_step, run.infer_step) == (k, run.planned_steps)


def test_a_try_changes_nothing_of_the_run():
    run = Experiment(**FAST)
    run.infer(2)
    state = run.state
    before = [np.asarray(leaf).copy() for leaf in jax.tree.leaves((state.learner, state.relaxation))]
    run.infer(50)
    assert run.divergence is not None
    for was, leaf in zip(before, jax.tree.leaves((state.learner, state.relaxation)), strict=True):
        np.testing.assert_array_equal(was, leaf)
    assert run.state.diverged
    assert run.state.running.activity_lr == FAST["activity_lr"]


def test_a_rate_that_nobody_can_set_is_not_offered():
    """The button of the banner would be answered with a refusal: what has to change is the parameterisation."""
    spec = ExperimentSpec(parameterisation="sp", activity_lr=0.1)
    found = diagnose(spec, 0, 1, np.array([[0, 1.0], [1, 200]]), 1e-9, lambda _: True, 9)
    assert found.suggestion == ("parameterisation", "mupc")


def test_what_was_not_tried_is_not_offered():
    energies = [[0, 0, 0, 1.0], [1, 2, 200, 3]]
    rates: list[float] = []
    found = told(energies, holds=lambda rate: bool(rates.append(rate)) or rate < 0.15)
    assert (found.suggestion, rates) == (("activity_lr", 0.1), [0.4, 0.2, 0.1])
    never = told(energies, holds=lambda _: False)
    assert never.suggestion is None
    assert never.cause.endswith(
        f"At {float(f'{0.4 / 2 ** (MOST_TRIES - 1):.2g}'):g} it diverges too: the activity rate is not the cause."
    )
    for tries, said in ((0, "No other rate has been tried"), (2, "At 0.2 it diverges too.")):
        found = told(energies, holds=lambda _: False, tries=tries)
        assert (found.suggestion, said in found.cause) == (None, True)
