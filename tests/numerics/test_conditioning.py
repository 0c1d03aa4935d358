"""How slowly inference settles: condition numbers without a matrix (T20, T22)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core import Network, PcvizError, theory
from tests.numerics.nets import LINEAR_FAMILY, draw_batch, draw_network, draw_weights

pytestmark = pytest.mark.usefixtures("float64", "quick_compile")


@pytest.mark.parametrize(("activation", "position", "loss"), [("tanh", "before", "mse"), ("silu", "after", "ce")])
def test_the_condition_number_is_that_of_the_worst_samples_hessian(activation, position, loss):
    """The page says how many steps inference will need; it must be this network's number."""
    net = draw_network(1, "mupc", skip=True, activation=activation, activation_position=position, loss=loss, output_precision=2.5)
    x, y = draw_batch(1, net, one_hot=loss == "ce")
    start, _ = net.feedforward(x)
    hessians = [theory.activity_hessian(net, x=x[i], y=y[i], activities=[z[i] for z in start]) for i in range(len(x))]
    magnitudes = np.abs(np.linalg.eigvalsh(hessians))
    expected = (magnitudes.max(axis=1) / magnitudes.min(axis=1)).max()
    assert theory.condition_number(net, x, y) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("name", "skip", "expected"), [("sp", False, 42.119), ("sp", True, 45794.5), ("mupc", True, 1917.43)])
def test_condition_numbers_are_those_that_the_papers_authors_printed(name, skip, expected):
    """T22: 16 layers of 128 units from the authors' own random keys, which were drawn in float32 and uniformly for SP."""
    shapes = [(128, 1), *[(128, 128)] * 14, (1, 128)]
    with jax.enable_x64(False):
        keys = jax.random.split(jax.random.split(jax.random.PRNGKey(19235))[1], len(shapes))
        draws = []
        for key, (rows, columns) in zip(keys, shapes, strict=True):
            bound = 1 / np.sqrt(columns)
            uniform = jax.random.uniform(jax.random.split(key)[0], (rows, columns), minval=-bound, maxval=bound)
            draws.append(np.asarray(uniform if name == "sp" else jax.random.normal(key, (rows, columns))))
    net = Network.from_weights([draw.astype(np.float64) for draw in draws], parameterisation=name, skip=skip)
    assert theory.condition_number(net, np.ones((1, 1)), np.ones((1, 1))) == pytest.approx(expected, rel=1e-4)


def test_an_ideal_residual_chain_is_still_ill_conditioned():
    """Theory §2.2: blocks that only pass on what they get have κ ≈ 16 H²/π², so depth is slow even with perfect weights."""
    hidden = 20
    weights = [np.zeros((1, 1)) for _ in range(hidden + 1)]
    net = Network.from_weights(weights, skip=True)
    angles = (2 * np.arange(1, hidden + 1) - 1) * np.pi / (2 * hidden + 1)
    np.testing.assert_allclose(np.linalg.eigvalsh(theory.activity_hessian(net)), 2 - 2 * np.cos(angles), rtol=1e-12)
    expected = (1 - np.cos(angles[-1])) / (1 - np.cos(angles[0]))
    assert theory.condition_number(net, np.ones((1, 1)), np.ones((1, 1))) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("parameterisation", "skip", "gamma", "precision"), LINEAR_FAMILY[::4])
def test_inference_on_errors_has_the_same_minimum_and_the_spectrum_of_the_rescaling(parameterisation, skip, gamma, precision):
    """T20: the same equilibrium, reached in fewer steps; the two numbers side by side are the whole argument for it."""
    net = draw_network(2, parameterisation, skip=skip, gamma=gamma, output_precision=precision)
    x, y = draw_batch(2, net, batch=1)
    hidden = net.depth - 1

    @jax.jit
    def energy(errors):
        z, below = [], net.predict_first(x)
        for layer, error in enumerate(errors.reshape(hidden, 1, net.width)):
            z.append(below + error)
            if layer < hidden - 1:
                block = net.block_scale[layer] * z[-1] @ net.weights.blocks[layer].T
                below = block + net.block_skip[layer] * z[-1]
        return 0.5 * jnp.sum(errors**2) + net.output_energy(net.predict_output(z[-1]), y)

    origin = jnp.zeros(hidden * net.width)
    gradient, hessian = jax.grad(energy)(origin), np.asarray(jax.hessian(energy)(origin))
    settled = energy(-jnp.linalg.solve(hessian, gradient))
    spectrum = theory.error_spectrum(net)
    assert float(settled) == pytest.approx(float(theory.equilibrium(net, x, y).energy), rel=1e-8)
    np.testing.assert_allclose(spectrum, np.linalg.eigvalsh(hessian), rtol=1e-8)
    # The engine's own inference on errors, at its best rate, ends there too.
    n_steps, rate = int(15 * spectrum[-1] / spectrum[0]), float(2 / (spectrum[0] + spectrum[-1]))
    moved = net.relax(x, y, n_steps=n_steps, activity_lr=rate, algorithm="epc")
    assert float(moved.layer_energies[-1].sum()) == pytest.approx(float(theory.equilibrium(net, x, y).energy), rel=1e-8)
    rescaling = np.linalg.eigvalsh(theory.equilibrium(net, x, y).rescaling)
    assert spectrum[-1] / spectrum[0] == pytest.approx(precision * rescaling[-1], rel=1e-8)


def test_the_error_spectrum_of_a_network_narrower_than_its_output_has_one_value_per_unit():
    """Otherwise a width of 1 would show more eigenvalues than there are unknowns."""
    net = Network.from_weights(draw_weights(3, "sp", depth=2, width=1, n_outputs=4))
    weight = net.weights.readout
    np.testing.assert_allclose(theory.error_spectrum(net), 1 + (weight.T @ weight)[0], rtol=1e-12)


def test_the_error_spectrum_of_a_network_without_one_is_refused_with_a_sentence():
    with pytest.raises(PcvizError, match="The spectrum in error coordinates has a closed form only where"):
        theory.error_spectrum(draw_network(4, activation="relu"))
