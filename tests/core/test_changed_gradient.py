"""After a live change the gradient is that of the changed energy at once, however little of it was computed anew."""

import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core import Experiment
from pcviz_core.controls import Value
from pcviz_core.relaxation import precision_of

BASE = {"width": 12, "batch_size": 8, "n_inference_steps": 20, "activity_decay": 0.003}
CHANGES = [
    {"output_precision": 3.0},
    {"output_precision": 0.2, "activity_decay": 0.02},
    {"activity_decay": 0.0},
    {"momentum": 0.3, "activity_decay": 0.05},
    {"alpha": 0.5},
    {"schedule_decay": 2.0, "output_precision": 2.0},
    {"precision_grid": "0.5,2;1,0.1"},
]


NETS = [
    {"depth": 2},
    {"depth": 6, "loss": "ce", "schedule": "decaying", "output_precision": 2.0},
    {"depth": 5, "algorithm": "epc", "activation": "tanh"},
    {"depth": 7, "schedule": "custom", "precision_grid": "0.5,2;3,0.1", "activation": "tanh"},
]


def assert_state_is_a_new_look(run: Experiment) -> None:
    """The gradient and the energies that the run holds, against those computed from its activities alone."""
    state, batch, method = run.state.relaxation, run.batch, run.program.structure.method
    precision = precision_of(run.network, state.t, state.planned_steps, run.snapshot().knobs, method)
    first, decay = run.network.predict_first(batch[0]), jnp.float32(run.spec.activity_decay)
    fresh = run.network.view(state.view.activities, first, batch[1], precision, activity_decay=decay)
    scale = float(jnp.abs(fresh.gradient).max())
    np.testing.assert_allclose(state.view.gradient, fresh.gradient, rtol=1e-4, atol=2e-6 * scale)
    np.testing.assert_allclose(state.view.layer_energies, fresh.layer_energies, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("values", NETS, ids=str)
def test_a_feedforward_start_is_what_a_look_would_see(values: dict[str, Value]):
    """At t = 0 only the layer below the output is computed: it must be all that there is."""
    run = Experiment(**{**BASE, **values})
    assert_state_is_a_new_look(run)
    assert (run.relaxation.layer_energies[0, :-1] == 0).all()


@pytest.mark.parametrize("changes", CHANGES, ids=str)
@pytest.mark.parametrize("values", NETS, ids=str)
def test_the_gradient_after_a_live_change_is_that_of_a_new_look(values: dict[str, Value], changes: dict[str, Value]):
    """If this fails, the first step after a slider moved follows an energy that no one has set."""
    run = Experiment(**{**BASE, **values})
    run.infer(5)
    run.change(**changes)
    assert_state_is_a_new_look(run)
