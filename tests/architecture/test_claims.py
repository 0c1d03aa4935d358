"""Every claim of the papers can be opened on the page, and run without one. What they find is `make claims`, not a test."""

import pytest

from benchmarks.claims.catalogue import NAMES, claim
from pcviz_core import ExperimentSpec
from pcviz_core.measurements import MEASUREMENTS, measurements_of
from pcviz_core.panels import PANELS
from pcviz_server.backend import Budget
from pcviz_server.headless import read_spec
from pcviz_server.translate import read_query

PUBLIC = {panel.id: panel for panel in PANELS}
BUDGET = Budget(depth=256, width=1024, batch_size=1024, inference_steps=1024, weights=2**26)


@pytest.mark.parametrize("name", NAMES)
def test_the_link_of_a_claim_is_its_run_with_charts_that_say_something_of_it(name):
    """A reader who follows the link from docs/claims.md must see the claim, and not the default network or an empty chart."""
    about = claim(name)
    spec, _, refusals = read_query(about.link.partition("?")[2], BUDGET)
    assert refusals == []
    assert spec == about.spec != ExperimentSpec()
    assert len(about.panels) == 4
    for panel in about.panels:
        for measurement in measurements_of(frozenset(PUBLIC[panel].columns)):
            assert MEASUREMENTS[measurement].complaint(spec) is None, panel


@pytest.mark.parametrize("name", NAMES)
def test_the_spec_of_a_claim_can_be_run_without_a_page(name, tmp_path):
    (tmp_path / "spec.json").write_text(claim(name).spec_json(), encoding="utf-8")
    assert read_spec(tmp_path / "spec.json") == claim(name).spec
