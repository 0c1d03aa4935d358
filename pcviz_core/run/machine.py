"""What a run is computed with: compiled functions, data and knobs. All of it is a cache: none is state."""

from time import perf_counter
from typing import Any

import jax
import numpy as np

from pcviz_core.batches import BatchOrder
from pcviz_core.diagnostics import Columns
from pcviz_core.preparation import device_data, knobs_of, structure_of
from pcviz_core.program import program_for
from pcviz_core.relaxation import Knobs
from pcviz_core.run.state import RunState
from pcviz_core.spec import ExperimentSpec


class Machine:
    """The compiled functions and the data of one spec. `inferring_s` are the seconds that its inference has taken."""

    def __init__(self, spec: ExperimentSpec) -> None:
        self.structure = structure_of(spec)
        self.program = program_for(self.structure)
        self.data = device_data(spec.dataset, spec.seed)
        self.inferring_s = 0.0
        self._knobs: tuple[tuple[Any, ...], Knobs] | None = None

    def knobs(self, spec: ExperimentSpec, tolerance: float, first_total: float) -> Knobs:
        """What a step is told of the values in force; kept until one of them changes."""
        of = (spec, tolerance, first_total)
        if self._knobs is None or self._knobs[0][0] is not spec or self._knobs[0][1:] != of[1:]:
            self._knobs = of, jax.device_put(knobs_of(*of))
        return self._knobs[1]

    def knobs_at(self, state: RunState, tolerance: float = 0.0) -> Knobs:
        """The knobs of a run at this moment; a `tolerance` of 0 never ends a relaxation."""
        return self.knobs(state.running, tolerance, state.bounds.first_total)

    def samples(self, spec: ExperimentSpec, position: int) -> np.ndarray:
        """The sample numbers of the batch that begins at this place of the run's data."""
        return BatchOrder(len(self.data.x_train), spec.seed, position).take(spec.batch_size)

    def arguments(self, state: RunState, tolerance: float, watched_row: Any, n: int) -> tuple[Any, ...]:
        """What the compiled step takes for up to `n` inference steps from a state."""
        rate, opened = np.float32(state.running.effective_param_lr), state.opened
        learnt, held = (*state.learner, opened.batch), (opened.start, watched_row)
        return *learnt, *held, self.knobs_at(state, tolerance), rate, state.relaxation, np.int32(n)

    def advanced(self, state: RunState, tolerance: float, watched_row: Any, n: int) -> tuple[Any, Any, Columns, np.ndarray]:
        """Up to `n` inference steps: (learner if it changed, relaxation, what was seen after each, outcome)."""
        advance, began = self.program.advance, perf_counter()
        changed, relaxation, raw, outcome = advance(*self.arguments(state, tolerance, watched_row, n))
        raw, outcome = jax.device_get((raw, outcome))
        self.inferring_s += perf_counter() - began
        return changed, relaxation, {name: rows[: outcome[0]] for name, rows in raw.items()}, outcome

    def seen(self, state: RunState, relaxation: Any, watched_row: Any) -> Columns:
        """One row of record for a relaxation as it is."""
        look = self.program.look
        return jax.device_get(look(state.network, state.opened.start, watched_row, self.knobs_at(state), relaxation))

    def watched_row(self, spec: ExperimentSpec, layer: int) -> Any:
        """The row of the hidden layer whose activities are kept."""
        return self.row_of(spec.depth, watched_layer(spec, layer))

    def row_of(self, depth: int, layer: int) -> Any:
        """The row of the padded stack that holds a hidden layer's activities."""
        return np.int32(self.structure.bucket - depth + layer - 1)


def signed_nudge(spec: ExperimentSpec, position: int, n_samples: int, *, second_phase: bool) -> float:
    """The nudge b in y ← u − b (u − y), for the phase that begins; 1 when the output is clamped to the target itself."""
    match spec.nudging:
        case "clamped":
            return 1.0
        case "positive":
            return spec.nudge
        case "negative":
            return -spec.nudge
        case "centred_epoch":
            epoch = position // n_samples
            return spec.nudge if np.random.default_rng([spec.seed, epoch, 1]).random() < 0.5 else -spec.nudge
        case _:
            return -spec.nudge if second_phase else spec.nudge


def watched_layer(spec: ExperimentSpec, layer: int) -> int:
    """The hidden layer that is meant: the last one by 0, and where this network has no such layer."""
    last = spec.depth - 1
    return layer if 1 <= layer <= last else last
