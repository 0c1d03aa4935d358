"""The curvature of the energy in the activities, and the largest stable rate that follows (T4–T6, T19, T22)."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core import Network, PcvizError, theory
from tests.numerics.nets import LINEAR_FAMILY, draw_activities, draw_batch, draw_network, draw_weights

pytestmark = pytest.mark.usefixtures("float64", "quick_compile")

KINDS = [("tanh", "before", "mse"), ("gelu", "after", "mse"), ("relu", "before", "ce"), ("silu", "after", "ce")]


def autodiff_hessian(net, x, y, activities):
    """Second derivatives of one sample's energy, layer 1's units first, from the energy itself."""
    return np.asarray(_second_derivatives(net, x[:1], y[:1], jnp.stack([z[0] for z in activities])))


@eqx.filter_jit
def _second_derivatives(net, x, y, at):
    def energy(z):
        return net.view(z.reshape(-1, 1, net.width), net.predict_first(x), y).layer_energies.sum()

    return jax.hessian(energy)(at.ravel())


def spectra_of_samples(net, x, y):
    """Eigenvalues of each sample's activity Hessian at the feedforward point."""
    start, _ = net.feedforward(x)
    samples = range(len(x))
    hessians = [theory.activity_hessian(net, x=x[i], y=y[i], activities=[z[i] for z in start]) for i in samples]
    return np.linalg.eigvalsh(hessians)


@pytest.mark.parametrize(("parameterisation", "skip", "gamma", "precision"), LINEAR_FAMILY[::3])
def test_the_closed_form_is_the_second_derivative_of_the_energy(parameterisation, skip, gamma, precision):
    """T4: the spectrum panel and the stability limit both read this matrix. It is the same whatever the data and W_1."""
    net = draw_network(1, parameterisation, skip=skip, gamma=gamma, output_precision=precision)
    x, y = draw_batch(1, net)
    hessian = np.asarray(theory.activity_hessian(net))
    np.testing.assert_allclose(hessian, autodiff_hessian(net, x, y, draw_activities(1, net)), atol=1e-10)
    np.testing.assert_array_equal(hessian, hessian.T)
    assert np.linalg.eigvalsh(hessian)[0] > 0
    other_first = eqx.tree_at(lambda n: n.weights.embed, net, 2 * net.weights.embed)
    np.testing.assert_array_equal(theory.activity_hessian(other_first), hessian)


@pytest.mark.parametrize(("parameterisation", "skip", "gamma", "precision"), LINEAR_FAMILY[::3])
def test_solving_with_the_hessian_gives_the_equilibrium(parameterisation, skip, gamma, precision):
    """T5: two independent routes to where inference ends."""
    net = draw_network(2, parameterisation, skip=skip, gamma=gamma, output_precision=precision)
    x, y = draw_batch(2, net)
    first, last = net.forward_multipliers[0] * net.weights.embed, net.forward_multipliers[-1] * net.weights.readout
    drive = np.zeros((len(x), net.depth - 1, net.width))
    drive[:, 0] += x @ first.T
    drive[:, -1] += precision * y @ last
    settled = np.linalg.solve(theory.activity_hessian(net), drive.reshape(len(x), -1).T).T.reshape(drive.shape)
    np.testing.assert_allclose(np.stack(theory.equilibrium(net, x, y).activities, axis=1), settled, atol=1e-9)


@pytest.mark.parametrize(("parameterisation", "skip", "gamma", "precision"), LINEAR_FAMILY)
def test_the_hessian_and_the_rescaling_have_one_determinant(parameterisation, skip, gamma, precision):
    """T6: det H = λ^K det S ties the two closed forms together."""
    net = draw_network(3, parameterisation, skip=skip, gamma=gamma, output_precision=precision)
    x, y = draw_batch(3, net)
    s = theory.equilibrium(net, x, y).rescaling
    _, of_hessian = np.linalg.slogdet(theory.activity_hessian(net))
    _, of_rescaling = np.linalg.slogdet(s)
    assert of_hessian == pytest.approx(len(s) * np.log(precision) + of_rescaling, abs=1e-9)


@pytest.mark.parametrize("activation", ["linear", "tanh"])
@pytest.mark.parametrize("skip", [False, True])
def test_hidden_units_have_no_order_and_odd_ones_no_sign(activation, skip):
    """T19: nothing that is drawn per layer may depend on which unit comes first."""
    net = draw_network(4, skip=skip, activation=activation)
    x, y = draw_batch(4, net)
    rng = np.random.default_rng(4)
    signs = rng.choice([-1.0, 1.0], net.width)
    order = rng.permutation(net.width)
    turn = np.eye(net.width)[order] * signs  # one common signed permutation, which skips allow too
    weights = net.by_layer(net.weights)
    turned = [turn @ weights[0], *(turn @ w @ turn.T for w in weights[1:-1]), weights[-1] @ turn.T]
    choices = {"parameterisation": "mupc", "skip": skip, "activation": activation}
    other = Network.from_weights(turned, **choices)

    before, after = (n.relax(x, y, n_steps=9, activity_lr=0.3) for n in (net, other))
    np.testing.assert_allclose(after.layer_energies, before.layer_energies, rtol=1e-10, atol=1e-20)
    spectra = [
        np.linalg.eigvalsh(theory.activity_hessian(n, x=x[0], y=y[0], activities=[z[0] for z in r.activities]))
        for n, r in ((net, before), (other, after))
    ]
    np.testing.assert_allclose(spectra[1], spectra[0], rtol=1e-10)
    conditions = [np.abs(spectrum).max() / np.abs(spectrum).min() for spectrum in spectra]
    assert conditions[1] == pytest.approx(conditions[0], rel=1e-10)
    if activation == "linear":
        settled = [theory.equilibrium(n, x, y) for n in (net, other)]
        assert float(settled[1].energy) == pytest.approx(float(settled[0].energy), rel=1e-10)


def test_without_skips_each_hidden_layer_has_an_order_of_its_own():
    """T19: each layer's units may be listed as one likes, for only a skip ties the order of a layer to that of the next."""
    net = draw_network(9)
    x, y = draw_batch(9, net)
    rng = np.random.default_rng(9)
    turns = [np.eye(net.width)[rng.permutation(net.width)] * rng.choice([-1.0, 1.0], net.width) for _ in range(net.depth - 1)]
    sides = zip([*turns, np.eye(3)], [np.eye(4), *turns], net.by_layer(net.weights), strict=True)
    other = Network.from_weights([up @ w @ down.T for up, down, w in sides], parameterisation="mupc")
    before, after = (theory.equilibrium(n, x, y) for n in (net, other))
    np.testing.assert_allclose(after.layer_energies, before.layer_energies, rtol=1e-10)
    spectra = [np.linalg.eigvalsh(theory.activity_hessian(n)) for n in (net, other)]
    np.testing.assert_allclose(spectra[1], spectra[0], rtol=1e-10)


@pytest.mark.parametrize(("activation", "position", "loss"), KINDS)
def test_at_a_given_point_the_hessian_of_any_network_is_the_second_derivative(activation, position, loss):
    """Away from linear networks the curvature belongs to a point, and must be that point's."""
    net = draw_network(5, skip=True, activation=activation, activation_position=position, loss=loss, output_precision=2.5)
    x, y = draw_batch(5, net, one_hot=loss == "ce")
    z = draw_activities(5, net)
    hessian = theory.activity_hessian(net, x=x[0], y=y[0], activities=[activity[0] for activity in z])
    np.testing.assert_allclose(hessian, autodiff_hessian(net, x, y, z), atol=1e-10)


@pytest.mark.parametrize(("activation", "position", "loss"), [("linear", "before", "mse"), *KINDS])
def test_the_stable_rate_is_two_over_the_largest_curvature_of_the_worst_sample(activation, position, loss):
    """The tick on the slider is found without a matrix; it must be the one that the matrix has."""
    net = draw_network(6, "ntp", skip=True, activation=activation, activation_position=position, loss=loss)
    x, y = draw_batch(6, net, one_hot=loss == "ce")
    largest = np.abs(spectra_of_samples(net, x, y)).max()
    assert theory.max_stable_activity_lr(net, x, y) == pytest.approx(2 / largest, rel=1e-5)


@pytest.mark.parametrize("side", [-1, 1])
def test_the_stable_rate_sees_curvature_that_points_down(side):
    """With a large output error the energy may curve down more than up; the rate is bounded by the larger of the two."""
    net = draw_network(7, "sp", depth=2, activation="tanh")
    x, _ = draw_batch(7, net)
    activities, prediction = net.feedforward(x)
    y = prediction + side * 300 * jnp.tanh(activities[0]) @ net.weights.readout.T
    spectra = spectra_of_samples(net, x, y)
    assert spectra.min() < -10
    assert spectra.max() > 10
    assert theory.max_stable_activity_lr(net, x, y) == pytest.approx(2 / np.abs(spectra).max(), rel=1e-5)


def test_a_hessian_without_a_point_or_too_large_is_refused_with_a_sentence():
    """A dense matrix of a deep wide network would take the machine's memory with it."""
    net = draw_network(8, activation="tanh")
    x, y = draw_batch(8, net)
    with pytest.raises(PcvizError, match="`x`, `y` and `activities`"):
        theory.activity_hessian(net)
    with pytest.raises(PcvizError, match="5 samples"):
        theory.activity_hessian(net, x=x, y=y, activities=draw_activities(8, net))
    large = Network.from_weights(draw_weights(8, "sp", depth=52, width=40))
    with pytest.raises(PcvizError, match="2040 hidden units is too large; 2000 is the most"):
        theory.activity_hessian(large)
