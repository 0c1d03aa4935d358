"""Closed forms and spectra of predictive coding networks: what a relaxation is compared with."""

from pcviz_core.theory.conditioning import condition_number, error_spectrum
from pcviz_core.theory.equilibrium import Equilibrium, equilibrium
from pcviz_core.theory.feedforward_curvature import Ends, Spectra, feedforward_ends, feedforward_spectra
from pcviz_core.theory.hessian import activity_hessian
from pcviz_core.theory.saddles import OriginSpectra, ZeroRankSaddle, origin_spectra, zero_rank_saddle
from pcviz_core.theory.settling import EstimatedEquilibrium, estimate_equilibrium
from pcviz_core.theory.stability import max_stable_activity_lr
from pcviz_core.theory.trust_region import TrustRegion, trust_region
from pcviz_core.theory.wavefront import FirstGradients, first_gradients

__all__ = [
    "Ends",
    "Equilibrium",
    "EstimatedEquilibrium",
    "FirstGradients",
    "OriginSpectra",
    "Spectra",
    "TrustRegion",
    "ZeroRankSaddle",
    "activity_hessian",
    "condition_number",
    "equilibrium",
    "error_spectrum",
    "estimate_equilibrium",
    "feedforward_ends",
    "feedforward_spectra",
    "first_gradients",
    "max_stable_activity_lr",
    "origin_spectra",
    "trust_region",
    "zero_rank_saddle",
]
