"""Inference as one trust-region step (T18)."""

import numpy as np
import pytest

from pcviz_core import theory
from tests.numerics.nets import LINEAR_FAMILY, distance, draw_batch, draw_network

pytestmark = pytest.mark.usefixtures("float64", "quick_compile")


@pytest.mark.parametrize(("parameterisation", "skip", "gamma", "precision"), LINEAR_FAMILY[::3])
def test_in_a_linear_network_the_step_is_the_whole_of_inference(parameterisation, skip, gamma, precision):
    """T18: the arrow that the panel draws from the feedforward pass must end at the equilibrium."""
    net = draw_network(1, parameterisation, skip=skip, gamma=gamma, output_precision=precision)
    x, y = draw_batch(1, net)
    settled, step = theory.equilibrium(net, x, y), theory.trust_region(net, x, y)
    start, _ = net.feedforward(x)
    assert distance(step.displacements, [z - s for z, s in zip(settled.activities, start, strict=True)]) < 1e-10
    assert float(step.energy) == pytest.approx(float(settled.energy), rel=1e-10)
    *below, last = net.activity_gradients(start, x, y)
    np.testing.assert_allclose(below, 0, atol=1e-13)
    assert np.abs(last).max() > 1e-6


@pytest.mark.parametrize("position", ["before", "after"])
def test_in_a_network_that_is_nearly_linear_the_step_is_nearly_the_whole_of_inference(position):
    """A small output error keeps tanh near the point of expansion: the estimate's error falls as its square."""

    def misses(error):
        net = draw_network(2, skip=True, activation="tanh", activation_position=position)
        x, y = draw_batch(2, net)
        start, prediction = net.feedforward(x)
        y = prediction + error * y
        settled = net.relax(x, y, n_steps=4000, activity_lr=0.3).activities
        moved = [z - s for z, s in zip(settled, start, strict=True)]
        return distance(theory.trust_region(net, x, y).displacements, moved)

    near, nearer = misses(0.1), misses(0.01)
    assert near < 0.1
    assert nearer == pytest.approx(near / 10, rel=0.3)
