"""A claim: what a paper says, what we measure, how the two compare, and the link that shows it live."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import urlencode

from pcviz_core import ExperimentSpec

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was measured: a table, whether it bears the claim out, and a sentence on how and why."""

    rows: Sequence[Row]
    agrees: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Claim:
    """`says` is the paper's claim in our words; `setting` what we ran; `spec` and `panels` show it on the page."""

    title: str
    source: str
    says: str
    setting: str
    measure: Callable[[], Finding]
    spec: ExperimentSpec
    panels: tuple[str, ...] = ()

    @property
    def link(self) -> str:
        """The address of the run on a server that `make run` has started."""
        defaults = ExperimentSpec().model_dump()
        changed = {name: value for name, value in self.spec.model_dump().items() if value != defaults[name]}
        text = {name: str(value).lower() if isinstance(value, bool) else value for name, value in changed.items()}
        if self.panels:
            text["view"] = ",".join(self.panels)
        return f"http://127.0.0.1:8000/?{urlencode(text, safe=',')}"

    def spec_json(self) -> str:
        """The run as `pcviz run` reads it."""
        return json.dumps(self.spec.model_dump(), indent=2, ensure_ascii=False) + "\n"


def markdown(rows: Sequence[Row]) -> str:
    """Rows as a table; numbers get three significant digits."""
    titles = list(dict.fromkeys(title for row in rows for title in row))
    lines = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
    lines += [f"| {' | '.join(_cell(row.get(title, '')) for title in titles)} |" for row in rows]
    return "\n".join(lines)


def spread(values: Sequence[float], digits: int = 3) -> str:
    """Median of the seeds, and their range."""
    low, high = min(values), max(values)
    return f"{median(values):.{digits}g} ({low:.{digits}g} to {high:.{digits}g})"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    return str(value)
