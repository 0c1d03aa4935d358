"""Errors are exponentially imbalanced across layers, and small activity rates make it worse (docs/theory.md §4.1)."""

from itertools import product

import jax
import numpy as np

from benchmarks.claims.claim import Claim, Criterion, Figures, Live, Row, middle, spread
from benchmarks.claims.runs import SEEDS, drawn
from pcviz_core import Experiment, ExperimentSpec, Network
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


def arm(rate: float, multiple: int) -> str:
    """A setting as the figures name it."""
    return f"β = {rate:g}, T = {'' if multiple == 1 else f'{multiple} '}L"


def measure() -> Figures:
    """Decades log10 E_L − log10 E_1 and slope per layer, by depth, rate and T."""
    jax.config.update("jax_enable_x64", True)  # float32 loses the first layers' errors in the rounding of their activities
    figures: dict[str, dict[str, object]] = {}
    for multiple, rate in product(MULTIPLES, RATES):
        figures[arm(rate, multiple)] = {}
        for depth in DEPTHS:
            pairs = [imbalances(depth, rate, multiple * depth, seed) for seed in SEEDS]
            figures[arm(rate, multiple)][str(depth)] = {"decades": [d for d, _ in pairs], "slopes": [s for _, s in pairs]}
    return figures


def exponential(figures: Figures, setting: str) -> bool:
    """The same slope at every depth, within a quarter of it, and of more than one decade per layer."""
    slopes = [middle(figures[setting][str(depth)]["slopes"]) for depth in DEPTHS]
    return min(slopes) > 1 and max(slopes) < 1.25 * min(slopes)


def worse(figures: Figures, setting: str) -> bool:
    """More decades than at the largest rate, with the same T and at every depth, by half of them at least."""
    largest = arm(RATES[-1], 5 if "5" in setting.rpartition("T")[2] else 1)
    decades = lambda at, depth: middle(figures[at][str(depth)]["decades"])  # noqa: E731
    return all(decades(setting, depth) > 1.5 * decades(largest, depth) for depth in DEPTHS)


def table(figures: Figures) -> list[Row]:
    """A row for each depth and setting."""
    return [
        {
            "L": depth,
            "setting": setting,
            "decades": spread(at[str(depth)]["decades"], 2),
            "per layer": spread(at[str(depth)]["slopes"], 2),
        }
        for depth in DEPTHS
        for setting, at in figures.items()
    ]


def remark(figures: Figures) -> str:
    """Decades at the largest depth."""
    decades = lambda rate, multiple: middle(figures[arm(rate, multiple)]["15"]["decades"])  # noqa: E731
    return (
        f"At β = 0.1 and T = L there are {decades(0.1, 1):.0f} decades over 15 layers. β = 0.5 leaves {decades(0.5, 1):.0f}, "
        f"five times the steps {decades(0.1, 5):.0f}, both together none: the imbalance belongs to inference that is cut short. "
        "That small rates train best is not measured here."
    )


def decades_now(experiment: Experiment) -> float:
    """Decades of energy between the last and the first layer; NaN until layer 1 is reached."""
    return float(imbalance(experiment.relaxation.layer_energies[-1:])[0, 0])


CLAIM = Claim(
    "Errors are exponentially imbalanced across layers",
    "arXiv 2506.23800",
    "In deep networks the energy of the first layers is smaller than the output's by many orders of magnitude, exponentially "
    "in the distance; small activity rates make it worse, although they train best.",
    "Digits, tanh after the weights, N(0, 1/fan-in), no skips, N = 64, batch 256, float64, at initialisation.",
    measure,
    table,
    (
        Criterion(
            "The energy falls by more than a decade per layer, by the same slope within a quarter at every depth",
            exponential,
            (arm(0.1, 1), arm(0.2, 1)),
            (arm(0.5, 5), arm(0.1, 5)),
        ),
        Criterion(
            "There are more decades than at β = 0.5 and the same T, by half or more, at every depth",
            worse,
            (arm(0.1, 1), arm(0.1, 5)),
            (arm(0.5, 1),),
        ),
    ),
    remark,
    Live(
        ExperimentSpec(
            depth=8, n_inference_steps=100, activity_lr=0.1, activation="tanh", activation_position="after",
            parameterisation="sp", skip=False,
        ),
        ("energy_now", "energy_heatmap", "repair_energy", "imbalance_learning"),
        "once the error has reached layer 1 the decades between the layers shrink step by step",
        decades_now,
    ),
)
