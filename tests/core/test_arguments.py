"""A notebook's arrays: what is harmless is cast, and anything else is a sentence that names the array and says both shapes."""

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core import Network, PcvizError, theory

D, N, K, L, B = 4, 5, 3, 4, 6
RNG = np.random.default_rng(0)
WEIGHTS = [RNG.normal(size=shape) / 2 for shape in ((N, D), (N, N), (N, N), (K, N))]
X = RNG.normal(size=(B, D))
LABELS = np.array([0, 2, 1, 1, 0, 2])
ONE_HOT = np.eye(K)[LABELS]


def net(loss: str = "mse", **more: Any) -> Network:
    return Network.from_weights(WEIGHTS, activation="linear" if loss == "mse" else "tanh", loss=loss, **more)


def surface() -> dict[str, Any]:
    """Every public function of a network's that takes a notebook's arrays: a new one is in here by itself."""
    methods = {name: getattr(Network, name) for name in dir(Network) if not name.startswith("_")}
    functions = {name: getattr(theory, name) for name in theory.__all__}
    found = {}
    for name, function in {**methods, **functions}.items():
        if not inspect.isroutine(function):
            continue
        parameters = inspect.signature(function).parameters
        if {"self", "net"} & parameters.keys() and any(
            name in parameters and parameters[name].annotation is Any for name in ("x", "y")
        ):
            found[name] = function
    return found


def arguments_of(name: str, function: Any, network: Network) -> dict[str, Any]:
    """Arguments that go together. One sample where the function is of one sample's energy."""
    one = name in {"feedforward_spectra", "feedforward_ends", "activity_hessian"}
    x, y = (X[:1], ONE_HOT[:1]) if one else (X, ONE_HOT)
    good = {
        "self": network,
        "net": network,
        "x": x,
        "y": y,
        "activities": network.feedforward(x)[0],
        "relaxation": network.relax(X, ONE_HOT, 2),
        "precisions": [0.1, 1.0],
        "activity_lr": 0.1,
    }
    needed = inspect.signature(function).parameters.items()
    return {key: good[key] for key, p in needed if p.default is p.empty or key in ("x", "y", "activities")}


def test_the_surface_is_found():
    assert {"loss", "relax", "samples", "weight_gradients", "equilibrium", "condition_number"} <= surface().keys()


@pytest.mark.parametrize("name", sorted(surface()))
def test_no_function_computes_with_arrays_that_do_not_fit(name):
    """Broadcast in silence, one row of targets or a column of labels gives numbers that mean nothing."""
    network, function = net(), surface()[name]
    if name == "zero_rank_saddle":
        network = Network.from_weights([*[0 * w for w in WEIGHTS[:3]], 0 * WEIGHTS[3]])
    good = arguments_of(name, function, network)
    assert jax.tree.leaves(function(**good))
    bad_x = {"one input too few": X[:, 1:], "no sample": X[:0], "three axes": X[None], "words": [["a"] * D], "nan": X * np.nan}
    bad_y = {"a column of labels": LABELS[:, None], "three axes": ONE_HOT[None], "no sample": ONE_HOT[:0]}
    bad_y["inf"] = np.full_like(np.asarray(good.get("y", ONE_HOT)), np.inf)
    if "x" in good:
        bad_y |= {"one row for the batch": ONE_HOT[:1] if len(good["x"]) > 1 else ONE_HOT, "labels": LABELS[: len(good["x"])]}
    for key, bad in (("x", bad_x), ("y", bad_y)):
        for what, value in bad.items() if key in good else ():
            with pytest.raises(PcvizError) as refusal:
                function(**{**good, key: value})
            assert f"`{key}`" in str(refusal.value) or "`x`" in str(refusal.value), (what, str(refusal.value))
    if "activities" in good:
        for activities in (good["activities"][1:], [z[:, 1:] for z in good["activities"]], [z[None] for z in good["activities"]]):
            with pytest.raises(PcvizError, match=r"activities|z_1"):
                function(**{**good, "activities": activities})


def test_class_labels_are_one_hot_rows_under_cross_entropy():
    network = net("ce")
    expected = network.loss(X, ONE_HOT)
    assert float(expected) == pytest.approx(
        -np.mean(np.asarray(jax.nn.log_softmax(network.feedforward(X)[1]))[np.arange(B), LABELS]), rel=1e-5
    )
    for labels in (LABELS, LABELS.tolist(), LABELS.astype(np.uint8), jnp.asarray(LABELS)):
        assert network.loss(X, labels) == expected
    assert network.loss(X[0], 0) == network.loss(X[:1], ONE_HOT[:1])
    np.testing.assert_array_equal(network.relax(X, LABELS, 3).y, np.float32(ONE_HOT))
    for bad, sentence in (
        (LABELS[:, None], r"\(6, 1\).*\(6, 3\).*give y\[:, 0\]"),
        (LABELS + 1, "the label 3 at .1.; the classes here are 0 to 2"),
        (LABELS - 1, "the label -1"),
        (LABELS[:3], r"shape \(3,\)"),
        (LABELS.astype(float), "Class labels are whole numbers"),
        (-ONE_HOT, "from 0 on"),
    ):
        with pytest.raises(PcvizError, match=sentence):
            network.loss(X, bad)


def test_under_squared_error_labels_get_the_name_of_what_makes_rows_of_them():
    with pytest.raises(PcvizError, match=r"shape \(6,\) where `x` has \(6, 4\).*\(6, 3\).*jax.nn.one_hot\(labels, 3\)"):
        net().loss(X, LABELS)


@pytest.mark.parametrize("loss", ["mse", "ce"])
def test_the_checks_hold_under_jit_grad_and_vmap(loss):
    """A traced array has no values, only a shape and a dtype."""
    network = net(loss)
    whole, y = network.loss(X, ONE_HOT), LABELS if loss == "ce" else ONE_HOT
    np.testing.assert_allclose(jax.jit(lambda x, y: network.loss(x, y))(X, y), whole, rtol=1e-6)
    np.testing.assert_allclose(jax.jit(lambda x: network.loss(x, y))(X), whole, rtol=1e-6)
    each = jax.vmap(lambda x, y: network.loss(x, y))(jnp.asarray(X), jnp.asarray(y))
    np.testing.assert_allclose(jnp.mean(each), whole, rtol=1e-5)
    by_x = jax.grad(lambda x, y: network.loss(x, y))(jnp.float32(X), y)
    assert by_x.shape == X.shape
    assert np.isfinite(by_x).all()
    by_weights = jax.grad(lambda weights: Network.from_weights(weights, activation=network.activation_name, loss=loss).loss(X, y))
    for got, expected in zip(by_weights(list(map(jnp.float32, WEIGHTS))), network.loss_gradients(X, y), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)
    for bad in (jax.jit, jax.vmap):
        with pytest.raises(PcvizError, match="`x` has shape"):
            bad(lambda x, y: network.loss(x, y))(jnp.ones((B, 7)), jnp.asarray(y))


@pytest.mark.parametrize("algorithm", ["pc", "forward update"])
def test_under_cross_entropy_every_gradient_is_the_energys_whatever_the_rows_sum_to(algorithm):
    """The energy −Σ y log softmax has the gradient y − (Σy) softmax: rows of smoothed or weighted labels are no one-hot rows."""
    network, y = net("ce", output_precision=0.7), RNG.uniform(0, 2, (B, K))
    z = [value + 0.1 for value in network.feedforward(X)[0]]

    def of(weights: Any, z: Any) -> Any:
        other = Network.from_weights(weights, activation="tanh", loss="ce", output_precision=0.7)
        return jnp.sum(other.layer_energies(z, X, y))

    weights = list(map(jnp.float32, WEIGHTS))
    by_weights, by_z = jax.grad(of, argnums=(0, 1))(weights, z)
    if algorithm == "pc":
        got = [*network.activity_gradients(z, X, y), *network.weight_gradients(z, X, y)]
        expected = [*by_z, *by_weights]
    else:
        relaxed = network.relax(X, y, 4)
        got = [network.forward_update(X, relaxed)[-1], *network.loss_gradients(X, y)]
        by_loss = jax.grad(
            lambda w: Network.from_weights(w, activation="tanh", loss="ce", output_precision=0.7).loss(X, y)
        )(weights)
        expected = [by_loss[-1], *by_loss]
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-6)


def test_under_cross_entropy_the_curvature_is_the_energys_whatever_the_rows_sum_to():
    network, y = net("ce"), RNG.uniform(0, 2, (1, K))
    z = network.feedforward(X[:1])[0]
    flat = jnp.concatenate([value.ravel() for value in z])

    def energy(flat: Any) -> Any:
        return jnp.sum(network.layer_energies([flat[at : at + N][None] for at in range(0, len(flat), N)], X[:1], y))

    exact = jax.hessian(energy)(flat)
    np.testing.assert_allclose(theory.activity_hessian(network, x=X[:1], y=y, activities=z), exact, rtol=1e-4, atol=1e-5)
    limit = 2 / np.abs(np.linalg.eigvalsh(exact)).max()
    assert theory.max_stable_activity_lr(network, X[:1], y) == pytest.approx(limit, rel=1e-3)


def test_weights_that_are_harmless_are_cast():
    """Whole numbers as weights once made every multiplier 0."""
    whole = [np.rint(4 * w).astype(int) for w in WEIGHTS]
    floats = Network.from_weights([w.astype(np.float32) for w in whole], parameterisation="mupc")
    for given in (whole, [w.tolist() for w in whole], [whole[0].astype(np.float16), *whole[1:3], whole[3].astype(np.float32)]):
        network = Network.from_weights(given, parameterisation="mupc")
        assert network.dtype == np.float32
        assert network.loss(X, ONE_HOT) == floats.loss(X, ONE_HOT)
    half = Network.from_weights([w.astype(np.float16) for w in WEIGHTS])
    assert half.dtype == np.float16
    with pytest.raises(PcvizError, match="`x` holds numbers beyond what float16 can hold"):
        half.loss(1e6 * X, ONE_HOT)


@pytest.mark.parametrize(
    ("weights", "more", "sentence"),
    [
        ([w.T for w in WEIGHTS], {}, "Every matrix seems to be transposed"),
        ([*WEIGHTS[:3], WEIGHTS[3].T], {}, r"W_4 has shape \(5, 3\).*give W_4.T"),
        ([WEIGHTS[0], np.ones((5, 6)), *WEIGHTS[2:]], {}, r"W_2 has shape \(5, 6\).*must be \(5, 5\)"),
        ([WEIGHTS[0], np.nan * WEIGHTS[1], *WEIGHTS[2:]], {}, r"`W_2` holds nan at \[0, 0\]"),
        ([WEIGHTS[0][0], *WEIGHTS[1:]], {}, r"W_1 has shape \(4,\)"),
        ([WEIGHTS[0][:, :0], *WEIGHTS[1:]], {}, r"W_1 has shape \(5, 0\)"),
        ([[[1, 2], [3]], *WEIGHTS[1:]], {}, "`W_1` is ragged"),
        ([1j * WEIGHTS[0], *WEIGHTS[1:]], {}, "`W_1` holds complex128"),
        (WEIGHTS[:1], {}, "at least 2"),
        (3, {}, "`weights` is a list"),
        (WEIGHTS, {"gamma": 0}, "`gamma` is a finite number above 0; 0 is not"),
        (WEIGHTS, {"gamma": float("nan")}, "`gamma`"),
        (WEIGHTS, {"output_precision": -1.0}, "`output_precision` is a finite number above 0; -1.0 is not"),
        (WEIGHTS, {"output_precision": np.inf}, "`output_precision`"),
        (WEIGHTS, {"skip": "no"}, "`skip`"),
        (WEIGHTS, {"biases": [np.zeros(5)] * 4}, r"b_4 has shape \(5,\); beside W_4 it must be \(3,\)"),
        (WEIGHTS, {"biases": [np.zeros(5)] * 3}, "`biases` holds 3 vectors"),
        (WEIGHTS, {"biases": [np.full(5, np.inf), *[np.zeros(5)] * 2, np.zeros(3)]}, r"`b_1` holds inf at \[0\]"),
    ],
)
def test_weights_that_no_network_has_are_refused(weights, more, sentence):
    with pytest.raises(PcvizError, match=sentence):
        Network.from_weights(weights, **more)


@pytest.mark.parametrize(
    "values", [{"n_steps": -1}, {"n_steps": 2.5}, {"activity_lr": np.nan}, {"activity_lr": "fast"}, {"momentum": None}]
)
def test_a_relaxation_takes_numbers_alone(values):
    with pytest.raises(PcvizError, match=f"`{next(iter(values))}` is a"):
        net().relax(X, ONE_HOT, **values)


def test_numpys_numbers_are_numbers_to_a_relaxation():
    plain = net().relax(X, ONE_HOT, 3, 0.1)
    other = net().relax(X, ONE_HOT, np.int64(3), np.float64(0.1))
    np.testing.assert_array_equal(plain.layer_energies, other.layer_energies)


def test_activities_of_a_diverged_relaxation_have_energies():
    """They are not finite, and to say so is no error."""
    z = [np.full((B, N), np.inf)] * (L - 1)
    assert not np.isfinite(np.asarray(net().layer_energies(z, X, ONE_HOT))).all()
