"""A run without a page: a spec in, numbers and weights out.

The folder holds `spec.json`, the spec as it was understood, every key; `metrics.jsonl`, a line for each learning step and, now
and then, one with losses and accuracies by evaluation and one for each measurement asked for; and `weights.npz`, W_1..W_L and
b_1..b_L where there are biases.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from pcviz_core.errors import SpecError
from pcviz_core.experiment import Experiment
from pcviz_core.measurements import MEASUREMENTS
from pcviz_core.preparation import check_spec
from pcviz_core.spec import ExperimentSpec

Progress = Callable[[int], None]


def read_spec(path: Path) -> ExperimentSpec:
    """The spec in a JSON file: an object with some of the controls; the rest take their defaults.

    Raises:
        SpecError: a sentence, if the file cannot be read or holds something that no run can use.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
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


def run(
    spec: ExperimentSpec,
    out: Path,
    learning_steps: int,
    evaluate_every: int,
    progress: Progress,
    measurements: Sequence[str] = (),
) -> str | None:
    """Do the learning steps and write the folder. Returns why the run diverged, if it did: what came before is kept.

    With each evaluation come `measurements`, each at t = 0 of the learning step that follows.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / "spec.json").write_text(json.dumps(spec.model_dump(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    experiment = Experiment(spec)
    with (out / "metrics.jsonl").open("w", encoding="utf-8") as metrics:

        def write(kind: str, values: dict[str, Any]) -> None:
            metrics.write(json.dumps({"kind": kind, **_finite(values)}) + "\n")

        for done in range(1, learning_steps + 1):
            point = experiment.learn_point()
            if point is None:
                break
            write("learning", asdict(point))
            if done % evaluate_every == 0 or done == learning_steps:
                write("evaluation", asdict(experiment.evaluate()))
                for name in measurements:
                    columns = {column: values.tolist() for column, values in experiment.measure(name).items()}
                    write("measurement", {"learn_step": done, "name": name, **columns})
            progress(done)
        if experiment.divergence is not None:
            write("divergence", asdict(experiment.divergence))
    np.savez(out / "weights.npz", **_weights(experiment))  # pyright: ignore[reportArgumentType]
    return None if experiment.divergence is None else experiment.divergence.reason


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN: null."""

    def finite(value: Any) -> Any:
        if isinstance(value, list):
            return [finite(each) for each in value]
        return None if isinstance(value, float) and not np.isfinite(value) else value

    return {name: finite(value) for name, value in values.items()}


def _weights(experiment: Experiment) -> dict[str, np.ndarray]:
    network = experiment.network
    arrays = {f"W_{l}": np.asarray(w) for l, w in enumerate(network.by_layer(network.weights), start=1)}
    for l, bias in enumerate(network.biases_by_layer(), start=1):
        arrays[f"b_{l}"] = np.asarray(bias)
    return arrays
