"""Connections break and workers die; a run that someone watches goes on."""

from tests.e2e.conftest import OpenPage, Watch
from tests.e2e.cut_line import CutLine
from tests.e2e.run_page import RunPage
from tests.live_server import LiveServer


def test_a_killed_socket_resumes_the_same_run(open_page: OpenPage, live_server: LiveServer, watch: Watch):
    """If this fails, a hiccup of the classroom's network throws the run away."""
    watch.allow("WebSocket connection to")  # the browser reports each attempt that the broken line refuses,
    watch.allow("Failed to load resource")  # and each time that the page asks at the door
    with CutLine(to_port=live_server.port) as line:
        run = open_page(base=line.url)
        run.wait_for_clocks(1)
        greeting, before = run.hello, run.now
        line.block()
        run.status().get_by_text("Reconnecting").wait_for()
        line.restore()
        run.wire.wait_until(lambda: len(run.wire.messages("hello")) == 2, "the page should connect again", 30)
        assert run.hello["resumed"] is True
        assert (run.hello["session"], run.hello["epoch"]) == (greeting["session"], greeting["epoch"])
        run.wait_for_frames(5)
        assert run.now > before
        assert run.wire.messages("restarted") == []
        run.status().get_by_text("Live").wait_for()


def test_a_killed_workers_session_comes_back_with_a_new_epoch(open_page: OpenPage, live_server: LiveServer):
    """If this fails, one crash of the engine leaves every page dead until someone restarts the server."""
    run = open_page("depth=8&seed=5&pace_speed=20")
    first = run.reset()
    run.wait_for_clocks(1)
    killed = live_server.kill_worker()
    restarted = run.wait_for_restart(first, within_s=60)
    second = run.epoch
    assert second > first
    assert (restarted["spec"]["depth"], restarted["spec"]["seed"]) == (8, 5)
    assert live_server.worker_pid() != killed
    run.wait_for_clocks(1)
    before, after = run.wire.energies(first), run.wire.energies(second)
    shared = before.keys() & after.keys()
    assert len(shared) >= 17
    assert all(before[clocks] == after[clocks] for clocks in shared), "the same spec is the same run, in any worker"
    run.events().filter(has_text=restarted["reason"]).first.wait_for()


def test_a_reload_comes_back_to_the_same_run(open_page: OpenPage):
    """If this fails, F5 in the middle of a lecture throws the run away."""
    run = open_page("depth=6&width=16&seed=3")
    run.set_pace("training")
    run.wait_for_clocks(5)
    greeting, before = run.hello, run.now
    again = RunPage(run.page)  # a wire of its own for what the page says after it is loaded anew
    run.page.reload()
    again.wait_for_frames(1)
    assert again.hello["resumed"] is True
    assert again.hello["session"] == greeting["session"]
    assert again.hello["view"]["pace"] == "training"
    again.wait_for_frames(3)
    assert again.now > before
    assert greeting["session"] not in run.page.url
    again.events().get_by_text("Back at this run").first.wait_for()


def test_another_address_in_the_same_tab_is_another_run(open_page: OpenPage, live_server: LiveServer):
    run = open_page("depth=6&width=16&seed=3")
    first = run.hello["session"]
    again = RunPage(run.page)
    run.page.goto(f"{live_server.url}/?depth=5&width=16")
    again.wait_for_frames(1)
    assert again.hello["session"] != first
    assert again.hello["spec"]["depth"] == 5
