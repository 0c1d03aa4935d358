"""Predictive coding: relax the activities, then change the weights once by the errors that are left."""

from typing import ClassVar

from pcviz_core.algorithms.algorithm import Algorithm


class PC(Algorithm):
    """The default: every inference step moves all activities, every learning step all weights."""

    label: ClassVar[str] = "PC"
    doc: ClassVar[str] = "Relax the activities for T steps, then change the weights once."
