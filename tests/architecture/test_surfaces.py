"""Surfaces that stay put: scripts, notebooks and other clients are written against these names."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import pcviz_core
from pcviz_core import Experiment, ExperimentSpec, Network, theory

METHODS = {
    Network: {
        "from_weights": [
            "weights", "activation", "activation_position", "parameterisation", "skip", "loss", "gamma", "output_precision",
        ],
        "feedforward": ["x"],
        "layer_energies": ["activities", "x", "y"],
        "activity_gradients": ["activities", "x", "y"],
        "weight_gradients": ["activities", "x", "y"],
        "loss": ["x", "y"],
        "loss_gradients": ["x", "y"],
        "relax": ["x", "y", "n_steps", "activity_lr", "schedule", "alpha", "k"],
    },
    Experiment: {"learn": [], "infer": ["n"], "change": [], "evaluate": []},
    theory: {"max_stable_activity_lr": ["net", "x", "y"]},
}


@pytest.mark.parametrize(("owner", "name"), [(owner, name) for owner, methods in METHODS.items() for name in methods])
def test_a_public_method_takes_the_documented_arguments(owner, name):
    parameters = list(inspect.signature(getattr(owner, name)).parameters.values())
    taken = [p.name for p in parameters if p.name != "self" and p.kind is not p.VAR_KEYWORD]
    assert taken[: len(METHODS[owner][name])] == METHODS[owner][name]


def test_the_package_exports_what_it_lists():
    assert set(pcviz_core.__all__) >= {"Network", "ExperimentSpec", "Experiment", "theory"}
    assert all(hasattr(pcviz_core, name) for name in pcviz_core.__all__)


def test_the_default_experiment_is_the_documented_one():
    """The design's example is what a visitor sees first; a silent change of default changes every link without a spec."""
    spec = ExperimentSpec()
    written = ExperimentSpec(
        dataset="digits", depth=16, width=64, parameterisation="mupc", skip=True, activation="relu", algorithm="pc",
        n_inference_steps=16, activity_lr=0.3, param_optimiser="adam", param_lr=1e-2, batch_size=64, seed=0,
    )
    assert spec == written


def test_the_command_explains_itself():
    command = Path(sys.executable).with_name("pcviz")
    said = subprocess.run([command, "serve", "--help"], capture_output=True, text=True, check=True).stdout
    assert "--host" in said
    assert "--port" in said
