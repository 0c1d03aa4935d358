"""What a run shows: records become frames, with the learning steps and slow measurements since the frame before."""

from collections.abc import Callable

from pcviz_core.diagnostics import Columns
from pcviz_core.experiment import Experiment
from pcviz_core.records import LearningPoint, Record
from pcviz_server import backend
from pcviz_server.learning_log import LearningLog
from pcviz_server.protocol.columns import ROWS_ON_REQUEST
from pcviz_server.translate import Measured, fixed_columns, learning_columns, row_columns


class Display:
    """The frames of one session. `columns` are those on request that its viewers need."""

    def __init__(self, session: str, emit: Callable[[backend.Event], None]) -> None:
        self.columns: frozenset[str] = frozenset()
        self.epoch = 0
        self._session = session
        self._emit = emit
        self._log = LearningLog()

    def begin(self, epoch: int) -> None:
        """A new run: nothing has been learned yet."""
        self.epoch = epoch
        self._log = LearningLog()

    def learned(self, point: LearningPoint) -> None:
        """A learning step is complete; the next frame says so."""
        self._log.add(point)

    def show(
        self,
        experiment: Experiment,
        measured: Measured,
        theory: Columns,
        record: Record | None = None,
        *,
        limited: bool = False,
    ) -> None:
        """Show everyone these rows, by default the whole present relaxation."""
        self._send(experiment, measured, theory, record, self._log.take_new(), limited=limited, viewer=None)

    def show_to(self, viewer: str, experiment: Experiment, measured: Measured, theory: Columns) -> None:
        """Show one viewer the whole present relaxation and the learning steps so far."""
        self._send(experiment, measured, theory, None, self._log.history(), limited=False, viewer=viewer)

    def _send(
        self,
        experiment: Experiment,
        measured: Measured,
        theory: Columns,
        record: Record | None,
        points: list[LearningPoint],
        *,
        limited: bool,
        viewer: str | None,
    ) -> None:
        shown = experiment.relaxation if record is None else record
        fixed = fixed_columns(experiment, measured, theory)
        steps, rows = row_columns(shown, self.columns.intersection(ROWS_ON_REQUEST), fixed)
        self._emit(
            backend.Frame(
                session=self._session,
                epoch=self.epoch,
                learn_step=shown.learn_step,
                infer_steps=steps,
                rows=rows,
                fixed=fixed,
                learning=learning_columns(points),
                whole=record is None,
                limited=limited,
                viewer=viewer,
            )
        )
