"""Every number that an independent implementation computed, for twelve networks, from energies to whole relaxations."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import jax
import numpy as np
import pytest

from pcviz_core import Network, theory
from tests.numerics.cases import Case, assert_close, load, names
from tests.numerics.nets import padded, without_optimising

POINTS = [name for name in names("*") if not name.startswith("relax_")]
LINEAR = names("*_linear")
RELAXATIONS = names("relax_*")
DTYPES = [np.float64, np.float32]
WAYS = [(np.float64, 0), (np.float32, 0), (np.float64, 16)]
"""Number type, and the bucket to which the network is padded, so that it relaxes in slices; 0 is no padding.

test_live_reference.py has the padded case in float32, as it runs on the page.
"""


@contextmanager
def arithmetic(dtype: type) -> Iterator[None]:
    """Float32 as the live engine compiles it; float64, which only tests use, compiled fast."""
    double = dtype is np.float64
    with jax.enable_x64(double), without_optimising() if double else nullcontext():
        yield


def test_the_cases_are_all_here() -> None:
    """A case that went missing would pass unseen."""
    assert (len(POINTS), len(LINEAR), len(RELAXATIONS)) == (7, 2, 5)


def network_of(case: Case, dtype: type, bucket: int) -> Network:
    """The case's network, in the rows of a bucket."""
    net = case.network(dtype)
    return padded(net, bucket - net.depth) if bucket else net


@pytest.mark.parametrize(("dtype", "bucket"), WAYS)
@pytest.mark.parametrize("name", POINTS)
def test_energies_and_gradients_are_those_of_the_reference(name: str, dtype: type, bucket: int) -> None:
    """Every curve on the page is one of these numbers."""
    case = load(name)
    x, y, z = (case.numbers["x"], case.numbers["y"], case.hidden("z"))
    with arithmetic(dtype):
        net = network_of(case, dtype, bucket)
        x, y, z = x.astype(dtype), y.astype(dtype), [activity.astype(dtype) for activity in z]
        activities, prediction = net.feedforward(x)
        assert_close(net.forward_multipliers, case.numbers["forward_multipliers"], dtype, "forward multipliers")
        assert_close(prediction, case.numbers["prediction"], dtype, "prediction")
        energies = net.layer_energies(z, x, y)
        assert_close(energies, case.numbers["layer_energies"], dtype, "layer energies")
        assert_close(energies.sum(), case.numbers["total_energy"], dtype, "total energy")
        assert_close(net.loss(x, y), case.numbers["loss"], dtype, "loss")
        by_layer = {
            "feedforward_z": (activities, case.hidden("feedforward_z")),
            "dE_dz": (net.activity_gradients(z, x, y), case.hidden("dE_dz")),
            "dE_dW": (net.weight_gradients(z, x, y), case.layers("dE_dW")),
            "dloss_dW": (net.loss_gradients(x, y), case.layers("dloss_dW")),
        }
        for what, (actual, expected) in by_layer.items():
            for layer, (a, e) in enumerate(zip(actual, expected, strict=True), start=1):
                assert_close(a, e, dtype, f"{what}_{layer}")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LINEAR)
def test_the_equilibrium_is_that_of_the_reference(name: str, dtype: type) -> None:
    """The mark "here inference ends" is drawn from it."""
    case = load(name)
    with arithmetic(dtype):
        settled = theory.equilibrium(case.network(dtype), case.numbers["x"].astype(dtype), case.numbers["y"].astype(dtype))
        assert_close(settled.energy, case.numbers["equilibrium_energy"], dtype, "equilibrium energy")
        assert_close(settled.rescaling, case.numbers["S"], dtype, "rescaling")
        for layer, (a, e) in enumerate(zip(settled.activities, case.hidden("equilibrium_z"), strict=True), start=1):
            assert_close(a, e, dtype, f"equilibrium z_{layer}")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LINEAR)
def test_the_activity_hessian_is_that_of_the_reference(name: str, dtype: type) -> None:
    """The stability limit on the activity rate's slider comes from its spectrum."""
    case = load(name)
    eigenvalues = case.numbers["activity_hessian_eigenvalues"]
    with arithmetic(dtype):
        net = case.network(dtype)
        assert_close(theory.activity_hessian(net), case.numbers["activity_hessian"], dtype, "activity Hessian")
        limit = theory.max_stable_activity_lr(net, case.numbers["x"], case.numbers["y"])
    assert limit == pytest.approx(2 / eigenvalues.max(), rel=1e-5)


@pytest.mark.parametrize(("dtype", "bucket"), WAYS)
@pytest.mark.parametrize("name", RELAXATIONS)
def test_a_relaxation_is_that_of_the_reference_at_every_step(name: str, dtype: type, bucket: int) -> None:
    """The wave of energy on the page, step by step, under each schedule and both positions of the activation."""
    case = load(name)
    with arithmetic(dtype):
        net = network_of(case, dtype, bucket)
        x, y = case.numbers["x"].astype(dtype), case.numbers["y"].astype(dtype)
        options = {key: case.meta[key] for key in ("n_steps", "activity_lr", "schedule", "alpha", "k")}
        relaxation = net.relax(x, y, **options)
        gradients = net.weight_gradients(relaxation.activities, x, y)
        forward_update = net.forward_update(x, relaxation)
        assert_close(relaxation.layer_energies, case.numbers["layer_energies"], dtype, "layer energies")
        by_layer = {
            "z": (relaxation.activities, case.hidden("z")),
            "dE_dW": (gradients, case.layers("dE_dW")),
            "forward_update": (forward_update, case.layers("forward_update")),
        }
        for what, (actual, expected) in by_layer.items():
            for layer, (a, e) in enumerate(zip(actual, expected, strict=True), start=1):
                assert_close(a, e, dtype, f"{what}_{layer}")
