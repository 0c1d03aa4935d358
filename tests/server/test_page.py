"""The page over HTTP: what a browser may keep, and what it is told never to do."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from pcviz_server import page
from pcviz_server.app import create_app
from pcviz_server.settings import Settings

SCRIPT = "console.log('a page');\n" * 200


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page as the build leaves one."""
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>pcviz</title>")
    (static / "assets" / "index-3f2a.js").write_text(SCRIPT)
    (tmp_path / "secret.txt").write_text("not for you")
    monkeypatch.setattr(page, "STATIC", static)
    return static


@pytest_asyncio.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A client of an app whose worker was never started; a page needs none."""
    transport = httpx.ASGITransport(create_app(Settings.model_validate({})))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


async def test_the_index_is_asked_for_anew_and_sent_once(built, http):
    first = await http.get("/")
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-cache")
    again = await http.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    (built / "index.html").write_text("<!doctype html><title>another</title>")
    changed = await http.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (changed.status_code, "another" in changed.text) == (200, True)


async def test_a_hashed_file_is_kept_for_a_year_and_sent_compressed(built, http):
    answer = await http.get("/assets/index-3f2a.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(SCRIPT) / 5
    assert answer.text == SCRIPT
    assert answer.headers["content-type"].startswith("text/javascript")
    plain = await http.get("/assets/index-3f2a.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == SCRIPT


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/assets", "/none.js", "//etc/passwd"]
)
async def test_nothing_outside_the_page_is_served(built, http, path):
    answer = await http.get(path)
    assert answer.status_code == 404
    assert "not for you" not in answer.text


async def test_without_a_built_page_a_person_is_told_how_to_build_it(http, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "STATIC", tmp_path)
    answer = await http.get("/")
    assert answer.status_code == 503
    assert "npm run build" in answer.text
    assert answer.headers["content-type"].startswith("text/html")


async def test_every_answer_forbids_other_hosts(built, http):
    for path in ("/", "/assets/index-3f2a.js", "/livez", "/none.js"):
        headers = (await http.get(path)).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["script-src"] == policy["connect-src"] == "'self'"
        assert policy["object-src"] == "'none'"
        assert not any("http:" in value or "https:" in value or "*" in value for value in policy.values())
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("host", "status"), [("localhost:8000", 200), ("127.0.0.1", 200), ("[::1]:8000", 200), ("evil.example", 400), ("", 400)]
)
async def test_on_loopback_only_loopbacks_names_are_answered(built, http, host, status):
    """A name that was made to point at 127.0.0.1 is the way of a hostile page to a local server."""
    assert (await http.get("/", headers={"Host": host})).status_code == status


async def test_without_a_worker_it_is_alive_and_not_ready(http):
    assert (await http.get("/livez")).status_code == 200
    assert (await http.get("/readyz")).status_code == 503
    assert (await http.get("/api/catalogue")).status_code == 503
