"""Which slow measurements a run asks for, and when: a real experiment, and a clock that only the test moves."""

import pytest

from pcviz_core.experiment import Experiment
from pcviz_core.spec import ExperimentSpec
from pcviz_server.instruments import APART_S, DUTY, Instruments
from pcviz_server.measurer import MeasuredTheory, Measuring

LINEAR = ExperimentSpec(depth=4, width=8, n_inference_steps=5, batch_size=8, activation="linear", dataset="teacher")
SHOWN = frozenset({"equilibrium", "layer_error_mean"})


class Bench:
    """Instruments whose wishes the test fulfils by hand."""

    def __init__(self, spec: ExperimentSpec = LINEAR) -> None:
        self.now = 100.0
        self.wishes: list[Measuring] = []
        self.run = Experiment(spec)
        self.instruments = Instruments("s", self.wishes.append, lambda: self.now)

    def answer(self, seconds: float = 0.0, failure: str | None = None) -> bool:
        job = self.wishes[-1]
        columns = {} if failure else self.run.measure(job.name)
        return self.instruments.receive(MeasuredTheory(job, columns, None, failure, seconds))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_nothing_is_measured_that_nobody_looks_at(bench: Bench):
    """A page without theory panels must cost what it did before there were any."""
    bench.instruments.show(frozenset({"layer_error_mean"}))
    assert bench.instruments.due(bench.run) is None
    bench.instruments.work(bench.run)
    assert bench.wishes == []


def test_a_shown_column_is_measured_once_and_sent_alone(bench: Bench):
    bench.instruments.show(SHOWN)
    bench.instruments.work(bench.run)
    bench.instruments.work(bench.run)
    assert [job.name for job in bench.wishes] == ["equilibrium"]
    assert bench.answer()
    assert set(bench.instruments.columns) == {"equilibrium"}
    assert bench.instruments.due(bench.run) is None


def test_it_is_measured_again_when_the_run_has_moved_and_time_enough_has_passed(bench: Bench):
    bench.instruments.show(SHOWN)
    bench.instruments.work(bench.run)
    bench.answer(seconds=9.0)  # the first time compiles, which is not held against it
    bench.run.infer(1)
    assert bench.instruments.due(bench.run) == pytest.approx(bench.now + APART_S)
    bench.now += 1
    bench.instruments.work(bench.run)
    bench.answer(seconds=1.0)
    bench.run.infer(1)
    due = bench.instruments.due(bench.run)
    assert due == pytest.approx(bench.now + 1.0 / DUTY)
    bench.instruments.work(bench.run)
    assert len(bench.wishes) == 2
    bench.now = due
    bench.instruments.work(bench.run)
    assert bench.wishes[-1].snapshot.infer_step == 2
    bench.answer()
    bench.run.infer(1)
    assert bench.instruments.due(bench.run) == pytest.approx(bench.now + APART_S)


def test_what_was_measured_of_the_run_before_is_void(bench: Bench):
    """After a restart the numbers of the old network must not stand beside the new one's."""
    bench.instruments.show(SHOWN)
    bench.instruments.work(bench.run)
    bench.instruments.begin()
    assert not bench.answer()
    assert bench.instruments.columns == {}


def test_a_failure_is_a_sentence_and_goes_when_it_works_again(bench: Bench):
    bench.instruments.show(SHOWN)
    bench.instruments.work(bench.run)
    bench.answer(failure="It could not be done.")
    assert bench.instruments.failures == {"equilibrium": "It could not be done."}
    assert bench.instruments.columns == {}
    bench.run.infer(1)
    bench.now += 1
    bench.instruments.work(bench.run)
    bench.answer()
    assert bench.instruments.failures == {}


def test_after_a_divergence_what_follows_the_weights_is_measured_and_the_rest_says_why():
    """A panel chosen in front of the banner must not wait for ever."""
    bench = Bench(LINEAR.replace(activity_lr=9.0, n_inference_steps=60))
    bench.run.infer(60)
    assert bench.run.divergence is not None
    bench.instruments.show(frozenset({"equilibrium", "rescaling"}))
    bench.instruments.work(bench.run)
    assert [job.name for job in bench.wishes] == ["rescaling"]
    assert bench.answer()
    assert "diverged" in bench.instruments.silences(bench.run)["equilibrium"]
    assert "rescaling" not in bench.instruments.silences(bench.run)
