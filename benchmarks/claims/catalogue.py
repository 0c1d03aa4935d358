"""Every claim by the name of its module. A file of its own, because a process that measures one has to import it."""

from dataclasses import asdict
from datetime import date
from importlib import import_module
from time import monotonic

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


def measured(name: str) -> dict[str, object]:
    """What was found, the seconds that it took, and the date."""
    began = monotonic()
    finding = claim(name).measure()
    return {**asdict(finding), "seconds": monotonic() - began, "date": f"{date.today()}"}


def claim(name: str) -> Claim:
    """The claim of a module."""
    return import_module(f"benchmarks.claims.{name}").CLAIM
