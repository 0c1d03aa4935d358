"""A run without a page: a spec in, numbers and weights out.

The folder holds `spec.json`, the spec as it was understood, every key; `metrics.jsonl`, a line for each learning step and, now
and then, one with losses and accuracies by evaluation and one for each measurement asked for; `weights.npz`, W_1..W_L and
b_1..b_L where there are biases, for `Network.load`; and `run.npz`, from which the run goes on bit for bit, for `Experiment.load`.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pcviz_core.errors import SpecError
from pcviz_core.experiment import Experiment
from pcviz_core.measurements import MEASUREMENTS
from pcviz_core.model import write_network
from pcviz_core.preparation import check_spec
from pcviz_core.spec import ExperimentSpec

Progress = Callable[[int], None]
FILES = ("spec.json", "metrics.jsonl", "weights.npz", "run.npz")


def read_spec(path: Path) -> ExperimentSpec:
    """The spec in a JSON file: an object with some of the controls; the rest take their defaults.

    Raises:
        SpecError: a sentence, if the file cannot be read or holds something that no run can use.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig"))  # Windows editors put a mark before the text
    except OSError as error:
        raise SpecError(f"Cannot read {path}: {error.strerror}.") from None
    except ValueError as error:
        raise SpecError(f"{path} is not JSON: {error}.") from None
    if not isinstance(values, dict):
        raise SpecError(f'{path} must hold an object such as {{"depth": 32}}; it holds {type(values).__name__}.')
    spec = ExperimentSpec(**values)
    check_spec(spec)
    return spec


def check_measurements(spec: ExperimentSpec, names: Sequence[str]) -> None:
    """Refuse, with a sentence, a measurement that there is not, or that says nothing of such a run."""
    for name in names:
        if name not in MEASUREMENTS:
            raise SpecError(f"There is no measurement named {name!r}. There are {', '.join(MEASUREMENTS)}.")
        if (complaint := MEASUREMENTS[name].complaint(spec)) is not None:
            raise SpecError(f"The measurement {name!r} says nothing of this run. {complaint}")


class Outcome(NamedTuple):
    """How a run without a page ended: after which learning step, and why it diverged or was stopped, if so."""

    learn_step: int
    diverged: str | None
    stopped: bool


def prepare_folder(out: Path, *, force: bool) -> None:
    """Make the folder of a new run, or refuse with a sentence: what is there is not overwritten unless asked to.

    Raises:
        SpecError: a sentence that says what is in the way.
    """
    if out.exists() and not out.is_dir():
        raise SpecError(f"{out} is a file; --out names a folder, which is made if it is not there.")
    if any((out / name).exists() for name in FILES) and not force:
        raise SpecError(f"{out} holds a run already. Go on with it by --resume {out}, or write over it with --force.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise SpecError(f"Cannot write to {out}: {error.strerror}.") from None


def start(spec: ExperimentSpec, out: Path) -> Experiment:
    """A new run, and the spec in its folder."""
    (out / "spec.json").write_text(json.dumps(spec.model_dump(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return Experiment(spec)


def resume(out: Path) -> Experiment:
    """The run of a folder, where it stopped. Lines of steps that were done but not kept are dropped from its metrics.

    Raises:
        PcvizError: a sentence, if the folder holds no run, or a damaged one.
    """
    if not (out / "run.npz").is_file():
        raise SpecError(f"{out} holds no run to go on with: there is no run.npz in it.")
    experiment = Experiment.load(out)
    metrics = out / "metrics.jsonl"
    lines = metrics.read_text(encoding="utf-8").splitlines(keepends=True) if metrics.exists() else []
    kept = "".join(line for line in lines if _belongs(line, experiment.learn_step))
    part = metrics.with_suffix(".part")
    part.write_text(kept, encoding="utf-8")
    part.replace(metrics)
    return experiment


def go_on(
    experiment: Experiment,
    out: Path,
    learning_steps: int,
    evaluate_every: int,
    progress: Progress,
    measurements: Sequence[str] = (),
    is_stopped: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Do learning steps and write the folder. It stops after a step that diverges or at whose end `is_stopped`.

    With each evaluation, at multiples of `evaluate_every` and at the end, come `measurements`, each at t = 0 of the learning step
    that follows, and the run as it is then is kept: a run that is killed goes on from there.
    """
    stopped = False
    with (out / "metrics.jsonl").open("a", encoding="utf-8") as metrics:

        def write(kind: str, values: dict[str, Any]) -> None:
            metrics.write(json.dumps({"kind": kind, **_finite(values)}) + "\n")

        for done in range(1, learning_steps + 1):
            point = experiment.learn_point()
            if point is None:
                break
            write("learning", asdict(point))
            stopped = is_stopped()
            k = experiment.learn_step
            if k % evaluate_every == 0 or done == learning_steps or stopped:
                write("evaluation", asdict(experiment.evaluate()))
                for name in measurements:
                    columns = {column: values.tolist() for column, values in experiment.measure(name).items()}
                    write("measurement", {"learn_step": k, "name": name, **columns})
                metrics.flush()
                _keep(experiment, out)
            progress(done)
            if stopped:
                break
        if (found := experiment.divergence) is not None:
            write("divergence", asdict(found))
    _keep(experiment, out)
    return Outcome(experiment.learn_step, None if found is None else found.reason, stopped)


def _keep(experiment: Experiment, out: Path) -> None:
    write_network(out / "weights.npz", experiment.network)
    experiment.save(out / "run.npz")


def _belongs(line: str, learn_step: int) -> bool:
    """Whether a line of the metrics is of the run as it was at k = `learn_step`."""
    try:
        row = json.loads(line)
        return row["kind"] != "divergence" and row["learn_step"] + (row["kind"] == "learning") <= learn_step
    except (ValueError, KeyError, TypeError):
        return False  # cut off in the middle


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN: null."""

    def finite(value: Any) -> Any:
        if isinstance(value, list):
            return [finite(each) for each in value]
        return None if isinstance(value, float) and not np.isfinite(value) else value

    return {name: finite(value) for name, value in values.items()}
