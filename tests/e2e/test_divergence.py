"""The tick at 2/λ_max is a promise: beyond it the run explodes and says where, below it it settles."""

import pytest

from tests.e2e.conftest import OpenPage

LINEAR = "activation=linear&n_inference_steps=64&pace_speed=60"


@pytest.mark.slow
def test_a_fifth_beyond_the_tick_pauses_within_one_relaxation_and_names_a_layer(open_page: OpenPage):
    """If this fails, the tick is not where the cliff is, or the page hides what happened."""
    run = open_page(LINEAR)
    limit = run.wait_for_limit()
    run.type_value("activity_lr", repr(1.2 * limit))
    run.wire.wait_until(lambda: run.wire.messages("diverged"), "the run should diverge", 60)
    (applied,) = run.wire.messages("applied")
    (diverged,) = run.wire.messages("diverged")
    assert (diverged["learn_step"], diverged["infer_step"]) <= (applied["learn_step"] + 1, 64)
    assert 1 <= diverged["layer"] <= 16
    assert f"layer {diverged['layer']}" in diverged["reason"].lower()
    run.wire.wait_until(lambda: run.wire.messages("status")[-1]["state"] == "paused", "the run should pause itself")
    banner = run.banner()
    banner.wait_for()
    said = banner.inner_text()
    assert str(diverged["layer"]) in said
    assert str(diverged["infer_step"]) in said


@pytest.mark.slow
def test_a_twentieth_below_the_tick_stays_finite(open_page: OpenPage):
    """If this fails, the page warns of a cliff that is further away than it says."""
    run = open_page(LINEAR)
    limit = run.wait_for_limit()
    run.type_value("activity_lr", repr(0.95 * limit))
    run.wire.wait_until(lambda: run.wire.messages("applied"), "the change should be taken")
    run.wait_for_clocks(run.wire.messages("applied")[0]["learn_step"] + 2)
    assert run.wire.messages("diverged") == []
    assert run.wire.messages("status")[-1]["state"] == "playing"
    assert not run.banner().is_visible()
