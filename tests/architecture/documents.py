"""Read the tables of the documents, and write the generated ones: `python -m tests.architecture.documents`."""

import re
from pathlib import Path

from pcviz_core.controls import Control
from pcviz_core.spec import ACTIONS, ExperimentSpec, ViewSettings

DOCS = Path(__file__).parents[2] / "docs"
_CONTROLS = re.compile(r"(?<=<!-- controls: made by `make codegen` -->\n).*?(?=<!-- end -->)", re.DOTALL)


def table(document: str, header: str) -> list[dict[str, str]]:
    """The rows of the table whose header line starts with `header`, by column title."""
    lines = (DOCS / document).read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(header))
    titles = _cells(lines[start])
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        cells = _cells(line)
        assert len(cells) == len(titles), f"docs/{document}: {line!r} has {len(cells)} cells, not {len(titles)}."
        rows.append(dict(zip(titles, cells, strict=True)))
    return rows


def names(cell: str) -> list[str]:
    """What a cell has in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").replace(r"\|", "¦").split("|")]


def all_controls() -> dict[str, Control]:
    """Every control of the catalogue, in its order."""
    return {**ExperimentSpec.controls(), **ViewSettings.controls(), **ACTIONS}


def controls_table() -> str:
    """The catalogue's controls as a table for docs/notation.md."""
    rows = ["| control | symbol | default | allowed | applies | compiles | meaning |", "|---|---|---|---|---|---|---|"]
    for control in all_controls().values():
        match control.kind:
            case "choice":
                allowed = ", ".join(f"`{value}`" for value in control.values)
            case "switch":
                allowed = "`true`, `false`"
            case _:
                allowed = control.allowed + (f" {control.unit}" if control.unit else "")
        default = str(control.default).lower() if isinstance(control.default, bool) else control.default
        effect = control.effect.replace("_", " ")
        compiles = "yes" if control.compiles else ""
        rows.append(
            f"| `{control.name}` | {control.symbol} | `{default}` | {allowed} | {effect} | {compiles} | {control.doc} |"
        )
    return "\n".join(rows) + "\n"


def with_controls(text: str) -> str:
    """The document with its generated table made anew."""
    made, count = _CONTROLS.subn(lambda _: controls_table(), text)
    assert count == 1, "docs/notation.md has lost the marks around its table of controls."
    return made


if __name__ == "__main__":
    notation = DOCS / "notation.md"
    notation.write_text(with_controls(notation.read_text()))
