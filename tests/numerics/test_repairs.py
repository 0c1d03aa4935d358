"""Imbalance and its repairs, by what they come to exactly: the forward update, error-based inference, the energy's decades."""

from functools import cache

import numpy as np
import pytest

from pcviz_core import Network
from pcviz_core.datasets import DATASETS
from tests.numerics.nets import cosine, distance, draw_batch, draw_network, padded

pytestmark = pytest.mark.usefixtures("float64", "quick_compile")

KINDS = [
    ("linear", "before", "ce", True),
    ("tanh", "after", "mse", True),
    ("relu", "before", "mse", False),
    ("leaky_relu", "after", "ce", False),
    ("gelu", "after", "ce", True),
    ("silu", "before", "mse", True),
]
"""Activation, its position, the output energy, skips: each activation once, and each pair of the others."""


@pytest.mark.parametrize(("activation", "position", "loss", "skip"), KINDS)
def test_a_full_hand_over_makes_the_forward_update_backprop(activation, position, loss, skip):
    """With rate 1 at each layer's arrival and 0 elsewhere, whatever the network: the exact point that the repair aims at."""
    kind = {"activation": activation, "activation_position": position, "loss": loss}
    net = draw_network(1, "sp", skip=skip, depth=5, output_precision=2.5, **kind)
    x, y = draw_batch(1, net, one_hot=loss == "ce")
    backprop = net.loss_gradients(x, y)
    for n_steps in (net.depth - 1, net.depth, 2 * net.depth):
        relaxation = net.relax(x, y, n_steps=n_steps, schedule="spiking_rate", alpha=0.0)
        for layer, expected in zip(net.forward_update(x, relaxation), backprop, strict=True):
            assert distance([layer], [expected]) < 1e-12


@pytest.mark.parametrize(("activation", "position", "loss", "skip"), KINDS)
def test_the_first_step_on_errors_gives_exactly_the_deltas_of_backprop_times_the_rate(activation, position, loss, skip):
    """So "a few steps work" may only mean that a step is backprop; the two are compared here without any inference in between."""
    rate, kind = 0.3, {"activation": activation, "activation_position": position, "loss": loss}
    net = draw_network(2, "sp", skip=skip, depth=5, output_precision=2.5, **kind)
    x, y = draw_batch(2, net, one_hot=loss == "ce")
    rows = net.feedforward_rows(x)
    deltas = net.backprop_errors(rows, net.output_error(net.predict_output(rows[-1]), y))
    moved = net.stack(net.relax(x, y, n_steps=1, activity_lr=rate, algorithm="epc").activities)
    errors = [moved[0] - net.predict_first(x), *(moved[1:] - net.predict_blocks(moved[:-1]))]
    for error, delta in zip(errors, deltas, strict=True):
        assert distance([error], [rate * delta]) < 1e-12


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    data = DATASETS["digits"].load(0)
    return data.x_train[:256].astype(np.float64), data.y_train[:256].astype(np.float64)


def deep_tanh(seed: int, depth: int) -> Network:
    """64-64-…-10, tanh after the weights, N(0, 1/fan-in), in a stack of 15 layers: one compiled step serves all depths."""
    rng = np.random.default_rng([seed, depth])
    shapes = [(64, 64)] * (depth - 1) + [(10, 64)]
    weights = [rng.normal(size=shape) / np.sqrt(shape[1]) for shape in shapes]
    return padded(Network.from_weights(weights, activation="tanh", activation_position="after"), 15 - depth)


@pytest.mark.parametrize(
    ("decades", "options"),
    [
        ((7.0, 16.6, 26.6), {"activity_lr": 0.1}),
        ((2.3, 5.5, 8.3), {"activity_lr": 0.5}),
        ((3.3, 6.6, 10.1), {"activity_lr": 0.5, "schedule": "spiking", "alpha": 0.001}),
        ((-0.5, 0.1, 0.5), {"schedule": "spiking_rate", "alpha": 0.01}),
    ],
    ids=["slow", "fast", "spiking", "spiking-rate"],
)
def test_the_decades_between_the_last_and_the_first_layer_are_the_tabulated_ones(decades, options):
    """The imbalance that the page is about, and which repair mends it: T = L, digits, medians of eight networks."""
    x, y = digits()
    for depth, expected, within in zip((5, 10, 15), decades, (0.5, 0.5, 1.0), strict=True):
        found = []
        for seed in range(8):
            energies = np.asarray(deep_tanh(seed, depth).relax(x, y, n_steps=depth, **options).layer_energies[-1])
            found.append(np.log10(energies[-1] / energies[0]))
        assert np.median(found) == pytest.approx(expected, abs=within), f"L = {depth}"


@pytest.mark.parametrize("depth", [5, 10, 15])
def test_a_nearly_full_hand_over_makes_the_first_layers_update_nearly_backprop(depth):
    """α = 0.01 and T = L, the repair as it is used: the first layer learns in backprop's direction, at backprop's size."""
    x, y = digits()
    net = deep_tanh(0, depth)
    relaxation = net.relax(x, y, n_steps=depth, schedule="spiking_rate", alpha=0.01)
    first, backprop = net.forward_update(x, relaxation)[0], net.loss_gradients(x, y)[0]
    assert cosine([first], [backprop]) >= 0.999
    assert 0.97 <= np.linalg.norm(first) / np.linalg.norm(backprop) <= 1.03
