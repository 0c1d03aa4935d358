"""The panels of the catalogue: which columns each draws, and how. Any chart slot of the page can show any of them.

A panel of a known kind is one row here and no code in the page. `layer_step`, `layer_now`, `trajectory`, `learning` and `series`
draw what every frame carries; `curves` and `landscape` draw what `measurements` measures.
"""

from dataclasses import dataclass
from typing import Literal

PanelKind = Literal["layer_step", "layer_now", "trajectory", "learning", "series", "curves", "landscape"]
Scale = Literal["log", "linear"]

GROUPS = (
    "Energy and errors",
    "Activities",
    "Learning",
    "Equilibrium and curvature",
    "PC and BP",
    "Saddles and trust region",
)
"""What panels are about: each slot's list of charts is parted so, in this order."""


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

    `group` is one of `GROUPS`, `short` one word for a phone's tab. `y_range`, if given, are the ends of the value axis from the
    start, for values that know their bounds (cosines: −1 to 1); other axes grow with the values, and none ever shrinks.
    `of_inference` panels have nothing to show of a run without inference.

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
    y_range: tuple[float, float] | None = None
    group: str = ""
    short: str = ""
    of_inference: bool = False


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
    y_range: tuple[float, float] | None = None,
    group: str = "",
    short: str = "",
    of_inference: bool = False,
) -> Panel:
    """A panel of columns over a common x; its columns are those that its series, its readings and its x name."""
    own = () if x in ("layer", "step", "index") else (x,)
    columns = dict.fromkeys((*(each.column for each in series), *own, *(each.column for each in readings)))
    return Panel(
        id, title, "curves", tuple(columns), doc, scale, "", series, readings, x, x_title, x_scale, y_title, y_range, group,
        short, of_inference,
    )


def _saddle(name: str, title: str, doc: str) -> Panel:
    own = f"saddle_{name}"
    return curves(
        own, title, doc,
        (
            Series(f"{own}_energy", "F*", "points"), Series(f"{own}_energy_theory", "F*, closed form"),
            Series(f"{own}_loss", "loss", "points"), Series(f"{own}_loss_theory", "loss, closed form", "dashed"),
        ),
        (
            Reading(own, "smallest, F*"), Reading(own, "closed form", 1), Reading(own, "smallest, loss", 2),
            Reading(own, "depth", 3), Reading(own, "width", 4),
        ),
        scale="linear", x="index", x_title="eigenvalue", y_title="curvature", group="Saddles and trust region", short="Saddle",
    )  # fmt: skip


def _escape(name: str, title: str, doc: str, *readings: Reading) -> Panel:
    return curves(
        name, title, doc,
        (
            Series(f"{name}_pc", "PC"), Series(f"{name}_equilibrium", "PC at equilibrium", "dashed"),
            Series(f"{name}_bp", "BP"),
        ),
        (
            Reading(name, "PC", 0, "steps", 1), Reading(name, "PC at equilibrium", 2, "steps", 3),
            Reading(name, "BP", 4, "steps", 5), Reading(name, "hidden layers", 6), *readings,
        ),
        scale="linear", x=f"{name}_step", x_title="learning step", x_scale="log", y_title="loss",
        group="Saddles and trust region", short="Escape",
    )  # fmt: skip


def _landscape(field: str, title: str, doc: str) -> Panel:
    pc, bp = "landscape_pc_w1", "landscape_bp_w1"
    columns = (f"landscape_{field}", "landscape_w1", "landscape_w2", pc, "landscape_pc_w2", bp, "landscape_bp_w2")
    series = (Series(pc, "PC"), Series(bp, "BP", "dashed"))
    return Panel(
        f"landscape_{field}", title, "landscape", columns, doc, "linear", "", series, x_title="w₁", y_title="w₂",
        group="Saddles and trust region", short="Landscape",
    )


_MEASURED_AT = (Reading("equilibrium", "at k", index=10), Reading("equilibrium", "at t", index=11))

PANELS = (
    Panel(
        "energy_heatmap", "Energy by layer and inference step", "layer_step", ("layer_energy", "layer_error_mean"),
        "Each layer's energy at each inference step. Under PC the error starts at the output and travels one layer back a step.",
        group="Energy and errors", short="Layers",
    ),
    Panel(
        "energy_now", "Energy now", "layer_now", ("layer_energy",), "Each layer's energy at this inference step.",
        group="Energy and errors", short="Now",
    ),
    Panel(
        "activity", "Activity", "trajectory", ("trajectory", "trajectory_band"),
        "How far the watched layer's activities have moved since t = 0, for the first sample of the batch.", scale="linear",
        group="Activities", short="Activity", of_inference=True,
    ),
    Panel(
        "learning", "Learning", "learning",
        ("learning_loss", "learning_output", "learning_hidden", "evaluation"),
        "Loss and energies at the end of each learning step, and accuracy on data held out from learning.",
        group="Learning", short="Learning",
    ),
    Panel(
        "error_heatmap", "Error by layer and inference step", "layer_step", ("layer_error",), "Rms of activity − prediction.",
        group="Energy and errors", short="Errors",
    ),
    Panel(
        "gradient_heatmap", "Activity gradient by layer and inference step", "layer_step", ("activity_grad_rms",),
        "Rms of the energy's gradient by each layer's activities. It goes to 0 as a smooth network settles. With ReLU or leaky "
        "ReLU the minima lie at kinks, where the gradient jumps, and it may stay far above 0.",
        group="Activities", short="Gradients",
    ),
    Panel(
        "activity_heatmap", "Activity by layer and inference step", "layer_step", ("activity_rms",), "Rms of the activities.",
        group="Activities", short="Sizes",
    ),
    Panel(
        "share_now", "Share of energy", "layer_now", ("layer_share",), "Each layer's part of the total.", scale="linear",
        group="Energy and errors", short="Shares",
    ),
    Panel(
        "weight_now", "Weight size", "layer_now", ("weight_rms",), "Rms of each weight matrix.",
        group="Learning", short="Weights",
    ),
    Panel(
        "precision_heatmap", "Precision by layer and inference step", "layer_step", ("layer_precision",),
        "How much each layer's error counts at each inference step, by the schedule in force. Energies are shown without it.",
        group="Energy and errors", short="Precision",
    ),
    Panel(
        "arrival", "Arrival of the error", "layer_now", ("arrival_step",),
        "The first inference step at which each layer had energy, and where it can be foretold: under PC t = L − l.",
        scale="linear", unit="inference step",
        group="Energy and errors", short="Arrival", of_inference=True,
    ),
    curves(
        "equilibrium", "Energy at equilibrium",
        "Each layer's energy now, and where inference would settle: exact in a linear network, by a descent of our own (≈) in "
        "any other, ≤ where that has not come to rest. Without precision schedules, which may settle elsewhere; with activity "
        "decay "
        "it is the energy where inference rests. Loss and target are as clamped: under nudging those of the nudged target.",
        (
            Series("equilibrium_now", "now", "points"),
            Series("equilibrium_layer_energy", "equilibrium"),
        ),
        (
            Reading("equilibrium", "F*", quality=3), Reading("equilibrium", "F", index=1),
            Reading("equilibrium", "λ·loss / F*", index=6, quality=9), Reading("equilibrium", "tr(S)/K", index=7),
            Reading("equilibrium", "rms gradient at F*", index=8), *_MEASURED_AT,
        ),
        y_title="energy", group="Equilibrium and curvature", short="Settled",
    ),
    _saddle(
        "origin", "Curvature at the origin",
        "Eigenvalues of the Hessian in all weights where every weight is 0, of F* and of the loss: below 0 is a way down. The "
        "network is linear, of depth min(L, 5) and at most 5 units a layer, on 8 principal directions of the training data. "
        "The loss has a way down at depth 2 alone, F* at every depth.",
    ),
    _saddle(
        "zero_rank", "Curvature at a zero-rank saddle",
        "The same where all layers are 0 but the last hidden one, drawn by the seed: depth min(L, 5), at least 3. F* has a way "
        "down, and a steeper one than at the origin; the loss is flat from depth 4 on.",
    ),
    _escape(
        "escape_chain", "Escape from the origin: chain",
        "Loss against learning step of a linear chain of min(L − 1, 3) hidden units, from weights N(0, 0.05²) drawn by the seed: "
        "x ~ N(1, 0.1²), y = −x, 64 fresh samples a step, η = 0.4, PC with 20 inference steps of β = 0.1. Steps count until "
        "the loss is below 0.25.",
    ),
    _escape(
        "escape_deep", "Escape from the origin: deep network",
        "The same race of a linear network of min(L − 1, 4) hidden layers and at most 16 units each on 8 principal directions "
        "of the training data, η = 0.1; PC with the run's β and T, of which 32 steps at most. Steps count until 0.8 of the "
        "first loss. A curve that ends has diverged; one that rises again needs a smaller β or more steps.",
        Reading("escape_deep", "width", 7),
    ),
    _landscape(
        "energy", "Two-weight landscape: F*",
        "F* of the chain w₂ w₁ x with y = −x and the run's λ, over both weights, cut at 3 times its height at the saddle (0, 0). "
        "From the same starts PC flows down F* and BP down the loss; a small λ makes them one.",
    ),
    _landscape(
        "loss", "Two-weight landscape: loss",
        "The loss of the same chain, which BP flows down, with the same paths, cut at 3 times its height at the saddle (0, 0).",
    ),
    curves(
        "agreement_cosine", "PC against BP: direction",
        "Cosine of each layer's weight gradient with backpropagation's, after the run's own inference on these weights, for "
        "the first "
        "64 samples of the batch (16 in a large network). All layers together weigh each by its size.",
        (
            Series("agreement_cosine_pc", "PC", "points"), Series("agreement_cosine_fu", "forward update"),
            Series("agreement_cosine_equilibrium", "PC at equilibrium", "dashed"),
            Series("agreement_cosine_unsure", "PC, unsure: its errors are near rounding", "points"),
        ),
        (
            Reading("agreement", "PC, all layers"), Reading("agreement", "forward update", index=1),
            Reading("agreement", "at equilibrium", index=2),
        ),
        scale="linear", y_title="cosine",
        y_range=(-1, 1), group="PC and BP", short="Direction",
    ),
    curves(
        "agreement_ratio", "PC against BP: size",
        "Norm of each layer's weight gradient over backpropagation's. A gap is a layer that inference has not reached.",
        (
            Series("agreement_ratio_pc", "PC", "points"), Series("agreement_ratio_fu", "forward update"),
            Series("agreement_ratio_equilibrium", "PC at equilibrium", "dashed"),
        ),
        (Reading("agreement", "λ·loss / F*", index=3, quality=4), Reading("agreement", "expected, linear", index=5)),
        y_title="norm ratio",
        group="PC and BP", short="Size",
    ),
    curves(
        "rescaling", "Rescaling by depth",
        "How much inference is expected to divide the output error at the start of a run, in a linear network, and does now.",
        (Series("rescaling_expected", "expected at the start"), Series("rescaling_now", "now", "points")),
        (Reading("rescaling", "expected"), Reading("rescaling", "now", index=1)),
        x="rescaling_depth", x_title="depth L", y_title="tr S / K",
        group="PC and BP", short="Rescaling",
    ),
    curves(
        "repair_energy", "Imbalance against BP",
        "Each layer's energy when inference ends, against that of backpropagation's deltas, which are what it should learn "
        "from; on "
        "these weights, also under iPC, for the first 64 samples of the batch (16 in a large network).",
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
        group="Energy and errors", short="Imbalance",
    ),
    curves(
        "repair_drift", "Drift of the predictions",
        "How far each layer's prediction has moved when inference ends, against its size at t = 0. Layer 1's cannot move.",
        (Series("repair_drift", "drift", "points"),), y_title="relative drift",
        group="PC and BP", short="Drift",
    ),
    curves(
        "repair_cosine", "What the settled error still says",
        "Cosine of each layer's error when inference ends with its change since t = 0, from which the forward update learns.",
        (Series("repair_cosine", "error against change", "points"),), scale="linear", y_title="cosine",
        y_range=(-1, 1), group="PC and BP", short="Error",
    ),
    curves(
        "trust_region", "The trust-region step",
        "How far inference has moved each layer when it ends, and the step −I⁻¹g that minimises the energy to second order, "
        "for the "
        "first 64 samples of the batch (16 in a large network), the target as clamped.",
        (Series("trust_moved", "moved", "points"), Series("trust_expected", "trust-region step")),
        (
            Reading("trust_region", "λ·loss"), Reading("trust_region", "F* by the step", index=1, quality=2),
            Reading("trust_region", "F*", index=3), Reading("trust_region", "F when inference ends", index=4),
            Reading("trust_region", "‖g‖", index=5),
        ),
        y_title="rms",
        group="Saddles and trust region", short="Step",
    ),
    curves(
        "trust_split", "BP and trust region",
        "PC's update at equilibrium is backpropagation's plus what the trust region adds: the size of each, by layer.",
        (Series("trust_backprop", "BP"), Series("trust_added", "trust region", "dashed")), y_title="norm",
        group="Saddles and trust region", short="Split",
    ),
    curves(
        "trust_cosine", "BP against trust region",
        "Cosine of the two parts of PC's update, by layer: −1 is a trust region that only shortens the step.",
        (Series("trust_cosine", "cosine", "points"),), scale="linear", y_title="cosine",
        y_range=(-1, 1), group="Saddles and trust region", short="Angle",
    ),
    curves(
        "precision_path", "From BP to hard clamping",
        "Learning at equilibrium, by output precision λ: at its low end PC is backpropagation, at its high end a hard clamp.",
        (
            Series("precision_path_backprop", "cosine with BP"), Series("precision_path_clamped", "cosine with clamping"),
            Series("precision_path_energy", "F* / λ·loss", "dashed"), Series("precision_path_now", "now", "points"),
        ),
        scale="linear", x="precision_path", x_title="λ", x_scale="log",
        y_range=(0, 1), group="PC and BP", short="Precision",
    ),
    curves(
        "progress", "Progress of inference",
        "The part of the gap between the energy at the start and at equilibrium that is left, (F − F*)/(F(0) − F*). Energies are "
        "without precision: a relaxation under a schedule may come to rest above F*. Blank where activity decay is on.",
        (Series("progress_left", "gap left"),),
        (
            Reading("equilibrium", "gap left", index=2, quality=9), Reading("equilibrium", "F(0)", index=4),
            Reading("equilibrium", "F", index=1), Reading("equilibrium", "F*", quality=3), *_MEASURED_AT,
        ),
        x="progress_step", x_title="inference step", y_title="(F − F*) / (F(0) − F*)",
        group="Equilibrium and curvature", short="Progress", of_inference=True,
    ),
    curves(
        "activity_spectrum", "Curvature of the energy",
        "Eigenvalues of the activity Hessian at the feedforward pass of the batch's first sample, by magnitude, beside those in "
        "error coordinates. Beyond 2000 hidden units only the two ends. Above the line, inference at this rate is unstable.",
        (
            Series("spectrum_activity", "activities", "points"),
            Series("spectrum_negative", "negative (−λ)", "points"),
            Series("spectrum_error", "errors (ePC)", "points"),
            Series("spectrum_allowed", "stable up to", "dashed"),
        ),
        (
            Reading("conditioning", "λ max"), Reading("conditioning", "λ min", index=1, quality=2),
            Reading("conditioning", "residual of λ min", index=3), Reading("conditioning", "κ", index=4, quality=5),
            Reading("conditioning", "κ of ePC", index=6, quality=7),
        ),
        x="spectrum_index", x_title="eigenvalue", y_title="|λ|", group="Equilibrium and curvature", short="Curvature",
    ),
    curves(
        "wavefront", "Wavefront",
        "When the error reaches each layer in a relaxation of our own, plain PC from the feedforward pass, weights frozen, and "
        "t = L − l.",
        (
            Series("wavefront_arrival", "measured", "points"),
            Series("wavefront_expected", "L − l"),
        ),
        (Reading("wavefront", "steps to reach layer 1", index=3),),
        scale="linear", y_title="inference step", group="Energy and errors", short="Wavefront",
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
        y_title="norm of the gradient", group="PC and BP", short="First",
    ),
    curves(
        "first_gradient_cosine", "Direction of the first weight gradient",
        "Cosine between each layer's gradient when the error arrives and that of backpropagation: 1 until rounding hides it.",
        (Series("first_gradient_cosine", "cosine", "points"),),
        (Reading("wavefront", "exact from layer"),),
        scale="linear", y_title="cosine", y_range=(-1, 1), group="PC and BP", short="First",
    ),
    Panel(
        "imbalance_learning", "Imbalance over learning", "series", ("learning_imbalance",),
        "Decades of energy between the last and the first layer at the end of each learning step.",
        scale="linear", unit="decades",
        group="Learning", short="Imbalance",
    ),
)
"""Every panel of the catalogue; the first four are the page's default."""
