"""The schedule that is painted by hand: whatever a named schedule does, a grid of its values must do."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given

from pcviz_core import Experiment, ExperimentSpec, Network, SpecError
from pcviz_core.grids import GRID_SHAPE, grid_cells, grid_text
from pcviz_core.model import Relaxation
from pcviz_core.schedules import SCHEDULES, Grid, Moment
from tests.core.test_experiment import compilations
from tests.strategies import grids

CONTROL = ExperimentSpec.controls()["precision_grid"]
SMALL = {"depth": 6, "width": 12, "n_inference_steps": 8, "batch_size": 16, "schedule": "custom"}
DEPTH, STEPS = 9, 14


@pytest.fixture
def float64() -> Iterator[None]:
    with jax.enable_x64(True):
        yield


def network() -> tuple[Network, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape) for shape in [(8, 5), *[(8, 8)] * (DEPTH - 2), (3, 8)]]
    net = Network.from_weights(weights, activation="tanh", parameterisation="ntp", skip=True)
    return net, rng.normal(size=(4, 5)), rng.normal(size=(4, 3))


def values_of(schedule: str, depth: int, steps: int) -> np.ndarray:
    """π_l(t) of a named schedule, a row for each layer, from its own row of the table."""
    nothing = Grid(np.ones((1, 1)), 1)
    layers, alpha, k = jnp.arange(1, depth + 1), jnp.asarray(0.001), jnp.asarray(1.0)
    moments = [Moment(layers, t, depth, steps, alpha, k, nothing) for t in range(steps)]
    return np.stack([SCHEDULES[schedule].precision(moment) for moment in moments], axis=1)


def assert_alike(one: Relaxation, other: Relaxation, rtol: float = 1e-12) -> None:
    np.testing.assert_allclose(one.layer_energies, other.layer_energies, rtol=rtol, atol=1e-30)
    for left, right in zip(one.activities, other.activities, strict=True):
        np.testing.assert_allclose(left, right, rtol=rtol, atol=1e-14)


@pytest.mark.parametrize("name", ["ones", "spiking", "decaying", "decaying_early"])
@pytest.mark.usefixtures("float64")
def test_a_grid_of_a_schedules_values_is_that_schedule(name: str) -> None:
    """Else what a person paints is not what the named schedules mean by precision."""
    net, x, y = network()
    named = net.relax(x, y, n_steps=STEPS, schedule=name)
    painted = net.relax(x, y, n_steps=STEPS, schedule="custom", precision=values_of(name, DEPTH, STEPS))
    assert_alike(painted, named)


@pytest.mark.usefixtures("float64")
def test_precision_ahead_of_the_error_changes_nothing_and_behind_it_does() -> None:
    """Slices leave out the rows ahead of the error: what is painted there may not matter, nor may anything be missed."""
    net, x, y = network()
    arrival = (DEPTH - np.arange(1, DEPTH + 1))[:, None]
    is_ahead = np.arange(STEPS) < arrival
    noise = np.random.default_rng(1).uniform(0.1, 2, size=(DEPTH, STEPS))
    one, other = (net.relax(x, y, STEPS, schedule="custom", precision=np.where(is_ahead, ahead, noise)) for ahead in (0.0, 50.0))
    assert_alike(one, other)
    behind = noise.copy()
    behind[3, DEPTH - 4] *= 2  # layer 4 at the step of its arrival: no error, so no effect, until the step after
    behind[3, DEPTH - 3] *= 2
    third = net.relax(x, y, STEPS, schedule="custom", precision=np.where(is_ahead, 0.0, behind))
    np.testing.assert_allclose(third.layer_energies[: DEPTH - 3], one.layer_energies[: DEPTH - 3], rtol=1e-12)
    assert not np.allclose(third.activities[2], one.activities[2], rtol=1e-6)


def relax_by_hand(weights: list[np.ndarray], x: np.ndarray, y: np.ndarray, rate: float, precision: np.ndarray) -> np.ndarray:
    """Layer energies (T + 1, L) of a linear network without multipliers, from the equations: z ← z − β(π ε − Wᵀ π' ε')."""
    z = [x]
    for weight in weights:
        z.append(z[-1] @ weight.T)
    z[-1] = y
    energies = []
    for column in [*precision.T, np.ones(len(weights))]:
        errors = [after - before @ weight.T for before, after, weight in zip(z, z[1:], weights, strict=False)]
        energies.append([0.5 * np.mean(np.sum(error**2, axis=1)) for error in errors])
        weighed = [pi * error for pi, error in zip(column, errors, strict=True)]
        pulls = [weighed[at] - weighed[at + 1] @ weights[at + 1] for at in range(len(weights) - 1)]
        z = [x, *[activity - rate * pull for activity, pull in zip(z[1:-1], pulls, strict=True)], y]
    return np.array(energies)


def test_an_edit_at_t_weighs_the_very_next_step() -> None:
    """A cell painted under the playhead acts at once: not a step late, and never backwards."""
    values = {**SMALL, "depth": 4, "activation": "linear", "skip": False, "parameterisation": "sp", "activity_lr": 0.2}
    before, after = "1,0.5;0.3;1,0.1;1", "1;2,0.5;0,0,0.7;0.4,1,0.9"
    experiment = Experiment(**values, precision_grid=before)
    weights = [np.asarray(w, np.float64) for w in experiment.network.by_layer(experiment.network.weights)]
    x, y = (np.asarray(a, np.float64) for a in experiment.batch)
    experiment.infer(3)
    assert experiment.change(precision_grid=after) == "live"
    experiment.infer(5)
    painted = [grid_cells(CONTROL.rows(text))[:4] for text in (before, after)]
    in_force = np.concatenate([painted[0][:, :3], painted[1][:, 3:8]], axis=1)
    expected = relax_by_hand(weights, x, y, 0.2, in_force)
    seen = experiment.relaxation
    np.testing.assert_allclose(np.sqrt(seen.layer_energies), np.sqrt(expected), rtol=2e-4, atol=2e-6)
    assert not np.allclose(relax_by_hand(weights, x, y, 0.2, painted[0][:, :8])[4], expected[4], rtol=1e-2)
    recorded = np.concatenate([painted[0][:, :4], painted[1][:, 4:9]], axis=1)  # row 3 was recorded before the edit
    np.testing.assert_allclose(seen.columns["layer_precision"], recorded.T, rtol=1e-6)


def test_painting_never_compiles() -> None:
    """A stroke of the brush is dozens of grids: each must be there at the next step."""
    experiment = Experiment(**SMALL)
    experiment.learn()
    experiment.change(precision_grid="1")
    experiment.infer(1)
    rng = np.random.default_rng(0)
    with compilations() as compiled:
        for _ in range(30):
            rows, columns = rng.integers(1, 1 + np.array(GRID_SHAPE) // 2)
            assert experiment.change(precision_grid=grid_text(rng.choice([0, 0.01, 0.3, 1], size=(rows, columns)))) == "live"
            experiment.infer(2)
            if experiment.infer_step >= experiment.planned_steps:
                experiment.update()
    assert compiled == []
    assert experiment.divergence is None


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_precision_recorded_is_the_precision_of_the_schedule(schedule: str) -> None:
    """The picture of the cause beside that of the effect: every layer's precision, also where the error has yet to come."""
    experiment = Experiment(**{**SMALL, "schedule": schedule}, precision_grid="0,1;1,0")
    record = experiment.learn()
    if schedule == "custom":
        expected = np.array([[0] + [1] * 8] * 3 + [[1] + [0] * 8] * 3)
    else:
        planned = values_of(schedule, 6, 8)
        expected = np.concatenate([planned, record.columns["layer_precision"][-1:].T], axis=1)  # past T, as the schedule goes on
    np.testing.assert_allclose(record.columns["layer_precision"], expected.T, rtol=1e-5, atol=1e-9)


def test_where_no_schedule_applies_every_precision_is_one() -> None:
    experiment = Experiment(**{**SMALL, "algorithm": "epc"}, precision_grid="0")
    assert (experiment.learn().columns["layer_precision"] == 1).all()


def test_incremental_learning_follows_the_grid_too() -> None:
    """Under iPC precision weighs both gradients: a grid of a schedule's values must be that schedule, weights and all."""
    values = {**SMALL, "algorithm": "ipc", "param_optimiser": "sgd", "parameterisation": "ntp"}
    named = Experiment(**{**values, "schedule": "decaying"})
    painted = Experiment(**values, precision_grid=grid_text(values_of("decaying", 6, 8).astype(float)))
    for _ in range(3):
        np.testing.assert_allclose(painted.learn().layer_energies, named.learn().layer_energies, rtol=1e-3, atol=1e-12)
    still = Experiment(**values, precision_grid="0")
    start = np.asarray(still.network.weights.readout)
    still.learn()
    np.testing.assert_array_equal(still.network.weights.readout, start)


@pytest.mark.parametrize("depth", [2, 3, 5, 8])
@pytest.mark.parametrize("rows", [1, 2, 3, 5, 8])
def test_a_grid_is_stretched_over_the_layers(rows: int, depth: int) -> None:
    """Layer l takes row ⌊(l − 1) R / L⌋: with a row for each layer the grid is exact."""
    grid = Grid(grid_cells([[float(row)] for row in range(1, rows + 1)]), rows)
    moment = Moment(jnp.arange(1, depth + 1), 5, depth, 3, jnp.asarray(0.1), jnp.asarray(1.0), grid)
    expected = [1 + (layer - 1) * rows // depth for layer in range(1, depth + 1)]
    np.testing.assert_array_equal(SCHEDULES["custom"].precision(moment), expected)


@given(rows=grids(CONTROL))
def test_a_grid_survives_being_written_down(rows: list[list[float]]) -> None:
    """If this fails, a link opens another grid than the one that was painted."""
    assert [list(row) for row in CONTROL.rows(grid_text(rows))] == rows


@given(rows=grids(CONTROL))
def test_equal_grids_have_equal_texts(rows: list[list[float]]) -> None:
    """If this fails, the page says that something changed when nothing did."""
    longer = [[*row, row[-1], row[-1]] for row in rows]
    spaced = " ; ".join(" , ".join(f"{number!r}" for number in row) for row in longer)
    assert CONTROL.check(spaced) == grid_text(rows)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,0.1;1,two", "'two' in row 2, column 2"),
        ("1,101", "from 0 to 100; '101' in row 1, column 2"),
        ("1;-1", "'-1' in row 2, column 1"),
        ("", "'' in row 1, column 1"),
        (";".join("1" * 33), "at most 32 rows; this one has 33"),
        ("1;" + ",".join("1" * 65), "row 2 has 65"),
        (";".join([",".join(["0.123", "0.456"] * 32)] * 32), "at most 6000 characters"),
    ],
)
def test_a_bad_grid_is_refused_with_the_place_where_it_is_bad(text: str, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        CONTROL.check(text)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"schedule": "custom"}, "9 rows"),
        ({"schedule": "custom", "precision": np.ones((3, 4))}, "9 rows"),
        ({"schedule": "custom", "precision": np.full((9, 2), -1.0)}, "-1 for layer 1 at t = 0"),
        ({"schedule": "custom", "precision": np.full((9, 2), np.nan)}, "finite"),
        ({"schedule": "spiking", "precision": np.ones((9, 4))}, "for the schedule 'custom'"),
    ],
)
@pytest.mark.usefixtures("float64")
def test_a_relaxation_says_which_precisions_it_takes(values: dict, words: str) -> None:
    net, x, y = network()
    with pytest.raises(SpecError, match=words):
        net.relax(x, y, 3, **values)
