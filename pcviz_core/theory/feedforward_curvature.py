"""One sample's curvature at its feedforward pass, in the activities and in error coordinates: all of it, or its two ends.

There the hidden errors are 0, so that in every network the activity Hessian is block tridiagonal in the local maps
J_l = ∂p_l/∂z_{l−1}: H_ll = I + J_{l+1}ᵀ J_{l+1}, H_{l+1,l} = −J_{l+1}, and I + G in the last hidden layer (docs/theory.md §2.2).
Networks may be padded, and depth stays data: nothing here compiles anew within a bucket.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int
from threadpoolctl import threadpool_limits

from pcviz_core.errors import PcvizError
from pcviz_core.network import Network, Rows
from pcviz_core.theory.block_tridiagonal import BlockTridiagonal, End, Ends
from pcviz_core.theory.error_coordinates import error_gradient_field
from pcviz_core.theory.hessian import MAX_UNKNOWNS
from pcviz_core.theory.inverse import local_maps, output_curvature
from pcviz_core.theory.spectrum import leading_eigenvalue
from pcviz_core.theory.stability import starting_vectors


class Spectra(NamedTuple):
    """All eigenvalues, ascending and signed, of one sample's Hessian in its activities and in error coordinates."""

    activities: np.ndarray
    errors: np.ndarray


def feedforward_spectra(net: Network, x: Any, y: Any) -> Spectra:
    """Both spectra of one sample, in float64 from matrices of all hidden units: 2000 of them at most.

    Raises:
        PcvizError: if there are more hidden units than that, or more than one sample.
    """
    x, y = _one_sample(net, x, y)
    first = int(net.first)
    unknowns = (net.rows - first) * net.width
    if unknowns > MAX_UNKNOWNS:
        raise PcvizError(
            f"All eigenvalues of {unknowns} hidden units are too many; {MAX_UNKNOWNS} units is the most. "
            "`feedforward_ends` gives the largest and the smallest of any network."
        )
    errors = np.asarray(jax.device_get(_error_hessian(net, x, y)), np.float64)[first:, :, first:, :]
    errors = errors.reshape(unknowns, unknowns)
    # More threads than one wait for each other longer than they compute while a run goes on.
    with threadpool_limits(1):
        activities = np.linalg.eigvalsh(activity_blocks(net, x, y).dense())
        return Spectra(activities, np.linalg.eigvalsh((errors + errors.T) / 2))


def feedforward_ends(net: Network, x: Any, y: Any, *, max_steps: int = 60) -> tuple[Ends, Ends]:
    """The ends of one sample's spectra, in its activities and in error coordinates, of networks of any depth.

    No matrix of all units is built; the time goes as depth times the cube of the width. In error coordinates the smallest is the
    lowest with its sign: where that is negative, another may be smaller in magnitude.
    """
    x, y = _one_sample(net, x, y)
    start = starting_vectors(net, 1)
    with threadpool_limits(1):
        vector = np.asarray(start[int(net.first) :, 0], np.float64)
        activities = activity_blocks(net, x, y).ends(vector, vector, max_steps)
    return activities, error_ends(net, x, y, start, start, jnp.asarray(1e-3), jnp.asarray(max_steps, jnp.int32))


def activity_blocks(net: Network, x: Array, y: Array) -> BlockTridiagonal:
    """The activity Hessian of one sample (1, inputs), (1, outputs) at its feedforward pass, in float64 on the host."""
    maps, bend = jax.device_get(_blocks(net, x, y))
    return BlockTridiagonal(np.asarray(maps[int(net.first) :], np.float64), np.asarray(bend, np.float64))


@eqx.filter_jit
def _blocks(net: Network, x: Array, y: Array) -> tuple[Array, Array]:
    """J of every row but the first, and G."""
    z = net.sweep(net.predict_first(x))[:, 0]
    return local_maps(net, z), output_curvature(net, z[-1], y[0])


@eqx.filter_jit
def _error_hessian(net: Network, x: Array, y: Array) -> Array:
    """The Hessian in error coordinates (rows, width, rows, width), a row's columns at a time."""
    field = error_gradient_field(net, net.predict_first(x), y)
    _, product = jax.linearize(field.gradient, field.point)
    units = jnp.eye(net.width, dtype=net.dtype)

    def columns(row: Array) -> Array:
        at_row = (jnp.arange(net.rows) == row).astype(net.dtype)[:, None, None]
        return jax.vmap(lambda unit: product(at_row * unit[None, None])[:, 0])(units)

    return jax.lax.map(columns, jnp.arange(net.rows))


@eqx.filter_jit
def error_ends(
    net: Network, x: Array, y: Array, largest: Rows, smallest: Rows, tolerance: Array, max_steps: Int[Array, ""]
) -> Ends:
    """In error coordinates, where the spectrum is short: the smallest (by sign) is the far end of |λ|max − H."""
    field = error_gradient_field(net, net.predict_first(x), y)
    _, product = jax.linearize(field.gradient, field.point)
    top = _end(product, leading_eigenvalue(lambda v: product(product(v)), largest, tolerance, max_steps).vector)
    shift = jnp.abs(top.value)
    bottom = leading_eigenvalue(lambda v: shift * v - product(v), smallest, tolerance, max_steps)
    return Ends(top, _end(product, bottom.vector))


def _end(product: Any, vector: Rows) -> End:
    image = product(vector)
    value = jnp.sum(vector * image)
    return End(value, jnp.linalg.norm(image - value * vector) / jnp.abs(value), vector)


def _one_sample(net: Network, x: Any, y: Any) -> tuple[Array, Array]:
    x, y = jnp.atleast_2d(jnp.asarray(x, net.dtype)), jnp.atleast_2d(jnp.asarray(y, net.dtype))
    if len(x) != 1 or len(y) != 1:
        raise PcvizError(f"The curvature is that of one sample's energy; `x` holds {len(x)} samples and `y` {len(y)}.")
    return x, y
