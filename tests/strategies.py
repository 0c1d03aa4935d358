"""Hypothesis: whatever a person, a link or a broken client may send."""

import math
from typing import Any

from hypothesis import strategies as st

from pcviz_core.controls import Control, Value
from pcviz_core.spec import ExperimentSpec


def allowed_values(control: Control) -> st.SearchStrategy[Value]:
    """Everything that a control takes."""
    match control.kind:
        case "switch":
            return st.booleans()
        case "choice":
            return st.sampled_from(control.values)
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
        case kind:
            assert control.low is not None
            assert control.high is not None
            outside = st.floats(max_value=control.low, exclude_max=True) | st.floats(min_value=control.high, exclude_min=True)
            broken = st.floats(control.low, control.high).filter(lambda value: not value.is_integer())
            return st.one_of(*nonsense, st.booleans(), st.text(), outside, *([broken] if kind == "integer" else []))


def specs() -> st.SearchStrategy[dict[str, Value]]:
    """Any part of a spec, every value allowed by its own control."""
    values = {name: allowed_values(control) for name, control in ExperimentSpec.controls().items()}
    return st.fixed_dictionaries({}, optional=values)
