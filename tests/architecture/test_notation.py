"""docs/notation.md is the one table of symbols; a page or a docstring that disagrees with it would teach two languages."""

from importlib import import_module

import pytest

from tests.architecture.documents import DOCS, all_controls, names, table, with_controls

SYMBOLS = table("notation.md", "| symbol | identifier |")


def test_the_table_of_controls_is_the_catalogue():
    """If this fails, run `make codegen`: the document describes other controls than the page shows."""
    notation = (DOCS / "notation.md").read_text()
    assert with_controls(notation) == notation


@pytest.mark.parametrize("row", [row for row in SYMBOLS if "control:" in row["identifier"]], ids=lambda row: row["identifier"])
def test_a_control_wears_the_symbol_of_the_table(row):
    (identifier,) = names(row["identifier"])
    assert all_controls()[identifier.removeprefix("control:")].symbol == row["symbol"]


def test_every_symbol_on_the_page_is_explained():
    explained = {identifier for row in SYMBOLS for identifier in names(row["identifier"])}
    worn = {f"control:{control.name}" for control in all_controls().values() if control.symbol}
    assert worn <= explained


@pytest.mark.parametrize("row", [row for row in SYMBOLS if "pcviz_core." in row["identifier"]], ids=lambda row: row["identifier"])
def test_a_name_in_the_table_exists(row):
    (identifier,) = names(row["identifier"])
    module, kind, attribute = identifier.rsplit(".", 2)
    owner = getattr(import_module(module), kind)
    assert hasattr(owner, attribute) or attribute in owner.__annotations__


@pytest.mark.parametrize("row", [row for row in SYMBOLS if "column:" in row["identifier"]], ids=lambda row: row["identifier"])
def test_a_column_has_the_shape_that_the_protocol_gives_it(row):
    (identifier,) = names(row["identifier"])
    columns = documented_shapes()
    assert row["shape"] == columns[identifier.removeprefix("column:")]


def documented_shapes() -> dict[str, str]:
    """Shape of every column that every frame carries, and of those sent on request, as docs/protocol.md gives them."""
    always = {name: row["shape"] for row in table("protocol.md", "| column | shape |") for name in names(row["column"])}
    text = (DOCS / "protocol.md").read_text()
    on_request = text.split("On request through `show`:")[1].split("## ")[0]
    shown = {name: "(S, L)" for name in names(on_request) if f"`{name}` (S, L)" in on_request}
    return {**always, **shown}
