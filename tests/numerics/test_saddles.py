"""Curvature in the weights at saddles (T16, T17)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core import Network, PcvizError, theory
from pcviz_core.measurements import Moment
from pcviz_core.measurements.saddles import SADDLES
from pcviz_core.spec import ExperimentSpec
from pcviz_core.theory.equilibrium import equilibrium_rows

pytestmark = pytest.mark.usefixtures("float64", "quick_compile")

N_INPUTS, WIDTH, N_OUTPUTS, BATCH = 3, 4, 2, 6


def data(seed):
    rng = np.random.default_rng(seed)
    return jnp.asarray(rng.normal(size=(BATCH, N_INPUTS))), jnp.asarray(rng.normal(size=(BATCH, N_OUTPUTS)))


def zeros(depth, n_inputs=N_INPUTS, width=WIDTH, n_outputs=N_OUTPUTS):
    return [jnp.zeros((width, n_inputs)), *[jnp.zeros((width, width))] * (depth - 2), jnp.zeros((n_outputs, width))]


def derivatives(weights, x, y):
    """Gradient and Hessian of the equilibrium energy, and of the loss, in all weights, W_1's rows first."""
    shapes = [w.shape for w in weights]
    ends = np.cumsum([w.size for w in weights])[:-1]

    def network(flat):
        parts = jnp.split(flat, ends)
        return Network.from_weights([part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)])

    def loss(flat):
        out = x
        for part, shape in zip(jnp.split(flat, ends), shapes, strict=True):
            out = out @ part.reshape(shape).T
        return 0.5 * jnp.sum((y - out) ** 2) / len(x)

    def energy(flat):
        net = network(flat)
        return equilibrium_rows(net, net.predict_first(x), y).layer_energies.sum()

    at = jnp.concatenate([w.ravel() for w in weights])
    return [(np.asarray(jax.jit(jax.grad(f))(at)), np.asarray(jax.jit(jax.hessian(f))(at))) for f in (energy, loss)]


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_at_the_origin_the_spectra_are_the_closed_ones(depth):
    """T16: the saddle panel shows these bars; only the energy's must reach below zero at depth 3 and more."""
    x, y = data(depth)
    (_, of_energy), (_, of_loss) = derivatives(zeros(depth), x, y)
    spectra = theory.origin_spectra(x, y, depth=depth, width=WIDTH)
    np.testing.assert_allclose(spectra.energy, np.linalg.eigvalsh(of_energy), atol=1e-8)
    np.testing.assert_allclose(spectra.loss, np.linalg.eigvalsh(of_loss), atol=1e-8)
    assert spectra.energy[0] < -0.1
    if depth > 2:
        assert (of_loss == 0).all()


def test_the_chain_has_the_golden_ratio():
    """T16: x = 1, y = −1 gives the two numbers of the lesson, and at depth 3 one way down and two flat ones."""
    one, minus = [[1.0]], [[-1.0]]
    np.testing.assert_allclose(theory.origin_spectra(one, minus, depth=2, width=1).energy, [-1.6180340, 0.6180340], atol=1e-7)
    np.testing.assert_allclose(theory.origin_spectra(one, minus, depth=2, width=1).loss, [-1, 1])
    np.testing.assert_allclose(theory.origin_spectra(one, minus, depth=3, width=1).energy, [-1, 0, 0])


@pytest.mark.parametrize(("depth", "kept"), [(3, 2), (4, 2), (4, 3)])
def test_a_zero_rank_saddle_has_a_way_down_of_the_stated_curvature(depth, kept):
    """T17: with one layer left at random and the readout at 0, learning is at rest, but predictive coding not for long."""
    x, y = data(10 + depth)
    weights = zeros(depth)
    weights[kept - 1] = jnp.asarray(np.random.default_rng(kept).normal(size=weights[kept - 1].shape))
    (slope, hessian), (loss_slope, loss_hessian) = derivatives(weights, x, y)
    saddle = theory.zero_rank_saddle(Network.from_weights(weights), y)
    np.testing.assert_allclose(slope, 0, atol=1e-12)
    np.testing.assert_allclose(loss_slope, 0, atol=1e-12)
    size = N_OUTPUTS * WIDTH
    np.testing.assert_allclose(saddle.readout_hessian, hessian[-size:, -size:], atol=1e-8)
    lowest = np.linalg.eigvalsh(hessian)[0]
    assert lowest <= saddle.steepest + 1e-8
    assert saddle.steepest < 0
    if kept == depth - 1:
        is_tight = abs(lowest - float(saddle.steepest)) < 1e-8
        assert is_tight == (depth > 3)
        if depth > 3:
            assert (loss_hessian == 0).all()
        spectra = theory.zero_rank_spectra(weights[-2], x, y, depth=depth)
        np.testing.assert_allclose(spectra.energy, np.linalg.eigvalsh(hessian), atol=1e-8)
        np.testing.assert_allclose(spectra.loss, np.linalg.eigvalsh(loss_hessian), atol=1e-8)


def test_the_measured_spectra_are_those_of_the_energy_at_equilibrium_and_of_the_loss():
    """Away from any saddle too: the panel's points come from the formula of F*, here the energy is that of the layers."""
    x, y = data(3)
    rng = np.random.default_rng(3)
    weights = [jnp.asarray(rng.normal(size=w.shape)) for w in zeros(4)]
    (_, of_energy), (_, of_loss) = derivatives(weights, x, y)
    spectra = theory.weight_spectra(weights, x, y)
    np.testing.assert_allclose(spectra.energy, np.linalg.eigvalsh(of_energy), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(spectra.loss, np.linalg.eigvalsh(of_loss), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_the_panel_puts_points_on_the_closed_forms_of_the_runs_data(depth):
    """Points beside the line would say that the theory is wrong; a loss without a way down at depth 2 would be."""
    moment = Moment(ExperimentSpec(dataset="teacher", depth=depth, width=3, seed=depth), 0, 0)
    columns, memory = SADDLES.measure(moment, None)
    for name, actual in (("origin", depth), ("zero_rank", max(depth, 3))):
        for of in ("energy", "loss"):
            measured, expected = columns[f"saddle_{name}_{of}"], columns[f"saddle_{name}_{of}_theory"]
            assert len(measured) == 3 * 8 + (actual - 2) * 9 + 4 * 3
            np.testing.assert_allclose(measured, expected, atol=2e-5 * abs(expected).max() + 1e-6)
        lowest, closed, of_loss, *shape = columns[f"saddle_{name}"]
        assert shape == [actual, 3]
        assert lowest == pytest.approx(closed, rel=1e-4)
        assert lowest < -0.1
        assert (of_loss < -0.1) == (actual <= (2 if name == "origin" else 3))
    assert SADDLES.measure(moment, memory)[0] is columns


def test_anywhere_else_the_curvature_is_refused_with_a_sentence():
    """The formula holds at the saddle alone."""
    _, y = data(0)
    away = [w + 1.0 for w in zeros(4)]
    with pytest.raises(PcvizError, match="this network is elsewhere"):
        theory.zero_rank_saddle(Network.from_weights(away), y)
    with pytest.raises(PcvizError, match="no skips"):
        theory.zero_rank_saddle(Network.from_weights(zeros(4), skip=True), y)
    with pytest.raises(PcvizError, match="`depth` is a whole number from 3"):
        theory.zero_rank_spectra([[1.0]], [[1.0]], [[1.0]], depth=2)
    with pytest.raises(PcvizError, match="`depth` is a whole number from 2; 1 is not"):
        theory.origin_spectra([[1.0]], [[1.0]], depth=1, width=1)
