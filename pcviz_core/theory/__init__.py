"""Closed forms and spectra of predictive coding networks: what a relaxation is compared with."""

from pcviz_core.theory.conditioning import condition_number, error_spectrum
from pcviz_core.theory.equilibrium import Equilibrium, equilibrium
from pcviz_core.theory.hessian import activity_hessian
from pcviz_core.theory.precision import PrecisionPath, precision_path
from pcviz_core.theory.rescaling import expected_rescaling
from pcviz_core.theory.saddles import OriginSpectra, ZeroRankSaddle, origin_spectra, zero_rank_saddle
from pcviz_core.theory.stability import max_stable_activity_lr
from pcviz_core.theory.trust_region import Split, TrustRegion, trust_region, trust_region_split

__all__ = [
    "Equilibrium",
    "OriginSpectra",
    "PrecisionPath",
    "Split",
    "TrustRegion",
    "ZeroRankSaddle",
    "activity_hessian",
    "condition_number",
    "equilibrium",
    "error_spectrum",
    "expected_rescaling",
    "max_stable_activity_lr",
    "origin_spectra",
    "precision_path",
    "trust_region",
    "trust_region_split",
    "zero_rank_saddle",
]
