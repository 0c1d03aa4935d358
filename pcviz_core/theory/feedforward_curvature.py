"""One sample's curvature at its feedforward pass, in the activities and in error coordinates: all of it, or its two ends.

There the hidden errors are 0, so that in every network the activity Hessian is block tridiagonal in the local maps
J_l = ∂p_l/∂z_{l−1}: H_ll = I + J_{l+1}ᵀ J_{l+1}, H_{l+1,l} = −J_{l+1}, and I + G in the last hidden layer (docs/theory.md §2.2).
Networks may be padded, and depth stays data: nothing here compiles anew within a bucket. All of it is in float64, whatever the
network's own precision: in a deep network float32 loses the smallest curvature altogether, and with it the condition number.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from threadpoolctl import threadpool_limits

from pcviz_core.errors import PcvizError
from pcviz_core.network import Network, Rows
from pcviz_core.theory.block_tridiagonal import BlockTridiagonal, Ends, end, lanczos
from pcviz_core.theory.error_coordinates import error_gradient_field
from pcviz_core.theory.hessian import MAX_UNKNOWNS
from pcviz_core.theory.inverse import local_maps, output_curvature
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
    with jax.enable_x64(True):
        errors = np.asarray(jax.device_get(_error_hessian(*in_float64((net, x, y)))))[first:, :, first:, :]
    errors = errors.reshape(unknowns, unknowns)
    # More threads than one wait for each other longer than they compute while a run goes on.
    with threadpool_limits(1):
        activities = np.linalg.eigvalsh(activity_blocks(net, x, y).dense())
        return Spectra(activities, np.linalg.eigvalsh((errors + errors.T) / 2))


def feedforward_ends(net: Network, x: Any, y: Any, *, max_steps: int = 60) -> tuple[Ends, Ends]:
    """The ends of one sample's spectra, in its activities and in error coordinates, of networks of any depth.

    No matrix of all units is built; the time goes as depth times the cube of the width. In error coordinates the smallest is the
    lowest with its sign: where that is negative, another may be smaller in magnitude. An end whose `residual` is not small is a
    bound: more `max_steps` bring it nearer, unless the condition number is beyond 10¹³, where float64 ends.
    """
    x, y = _one_sample(net, x, y)
    start = hidden_start(net)
    with threadpool_limits(1):
        activities = activity_blocks(net, x, y).ends(start, start, max_steps)
    return activities, error_ends(net, x, y, start, max_steps)


def hidden_start(net: Network) -> np.ndarray:
    """A fixed random vector (hidden layers, width) to start a search from."""
    return np.asarray(starting_vectors(net, 1)[int(net.first) :, 0], np.float64)


def in_float64(tree: Any) -> Any:
    """The same arrays in float64, on the host; to be used where JAX computes in it."""
    floating = lambda leaf: eqx.is_array(leaf) and jnp.issubdtype(leaf.dtype, jnp.floating)  # noqa: E731
    return jax.tree.map(lambda leaf: np.asarray(leaf, np.float64) if floating(leaf) else leaf, tree)


def activity_blocks(net: Network, x: Array, y: Array) -> BlockTridiagonal:
    """The activity Hessian of one sample (1, inputs), (1, outputs) at its feedforward pass, in float64 on the host.

    Raises:
        PcvizError: if it is not finite, as in a network that has diverged.
    """
    with jax.enable_x64(True):
        maps, bend = jax.device_get(_blocks(*in_float64((net, x, y))))
    if not (np.isfinite(maps).all() and np.isfinite(bend).all()):
        raise PcvizError("The curvature of this network is not finite: it has diverged.")
    return BlockTridiagonal(maps[int(net.first) :], bend)


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


def error_ends(net: Network, x: Array, y: Array, start: np.ndarray, max_steps: int) -> Ends:
    """In error coordinates: the largest by magnitude, and as smallest the lowest by sign, from a start (hidden layers, width).

    Both come from one Krylov space, so that their ratio is at least 1. It is exact in K + 1 steps in a linear network, whose
    spectrum has no more than that many different values.
    """
    first = int(net.first)
    with jax.enable_x64(True):
        net, x, y = in_float64((net, x, y))

        def product(v: np.ndarray) -> np.ndarray:
            padded = np.concatenate([np.zeros((first, net.width)), v])
            return np.asarray(_error_product(net, x, y, padded[:, None]))[first:, 0]

        return Ends(*(end(product, v) for v in lanczos(product, start, max_steps, 1e-8, lowest=True)))


@eqx.filter_jit
def _error_product(net: Network, x: Array, y: Array, v: Any) -> Rows:
    """The product of the Hessian in error coordinates with v."""
    field = error_gradient_field(net, net.predict_first(x), y)
    return jax.jvp(field.gradient, (field.point,), (v,))[1]


def _one_sample(net: Network, x: Any, y: Any) -> tuple[Array, Array]:
    x, y = net.samples(x, y)
    if len(x) != 1 or len(y) != 1:
        raise PcvizError(f"The curvature is that of one sample's energy; `x` holds {len(x)} samples and `y` {len(y)}.")
    return x, y
