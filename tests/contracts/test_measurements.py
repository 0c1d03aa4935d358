"""What every slow measurement owes a panel, and every panel its columns."""

import re

import numpy as np
import pytest

from pcviz_core.errors import PcvizError
from pcviz_core.experiment import Experiment
from pcviz_core.measurements import MEASUREMENTS, measurements_of, panel_notes
from pcviz_core.panels import GROUPS, PANELS
from pcviz_core.spec import ExperimentSpec
from pcviz_server.protocol import columns
from tests.architecture.documents import names, table

LINEAR = ExperimentSpec(
    depth=5, width=8, batch_size=8, n_inference_steps=6, activation="linear", dataset="teacher", param_lr=1e-3
)
BENT = LINEAR.replace(activation="tanh", dataset="blobs")
MAY_BE_EMPTY = {"spectrum_negative", "agreement_cosine_unsure"}
"""Columns of which nothing is a finding: few networks have negative eigenvalues or errors near rounding. They have own tests."""


@pytest.fixture(scope="module")
def runs() -> list[Experiment]:
    """A linear run and a bent one, each in the middle of its second relaxation, padded from depth 5 to 8."""
    made = [Experiment(spec) for spec in (LINEAR, BENT)]
    for run in made:
        run.learn()
        run.infer(3)
    return made


def documented() -> dict[str, str]:
    return {name: row["shape"] for row in table("protocol.md", "| measured column |") for name in names(row["measured column"])}


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_a_measurement_gives_its_columns_in_their_documented_shape(name, runs):
    """Padding would show as more entries than the network has layers. A column may be NaN in a run that it says nothing of."""
    spoke, said = 0, set()
    for run in runs:
        if MEASUREMENTS[name].complaint(run.spec) is not None:
            continue
        found, spoke = run.measure(name), spoke + 1
        assert tuple(found) == MEASUREMENTS[name].columns
        for column, values in found.items():
            assert values.ndim == 1
            shape = documented()[column].strip("(),")
            if shape == "L":
                assert len(values) == run.spec.depth, column
            elif shape.isdigit():
                assert len(values) == int(shape), column
            said |= {column} if np.isfinite(values).any() else set()
    assert spoke > 0
    assert set(MEASUREMENTS[name].columns) - MAY_BE_EMPTY <= said


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_a_second_time_on_the_same_run_says_the_same(name, runs):
    """What a measurement remembers makes it quicker, and no different."""
    for run in runs:
        if MEASUREMENTS[name].complaint(run.spec) is None:
            first, second = run.measure(name), run.measure(name)
            for column, values in first.items():
                np.testing.assert_allclose(second[column], values, rtol=2e-3, atol=1e-6, err_msg=column)


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_measuring_leaves_the_run_alone(name):
    """A viewer who opens a theory panel must not change what another sees."""
    watched, other = (Experiment(LINEAR) for _ in range(2))
    for run in (watched, other):
        run.infer(2)
    if MEASUREMENTS[name].complaint(LINEAR) is None:
        watched.measure(name)
    assert np.array_equal(watched.learn().layer_energies, other.learn().layer_energies)


def test_the_wire_knows_every_measured_column_and_the_document_says_what_it_holds():
    measured = {column for row in MEASUREMENTS.values() for column in row.columns}
    assert set(columns.MEASURED) == measured == set(documented())
    assert len(columns.MEASURED) == sum(len(row.columns) for row in MEASUREMENTS.values())


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.id)
def test_a_panel_draws_columns_that_exist(panel):
    assert set(panel.columns) <= columns.ALL
    used = {each.column for each in (*panel.series, *panel.readings)}
    assert used <= set(panel.columns)
    assert re.fullmatch(r"[a-z0-9_]+", panel.id)
    assert panel.doc.endswith(".")


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.id)
def test_a_panel_says_where_it_stands_in_the_list_and_what_a_phone_calls_it(panel):
    """Without a group a panel is lost among thirty; without a short word its tab on a phone is cut off."""
    assert panel.group in GROUPS
    assert 2 <= len(panel.short) <= 11
    assert " " not in panel.short


def test_no_two_panels_have_the_same_title():
    """Two charts of one name cannot be told apart in the list."""
    assert len({panel.title for panel in PANELS}) == len(PANELS)


def test_a_panel_without_anything_to_show_says_why():
    for spec in (LINEAR, BENT):
        notes = panel_notes(spec, {})
        for panel in PANELS:
            silent = [name for name in measurements_of(frozenset(panel.columns)) if MEASUREMENTS[name].complaint(spec)]
            assert (panel.id in notes) == bool(silent)
            assert all(sentence.endswith(".") for sentence in notes.values())


def test_an_unknown_measurement_is_refused_with_the_known_ones(runs):
    with pytest.raises(PcvizError, match="equilibrium"):
        runs[0].measure("phlogiston")
