"""What a page is told that asks whether it would get a websocket."""

from pcviz_server.protocol import PROTOCOL_VERSION
from pcviz_server.protocol.messages import Message


class Door(Message):
    """The answer to `POST /api/door`: whether this page would get a websocket. `refusal` says why not, to a person."""

    protocol: int = PROTOCOL_VERSION
    is_ready: bool
    refusal: str | None
