"""The curvature at the feedforward pass, whole and by its two ends, against dense matrices and closed forms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core import Experiment, Network, PcvizError, theory
from pcviz_core.theory.block_tridiagonal import BlockTridiagonal
from tests.numerics.nets import LINEAR_FAMILY, draw_batch, draw_network, draw_weights

quick = pytest.mark.usefixtures("float64", "quick_compile")
KINDS = [("tanh", "before", "mse"), ("silu", "after", "ce")]


def largest_and_smallest(eigenvalues):
    by_magnitude = eigenvalues[np.argsort(np.abs(eigenvalues))]
    return [by_magnitude[-1], by_magnitude[0]]


def values(ends):
    return [float(end.value) for end in ends]


@quick
@pytest.mark.parametrize(("activation", "position", "loss"), KINDS)
def test_the_spectra_are_those_of_the_energys_second_derivatives(activation, position, loss):
    """Both spectra of the panel, sign included, from the energy itself by automatic differentiation."""
    net = draw_network(1, skip=True, activation=activation, activation_position=position, loss=loss, output_precision=2.5)
    x, y = draw_batch(1, net, batch=1, one_hot=loss == "ce")
    hidden, start = net.depth - 1, net.feedforward(x)[0]

    @jax.jit
    def energy(errors):
        below, z = net.predict_first(x), []
        for layer, error in enumerate(errors.reshape(hidden, 1, net.width)):
            z.append(below + error)
            if layer < hidden - 1:
                below = net.predict_blocks(jnp.broadcast_to(z[-1], (hidden - 1, 1, net.width)))[layer]
        return 0.5 * jnp.sum(errors**2) + net.output_energy(net.predict_output(z[-1]), y)

    dense = theory.activity_hessian(net, x=x[0], y=y[0], activities=[z[0] for z in start])
    expected = np.linalg.eigvalsh(dense), np.linalg.eigvalsh(jax.hessian(energy)(jnp.zeros(hidden * net.width)))
    spectra = theory.feedforward_spectra(net, x, y)
    np.testing.assert_allclose(spectra.activities, expected[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(spectra.errors, expected[1], rtol=1e-9, atol=1e-12)
    ends = theory.feedforward_ends(net, x, y, max_steps=200)
    for found, eigenvalues in zip(ends, expected, strict=True):
        np.testing.assert_allclose(values(found), largest_and_smallest(eigenvalues), rtol=1e-5)
        assert max(float(end.residual) for end in found) < 1e-2


@quick
@pytest.mark.parametrize(("parameterisation", "skip", "gamma", "precision"), LINEAR_FAMILY[::5])
def test_a_linear_network_has_the_spectra_and_the_determinant_of_its_closed_forms(parameterisation, skip, gamma, precision):
    """λ^K det S, and in error coordinates κ = λ·λ_max(S): the two numbers that the panel puts side by side."""
    net = draw_network(2, parameterisation, skip=skip, gamma=gamma, output_precision=precision)
    x, y = draw_batch(2, net, batch=1)
    spectra, s = theory.feedforward_spectra(net, x, y), np.asarray(theory.equilibrium(net, x, y).rescaling)
    np.testing.assert_allclose(spectra.activities, np.linalg.eigvalsh(theory.activity_hessian(net)), rtol=1e-10)
    np.testing.assert_allclose(spectra.errors, theory.error_spectrum(net), rtol=1e-10)
    determinant = len(s) * np.log(precision) + np.linalg.slogdet(s)[1]
    assert np.sum(np.log(spectra.activities)) == pytest.approx(determinant, abs=1e-9)
    activities, errors = theory.feedforward_ends(net, x, y)
    assert activities.condition_number == pytest.approx(theory.condition_number(net, x, y), rel=1e-5)
    assert errors.condition_number == pytest.approx(precision * np.linalg.eigvalsh(s)[-1], rel=1e-5)


@quick
def test_the_ends_of_a_deep_ideal_chain_are_exact():
    """2 − 2 cos(…), κ ≈ 16 H²/π² at 200 layers: where float32 has long lost the smallest."""
    hidden = 200
    net = Network.from_weights([np.zeros((1, 1)) for _ in range(hidden + 1)], skip=True)
    angles = (2 * np.array([hidden, 1]) - 1) * np.pi / (2 * hidden + 1)
    activities, errors = theory.feedforward_ends(net, np.ones((1, 1)), np.ones((1, 1)), max_steps=hidden)
    np.testing.assert_allclose(values(activities), 2 - 2 * np.cos(angles), rtol=1e-5)
    assert activities.condition_number == pytest.approx(16 * hidden**2 / np.pi**2, rel=0.02)
    assert errors.condition_number == pytest.approx(1)


@quick
def test_curvature_that_points_down_keeps_its_sign():
    """A large output error bends the energy downwards; the panel draws such eigenvalues apart."""
    net = draw_network(7, "sp", depth=2, activation="tanh")
    x, _ = draw_batch(7, net, batch=1)
    activities, prediction = net.feedforward(x)
    y = prediction - 300 * jnp.tanh(activities[0]) @ net.weights.readout.T
    dense = theory.activity_hessian(net, x=x[0], y=y[0], activities=[z[0] for z in activities])
    expected = np.linalg.eigvalsh(dense)
    spectra = theory.feedforward_spectra(net, x, y)
    assert expected[0] < -10
    np.testing.assert_allclose(spectra.activities, expected, rtol=1e-9)
    np.testing.assert_allclose(values(theory.feedforward_ends(net, x, y)[0]), largest_and_smallest(expected), rtol=1e-6)


def test_solving_undoes_the_product():
    """The smallest eigenvalue comes from the inverse: it must be this matrix's."""
    rng = np.random.default_rng(3)
    root = rng.normal(size=(6, 6))
    matrix = BlockTridiagonal(rng.normal(size=(4, 6, 6)), root @ root.T)
    v = rng.normal(size=(5, 6))
    np.testing.assert_allclose(matrix.product(v).ravel(), matrix.dense() @ v.ravel(), rtol=1e-12)
    np.testing.assert_allclose(matrix.inverse()(matrix.product(v)), v, rtol=1e-8, atol=1e-10)


@quick
def test_too_many_units_or_samples_are_refused_with_a_sentence():
    """A dense matrix of a deep wide network would take the machine's memory with it."""
    net = draw_network(8, activation="tanh")
    with pytest.raises(PcvizError, match="5 samples"):
        theory.feedforward_spectra(net, *draw_batch(8, net))
    large = Network.from_weights(draw_weights(8, "sp", depth=52, width=40))
    with pytest.raises(PcvizError, match="2040 hidden units are too many; 2000"):
        theory.feedforward_spectra(large, *draw_batch(8, large, batch=1))


RUN = {"depth": 6, "width": 12, "batch_size": 8, "dataset": "blobs", "n_inference_steps": 3, "activity_lr": 0.25}


def test_the_measurement_of_a_padded_run_is_of_its_first_sample_with_decay_added():
    """Whole and by its ends the same numbers, and padding (eigenvalues of exactly 1) in neither."""
    run = Experiment(**RUN, activation="tanh", activity_decay=0.1, inference_rule="heavy_ball", momentum=0.5)
    whole = run.measure("conditioning")
    with jax.enable_x64(True):
        x, y = (np.asarray(each[0], np.float64) for each in run.batch)
        weights = [np.asarray(w, np.float64) for w in run.network.by_layer(run.network.weights)]
        net = Network.from_weights(weights, activation="tanh", parameterisation="mupc", skip=True)
        start, _ = net.feedforward(x[None])
        dense = theory.activity_hessian(net, x=x, y=y, activities=[z[0] for z in start])
        eigenvalues = np.linalg.eigvalsh(dense) + 0.1
    largest, smallest = largest_and_smallest(eigenvalues)
    numbers = whole["conditioning"]
    np.testing.assert_allclose(numbers[:2], [largest, smallest], rtol=1e-4)
    np.testing.assert_allclose(numbers[[2, 3, 5, 7, 8]], [0, 0, 0, 0, 60])
    assert numbers[4] == pytest.approx(abs(largest / smallest), rel=1e-4)
    np.testing.assert_allclose(whole["spectrum_activity"], np.sort(eigenvalues), rtol=1e-4)
    assert np.isnan(whole["spectrum_negative"]).all()
    np.testing.assert_allclose(whole["spectrum_allowed"], 1.5 * 2 / 0.25)
    assert (whole["spectrum_index"][0], whole["spectrum_index"][-1]) == (1, 60)


def test_beyond_the_whole_spectrum_the_ends_are_the_same_numbers(monkeypatch):
    """A deeper network must not jump to other numbers when the panel stops showing all of them; a poor end is a bound."""
    run = Experiment(**RUN)
    whole = run.measure("conditioning")["conditioning"]
    monkeypatch.setattr("pcviz_core.measurements.conditioning.MAX_UNKNOWNS", 0)
    found = run.measure("conditioning")
    ends = found["conditioning"]
    np.testing.assert_allclose(ends[[0, 1, 4, 6]], whole[[0, 1, 4, 6]], rtol=1e-3)
    assert (ends[2], ends[5], ends[7]) == (1, 1, 1)
    np.testing.assert_allclose(found["spectrum_index"], [1, 60])
    monkeypatch.setattr("pcviz_core.measurements.conditioning.MAX_STEPS", 1)
    rough = Experiment(**RUN).measure("conditioning")["conditioning"]
    assert rough[3] > 1e-2
    assert (rough[2], rough[5]) == (2, 3)
    assert rough[1] >= whole[1]
    assert rough[4] <= whole[4]
