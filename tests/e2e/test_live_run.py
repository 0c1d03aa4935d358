"""The default run, as a visitor meets it."""

from itertools import pairwise

import numpy as np

from tests.e2e.conftest import OpenPage


def test_the_default_run_plays_by_itself(open_page: OpenPage):
    """If this fails, a visitor looks at an empty page and has to guess what to press."""
    run = open_page()
    assert run.hello["resumed"] is False
    assert run.hello["spec"]["depth"] == 16
    run.wait_for_clocks(1)
    assert run.wire.sent == [] or all(message["op"] in {"ack", "show"} for message in run.wire.sent)
    assert run.wire.messages("status")[-1]["state"] == "playing"


def test_slow_motion_shows_every_inference_step(open_page: OpenPage):
    """If this fails, the error seems to jump over layers, and the wavefront is a story instead of a picture."""
    run = open_page("pace_speed=20")
    epoch = run.reset()
    run.wait_for_clocks(2)
    clocks = [(frame.learn_step, step) for frame in run.wire.frames_of(epoch) for step in frame.infer_steps]
    for (k, t), following in pairwise(clocks):
        assert following == ((k, t + 1) if t < 16 else (k + 1, 0))


def test_the_error_travels_one_layer_back_per_step(open_page: OpenPage):
    """The page's first lesson: from a feedforward start, layer l has energy from t = L − l on, exactly."""
    run = open_page("depth=8&pace_speed=20")
    epoch = run.reset()
    run.wait_for_clocks(1)
    assert {t for k, t in run.wire.energies(epoch) if k == 0} == set(range(17))
    for frame in run.wire.frames:
        for row, t in enumerate(frame.infer_steps):
            reached = frame.columns["layer_energy"][row] != 0
            assert not reached[: max(0, 8 - 1 - t)].any()


def test_the_clocks_on_the_page_are_those_of_the_newest_frame(open_page: OpenPage):
    """If this fails, the two big numbers say another moment than the charts show."""
    run = open_page()
    run.wait_for_clocks(0, 3)
    run.press("Space")
    run.wire.wait_until(lambda: run.wire.messages("status")[-1]["state"] == "paused", "Space should pause")
    run.wire.wait_until(lambda: run.shown_clocks() == run.now, f"the page should show {run.now}")


def test_training_shows_the_newest_relaxation_and_every_learning_step(open_page: OpenPage):
    """If this fails, the learning curve has holes or frames pile up behind the run."""
    run = open_page("pace=training")
    run.wait_for_clocks(60)
    frames = run.wire.frames
    assert max(len(frame.infer_steps) for frame in frames) <= 64
    learned = [int(step) for frame in frames for step in frame.columns["learning_step"]]
    assert learned == sorted(set(learned))


def test_the_page_draws_the_numbers_that_the_server_sent(open_page: OpenPage):
    """If this fails, a row is shifted by a layer or by a step on its way through the page's store."""
    run = open_page("n_inference_steps=8")
    run.reset()
    run.wait_for_clocks(0, 8)
    run.press("Space")
    run.wait_until_still()
    k, last = run.now
    sent = run.wire.energies(run.epoch)
    for t in range(last + 1):
        drawn = run.page.evaluate("t => window.pcviz.row('layer_energy', t)", t)
        assert np.array(drawn, "<f4").tobytes() == sent[k, t]
