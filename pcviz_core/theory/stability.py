"""How large an inference step may be: 2 / λ of the activity Hessian, without ever building it (docs/theory.md §2.2)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pcviz_core.network import Network, Outputs, Rows
from pcviz_core.theory.spectrum import Eigenpair, leading_eigenvalue


def max_stable_activity_lr(net: Network, x: Any, y: Any, *, tolerance: float = 1e-4, max_steps: int = 1000) -> float:
    """2 / |λ|max: the per-sample rate above which gradient descent on the activities diverges.

    λ is the eigenvalue of largest magnitude of any sample's activity Hessian at the feedforward pass of the batch x, y. It is the
    exact limit for a linear network with squared output error, whose Hessian is the same everywhere; for others it is the limit
    near that point. Without momentum; heavy-ball multiplies it by 1 + μ. A `tolerance` of 1e-4 bounds the relative error by
    that, and in practice by its square.
    """
    x, y = samples_with_own_hessian(net, x, y)
    return float(2 / jnp.max(_curvature_at_feedforward(net, x, y, tolerance, max_steps)))


def samples_with_own_hessian(net: Network, x: Any, y: Any) -> tuple[Array, Array]:
    """The samples whose Hessians need looking at: all, or one where the Hessian does not depend on the data."""
    x, y = net.samples(x, y)
    is_constant = net.activation_name == "linear" and net.loss_name == "mse"
    return (x[:1], y[:1]) if is_constant else (x, y)


@eqx.filter_jit
def _curvature_at_feedforward(
    net: Network, x: Array, y: Array, tolerance: Float[Array, ""] | float, max_steps: int
) -> Float[Array, " batch"]:
    field = activity_gradient_field(net, net.predict_first(x), y)
    return largest_curvature(field, starting_vectors(net, len(x)), tolerance, max_steps).value


class GradientField(NamedTuple):
    """The energy's gradient by the variables that inference moves, and the point at which its Hessian is taken."""

    gradient: Callable[[Rows], Rows]
    point: Rows


def activity_gradient_field(net: Network, first_prediction: Float[Array, "batch width"], y: Outputs) -> GradientField:
    """The gradient by the activities, at the feedforward pass."""
    return GradientField(lambda z: net.view(z, first_prediction, y).gradient, net.sweep(first_prediction))


def largest_curvature(
    field: GradientField,
    start: Rows,
    tolerance: Float[Array, ""] | float,
    max_steps: Array | int,
) -> Eigenpair:
    """The largest |λ| of each sample's Hessian at the field's point, with its vector, for compiled code.

    Started from `starting_vectors`, or from the last answer's `vector` when little has changed since, which takes few steps.
    Each step takes two Hessian products, because it is the square of the Hessian that is searched: far from equilibrium the
    energy of a non-linear network may curve down more than up, and the square's leading eigenvalue sees both.
    """
    _, product = jax.linearize(field.gradient, field.point)
    square = leading_eigenvalue(lambda v: product(product(v)), start, tolerance, max_steps)
    value = jnp.sqrt(square.value)
    return square._replace(value=value, residual=square.residual / value)


def starting_vectors(net: Network, batch: int) -> Rows:
    """Fixed random vectors to start from, 0 in padding rows: no eigenvector is likely to be missing from them."""
    vectors = jax.random.normal(jax.random.key(0), (net.rows, batch, net.width), net.dtype)
    return jnp.where((jnp.arange(net.rows, dtype=net.first.dtype) >= net.first)[:, None, None], vectors, 0.0)
