"""Inference as one trust-region step from the feedforward pass (arXiv 2305.18188; docs/theory.md §3.5)."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pcviz_core.network import Network, Rows
from pcviz_core.theory.inverse import inverse_hessian


class TrustRegion(NamedTuple):
    """Where the second-order expansion around the feedforward pass has its minimum, and how deep it is there.

    `displacements` are Δ_1..Δ_{L−1}, each (batch, width): the equilibrium is about the feedforward pass plus Δ. `energy`
    estimates F*. Both are exact in a linear network with squared output error.
    """

    displacements: list[Array]
    energy: Float[Array, ""]


def trust_region(net: Network, x: Any, y: Any) -> TrustRegion:
    r"""$Δ = −I^{-1} g$ (3.4) and $F^* ≈ λ·loss + ½ ⟨g, Δ⟩$, the batch mean (3.5).

    g is the energy's gradient in the activities, not 0 in the last hidden layer alone; I = JᵀJ is the Fisher information of the
    generative model, the metric in which predictive coding trusts its steps.
    """
    rows, energy = _step(net, jnp.atleast_2d(jnp.asarray(x, net.dtype)), jnp.atleast_2d(jnp.asarray(y, net.dtype)))
    return TrustRegion(net.unstack(rows), energy)


@eqx.filter_jit
def _step(net: Network, x: Array, y: Array) -> tuple[Rows, Float[Array, ""]]:
    activities = net.feedforward_rows(x)
    view = net.view(activities, net.predict_first(x), y)

    def displacement(sample: tuple[Array, Array, Array]) -> Array:
        z, target, gradient = sample
        return -inverse_hessian(net, z, target, exact=False)(gradient)

    by_sample = jax.lax.map(displacement, (activities.swapaxes(0, 1), y, view.gradient.swapaxes(0, 1)))
    rows = by_sample.swapaxes(0, 1)
    return rows, view.layer_energies.sum() + 0.5 * jnp.sum(view.gradient * rows) / len(x)
