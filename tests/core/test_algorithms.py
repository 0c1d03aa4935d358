"""Every algorithm, rule and weight rule against what its own theory says it must do."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core import Experiment, Network, SpecError, theory
from pcviz_core.inference import RULES, Settings
from pcviz_core.learning import direction, start_optimiser
from pcviz_core.network import Weights

SMALL = {"depth": 5, "width": 12, "batch_size": 16, "n_inference_steps": 6, "param_optimiser": "sgd"}


@pytest.fixture
def float64():
    with jax.enable_x64(True):
        yield


def network(depth: int = 5, activation: str = "tanh", **options: object) -> tuple[Network, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(depth)
    weights = [rng.normal(size=shape) for shape in [(8, 5), *[(8, 8)] * (depth - 2), (3, 8)]]
    net = Network.from_weights(weights, activation=activation, parameterisation="ntp", **options)
    return net, rng.normal(size=(4, 5)), rng.normal(size=(4, 3))


def weights_of(experiment: Experiment) -> list[np.ndarray]:
    return [np.asarray(w, np.float64) for w in experiment.network.by_layer(experiment.network.weights)]


def learned_direction(**values: object) -> list[np.ndarray]:
    """What one learning step adds to the weights, per unit of learning rate."""
    experiment = Experiment(**{**SMALL, **values}, param_lr=1.0, parameterisation="sp")
    before = weights_of(experiment)
    experiment.learn()
    assert experiment.learn_step == 1
    return [after - b for after, b in zip(weights_of(experiment), before, strict=True)]


def assert_close(left: list[np.ndarray], right: list[np.ndarray], rtol: float) -> None:
    for one, other in zip(left, right, strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=rtol * np.abs(other).max())


@pytest.mark.parametrize("activation", ["tanh", "gelu"])
@pytest.mark.parametrize("skip", [True, False])
def test_bp_follows_the_gradient_of_the_loss(activation: str, skip: bool) -> None:
    """The twin must be true backpropagation of the very same network, or PC is compared with nothing."""
    experiment = Experiment(**SMALL, activation=activation, skip=skip, algorithm="bp", parameterisation="sp")
    weights = weights_of(experiment)
    net = Network.from_weights(
        [w.astype(np.float32) for w in weights], activation=activation, skip=skip, parameterisation="sp"
    )
    x, y = experiment.batch
    expected = [-np.asarray(g) for g in net.loss_gradients(x, y)]
    assert_close(learned_direction(activation=activation, skip=skip, algorithm="bp"), expected, 1e-4)


def test_spiking_rate_with_the_forward_update_is_backprop_when_alpha_is_zero() -> None:
    """The repair of the third paper, at its exact point: the whole chain schedule → relaxation → weight rule has one sign."""
    pc = learned_direction(schedule="spiking_rate", alpha=0.0, weight_rule="forward_update")
    assert_close(pc, learned_direction(algorithm="bp"), 2e-4)


def test_one_step_of_epc_from_zero_is_backprop_scaled_by_the_rate(float64: None) -> None:
    """Its errors are exactly rate × the backprop deltas in hidden layers."""
    net, x, y = network()
    rate = 0.05
    one = net.relax(x, y, n_steps=1, activity_lr=rate, algorithm="epc")
    rows = net.feedforward_rows(jnp.asarray(x))
    deltas = net.backprop_errors(rows, net.output_error(net.predict_output(rows[-1]), jnp.asarray(y)))
    expected = 0.5 * np.sum((rate * np.asarray(deltas)) ** 2, axis=(1, 2)) / len(x)
    np.testing.assert_allclose(one.layer_energies[1, :-1], expected, rtol=1e-10)


@pytest.mark.parametrize("rule", ["gradient_descent", "heavy_ball", "nesterov", "adam", "heun", "adaptive"])
def test_every_rule_settles_at_the_equilibrium_of_a_linear_network(rule: str, float64: None) -> None:
    """They differ in how they get there; where they get is the energy's own minimum."""
    net, x, y = network(activation="linear", skip=True)
    limit = theory.max_stable_activity_lr(net, x, y)
    rate = {"adam": 0.003, "adaptive": 1.0}.get(rule, 0.4 * limit)
    relaxed = net.relax(x, y, n_steps=3000, activity_lr=rate, rule=rule, momentum=0.5)
    exact = theory.equilibrium(net, x, y)
    assert float(relaxed.layer_energies[-1].sum()) == pytest.approx(float(exact.energy), rel=2e-3 if rule == "adam" else 1e-6)


@pytest.mark.parametrize("position", ["before", "after"])
def test_inference_on_errors_settles_where_inference_on_activities_does(position: str, float64: None) -> None:
    net, x, y = network(depth=4, activation_position=position)
    on_errors = net.relax(x, y, n_steps=800, activity_lr=0.1, algorithm="epc")
    on_activities = net.relax(x, y, n_steps=4000, activity_lr=0.15)
    assert float(on_errors.layer_energies[-1].sum()) == pytest.approx(float(on_activities.layer_energies[-1].sum()), rel=1e-6)


def test_the_equilibrium_algorithm_is_the_closed_form_in_one_step(float64: None) -> None:
    net, x, y = network(activation="linear", skip=True, output_precision=2.0)
    one = net.relax(x, y, n_steps=1, algorithm="equilibrium")
    exact = theory.equilibrium(net, x, y)
    np.testing.assert_allclose(one.layer_energies[-1], exact.layer_energies, rtol=1e-9)
    with pytest.raises(Exception, match="linear"):
        network(activation="tanh")[0].relax(x, y, n_steps=1, algorithm="equilibrium")


@pytest.mark.parametrize(("rule", "momentum"), [("gradient_descent", 0.0), ("heavy_ball", 0.5), ("nesterov", 0.5), ("heun", 0.0)])
def test_a_rules_limit_is_where_a_quadratic_starts_to_grow(rule: str, momentum: float) -> None:
    """The red tick moves with the rule: 0.98 of it settles, 1.02 of it grows."""
    curvature = 3.0
    limit = RULES[rule].limit_factor(momentum) * 2 / curvature
    end = {}
    for share in (0.98, 1.02):
        z = jnp.ones((1, 1, 1))
        memory, gradient = RULES[rule].start(z), lambda z: curvature * z
        for t in range(200):
            settings = Settings(jnp.full((1, 1, 1), share * limit), jnp.asarray(momentum), jnp.asarray(t))
            z, memory = RULES[rule].move(z, gradient(z), memory, settings, gradient)
        end[share] = abs(float(z[0, 0, 0]))
    assert end[0.98] < 1e-3
    assert end[1.02] > 1e3


def test_the_experiments_tick_follows_rule_and_algorithm() -> None:
    limits = {}
    for name, values in {
        "gd": {}, "heavy": {"inference_rule": "heavy_ball", "momentum": 0.5}, "epc": {"algorithm": "epc"},
        "adam": {"inference_rule": "adam"}, "bp": {"algorithm": "bp"}, "spiking": {"schedule": "spiking_rate"},
    }.items():
        limits[name] = Experiment(**SMALL, **values, activation="linear", parameterisation="sp").measure_stability()
    assert limits["heavy"] == pytest.approx(1.5 * limits["gd"], rel=1e-3)
    assert np.isnan([limits["adam"], limits["bp"], limits["spiking"]]).all()
    experiment = Experiment(**SMALL, activation="linear", parameterisation="sp")
    net = Network.from_weights([w.astype(np.float32) for w in weights_of(experiment)], parameterisation="sp", skip=True)
    assert limits["epc"] == pytest.approx(2 / float(theory.error_spectrum(net)[-1]), rel=1e-3)


def test_ipc_moves_weights_at_every_inference_step_by_both_old_gradients() -> None:
    """T updates per batch, in step with the activities: written out by hand beside the engine."""
    experiment = Experiment(**SMALL, algorithm="ipc", activation="tanh", parameterisation="sp", skip=False, param_lr=0.05)
    weights = weights_of(experiment)
    x, y = (np.asarray(a, np.float64) for a in experiment.batch)
    with jax.enable_x64(True):
        z, _ = Network.from_weights(weights, activation="tanh").feedforward(x)
        for _ in range(6):
            net = Network.from_weights(weights, activation="tanh")
            dz, dw = net.activity_gradients(z, x, y), net.weight_gradients(z, x, y)
            z = [a - 0.3 * len(x) * g for a, g in zip(z, dz, strict=True)]
            weights = [w - 0.05 * np.asarray(g) for w, g in zip(weights, dw, strict=True)]
    experiment.learn()
    assert_close(weights_of(experiment), weights, 1e-4)


def test_an_optimiser_waits_for_the_layers_that_are_not_reached() -> None:
    """Under iPC a layer without a gradient keeps its moments and its step count, as if it had not been asked."""
    rng = np.random.default_rng(0)

    def draw() -> Weights:
        return Weights(*(jnp.asarray(rng.normal(size=s), jnp.float32) for s in ((3, 2), (2, 3, 3), (1, 3))))

    moments = start_optimiser("adam", draw())
    _, moments = direction("adam", draw(), moments)
    gradient = draw()
    along, after = direction("adam", gradient, moments, jnp.asarray([0.0, 0.0, 1.0, 1.0]))
    everything, all_after = direction("adam", gradient, moments)
    np.testing.assert_array_equal(along.embed, 0)
    np.testing.assert_array_equal(along.blocks[0], 0)
    np.testing.assert_array_equal(along.blocks[1], everything.blocks[1])
    for kept, old, new in zip(jax.tree.leaves(after[1]), jax.tree.leaves(moments[1]), jax.tree.leaves(all_after[1]), strict=True):
        np.testing.assert_array_equal(kept[0], old[0])
        np.testing.assert_array_equal(kept[1], new[1])


@pytest.mark.parametrize("nudging", ["positive", "negative", "centred"])
def test_small_nudges_learn_in_the_direction_of_clamping_a_little(nudging: str) -> None:
    """All nudged updates tend to the same small-nudge gradient; a lost sign would turn one of them round."""
    reference = learned_direction(nudging="positive", nudge=0.01, activation="tanh")
    other = learned_direction(nudging=nudging, nudge=0.02, activation="tanh")
    for one, expected in zip(other, reference, strict=True):
        cosine = np.sum(one * expected) / np.sqrt(np.sum(one**2) * np.sum(expected**2) + 1e-300)
        if np.abs(expected).max() > 1e-6:
            assert cosine > 0.98
            assert np.linalg.norm(one) == pytest.approx(np.linalg.norm(expected), rel=0.1)


def test_a_small_nudge_teaches_the_readout_what_backprop_does() -> None:
    """Towards the target, not away from it: with next to no inference only the output error is left, and it is the loss's."""
    nudged = learned_direction(nudging="positive", nudge=0.01, activation="tanh", activity_lr=0.001)
    assert_close(nudged[-1:], learned_direction(algorithm="bp", activation="tanh")[-1:], 0.05)


def test_a_nudge_of_one_is_plain_clamping() -> None:
    assert_close(learned_direction(nudging="positive", nudge=1.0), learned_direction(), 1e-4)


def test_the_sign_of_a_centred_epoch_is_drawn_once_for_each_pass() -> None:
    experiment = Experiment(**{**SMALL, "batch_size": 512, "n_inference_steps": 1}, dataset="xor", nudging="centred_epoch")
    signs = []
    for _ in range(32):
        signs.append(np.sign(experiment.state.opened.nudge))
        experiment.learn()
    assert signs[0::2] == signs[1::2]
    assert {-1.0, 1.0} == set(signs)


def test_two_phases_are_one_learning_step_on_one_batch() -> None:
    experiment = Experiment(**SMALL, nudging="centred")
    first = experiment.relaxation
    experiment.infer(6)
    assert experiment.update() is None
    assert (experiment.learn_step, experiment.infer_step) == (0, 0)
    second = experiment.relaxation
    assert second.layer_energies[0, -1] == pytest.approx(first.layer_energies[0, -1], rel=1e-4)
    experiment.infer(6)
    assert experiment.update().learn_step == 0
    assert experiment.learn_step == 1


def test_biases_shift_predictions_inside_the_multiplier_and_learn(float64: None) -> None:
    net, x, _ = network()
    rng = np.random.default_rng(5)
    biases = [rng.normal(size=8) for _ in range(4)] + [rng.normal(size=3)]
    weights = [np.asarray(w) for w in net.by_layer(net.weights)]
    biased = Network.from_weights(weights, activation="tanh", parameterisation="ntp", biases=biases)
    z, prediction = biased.feedforward(x)
    a = np.asarray(biased.forward_multipliers)
    by_hand = a[0] * (x @ weights[0].T + biases[0])
    for layer in range(1, 4):
        np.testing.assert_allclose(z[layer - 1], by_hand, rtol=1e-12)
        by_hand = a[layer] * (np.tanh(by_hand) @ weights[layer].T + biases[layer])
    np.testing.assert_allclose(prediction, a[4] * (np.tanh(by_hand) @ weights[4].T + biases[4]), rtol=1e-12)


def test_biases_learn() -> None:
    experiment = Experiment(**SMALL, bias=True)
    experiment.learn()
    for bias in jax.tree.leaves(experiment.network.weights.biases):
        assert float(jnp.abs(bias[-1]).max()) > 0


def test_a_relaxation_may_end_at_a_tolerance_on_the_gradient() -> None:
    """Early stop is judged by the gradient: the activities' own norm never gets small."""
    long = {**SMALL, "n_inference_steps": 500, "parameterisation": "sp_uniform"}
    experiment = Experiment(**long, activation="linear", tolerance=1e-3)
    record = experiment.learn()
    rms = record.columns["activity_grad_rms"][:, :-1]
    total = np.sqrt(np.mean(rms**2, axis=1))
    assert len(record.infer_steps) < 500
    assert total[-1] < 1e-3 <= total[:-1].min()
    experiment.infer(3)
    assert experiment.infer_step == 3
    assert experiment.learn_step == 1


@pytest.mark.parametrize(
    "values",
    [
        {"algorithm": "equilibrium", "activation": "relu"},
        {"algorithm": "equilibrium", "activation": "linear", "bias": True},
        {"nudging": "positive", "loss": "ce"},
        {"nudging": "centred", "algorithm": "ipc"},
    ],
)
def test_combinations_without_a_meaning_get_a_sentence(values: dict) -> None:
    with pytest.raises(SpecError, match=r"\."):
        Experiment(**SMALL, **values)
