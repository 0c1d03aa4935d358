"""Why a run stopped itself, in a sentence that names the layer and what to try: a fact of the run, by the values of then."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pcviz_core.controls import Value
from pcviz_core.relaxation import LAYER_BOUND, RUN_BOUND, SMALLEST_TOTAL
from pcviz_core.schedules import SCHEDULES
from pcviz_core.spec import ExperimentSpec

ALIKE = 2
"""Neighbours whose energies are within this factor of the largest have diverged with it."""
MOST_TRIES = 6
"""Rates that are tried before one is suggested, each half of the one before."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where and why a run stopped itself.

    `layer` is the first that passed the bound, the largest if none or several did in one step; `where` names it in words, with
    the neighbours that are as large: "layers 11–13, 13 first to pass". `reason` says what happened and then the `cause`. `limit`
    is the largest stable activity rate of then, by the weights of learning step k; None where there is none. `suggestion` is a
    control and a value: of an activity rate one at which the same step has been tried and did not diverge.
    """

    layer: int
    learn_step: int
    infer_step: int
    reason: str
    suggestion: tuple[str, Value] | None
    where: str
    cause: str
    limit: float | None


def diagnose(
    spec: ExperimentSpec,
    learn_step: int,
    infer_step: int,
    layer_energies: np.ndarray,
    limit: float,
    holds: Callable[[float], bool],
    tries: int,
) -> Divergence:
    """Name the layer and the cause, from the relaxation's energies (S, L) up to now.

    `limit` is the largest stable activity rate, NaN where there is none. `holds` tells whether the same step at another activity
    rate does not diverge; it is asked `tries` times at most.
    """
    layer, first, last, is_first = _layers(layer_energies)
    how = "first to pass" if is_first else "the largest"
    where = f"layer {layer}" if first == last else f"layers {first}–{last}, {layer} {how}"
    what = _what(layer, first, last, layer_energies)
    if infer_step == learn_step == 0:
        cause = "This is before any learning: under this parameterisation the feedforward pass itself is too large."
        suggestion = _other_scaling(spec)
    elif infer_step == 0:
        cause = "This is before any inference: the weights have grown too large. Reset, with a smaller learning rate."
        suggestion = ("param_lr", _two_digits(0.1 * spec.param_lr))
    else:
        cause = _of_rate(spec, learn_step, limit)
        suggestion, told = _other_rate(spec, limit, holds, tries)
        cause = f"{cause} {told}".strip()
    known = None if np.isnan(limit) else limit
    return Divergence(layer, learn_step, infer_step, f"{what} {cause}", suggestion, where, cause, known)


def _layers(layer_energies: np.ndarray) -> tuple[int, int, int, bool]:
    """The first layer to pass the bound, or the largest; the ends of the neighbours as large; whether it alone passed."""
    now, before = layer_energies[-1], layer_energies[max(len(layer_energies) - 2, 0)]
    broken = ~np.isfinite(now)
    if broken.any():
        # Of several that are not finite the one that was largest before; at t = 0 the lowest, where it came from.
        size = np.where(broken & np.isfinite(before), before, -1.0)
        at, alike = int(np.argmax(size) if size.max() >= 0 else np.argmax(broken)), broken
    else:
        at = int(np.argmax(now))
        alike = ALIKE * now >= now[at]
    first = last = at
    while first > 0 and alike[first - 1]:
        first -= 1
    while last < len(now) - 1 and alike[last + 1]:
        last += 1
    passed = broken | (now > LAYER_BOUND * _reference(layer_energies))
    return at + 1, first + 1, last + 1, bool(passed[at] and passed.sum() == 1)


def _reference(layer_energies: np.ndarray) -> float:
    return max(float(np.sum(layer_energies[0])), SMALLEST_TOTAL)


def _what(layer: int, first: int, last: int, layer_energies: np.ndarray) -> str:
    reference = _reference(layer_energies)
    energy = float(layer_energies[-1][layer - 1])
    if not np.isfinite(energy):
        if first < last:
            return f"The energies of layers {first}–{last} are not finite; layer {layer} was the largest before."
        return f"Layer {layer}'s energy is not finite."
    alike = "" if first == last else f"Layers {first}–{last} are alike within a factor of {ALIKE}. "
    if energy > LAYER_BOUND * reference:
        return f"{alike}Layer {layer} holds {energy / reference:.3g} times all energy at t = 0."
    return f"{alike}Layer {layer} holds the largest part of a total more than {RUN_BOUND:,.0f} times the run's first."


def _of_rate(spec: ExperimentSpec, learn_step: int, limit: float) -> str:
    """How the activity rate stands to its limit."""
    rate = spec.activity_lr
    if np.isnan(limit):
        return "Here no limit of the activity rate is known."
    of = f"its limit {_two_digits(limit):g} at k = {learn_step}"
    if rate > limit:
        return f"Activity rate {rate:.3g} is above {of}."
    return f"Activity rate {rate:.3g} is within {of}, which holds only near t = 0."


def _other_rate(
    spec: ExperimentSpec, limit: float, holds: Callable[[float], bool], tries: int
) -> tuple[tuple[str, Value] | None, str]:
    """A rate at which this step does not diverge, or nothing and why."""
    control = ExperimentSpec.controls()["activity_lr"]
    in_force = all(getattr(spec, name) in values for name, values in control.only_when.items())
    if SCHEDULES[spec.schedule_in_force].sets_rate or not in_force:
        return None, ""
    lowest = -np.inf if control.lowest is None else control.lowest
    rate = _two_digits(0.8 * limit if spec.activity_lr > limit else 0.5 * spec.activity_lr)
    if rate < lowest:
        return _other_scaling(spec), ""
    tried = 0.0
    for number in range(MOST_TRIES):
        if rate < lowest:
            break
        if number >= tries:
            if tried:
                return None, f"At {tried:g} it diverges too."
            return None, "No other rate has been tried: a relaxation of this network takes too long for that."
        if holds(rate):
            return ("activity_lr", rate), ""
        tried, rate = rate, _two_digits(0.5 * rate)
    return None, f"At {tried:g} it diverges too: the activity rate is not the cause."


def _other_scaling(spec: ExperimentSpec) -> tuple[str, Value] | None:
    return None if spec.parameterisation == "mupc" else ("parameterisation", "mupc")


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")
