"""A page that gets no run says why within five seconds, in the server's own words where it has some."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import WINDOW, OpenPage, Watch
from tests.e2e.proxy import Proxy
from tests.live_server import LiveServer

SAYS_WITHIN_MS = 5000
REFUSED = ("WebSocket connection to", "Failed to load resource")  # what the browser itself says of a refused request


@pytest.fixture
def visit(new_context: Callable[..., BrowserContext], watch: Watch) -> Callable[[str], Page]:
    """Open an address where no run is to be had."""

    def visit(url: str) -> Page:
        for said in REFUSED:
            watch.allow(said)
        page = new_context(**WINDOW).new_page()
        watch.over(page)
        page.goto(url)
        return page

    return visit


def says(page: Page, *words: str) -> None:
    for word in words:
        expect(page.get_by_text(word).first).to_be_visible(timeout=SAYS_WITHIN_MS)


def test_a_proxy_that_rewrites_the_host_is_named_with_the_setting(
    live_server: LiveServer, visit: Callable[[str], Page], artefacts: Path, tmp_path: Path
):
    """The page loads, as the server answers to any name, and its socket is refused as a foreign page's."""
    with ExitStack() as stack:
        settings = {"PCVIZ_ALLOWED_HOSTS": "127.0.0.1,backend.internal"}
        server = stack.enter_context(LiveServer(log=artefacts / "server-door.log", home=tmp_path, settings=settings))
        proxy = stack.enter_context(Proxy(server.port, host="backend.internal"))
        says(visit(f"{proxy.url}/"), f"PCVIZ_ALLOWED_ORIGINS={proxy.url}", "Host header")
        assert f"PCVIZ_ALLOWED_ORIGINS={proxy.url}" in server.log_tail()


def test_a_host_that_is_not_ours_is_named_with_the_setting(live_server: LiveServer, visit: Callable[[str], Page]):
    with Proxy(live_server.port, host="viz.example.org") as proxy:
        says(visit(f"{proxy.url}/"), "PCVIZ_ALLOWED_HOSTS can add a name")
    assert "PCVIZ_ALLOWED_HOSTS=viz.example.org" in live_server.log_tail()


def test_a_proxy_that_drops_the_upgrade_is_named(live_server: LiveServer, visit: Callable[[str], Page]):
    with Proxy(live_server.port, upgrade=False) as proxy:
        says(visit(f"{proxy.url}/"), "with the headers Upgrade and Connection")


def test_a_page_under_a_sub_path_runs_and_without_its_slash_says_so(
    live_server: LiveServer, open_page: OpenPage, visit: Callable[[str], Page]
):
    with Proxy(live_server.port, prefix="/viz") as proxy:
        open_page(base=proxy.url).wait_for_clocks(1)
        says(visit(proxy.url), "lacks the slash at its end")


def test_a_full_server_says_so_and_lets_in_when_there_is_room(
    visit: Callable[[str], Page], artefacts: Path, tmp_path: Path, watch: Watch
):
    with LiveServer(log=artefacts / "server-full.log", home=tmp_path, settings={"PCVIZ_MAX_SESSIONS": "1"}) as server:
        first = visit(f"{server.url}/?depth=4&width=8")
        first.locator("html[data-ready=true]").wait_for(timeout=60_000)
        second = visit(f"{server.url}/?depth=4&width=8")
        says(second, "The only run of this server is taken")
        first.close()
        second.locator("html[data-ready=true]").wait_for(timeout=60_000)
        expect(second.get_by_text("is taken")).to_have_count(0)


def test_a_server_of_another_version_is_said(live_server: LiveServer, visit: Callable[[str], Page]):
    """As after an update of the server under a page that has stayed open: its catalogue is of another protocol."""
    page = visit(f"{live_server.url}/livez")
    body = live_server.get("/api/catalogue").decode().replace('"protocol":1', '"protocol":2', 1)
    page.route("**/api/catalogue", lambda route: route.fulfill(body=body, content_type="application/json"))
    page.goto(f"{live_server.url}/")
    says(page, "The server is newer than this page")


def test_a_server_that_goes_away_is_said_and_the_page_comes_back(
    visit: Callable[[str], Page], artefacts: Path, tmp_path: Path
):
    server = LiveServer(log=artefacts / "server-away.log", home=tmp_path)
    with server:
        page = visit(f"{server.url}/?depth=4&width=8")
        page.locator("html[data-ready=true]").wait_for(timeout=60_000)
    says(page, "The server does not answer")
    with server:
        expect(page.get_by_text("The server does not answer")).to_have_count(0, timeout=60_000)
