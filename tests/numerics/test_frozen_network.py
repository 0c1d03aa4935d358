"""What the panels say of one frozen network: its own relaxation, and what it would learn by each rule."""

import numpy as np
import pytest

from pcviz_core import Network, PcvizError, theory
from pcviz_core.experiment import Experiment
from pcviz_core.measurements.rescaling import expected_at
from pcviz_core.spec import ExperimentSpec
from tests.numerics.nets import cosine

pytestmark = pytest.mark.usefixtures("quick_compile")

BENT = ExperimentSpec(
    depth=5, width=8, batch_size=8, n_inference_steps=6, activation="tanh", dataset="blobs", param_lr=1e-3, output_precision=2.0
)
LINEAR = BENT.replace(activation="linear", dataset="teacher")


def run_of(spec: ExperimentSpec, **values) -> Experiment:
    """In the middle of its second relaxation: what is measured must not depend on where it is."""
    run = Experiment(spec.replace(**values))
    run.learn()
    run.infer(2)
    return run


@pytest.fixture(scope="module")
def linear() -> Experiment:
    return run_of(LINEAR)


@pytest.fixture(scope="module")
def bent() -> Experiment:
    return run_of(BENT)


def unpadded(run: Experiment) -> Network:
    """The run's network as a notebook has it."""
    spec = run.spec
    weights = [np.asarray(w) for w in run.network.by_layer(run.network.weights)]
    choices = {name: getattr(spec, name) for name in ("activation", "parameterisation", "skip", "output_precision", "gamma")}
    return Network.from_weights(weights, **choices)


@pytest.mark.parametrize("which", ["linear", "bent"])
def test_the_agreement_is_that_of_a_relaxation_made_by_hand(which, request):
    """A wrong layer, sign or start would draw another curve: here each gradient comes from the notebook's functions."""
    run = request.getfixturevalue(which)
    net, (x, y) = unpadded(run), run.batch
    relaxation = net.relax(x, y, n_steps=run.spec.n_inference_steps, activity_lr=run.spec.activity_lr)
    backprop = net.loss_gradients(x, y)
    learned = {
        "pc": net.weight_gradients(relaxation.activities, x, y),
        "fu": net.forward_update(x, relaxation),
    }
    energy, found = relaxation.layer_energies[-1].sum(), run.measure("agreement")
    if which == "linear":
        settled = theory.equilibrium(net, x, y)
        learned["equilibrium"], energy = net.weight_gradients(settled.activities, x, y), settled.energy
    for at, (rule, gradient) in enumerate(learned.items()):
        cosines = [cosine([a], [b]) for a, b in zip(gradient, backprop, strict=True)]
        ratios = [np.linalg.norm(a) / np.linalg.norm(b) for a, b in zip(gradient, backprop, strict=True)]
        np.testing.assert_allclose(found[f"agreement_cosine_{rule}"], cosines, atol=2e-4, err_msg=rule)
        np.testing.assert_allclose(found[f"agreement_ratio_{rule}"], ratios, rtol=1e-3, err_msg=rule)
        assert found["agreement"][at] == pytest.approx(cosine(gradient, backprop), abs=1e-4)
    assert found["agreement"][3] == pytest.approx(float(net.loss(x, y) / energy), rel=1e-4)
    assert found["agreement"][4] == (0 if which == "linear" else 3)


def test_where_the_forward_update_is_backprop_the_agreement_is_whole():
    """docs/theory.md §4.2: a rate of 1 at arrival, else 0, whatever the activation: cosine 1 and ratio 1 in each layer."""
    found = run_of(BENT, schedule="spiking_rate", alpha=0.0).measure("agreement")
    np.testing.assert_allclose(found["agreement_cosine_fu"], 1, atol=1e-5)
    np.testing.assert_allclose(found["agreement_ratio_fu"], 1, rtol=1e-3)
    assert found["agreement"][1] == pytest.approx(1, abs=1e-5)


def test_a_layer_that_inference_has_not_reached_has_no_angle():
    """T = 2 leaves layers 1 and 2 of five without an error: a gap, not a cosine of 0."""
    run = run_of(BENT, n_inference_steps=2)
    found = {**run.measure("agreement"), **run.measure("repair")}
    for column in ("agreement_cosine_pc", "agreement_cosine_fu", "agreement_ratio_pc", "repair_cosine"):
        assert np.isnan(found[column]).tolist() == [True, True, False, False, False], column
    assert (found["repair_energy"] == 0).tolist() == [True, True, False, False, False]
    assert np.isnan(found["repair"][:2]).all()


def test_errors_that_are_all_rounding_are_gaps_and_make_imbalance_a_lower_bound():
    """At a small rate the first layers' errors drown in rounding, and their angle is noise: it must not look like a finding."""
    run = run_of(BENT, activity_lr=1e-3)
    found = {**run.measure("agreement"), **run.measure("repair")}
    below = found["repair_energy"] < found["repair_noise"]
    assert below[0]
    assert not below[-1]
    assert np.array_equal(np.isnan(found["agreement_cosine_pc"]), below)
    assert np.array_equal(np.isnan(found["repair_cosine"]), below)
    assert found["repair"][4] == 3


@pytest.mark.parametrize("rate", [1e-3, 3e-3, 1e-2, 0.1])
def test_a_direction_of_errors_near_rounding_is_marked_as_unsure(rate):
    found = {**(run := run_of(BENT, activity_lr=rate)).measure("agreement"), **run.measure("repair")}
    energy, noise = found["repair_energy"][:-1], found["repair_noise"][:-1]
    near = np.append((energy >= noise) & (energy < 10**2 * noise), False)
    assert np.array_equal(np.isfinite(found["agreement_cosine_unsure"]), near)
    assert np.array_equal(found["agreement_cosine_unsure"][near], found["agreement_cosine_pc"][near])
    assert near.any() == (rate == 3e-3)


def test_one_step_of_error_based_inference_leaves_the_deltas_of_backprop():
    """docs/theory.md §2.5: ε_l = β δ_l, so the energies on the panel are β² apart: the line beside the points is backprop's."""
    run = run_of(BENT, algorithm="epc", n_inference_steps=1, activity_lr=0.5)
    found = run.measure("repair")
    np.testing.assert_allclose(found["repair_energy"][:-1], 0.25 * found["repair_backprop"][:-1], rtol=1e-4)
    loss = float(unpadded(run).loss(*run.batch))
    assert found["repair_backprop"][-1] == pytest.approx(run.spec.output_precision * loss, rel=1e-5)
    decades = np.log10(found["repair_backprop"][-1] / found["repair_backprop"][0])
    assert found["repair"][2] == pytest.approx(decades, rel=1e-5)
    assert found["repair"][1] == pytest.approx(found["repair"][3], abs=1e-4)
    assert found["repair"][4] == 0


def test_the_drift_and_what_the_error_still_says_are_those_of_a_relaxation_made_by_hand(bent):
    """Layer 1's prediction cannot move, so all of its change is error; further up both must be the true ones."""
    net, (x, y) = unpadded(bent), bent.batch
    start, output = net.feedforward(x)
    settled = net.relax(x, y, n_steps=bent.spec.n_inference_steps, activity_lr=bent.spec.activity_lr).activities
    first, blocks = np.asarray(start[0])[None], np.asarray(net.predict_blocks(np.stack(settled[:-1])))
    before, after = [*start, output], [*first, *blocks, net.predict_output(settled[-1])]
    found, reached = bent.measure("repair"), [*settled, y]
    drift = [np.linalg.norm(b - a) / np.linalg.norm(a) for a, b in zip(before, after, strict=True)]
    said = [cosine([z - p], [z - p0]) for z, p, p0 in zip(reached, after, before, strict=True)]
    np.testing.assert_allclose(found["repair_drift"], drift, rtol=1e-3, atol=1e-7)
    np.testing.assert_allclose(found["repair_cosine"], said, atol=1e-3)
    assert found["repair_drift"][0] == 0
    assert found["repair_cosine"][0] == pytest.approx(1, abs=1e-6)


def test_in_a_linear_network_inference_that_ends_has_made_the_trust_region_step():
    """The points must lie on the line, and the three energies be one."""
    run = run_of(LINEAR, algorithm="equilibrium")
    found = run.measure("trust_region")
    np.testing.assert_allclose(found["trust_moved"][:-1], found["trust_expected"][:-1], rtol=1e-4)
    assert np.isnan(found["trust_moved"][-1])
    loss, estimate, quality, exact, reached, gradient = found["trust_region"]
    net, (x, y) = unpadded(run), run.batch
    assert (estimate, exact, reached) == pytest.approx([float(theory.equilibrium(net, x, y).energy)] * 3, rel=1e-4)
    assert loss == pytest.approx(float(net.loss(x, y)), rel=1e-5)
    assert quality == 0
    per_sample = len(x) * np.asarray(net.activity_gradients(net.feedforward(x)[0], x, y)[-1])
    assert gradient == pytest.approx(np.sqrt(np.mean(np.sum(per_sample**2, 1))), rel=1e-4)


def test_the_two_parts_of_the_update_have_their_sizes_and_their_angle(linear):
    """The law of cosines: with them the length of the whole update follows, which is PC's at equilibrium."""
    found, agreement = linear.measure("trust_region"), linear.measure("agreement")
    backprop, added, between = (found[f"trust_{what}"] for what in ("backprop", "added", "cosine"))
    whole = np.sqrt(backprop**2 + added**2 + 2 * backprop * added * between)
    np.testing.assert_allclose(whole / backprop, agreement["agreement_ratio_equilibrium"], rtol=1e-3)


def test_the_mark_on_the_way_to_hard_clamping_is_the_run(linear):
    """The point at the run's λ is the agreement panel's number at equilibrium, and the energy's its inverse ratio."""
    path, agreement = linear.measure("precision_path"), linear.measure("agreement")
    at = np.isfinite(path["precision_path_now"])
    assert set(path["precision_path"][at]) == {2.0}
    assert path["precision_path_now"][at] == pytest.approx(agreement["agreement"][2], abs=1e-4)
    assert path["precision_path_energy"][at] == pytest.approx(1 / agreement["agreement"][3], rel=1e-4)
    assert (np.diff(path["precision_path_energy"]) <= 1e-7).all()


def test_the_rescaling_now_is_at_this_depth_and_beside_what_was_expected(linear, bent):
    found = linear.measure("rescaling")
    net = unpadded(linear)
    rescaling = np.trace(theory.equilibrium(net, *linear.batch).rescaling) / len(net.weights.readout)
    assert found["rescaling"][1] == pytest.approx(rescaling, rel=1e-5)
    assert found["rescaling_depth"].tolist() == list(range(2, 11))
    assert found["rescaling_now"][3] == found["rescaling"][1]
    assert found["rescaling_expected"][3] == found["rescaling"][0] == linear.measure("agreement")["agreement"][5]
    assert np.isnan(found["rescaling_now"]).sum() == 8
    assert np.isnan(bent.measure("rescaling")["rescaling"]).tolist() == [False, True]


def test_an_expectation_that_no_frame_can_hold_is_a_gap():
    """SP with skips doubles it at every layer, beyond float32 from 128 layers on."""
    expected = [expected_at(LINEAR.replace(parameterisation="sp"), depth) for depth in (100, 200, 2000)]
    assert np.isfinite(expected).tolist() == [True, False, False]


def test_a_run_without_an_end_of_inference_is_told_so():
    with pytest.raises(PcvizError, match="no inference"):
        run_of(BENT, algorithm="bp").measure("agreement")
    run = Experiment(BENT)
    run.change(activity_lr=10.0)
    with pytest.raises(PcvizError, match="diverges"):
        run.measure("repair")
