"""The energy with the errors as its variables and the activities by a forward sweep (docs/theory.md §2.5)."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pcviz_core.network import Network, Outputs, Rows
from pcviz_core.theory.stability import GradientField


def error_gradient(net: Network, first_prediction: Float[Array, "batch width"], y: Outputs, errors: Rows) -> Rows:
    """dE/dε_l = ε_l − δ_l of one sample's energy, with the backprop deltas at the activities that have these errors."""
    activities = net.sweep(first_prediction, errors)
    return errors - net.backprop_errors(activities, net.output_error(net.predict_output(activities[-1]), y))


def error_gradient_field(net: Network, first_prediction: Float[Array, "batch width"], y: Outputs) -> GradientField:
    """That gradient at ε = 0, the feedforward pass."""
    start = jnp.zeros((net.rows, *first_prediction.shape), first_prediction.dtype)
    return GradientField(lambda errors: error_gradient(net, first_prediction, y, errors), start)
