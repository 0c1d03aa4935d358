"""Panels of what is measured beside the run: drawn by the page's generic kinds from rows of the catalogue."""

import numpy as np

from tests.e2e.conftest import OpenPage
from tests.e2e.run_page import RunPage
from tests.e2e.test_access import violations

# The sizes of other browser tests, so that only the activation is compiled anew.
LINEAR = "activation=linear&depth=8&n_inference_steps=6"
COLUMNS = ("equilibrium_now", "equilibrium_layer_energy", "equilibrium")


def wait_for_measurement(run: RunPage) -> None:
    """Until a frame carries what the panel draws."""
    run.wire.wait_until(lambda: set(COLUMNS) <= run.wire.newest.columns.keys(), "the equilibrium should be measured and sent", 60)


def drawn(run: RunPage, slot: int) -> list[np.ndarray]:
    """The heights of the slot's curves, by the order of the catalogue's series."""
    return [np.array(y, float) for y in run.plot(slot).evaluate("gd => gd.data.map(trace => [...trace.y])")]


def test_the_curves_are_the_bytes_of_the_wire(open_page: OpenPage):
    """If this fails, theory and run are drawn at other layers or other values than the engine computed."""
    run = open_page(LINEAR)
    run.show_panel(1, "equilibrium")
    wait_for_measurement(run)
    run.press("Space")
    run.wait_until_still()

    def is_as_sent() -> bool:
        sent = run.wire.newest.columns
        curves = drawn(run, 1)
        # Zeros are on a row of their own below the decades; what is positive stands at its log10.
        return all(
            np.allclose(curve[column > 0], np.log10(column[column > 0], dtype=float), atol=1e-9)
            and (column > 0).any()
            and len(curve) == len(column) == 8
            for curve, column in zip(curves, (sent[name] for name in COLUMNS[:2]), strict=False)
        )

    def numbers_are_as_sent() -> bool:
        numbers = run.wire.newest.columns["equilibrium"]
        shown = run.slot(1).locator(".chart-value").all_inner_texts()
        return [float(text) for text in shown] == [float(f"{numbers[index]:.3g}") for index in (0, 1, 6, 7, 8, 10, 11)]

    # One more measurement may come after the pause: chart and numbers have to agree with whichever is the newest.
    run.wire.wait_until(
        lambda: len(drawn(run, 1)) >= 2 and is_as_sent() and numbers_are_as_sent(),
        "the chart and its numbers should show the newest measurement",
    )
    assert run.wire.newest.columns["equilibrium"][3] == 0, "exact in a linear network"
    assert run.plot(1).evaluate("gd => gd.data.map(trace => trace.name)") == ["now", "equilibrium"]
    assert violations(run) == []


def test_a_chart_of_theory_is_never_blank_between_learning_steps(open_page: OpenPage):
    """If this fails, the chart flickers at each new relaxation, until the next measurement comes."""
    run = open_page(f"{LINEAR}&pace_speed=60&view=equilibrium")
    wait_for_measurement(run)
    run.wire.wait_until(lambda: run.is_drawn(0), "the equilibrium should be drawn")
    run.plot(0).evaluate(
        """gd => { window.emptied = 0; gd.on('plotly_afterplot', () => {
            if (gd.data.every(trace => trace.y.length === 0)) window.emptied += 1;
        }); }"""
    )
    run.wait_for_clocks(run.now[0] + 3)
    assert run.page.evaluate("window.emptied") == 0
    assert run.slot(0).locator(".chart-sentence").is_hidden()


def test_where_theory_says_nothing_a_sentence_stands_in_place_of_the_chart(open_page: OpenPage):
    """If this fails, a viewer waits in front of an empty chart; the sentence goes when the run is one that theory knows."""
    run = open_page(LINEAR.replace("linear", "relu") + "&view=energy_heatmap,precision_path")
    sentence = run.slot(1).locator(".chart-sentence")
    sentence.get_by_text("linear networks").wait_for()
    assert not run.is_drawn(1)
    assert run.slot(1).locator(".chart-value").count() == 0
    assert violations(run) == []
    run.choose("activation", "linear")
    sentence.wait_for(state="hidden")
    run.wire.wait_until(lambda: run.is_drawn(1), "the path of the linear network should be drawn")


def test_the_address_holds_which_charts_are_shown(open_page: OpenPage):
    """If this fails, a link to a claim shows the default page and not the chart that the claim is about."""
    run = open_page(f"{LINEAR}&view=equilibrium,arrival")
    shown = "[...document.querySelectorAll('[data-slot]')].map(slot => slot.dataset.panel)"
    assert run.page.evaluate(shown) == ["equilibrium", "arrival", "activity", "learning"]
    run.show_panel(3, "imbalance_learning")
    wanted = "equilibrium,arrival,activity,imbalance_learning"
    run.wire.wait_until(lambda: run.query.get("view") == wanted, f"the address should say view={wanted}")
    assert f"view={wanted}" in run.page.url
    again = open_page(run.page.url.partition("?")[2], beside=run)
    assert again.page.evaluate(shown) == wanted.split(",")
    for slot, panel in enumerate(("energy_heatmap", "energy_now", "activity", "learning")):
        again.show_panel(slot, panel)
    again.wire.wait_until(lambda: "view" not in again.query, "the usual charts need no word in the address")


def test_a_chart_that_there_is_not_is_told_and_the_page_goes_on(open_page: OpenPage):
    run = open_page("view=phlogiston,arrival")
    run.page.locator('[data-banner="notice"]').get_by_text("phlogiston").wait_for()
    assert [run.slot(slot).get_attribute("data-panel") for slot in (0, 1)] == ["energy_heatmap", "arrival"]


def test_the_projector_and_the_charts_share_the_address(open_page: OpenPage):
    run = open_page(f"{LINEAR}&view=projector,equilibrium")
    assert run.page.locator("html").get_attribute("data-view") == "projector"
    assert run.slot(0).get_attribute("data-panel") == "equilibrium"
    run.page.get_by_role("button", name="Desk").click()
    wanted = "equilibrium,energy_now,activity,learning"
    run.wire.wait_until(lambda: run.query.get("view") == wanted, "leaving the projector should leave the charts")


def test_pointing_at_a_layer_of_a_curve_marks_it_everywhere(open_page: OpenPage):
    """If this fails, theory and run cannot be read at the same layer."""
    run = open_page(f"{LINEAR}&view=equilibrium")
    wait_for_measurement(run)
    run.wire.wait_until(lambda: run.is_drawn(0), "the equilibrium should be drawn")
    box = run.plot(0).locator(".nsewdrag").first.bounding_box()
    assert box
    # Eight layers share the width.
    run.page.mouse.move(box["x"] + box["width"] * 1.5 / 8, box["y"] + box["height"] / 2)
    run.page.get_by_role("heading", name="Layer 2").wait_for()
    run.wire.wait_until(
        lambda: run.plot(0).evaluate("gd => gd.layout.shapes.map(shape => [shape.x0, shape.x1])") == [[1.5, 2.5]],
        "the frame should stand on layer 2",
    )
