"""Predictive coding against backpropagation: what one frozen network would learn by each, layer by layer."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from pcviz_core.algorithms import ALGORITHMS
from pcviz_core.algorithms.algorithm import forward_update
from pcviz_core.diagnostics import Columns
from pcviz_core.measurements.frozen import Frozen, is_rounding, relaxed, true_layers, without_inference
from pcviz_core.measurements.measurement import Measurement, Memory, Snapshot
from pcviz_core.measurements.rescaling import expected_at
from pcviz_core.network import Network, Weights
from pcviz_core.theory.alignment import Alignment, alignment
from pcviz_core.theory.equilibrium import equilibrium_rows

RULES = ("pc", "fu", "equilibrium")
"""Plain predictive coding, the forward update, and, in a linear network, predictive coding at the exact equilibrium."""
UNSURE = 10.0
"""Errors below so many times rounding give a cosine that rounding may have turned."""


def _measure(snapshot: Snapshot, memory: Memory) -> tuple[Columns, Memory]:
    spec, linear = snapshot.spec, snapshot.spec.is_linear
    frozen = relaxed(snapshot)
    linear = linear and spec.activity_decay == 0  # with decay inference rests elsewhere than the closed form
    found, unsure, loss, energy = jax.device_get(_compare(spec.algorithm, linear, frozen))
    if linear:
        loss, energy = jax.device_get(_of_the_batch(frozen.network, snapshot.x, snapshot.y))
    nothing = np.full(spec.depth, np.nan, np.float32)
    columns: Columns = {}
    for what in ("cosine", "ratio"):
        for rule in RULES:
            known = rule in found
            columns[f"agreement_{what}_{rule}"] = true_layers(snapshot, getattr(found[rule], what)) if known else nothing
    columns["agreement_cosine_unsure"] = np.where(true_layers(snapshot, unsure), columns["agreement_cosine_pc"], nothing)
    ratio = loss / energy if spec.activity_decay == 0 else np.nan
    overall = [found[rule].overall if rule in found else np.nan for rule in RULES]
    columns["agreement"] = np.array([*overall, ratio, 0.0 if linear else 3.0, expected_at(spec, spec.depth)])
    return columns, memory


@partial(jax.jit, static_argnums=(0, 1))
def _compare(algorithm: str, linear: bool, frozen: Frozen) -> tuple[dict[str, Alignment], Array, Array, Array]:
    """The three alignments with backprop, by layer whether plain PC's is unsure, λ·loss, and F*.

    F* is exact if linear, else what the relaxation has reached.
    """
    net, x, y, feedforward, end = frozen
    output_error = net.output_error(net.predict_output(feedforward[-1]), y)
    backprop = net.weight_gradient(x, feedforward, net.backprop_errors(feedforward, output_error), output_error)
    plain, forward = ALGORITHMS[algorithm].teach(net, end), forward_update(net, x, y, end.view.activities)
    learned = {name: net.weight_gradient(x, *taught) for name, taught in (("pc", plain), ("fu", forward))}
    unheard = {name: is_rounding(taught.errors, feedforward) for name, taught in (("pc", plain), ("fu", forward))}
    energy = end.view.layer_energies.sum()
    if linear:
        learned["equilibrium"], energy = _at_equilibrium(net, x, y)
    loss = net.output_energy(net.predict_output(feedforward[-1]), y)
    found = {name: alignment(gradient, backprop) for name, gradient in learned.items()}
    unsure = _of_layers(net, is_rounding(plain.errors, feedforward, UNSURE))
    return {name: _heard(net, each, unheard.get(name)) for name, each in found.items()}, unsure, loss, energy


@jax.jit
def _of_the_batch(net: Network, x: Array, y: Array) -> tuple[Array, Array]:
    """λ·loss and F* of a linear network on all samples of the batch, whatever part of it the gradients are of."""
    first = net.predict_first(x)
    loss = net.output_energy(net.predict_output(net.sweep(first)[-1]), y)
    return loss, equilibrium_rows(net, first, y).layer_energies.sum()


def _heard(net: Network, found: Alignment, unheard: Array | None) -> Alignment:
    """NaN for layers whose gradient is made of errors that are rounding alone."""
    if unheard is None:
        return found
    silent = _of_layers(net, unheard)
    return found._replace(**{name: jnp.where(silent, jnp.nan, getattr(found, name)) for name in ("cosine", "ratio")})


def _of_layers(net: Network, of_rows: Array) -> Array:
    """What is so of rows, by the layer whose weights learn from them: of W_1, the padded stack and W_L, of which it never is."""
    embed = jax.lax.dynamic_slice_in_dim(of_rows, net.first, 1)
    return jnp.concatenate([embed, of_rows[1:], jnp.zeros_like(embed)])


def _at_equilibrium(net: Network, x: Any, y: Any) -> tuple[Weights, Array]:
    first = net.predict_first(x)
    rows = equilibrium_rows(net, first, y)
    view = net.view(rows.activities, first, y)
    return net.weight_gradient(x, view.activities, view.errors, view.output_error), rows.layer_energies.sum()


AGREEMENT = Measurement(
    (*(f"agreement_{what}_{rule}" for what in ("cosine", "ratio") for rule in RULES), "agreement_cosine_unsure", "agreement"),
    _measure,
    complaint=without_inference,
    first_s=5,
)
