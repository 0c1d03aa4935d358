"""From a spec to what a run is made of: whether it can run, the shapes that it compiles for, its data and its knobs."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pcviz_core.algorithms import ALGORITHMS
from pcviz_core.datasets import DATASETS, Dataset
from pcviz_core.draws import draws
from pcviz_core.errors import SpecError
from pcviz_core.grids import grid_cells
from pcviz_core.network import Biases, Kind, Network, Weights
from pcviz_core.program import Structure, bucket
from pcviz_core.relaxation import Knobs, Method
from pcviz_core.schedules import Grid
from pcviz_core.spec import ExperimentSpec

RECORD_BYTES = 2**28
"""Bytes that the rows seen of one relaxation may take; a record made of them takes about as much again."""


def check_spec(spec: ExperimentSpec) -> None:
    """Refuse, with a sentence, what each control allows and their combination does not."""
    if ALGORITHMS[spec.algorithm].linear_only and (spec.activation, spec.loss, spec.bias) != ("linear", "mse", False):
        raise SpecError("The exact equilibrium exists for linear networks with squared output error and without biases only.")
    if ALGORITHMS[spec.algorithm].linear_only and (spec.activation_position == "after" or spec.activity_decay > 0):
        raise SpecError("The exact equilibrium is for an activation before the weights and no activity decay.")
    if spec.nudging != "clamped" and spec.loss == "ce":
        raise SpecError("Nudging moves the output towards the target, which needs the squared error; this is cross-entropy.")
    if spec.nudging == "centred" and ALGORITHMS[spec.algorithm].learns_while_inferring:
        raise SpecError("Two phases need weights that stay while activities relax; under iPC they change at every step.")
    check_record(spec, spec.planned_steps)
    n_train = len(DATASETS[spec.dataset].load(spec.seed).x_train)
    if spec.batch_size > n_train:
        raise SpecError(
            f"`batch_size` is at most {n_train} with {spec.dataset!r}, its training samples; {spec.batch_size} is more."
        )
    if spec.loss == "ce" and DATASETS[spec.dataset].load(spec.seed).kind == "regression":
        name = DATASETS[spec.dataset].label
        raise SpecError(f'Cross-entropy needs classes; "{name}" is a regression. Use the squared error with it.')


def check_record(spec: ExperimentSpec, n_steps: int) -> None:
    """Refuse, with a sentence, a relaxation of so many steps that its record would fill the memory."""
    row = 4 * (5 * bucket(spec.depth) + 1 + spec.width)  # what is seen of each layer, and the watched one's units
    most = RECORD_BYTES // row
    if n_steps > most:
        raise SpecError(
            f"The record of {n_steps} inference steps at depth {spec.depth} and width {spec.width} would take "
            f"{n_steps * row / 2**20:.0f} MiB; {RECORD_BYTES // 2**20} MiB is the most: up to {most} steps."
        )


def structure_of(spec: ExperimentSpec) -> Structure:
    """What must be compiled for a spec."""
    data = DATASETS[spec.dataset].load(spec.seed)
    return Structure(
        n_inputs=data.x_train.shape[1],
        n_outputs=data.y_train.shape[1],
        width=spec.width,
        bucket=bucket(spec.depth),
        batch_size=spec.batch_size,
        n_train=len(data.x_train),
        kind=Kind(spec.activation, spec.activation_position, spec.loss),
        bias=spec.bias,
        algorithm=spec.algorithm,
        method=Method(spec.inference_rule, spec.schedule_in_force),
        param_optimiser=spec.param_optimiser,
        weight_rule=spec.weight_rule,
    )


def network_of(spec: ExperimentSpec, structure: Structure) -> Network:
    """The network at the start of a run: drawn from the seed, scaled, and padded to the bucket."""
    scaling, depth, width = spec.scaling, spec.depth, spec.width
    drawn = draws(structure.bucket, *structure.largest_matrix, spec.seed, scaling.distribution == "uniform")
    embed, block, readout = np.array(scaling.spreads(structure.n_inputs, width), np.float32)
    first, n_blocks = structure.bucket - depth, structure.bucket - 2
    blocks = np.zeros((n_blocks, width, width), np.float32)
    np.multiply(block, drawn[1 : depth - 1, :width, :width], out=blocks[first:])
    parts = (embed * drawn[0, :width, : structure.n_inputs], blocks, readout * drawn[-1, : structure.n_outputs, :width])
    biases = [np.zeros(part.shape[:-1], np.float32) for part in parts] if spec.bias else None
    weights: list[Any] = [*parts, None if biases is None else Biases(*map(jnp.asarray, biases))]
    return network_with(spec, structure, Weights(*weights))


def network_with(spec: ExperimentSpec, structure: Structure, weights: Weights) -> Network:
    """The network of these padded weights: their multipliers are the spec's."""
    scales = np.array(
        spec.scaling.multipliers(structure.n_inputs, spec.width, spec.depth, spec.skip, spec.gamma), np.float32
    )
    first, n_blocks = structure.bucket - spec.depth, structure.bucket - 2
    real = (np.arange(n_blocks) >= first).astype(np.float32)
    numbers = {
        "embed_scale": scales[0],
        "block_scale": scales[1] * real,
        "readout_scale": scales[2],
        "block_skip": np.float32(spec.skip) * real,
        "first": np.int32(first),
        "output_precision": np.float32(spec.output_precision),
    }
    return jax.device_put(Network(weights, **numbers, kind=structure.kind))  # pyright: ignore[reportArgumentType]


@lru_cache(maxsize=8)
def device_data(name: str, seed: int) -> Dataset:
    """The data set with its training part on the device."""
    data = DATASETS[name].load(seed)
    return replace(data, x_train=jnp.asarray(data.x_train), y_train=jnp.asarray(data.y_train))


def knobs_of(spec: ExperimentSpec, tolerance: float, first_total: float) -> Knobs:
    """What a step is told of a spec; `tolerance` is 0 where steps go on though settled, `first_total` the run's first energy."""
    values = {
        "activity_lr": spec.activity_lr,
        "momentum": spec.momentum,
        "activity_decay": spec.activity_decay,
        "alpha": spec.alpha,
        "decay_rate": spec.schedule_decay,
        "tolerance": tolerance,
        "first_total": first_total,
    }
    numbers: dict[str, Any] = {name: np.float32(value) for name, value in values.items()}
    return Knobs(**numbers, precision_grid=_painted(spec.precision_grid))


@lru_cache(maxsize=8)
def _painted(text: str) -> Grid:
    """The grid of a text as what a compiled step takes."""
    rows = ExperimentSpec.controls()["precision_grid"].rows(text)
    return Grid(grid_cells(rows).astype(np.float32), np.int32(len(rows)))  # pyright: ignore[reportArgumentType]
