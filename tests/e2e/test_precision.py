"""Precision painted by hand: what is drawn in the grid is what weighs the errors, and what the heatmap shows."""

from collections.abc import Sequence

import numpy as np

from pcviz_core.grids import grid_cells
from pcviz_core.spec import ExperimentSpec
from tests.e2e.conftest import OpenPage
from tests.e2e.run_page import RunPage
from tests.e2e.test_access import violations

GRID = "0.1,1;0.3;1,0.1;1"


def painted(text: str, steps: Sequence[int]) -> np.ndarray:
    """What a grid of four rows says for these steps of a network of four layers."""
    cells = grid_cells(ExperimentSpec.controls()["precision_grid"].rows(text))
    return cells[:4, list(steps)].T


def press(run: RunPage, cell: str, *keys: str) -> None:
    """Press keys from a cell on; at least the last one makes a change."""
    before = len(run.changes())
    run.control("precision_grid").locator(f'[data-cell="{cell}"]').focus()
    for key in keys:
        run.page.keyboard.press(key)
    run.wire.wait_until(lambda: len(run.changes()) > before, f"{keys} should be sent")


def settled_text(run: RunPage) -> str:
    """The grid in force once the page's last change has been answered and is in a frame."""
    run.wire.wait_until(lambda: run.wire.messages("applied"), "the stroke should be taken")
    run.wire.wait_until(lambda: run.wire.newest.applied_seq == run.last_seq(), "the last change should be in a frame")
    assert run.wire.messages("rejected") == []
    return run.wire.messages("applied")[-1]["value"]


def test_a_painted_cell_is_in_force_at_once_and_seen_beside_the_energies(open_page: OpenPage):
    """If this fails, the brush paints a picture while the run goes on with other precisions."""
    run = open_page(f"depth=4&width=8&n_inference_steps=6&schedule=custom&precision_grid={GRID}")
    run.page.get_by_role("button", name="More controls").click()
    run.show_panel(1, "precision_heatmap")
    run.wire.wait_until(lambda: "layer_precision" in run.wire.newest.columns, "frames should bring the precision")
    newest = run.wire.newest
    np.testing.assert_allclose(newest.columns["layer_precision"], painted(GRID, newest.infer_steps), rtol=1e-6)
    assert run.query["precision_grid"] == GRID, "commas and semicolons stay readable in a link"

    grid = run.control("precision_grid")
    grid.get_by_role("radio", name="0", exact=True).check(force=True)  # the radio itself is drawn by its label
    first, last = (grid.locator(f'[data-cell="{place}"]').bounding_box() for place in ("3,0", "1,1"))
    assert first
    assert last
    run.page.mouse.move(first["x"] + 3, first["y"] + 3)
    run.page.mouse.down()
    run.page.mouse.move(last["x"] + 3, last["y"] + 3, steps=6)
    run.page.mouse.up()
    text = settled_text(run)
    cells = painted(text, [0, 1])
    assert (cells[0, 3], cells[1, 1]) == (0, 0), "both ends of the stroke"
    assert run.wire.messages("applied")[-1]["effect"] == "live"

    mark = run.wire.mark()
    run.wire.wait_until(lambda: len(run.wire.since(mark).frames) >= 8, "eight frames should show the stroke")
    for frame in run.wire.since(mark).frames:
        if frame.applied_seq == run.last_seq():
            np.testing.assert_allclose(frame.columns["layer_precision"], painted(text, frame.infer_steps), rtol=1e-6)
    run.slot(1).locator(".chart-swatch.zero").wait_for()
    assert violations(run) == []


def test_a_grid_can_be_painted_without_a_mouse(open_page: OpenPage):
    """If this fails, whoever has no mouse, or wants another number than those offered, cannot paint."""
    run = open_page(f"depth=4&width=8&n_inference_steps=6&schedule=custom&precision_grid={GRID}")
    run.page.get_by_role("button", name="More controls").click()
    grid = run.control("precision_grid")
    press(run, "0,0", "ArrowUp", "ArrowUp", "ArrowRight", "2", ".", "5", "Enter")
    assert settled_text(run) == "0.1,1;0.3;1,2.5;1"
    grid.get_by_role("button", name="more steps").click()
    press(run, "2,1", "ArrowRight", "7", "ArrowDown")
    assert settled_text(run) == "0.1,1;0.3;1,2.5,7;1", "leaving a cell applies what was typed"
    grid.get_by_role("button", name="fewer rows").click()
    run.wire.wait_until(lambda: run.changes()[-1]["value"] == "0.3;1,2.5,7;1", "the fewer rows should be sent")
    assert settled_text(run) == "0.3;1,2.5,7;1", "the row of the input side goes"
    press(run, "0,0", "5", "0", "0", "Enter")
    grid.get_by_text("'500' in row 1, column 1").wait_for()
    assert run.wire.messages("applied")[-1]["value"] == "0.3;1,2.5,7;1"
