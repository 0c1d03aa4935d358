"""pcviz_core: predictive coding networks as a library, for notebooks and for the live page."""

import os

# A GPU is shared with whatever else runs on it: JAX would take most of its memory at once. Who has set it keeps what is set.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

from pcviz_core import theory
from pcviz_core.divergence import Divergence
from pcviz_core.errors import PcvizError, SpecError
from pcviz_core.experiment import Experiment, replay
from pcviz_core.model import Network, Relaxation
from pcviz_core.records import Evaluation, LearningPoint, Record
from pcviz_core.run.log import Log
from pcviz_core.run.state import RunState
from pcviz_core.spec import ExperimentSpec, ViewSettings

__all__ = [
    "Divergence",
    "Evaluation",
    "Experiment",
    "ExperimentSpec",
    "LearningPoint",
    "Log",
    "Network",
    "PcvizError",
    "Record",
    "Relaxation",
    "RunState",
    "SpecError",
    "ViewSettings",
    "replay",
    "theory",
]
