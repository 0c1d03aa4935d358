"""What the page builds itself from: every control and every panel, as `GET /api/catalogue` gives them."""

from typing import Literal

from pcviz_server.protocol import PROTOCOL_VERSION
from pcviz_server.protocol.messages import Effect, Message, Scalar


class CatalogueChoice(Message):
    """One value of a choice, the label a person reads, and one sentence of meaning."""

    value: str
    label: str
    doc: str


class CatalogueControl(Message):
    """One thing a person can change. `only_when` names the values of other controls under which it does anything.

    `shape` is the most rows and columns of a grid, and empty for every other kind.
    """

    name: str
    label: str
    symbol: str
    kind: Literal["number", "integer", "choice", "switch", "grid", "action"]
    default: Scalar
    low: float | None
    high: float | None
    typed_low: float | None = None
    typed_high: float | None = None
    scale: Literal["linear", "log"]
    unit: str
    choices: list[CatalogueChoice]
    suggested: list[int]
    shape: list[int]
    effect: Effect
    compiles: bool
    slider: bool
    advanced: bool
    only_when: dict[str, list[Scalar]]
    group: Literal["network", "inference", "learning", "view"]
    doc: str


class PanelSeries(Message):
    """One column drawn over a panel's x."""

    column: str
    label: str
    mark: Literal["line", "dashed", "points", "bars"]


class PanelReading(Message):
    """A number beside a chart: entry `index` of a column. Entry `quality`: 0 exact, 1 estimate, 2 upper, 3 lower bound."""

    column: str
    label: str
    index: int
    unit: str
    quality: int | None


class CataloguePanel(Message):
    """One way to look at columns, for any chart slot. `kind` names the drawing; the first column is what is drawn.

    Panels of kind `curves` draw `series` over `x` ("layer", "step", "index", or a column) and say `readings`. `y_range` is where
    the value axis starts, null where values have no bounds of their own. `group` parts the list of panels, `short` is one word.
    """

    id: str
    title: str
    kind: str
    columns: list[str]
    doc: str
    unit: str
    scale: Literal["log", "linear", "signed"]
    series: list[PanelSeries]
    readings: list[PanelReading]
    x: str
    x_title: str
    x_scale: Literal["log", "linear"]
    y_title: str
    y_range: list[float] | None
    group: str
    short: str


class Catalogue(Message):
    """Everything that a page offers without knowing it beforehand."""

    protocol: int = PROTOCOL_VERSION
    controls: list[CatalogueControl]
    panels: list[CataloguePanel]
