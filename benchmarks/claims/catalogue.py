"""Every claim by the name of its module. A file of its own, because a process that measures one has to import it."""

import platform
from datetime import date
from importlib import import_module
from time import monotonic
from typing import Any

from benchmarks.claims.claim import Claim

NAMES = (
    "mupc_depth",
    "conditioning",
    "transfer",
    "pc_and_bp",
    "escape",
    "forward_norms",
    "equilibrium_energy",
    "saddle_spectra",
    "accuracy_depth",
    "imbalance",
    "regimes",
)


def measured(name: str) -> dict[str, Any]:
    """The figures as they are kept, with the seconds that they took, the date and the machine."""
    import jax

    began = monotonic()
    figures = claim(name).measure()
    machine = f"{platform.system()} {platform.machine()}, {jax.devices()[0].platform.upper()}"
    software = f"Python {platform.python_version()}, JAX {jax.__version__}"
    return {
        "seconds": round(monotonic() - began), "date": f"{date.today()}", "machine": f"{machine}; {software}", "figures": figures
    }


def claim(name: str) -> Claim:
    """The claim of a module."""
    return import_module(f"benchmarks.claims.{name}").CLAIM
