"""Documents point at things that exist: a map with wrong streets is worse than none."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "tests" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MADE = ("tests/artefacts", ".venv", "frontend/node_modules")  # by running, so not in a fresh clone


def mentioned(document: Path) -> set[str]:
    """Paths of this repository that a document names, in backticks, as a link or bare."""
    text = document.read_text()
    folders = "|".join(re.escape(path.name) for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))
    paths = set(re.findall(rf"(?<![\w/.@-])((?:{folders})/[\w./-]*\w)", text))
    return paths | set(re.findall(r"\]\(([^)#:]+)\)", text))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_path_in_a_document_exists(document: Path):
    missing = [
        path
        for path in mentioned(document)
        if not path.startswith(MADE) and not (ROOT / path).exists() and not (document.parent / path).exists()
    ]
    assert missing == []


def test_every_make_target_in_a_document_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {target for document in DOCUMENTS for target in re.findall(r"`?make ([a-z]+)\b`?", _code(document.read_text()))}
    assert named
    assert named <= targets


def test_every_property_of_the_specification_has_a_test_that_exists():
    """If this fails, the table of tests/README.md promises a proof that nobody runs."""
    rows = re.findall(r"^\| (T\d+|) \|.*$", (ROOT / "tests" / "README.md").read_text(), re.MULTILINE)
    assert [row for row in rows if row] == [f"T{n}" for n in range(1, 25)]
    sources = "".join(path.read_text() for path in sorted((ROOT / "tests" / "numerics").glob("test_*.py")))
    lines = re.findall(r"^\| (?:T\d+|) \|.*$", (ROOT / "tests" / "README.md").read_text(), re.MULTILINE)
    for line in lines:
        named = re.findall(r"::(test_\w+)", line)
        assert named, line
        assert [name for name in named if f"def {name}(" not in sources] == [], line


def _code(text: str) -> str:
    """Only what is set as code: prose may make anything."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
