"""Curvature of the equilibrium energy and of the loss in the weights, at the saddles where learning starts slowly.

For linear networks with multipliers 1, no skips and λ = 1 (arXiv 2408.11979; docs/theory.md §3). Covariances are uncentred,
Sxy = Xᵀ Y / B.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from pcviz_core import arguments
from pcviz_core.errors import PcvizError
from pcviz_core.network import Network
from pcviz_core.theory.linear import require_linear


class SaddleSpectra(NamedTuple):
    """All eigenvalues, ascending, of the Hessians of F* and of the loss in all the weights."""

    energy: Float[Array, " weights"]
    loss: Float[Array, " weights"]


class ZeroRankSaddle(NamedTuple):
    """Curvature of F* at a saddle where the readout and the map below it are 0.

    `readout_hessian` (K·N, K·N) is its block of the Hessian, rows of W_L in order. `steepest` is the most negative curvature in
    it, −λ_max(Syy)·λ_max(A): the whole Hessian's smallest eigenvalue is at most that, and so always negative.
    """

    readout_hessian: Float[Array, "weights weights"]
    steepest: Float[Array, ""]


def origin_spectra(x: Any, y: Any, *, depth: int, width: int) -> SaddleSpectra:
    """Spectra at the origin, exactly. The equilibrium energy has a way down at any depth, of curvature λ_max(Syy) or more.

    Of the loss, only networks of depth 2 have one; deeper ones are flat there to second order.
    """
    if depth < 2:
        raise PcvizError(f"`depth` is a whole number from 2; {depth!r} is not.")
    x, y = arguments.pair(x, y)
    sxy, syy = x.T @ y / len(x), y.T @ y / len(y)
    n_inputs = len(sxy)
    if depth == 2:
        nothing = jnp.zeros((n_inputs, n_inputs), sxy.dtype)
        energy, loss = (
            jnp.repeat(jnp.linalg.eigvalsh(jnp.block([[nothing, -sxy], [-sxy.T, corner]])), width)
            for corner in (-syy, jnp.zeros_like(syy))
        )
        return SaddleSpectra(energy, loss)
    others = jnp.zeros(width * n_inputs + (depth - 2) * width**2, sxy.dtype)
    energy = jnp.concatenate([jnp.repeat(-jnp.linalg.eigvalsh(syy)[::-1], width), others])
    return SaddleSpectra(energy, jnp.zeros_like(energy))


def zero_rank_spectra(penultimate: Any, x: Any, y: Any, *, depth: int) -> SaddleSpectra:
    """Spectra where all layers are 0 but W_{L−1}, given, of depth 3 or more: the whole Hessian, of which (3.1) is a block.

    From depth 4 on nothing else is curved. At depth 3 the readout meets W_1 through W_2, of singular values s: for each of them
    the energy has the eigenvalues of [[0, −s Sxy], [−s Sxyᵀ, −(1 + s²) Syy]], and the loss those without the corner.
    """
    if depth < 3:
        raise PcvizError(f"`depth` is a whole number from 3, so that the penultimate layer is not the first; {depth!r} is not.")
    x, y = arguments.pair(x, y)
    penultimate = arguments.square("penultimate", penultimate, x.dtype)
    sxy, syy, width = x.T @ y / len(x), y.T @ y / len(y), len(penultimate)
    n_inputs, sizes = len(sxy), jnp.linalg.svd(penultimate, compute_uv=False)
    if depth > 3:
        curved = -jnp.outer(1 + sizes**2, jnp.linalg.eigvalsh(syy)).ravel()
        flat = jnp.zeros(width * n_inputs + (depth - 2) * width**2, sxy.dtype)
        energy = jnp.sort(jnp.concatenate([curved, flat]))
        return SaddleSpectra(energy, jnp.zeros_like(energy))

    def spectrum(corners: Array) -> Array:
        nothing = jnp.zeros((n_inputs, n_inputs), sxy.dtype)
        blocks = [jnp.block([[nothing, -s * sxy], [-s * sxy.T, corner]]) for s, corner in zip(sizes, corners, strict=True)]
        flat = jnp.zeros(width**2, sxy.dtype)
        return jnp.sort(jnp.concatenate([*(jnp.linalg.eigvalsh(block) for block in blocks), flat]))

    corners = -(1 + sizes**2)[:, None, None] * syy[None]
    return SaddleSpectra(spectrum(corners), spectrum(jnp.zeros_like(corners)))


def weight_spectra(weights: Sequence[Any], x: Any, y: Any) -> SaddleSpectra:
    """The same at any weights [W_1..W_L] of such a network, by differentiating (2.2) and the loss twice: no closed form.

    Costs as many gradients as there are weights.
    """
    matrices = arguments.matrices(weights)
    x = arguments.inputs(x, matrices[0].shape[1], matrices[0].dtype)
    y = arguments.targets(y, x.shape, len(matrices[-1]), "mse", x.dtype)
    return SaddleSpectra(*jnp.linalg.eigvalsh(_hessians(matrices, x, y)))


@jax.jit
def _hessians(weights: list[Array], x: Array, y: Array) -> Float[Array, "two weights weights"]:
    flat, unravel = ravel_pytree(weights)
    return jax.hessian(lambda w: jnp.stack(energy_and_loss(unravel(w), x, y)))(flat)


def energy_and_loss(weights: Sequence[Array], x: Array, y: Array) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """F* = ½ ⟨rᵀ S⁻¹ r⟩ (2.2) and the loss ½ ⟨‖r‖²⟩ of a linear network with multipliers 1, no skips and λ = 1.

    Written out in its weights, to be differentiated by them.
    """
    downstream, s = weights[-1], jnp.eye(len(weights[-1]), dtype=x.dtype)
    for weight in weights[-2::-1]:
        s, downstream = s + downstream @ downstream.T, downstream @ weight
    residual = y - x @ downstream.T
    rescaled = jax.scipy.linalg.solve(s, residual.T, assume_a="pos").T
    return 0.5 * jnp.sum(residual * rescaled) / len(x), 0.5 * jnp.sum(residual**2) / len(x)


def zero_rank_saddle(net: Network, y: Any) -> ZeroRankSaddle:
    """The readout's curvature −(Syy ⊗ A), (3.1), with A = I + Σ_l W_{L−1:l} W_{L−1:l}ᵀ over l = 2..L−1.

    Raises:
        PcvizError: if the network is not of the kind above, or not at such a saddle.
    """
    require_linear(net, "The curvature at a zero-rank saddle")
    multipliers = np.asarray(net.forward_multipliers)
    if net.skip or (multipliers != 1).any() or float(net.output_precision) != 1:
        raise PcvizError("The curvature at a zero-rank saddle is known for multipliers 1, no skips and output precision 1.")
    y = arguments.inputs(y, net.n_outputs, net.dtype, "y")
    below, a = jnp.eye(net.width, dtype=net.dtype), jnp.eye(net.width, dtype=net.dtype)
    for weight in net.weights.blocks[int(net.first) :][::-1]:
        below = below @ weight
        a = a + below @ below.T
    if bool(jnp.any(net.weights.readout)) or bool(jnp.any(below @ net.weights.embed)):
        raise PcvizError("A zero-rank saddle has a readout of 0 and a product of 0 below it; this network is elsewhere.")
    syy = y.T @ y / len(y)
    steepest = -jnp.linalg.eigvalsh(syy)[-1] * jnp.linalg.eigvalsh(a)[-1]
    return ZeroRankSaddle(-jnp.kron(syy, a), steepest)
