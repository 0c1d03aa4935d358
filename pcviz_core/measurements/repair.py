"""Imbalance and its repair: what inference leaves in each layer, against backpropagation, and how far predictions drift."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from pcviz_core.diagnostics import ROUNDING, Columns, above_noise, imbalance, noise_floor
from pcviz_core.measurements.frozen import Frozen, is_rounding, relaxed, without_inference
from pcviz_core.measurements.measurement import Measurement, Memory, Snapshot


def _measure(snapshot: Snapshot, memory: Memory) -> tuple[Columns, Memory]:
    frozen, spec = relaxed(snapshot), snapshot.spec
    by_row = jax.device_get(_compare(frozen))
    energy, backprop, rms, drift, cosine = (np.asarray(values)[snapshot.first :] for values in by_row)
    noise = noise_floor(rms, spec.width, frozen.y.shape[1])
    held, quality = above_noise(energy[None], noise[None], spec.arrival[None] <= int(frozen.end.t))
    return {
        "repair_energy": energy,
        "repair_backprop": backprop,
        "repair_noise": noise,
        "repair_drift": drift,
        "repair_cosine": cosine,
        "repair": np.append(imbalance(np.stack([held[0], backprop])), quality),
    }, memory


@jax.jit
def _compare(frozen: Frozen) -> tuple[Array, ...]:
    """Each (rows, then the output): energies, of the backprop deltas; rms of activities; drift of predictions, and cosines."""
    net, _, y, feedforward, end = frozen
    view, batch = end.view, y.shape[0]

    def of_all(of_rows: Array, of_output: Array) -> Array:
        return jnp.concatenate([of_rows, of_output])

    start_output, end_output = (net.predict_output(rows[-1]) for rows in (feedforward, view.activities))
    start_blocks, end_blocks = (net.predict_blocks(rows[:-1]) for rows in (feedforward, view.activities))
    fixed = jnp.zeros_like(feedforward[:1])  # nothing moves below layer 1, or below padding
    drift = of_all(_rms(jnp.concatenate([fixed, end_blocks - start_blocks])), _rms((end_output - start_output)[None]))
    output_error = net.output_error(start_output, y)
    deltas = net.backprop_errors(feedforward, output_error)
    squares = of_all(jnp.einsum("lbn,lbn->l", deltas, deltas), jnp.sum((net.output_precision * output_error) ** 2)[None])
    drift = drift / of_all(_rms(feedforward), _rms(start_output[None]))
    cosine = _cosine(view.errors, view.activities - feedforward)
    return (
        view.layer_energies,
        0.5 * squares / batch,
        of_all(_rms(view.activities), _rms(y[None])),
        jnp.where((drift > 0) & (drift < ROUNDING), jnp.nan, drift),
        of_all(
            jnp.where(is_rounding(view.errors, feedforward), jnp.nan, cosine),
            _cosine(view.output_error[None], output_error[None]),
        ),
    )


def _rms(rows: Array) -> Array:
    return jnp.sqrt(jnp.mean(rows**2, (1, 2)))


def _cosine(a: Array, b: Array) -> Array:
    """By row; NaN where either is exactly 0. Scaled before squaring, for errors near the end of float32."""
    a, b = (rows / jnp.max(jnp.abs(rows), (1, 2), keepdims=True) for rows in (a, b))
    return jnp.einsum("lbn,lbn->l", a, b) / jnp.sqrt(jnp.einsum("lbn,lbn->l", a, a) * jnp.einsum("lbn,lbn->l", b, b))


REPAIR = Measurement(
    ("repair_energy", "repair_backprop", "repair_noise", "repair_drift", "repair_cosine", "repair"),
    _measure,
    complaint=without_inference,
    first_s=2,
)
