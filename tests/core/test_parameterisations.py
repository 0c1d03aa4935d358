"""Weights and multipliers against the table of theory §1.1."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core.parameterisations import PARAMETERISATIONS, READOUT, normal_rows, shaped

KEY = jax.random.key(7)


def matrix(layer: int, rows: int, columns: int) -> jax.Array:
    """All rows of one layer."""
    return normal_rows(KEY, jnp.full((rows,), layer), jnp.arange(rows), columns)



@pytest.mark.parametrize(
    ("name", "skip", "expected"),
    [
        ("sp", True, (1, 1, 1 / 2)),
        ("sp_uniform", False, (1, 1, 1 / 2)),
        ("ntp", False, (1 / 5, 1 / 4, 1 / 8)),
        ("ntp", True, (1 / 5, 1 / 12, 1 / 8)),
        ("mupc", False, (1 / 5, 1 / 4, 1 / 32)),
        ("mupc", True, (1 / 5, 1 / 12, 1 / 32)),
    ],
)
def test_multipliers_are_those_of_the_table(name: str, skip: bool, expected: tuple[float, ...]) -> None:
    """Otherwise μPC on screen would be some other scaling."""
    multipliers = PARAMETERISATIONS[name].multipliers(n_inputs=25, width=16, depth=9, skip=skip, gamma=2.0)
    assert multipliers == pytest.approx(expected)


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (16, 7), (33, 64)])
def test_a_narrower_layer_is_the_corner_of_a_wider_one(shape: tuple[int, int]) -> None:
    """Otherwise a change of width would also be a change of weights, and the two runs could not be compared."""
    rows, columns = shape
    wide = matrix(3, 40, 70)
    np.testing.assert_array_equal(matrix(3, rows, columns), wide[:rows, :columns])


def test_a_stack_of_layers_is_drawn_as_its_layers_are() -> None:
    """Otherwise padding the depth, or drawing layers together, would change the weights of a seed."""
    numbers = jnp.array([2, 9, READOUT, 1])
    rows = jnp.tile(jnp.arange(6), len(numbers))
    stack = jax.jit(lambda layers: normal_rows(KEY, jnp.repeat(layers, 6), rows, 4))(numbers).reshape(-1, 6, 4)
    for number, drawn in zip(numbers, stack, strict=True):
        np.testing.assert_array_equal(drawn, matrix(int(number), 6, 4))
    assert len({float(layer[0, 0]) for layer in stack}) == len(numbers)


@pytest.mark.parametrize(("name", "variance"), [("sp", 1 / 64), ("sp_uniform", 1 / 192), ("ntp", 1.0), ("mupc", 1.0)])
def test_weights_have_the_variance_of_the_table(name: str, variance: float) -> None:
    """A factor of 3 in SP's variance decides whether a deep forward pass explodes; it must be the one that is named."""
    row = PARAMETERISATIONS[name]
    for spread in row.spreads(n_inputs=64, width=64):
        weights = np.asarray(spread * shaped(matrix(1, 500, 64), row.distribution == "uniform"))
        assert weights.dtype == np.float32
        assert weights.var() == pytest.approx(variance, rel=0.03)
        assert abs(weights.mean()) < 4 * np.sqrt(variance / weights.size)
        assert row.variance_factor * spread**2 == pytest.approx(variance)


def test_uniform_weights_are_uniform_and_keep_the_order_of_the_normal_draws() -> None:
    """The uniform variant is the same draw on another scale, so that switching to it changes one thing only."""
    draws = matrix(1, 300, 64)
    weights = np.asarray(shaped(draws, True)).ravel()
    assert PARAMETERISATIONS["sp_uniform"].spreads(25, 64) == (1 / 5, 1 / 8, 1 / 8)
    assert np.abs(weights).max() <= 1
    assert np.abs(np.sort(weights) - np.linspace(-1, 1, weights.size)).max() < 0.03
    order = np.argsort(np.asarray(draws).ravel(), kind="stable")
    assert (np.diff(weights[order]) >= 0).all()
