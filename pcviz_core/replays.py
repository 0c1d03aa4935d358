"""A run again, from its spec or a checkpoint and its log: the same bits."""

from pcviz_core.errors import PcvizError
from pcviz_core.experiment import Experiment
from pcviz_core.run.log import Command, Log
from pcviz_core.run.state import Checkpoint, Position
from pcviz_core.spec import ExperimentSpec


class Replay:
    """An experiment on its way to a moment of a run, in slices that are short enough to take turns.

    `until` is that moment, after `ordinal` commands of the log (by default all of them). Without `until` it is where the last of
    them was done.
    """

    def __init__(
        self, start: ExperimentSpec | Checkpoint, log: Log, until: Position | None = None, *, ordinal: int | None = None
    ) -> None:
        if not log.is_complete:
            raise PcvizError("More was done to this run than its log holds, so it cannot be made again from its beginning.")
        is_spec = isinstance(start, ExperimentSpec)
        self.experiment = Experiment(start) if is_spec else Experiment.resumed(start, log)
        done = len(self.experiment.log)
        self._commands = log.commands[done : len(log) if ordinal is None else ordinal]
        self._until = until

    def work(self) -> bool:
        """One slice: at most `Experiment.MAX_CHUNK` inference steps, one update or one command. Whether it has arrived."""
        if self._commands and self.experiment.position == self._commands[0].position:
            _obey(self.experiment, self._commands.pop(0))
        elif self._commands:
            self._go_on(self._commands[0].position)
        elif self._until is not None and self.experiment.position != self._until:
            self._go_on(self._until)
        return not self._commands and self._until in (None, self.experiment.position)

    def _go_on(self, to: Position) -> None:
        """A slice of what the run does by itself."""
        run = self.experiment
        if run.position > to or run.divergence is not None:
            k, phase, t = to
            raise PcvizError(f"This log does not lead to k = {k}, t = {t}{' of the second phase' if phase else ''}.")
        if run.is_relaxed:
            run.update()
        else:
            left = to.infer_step - run.infer_step if to[:2] == run.position[:2] else run.MAX_CHUNK
            run.relax(min(left, run.MAX_CHUNK))


def replay(
    start: ExperimentSpec | Checkpoint, log: Log, until: tuple[int, int, int] | None = None, *, ordinal: int | None = None
) -> Experiment:
    """The experiment of a spec, or of a checkpoint, and a log, at a moment (k, phase, t): bit for bit the one that was logged.

        again = replay(experiment.origin, experiment.log, until=(8, 0, 3))     # k = 8, first phase, t = 3

    Without `until` it stands where the last command was done. `ordinal` is the number of commands that came before the moment,
    where the moment came more than once; by default all of them.

    Raises:
        PcvizError: if the log does not lead there.
    """
    job = Replay(start, log, None if until is None else Position(*until), ordinal=ordinal)
    while not job.work():
        pass
    return job.experiment


def _obey(run: Experiment, command: Command) -> None:
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
