"""The panels of the catalogue: which columns each draws, and how. Any chart slot of the page can show any of them.

A panel of a known kind is one row here and no code in the page. `layer_step`, `layer_now`, `trajectory`, `learning` and `series`
draw what every frame carries; `curves` and `landscape` draw what `measurements` measures.
"""

from dataclasses import dataclass
from typing import Literal

PanelKind = Literal["layer_step", "layer_now", "trajectory", "learning", "series", "curves", "landscape"]
Scale = Literal["log", "linear"]


@dataclass(frozen=True, slots=True)
class Series:
    """One column drawn over the x of its panel. `points` are for what is measured, `line` and `dashed` for what is expected."""

    column: str
    label: str
    mark: Literal["line", "dashed", "points", "bars"] = "line"


@dataclass(frozen=True, slots=True)
class Reading:
    """One number beside the chart: entry `index` of a column.

    `quality`, if given, is the entry of the same column that says how good it is: 0 exact, 1 an estimate (shown as ≈), 2 an
    upper bound (≤), 3 a lower bound (≥).
    """

    column: str
    label: str
    index: int = 0
    unit: str = ""
    quality: int | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """One way to look at columns: what any chart slot can show.

    `kind` names the drawing and `scale` is that of its values. For `curves`, `x` is "layer", "step" (inference step, from 0),
    "index" (1, 2, …) or the column that holds it; a NaN in it or in a series is a gap. For `landscape`, the columns are the
    field (rows of constant second coordinate), the two axes, and then pairs of paths, each a first and a second coordinate with
    NaN between paths, labelled by `series` on their first coordinate.
    """

    id: str
    title: str
    kind: PanelKind
    columns: tuple[str, ...]
    doc: str
    scale: Scale = "log"
    unit: str = ""
    series: tuple[Series, ...] = ()
    readings: tuple[Reading, ...] = ()
    x: str = "layer"
    x_title: str = "layer"
    x_scale: Scale = "linear"
    y_title: str = ""


def curves(
    id: str,
    title: str,
    doc: str,
    series: tuple[Series, ...],
    readings: tuple[Reading, ...] = (),
    *,
    scale: Scale = "log",
    x: str = "layer",
    x_title: str = "layer",
    x_scale: Scale = "linear",
    y_title: str = "",
) -> Panel:
    """A panel of columns over a common x; its columns are those that its series, its readings and its x name."""
    own = () if x in ("layer", "step", "index") else (x,)
    columns = dict.fromkeys((*(each.column for each in series), *own, *(each.column for each in readings)))
    return Panel(
        id, title, "curves", tuple(columns), doc, scale, "", series, readings, x, x_title, x_scale, y_title
    )


PANELS = (
    Panel(
        "energy_heatmap", "Energy by layer and inference step", "layer_step", ("layer_energy", "layer_error_mean"),
        "Each layer's energy at each inference step. The error starts at the output and travels one layer back per step.",
    ),
    Panel("energy_now", "Energy now", "layer_now", ("layer_energy",), "Each layer's energy at this inference step."),
    Panel(
        "activity", "Activity", "trajectory", ("trajectory", "trajectory_band"),
        "How far the watched layer's activities have moved since t = 0, for the first sample of the batch.", scale="linear",
    ),
    Panel(
        "learning", "Learning", "learning",
        ("learning_loss", "learning_output", "learning_hidden", "evaluation"),
        "Loss and energies at the end of each learning step, and accuracy on data held out from learning.",
    ),
    Panel("error_heatmap", "Error by layer and inference step", "layer_step", ("layer_error",), "Rms of activity − prediction."),
    Panel(
        "gradient_heatmap", "Activity gradient by layer and inference step", "layer_step", ("activity_grad_rms",),
        "Rms of the energy's gradient by each layer's activities: it is 0 at equilibrium.",
    ),
    Panel("activity_heatmap", "Activity by layer and inference step", "layer_step", ("activity_rms",), "Rms of the activities."),
    Panel("share_now", "Share of energy", "layer_now", ("layer_share",), "Each layer's part of the total.", scale="linear"),
    Panel("weight_now", "Weight size", "layer_now", ("weight_rms",), "Rms of each weight matrix."),
    Panel(
        "arrival", "Arrival of the error", "layer_now", ("arrival_step",),
        "The first inference step at which each layer had energy; from a feedforward start it is t = L − l.",
        scale="linear", unit="inference step",
    ),
    curves(
        "equilibrium", "Energy at equilibrium",
        "Each layer's energy now, and where inference would settle: exact in a linear network, by a descent of our own (≈) in "
        "any other, ≤ where that has not come to rest. Without precision schedules, which may settle elsewhere.",
        (
            Series("equilibrium_now", "now", "points"),
            Series("equilibrium_layer_energy", "equilibrium"),
        ),
        (
            Reading("equilibrium", "F*", quality=3), Reading("equilibrium", "F", index=1),
            Reading("equilibrium", "loss / F*", index=6, quality=9), Reading("equilibrium", "tr(S)/K", index=7),
            Reading("equilibrium", "rms gradient at F*", index=8),
        ),
        y_title="energy",
    ),
    curves(
        "progress", "Progress of inference",
        "The part of the gap between the energy at the start and at equilibrium that is left, (F − F*)/(F(0) − F*). Energies are "
        "without precision: a relaxation under a schedule may come to rest above F*. Blank where activity decay is on.",
        (Series("progress_left", "gap left"),),
        (
            Reading("equilibrium", "gap left", index=2, quality=9), Reading("equilibrium", "F(0)", index=4),
            Reading("equilibrium", "F", index=1), Reading("equilibrium", "F*", quality=3),
        ),
        x="progress_step", x_title="inference step", y_title="(F − F*) / (F(0) − F*)",
    ),
    curves(
        "activity_spectrum", "Curvature of the energy",
        "Eigenvalues of the activity Hessian at the feedforward pass of the batch's first sample, by magnitude, beside those in "
        "error coordinates. Beyond 2000 hidden units only the two ends. Above the line, inference at this rate is unstable.",
        (
            Series("spectrum_activity", "activities", "points"),
            Series("spectrum_negative", "negative (−λ)", "points"),
            Series("spectrum_error", "errors (ePC)"),
            Series("spectrum_allowed", "stable up to", "dashed"),
        ),
        (
            Reading("conditioning", "λ max"), Reading("conditioning", "λ min", index=1, quality=2),
            Reading("conditioning", "residual of λ min", index=3), Reading("conditioning", "κ", index=4, quality=5),
            Reading("conditioning", "κ of ePC", index=6, quality=7),
        ),
        x="spectrum_index", x_title="eigenvalue", y_title="|λ|",
    ),
    curves(
        "wavefront", "Wavefront",
        "When the error reaches each layer in a relaxation of our own from the feedforward pass, weights frozen, and t = L − l.",
        (
            Series("wavefront_arrival", "measured", "points"),
            Series("wavefront_expected", "L − l"),
        ),
        (Reading("wavefront", "steps to reach layer 1", index=3),),
        scale="linear", y_title="inference step",
    ),
    curves(
        "first_gradient", "First weight gradient",
        "The gradient of each layer's weights at the step at which the error arrives, and β^(L−l) times that of backpropagation, "
        "for up to 16 samples of the batch. Missing points are below float noise.",
        (
            Series("first_gradient", "measured", "points"),
            Series("first_gradient_expected", "β^(L−l) × backprop"),
        ),
        (
            Reading("wavefront", "exact from layer"), Reading("wavefront", "layers exact", index=1),
            Reading("wavefront", "β", index=2),
        ),
        y_title="norm of the gradient",
    ),
    curves(
        "first_gradient_cosine", "Direction of the first weight gradient",
        "Cosine between each layer's gradient when the error arrives and that of backpropagation: 1 until rounding hides it.",
        (Series("first_gradient_cosine", "cosine", "points"),),
        (Reading("wavefront", "exact from layer"),),
        scale="linear", y_title="cosine",
    ),
    Panel(
        "imbalance_learning", "Imbalance over learning", "series", ("learning_imbalance",),
        "Decades of energy between the last and the first layer at the end of each learning step.",
        scale="linear", unit="decades",
    ),
)
"""Every panel of the catalogue; the first four are the page's default."""
