"""How much sooner predictive coding leaves the origin than backpropagation, at one rate and one normalisation (T23, E2, E4)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core import Network, PcvizError, theory
from pcviz_core.measurements.saddles import _race_columns
from pcviz_core.theory.escape import draw_start
from pcviz_core.theory.saddles import energy_and_loss
from tests.numerics.nets import distance

WIDTH, N_STEPS, INFERENCE = 4, 5, {"n_inference_steps": 7, "activity_lr": 0.2}


def data(n_samples=6):
    rng = np.random.default_rng(n_samples)
    return jnp.asarray(rng.normal(size=(n_samples, 3))), jnp.asarray(rng.normal(size=(n_samples, 2)))


def start(depth, seed):
    """The race's own starting weights before they are scaled, without padding."""
    weights = draw_start(jnp.asarray(seed), depth, WIDTH, 3, 2, jnp.float64)
    return [weights.embed, *weights.blocks[len(weights.blocks) - depth + 2 :], weights.readout]


def relaxed(weights, x, y):
    net = Network.from_weights(weights)
    relaxation = net.relax(x, y, INFERENCE["n_inference_steps"], INFERENCE["activity_lr"])
    return net.weight_gradients(relaxation.activities, x, y)


GRADIENTS = {
    "pc": relaxed,
    "equilibrium": lambda weights, x, y: jax.grad(lambda w: energy_and_loss(w, x, y)[0])(weights),
    "bp": lambda weights, x, y: jax.grad(lambda w: energy_and_loss(w, x, y)[1])(weights),
}


@pytest.mark.usefixtures("float64", "quick_compile")
@pytest.mark.parametrize("depth", [2, 4])
def test_each_contender_follows_its_own_gradient(depth):
    """Inference by the engine, F* of (2.2) and the loss by automatic differentiation: else the race compares other things."""
    x, y = data()
    race = theory.escape_race(
        depth, WIDTH, x, y, n_steps=N_STEPS, seeds=(3, 8), init_std=0.6, param_lr=0.05, **INFERENCE
    )
    for way, gradient in GRADIENTS.items():
        weights, curve = [0.6 * w for w in start(depth, 8)], []
        for _ in range(N_STEPS):
            curve.append(float(energy_and_loss(weights, x, y)[1]))
            weights = [w - 0.05 * g for w, g in zip(weights, gradient(weights, x, y), strict=True)]
        np.testing.assert_allclose(getattr(race, way)[1], curve, rtol=1e-9)
    assert abs(race.pc[1, -1] / race.bp[1, -1] - 1) > 1e-3
    assert (race.pc[0] != race.pc[1]).any()


@pytest.mark.usefixtures("float64", "quick_compile")
def test_a_small_batch_of_the_same_moments_teaches_a_linear_network_the_same():
    """It stands for the whole training set in the saddle panels; other moments would be other data."""
    x, y = data(40)
    small = theory.equivalent_batch(x, y)
    assert [a.shape for a in small] == [(5, 3), (5, 2)]
    for (a, b), (c, d) in zip(((x, x), (x, y), (y, y)), ((0, 0), (0, 1), (1, 1)), strict=True):
        np.testing.assert_allclose(small[c].T @ small[d] / 5, np.asarray(a.T @ b) / 40, atol=1e-12)
    weights = start(4, 1)
    for gradient in GRADIENTS.values():
        assert distance(gradient(weights, *map(jnp.asarray, small)), gradient(weights, x, y)) < 1e-10


def test_reduced_inputs_are_the_leading_principal_directions():
    """The panels say that they show the first eight; the smallest would make every saddle flatter."""
    x, y = (np.asarray(a) for a in data(40))
    reduced, _ = theory.equivalent_batch(x, y, n_inputs=2)
    assert reduced.shape == (4, 2)
    np.testing.assert_allclose(reduced.T @ reduced / 4, np.diag(np.linalg.eigvalsh(x.T @ x / 40)[:0:-1]), atol=1e-12)


@pytest.mark.usefixtures("float64", "quick_compile")
def test_a_chain_leaves_the_origin_at_the_rates_of_the_two_saddles():
    """One hidden unit, x = 1, y = −3/2: rates 3 down F* and 3/2 down the loss. "A steeper escape" is this factor."""
    rate, y = 0.005, 1.5
    x = jnp.ones((1, 1))
    race = theory.escape_race(
        2, 1, x, -y * x, n_steps=4000, init_std=1e-4, param_lr=rate, n_inference_steps=150, activity_lr=0.1
    )
    assert race.bp[0, -1] < 1e-6
    for curve, expected in zip(race, (3.0, 3.0, 1.5), strict=True):
        product = y - np.sqrt(2 * curve[0])  # −w_1 w_2, which grows like the square of a weight
        near = (product > 1e-6) & (product < 1e-3)
        growth = np.polyfit(np.flatnonzero(near), np.log(product[near]), 1)[0]
        assert np.expm1(growth / 2) / rate == pytest.approx(expected, rel=0.05)


@pytest.fixture(scope="module")
def chains():
    """The medians of the three by hidden units, as in the paper's figure 2: 60 seeds each."""
    n_steps, seeds = 5000, np.arange(60)
    x, y = (a.astype(np.float32) for a in theory.chain_batches(n_steps, seeds))
    races = {depth - 1: theory.escape_race(depth, 1, x, y, n_steps=n_steps, seeds=seeds) for depth in (2, 3, 4)}
    medians = lambda race: [float(np.median(np.nan_to_num(s, nan=np.inf))) for s in race.steps_below(0.25)]  # noqa: E731
    return {hidden: medians(race) for hidden, race in races.items()}


@pytest.mark.slow
def test_chains_escape_after_the_numbers_of_steps_that_an_independent_run_took(chains):
    """E2: BP 10, 82, 1650 and PC 8, 24, 102 steps to a loss of 0.25, medians of another implementation and other draws."""
    for hidden, (bp, pc) in {1: (10, 8), 2: (82, 24), 3: (1650, 102)}.items():
        assert chains[hidden][0] == pytest.approx(pc, rel=0.3)
        assert chains[hidden][2] == pytest.approx(bp, rel=0.3)


@pytest.mark.slow
def test_predictive_coding_leaves_the_origin_of_a_chain_sooner_than_backprop(chains):
    """T23: the race of the saddle lesson; and to settle fully is never slower than 20 inference steps."""
    for hidden, ratio in ((1, 1), (2, 2), (3, 5)):
        pc, equilibrium, bp = chains[hidden]
        assert pc * ratio < bp
        assert equilibrium <= pc


def test_the_chains_batches_are_fresh_samples_of_their_law():
    """One number stands for 64: its square is the mean of squares, 1.01 on average; the same seed gives the same numbers."""
    x, y = theory.chain_batches(500, (4, 5))
    assert x.shape == (2, 500, 1, 1)
    assert (y == -x).all()
    assert np.mean(x**2) == pytest.approx(1.01, abs=3 * 0.2 / np.sqrt(2 * 500 * 64))
    assert np.std(x**2) == pytest.approx(0.2 / 8, rel=0.1)
    assert (x[1] == theory.chain_batches(500, 5)[0][0]).all()
    assert (x[0] != x[1]).all()


def test_who_has_not_escaped_is_given_a_lower_bound_and_who_diverged_nothing():
    """"0 steps" for a network that never moved would make it the winner."""
    falling, flat, gone = np.linspace(1, 0, 101), np.ones(101), np.r_[np.ones(50), np.full(51, np.nan)]
    columns = _race_columns("race", theory.EscapeRace(falling[None], flat[None], gone[None]), 0.5, [3])
    np.testing.assert_array_equal(columns["race"], [51, 0, 101, 3, np.nan, 0, 3])
    steps = columns["race_step"].astype(int)
    np.testing.assert_array_equal(columns["race_pc"], falling[steps])
    assert np.isnan(columns["race_bp"][steps >= 50]).all()
    assert np.isfinite(columns["race_bp"][steps < 50]).all()


def test_a_race_of_what_does_not_go_together_is_refused_with_a_sentence():
    one = np.ones((2, 1))
    for arguments, sentence in (
        ((1, 1, one, one), "`depth` is a whole number from 2"),
        ((2, 1, one, one[:1]), "shapes"),
        ((2, 1, np.ones((1, 4, 2, 1)), np.ones((1, 4, 2, 1))), r"\(1, 4\) seeds and steps, where \(1, 3\)"),
    ):
        with pytest.raises(PcvizError, match=sentence):
            theory.escape_race(*arguments, n_steps=3)
