"""Closed forms and spectra of predictive coding networks: what a relaxation is compared with."""

from pcviz_core.theory.conditioning import condition_number, error_spectrum
from pcviz_core.theory.equilibrium import Equilibrium, equilibrium
from pcviz_core.theory.escape import EscapeRace, chain_batches, escape_race
from pcviz_core.theory.hessian import activity_hessian
from pcviz_core.theory.landscape import TwoWeights
from pcviz_core.theory.limits import Verdict, verdict
from pcviz_core.theory.linear import equivalent_batch
from pcviz_core.theory.saddles import (
    SaddleSpectra,
    ZeroRankSaddle,
    origin_spectra,
    weight_spectra,
    zero_rank_saddle,
    zero_rank_spectra,
)
from pcviz_core.theory.stability import max_stable_activity_lr
from pcviz_core.theory.trust_region import TrustRegion, trust_region

__all__ = [
    "Equilibrium",
    "EscapeRace",
    "SaddleSpectra",
    "TrustRegion",
    "TwoWeights",
    "Verdict",
    "ZeroRankSaddle",
    "activity_hessian",
    "chain_batches",
    "condition_number",
    "equilibrium",
    "equivalent_batch",
    "error_spectrum",
    "escape_race",
    "max_stable_activity_lr",
    "origin_spectra",
    "trust_region",
    "verdict",
    "weight_spectra",
    "zero_rank_saddle",
    "zero_rank_spectra",
]
