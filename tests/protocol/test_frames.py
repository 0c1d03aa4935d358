"""Frames: round trips, alignment, and golden bytes that the page's tests read too."""

import json
import math
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcviz_server.protocol.frames import Block, FrameError, decode_frame, encode_frame
from tests.protocol.wire_values import FRAMES

GOLDEN = Path(__file__).parents[1] / "golden"


@given(FRAMES)
def test_any_frame_survives_the_wire_bit_for_bit(frame: dict[str, Any]):
    header, columns = decode_frame(encode_frame(**frame))
    assert {column.name: tuple(column.shape) for column in header.columns} == {
        name: block.shape for name, block in frame["columns"].items()
    }
    assert {name: values.tobytes() for name, values in columns.items()} == {
        name: block.data for name, block in frame["columns"].items()
    }
    for field in ("seq", "epoch", "learn_step", "infer_steps", "applied_seq"):
        assert getattr(header, field) == frame[field]


@given(FRAMES)
def test_the_body_starts_at_a_multiple_of_8_and_ends_with_the_frame(frame: dict[str, Any]):
    """A browser refuses a Float32Array at another offset, so no panel would draw anything."""
    data = encode_frame(**frame)
    (length,) = struct.unpack_from("<I", data)
    body = -(-(4 + length) // 8) * 8
    assert len(data) - body == sum(len(block.data) for block in frame["columns"].values())
    assert not any(data[4 + length : body])


@given(FRAMES, st.data())
def test_a_frame_that_was_cut_is_refused_and_nothing_else_happens(frame: dict[str, Any], data: st.DataObject):
    whole = encode_frame(**frame)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        header, _ = decode_frame(cut)
    except FrameError:
        return
    last = max((4 * math.prod(c.shape) + c.offset for c in header.columns if math.prod(c.shape)), default=0)
    assert last == 0, "only padding may be missing from a frame that can still be read"


def test_a_column_whose_bytes_do_not_fill_its_shape_is_refused():
    with pytest.raises(FrameError, match=r"'layer_energy' of shape \[2, 3\] has 20 bytes, not 24"):
        encode_frame(
            seq=1, epoch=1, learn_step=0, infer_steps=[0], applied_seq=0, columns={"layer_energy": Block((2, 3), bytes(20))}
        )


def golden() -> tuple[bytes, dict[str, Any]]:
    return (GOLDEN / "frame_v1.bin").read_bytes(), json.loads((GOLDEN / "frame_v1.json").read_text())


def test_the_golden_frame_reads_as_it_is_written_down():
    """If this fails, recordings and other clients no longer read what the server sends."""
    data, written = golden()
    header, columns = decode_frame(data)
    assert header.model_dump() == written["header"]
    read = {name: [None if math.isnan(v) else v for v in values] for name, values in columns.items()}
    assert read == written["columns"]


def test_what_is_written_down_encodes_to_the_golden_bytes():
    data, written = golden()
    header = dict(written["header"])
    blocks = {}
    for column in header.pop("columns"):
        values = [math.nan if value is None else value for value in written["columns"][column["name"]]]
        blocks[column["name"]] = Block(tuple(column["shape"]), struct.pack(f"={len(values)}f", *values))
    assert encode_frame(**header, columns=blocks) == data
