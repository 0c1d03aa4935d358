"""Inference as one trust-region step, and learning as backprop and what that step adds (T18)."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core import Network, theory
from pcviz_core.theory.trust_region import step_and_split, trust_region_rows
from tests.numerics.nets import LINEAR_FAMILY, cosine, distance, draw_batch, draw_network, flat, padded

pytestmark = pytest.mark.usefixtures("float64", "quick_compile")

BENT = [
    {"activation": "tanh", "skip": True, "output_precision": 2.5},
    {"activation": "gelu", "loss": "ce", "output_precision": 0.4},
    {"activation": "tanh", "activation_position": "after", "loss": "ce"},
]
"""Networks whose step is an estimate; the exact one is a dense system of all their hidden units."""


@pytest.mark.parametrize(("parameterisation", "skip", "gamma", "precision"), LINEAR_FAMILY[::3])
def test_in_a_linear_network_the_step_is_the_whole_of_inference(parameterisation, skip, gamma, precision):
    """T18: the arrow that the panel draws from the feedforward pass must end at the equilibrium."""
    net = draw_network(1, parameterisation, skip=skip, gamma=gamma, output_precision=precision)
    x, y = draw_batch(1, net)
    settled, step = theory.equilibrium(net, x, y), theory.trust_region(net, x, y)
    start, _ = net.feedforward(x)
    assert distance(step.displacements, [z - s for z, s in zip(settled.activities, start, strict=True)]) < 1e-10
    assert float(step.energy) == pytest.approx(float(settled.energy), rel=1e-10)
    *below, last = net.activity_gradients(start, x, y)
    np.testing.assert_allclose(below, 0, atol=1e-13)
    assert np.abs(last).max() > 1e-6


@pytest.mark.parametrize("position", ["before", "after"])
def test_in_a_network_that_is_nearly_linear_the_step_is_nearly_the_whole_of_inference(position):
    """A small output error keeps tanh near the point of expansion: the estimate's error falls as its square."""

    def misses(error):
        net = draw_network(2, skip=True, activation="tanh", activation_position=position)
        x, y = draw_batch(2, net)
        start, prediction = net.feedforward(x)
        y = prediction + error * y
        settled = net.relax(x, y, n_steps=4000, activity_lr=0.3).activities
        moved = [z - s for z, s in zip(settled, start, strict=True)]
        return distance(theory.trust_region(net, x, y).displacements, moved)

    near, nearer = misses(0.1), misses(0.01)
    assert near < 0.1
    assert nearer == pytest.approx(near / 10, rel=0.3)


@eqx.filter_jit
def dense_step(net, x, y):
    """Of each sample: gᵀ I⁻¹ g, Δ* and g, with I = JᵀJ built whole from the Jacobians of all its errors."""

    def of_sample(start, x, y):
        def errors_of(free):
            return net.view(free[:, None], net.predict_first(x[None]), y[None]).errors[:, 0]

        def energy(prediction):
            return net.output_energy(prediction[None], y[None])

        def predict(free):
            return net.predict_output(free[-1:])[0]

        inner = jax.jacfwd(errors_of)(start).reshape(start.size, start.size)
        outer, prediction = jax.jacfwd(predict)(start).reshape(-1, start.size), predict(start)
        fisher = inner.T @ inner + outer.T @ jax.hessian(energy)(prediction) @ outer
        gradient = outer.T @ jax.grad(energy)(prediction)
        step = -jnp.linalg.solve(fisher, gradient)
        return -gradient @ step, step.reshape(start.shape), gradient.reshape(start.shape)

    return jax.vmap(of_sample, (1, 0, 0), (0, 1, 1))(net.feedforward_rows(x), x, y)


@pytest.mark.parametrize("choices", BENT, ids=lambda choices: "-".join(map(str, choices.values())))
def test_the_step_is_minus_the_inverse_fisher_information_times_the_gradient(choices):
    """(3.4), (3.5) in any network: a lost precision, or the transpose of a layer's map, would move the line on the panel."""
    net = draw_network(3, depth=4, width=5, **choices)
    x, y = draw_batch(3, net, one_hot=choices.get("loss") == "ce")
    products, displacements, gradient = dense_step(net, x, y)
    step = theory.trust_region(net, x, y)
    np.testing.assert_allclose(np.stack(step.displacements), displacements, atol=1e-10)
    assert float(step.energy) == pytest.approx(float(net.loss(x, y) - products.mean() / 2), rel=1e-10)
    np.testing.assert_allclose(trust_region_rows(net, x, y).gradient, gradient[-1], atol=1e-12)
    np.testing.assert_allclose(gradient[:-1], 0, atol=1e-13)


@pytest.mark.parametrize(("parameterisation", "skip", "gamma", "precision"), LINEAR_FAMILY[::5])
def test_backprop_and_the_trust_region_add_up_to_learning_at_equilibrium(parameterisation, skip, gamma, precision):
    """(3.6): the two lines of the panel must sum to the gradient of F*, by autodiff of (2.2)."""
    choices = {"parameterisation": parameterisation, "skip": skip, "gamma": gamma, "output_precision": precision}
    net = draw_network(4, **choices)
    x, y = draw_batch(4, net)

    def settled_energy(weights):
        return theory.equilibrium(Network.from_weights(weights, **choices), x, y).energy

    backprop, added = theory.trust_region_split(net, x, y)
    total = [b + a for b, a in zip(backprop, added, strict=True)]
    assert distance(backprop, net.loss_gradients(x, y)) < 1e-12
    assert distance(total, jax.grad(settled_energy)(net.by_layer(net.weights))) < 1e-9


@pytest.mark.parametrize("choices", BENT[:2], ids=lambda choices: "-".join(map(str, choices.values())))
def test_the_trust_region_direction_lowers_what_inference_takes_from_the_loss(choices):
    """In a non-linear network the second direction is the derivative of −½ gᵀ I⁻¹ g, through g and I alike."""
    net = draw_network(5, depth=4, width=5, **choices)
    x, y = draw_batch(5, net, one_hot=choices.get("loss") == "ce")
    _, added = theory.trust_region_split(net, x, y)
    rng, size = np.random.default_rng(5), 1e-5
    along = [rng.normal(size=w.shape) for w in added]

    def taken(step):
        moved = [w + step * a for w, a in zip(net.by_layer(net.weights), along, strict=True)]
        blocks = jnp.stack(moved[1:-1])
        place = lambda n: (n.weights.embed, n.weights.blocks, n.weights.readout)  # noqa: E731
        return float(dense_step(eqx.tree_at(place, net, (moved[0], blocks, moved[-1])), x, y)[0].mean())

    slope = -0.5 * (taken(size) - taken(-size)) / (2 * size)
    assert slope == pytest.approx(flat(added) @ flat(along), rel=1e-6)


def test_padding_does_not_show_in_the_step_or_the_split():
    """The page's networks are padded at the input end: a row too many would be a layer that is not there."""
    net = draw_network(6, skip=True, activation="tanh", depth=4, width=5)
    x, y = draw_batch(6, net)
    wide = padded(net, 3)
    step, expected = trust_region_rows(wide, x, y), trust_region_rows(net, x, y)
    assert distance(step.displacements[3:], expected.displacements) < 1e-12
    np.testing.assert_array_equal(step.displacements[:3], 0)
    assert float(step.energy) == pytest.approx(float(expected.energy), rel=1e-12)
    for part, whole in zip(step_and_split(wide, x, y)[1:], step_and_split(net, x, y)[1:], strict=True):
        assert distance(wide.by_layer(part), net.by_layer(whole)) < 1e-12
        np.testing.assert_array_equal(part.blocks[:3], 0)


@pytest.mark.parametrize(("name", "skip"), [("sp", False), ("mupc", True)])
def test_the_output_precision_leads_from_backprop_to_hard_clamping(name, skip):
    """T12: the knob's ends are exact, and between them each point is the equilibrium of the network with that precision."""
    choices = {"skip": skip, "depth": 4, "width": 16}
    net = draw_network(7, name, output_precision=3.0, **choices)
    x, y = draw_batch(7, net)
    path = theory.precision_path(net, x, y, [1e-4, 0.3, 3.0, 1e8])
    assert 1 - path.with_backprop[0] < 1e-5
    assert 1 - path.energy_share[0] < 5e-3
    assert 1 - path.with_clamped[-1] < 1e-12

    backprop = net.loss_gradients(x, y)
    for at, precision in ((1, 0.3), (2, 3.0)):
        other = eqx.tree_at(lambda n: n.output_precision, net, jnp.asarray(precision))
        settled = theory.equilibrium(other, x, y)
        assert float(path.with_backprop[at]) == pytest.approx(
            cosine(other.weight_gradients(settled.activities, x, y), backprop), rel=1e-10
        )
        assert float(path.energy_share[at]) == pytest.approx(float(settled.energy / other.loss(x, y)), rel=1e-10)

    def clamped_energy(weights):
        """½ rᵀ S⁻¹ r with S = Σ Q Qᵀ alone: of the least errors that bring the output to the target."""
        maps = [a * w for a, w in zip(net.forward_multipliers, weights, strict=True)]
        maps[1:-1] = [b + float(skip) * jnp.eye(len(b)) for b in maps[1:-1]]
        q, rescaling = maps[-1], 0.0
        for b in reversed(maps[:-1]):
            rescaling, q = rescaling + q @ q.T, q @ b
        residual = y - x @ q.T
        return jnp.einsum("bk,kj,bj->", residual, jnp.linalg.inv(rescaling), residual)

    clamped = jax.grad(clamped_energy)(net.by_layer(net.weights))
    assert float(path.with_backprop[-1]) == pytest.approx(cosine(clamped, backprop), abs=1e-6)
    assert path.with_backprop[-1] < 0.95
    assert float(path.with_clamped[0]) == pytest.approx(cosine(clamped, backprop), abs=1e-2)


def test_an_output_that_nothing_can_reach_does_not_break_the_knob():
    """Fewer hidden units than outputs: Σ Q Qᵀ is singular, and only the readout can answer what they cannot reach."""
    net = draw_network(8, depth=3, width=2, n_outputs=4)
    path = theory.precision_path(net, *draw_batch(8, net), [1e-4, 1.0, 1e4])
    assert np.isfinite(np.stack(path)).all()
    assert np.diff(path.energy_share).max() < 0
