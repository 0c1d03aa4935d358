"""What every strategy of the catalogue owes a person, whichever it is. The tables say which there are: a new row is held to this.

Each row runs as a small experiment of its own: five layers, padded to a bucket of eight, eight samples, which are one pass
over the data, so that the loss of two learning steps can be compared.
"""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pcviz_core import Experiment, ExperimentSpec, Record, program
from pcviz_core.activations import ACTIVATIONS
from pcviz_core.algorithms import ALGORITHMS
from pcviz_core.controls import Value
from pcviz_core.datasets import DATASETS, Dataset, Source
from pcviz_core.inference import RULES
from pcviz_core.parameterisations import PARAMETERISATIONS
from pcviz_core.preparation import device_data
from pcviz_core.schedules import SCHEDULES

DEPTH, LEARNING_STEPS = 5, 25
SMALL: dict[str, Value] = {
    "dataset": "blobs", "depth": DEPTH, "width": 8, "batch_size": 8, "activation": "tanh", "n_inference_steps": 6,
    "activity_lr": 0.1, "param_lr": 0.02,
}
CONTROLS = ExperimentSpec.controls()

pytestmark = pytest.mark.slow


def applies(control: str, values: dict[str, Value]) -> bool:
    """Whether a control does anything beside these values."""
    spec = {name: c.default for name, c in CONTROLS.items()} | values
    return all(spec[other] in allowed for other, allowed in CONTROLS[control].only_when.items())


def rows() -> Iterator[dict[str, Value]]:
    """Every row of every table, beside whatever it needs to mean something."""
    for name, algorithm in ALGORITHMS.items():
        base: dict[str, Value] = {"algorithm": name, **({"activation": "linear"} if algorithm.linear_only else {})}
        yield base
        for control, table in (("inference_rule", RULES), ("weight_rule", CONTROLS["weight_rule"].values)):
            if applies(control, base):
                yield from ({**base, control: row} for row in table)
    for control, table in (
        ("schedule", SCHEDULES), ("parameterisation", PARAMETERISATIONS), ("activation", ACTIVATIONS),
    ):
        assert set(table) <= set(CONTROLS[control].values)
        yield from ({control: row} for row in CONTROLS[control].values)
    for control in ("nudging", "param_optimiser", "loss", "activation_position", "activity_start", "skip", "bias"):
        values = CONTROLS[control].values if CONTROLS[control].kind == "choice" else (False, True)
        yield from ({control: value} for value in values)


def distinct() -> list[dict[str, Value]]:
    """The rows that are not the default by another name."""
    found: dict[ExperimentSpec, dict[str, Value]] = {}
    for row in rows():
        found.setdefault(ExperimentSpec(**{**SMALL, **row}), row)
    return list(found.values())


def eight_samples(seed: int) -> Dataset:
    """The first eight of each part of the blobs."""
    whole = _BLOBS.make(seed)
    parts = {name: getattr(whole, name)[:8] for name in ("x_train", "y_train", "x_test", "y_test")}
    return Dataset(**parts, kind=whole.kind, n_classes=whole.n_classes)


_BLOBS = DATASETS["blobs"]
_EIGHT = Source(_BLOBS.label, _BLOBS.doc, eight_samples)


def spec_of(row: dict[str, Value]) -> ExperimentSpec:
    spec = ExperimentSpec(**{**SMALL, **row})
    if SCHEDULES[spec.schedule].sets_rate and "weight_rule" not in row:
        # Settled errors have then forgotten which way to go (docs/theory.md §4.3): the schedule is for the forward update.
        spec = spec.replace(weight_rule="forward_update", alpha=0.01)
    if spec.activity_start != "feedforward":
        spec = spec.replace(n_inference_steps=60)  # the weights learn from errors that have settled, not from the start's
    if spec.param_optimiser == "sgd":
        spec = spec.replace(param_lr=0.5)
    return spec


def weights_of(experiment: Experiment) -> list[np.ndarray]:
    return [np.asarray(w) for w in experiment.network.by_layer(experiment.network.weights)]


def assert_same(here: Record, there: Record) -> None:
    """Equal bits in every column."""
    assert here.columns.keys() == there.columns.keys()
    for name, column in here.columns.items():
        np.testing.assert_array_equal(column, there.columns[name], err_msg=name)


@pytest.fixture(scope="module", autouse=True)
def small_data() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DATASETS, "blobs", _EIGHT)
        _forget_data()
        yield
    _forget_data()


def _forget_data() -> None:
    device_data.cache_clear()


@pytest.fixture(scope="module", params=distinct(), ids=lambda row: "-".join(str(value) for value in row.values()))
def run(request: pytest.FixtureRequest) -> "tuple[ExperimentSpec, Record, list[np.ndarray]]":
    """A row's spec, its first relaxation, and its weights after one learning step: what the tests come back to."""
    spec = spec_of(request.param)
    experiment = Experiment(spec)
    return spec, experiment.learn(), weights_of(experiment)


def test_it_stays_finite_and_learns(run: Any) -> None:
    """If this fails, a choice on the page blows up or stands still at a rate at which others learn."""
    spec, _, _ = run
    experiment = Experiment(spec)
    points = [experiment.learn_point() for _ in range(LEARNING_STEPS)]
    assert experiment.divergence is None
    losses = np.array([point.loss for point in points if point is not None])
    assert np.isfinite(losses).all()
    assert losses[-1] < 0.8 * losses[0]
    assert all(np.isfinite(w).all() for w in weights_of(experiment))


def test_it_says_what_it_has_seen(run: Any) -> None:
    """If this fails, a row of the energy map is missing, or a negative energy is drawn on a logarithmic scale."""
    spec, record, _ = run
    planned = ALGORITHMS[spec.algorithm].planned_steps(spec.n_inference_steps)
    assert record.layer_energies.shape == (planned + 1, DEPTH)
    assert (record.layer_energies >= 0).all()
    assert np.isfinite(record.layer_energies).all()


def test_it_starts_again_bit_for_bit(run: Any) -> None:
    """If this fails, a reset is another run, and no comparison on the page means anything."""
    spec, record, weights = run
    experiment = Experiment(spec)
    for _ in range(3):
        experiment.learn()
    experiment.restart()
    assert_same(experiment.learn(), record)
    for here, there in zip(weights_of(experiment), weights, strict=True):
        np.testing.assert_array_equal(here, there)


def test_single_steps_are_the_run_bit_for_bit(run: Any) -> None:
    """If this fails, slow motion shows another run than training."""
    spec, record, weights = run
    experiment = Experiment(spec)
    while experiment.learn_step == 0:
        while experiment.infer_step < experiment.planned_steps:
            experiment.infer(1)
        stepped = experiment.relaxation
        experiment.update()
    assert_same(stepped, record)
    for here, there in zip(weights_of(experiment), weights, strict=True):
        np.testing.assert_array_equal(here, there)


def test_padding_does_not_show(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, the depth that was compiled shows in the curves of the depth that was asked for."""
    spec, record, weights = run
    monkeypatch.setattr(program, "BUCKETS", (DEPTH,))
    experiment = Experiment(spec)
    assert experiment.network.rows == DEPTH - 1
    errors, expected = np.sqrt(experiment.learn().layer_energies), np.sqrt(record.layer_energies)
    np.testing.assert_allclose(errors, expected, rtol=1e-3, atol=2e-6)
    for here, there in zip(weights_of(experiment), weights, strict=True):
        np.testing.assert_allclose(here, there, rtol=1e-4, atol=1e-5)


def test_its_spec_survives_being_written_down(run: Any) -> None:
    """If this fails, a link or a file opens another run."""
    spec, _, _ = run
    assert ExperimentSpec(**json.loads(spec.model_dump_json())) == spec
    assert ExperimentSpec(**{name: c.parse(_in_address(getattr(spec, name))) for name, c in CONTROLS.items()}) == spec


def _in_address(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
