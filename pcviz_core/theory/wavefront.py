"""The wavefront: when the error reaches each layer, and the weight gradient that it brings (docs/theory.md §3.4)."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pcviz_core.network import Network, Outputs, PerLayer, Rows, Weights


class FirstGradients(NamedTuple):
    """What one relaxation brings each layer at t = L − l, layer 1 first.

    `gradients` and `backprop` are lists of arrays like W_l, batch means, λ included: `gradients[l−1]` is `rate`^{L−l} times
    `backprop[l−1]`. `arrival` (L,) is the first t at which the layer had energy, NaN if it had none by t = L − 1.
    """

    gradients: list[Array]
    backprop: list[Array]
    arrival: PerLayer


class FirstGradientRows(NamedTuple):
    """The same for a padded network, inside compiled code; `energies` are those of the rows and the output at t = L − l."""

    gradients: Weights
    backprop: Weights
    arrival: PerLayer
    energies: PerLayer
    activities: Rows


def first_gradients(net: Network, x: Any, y: Any, *, activity_lr: float) -> FirstGradients:
    """Relax (x, y) by L − 1 steps of gradient descent from the feedforward pass, and take each layer's gradient on arrival."""
    x, y = net.samples(x, y)
    rows = first_gradient_rows(net, x, y, jnp.asarray(activity_lr, net.dtype))
    return FirstGradients(net.by_layer(rows.gradients), net.by_layer(rows.backprop), rows.arrival[int(net.first) :])


class _Wave(NamedTuple):
    t: Array
    activities: Rows
    gradient: Rows
    below: Rows
    """z_{l−1} as it was when layer l was reached, in the row of l − 1."""
    errors: Rows
    """ε_l as it was when layer l was reached."""
    energies: PerLayer
    arrival: PerLayer


@eqx.filter_jit
def first_gradient_rows(
    net: Network, x: Float[Array, "batch inputs"], y: Outputs, activity_lr: Float[Array, ""]
) -> FirstGradientRows:
    """The relaxation, nothing assumed of where it leads but that rounding ahead of the error is 0, as in the engine."""
    first_prediction, feedforward = net.predict_first(x), net.feedforward_rows(x)
    depth = net.rows - net.first + 1
    layers = jnp.arange(net.rows + 1, dtype=net.first.dtype) - net.first + 1

    def look(wave: _Wave) -> _Wave:
        reached = ((layers[:-1] >= depth - wave.t) & (layers[:-1] >= 1)).astype(net.dtype)
        view = net.view(wave.activities, first_prediction, y, None, reached)
        arriving = layers == depth - wave.t
        to_row, from_row = arriving[:-1, None, None], arriving[1:, None, None]
        is_new = jnp.isnan(wave.arrival) & (view.layer_energies > 0)
        return _Wave(
            wave.t,
            wave.activities,
            view.gradient,
            jnp.where(from_row, view.activities, wave.below),
            jnp.where(to_row, view.errors, wave.errors),
            jnp.where(arriving, view.layer_energies, wave.energies),
            jnp.where(is_new, wave.t.astype(net.dtype), wave.arrival),
        )

    def step(wave: _Wave) -> _Wave:
        return look(wave._replace(t=wave.t + 1, activities=wave.activities - activity_lr * wave.gradient))

    nothing, nowhere = jnp.zeros_like(feedforward), jnp.zeros(net.rows + 1, net.dtype)
    at_rest = _Wave(jnp.zeros_like(depth), feedforward, nothing, nothing, nothing, nowhere, jnp.full_like(nowhere, jnp.nan))
    # The first look is a step of the loop too, from t = −1 without a gradient: the loop's body is compiled once.
    end = jax.lax.while_loop(lambda wave: wave.t < depth - 1, step, at_rest._replace(t=at_rest.t - 1))

    output_error = net.output_error(net.predict_output(feedforward[-1]), y)
    deltas = net.backprop_errors(feedforward, output_error)
    return FirstGradientRows(
        net.weight_gradient(x, end.below, end.errors, output_error),
        net.weight_gradient(x, feedforward, deltas, output_error),
        end.arrival,
        end.energies,
        feedforward,
    )
