"""A run's whole state: one immutable value. What is not in it is computed from it, or is a cache and says so."""

from dataclasses import dataclass
from typing import NamedTuple

import jax
import numpy as np

from pcviz_core.learning import Moments
from pcviz_core.network import Network, Rows, Weights
from pcviz_core.program import Batch
from pcviz_core.relaxation import State
from pcviz_core.spec import ExperimentSpec


class Learner(NamedTuple):
    """What learning changes: the network's weights, and what the optimiser remembers."""

    network: Network
    moments: Moments


class Bounds(NamedTuple):
    """What divergence is measured against. A larger output precision λ makes every energy larger, and the bounds with it."""

    first_total: float
    """Total energy at the run's first t = 0; infinite before there is one."""
    loudest_of_run: float
    """The largest λ so far."""
    loudest: float
    """The largest λ of this relaxation."""


class Position(NamedTuple):
    """A moment of a run: learning step k, phase (1 in the second of two nudged phases, else 0), inference step t.

    A retry comes to the same moment again: only the number of commands before tells the two apart.
    """

    learn_step: int
    phase: int
    infer_step: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A relaxation at its t = 0: what it holds fixed, and what a retry goes back to."""

    learner: Learner
    samples_taken: int
    """Samples that the run had taken before this batch."""
    first_phase: Weights | None
    """The gradient of the first of two nudged phases, in the second."""
    nudge: float
    """b in y ← u − b (u − y), signed; 1 where the output is clamped to the target itself."""
    batch: Batch
    relaxation: State
    loss: float
    """The feedforward loss of the batch."""
    target_rms: float
    """The rms of what the output is held at."""

    @property
    def start(self) -> Rows:
        """The activities at t = 0, padding included."""
        return self.relaxation.view.activities


@dataclass(frozen=True, slots=True)
class RunState:
    """A run at one moment.

    `running` are the values in force, `wanted` those from the next learning step on. `infer_step`, `diverged` and `settled` are
    what `relaxation` holds on the device. `touched` says that something within this relaxation cannot be told from its t = 0
    alone (a live change, a kick); the rows from `comparable_from` on are by the λ in force. `arrival` (L,) is the inference step
    from which each layer has an error, NaN where that cannot be told.
    """

    wanted: ExperimentSpec
    running: ExperimentSpec
    learner: Learner
    learn_step: int
    opened: Opened
    relaxation: State
    bounds: Bounds
    arrival: np.ndarray
    infer_step: int = 0
    diverged: bool = False
    settled: bool = False
    touched: bool = False
    comparable_from: int = 0

    @property
    def opens_second_phase(self) -> bool:
        """Whether the end of this relaxation is the first of two phases, so that the same learning step goes on."""
        return self.running.nudging == "centred" and self.opened.first_phase is None

    @property
    def network(self) -> Network:
        """The network as it is now, padded."""
        return self.learner.network

    @property
    def phase(self) -> int:
        """1 in the second of two nudged phases, else 0."""
        return int(self.opened.first_phase is not None)

    @property
    def position(self) -> Position:
        """Where this is in the run."""
        return Position(self.learn_step, self.phase, self.infer_step)


class Checkpoint(NamedTuple):
    """What a run at t = 0 of a learning step can be made again from: a step boundary, before any command at it.

    `origin` are the values at k = 0, `spec` those in force here; `ordinal` is the number of commands of the run's log that came
    before.
    """

    origin: ExperimentSpec
    spec: ExperimentSpec
    learner: Learner
    learn_step: int
    samples_taken: int
    first_total: float
    loudest_of_run: float
    ordinal: int

    @property
    def nbytes(self) -> int:
        """Bytes that its arrays take."""
        return sum(leaf.nbytes for leaf in jax.tree.leaves(self.learner))
