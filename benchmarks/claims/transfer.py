"""Under μPC the best rates stay where they are when the network grows (docs/theory.md §1)."""

from itertools import product

import numpy as np

from benchmarks.claims.claim import Claim, Finding
from benchmarks.claims.runs import SEEDS, last_loss
from pcviz_core import ExperimentSpec

STEPS = 60
PARAM_LR = (0.01, 0.03, 0.1, 0.3)
ACTIVITY_LR = (0.01, 0.04, 0.16, 0.35, 0.7)
BASE = ExperimentSpec(activation="tanh", parameterisation="mupc", skip=True, batch_size=64, param_optimiser="adam")
NETS = [(32, 9), (64, 9), (128, 9), (64, 17), (64, 33)]


def grid(width: int, depth: int) -> np.ndarray:
    """Log10 of the loss after `STEPS` steps, median of the seeds, by learning rate and activity rate."""
    losses = np.empty((len(PARAM_LR), len(ACTIVITY_LR)))
    for (i, eta), (j, beta) in product(enumerate(PARAM_LR), enumerate(ACTIVITY_LR)):
        spec = BASE.replace(width=width, depth=depth, n_inference_steps=depth - 1, param_lr=eta, activity_lr=beta)
        losses[i, j] = np.median([last_loss(spec.replace(seed=seed), STEPS) for seed in SEEDS])
    return losses


def measure() -> Finding:
    """The best pair of rates of each network, and what it costs to take the smallest network's instead."""
    grids = {net: grid(*net) for net in NETS}
    at = np.unravel_index(np.argmin(grids[NETS[0]]), grids[NETS[0]].shape)
    rows, regrets, beyond = [], [], []
    for (width, depth), losses in grids.items():
        i, j = np.unravel_index(np.argmin(losses), losses.shape)
        regret = float(losses[at] / losses[i, j])
        regrets.append(regret)
        beyond.append(bool(losses[at[0], -1] > 2 * losses[i, j]))
        rows.append(
            {
                "N": width,
                "L": depth,
                "best η": PARAM_LR[i],
                "best β": ACTIVITY_LR[j],
                "best loss": float(losses[i, j]),
                f"loss at η = {PARAM_LR[at[0]]}, β = {ACTIVITY_LR[at[1]]}": float(losses[at]),
                f"loss at β = {ACTIVITY_LR[-1]}": float(losses[at[0], -1]),
            }
        )
    sentence = (
        f"The rates that are best at N = {NETS[0][0]}, L = {NETS[0][1]} cost at most a factor {max(regrets):.2f} in loss "
        "elsewhere on "
        f"this grid, and β = {ACTIVITY_LR[-1]}, beyond the limit near 0.4, is bad for "
        f"{'every network' if all(beyond) else f'{sum(beyond)} of {len(beyond)} networks'}. The limit 2/λ_max hardly moves "
        "with width "
        "or depth, which is why the activity rate transfers. The grid is coarse and the digits are easy, so a small drift of the "
        "best η, as in the paper's own figure, would not show."
    )
    return Finding(rows, max(regrets) < 2 and all(beyond), sentence)


CLAIM = Claim(
    "Both rates transfer across width and depth",
    "arXiv 2505.13124",
    "Under μPC the best activity rate (β·B near 10 at batch 64, so β near 0.16) and the best weight rate (near 0.1, drifting "
    "to 0.05 "
    "in wide networks) are the same at every width and depth; between β·B of 10 and 100 training diverges everywhere.",
    f"Digits, tanh, μPC with skips, batch 64, T = H, Adam, {STEPS} learning steps; training loss over the last ten, median of "
    "seeds, "
    f"on a grid of {len(PARAM_LR)} learning rates by {len(ACTIVITY_LR)} activity rates.",
    measure,
    BASE.replace(depth=17, activity_lr=0.16, param_lr=0.1),
    ("energy_heatmap", "energy_now", "activity", "learning"),
)
