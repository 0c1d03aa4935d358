"""What a person did to a run, in order: with its spec, the run again, bit for bit.

By itself a run goes on: to the end of each relaxation (T steps, or settled), then the update, then the next learning step. A
command is whatever else happened to it. It has the moment at which it came; a retry makes a moment come twice, so the order of
the commands counts, not the moment alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from pcviz_core.controls import Value
from pcviz_core.errors import PcvizError
from pcviz_core.run.state import Position

CommandKind = Literal["change", "kick", "infer", "update", "retry"]
MOST_COMMANDS = 100_000
"""Commands that a log holds, some 20 MB of them; a run of more can no longer be made again."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing done to a run: at which moment, of which kind, with which values.

    `change` has the controls; `kick` sigma and layer; `infer` n, where the steps are more than the run would have done by itself;
    `update` and `retry` have no values.
    """

    ordinal: int
    learn_step: int
    phase: int
    infer_step: int
    kind: CommandKind
    values: dict[str, Value]

    @property
    def position(self) -> Position:
        """The moment at which it came."""
        return Position(self.learn_step, self.phase, self.infer_step)


@dataclass(slots=True)
class Log:
    """The commands of a run since its k = 0. Append only; `is_complete` turns False when one no longer fits."""

    commands: list[Command] = field(default_factory=list)
    is_complete: bool = True

    def __len__(self) -> int:
        return len(self.commands)

    def __iter__(self) -> Iterator[Command]:
        return iter(self.commands)

    def add(self, position: Position, kind: CommandKind, **values: Value) -> None:
        """Note a command that came at this moment. Inference steps one after another are one command."""
        last = self.commands[-1] if self.commands else None
        if kind == "infer" and last is not None and last.kind == "infer":
            steps = int(last.values["n"])
            if last.position._replace(infer_step=last.infer_step + steps) == position:
                n = steps + int(values["n"])
                self.commands[-1] = Command(last.ordinal, *last.position, "infer", {"n": n})
                return
        if len(self.commands) >= MOST_COMMANDS:
            self.is_complete = False
        if self.is_complete:
            self.commands.append(Command(len(self.commands), *position, kind, values))

    def until(self, ordinal: int) -> "Log":
        """The first `ordinal` commands alone."""
        return Log(self.commands[:ordinal], self.is_complete)

    def as_json(self) -> list[dict[str, Any]]:
        """As plain values."""
        return [
            {"ordinal": c.ordinal, "k": c.learn_step, "phase": c.phase, "t": c.infer_step, "kind": c.kind, "values": c.values}
            for c in self.commands
        ]

    @staticmethod
    def from_json(rows: Any) -> "Log":
        """Read `as_json`.

        Raises:
            PcvizError: a sentence, where it is no log.
        """
        if not isinstance(rows, list):
            raise PcvizError("A log is a list of commands.")
        if len(rows) > MOST_COMMANDS:
            raise PcvizError(f"A log holds at most {MOST_COMMANDS:,} commands; this one has {len(rows):,}.")
        return Log([_command(ordinal, row) for ordinal, row in enumerate(rows)])


_VALUES: dict[str, set[str]] = {"kick": {"sigma", "layer"}, "infer": {"n"}, "update": set(), "retry": set()}
"""The values that a command of each kind has; a change has those of any controls."""


def _command(ordinal: int, row: Any) -> Command:
    """One row of `as_json`."""
    row = row if isinstance(row, dict) else {}
    kind, values, moment = row.get("kind"), row.get("values"), [row.get(name) for name in ("k", "phase", "t")]
    is_moment = all(isinstance(at, int) and not isinstance(at, bool) and at >= 0 for at in moment)
    has_values = isinstance(values, dict) and (values.keys() == _VALUES.get(str(kind)) or (kind == "change" and bool(values)))
    if not (is_moment and has_values):
        raise PcvizError(f"Command {ordinal} of this log is not one that a run takes: {str(row)[:120]}.")
    k, phase, t = moment
    return Command(ordinal, k, phase, t, kind, values)  # pyright: ignore[reportArgumentType]
