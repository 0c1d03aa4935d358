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
) -> Panel:
    """A panel of columns over a common x; its columns are those that its series, its readings and its x name."""
    own = () if x in ("layer", "step", "index") else (x,)
    columns = dict.fromkeys((*(each.column for each in series), *own, *(each.column for each in readings)))
    return Panel(
        id, title, "curves", tuple(columns), doc, scale, "", series, readings, x, x_title, x_scale, y_title, y_range, group, short
    )


PANELS = (
    Panel(
        "energy_heatmap", "Energy by layer and inference step", "layer_step", ("layer_energy", "layer_error_mean"),
        "Each layer's energy at each inference step. The error starts at the output and travels one layer back per step.",
        group="Energy and errors", short="Layers",
    ),
    Panel(
        "energy_now", "Energy now", "layer_now", ("layer_energy",), "Each layer's energy at this inference step.",
        group="Energy and errors", short="Now",
    ),
    Panel(
        "activity", "Activity", "trajectory", ("trajectory", "trajectory_band"),
        "How far the watched layer's activities have moved since t = 0, for the first sample of the batch.", scale="linear",
        group="Activities", short="Activity",
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
        "Rms of the energy's gradient by each layer's activities: it is 0 at equilibrium.",
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
        "arrival", "Arrival of the error", "layer_now", ("arrival_step",),
        "The first inference step at which each layer had energy; from a feedforward start it is t = L − l.",
        scale="linear", unit="inference step",
        group="Energy and errors", short="Arrival",
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
        y_title="energy", group="Equilibrium and curvature", short="Settled",
    ),
    Panel(
        "imbalance_learning", "Imbalance over learning", "series", ("learning_imbalance",),
        "Decades of energy between the last and the first layer at the end of each learning step.",
        scale="linear", unit="decades",
        group="Learning", short="Imbalance",
    ),
)
"""Every panel of the catalogue; the first four are the page's default."""
