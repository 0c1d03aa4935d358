"""A page in a real browser, its wire recorded, its console and its requests watched."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.e2e import chromium
from tests.e2e.run_page import RunPage
from tests.live_server import LiveServer

# A laptop's window, without motion that no test looks at.
WINDOW = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
OpenPage = Callable[..., RunPage]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The Chromium of this machine, with a sandbox where it can have one."""
    flags = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return {**browser_type_launch_args, "executable_path": chromium.ensure(), "args": flags}


@dataclass
class Watch:
    """What no page may do: speak on the console, throw, or ask another host."""

    allowed: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        """Watch a page from before its first request."""
        page.on("console", lambda message: self.said.append(f"console.{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"thrown: {error}"))
        page.on("request", lambda request: self.asked.append(request.url))

    def allow(self, part: str) -> None:
        """Expect the browser itself to say this: it reports a broken connection whatever the page does."""
        self.allowed.append(part)

    @property
    def complaints(self) -> list[str]:
        """What was said and not expected."""
        return [line for line in self.said if not any(part in line for part in self.allowed)]

    @property
    def foreign(self) -> list[str]:
        """Requests to another host than this machine."""
        asked = [url for url in self.asked if urlsplit(url).scheme not in {"data", "blob"}]
        return [url for url in asked if urlsplit(url).hostname != "127.0.0.1"]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Every page of every test is watched; a test that breaks a connection says what the browser will say about it."""
    watch = Watch()
    yield watch
    assert watch.complaints == []
    assert watch.foreign == []


@pytest.fixture
def open_page(live_server: LiveServer, new_context: Callable[..., BrowserContext], watch: Watch) -> OpenPage:
    """Open the page with a query, in a window of its own or beside another; waits until its run streams."""

    def open_it(query: str = "", *, base: str | None = None, beside: RunPage | None = None, **context: Any) -> RunPage:
        page = (beside.page.context if beside else new_context(**{**WINDOW, **context})).new_page()
        watch.over(page)
        run = RunPage(page)
        page.goto(f"{base or live_server.url}/" + (f"?{query}" if query else ""))
        run.wait_for_frames(1)
        return run

    return open_it
