"""The built page asks nothing of another host: it works behind a firewall, on a plane, under a strict content policy."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "server" / "pcviz_server" / "static"
# What makes a browser fetch: src, href, url(), @import, import(). Addresses in script strings are the browser tests' matter.
FETCHES = re.compile(r"""(?:src|href)\s*=\s*["']?([^"'\s>]+)|url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")


def built(suffix: str) -> list[Path]:
    """Files of the built page with this ending; `make page` builds it."""
    assert (STATIC / "index.html").exists(), "The page is not built. Run `make page`."
    return sorted(STATIC.rglob(f"*{suffix}"))


@pytest.mark.parametrize("suffix", [".html", ".css"])
def test_nothing_is_fetched_from_another_host(suffix):
    fetched = [
        (path.name, address)
        for path in built(suffix)
        for match in FETCHES.finditer(path.read_text())
        for address in match.groups()
        if address
    ]
    assert fetched, f"no {suffix} of the built page fetches anything: this test reads the wrong files"
    assert [(name, address) for name, address in fetched if re.match(r"(?:[a-z]+:)?//", address)] == []


def test_fonts_and_scripts_lie_beside_the_page():
    page = (STATIC / "index.html").read_text()
    scripts = re.findall(r'<script[^>]+src="([^"]+)"', page)
    assert scripts
    assert all((STATIC / script.lstrip("./")).is_file() for script in scripts)
