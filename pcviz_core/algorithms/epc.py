"""Error-based predictive coding: the errors move, and the activities follow by a feedforward sweep (docs/theory.md §2.5).

    E(ε_1..ε_{L−1}) = ½ Σ ‖ε_l‖² + F_L(p_L),   z_l = p_l(z_{l−1}) + ε_l,   dE/dε_l = ε_l − δ_l

with δ_l the backprop delta at those activities. The output error is no free variable: were it one, the energy would fall to 0
instead of to that of predictive coding, whose equilibria these are.
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from pcviz_core.algorithms.algorithm import Algorithm
from pcviz_core.inference import RULES
from pcviz_core.network import Network, Rows, View
from pcviz_core.relaxation import Clamped, Knobs, Method, State, moved, settings_of
from pcviz_core.theory.error_coordinates import error_gradient, error_gradient_field
from pcviz_core.theory.stability import GradientField


class EPC(Algorithm):
    """Every layer hears of the output's error at once, at the price of a sweep down and a sweep up per inference step."""

    label: ClassVar[str] = "ePC"
    doc: ClassVar[str] = "Error-based PC: errors are the variables, so the output error reaches every layer in one step."
    follows_error: ClassVar[bool] = False
    course: ClassVar[str] = "Under ePC the errors are what moves: the output's error is in every layer after one step."

    def step(self, network: Network, clamped: Clamped, state: State, knobs: Knobs, method: Method) -> State:
        """One step of the rule on the errors. A precision schedule does not apply: there is no wavefront to follow."""
        errors = state.view.errors
        settings = settings_of(network, state, knobs, Method(method.rule))

        def gradient_at(errors: Rows) -> Rows:
            return error_gradient(network, clamped.first_prediction, clamped.y, errors)

        errors, memory = RULES[method.rule].move(errors, gradient_at(errors), state.memory, settings, gradient_at)
        return moved(network, state, _view(network, clamped, errors, knobs), memory, knobs)

    def gradient_field(self, network: Network, clamped: Clamped) -> GradientField:
        """In error coordinates: I + λ QᵀQ for a linear network."""
        return error_gradient_field(network, clamped.first_prediction, clamped.y)


def _view(network: Network, clamped: Clamped, errors: Rows, knobs: Knobs) -> View:
    activities = network.sweep(clamped.first_prediction, errors)
    view = network.view(activities, clamped.first_prediction, clamped.y, activity_decay=knobs.activity_decay)
    batch = errors.shape[1]
    energies = jnp.concatenate([0.5 * jnp.einsum("lbn,lbn->l", errors, errors) / batch, view.layer_energies[-1:]])
    return eqx.tree_at(lambda v: (v.lowest_error, v.block_errors, v.layer_energies), view, (errors[0], errors[1:], energies))
