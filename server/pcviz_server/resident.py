"""One session inside the worker: the values last wanted, the run that follows them, and what is being built for it.

A change that needs a new network leaves the run as it is while the network is built in the side thread; then the run goes on
with it. Whatever was changed meanwhile counts.
"""

from collections.abc import Callable, Mapping

from pcviz_core.controls import Control
from pcviz_core.errors import PcvizError
from pcviz_core.experiment import Experiment
from pcviz_core.spec import ExperimentSpec, ViewSettings
from pcviz_server import backend
from pcviz_server.backend import Budget
from pcviz_server.compiler import Compiled, Compiler, Compiling, Job, Purpose
from pcviz_server.measurer import Measurer
from pcviz_server.protocol.messages import Scalar
from pcviz_server.run import Run
from pcviz_server.translate import checked, find_control


class Resident:
    """Takes the commands of one session. `epoch` is that of the first run; with a `reason` that run is announced."""

    def __init__(
        self,
        session: str,
        spec: ExperimentSpec,
        view: ViewSettings,
        *,
        epoch: int,
        reason: str | None,
        playing: bool,
        budget: Budget,
        compiler: Compiler,
        measurer: Measurer,
        emit: Callable[[backend.Event], None],
        clock: Callable[[], float],
    ) -> None:
        self.run = Run(session, view, playing=playing, emit=emit, clock=clock, measure=measurer.want)
        self._session = session
        self._wanted = spec
        self._budget = budget
        self._compiler = compiler
        self._emit = emit
        self._epoch = epoch if reason is None else epoch - 1
        self._reasons = [] if reason is None else [reason]
        self._is_rebuilding = False
        self._prepared: dict[str, Scalar] = {}
        """Changes for the next learning step whose compile is under way."""
        self._rebuild()

    # Commands ---------------------------------------------------------------------------------------------------------

    def receive(self, command: backend.Command) -> None:
        """Do what a command asks, or say why not."""
        try:
            self._obey(command)
        except PcvizError as error:
            viewer, seq = getattr(command, "viewer", None), getattr(command, "seq", None)
            self._emit(backend.Refused(self._session, str(error), viewer, seq))

    def _obey(self, command: backend.Command) -> None:
        match command:
            case backend.Attach(viewer=viewer):
                self.run.attach(viewer)
            case backend.Play():
                self.run.play()
            case backend.Pause(reason=reason):
                self.run.pause(reason)
            case backend.Infer(n=n):
                self.run.step("infer", n)
            case backend.Learn(n=n):
                self.run.step("learn", n)
            case backend.Show(columns=columns):
                self.run.carry(columns)
            case backend.Reset(seed=seed):
                self._reset(seed)
            case backend.Change():
                self._change(command)
            case _:
                raise TypeError(f"{command!r} is no command of a session.")

    def _reset(self, seed: int | None) -> None:
        if seed is None:
            self._reasons.append("Reset: the same seed, from k = 0.")
        else:
            self._wanted = checked(self._wanted, self._budget, seed=seed)
            self._reasons.append(f"Reset with seed {seed}, from k = 0.")
        self._rebuild()

    def _change(self, change: backend.Change) -> None:
        control = find_control(change.control)
        value = control.check(change.value)
        learn_step, infer_step = self.run.clocks
        if control.kind == "action":
            self.run.kick(float(value))
        elif control.effect == "view":
            self.run.look(self._checked_view(control, value))
        else:
            self._change_spec(control, value)
        if control.effect == "next_step" and self.run.experiment is not None:
            learn_step, infer_step = learn_step + 1, 0
        self._emit(
            backend.Applied(self._session, control.name, value, control.effect, learn_step, infer_step, change.viewer, change.seq)
        )
        if control.effect != "view":
            self.run.note()

    def _checked_view(self, control: Control, value: Scalar) -> ViewSettings:
        if control.name == "trajectory_layer" and int(value) >= self._wanted.depth:
            raise PcvizError(f"Hidden layers are 1 to {self._wanted.depth - 1}, and 0 is the last; {value} is not one.")
        return self.run.view.replace(**{control.name: value})

    def _change_spec(self, control: Control, value: Scalar) -> None:
        wanted = checked(self._wanted, self._budget, **{control.name: value})
        if wanted == self._wanted:
            return
        self._wanted = wanted
        experiment = self.run.experiment
        if control.effect == "restart":
            self._reasons.append(f"{control.label} is now {control.words(value)}.")
            self._rebuild()
        elif control.effect == "live":
            self.run.change({control.name: value})
        elif self._is_rebuilding or experiment is None:
            self._rebuild()
        elif control.compiles or not Experiment.is_compiled_for(wanted):
            self._prepared[control.name] = value
            self._compiler.want(Job(self._session, Purpose.PREPARE, wanted))
        else:
            experiment.change(**{control.name: value})

    # Building ---------------------------------------------------------------------------------------------------------

    def _rebuild(self) -> None:
        self._is_rebuilding = True
        self._prepared.clear()
        self._compiler.want(Job(self._session, Purpose.BUILD, self._wanted))

    def compiling(self, news: Compiling) -> None:
        """The side thread compiles something for this session."""
        spec = news.job.spec
        self.run.compile(f"depth {spec.depth}, width {spec.width}")

    def compiled(self, news: Compiled) -> None:
        """The side thread is done with something for this session."""
        job = news.job
        if not self._is_newest(job):
            return
        if job.purpose is Purpose.MEASURE:
            self.run.measure(news.error is None)
            return
        if news.experiment is not None:
            self._begin(news.experiment)
            return
        self.run.compile(None)
        if news.error is not None:
            self._give_up(news.error)
        elif self.run.experiment is not None:
            self.run.experiment.change(**self._prepared)
            self._prepared.clear()
            self._measure()

    def _measure(self) -> None:
        """Measure again once what that needs is compiled too."""
        self.run.measure(False)
        self._compiler.want(Job(self._session, Purpose.MEASURE, self._wanted))

    def _is_newest(self, job: Job) -> bool:
        """Whether what was built is what is wanted now. A live change meanwhile needs no other network."""
        differing = _differing(job.spec, self._wanted)
        if job.purpose is Purpose.BUILD:
            return self._is_rebuilding and all(control.effect == "live" for control in differing)
        is_wanted = self._prepared or job.purpose is Purpose.MEASURE
        return bool(is_wanted) and not any(control.compiles for control in differing)

    def _begin(self, experiment: Experiment) -> None:
        self._is_rebuilding = False
        live = _values_of(self._wanted, _differing(experiment.spec, self._wanted))
        if live:
            experiment.change(**live)
            experiment.restart()  # so that t = 0 too is as if the run had begun with these values
        if self._reasons:
            self._epoch += 1
            self._emit(backend.Restarted(self._session, self._epoch, " ".join(self._reasons), self._wanted.model_dump()))
            self._reasons.clear()
        if self.run.view.trajectory_layer >= self._wanted.depth:
            self.run.view = self.run.view.replace(trajectory_layer=0)
            self._emit(backend.Applied(self._session, "trajectory_layer", 0, "view", 0, 0))
        self.run.begin(experiment, self._epoch)
        self._measure()

    def _give_up(self, reason: str) -> None:
        """Go back to what runs, and say so; with nothing running, wait for a change."""
        self._is_rebuilding = False
        self._prepared.clear()
        self._reasons.clear()
        self._emit(backend.Refused(self._session, reason))
        experiment = self.run.experiment
        if experiment is None:
            self.run.fail(reason)
            return
        undone = _differing(experiment.spec, self._wanted)
        self._wanted = experiment.spec
        for control in undone:
            value = getattr(experiment.spec, control.name)
            self._emit(backend.Applied(self._session, control.name, value, control.effect, *self.run.clocks))


def _differing(one: ExperimentSpec, other: ExperimentSpec) -> list[Control]:
    return [control for name, control in ExperimentSpec.controls().items() if getattr(one, name) != getattr(other, name)]


def _values_of(spec: ExperimentSpec, controls: list[Control]) -> Mapping[str, Scalar]:
    return {control.name: getattr(spec, control.name) for control in controls}
