"""When a run ticks, how much it does in one turn, and how often it shows itself. Time is passed in."""

from pcviz_core.experiment import Experiment
from pcviz_core.spec import ViewSettings

TURN_S = 0.010
"""How long one turn takes, about: a live change waits for one, and so does every other session."""
FRAMES_APART_S = 0.08
"""Seconds between frames that come as fast as the run goes. A frame
waits for the relaxation under way to end, so they are made a little more often than a viewer gets them."""
CHANGES_APART_S = 0.025
"""Seconds between frames that come at once because of a live change: a slider that is dragged makes many."""
_BLEND = 0.3
"""Weight of the newest measurement of the time that an inference step takes."""


class Pace:
    """The timetable of one run."""

    def __init__(self) -> None:
        self.next_tick = 0.0
        self.is_awaited = False
        """Whether a live change has not been shown yet."""
        self._is_tick_early = False
        self._change_shown_at = float("-inf")
        self._next_frame = 0.0
        self._seconds_per_step = TURN_S

    def changed(self, now: float) -> None:
        """A live change waits to be seen: the next tick may come a period early, and the next frame at once."""
        self.is_awaited = self._is_tick_early = True
        self._next_frame = min(self._next_frame, max(now, self._change_shown_at + CHANGES_APART_S))

    # Slow motion ------------------------------------------------------------------------------------------------------

    def tick_from(self, now: float) -> None:
        """Let the next tick be due at this time."""
        self.next_tick = now

    def tick_within(self, view: ViewSettings, now: float) -> None:
        """Let the next tick be due in one period at the latest: the pace may be faster than it was."""
        self.next_tick = min(self.next_tick, now + period(view))

    def tick_due(self, view: ViewSettings) -> float:
        """When the next tick is due. One that comes early leaves those after it where they are, so that many make none more."""
        return self.next_tick - period(view) if self._is_tick_early else self.next_tick

    def ticked(self, view: ViewSettings, now: float) -> None:
        """A tick is done. A late one is not made up for: a burst would not be slow motion."""
        self._is_tick_early = False
        on_time = self.next_tick + period(view)
        self.next_tick = on_time if on_time > now else now + period(view)

    def leaves_time_for(self, cost: float, view: ViewSettings, now: float) -> bool:
        """Whether something of this cost, in seconds, holds up no tick. What takes over half a period cannot avoid it."""
        return self.tick_due(view) - now >= min(cost, 0.5 * period(view))

    # Turns ------------------------------------------------------------------------------------------------------------

    @property
    def steps_per_turn(self) -> int:
        """Inference steps that take about one turn."""
        return max(1, min(Experiment.MAX_CHUNK, int(TURN_S / self._seconds_per_step)))

    def took(self, n_steps: int, seconds: float) -> None:
        """So long it took to do so many inference steps."""
        self._seconds_per_step += _BLEND * (seconds / n_steps - self._seconds_per_step)

    # Frames -----------------------------------------------------------------------------------------------------------

    def showed(self, now: float) -> None:
        """A frame was made."""
        if self.is_awaited:
            self._change_shown_at = now
        self.is_awaited, self._next_frame = False, now + FRAMES_APART_S

    def is_time_to_show(self, now: float) -> bool:
        """Whether enough time has passed since the last frame for another."""
        return now >= self._next_frame

    def is_overdue(self, now: float) -> bool:
        """Whether so much time has passed that even half a relaxation is better than nothing."""
        return now >= self._next_frame + (TURN_S if self.is_awaited else FRAMES_APART_S)


def period(view: ViewSettings) -> float:
    """Seconds between two ticks of slow motion."""
    return 1.0 / view.pace_speed
