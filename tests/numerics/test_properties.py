"""What holds for any network at all: symmetries, sums, derivatives, padding. Small random networks of every kind.

They run without compiling, operation by operation: there are many kinds of network and each is used once.
"""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from pcviz_core import Network
from tests.numerics.nets import draw_activities, draw_batch, flat, padded
from tests.strategies import networks

# Drawn anew in each run: a failure prints the network. The fixtures are the same for every example.
few = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
pytestmark = pytest.mark.usefixtures("float64", "without_compiling")

ODD = ("linear", "tanh")
Drawn = tuple[Network, dict[str, Any], int]


@pytest.fixture
def without_compiling() -> Iterator[None]:
    with jax.disable_jit():
        yield


def data_for(net: Network, choices: dict[str, Any], seed: int) -> tuple[jax.Array, jax.Array, list[jax.Array]]:
    """Inputs, targets, and activities far from any equilibrium: three samples."""
    return *draw_batch(seed, net, 3, one_hot=choices["loss"] == "ce"), draw_activities(seed, net, 3)


def assert_near(actual: Any, expected: Any) -> None:
    """Equal but for rounding, against the largest number there is."""
    actual, expected = flat(actual), flat(expected)
    assert np.abs(actual - expected).max() <= 1e-11 * (1 + np.abs(expected).max())


def all_numbers(net: Network, x: Any, y: Any, z: list[jax.Array]) -> list[Any]:
    """Energies, and activity gradients per sample."""
    return [net.layer_energies(z, x, y), *(len(x) * g for g in net.activity_gradients(z, x, y))]


@few
@given(drawn=networks())
def test_energies_and_gradients_are_one_function_and_its_derivatives(drawn: Drawn) -> None:
    """If this fails, inference or learning does not go down the energy that is drawn; layers' energies no longer add up to it."""
    net, choices, seed = drawn
    x, y, z = data_for(net, choices, seed)

    def energy(activities: list[jax.Array], weights: list[jax.Array]) -> jax.Array:
        """(0.1) and (0.2) of docs/theory.md, written out."""
        phi, before = net.kind.phi, choices["activation_position"] == "before"
        total, below = jnp.zeros(()), x
        for layer, (a, w) in enumerate(zip(net.forward_multipliers, weights, strict=True), start=1):
            is_first, is_last = layer == 1, layer == len(weights)
            p = a * (phi(below) if before and not is_first else below) @ w.T
            p = p if before or is_last else phi(p)
            if choices["skip"] and not is_first and not is_last:
                p = p + below
            if is_last:
                cost = 0.5 * (y - p) ** 2 if choices["loss"] == "mse" else -y * jax.nn.log_softmax(p)
                total = total + choices["output_precision"] * cost.sum() / len(x)
            else:
                total, below = total + 0.5 * ((activities[layer - 1] - p) ** 2).sum() / len(x), activities[layer - 1]
        return total

    energies = net.layer_energies(z, x, y)
    by_activity, by_weight = jax.grad(energy, (0, 1))(z, net.by_layer(net.weights))
    assert_near([energies.sum()], [energy(z, net.by_layer(net.weights))])
    assert (np.asarray(energies) >= 0).all()
    assert_near(net.activity_gradients(z, x, y), by_activity)
    assert_near(net.weight_gradients(z, x, y), by_weight)


@few
@given(drawn=networks())
def test_a_batch_twice_over_is_the_batch(drawn: Drawn) -> None:
    """If this fails, a rate means something else when the viewer changes the batch size."""
    net, choices, seed = drawn
    x, y, z = data_for(net, choices, seed)
    xx, yy, *zz = (jnp.tile(a, (2, 1)) for a in (x, y, *z))
    once, twice = all_numbers(net, x, y, z), all_numbers(net, xx, yy, zz)
    assert_near(twice, [once[0], *(jnp.tile(g, (2, 1)) for g in once[1:])])
    assert_near(net.weight_gradients(zz, xx, yy), net.weight_gradients(z, x, y))


def turned(net: Network, choices: dict[str, Any], turn: np.ndarray, inputs: np.ndarray) -> Network:
    """The network with one orthogonal change of its hidden units, and one of its inputs."""
    first, *blocks, last = net.by_layer(net.weights)
    return Network.from_weights([turn @ first @ inputs.T, *(turn @ w @ turn.T for w in blocks), last @ turn.T], **choices)


@few
@given(drawn=networks())
def test_neither_hidden_units_nor_inputs_have_an_order(drawn: Drawn) -> None:
    """If this fails, which pixel or unit comes first shows in a curve that is drawn per layer."""
    net, choices, seed = drawn
    x, y, z = data_for(net, choices, seed)
    rng = np.random.default_rng(seed)
    units, inputs = (np.eye(n)[rng.permutation(n)] for n in (net.width, x.shape[1]))
    other = turned(net, choices, units, inputs)
    before, after = all_numbers(net, x, y, z), all_numbers(other, x @ inputs.T, y, [a @ units.T for a in z])
    assert_near(after, [before[0], *(g @ units.T for g in before[1:])])


@few
@given(drawn=networks(ODD))
def test_units_of_an_odd_activation_have_no_sign(drawn: Drawn) -> None:
    """If this fails, something is not odd that should be: a stray offset, a rectified error."""
    net, choices, seed = drawn
    x, y, z = data_for(net, choices, seed)
    signs = np.diag(np.random.default_rng(seed).choice([-1.0, 1.0], net.width))
    before, after = all_numbers(net, x, y, z), all_numbers(
        turned(net, choices, signs, np.eye(x.shape[1])), x, y, [a @ signs for a in z]
    )
    assert_near(after, [before[0], *(g @ signs for g in before[1:])])


@few
@given(drawn=networks())
def test_masked_depth_is_depth(drawn: Drawn) -> None:
    """If this fails, the compiled depth shows through the depth that was asked for."""
    net, choices, seed = drawn
    x, y, z = data_for(net, choices, seed)
    deep = padded(net, 2)
    assert_near(all_numbers(deep, x, y, z), all_numbers(net, x, y, z))
    assert_near(deep.weight_gradients(z, x, y), net.weight_gradients(z, x, y))
    assert_near(deep.loss_gradients(x, y), net.loss_gradients(x, y))
