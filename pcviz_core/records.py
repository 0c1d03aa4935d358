"""What a run tells: the rows of a relaxation, the numbers of a learning step, an evaluation."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pcviz_core.diagnostics import Columns, arrival_steps


@dataclass(frozen=True, slots=True)
class Record:
    """What was seen of one relaxation: a row per inference step, true depth only, layer 1 first (docs/protocol.md)."""

    learn_step: int
    infer_steps: np.ndarray
    columns: Columns

    @property
    def layer_energies(self) -> np.ndarray:
        """(S, L) batch-mean energies, output precision included."""
        return self.columns["layer_energy"]

    @property
    def layer_errors(self) -> np.ndarray:
        """(S, L) rms errors over batch and units, without precision."""
        return self.columns["layer_error"]

    @property
    def arrival(self) -> np.ndarray:
        """(L,) first recorded t at which each layer had energy; NaN where none had."""
        return arrival_steps(self.infer_steps, self.layer_energies)

    def rows(self, indices: Any) -> "Record":
        """A selection of rows."""
        return Record(self.learn_step, self.infer_steps[indices], {n: c[indices] for n, c in self.columns.items()})

    @staticmethod
    def join(records: list["Record"]) -> "Record":
        """Rows of the same relaxation, one after another."""
        if len(records) == 1:
            return records[0]
        names = records[0].columns
        return Record(
            records[0].learn_step,
            np.concatenate([r.infer_steps for r in records]),
            {name: np.concatenate([r.columns[name] for r in records]) for name in names},
        )


@dataclass(frozen=True, slots=True)
class LearningPoint:
    """One finished learning step: its batch's loss before the update, and the energies at the end of its relaxation."""

    learn_step: int
    loss: float
    total_energy: float
    output_energy: float
    hidden_energy: float
    decades: float
    slope: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Loss and accuracy by feedforward passes with the weights of `learn_step`; accuracies are None for regression."""

    learn_step: int
    loss: float
    accuracy: float | None
    train_accuracy: float | None
