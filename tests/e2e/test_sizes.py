"""Every size that a person may have: whole charts, nothing over anything else, nothing cut."""

from typing import Any

import pytest

from tests.e2e.conftest import OpenPage
from tests.e2e.run_page import RunPage

SIZES = [(1440, 900), (1024, 768), (900, 700), (700, 900), (800, 600), (720, 450), (390, 844)]
LEAST_PLOT = (120, 90)  # px of a plot area in which a curve can be told from a line

# Each piece of text that is seen, with what overflowing ancestors leave of it: (text, left, top, right, bottom, is it cut).
TEXTS = """(scope) => {
    const found = [];
    const unseen = '.unseen, .chart-text, option, select, dialog, [hidden]';
    const put = (text, box, element) => {
        let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
        let isCut = false;
        for (let up = element; up && up !== document.body; up = up.parentElement) {
            const style = getComputedStyle(up);
            if (style.overflowX === 'visible' || up instanceof SVGElement) continue;
            const edge = up.getBoundingClientRect();
            if (style.overflowX === 'hidden' && (left < edge.left - 2 || right > edge.right + 2)) isCut = true;
            if (style.overflowY === 'hidden' && bottom > edge.bottom + 3 && top < edge.bottom - 3) isCut = true;
            [left, right] = [Math.max(left, edge.left), Math.min(right, edge.right)];
            [top, bottom] = [Math.max(top, edge.top), Math.min(bottom, edge.bottom)];
        }
        if (right - left > 2 && bottom - top > 2) found.push([text, left, top, right, bottom, isCut]);
    };
    for (const root of document.querySelectorAll(scope)) {
        const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        for (let node = texts.nextNode(); node; node = texts.nextNode()) {
            const element = node.parentElement;
            if (!node.data.trim() || element.closest(unseen) || element.closest('svg')) continue;
            if (!element.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            for (const box of range.getClientRects()) put(node.data.trim(), box, element);
        }
        for (const element of root.querySelectorAll('svg text')) {
            if (!element.textContent.trim() || !element.checkVisibility({visibilityProperty: true})) continue;
            put(element.textContent.trim(), element.getBoundingClientRect(), element);
        }
    }
    return found;
}"""
SHRINK = 2.5  # px of a text's box that hold no ink


def faults_of_text(run: RunPage, scope: str = ".top, .numbers, .charts, .transport, .foot, .clock") -> list[str]:
    """Texts over each other, and texts of which a part is hidden."""
    texts: list[list[Any]] = run.page.evaluate(TEXTS, scope)
    distinct = list({tuple(text) for text in texts})
    faults = [f"{text!r} is cut" for text, *_, is_cut in distinct if is_cut]
    for number, (text, left, top, right, bottom, _) in enumerate(distinct):
        for other, left_, top_, right_, bottom_, _ in distinct[number + 1 :]:
            wide = min(right, right_) - max(left, left_) > SHRINK
            high = min(bottom, bottom_) - max(top, top_) > 2 * SHRINK
            if wide and high:
                faults.append(f"{text!r} and {other!r} lie over each other")
    return faults


def faults_of_charts(run: RunPage) -> list[str]:
    """Charts whose plot is too small, empty, or not to be brought into view."""
    faults: list[str] = []
    for number in range(4):
        slot = run.slot(number)
        if not slot.is_visible():
            continue
        slot.scroll_into_view_if_needed()
        assert run.is_drawn(number) or run.says_why_not(number)
        if not run.is_drawn(number):
            continue
        size = run.plot(number).evaluate("gd => [gd._fullLayout._size.w, gd._fullLayout._size.h]")
        if size[0] < LEAST_PLOT[0] or size[1] < LEAST_PLOT[1]:
            faults.append(f"chart {number + 1} has a plot of {size} px")
        drawn = run.plot(number).evaluate(
            """gd => [...gd.querySelectorAll('.scatterlayer path, .heatmaplayer image')]
                .some(e => e.getBoundingClientRect().width > 0)"""
        )
        if not drawn:
            faults.append(f"chart {number + 1} has nothing drawn in it")
        faults += [f"{fault} (chart {number + 1} in view)" for fault in faults_of_text(run, f'[data-slot="{number}"]')]
    return faults


@pytest.mark.parametrize(("width", "height"), SIZES, ids=lambda value: str(value))
def test_every_chart_can_be_read(open_page: OpenPage, width, height):
    """If this fails, a page at 200 % zoom is a frame without charts."""
    run = open_page(viewport={"width": width, "height": height})
    run.wait_for_clocks(1, 3)
    run.press("Space")
    run.wait_until_still()
    assert not (faults := faults_of_charts(run)), "\n".join(faults)
    assert not (faults := faults_of_text(run)), "\n".join(faults)
    play = run.page.get_by_role("button", name="Play", exact=True)
    box = play.bounding_box()
    assert box, "the transport is always there"
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= height, "the transport is in view"


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 720), (1024, 768), (800, 600), (720, 450)])
def test_a_projector_has_all_that_a_lecture_needs(open_page: OpenPage, width, height):
    """If this fails, a lecturer leaves the view for the room to pause, to step, or to change T."""
    run = open_page("view=projector", viewport={"width": width, "height": height})
    run.wait_for_clocks(1, 3)
    for name in ("Pause", "one inference step", "one learning step", "Reset"):
        assert run.page.get_by_role("button", name=name).is_visible(), name
    for control in ("activity_lr", "n_inference_steps", "depth"):
        assert run.slider(control).is_visible(), control
    run.press("Space")
    run.wait_until_still()
    assert not (faults := faults_of_charts(run)), "\n".join(faults)
    assert not (faults := faults_of_text(run)), "\n".join(faults)
    assert run.page.evaluate("document.scrollingElement.scrollWidth") <= width
    if width >= 1024:  # smaller ones are scrolled
        hidden = run.page.locator(".charts").evaluate("e => e.scrollHeight - e.clientHeight")
        assert hidden <= 1, f"the charts are cut by {hidden} px"


def test_a_button_that_was_clicked_leaves_the_keys_to_the_page(open_page: OpenPage):
    """If this fails, Space after a click on "Projector" leaves the projector in front of the room."""
    run = open_page()
    run.wait_for_clocks(0, 2)
    run.page.get_by_role("button", name="Projector").click()
    run.page.keyboard.press("Space")
    run.wire.wait_until(lambda: run.wire.messages("status"), "Space should pause")
    run.wait_until_still()
    assert run.page.locator('[data-layout="projector"]').count() == 1
    run.page.keyboard.press("p")
    run.page.locator('[data-layout="wide"]').wait_for()
    # A list that was clicked and a switch too; a button that Tab came to is pressed by Space.
    before = run.epoch
    run.page.get_by_role("switch").first.click()
    run.wait_for_restart(before)
    run.page.keyboard.press(".")
    run.wire.wait_until(lambda: run.shown_clocks() == (0, 1), "a dot should do a step")
    run.page.get_by_role("button", name="Dark").focus()
    run.page.keyboard.press("Space")
    run.page.get_by_role("button", name="Light").wait_for()


def test_on_a_phone_the_transport_stays_in_view_after_a_divergence(open_page: OpenPage):
    """If this fails, the one who must press "Try again" or Pause has to look for them."""
    run = open_page("activity_lr=10&pace_speed=60", viewport={"width": 390, "height": 844})
    run.banner().wait_for()
    box = run.page.get_by_role("button", name="Play", exact=True).bounding_box()
    assert box
    assert box["y"] + box["height"] <= 844
    assert not (faults := faults_of_text(run)), "\n".join(faults)


def test_a_depth_offers_the_steps_that_reach_layer_1(open_page: OpenPage):
    """If this fails, a deeper network learns nothing below and nobody is told what to do."""
    run = open_page("depth=24&width=8")
    run.wait_for_clocks(0, 2)
    note = run.control("depth").locator(".control-note > p")
    assert note.inner_text() == "The error needs 23 steps to reach layer 1; T is 16."
    before = run.control("activity_lr").bounding_box()
    offer = run.control("depth").get_by_role("button", name="set T = 23")
    offer.click()
    run.wire.wait_until(lambda: run.box("n_inference_steps").input_value() == "23", "T should be 23")
    offer.wait_for(state="hidden")
    assert note.inner_text() == "The error reaches layer 1 in 23 of 23 steps."
    assert run.control("activity_lr").bounding_box() == before


def test_a_scaling_is_judged_in_a_plain_sentence_that_moves_nothing(open_page: OpenPage):
    """If this fails, the slider that a hand is on moves away from under it, or a student meets algebra first."""
    run = open_page("width=8&depth=4")
    run.wait_for_clocks(0, 2)
    note = run.control("parameterisation").locator(".control-note > p")
    assert note.inner_text() == "Stable and feature-learning at any width and depth."
    before = run.control("activity_lr").bounding_box()
    for scaling in ("sp", "ntp", "sp_uniform", "mupc"):
        epoch, said = run.epoch, note.inner_text()
        run.choose("parameterisation", scaling)
        run.wait_for_restart(epoch)
        run.wire.wait_until(lambda said=said: note.inner_text() != said, "the verdict should follow")
        assert run.control("activity_lr").bounding_box() == before
    run.page.get_by_role("button", name="More controls").click()
    run.control("depth_exponent").wait_for()
    assert "_" not in run.page.locator(".control-panel").inner_text(), "labels and symbols, never names or markup"


def test_what_a_title_says_is_shown_on_focus_too(open_page: OpenPage):
    """If this fails, what a control means is told to those with a mouse alone."""
    run = open_page("width=8&depth=4")
    run.wait_for_clocks(0, 2)
    run.page.keyboard.press("Tab")
    tip = run.page.locator(".tip")
    run.page.keyboard.press("Tab")
    run.box("depth").focus()
    run.wire.wait_until(lambda: tip.is_visible() and "Number of weight matrices L" in tip.inner_text(), "the meaning of L")
    run.page.keyboard.press("Escape")
    tip.wait_for(state="hidden")
    learning = run.slot(3).locator("figure")
    learning.focus()
    assert learning.evaluate("e => e === document.activeElement"), "the learning chart can be come to by keyboard"
