"""Where inference would settle, and how far it has come: exact in a linear network, by a descent in any other."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pcviz_core.diagnostics import Columns
from pcviz_core.measurements.measurement import ESTIMATE, EXACT, LOWER_BOUND, UPPER_BOUND, Measurement, Memory, Snapshot, thinned
from pcviz_core.network import Network
from pcviz_core.theory.equilibrium import equilibrium_rows
from pcviz_core.theory.settling import settle

TOLERANCE = 1e-6
"""Relative error of F* at which an estimate is good enough."""
MAX_STEPS, MAX_SWEEPS = 48, 1536
"""Steps of the descent in one measurement, and those times L; the next one of the same batch goes on where this one stopped."""
NOISE = 1e-5
"""Part of F* below which its difference from another energy is rounding, in float32."""
POINTS = 512
"""The most inference steps of which progress is shown."""


class _Settled(NamedTuple):
    """Energies of layers 1..L at equilibrium, tr(S)/K, the residual gradient's rms, and how good this is."""

    layer_energies: np.ndarray
    rescaling: float
    residual: float
    quality: float


def _measure(snapshot: Snapshot, memory: Memory) -> tuple[Columns, Memory]:
    is_exact = snapshot.spec.is_linear and snapshot.spec.activity_decay == 0
    settled, memory = _exactly(snapshot) if is_exact else _estimated(snapshot, memory)
    now, totals = snapshot.layer_energies[-1], snapshot.layer_energies.sum(axis=1, dtype=np.float64)
    best, loss = settled.layer_energies.sum(), float(_loss(snapshot.network, snapshot.x, snapshot.y))
    left = gap_left(totals, best)
    decays = snapshot.spec.activity_decay > 0
    if decays:
        left[:] = np.nan  # What inference then lowers is not the energy alone, which may pass below its value at rest.
    steps = thinned(len(totals), POINTS)
    of_gap = LOWER_BOUND if settled.quality == UPPER_BOUND else settled.quality
    ratio = loss / best if best > NOISE * loss and not decays else np.nan
    when = snapshot.learn_step, snapshot.infer_step
    of_energy = best, totals[-1], left[-1], settled.quality, totals[0], loss, ratio, settled.rescaling, settled.residual
    numbers = [*of_energy, of_gap, *when]
    columns = {
        "equilibrium_layer_energy": settled.layer_energies,
        "equilibrium_now": now,
        "equilibrium": np.array(numbers),
        "progress_step": steps.astype(np.float64),
        "progress_left": np.where(left[steps] > 0, left[steps], np.nan),
    }
    return columns, memory


def gap_left(totals: np.ndarray, best: float) -> np.ndarray:
    """(F(t) − F*)/(F(0) − F*) of energies F(0)..F(t): 0 where the difference is rounding, NaN where that of F(0) is."""
    noise = NOISE * max(best, 0.0)
    if not totals[0] - best > noise:
        return np.full(len(totals), np.nan)
    return np.where(np.abs(totals - best) > noise, np.maximum(totals - best, 0.0), 0.0) / (totals[0] - best)


def _exactly(snapshot: Snapshot) -> tuple[_Settled, Memory]:
    net = snapshot.network
    rows = jax.device_get(equilibrium_rows(net, net.predict_first(snapshot.x), snapshot.y))
    layer_energies = np.asarray(rows.layer_energies, np.float64)[snapshot.first :]
    return _Settled(layer_energies, float(np.trace(rows.rescaling)) / len(rows.rescaling), 0.0, EXACT), None


def _estimated(snapshot: Snapshot, memory: Memory) -> tuple[_Settled, Memory]:
    """From the lowest of the present activities, the feedforward pass and what the last measurement found."""
    net, errors = snapshot.network, snapshot.state.view.errors
    nothing = jnp.zeros_like(errors)
    before = memory if memory is not None and memory.shape == errors.shape else nothing
    steps = max(8, min(MAX_STEPS, MAX_SWEEPS // snapshot.spec.depth))
    numbers = np.float32(snapshot.spec.activity_decay), np.float32(TOLERANCE), np.int32(steps)
    starts = jnp.stack([errors, nothing, before])
    found = settle(net, net.predict_first(snapshot.x), snapshot.y, starts, *(jnp.asarray(n) for n in numbers))
    layer_energies = np.asarray(jax.device_get(found.layer_energies), np.float64)[snapshot.first :]
    quality = ESTIMATE if bool(found.settled) else UPPER_BOUND
    return _Settled(layer_energies, np.nan, float(found.residual), quality), found.errors


@eqx.filter_jit
def _loss(net: Network, x: jax.Array, y: jax.Array) -> jax.Array:
    return net.output_energy(net.predict_output(net.feedforward_rows(x)[-1]), y)


EQUILIBRIUM = Measurement(
    ("equilibrium_layer_energy", "equilibrium_now", "equilibrium", "progress_step", "progress_left"),
    _measure,
    follows="inference",
    first_s=7,
)
