"""Binary frames: one header and columns of float32, laid out so that a browser reads them without copying.

Layout:
    u32 little-endian   length of the JSON header in bytes, without padding
    JSON header         `FrameHeader`
    zero padding        until the body starts at a multiple of 8
    body                little-endian float32 columns, row-major; `offset` counts bytes from the body's start
"""

import struct
import sys
from array import array
from collections.abc import Mapping, Sequence
from math import prod
from typing import NamedTuple

from pydantic import ValidationError

from pcviz_server.protocol.messages import Message

_ALIGNMENT = 8
_FLOAT_BYTES = 4


class FrameError(ValueError):
    """Bytes that are no frame, or columns that make none: which part is wrong."""


class Column(Message):
    """Where one column lies in the body. `shape` is row-major; a column may be empty."""

    name: str
    shape: list[int]
    offset: int


class FrameHeader(Message):
    """What a frame is about: which run (`epoch`), which learning step, which inference steps its rows are."""

    seq: int
    epoch: int
    learn_step: int
    infer_steps: list[int]
    applied_seq: int
    columns: list[Column]


class Block(NamedTuple):
    """One column on its way: row-major shape, and that many native float32."""

    shape: tuple[int, ...]
    data: bytes


def encode_frame(
    *, seq: int, epoch: int, learn_step: int, infer_steps: Sequence[int], applied_seq: int, columns: Mapping[str, Block]
) -> bytes:
    """The bytes of one frame, columns in the order given."""
    body: list[bytes] = []
    described: list[Column] = []
    offset = 0
    for name, (shape, data) in columns.items():
        raw = _little_endian(data)
        if len(raw) != _FLOAT_BYTES * prod(shape):
            raise FrameError(f"Column {name!r} of shape {list(shape)} has {len(raw)} bytes, not {_FLOAT_BYTES * prod(shape)}.")
        described.append(Column(name=name, shape=list(shape), offset=offset))
        body.append(raw)
        offset += len(raw)
    header = FrameHeader(
        seq=seq, epoch=epoch, learn_step=learn_step, infer_steps=list(infer_steps), applied_seq=applied_seq, columns=described
    )
    text = header.model_dump_json().encode()
    return b"".join((struct.pack("<I", len(text)), text, bytes(_padding(len(text))), *body))


def decode_frame(frame: bytes) -> "tuple[FrameHeader, dict[str, array[float]]]":
    """The header and each column's values, flat and row-major; what a client does, for tests and other clients."""
    if len(frame) < _FLOAT_BYTES:
        raise FrameError(f"A frame starts with the length of its header; {len(frame)} bytes are too few.")
    (length,) = struct.unpack_from("<I", frame)
    start = _FLOAT_BYTES + length + _padding(length)
    try:
        header = FrameHeader.model_validate_json(frame[_FLOAT_BYTES : _FLOAT_BYTES + length])
    except ValidationError as error:
        raise FrameError(f"The header is not one of a frame: {error.errors()[0]['msg']}.") from None
    columns: dict[str, array[float]] = {}
    for column in header.columns:
        first = start + column.offset
        last = first + _FLOAT_BYTES * prod(column.shape)
        if column.offset < 0 or min(column.shape, default=0) < 0 or last > len(frame):
            raise FrameError(f"Column {column.name!r} lies outside the frame.")
        values = array("f")
        values.frombytes(_little_endian(frame[first:last]))
        columns[column.name] = values
    return header, columns


def _padding(header_length: int) -> int:
    """Zero bytes between the header and a body that starts at a multiple of 8."""
    return -(_FLOAT_BYTES + header_length) % _ALIGNMENT


def _little_endian(floats: bytes) -> bytes:
    """Native float32 as little-endian bytes, or back: on nearly every machine they are the same."""
    if sys.byteorder == "little":
        return floats
    swapped = array("f", floats)
    swapped.byteswap()
    return swapped.tobytes()
