"""μPC trains networks of a hundred layers and more; the standard parameterisation does not (docs/theory.md §1)."""

from itertools import product

from benchmarks.claims.claim import Claim, Criterion, Figures, Live, Row, diverged, middle, spread
from benchmarks.claims.runs import test_accuracy, training_loss
from pcviz_core import ExperimentSpec

SEARCHED, DEEPEST = (8, 16, 32), 128
HIDDEN = (*SEARCHED, DEEPEST)
STEPS, SEARCH_STEPS, SEARCH_SEED = 120, 60, 10
PARAM_LR, ACTIVITY_LR = (1e-3, 1e-2, 1e-1), (0.01, 0.04, 0.16)
BASE = ExperimentSpec(width=64, batch_size=64, activation="relu", param_optimiser="adam")
BP = "BP, μPC's nets"
ARMS: dict[str, dict[str, object]] = {
    "μPC": {"parameterisation": "mupc", "skip": True},
    BP: {"parameterisation": "mupc", "skip": True, "algorithm": "bp"},
    "SP uniform, skips": {"parameterisation": "sp_uniform", "skip": True},
    "SP uniform": {"parameterisation": "sp_uniform", "skip": False},
}
AT_CHANCE = "SP uniform"
"""At chance by H = 16, and so not run at the deepest."""


def searched(arm: str, hidden: int) -> dict[str, float]:
    """The pair of rates with the best accuracy on a seed of its own, of the same nine for every arm (BP has no second rate)."""
    rates = ACTIVITY_LR[-1:] if "algorithm" in ARMS[arm] else ACTIVITY_LR
    points = [{"param_lr": eta, "activity_lr": beta} for eta, beta in product(PARAM_LR, rates)]
    spec = BASE.replace(depth=hidden + 1, n_inference_steps=hidden, seed=SEARCH_SEED, **ARMS[arm])
    return max(points, key=lambda point: test_accuracy(spec.replace(**point), SEARCH_STEPS) or 0.0)


def measure() -> Figures:
    """Held-out accuracy after `STEPS` learning steps with T = H, the paper's number of inference steps."""
    figures: dict[str, dict[str, object]] = {arm: {} for arm in ARMS}
    for arm, values in ARMS.items():
        rates: dict[str, float] = {}
        for hidden in HIDDEN:
            if hidden == DEEPEST and arm == AT_CHANCE:
                continue
            if hidden in SEARCHED:
                rates = searched(arm, hidden)
            spec = BASE.replace(depth=hidden + 1, n_inference_steps=hidden, **values, **rates)
            seeds = range(2 if hidden == DEEPEST else 3)
            scores = [test_accuracy(spec.replace(seed=seed), STEPS) for seed in seeds]
            figures[arm][str(hidden)] = {**rates, "scores": scores}
            print(arm, hidden, figures[arm][str(hidden)], flush=True)
    return figures


def table(figures: Figures) -> list[Row]:
    """A row for each depth, with the rates that the search chose."""
    return [
        {"H": hidden, **{arm: _cell(arm, figures[arm].get(str(hidden))) for arm in ARMS}} for hidden in HIDDEN
    ]


def _cell(arm: str, at: Figures | None) -> str:
    if at is None:
        return "not run"
    rate = "" if arm == BP else f", β {at['activity_lr']:g}"
    return f"{spread(at['scores'])} at η {at['param_lr']:g}{rate}"


def keeps(figures: Figures, arm: str) -> bool:
    """Trained at every depth that was run, and as far as backpropagation."""
    return all(
        diverged(at["scores"]) == 0
        and middle(at["scores"]) > 90
        and middle(at["scores"]) > middle(figures[BP][hidden]["scores"]) - 5
        for hidden, at in figures[arm].items()
    )


def remark(figures: Figures) -> str:
    """The deepest, and where the tuned standard parameterisation stands."""
    at = lambda arm, hidden: spread(figures[arm][str(hidden)]["scores"])  # noqa: E731
    return (
        f"At H = {DEEPEST} μPC reaches {at('μPC', DEEPEST)} % and backpropagation on the same networks {at(BP, DEEPEST)} %. "
        f"The standard parameterisation with skips, tuned by the same search, reaches {at('SP uniform, skips', 8)} % at H = 8, "
        f"{at('SP uniform, skips', 32)} % at H = 32 and {at('SP uniform, skips', DEEPEST)} % at H = {DEEPEST}."
    )


CLAIM = Claim(
    "μPC trains more than a hundred layers",
    "arXiv 2505.13124",
    "On MNIST, μPC reaches 95 to 97 % in one epoch at every depth from 8 to 128 hidden layers, as a 128-layer network trained by "
    "backpropagation does; the standard parameterisation with skips is at chance from 64 layers on.",
    f"Digits, ReLU, width 64, batch 64, T = H, Adam, {STEPS} learning steps; test accuracy in percent of three seeds, two at "
    f"H = {DEEPEST}. Each arm takes the best of the same grid, η of {', '.join(f'{eta:g}' for eta in PARAM_LR)} by β of "
    f"{', '.join(f'{beta:g}' for beta in ACTIVITY_LR)}, after {SEARCH_STEPS} steps on a seed of its own at H = 8, 16 and 32; at "
    f"H = {DEEPEST} it keeps the rates of H = 32. The rates are ours, not the paper's.",
    measure,
    table,
    (
        Criterion(
            "Test accuracy is above 90 % and at most 5 points below BP's at every depth, and no seed diverges",
            keeps,
            ("μPC",),
            ("SP uniform, skips", "SP uniform"),
        ),
    ),
    remark,
    Live(
        BASE.replace(depth=129, n_inference_steps=128, param_lr=0.1, activity_lr=0.16),
        ("energy_heatmap", "energy_now", "activity", "learning"),
        "the training loss of 129 layers falls",
        training_loss,
        pace="training",
    ),
)
