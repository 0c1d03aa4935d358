"""Where inference would settle in any network: the energy run downhill to a tolerance (docs/theory.md §2.7).

The descent is in error coordinates, where the energy is well-conditioned although it is not in the activities (§2.5), by
conjugate gradients: one search per sample, each step as long as the curvature along it says, halved twice where the energy would
rise. It ends at a minimum of the same energy, which in a non-linear network need not be the only one.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from pcviz_core.network import Network, Outputs, PerLayer, Rows

PerSample = Float[Array, " batch"]


class EstimatedEquilibrium(NamedTuple):
    """How low a descent of the energy came.

    `energy` is the batch mean, without the term of activity decay, as energies are reported; it is never below the minimum that
    it leads to. `activities` are [z_1..z_{L−1}], each (batch, width), and `layer_energies` (L,) sum to `energy`.
    `residual` is the rms of the activity gradient there: 0 at equilibrium. `gap_bound` ½⟨‖dE/dε‖²⟩ bounds what is left of the
    energy to lose in a linear network, and estimates it elsewhere. `settled` says whether that came below the tolerance. A relu
    network may have its minimum at a kink, where the gradient jumps and never does: then `energy` is an upper bound.
    """

    energy: Float[Array, ""]
    activities: list[Array]
    layer_energies: PerLayer
    residual: float
    gap_bound: float
    steps: int
    settled: bool


class SettledRows(NamedTuple):
    """The same for a padded network, inside compiled code: errors by row, energies of the rows and then the output."""

    errors: Rows
    layer_energies: PerLayer
    residual: Float[Array, ""]
    gap_bound: Float[Array, ""]
    steps: Int[Array, ""]
    settled: Bool[Array, ""]


def estimate_equilibrium(
    net: Network, x: Any, y: Any, *, tolerance: float = 1e-6, max_steps: int = 1000, activity_decay: float = 0.0
) -> EstimatedEquilibrium:
    """Where inference on the batch (x, y) would settle from the feedforward pass, for any network.

    It descends until ½⟨‖dE/dε‖²⟩ is below `tolerance` times the energy: about the relative error of `energy`. Where a closed
    form exists, `equilibrium` gives it exactly. With `activity_decay` the energy that is minimised has the term ½ decay ‖z‖².
    """
    x, y = net.samples(x, y)
    start = jnp.zeros((net.rows, len(x), net.width), net.dtype)
    decay, tolerated = jnp.asarray(activity_decay, net.dtype), jnp.asarray(tolerance, net.dtype)
    first_prediction = net.predict_first(x)
    found = settle(net, first_prediction, y, start[None], decay, tolerated, jnp.asarray(max_steps, jnp.int32))
    layer_energies = found.layer_energies[int(net.first) :]
    activities = net.unstack(net.sweep(first_prediction, found.errors))
    numbers = float(found.residual), float(found.gap_bound), int(found.steps), bool(found.settled)
    return EstimatedEquilibrium(layer_energies.sum(), activities, layer_energies, *numbers)


class _Descent(NamedTuple):
    """Errors and, there, each sample's energy and its gradient; where to go next, and how much of the step to dare."""

    errors: Rows
    energy: PerSample
    gradient: Rows
    direction: Rows
    daring: PerSample
    steps: Int[Array, ""]
    milestone: Float[Array, ""]
    """The mean energy at the last step of which `PATIENCE` is a divisor."""
    stalled: Bool[Array, ""]


PATIENCE = 8
"""Steps after which a descent that has lowered the energy by less than the tolerance, relatively, is given up as stalled."""


@eqx.filter_jit
def settle(
    net: Network,
    first_prediction: Float[Array, "batch width"],
    y: Outputs,
    starts: Float[Array, "starts rows batch width"],
    activity_decay: Float[Array, ""],
    tolerance: Float[Array, ""],
    max_steps: Int[Array, ""],
) -> SettledRows:
    """The descent from whichever of the `starts` (errors) is lowest, sample by sample."""

    def look(errors: Rows) -> tuple[PerSample, Rows]:
        z = net.sweep(first_prediction, errors)
        prediction = net.predict_output(z[-1])
        output = jax.vmap(lambda p, t: net.output_energy(p[None], t[None]))(prediction, y)
        deltas = net.backprop_errors(z, net.output_error(prediction, y), -activity_decay * z)
        return 0.5 * (_dot(errors, errors) + activity_decay * _dot(z, z)) + output, errors - deltas

    def bound(descent: _Descent) -> Array:
        return 0.5 * jnp.mean(_dot(descent.gradient, descent.gradient))

    def unfinished(descent: _Descent) -> Array:
        close = bound(descent) <= tolerance * jnp.mean(descent.energy)
        return ~close & ~descent.stalled & (descent.steps < max_steps)

    def step(descent: _Descent) -> _Descent:
        errors, energy, gradient, direction, daring, steps, milestone, stalled = descent
        _, curved = jax.jvp(lambda e: look(e)[1], (errors,), (direction,))
        slope, curvature = -_dot(gradient, direction), _dot(direction, curved)
        # Where the energy curves down, take the curvature to be 1, that of ½‖ε‖² alone.
        curvature = jnp.where(curvature > 0, curvature, _dot(direction, direction))
        trial = errors + _wide(daring * _divide(slope, curvature)) * direction
        trial_energy, trial_gradient = look(trial)
        better = trial_energy <= energy * (1 + 4 * jnp.finfo(energy.dtype).eps)
        # Polak and Ribière's choice, not below 0; steepest descent where that would not lead down.
        carried = _divide(_dot(trial_gradient, trial_gradient - gradient), _dot(gradient, gradient))
        ahead = -trial_gradient + _wide(jnp.maximum(carried, 0)) * direction
        ahead = jnp.where(_wide(_dot(ahead, trial_gradient)) < 0, ahead, -trial_gradient)

        def choose(new: Array, old: Array) -> Array:
            return jnp.where(better if new.ndim == 1 else _wide(better), new, old)

        energy_now, steps = choose(trial_energy, energy), steps + 1
        total, at_milestone = jnp.mean(energy_now), steps % PATIENCE == 0
        return _Descent(
            choose(trial, errors),
            energy_now,
            choose(trial_gradient, gradient),
            choose(ahead, -gradient),
            choose(jnp.minimum(2 * daring, 1), daring / 4),
            steps,
            jnp.where(at_milestone, total, milestone),
            stalled | (at_milestone & (total >= (1 - tolerance) * milestone)),
        )

    energies, gradients = jax.lax.map(look, starts)
    best = jnp.argmin(jnp.where(jnp.isfinite(energies), energies, jnp.inf), axis=0)
    energy = jnp.take_along_axis(energies, best[None], axis=0)[0]
    errors, gradient = (jnp.take_along_axis(each, best[None, None, :, None], axis=0)[0] for each in (starts, gradients))
    clock = jnp.asarray(0, jnp.int32), jnp.mean(energy), jnp.asarray(False)
    start = _Descent(errors, energy, gradient, -gradient, jnp.ones_like(energy), *clock)
    end = jax.lax.while_loop(unfinished, step, start)

    view = net.view(net.sweep(first_prediction, end.errors), first_prediction, y, activity_decay=activity_decay)
    hidden = 0.5 * jnp.einsum("lbn,lbn->l", end.errors, end.errors) / len(y)
    units = (net.rows - net.first) * y.shape[0] * net.width
    residual = jnp.sqrt(jnp.sum(view.gradient**2) / units.astype(net.dtype))
    layer_energies = jnp.concatenate([hidden, view.layer_energies[-1:]])
    settled = bound(end) <= tolerance * jnp.mean(end.energy)
    return SettledRows(end.errors, layer_energies, residual, bound(end), end.steps, settled)


def _dot(a: Rows, b: Rows) -> PerSample:
    return jnp.einsum("lbn,lbn->b", a, b)


def _wide(a: Array) -> Array:
    return a[None, :, None]


def _divide(a: PerSample, by: PerSample) -> PerSample:
    return a / jnp.where(by == 0, jnp.ones_like(by), by)
