"""What the page says of a run is so of it: each algorithm in its own words, a pause where it stands, a link as it was typed."""

import re

import pytest

from tests.e2e.conftest import OpenPage
from tests.e2e.run_page import RunPage

FRONT = r"not moved|has reached layer|not reached yet"
SEEN = """count => new Promise(resolve => {
  const seen = new Set();
  let left = count;
  const look = () => {
    seen.add(document.body.innerText);
    left -= 1;
    if (left > 0) requestAnimationFrame(look); else resolve([...seen]);
  };
  look();
})"""


def texts(run: RunPage, frames: int = 60) -> list[str]:
    """Everything that could be read on the page during some painted frames, and the clock's text alternative."""
    label = run.page.locator(".clock svg").get_attribute("aria-label") or ""
    return [label, *run.page.evaluate(SEEN, frames)]


@pytest.mark.parametrize(
    ("query", "never", "somewhere"),
    [
        ("algorithm=bp", rf"{FRONT}|not reached|0 / 0|inference step \d|T = 0", "BP does not infer"),
        ("algorithm=epc", rf"{FRONT}|layer 1 at t = ", "every layer at t = 1"),
        ("algorithm=equilibrium&activation=linear", FRONT, "/ 1"),
        ("activity_start=noise", rf"{FRONT}|not reached|layer 1 at t = ", "every layer at t = 0"),
        ("activity_start=zero", rf"{FRONT}|layer 1 at t = |every layer at t = ", "inference step"),
        ("algorithm=ipc", r"Every layer has an error|no inference", "layer 1 at t = 7"),
    ],
)
def test_each_algorithm_is_told_as_what_it_is(open_page: OpenPage, query: str, never: str, somewhere: str):
    """If this fails, a student reads that BP is a predictive coding network whose error never arrives."""
    shape = "depth=8&width=16&n_inference_steps=9&pace_speed=20"
    run = open_page(f"{query}&{shape}")
    run.wait_for_clocks(1)
    read = texts(run)
    run.set_pace("training")
    run.wait_for_frames(3)
    read += texts(run, 30)
    for text in read:
        assert not (found := re.search(never, text)), f"{found.group()!r} in: {text}"
    assert any(somewhere in re.sub(r"\s+", " ", text) for text in read)


def test_bp_offers_no_inference_step_and_says_so_in_empty_charts(open_page: OpenPage):
    """If this fails, a click does a step of PC in the middle of BP, or a chart is blank without a word."""
    run = open_page("algorithm=bp&view=activity,arrival,progress,energy_now")
    for slot in (0, 1, 2):
        run.slot(slot).locator(".chart-sentence").get_by_text("BP does not infer").wait_for()
    assert run.page.get_by_role("button", name="one inference step").is_disabled()
    run.press(".")
    run.page.locator('[data-banner="notice"]').get_by_text("there is no inference step to do").wait_for()
    assert run.now[1] == 0


def test_a_pause_in_training_stands_on_the_relaxation_that_was_shown(open_page: OpenPage):
    """If this fails, a lecturer who stops to explain the heatmap is left with an empty one."""
    run = open_page("pace=training&depth=8&width=16&n_inference_steps=9")
    run.wait_for_clocks(3)
    run.press(" ")
    run.wire.wait_until(
        lambda: run.wire.messages("status")[-1]["state"] == "paused" and run.wire.messages("status")[-1]["infer_step"] == 9,
        "the run should pause at the end of a relaxation",
    )
    run.wait_until_still()
    k, t = run.shown_clocks()
    assert (k, t) == (run.wire.messages("status")[-1]["learn_step"], 9)
    summary = run.page.locator(".summary-line")
    summary.get_by_text(f"Learning step {k + 1} comes next").wait_for()
    energies = run.page.evaluate("[1, 5, 9].map(t => window.pcviz.row('layer_energy', t))")
    assert all(row is not None and row[-1] > 0 for row in energies)
    run.press(".")
    run.wire.wait_until(lambda: run.now == (k, 10), "a step past T should be done")
    past = run.page.locator('[data-clock="t"]', has_text="past T = 9")
    past.wait_for()
    assert past.inner_text().split() == ["10", "t,", "past", "T", "=", "9"]
    run.step("learning step")
    run.wire.wait_until(lambda: run.now == (k + 1, 0), "the next step should be the one that was announced")


def test_a_bad_link_is_named_key_by_key_in_the_words_of_the_page(open_page: OpenPage):
    """If this fails, a mistyped link opens another run than it says, without a word, or speaks of programs."""
    keys = "depth=abc&preset=saddle&lesson=3&hide=seed&activity_lr=99&detph=4&foo=1&bar=2"
    run = open_page(keys)
    banner = run.page.locator('[data-banner="notice"]')
    banner.get_by_text("Depth is a whole number from 2 to 256; 'abc' is not.").wait_for()
    said = banner.inner_text()
    assert "A link has no key 'preset'" in said
    assert "more before the last one" in said
    for word in ("api/catalogue", "`", "activity_lr"):
        assert word not in said
