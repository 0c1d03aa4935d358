"""Energies and gradients of any network: what holds at the feedforward start and along a relaxation (T1, T10, T11)."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core import Network, theory
from pcviz_core.activations import ACTIVATIONS
from tests.numerics.nets import cosine, distance, draw_activities, draw_batch, draw_network, draw_weights, flat

pytestmark = pytest.mark.usefixtures("float64", "quick_compile")

KINDS = list(product(("tanh", "relu"), ("before", "after"), ("mse", "ce")))


@pytest.mark.parametrize("loss", ["mse", "ce"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_feedforward_start_has_all_its_energy_at_the_output(activation, loss):
    """T1: otherwise hidden bars would already stand at t = 0, before any error has travelled."""
    net = draw_network(1, skip=True, activation=activation, loss=loss, output_precision=2.5, gamma=0.7)
    x, y = draw_batch(1, net, one_hot=loss == "ce")
    activities, _ = net.feedforward(x)
    energies = net.layer_energies(activities, x, y)
    np.testing.assert_allclose(energies[:-1], 0, atol=1e-12)
    assert abs(energies[-1] - net.loss(x, y)) < 1e-12


@pytest.mark.parametrize(("activation", "position", "loss"), KINDS)
def test_gradients_are_the_derivatives_of_the_energy(activation, position, loss):
    """Inference and learning must go down the very energy that is drawn."""
    net = draw_network(2, skip=True, activation=activation, activation_position=position, loss=loss, output_precision=0.3)
    x, y = draw_batch(2, net, one_hot=loss == "ce")
    z = draw_activities(2, net)

    def energy(activities, weights):
        replaced = type(net).from_weights(
            weights,
            activation=activation,
            activation_position=position,
            parameterisation="mupc",
            skip=True,
            loss=loss,
            output_precision=0.3,
        )
        return replaced.layer_energies(activities, x, y).sum()

    by_activity, by_weight = jax.grad(energy, (0, 1))(z, net.by_layer(net.weights))
    assert distance(net.activity_gradients(z, x, y), by_activity) < 1e-12
    assert distance(net.weight_gradients(z, x, y), by_weight) < 1e-12


@pytest.mark.parametrize(("activation", "position", "loss"), KINDS)
def test_loss_gradients_are_the_derivatives_of_the_loss(activation, position, loss):
    """They are the backprop that everything is compared with."""
    choices = {"activation": activation, "activation_position": position, "loss": loss, "output_precision": 2.5}
    net = draw_network(3, skip=True, **choices)
    x, y = draw_batch(3, net, one_hot=loss == "ce")

    def feedforward_loss(weights):
        return type(net).from_weights(weights, parameterisation="mupc", skip=True, **choices).loss(x, y)

    expected = jax.jacfwd(feedforward_loss)(net.by_layer(net.weights))
    assert distance(net.loss_gradients(x, y), expected) < 1e-12


@pytest.mark.parametrize("activation", ["linear", "tanh"])
def test_the_activity_rate_does_not_depend_on_the_batch_size(activation):
    """T10: the same slider position must mean the same step when the viewer changes the batch."""
    net = draw_network(4, "sp", activation=activation)
    x, y = draw_batch(4, net, batch=3)
    once = net.relax(x, y, n_steps=12, activity_lr=0.2)
    repeated = net.relax(jnp.tile(x, (4, 1)), jnp.tile(y, (4, 1)), n_steps=12, activity_lr=0.2)
    np.testing.assert_allclose(repeated.layer_energies, once.layer_energies, rtol=1e-12, atol=1e-15)
    for many, few in zip(repeated.activities, once.activities, strict=True):
        np.testing.assert_allclose(many, jnp.tile(few, (4, 1)), rtol=1e-12, atol=1e-14)
    # In a library's units α = β B: the mean energy's gradient shrinks with the batch, and the rate grows with it.
    gradients = [n * flat(net.activity_gradients(r.activities, jnp.tile(x, (n // 3, 1)), jnp.tile(y, (n // 3, 1))))
                 for n, r in ((3, once), (12, repeated))]
    assert np.linalg.norm(gradients[1]) == pytest.approx(2 * np.linalg.norm(gradients[0]), rel=1e-12)


def test_a_step_in_activity_rate_times_batch_follows_the_gradient_of_the_mean_energy():
    """T10: β = α / B is the whole difference from libraries that quote a rate of the batch mean."""
    net = draw_network(5, "sp", activation="tanh")
    x, y = draw_batch(5, net)
    start, _ = net.feedforward(x)
    moved = net.relax(x, y, n_steps=1, activity_lr=0.2).activities
    expected = [z - 0.2 * len(x) * g for z, g in zip(start, net.activity_gradients(start, x, y), strict=True)]
    assert distance(moved, expected) < 1e-14


@pytest.mark.parametrize("beta", [0.3, 1.0])
@pytest.mark.parametrize(("activation", "position", "loss"), KINDS)
@pytest.mark.parametrize("skip", [False, True])
def test_the_error_reaches_one_more_layer_at_each_step_as_backprop_scaled_by_the_rate(activation, position, loss, skip, beta):
    """T11: the diagonal edge of the energy map. Ahead of it nothing moves; on it, learning is backprop times β^(L−l)."""
    depth = 6
    kind = {"activation": activation, "activation_position": position, "loss": loss}
    net = draw_network(6, "sp", skip=skip, depth=depth, output_precision=2.5, **kind)
    x, y = draw_batch(6, net, one_hot=loss == "ce")
    backprop = net.loss_gradients(x, y)
    for t in range(depth):
        gradients = net.weight_gradients(net.relax(x, y, n_steps=t, activity_lr=beta).activities, x, y)
        for ahead in gradients[: depth - 1 - t]:
            assert np.abs(ahead).max() <= 1e-14
        edge = depth - 1 - t
        assert distance([gradients[edge]], [beta**t * backprop[edge]]) < 1e-9


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("skip", [False, True])
def test_in_single_precision_a_full_rate_still_hands_backprop_on(activation, skip):
    """T11 as the page computes it: at β = 1 the error loses nothing on its way down, so that float32 keeps five digits of it."""
    depth = 6
    with jax.enable_x64(False):
        weights = [w.astype(np.float32) for w in draw_weights(6, "sp", depth=depth)]
        net = Network.from_weights(weights, activation=activation, skip=skip, output_precision=2.5)
        x, y = draw_batch(6, net)
        backprop = net.loss_gradients(x, y)
        for t in range(depth):
            gradients = net.weight_gradients(net.relax(x, y, n_steps=t, activity_lr=1.0).activities, x, y)
            edge = depth - 1 - t
            assert gradients[edge].dtype == jnp.float32
            assert distance([gradients[edge]], [backprop[edge]]) < 1e-5


def test_at_a_small_rate_the_edge_is_backprop_to_what_rounding_leaves_of_it():
    """T11: at β = 0.05 the error that reaches layer 1 is 3e-7 of the output's, and still has eight right digits."""
    net = draw_network(10, "sp", activation="tanh", output_precision=2.5)
    x, y = draw_batch(10, net)
    backprop = net.loss_gradients(x, y)
    for t in range(net.depth):
        gradients = net.weight_gradients(net.relax(x, y, n_steps=t, activity_lr=0.05).activities, x, y)
        edge = net.depth - 1 - t
        assert distance([gradients[edge]], [0.05**t * backprop[edge]]) < 1e-8


def test_layers_ahead_of_the_error_are_exactly_zero():
    """The page marks "not reached" by zero; a rounding error there would be drawn as signal."""
    net = draw_network(7, "ntp", depth=9, activation="tanh", skip=True)
    x, y = draw_batch(7, net)
    energies = np.asarray(net.relax(x, y, n_steps=8, activity_lr=0.2).layer_energies)
    for t, row in enumerate(energies):
        assert (row[: 9 - 1 - t] == 0).all()
        assert (row[9 - 1 - t :] > 0).all()


def test_the_forward_update_after_a_full_hand_over_is_backprop():
    """With every layer's rate 1 at its arrival and 0 elsewhere, the settled targets are backprop's (docs/theory.md §4.3)."""
    net = draw_network(8, skip=True, activation="tanh", output_precision=2.5)
    x, y = draw_batch(8, net)
    relaxation = net.relax(x, y, n_steps=6, schedule="spiking_rate", alpha=0.0)
    assert distance(net.forward_update(x, relaxation), net.loss_gradients(x, y)) < 1e-12


def test_longer_inference_turns_learning_towards_the_gradient_of_the_equilibrium():
    """Theory §3.4: what the alignment panel shows while t runs is a turn, that ends at equilibrium and not at backprop."""
    net = draw_network(9, "sp")
    x, y = draw_batch(9, net)
    settled = net.weight_gradients(theory.equilibrium(net, x, y).activities, x, y)
    learning = [net.weight_gradients(net.relax(x, y, n_steps=t, activity_lr=0.2).activities, x, y) for t in (0, 3, 10, 100, 2000)]
    alignment = [cosine(gradients, settled) for gradients in learning]
    assert alignment == sorted(alignment)
    assert alignment[-1] > 1 - 1e-6
    assert cosine(learning[-1], net.loss_gradients(x, y)) < 0.95
