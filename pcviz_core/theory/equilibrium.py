"""Where inference settles in a deep linear network, in one forward sweep (docs/theory.md §2.1)."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pcviz_core.network import Network, Outputs, PerLayer, Rows
from pcviz_core.theory.linear import downstream_maps, require_linear, rescaling


class Equilibrium(NamedTuple):
    """The unique minimum of the energy over activities, for given weights.

    `energy` is F*, the batch mean; `rescaling` is S (K, K), so that F* is the loss with the output error r replaced by
    S^{−1/2} r; `activities` are z*_1..z*_{L−1}, each (batch, width); `layer_energies` are F*_1..F*_L and sum to `energy`.
    """

    energy: Float[Array, ""]
    rescaling: Float[Array, "outputs outputs"]
    activities: list[Array]
    layer_energies: PerLayer


class EquilibriumRows(NamedTuple):
    """The same for a padded network, inside compiled code: activities by row, energies of the rows and then the output."""

    rescaling: Float[Array, "outputs outputs"]
    activities: Rows
    layer_energies: PerLayer


def equilibrium(net: Network, x: Any, y: Any) -> Equilibrium:
    """The equilibrium of a linear network with squared output error, clamped to the batch (x, y).

    Raises:
        PcvizError: if the network is not linear, or its output energy is not the squared error.
    """
    require_linear(net, "The equilibrium")
    x, y = net.samples(x, y)
    rows = equilibrium_rows(net, net.predict_first(x), y)
    layer_energies = rows.layer_energies[int(net.first) :]
    return Equilibrium(layer_energies.sum(), rows.rescaling, net.unstack(rows.activities), layer_energies)


@eqx.filter_jit
def equilibrium_rows(net: Network, first_prediction: Float[Array, "batch width"], y: Outputs) -> EquilibriumRows:
    r"""`equilibrium` without its checks, for compiled code.

    With the feedforward residual r and $μ = S^{-1} r$: errors $ε_l = Q_l^T μ$ and $ε_L = μ/λ$ (2.3), and
    $z_l = B_l z_{l-1} + Q_l^T μ$ upwards from $z_0 = x$ (2.5).
    """
    downstream = downstream_maps(net)
    s = rescaling(net, downstream)
    residual = y - first_prediction @ jnp.take(downstream, net.first, axis=0).T
    factor = jax.scipy.linalg.cho_factor(s)
    mu = jax.scipy.linalg.cho_solve(factor, residual.T).T
    errors = jnp.einsum("bk,lkn->lbn", mu, downstream)

    hidden = 0.5 * jnp.einsum("lbn,lbn->l", errors, errors) / y.shape[0]
    output = 0.5 * jnp.sum(mu**2) / (net.output_precision * y.shape[0])
    return EquilibriumRows(s, net.sweep(first_prediction, errors), jnp.concatenate([hidden, output[None]]))
