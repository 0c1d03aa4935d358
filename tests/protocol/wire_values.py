"""Hypothesis: frames and messages as they may be, for round trips."""

import struct
from math import prod
from typing import Any

from hypothesis import strategies as st

from pcviz_server.protocol import messages
from pcviz_server.protocol.frames import Block

COUNTERS = st.integers(0, 2**53 - 1)
SCALARS = st.one_of(
    st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=20)
)


@st.composite
def blocks(draw: Any) -> Block:
    """A column of any shape up to three axes, empty ones included, with any float32 in it, NaN and infinity included."""
    shape = tuple(draw(st.lists(st.integers(0, 4), min_size=1, max_size=3)))
    values = draw(st.lists(st.floats(width=32), min_size=prod(shape), max_size=prod(shape)))
    return Block(shape, struct.pack(f"={len(values)}f", *values))


COLUMNS = st.dictionaries(st.text(min_size=1, max_size=12), blocks(), max_size=5)
FRAMES = st.fixed_dictionaries(
    {
        "seq": COUNTERS,
        "epoch": COUNTERS,
        "learn_step": COUNTERS,
        "infer_steps": st.lists(COUNTERS, max_size=64),
        "applied_seq": COUNTERS,
        "columns": COLUMNS,
    }
)

CLIENT_MESSAGES = st.one_of(
    st.builds(messages.Play),
    st.builds(messages.Pause),
    st.builds(messages.Infer, n=st.integers(1, 10_000)),
    st.builds(messages.Learn, n=st.integers(1, 10_000)),
    st.builds(messages.Change, control=st.text(max_size=20), value=SCALARS, seq=COUNTERS),
    st.builds(messages.Reset, seed=st.none() | COUNTERS),
    st.builds(messages.Ack, seq=COUNTERS),
    st.builds(messages.Show, columns=st.lists(st.text(max_size=20), max_size=4)),
)
