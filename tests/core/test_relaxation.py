"""The loop of the engine: slices, padding and chunking are ways to compute, and may not show."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core import Network
from pcviz_core.inference import RULES
from pcviz_core.relaxation import Clamped, Knobs, Method, State, advance, begin, slices
from pcviz_core.schedules import SCHEDULES, Grid
from tests.numerics.nets import padded

PLAIN = Method()


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64(True):
        yield


def network(depth: int, activation: str = "tanh", skip: bool = True, position: str = "before") -> Network:
    rng = np.random.default_rng(depth)
    shapes = [(7, 5)] + [(7, 7)] * (depth - 2) + [(3, 7)]
    weights = [rng.normal(size=shape) for shape in shapes]
    return Network.from_weights(
        weights, activation=activation, activation_position=position, parameterisation="ntp", skip=skip
    )


def data() -> tuple[jax.Array, jax.Array]:
    rng = np.random.default_rng(1)
    return jnp.asarray(rng.normal(size=(4, 5))), jnp.asarray(rng.normal(size=(4, 3)))


def relaxed(
    net: Network, n: int, *, method: Method = PLAIN, disturbed: bool = False, decay: float = 0.0
) -> tuple[State, dict]:
    x, y = data()
    clamped = Clamped(net.predict_first(x), y)
    values = {"activity_lr": 0.2, "momentum": 0.5, "activity_decay": decay, "alpha": 0.01, "decay_rate": 1.0}
    bounds = {"tolerance": 0.0, "first_total": np.inf}
    cells = np.random.default_rng(2).choice([0.0, 0.1, 1.0, 2.0], size=(5, 9))  # precisions that heed no wavefront
    knobs = Knobs(
        **{name: jnp.asarray(value) for name, value in {**values, **bounds}.items()}, precision_grid=Grid(jnp.asarray(cells), 5)
    )
    steps = jnp.asarray(n, jnp.int32)
    state = begin(net, clamped, net.feedforward_rows(x), steps, knobs, method, fed=not disturbed)
    state = replace(state, initial_total=jnp.asarray(np.inf))
    observe = lambda view: {"energy": view.layer_energies, "last": view.activities[-1, 0]}  # noqa: E731
    how = {"method": method, "observe": observe, "capacity": n, "sizes": slices(net.rows)}
    run = jax.jit(lambda s: advance(net, clamped, s, knobs, steps, **how))
    state, records, done = run(state)
    assert int(done) == n
    return state, records


@pytest.mark.parametrize("depth", [2, 3, 9, 20])
@pytest.mark.parametrize("rows", [1, 14])
def test_padding_changes_no_number(depth: int, rows: int) -> None:
    """Masked depth is true depth: a padded layer that leaked would bend every curve near the input."""
    plain, plain_rows = relaxed(network(depth), 30)
    wide, wide_rows = relaxed(padded(network(depth), rows), 30)
    np.testing.assert_allclose(wide_rows["energy"][:, rows:], plain_rows["energy"], rtol=1e-9, atol=1e-30)
    np.testing.assert_array_equal(wide_rows["energy"][:, :rows], 0)
    np.testing.assert_allclose(wide.view.activities[rows:], plain.view.activities, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(wide.view.activities[:rows], 0)


@pytest.mark.parametrize(
    "method",
    # Not Adam: it makes full steps of the rounding noise that lies ahead of the error where slices are off.
    [*(Method(schedule=name) for name in SCHEDULES), *(Method(rule=name) for name in RULES if name != "adam")],
    ids=str,
)
def test_slices_that_follow_the_error_are_the_whole_stack_at_less_work(method: Method) -> None:
    """`disturbed` turns the slices off: the answer must be the same, layers ahead of the error at exactly 0."""
    net = network(18, position="after" if method.rule == "gradient_descent" else "before")
    sliced, rows = relaxed(net, 25, method=method)
    whole, all_rows = relaxed(net, 25, method=method, disturbed=True)
    np.testing.assert_allclose(sliced.view.activities, whole.view.activities, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(np.sqrt(rows["energy"]), np.sqrt(all_rows["energy"]), rtol=1e-9, atol=1e-15)
    for t in range(1, 17):
        ahead = max(18 - (method.reach or 18) * t - 1, 0)
        assert (rows["energy"][t - 1][:ahead] == 0).all()


def test_activity_decay_moves_every_layer_at_once() -> None:
    """Decay acts ahead of the error, so the layers that slices leave out would otherwise stay still."""
    net = network(12, activation="linear")
    x, _ = data()
    state, rows = relaxed(net, 1, decay=0.5)
    feedforward = net.feedforward_rows(x)
    np.testing.assert_allclose(state.view.activities[:-1], feedforward[:-1] * (1 - 0.2 * 0.5), rtol=1e-12)
    assert (rows["energy"][0] > 0).all()


@pytest.mark.parametrize("rows", [1, 2, 7, 15, 31, 63, 127, 255])
def test_slices_grow_to_the_whole_stack_and_are_few_at_any_depth(rows: int) -> None:
    """A slice more with each doubling of depth would make compile time grow with depth."""
    sizes = slices(rows)
    assert sizes == sorted(set(sizes))
    assert sizes[-1] == rows
    assert len(sizes) <= 4
