"""Binary frames: one header and columns of float32, laid out so that a browser reads them without copying.

    u32 little-endian   length of the JSON header in bytes, without padding
    JSON header         `FrameHeader`
    zero padding        until the body starts at a multiple of 8
    body                little-endian float32 columns, row-major; `offset` counts bytes from the body's start
"""

import json
import struct
import sys
from array import array
from collections.abc import Mapping, Sequence
from math import prod

from pcviz_server.protocol.messages import Message

_ALIGNMENT = 8


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
