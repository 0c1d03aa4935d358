"""Precision schedules against worked values and against the sums that define them."""

from math import exp

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core.schedules import SCHEDULES, Grid, Moment

GRID = Grid(np.array([[0.5, 0.25, 2.0], [1.0, 0.0, 0.0]]), 2)


def table(name: str, depth: int, n_steps: int, planned_steps: int, alpha: float = 0.001, k: float = 1.0) -> np.ndarray:
    """π_l(t) with a row for each layer 1..L and a column for each t."""
    layers = jnp.arange(1, depth + 1)
    schedule = jax.jit(SCHEDULES[name].precision)
    parameters = (depth, planned_steps, jnp.asarray(alpha), jnp.asarray(k), GRID)
    return np.stack([schedule(Moment(layers, t, *parameters)) for t in range(n_steps)], axis=1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ones", [[1, 1, 1, 1]] * 3),
        ("spiking", [[0.001, 0.001, 1, 0.001], [0.001, 1, 0.001, 0.001], [1, 0.001, 0.001, 0.001]]),
        ("spiking_rate", [[1, 1, 1, 1]] * 3),
        ("decaying", [[0, 0, 1, 0.005032], [0, 1, 0.005530, 0.002034], [1, 0.005713, 0.002102, 0.000773]]),
        (
            "decaying_early",
            [[0, 0, 0.731059, 0.268941], [0, 0.665241, 0.244728, 0.090031], [0.643914, 0.236883, 0.087144, 0.032059]],
        ),
        ("custom", [[0.5, 0.25, 2, 2], [0.5, 0.25, 2, 2], [1, 0, 0, 0]]),
    ],
)
def test_schedules_give_the_worked_values_of_three_layers_over_four_steps(name: str, expected: list[list[float]]) -> None:
    """The schedule drawn beside the energies would be another one than the paper's."""
    np.testing.assert_allclose(table(name, depth=3, n_steps=4, planned_steps=4), expected, atol=6e-7)


@pytest.mark.parametrize("k", [0.0, 1e-3, 0.3, 1.0, 5.0])
def test_the_early_decay_of_each_layer_sums_to_one_over_the_planned_steps(k: float) -> None:
    """The closed form of the sum must hold at k = 0 too, where the slider starts."""
    precision = table("decaying_early", depth=5, n_steps=9, planned_steps=9, k=k)
    np.testing.assert_allclose(precision.sum(axis=1), 1, rtol=1e-5)


def test_decaying_keeps_its_scale_past_the_planned_steps() -> None:
    """Stepping on past T must not jump: the sum is the one that was planned."""
    precision = table("decaying", depth=3, n_steps=8, planned_steps=4)
    scale = sum(exp(-j) for j in range(3)) / 100  # layer 2 has arrival step 1, so three planned steps
    np.testing.assert_allclose(precision[1, 2:], [scale * exp(-j) for j in range(1, 7)], rtol=1e-5)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_layer_that_was_not_planned_to_be_reached_still_has_a_finite_precision(name: str) -> None:
    """Continuing a relaxation with T < L must not turn the picture into NaN."""
    precision = table(name, depth=6, n_steps=10, planned_steps=2)
    assert np.isfinite(precision).all()
    assert (precision >= 0).all()


def test_only_the_rate_schedule_replaces_the_activity_rate() -> None:
    """Its rate is 1 at t = L − 1 − l, the step that first moves layer l; elsewhere it is alpha."""
    layers = jnp.arange(1, 4)
    rates = [SCHEDULES["spiking_rate"].rate(layers, t, 3, activity_lr=0.5, alpha=0.25) for t in range(3)]
    np.testing.assert_allclose(rates, [[0.25, 1, 0.25], [1, 0.25, 0.25], [0.25, 0.25, 0.25]])
    for name in SCHEDULES.keys() - {"spiking_rate"}:
        np.testing.assert_allclose(SCHEDULES[name].rate(layers, 1, 3, activity_lr=0.5, alpha=0.25), 0.5)


def test_schedules_keep_the_precision_of_the_numbers_given() -> None:
    """Reference tests run in float64; a schedule that fell back to float32 would cap them at seven digits."""
    with jax.enable_x64(True):
        for schedule in SCHEDULES.values():
            moment = Moment(jnp.arange(1, 4), 1, 3, 4, jnp.asarray(0.001), jnp.asarray(1.0), GRID)
            assert schedule.precision(moment).dtype == jnp.float64
            assert schedule.rate(jnp.arange(1, 4), 1, 3, 0.1, 0.001).dtype == jnp.float64
