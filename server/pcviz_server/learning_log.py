"""The learning steps that a run has completed: those not yet shown, and a bounded history for whoever comes later."""

from collections.abc import Sequence

from pcviz_core.records import LearningPoint

MOST_SHOWN = 64
_MOST_KEPT = 256


class LearningLog:
    """Points oldest first. When the history is full every second one goes, so that it always reaches back to the start."""

    def __init__(self) -> None:
        self._new: list[LearningPoint] = []
        self._kept: list[LearningPoint] = []
        self._stride = 1
        self._count = 0

    def add(self, point: LearningPoint) -> None:
        """A learning step is complete."""
        self._new.append(point)
        if self._count % self._stride == 0:
            self._kept.append(point)
        self._count += 1
        if len(self._kept) == _MOST_KEPT:
            self._kept = self._kept[::2]
            self._stride *= 2

    def take_new(self) -> list[LearningPoint]:
        """Those since the last call, spread over at most `MOST_SHOWN`."""
        new, self._new = self._new, []
        return _spread(new)

    def history(self) -> list[LearningPoint]:
        """From the first to those already taken, spread over at most `MOST_SHOWN`."""
        last = self._new[0].learn_step if self._new else float("inf")
        return _spread([point for point in self._kept if point.learn_step < last])


def _spread(points: Sequence[LearningPoint]) -> list[LearningPoint]:
    if len(points) <= MOST_SHOWN:
        return list(points)
    last = len(points) - 1
    return [points[round(at * last / (MOST_SHOWN - 1))] for at in range(MOST_SHOWN)]
