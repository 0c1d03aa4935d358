"""The equilibrium of deep linear networks: its closed form, and inference that settles on it (T2, T3, T7–T9, T12, T15, T24)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core import Network, PcvizError, theory
from pcviz_core.theory.linear import downstream_maps
from tests.numerics.nets import LINEAR_FAMILY, cosine, distance, draw_batch, draw_network, flat

pytestmark = pytest.mark.usefixtures("float64", "quick_compile")


def test_the_smallest_network_settles_where_a_pencil_says():
    """T24: x = 1, W_1 = 2, W_2 = 3, y = 1 gives r = −5, S = 10, F* = 1.25, z* = 0.5."""
    net = Network.from_weights([np.array([[2.0]]), np.array([[3.0]])])
    settled = theory.equilibrium(net, [[1.0]], [[1.0]])
    assert settled.rescaling == pytest.approx(np.array([[10.0]]))
    assert settled.energy == pytest.approx(1.25)
    assert settled.activities[0] == pytest.approx(np.array([[0.5]]))
    assert settled.layer_energies == pytest.approx(np.array([1.125, 0.125]))


@pytest.mark.parametrize(("parameterisation", "skip", "gamma", "precision"), LINEAR_FAMILY)
def test_the_closed_form_is_the_minimum_of_the_energy(parameterisation, skip, gamma, precision):
    """T2, T8: the mark "here inference ends" must sit at the bottom of the energy, in total and layer by layer."""
    net = draw_network(1, parameterisation, skip=skip, gamma=gamma, output_precision=precision)
    x, y = draw_batch(1, net)
    settled = theory.equilibrium(net, x, y)
    energies = net.layer_energies(settled.activities, x, y)
    residual = y - net.feedforward(x)[1]
    by_rescaling = jnp.sum(residual * jnp.linalg.solve(settled.rescaling, residual.T).T) / (2 * len(x))
    assert energies.sum() == pytest.approx(float(by_rescaling), rel=1e-10)
    assert settled.layer_energies.sum() == pytest.approx(float(by_rescaling), rel=1e-12)
    assert settled.energy == pytest.approx(float(by_rescaling), rel=1e-12)
    np.testing.assert_allclose(settled.layer_energies, energies, atol=1e-12)
    assert (np.asarray(settled.layer_energies) >= 0).all()
    assert np.linalg.norm(flat(net.activity_gradients(settled.activities, x, y))) <= 1e-10


@pytest.mark.parametrize(("parameterisation", "skip", "gamma", "precision"), LINEAR_FAMILY)
def test_the_settled_energy_lies_between_the_bounds_that_the_rescaling_sets(parameterisation, skip, gamma, precision):
    """T15: F* ≤ λ·loss, and their ratio is within the spectrum of λS: what "gap closed" is a fraction of."""
    net = draw_network(2, parameterisation, skip=skip, gamma=gamma, output_precision=precision)
    x, y = draw_batch(2, net)
    settled = theory.equilibrium(net, x, y)
    loss, spectrum = float(net.loss(x, y)), precision * np.linalg.eigvalsh(settled.rescaling)
    assert settled.energy <= loss * (1 + 1e-12)
    assert spectrum[0] * (1 - 1e-12) <= loss / settled.energy <= spectrum[-1] * (1 + 1e-12)


@pytest.mark.parametrize(("parameterisation", "skip", "gamma", "precision"), LINEAR_FAMILY[::5])
def test_local_learning_at_equilibrium_descends_the_settled_energy(parameterisation, skip, gamma, precision):
    """T7: weights that learn from settled errors follow the gradient of F*, which is what the theory panel plots."""
    choices = {"parameterisation": parameterisation, "skip": skip, "gamma": gamma, "output_precision": precision}
    net = draw_network(3, **choices)
    x, y = draw_batch(3, net)

    def settled_energy(weights):
        return theory.equilibrium(Network.from_weights(weights, **choices), x, y).energy

    expected = jax.grad(settled_energy)(net.by_layer(net.weights))
    settled = theory.equilibrium(net, x, y)
    assert distance(net.weight_gradients(settled.activities, x, y), expected) < 1e-9
    # (2.6): backprop with the output error preconditioned by S, and settled presynaptic activities.
    mu = jnp.linalg.solve(settled.rescaling, (y - net.feedforward(x)[1]).T).T
    errors, below = [*(mu @ q for q in downstream_maps(net)), mu], [x, *settled.activities]
    by_hand = [-a * e.T @ z / len(x) for a, e, z in zip(net.forward_multipliers, errors, below, strict=True)]
    assert distance(by_hand, expected) < 1e-9


@pytest.mark.parametrize(
    ("name", "skip"), [("sp", False), ("sp_uniform", False), ("sp_uniform", True), ("ntp", True), ("mupc", False), ("mupc", True)]
)
def test_inference_below_the_stable_rate_settles_on_the_closed_form(name, skip):
    """T3, T9: the energy must fall at every step, down to the mark; otherwise the page shows a network that cannot be."""
    net = draw_network(4, name, skip=skip)
    x, y = draw_batch(4, net)
    spectrum = np.linalg.eigvalsh(theory.activity_hessian(net))
    n_steps = int(15 * spectrum[-1] / spectrum[0])
    relaxation = net.relax(x, y, n_steps=n_steps, activity_lr=0.9 * theory.max_stable_activity_lr(net, x, y))
    total = np.asarray(relaxation.layer_energies.sum(axis=1))
    settled = theory.equilibrium(net, x, y)
    assert (np.diff(total) <= 1e-12 * total[0]).all()
    assert total[-1] == pytest.approx(float(settled.energy), rel=1e-4)
    np.testing.assert_allclose(relaxation.layer_energies[-1], settled.layer_energies, rtol=1e-3)


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize("name", ["sp", "sp_uniform", "ntp", "mupc"])
def test_inference_just_above_the_stable_rate_diverges(name, skip):
    """T9: the tick on the activity rate's slider must be where the network breaks, within one per cent."""
    net = draw_network(5, name, skip=skip)
    x, y = draw_batch(5, net)
    limit = theory.max_stable_activity_lr(net, x, y)
    stable = np.asarray(net.relax(x, y, n_steps=200, activity_lr=0.99 * limit).layer_energies.sum(axis=1))
    assert (np.diff(stable) <= 1e-12 * stable[0]).all()
    unstable = np.asarray(net.relax(x, y, n_steps=1000, activity_lr=1.01 * limit).layer_energies.sum(axis=1))
    assert not unstable[-1] <= 1e3 * unstable[0]


@pytest.mark.parametrize(("name", "skip"), [("sp", False), ("sp", True), ("mupc", True)])
def test_a_vanishing_output_precision_turns_learning_into_backprop(name, skip):
    """T12: the output precision is the knob from predictive coding to backprop; at its low end the two must meet."""

    def difference(precision):
        net = draw_network(6, name, skip=skip, depth=4, width=16, output_precision=precision)
        x, y = draw_batch(6, net)
        learning = net.weight_gradients(theory.equilibrium(net, x, y).activities, x, y)
        backprop = net.loss_gradients(x, y)  # both include the precision
        assert cosine(learning, backprop) > 0.9999
        return distance(learning, backprop)

    near, nearer = difference(1e-4), difference(1e-5)
    assert near < 5e-3
    assert nearer == pytest.approx(near / 10, rel=0.02)


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ({"activation": "tanh"}, "`activation` is 'linear'; this network's is 'tanh'"),
        ({"activation_position": "after"}, "`activation_position` is 'before'; this network's is 'after'"),
        ({"loss": "ce"}, "`loss` is 'mse'; this network's is 'ce'"),
    ],
)
def test_a_network_without_a_closed_form_is_refused_with_a_sentence(choice, says):
    """A curve from the wrong formula would look like any other curve."""
    net = draw_network(7, **choice)
    x, y = draw_batch(7, net)
    with pytest.raises(PcvizError, match=says):
        theory.equilibrium(net, x, y)
    with pytest.raises(PcvizError, match=says):
        theory.activity_hessian(net)


def test_biases_are_refused_where_they_move_the_answer_and_allowed_where_they_do_not():
    """They shift where inference ends, and leave the curvature on the way there as it is."""
    without = draw_network(9)
    weights, rng = without.by_layer(without.weights), np.random.default_rng(9)
    net = Network.from_weights(weights, parameterisation="mupc", biases=[rng.normal(size=len(w)) for w in weights])
    x, y = draw_batch(9, net)
    with pytest.raises(PcvizError, match="only for networks without biases; this one has them"):
        theory.equilibrium(net, x, y)
    np.testing.assert_array_equal(theory.activity_hessian(net), theory.activity_hessian(without))
    settled = net.relax(x, y, n_steps=1, activity_lr=0.0).activities
    at = [z[0] + d[0] for z, d in zip(settled, theory.trust_region(net, x, y).displacements, strict=True)]
    at_minimum = net.activity_gradients([z[None] for z in at], x[:1], y[:1])
    np.testing.assert_allclose(flat(at_minimum), 0, atol=1e-12)


@pytest.mark.parametrize(("parameterisation", "skip", "gamma", "precision"), LINEAR_FAMILY)
def test_the_closed_form_keeps_float32_and_its_accuracy(parameterisation, skip, gamma, precision):
    """T2 in single precision, as the live mark is computed: it may not stray by more than a line's thickness."""
    choices = {"skip": skip, "gamma": gamma, "output_precision": precision}
    double = draw_network(8, parameterisation, **choices)
    x, y = draw_batch(8, double)
    exact = theory.equilibrium(double, x, y)
    with jax.enable_x64(False):
        weights = [np.asarray(w, np.float32) for w in double.by_layer(double.weights)]
        net = Network.from_weights(weights, parameterisation=parameterisation, **choices)
        settled = theory.equilibrium(net, np.asarray(x), np.asarray(y))
        assert settled.energy.dtype == jnp.float32
        assert float(settled.energy) == pytest.approx(float(exact.energy), rel=1e-5)
        gradients = net.activity_gradients(settled.activities, np.asarray(x), np.asarray(y))
        assert np.linalg.norm(flat(gradients)) < 1e-4
