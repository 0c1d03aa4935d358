"""The order in which slow measurements are made: what is quick does not wait for what is slow, nor that for ever."""

from queue import SimpleQueue
from threading import Event

import pytest

from pcviz_core.experiment import Experiment
from pcviz_core.measurements import MEASUREMENTS, Measurement
from pcviz_server.measurer import MeasuredTheory, Measurer, Measuring


@pytest.fixture
def begins_when() -> Event:
    return Event()


@pytest.fixture
def measurer(begins_when: Event, monkeypatch: pytest.MonkeyPatch) -> Measurer:
    """With three measurements of its own; the one that is under way ends when the test says so."""
    seconds = {"blocking": 0.0, "quick": 2.0, "slow": 9.0}
    for name, first_s in seconds.items():

        def measure(_snapshot, memory, name=name):
            if name == "blocking":
                begins_when.wait(10)
            return {}, memory

        monkeypatch.setitem(MEASUREMENTS, name, Measurement((), measure, first_s=first_s))
    made: SimpleQueue[MeasuredTheory] = SimpleQueue()
    measurer = Measurer(made.put)
    measurer.made = made  # pyright: ignore[reportAttributeAccessIssue]
    return measurer


def order(measurer: Measurer, begins_when: Event, *wishes: tuple[str, float]) -> list[str]:
    snapshot = Experiment(depth=3, width=4, batch_size=4, n_inference_steps=2).snapshot()
    for name, asked_at in (("blocking", 0.0), *wishes):
        measurer.want(Measuring("s", 1, name, snapshot, None, asked_at))
    begins_when.set()
    names = [measurer.made.get(timeout=10).job.name for _ in range(1 + len(wishes))]  # pyright: ignore[reportAttributeAccessIssue]
    measurer.close()
    return names[1:]


def test_a_quick_one_does_not_wait_for_a_slow_one_that_was_asked_for_before(measurer: Measurer, begins_when: Event):
    assert order(measurer, begins_when, ("slow", 100.0), ("quick", 100.5)) == ["quick", "slow"]


def test_a_slow_one_that_has_waited_longer_than_it_takes_comes_first(measurer: Measurer, begins_when: Event):
    assert order(measurer, begins_when, ("quick", 120.0), ("slow", 100.0)) == ["slow", "quick"]
