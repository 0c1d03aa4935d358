"""Exact equilibrium: for a linear network, where inference would end after infinitely many steps, in one."""

from typing import ClassVar

import jax.numpy as jnp

from pcviz_core.algorithms.algorithm import Algorithm
from pcviz_core.network import Network
from pcviz_core.relaxation import Clamped, Knobs, Method, State, look, moved
from pcviz_core.theory.equilibrium import equilibrium_rows


class Equilibrium(Algorithm):
    """One inference step, from the feedforward pass to z* (docs/theory.md (2.5)), then the weights."""

    label: ClassVar[str] = "equilibrium"
    doc: ClassVar[str] = "Linear networks: jump to the exact equilibrium of the activities, then change the weights once."
    has_rate: ClassVar[bool] = False
    follows_error: ClassVar[bool] = False
    linear_only: ClassVar[bool] = True
    course: ClassVar[str] = "One step puts every activity at its equilibrium, however deep the network."

    def planned_steps(self, n_inference_steps: int) -> int:
        """One: the equilibrium is exact."""
        return 1

    def step(self, network: Network, clamped: Clamped, state: State, knobs: Knobs, method: Method) -> State:
        """All activities to their equilibrium, whatever they were."""
        activities = equilibrium_rows(network, clamped.first_prediction, clamped.y).activities
        always = jnp.asarray(True)
        view = look(network, clamped, activities, state.t + 1, state.planned_steps, always, knobs, Method(method.rule))
        return moved(network, state, view, state.memory, knobs)
