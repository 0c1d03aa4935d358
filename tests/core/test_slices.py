"""The step in slices and the step on the whole stack are one step: a run may change from one to the other at any time."""

from collections import OrderedDict

import jax
import numpy as np
import pytest

from pcviz_core import Experiment, ExperimentSpec
from pcviz_core.inference import RULES
from pcviz_core.learning import start_optimiser
from pcviz_core.preparation import structure_of
from pcviz_core.program import Program

SPECS = [
    {"depth": 40, "width": 32, "batch_size": 24, "n_inference_steps": 70},
    {"depth": 128, "width": 16, "batch_size": 24, "n_inference_steps": 128},
    {"depth": 10, "width": 33, "batch_size": 128, "parameterisation": "sp_uniform"},
    {"depth": 16, "width": 64, "batch_size": 47, "activation": "tanh", "bias": True, "loss": "ce"},
    {"depth": 20, "width": 24, "batch_size": 64, "schedule": "spiking", "activation_position": "after", "activation": "gelu"},
    {"depth": 12, "width": 100, "batch_size": 64, "activity_decay": 0.01, "n_inference_steps": 20},
    *({"depth": 33, "width": 20, "batch_size": 64, "inference_rule": n} for n, rule in RULES.items() if rule.reach is not None),
]


@pytest.fixture(autouse=True)
def fresh_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled sets of their own, so that no other test has the slices ready."""
    monkeypatch.setattr("pcviz_core.program._programs", OrderedDict())


def steps(run: Experiment) -> list[np.ndarray]:
    """Every number of two learning steps, of what is on screen and of the weights."""
    found = [column for _ in range(2) for column in run.learn().columns.values()]
    return [*found, *(np.asarray(leaf) for leaf in jax.tree.leaves((run.network, run.state.relaxation)))]


@pytest.mark.parametrize("values", SPECS, ids=str)
def test_slices_change_no_bit_of_a_run(values):
    """If this fails, Reset gives another run, by whether the slices were compiled by then."""
    run = Experiment(ExperimentSpec(**{"n_inference_steps": values["depth"], **values}))
    whole = steps(run)
    assert "advance_in_slices" not in run.program._ready
    run.program.compile(("advance_in_slices",))
    assert "advance_in_slices" in run.program._ready
    run.restart()
    for here, there in zip(steps(run), whole, strict=True):
        np.testing.assert_array_equal(here, there)


def test_a_long_run_gets_its_slices_by_itself(monkeypatch: pytest.MonkeyPatch):
    """If this fails, a notebook learns at half the speed of the page."""
    monkeypatch.setattr("pcviz_core.experiment.LONG_RUN_S", 0.0)
    run = Experiment(depth=12, width=64, batch_size=64, n_inference_steps=3)
    run.learn()
    with run.program._locks["advance_in_slices"]:  # held while it is compiled
        pass
    assert run.program.advance_in_slices is run.program._ready["advance_in_slices"]


@pytest.mark.parametrize(
    "values",
    [{"algorithm": "epc"}, {"algorithm": "ipc"}, {"inference_rule": "adaptive"}, {"depth": 5}, {"width": 8, "batch_size": 16}],
    ids=str,
)
def test_no_slices_are_compiled_where_they_would_save_nothing(values):
    program = Program(structure_of(ExperimentSpec(**{"depth": 20, "width": 64, "batch_size": 64, **values})))
    program.compile(("advance_in_slices",))
    program.hasten()
    assert not program._ready


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
@pytest.mark.parametrize("bias", [False, True])
def test_moments_start_as_the_optimiser_starts_them(optimiser, bias):
    """They are zeros made without compiling; an optimiser that started otherwise would be another one."""
    run = Experiment(depth=5, width=6, param_optimiser=optimiser, bias=bias)
    expected = start_optimiser(optimiser, run.network.weights)
    assert jax.tree.structure(run.state.learner.moments) == jax.tree.structure(expected)
    for here, there in zip(jax.tree.leaves(run.state.learner.moments), jax.tree.leaves(expected), strict=True):
        np.testing.assert_array_equal(here, there)
        assert here.dtype == there.dtype
