"""Moving sliders while a run goes on compiles nothing, however many are moved and whatever the run does in between."""

import jax
import numpy as np
import pytest

from pcviz_core import Experiment
from pcviz_core.controls import Control, Value
from pcviz_core.grids import grid_text
from pcviz_core.spec import ExperimentSpec

CHANGES = 1_000
LIVE = [control for control in ExperimentSpec.controls().values() if control.effect == "live"]
TRACED, COMPILED = "/jax/core/compile/jaxpr_trace_duration", "/jax/core/compile/backend_compile_duration"


@pytest.fixture
def happened():
    """The traces and compiles from now on, in order."""
    events: list[str] = []

    def listen(event: str, duration: float, **_: object) -> None:
        if event in (TRACED, COMPILED):
            events.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield events
    jax.monitoring.unregister_event_duration_listener(listen)


def random_value(control: Control, rng: np.random.Generator) -> Value:
    if control.kind == "grid":
        return grid_text(rng.uniform(0, 1, rng.integers(1, 8, 2)).round(2).tolist())
    assert control.low is not None
    assert control.high is not None
    low, high = control.low, control.high
    if control.scale == "log":
        return float(np.clip(np.exp(rng.uniform(np.log(low), np.log(high))), low, high))
    return float(rng.uniform(low, high))


def test_a_thousand_random_live_changes_trace_and_compile_nothing(happened: list[str]):
    """If this fails, the charts stand still for a moment whenever a slider is moved."""
    experiment = Experiment(depth=8, width=8, batch_size=8, n_inference_steps=4, inference_rule="heavy_ball", schedule="custom")
    rng = np.random.default_rng(0)

    def move(control: Control) -> None:
        experiment.change(**{control.name: random_value(control, rng)})
        if experiment.divergence is not None:
            experiment.retry()
        experiment.infer(1)
        if experiment.divergence is None and experiment.is_relaxed:
            experiment.update()

    for control in LIVE:
        for _ in range(10):
            move(control)
    assert COMPILED in happened, "the listener hears nothing"
    happened.clear()
    for _ in range(CHANGES):
        move(LIVE[rng.integers(len(LIVE))])
    assert happened == []
