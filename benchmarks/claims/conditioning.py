"""Inference is ill-conditioned, more so with depth; μPC does not cure it (docs/theory.md §2)."""

from itertools import pairwise
from statistics import median

import numpy as np

from benchmarks.claims.claim import Claim, Finding, spread
from benchmarks.claims.runs import SEEDS, drawn
from pcviz_core import ExperimentSpec, Network, theory

DEPTHS, WIDTHS = (3, 5, 9, 17, 33), (16, 64, 128)
LAWS = {
    "SP": ("sp", False),
    "SP, skips": ("sp", True),
    "SP uniform": ("sp_uniform", False),
    "SP uniform, skips": ("sp_uniform", True),
    "μPC": ("mupc", False),
    "μPC, skips": ("mupc", True),
}


def kappa(parameterisation: str, skip: bool, width: int, depth: int, seed: int) -> float:
    """Condition number of the activity Hessian of a linear network at initialisation."""
    sizes = [64, *[width] * (depth - 1), 10]
    if parameterisation == "sp_uniform":
        rng = np.random.default_rng(seed)
        weights = [rng.uniform(-1, 1, (o, i)).astype(np.float32) / np.sqrt(i, dtype=np.float32) for i, o in pairwise(sizes)]
    else:
        weights = drawn(sizes, seed, std=1.0 if parameterisation == "mupc" else None)
    net = Network.from_weights(weights, parameterisation=parameterisation, skip=skip)
    return theory.condition_number(net, np.zeros((1, 64)), np.zeros((1, 10)))


def measure() -> Finding:
    """κ by products with the Hessian and its inverse alone, so at any depth."""
    rows, middle = [], {}
    for law, (parameterisation, skip) in LAWS.items():
        for width in WIDTHS:
            row: dict[str, object] = {"network": law, "N": width}
            for depth in DEPTHS:
                values = [kappa(parameterisation, skip, width, depth, seed) for seed in SEEDS]
                row[f"L = {depth}"], middle[law, width, depth] = spread(values, 2), median(values)
            rows.append(row)
    grows = all(middle[law, 64, 33] > 5 * middle[law, 64, 5] for law in LAWS if law != "SP uniform")
    skips_hurt = middle["SP uniform, skips", 64, 17] > 20 * middle["SP uniform", 64, 17]
    no_cure = middle["μPC, skips", 64, 33] > 1000
    sentence = (
        f"κ grows with depth in every network, and saturates in the width. At L = 17, N = 64 skips make it "
        f"{middle['SP uniform, skips', 64, 17] / middle['SP uniform', 64, 17]:.0f} times larger under SP uniform; μPC with "
        "skips has "
        f"{middle['μPC, skips', 64, 17]:.0f} there, and so helps against SP with skips ({middle['SP, skips', 64, 17]:.2g}), "
        "but is "
        f"no cure. The uniform law without skips is the best conditioned of all, because its forward pass has vanished."
    )
    return Finding(rows, grows and skips_hurt and no_cure, sentence)


CLAIM = Claim(
    "The condition number of inference grows with depth",
    "arXiv 2505.13124",
    "The activity Hessian's condition number grows with width and especially with depth; skips make it much worse; μPC reduces "
    "it, and does not cure it.",
    "Linear networks, D = 64, K = 10, at initialisation; condition number of the activity Hessian.",
    measure,
    ExperimentSpec(depth=17, activation="linear"),
    ("activity_spectrum", "energy_now", "activity", "learning"),
)
