"""Closed forms and spectra of predictive coding networks: what a relaxation is compared with."""

from pcviz_core.theory.conditioning import condition_number, error_spectrum
from pcviz_core.theory.equilibrium import Equilibrium, equilibrium
from pcviz_core.theory.escape import EscapeRace, chain_batches, escape_race
from pcviz_core.theory.feedforward_curvature import Ends, Spectra, feedforward_ends, feedforward_spectra
from pcviz_core.theory.hessian import activity_hessian
from pcviz_core.theory.landscape import TwoWeights
from pcviz_core.theory.limits import Verdict, verdict
from pcviz_core.theory.linear import equivalent_batch
from pcviz_core.theory.precision import PrecisionPath, precision_path
from pcviz_core.theory.rescaling import expected_rescaling
from pcviz_core.theory.saddles import (
    SaddleSpectra,
    ZeroRankSaddle,
    origin_spectra,
    weight_spectra,
    zero_rank_saddle,
    zero_rank_spectra,
)
from pcviz_core.theory.settling import EstimatedEquilibrium, estimate_equilibrium
from pcviz_core.theory.stability import max_stable_activity_lr
from pcviz_core.theory.trust_region import Split, TrustRegion, trust_region, trust_region_split
from pcviz_core.theory.wavefront import FirstGradients, first_gradients

__all__ = [
    "Ends",
    "Equilibrium",
    "EscapeRace",
    "EstimatedEquilibrium",
    "FirstGradients",
    "PrecisionPath",
    "SaddleSpectra",
    "Spectra",
    "Split",
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
    "estimate_equilibrium",
    "expected_rescaling",
    "feedforward_ends",
    "feedforward_spectra",
    "first_gradients",
    "max_stable_activity_lr",
    "origin_spectra",
    "precision_path",
    "trust_region",
    "trust_region_split",
    "verdict",
    "weight_spectra",
    "zero_rank_saddle",
    "zero_rank_spectra",
]
