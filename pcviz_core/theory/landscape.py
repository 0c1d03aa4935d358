"""The smallest landscape with a saddle: F* and the loss of the chain 1-1-1 over its two weights, and the flows down both.

The chain predicts w_2 w_1 x. Only ⟨x²⟩, ⟨x y⟩ and ⟨y²⟩ enter (arXiv 2305.18188, 2408.11979; docs/theory.md §3.7).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Field = Callable[[Any, Any], Any]
STEP = 0.004
"""Length of a step along a flow, in units of the weights."""
N_STEPS = 1000


@dataclass(frozen=True, slots=True)
class TwoWeights:
    """Energy at equilibrium and loss of a linear chain of two weights; λ = `output_precision`, moments are not centred."""

    output_precision: float = 1.0
    xx: float = 1.0
    xy: float = -1.0
    yy: float = 1.0

    def loss(self, w1: Any, w2: Any) -> Any:
        """½ ⟨(y − w_2 w_1 x)²⟩."""
        product = w1 * w2
        return 0.5 * (self.yy - 2 * product * self.xy + product**2 * self.xx)

    def energy(self, w1: Any, w2: Any) -> Any:
        """F* = loss / S with S = 1/λ + w_2² (2.2). As λ → 0, F*/λ becomes the loss; as λ → ∞ the output is hard clamped."""
        return self.loss(w1, w2) / (1 / self.output_precision + w2**2)

    def loss_slope(self, w1: Any, w2: Any) -> Any:
        """The gradient of the loss by (w_1, w_2), stacked on the first axis."""
        pull = w1 * w2 * self.xx - self.xy
        return np.stack([w2 * pull, w1 * pull])

    def energy_slope(self, w1: Any, w2: Any) -> Any:
        """The gradient of F*/λ: the same direction as that of F*, and that of the loss as λ → 0.

        The second weight has a part of its own from S, which pushes it away from 0 even where the first is 0.
        """
        rescaling = 1 + self.output_precision * w2**2
        w1_slope, w2_slope = self.loss_slope(w1, w2) / rescaling
        return np.stack([w1_slope, w2_slope - 2 * self.output_precision * w2 * self.loss(w1, w2) / rescaling**2])

    def origin_curvatures(self) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues, ascending, of the Hessians of F*/λ and of the loss at (0, 0).

        The ways out and in of both saddles: (−λ⟨y²⟩ ± √(λ²⟨y²⟩² + 4⟨x y⟩²))/2, and ±⟨x y⟩.
        """
        across = np.array([[0, -self.xy], [-self.xy, 0]])
        return np.linalg.eigvalsh(across - np.diag([0, self.output_precision * self.yy])), np.linalg.eigvalsh(across)

    def flows(self, starts: Any, n_points: int = 49) -> tuple[np.ndarray, np.ndarray]:
        """Paths of gradient flow down F* (PC) and down the loss (BP) from the same starts (paths, 2), each (paths, n_points, 2).

        Points of a path are equally far apart: its shape is the flow's, its pace is not.
        """
        starts = np.asarray(starts, float)
        pc = _path(self.energy, self.energy_slope, starts, n_points)
        return pc, _path(self.loss, self.loss_slope, starts, n_points)


def _path(height: Field, slope: Field, starts: np.ndarray, n_points: int) -> np.ndarray:
    """Where the flow goes: midpoint steps of one small length, halved for a path that would not go down or past the bottom."""
    at = starts.T
    path, length = [at], np.full(len(starts), STEP)
    for _ in range(N_STEPS):
        here = slope(*at)
        there = at - length * _unit(slope(*(at - 0.5 * length * _unit(here))))
        goes = (height(*there) < height(*at)) & ((here * slope(*there)).sum(axis=0) > 0)
        at, length = np.where(goes, there, at), np.where(goes, length, length / 2)
        path.append(at)
    points = np.stack(path).transpose(2, 0, 1)
    return np.stack([_evenly(of_one, n_points) for of_one in points])


def _unit(slope: np.ndarray) -> np.ndarray:
    return slope / np.maximum(np.hypot(*slope), np.finfo(float).tiny)


def _evenly(points: np.ndarray, n_points: int) -> np.ndarray:
    along = np.concatenate([[0], np.hypot(*np.diff(points, axis=0).T).cumsum()])
    at = np.linspace(0, along[-1], n_points)
    return np.stack([np.interp(at, along, coordinate) for coordinate in points.T], axis=1)
