"""What every control owes a person, whichever it is: it takes what it says it takes and refuses the rest with a sentence."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcviz_core.controls import Control, Value
from pcviz_core.errors import SpecError
from pcviz_core.spec import ACTIONS, ExperimentSpec, ViewSettings
from tests.strategies import allowed_values, refused_values, specs

CONTROLS = [*ExperimentSpec.controls().values(), *ViewSettings.controls().values(), *ACTIONS.values()]
each_control = pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)


@each_control
@given(data=st.data())
def test_an_allowed_value_is_taken_as_it_is(control: Control, data: st.DataObject):
    """If this fails, a slider's end or a menu's entry is answered with a refusal."""
    value = data.draw(allowed_values(control))
    assert control.check(value) == value


@each_control
@given(data=st.data())
def test_the_address_holds_the_exact_value(control: Control, data: st.DataObject):
    """If this fails, a link opens another run than the one that was shared."""
    value = data.draw(allowed_values(control))
    text = str(value).lower() if isinstance(value, bool) else str(value)
    assert control.parse(text) == value


@each_control
@given(data=st.data())
def test_anything_else_is_refused_with_a_sentence_that_names_the_control(control: Control, data: st.DataObject):
    """If this fails, a typo silently changes the run, or the person reads a Python error."""
    value = data.draw(refused_values(control))
    with pytest.raises(SpecError, match=control.name) as refused:
        control.check(value)
    assert str(refused.value).endswith(".")


@each_control
@given(text=st.text(max_size=30))
def test_no_text_in_an_address_breaks_the_parser(control: Control, text: str):
    """If this fails, a mangled link gives a server error instead of a default and a sentence."""
    value = control.default
    with contextlib.suppress(SpecError):
        value = control.parse(text)
    assert control.check(value) == value


@given(values=specs())
def test_a_spec_survives_being_written_down(values: dict[str, Value]):
    """If this fails, a saved run is another run when it is opened again."""
    spec = ExperimentSpec(**values)
    assert ExperimentSpec(**spec.model_dump()) == spec
    assert {name: getattr(spec, name) for name in values} == values


@each_control
def test_a_control_describes_itself(control: Control):
    """If this fails, a tooltip is empty or a slider has no ends."""
    assert control.doc.endswith(".")
    assert control.label
    assert control.check(control.default) == control.default
    if control.kind in {"number", "integer", "action"}:
        assert control.low is not None
        assert control.high is not None
        assert control.low < control.high
    if control.scale == "log":
        assert control.low is not None
        assert control.low > 0
    for name, values in control.only_when.items():
        other = next(other for other in CONTROLS if other.name == name)
        assert all(other.check(value) == value for value in values)
