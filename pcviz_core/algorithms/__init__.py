"""Learning algorithms: how activities and weights explain the data. One file each, one row in `ALGORITHMS`."""

from pcviz_core.algorithms.algorithm import Algorithm
from pcviz_core.algorithms.bp import BP
from pcviz_core.algorithms.epc import EPC
from pcviz_core.algorithms.equilibrium import Equilibrium
from pcviz_core.algorithms.ipc import IPC
from pcviz_core.algorithms.pc import PC

ALGORITHMS: dict[str, Algorithm] = {"pc": PC(), "ipc": IPC(), "epc": EPC(), "bp": BP(), "equilibrium": Equilibrium()}

__all__ = ["ALGORITHMS", "Algorithm"]
