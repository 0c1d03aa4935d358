"""Inference is ill-conditioned, more so with depth; μPC does not cure it (docs/theory.md §2)."""

from itertools import pairwise, product

import numpy as np

from benchmarks.claims.claim import Claim, Criterion, Figures, Live, Row, middle, spread
from benchmarks.claims.runs import SEEDS, drawn, left_of_the_gap
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
    """Condition number of the activity Hessian of a linear network at initialisation, in float64."""
    sizes = [64, *[width] * (depth - 1), 10]
    if parameterisation == "sp_uniform":
        rng = np.random.default_rng(seed)
        weights = [rng.uniform(-1, 1, (o, i)).astype(np.float32) / np.sqrt(i, dtype=np.float32) for i, o in pairwise(sizes)]
    else:
        weights = drawn(sizes, seed, std=1.0 if parameterisation == "mupc" else None)
    net = Network.from_weights(weights, parameterisation=parameterisation, skip=skip)
    return theory.condition_number(net, np.zeros((1, 64)), np.zeros((1, 10)))


def measure() -> Figures:
    """κ by law, width, depth and seed, from products with the Hessian and its inverse alone, so at any depth."""
    return {
        law: {
            key(width, depth): [kappa(*LAWS[law], width, depth, seed) for seed in SEEDS]
            for width, depth in product(WIDTHS, DEPTHS)
        }
        for law in LAWS
    }


def key(width: int, depth: int) -> str:
    """A network as the figures name it."""
    return f"N = {width}, L = {depth}"


def at(figures: Figures, law: str, width: int, depth: int) -> float:
    """The median of the seeds."""
    return middle(figures[law][key(width, depth)])


def table(figures: Figures) -> list[Row]:
    """A row for each law and width."""
    return [
        {"network": law, "N": width, **{f"L = {depth}": spread(figures[law][key(width, depth)], 2) for depth in DEPTHS}}
        for law in LAWS
        for width in WIDTHS
    ]


def deepens(figures: Figures, law: str) -> bool:
    """κ at L = 33 is more than five times that at L = 5, at every width."""
    return all(at(figures, law, width, 33) > 5 * at(figures, law, width, 5) for width in WIDTHS)


def widens(figures: Figures, law: str) -> bool:
    """κ at N = 128 is more than 1.2 times that at N = 16, at every depth from 5 on."""
    return all(at(figures, law, 128, depth) > 1.2 * at(figures, law, 16, depth) for depth in DEPTHS[1:])


def worse_with_skips(figures: Figures, law: str) -> bool:
    """Skips make κ more than 20 times larger at L = 17, N = 64."""
    return at(figures, f"{law}, skips", 64, 17) > 20 * at(figures, law, 64, 17)


def helped_not_cured(figures: Figures, law: str) -> bool:
    """At L = 33, N = 64 κ is below a tenth of that of SP with skips, and above 1000."""
    return 1000 < at(figures, law, 64, 33) < at(figures, "SP, skips", 64, 33) / 10


def remark(figures: Figures) -> str:
    """By how much, and what is exempt."""
    deep = lambda law, width: at(figures, law, width, 33)  # noqa: E731
    wide = ", ".join(f"{deep('SP, skips', width):.2g}" for width in WIDTHS)
    return (
        f"Of SP with skips κ at L = 33 is {wide} at N = {', '.join(map(str, WIDTHS))}: it grows with the width, without an end "
        f"in sight. μPC with skips has {deep('μPC, skips', 64):.2g} at N = 64, and so helps, but is no cure. SP uniform without "
        f"skips is exempt: its κ stays near {deep('SP uniform', 64):.0f}, because its forward pass has vanished."
    )


OTHERS = ("SP", "SP, skips", "SP uniform, skips", "μPC", "μPC, skips")
CLAIM = Claim(
    "The condition number of inference grows with depth",
    "arXiv 2505.13124",
    "The activity Hessian's condition number grows with width and especially with depth; skips make it much worse; μPC reduces "
    "it, and does not cure it.",
    "Linear networks, D = 64, K = 10, at initialisation; condition number of the activity Hessian, in float64.",
    measure,
    table,
    (
        Criterion("κ at L = 33 is more than five times κ at L = 5, at each width", deepens, OTHERS, ("SP uniform",)),
        Criterion(
            "From N = 16 to 128 κ grows by more than a fifth at each depth from L = 5 on",
            widens,
            ("SP", "SP, skips", "SP uniform, skips", "μPC"),
            ("SP uniform",),
        ),
        Criterion(
            "Skips make κ more than 20 times larger at L = 17, N = 64", worse_with_skips, ("SP", "SP uniform"), ("μPC",)
        ),
        Criterion(
            "At L = 33, N = 64 κ is below a tenth of that of SP with skips, and above 1000",
            helped_not_cured,
            ("μPC, skips",),
            ("SP, skips", "SP uniform"),
        ),
    ),
    remark,
    Live(
        ExperimentSpec(depth=17, activation="linear"),
        ("progress", "activity_spectrum", "energy_now", "activity"),
        "what is left of the gap to equilibrium shrinks step by step, and is far from closed at T",
        left_of_the_gap,
    ),
)
