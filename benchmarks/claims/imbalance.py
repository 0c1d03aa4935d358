"""Errors are exponentially imbalanced across layers, and small activity rates make it worse (docs/theory.md §4.1)."""

from statistics import median

import jax
import numpy as np

from benchmarks.claims.claim import Claim, Finding, spread
from benchmarks.claims.runs import SEEDS, drawn
from pcviz_core import ExperimentSpec, Network
from pcviz_core.datasets import DATASETS
from pcviz_core.diagnostics import imbalance

DEPTHS, RATES, MULTIPLES, BATCH = (5, 10, 15), (0.1, 0.2, 0.5), (1, 5), 256


def imbalances(depth: int, rate: float, steps: int, seed: int) -> tuple[float, float]:
    """Decades and slope at the end of the first relaxation."""
    data = DATASETS["digits"].load(seed)
    weights = drawn([64, *[64] * (depth - 1), 10], seed)
    net = Network.from_weights(weights, activation="tanh", activation_position="after")
    relaxation = net.relax(data.x_train[:BATCH], data.y_train[:BATCH], n_steps=steps, activity_lr=rate)
    decades, slope = imbalance(np.asarray(relaxation.layer_energies[-1:]))[0]
    return float(decades), float(slope)


def measure() -> Finding:
    """Decades log10 E_L − log10 E_1 and slope per layer, by depth, rate and T."""
    jax.config.update("jax_enable_x64", True)  # float32 loses the first layers' errors in the rounding of their activities
    rows, middle = [], {}
    for depth in DEPTHS:
        for multiple in MULTIPLES:
            for rate in RATES:
                decades, slopes = zip(*(imbalances(depth, rate, multiple * depth, seed) for seed in SEEDS), strict=True)
                middle[depth, multiple, rate] = (median(decades), median(slopes))
                rows.append(
                    {"L": depth, "T": f"{multiple} L", "β": rate, "decades": spread(decades, 2), "per layer": spread(slopes, 2)}
                )
    grows = all(middle[d, m, 0.1][0] > middle[d, m, 0.5][0] for d in DEPTHS for m in MULTIPLES)
    slopes = [middle[depth, 1, 0.1][1] for depth in DEPTHS]
    exponential = max(slopes) - min(slopes) < 0.25
    helps = all(middle[d, 5, 0.1][0] < middle[d, 1, 0.1][0] for d in DEPTHS)
    sentence = (
        f"At β = 0.1 and T = L the slope is {np.mean(slopes):.2f} decades per layer at every depth, so the imbalance is "
        "exponential: "
        f"{middle[15, 1, 0.1][0]:.0f} decades over 15 layers. β = 0.5 leaves {middle[15, 1, 0.5][0]:.0f}, five times the steps "
        f"{middle[15, 5, 0.1][0]:.0f}."
    )
    return Finding(rows, grows and exponential and helps, sentence)


CLAIM = Claim(
    "Errors are exponentially imbalanced across layers",
    "arXiv 2506.23800",
    "In deep networks the energy of the first layers is smaller than the output's by many orders of magnitude, exponentially "
    "in the "
    "distance; small activity rates make it worse, although they train best.",
    "Digits, tanh after the weights, N(0, 1/fan-in), no skips, N = 64, batch 256, float64, at initialisation.",
    measure,
    ExperimentSpec(
        depth=15, activity_lr=0.1, activation="tanh", activation_position="after", parameterisation="sp", skip=False
    ),
    ("repair_energy", "energy_now", "energy_heatmap", "imbalance_learning"),
)
