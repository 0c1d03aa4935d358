"""A run on disk: its values at k = 0 and now, its log, and the checkpoint of its present learning step.

The arrays are W_1..W_L, b_1..b_L where there are biases, and what the optimiser remembers of each part, all without padding.
"""

from pathlib import Path
from typing import Any

import jax
import numpy as np

from pcviz_core.errors import PcvizError
from pcviz_core.files import read_arrays, write_arrays
from pcviz_core.learning import start_optimiser
from pcviz_core.model import arrays_of
from pcviz_core.network import Biases, Network, Weights
from pcviz_core.preparation import network_with, structure_of
from pcviz_core.run.log import Log
from pcviz_core.run.state import Checkpoint, Learner, Position
from pcviz_core.spec import ExperimentSpec

KIND = "runs"


def write_run(path: Path, checkpoint: Checkpoint, log: Log, position: Position) -> None:
    """Write a run, so that a crash in the middle leaves the file that was there."""
    described = {
        "origin": checkpoint.origin.model_dump(),
        "spec": checkpoint.spec.model_dump(),
        "learn_step": checkpoint.learn_step,
        "samples_taken": checkpoint.samples_taken,
        "first_total": checkpoint.first_total if np.isfinite(checkpoint.first_total) else None,
        "loudest_of_run": checkpoint.loudest_of_run,
        "ordinal": checkpoint.ordinal,
        "log": log.as_json(),
        "log_is_complete": log.is_complete,
        "position": list(position),
    }
    network, moments = checkpoint.learner
    arrays = arrays_of(network)
    for part, state in zip(("first", "blocks", "last"), moments, strict=True):
        for number, leaf in enumerate(jax.tree.leaves(state)):
            array = np.asarray(leaf)
            arrays[f"moments_{part}_{number}"] = array[int(network.first) :] if part == "blocks" else array
    write_arrays(path, KIND, described, arrays)


def read_run(path: Path) -> tuple[Checkpoint, Log, Position]:
    """Read what `write_run` wrote.

    Raises:
        PcvizError: a sentence, if this is no such file, or one of a newer version.
    """
    described, arrays = read_arrays(path, KIND)
    try:
        origin, spec = ExperimentSpec(**described["origin"]), ExperimentSpec(**described["spec"])
        log = Log.from_json(described["log"])
        log.is_complete = bool(described["log_is_complete"])
        network = _network(spec, arrays)
        structure = structure_of(spec)
        empty = jax.eval_shape(lambda weights: start_optimiser(structure.param_optimiser, weights), network.weights)
        moments = tuple(
            _moments(part, state, arrays, structure.bucket - spec.depth)
            for part, state in zip(("first", "blocks", "last"), empty, strict=True)
        )
        first_total = described["first_total"]
        place = (int(described["learn_step"]), int(described["samples_taken"]))
        bounds = (np.inf if first_total is None else float(first_total), float(described["loudest_of_run"]))
        learner = Learner(network, jax.device_put(moments))
        checkpoint = Checkpoint(origin, spec, learner, *place, *bounds, int(described["ordinal"]))
        position = Position(*(int(at) for at in described["position"]))
    except PcvizError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise PcvizError(f"{path} is damaged: {error}.") from None
    return checkpoint, log, position


def _network(spec: ExperimentSpec, arrays: dict[str, np.ndarray]) -> Network:
    structure = structure_of(spec)
    n, first = spec.width, structure.bucket - spec.depth
    shapes = [(n, structure.n_inputs), *[(n, n)] * (spec.depth - 2), (structure.n_outputs, n)]
    matrices = [_taken(arrays, f"W_{l}", shape) for l, shape in enumerate(shapes, start=1)]
    biases = [_taken(arrays, f"b_{l}", shape[:1]) for l, shape in enumerate(shapes, start=1)] if spec.bias else None

    def stacked(layers: list[np.ndarray], *shape: int) -> np.ndarray:
        return np.concatenate([np.zeros((first, *shape), np.float32), *(layer[None] for layer in layers)])

    parts: list[Any] = [matrices[0], stacked(matrices[1:-1], n, n), matrices[-1], None]
    if biases is not None:
        vectors: list[Any] = [biases[0], stacked(biases[1:-1], n), biases[-1]]
        parts[-1] = Biases(*vectors)
    return network_with(spec, structure, Weights(*parts))


def _moments(part: str, empty: Any, arrays: dict[str, np.ndarray], padding: int) -> Any:
    """What the optimiser remembers of one part; of padding it remembers nothing."""
    leaves, tree = jax.tree.flatten(empty)
    rows = padding if part == "blocks" else 0
    found = []
    for number, leaf in enumerate(leaves):
        shape = (leaf.shape[0] - rows, *leaf.shape[1:]) if rows else leaf.shape
        array = _taken(arrays, f"moments_{part}_{number}", shape, leaf.dtype)
        found.append(np.concatenate([np.zeros((rows, *shape[1:]), leaf.dtype), array]) if rows else array)
    return jax.tree.unflatten(tree, found)


def _taken(arrays: dict[str, np.ndarray], name: str, shape: tuple[int, ...], dtype: Any = np.float32) -> np.ndarray:
    array = arrays[name]
    if array.shape != shape or array.dtype != dtype:
        raise ValueError(f"{name} is {array.dtype} of shape {array.shape}, not {np.dtype(dtype)} of shape {shape}")
    return array
