"""Precision schedules: how strongly each layer's error counts at each inference step (arXiv 2506.23800).

In a relaxation from the feedforward pass the error starts at the output and reaches layer l at step τ_l = L − l; the schedules
are centred on that arrival. Step t = 0, 1, … leads from state t to state t + 1. Energies are reported without precision.
"""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp

Number = jax.Array | float
Count = jax.Array | int


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule: its `law(j, n, alpha, k)` gives π at j = t − τ_l steps since arrival, of n = T − τ_l planned ones.

    `uses_alpha` and `uses_k` say which parameters do anything. `sets_rate` marks a schedule that replaces `activity_lr`.
    """

    label: str
    doc: str
    law: Callable[[jax.Array, jax.Array, jax.Array, jax.Array], jax.Array]
    uses_alpha: bool = False
    uses_k: bool = False
    sets_rate: bool = False

    def precision(self, layer: jax.Array, t: Count, depth: Count, planned_steps: Count, alpha: Number, k: Number) -> jax.Array:
        """π_l(t) for an array of layer numbers. Everything may be traced; `alpha` and `k` share one float type.

        `planned_steps` is the T in force at t = 0. A relaxation that goes on past it keeps decaying at the same scale, and a
        layer that the error was not planned to reach decays, once reached, as if its arrival were its only planned step.
        """
        alpha, k = jnp.asarray(alpha), jnp.asarray(k)
        arrival = depth - layer
        steps_left = jnp.maximum(planned_steps - arrival, 1)
        return self.law((t - arrival).astype(k.dtype), steps_left.astype(k.dtype), alpha, k)

    def rate(self, layer: jax.Array, t: Count, depth: Count, activity_lr: Number, alpha: Number) -> jax.Array:
        """Per-sample step size of each layer's activities at step t: `activity_lr`, unless the schedule sets it itself.

        Under `spiking_rate` it is 1 at t = L − 1 − l, the first step at which layer l moves, and alpha at every other.
        """
        activity_lr, alpha = jnp.asarray(activity_lr), jnp.asarray(alpha)
        if not self.sets_rate:
            return jnp.broadcast_to(activity_lr, layer.shape)
        return jnp.where(t == depth - 1 - layer, jnp.ones_like(alpha), alpha)


def _ones(j: jax.Array, n: jax.Array, alpha: jax.Array, k: jax.Array) -> jax.Array:
    return jnp.ones_like(j)


def _spiking(j: jax.Array, n: jax.Array, alpha: jax.Array, k: jax.Array) -> jax.Array:
    return jnp.where(j == 0, jnp.ones_like(j), alpha)


def _decaying(j: jax.Array, n: jax.Array, alpha: jax.Array, k: jax.Array) -> jax.Array:
    # The published code multiplies by the sum S where a normalisation was probably meant. We keep what was published.
    tail = _decay(j, k) * _geometric_sum(n, k) / 100
    return jnp.where(j == 0, jnp.ones_like(j), tail)


def _decaying_early(j: jax.Array, n: jax.Array, alpha: jax.Array, k: jax.Array) -> jax.Array:
    return _decay(j, k) / _geometric_sum(n, k)


def _decay(j: jax.Array, k: jax.Array) -> jax.Array:
    """e^{−k j} from the arrival on, 0 before it."""
    return jnp.where(j < 0, jnp.zeros_like(j), jnp.exp(-k * jnp.maximum(j, 0)))


def _geometric_sum(n: jax.Array, k: jax.Array) -> jax.Array:
    """S = Σ_{j<n} e^{−k j} = (1 − e^{−k n}) / (1 − e^{−k}), which is n at k = 0."""
    nonzero = jnp.where(k == 0, jnp.ones_like(k), k)
    return jnp.where(k == 0, n, jnp.expm1(-nonzero * n) / jnp.expm1(-nonzero))


SCHEDULES = {
    "ones": Schedule("ones", "Every layer's error counts fully at every step: plain predictive coding.", _ones),
    "spiking": Schedule(
        "spiking",
        "Precision 1 at the step at which the error reaches a layer, α at every other.",
        _spiking,
        uses_alpha=True,
    ),
    "spiking_rate": Schedule(
        "spiking rate",
        "Precision 1; the activity rate itself is 1 at the step that first moves a layer, α at every other.",
        _ones,
        uses_alpha=True,
        sets_rate=True,
    ),
    "decaying": Schedule(
        "decaying",
        "Precision 0 before the error arrives, 1 when it does, then a decaying tail of about a hundredth.",
        _decaying,
        uses_k=True,
    ),
    "decaying_early": Schedule(
        "decaying, early form",
        "Precision 0 before the error arrives, then decaying; a layer's precisions sum to 1 over the planned steps.",
        _decaying_early,
        uses_k=True,
    ),
}
