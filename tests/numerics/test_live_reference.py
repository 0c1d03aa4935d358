"""The reference numbers once more, through the run that a person watches: padded, in slices and chunks, with its own updates."""

from dataclasses import replace
from typing import Any

import equinox as eqx
import numpy as np
import pytest

from pcviz_core import Experiment, ExperimentSpec
from pcviz_core.datasets import DATASETS, Dataset
from pcviz_core.network import Weights
from pcviz_core.preparation import network_of
from pcviz_core.program import Structure
from pcviz_core.relaxation import slices
from tests.numerics.cases import Case, assert_close, load, names

POINTS = [name for name in names("*") if not name.startswith("relax_")]
RELAXATIONS = names("relax_*")
BUCKET = 16
"""The smallest bucket whose relaxations work in slices."""

pytestmark = pytest.mark.slow


def live_run(case: Case, monkeypatch: pytest.MonkeyPatch, **values: Any) -> Experiment:
    """An experiment whose data are those of a case and whose weights, at k = 0, too. Its rate of learning is 1."""
    x, y = (case.numbers[name].astype(np.float32) for name in ("x", "y"))
    kind = "classification" if case.meta.get("loss") == "ce" else "regression"
    data = Dataset(x, y, x, y, kind=kind, n_classes=y.shape[1] if kind == "classification" else None)
    # A source of its own is another data set to every cache.
    monkeypatch.setitem(DATASETS, "blobs", replace(DATASETS["blobs"], make=lambda seed: data))
    monkeypatch.setattr("pcviz_core.program.BUCKETS", (BUCKET,))
    monkeypatch.setattr("pcviz_core.program.SMALLEST_SLICE", 0)
    monkeypatch.setattr("pcviz_core.run.machine.device_data", lambda name, seed: DATASETS[name].load(seed))

    def planted(spec: ExperimentSpec, structure: Structure) -> Any:
        net = network_of(spec, structure)
        embed, *blocks, readout = (w.astype(np.float32) for w in case.layers("W"))
        at = net.weights.blocks.shape[0] - len(blocks)
        stack = np.asarray(net.weights.blocks).copy()
        stack[at:] = blocks
        return eqx.tree_at(lambda n: n.weights, net, Weights(embed, stack, readout))

    monkeypatch.setattr("pcviz_core.run.steps.network_of", planted)
    meta = {"loss": "mse", "gamma": 1.0, "output_precision": 1.0, "activation_position": "before"}
    meta |= {key: case.meta[key] for key in meta if case.meta.get(key) is not None}
    shape = {"depth": case.depth, "width": case.meta["width"], "batch_size": case.meta["batch"]}
    same = {key: case.meta[key] for key in ("activation", "parameterisation", "skip")}
    return Experiment(dataset="blobs", param_optimiser="sgd", param_lr=1.0, **shape, **same, **meta, **values)


def order_of(experiment: Experiment, case: Case) -> np.ndarray:
    """Which sample of the case each row of the batch is."""
    x = np.asarray(experiment.batch[0])
    return np.argmin(np.abs(x[:, None] - case.numbers["x"][None]).sum(axis=2), axis=1)


def step_of(experiment: Experiment) -> list[np.ndarray]:
    """What one learning step takes from the weights: at rate 1, the gradient that they learn from."""
    before = [np.asarray(w) for w in experiment.network.by_layer(experiment.network.weights)]
    experiment.update()
    return [b - np.asarray(w) for b, w in zip(before, experiment.network.by_layer(experiment.network.weights), strict=True)]


def assert_layers(actual: Any, expected: Any, what: str) -> None:
    for layer, (a, e) in enumerate(zip(actual, expected, strict=True), start=1):
        assert_close(a, e, np.float32, f"{what}_{layer}")


@pytest.mark.parametrize("weight_rule", ["pc", "forward_update"])
@pytest.mark.parametrize("name", RELAXATIONS)
def test_a_live_relaxation_is_that_of_the_reference_at_every_step(name, weight_rule, monkeypatch):
    """The energy map and what the weights learn from it, as they are on the page and not as in a notebook."""
    case = load(name)
    n_steps = case.meta["n_steps"]
    options = {key: case.meta[key] for key in ("activity_lr", "schedule", "alpha")} | {"schedule_decay": case.meta["k"]}
    experiment = live_run(case, monkeypatch, n_inference_steps=n_steps, weight_rule=weight_rule, **options)
    assert len(slices(experiment.network.rows)) == 4
    experiment.program.compile(("advance_in_slices",))
    for n in (1, 2, n_steps - 3):
        experiment.infer(n)
    assert_close(experiment.relaxation.layer_energies, case.numbers["layer_energies"], np.float32, "layer energies")
    order = order_of(experiment, case)
    assert sorted(order) == list(range(len(order)))
    assert_layers(experiment.activities, [z[order] for z in case.hidden("z")], "z")
    learned = "dE_dW" if weight_rule == "pc" else "forward_update"
    assert_layers(step_of(experiment), case.layers(learned), learned)


@pytest.mark.parametrize("name", POINTS)
def test_a_live_network_starts_and_backpropagates_as_the_reference_does(name, monkeypatch):
    """The twin that predictive coding is compared with, and the point from which every relaxation starts."""
    case = load(name)
    experiment = live_run(case, monkeypatch, algorithm="bp")
    order = order_of(experiment, case)
    assert_close(experiment.network.forward_multipliers, case.numbers["forward_multipliers"], np.float32, "multipliers")
    assert_layers(experiment.activities, [z[order] for z in case.hidden("feedforward_z")], "feedforward z")
    energies = experiment.relaxation.layer_energies[0]
    assert (energies[:-1] == 0).all()
    assert_close(energies[-1], case.numbers["loss"], np.float32, "loss")
    assert_layers(step_of(experiment), case.layers("dloss_dW"), "dloss_dW")
