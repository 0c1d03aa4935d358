"""The family of parameterisations as a person meets it in a run: exponents, the learning-rate rule, and the notes on both."""

import re

import numpy as np
import pytest
from hypothesis import given

from pcviz_core import Experiment, ExperimentSpec, Network, SpecError, theory
from pcviz_core.notes import control_notes
from pcviz_core.parameterisations import PARAMETERISATIONS, Exponents, Parameterisation, parameterisation_of
from tests.core.test_experiment import SMALL, assert_same, compilations, learned
from tests.strategies import specs

NTP = {"parameterisation": "custom", "output_exponent": 0.0}


@pytest.mark.parametrize("rule", ["unscaled", "scaled"])
@pytest.mark.parametrize(("name", "custom"), [("mupc", {"parameterisation": "custom"}), ("ntp", NTP)])
def test_custom_with_the_exponents_of_a_member_is_that_member_bit_for_bit(name: str, custom: dict, rule: str) -> None:
    """Else the exponents on the page would describe some other network than the one with the name."""
    named = Experiment(**SMALL, parameterisation=name, param_lr_rule=rule)
    free = Experiment(**SMALL, **custom, param_lr_rule=rule)
    for here, there in zip(learned(named, 3), learned(free, 3), strict=True):
        assert_same(here, there)


def test_exponents_and_rule_change_without_compiling_and_each_changes_the_run() -> None:
    """A control that does nothing, or stops the page to compile, is no control."""
    experiment = Experiment(**SMALL, parameterisation="custom", param_lr_rule="scaled")
    before = learned(experiment, 3)
    exponents = ("width_exponent", "init_exponent", "output_exponent", "depth_exponent", "rate_exponent")
    with compilations() as compiled:
        for name, value in [*((name, 0.3) for name in exponents), ("param_lr_rule", "unscaled")]:
            usual = getattr(experiment.spec, name)
            experiment.change(**{name: value})
            experiment.restart()
            assert not np.array_equal(learned(experiment, 3)[-1].layer_energies, before[-1].layer_energies), name
            experiment.change(**{name: usual})
            experiment.restart()
        for here, there in zip(learned(experiment, 3), before, strict=True):
            assert_same(here, there)
    assert compiled == []


@pytest.mark.parametrize(("optimiser", "scale"), [("adam", 1 / np.sqrt(12 * 6)), ("sgd", 4 * 12)])
def test_the_scaled_rule_scales_each_move_of_the_weights_from_the_next_learning_step(optimiser: str, scale: float) -> None:
    """The rate must follow the true depth 6, not the 8 layers of the compiled stack, and not apply to the step under way."""
    spec = ExperimentSpec(**SMALL, param_optimiser=optimiser, gamma=2.0, param_lr=0.05)
    moves = {}
    for rule in ("unscaled", "scaled"):
        experiment = Experiment(spec)
        assert experiment.change(param_lr_rule=rule) == "next_step"
        weights = [np.asarray(experiment.network.weights.blocks)]
        for _ in range(2):
            experiment.learn()
            weights.append(np.asarray(experiment.network.weights.blocks))
        moves[rule] = np.diff(weights, axis=0)
    np.testing.assert_array_equal(moves["scaled"][0], moves["unscaled"][0])
    # Moves are differences of float32 weights of size 1.
    np.testing.assert_allclose(moves["scaled"][1], scale * moves["unscaled"][1], atol=1e-6 * max(scale, 1))
    assert np.abs(moves["scaled"][1]).max() > 1e-3


@pytest.mark.parametrize(
    ("name", "optimiser", "skip", "expected"),
    [
        ("mupc", "sgd", True, 4 * 64),
        ("mupc", "adam", False, 1 / 8),
        ("mupc", "adam", True, 1 / np.sqrt(64 * 9)),
        ("ntp", "sgd", True, 4),
        ("ntp", "adam", True, 1 / np.sqrt(64 * 9)),
        ("sp", "sgd", True, 1),
        ("sp", "adam", True, 1),
        ("sp_uniform", "adam", False, 1),
    ],
)
def test_the_scaled_rates_of_the_named_members_are_those_of_the_paper(name, optimiser, skip, expected) -> None:
    """Theory §1.2, at width 64, depth 9, γ = 2."""
    row = PARAMETERISATIONS[name]
    assert row.rate_scale(optimiser, 64, 9, skip, 2.0) == pytest.approx(expected, rel=1e-12)
    assert row.rate_scale(optimiser, 64, 2, True) == row.rate_scale(optimiser, 64, 2, False), "two layers have no skip"


def test_exponents_that_explode_are_a_divergence_that_names_them_and_not_an_exception() -> None:
    """Trying the worst exponents is what the controls are for: the run says why it broke, and goes on after a change."""
    worst = dict.fromkeys(("width_exponent", "init_exponent", "output_exponent", "depth_exponent"), -1.0)
    experiment = Experiment(**{**SMALL, "depth": 8}, parameterisation="custom", gamma=0.01, **worst)
    experiment.learn()
    assert experiment.divergence is not None
    assert "before any learning: under this parameterisation" in experiment.divergence.reason
    control, value = experiment.divergence.suggestion
    experiment.change(**{control: value}, gamma=1.0)
    experiment.learn()
    assert experiment.divergence is None
    assert experiment.learn_step == 1


def test_where_only_a_rate_below_every_slider_holds_it_is_offered_as_it_has_been_tried() -> None:
    """It can be typed; the limit of such exponents is far below the slider."""
    experiment = Experiment(**SMALL, parameterisation="custom", width_exponent=-1.0, init_exponent=-1.0)
    experiment.learn()
    assert experiment.divergence is not None
    assert experiment.divergence.infer_step > 0
    control, value = experiment.divergence.suggestion
    assert (control, value < ExperimentSpec.controls()["activity_lr"].low) == ("activity_lr", True)
    experiment.change(activity_lr=value)
    experiment.retry()
    experiment.learn()
    assert experiment.divergence is None


def test_given_weights_are_custom_only_with_exponents_and_named_only_without() -> None:
    weights = [np.ones((3, 2)), np.ones((3, 3)), np.ones((1, 3))]
    with pytest.raises(SpecError, match=r"give them as `exponents=Exponents\(\.\.\.\)`\."):
        Network.from_weights(weights, parameterisation="custom")
    with pytest.raises(SpecError, match="The exponents of 'mupc' are fixed"):
        Network.from_weights(weights, parameterisation="mupc", exponents=Exponents())
    net = Network.from_weights(weights, parameterisation="custom", exponents=Exponents(width=1.0, depth=2.0), skip=True)
    np.testing.assert_allclose(net.forward_multipliers, [1 / np.sqrt(2 * 3), 1 / (3 * 9), 3**-1.5], rtol=1e-6)


# The verdict and the notes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "skip", "stable", "learns", "to_backprop", "words"),
    [
        ("mupc", True, True, True, True, "S − I falls as L/N"),
        ("mupc", False, True, True, True, "and learns features (d = ½)"),
        ("ntp", True, True, False, False, "but lazy"),
        ("sp", False, False, False, False, "moves the output as N"),
        ("sp", True, False, False, False, "2^L"),
        ("sp_uniform", True, False, False, False, r"(4/3)^L"),
        ("sp_uniform", False, False, False, False, "to a third"),
    ],
)
def test_the_verdict_on_a_named_member(name, skip, stable, learns, to_backprop, words) -> None:
    judged = theory.verdict(PARAMETERISATIONS[name], skip)
    assert (judged.is_stable, judged.learns_features, judged.tends_to_backprop) == (stable, learns, to_backprop)
    assert words in judged.sentence
    assert (judged.plain == "Stable and feature-learning at any width and depth.") == judged.learns_features
    assert judged.plain.startswith("Stable") == judged.is_stable


@pytest.mark.parametrize(
    ("exponents", "words"),
    [
        (Exponents(width=0.2), "mean square by N^0.6 (2a + b = 0.4, not 1)"),
        (Exponents(rate=0.5), "moves the output as N^−0.5 (2a + c = 1.5, not 1)"),
        (Exponents(output=0.25), "learns features less the wider it is"),
        (Exponents(output=0.75), "moves the features as N^0.25 (d = 0.75 > ½)"),
        (Exponents(output=-0.5), "the output itself has size √N"),
        (Exponents(depth=0.25), "explode with depth (α_L = 0.25 < ½)"),
        (Exponents(depth=1.0), "branches of 1/L"),
    ],
    ids=str,
)
def test_the_verdict_names_the_exponent_that_is_to_blame(exponents: Exponents, words: str) -> None:
    """"Unstable" without the condition that fails teaches nothing."""
    judged = theory.verdict(Parameterisation("x", "x", exponents), skip=True)
    assert words in judged.sentence
    assert judged.is_stable == judged.sentence.startswith("Stable") == judged.plain.startswith("Stable")


@given(values=specs())
def test_whatever_the_spec_its_notes_are_sentences_about_its_controls(values: dict) -> None:
    spec = ExperimentSpec(**values)
    notes = control_notes(spec)
    assert notes.keys() <= ExperimentSpec.controls().keys()
    assert {"parameterisation", "param_lr_rule"} <= notes.keys()
    assert all(notes.values())
    for note in notes.values():
        assert not re.search(r"[Α-ωµ^√/=<>]|\b[NL]\b", note.splitlines()[0]), "the first screen holds no formula"
        assert len(note.splitlines()[0]) <= 60, "two lines beside a control"
    assert ("param_lr" in notes) == (spec.param_lr_rule == "scaled")
    assert np.isfinite(np.float32(spec.effective_param_lr))


def test_the_notes_hold_the_numbers_that_are_in_force() -> None:
    spec = ExperimentSpec(param_lr_rule="scaled", param_optimiser="sgd", param_lr=0.01, width=64, activity_lr=0.3, batch_size=64)
    notes = control_notes(spec)
    assert notes["param_lr"] == "Scaled, it is 0.64 here."
    assert notes["param_lr_rule"].splitlines()[1] == "η_eff = η N, here 0.64."
    as_given = control_notes(spec.replace(param_lr_rule="unscaled"))
    why = "As given, one step moves the output as N^−1; the scaled rate would be η N, here 0.64."
    assert as_given["param_lr_rule"].splitlines()[1] == why


@pytest.mark.parametrize("depth_exponent", [0.0, 0.2, 0.5, 1.0, 1.5])
def test_the_scaled_rate_of_adam_follows_depth_as_theory_has_it(depth_exponent: float) -> None:
    """Theory (1.4): L^(α_L − 1), which at α_L = ½ alone is L^(−α_L)."""
    row = parameterisation_of("custom", Exponents(depth=depth_exponent))
    shallow, deep = (row.rate_scale("adam", 64, depth, True) for depth in (8, 32))
    assert deep / shallow == pytest.approx(4 ** (depth_exponent - 1), rel=1e-12)
    assert row.rate_scale("adam", 64, 8, False) == row.rate_scale("adam", 64, 32, False), "nothing of depth without skips"
