"""A run as a person drives it: two clocks, exact repetition, live changes, divergence."""

from collections.abc import Iterator
from contextlib import contextmanager

import jax
import numpy as np
import pytest

from pcviz_core import Experiment, ExperimentSpec, Network, Record, SpecError
from pcviz_core.datasets import DATASETS
from pcviz_core.diagnostics import FINITE, NOT_REACHED
from pcviz_core.experiment import TRAIN_SAMPLES_SCORED

SMALL = {"depth": 6, "width": 12, "n_inference_steps": 8, "batch_size": 16}


@contextmanager
def compilations() -> Iterator[list[str]]:
    """Every XLA compilation that happens inside, by event name."""
    seen: list[str] = []
    active = True

    def listen(event: str, _seconds: float, **_: object) -> None:
        if active and "backend_compile" in event:
            seen.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        yield seen
    finally:
        active = False


def assert_same(left: Record, right: Record) -> None:
    """Equal bits in every column."""
    assert left.learn_step == right.learn_step
    np.testing.assert_array_equal(left.infer_steps, right.infer_steps)
    for name, column in left.columns.items():
        np.testing.assert_array_equal(column, right.columns[name], err_msg=name)


def learned(experiment: Experiment, steps: int) -> list[Record]:
    return [experiment.learn() for _ in range(steps)]


def test_stepping_one_by_one_is_bit_for_bit_the_run_in_chunks() -> None:
    """Else slow motion would show another run than training."""
    together, apart = Experiment(**SMALL), Experiment(**SMALL)
    for _ in range(3):
        chunk = together.learn()
        while apart.infer_step < apart.planned_steps:
            apart.infer(1)
        assert_same(chunk, apart.relaxation)
        apart.update()


def test_relaxations_longer_than_one_compiled_call_do_not_show_the_seam() -> None:
    long = Experiment(**{**SMALL, "n_inference_steps": 150})
    halves = Experiment(**{**SMALL, "n_inference_steps": 150})
    record = long.learn()
    for n in (1, 63, 7, 79):
        halves.infer(n)
    assert record.layer_energies.shape == (151, 6)
    assert_same(record, halves.relaxation)


@pytest.mark.parametrize("start", ["feedforward", "zero", "noise"])
def test_restart_repeats_the_run_bit_for_bit(start: str) -> None:
    """Reset is exact, or "same seed, other rate" cannot be shown."""
    experiment = Experiment(**SMALL, activity_start=start)
    first = learned(experiment, 4)
    experiment.restart()
    for before, after in zip(first, learned(experiment, 4), strict=True):
        assert_same(before, after)


def test_restart_keeps_control_values_and_forgets_when_they_were_changed() -> None:
    experiment = Experiment(**SMALL)
    experiment.infer(3)
    experiment.change(activity_lr=0.11, param_lr=0.003)
    learned(experiment, 2)
    experiment.restart()
    for here, there in zip(learned(experiment, 3), learned(Experiment(experiment.spec), 3), strict=True):
        assert_same(here, there)


@pytest.mark.parametrize("depth", [2, 3, 5, 8, 9, 13])
@pytest.mark.parametrize("skip", [True, False])
def test_a_padded_network_relaxes_as_the_same_network_without_padding(depth: int, skip: bool) -> None:
    """Depth inside a bucket is data: padding must not show in any number."""
    experiment = Experiment(**{**SMALL, "depth": depth, "n_inference_steps": 12}, skip=skip, activation="tanh")
    weights = experiment.network.by_layer(experiment.network.weights)
    assert len(weights) == depth
    network = Network.from_weights(weights, activation="tanh", parameterisation="mupc", skip=skip)
    x, y = experiment.batch
    relaxation = network.relax(x, y, n_steps=12, activity_lr=experiment.spec.activity_lr)
    record = experiment.learn()
    errors, expected = np.sqrt(record.layer_energies), np.sqrt(relaxation.layer_energies)
    np.testing.assert_allclose(errors, expected, rtol=1e-4, atol=1e-6)  # float32: errors carry the rounding of activities


def test_layers_that_the_error_has_not_reached_are_exactly_zero() -> None:
    """Zero is "not reached", drawn differently from small: rounding noise there would be a false signal."""
    record = Experiment(depth=16, width=16, n_inference_steps=20).learn()
    energy, state = record.layer_energies, record.columns["layer_state"]
    for t in range(21):
        reached = np.arange(1, 17) >= 16 - t
        assert (energy[t][~reached] == 0).all()
        assert (energy[t][reached] > 0).all()
        assert (state[t][~reached] == NOT_REACHED).all()
        assert (state[t][reached] != NOT_REACHED).all()
    assert state[0][-1] == FINITE
    np.testing.assert_array_equal(record.arrival, 16 - np.arange(1, 17))


def test_live_changes_never_compile_or_restart() -> None:
    """A slider that recompiles stutters."""
    experiment = Experiment(**SMALL, schedule="spiking")
    Experiment.compile_for(experiment.spec)  # all that it needs to move
    learned(experiment, 1)
    rng = np.random.default_rng(0)
    with compilations() as compiled:
        for _ in range(200):
            name = rng.choice(["activity_lr", "output_precision", "activity_decay", "alpha", "param_lr", "n_inference_steps"])
            value = {"n_inference_steps": int(rng.integers(1, 30))}.get(name, float(rng.uniform(1e-3, 0.2)))
            assert experiment.change(**{name: value}) in {"live", "next_step"}
            experiment.infer(2)
            if experiment.infer_step >= experiment.planned_steps:
                experiment.update()
    assert compiled == []
    assert experiment.divergence is None
    assert experiment.learn_step > 1


def test_depth_parameterisation_skip_and_seed_change_inside_a_bucket_without_compiling() -> None:
    experiment = Experiment(**SMALL)
    learned(experiment, 1)
    with compilations() as compiled:
        for values in ({"depth": 3}, {"depth": 8}, {"parameterisation": "sp_uniform"}, {"skip": False}, {"seed": 0}):
            experiment.change(**values)
            learned(experiment, 1)
    assert compiled == []


def test_the_activity_rate_applies_from_the_very_next_inference_step() -> None:
    moved = {}
    for rate in (0.05, 0.1):
        experiment = Experiment(**{**SMALL, "activity_lr": 0.3}, activation="linear")
        experiment.infer(2)
        before = np.asarray(experiment.activities[-1])
        assert experiment.change(activity_lr=rate) == "live"
        experiment.infer(1)
        moved[rate] = np.asarray(experiment.activities[-1]) - before
    np.testing.assert_allclose(moved[0.1], 2 * moved[0.05], rtol=1e-3, atol=1e-7)


def test_output_precision_applies_from_the_very_next_inference_step() -> None:
    """At the first step the output error alone moves the last hidden layer, in proportion to its precision."""
    moved = {}
    for precision in (1.0, 3.0):
        experiment = Experiment(**SMALL)
        before = np.asarray(experiment.activities[-1])
        experiment.change(output_precision=precision)
        experiment.infer(1)
        moved[precision] = np.asarray(experiment.activities[-1]) - before
    np.testing.assert_allclose(moved[3.0], 3 * moved[1.0], rtol=1e-3, atol=1e-7)


def test_a_next_step_change_waits_for_the_next_learning_step_and_keeps_the_weights() -> None:
    experiment = Experiment(**SMALL)
    experiment.infer(2)
    weights = np.asarray(experiment.network.weights.readout)
    assert experiment.change(n_inference_steps=3, activation="tanh", param_optimiser="sgd", batch_size=8) == "next_step"
    assert experiment.planned_steps == 8
    assert experiment.network.activation_name == "relu"
    np.testing.assert_array_equal(weights, experiment.network.weights.readout)
    experiment.learn()
    assert experiment.planned_steps == 3
    assert experiment.network.activation_name == "tanh"
    assert experiment.batch[0].shape[0] == 8
    assert len(experiment.learn().infer_steps) == 4


def test_switching_the_parameterisation_keeps_the_draws() -> None:
    """SP against μPC compares like with like only if both scale the same normal draws."""
    mupc = Experiment(**SMALL, parameterisation="mupc").network
    sp = Experiment(**SMALL, parameterisation="sp").network
    for scaled, drawn in zip(sp.by_layer(sp.weights), mupc.by_layer(mupc.weights), strict=True):
        np.testing.assert_allclose(scaled, drawn / np.sqrt(drawn.shape[1]), rtol=1e-5)


def test_a_narrower_network_has_the_first_units_of_a_wider_one() -> None:
    narrow, wide = (Experiment(**{**SMALL, "width": width}).network for width in (8, 20))
    for small, large in zip(narrow.by_layer(narrow.weights), wide.by_layer(wide.weights), strict=True):
        np.testing.assert_array_equal(small, large[: small.shape[0], : small.shape[1]])


def test_infer_goes_on_past_the_planned_steps_and_learn_updates_there() -> None:
    experiment = Experiment(**SMALL)
    experiment.infer(11)
    assert (experiment.learn_step, experiment.infer_step) == (0, 11)
    assert experiment.learn().infer_steps[-1] == 11
    assert (experiment.learn_step, experiment.infer_step) == (1, 0)


def test_a_rate_beyond_the_limit_stops_at_the_first_bad_step_at_either_pace() -> None:
    """The page names the layer and the step: they may not depend on how the run was stepped."""
    spec = ExperimentSpec(**SMALL, activation="linear").replace(n_inference_steps=200)
    found = []
    for chunk in (1, 64):
        experiment = Experiment(spec)
        experiment.change(activity_lr=1.3 * experiment.measure_stability())
        while experiment.divergence is None:
            experiment.infer(chunk)
        found.append(experiment.divergence)
        weights = experiment.network.weights
        experiment.infer(5)
        assert experiment.infer_step == experiment.divergence.infer_step
        assert experiment.network.weights is weights
    assert found[0] == found[1]
    rows = experiment.relaxation.layer_energies
    bound = 100 * rows[0].sum()
    assert rows[-1].max() > bound
    assert rows[:-1].max() <= bound
    assert found[0].layer == int(np.argmax(rows[-1])) + 1
    control, value = found[0].suggestion
    assert control == "activity_lr"
    experiment.change(**{control: value})
    experiment.retry()
    experiment.learn()
    assert experiment.divergence is None
    assert experiment.learn_step == 1


def test_weights_that_blow_up_are_named_before_any_inference() -> None:
    experiment = Experiment(**SMALL, param_optimiser="sgd", param_lr=10.0, activation="linear", parameterisation="sp")
    for _ in range(50):
        experiment.learn()
        if experiment.divergence is not None:
            break
    assert experiment.divergence is not None
    assert experiment.divergence.suggestion is not None


def test_the_stability_limit_of_a_linear_network_is_where_it_breaks() -> None:
    """The red tick on the slider: 2 / λ_max by products must agree with the dense Hessian of the same network."""
    experiment = Experiment(**SMALL, activation="linear", parameterisation="sp")
    from pcviz_core import theory

    network = Network.from_weights(
        experiment.network.by_layer(experiment.network.weights), activation="linear", parameterisation="sp", skip=True
    )
    dense = np.linalg.eigvalsh(np.asarray(theory.activity_hessian(network), np.float64))
    assert experiment.measure_stability() == pytest.approx(2 / dense[-1], rel=1e-3)
    experiment.change(activity_decay=0.5)
    assert experiment.measure_stability() == pytest.approx(2 / (dense[-1] + 0.5), rel=1e-3)


def test_a_kick_moves_one_layer_and_is_the_same_kick_again_after_a_restart() -> None:
    experiment = Experiment(**SMALL)

    def kicked() -> list[np.ndarray]:
        experiment.restart()
        experiment.infer(2)
        before = [np.asarray(z) for z in experiment.activities]
        experiment.kick(0.1, layer=2)
        return [np.asarray(z) - b for z, b in zip(experiment.activities, before, strict=True)]

    first, second = kicked(), kicked()
    for layer, (one, other) in enumerate(zip(first, second, strict=True), start=1):
        np.testing.assert_array_equal(one, other)
        assert np.abs(one).max() == 0 or layer == 2
    assert first[1].std() == pytest.approx(0.1, rel=0.2)
    experiment.infer(1)
    assert experiment.relaxation.layer_energies[-1][1] > 0


def test_watching_another_layer_shows_its_whole_relaxation() -> None:
    """A pin is not a blank chart: the relaxation is replayed for the layer pinned late."""
    late, early = Experiment(**SMALL), Experiment(**SMALL)
    early.watch(3)
    early.restart()
    early.infer(5)
    late.infer(5)
    assert not np.array_equal(late.relaxation.columns["trajectory"], early.relaxation.columns["trajectory"])
    late.watch(3)
    assert_same(late.relaxation, early.relaxation)
    late.infer(2)
    early.infer(2)
    assert_same(late.relaxation, early.relaxation)


def test_what_cannot_be_replayed_exactly_is_not_invented() -> None:
    experiment = Experiment(**SMALL)
    experiment.infer(3)
    experiment.change(activity_lr=0.1)
    experiment.infer(2)
    experiment.watch(2)
    trajectory = experiment.relaxation.columns["trajectory"]
    assert np.isnan(trajectory[:-1]).all()
    assert np.isfinite(trajectory[-1]).all()


def test_accuracy_is_on_data_that_was_held_out() -> None:
    experiment = Experiment(dataset="blobs", depth=3, width=32, n_inference_steps=8, param_lr=0.03)
    before = experiment.evaluate()
    for _ in range(60):
        experiment.learn()
    after = experiment.evaluate()
    assert after.learn_step == 60
    assert after.accuracy > 0.9 > before.accuracy
    assert after.loss < before.loss
    assert Experiment(dataset="teacher", depth=2, width=8).evaluate().accuracy is None


def test_loss_and_accuracy_are_of_the_test_split_by_a_plain_feedforward_pass() -> None:
    """Accuracy on what was learned flatters: each number is that of its own part of the data, by another computation."""
    experiment = Experiment(dataset="digits", depth=3, width=32, n_inference_steps=8, batch_size=16)
    for _ in range(40):
        experiment.learn()
    found, data = experiment.evaluate(), DATASETS["digits"].load(0)
    weights = [np.asarray(w) for w in experiment.network.by_layer(experiment.network.weights)]
    net = Network.from_weights(weights, activation="relu", parameterisation="mupc", skip=True)

    def score(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
        prediction = np.asarray(net.feedforward(np.asarray(x))[1])
        loss = 0.5 * np.mean(np.sum((y - prediction) ** 2, axis=1))
        return float(loss), float(np.mean(prediction.argmax(1) == np.asarray(y).argmax(1)))

    held_out, learned = score(data.x_test, data.y_test), score(data.x_train, data.y_train)
    assert (found.loss, found.accuracy) == pytest.approx(held_out, rel=1e-4)
    assert held_out != pytest.approx(learned, rel=1e-2), "or the two could not be told apart"
    some = slice(TRAIN_SAMPLES_SCORED)
    assert found.train_accuracy == pytest.approx(score(data.x_train[some], data.y_train[some])[1], rel=1e-6)


def test_the_default_network_learns_digits() -> None:
    experiment = Experiment()
    for _ in range(150):
        experiment.learn()
    assert experiment.evaluate().accuracy > 0.9


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"depth": 1}, "a whole number from 2 to 256"),
        ({"depth": True}, "a whole number from 2 to 256"),
        ({"activity_lr": float("nan")}, "a number from 1e-06 to 10"),
        ({"activation": "sigmoid"}, "one of linear, tanh"),
        ({"skip": "yes"}, "true or false"),
        ({"lr": 0.1}, "no control named 'lr'"),
        ({"dataset": "teacher", "loss": "ce"}, "needs classes"),
    ],
)
def test_a_bad_value_gets_a_sentence_and_changes_nothing(values: dict, words: str) -> None:
    experiment = Experiment(**SMALL)
    experiment.infer(2)
    spec = experiment.spec
    with pytest.raises(SpecError, match=words):
        experiment.change(**values)
    assert experiment.spec == spec
    assert experiment.infer_step == 2


def test_moving_output_precision_up_and_down_leaves_the_bounds_of_divergence_where_its_largest_value_puts_them():
    """If this fails, a slider moved to and fro a few times switches off the check that stops a run that explodes."""
    once = Experiment(**SMALL)
    once.change(output_precision=4.0)
    often = Experiment(**SMALL)
    for _ in range(20):
        often.change(output_precision=4.0)
        often.change(output_precision=1.0)
    assert often.state.bounds == pytest.approx(once.state.bounds)
    assert float(often.state.relaxation.initial_total) == pytest.approx(float(once.state.relaxation.initial_total))


def test_steps_that_diverge_are_returned_up_to_the_one_that_did() -> None:
    """Otherwise the page pauses on a divergence that its charts do not show."""
    run = Experiment(depth=8, width=16, activation="linear", activity_lr=3.0, n_inference_steps=64)
    first = run.infer(2)
    rest = run.infer(60)
    assert run.divergence is not None
    assert first.infer_steps.tolist() == [1, 2]
    assert rest.infer_steps.tolist() == list(range(3, run.infer_step + 1))
    np.testing.assert_array_equal(run.relaxation.layer_energies[3:], rest.layer_energies)
    assert len(run.infer(5).infer_steps) == 0


def test_activities_start_where_they_are_said_to() -> None:
    """If this fails, a choice in the list of starts does nothing."""
    runs = {start: Experiment(**SMALL, activity_start=start) for start in ("feedforward", "zero", "noise")}
    starts = {name: np.stack(run.activities) for name, run in runs.items()}
    assert (starts["zero"] == 0).all()
    fed, _ = runs["zero"].network.feedforward(runs["zero"].batch[0])
    np.testing.assert_allclose(starts["feedforward"], np.stack(fed), rtol=1e-5)
    assert np.std(starts["noise"]) == pytest.approx(1.0, abs=0.1)
    for run in runs.values():
        energies = run.network.layer_energies(run.activities, *run.batch)
        np.testing.assert_allclose(run.relaxation.layer_energies[0], energies, rtol=1e-4, atol=1e-8)


def test_steps_past_settling_are_replayed_for_a_newly_watched_layer() -> None:
    """Otherwise the trajectory of another layer breaks off where a tolerance would have ended the relaxation."""
    run = Experiment(**SMALL, tolerance=0.3)
    run.infer(12)
    run.infer(1, until_settled=True)
    run.watch(2)
    assert np.isfinite(run.relaxation.columns["trajectory"]).all()


@pytest.mark.parametrize(
    "values",
    [
        {"nudging": "centred"},
        {"activity_start": "noise"},
        {"activity_start": "zero"},
        {"schedule": "decaying"},
        {"algorithm": "epc"},
    ],
    ids=str,
)
def test_what_is_called_compiled_compiles_nothing_more_as_it_moves(values) -> None:
    """Otherwise a run stands still, and every other session of its worker with it, in the middle of a learning step."""
    spec = ExperimentSpec(**{**SMALL, "width": 11, **values})
    Experiment.compile_for(spec)
    run = Experiment(spec)
    with compilations() as compiled:
        run.learn()
        for name, value in {"alpha": 0.2, "schedule_decay": 2.0, "activity_decay": 0.01, "output_precision": 2.0}.items():
            run.change(**{name: value})
            run.infer(1)
        run.learn()
    assert compiled == []


def test_steps_past_t_stop_where_the_record_would_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a visitor who goes on and on past T takes the machine from the others."""
    monkeypatch.setattr("pcviz_core.preparation.RECORD_BYTES", 4 * (5 * 8 + 1 + 12) * 20)
    run = Experiment(**SMALL)
    run.infer(20)
    with pytest.raises(SpecError, match="up to 20 steps"):
        run.infer(1)
    assert run.infer_step == 20
    run.update()
    run.infer(1)
