"""From the text of a websocket message to a `ClientMessage`, or to a sentence that says what was wrong with it."""

import json
from typing import Any, NoReturn, cast, get_args

from pydantic import TypeAdapter, ValidationError

from pcviz_server.protocol.messages import ClientMessage

_ADAPTER: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)
_MODELS = {model.model_fields["op"].default: model for model in get_args(get_args(ClientMessage)[0])}
_LONGEST_EXACT_INTEGER = 20  # digits; what is longer is out of every range, and Python refuses to read thousands of them
_SHOWN = 60


class NotJsonError(ValueError):
    """Text that is not JSON: the socket closes with 1007."""


class BadMessageError(ValueError):
    """JSON that is no message of ours: the sentence, and the `seq` of the change it meant to be, if it was one."""

    def __init__(self, reason: str, seq: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seq = seq


def parse_message(text: str) -> ClientMessage:
    """Read one message of a client, strictly."""
    read = _read_json(text)
    if not isinstance(read, dict):
        raise BadMessageError(f'A message is a JSON object with an `op`, such as {{"op": "play"}}; {_show(read)} is not.')
    message = cast("dict[str, Any]", read)
    try:
        return _ADAPTER.validate_python(message)
    except ValidationError as error:
        raise BadMessageError(_sentence(message, dict(error.errors()[0])), _seq(message)) from None


def _read_json(text: str) -> Any:
    def no_such_number(name: str) -> NoReturn:
        raise NotJsonError(f"JSON has no {name}.")

    def integer(digits: str) -> int | float:
        return int(digits) if len(digits) <= _LONGEST_EXACT_INTEGER else float(digits)

    try:
        return json.loads(text, parse_constant=no_such_number, parse_int=integer)
    except NotJsonError:
        raise
    except RecursionError:
        raise NotJsonError("This is nested too deeply to be read.") from None
    except ValueError as error:
        raise NotJsonError(f"This is not JSON: {error}.") from None


def _sentence(message: dict[str, Any], error: dict[str, Any]) -> str:
    op = message.get("op")
    model = _MODELS.get(op) if isinstance(op, str) else None
    if model is None:
        known = ", ".join(f"`{name}`" for name in _MODELS)
        named = f"an `op` {_show(op)}" if "op" in message else "no `op`"
        return f"A message with {named} is unknown. There are {known}."
    field = str(error["loc"][1])
    fields = ", ".join(f"`{name}`" for name in model.model_fields if name != "op")
    match error["type"]:
        case "missing":
            return f"`{op}` needs `{field}`."
        case "extra_forbidden":
            return f"`{op}` takes {fields or 'nothing else'}; there is no {_show(field)}."
        case kind:
            allowed = _VALUE if field == "value" else _ALLOWED.get(kind, str(error["msg"])).format(**error.get("ctx", {}))
            return f"`{field}` of `{op}` is {allowed}; {_show(message.get(field))} is not."


_VALUE = "a finite number, a text, true or false"
_ALLOWED = {
    "int_type": "a whole number",
    "string_type": "a text",
    "string_unicode": "a text that can be written in UTF-8",
    "list_type": "a list",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
}
"""What pydantic asks for, as the middle of a sentence, by the type of its error."""


def _seq(message: dict[str, Any]) -> int | None:
    seq = message.get("seq")
    is_sequence_number = isinstance(seq, int) and not isinstance(seq, bool) and 0 <= seq < 2**53
    return seq if message.get("op") == "change" and is_sequence_number else None


def _show(value: object) -> str:
    """A value as JSON wrote it, short, and without characters that no answer could carry."""
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
