"""Write `schema.json`, from which the page's types are generated: `python -m pcviz_server.protocol.export`."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from pcviz_server.protocol.catalogue import Catalogue
from pcviz_server.protocol.door import Door
from pcviz_server.protocol.frames import FrameHeader
from pcviz_server.protocol.messages import ClientMessage, ServerMessage

SCHEMA_FILE = Path(__file__).with_name("schema.json")
_ROOTS: dict[str, Any] = {
    "ServerMessage": ServerMessage,
    "ClientMessage": ClientMessage,
    "FrameHeader": FrameHeader,
    "Catalogue": Catalogue,
    "Door": Door,
}


def schema() -> dict[str, Any]:
    """One JSON schema document whose `$defs` hold every message, the frame's header and the catalogue."""
    roots, document = TypeAdapter.json_schemas([(name, "serialization", TypeAdapter(root)) for name, root in _ROOTS.items()])
    definitions = document["$defs"]
    definitions.update({name: root for (name, _), root in roots.items() if name not in definitions})
    for definition in definitions.values():
        for described in definition.get("properties", {}).values():
            described.pop("title", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pcviz wire",
        "$defs": dict(sorted(definitions.items())),
    }


def text() -> str:
    """The document as it is committed."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(text(), encoding="utf-8")
