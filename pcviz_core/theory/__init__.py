"""Closed forms and spectra of predictive coding networks: what a relaxation is compared with."""

from pcviz_core.theory.conditioning import condition_number, error_spectrum
from pcviz_core.theory.equilibrium import Equilibrium, equilibrium
from pcviz_core.theory.escape import EscapeRace, chain_batches, escape_race
from pcviz_core.theory.hessian import activity_hessian
from pcviz_core.theory.saddles import OriginSpectra, ZeroRankSaddle, origin_spectra, zero_rank_saddle
from pcviz_core.theory.stability import max_stable_activity_lr
from pcviz_core.theory.trust_region import TrustRegion, trust_region

__all__ = [
    "Equilibrium",
    "OriginSpectra",
    "TrustRegion",
    "ZeroRankSaddle",
    "activity_hessian",
    "condition_number",
    "equilibrium",
    "error_spectrum",
    "max_stable_activity_lr",
    "origin_spectra",
    "trust_region",
    "zero_rank_saddle",
]
