"""`pcviz run` as a person types it, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pcviz_core import Experiment, ExperimentSpec, Network, SpecError, theory
from pcviz_server.headless import check_measurements, read_spec

SMALL = {"depth": 4, "width": 8, "batch_size": 16, "n_inference_steps": 4, "bias": True, "seed": 3}


def pcviz(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pcviz_server", "run", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_run_without_a_page_is_the_same_run(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(json.dumps(SMALL))
    done = pcviz(str(tmp_path / "spec.json"), "--out", str(tmp_path / "out"), "--steps", "7", "--evaluate-every", "3")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "spec.json").read_text()) == ExperimentSpec(**SMALL).model_dump()

    lines = [json.loads(line) for line in (tmp_path / "out" / "metrics.jsonl").read_text().splitlines()]
    here = Experiment(ExperimentSpec(**SMALL))
    points = [here.learn_point() for _ in range(7)]
    learning = [line for line in lines if line["kind"] == "learning"]
    assert [line["loss"] for line in learning] == [point.loss for point in points]
    assert [line["learn_step"] for line in lines if line["kind"] == "evaluation"] == [3, 6, 7]

    saved = np.load(tmp_path / "out" / "weights.npz")
    again = Network.from_weights(
        [saved[f"W_{l}"] for l in range(1, 5)],
        biases=[saved[f"b_{l}"] for l in range(1, 5)],
        activation="relu",
        parameterisation="mupc",
        skip=True,
    )
    x, y = here.batch
    np.testing.assert_allclose(float(again.loss(x, y)), here.relaxation.layer_energies[0, -1], rtol=1e-5)


LINEAR = {**SMALL, "bias": False, "activation": "linear"}


def test_a_measurement_is_written_with_each_evaluation(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(json.dumps(LINEAR))
    where = (str(tmp_path / "spec.json"), "--out", str(tmp_path / "out"), "--steps", "4", "--evaluate-every", "2")
    done = pcviz(*where, "--measure", "equilibrium")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (tmp_path / "out" / "metrics.jsonl").read_text().splitlines()]
    measured = [line for line in lines if line["kind"] == "measurement"]
    assert [line["learn_step"] for line in measured] == [2, 4]
    here = Experiment(ExperimentSpec(**LINEAR))
    for _ in range(2):
        here.learn()
    x, y = here.batch
    exact = theory.equilibrium(here.network, x, y).layer_energies
    np.testing.assert_allclose(measured[0]["equilibrium_layer_energy"], exact, rtol=1e-4)


@pytest.mark.parametrize(("name", "words"), [("phlogiston", "There are equilibrium"), ("precision_path", "linear networks")])
def test_a_measurement_that_says_nothing_is_refused_before_the_run(name: str, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        check_measurements(ExperimentSpec(**SMALL), [name])


def test_a_run_that_diverges_says_so_and_keeps_what_came_before(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(json.dumps({**SMALL, "activity_lr": 9.0, "n_inference_steps": 100}))
    done = pcviz(str(tmp_path / "spec.json"), "--out", str(tmp_path / "out"), "--steps", "5")
    assert done.returncode == 3
    assert "Diverged: Layer" in done.stderr
    lines = [json.loads(line) for line in (tmp_path / "out" / "metrics.jsonl").read_text().splitlines()]
    assert lines[-1]["kind"] == "divergence"
    assert (tmp_path / "out" / "weights.npz").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"depth": 1}', "a whole number from 2 to 256"),
        ('{"lr": 1}', "no control named 'lr'"),
        ("[1]", "must hold an object"),
        ("depth: 3", "is not JSON"),
        ('{"algorithm": "equilibrium"}', "linear networks"),
        (None, "Cannot read"),
    ],
)
def test_a_bad_spec_gets_a_sentence(text: str | None, words: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "spec.json").write_text(text)
    with pytest.raises(SpecError, match=words):
        read_spec(tmp_path / "spec.json")


def test_a_refused_run_says_why_and_leaves_no_folder(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text('{"depth": 1}')
    done = pcviz(str(tmp_path / "spec.json"), "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "a whole number from 2 to 256" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
