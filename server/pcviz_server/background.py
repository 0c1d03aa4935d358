"""Slow measurements, made when they are worth their time: accuracy, and the largest stable activity rate.

Both are expensive beside a step and change slowly. Each is made soon after a run begins, then again when the weights have
changed and enough time has passed that together they take a small part of the worker. Time is passed in.
"""

from collections.abc import Callable
from dataclasses import replace

from pcviz_core.experiment import Experiment
from pcviz_server.translate import Measured

DUTY = 0.04
"""Part of the time that each of the two measurements may take."""
APART_S = 0.5
STABILITY_PRODUCTS = 32
"""Hessian products squared per call; the next call goes on from where this one stopped."""

_State = tuple[int, float, float, float]


class Background:
    """What was measured of one experiment, and when the next measurement is due."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.measured = Measured()
        self.is_ready = False
        """Whether the measurements are compiled; until then none is due."""
        self._made: dict[str, _State] = {}
        self._next: dict[str, float] = {"stability": 0.0, "evaluation": 0.0}
        self._cost: dict[str, float] = {"stability": 0.0, "evaluation": 0.0}

    def due(self, experiment: Experiment) -> float | None:
        """When the next measurement is wanted; None while all are up to date."""
        stale = self._stale(experiment)
        return min(self._next[name] for name in stale) if stale else None

    def cost(self, experiment: Experiment) -> float:
        """Seconds that the next measurement will probably take."""
        stale = self._stale(experiment)
        return self._cost[min(stale, key=self._next.__getitem__)] if stale else 0.0

    def work(self, experiment: Experiment) -> None:
        """Make the measurement that is due."""
        stale = self._stale(experiment)
        name = min(stale, key=self._next.__getitem__)
        began = self._clock()
        if name == "stability":
            limit = experiment.measure_stability(max_steps=STABILITY_PRODUCTS)
            self.measured = replace(self.measured, stability=(limit, experiment.learn_step))
        else:
            self.measured = replace(self.measured, evaluation=experiment.evaluate())
        ended = self._clock()
        self._made[name] = _state(experiment)
        self._cost[name] = ended - began
        self._next[name] = ended + max(APART_S, self._cost[name] / DUTY)

    def _stale(self, experiment: Experiment) -> list[str]:
        now = _state(experiment)
        return [name for name in self._next if self._made.get(name) != now] if self.is_ready else []


def _state(experiment: Experiment) -> _State:
    """What the measurements depend on, as far as it changes within a run."""
    spec = experiment.spec
    return experiment.learn_step, spec.output_precision, spec.activity_decay, spec.largest_precision
