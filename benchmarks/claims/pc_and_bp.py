"""PC becomes BP when the width is much larger than the depth (docs/theory.md §1.4, §2.1)."""

from itertools import product
from typing import Any

from benchmarks.claims.claim import Claim, Criterion, Figures, Live, Row, middle, spread
from benchmarks.claims.runs import compare, drawn, loss_over_settled, one_hot_batch, trained
from pcviz_core import ExperimentSpec, Network, theory

DEPTHS, WIDTHS = (2, 8, 32), (8, 32, 128, 512)
START_SEEDS, LATER_SEEDS = range(5), range(3)
LATER, LATER_DEPTHS, LATER_WIDTHS = 50, (8, 32), (8, 128, 512)
WIDE, NARROW = 512, 8
SPEC = ExperimentSpec(
    activation="linear", algorithm="equilibrium", param_lr=0.1, param_lr_rule="scaled", parameterisation="mupc", skip=True
)
"""Adam at 0.1/√(N L): the paper's rule, at a rate that learns the digits in as many steps."""
MUPC, NTP = "μPC, at initialisation", "NTP, at initialisation"
SCALED, AS_GIVEN = f"μPC, after {LATER} steps, scaled rate", f"μPC, after {LATER} steps, rate as given"
STARTS = {MUPC: "mupc", NTP: "ntp"}
LATERS = {SCALED: SPEC, AS_GIVEN: SPEC.replace(param_lr=1e-2, param_lr_rule="unscaled")}


def side_by_side(net: Any, x: object, y: object) -> tuple[float, float]:
    """Cosine of ∇F* with ∇loss, and loss / F*."""
    equilibrium = theory.equilibrium(net, x, y)
    cosine, _ = compare(net.weight_gradients(equilibrium.activities, x, y), net.loss_gradients(x, y))
    return cosine, float(net.loss(x, y) / equilibrium.energy)


def fresh(parameterisation: str, width: int, depth: int, seed: int) -> tuple[float, float]:
    """The two of a linear network with skips and standard normal weights."""
    weights = drawn([64, *[width] * (depth - 1), 10], seed, std=1.0)
    return side_by_side(Network.from_weights(weights, parameterisation=parameterisation, skip=True), *one_hot_batch(seed))


def learned(spec: ExperimentSpec, width: int, depth: int, seed: int) -> tuple[float, float] | None:
    """The same on digits, after `LATER` learning steps at the exact equilibrium; None where they diverge."""
    experiment = trained(spec.replace(width=width, depth=depth, seed=seed), LATER)
    return None if experiment.divergence is not None else side_by_side(experiment.network, *experiment.batch)


def measure() -> Figures:
    """Cosine and loss / F* by arm, size and seed."""
    figures: dict[str, dict[str, object]] = {arm: {} for arm in (*STARTS, *LATERS)}
    for (arm, law), width, depth in product(STARTS.items(), WIDTHS, DEPTHS):
        figures[arm][key(width, depth)] = _columns([fresh(law, width, depth, seed) for seed in START_SEEDS])
    for (arm, spec), width, depth in product(LATERS.items(), LATER_WIDTHS, LATER_DEPTHS):
        if arm == SCALED or width != NARROW:
            figures[arm][key(width, depth)] = _columns([learned(spec, width, depth, seed) for seed in LATER_SEEDS])
            print(arm, width, depth, figures[arm][key(width, depth)], flush=True)
    return figures


def _columns(pairs: list[tuple[float, float] | None]) -> dict[str, list[float | None]]:
    return {name: [None if pair is None else pair[at] for pair in pairs] for at, name in enumerate(("cosine", "ratio"))}


def key(width: int, depth: int) -> str:
    """A network as the figures name it."""
    return f"N = {width}, L = {depth}"


def agrees(figures: Figures, name: str) -> bool:
    """Whether at every depth the cosine is above 0.98 and loss / F* below 1.2; an arm's name is its setting and its width."""
    arm, _, width = name.partition("; N = ")
    of_width = [at for size, at in figures[arm].items() if size.startswith(f"N = {width},")]
    return all(middle(at["cosine"]) > 0.98 and middle(at["ratio"]) < 1.2 for at in of_width)


def table(figures: Figures) -> list[Row]:
    """A row for each arm and size."""
    return [
        {"network": arm, "size": size, "cosine": spread(at["cosine"]), "loss / F*": spread(at["ratio"])}
        for arm, sizes in figures.items()
        for size, at in sizes.items()
    ]


def remark(figures: Figures) -> str:
    """The ends of the range, and what leaves it."""
    deep = key(NARROW, 32)
    given = min(middle(at["cosine"]) for at in figures[AS_GIVEN].values())
    return (
        f"At N = {NARROW}, L = 32 the cosine is {middle(figures[MUPC][deep]['cosine']):.2f} at initialisation, and the loss is "
        f"{middle(figures[MUPC][deep]['ratio']):.1f} times F*. Under NTP, whose readout does not shrink with the width, the loss "
        f"stays {middle(figures[NTP][key(WIDE, 32)]['ratio']):.1f} times F* at N = {WIDE}, L = 32. With Adam's rate as given, "
        f"0.01, even wide networks leave the regime as they learn: {given:.3f}. The cosine alone flatters: both are shown."
    )


CLAIM = Claim(
    "PC becomes BP when width ≫ depth",
    "arXiv 2602.07697",
    "For linear residual networks under μPC the equilibrium energy tends to the loss, and its gradient to that of "
    "backpropagation, when N ≫ L, at initialisation and during training; at N ≤ 8 and L = 32 their cosine is 0.1 to 0.3.",
    "Linear networks with skips, closed form. At initialisation: D = 64 normal inputs, 10 random classes, B = 64, "
    f"{len(START_SEEDS)} seeds. After learning: digits, Adam, {len(LATER_SEEDS)} seeds.",
    measure,
    table,
    (
        Criterion(
            "At every depth the cosine is above 0.98 and the loss below 1.2 times F*",
            agrees,
            (f"{MUPC}; N = {WIDE}", f"{SCALED}; N = {WIDE}"),
            (f"{MUPC}; N = {NARROW}", f"{NTP}; N = {WIDE}", f"{AS_GIVEN}; N = {WIDE}"),
        ),
    ),
    remark,
    Live(
        SPEC.replace(depth=16, width=32),
        ("agreement_cosine", "agreement_ratio", "rescaling", "learning"),
        "the loss over the settled energy moves as the network learns; a wider one has it nearer to 1",
        loss_over_settled,
        pace="training",
    ),
)
