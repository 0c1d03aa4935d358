"""Slow measurements, made when they are worth their time: accuracy, and the largest stable activity rate.

Both are expensive beside a step and change slowly. Each is made soon after a run begins, then again when the weights have
changed and enough time has passed that together they take a small part of the worker. Time is passed in.
"""

from collections.abc import Callable
from dataclasses import replace
from math import isfinite

from pcviz_core.divergence import Divergence
from pcviz_core.experiment import Experiment
from pcviz_core.program import STABILITY_TOLERANCE
from pcviz_server.pace import TURN_S
from pcviz_server.translate import Measured

DUTY = 0.04
"""Part of the time that each of the two measurements may take."""
APART_S = 0.5
QUIET_S = 0.5
"""Seconds since the last live change before a measurement begins that would hold up the next one by more than a turn."""
STABILITY_PRODUCTS = 4
"""Hessian products squared per call: a large network takes a second for all, and a live change must not wait for that."""
STABILITY_CALLS = 8
"""Calls per measurement at most, each from where the one before stopped; fewer where the residual is small before."""

_State = tuple[int, float, float, float, float]


class Background:
    """What was measured of one experiment, and when the next measurement is due."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.measured = Measured()
        self.is_ready = False
        """Whether the measurements are compiled; until then none is due."""
        self._quiet_from = float("-inf")
        self._made: dict[str, _State] = {}
        self._next: dict[str, float] = {"stability": 0.0, "evaluation": 0.0}
        self._cost: dict[str, float] = {"stability": 0.0, "evaluation": 0.0}
        self._took: dict[str, float] = {"stability": 0.0, "evaluation": 0.0}
        """Seconds so far of the measurement under way."""
        self._calls = 0
        self._heeded: Divergence | None = None

    def heed(self, experiment: Experiment) -> None:
        """Take the limit that a divergence was explained by for the present one, so that there is one number of it."""
        found = experiment.divergence
        if found is None or found is self._heeded or found.limit is None:
            return
        self._heeded, self._calls, self._took["stability"] = found, 0, 0.0
        self.measured = replace(self.measured, stability=(found.limit, found.learn_step))
        self._made["stability"] = _state(experiment)

    def due(self, experiment: Experiment) -> float | None:
        """When the next measurement is wanted; None while all are up to date."""
        stale = self._stale(experiment)
        if not stale:
            return None
        due = min(self._next[name] for name in stale)
        return due if self.cost(experiment) <= TURN_S else max(due, self._quiet_from)

    def changed(self, now: float) -> None:
        """A live change came, and more may follow."""
        self._quiet_from = now + QUIET_S

    def cost(self, experiment: Experiment) -> float:
        """Seconds that the next call will probably take."""
        stale = self._stale(experiment)
        return self._cost[min(stale, key=self._next.__getitem__)] if stale else 0.0

    def work(self, experiment: Experiment) -> bool:
        """Make the measurement that is due, or a part of it; whether that gave a new result."""
        stale = self._stale(experiment)
        name = min(stale, key=self._next.__getitem__)
        is_done, began = True, self._clock()
        if name == "stability":
            is_done = self._measure_stability(experiment)
        else:
            self.measured = replace(self.measured, evaluation=experiment.evaluate())
        ended = self._clock()
        self._cost[name] = ended - began
        self._took[name] += ended - began
        if is_done:
            self._made[name] = _state(experiment)
            self._next[name] = ended + max(APART_S, self._took[name] / DUTY)
            self._took[name] = 0.0
        return is_done

    def _measure_stability(self, experiment: Experiment) -> bool:
        """One call; whether the limit is now good enough, or will not be."""
        limit = experiment.measure_stability(max_steps=STABILITY_PRODUCTS)
        self._calls += 1
        is_rough = isfinite(limit) and experiment.stability_residual > STABILITY_TOLERANCE
        if is_rough and self._calls < STABILITY_CALLS:
            return False
        self.measured = replace(self.measured, stability=(limit, experiment.learn_step))
        self._calls = 0
        return True

    def _stale(self, experiment: Experiment) -> list[str]:
        now = _state(experiment)
        return [name for name in self._next if self._made.get(name) != now] if self.is_ready else []


def _state(experiment: Experiment) -> _State:
    """What the measurements depend on, as far as it changes within a run."""
    spec = experiment.spec
    return experiment.learn_step, spec.output_precision, spec.activity_decay, spec.largest_precision, spec.momentum
