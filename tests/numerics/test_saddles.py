"""Curvature in the weights at saddles, and how much sooner predictive coding leaves them (T16, T17, T23)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core import Network, PcvizError, theory
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


def test_anywhere_else_the_curvature_is_refused_with_a_sentence():
    """The formula holds at the saddle alone."""
    _, y = data(0)
    away = [w + 1.0 for w in zeros(4)]
    with pytest.raises(PcvizError, match="this network is elsewhere"):
        theory.zero_rank_saddle(Network.from_weights(away), y)
    with pytest.raises(PcvizError, match="no skips"):
        theory.zero_rank_saddle(Network.from_weights(zeros(4), skip=True), y)
    with pytest.raises(PcvizError, match="`depth` is a whole number from 2; 1 is not"):
        theory.origin_spectra([[1.0]], [[1.0]], depth=1, width=1)


def escape_steps(depth, n_inference_steps, cap, seeds=24):
    """Learning steps until a chain from tiny weights has a loss below 0.25; no inference steps means backprop."""

    def run(seed):
        key, draw = jax.random.split(jax.random.key(seed))
        start = 0.05 * jax.random.normal(draw, (depth,))

        def network(weights):
            return Network.from_weights(list(weights.reshape(depth, 1, 1)))

        def learn(state):
            weights, step, _ = state
            x = 1 + 0.1 * jax.random.normal(jax.random.fold_in(key, step), (64, 1))
            net, y = network(weights), -x
            rows = net.feedforward_rows(x)
            view = net.view(rows, net.predict_first(x), y)
            loss = view.layer_energies[-1]
            errors = net.backprop_errors(rows, view.output_error)
            if n_inference_steps:
                settle = lambda _, z: z - 0.1 * net.view(z, net.predict_first(x), y).gradient  # noqa: E731
                view = net.view(jax.lax.fori_loop(0, n_inference_steps, settle, rows), net.predict_first(x), y)
                rows, errors = view.activities, view.errors
            gradient = net.weight_gradient(x, rows, errors, view.output_error)
            flat = jnp.concatenate([gradient.embed.ravel(), gradient.blocks.ravel(), gradient.readout.ravel()])
            return weights - 0.4 * flat, step + 1, loss

        state = (start, jnp.asarray(0), jnp.asarray(jnp.inf))
        _, steps, _ = jax.lax.while_loop(lambda s: (s[2] >= 0.25) & (s[1] < cap), learn, state)
        return steps - 1

    return float(jnp.median(jax.jit(jax.vmap(run))(jnp.arange(seeds))))


@pytest.mark.slow
@pytest.mark.parametrize(("depth", "ratio", "usual"), [(2, 1, 8), (3, 2, 24), (4, 5, 102)])
def test_predictive_coding_leaves_the_origin_of_a_chain_sooner_than_backprop(depth, ratio, usual):
    """T23: the race of the saddle lesson, with the same learning rate and normalisation for both, at its usual speed."""
    backprop = escape_steps(depth, n_inference_steps=0, cap=5000)
    predictive_coding = escape_steps(depth, n_inference_steps=20, cap=5000)
    assert predictive_coding * ratio < backprop
    assert predictive_coding == pytest.approx(usual, rel=0.25)
