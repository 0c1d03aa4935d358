"""PC becomes BP when the width is much larger than the depth (docs/theory.md §1.4, §2.1)."""

from functools import partial
from statistics import median

from benchmarks.claims.claim import Claim, Finding, spread
from benchmarks.claims.runs import compare, mupc, one_hot_batch, trained
from pcviz_core import ExperimentSpec, theory

DEPTHS, WIDTHS, SEEDS = (2, 4, 8, 16, 32), (2, 8, 32, 128, 512), range(5)
LATER, LATER_DEPTHS = 50, (4, 8, 32)
SPEC = ExperimentSpec(
    activation="linear", algorithm="equilibrium", param_lr=0.1, param_lr_rule="scaled", parameterisation="mupc", skip=True
)
"""Adam at 0.1/√(N L): the paper's rule, at a rate that learns the digits in as many steps."""
UNSCALED = SPEC.replace(param_lr=1e-2, param_lr_rule="unscaled")


def at_start(width: int, depth: int, seed: int) -> tuple[float, float]:
    """Cosine of ∇F* with ∇loss, and loss / F*, of a fresh linear μPC network."""
    net, (x, y) = mupc(width, depth, seed), one_hot_batch(seed)
    equilibrium = theory.equilibrium(net, x, y)
    cosine, _ = compare(net.weight_gradients(equilibrium.activities, x, y), net.loss_gradients(x, y))
    return cosine, float(net.loss(x, y) / equilibrium.energy)


def after_learning(spec: ExperimentSpec, width: int, depth: int, seed: int) -> tuple[float, float]:
    """The same on digits, after `LATER` learning steps at the exact equilibrium."""
    experiment = trained(spec.replace(width=width, depth=depth, seed=seed), LATER)
    net, (x, y) = experiment.network, experiment.batch
    equilibrium = theory.equilibrium(net, x, y)
    cosine, _ = compare(net.weight_gradients(equilibrium.activities, x, y), net.loss_gradients(x, y))
    return cosine, float(net.loss(x, y) / equilibrium.energy)


START, SCALED, AS_GIVEN = "at initialisation", f"after {LATER} steps, scaled rate", f"after {LATER} steps, rate as given"


def measure() -> Finding:
    """Both, over widths and depths."""
    rows, middle = [], {}
    plan = (
        (START, at_start, DEPTHS, WIDTHS, SEEDS),
        (SCALED, partial(after_learning, SPEC), LATER_DEPTHS, (8, 32, 128, 512), range(3)),
        (AS_GIVEN, partial(after_learning, UNSCALED), LATER_DEPTHS, (128, 512), range(3)),
    )
    for when, of, depths, widths, seeds in plan:
        for depth in depths:
            for width in widths:
                cosines, ratios = zip(*(of(width, depth, seed) for seed in seeds), strict=True)
                middle[when, depth, width] = (median(cosines), median(ratios))
                cells = {"cosine": spread(cosines), "loss / F*": spread(ratios)}
                rows.append({"when": when, "L": depth, "N": width, **cells})
    wide = all(middle[START, depth, 512][0] > 0.98 and middle[START, depth, 512][1] < 1.15 for depth in DEPTHS)
    narrow = middle[START, 32, 8][0] < 0.8 and middle[START, 32, 8][1] > 2
    rises = all(middle[START, depth, 8][1] > middle[START, depth, 32][1] > middle[START, depth, 512][1] for depth in DEPTHS)
    stays = all(middle[SCALED, depth, 512][0] > 0.95 for depth in LATER_DEPTHS)
    given = min(middle[AS_GIVEN, depth, 512][0] for depth in LATER_DEPTHS)
    sentence = (
        f"At N = 512 the cosine is at least {min(middle[START, d, 512][0] for d in DEPTHS):.3f} at initialisation and "
        f"{min(middle[SCALED, d, 512][0] for d in LATER_DEPTHS):.3f} after learning at the scaled rate; at N = 8, L = 32 it is "
        f"{middle[START, 32, 8][0]:.2f} at initialisation, and the loss is {middle[START, 32, 8][1]:.1f} times F*. With "
        f"Adam's rate as given, 0.01, wide networks leave the regime as they learn: {given:.3f}. The cosine alone flatters: both "
        "are shown."
    )
    return Finding(rows, wide and narrow and rises and stays, sentence)


CLAIM = Claim(
    "PC becomes BP when width ≫ depth",
    "arXiv 2602.07697",
    "For linear residual networks under μPC the equilibrium energy tends to the loss, and its gradient to that of "
    "backpropagation, "
    "when N ≫ L, at initialisation and during training; at N ≤ 8 and L = 32 their cosine is 0.1 to 0.3.",
    "Linear networks with skips, closed form. At initialisation: D = 64 normal inputs, 10 random classes, B = 64, five seeds. "
    "After learning: digits, Adam, three seeds.",
    measure,
    SPEC.replace(depth=8, width=128),
    ("agreement_cosine", "agreement_ratio", "rescaling", "learning"),
)
