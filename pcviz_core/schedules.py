"""Precision schedules: how strongly each layer's error counts at each inference step (arXiv 2506.23800).

In a relaxation from the feedforward pass the error starts at the output and reaches layer l at step τ_l = L − l; the schedules
are centred on that arrival. Step t = 0, 1, … leads from state t to state t + 1. Energies are reported without precision.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

Number = jax.Array | float
Count = jax.Array | int


class Grid(NamedTuple):
    """Precisions painted by hand: `cells` (rows, steps), the first row for layer 1, of which the first `rows` count.

    Another number of layers than rows stretches them: layer l takes row ⌊(l − 1) R / L⌋. The last step holds for all later.
    """

    cells: jax.Array | np.ndarray
    rows: Count


class Moment(NamedTuple):
    """What a precision may depend on: layer numbers (an array), t, L, the T in force at t = 0, and what a person sets.

    Everything may be traced; `alpha` and `k` share one float type. A relaxation that goes on past T keeps decaying at the same
    scale, and a layer that the error was not planned to reach decays, once reached, as if its arrival were its only planned step.
    """

    layer: jax.Array
    t: Count
    depth: Count
    planned_steps: Count
    alpha: jax.Array
    k: jax.Array
    grid: Grid

    @property
    def since_arrival(self) -> jax.Array:
        """Steps since the error arrived, j = t − τ_l; negative before."""
        return (self.t - self._arrival).astype(self.k.dtype)

    @property
    def steps_left(self) -> jax.Array:
        """Planned steps from arrival on, n = T − τ_l; at least 1."""
        return jnp.maximum(self.planned_steps - self._arrival, 1).astype(self.k.dtype)

    @property
    def _arrival(self) -> jax.Array:
        return self.depth - self.layer


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule: its `precision` gives π_l(t) for each layer at a moment.

    `uses_alpha`, `uses_k` and `uses_grid` say which parameters do anything. `sets_rate` marks a schedule that replaces
    `activity_lr`.
    """

    label: str
    doc: str
    precision: Callable[[Moment], jax.Array]
    uses_alpha: bool = False
    uses_k: bool = False
    uses_grid: bool = False
    sets_rate: bool = False
    largest: Callable[[int, float, np.ndarray], float] = lambda steps, k, cells: 1.0
    """The largest precision that it ever gives, by T, k and the grid's cells: it bounds the curvature that inference meets."""

    def rate(self, layer: jax.Array, t: Count, depth: Count, activity_lr: Number, alpha: Number) -> jax.Array:
        """Per-sample step size of each layer's activities at step t: `activity_lr`, unless the schedule sets it itself.

        Under `spiking_rate` it is 1 at t = L − 1 − l, the first step at which layer l moves, and alpha at every other.
        """
        activity_lr, alpha = jnp.asarray(activity_lr), jnp.asarray(alpha)
        if not self.sets_rate:
            return jnp.broadcast_to(activity_lr, layer.shape)
        return jnp.where(t == depth - 1 - layer, jnp.ones_like(alpha), alpha)


def _ones(m: Moment) -> jax.Array:
    return jnp.ones(m.layer.shape, m.k.dtype)


def _spiking(m: Moment) -> jax.Array:
    j = m.since_arrival
    return jnp.where(j == 0, jnp.ones_like(j), m.alpha)


def _decaying(m: Moment) -> jax.Array:
    # The published code multiplies by the sum S where a normalisation was probably meant. We keep what was published.
    j = m.since_arrival
    tail = _decay(j, m.k) * _geometric_sum(m.steps_left, m.k) / 100
    return jnp.where(j == 0, jnp.ones_like(j), tail)


def _decaying_early(m: Moment) -> jax.Array:
    return _decay(m.since_arrival, m.k) / _geometric_sum(m.steps_left, m.k)


def _custom(m: Moment) -> jax.Array:
    cells = jnp.asarray(m.grid.cells)
    row = jnp.clip((m.layer - 1) * m.grid.rows // m.depth, 0, cells.shape[0] - 1)  # padding lies before layer 1
    return cells[row, jnp.minimum(m.t, cells.shape[1] - 1)]


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
        largest=lambda steps, k, cells: max(1.0, float(np.sum(np.exp(-k * np.arange(steps)))) / 100),
    ),
    "decaying_early": Schedule(
        "decaying, early form",
        "Precision 0 before the error arrives, then decaying; a layer's precisions sum to 1 over the planned steps.",
        _decaying_early,
        uses_k=True,
    ),
    "custom": Schedule(
        "custom",
        "Painted by hand: a precision for each layer at each inference step, from the precision grid.",
        _custom,
        uses_grid=True,
        largest=lambda steps, k, cells: float(cells.max()),
    ),
}
