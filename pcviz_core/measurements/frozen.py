"""The network and batch of a snapshot, held still, and the run's own relaxation on them."""

from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pcviz_core.algorithms import ALGORITHMS
from pcviz_core.diagnostics import ROUNDING
from pcviz_core.errors import PcvizError
from pcviz_core.measurements.measurement import Snapshot
from pcviz_core.network import Network, Rows
from pcviz_core.relaxation import Clamped, Knobs, Method, State, advance, begin
from pcviz_core.spec import ExperimentSpec

SAMPLES, SAMPLES_OF_LARGE = 64, 16
LARGE = 2**18
"""Rows · width² from which a network is large: of its batch fewer samples are looked at, so that it takes about a second."""
_MOST_STEPS = 2**20


class Frozen(NamedTuple):
    """The first samples of the batch, their feedforward activities, and the relaxation at its end."""

    network: Network
    x: Float[Array, "batch inputs"]
    y: Float[Array, "batch outputs"]
    feedforward: Rows
    end: State


def first_samples(snapshot: Snapshot) -> tuple[Array, Array]:
    """The samples (x, y) that are looked at: the batch's first 64, or 16 in a large network."""
    net = snapshot.network
    n = SAMPLES if net.rows * net.width**2 <= LARGE else SAMPLES_OF_LARGE
    return snapshot.x[:n], snapshot.y[:n]


def relaxed(snapshot: Snapshot) -> Frozen:
    """The run's own inference (start, algorithm, rule, schedule, T, rates) to its end, weights held.

    Raises:
        PcvizError: if it diverges, for then it has no end.
    """
    spec, (x, y) = snapshot.spec, first_samples(snapshot)
    knobs = eqx.tree_at(lambda k: k.tolerance, snapshot.knobs, np.float32(spec.tolerance))
    start = snapshot.start[:, : len(x)] if spec.activity_start != "feedforward" else None
    steps = np.int32(spec.n_inference_steps), np.int32(spec.planned_steps)
    feedforward, end = _relax(spec.algorithm, snapshot.method, snapshot.network, x, y, start, knobs, *steps)
    if bool(end.diverged):
        raise PcvizError("This relaxation diverges, so there is no end of inference to compare: lower the activity rate.")
    return Frozen(snapshot.network, x, y, feedforward, end)


@partial(jax.jit, static_argnums=(0, 1))
def _relax(
    algorithm: str,
    method: Method,
    net: Network,
    x: Array,
    y: Array,
    start: Rows | None,
    knobs: Knobs,
    planned_steps: Array,
    n: Array,
) -> tuple[Rows, State]:
    row = ALGORITHMS[algorithm]
    feedforward, clamped = net.feedforward_rows(x), Clamped(net.predict_first(x), y)
    # A feedforward start is that of the weights as they are now, which under iPC are no longer those at t = 0.
    how: Any = {"fed": start is None, "follows_error": row.follows_error}
    state = begin(net, clamped, feedforward if start is None else start, planned_steps, knobs, method, **how)
    # Nothing is recorded, so any number of steps fits.
    how = {"method": method, "observe": lambda _: {}, "capacity": _MOST_STEPS}
    return feedforward, advance(net, clamped, state, knobs, n, step=row.step, **how)[0]


def is_rounding(change: Rows, activities: Rows, times: float = 1.0) -> Float[Array, " rows"]:
    """By row, whether a change is below so many times what rounding of the activities would give alone, which says nothing."""
    return jnp.mean(change**2, (1, 2)) < (times * ROUNDING) ** 2 * jnp.mean(activities**2, (1, 2))


def true_layers(snapshot: Snapshot, values: Any) -> np.ndarray:
    """By layer, from the values of W_1, the padded stack, W_L."""
    values = np.asarray(jax.device_get(values))
    return np.r_[values[:1], values[1 + snapshot.first :]]


def hidden_layers(snapshot: Snapshot, values: Any) -> np.ndarray:
    """Layers 1..L−1, from the values of all rows; then NaN for the output, which is no row."""
    return np.r_[np.asarray(jax.device_get(values))[snapshot.first :], np.float32(np.nan)]


def without_closed_form(spec: ExperimentSpec) -> str | None:
    """The sentence for a run whose equilibrium has no closed form."""
    if spec.is_linear:
        return None
    return "This has a closed form for linear networks only, with squared output error and without biases."


def with_decay(spec: ExperimentSpec) -> str | None:
    """The sentence for a run whose inference lowers more than the energy."""
    if spec.activity_decay > 0:
        return "With activity decay inference comes to rest elsewhere than at the energy's minimum, which this is about."
    return None


def without_inference(spec: ExperimentSpec) -> str | None:
    """The sentence for a run that never relaxes."""
    algorithm = ALGORITHMS[spec.algorithm]
    return None if algorithm.infers else f"{algorithm.label} has no inference to compare with: choose another algorithm."
