"""The two-weight landscape: heights, slopes and flows of F* and of the loss (arXiv 2305.18188, 2408.11979)."""

import jax
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from pcviz_core import Network, theory
from pcviz_core.measurements import Moment
from pcviz_core.measurements.saddles import CEILING, LANDSCAPE, STARTS
from pcviz_core.spec import ExperimentSpec

GOLDEN = (1 + np.sqrt(5)) / 2
CHAIN = theory.TwoWeights()


@pytest.mark.usefixtures("float64", "quick_compile")
@pytest.mark.parametrize("precision", [0.3, 1.0, 2.5])
def test_heights_are_those_of_the_chain_at_equilibrium_and_of_its_loss(precision):
    """A wrong sign of ⟨x y⟩ would put the valleys into the other two quadrants."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 7, 1))
    chain = theory.TwoWeights(precision, *(float(np.mean(a * b)) for a, b in ((x, x), (x, y), (y, y))))
    for w1, w2 in rng.normal(size=(4, 2)):
        net = Network.from_weights([np.array([[w1]]), np.array([[w2]])], output_precision=precision)
        np.testing.assert_allclose(chain.energy(w1, w2), theory.equilibrium(net, x, y).energy, rtol=1e-12)
        np.testing.assert_allclose(chain.loss(w1, w2) * precision, net.loss(x, y), rtol=1e-12)
        by_weights = np.array(jax.grad(chain.energy, (0, 1))(w1, w2)) / precision
        np.testing.assert_allclose(chain.energy_slope(w1, w2), by_weights, rtol=1e-10)
        np.testing.assert_allclose(chain.loss_slope(w1, w2), np.ravel(net.loss_gradients(x, y)) / precision, rtol=1e-10)


@pytest.mark.usefixtures("float64")
def test_the_saddle_of_the_energy_is_the_golden_ratios_and_that_of_the_loss_one():
    """The trap is flatter and the escape steeper: −1.618 and 0.618 against ±1."""
    energy, loss = CHAIN.origin_curvatures()
    np.testing.assert_allclose(energy, [-GOLDEN, 1 / GOLDEN])
    np.testing.assert_allclose(loss, [-1, 1])
    found = theory.weight_spectra([np.zeros((1, 1))] * 2, np.ones((1, 1)), -np.ones((1, 1)))
    np.testing.assert_allclose(found.energy, energy, atol=1e-12)
    np.testing.assert_allclose(found.loss, loss, atol=1e-12)


@pytest.mark.parametrize("precision", [1e-4, 1.0, 100.0])
def test_each_flow_goes_down_its_own_landscape_to_a_solution(precision):
    chain = theory.TwoWeights(precision)
    for height, paths in zip((chain.energy, chain.loss), chain.flows(STARTS), strict=True):
        assert paths.shape == (6, 49, 2)
        heights = height(*paths.transpose(2, 0, 1))
        assert (np.diff(heights, axis=1) < 1e-12 * height(0, 0)).all()
        np.testing.assert_allclose(paths[:, -1].prod(axis=1), -1, atol=1e-3)
        np.testing.assert_array_equal(paths[:, 0], STARTS)


def test_paths_have_the_shape_of_exact_gradient_flow():
    """Held to an adaptive solver of high order, at the same distance along the path."""
    for slope, paths in zip((CHAIN.energy_slope, CHAIN.loss_slope), CHAIN.flows(STARTS), strict=True):
        for path in paths:
            exact = solve_ivp(lambda _, w, slope=slope: -slope(*w), (0, 60), path[0], rtol=1e-9, atol=1e-12, max_step=0.01).y.T
            along = np.r_[0, np.hypot(*np.diff(exact, axis=0).T).cumsum()]
            wanted = np.linspace(0, along[-1], len(path))
            expected = np.stack([np.interp(wanted, along, coordinate) for coordinate in exact.T], axis=1)
            np.testing.assert_allclose(path, expected, atol=3e-3)


def test_a_small_output_precision_turns_predictive_coding_into_backpropagation():
    """The λ slider's promise on this panel; at λ = 1 the two part."""
    for precision, apart in ((1e-4, False), (1.0, True)):
        pc, bp = theory.TwoWeights(precision).flows(STARTS)
        assert (abs(pc - bp).max() > 0.05) == apart
        assert apart or abs(pc - bp).max() < 2e-3


def test_the_panel_draws_rows_of_constant_second_weight_cut_above_the_saddle():
    """Transposed, the flat direction of F* would lie along the wrong axis and the paths cross its walls."""
    moment = Moment(ExperimentSpec(output_precision=2.0), 0, 0)
    columns, memory = LANDSCAPE.measure(moment, None)
    w1, w2 = columns["landscape_w1"], columns["landscape_w2"]
    chain = theory.TwoWeights(2.0)
    for name, height in (("energy", chain.energy), ("loss", chain.loss)):
        field = columns[f"landscape_{name}"].reshape(len(w2), len(w1))
        assert field.max() == CEILING * height(0, 0)
        for i, j in ((20, 35), (35, 20), (10, 27), (38, 3)):
            assert field[j, i] == pytest.approx(min(height(w1[i], w2[j]), field.max()))
    flows = chain.flows(STARTS)
    for way, paths in zip(("pc", "bp"), flows, strict=True):
        drawn = np.stack([columns[f"landscape_{way}_w1"], columns[f"landscape_{way}_w2"]], axis=1)
        assert np.isnan(drawn).any(axis=1).sum() == len(STARTS) - 1
        np.testing.assert_array_equal(drawn[~np.isnan(drawn).any(axis=1)], paths.reshape(-1, 2))
    other = Moment(ExperimentSpec(output_precision=0.5), 0, 0)
    assert LANDSCAPE.measure(moment, memory)[0] is columns
    assert not np.array_equal(LANDSCAPE.measure(other, memory)[0]["landscape_energy"], columns["landscape_energy"])
