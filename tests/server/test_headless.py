"""`pcviz run` as a person types it, in a process of its own."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pcviz_core import Experiment, ExperimentSpec, Network, SpecError, theory
from pcviz_server import headless
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

    again, loaded = Network.load(tmp_path / "out"), Experiment.load(tmp_path / "out")
    x, y = here.batch
    np.testing.assert_array_equal(loaded.relaxation.layer_energies, here.relaxation.layer_energies)
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


KINDS = {
    "Adam": {},
    "iPC": {"algorithm": "ipc"},
    "two nudged phases": {"nudging": "centred", "nudge": 0.5, "bias": False},
    "early settling": {"tolerance": 0.05},
    "noise and another schedule": {"activity_start": "noise", "schedule": "decaying", "param_optimiser": "sgd", "depth": 2},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_resumed_run_is_the_run_that_did_not_stop(kind: str, tmp_path: Path) -> None:
    """Bytes of the weights and every number of the metrics."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for out, steps in ((whole, (10,)), (parts, (4, 6))):
        headless.prepare_folder(out, force=False)
        run = headless.start(ExperimentSpec(**{**SMALL, **KINDS[kind]}), out)
        for n in steps:
            assert headless.go_on(run, out, n, 50, lambda _: None).diverged is None
            run = headless.resume(out)
        assert run.learn_step == 10
    assert (whole / "weights.npz").read_bytes() == (parts / "weights.npz").read_bytes()
    assert learning_lines(whole) == learning_lines(parts)


def test_a_run_is_resumed_in_another_process(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(json.dumps({**SMALL, "algorithm": "ipc"}))
    spec, whole, parts = (str(tmp_path / name) for name in ("spec.json", "whole", "parts"))
    assert pcviz(spec, "--out", whole, "--steps", "10").returncode == 0
    assert pcviz(spec, "--out", parts, "--steps", "4").returncode == 0
    done = pcviz("--resume", parts, "--steps", "6")
    assert done.returncode == 0, done.stderr
    assert "at k = 10" in done.stdout
    assert (tmp_path / "whole" / "weights.npz").read_bytes() == (tmp_path / "parts" / "weights.npz").read_bytes()
    assert learning_lines(tmp_path / "whole") == learning_lines(tmp_path / "parts")


def learning_lines(run: Path) -> list[dict]:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [line for line in lines if line["kind"] == "learning"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_finishes_its_step_and_can_go_on(number: int, tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(json.dumps(SMALL))
    out = tmp_path / "out"
    command = [sys.executable, "-m", "pcviz_server", "run", str(tmp_path / "spec.json"), "--out", str(out)]
    pipes: dict = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*command, "--steps", "1000000", "--evaluate-every", "1"], **pipes) as process:
        while not (out / "run.npz").exists():  # a first step has been kept
            assert process.poll() is None
        process.send_signal(number)
        said, complained = process.communicate()
    assert process.returncode == 128 + number
    k = Experiment.load(out).learn_step
    assert f"at k = {k}" in said
    assert f"--resume {out}" in complained
    assert [line["learn_step"] for line in learning_lines(out)] == list(range(k))
    assert Network.load(out).depth == SMALL["depth"]


def test_a_run_that_was_killed_goes_on_from_what_it_kept(tmp_path: Path) -> None:
    """Lines that were written after the last evaluation, the last of them cut, are of steps that are done again."""
    (tmp_path / "spec.json").write_text(json.dumps(SMALL))
    out = tmp_path / "out"
    assert pcviz(str(tmp_path / "spec.json"), "--out", str(out), "--steps", "3").returncode == 0
    with (out / "metrics.jsonl").open("a") as metrics:
        metrics.write(json.dumps({"kind": "learning", "learn_step": 3, "loss": 0.5}) + '\n{"kind": "lear')
    assert pcviz("--resume", str(out), "--steps", "2").returncode == 0
    here = Experiment(ExperimentSpec(**SMALL))
    assert [line["loss"] for line in learning_lines(out)] == [here.learn_point().loss for _ in range(5)]


def test_a_run_is_not_written_over_unless_asked(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(json.dumps(SMALL))
    where = (str(tmp_path / "spec.json"), "--out", str(tmp_path / "out"), "--steps")
    assert pcviz(*where, "2").returncode == 0
    kept = (tmp_path / "out" / "metrics.jsonl").read_bytes()
    refused = pcviz(*where, "3")
    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert (tmp_path / "out" / "metrics.jsonl").read_bytes() == kept
    assert pcviz(*where, "3", "--force").returncode == 0
    assert len(learning_lines(tmp_path / "out")) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["spec.json", "--out", "spec.json"], "is a file"),
        (["--resume", "nowhere"], "no run to go on with"),
        (["--resume", "foreign"], "is no file of runs that pcviz wrote"),
        (["spec.json", "--resume", "foreign"], "give no spec, no --out"),
        (["spec.json"], "needs a spec and --out"),
    ],
)
def test_what_cannot_be_run_gets_a_sentence(arguments: list[str], words: str, tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(json.dumps(SMALL))
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "run.npz").write_bytes(b"PK\x03\x04 not really")
    done = pcviz(*(str(tmp_path / a) if not a.startswith("--") else a for a in arguments))
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
