"""What a measurement takes from a run is of one moment: its energies, its start, its limit under a schedule."""

import numpy as np
import pytest

from pcviz_core import Experiment, ExperimentSpec

LINEAR = ExperimentSpec(
    depth=5, width=8, batch_size=8, n_inference_steps=12, activation="linear", dataset="teacher", param_optimiser="sgd"
)


def equilibrium(run: Experiment) -> dict[str, float]:
    names = ("best", "energy", "left", "quality", "start", "loss")
    return dict(zip(names, run.measure("equilibrium")["equilibrium"].tolist(), strict=False))


@pytest.mark.parametrize("precision", [0.05, 3.0, 50.0])
def test_after_a_change_of_output_precision_energy_and_equilibrium_are_by_the_same(precision):
    """An F* above F would be impossible, and a gap by two precisions a false number."""
    run = Experiment(LINEAR.replace(activity_lr=0.01))
    run.infer(4)
    run.change(output_precision=precision)
    paused = equilibrium(run)
    assert paused["best"] <= paused["energy"] * (1 + 1e-5)
    assert np.isnan(paused["left"])
    assert np.isnan(paused["start"])
    run.infer(2)
    assert np.isnan(equilibrium(run)["left"])
    run.learn()
    assert equilibrium(run)["left"] == pytest.approx(1.0)


def test_while_weights_learn_during_inference_no_gap_is_claimed():
    run = Experiment(LINEAR.replace(algorithm="ipc"))
    run.infer(5)
    found = equilibrium(run)
    assert np.isnan(found["left"])
    assert found["best"] <= found["energy"]


@pytest.mark.parametrize("start", ["feedforward", "zero", "noise"])
def test_the_end_of_inference_is_that_of_the_run(start):
    """The imbalance beside BP and the imbalance over learning are of one relaxation."""
    run = Experiment(LINEAR.replace(activity_start=start))
    found = run.measure("repair")
    energies = run.infer(run.planned_steps).layer_energies[-1]
    kept = np.isfinite(found["repair_energy"])
    assert kept[-1]
    np.testing.assert_allclose(found["repair_energy"][kept], energies[kept], rtol=1e-4)


@pytest.mark.parametrize("algorithm", ["pc", "epc", "ipc"])
def test_a_painted_schedule_holds_still_only_what_it_weighs(algorithm):
    """What is measured infers as the run does: a schedule that its algorithm does not have says nothing."""
    spec = LINEAR.replace(algorithm=algorithm, activation="tanh", schedule="custom", precision_grid="0", tolerance=1e-9)
    run = Experiment(spec)
    found = run.measure("repair")
    done = run.infer(8, until_settled=True).infer_steps
    assert (len(done) > 1) == bool((found["repair_drift"] > 0).any())


def test_under_activity_decay_only_the_energy_at_rest_is_told():
    run = Experiment(LINEAR.replace(activity_decay=0.2))
    found = run.measure("equilibrium")["equilibrium"]
    assert np.isnan(found[[2, 6]]).all()
    assert np.isnan(run.measure("agreement")["agreement"][3])


# The stability limit under a schedule -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", [0.1, 10.0])
def test_the_limit_under_an_even_precision_is_exact(precision):
    """A run just below the tick must come to rest, and one just beyond it diverge, whatever precision is painted."""
    spec = LINEAR.replace(schedule="custom", precision_grid=f"{precision}", n_inference_steps=400)
    limit = Experiment(spec).measure_stability(max_steps=200)
    assert limit == pytest.approx(Experiment(LINEAR).measure_stability(max_steps=200) / precision, rel=1e-3)
    for rate, diverges in ((0.98, False), (1.05, True)):
        run = Experiment(spec.replace(activity_lr=rate * limit))
        run.infer(400)
        assert (run.divergence is not None) == diverges


@pytest.mark.parametrize("schedule", ["spiking", "decaying", "decaying_early"])
def test_no_schedule_exceeds_its_largest_precision(schedule):
    spec = LINEAR.replace(schedule=schedule, schedule_decay=0.0, n_inference_steps=300, depth=3)
    run = Experiment(spec)
    seen = run.infer(300).columns["layer_precision"]
    assert seen.max() <= spec.largest_precision * (1 + 1e-6)
    assert schedule == "decaying_early" or seen.max() == pytest.approx(spec.largest_precision, rel=0.02)


def test_the_spectrum_is_cut_where_the_tick_stands():
    """The line "stable up to" and the tick on the slider are one limit."""
    spec = LINEAR.replace(schedule="custom", precision_grid="2,0.5", inference_rule="heavy_ball", activity_decay=0.1)
    run = Experiment(spec)
    found = run.measure("conditioning")
    allowed, largest = found["spectrum_allowed"][0], found["conditioning"][0]
    limit = run.measure_stability(max_steps=400)
    at_limit = Experiment(spec.replace(activity_lr=limit)).measure("conditioning")["spectrum_allowed"][0]
    assert at_limit == pytest.approx(largest, rel=1e-3)
    assert (allowed > largest) == (spec.activity_lr < limit)
