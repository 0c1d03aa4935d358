"""The wavefront law (3.3): the first gradient of every layer is β^{L−l} times that of backpropagation (T11)."""

import numpy as np
import pytest

from pcviz_core import Experiment, theory
from tests.numerics.nets import cosine, distance, draw_batch, draw_network

quick = pytest.mark.usefixtures("float64", "quick_compile")


@quick
@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("position", ["before", "after"])
@pytest.mark.parametrize(("loss", "skip"), [("mse", False), ("ce", True), ("mse", True)])
def test_the_first_gradient_is_backpropagations_times_beta_to_the_layers_above(activation, position, loss, skip):
    """The panel's points lie on its line in every network, λ included; a sign or a layer off would show at once."""
    net = draw_network(1, skip=skip, activation=activation, activation_position=position, loss=loss, output_precision=2.5)
    x, y = draw_batch(1, net, one_hot=loss == "ce")
    backprop = net.loss_gradients(x, y)
    for rate in (0.3, 1.0):
        found = theory.first_gradients(net, x, y, activity_lr=rate)
        np.testing.assert_array_equal(found.arrival, net.depth - np.arange(1, net.depth + 1))
        for layer, (gradient, expected) in enumerate(zip(found.gradients, backprop, strict=True), start=1):
            assert distance([gradient], [rate ** (net.depth - layer) * expected]) < 1e-9, layer
        assert distance(found.backprop, backprop) < 1e-12


@quick
def test_the_first_gradient_is_that_of_a_relaxation_stopped_on_arrival():
    """The measurement follows the same relaxation as the run does: gradients of `relax` at t = L − l, layer by layer."""
    net = draw_network(2, "sp", skip=True, activation="tanh")
    x, y = draw_batch(2, net)
    found = theory.first_gradients(net, x, y, activity_lr=0.4)
    for layer in range(1, net.depth + 1):
        relaxed = net.relax(x, y, n_steps=net.depth - layer, activity_lr=0.4)
        gradient = net.weight_gradients(relaxed.activities, x, y)[layer - 1]
        assert distance([found.gradients[layer - 1]], [gradient]) < 1e-9


RUN = {"depth": 6, "width": 16, "batch_size": 32, "dataset": "digits", "n_inference_steps": 3}


@pytest.mark.parametrize("loss", ["mse", "ce"])
def test_at_rate_one_the_measurement_agrees_with_backpropagation_in_float32(loss):
    """Of a padded run: layer 1 first, norms of the first 16 samples, cosines 1."""
    run = Experiment(**RUN, activity_lr=1.0, loss=loss, activation="tanh", output_precision=2.0)
    found = run.measure("wavefront")
    x, y = (each[:16] for each in run.batch)
    norms = [np.linalg.norm(gradient) for gradient in run.network.loss_gradients(x, y)]
    np.testing.assert_allclose(found["first_gradient"], norms, rtol=1e-3)
    np.testing.assert_allclose(found["first_gradient_expected"], norms, rtol=1e-4)
    np.testing.assert_allclose(found["first_gradient_cosine"], 1, atol=1e-5)
    np.testing.assert_array_equal(found["wavefront_arrival"], [5, 4, 3, 2, 1, 0])
    np.testing.assert_array_equal(found["wavefront_expected"], [5, 4, 3, 2, 1, 0])
    np.testing.assert_allclose(found["wavefront"], [1, 6, 1.0, 5])


def test_a_slow_rate_loses_the_deep_layers_to_rounding_and_says_so():
    """β^{L−l} falls below what float32 keeps of the activities: a gap in the points, not points off the line."""
    run = Experiment(**{**RUN, "activity_lr": 0.003, "activation": "tanh"})
    found = run.measure("wavefront")
    lowest, exact, rate, steps = found["wavefront"]
    assert 1 < lowest <= 6
    assert (exact, rate, steps) == (7 - lowest, pytest.approx(0.003), 5)
    assert np.isnan(found["first_gradient"][0])
    assert np.isfinite(found["first_gradient_expected"]).all()
    kept = slice(int(lowest) - 1, None)
    np.testing.assert_allclose(found["first_gradient"][kept], found["first_gradient_expected"][kept], rtol=1e-2)
    assert cosine(found["first_gradient_cosine"][kept], np.ones(int(exact))) == pytest.approx(1)
