"""Lazy and rich learning by the output scale γ, at equal loss (docs/theory.md §1.3)."""

from statistics import median
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.claims.claim import Claim, Criterion, Figures, Live, Row, diverged, finished, middle, spread
from benchmarks.claims.runs import SEEDS, mupc, training_loss
from pcviz_core import ExperimentSpec, Network
from pcviz_core.network import Weights
from pcviz_core.theory.equilibrium import equilibrium_rows

GAMMAS, WIDTH, DEPTH, STEPS, RATE, PART = (0.1, 0.5, 1.0, 2.0, 4.0), 512, 16, 300, 0.05, 0.5
INPUTS, SAMPLES = 40, 20
PC, BP, ALONE = "γ, PC", "γ, BP", "γ = 1, rates of those γ"
ARMS = {PC: "pc", BP: "bp", ALONE: "pc"}
"""By what the weights learn. The third has γ = 1 throughout and varies the rate alone, as far as γ² does."""


def toy(seed: int) -> tuple[jax.Array, jax.Array]:
    """Normal inputs; +1 for the first half, −1 for the rest."""
    x = jax.random.normal(jax.random.key(500 + seed), (SAMPLES, INPUTS))
    return x, jnp.where(jnp.arange(SAMPLES) < SAMPLES // 2, 1.0, -1.0)[:, None]


@eqx.filter_jit
def descend(net: Network, x: jax.Array, y: jax.Array, rate: jax.Array, steps: int, by: str) -> tuple[jax.Array, jax.Array]:
    """Gradient descent on F* ("pc") or on the loss ("bp"): the hidden weights' relative movement and the loss, by step."""
    size = jnp.linalg.norm(net.weights.blocks)

    def step(weights: Weights, _: None) -> tuple[Weights, tuple[jax.Array, jax.Array]]:
        at = eqx.tree_at(lambda n: n.weights, net, weights)
        feedforward = at.feedforward_rows(x)
        residual = at.output_error(at.predict_output(feedforward[-1]), y)
        if by == "pc":
            activities = equilibrium_rows(at, at.predict_first(x), y).activities
            view = at.view(activities, at.predict_first(x), y)
            gradient = at.weight_gradient(x, activities, view.errors, view.output_error)
        else:
            gradient = at.weight_gradient(x, feedforward, at.backprop_errors(feedforward, residual), residual)
        seen = jnp.linalg.norm(weights.blocks - net.weights.blocks) / size, 0.5 * jnp.mean(jnp.sum(residual**2, -1))
        return jax.tree.map(lambda w, g: w - rate * g, weights, gradient), seen

    return jax.lax.scan(step, net.weights, None, length=steps)[1]


def run(gamma: float, rate: float, seed: int, by: str) -> dict[str, object] | None:
    """Movement when the loss was first below its part of the start, and the loss now and then; None where it diverges."""
    net, (x, y) = mupc(WIDTH, DEPTH, seed, inputs=INPUTS, outputs=1, gamma=gamma), toy(seed)
    moved, losses = (np.asarray(each, np.float64) for each in descend(net, x, y, jnp.float32(rate), STEPS, by))
    if not np.isfinite(losses).all():
        return None
    reached = losses < PART * losses[0]
    at = int(np.argmax(reached)) if reached.any() else len(losses) - 1
    return {"moved": float(moved[at]), "steps": at, "reached": bool(reached.any()), "losses": _rounded(losses)}


def _rounded(losses: np.ndarray) -> list[float]:
    return [float(f"{loss:.4g}") for loss in losses[:: STEPS // 20]]


def measure() -> Figures:
    """By arm and γ, a run for each seed: how far the hidden weights had moved when the loss was first below half its start."""
    figures: dict[str, Any] = {}
    for arm, by in ARMS.items():
        figures[arm] = {
            f"{gamma:g}": [run(1.0 if arm == ALONE else gamma, RATE * gamma**2 * WIDTH, seed, by) for seed in SEEDS]
            for gamma in GAMMAS
        }
        print(arm, {g: [r and r["moved"] for r in runs] for g, runs in figures[arm].items()}, flush=True)
    return figures


def movements(figures: Figures, arm: str, gamma: float) -> list[float | None]:
    """Relative movement of the hidden weights at half the starting loss, by seed; None where it was not reached."""
    return [run["moved"] if run is not None and run["reached"] else None for run in figures[arm][f"{gamma:g}"]]


def richer(figures: Figures, arm: str) -> bool:
    """Of the γ at which every seed halves its loss, each larger one moves the weights farther, the largest five times as far."""
    every = [movements(figures, arm, gamma) for gamma in GAMMAS]
    moved = [middle(each) for each in every if not diverged(each)]
    return len(moved) > len(GAMMAS) / 2 and bool(np.all(np.diff(moved) > 0)) and moved[-1] > 5 * moved[0]


def apart(figures: Figures, gamma: float) -> float:
    """Largest distance of PC's and BP's loss curves in decades, where both are above 10⁻⁶; median of the seeds."""
    pairs = zip(figures[PC][f"{gamma:g}"], figures[BP][f"{gamma:g}"], strict=True)
    logs = [[np.log10(np.maximum(run["losses"], 1e-6)) for run in pair] for pair in pairs if None not in pair]
    return median(float(np.max(np.abs(pc - bp))) for pc, bp in logs)


def alike(figures: Figures, arm: str) -> bool:
    """Whether the loss curves of PC and BP at this γ (an arm of its own) lie within a factor of two, 0.3 decades."""
    return apart(figures, float(arm.removeprefix("γ = "))) < np.log10(2)


def table(figures: Figures) -> list[Row]:
    """A row for each γ."""
    rows: list[Row] = []
    for gamma in GAMMAS:
        row: Row = {"γ": f"{gamma:g}"}
        for arm in ARMS:
            moved = movements(figures, arm, gamma)
            row[f"moved at half the loss ({arm})"] = spread(moved, 2) if finished(moved) else f"not there in {STEPS} steps"
        row["PC and BP apart, decades"] = apart(figures, gamma)
        rows.append(row)
    return rows


def remark(figures: Figures) -> str:
    """Movement at one loss, and the control."""
    moved = {arm: [middle(movements(figures, arm, gamma)) for gamma in (GAMMAS[0], GAMMAS[-1])] for arm in ARMS}
    lost = sum(diverged(movements(figures, ALONE, gamma)) for gamma in GAMMAS)
    alone = [m for gamma in GAMMAS for m in finished(movements(figures, ALONE, gamma))]
    pc, bp = (moved[arm][1] / moved[arm][0] for arm in (PC, BP))
    return (
        f"When the loss has halved, hidden weights have moved {pc:.0f} times as far at γ = {GAMMAS[-1]:g} as at {GAMMAS[0]:g} "
        f"under PC and {bp:.0f} times under BP: lazy to rich. With γ = 1 and the same rates they have moved by {min(alone):.2g} "
        f"to {max(alone):.2g}, whatever the rate ({lost} of {len(GAMMAS) * len(SEEDS)} runs did not get there). PC "
        "and BP come nearer as γ grows, since S − I goes as L/(γ² N)."
    )


CLAIM = Claim(
    "The output scale sets the learning regime",
    "arXiv 2602.07697",
    "Small output scales γ are lazy and large ones rich, for PC as for BP, and the two learn alike where γ² N ≫ L.",
    f"The paper's toy: D = {INPUTS}, {SAMPLES} samples, targets ±1, linear μPC with skips, N = {WIDTH}, L = {DEPTH}, full batch, "
    f"gradient of F* in closed form, {STEPS} steps of gradient descent at {RATE} γ² N (at the paper's 0.5 γ² N our {SAMPLES} "
    "samples diverge from γ = 2 on). The movement is that of the hidden weights, relative to their size, when the loss is first "
    "below half its start: at equal loss, so that a larger rate alone does not count. The paper's saddle-to-saddle regime is not "
    "measured.",
    measure,
    table,
    (
        Criterion(
            "At half the starting loss each larger γ has moved the weights farther, and the largest five times as far as the "
            "smallest",
            richer,
            (PC, BP),
            (ALONE,),
        ),
        Criterion(
            "The loss curves of PC and BP lie within a factor of two", alike, ("γ = 4", "γ = 2"), ("γ = 0.1", "γ = 0.5")
        ),
    ),
    remark,
    Live(
        ExperimentSpec(
            activation="linear", algorithm="equilibrium", gamma=4.0, param_optimiser="sgd", param_lr=0.05, param_lr_rule="scaled",
            width=128,
        ),
        ("learning", "agreement_ratio", "activity", "weight_now"),
        "the loss falls while the weights move",
        training_loss,
        pace="training",
    ),
)
