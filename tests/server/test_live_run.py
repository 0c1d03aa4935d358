"""A run over a real socket, from a real spawned worker: paces, steps, changes, restarts, exactness."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import dropwhile
from typing import Any

import numpy as np
import pytest

from tests.e2e.wire import Frame
from tests.live_server import LiveServer
from tests.server.client import Client, rows

SMALL = "depth=4&width=8&n_inference_steps=5&batch_size=8"


@pytest.fixture
def small(live_server: LiveServer) -> Iterator[Client]:
    """A small run in slow motion, as fast as that goes."""
    with Client(live_server.port, f"{SMALL}&pace_speed=60") as client:
        yield client


def test_a_new_session_says_hello_first_and_plays_by_itself(small: Client):
    hello = small.message("hello")
    assert small.received[0] == hello
    assert (hello["protocol"], hello["epoch"], hello["resumed"], hello["device"]) == (1, 1, False, "CPU")
    assert hello["spec"]["depth"] == 4
    assert hello["view"]["pace_speed"] == 60
    small.message("status", state="playing")


def test_slow_motion_shows_every_step_once_in_order(small: Client):
    """A step left out would be a hole in the heatmap, and one shown twice a step back."""
    small.frame(lambda frame: frame.learn_step == 3)
    shown = list(rows(small.frames()))
    while shown[:2] == [(0, 0), (0, 0)]:  # what was measured before the run began to play is shown with t = 0
        shown.pop(0)
    assert shown == [(k, t) for k in range(3) for t in range(6)] + [(3, 0)]


def test_the_pace_is_kept(live_server: LiveServer):
    """20 steps a second for 20 steps take one second, and no late step is made up for in a burst."""
    with Client(live_server.port, f"{SMALL}&n_inference_steps=100&pace_speed=20") as client:
        client.frame(lambda frame: frame.infer_steps[-1] >= 10)
        began = time.monotonic()
        client.frame(lambda frame: frame.infer_steps[-1] >= 30)
        assert time.monotonic() - began >= 0.9


def test_training_shows_whole_relaxations_and_every_learning_step(live_server: LiveServer):
    with Client(live_server.port, f"{SMALL}&pace=training") as client:
        client.frame(lambda frame: len(client.frames()) == 12)
        # The start comes by itself, and once more where something was measured before the run began to play.
        frames = list(dropwhile(lambda frame: frame.infer_steps == (0,), client.frames()))
        assert len(frames) >= 10
        assert all(frame.infer_steps == tuple(range(6)) for frame in frames)
        learned = [int(k) for frame in frames for k in frame.columns["learning_step"]]
        assert learned == sorted(set(learned))
        assert frames[-1].learn_step > len(frames), "learning steps follow each other faster than frames"


def test_infer_pauses_and_does_exactly_n_steps(small: Client):
    small.frame()
    k, t = small.pause()
    small.send("infer", n=40)
    small.message("status", state="paused", learn_step=k, infer_step=t + 40)
    small.seen(lambda frame: frame.now == (k, t + 40))
    assert list(rows(small.frames()))[-40:] == [(k, step) for step in range(t + 1, t + 41)]


def test_steps_pressed_one_after_another_are_all_done(small: Client):
    small.frame()
    k, t = small.pause()
    for _ in range(7):
        small.send("infer", n=1)
    small.frame(lambda frame: frame.now == (k, t + 7))


def test_learn_finishes_the_learning_step_and_shows_how_it_ended(small: Client):
    small.frame()
    k, _ = small.pause()
    small.send("learn", n=1)
    small.frame(lambda frame: frame.now == (k + 1, 0))
    assert {(k, t) for t in range(6)} <= {*rows(small.frames())}
    small.send("learn", n=3)
    small.frame(lambda frame: frame.now == (k + 4, 0))
    learned = [int(step) for frame in small.frames() for step in frame.columns["learning_step"]]
    assert learned[-4:] == [k, k + 1, k + 2, k + 3]


def test_a_live_change_is_answered_and_its_frames_say_so(small: Client):
    small.frame()
    answer = small.answer("change", control="activity_lr", value=0.05, seq=3)
    assert (answer["op"], answer["effect"], answer["value"]) == ("applied", "live", 0.05)
    assert small.frame().applied_seq == 3


def test_a_change_at_the_next_step_names_that_step(small: Client):
    small.frame()
    answer = small.answer("change", control="n_inference_steps", value=2, seq=1)
    assert answer["effect"] == "next_step"
    first = answer["learn_step"]
    small.frame(lambda frame: frame.learn_step == first + 2)
    steps = {k: [t for other, t in rows(small.frames()) if other == k] for k in (first - 1, first)}
    assert steps == {first - 1: list(range(6)), first: list(range(3))}


def test_a_slider_that_is_dragged_restarts_and_compiles_nothing(small: Client):
    """Ten seconds of dragging at 20 changes a second."""
    small.message("status", state="playing")
    mark = len(small.received)
    for seq in range(200):
        small.send("change", control="activity_lr", value=0.1 + seq / 1000, seq=seq)
    small.message("applied", seq=199)
    assert small.frame().applied_seq == 199
    later = small.received[mark:]
    answers = [item for item in later if isinstance(item, dict)]
    assert [item["seq"] for item in answers if item["op"] == "applied"] == list(range(200))
    assert {item["op"] for item in answers} <= {"applied", "notes"}, "no restart, no compile, no refusal"
    assert {item.epoch for item in later if isinstance(item, Frame)} == {1}


def test_while_a_new_depth_compiles_the_old_network_keeps_streaming(live_server: LiveServer):
    with Client(live_server.port, "depth=4&width=9&n_inference_steps=5&pace_speed=60") as client:
        client.frame()
        assert client.answer("change", control="depth", value=40, seq=1)["effect"] == "restart"
        client.message("status", compiling="depth 40, width 9")
        meanwhile = len(client.frames())
        restarted = client.message("restarted")
        assert len(client.frames()) - meanwhile >= 5
        assert {frame.depth for frame in client.frames()} == {4}
        assert (restarted["epoch"], restarted["spec"]["depth"]) == (2, 40)
        assert restarted["reason"] == "Depth is now 40."
        client.frame(lambda frame: frame.now == (0, 2))
        new = [frame for frame in client.frames() if frame.epoch == 2]
        assert {frame.depth for frame in new} == {40}
        assert list(rows(new)) == [(0, 0), (0, 1), (0, 2)]
        status = [item for item in client.received if isinstance(item, dict) and item["op"] == "status"][-1]
        assert (status["state"], status["compiling"]) == ("playing", None)


def test_many_depths_in_a_row_end_in_the_last(small: Client):
    small.frame()
    for seq, depth in enumerate((5, 6, 7, 5, 6, 8)):
        small.send("change", control="depth", value=depth, seq=seq)
    small.frame(lambda frame: frame.depth == 8)
    epochs = [item["spec"]["depth"] for item in small.received if isinstance(item, dict) and item["op"] == "restarted"]
    assert epochs[-1] == 8


def test_a_change_that_compiles_for_the_next_step_keeps_the_run(small: Client):
    small.frame()
    answer = small.answer("change", control="activation", value="tanh", seq=1)
    assert answer["effect"] == "next_step"
    small.message("status", compiling=None)
    k = small.frames()[-1].learn_step
    small.frame(lambda frame: frame.learn_step == k + 2)
    assert {frame.epoch for frame in small.frames()} == {1}


def agree(before: Mapping[Any, bytes], after: Mapping[Any, bytes]) -> bool:
    """Whether whatever both have is the same in both."""
    return all(after[at] == before[at] for at in before.keys() & after.keys())


@pytest.mark.parametrize("pace", ["slow", "training"])
def test_reset_repeats_every_bit(live_server: LiveServer, pace: str):
    """At every (k, t) that was seen before, the energies after Reset are the same bytes; so are the learning curves."""
    with Client(live_server.port, f"depth=8&width=16&seed=3&n_inference_steps=5&pace={pace}&pace_speed=60") as client:
        client.frame(lambda frame: frame.learn_step >= 4 and len(client.frames()) >= 6)
        client.send("reset")
        client.message("restarted", epoch=2)
        first, learned = client.energies(1), client.learning(1)
        client.frame(lambda frame: len(learned.keys() & client.learning(2).keys()) >= 4)
        assert agree(learned, client.learning(2))
        assert agree(first, client.energies(2))
        # At the training pace other relaxations are shown each time, so one that was is looked up step by step.
        client.pause()
        client.send("reset")
        client.message("restarted", epoch=3)
        k, t = next(at for at in first if at > (0, 0) and at[1] == 5)
        for _ in range(k + 1):
            client.send("learn", n=1)
        client.frame(lambda frame: frame.epoch == 3 and (k, t) in client.energies(3), f"k = {k} and t = {t} again")
        assert agree(first, client.energies(3))


def test_both_paces_and_both_urls_give_the_same_bits(live_server: LiveServer):
    """Steps by hand, slow motion and training are one run; so a link gives a class what the teacher saw."""
    seen = []
    for pace in ("pace=training", "pace_speed=60"):
        with Client(live_server.port, f"{SMALL}&seed=5&{pace}") as client:
            client.pause()
            client.send("learn", n=1)
            client.frame(lambda frame: frame.now == (1, 0))
            client.send("play")
            client.frame(lambda frame: frame.learn_step >= 2)
            seen.append(client.energies(1))
    assert {(0, t) for t in range(6)} <= seen[0].keys() & seen[1].keys()
    assert agree(*seen)


def test_reset_with_a_seed_is_another_run_that_says_its_seed(small: Client):
    first = small.frame()
    small.send("reset", seed=11)
    restarted = small.message("restarted")
    assert restarted["spec"]["seed"] == 11
    other = small.frame()
    assert other.now == (0, 0)
    assert not np.array_equal(other.columns["layer_energy"], first.columns["layer_energy"])


def test_a_socket_that_breaks_finds_the_same_run_where_it_stood(live_server: LiveServer):
    with Client(live_server.port, f"{SMALL}&pace_speed=60") as client:
        session = client.message("hello")["session"]
        client.frame(lambda frame: frame.now == (2, 3))
        k, t = client.pause()
        client.seen(lambda frame: frame.now == (k, t))
        before = client.energies(1)
    with Client(live_server.port, f"session={session}") as client:
        hello = client.message("hello")
        assert (hello["resumed"], hello["session"], hello["spec"]["depth"]) == (True, session, 4)
        frame = client.frame()
        assert frame.now == (k, t)
        assert frame.infer_steps == tuple(range(t + 1))
        assert dict(frame.energies()).items() <= before.items()
        assert list(frame.columns["learning_step"]) == list(range(k))


def test_an_unknown_session_gives_a_new_run_and_says_so(live_server: LiveServer):
    with Client(live_server.port, f"session=nowhere&{SMALL}") as client:
        hello = client.message("hello")
        assert (hello["resumed"], hello["spec"]["depth"]) == (False, 4)
        assert client.message("rejected")["reason"] == "There is no run 'nowhere' any more, so this is a new one."


def test_two_sockets_of_one_session_watch_one_run(small: Client, live_server: LiveServer):
    session = small.message("hello")["session"]
    small.frame()
    with Client(live_server.port, f"session={session}") as other:
        other.frame()
        small.send("change", control="pace_speed", value=30, seq=1)
        assert other.message("applied", control="pace_speed")["seq"] is None
        other.send("pause")
        small.message("status", state="paused")


def test_columns_on_request_come_when_shown_and_go_again(small: Client):
    assert not {"layer_error_mean", "activity_grad_rms"} & set(small.frame().columns)
    small.send("show", columns=["layer_error_mean", "activity_grad_rms", "layer_energy"])
    frame = small.frame(lambda frame: "layer_error_mean" in frame.columns)
    assert np.isnan(frame.columns["activity_grad_rms"][:, -1]).all()
    small.send("show", columns=[])
    small.frame(lambda frame: "layer_error_mean" not in frame.columns)


def test_the_watched_layer_follows_its_control_and_the_depth(small: Client):
    assert small.frame().columns["trajectory_layer"].item() == 3
    small.answer("change", control="trajectory_layer", value=1, seq=1)
    small.frame(lambda frame: frame.columns["trajectory_layer"].item() == 1)
    refused = small.answer("change", control="trajectory_layer", value=4, seq=2)
    assert refused["reason"] == "Hidden layers are 1 to 3, and 0 is the last; 4 is not one."
    small.answer("change", control="trajectory_layer", value=3, seq=3)
    small.send("change", control="depth", value=3, seq=4)
    assert small.message("applied", control="trajectory_layer", seq=None)["value"] == 0
    assert small.frame(lambda frame: frame.depth == 3).columns["trajectory_layer"].item() == 2


def test_slow_measurements_arrive_soon(small: Client):
    frame = small.frame(
        lambda frame: np.isfinite(frame.columns["stability"]).all() and np.isfinite(frame.columns["evaluation"]).all(),
        "a frame with the stability limit and the accuracy",
    )
    limit, measured_at = frame.columns["stability"]
    assert 0 < limit < 100
    assert 0 <= measured_at <= frame.learn_step


def test_a_theory_column_is_measured_while_the_run_goes_on_and_is_of_its_step(live_server: LiveServer):
    """The gap to equilibrium on the page must belong to the energies beside it."""
    query = "depth=5&width=8&batch_size=8&activation=linear&dataset=teacher&n_inference_steps=40&pace_speed=20"
    with Client(live_server.port, query) as client:
        client.send("show", columns=["equilibrium", "equilibrium_layer_energy"])
        client.frame(lambda frame: "equilibrium" in frame.columns, "a measured frame")
        client.pause()
        k, t = client.frames()[-1].now
        client.send("infer", n=1)
        frame = client.frame(
            lambda frame: frame.infer_steps[-1] > t and _is_of(frame), "a measurement of the step at which it stands"
        )
        assert frame.learn_step == k
        best, energy = frame.columns["equilibrium"][:2]
        np.testing.assert_allclose(frame.columns["equilibrium_layer_energy"].sum(), best, rtol=1e-5)
        assert best < energy
        client.send("show", columns=[])
        client.send("infer", n=1)
        client.frame(lambda frame: "equilibrium" not in frame.columns, "a frame without it")


def _is_of(frame: Frame) -> bool:
    return np.allclose(frame.columns["equilibrium"][1], frame.columns["layer_energy"][-1].sum(), rtol=1e-5)


def test_what_cannot_be_measured_is_said(small: Client):
    """An empty chart without a reason would look broken; the default network is not linear."""
    notes = small.message("notes")
    assert all(sentence.endswith(".") for sentence in notes["panels"].values())


def test_a_divergence_names_where_and_play_tries_the_same_step_again(live_server: LiveServer):
    with Client(
        live_server.port, "activation=linear&depth=8&width=16&n_inference_steps=64&activity_lr=3&pace_speed=60"
    ) as client:
        diverged = client.message("diverged")
        assert (diverged["learn_step"], diverged["suggestion"]["control"]) == (0, "activity_lr")
        assert 1 <= diverged["layer"] <= 8
        assert client.message("status", state="paused")["reason"] == diverged["reason"]
        client.seen(lambda frame: frame.now == (0, diverged["infer_step"]), "the row that diverged")
        client.send("change", control=diverged["suggestion"]["control"], value=diverged["suggestion"]["value"], seq=1)
        client.send("play")
        client.message("status", state="playing")
        client.frame(lambda frame: frame.now == (1, 0))


def test_a_deep_long_relaxation_keeps_to_the_size_of_a_frame(live_server: LiveServer):
    """Depth 128 and T = 512 would be two megabytes; the first and the last step must be among what is sent."""
    with Client(live_server.port, "depth=128&width=8&batch_size=4&n_inference_steps=512&activity_lr=0.1&pace=training") as client:
        sizes: list[int] = []
        decode = Frame.decode
        with ExitStack() as stack:
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            patch.setattr(Frame, "decode", lambda data: sizes.append(len(data)) or decode(data))
            whole = client.frame(lambda frame: frame.infer_steps[-1] == 512, "a complete relaxation")
        assert whole.infer_steps[0] == 0
        assert whole.columns["layer_energy"].shape == (len(whole.infer_steps), 128)
        assert 16 <= len(whole.infer_steps) <= 64
        assert max(sizes) <= 128_000
