"""The network as a notebook sees it: whole relaxations of given weights, without an experiment around them."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pcviz_core import network
from pcviz_core.errors import SpecError
from pcviz_core.relaxation import Clamped, Knobs, State, advance, begin
from pcviz_core.schedules import SCHEDULES

_CHUNK = 64


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A finished relaxation.

    `layer_energies` (n_steps + 1, L) are those before step 0, 1, … and at the end, not weighted by precision; `activities` are
    [z_1..z_{L−1}] at the end; `y` is the target it was clamped to.
    """

    layer_energies: jax.Array
    activities: list[jax.Array]
    y: jax.Array


class Network(network.Network):
    """A predictive coding network of given weights: predictions, energies, gradients, and relaxations."""

    def relax(
        self,
        x: Any,
        y: Any,
        n_steps: int = 20,
        activity_lr: float = 0.1,
        schedule: str = "ones",
        *,
        alpha: float = 0.001,
        k: float = 1.0,
    ) -> Relaxation:
        """`n_steps` inference steps from the feedforward start, at per-sample rate `activity_lr`, under a precision schedule.

        It goes on however large the energies grow; from the first step that is not finite on, they are NaN.
        """
        if schedule not in SCHEDULES:
            raise SpecError(f"`schedule` is one of {', '.join(SCHEDULES)}; {schedule!r} is not.")
        real = partial(jnp.asarray, dtype=self.dtype)
        knobs = Knobs(real(activity_lr), real(0.0), real(alpha), real(k), real(np.inf))
        target = self._array(y)
        clamped, state = _open(self, self._array(x), target, jnp.asarray(n_steps, jnp.int32), knobs, schedule)
        energies = [state.view.layer_energies[None]]
        for at in range(0, n_steps, _CHUNK):
            count = min(_CHUNK, n_steps - at)
            state, rows, done = _run(self, clamped, state, knobs, jnp.asarray(count, jnp.int32), schedule)
            energies.append(rows[:count].at[int(done) :].set(jnp.nan))
        first = int(self.first)
        return Relaxation(jnp.concatenate(energies)[:, first:], self.unstack(state.view.activities), target)

    def forward_update(self, x: Any, relaxation: Relaxation) -> list[jax.Array]:
        """The forward update (deeper.md §4) as gradients to descend, batch mean, one per layer.

        Prediction and presynaptic activity are those of the feedforward pass; only the target of each layer is settled:
        −a_l (z_l^T − p_l⁰) h_{l−1}⁰ᵀ. Layer L gets its backprop gradient.
        """
        rows = self.feedforward_rows(self._array(x))
        error = self.output_error(self.predict_output(rows[-1]), relaxation.y)
        moved = self.stack(relaxation.activities) - rows
        return self.by_layer(self.weight_gradient(self._array(x), rows, moved, error))


@partial(jax.jit, static_argnames="schedule")
def _open(
    net: Network, x: jax.Array, y: jax.Array, planned_steps: jax.Array, knobs: Knobs, schedule: str
) -> tuple[Clamped, State]:
    clamped = Clamped(net.predict_first(x), y)
    return clamped, begin(net, clamped, net.feedforward_rows(x), planned_steps, jnp.asarray(False), knobs, schedule)


@partial(jax.jit, static_argnames="schedule")
def _run(
    net: Network, clamped: Clamped, state: State, knobs: Knobs, n: jax.Array, schedule: str
) -> tuple[State, jax.Array, jax.Array]:
    state = replace(state, initial_total=jnp.full_like(state.initial_total, jnp.inf))
    state, records, done = advance(
        net, clamped, state, knobs, n, schedule=schedule, observe=lambda view: {"energy": view.layer_energies}, capacity=_CHUNK
    )
    return state, records["energy"], done
