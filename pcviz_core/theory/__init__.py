"""Closed forms and spectra of predictive coding networks: what a relaxation is compared with."""

from pcviz_core.theory.equilibrium import Equilibrium, equilibrium
from pcviz_core.theory.hessian import activity_hessian
from pcviz_core.theory.stability import max_stable_activity_lr

__all__ = ["Equilibrium", "activity_hessian", "equilibrium", "max_stable_activity_lr"]
