"""μPC trains networks of a hundred layers and more; the standard parameterisation does not (docs/theory.md §1)."""

from statistics import median

from benchmarks.claims.claim import Claim, Finding, spread
from benchmarks.claims.runs import SEEDS, test_accuracy
from pcviz_core import ExperimentSpec

HIDDEN = (8, 16, 32, 64, 128)
STEPS = 120
BASE = ExperimentSpec(width=64, batch_size=64, activation="relu", param_optimiser="adam")
ARMS = {
    "μPC": {"parameterisation": "mupc", "skip": True, "param_lr": 0.1, "activity_lr": 10 / 64},
    "BP, same nets": {"parameterisation": "mupc", "skip": True, "param_lr": 0.1, "algorithm": "bp"},
    "SP uniform, skips": {"parameterisation": "sp_uniform", "skip": True, "param_lr": 1e-3, "activity_lr": 0.5 / 64},
    "SP uniform": {"parameterisation": "sp_uniform", "skip": False, "param_lr": 1e-3, "activity_lr": 0.5 / 64},
}
"""Rates are those of the paper's figure and of its code; activity rates there are β·B."""


def measure() -> Finding:
    """Held-out accuracy after `STEPS` learning steps with T = H, the paper's number of inference steps."""
    rows, middle = [], {}
    for hidden in HIDDEN:
        row: dict[str, object] = {"H": hidden}
        for arm, values in ARMS.items():
            spec = BASE.replace(depth=hidden + 1, n_inference_steps=hidden, **values)
            scores = [test_accuracy(spec.replace(seed=seed), STEPS) for seed in SEEDS]
            row[arm], middle[arm, hidden] = spread(scores), median(scores)
        rows.append(row)
    deepest = HIDDEN[-1]
    keeps = middle["μPC", deepest] > 90 and middle["μPC", deepest] > middle["BP, same nets", deepest] - 5
    falls = middle["SP uniform, skips", 32] < middle["μPC", 32] - 25
    sentence = (
        f"At H = {deepest} μPC reaches {middle['μPC', deepest]:.1f} % and backpropagation on the same network "
        f"{middle['BP, same nets', deepest]:.1f} %; the standard parameterisation with skips falls to "
        f"{middle['SP uniform, skips', 32]:.1f} % at H = 32."
    )
    return Finding(rows, keeps and falls, sentence)


CLAIM = Claim(
    "μPC trains more than a hundred layers",
    "arXiv 2505.13124",
    "On MNIST, μPC reaches 95 to 97 % in one epoch at every depth from 8 to 128 hidden layers, as a 128-layer network trained by "
    "backpropagation does; the standard parameterisation with skips is at chance from 64 layers on.",
    f"Digits, ReLU, width 64, batch 64, T = H, Adam, {STEPS} learning steps; test accuracy in percent.",
    measure,
    BASE.replace(depth=129, n_inference_steps=128, **ARMS["μPC"]),
    ("energy_heatmap", "energy_now", "activity", "learning"),
)
