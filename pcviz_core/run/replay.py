"""A run again, from its spec or a checkpoint and its log: the same bits."""

from typing import Any, ClassVar, Protocol

from pcviz_core.controls import Value
from pcviz_core.errors import PcvizError
from pcviz_core.run.log import Command, Log
from pcviz_core.run.state import Position


class Run(Protocol):
    """What a replay moves: an `Experiment`."""

    MAX_CHUNK: ClassVar[int]
    log: Log
    divergence: Any

    @property
    def position(self) -> Position: ...  # noqa: D102
    @property
    def infer_step(self) -> int: ...  # noqa: D102
    @property
    def is_relaxed(self) -> bool: ...  # noqa: D102
    def relax(self, n: int | None = None) -> None: ...  # noqa: D102
    def infer(self, n: int = 1) -> Any: ...  # noqa: D102
    def update(self) -> Any: ...  # noqa: D102
    def retry(self) -> None: ...  # noqa: D102
    def change(self, **values: Value) -> Any: ...  # noqa: D102
    def kick(self, sigma: float, layer: int | None = None) -> None: ...  # noqa: D102


class Replay:
    """A run on its way to a moment that its log leads to, in slices that are short enough to take turns.

    `run` stands where the first commands of the log have led. `until` is the moment, after `ordinal` commands (by default all of
    them). Without `until` it is where the last of them was done.
    """

    def __init__(self, run: Run, log: Log, until: Position | None = None, *, ordinal: int | None = None) -> None:
        if not log.is_complete:
            raise PcvizError("More was done to this run than its log holds, so it cannot be made again.")
        self.run = run
        self._commands = log.commands[len(run.log) : len(log) if ordinal is None else ordinal]
        self._until = until

    def work(self) -> bool:
        """One slice: at most `MAX_CHUNK` inference steps, one update or one command. Whether it has arrived."""
        if self._commands and self.run.position == self._commands[0].position:
            _obey(self.run, self._commands.pop(0))
        elif self._commands:
            self._go_on(self._commands[0].position)
        elif self._until is not None and self.run.position != self._until:
            self._go_on(self._until)
        return not self._commands and self._until in (None, self.run.position)

    def _go_on(self, to: Position) -> None:
        """A slice of what the run does by itself."""
        run = self.run
        if run.position > to or run.divergence is not None:
            k, phase, t = to
            raise PcvizError(f"This log does not lead to k = {k}, t = {t}{' of the second phase' if phase else ''}.")
        if run.is_relaxed:
            run.update()
        else:
            left = to.infer_step - run.infer_step if to[:2] == run.position[:2] else run.MAX_CHUNK
            run.relax(min(left, run.MAX_CHUNK))


def _obey(run: Run, command: Command) -> None:
    match command.kind:
        case "change":
            run.change(**command.values)
        case "kick":
            run.kick(float(command.values["sigma"]), int(command.values["layer"]))
        case "infer":
            run.infer(int(command.values["n"]))
        case "update":
            run.update()
        case "retry":
            run.retry()
