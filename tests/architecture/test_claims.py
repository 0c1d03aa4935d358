"""Every claim of the papers has a verdict that its figures could overturn, and a link to a run. Measuring is `make claims`."""

from collections.abc import Mapping
from dataclasses import replace
from math import isnan
from typing import Any

import pytest

from benchmarks.claims.catalogue import NAMES, claim
from benchmarks.claims.claim import middle, spread
from benchmarks.claims.document import DOCUMENT, document, kept
from pcviz_core import ExperimentSpec
from pcviz_core.measurements import MEASUREMENTS, measurements_of
from pcviz_core.panels import PANELS
from pcviz_server.backend import Budget
from pcviz_server.headless import read_spec
from pcviz_server.translate import read_query

PUBLIC = {panel.id: panel for panel in PANELS}
BUDGET = Budget(depth=256, width=1024, batch_size=1024, inference_steps=1024, weights=2**26)
MEASURED = [name for name in NAMES if kept(name) is not None]


def figures_of(name):
    found = kept(name)
    assert found is not None
    return found["figures"]


@pytest.mark.parametrize("name", NAMES)
def test_the_link_of_a_claim_is_its_run_with_charts_that_say_something_of_it(name):
    """A reader who follows the link from docs/claims.md must see the claim, and not the default network or an empty chart."""
    about = claim(name)
    spec, _, refusals = read_query(about.link.partition("?")[2], BUDGET)
    assert refusals == []
    assert spec == about.live.spec != ExperimentSpec()
    assert len(about.live.panels) == 4
    for panel in about.live.panels:
        for measurement in measurements_of(frozenset(PUBLIC[panel].columns)):
            assert MEASUREMENTS[measurement].complaint(spec) is None, panel


@pytest.mark.parametrize("name", NAMES)
def test_the_spec_of_a_claim_can_be_run_without_a_page(name, tmp_path):
    (tmp_path / "spec.json").write_text(claim(name).spec_json(), encoding="utf-8")
    assert read_spec(tmp_path / "spec.json") == claim(name).live.spec


def test_the_document_is_what_the_kept_figures_say():
    """A verdict that was typed by hand would outlive its figures."""
    assert DOCUMENT.read_text(encoding="utf-8") == document()


@pytest.mark.parametrize("name", MEASURED)
def test_every_criterion_has_a_control_that_fails_it(name):
    """A criterion that passes networks of which the claim is false bears nothing out."""
    about, figures = claim(name), figures_of(name)
    assert about.criteria
    for criterion in about.criteria:
        assert criterion.claimed
        assert criterion.controls
        if about.verdict(figures).borne_out:
            assert not any(criterion.meets(figures, arm) for arm in criterion.controls)


@pytest.mark.parametrize("name", MEASURED)
def test_a_claim_about_its_controls_is_not_borne_out(name):
    """The paper said of the networks of which it is false: the same figures must say no, criterion by criterion."""
    about, figures = claim(name), figures_of(name)
    for at, criterion in enumerate(about.criteria):
        turned = replace(criterion, claimed=criterion.controls, controls=criterion.claimed)
        criteria = (*about.criteria[:at], turned, *about.criteria[at + 1 :])
        assert not replace(about, criteria=criteria).verdict(figures).borne_out, criterion.says


def levelled(figures: Mapping[str, Any]) -> Mapping[str, Any]:
    """Figures in which nothing depends on anything: all numbers of one name are the first of that name."""
    first: dict[str, Any] = {}

    def level(value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return {key: level(each, key) for key, each in value.items()}
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return [level(each, name) for each in value]
        return first.setdefault(name, value)

    return level(figures, "")


@pytest.mark.parametrize("name", MEASURED)
def test_figures_in_which_nothing_makes_a_difference_bear_no_claim_out(name):
    assert not claim(name).verdict(levelled(figures_of(name))).borne_out


def test_seeds_that_diverged_are_counted_and_not_averaged_in():
    """(0, 0, 90.6) was printed as 30.2 ± 42.7."""
    assert spread([90.6, None, None]) == "90.6 (90.6 to 90.6), 2 of 3 diverged"
    assert spread([None, None]) == "2 of 2 diverged"
    assert isnan(middle([90.6, None, None]))
    assert middle([90.6, 94.0, None]) == pytest.approx(92.3)


def test_every_claim_has_been_measured():
    """A claim without figures would have no verdict to test."""
    assert list(NAMES) == MEASURED
