"""The one place that knows both vocabularies: the core's controls, specs and records, and the wire's catalogue and frames.

It runs in the worker, so that the server process never imports the core.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple
from urllib.parse import parse_qsl

import numpy as np

from pcviz_core.controls import Control
from pcviz_core.diagnostics import Columns
from pcviz_core.errors import SpecError
from pcviz_core.experiment import Experiment
from pcviz_core.grids import GRID_SHAPE
from pcviz_core.measurements import panel_notes
from pcviz_core.notes import control_notes, control_offers, course, every_layer_at
from pcviz_core.panels import PANELS
from pcviz_core.preparation import check_spec
from pcviz_core.records import Evaluation, LearningPoint, Record
from pcviz_core.spec import ACTIONS, ExperimentSpec, ViewSettings
from pcviz_server.backend import Budget
from pcviz_server.mailbox import most_rows
from pcviz_server.protocol import catalogue, columns
from pcviz_server.protocol.frames import Block
from pcviz_server.protocol.messages import Scalar

RESERVED_KEYS = frozenset({"session", "v", "view"})
"""Keys of the page's URL that are no control."""
MOST_KEYS = 200


# The catalogue ------------------------------------------------------------------------------------------------------


def catalogue_json() -> bytes:
    """Every control that offers something to choose, and every panel."""
    controls = [*ExperimentSpec.controls().values(), *ViewSettings.controls().values(), *ACTIONS.values()]
    offered = [control for control in controls if control.kind != "choice" or len(control.choices) > 1]
    described = catalogue.Catalogue(
        controls=[_describe(control) for control in offered],
        panels=[
            catalogue.CataloguePanel(
                id=panel.id,
                title=panel.title,
                kind=panel.kind,
                columns=list(panel.columns),
                doc=panel.doc,
                unit=panel.unit,
                scale=panel.scale,
                series=[catalogue.PanelSeries(column=s.column, label=s.label, mark=s.mark) for s in panel.series],
                readings=[
                    catalogue.PanelReading(column=r.column, label=r.label, index=r.index, unit=r.unit, quality=r.quality)
                    for r in panel.readings
                ],
                x=panel.x,
                x_title=panel.x_title,
                x_scale=panel.x_scale,
                y_title=panel.y_title,
                y_range=None if panel.y_range is None else list(panel.y_range),
                group=panel.group,
                short=panel.short,
            )
            for panel in PANELS
        ],
    )
    return described.model_dump_json().encode()


def _describe(control: Control) -> catalogue.CatalogueControl:
    return catalogue.CatalogueControl(
        name=control.name,
        label=control.label,
        symbol=control.symbol,
        kind=control.kind,
        default=control.default,
        low=control.low,
        high=control.high,
        typed_low=control.lowest,
        typed_high=control.highest,
        scale=control.scale,
        unit=control.unit,
        choices=[catalogue.CatalogueChoice(value=c.value, label=c.label, doc=c.doc) for c in control.choices],
        suggested=list(control.suggested),
        shape=list(GRID_SHAPE) if control.kind == "grid" else [],
        effect=control.effect,
        compiles=control.compiles,
        slider=control.slider,
        advanced=control.advanced,
        only_when={name: list(values) for name, values in control.only_when.items()},
        group=control.group,
        doc=control.doc,
    )


# Values -------------------------------------------------------------------------------------------------------------


def find_control(name: str, what: str = "There is no control named {}.") -> Control:
    """The control of that name, or a `SpecError` that says which is called alike."""
    known = {**ExperimentSpec.controls(), **ViewSettings.controls(), **ACTIONS}
    if name not in known:
        near = get_close_matches(name[:60], known, n=1)
        raise SpecError(what.format(repr(name[:60])) + (f" Did you mean {near[0]}?" if near else ""))
    return known[name]


def _linkable(name: str) -> Control:
    control = find_control(name, "A link has no key {}, so it was left out.")
    if control.kind == "action":
        raise SpecError(f"`{name}` is something to do, not a value that a link can hold.")
    return control


def checked(spec: ExperimentSpec, budget: Budget, **values: Scalar) -> ExperimentSpec:
    """The spec with some values changed, or a `SpecError` on a value, a combination, or a network beyond the budget."""
    spec = spec.replace(**values)
    check_spec(spec)
    for name, limit in (
        ("depth", budget.depth),
        ("width", budget.width),
        ("batch_size", budget.batch_size),
        ("n_inference_steps", budget.inference_steps),
    ):
        if getattr(spec, name) > limit:
            raise SpecError(f"`{name}` is at most {limit} on this server; {getattr(spec, name)} is more.")
    weights = spec.depth * spec.width**2
    if weights > budget.weights:
        raise SpecError(
            f"Depth {spec.depth} and width {spec.width} make about {weights / 1e6:.3g} million weights; this server allows "
            f"{budget.weights / 1e6:.3g} million. Choose a smaller depth or width."
        )
    return spec


def read_query(query: str, budget: Budget) -> tuple[ExperimentSpec, ViewSettings, list[str]]:
    """What a URL asks for, and a sentence for each key that could not be used and has its default."""
    specs: dict[str, Scalar] = {}
    views: dict[str, Scalar] = {}
    refusals: list[str] = []
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_KEYS)
    except ValueError:
        return ExperimentSpec(), ViewSettings(), [f"A link has at most {MOST_KEYS} keys; every value is the default here."]
    for name, text in pairs:
        if name in RESERVED_KEYS:
            continue
        try:
            control = _linkable(name)
            (views if control.effect == "view" else specs)[name] = control.parse(text)
        except SpecError as error:
            refusals.append(str(error))
    spec = ExperimentSpec()
    try:
        spec = checked(spec, budget, **specs)
    except SpecError:
        # Some pair does not go together: take the keys one by one, so that only what offends keeps its default.
        for name, value in specs.items():
            try:
                spec = checked(spec, budget, **{name: value})
            except SpecError as error:
                refusals.append(str(error))
    return spec, ViewSettings().replace(**views), refusals


# Frames -------------------------------------------------------------------------------------------------------------


class Notes(NamedTuple):
    """Sentences by the name of a control and by the id of a panel; the course of the error, and when it is everywhere; offers."""

    controls: dict[str, str]
    panels: dict[str, str]
    course: str = ""
    every_layer_at: int | None = None
    offers: Mapping[str, tuple[str, int]] = {}


@dataclass(frozen=True, slots=True)
class Measured:
    """What is measured only now and then, each with the learning step at which it was; None until the first time."""

    evaluation: Evaluation | None = None
    stability: tuple[float, int] | None = None


def row_columns(
    record: Record, on_request: Iterable[str], besides: Mapping[str, Block]
) -> tuple[tuple[int, ...], dict[str, Block]]:
    """The steps and columns of a record's rows; at most as many as fit in a frame, the first and the last among them.

    `besides` are the columns without rows that the frame carries too.
    """
    names = [*columns.ROWS, *sorted(on_request)]
    blocks = {name: _block(record.columns[name]) for name in names}
    count, most = len(record.infer_steps), most_rows(blocks, besides)
    if count > most:
        record = record.rows(np.linspace(0, count - 1, most).round().astype(int))
        blocks = {name: _block(record.columns[name]) for name in names}
    return tuple(int(step) for step in record.infer_steps), blocks


def notes_of(spec: ExperimentSpec, running: ExperimentSpec, failures: Mapping[str, str]) -> Notes:
    """What is to be said about the values last set, and those in force in the relaxation; `failures` are of measurements."""
    panels = panel_notes(running, dict(failures))
    return Notes(control_notes(spec), panels, course(running), every_layer_at(spec), control_offers(spec))


def fixed_columns(experiment: Experiment, measured: Measured, theory: Columns) -> dict[str, Block]:
    """The columns without a step axis, as they are now, and those of `theory`, each as it was last measured."""
    evaluation = np.full(4, np.nan)
    if (scores := measured.evaluation) is not None:
        accuracies = [np.nan if score is None else score for score in (scores.accuracy, scores.train_accuracy)]
        evaluation = np.array([*accuracies, scores.loss, scores.learn_step])
    stability = np.full(2, np.nan) if measured.stability is None else np.array(measured.stability)
    values = {**experiment.fixed, "evaluation": evaluation, "stability": stability, **theory}
    return {name: _block(values[name]) for name in (*columns.FIXED, *theory)}


def learning_columns(points: Sequence[LearningPoint]) -> dict[str, Block]:
    """One row for each learning step."""
    numbers = {
        "learning_step": [point.learn_step for point in points],
        "learning_loss": [point.loss for point in points],
        "learning_total": [point.total_energy for point in points],
        "learning_output": [point.output_energy for point in points],
        "learning_hidden": [point.hidden_energy for point in points],
    }
    imbalance = np.array([(point.decades, point.slope) for point in points]).reshape(-1, 2)
    return {**{name: _block(np.array(values)) for name, values in numbers.items()}, "learning_imbalance": _block(imbalance)}


def _block(values: np.ndarray) -> Block:
    floats = np.ascontiguousarray(values, np.float32)
    return Block(floats.shape, floats.tobytes())
