"""The knob between backprop and hard clamping: a linear network's learning at equilibrium, by output precision (§2.1)."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pcviz_core import arguments
from pcviz_core.network import Network, Weights
from pcviz_core.theory.linear import downstream_maps, require_linear

PerPrecision = Float[Array, " precisions"]


class PrecisionPath(NamedTuple):
    """For each output precision λ: the cosines of ∇F*(λ) with backprop and with λ → ∞, and F* / (λ·loss).

    At λ → 0 they are 1, the cosine of backprop with hard clamping, and 1.
    """

    with_backprop: PerPrecision
    with_clamped: PerPrecision
    energy_share: PerPrecision


def precision_path(net: Network, x: Any, y: Any, precisions: Any) -> PrecisionPath:
    """∇F* of a linear network at equilibrium, at each of `precisions` in the place of its own.

    Raises:
        PcvizError: if the network is not linear, or its output energy is not the squared error.
    """
    require_linear(net, "The way from backprop to hard clamping")
    return precision_path_rows(net, *net.samples(x, y), arguments.array("precisions", precisions, net.dtype, finite=False))


@eqx.filter_jit
def precision_path_rows(net: Network, x: Array, y: Array, precisions: PerPrecision) -> PrecisionPath:
    """`precision_path` for compiled code.

    All of it in the eigenvectors of Σ Q_l Q_lᵀ, so that λ = ∞ is a precision like another. An output that no hidden layer can
    reach has eigenvalue 0; it is taken as the largest one's rounding, since clamping such an output has no limit.
    """
    net = eqx.tree_at(lambda n: n.output_precision, net, jnp.ones((), net.dtype))
    first, downstream = net.predict_first(x), downstream_maps(net)
    residual = y - net.predict_output(net.sweep(first)[-1])
    values, vectors = jnp.linalg.eigh(jnp.einsum("lkn,ljn->kj", downstream, downstream))
    values = jnp.maximum(values, jnp.finfo(net.dtype).eps * values[-1])
    parts = residual @ vectors

    def gradient(mu: Array, moved: bool = True) -> Weights:
        """Its direction, at a size that single precision can square."""
        errors, largest = jnp.einsum("bk,lkn->lbn", mu, downstream), jnp.max(jnp.abs(mu))
        activities = net.sweep(first, errors if moved else None)
        return net.weight_gradient(x, activities, errors / largest, mu / largest)

    backprop = gradient(residual, moved=False)
    clamped = gradient(parts / values[None] @ vectors.T)
    to_backprop, to_clamped = (_dot(way, way) for way in (backprop, clamped))

    def at(precision: Array) -> tuple[Array, Array, Array]:
        kept = (1 / precision / (1 / precision + values))[None]
        learning = gradient(precision * parts * kept @ vectors.T)
        length = _dot(learning, learning)
        share = jnp.sum(kept * parts**2) / jnp.sum(parts**2)
        return (
            _dot(learning, backprop) / jnp.sqrt(length * to_backprop),
            _dot(learning, clamped) / jnp.sqrt(length * to_clamped),
            share,
        )

    return PrecisionPath(*jax.lax.map(at, precisions))


def _dot(a: Weights, b: Weights) -> Array:
    return jnp.vdot(a.embed, b.embed) + jnp.vdot(a.blocks, b.blocks) + jnp.vdot(a.readout, b.readout)
