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
        "Each layer's energy now, and where inference would settle: F* and its parts.",
        (
            Series("equilibrium_now", "now", "points"),
            Series("equilibrium_layer_energy", "equilibrium"),
        ),
        (
            Reading("equilibrium", "F*", quality=3), Reading("equilibrium", "F", index=1),
            Reading("equilibrium", "gap left", index=2),
        ),
        y_title="energy",
    ),
    curves(
        "agreement_cosine", "PC against BP: direction",
        "Cosine of each layer's weight gradient with backpropagation's, after the run's own inference on these weights.",
        (
            Series("agreement_cosine_pc", "PC", "points"), Series("agreement_cosine_fu", "forward update"),
            Series("agreement_cosine_equilibrium", "PC at equilibrium", "dashed"),
        ),
        (
            Reading("agreement", "PC, all layers"), Reading("agreement", "forward update", index=1),
            Reading("agreement", "at equilibrium", index=2),
        ),
        scale="linear", y_title="cosine",
    ),
    curves(
        "agreement_ratio", "PC against BP: size",
        "Norm of each layer's weight gradient over backpropagation's. A gap is a layer that inference has not reached.",
        (
            Series("agreement_ratio_pc", "PC", "points"), Series("agreement_ratio_fu", "forward update"),
            Series("agreement_ratio_equilibrium", "PC at equilibrium", "dashed"),
        ),
        (Reading("agreement", "loss / F*", index=3, quality=4), Reading("agreement", "expected, linear", index=5)),
        y_title="norm ratio",
    ),
    curves(
        "rescaling", "Rescaling by depth",
        "How much inference is expected to divide the output error at the start of a run, in a linear network, and does now.",
        (Series("rescaling_expected", "expected at the start"), Series("rescaling_now", "now", "points")),
        (Reading("rescaling", "expected"), Reading("rescaling", "now", index=1)),
        x="rescaling_depth", x_title="depth L", y_title="tr S / K",
    ),
    curves(
        "repair_energy", "Imbalance against BP",
        "Each layer's energy when inference ends, against that of backpropagation's deltas, which are what it should learn from.",
        (
            Series("repair_energy", "PC", "points"), Series("repair_backprop", "BP"),
            Series("repair_noise", "float noise", "dashed"),
        ),
        (
            Reading("repair", "PC", unit="decades", quality=4),
            Reading("repair", "PC", index=1, unit="decades a layer", quality=4),
            Reading("repair", "BP", index=2, unit="decades"), Reading("repair", "BP", index=3, unit="decades a layer"),
        ),
        y_title="energy",
    ),
    curves(
        "repair_drift", "Drift of the predictions",
        "How far each layer's prediction has moved when inference ends, against its size at t = 0. Layer 1's cannot move.",
        (Series("repair_drift", "drift", "points"),), y_title="relative drift",
    ),
    curves(
        "repair_cosine", "What the settled error still says",
        "Cosine of each layer's error when inference ends with its change since t = 0, from which the forward update learns.",
        (Series("repair_cosine", "error against change", "points"),), scale="linear", y_title="cosine",
    ),
    curves(
        "trust_region", "The trust-region step",
        "How far inference has moved each layer when it ends, and the step −I⁻¹g that minimises the energy to second order.",
        (Series("trust_moved", "moved", "points"), Series("trust_expected", "trust-region step")),
        (
            Reading("trust_region", "λ·loss"), Reading("trust_region", "F* by the step", index=1, quality=2),
            Reading("trust_region", "F*", index=3), Reading("trust_region", "F when inference ends", index=4),
            Reading("trust_region", "‖g‖", index=5),
        ),
        y_title="rms",
    ),
    curves(
        "trust_split", "BP and trust region",
        "PC's update at equilibrium is backpropagation's plus what the trust region adds: the size of each, by layer.",
        (Series("trust_backprop", "BP"), Series("trust_added", "trust region", "dashed")), y_title="norm",
    ),
    curves(
        "trust_cosine", "BP against trust region",
        "Cosine of the two parts of PC's update, by layer: −1 is a trust region that only shortens the step.",
        (Series("trust_cosine", "cosine", "points"),), scale="linear", y_title="cosine",
    ),
    curves(
        "precision_path", "From BP to hard clamping",
        "Learning at equilibrium, by output precision λ: at its low end PC is backpropagation, at its high end a hard clamp.",
        (
            Series("precision_path_backprop", "cosine with BP"), Series("precision_path_clamped", "cosine with clamping"),
            Series("precision_path_energy", "F* / λ·loss", "dashed"), Series("precision_path_now", "now", "points"),
        ),
        scale="linear", x="precision_path", x_title="λ", x_scale="log",
    ),
    Panel(
        "imbalance_learning", "Imbalance over learning", "series", ("learning_imbalance",),
        "Decades of energy between the last and the first layer at the end of each learning step.",
        scale="linear", unit="decades",
    ),
)
"""Every panel of the catalogue; the first four are the page's default."""
