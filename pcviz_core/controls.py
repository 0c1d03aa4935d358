"""A control is one field: its range, scale, unit, meaning, and when a change of it applies.

The page's widgets, the URL, the server's validation, the docs and the no-retrace test all read this one description.
"""

from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Literal

from pcviz_core.arguments import plain_number
from pcviz_core.errors import SpecError
from pcviz_core.grids import GRID_SHAPE, Rows, grid_text, read_grid

Effect = Literal["live", "next_step", "restart", "view"]
Kind = Literal["number", "integer", "choice", "switch", "grid", "action"]
Group = Literal["network", "inference", "learning", "view"]
Value = float | int | str | bool

_LARGEST_EXACT_INTEGER = 2**53  # JSON numbers are doubles: beyond it, an integer is not the one that was sent


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a choice, with the label a person reads and one sentence of meaning."""

    value: str
    label: str
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Control:
    """Everything about one value that a person can change.

    `low` and `high` are the ends of a slider; `typed_low` and `typed_high`, where they are wider, of what may be typed.

    `effect` says when a change applies: `live` from the next inference step, `next_step` from the next learning step,
    `restart` from a new run with the same seed, `view` only changes what is shown. `compiles` says that a change needs a
    new compiled step, during which the old run keeps streaming. `only_when` names the values of another control under
    which this one does anything; elsewhere the page says so instead of offering it.
    """

    name: str
    label: str
    kind: Kind
    default: Value
    effect: Effect
    doc: str
    group: Group
    symbol: str = ""
    low: float | None = None
    high: float | None = None
    typed_low: float | None = None
    typed_high: float | None = None
    scale: Literal["linear", "log"] = "linear"
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    suggested: tuple[int, ...] = ()
    compiles: bool = False
    slider: bool = False
    advanced: bool = False
    only_when: dict[str, tuple[Value, ...]] = field(default_factory=dict)

    def check(self, value: object) -> Value:
        """Return `value` as this control stores it, or raise a `SpecError` that says what is allowed.

        NumPy's scalars are numbers, texts and switches as Python's are.
        """
        value = plain_number(value)
        match self.kind:
            case "switch":
                if isinstance(value, bool):
                    return value
                raise SpecError(f"`{self.name}` is on or off, true or false; {value!r} is neither.")
            case "choice":
                if isinstance(value, str) and value in self.values:
                    return value
                raise SpecError(f"`{self.name}` is one of {', '.join(self.values)}; {value!r} is not.")
            case "integer":
                whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
                if isinstance(value, bool) or not whole or abs(value) > _LARGEST_EXACT_INTEGER:  # pyright: ignore[reportArgumentType]
                    raise SpecError(f"`{self.name}` is {self.allowed}; {value!r} is not.")
                return self._within(int(value))  # pyright: ignore[reportArgumentType]
            case "grid":
                return grid_text(self.rows(value))
            case "number" | "action":
                if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
                    raise SpecError(f"`{self.name}` is {self.allowed}; {value!r} is not.")
                return self._within(float(value))

    def parse(self, text: str) -> Value:
        """Read a value from the text of a URL: `check` decides, so a URL and a message allow the same values."""
        match self.kind:
            case "switch":
                return self.check({"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text))
            case "choice" | "grid":
                return self.check(text)
            case _:
                try:
                    return self.check(float(text) if self.kind != "integer" or not text.lstrip("+-").isdigit() else int(text))
                except ValueError:
                    raise SpecError(f"`{self.name}` is {self.allowed}; {text!r} is not.") from None

    def rows(self, text: object) -> Rows:
        """The numbers of a grid's text, row by row, or a `SpecError`."""
        assert self.lowest is not None
        assert self.highest is not None
        return read_grid(self.name, text, self.lowest, self.highest)

    def words(self, value: Value) -> str:
        """A value as a person reads it: the label of a choice, on or off, a number."""
        if isinstance(value, bool):
            return "on" if value else "off"
        return next((choice.label for choice in self.choices if choice.value == value), _plain(value))

    @property
    def lowest(self) -> float | None:
        """The smallest number that is allowed, on a slider or not."""
        return self.low if self.typed_low is None else self.typed_low

    @property
    def highest(self) -> float | None:
        """The largest number that is allowed, on a slider or not."""
        return self.high if self.typed_high is None else self.typed_high

    @property
    def values(self) -> tuple[str, ...]:
        """The values of a choice, in the order in which they are offered."""
        return tuple(choice.value for choice in self.choices)

    @property
    def allowed(self) -> str:
        """What a number or the numbers of a grid may be, in words: `a whole number from 2 to 256`."""
        if self.kind == "grid":
            rows, columns = GRID_SHAPE
            return f"up to {rows} rows of up to {columns} numbers from {_plain(self.lowest)} to {_plain(self.highest)}"
        noun = "a whole number" if self.kind == "integer" else "a number"
        return f"{noun} from {_plain(self.lowest)} to {_plain(self.highest)}"

    def _within(self, value: "int | float") -> "int | float":
        low, high = self.lowest, self.highest
        if (low is not None and value < low) or (high is not None and value > high):
            raise SpecError(f"`{self.name}` is {self.allowed}; {_plain(value)} is outside.")
        return value


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
