"""Predictive coding as a trust-region method: the step that it should take, and its update as backprop and one thing more."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from pcviz_core.diagnostics import Columns
from pcviz_core.measurements.frozen import (
    Frozen,
    first_samples,
    hidden_layers,
    is_rounding,
    relaxed,
    true_layers,
    with_decay,
    without_closed_form,
    without_inference,
)
from pcviz_core.measurements.measurement import Measurement, Memory, Snapshot
from pcviz_core.theory.alignment import alignment, layer_norms
from pcviz_core.theory.equilibrium import equilibrium_rows
from pcviz_core.theory.precision import precision_path_rows
from pcviz_core.theory.trust_region import step_and_split

PRECISIONS = np.logspace(-4, 4, 33)
"""The output precisions at which the way from backprop to hard clamping is computed, besides the run's own."""


def _measure(snapshot: Snapshot, memory: Memory) -> tuple[Columns, Memory]:
    frozen = relaxed(snapshot)
    net, x, y, *_ = frozen
    moved, expected, backprop, added, cosine, numbers = jax.device_get(_compare(frozen))
    linear = snapshot.spec.is_linear
    exact = float(equilibrium_rows(net, net.predict_first(x), y).layer_energies.sum()) if linear else np.nan
    loss, estimate, reached, gradient = numbers
    return {
        "trust_moved": hidden_layers(snapshot, moved),
        "trust_expected": hidden_layers(snapshot, expected),
        "trust_backprop": true_layers(snapshot, backprop),
        "trust_added": true_layers(snapshot, added),
        "trust_cosine": true_layers(snapshot, cosine),
        "trust_region": np.array([loss, estimate, 0.0 if linear else 1.0, exact, reached, gradient]),
    }, memory


@jax.jit
def _compare(frozen: Frozen) -> tuple[Array, ...]:
    net, x, y, feedforward, end = frozen
    step, backprop, added = step_and_split(net, x, y)
    length = jnp.sqrt(jnp.mean(jnp.sum(step.gradient**2, -1)))
    numbers = jnp.stack([step.loss, step.energy, end.view.layer_energies.sum(), length])
    moved = end.view.activities - feedforward
    return (
        jnp.where(is_rounding(moved, feedforward), jnp.nan, _rms(moved)),
        _rms(step.displacements),
        layer_norms(backprop),
        layer_norms(added),
        alignment(added, backprop).cosine,
        numbers,
    )


def _rms(rows: Array) -> Array:
    return jnp.sqrt(jnp.mean(rows**2, (1, 2)))


def _measure_path(snapshot: Snapshot, memory: Memory) -> tuple[Columns, Memory]:
    now = snapshot.spec.output_precision
    precisions = np.sort(np.append(PRECISIONS, now))
    path = precision_path_rows(snapshot.network, *first_samples(snapshot), jnp.asarray(precisions, snapshot.network.dtype))
    with_backprop, with_clamped, share = (np.asarray(values) for values in jax.device_get(path))
    return {
        "precision_path": precisions,
        "precision_path_backprop": with_backprop,
        "precision_path_clamped": with_clamped,
        "precision_path_energy": share,
        "precision_path_now": np.where(precisions == now, with_backprop, np.nan),
    }, memory


TRUST_REGION = Measurement(
    ("trust_moved", "trust_expected", "trust_backprop", "trust_added", "trust_cosine", "trust_region"),
    _measure,
    complaint=lambda spec: without_inference(spec) or with_decay(spec),
    first_s=9,
)
PRECISION_PATH = Measurement(
    ("precision_path", *(f"precision_path_{what}" for what in ("backprop", "clamped", "energy", "now"))),
    _measure_path,
    complaint=lambda spec: without_closed_form(spec) or with_decay(spec),
    first_s=3,
)
