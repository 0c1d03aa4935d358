"""Inference as one trust-region step from the feedforward pass (arXiv 2305.18188; docs/theory.md §3.5).

The energy is expanded to second order around the feedforward activities, with the Fisher information I in the place of the
Hessian. There the errors are a chain and only the output is wrong, so no matrix of all units is needed: with the sample's own
downstream maps Q_l, the output's slope −u and curvature C by its prediction, and T = Σ Q_l Q_lᵀ, the errors of the step are
Q_lᵀ m, (I + C T) m = u. For the squared error that is m = S⁻¹ r, as at the equilibrium of a linear network.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pcviz_core.network import Network, Rows, Weights

Inputs = Float[Array, "batch inputs"]
Outputs = Float[Array, "batch outputs"]


class TrustRegion(NamedTuple):
    """Where the second-order expansion around the feedforward pass has its minimum, and how deep it is there.

    `displacements` are Δ_1..Δ_{L−1}, each (batch, width): the equilibrium is about the feedforward pass plus Δ. `energy`
    estimates F*. Both are exact in a linear network with squared output error.
    """

    displacements: list[Array]
    energy: Float[Array, ""]


class TrustRegionRows(NamedTuple):
    """The same for a padded network, inside compiled code, with the gradient g of the last hidden layer and λ·loss."""

    displacements: Rows
    energy: Float[Array, ""]
    gradient: Float[Array, "batch width"]
    loss: Float[Array, ""]


class Split(NamedTuple):
    """The gradient of F* in two parts, each [by W_1..by W_L]: that of λ·loss, and what the trust region adds to it."""

    backprop: list[Array]
    trust_region: list[Array]


def trust_region(net: Network, x: Any, y: Any) -> TrustRegion:
    r"""$Δ = −I^{-1} g$ (3.4) and $F^* ≈ λ·loss + ½ ⟨g, Δ⟩$, the batch mean (3.5).

    g is the energy's gradient in the activities, not 0 in the last hidden layer alone; I = JᵀJ is the Fisher information of the
    generative model, the metric in which predictive coding trusts its steps.
    """
    step = trust_region_rows(net, *net.samples(x, y))
    return TrustRegion(net.unstack(step.displacements), step.energy)


def trust_region_split(net: Network, x: Any, y: Any) -> Split:
    r"""$∇F^* = ∇(λ·loss) − ½ ∇⟨g^T I^{-1} g⟩$ (3.6): the backprop direction and the trust region's, both to descend.

    The second part is differentiated through g and I alike. In a linear network with squared output error the sum is the
    gradient at equilibrium (2.6); in any other it is that to second order.
    """
    _, backprop, added = step_and_split(net, *net.samples(x, y))
    return Split(net.by_layer(backprop), net.by_layer(added))


@eqx.filter_jit
def trust_region_rows(net: Network, x: Inputs, y: Outputs) -> TrustRegionRows:
    """`trust_region` for compiled code."""
    return _step(net, _expand(net, x, y))


@eqx.filter_jit
def step_and_split(net: Network, x: Inputs, y: Outputs) -> tuple[TrustRegionRows, Weights, Weights]:
    """`trust_region` and both parts of `trust_region_split` at once, for compiled code."""

    def lowering(weights: Weights) -> tuple[Array, _Expansion]:
        expansion = _expand(eqx.tree_at(lambda n: n.weights, net, weights), x, y)
        return _lowering(expansion), expansion

    slope, expansion = jax.grad(lowering, has_aux=True)(net.weights)
    feedforward = expansion.activities
    output_error = net.output_error(net.predict_output(feedforward[-1]), y)
    backprop = net.weight_gradient(x, feedforward, net.backprop_errors(feedforward, output_error), output_error)
    return _step(net, expansion), backprop, jax.tree.map(jnp.negative, slope)


class _Expansion(NamedTuple):
    activities: Rows
    downstream: Float[Array, "rows outputs batch width"]
    slope: Outputs
    """u, minus the gradient of one sample's output energy by its prediction: λ times the output error."""
    spread: Float[Array, "batch outputs outputs"]
    """T, what all hidden layers together can do to the output."""
    multiplier: Outputs
    loss: Float[Array, ""]


def _expand(net: Network, x: Inputs, y: Outputs) -> _Expansion:
    activities = _feedforward(net, net.predict_first(x))
    prediction = net.predict_output(activities[-1])

    def energy(prediction: Array, y: Array) -> Array:
        return net.output_energy(prediction[None], y[None])

    slope = -jax.vmap(jax.grad(energy))(prediction, y)
    curvature = jax.vmap(jax.hessian(energy))(prediction, y)
    downstream = _downstream(net, activities)
    spread = jnp.einsum("lkbn,ljbn->bkj", downstream, downstream)
    identity = jnp.eye(y.shape[1], dtype=net.dtype)[None]
    multiplier = jnp.linalg.solve(identity + curvature @ spread, slope[..., None])[..., 0]
    return _Expansion(activities, downstream, slope, spread, multiplier, net.output_energy(prediction, y))


def _step(net: Network, expansion: _Expansion) -> TrustRegionRows:
    errors = jnp.einsum("bk,lkbn->lbn", expansion.multiplier, expansion.downstream)
    gradient = -jnp.einsum("bk,kbn->bn", expansion.slope, expansion.downstream[-1])
    return TrustRegionRows(_carried(net, expansion.activities, errors), _energy(net, expansion), gradient, expansion.loss)


def _lowering(step: _Expansion) -> Float[Array, ""]:
    """½ ⟨gᵀ I⁻¹ g⟩ = ½ ⟨uᵀ T m⟩: by how much inference lowers the energy."""
    return 0.5 * jnp.mean(jnp.einsum("bk,bkj,bj->b", step.slope, step.spread, step.multiplier))


def _energy(net: Network, step: _Expansion) -> Float[Array, ""]:
    if net.kind.loss == "mse":  # ½ ⟨rᵀ S⁻¹ r⟩, which is the difference below without its rounding
        return 0.5 * jnp.mean(jnp.sum(step.slope * step.multiplier, -1)) / net.output_precision
    return step.loss - _lowering(step)


# Sweeps that can be differentiated, over all rows: those of `Network` start at the first real one, which cannot.


def _feedforward(net: Network, first_prediction: Float[Array, "batch width"]) -> Rows:
    is_first = jnp.arange(net.rows, dtype=net.first.dtype) == net.first

    def up(below: Array, row: tuple[Any, Array]) -> tuple[Array, Array]:
        leaves, is_first = row
        z = jnp.where(is_first, first_prediction, _block(net, leaves, below))
        return z, z

    start = jnp.where(is_first[0], first_prediction, jnp.zeros_like(first_prediction))
    _, rest = jax.lax.scan(up, start, (net._block_leaves(), is_first[1:]))
    return jnp.concatenate([start[None], rest])


def _downstream(net: Network, activities: Rows) -> Float[Array, "rows outputs batch width"]:
    """Q_l of each sample: how its output answers a small change of z_l."""
    outputs, batch = len(net.weights.readout), activities.shape[1]
    _, pull = jax.vjp(net.predict_output, activities[-1])
    each_output = jnp.broadcast_to(jnp.eye(outputs, dtype=net.dtype)[:, None], (outputs, batch, outputs))
    last = jax.vmap(lambda v: pull(v)[0])(each_output)

    def down(q: Array, row: tuple[Any, Array]) -> tuple[Array, Array]:
        leaves, below = row
        _, pull = jax.vjp(lambda z: _block(net, leaves, z), below)
        q = jax.vmap(lambda v: pull(v)[0])(q)
        return q, q

    _, rest = jax.lax.scan(down, last, (net._block_leaves(), activities[:-1]), reverse=True)
    return jnp.concatenate([rest, last[None]])


def _carried(net: Network, activities: Rows, errors: Rows) -> Rows:
    """The displacements that have these errors to first order: Δ_l = J_l Δ_{l−1} + e_l."""

    def up(below: Array, row: tuple[Any, Array, Array]) -> tuple[Array, Array]:
        leaves, z, error = row
        _, moved = jax.jvp(lambda z: _block(net, leaves, z), (z,), (below,))
        return moved + error, moved + error

    _, rest = jax.lax.scan(up, errors[0], (net._block_leaves(), activities[:-1], errors[1:]))
    return jnp.concatenate([errors[:1], rest])


def _block(net: Network, leaves: tuple[Array, ...], below: Float[Array, "batch width"]) -> Float[Array, "batch width"]:
    one = eqx.tree_at(lambda n: n._block_leaves(), net, tuple(leaf[None] for leaf in leaves))
    return one.predict_blocks(below[None])[0]
