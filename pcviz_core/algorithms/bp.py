"""Backpropagation, the twin: the same network, weights and batches, without inference."""

from typing import ClassVar

from pcviz_core.algorithms.algorithm import Algorithm, Teaching
from pcviz_core.network import Network
from pcviz_core.relaxation import State


class BP(Algorithm):
    """No inference steps: the weights follow the gradient of the feedforward loss, λ included."""

    label: ClassVar[str] = "BP"
    doc: ClassVar[str] = "Backpropagation on the same network: no inference, T does not apply."
    has_rate: ClassVar[bool] = False
    course: ClassVar[str] = (
        "BP does not infer: activities stay where the feedforward pass puts them, and backpropagation carries the output's error "
        "to every weight."
    )

    def planned_steps(self, n_inference_steps: int) -> int:
        """None: the feedforward pass is all."""
        return 0

    def teach(self, network: Network, state: State) -> Teaching:
        """The deltas δ_l of backpropagation in the place of the errors, wherever the activities are."""
        view = state.view
        return Teaching(view.activities, network.backprop_errors(view.activities, view.output_error), view.output_error)
