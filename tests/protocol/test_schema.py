"""The committed schema is that of the models, so the page's generated types are too."""

import json

from pcviz_server.protocol import export


def test_the_committed_schema_is_that_of_the_models():
    """If this fails, run `make codegen`: the page's types describe another wire."""
    assert export.SCHEMA_FILE.read_text(encoding="utf-8") == export.text()


def test_every_field_is_required_because_the_server_always_writes_it():
    """An optional `op` would leave the page's switch over messages without its exhaustiveness."""
    for name, definition in json.loads(export.text())["$defs"].items():
        assert set(definition.get("required", [])) == set(definition.get("properties", {})), name
