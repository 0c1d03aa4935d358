"""A claim: what a paper says, what we measure, what would refute it, and the link that shows it live."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urlencode

from pcviz_core import Experiment, ExperimentSpec

Row = dict[str, Any]
Figures = Mapping[str, Any]
"""What was measured, by arm, as JSON keeps it: numbers, lists and objects; None is a seed that diverged."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One sentence that an arm meets or does not, judged from the figures alone.

    The `claimed` arms are those of which the paper says it, and must meet it. The `controls` are arms of which it is false, and
    must not: a criterion that they meet too says nothing about the claim.
    """

    says: str
    meets: Callable[[Figures, str], bool]
    claimed: tuple[str, ...]
    controls: tuple[str, ...]


class Verdict(NamedTuple):
    """Whether the figures bear the claim out, and a sentence for each criterion on why."""

    borne_out: bool
    reasons: tuple[str, ...]

    @property
    def text(self) -> str:
        """The two words of the table."""
        return "borne out" if self.borne_out else "not borne out"


@dataclass(frozen=True, slots=True)
class Live:
    """The run that the claim's link opens: a quantity of it that moves while someone watches, and the charts that show it.

    `quantity` reads a number from a run, or NaN where it has none yet; `moves` says in words what a viewer sees of it.
    """

    spec: ExperimentSpec
    panels: tuple[str, ...]
    moves: str
    quantity: Callable[[Experiment], float]
    pace: str = "slow"


@dataclass(frozen=True, slots=True)
class Claim:
    """`says` is the paper's claim in our words; `setting` what we ran; `remark` puts the figures in a sentence or two."""

    title: str
    source: str
    says: str
    setting: str
    measure: Callable[[], Figures]
    table: Callable[[Figures], Sequence[Row]]
    criteria: tuple[Criterion, ...]
    remark: Callable[[Figures], str]
    live: Live

    @property
    def link(self) -> str:
        """The address of the run on a server that `make run` has started."""
        defaults = ExperimentSpec().model_dump()
        changed = {name: value for name, value in self.live.spec.model_dump().items() if value != defaults[name]}
        text = {name: str(value).lower() if isinstance(value, bool) else value for name, value in changed.items()}
        if self.live.pace != "slow":
            text["pace"] = self.live.pace
        text["view"] = ",".join(self.live.panels)
        return f"http://127.0.0.1:8000/?{urlencode(text, safe=',')}"

    def spec_json(self) -> str:
        """The run as `pcviz run` reads it."""
        return json.dumps(self.live.spec.model_dump(), indent=2, ensure_ascii=False) + "\n"

    def verdict(self, figures: Figures) -> Verdict:
        """Borne out if every claimed arm meets its criteria and no control does."""
        judged = [_judged(criterion, figures) for criterion in self.criteria]
        return Verdict(all(good for good, _ in judged), tuple(reason for _, reason in judged))


def _judged(criterion: Criterion, figures: Figures) -> tuple[bool, str]:
    missed = [arm for arm in criterion.claimed if not criterion.meets(figures, arm)]
    passed = [arm for arm in criterion.controls if criterion.meets(figures, arm)]
    said = (
        ("met by {}", [arm for arm in criterion.claimed if arm not in missed]),
        ("not met by {}", missed),
        ("not met, as it should be, by {}", [arm for arm in criterion.controls if arm not in passed]),
        ("met by {} too, of which it should be false", passed),
    )
    found = [text.format(" · ".join(arms)) for text, arms in said if arms]
    return not missed and not passed, f"{criterion.says}: {'; '.join(found)}."


def markdown(rows: Sequence[Row]) -> str:
    """Rows as a table; numbers get three significant digits."""
    titles = list(dict.fromkeys(title for row in rows for title in row))
    lines = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
    lines += [f"| {' | '.join(_cell(row.get(title, '')) for title in titles)} |" for row in rows]
    return "\n".join(lines)


def finished(values: Sequence[float | None]) -> list[float]:
    """The seeds that did not diverge."""
    return [value for value in values if value is not None]


def diverged(values: Sequence[float | None]) -> int:
    """How many seeds diverged."""
    return len(values) - len(finished(values))


def middle(values: Sequence[float | None]) -> float:
    """Median of the seeds that did not diverge; NaN, which meets no comparison, where half of them or more did."""
    return median(finished(values)) if 2 * diverged(values) < len(values) else float("nan")


def spread(values: Sequence[float | None], digits: int = 3) -> str:
    """Median of the seeds, their range, and how many diverged."""
    good, lost = finished(values), diverged(values)
    if not good:
        return f"{lost} of {lost} diverged"
    low, high = min(good), max(good)
    text = f"{median(good):.{digits}g} ({low:.{digits}g} to {high:.{digits}g})"
    return f"{text}, {lost} of {len(values)} diverged" if lost else text


def _cell(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
