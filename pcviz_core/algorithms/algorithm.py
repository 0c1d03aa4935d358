"""What a learning algorithm is: its inference steps, and the errors that change the weights."""

from abc import ABC
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Array, Float

from pcviz_core.network import Network, Outputs, Rows
from pcviz_core.relaxation import Clamped, Knobs, Method, State, infer_step
from pcviz_core.theory.stability import GradientField, activity_gradient_field


class Teaching(NamedTuple):
    """What the weight gradient −a_l ε_l h_{l−1}ᵀ is made of: presynaptic activities, and errors in the place of ε."""

    activities: Rows
    errors: Rows
    output_error: Outputs


class Algorithm(ABC):
    """Plain predictive coding; the others say how they differ.

    `follows_error`: activities ahead of the error stay still, so that slices apply. `learns_while_inferring`: the weights
    change at every inference step instead of once at the end. `linear_only`: exists in closed form, for linear networks alone.
    `has_rate`: `activity_lr` is what its steps are scaled by, so that it has a largest stable value. `course`: how the output's
    error comes to the layers, in a sentence, where it does not travel from layer to layer; else "".
    """

    label: ClassVar[str]
    doc: ClassVar[str]
    follows_error: ClassVar[bool] = True
    learns_while_inferring: ClassVar[bool] = False
    linear_only: ClassVar[bool] = False
    has_rate: ClassVar[bool] = True
    course: ClassVar[str] = ""

    @property
    def infers(self) -> bool:
        """Whether activities move at all before the weights do."""
        return self.planned_steps(1) > 0

    def arrival(self, depth: int, start: str, reach: int | None, all_move: bool) -> np.ndarray:
        """(L,) the inference step from which each layer has an error, layer 1 first; NaN for never, or not to be foretold.

        `start` is the spec's; the rule takes errors `reach` layers a step, None for all; `all_move`: decay moves every activity.
        """
        layer = np.arange(1.0, depth + 1)
        if not self.infers:
            return np.where(layer == depth, 0.0, np.nan)
        if start == "noise":
            return np.zeros(depth)
        if start == "zero":
            return np.where((layer == 1) | (layer == depth), 0.0, np.nan)
        if all_move or reach is None or not self.follows_error:
            return np.minimum(depth - layer, 1.0)
        return np.ceil((depth - layer) / reach)

    def planned_steps(self, n_inference_steps: int) -> int:
        """Inference steps before the weights change, of the T that the spec plans."""
        return n_inference_steps

    def step(self, network: Network, clamped: Clamped, state: State, knobs: Knobs, method: Method) -> State:
        """One inference step."""
        return infer_step(network, clamped, state, knobs, method)

    def teach(self, network: Network, state: State) -> Teaching:
        """What the weights learn from at the end of the relaxation."""
        view = state.view
        return Teaching(view.activities, view.errors, view.output_error)

    def gradient_field(self, network: Network, clamped: Clamped) -> GradientField:
        """What stability is judged by: the activity gradient, at the feedforward pass."""
        return activity_gradient_field(network, clamped.first_prediction, clamped.y)


def forward_update(network: Network, x: Float[Array, "batch inputs"], y: Outputs, activities: Rows) -> Teaching:
    """The forward update (docs/theory.md §4.3): feedforward predictions and presynaptic activities, settled targets.

    z_l − p_l⁰ in the place of ε_l; layer L gets its backprop gradient.
    """
    feedforward = network.feedforward_rows(x)
    output_error = network.output_error(network.predict_output(feedforward[-1]), y)
    return Teaching(feedforward, activities - feedforward, output_error)
