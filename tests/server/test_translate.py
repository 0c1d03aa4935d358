"""Where both vocabularies meet: links, the catalogue, and how much of a relaxation one frame holds."""

from urllib.parse import urlencode

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pcviz_core.controls import Value
from pcviz_core.errors import SpecError
from pcviz_core.preparation import check_spec
from pcviz_core.records import Record
from pcviz_core.spec import ACTIONS, ExperimentSpec, ViewSettings
from pcviz_server.backend import Budget
from pcviz_server.mailbox import MAX_ROW_BYTES
from pcviz_server.protocol import columns
from pcviz_server.protocol.catalogue import Catalogue
from pcviz_server.translate import RESERVED_KEYS, catalogue_json, read_query, row_columns
from tests.strategies import allowed_values, specs

GENEROUS = Budget(depth=10**6, width=10**6, batch_size=10**6, inference_steps=10**6, weights=10**15)
TIGHT = Budget(depth=32, width=96, batch_size=128, inference_steps=64, weights=200_000)


def goes_together(values: dict[str, Value]) -> bool:
    try:
        check_spec(ExperimentSpec().replace(**values))
    except SpecError:
        return False
    return True


def as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@given(specs(), st.fixed_dictionaries({}, optional={n: allowed_values(c) for n, c in ViewSettings.controls().items()}))
def test_a_link_holds_every_value_of_a_run(spec_values, view_values):
    """The URL in a second tab gives the same run, so every allowed value must come through as it is."""
    assume(goes_together(spec_values))
    query = urlencode({name: as_text(value) for name, value in {**spec_values, **view_values}.items()})
    spec, view, refusals = read_query(query, GENEROUS)
    assert refusals == []
    assert spec == ExperimentSpec(**spec_values)
    assert view == ViewSettings(**view_values)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.sampled_from([*ExperimentSpec.controls(), *ViewSettings.controls(), "x", ""]), st.text()), max_size=5)
)
def test_any_link_gives_a_run_and_a_sentence_for_each_key_that_is_not_used(pairs):
    spec, view, refusals = read_query(urlencode(pairs), GENEROUS)
    assert isinstance(spec, ExperimentSpec)
    assert isinstance(view, ViewSettings)
    assert all(sentence.endswith(".") for sentence in refusals)
    assert len(refusals) <= len(pairs)


@given(st.text())
def test_any_query_at_all_gives_a_run(query: str):
    read_query(query, GENEROUS)


def test_of_two_values_that_do_not_go_together_the_later_is_refused():
    spec, _, refusals = read_query("width=8&dataset=teacher&loss=ce", GENEROUS)
    assert (spec.width, spec.dataset, spec.loss) == (8, "teacher", "mse")
    assert len(refusals) == 1


@pytest.mark.parametrize("name", ["depth", "width", "batch_size", "n_inference_steps"])
def test_what_is_beyond_the_budget_is_refused_and_what_reaches_it_is_not(name: str):
    limit = {"depth": 32, "width": 96, "batch_size": 128, "n_inference_steps": 64}[name]
    assert read_query(f"{name}={limit}", TIGHT)[2] == []
    spec, _, refusals = read_query(f"{name}={limit + 1}", TIGHT)
    assert refusals == [f"`{name}` is at most {limit} on this server; {limit + 1} is more."]
    assert spec == ExperimentSpec()


def test_a_network_of_too_many_weights_is_refused():
    spec, _, refusals = read_query("depth=32&width=96", TIGHT)
    assert (spec.depth, spec.width) == (32, 64)
    assert refusals[0].startswith("Depth 32 and width 96 make about")


def test_the_catalogue_offers_every_choice_and_no_choice_of_one():
    catalogue = Catalogue.model_validate_json(catalogue_json())
    offered = {control.name for control in catalogue.controls}
    known = {**ExperimentSpec.controls(), **ViewSettings.controls(), **ACTIONS}
    assert known.keys() - offered == {
        name for name, control in known.items() if control.kind == "choice" and len(control.choices) < 2
    }
    assert not offered & RESERVED_KEYS


def test_every_panel_of_the_catalogue_draws_columns_that_can_be_sent():
    catalogue = Catalogue.model_validate_json(catalogue_json())
    assert {column for panel in catalogue.panels for column in panel.columns} <= columns.ALL


@given(st.integers(1, 1025), st.integers(2, 256), st.integers(1, 24))
@settings(max_examples=30, deadline=None)
def test_a_frame_holds_what_fits_and_always_the_first_and_the_last_row(n_rows: int, depth: int, units: int):
    per_layer = np.zeros((n_rows, depth), np.float32)
    pair = np.zeros((n_rows, 2), np.float32)
    widths = {"imbalance": pair, "trajectory_band": pair, "trajectory": np.zeros((n_rows, units), np.float32)}
    names = (*columns.ROWS, *columns.ROWS_ON_REQUEST)
    record = Record(0, np.arange(n_rows), {name: widths.get(name, per_layer) for name in names})
    steps, blocks = row_columns(record, columns.ROWS_ON_REQUEST, {})
    assert (steps[0], steps[-1]) == (0, n_rows - 1)
    assert list(steps) == sorted(set(steps))
    assert len(steps) <= 64
    assert sum(len(block.data) for block in blocks.values()) <= MAX_ROW_BYTES
    assert {block.shape[0] for block in blocks.values()} == {len(steps)}
