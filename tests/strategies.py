"""Hypothesis: whatever a person, a link or a broken client may send."""

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from pcviz_core import Network
from pcviz_core.activations import ACTIVATIONS
from pcviz_core.controls import Control, Value
from pcviz_core.grids import GRID_SHAPE, grid_text
from pcviz_core.spec import ExperimentSpec


def allowed_values(control: Control) -> st.SearchStrategy[Value]:
    """Everything that a control takes."""
    match control.kind:
        case "switch":
            return st.booleans()
        case "choice":
            return st.sampled_from(control.values)
        case "grid":
            return grids(control).map(grid_text)
        case "integer":
            assert control.low is not None
            assert control.high is not None
            return st.integers(int(control.low), int(control.high))
        case _:
            assert control.low is not None
            assert control.high is not None
            return st.floats(control.low, control.high)


def refused_values(control: Control) -> st.SearchStrategy[Any]:
    """Values that no control of this kind takes, and values outside this one's range."""
    nonsense: list[st.SearchStrategy[Any]] = [st.none(), st.lists(st.integers()), st.just(math.nan), st.just(math.inf)]
    match control.kind:
        case "switch":
            return st.one_of(*nonsense, st.integers(), st.text())
        case "choice":
            return st.one_of(*nonsense, st.integers(), st.text().filter(lambda text: text not in control.values))
        case "grid":
            return st.one_of(*nonsense, st.integers(), broken_grids())
        case kind:
            assert control.low is not None
            assert control.high is not None
            assert control.lowest is not None
            assert control.highest is not None
            below = st.floats(max_value=control.lowest, exclude_max=True)
            outside = below | st.floats(min_value=control.highest, exclude_min=True)
            broken = st.floats(control.low, control.high).filter(lambda value: not value.is_integer())
            return st.one_of(*nonsense, st.booleans(), st.text(), outside, *([broken] if kind == "integer" else []))


def grids(control: Control) -> st.SearchStrategy[list[list[float]]]:
    """Rows of a grid as a control keeps them: without repetitions at the end of a row, none too long for a link."""
    assert control.low is not None
    assert control.high is not None
    number = st.integers(int(control.low), int(control.high)).map(float) | st.floats(control.low, control.high).map(abs)
    row = st.lists(number, min_size=1, max_size=8).map(lambda row: row[: max(1, len(row) - _repetitions(row))])
    return st.lists(row, min_size=1, max_size=GRID_SHAPE[0])


def _repetitions(row: list[float]) -> int:
    """How many numbers at the end of a row say again what the one before them says."""
    return next((back for back in range(len(row)) if row[-1 - back] != row[-1]), len(row)) - 1


def broken_grids() -> st.SearchStrategy[str]:
    """Texts with a cell that is no number or out of range, and with too many rows or columns."""
    bad = st.sampled_from(["", "x", "nan", "inf", "-0.5", "1e9", "1 2", "one", "0x1", "1;;2"])
    rows, columns = GRID_SHAPE
    return st.one_of(
        bad.map(lambda cell: f"1,0.5;{cell},1"),
        st.integers(rows + 1, 3 * rows).map(lambda count: ";".join(["1"] * count)),
        st.integers(columns + 1, 3 * columns).map(lambda count: ",".join(["1"] * count)),
    )


def specs() -> st.SearchStrategy[dict[str, Value]]:
    """Any part of a spec, every value allowed by its own control."""
    values = {name: allowed_values(control) for name, control in ExperimentSpec.controls().items()}
    return st.fixed_dictionaries({}, optional=values)


@st.composite
def networks(draw: st.DrawFn, activations: tuple[str, ...] = tuple(ACTIVATIONS)) -> tuple[Network, dict[str, Any], int]:
    """A small network of any kind, the choices that made it, and the seed of its weights and of the data to go with it.

    Depths and widths are few, because each shape costs a compilation; what is not a shape is drawn freely.
    """
    choices = {
        "activation": draw(st.sampled_from(activations)),
        "activation_position": draw(st.sampled_from(("before", "after"))),
        "parameterisation": draw(st.sampled_from(("sp", "sp_uniform", "ntp", "mupc"))),
        "skip": draw(st.booleans()),
        "loss": draw(st.sampled_from(("mse", "ce"))),
        "gamma": draw(st.floats(0.5, 2.0)),
        "output_precision": draw(st.floats(0.1, 10.0)),
    }
    depth, width = draw(st.sampled_from(((2, 8), (3, 1), (6, 3))))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    shapes = [(width, N_INPUTS), *[(width, width)] * (depth - 2), (N_OUTPUTS, width)]
    # As large as the parameterisation's own law makes them, so that nothing saturates or vanishes.
    spread = {"sp": 1.0, "sp_uniform": 3**-0.5}.get(choices["parameterisation"])
    weights = [rng.normal(size=shape) * (spread / shape[1] ** 0.5 if spread else 1.0) for shape in shapes]
    return Network.from_weights(weights, **choices), choices, seed


N_INPUTS, N_OUTPUTS = 4, 2
"""Of every network that `networks` makes."""
