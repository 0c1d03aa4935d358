"""The family of parameterisations: what width and depth do to each member, against the exponents of theory §1.3."""

from functools import lru_cache
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core import Network, theory
from pcviz_core.learning import descend, direction, start_optimiser
from pcviz_core.network import Weights
from pcviz_core.parameterisations import PARAMETERISATIONS, Exponents, parameterisation_of
from tests.numerics.nets import NAMED, draw_batch, draw_network

pytestmark = pytest.mark.usefixtures("float64", "quick_compile")

WIDTHS = (64, 128, 256, 512)
DEPTH = 4
MUPC = PARAMETERISATIONS["mupc"].exponents


def slope(values: list, of: tuple[int, ...]) -> np.ndarray:
    """The exponent p of values ∝ ofᵖ: least squares in the logarithms, one for each column."""
    return np.polynomial.polynomial.polyfit(np.log(of), np.log(values), 1)[1]


def custom(seed: int, exponents: Exponents, **choices) -> Network:
    return draw_network(seed, "custom", exponents=exponents, **choices)


class Moved(NamedTuple):
    """How far one learning step moved the output and the last features, in rms, for each unit of settled output error."""

    output: float
    features: float


def one_step(seed: int, exponents: Exponents, *, rate_follows: bool, optimiser: str = "sgd", **shape) -> Moved:
    """One learning step at equilibrium, so small that it is the linear response."""
    net = custom(seed, exponents, n_inputs=16, n_outputs=1, **shape)
    scale = parameterisation_of("custom", exponents).rate_scale(optimiser, net.width, net.depth, net.skip)
    rate = 1e-6 * (scale if rate_follows else 1.0)
    x, y = draw_batch(seed, net, batch=1)
    before, output = net.feedforward(x)
    settled = theory.equilibrium(net, x, y)
    first, *blocks, last = net.weight_gradients(settled.activities, x, y)
    gradient = Weights(first, jnp.stack(blocks), last)
    along, _ = direction(optimiser, gradient, start_optimiser(optimiser, net.weights))
    moved = descend(net.weights, along, jnp.asarray(rate))
    stepped = Network.from_weights(net.by_layer(moved), parameterisation="custom", exponents=exponents, skip=net.skip)
    after, new_output = stepped.feedforward(x)
    # Adam does not see the size of the error.
    error = float(jnp.sqrt(2 * settled.layer_energies[-1])) if optimiser == "sgd" else 1.0
    return Moved(
        float(jnp.abs(new_output - output)[0, 0]) / error / 1e-6,
        float(jnp.sqrt(jnp.mean((after[-1] - before[-1]) ** 2))) / error / 1e-6,
    )


@lru_cache
def moved_by_width(exponents: Exponents, rate_follows: bool, optimiser: str = "sgd") -> list[Moved]:
    """Means over seeds, for each width."""
    steps = {"rate_follows": rate_follows, "optimiser": optimiser, "depth": DEPTH}
    runs = [[one_step(seed, exponents, width=width, **steps) for seed in range(6)] for width in WIDTHS]
    return [Moved(*np.mean(run, axis=0)) for run in runs]


@pytest.mark.parametrize(
    "exponents",
    [
        MUPC,
        Exponents(width=0.25, init=0.5),
        Exponents(width=0.0, init=1.0),
        Exponents(width=0.5, init=0.4),
        Exponents(width=0.2, init=0.0),
    ],
    ids=str,
)
def test_activities_grow_with_width_as_two_a_plus_b_says(exponents):
    """Otherwise the page would call a network stable whose activities explode as it is made wider."""
    moments = []
    for width in WIDTHS:
        by_seed = []
        for seed in range(8):
            net = custom(seed, exponents, depth=DEPTH, width=width, n_inputs=16)
            x, _ = draw_batch(seed, net, batch=2)
            by_seed.append([float(jnp.mean(z**2)) for z in net.feedforward(x)[0]])
        moments.append(np.mean(by_seed, axis=0))
    judged = theory.verdict(parameterisation_of("custom", exponents), skip=False)
    np.testing.assert_allclose(slope(moments, WIDTHS), judged.activity_growth * np.arange(1, DEPTH), atol=0.12)
    assert judged.keeps_activities == (abs(judged.activity_growth) < 1e-9)


@pytest.mark.parametrize(
    "exponents",
    [
        MUPC,
        PARAMETERISATIONS["ntp"].exponents,
        Exponents(output=0.25),
        Exponents(width=0.25, init=0.5, rate=0.5),
        Exponents(rate=0.5),
        Exponents(width=0.0, init=1.0, rate=0.0, output=0.0, depth=0.0),
    ],
    ids=str,
)
def test_one_learning_step_moves_output_and_features_with_width_as_the_verdict_says(exponents):
    """Otherwise "lazy", "learns features" and "stable" would be words; SP's step must grow, NTP's features must freeze."""
    moved = moved_by_width(exponents, rate_follows=True)
    judged = theory.verdict(parameterisation_of("custom", exponents), skip=False)
    output, features = slope([list(each) for each in moved], WIDTHS)
    assert output == pytest.approx(judged.output_growth, abs=0.12)
    assert features == pytest.approx(judged.feature_growth, abs=0.12)


def test_the_scaled_rule_moves_the_output_of_mupc_alike_at_any_width_and_the_unscaled_ever_less():
    """The reason for the rule: at the rate as given, SGD on a wide μPC network hardly learns."""
    scaled, unscaled = (np.array(moved_by_width(MUPC, follows))[:, 0] for follows in (True, False))
    assert scaled.max() / scaled.min() < 1.3
    np.testing.assert_allclose(scaled / unscaled, WIDTHS, rtol=1e-6)


@pytest.mark.parametrize(
    ("exponents", "expected"),
    [(MUPC, 0), (Exponents(width=0.25, init=0.5, rate=0.5), 0), (Exponents(rate=0.5), -0.25)],
    ids=str,
)
def test_adams_scaled_rate_moves_features_with_width_as_two_a_plus_c_says(exponents, expected):
    """(1.4): its power of N is the one under which the same network, written another way, learns the same."""
    moved = moved_by_width(exponents, rate_follows=True, optimiser="adam")
    assert slope([each.features for each in moved], WIDTHS) == pytest.approx(expected, abs=0.12)


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_a_member_written_another_way_learns_the_same(optimiser):
    """(a + ϑ, b − 2ϑ, c − 2ϑ) is one network: if the rates disagreed, sliding along the stable line would change the run."""
    written, rewritten = Exponents(), Exponents(width=0.25, init=0.5, rate=0.5)
    steps = {"rate_follows": True, "optimiser": optimiser, "depth": DEPTH, "width": 32, "skip": True}
    np.testing.assert_allclose(one_step(3, written, **steps), one_step(3, rewritten, **steps), rtol=1e-3)


@pytest.mark.parametrize("depth_exponent", [0.25, 0.5, 1.0])
def test_activities_grow_with_depth_as_the_branches_say(depth_exponent):
    """(1.5): below ½ the residual stream explodes; ½ keeps it, and 1 leaves it almost alone."""
    for depth in (9, 33):
        ends = []
        for seed in range(8):
            net = custom(seed, Exponents(depth=depth_exponent), skip=True, depth=depth, width=128, n_inputs=16)
            x, _ = draw_batch(seed, net, batch=2)
            ends.append(float(jnp.mean(net.feedforward(x)[0][-1] ** 2) / jnp.mean(x**2)))
        growth = 1 + depth ** (-2 * depth_exponent)
        assert np.mean(ends) == pytest.approx(growth ** (depth - 2), rel=0.25)
    judged = theory.verdict(parameterisation_of("custom", Exponents(depth=depth_exponent)), skip=True)
    assert judged.keeps_depth == (depth_exponent >= 0.5)


@pytest.mark.parametrize(("output_exponent", "halves"), [(0.5, 0.5), (0.25, 2**-0.5), (0.0, 1.0)])
def test_the_rescaling_falls_with_width_as_the_output_exponent_says(output_exponent, halves):
    """(1.8): S → I is why PC becomes backpropagation in a wide μPC network and never in a lazy one."""
    def excess(width: int) -> float:
        found = []
        for seed in range(12):
            net = custom(seed, Exponents(output=output_exponent), skip=True, depth=DEPTH, width=width, n_outputs=4)
            found.append(np.trace(theory.equilibrium(net, *draw_batch(seed, net, batch=1)).rescaling) / 4 - 1)
        return float(np.mean(found))

    assert excess(128) / excess(64) == pytest.approx(halves, rel=0.1)
    judged = theory.verdict(parameterisation_of("custom", Exponents(output=output_exponent)), skip=True)
    assert judged.tends_to_backprop == (output_exponent > 0)


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("skip", [True, False])
def test_a_named_member_and_its_exponents_are_one_function(name, skip):
    """SP is written with 1/D in the draw of layer 1: the family must give the same network at the start, uniform law aside."""
    row = PARAMETERISATIONS[name]
    family = parameterisation_of("custom", row.exponents)
    shape, net = (25, 16), (25, 16, 9, skip, 2.0)
    together = [np.multiply(r.spreads(*shape), r.multipliers(*net)) for r in (row, family)]
    np.testing.assert_allclose(*together, rtol=1e-14)
    if not row.standard:
        assert row.multipliers(*net) == family.multipliers(*net)
        assert row.spreads(*shape) == family.spreads(*shape)
