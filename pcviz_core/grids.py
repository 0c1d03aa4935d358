"""A grid of numbers as a line of text: what a person paints and a link carries.

    1,1,0.1;0,1,1

Rows are parted by `;`, the first for layer 1 and the last for the output. The numbers of a row, parted by `,`, are those of
inference steps t = 0, 1, …; the last one holds for all later t.
"""

from collections.abc import Iterable, Sequence
from math import isfinite

import numpy as np

from pcviz_core.errors import SpecError

GRID_SHAPE = (32, 64)
"""Most rows and columns of a grid that is text. A network of more layers has it stretched over them."""
MOST_CHARACTERS = 6000
"""A longer text, with the rest of a link, is more than servers take in one line."""

Rows = tuple[tuple[float, ...], ...]


def read_grid(name: str, text: object, low: float, high: float) -> Rows:
    """The rows of a text, each without the repetitions at its end, or a `SpecError` that says where it is wrong."""
    if not isinstance(text, str):
        raise SpecError(f"`{name}` is a text of numbers such as 1,0.1;0,1, with a row for each layer; {text!r} is not.")
    parts = [row.split(",") for row in text.split(";")]
    most_rows, most_columns = GRID_SHAPE
    if len(parts) > most_rows:
        raise SpecError(f"`{name}` has at most {most_rows} rows; this one has {len(parts)}.")
    for at, row in enumerate(parts, start=1):
        if len(row) > most_columns:
            raise SpecError(f"`{name}` has at most {most_columns} numbers in a row; row {at} has {len(row)}.")
    rows = tuple(
        _shortened([_number(name, cell, at, column, low, high) for column, cell in enumerate(row, start=1)])
        for at, row in enumerate(parts, start=1)
    )
    if (length := len(grid_text(rows))) > MOST_CHARACTERS:
        raise SpecError(f"`{name}` is a text of at most {MOST_CHARACTERS} characters, so that it fits a link; this has {length}.")
    return rows


def grid_text(rows: Iterable[Iterable[float]]) -> str:
    """The text of these rows: every number exactly, in its shortest form."""
    return ";".join(",".join(_shortest(number) for number in row) for row in rows)


def grid_cells(rows: Sequence[Sequence[float]]) -> np.ndarray:
    """The rows as an array of `GRID_SHAPE`, the last number of each repeated to its end; rows beyond them are 0."""
    cells = np.zeros(GRID_SHAPE)
    for at, row in enumerate(rows):
        cells[at] = row[-1]
        cells[at, : len(row)] = row
    return cells


def _number(name: str, cell: str, row: int, column: int, low: float, high: float) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = float("nan")
    if not isfinite(number) or not low <= number <= high:
        shown = cell if len(cell) <= 20 else f"{cell[:20]}…"
        raise SpecError(f"`{name}` holds numbers from {low:g} to {high:g}; {shown!r} in row {row}, column {column} is none.")
    return number


def _shortened(row: list[float]) -> tuple[float, ...]:
    while len(row) > 1 and row[-1] == row[-2]:
        row.pop()
    return tuple(row)


def _shortest(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(float(number))
