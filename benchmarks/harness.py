"""What the benchmarks share: a problem on disk, one process per library, medians, and the table that docs/performance.md holds.

A library runs in its own environment, because they pin different JAX versions: `others/*_step.py` reads a problem and obeys
lines on its standard input. Two processes then take turns, A B A B, so that what else the machine does falls on both alike.
"""

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any, Self

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "server")]

import numpy as np  # noqa: E402 - after the path, so that every script finds the core

OTHERS = Path(__file__).parent / "others"
REPEATS = int(os.environ.get("REPEATS", "3"))
ENERGY_TOLERANCE = 2e-4
"""Relative, of float32 sums over units after up to 128 inference steps in another order of operations."""


# Problems --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """One network, one batch, one plan: what every library is given. The default spec's choices but for these."""

    depth: int
    width: int
    batch_size: int
    n_inference_steps: int

    def values(self) -> dict[str, Any]:
        """The same as keys of `ExperimentSpec`."""
        return {
            "depth": self.depth,
            "width": self.width,
            "batch_size": self.batch_size,
            "n_inference_steps": self.n_inference_steps,
        }

    @property
    def path(self) -> Path:
        """The saved problem, made if it is not there: weights, batch and rates of the run's first learning step."""
        path = _folder() / f"{'-'.join(str(value) for value in self.values().values())}.npz"
        if not path.exists():
            from pcviz_core import Experiment, ExperimentSpec

            experiment = Experiment(ExperimentSpec(**self.values()))
            first, *blocks, last = (np.asarray(w) for w in experiment.network.by_layer(experiment.network.weights))
            x, y = (np.asarray(values) for values in experiment.batch)
            spec = experiment.spec
            np.savez(
                path,
                first=first, blocks=np.stack(blocks), last=last, x=x, y=y,
                multipliers=np.asarray(experiment.network.forward_multipliers),
                activity_lr=spec.activity_lr, param_lr=spec.param_lr, n_inference_steps=spec.n_inference_steps,
            )  # fmt: skip
        return path


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="pcviz-bench-"))


# Libraries -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Library:
    """One implementation: the Python that has it, or None and the reason why there is none."""

    name: str
    python: Path | None
    reason: str = ""

    @property
    def script(self) -> Path:
        """What runs in its environment."""
        return OTHERS / f"{self.name}_step.py"


def libraries() -> list[Library]:
    """Ours, a plain loop in our JAX, and the others as far as they are to be had."""
    ours = Path(sys.executable)
    return [Library("pcviz", ours), Library("plain", ours), _other("jpc", None), _other("pcx", "pcx==0.6.3")]


def _other(name: str, requirement: str | None) -> Library:
    """A library in an environment of its own under .venv, made at first from PCVIZ_<NAME> or from `requirement`."""
    variable = f"PCVIZ_{name.upper()}"
    wanted = os.environ.get(variable, requirement)
    if not wanted:
        return Library(name, None, f"{variable} names no checkout, requirement or Python that has it")
    if os.access(wanted, os.X_OK) and not Path(wanted).is_dir():
        return Library(name, Path(wanted))
    folder = ROOT / ".venv" / "bench" / name
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        try:
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
            install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wanted]
            subprocess.run(install, check=True, capture_output=True, text=True)
        except subprocess.CalledProcessError as error:
            lines = (error.stderr or "").strip().splitlines()
            return Library(name, None, f"could not be installed: {lines[-1] if lines else error}")
        (folder / "ready").touch()
    return Library(name, python)


class Runner:
    """A library's process on one problem. It answers one JSON line to each command."""

    def __init__(self, library: Library, problem: Problem) -> None:
        assert library.python is not None
        self.library = library
        # Nothing compiled is kept on disk, so that a first result is one.
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("JAX_", "XLA_", "PYTHONPATH"))}
        environment = keep | {"JAX_PLATFORMS": "cpu"}
        if library.name == "pcviz":
            environment["PYTHONPATH"] = str(ROOT)
        self._process = subprocess.Popen(
            [str(library.python), str(library.script), str(problem.path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_folder(), env=environment,
        )  # fmt: skip
        self.version: str = self._answer()["version"]

    def ask(self, command: str) -> dict[str, Any]:
        """`first`: from these shapes for the first time to the energies after T steps; `step`: one learning step."""
        assert self._process.stdin is not None
        print(command, file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.library.name} ended with {self._process.wait()}; what it said is above.")
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def check_equal(answers: dict[str, dict[str, Any]], *names: str) -> None:
    """Refuse to go on unless every library found the same numbers as ours, layer by layer."""
    for name in names:
        reference = np.asarray(answers["pcviz"][name])
        allowed = ENERGY_TOLERANCE * np.abs(reference) + 1e-6 * np.abs(reference).max()
        for library, answer in answers.items():
            worst = float(np.max(np.abs(np.asarray(answer[name]) - reference) / allowed))
            if not worst <= 1:
                raise SystemExit(f"{library} differs from ours in {name}, {worst:.1f} times what rounding explains: not timed.")


def in_turns(problem: Problem, members: Sequence[Library], command: str, repeats: int) -> dict[str, list[float]]:
    """Seconds of `command` per library, all of them alive at once and asked in turn; the first answers are compared."""
    with ExitStack() as stack:
        runners = [stack.enter_context(Runner(library, problem)) for library in members]
        check_equal({runner.library.name: runner.ask("check") for runner in runners}, "energies", "gradients")
        seconds: dict[str, list[float]] = {runner.library.name: [] for runner in runners}
        for _ in range(repeats):
            for runner in runners:
                seconds[runner.library.name].append(runner.ask(command)["seconds"])
    return seconds


def fresh(problem: Problem, members: Sequence[Library], repeats: int) -> dict[str, list[float]]:
    """Seconds to the first result of each library in processes of their own, one after the other, A B A B."""
    seconds: dict[str, list[float]] = {library.name: [] for library in members}
    for _ in range(repeats):
        answers = {}
        for library in members:
            with Runner(library, problem) as runner:
                answers[library.name] = runner.ask("first")
                seconds[library.name].append(answers[library.name]["seconds"])
        check_equal(answers, "energies")
    return seconds


# Timing and printing ---------------------------------------------------------------------------------------------------


def seconds(work: Callable[[], Any]) -> float:
    """How long `work` takes, once."""
    began = perf_counter()
    work()
    return perf_counter() - began


def alternated(works: dict[str, Callable[[], Any]], repeats: int) -> dict[str, list[float]]:
    """Seconds of several pieces of work in turn, after one turn that does not count."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(repeats + 1):
        for name, work in works.items():
            took = seconds(work)
            if turn:
                found[name].append(took)
    return found


def ratio(these: Sequence[float], those: Sequence[float]) -> str:
    """Median over pairs that were measured side by side, with the least and the most."""
    pairs = [a / b for a, b in zip(these, those, strict=True)]
    return f"{_short(statistics.median(pairs))} ({_short(min(pairs))} to {_short(max(pairs))})"


def milliseconds(values: Sequence[float]) -> str:
    """Median and minimum, in ms."""
    return f"{_short(1e3 * statistics.median(values))} (least {_short(1e3 * min(values))})"


def percentile(values: Iterable[float], percent: float) -> float:
    """A percentile, as one of the values."""
    ordered = sorted(values)
    return ordered[round(percent / 100 * (len(ordered) - 1))]


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def heading(title: str) -> None:
    """Say what is measured, on what, when and beside which other work."""
    import jax

    kind = f"{os.cpu_count()} {platform.machine()} cores, {jax.devices()[0].device_kind} alone"
    load = os.getloadavg()[0]
    print(f"### {title}\n")
    print(f"{date.today()}, {kind}, jax {jax.__version__}, load average {load:.1f} at the start, {REPEATS} repeats.\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a Markdown table."""
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |", flush=True)
    print()
