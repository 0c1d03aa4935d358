"""How stiff inference is: the activity Hessian's spectrum or its two ends, beside those in error coordinates."""

import jax
import numpy as np
from threadpoolctl import threadpool_limits

from pcviz_core.diagnostics import Columns
from pcviz_core.measurements.measurement import ESTIMATE, EXACT, LOWER_BOUND, UPPER_BOUND, Measurement, Memory, Snapshot, thinned
from pcviz_core.spec import ExperimentSpec
from pcviz_core.theory.block_tridiagonal import Ends
from pcviz_core.theory.feedforward_curvature import activity_blocks, error_ends, feedforward_spectra, hidden_start
from pcviz_core.theory.hessian import MAX_UNKNOWNS

POINTS = 512
"""The most eigenvalues that are shown; both ends always are."""
GOOD = 1e-2
"""Relative residual below which a smallest eigenvalue is no longer called a bound."""
MAX_STEPS = 48
"""Products in one measurement; the next one goes on from the vectors that this one found."""
MAX_WORK = 2**31
"""The most L·N³ for which the smallest eigenvalue is sought: each layer's block is inverted."""


def _measure(snapshot: Snapshot, memory: Memory) -> tuple[Columns, Memory]:
    decay, unknowns = snapshot.spec.activity_decay, snapshot.spec.width * (snapshot.spec.depth - 1)
    x, y = snapshot.x[:1], snapshot.y[:1]
    if unknowns <= MAX_UNKNOWNS:
        spectra = feedforward_spectra(snapshot.network, x, y)
        activities, quality = _resolved(_by_magnitude(spectra.activities + decay))
        errors, error_quality = _resolved(_by_magnitude(spectra.errors))
        index, residual = thinned(unknowns, POINTS), 0.0
        activities, errors = activities[index], errors[index]
    else:
        ends, memory = _ends(snapshot, x, y, memory)
        smallest, largest, residual = _shifted(ends[0], decay)
        activities, index = np.array([smallest, largest]), np.array([0, unknowns - 1])
        errors = np.array([float(ends[1].smallest.value), float(ends[1].largest.value)])
        quality = ESTIMATE if residual < GOOD else UPPER_BOUND
        # Of an indefinite one the lowest is known, and some eigenvalue may be nearer to 0.
        error_quality = ESTIMATE if errors[0] > 0 else UPPER_BOUND
    of_ratio, of_error_ratio = (LOWER_BOUND if each == UPPER_BOUND else each for each in (quality, error_quality))
    numbers = [
        activities[-1], activities[0], quality, residual, _ratio(activities), of_ratio, _ratio(errors), of_error_ratio, unknowns,
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


def _resolved(by_magnitude: np.ndarray) -> tuple[np.ndarray, float]:
    """Eigenvalues with those that are rounding alone raised to what rounding leaves, and whether the smallest is such a bound.

    A dense spectrum in float64 is off by some 10⁻¹⁶ of its largest value: below a hundred times that nothing is known of one.
    """
    floor = 100 * np.finfo(np.float64).eps * abs(by_magnitude[-1])
    lost = np.abs(by_magnitude) < floor
    return np.where(lost, floor, by_magnitude), UPPER_BOUND if lost.any() else EXACT


def _ratio(eigenvalues: np.ndarray) -> float:
    return abs(float(eigenvalues[-1] / eigenvalues[0])) if eigenvalues[0] != 0 else np.inf


def _ends(snapshot: Snapshot, x: jax.Array, y: jax.Array, memory: Memory) -> tuple[tuple[Ends, Ends], Memory]:
    """The ends in both coordinates, from the vectors of the last time."""
    net = snapshot.network
    fresh = hidden_start(net)
    starts = memory if memory is not None and memory[0].shape == fresh.shape else (fresh, fresh, fresh)
    with threadpool_limits(1):
        activities = activity_blocks(net, x, y).ends(starts[0], starts[1], MAX_STEPS)
        errors = error_ends(net, x, y, starts[2], MAX_STEPS)
    # Both ends of the one come from one search, which starts from them together.
    together = errors.largest.vector + errors.smallest.vector
    return (activities, errors), (activities.largest.vector, activities.smallest.vector, together)


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
    first_s=5,
)
