"""What may depend on what. The contracts are in pyproject.toml; here they are held, and seen to bite."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (ROOT / "pcviz_core", ROOT / "server" / "pcviz_server")
OURS = {"pcviz_core", "pcviz_server"}
# Imported by name at run time, not by an import statement: uvicorn loads its websocket implementation and its loop.
LOADED_BY_NAME = {"websockets", "uvloop", "httptools"}
# A distribution under another name than the module it brings.
DISTRIBUTION_OF = {"sklearn": "scikit-learn", "prometheus_client": "prometheus-client", "pydantic_settings": "pydantic-settings"}


def test_every_import_contract_is_kept():
    """If this fails, a floor of the house leans on the one above it; the chain is in the output."""
    linter = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    assert linter.returncode == 0, linter.stdout + linter.stderr


@pytest.mark.parametrize("module", ["pcviz_server.app", "pcviz_server.session", "pcviz_server.protocol.frames"])
def test_the_server_process_never_loads_jax_or_the_core(module):
    """If this fails, a stuck compile or a crash of the engine takes the page's server with it."""
    heavy = "{'jax', 'jaxlib', 'pcviz_core', 'sklearn'}"
    program = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


def imported(package: Path) -> set[str]:
    """Top-level names that the package's files import, wherever in the file."""
    found: set[str] = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - OURS


def declared() -> set[str]:
    """The distributions that installing pcviz brings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {re.split(r"[\[<>=; ]", requirement)[0] for requirement in project["dependencies"]}


def test_what_is_imported_is_declared_and_nothing_else():
    """If this fails, `pip install pcviz` brings too little to start, or more than it uses."""
    used = {DISTRIBUTION_OF.get(name, name) for name in imported(PACKAGES[0]) | imported(PACKAGES[1])}
    assert used - declared() == set(), "imported but not declared"
    assert declared() - used - LOADED_BY_NAME == set(), "declared but not imported"
