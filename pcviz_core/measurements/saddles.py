"""Saddles of the run's data: curvature at two of them, how long learning stays near the origin, and the smallest landscape.

All four are of linear networks that stand in for the run: its data, its depth as far as that is readable, plain scaling, no
skips. They change with the controls alone.
"""

from collections.abc import Callable

import jax
import numpy as np

from pcviz_core.datasets import DATASETS
from pcviz_core.diagnostics import Columns
from pcviz_core.measurements.measurement import Measurement, Memory, Snapshot
from pcviz_core.spec import ExperimentSpec
from pcviz_core.theory.escape import EscapeRace, chain_batches, escape_race
from pcviz_core.theory.landscape import TwoWeights
from pcviz_core.theory.linear import equivalent_batch
from pcviz_core.theory.saddles import origin_spectra, weight_spectra, zero_rank_spectra

N_INPUTS = 8
"""Leading principal directions of the training inputs that the stand-ins see."""
CURVED_WIDTH, CURVED_DEPTH = 5, 5
RACE_WIDTH, RACE_DEPTH, RACE_STEPS = 16, 5, 4000
RACE_RATE = 0.1
RACE_INIT = 0.11
"""Standard deviation of a weight times √width: that of 5·10⁻³ at width 500, which the paper has."""
RACE_INFERENCE_STEPS = 32
"""The run's T counts up to here, so that a long one does not hold up the other measurements."""
CHAIN_DEPTH, CHAIN_STEPS = 4, 4096
ESCAPED = 0.25
"""The loss below which a chain has escaped; it starts at 0.5."""
DEEP_ESCAPED = 0.8
"""The part of its first loss below which a deep network has escaped."""
N_KEPT = 128

GRID = np.linspace(-2, 2, 41)
CEILING = 3.0
"""The landscapes are cut at this many times their height at the saddle."""
_ANGLES = np.deg2rad(30 + 60 * np.arange(6))
STARTS = 0.1 * np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)


def training_batch(spec: ExperimentSpec) -> tuple[np.ndarray, np.ndarray]:
    """What stands for all training data of a run: the same second moments, in its leading input directions."""
    data = DATASETS[spec.dataset].load(spec.seed)
    x, y = equivalent_batch(data.x_train, data.y_train, n_inputs=N_INPUTS)
    return x.astype(np.float32), y.astype(np.float32)


def _remembering(
    names: tuple[str, ...], measure: Callable[[ExperimentSpec], Columns]
) -> Callable[[Snapshot, Memory], tuple[Columns, Memory]]:
    """A measure that is not made again for the same values of these controls."""

    def measured(snapshot: Snapshot, memory: Memory) -> tuple[Columns, Memory]:
        values = tuple(getattr(snapshot.spec, name) for name in names)
        if memory is None or memory[0] != values:
            memory = values, measure(snapshot.spec)
        return memory[1], memory

    return measured


def _saddles(spec: ExperimentSpec) -> Columns:
    x, y = training_batch(spec)
    width = min(spec.width, CURVED_WIDTH)
    columns: Columns = {}
    for name, depth in (("origin", min(spec.depth, CURVED_DEPTH)), ("zero_rank", min(max(spec.depth, 3), CURVED_DEPTH))):
        shapes = [(width, x.shape[1]), *[(width, width)] * (depth - 2), (y.shape[1], width)]
        weights = [np.zeros(shape, np.float32) for shape in shapes]
        if name == "zero_rank":
            draws = np.random.default_rng([spec.seed, 3]).normal(size=(width, width))
            weights[-2] = (draws / np.sqrt(width)).astype(np.float32)
            expected = zero_rank_spectra(weights[-2], x, y, depth=depth)
        else:
            expected = origin_spectra(x, y, depth=depth, width=width)
        found, expected = jax.device_get((weight_spectra(weights, x, y), expected))
        lowest = [found.energy[0], expected.energy[0], found.loss[0]]
        columns |= {
            f"saddle_{name}_energy": found.energy,
            f"saddle_{name}_energy_theory": expected.energy,
            f"saddle_{name}_loss": found.loss,
            f"saddle_{name}_loss_theory": expected.loss,
            f"saddle_{name}": np.array([*lowest, depth, width]),
        }
    return columns


def _escape_chain(spec: ExperimentSpec) -> Columns:
    depth = min(spec.depth, CHAIN_DEPTH)
    x, y = chain_batches(CHAIN_STEPS, spec.seed)
    race = escape_race(depth, 1, *(a.astype(np.float32) for a in (x, y)), n_steps=CHAIN_STEPS, seeds=spec.seed)
    return _race_columns("escape_chain", race, ESCAPED, [depth - 1])


def _escape_deep(spec: ExperimentSpec) -> Columns:
    x, y = training_batch(spec)
    depth, width = min(spec.depth, RACE_DEPTH), min(spec.width, RACE_WIDTH)
    race = escape_race(
        depth, width, x, y, n_steps=RACE_STEPS, seeds=spec.seed, init_std=RACE_INIT / np.sqrt(width), param_lr=RACE_RATE,
        n_inference_steps=min(spec.n_inference_steps, RACE_INFERENCE_STEPS), activity_lr=spec.activity_lr,
    )  # fmt: skip
    return _race_columns("escape_deep", race, DEEP_ESCAPED * race.bp[0, 0], [depth - 1, width])


def _race_columns(name: str, race: EscapeRace, threshold: float, shape: list[int]) -> Columns:
    """Curves at weight updates that are evenly spread over a logarithmic axis, and the updates until the loss is below."""
    n_steps = race.bp.shape[1]
    kept = np.unique(np.geomspace(1, n_steps - 1, N_KEPT).round().astype(int))
    numbers: list[float] = []
    for curve, (steps,) in zip(race, race.steps_below(threshold), strict=True):
        late = np.isnan(steps) and np.isfinite(curve[0, -1])
        numbers += [n_steps, 3.0] if late else [steps, 0.0]
    return {
        f"{name}_step": kept.astype(float),
        **{f"{name}_{way}": np.where(np.isfinite(curve[0]), curve[0], np.nan)[kept]
           for way, curve in zip(race._fields, race, strict=True)},
        name: np.array([*numbers, *shape]),
    }  # fmt: skip


def _landscape(spec: ExperimentSpec) -> Columns:
    chain = TwoWeights(spec.output_precision)
    w1, w2 = GRID[None], GRID[:, None]
    fields = [np.minimum(height(w1, w2), CEILING * height(0, 0)).ravel() for height in (chain.energy, chain.loss)]
    paths = [path for flow in chain.flows(STARTS) for path in _with_gaps(flow)]
    names = ("landscape_energy", "landscape_loss", "landscape_w1", "landscape_w2", *PATHS)
    return dict(zip(names, [*fields, GRID, GRID, *paths], strict=True))


def _with_gaps(paths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and second coordinates of all paths one after the other, NaN between two."""
    gap = np.full((len(paths), 1, 2), np.nan)
    joined = np.concatenate([paths, gap], axis=1).reshape(-1, 2)[:-1]
    return joined[:, 0], joined[:, 1]


PATHS = ("landscape_pc_w1", "landscape_pc_w2", "landscape_bp_w1", "landscape_bp_w2")
_SPECTRA = ("energy", "energy_theory", "loss", "loss_theory")


def _saddle_columns(name: str) -> tuple[str, ...]:
    return (*(f"saddle_{name}_{each}" for each in _SPECTRA), f"saddle_{name}")


def _escape_columns(name: str) -> tuple[str, ...]:
    return (f"{name}_step", *(f"{name}_{way}" for way in EscapeRace._fields), name)


_SHAPE = ("dataset", "seed", "depth", "width")
SADDLES = Measurement(
    (*_saddle_columns("origin"), *_saddle_columns("zero_rank")), _remembering(_SHAPE, _saddles), follows="values",
    first_s=7,
)
ESCAPE_CHAIN = Measurement(
    _escape_columns("escape_chain"), _remembering(("seed", "depth"), _escape_chain), follows="values",
    first_s=5,
)
ESCAPE_DEEP = Measurement(
    _escape_columns("escape_deep"),
    _remembering((*_SHAPE, "n_inference_steps", "activity_lr"), _escape_deep),
    follows="values",
    first_s=12,
)
LANDSCAPE = Measurement(
    ("landscape_energy", "landscape_loss", "landscape_w1", "landscape_w2", *PATHS),
    _remembering(("output_precision",), _landscape),
    follows="values",
    first_s=1,
)
