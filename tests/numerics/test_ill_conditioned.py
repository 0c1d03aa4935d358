"""Networks in which float32 has lost the smallest curvature: the figures must be those of float64, or say that they are not."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcviz_core import Experiment, Network, PcvizError, theory

pytestmark = pytest.mark.usefixtures("quick_compile")
X, Y = np.zeros((1, 6)), np.zeros((1, 3))


def weights_of(width, depth, seed, gain=1.0):
    """SP weights, drawn in float32 as those of a run are."""
    rng, sizes = np.random.default_rng(seed), [6, *[width] * (depth - 1), 3]
    pairs = pairwise(sizes)
    return [(gain * rng.normal(size=(o, i)) / np.sqrt(i)).astype(np.float32) for i, o in pairs]


def dense_hessian(weights):
    """(2.7) by numpy alone, with skips, in float64."""
    n, hidden = len(weights[1]), len(weights) - 1
    maps = [np.eye(n) + w.astype(np.float64) for w in weights[1:-1]] + [weights[-1].astype(np.float64)]
    matrix = np.zeros((hidden * n, hidden * n))
    for row, above in enumerate(maps):
        here = slice(row * n, (row + 1) * n)
        matrix[here, here] = np.eye(n) + above.T @ above
        if row + 1 < hidden:
            there = slice((row + 1) * n, (row + 2) * n)
            matrix[there, here], matrix[here, there] = -above, -above.T
    return matrix


def factor(weights):
    """A with H = AᵀA: its singular values, squared, are right to κ^½ times rounding, where those of H are to κ times it."""
    n, hidden = len(weights[1]), len(weights) - 1
    matrix = np.zeros((hidden * n + len(weights[-1]), hidden * n))
    matrix[: hidden * n] = np.eye(hidden * n)
    for row, w in enumerate(weights[1:-1]):
        matrix[(row + 1) * n : (row + 2) * n, row * n : (row + 1) * n] = -(np.eye(n) + w.astype(np.float64))
    matrix[hidden * n :, -n:] = weights[-1].astype(np.float64)
    return matrix


@pytest.mark.parametrize(("width", "seed"), [(8, 0), (16, 1), (24, 2)])
def test_the_condition_number_of_a_deep_float32_network_is_that_of_float64(width, seed):
    """SP with skips at L = 33: computed in float32 it was nan, or 85 times off, without a word."""
    weights = weights_of(width, 33, seed)
    eigenvalues = np.linalg.eigvalsh(dense_hessian(weights))
    kappa = eigenvalues[-1] / eigenvalues[0]
    net = Network.from_weights(weights, parameterisation="sp", skip=True)
    assert kappa > 1e4
    assert net.dtype == np.float32
    assert theory.condition_number(net, X, Y) == pytest.approx(kappa, rel=1e-3)
    spectra, (ends, _) = theory.feedforward_spectra(net, X, Y), theory.feedforward_ends(net, X, Y)
    assert spectra.activities[-1] / spectra.activities[0] == pytest.approx(kappa, rel=1e-3)
    assert ends.condition_number == pytest.approx(kappa, rel=1e-3)
    singular = np.linalg.svd(factor(weights), compute_uv=False)
    assert ends.condition_number == pytest.approx((singular[0] / singular[-1]) ** 2, rel=1e-3)


def test_where_float64_ends_there_is_a_sentence_and_on_the_page_a_bound():
    """A number that is rounding alone must not be printed as a condition number."""
    weights = weights_of(12, 65, 3, gain=2.0)
    net = Network.from_weights(weights, parameterisation="sp", skip=True)
    singular = np.linalg.svd(factor(weights), compute_uv=False)
    assert (singular[0] / singular[-1]) ** 2 > 1e17
    with pytest.raises(PcvizError, match=r"could not be found: .* float64 ends near 1e13"):
        theory.condition_number(net, X, Y)
    run = Experiment(
        depth=65, width=12, parameterisation="custom", width_exponent=-0.3, init_exponent=1.0, depth_exponent=0.0,
        activation="linear", dataset="blobs", batch_size=8,
    )
    numbers = run.measure("conditioning")["conditioning"]
    assert (numbers[2], numbers[5]) == (2, 3)
    assert numbers[4] > 1e11


@pytest.mark.parametrize(("width", "depth"), [(512, 8), (64, 4)])
def test_the_condition_number_in_error_coordinates_is_at_least_one(width, depth):
    """In a wide μPC network all its eigenvalues lie near 1: two searches ended in the wrong order, and the page had 0.984."""
    rng = np.random.default_rng(0)
    sizes = [6, *[width] * (depth - 1), 10]
    weights = [rng.normal(size=(o, i)).astype(np.float32) for i, o in pairwise(sizes)]
    net = Network.from_weights(weights, parameterisation="mupc", skip=True)
    _, errors = theory.feedforward_ends(net, X, np.zeros((1, 10)))
    largest = np.linalg.eigvalsh(np.asarray(theory.equilibrium(net, X, np.zeros((1, 10))).rescaling, np.float64))[-1]
    assert errors.condition_number >= 1
    assert errors.condition_number == pytest.approx(largest, rel=1e-4)


@settings(max_examples=25)
@given(
    st.integers(2, 12), st.integers(1, 12), st.sampled_from(["sp", "sp_uniform", "ntp", "mupc"]), st.booleans(),
    st.sampled_from(["linear", "tanh", "relu"]), st.floats(0.01, 100), st.integers(0, 99),
)
def test_no_condition_number_is_below_one(depth, width, parameterisation, skip, activation, precision, seed):
    """It is a ratio of the largest magnitude to the smallest."""
    rng, sizes = np.random.default_rng(seed), [6, *[width] * (depth - 1), 3]
    weights = [rng.normal(size=(o, i)).astype(np.float32) for i, o in pairwise(sizes)]
    net = Network.from_weights(
        weights, activation=activation, parameterisation=parameterisation, skip=skip, output_precision=precision
    )
    x, y = rng.normal(size=(1, 6)), rng.normal(size=(1, 3))
    assert all(ends.condition_number >= 1 for ends in theory.feedforward_ends(net, x, y))
