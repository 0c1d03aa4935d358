"""The picture of the README is what the page drew in a test run: the default experiment, two tweaks later."""

import os
from pathlib import Path

from tests.e2e.conftest import OpenPage


def test_the_readme_shows_the_page_as_it_is(open_page: OpenPage, artefacts: Path):
    """Kept in tests/artefacts; `make screenshot` sets PCVIZ_SCREENSHOT to put it into the documents."""
    run = open_page("pace=training")
    run.wait_for_clocks(24)
    run.type_value("activity_lr", "0.25")
    run.wait_for_clocks(52)
    run.type_value("param_lr", "0.02")
    run.wait_for_clocks(84)
    run.set_pace("slow")
    run.wire.wait_until(lambda: run.now[1] in range(1, 16), "single inference steps should be shown again")
    run.wait_for_clocks(run.now[0] + 1, 12)
    run.press("Space")
    run.wait_until_still()
    picture = Path(os.environ.get("PCVIZ_SCREENSHOT", artefacts / "page.png"))
    run.page.screenshot(path=picture)
    assert picture.stat().st_size > 50_000, "a page with four drawn charts is larger than an empty one"
