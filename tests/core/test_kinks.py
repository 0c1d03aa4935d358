"""What is said where inference need not come to rest."""

import jax
import pytest

from pcviz_core import Experiment, ExperimentSpec
from pcviz_core.activations import ACTIVATIONS
from pcviz_core.notes import control_notes


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_kink_is_where_the_slope_jumps(name: str):
    slope = jax.grad(ACTIVATIONS[name].function)
    assert ACTIVATIONS[name].has_kink == (abs(float(slope(1e-6)) - float(slope(-1e-6))) > 0.1)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_tolerance_that_may_never_be_met_says_so(activation: str):
    """The same network settles with tanh and not with relu, at a rate far below its limit."""
    spec = ExperimentSpec(depth=4, width=16, batch_size=16, n_inference_steps=3000, activation=activation, tolerance=1e-4)
    run = Experiment(spec)
    run.change(activity_lr=0.3 * run.measure_stability())
    run.relax(spec.n_inference_steps)
    assert ("tolerance" in control_notes(spec)) == (run.infer_step == spec.n_inference_steps)
    assert "tolerance" not in control_notes(spec.replace(tolerance=0.0))
