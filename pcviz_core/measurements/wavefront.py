"""The wavefront beside its law: when the error reaches each layer, and its first weight gradient against β^{L−l} backprop."""

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pcviz_core.diagnostics import BELOW_NOISE, Columns, layer_state
from pcviz_core.measurements.measurement import Measurement, Memory, Snapshot
from pcviz_core.network import Network, Weights
from pcviz_core.spec import ExperimentSpec
from pcviz_core.theory.wavefront import first_gradient_rows

SAMPLES = 16
"""The law holds for any batch: the first samples of the present one are enough."""
AGREES = 1e-2
"""Relative difference of the norms up to which a layer's first gradient is called exact; 1 − cosine, up to its square."""
MAX_WORK = 2**32
"""The most L²·N² for which a wavefront is followed: L steps through L layers."""


class _Numbers(NamedTuple):
    """By row, and then the output: arrival, energy on arrival, rms of activities, and of W_1..W_L norms and cosines."""

    arrival: jax.Array
    energies: jax.Array
    activity_rms: jax.Array
    measured: jax.Array
    backprop: jax.Array
    cosine: jax.Array


def _measure(snapshot: Snapshot, memory: Memory) -> tuple[Columns, Memory]:
    spec, x, y = snapshot.spec, snapshot.x[:SAMPLES], snapshot.y[:SAMPLES]
    found = jax.device_get(_followed(snapshot.network, x, y, jnp.asarray(np.float32(spec.activity_lr))))
    arrival, energies, activity, measured, backprop, cosine = (
        np.asarray(each, np.float64)[snapshot.first :] for each in found
    )
    steps = spec.depth - np.arange(1, spec.depth + 1.0)
    expected = spec.activity_lr**steps * backprop
    # The output's own gradient needs no inference, and no noise hides it.
    state = layer_state(energies[None], activity[None], spec.width, y.shape[1])[0]
    visible = (measured > 0) & ((state != BELOW_NOISE) | (steps == 0))
    measured, cosine = np.where(visible, measured, np.nan), np.where(visible, cosine, np.nan)
    exact = (np.abs(measured - expected) <= AGREES * expected) & (cosine >= 1 - AGREES**2)
    columns = {
        "wavefront_arrival": arrival,
        "wavefront_expected": steps,
        "first_gradient": measured,
        "first_gradient_expected": np.where(expected > 0, expected, np.nan),
        "first_gradient_cosine": cosine,
        "wavefront": np.array([spec.depth - _trailing(exact) + 1.0, _trailing(exact), spec.activity_lr, spec.depth - 1.0]),
    }
    return columns, memory


def _trailing(exact: np.ndarray) -> int:
    """How many layers agree, counted from the output without a gap."""
    return len(exact) if exact.all() else int(np.argmin(exact[::-1]))


@eqx.filter_jit
def _followed(net: Network, x: jax.Array, y: jax.Array, activity_lr: jax.Array) -> _Numbers:
    rows = first_gradient_rows(net, x, y, activity_lr)
    hidden = jnp.sqrt(jnp.mean(rows.activities**2, axis=(1, 2)))
    activity = jnp.concatenate([hidden, jnp.sqrt(jnp.mean(y**2))[None]])
    # Scaled by its largest entry first: in float32 the square of a deep layer's gradient is 0 long before the gradient is.
    measured, backprop = (_scaled(weights, net) for weights in (rows.gradients, rows.backprop))
    products = _by_row(jax.tree.map(jnp.multiply, measured[0], backprop[0]), net, jnp.sum)
    lengths = [jnp.sqrt(_by_row(jax.tree.map(jnp.square, each), net, jnp.sum)) for each, _ in (measured, backprop)]
    norms = [length * scale for length, (_, scale) in zip(lengths, (measured, backprop), strict=True)]
    return _Numbers(rows.arrival, rows.energies, activity, norms[0], norms[1], products / (lengths[0] * lengths[1]))


def _scaled(weights: Weights, net: Network) -> tuple[Weights, jax.Array]:
    """Each matrix over its largest |entry|, and those (rows and then the output)."""
    scale = _by_row(jax.tree.map(jnp.abs, weights), net, jnp.max)
    safe = jnp.where(scale > 0, scale, 1)
    first = jax.lax.dynamic_index_in_dim(safe, net.first, keepdims=False)
    matrices = Weights(
        weights.embed / first, weights.blocks / safe[1:-1, None, None], weights.readout / safe[-1]
    )
    return matrices, scale


def _by_row(weights: Weights, net: Network, reduce: Callable[[jax.Array], jax.Array]) -> jax.Array:
    """`reduce` of each matrix: W_1 in the row of z_1, padding before it, W_L last."""
    blocks = jnp.concatenate([jnp.zeros(1, net.dtype), jax.vmap(reduce)(weights.blocks)])
    rows = jax.lax.dynamic_update_index_in_dim(blocks, reduce(weights.embed), net.first, 0)
    return jnp.concatenate([rows, reduce(weights.readout)[None]])


def _complaint(spec: ExperimentSpec) -> str | None:
    if (spec.depth * spec.width) ** 2 <= MAX_WORK:
        return None
    return f"A network of {spec.depth} layers of {spec.width} units is too large to follow its wavefront while it runs."


WAVEFRONT = Measurement(
    (
        "wavefront_arrival", "wavefront_expected", "first_gradient", "first_gradient_expected", "first_gradient_cosine",
        "wavefront",
    ),
    _measure,
    complaint=_complaint,
    first_s=4,
)
