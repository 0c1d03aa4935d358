"""The forward pass keeps its size under μPC, at any depth (docs/theory.md §2.4)."""

import numpy as np

from benchmarks.claims.claim import Claim, Criterion, Figures, Live, Row, diverged, middle, spread
from benchmarks.claims.runs import SEEDS, mean_square, trained
from pcviz_core import Experiment, ExperimentSpec

DEPTHS, WIDTH, LATER, MOST = (16, 64, 256), 128, 5, 4.0
LAWS = {
    "μPC, skips": {"parameterisation": "mupc", "skip": True},
    "SP uniform, skips": {"parameterisation": "sp_uniform", "skip": True},
    "SP uniform": {"parameterisation": "sp_uniform", "skip": False},
    "SP, skips": {"parameterisation": "sp", "skip": True},
}
BASE = ExperimentSpec(width=WIDTH, activation="linear", algorithm="bp", param_lr=1e-3, batch_size=64)


def growth(experiment: Experiment) -> float | None:
    """Mean square of the last hidden layer's feedforward activities over that of the first; None where it is not finite."""
    activities, _ = experiment.network.feedforward(experiment.batch[0])
    ratio = mean_square(activities[-1]) / mean_square(activities[0])
    return ratio if np.isfinite(ratio) else None


def measure() -> Figures:
    """At initialisation, and after a few Adam steps of 10⁻³."""
    figures: dict[str, dict[str, object]] = {}
    for law, values in LAWS.items():
        figures[law] = {}
        for depth in DEPTHS:
            specs = [BASE.replace(depth=depth, seed=seed, **values) for seed in SEEDS]
            figures[law][str(depth)] = {
                "start": [growth(Experiment(spec)) for spec in specs],
                "later": [growth(trained(spec, LATER)) for spec in specs],
            }
    return figures


def expected(law: str, depth: int) -> float:
    """q^{L−2}: the squared gain of a hidden layer to the number of them."""
    gains = {"μPC, skips": 1 + 1 / depth, "SP uniform, skips": 4 / 3, "SP uniform": 1 / 3, "SP, skips": 2.0}
    return gains[law] ** (depth - 2)


def keeps(figures: Figures, law: str) -> bool:
    """Within a factor of `MOST` at every depth, at both moments, without a seed that left the range of numbers."""
    every = [values for at in figures[law].values() for values in at.values()]
    return all(not diverged(values) and 1 / MOST < middle(values) < MOST for values in every)


def table(figures: Figures) -> list[Row]:
    """A row for each law and depth."""
    return [
        {
            "network": law,
            "L": depth,
            "last / first": spread(figures[law][str(depth)]["start"], 2),
            f"after {LATER} steps": spread(figures[law][str(depth)]["later"], 2),
            "expected at the start": expected(law, depth),
        }
        for law in LAWS
        for depth in DEPTHS
    ]


def remark(figures: Figures) -> str:
    """The growth of each."""
    at = lambda law, depth: middle(figures[law][str(depth)]["start"])  # noqa: E731
    return (
        f"From the first to the last hidden layer the mean square grows {at('μPC, skips', 256):.2f} times under μPC at L = 256 "
        f"(e = 2.72 is the limit), {at('SP uniform, skips', 64):.1e} times under SP uniform with skips at L = 64, and shrinks to "
        f"{at('SP uniform', 64):.0e} of it without them. A seed whose activities leave the range of float32 counts as diverged."
    )


def across_layers(experiment: Experiment) -> float:
    """Decades by which the rms of activities grows from the first to the last hidden layer."""
    rms = experiment.relaxation.columns["activity_rms"][-1]
    return float(np.log10(rms[-2] / rms[0]))


CLAIM = Claim(
    "μPC keeps the forward pass at one size",
    "arXiv 2505.13124",
    "Under the depth-μP scaling the activities keep their size through any number of layers, at initialisation and in the first "
    "steps of training; under the standard parameterisation they vanish without skips and explode with them.",
    f"Digits, linear, N = {WIDTH}, batch 64; mean square of the last hidden layer's activities over that of the first.",
    measure,
    table,
    (
        Criterion(
            f"From the first to the last hidden layer the mean square changes by less than a factor of {MOST:g} at every depth, "
            f"at initialisation and after {LATER} steps",
            keeps,
            ("μPC, skips",),
            ("SP uniform, skips", "SP uniform", "SP, skips"),
        ),
    ),
    remark,
    Live(
        ExperimentSpec(depth=64, width=64, parameterisation="sp_uniform", algorithm="bp", activation="tanh", param_lr=1e-3),
        ("activity_heatmap", "learning", "energy_now", "activity"),
        "activities grow from layer to layer, and their growth changes as the network learns",
        across_layers,
        pace="training",
    ),
)
