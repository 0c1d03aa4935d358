"""Why a run stopped itself, in a sentence that names the layer and what to try."""

from dataclasses import dataclass

import numpy as np

from pcviz_core.controls import Value
from pcviz_core.relaxation import LAYER_BOUND, RUN_BOUND, SMALLEST_TOTAL
from pcviz_core.schedules import SCHEDULES
from pcviz_core.spec import ExperimentSpec

FAR = 100
"""From this many times its limit on, how many times tells nobody anything."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where and why a run stopped itself; `suggestion` is a control and a value that would probably help."""

    layer: int
    learn_step: int
    infer_step: int
    reason: str
    suggestion: tuple[str, Value] | None


def diagnose(spec: ExperimentSpec, learn_step: int, infer_step: int, layer_energies: np.ndarray, limit: float) -> Divergence:
    """Name the layer and the cause, from the relaxation's energies (S, L) up to now.

    The layer is the one of largest energy, the first if several are not finite. `limit` is the largest stable activity rate, NaN
    where there is none.
    """
    now = layer_energies[-1]
    layer = int(np.argmax(np.where(np.isfinite(now), now, np.inf))) + 1
    what = _what(layer, layer_energies)
    if infer_step == learn_step == 0:
        why = "This is before any learning: under this parameterisation the feedforward pass itself is too large"
        return Divergence(layer, learn_step, infer_step, f"{what}. {why}.", _other_scaling(spec))
    if infer_step == 0:
        why = "This is before any inference: the weights have grown too large. Reset, with a smaller learning rate."
        return Divergence(layer, learn_step, infer_step, f"{what}. {why}", ("param_lr", _two_digits(0.1 * spec.param_lr)))
    rate = spec.activity_lr
    suggested = _two_digits(0.8 * limit if rate > limit else 0.5 * rate)
    if np.isnan(limit):
        why = "Here no limit of the activity rate is known"
    elif rate > limit:
        times = f"{rate / limit:.2f} ×" if rate < FAR * limit else "far above"
        why = f"Activity rate {rate:.3g} is {times} its limit {limit:.3g}"
    else:
        why = f"Activity rate {rate:.3g} is {rate / limit:.2f} of its limit {limit:.3g}, which holds only near t = 0"
    helps = None if SCHEDULES[spec.schedule].sets_rate else ("activity_lr", suggested)
    lowest = ExperimentSpec.controls()["activity_lr"].lowest
    if helps and lowest is not None and suggested < lowest:
        helps = _other_scaling(spec)
    return Divergence(layer, learn_step, infer_step, f"{what}. {why}.", helps)


def _what(layer: int, layer_energies: np.ndarray) -> str:
    reference = max(float(np.sum(layer_energies[0])), SMALLEST_TOTAL)
    energy = float(layer_energies[-1][layer - 1])
    if not np.isfinite(energy):
        return f"Layer {layer}'s energy is not finite"
    if energy > LAYER_BOUND * reference:
        return f"Layer {layer} holds {energy / reference:.3g} times all energy at t = 0"
    return f"Layer {layer} holds most of a total more than {RUN_BOUND:,.0f} times the run's first"


def _other_scaling(spec: ExperimentSpec) -> tuple[str, Value] | None:
    return None if spec.parameterisation == "mupc" else ("parameterisation", "mupc")


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")
