"""Where inference would settle in any network, against closed forms, relaxations and a vanishing gradient."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core import Experiment, theory
from pcviz_core.measurements.equilibrium import gap_left
from tests.numerics.nets import LINEAR_FAMILY, distance, draw_batch, draw_network

pytestmark = pytest.mark.usefixtures("quick_compile")
double = pytest.mark.usefixtures("float64")
KINDS = [("tanh", "before", "mse"), ("gelu", "after", "mse"), ("silu", "after", "ce")]


@double
@pytest.mark.parametrize(("parameterisation", "skip", "gamma", "precision"), LINEAR_FAMILY[::3])
def test_the_descent_ends_at_the_closed_form_of_a_linear_network(parameterisation, skip, gamma, precision):
    """F* on the page is an estimate in most networks; in a linear one it must be the number that the theory gives."""
    net = draw_network(1, parameterisation, skip=skip, gamma=gamma, output_precision=precision)
    x, y = draw_batch(1, net)
    exact, found = theory.equilibrium(net, x, y), theory.estimate_equilibrium(net, x, y, tolerance=1e-18)
    assert found.settled
    assert found.steps <= 2 * (len(exact.rescaling) + 1)  # conjugate gradients: one step for each eigenvalue of S, and for 1
    np.testing.assert_allclose(found.layer_energies, exact.layer_energies, rtol=1e-8, atol=1e-14)
    assert float(found.energy) == pytest.approx(float(exact.energy), rel=1e-10)
    assert distance(found.activities, exact.activities) < 1e-8


@double
def test_the_bound_on_what_is_left_holds_in_a_linear_network():
    """A descent that is cut short must not claim to be nearer than it is."""
    net = draw_network(2, "ntp", skip=True)
    x, y = draw_batch(2, net)
    exact = float(theory.equilibrium(net, x, y).energy)
    for steps in (0, 1, 2):
        found = theory.estimate_equilibrium(net, x, y, tolerance=0.0, max_steps=steps)
        assert not found.settled
        assert 0 < float(found.energy) - exact <= found.gap_bound


@double
@pytest.mark.parametrize(("activation", "position", "loss"), KINDS)
@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_in_a_bent_network_the_activity_gradient_vanishes_where_the_descent_ends(activation, position, loss, decay):
    """Inference at that point would stay there; with decay it is the decayed gradient that must be 0, and no other."""
    net = draw_network(3, skip=True, activation=activation, activation_position=position, loss=loss, output_precision=2.5)
    x, y = draw_batch(3, net, one_hot=loss == "ce")
    found = theory.estimate_equilibrium(net, x, y, tolerance=1e-16, activity_decay=decay)
    assert found.settled
    z = jnp.stack(found.activities)
    view = net.view(z, net.predict_first(x), y, activity_decay=decay)
    assert np.abs(view.gradient).max() < 1e-6
    assert found.residual == pytest.approx(float(jnp.sqrt(jnp.mean(view.gradient**2))), abs=1e-12)
    np.testing.assert_allclose(found.layer_energies, view.layer_energies, rtol=1e-10)
    assert float(found.energy) < float(net.loss(x, y))


@double
def test_a_long_relaxation_comes_to_rest_where_the_descent_does():
    """Two roads, in activities and in errors, to one F*."""
    net = draw_network(4, "sp_uniform", activation="tanh", depth=4)
    x, y = draw_batch(4, net)
    relaxed = net.relax(x, y, n_steps=3000, activity_lr=0.3)
    found = theory.estimate_equilibrium(net, x, y, tolerance=1e-18)
    assert float(relaxed.layer_energies[-1].sum()) == pytest.approx(float(found.energy), rel=1e-10)
    assert distance(found.activities, relaxed.activities) < 1e-6


@double
def test_a_relu_network_at_a_kink_is_never_called_settled_above_a_relaxation():
    """Its gradient jumps at the minimum, so the page must say ≤; and no relaxation may come lower."""
    net = draw_network(5, "mupc", skip=True, activation="relu")
    x, y = draw_batch(5, net)
    found = theory.estimate_equilibrium(net, x, y, tolerance=1e-12)
    relaxed = float(net.relax(x, y, n_steps=2000, activity_lr=0.1).layer_energies[-1].sum())
    assert float(found.energy) <= relaxed * (1 + 1e-3)
    assert found.settled == (found.gap_bound <= 1e-12 * float(found.energy))


RUN = {"depth": 5, "width": 8, "batch_size": 8, "dataset": "blobs", "activation": "tanh", "n_inference_steps": 6}


def test_the_gap_closes_from_one_to_nothing_over_a_relaxation():
    """The honest progress of inference: 1 at t = 0, falling, 0 at rest, never below."""
    run = Experiment(**RUN, activity_lr=0.3)
    run.infer(3)
    early = run.measure("equilibrium")
    f_star, energy, left, quality, first, loss, ratio, rescaling, residual, gap_quality, k, t = early["equilibrium"]
    assert (quality, gap_quality, k, t) == (1, 1, 0, 3)
    assert np.isnan(rescaling)
    assert residual < 1e-3
    assert f_star < energy < first == pytest.approx(loss, rel=1e-5)
    assert ratio == pytest.approx(loss / f_star)
    assert left == pytest.approx((energy - f_star) / (first - f_star))
    assert early["progress_left"][0] == 1
    assert early["progress_left"][-1] == pytest.approx(left)
    assert (np.diff(early["progress_left"]) < 0).all()
    run.infer(1500)
    late = run.measure("equilibrium")
    assert late["equilibrium"][0] == pytest.approx(f_star, rel=1e-4)
    assert 0 <= late["equilibrium"][2] < 1e-3
    assert len(late["progress_step"]) == 512
    assert (late["progress_step"][0], late["progress_step"][-1]) == (0, 1503)


def test_in_a_linear_run_the_numbers_are_the_closed_forms():
    """Exact where it can be: F*, tr(S)/K, and the loss over F* between the least and the largest eigenvalue of S."""
    run = Experiment(**{**RUN, "activation": "linear"})
    run.infer(2)
    numbers = run.measure("equilibrium")["equilibrium"]
    exact = theory.equilibrium(run.network, *run.batch)
    eigenvalues = np.linalg.eigvalsh(np.asarray(exact.rescaling, np.float64))
    assert (numbers[3], numbers[8], numbers[9]) == (0, 0, 0)
    assert numbers[0] == pytest.approx(float(exact.energy), rel=1e-5)
    assert numbers[7] == pytest.approx(eigenvalues.mean(), rel=1e-5)
    assert eigenvalues[0] <= numbers[6] <= eigenvalues[-1]


def test_under_decay_there_is_a_place_of_rest_but_no_gap():
    """What is lowered then is not the energy alone; a gap of it would pass below 0."""
    run = Experiment(**{**RUN, "activation": "linear"}, activity_decay=0.2)
    run.infer(2)
    found = run.measure("equilibrium")
    assert np.isfinite(found["equilibrium"][0])
    assert found["equilibrium"][3] == 1
    assert np.isnan(found["equilibrium"][2])
    assert np.isnan(found["progress_left"]).all()


def test_a_gap_of_rounding_is_none_and_nothing_to_lose_is_no_gap():
    """A negative gap, or the noise of one, would be read as progress."""
    np.testing.assert_array_equal(gap_left(np.array([2.0, 1.5, 1.0 + 1e-7, 1.0 - 1e-7]), 1.0), [1, 0.5, 0, 0])
    assert np.isnan(gap_left(np.array([1.0 + 1e-7, 1.0]), 1.0)).all()


def test_a_descent_that_runs_out_of_steps_is_an_upper_bound(monkeypatch):
    """≤ instead of ≈, and ≥ for the gap, which the true F* makes larger."""
    monkeypatch.setattr("pcviz_core.measurements.equilibrium.MAX_SWEEPS", 0)
    run = Experiment(**RUN, parameterisation="sp")
    monkeypatch.setattr("pcviz_core.measurements.equilibrium.TOLERANCE", 1e-14)
    numbers = run.measure("equilibrium")["equilibrium"]
    settled = theory.estimate_equilibrium(run.network, *run.batch, tolerance=1e-8)
    assert (numbers[3], numbers[9]) == (2, 3)
    assert numbers[0] >= float(settled.energy) * (1 - 1e-6)
    assert jax.numpy.isfinite(numbers[2])
