"""What a person moves, and what the run makes of it."""

import math
import time

import numpy as np
import pytest

from tests.e2e.conftest import OpenPage
from tests.e2e.run_page import RunPage
from tests.e2e.wire import Frame
from tests.live_server import LiveServer


def drag(run: RunPage, name: str, seconds: float, span: tuple[float, float]) -> None:
    """Drag a slider's knob back and forth over a part of its track, a move an animation frame, and let go at the low end."""
    track = run.slider(name).bounding_box()
    assert track
    place = float(run.slider(name).input_value()) / float(run.slider(name).get_attribute("max") or 1)
    y = track["y"] + track["height"] / 2
    low, high = (track["x"] + track["width"] * part for part in span)
    run.page.mouse.move(track["x"] + track["width"] * place, y)
    run.page.mouse.down()
    start = time.monotonic()
    while (elapsed := time.monotonic() - start) < seconds:
        run.page.mouse.move(low + (high - low) * (0.5 + 0.5 * math.sin(3 * elapsed)), y)
        run.page.evaluate("() => new Promise(requestAnimationFrame)")
    run.page.mouse.move(low, y)
    run.page.mouse.up()


def test_dragging_the_activity_rate_for_ten_seconds_is_live(open_page: OpenPage, live_server: LiveServer):
    """If this fails, a lecturer's drag freezes the picture, restarts the run, or acts seconds later."""
    run = open_page()
    run.wait_for_limit()
    compilations = 0
    while compilations != (compilations := live_server.compilations()):
        run.wait_for_frames(30)  # what may be wanted later is compiled beside the run, until there is no more
    assert compilations > 0, "JAX says when it compiles"
    mark, epoch = run.wire.mark(), run.epoch
    drag(run, "activity_lr", 10, (0.05, 0.6))
    run.wire.wait_until(lambda: run.wire.newest.applied_seq == run.last_seq(), "the last change should be in a frame")
    changes = run.changes()
    seen = run.wire.since(mark)

    assert 30 <= len(changes) <= 10 * 62, "throttled to the display's rate, not debounced"
    assert live_server.compilations() == compilations
    assert seen.messages("restarted") == []
    assert seen.messages("rejected") == []
    assert [status["compiling"] for status in seen.messages("status") if status["compiling"]] == []
    assert {frame.epoch for frame in seen.frames} == {epoch}
    assert [frame.now for frame in seen.frames] == sorted(frame.now for frame in seen.frames)
    assert len(seen.frames) >= 60, "the run streams on at 10 steps a second while the knob moves"
    applied = seen.messages("applied")
    assert [answer["seq"] for answer in applied] == [change["seq"] for change in changes]
    assert {answer["effect"] for answer in applied} == {"live"}

    late = 0  # frames since an answer that do not know of it yet
    newest_answer = 0
    for item in seen.received:
        if isinstance(item, Frame):
            late = late + 1 if item.applied_seq < newest_answer else 0
            assert late <= 2, "an applied change is in force two frames later at most: those in flight"
        elif item["op"] == "applied":
            newest_answer = item["seq"]


def test_the_rate_in_the_box_is_the_rate_that_moves_the_activities(open_page: OpenPage):
    """If this fails, the slider is decoration: a rate 100 times smaller must lower the energy about 100 times slower."""
    run = open_page("n_inference_steps=64")
    fall = {}
    for rate in ("0.1", "0.001"):
        run.type_value("activity_lr", rate)
        seq = run.last_seq()
        run.wire.wait_until(lambda seq=seq: run.wire.newest.applied_seq >= seq, "the change should be in a frame")
        mark = run.wire.mark()
        run.wire.wait_until(lambda mark=mark: len(run.wire.since(mark).frames) >= 6, "six frames should show the change")
        output = {
            frame.now: float(frame.columns["layer_energy"][-1, -1]) for frame in run.wire.since(mark).frames if frame.now[1] > 0
        }
        steps = [math.log(output[k, t] / output[k, t + 1]) for k, t in output if (k, t + 1) in output]
        fall[rate] = np.mean(steps)
    assert fall["0.1"] / fall["0.001"] > 20


@pytest.mark.slow
def test_every_depth_shows_a_new_network_streaming(open_page: OpenPage):
    """If this fails, a deeper network never appears, or the page draws the old one's layers under the new one's name."""
    run = open_page("depth=16")
    for depth in (8, 64, 128):
        before = run.epoch
        run.type_value("depth", str(depth))
        restarted = run.wait_for_restart(before)
        assert restarted["spec"]["depth"] == depth
        run.wait_for_frames(5, run.epoch)
        assert {frame.depth for frame in run.wire.frames_of(run.epoch)} == {depth}
        run.wire.wait_until(lambda depth=depth: run.shown_layers() == depth, f"the heatmap should have {depth} layers")
        assert run.query["depth"] == str(depth)


def test_another_scaling_keeps_the_seed_and_the_draws(open_page: OpenPage):
    """If this fails, comparing SP with μPC compares two random networks. SP's weights are μPC's draws over √fan-in."""
    run = open_page("seed=7&parameterisation=sp")
    sp = run.wire.frames[0].columns["weight_rms"]
    before = run.epoch
    run.choose("parameterisation", "mupc")
    restarted = run.wait_for_restart(before)
    assert (restarted["spec"]["parameterisation"], restarted["spec"]["seed"]) == ("mupc", 7)
    mupc = run.wire.frames_of(run.epoch)[0].columns["weight_rms"]
    fan_in = 64  # of every layer: digits have 64 pixels, the default width is 64
    np.testing.assert_allclose(sp * math.sqrt(fan_in), mupc, rtol=1e-5)
    assert run.query["seed"] == "7"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [("activity_lr", "100", "1e-06 to 10"), ("depth", "two", "a whole number from 2 to 256"), ("param_lr", "-1", "1e-06 to 10")],
)
def test_a_value_that_cannot_be_gets_a_sentence_and_loses_nothing(open_page: OpenPage, name, text, said):
    """If this fails, a typing error restarts the run, is clipped in silence, or leaves the person guessing."""
    run = open_page()
    before, epoch = run.now, run.epoch
    run.type_value(name, text)
    complaint = run.control(name).get_by_text(said)
    complaint.wait_for()
    run.wait_for_frames(3)
    assert run.epoch == epoch
    assert run.now > before
    assert run.box(name).input_value() == text, "what was typed stays to be put right"
    run.box(name).press("Escape")
    complaint.wait_for(state="hidden")
    assert float(run.box(name).input_value()) == run.hello["spec"][name], "and one key brings back what is in force"


def test_a_double_click_restores_the_usual_value(open_page: OpenPage):
    """If this fails, nobody finds the way back after playing with a slider."""
    run = open_page("activity_lr=0.01")
    run.slider("activity_lr").dblclick()
    run.wire.wait_until(lambda: run.query.get("activity_lr") == "0.3", "the address should have the usual rate")
    assert run.wire.messages("applied")[-1]["value"] == 0.3
    assert run.box("activity_lr").input_value() == "0.30"


def test_a_next_step_change_applies_at_the_next_learning_step(open_page: OpenPage):
    """If this fails, the badge beside the slider lies."""
    run = open_page("n_inference_steps=12&pace_speed=8")
    run.wait_for_clocks(0, 3)
    run.type_value("n_inference_steps", "5")
    run.wait_for_clocks(3)
    (applied,) = run.wire.messages("applied")
    assert applied["effect"] == "next_step"
    last = {}
    for frame in run.wire.frames:
        last[frame.learn_step] = frame.infer_steps[-1]
    in_force = applied["learn_step"]
    assert last[in_force - 1] == 12
    assert all(last[k] == 5 for k in range(in_force, 3))


def test_every_change_is_logged_with_its_clocks(open_page: OpenPage):
    """If this fails, nobody can say afterwards what was done and when."""
    run = open_page()
    run.type_value("param_lr", "0.02")
    run.wire.wait_until(lambda: run.wire.messages("applied"), "the change should be taken")
    event = run.events().filter(has_text="Learning rate").first
    event.wait_for()
    said = event.inner_text()
    assert "0.020" in said
    assert "next step" in said


def test_another_layer_has_a_range_of_its_own(open_page: OpenPage):
    """If this fails, the activities of a layer far from the output lie on one line until the viewer asks for another range."""
    run = open_page()
    run.wait_for_clocks(1, 0)
    run.press("Space")
    run.wait_until_still()
    for _ in range(run.now[1], 16):
        run.step("inference step")
    run.wire.wait_until(lambda: run.shown_clocks()[1] == 16, "the relaxation should end")
    field = run.plot(0).locator(".nsewdrag").first
    # The range in units of the largest change in it.
    room = """gd => gd._fullLayout.yaxis.range[1] / Math.max(...gd.data.filter(trace => trace.mode === 'lines')
        .flatMap(trace => [...trace.y]).filter(Number.isFinite).map(Math.abs))"""
    for layer in (13, 10, 7):
        box = field.bounding_box()
        assert box
        field.click(position={"x": box["width"] / 2, "y": box["height"] * (1 - (layer - 0.5) / run.shown_layers())})
        run.wire.wait_until(
            lambda layer=layer: f"of layer {layer}," in run.slot(2).inner_text() and 1 <= run.plot(2).evaluate(room) <= 2.5,
            f"the range should fit layer {layer}",
        )
