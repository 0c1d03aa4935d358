"""Several viewers, slow ones among them, and a worker that dies, over real sockets."""

import time
import urllib.error
import urllib.request

from tests.live_server import LiveServer
from tests.server.client import PATIENCE_S, Client, rows

SMALL = "depth=4&width=8&n_inference_steps=5&batch_size=8"


def test_a_viewer_that_takes_nothing_slows_nobody_else(live_server: LiveServer):
    """One reads without acknowledging, one does not even read; the third sees every step all the same."""
    with Client(live_server.port, f"{SMALL}&pace_speed=60") as watching:
        session = watching.message("hello")["session"]
        with Client(live_server.port, f"session={session}", acknowledges=False), Client(live_server.port, SMALL):
            watching.frame(lambda frame: frame.learn_step >= 8)
            every = [(k, t) for k in range(8) for t in range(6)] + [(8, 0)]
            assert list(rows(watching.frames()))[: len(every)] == every  # on a busy machine the last frame holds more


def test_without_acks_two_frames_come_and_then_the_newest_for_each(live_server: LiveServer):
    with Client(live_server.port, f"{SMALL}&n_inference_steps=200&pace_speed=60") as pacing:
        session = pacing.message("hello")["session"]
        pacing.frame()
        with Client(live_server.port, f"session={session}", acknowledges=False) as late:
            late.frame(lambda frame: len(late.frames()) == 2)
            pacing.frame(lambda frame: frame.infer_steps[-1] >= late.frames()[-1].infer_steps[-1] + 20)
            reached = pacing.frames()[-1].infer_steps[-1]
            late.send("ack", seq=late.frames()[-1].seq)
            newest = late.frame()
            assert len(late.frames()) == 3
            assert newest.infer_steps[-1] >= reached, "the newest frame, not the one that waited longest"
            assert newest.infer_steps[0] == late.frames()[1].infer_steps[-1] + 1, "with the steps it has missed"
            assert newest.seq >= 20, "the gap says how many frames gave place"


def test_a_quiet_run_still_gives_a_sign_of_life(live_server: LiveServer):
    with Client(live_server.port, SMALL) as client:
        client.send("pause")
        client.message("status", state="paused")
        client.message("heartbeat")


def test_what_the_server_counts_can_be_read(live_server: LiveServer):
    with Client(live_server.port, SMALL) as client:
        client.frame()
        counted = dict(
            line.rsplit(" ", 1) for line in live_server.get("/metrics").decode().splitlines() if not line.startswith("#")
        )
        assert float(counted["pcviz_viewers"]) >= 1
        assert float(counted["pcviz_sessions"]) >= 1
        assert float(counted["pcviz_frames_sent_total"]) >= 1


def test_a_killed_worker_is_replaced_and_every_session_begins_again(live_server: LiveServer):
    """One session plays, one is paused with other values; both come back as they were, from k = 0, under a new epoch."""
    with Client(live_server.port, f"{SMALL}&pace_speed=60") as playing, Client(live_server.port, f"{SMALL}&seed=7") as paused:
        playing.frame(lambda frame: frame.learn_step >= 1)
        paused.answer("change", control="activity_lr", value=0.125, seq=1)
        paused.send("pause")
        paused.message("status", state="paused")
        killed = live_server.kill_worker()
        for client in (playing, paused):
            status = client.message("status", state="starting")
            assert status["reason"] == "The process that computes stopped (SIGKILL); it is started again."
            restarted = client.message("restarted", epoch=2)
            assert "from k = 0" in restarted["reason"]
        assert restarted["spec"]["activity_lr"] == 0.125
        assert restarted["spec"]["seed"] == 7
        assert paused.message("status", state="paused")
        playing.frame(lambda frame: frame.epoch == 2 and frame.learn_step >= 1)
        before, after = playing.energies(1), playing.energies(2)
        assert {(0, t) for t in range(6)} <= before.keys() & after.keys()
        assert all(after[at] == before[at] for at in before.keys() & after.keys())
        assert live_server.worker_pid() != killed


def test_a_killed_workers_run_comes_back_playing_or_paused_as_the_page_last_showed_it(live_server: LiveServer):
    """A refused step has paused nothing, and a run that paused itself has."""
    with Client(live_server.port, f"{SMALL}&algorithm=bp&activity_lr=0.1") as playing, Client(live_server.port, SMALL) as paused:
        playing.message("status", state="playing")
        playing.send("infer", n=1)
        playing.message("rejected")
        paused.message("status", state="playing")
        paused.send("infer", n=2)
        paused.message("status", state="paused", infer_step=2)
        live_server.kill_worker()
        for client, shown in ((playing, "playing"), (paused, "paused")):
            client.message("restarted", epoch=2)
            told = client.until(
                lambda item: isinstance(item, dict) and item["op"] == "status" and item["state"] != "starting",
                "the run should come back",
            )
            assert told["state"] == shown


def test_without_a_worker_the_server_is_alive_and_not_ready_and_who_comes_waits(live_server: LiveServer):
    live_server.kill_worker()
    deadline = time.monotonic() + PATIENCE_S
    while (status := status_of(f"{live_server.url}/readyz")) == 200 and time.monotonic() < deadline:
        pass
    assert status == 503
    assert status_of(f"{live_server.url}/livez") == 200
    assert live_server.get("/api/catalogue").startswith(b"{"), "the page loads all the same"
    with Client(live_server.port, SMALL) as client:
        assert client.message("hello")["epoch"] == 1
        client.frame()
    assert status_of(f"{live_server.url}/readyz") == 200


def status_of(url: str) -> int:
    """The HTTP status of a GET."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
