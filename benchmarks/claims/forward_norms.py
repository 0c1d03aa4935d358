"""The forward pass keeps its size under μPC, at any depth (docs/theory.md §2.4)."""

from statistics import median

import numpy as np

from benchmarks.claims.claim import Claim, Finding, spread
from benchmarks.claims.runs import SEEDS, mean_square, trained
from pcviz_core import Experiment, ExperimentSpec

DEPTHS, WIDTH, LATER = (16, 64, 256), 128, 5
LAWS = {
    "μPC, skips": {"parameterisation": "mupc", "skip": True},
    "SP uniform, skips": {"parameterisation": "sp_uniform", "skip": True},
    "SP uniform": {"parameterisation": "sp_uniform", "skip": False},
    "SP, skips": {"parameterisation": "sp", "skip": True},
}
BASE = ExperimentSpec(width=WIDTH, activation="linear", algorithm="bp", param_lr=1e-3, batch_size=64)


def sizes(experiment: Experiment) -> tuple[float, float]:
    """Mean square of the first and of the last hidden layer's feedforward activities."""
    activities, _ = experiment.network.feedforward(experiment.batch[0])
    return mean_square(activities[0]), mean_square(activities[-1])


def measure() -> Finding:
    """At initialisation, and after a few Adam steps of 10⁻³."""
    rows, middle = [], {}
    for law, values in LAWS.items():
        for depth in DEPTHS:
            specs = [BASE.replace(depth=depth, seed=seed, **values) for seed in SEEDS]
            fresh = [sizes(Experiment(spec)) for spec in specs]
            later = [sizes(trained(spec, LATER)) for spec in specs]
            growth = [last / first for first, last in fresh]
            middle[law, depth] = median(growth)
            rows.append(
                {
                    "network": law,
                    "L": depth,
                    "first layer": spread([first for first, _ in fresh], 2),
                    "last hidden": spread([last for _, last in fresh], 2),
                    f"last hidden after {LATER} steps": spread([last for _, last in later], 2),
                    "expected last / first": expected(law, depth),
                }
            )
    calm = all(middle["μPC, skips", depth] < 2 * np.e for depth in DEPTHS)
    wild = middle["SP uniform, skips", 64] > 1e4 and middle["SP uniform", 64] < 1e-10
    sentence = (
        f"From the first to the last hidden layer the mean square grows {middle['μPC, skips', 256]:.2f} times under μPC at L = "
        "256 "
        f"(e = 2.72 is the limit), {middle['SP uniform, skips', 64]:.1e} times under SP uniform with skips at L = 64, and "
        "shrinks to "
        f"{middle['SP uniform', 64]:.0e} without them."
    )
    return Finding(rows, calm and wild, sentence)


def expected(law: str, depth: int) -> float:
    """q^{L−2}: the squared gain of a hidden layer to the number of them."""
    gains = {"μPC, skips": 1 + 1 / depth, "SP uniform, skips": 4 / 3, "SP uniform": 1 / 3, "SP, skips": 2.0}
    return gains[law] ** (depth - 2)


CLAIM = Claim(
    "μPC keeps the forward pass at one size",
    "arXiv 2505.13124",
    "Under the depth-μP scaling the activities keep their size through any number of layers, at initialisation and in the first "
    "steps of training; under the standard parameterisation they vanish without skips and explode with them.",
    f"Digits, linear, N = {WIDTH}, batch 64; mean square of hidden activities.",
    measure,
    ExperimentSpec(depth=64, width=64, parameterisation="sp_uniform"),
    ("activity_heatmap", "energy_now", "activity", "learning"),
)
