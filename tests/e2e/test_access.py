"""Everyone can use the page: no mouse, no colour, a small window, a screen reader, a dark room."""

from pathlib import Path

import pytest

from tests.e2e.conftest import OpenPage
from tests.e2e.run_page import RunPage

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


def violations(run: RunPage) -> list[str]:
    """What axe-core finds serious or critical, one line each."""
    run.page.evaluate(AXE.read_text())
    found = run.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{rule['id']}: {rule['help']} ({node['html'][:160]})"
        for rule in found
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page: OpenPage, scheme):
    """If this fails, someone with a screen reader, low vision or no mouse is locked out."""
    run = open_page(color_scheme=scheme)
    run.wait_for_clocks(1)
    assert violations(run) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_after_a_divergence(open_page: OpenPage, scheme):
    """The banner is when a person most needs to read the page."""
    run = open_page("activity_lr=10&pace_speed=60", color_scheme=scheme)
    run.banner().wait_for()
    assert violations(run) == []


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844)])
def test_the_page_fits(open_page: OpenPage, width, height):
    """If this fails, a projector, a tablet or a phone shows half a chart or a bar to scroll."""
    run = open_page(viewport={"width": width, "height": height})
    run.wait_for_clocks(0, 3)
    size = run.page.evaluate("() => { const e = document.scrollingElement; return [e.scrollWidth, e.scrollHeight]; }")
    assert size[0] <= width
    if width >= 1024:
        assert size[1] <= height
    outside = run.page.evaluate(
        """([width]) => [...document.querySelectorAll('button, input, select')]
            .filter(e => e.checkVisibility({visibilityProperty: true}))
            .map(e => [e.getAttribute('aria-label') ?? e.textContent ?? e.id, e.getBoundingClientRect()])
            .filter(([, box]) => box.width > 0 && (box.left < -1 || box.right > width + 1))
            .map(([name]) => name)""",
        [width],
    )
    assert outside == []
    boxes = run.chart_boxes()
    assert len(boxes) == (1 if width < 700 else 4)
    for number, a in enumerate(boxes):
        assert a["x"] >= 0
        assert a["x"] + a["width"] <= width + 1
        for b in boxes[number + 1 :]:
            apart_x = a["x"] + a["width"] <= b["x"] + 1 or b["x"] + b["width"] <= a["x"] + 1
            apart_y = a["y"] + a["height"] <= b["y"] + 1 or b["y"] + b["height"] <= a["y"] + 1
            assert apart_x or apart_y, "two charts overlap"


def test_the_keys_do_what_the_sheet_says(open_page: OpenPage):
    """If this fails, a lecturer at the lectern has to hunt for the mouse."""
    run = open_page()
    run.wait_for_clocks(0, 2)
    run.press("Space")
    run.wire.wait_until(lambda: run.wire.messages("status")[-1]["state"] == "paused", "Space should pause")
    run.wait_until_still()
    k, t = run.now
    run.press(".")
    run.wire.wait_until(lambda: run.now == (k, t + 1), "a dot should do one inference step")
    run.press("ArrowRight")
    run.wire.wait_until(lambda: run.now[0] == k + 1, "the right arrow should do one learning step")
    before = run.epoch
    run.press("r")
    run.wait_for_restart(before)
    run.wire.wait_until(lambda: run.now == (0, 0), "r should reset, and a paused run should stay paused")
    run.press("Space")
    run.wait_for_clocks(0, 2)
    run.press("?")
    run.page.get_by_role("dialog").wait_for()
    run.page.keyboard.press("Escape")
    run.page.get_by_role("dialog").wait_for(state="hidden")


def test_keys_stay_letters_inside_a_field(open_page: OpenPage):
    """If this fails, typing a number resets the run."""
    run = open_page()
    epoch, sent = run.epoch, len(run.wire.sent)
    box = run.box("activity_lr")
    box.focus()
    for key in (".", "r", "l", " "):
        box.press(key)
    run.wait_for_frames(3)
    assert run.epoch == epoch
    assert {message["op"] for message in run.wire.sent[sent:]} <= {"ack", "show"}


def test_tab_reaches_every_control_and_shows_where_it_is(open_page: OpenPage):
    """If this fails, the page needs a mouse."""
    run = open_page()
    run.press("Space")
    names: list[str] = []
    for _ in range(80):
        run.page.keyboard.press("Tab")
        name, outline = run.page.evaluate(
            """() => {
                const e = document.activeElement;
                if (e === document.body) return ['', true];
                const ring = [e, e.parentElement, e.nextElementSibling ?? e].map(getComputedStyle)
                    .some(style => style.outlineStyle !== 'none' || style.boxShadow !== 'none');
                return [e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent, ring];
            }"""
        )
        if not name:
            break
        assert outline, f"{name!r} has the focus and does not show it"
        names.append(name)
    reached = " | ".join(names)
    for label in ("Depth", "Activity rate", "Inference steps", "Learning rate", "Scaling"):
        assert label in reached


def test_a_zoom_survives_streaming(open_page: OpenPage):
    """If this fails, a person who looks closer is thrown out ten times a second."""
    run = open_page()
    run.wait_for_clocks(0, 4)
    plot = run.plot(0)
    box = plot.locator(".nsewdrag").first.bounding_box()
    assert box
    ranges = "gd => [...gd._fullLayout.xaxis.range, ...gd._fullLayout.yaxis.range]"
    whole = plot.evaluate(ranges)
    run.page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    run.page.mouse.down()
    for part in (0.3, 0.5, 0.7):
        run.page.mouse.move(box["x"] + box["width"] * part, box["y"] + box["height"] * part)
    run.page.mouse.up()
    zoomed = plot.evaluate(ranges)
    assert zoomed != whole
    run.wait_for_frames(15)
    assert plot.evaluate(ranges) == zoomed
    run.page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    run.wire.wait_until(lambda: plot.evaluate(ranges) == whole, "a double click should show everything again")


def test_a_slot_can_show_any_panel_of_the_catalogue(open_page: OpenPage):
    """If this fails, a diagnostic exists and cannot be looked at."""
    run = open_page()
    panels = run.panels()
    assert len(panels) >= 11
    for panel, title in panels.items():
        run.show_panel(0, panel)
        run.slot(0).and_(run.page.locator(f'[data-panel="{panel}"]')).wait_for()
        run.wait_for_frames(1)
        run.wire.wait_until(lambda: run.is_drawn(0) or run.says_why_not(0), f"{title} should be drawn, or say why not")
        run.wire.wait_until(lambda title=title: title in run.slot(0).inner_text(), f"its title should be {title}")
