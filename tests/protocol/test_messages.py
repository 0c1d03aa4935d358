"""Messages: what a client may say, and the sentence it gets for anything else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcviz_server.protocol.messages import Change, ClientMessage
from pcviz_server.protocol.parse import BadMessageError, NotJsonError, parse_message
from tests.protocol.wire_values import CLIENT_MESSAGES

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(CLIENT_MESSAGES)
def test_every_message_survives_the_wire(message: ClientMessage):
    assert parse_message(message.model_dump_json()) == message


@given(st.text())
def test_any_text_is_a_message_or_gets_a_sentence(text: str):
    with pytest.raises((NotJsonError, BadMessageError)):
        parse_message(text)


def refusal_of(value: object) -> BadMessageError | None:
    """What the parser says against this value as JSON; None if it is a message."""
    try:
        parse_message(json.dumps(value).replace("Infinity", "1e999"))
    except BadMessageError as error:
        return error
    return None


@given(JSON_VALUES)
def test_any_json_that_is_no_message_gets_a_sentence_that_can_be_sent(value):
    """A character that UTF-8 has no place for would close the socket on its way back."""
    refusal = refusal_of(value)
    assert refusal is not None
    assert refusal.reason.endswith(".")
    assert len(refusal.reason.encode()) < 600
    assert refusal.seq is None


@given(st.sampled_from(["play", "infer", "change", "reset", "ack", "show"]), st.dictionaries(st.text(max_size=6), JSON_VALUES))
def test_any_fields_around_a_known_op_make_a_message_or_get_a_sentence(op: str, fields):
    refusal = refusal_of({**fields, "op": op})
    assert refusal is None or f"`{op}`" in refusal.reason


OPS = "There are `play`, `pause`, `infer`, `learn`, `change`, `reset`, `ack`, `show`."
SENTENCES = [
    ("3", 'A message is a JSON object with an `op`, such as {"op": "play"}; 3 is not.'),
    ('{"op": "jump"}', f'A message with an `op` "jump" is unknown. {OPS}'),
    ('{"n": 1}', f"A message with no `op` is unknown. {OPS}"),
    ('{"op": "infer"}', "`infer` needs `n`."),
    ('{"op": "infer", "n": true}', "`n` of `infer` is a whole number; true is not."),
    ('{"op": "infer", "n": 0}', "`n` of `infer` is at least 1; 0 is not."),
    ('{"op": "learn", "n": 1000000000}', "`n` of `learn` is at most 10000; 1000000000 is not."),
    ('{"op": "learn", "n": 1.5}', "`n` of `learn` is a whole number; 1.5 is not."),
    ('{"op": "play", "n": 1}', '`play` takes nothing else; there is no "n".'),
    ('{"op": "ack", "seq": -1}', "`seq` of `ack` is at least 0; -1 is not."),
    ('{"op": "reset", "seed": "zero"}', '`seed` of `reset` is a whole number; "zero" is not.'),
    ('{"op": "show", "columns": "all"}', '`columns` of `show` is a list; "all" is not.'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), SENTENCES, ids=[text for text, _ in SENTENCES])
def test_a_bad_message_gets_a_sentence_that_says_what_is_allowed(text: str, sentence: str):
    with pytest.raises(BadMessageError) as refused:
        parse_message(text)
    assert refused.value.reason == sentence
    assert refused.value.seq is None


@pytest.mark.parametrize("value", ["null", "[1]", "1e999", "-1e999", "9" * 5000])
def test_a_change_to_no_value_is_refused_with_its_seq(value: str):
    """Without the seq the page would not know which widget to take back."""
    with pytest.raises(BadMessageError, match="`value` of `change` is a finite number, a text, true or false") as refused:
        parse_message(f'{{"op": "change", "control": "depth", "value": {value}, "seq": 7}}')
    assert refused.value.seq == 7


@pytest.mark.parametrize("seq", ["-1", "1.5", "true", '"7"', "9007199254740992", "null"])
def test_a_seq_that_is_none_is_not_repeated(seq: str):
    with pytest.raises(BadMessageError) as refused:
        parse_message(f'{{"op": "change", "control": "depth", "value": 8, "seq": {seq}}}')
    assert refused.value.seq is None


@pytest.mark.parametrize(
    "text", ["", "play", '{"op": "play"', "[" * 60_000, "[" * 30_000 + "]" * 30_000, "NaN", '{"op": NaN}', "{'op': 1}"]
)
def test_text_that_is_not_json_is_told_apart(text: str):
    with pytest.raises(NotJsonError):
        parse_message(text)


def test_the_type_of_a_value_is_kept():
    """1 and true and 1.0 are equal in Python; a switch, a depth and a rate are not the same thing."""
    for value in (1, True, 1.0, "1"):
        message = parse_message(json.dumps({"op": "change", "control": "x", "value": value, "seq": 0}))
        assert isinstance(message, Change)
        assert type(message.value) is type(value)
