"""What a slow measurement is: something computed of a run at one moment, beside its steps and never inside them.

A measurement reads a `Snapshot`, whose arrays never change, so it may run in another thread while the run goes on. It may take
seconds. What it found is columns of its own, drawn by the panels that name them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import jax
import numpy as np

from pcviz_core.algorithms import ALGORITHMS
from pcviz_core.diagnostics import Columns
from pcviz_core.network import Network, Rows
from pcviz_core.relaxation import Knobs, Method, State
from pcviz_core.spec import ExperimentSpec

EXACT, ESTIMATE, UPPER_BOUND, LOWER_BOUND = 0.0, 1.0, 2.0, 3.0
"""How good a measured number is: what the `quality` of a `Reading` points at."""

Memory = Any
"""What a measurement keeps for its next time on the same run; None at first. Another run begins with None."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a run is: the values in force and its two clocks."""

    spec: ExperimentSpec
    learn_step: int
    infer_step: int

    @property
    def infers(self) -> bool:
        """Whether the algorithm in force has inference steps."""
        return ALGORITHMS[self.spec.algorithm].infers


@dataclass(frozen=True, slots=True)
class Snapshot(Moment):
    """A run at one moment, by itself.

    `network` is padded: its last `spec.depth − 1` rows are the real ones. `x` (B, D) and `y` (B, K) are the batch, y as it is
    clamped; `start` holds its activities at t = 0 and `state` its relaxation at (k, t); `layer_energies` (t + 1, L) are those of
    the relaxation so far, layer 1 first, NaN where other weights or another λ were in force than now.
    """

    network: Network
    x: jax.Array
    y: jax.Array
    start: Rows
    state: State
    knobs: Knobs
    method: Method
    layer_energies: np.ndarray

    @property
    def first(self) -> int:
        """The row of z_1."""
        return self.network.rows - self.spec.depth + 1


def _always(_: ExperimentSpec) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measurement.

    `columns` are the names of all that it gives, each an array of one axis (docs/protocol.md says what they hold). It is made
    anew when what it `follows` has changed: every inference step, every learning step, or the values of the run alone.
    `complaint` is the sentence on why it says nothing of a run with these values, None where it does; a `PcvizError` while
    measuring is such a sentence too. `first_s` are the seconds that a first time takes, most of them to compile (the default
    network, two cores): of several that wait, what takes less comes sooner.
    """

    columns: tuple[str, ...]
    measure: Callable[[Snapshot, Memory], tuple[Columns, Memory]]
    follows: Literal["inference", "learning", "values"] = "learning"
    complaint: Callable[[ExperimentSpec], str | None] = _always
    first_s: float = 0.0

    def occasion(self, moment: Moment) -> tuple[Any, ...]:
        """What it is a measurement of: it need not be made again while this is the same."""
        match self.follows:
            case "inference":
                return moment.spec, moment.learn_step, moment.infer_step
            case "learning":
                return moment.spec, moment.learn_step
            case "values":
                return (moment.spec,)


def thinned(length: int, most: int) -> np.ndarray:
    """Which of `length` entries are shown: `most` at most, evenly spread, the first and the last among them."""
    return np.unique(np.linspace(0, length - 1, min(length, most)).round().astype(int))
