"""pcviz_core beside jpc, pcx and a plain loop: the first result after a change of depth, and one warm learning step.

Same weights, batch, rates, steps and dtype, from one file; energies and weight gradients are compared before anything is timed.
`PCVIZ_JPC=<checkout, pip requirement or Python that has it>` names jpc; pcx comes from PyPI. `DEPTHS` and `WIDTHS` cut the grid,
`PARTS` names what to measure of first, step and start, `STEPS` how many learning steps. jpc's pinned JAX compiles small products
slowly, hence the plain loop.
"""

import os
import subprocess
import sys

import harness
from harness import REPEATS, ROOT, Library, Problem, libraries, milliseconds, ratio

DEPTHS = [int(depth) for depth in os.environ.get("DEPTHS", "8 32 128").split()]
WIDTHS = [int(width) for width in os.environ.get("WIDTHS", "32 128 512").split()]
PARTS = os.environ.get("PARTS", "first step start").split()
STEPS = int(os.environ.get("STEPS", "7"))
START = """
import time; began = time.perf_counter()
from pcviz_core import Experiment
Experiment(depth=128, width=32, batch_size=16, n_inference_steps=128).infer(128)
print(time.perf_counter() - began)
"""


def main() -> None:
    """Print what is present, then the three tables."""
    harness.heading("Beside other libraries")
    found = libraries()
    for library in found:
        if library.python is None:
            print(f"{library.name}: absent, {library.reason}.")
    members = [library for library in found if library.python is not None]
    for library in members:
        with harness.Runner(library, Problem(8, 32, 16, 8)) as runner:
            print(f"{library.name}: {runner.version}.")
    print()
    columns = [f"{library.name}, {{}}" for library in members] + [f"{other.name} / ours" for other in members[1:]]
    if "first" in PARTS:
        _first(members, [column.format("s") for column in columns])
    if "step" in PARTS:
        _step(members, [column.format("ms") for column in columns])
    if "start" in PARTS:
        _start()


def _first(members: list[Library], columns: list[str]) -> None:
    print("First result after a change of depth: 128 inference steps, batch 16, new shapes in a process already at work.\n")
    rows, ours = [], {}
    for width in WIDTHS[:2]:
        for depth in (16, 128):
            # At depth 16 only ours: it is there to compare our compile at two depths.
            taking_part = members if depth == 128 else members[:1]
            found = harness.fresh(Problem(depth, width, 16, 128), taking_part, REPEATS)
            ours[width, depth] = found["pcviz"]
            seconds = [milliseconds([1e-3 * value for value in values]) for values in found.values()]
            ratios = [ratio(found[other.name], found["pcviz"]) for other in taking_part[1:]]
            gap = ["–"] * (len(members) - len(taking_part))
            rows.append([depth, width, *seconds, *gap, *ratios, *gap])
    harness.table(["depth", "width", *columns], rows)
    for width in WIDTHS[:2]:
        print(f"Ours at depth 128 over depth 16, width {width}: {ratio(ours[width, 128], ours[width, 16])}.")
    print()


def _step(members: list[Library], columns: list[str]) -> None:
    print(f"One warm learning step: T = L, batch 64, {STEPS} steps of each in turn.\n")
    rows = []
    for depth in DEPTHS:
        for width in WIDTHS:
            found = harness.in_turns(Problem(depth, width, 64, depth), members, "step", STEPS)
            times = [milliseconds(found[library.name]) for library in members]
            rows.append([depth, width, *times, *(ratio(found[other.name], found["pcviz"]) for other in members[1:])])
    harness.table(["depth", "width", *columns], rows)


def _start() -> None:
    keep = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    command = [sys.executable, "-c", START]
    environment = keep | {"PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"}
    seconds = [
        float(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment).stdout)
        for _ in range(REPEATS)
    ]
    shown = milliseconds([1e-3 * value for value in seconds])
    print(f"A fresh process from import to first result, depth 128, width 32, 128 steps: {shown} s.\n")


if __name__ == "__main__":
    main()
