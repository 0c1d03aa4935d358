"""Where inference would settle, and how far it has come: the exact equilibrium of a linear network."""

import jax
import numpy as np

from pcviz_core.diagnostics import Columns
from pcviz_core.measurements.measurement import Measurement, Memory, Snapshot
from pcviz_core.spec import ExperimentSpec
from pcviz_core.theory.equilibrium import equilibrium_rows


def _measure(snapshot: Snapshot, memory: Memory) -> tuple[Columns, Memory]:
    net = snapshot.network
    rows = equilibrium_rows(net, net.predict_first(snapshot.x), snapshot.y)
    layer_energies = np.asarray(jax.device_get(rows.layer_energies), np.float64)[snapshot.first :]
    now = snapshot.layer_energies[-1]
    start, energy, best = snapshot.layer_energies[0].sum(), now.sum(), layer_energies.sum()
    numbers = np.array([best, energy, (energy - best) / (start - best), 0.0])
    return {"equilibrium_layer_energy": layer_energies, "equilibrium_now": now, "equilibrium": numbers}, memory


def _complaint(spec: ExperimentSpec) -> str | None:
    if (spec.activation, spec.loss, spec.activation_position, spec.bias) == ("linear", "mse", "before", False):
        return None
    return "The exact equilibrium is known for linear networks without biases, with squared output error."


EQUILIBRIUM = Measurement(
    ("equilibrium_layer_energy", "equilibrium_now", "equilibrium"), _measure, follows="inference", complaint=_complaint
)
