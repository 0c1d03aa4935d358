"""How stiff inference is: the activity Hessian's spectrum or its two ends, beside those in error coordinates."""

import jax
import jax.numpy as jnp
import numpy as np
from threadpoolctl import threadpool_limits

from pcviz_core.diagnostics import Columns
from pcviz_core.measurements.measurement import ESTIMATE, EXACT, LOWER_BOUND, UPPER_BOUND, Measurement, Memory, Snapshot, thinned
from pcviz_core.spec import ExperimentSpec
from pcviz_core.theory.block_tridiagonal import Ends
from pcviz_core.theory.feedforward_curvature import activity_blocks, error_ends, feedforward_spectra
from pcviz_core.theory.hessian import MAX_UNKNOWNS
from pcviz_core.theory.stability import starting_vectors

POINTS = 512
"""The most eigenvalues that are shown; both ends always are."""
GOOD = 1e-2
"""Relative residual below which a smallest eigenvalue is no longer called a bound."""
TOLERANCE = 1e-3
MAX_STEPS = 48
"""Products in one measurement; the next one goes on from the vectors that this one found."""
MAX_WORK = 2**31
"""The most L·N³ for which the smallest eigenvalue is sought: each layer's block is inverted."""


def _measure(snapshot: Snapshot, memory: Memory) -> tuple[Columns, Memory]:
    decay, unknowns = snapshot.spec.activity_decay, snapshot.spec.width * (snapshot.spec.depth - 1)
    x, y = snapshot.x[:1], snapshot.y[:1]
    if unknowns <= MAX_UNKNOWNS:
        spectra = feedforward_spectra(snapshot.network, x, y)
        activities, errors = (_by_magnitude(each) for each in (spectra.activities + decay, spectra.errors))
        index, residual, quality = thinned(unknowns, POINTS), 0.0, EXACT
        error_quality = EXACT
        activities, errors = activities[index], errors[index]
    else:
        ends, memory = _ends(snapshot, x, y, memory)
        smallest, largest, residual = _shifted(ends[0], decay)
        activities, index = np.array([smallest, largest]), np.array([0, unknowns - 1])
        errors = np.array([float(ends[1].smallest.value), float(ends[1].largest.value)])
        quality = ESTIMATE if residual < GOOD else UPPER_BOUND
        # Of an indefinite one the lowest is known, and some eigenvalue may be nearer to 0.
        error_quality = ESTIMATE if errors[0] > 0 else LOWER_BOUND
    of_ratio = LOWER_BOUND if quality == UPPER_BOUND else quality
    numbers = [
        activities[-1], activities[0], quality, residual, _ratio(activities), of_ratio, _ratio(errors), error_quality, unknowns,
    ]
    columns = {
        "spectrum_index": index + 1.0,
        "spectrum_activity": np.where(activities > 0, activities, np.nan),
        "spectrum_negative": np.where(activities < 0, -activities, np.nan),
        "spectrum_error": np.where(errors > 0, errors, np.nan),
        "spectrum_allowed": np.full(len(index), _allowed(snapshot.spec)),
        "conditioning": np.array(numbers),
    }
    return columns, memory


def _by_magnitude(eigenvalues: np.ndarray) -> np.ndarray:
    return eigenvalues[np.argsort(np.abs(eigenvalues))]


def _ratio(eigenvalues: np.ndarray) -> float:
    return abs(float(eigenvalues[-1] / eigenvalues[0])) if eigenvalues[0] != 0 else np.inf


def _ends(snapshot: Snapshot, x: jax.Array, y: jax.Array, memory: Memory) -> tuple[tuple[Ends, Ends], Memory]:
    """The ends in both coordinates, from the vectors of the last time."""
    net, first = snapshot.network, snapshot.first
    fresh = starting_vectors(net, 1)
    rows = np.asarray(fresh[first:, 0], np.float64)
    starts = memory if memory is not None and memory[0].shape == rows.shape else (rows, rows, fresh, fresh)
    with threadpool_limits(1):
        activities = activity_blocks(net, x, y).ends(starts[0], starts[1], MAX_STEPS)
    numbers = jnp.asarray(np.float32(TOLERANCE)), jnp.asarray(np.int32(MAX_STEPS))
    errors = error_ends(net, x, y, starts[2], starts[3], *numbers)
    return (activities, errors), tuple(end.vector for ends in (activities, errors) for end in ends)


def _shifted(ends: Ends, decay: float) -> tuple[float, float, float]:
    """Smallest, largest and the smallest's relative residual with activity decay, which adds itself to every eigenvalue."""
    smallest, largest = float(ends.smallest.value), float(ends.largest.value)
    residual = float(ends.smallest.residual) * abs(smallest) / abs(smallest + decay)
    return smallest + decay, largest + decay, residual


def _allowed(spec: ExperimentSpec) -> float:
    """The largest eigenvalue at which inference at the present rate is stable; NaN where no rate of ours sets the step."""
    limit = spec.largest_stable_rate(1.0)
    if np.isnan(limit):
        return float("nan")
    # The rate at which a curvature of 1 is stable, with precision and decay, says what the rule makes of 2/β.
    precision, decay = spec.largest_precision, spec.activity_decay
    return (limit * (precision + decay) / spec.activity_lr - decay) / precision + decay if precision > 0 else float("nan")


def _complaint(spec: ExperimentSpec) -> str | None:
    if spec.depth * spec.width**3 <= MAX_WORK:
        return None
    return f"A network of {spec.depth} layers of {spec.width} units is too large to measure the smallest curvature while it runs."


CONDITIONING = Measurement(
    (
        "spectrum_index", "spectrum_activity", "spectrum_negative", "spectrum_error", "spectrum_allowed", "conditioning",
    ),
    _measure,
    complaint=_complaint,
)
