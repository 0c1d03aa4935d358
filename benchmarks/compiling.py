"""What compiling costs: each function that a run needs, and what other options of XLA's compiler would cost and give.

`CASES` names other nets as "depth,width"; batch 64. The step is taken 64 times from t = L, where every row is at work.
"""

import os
from time import perf_counter

import harness
import jax
import numpy as np
from harness import REPEATS, alternated, milliseconds, ratio

from pcviz_core import Experiment
from pcviz_core.program import CORE, FUNCTIONS, MAX_CHUNK, Program, _compiler_options
from pcviz_core.relaxation import slices
from pcviz_core.run.machine import Machine

CASES = [(128, 32), (128, 128)]
if "CASES" in os.environ:
    CASES = [tuple(int(number) for number in case.split(",")) for case in os.environ["CASES"].split()]
OURS = "ours"
OPTIONS = {
    OURS: {},
    "with fusion emitters (XLA's default)": {"xla_cpu_use_fusion_emitters": True},
    "code in 32 parts (XLA's default)": {"xla_cpu_parallel_codegen_split_count": "32"},
    "optimisation level 1": {"xla_backend_optimization_level": "1"},
    "optimisation level 0": {"xla_backend_optimization_level": "0"},
    "products and sums without YNN": {"xla_cpu_experimental_ynn_fusion_type": ""},
}


def functions(experiment: Experiment) -> None:
    """Seconds to trace, lower and compile each, one after the other."""
    rows, structure = [], experiment.program.structure
    for name in (*(name for name in CORE if name != "draw"), "advance_in_slices"):
        found = []
        for _ in range(REPEATS):
            program = Program(structure)
            args = program._shapes[name]
            program._traces.clear()
            moments = [perf_counter()]
            lowered = program._traced(name, args).lower()
            moments.append(perf_counter())
            lowered.compile(compiler_options=_compiler_options(name))
            moments.append(perf_counter())
            found.append(np.diff(moments))
        rows.append([name, *(f"{seconds:.3f}" for seconds in np.median(found, axis=0))])
    harness.table(["function", "trace and lower, s", "compile, s"], rows)


def options(experiment: Experiment) -> None:
    """The step on the whole stack under other options, and in slices: compile time, step time, and whether the bits are ours."""
    state, machine, program = experiment.state, Machine(experiment.spec), experiment.program
    args = machine.arguments(state, 0.0, machine.watched_row(state.running, 0), MAX_CHUNK)
    works, seconds, steps = {}, {}, {}
    for name, extra in OPTIONS.items():
        steps[name], seconds[name] = _compiled(program, "advance", extra)
    steps["ours in slices"], seconds["ours in slices"] = _compiled(program, "advance_in_slices", {})
    for name, step in steps.items():
        works[name] = lambda step=step: jax.block_until_ready(step(*args))
    found = alternated(works, 2 * REPEATS + 1)
    expected = jax.tree.leaves(works[OURS]())
    rows = []
    for name, work in works.items():
        same = all(np.array_equal(a, b, equal_nan=True) for a, b in zip(jax.tree.leaves(work()), expected, strict=True))
        times = [f"{seconds[name]:.2f}", milliseconds(found[name]), ratio(found[name], found[OURS]), "yes" if same else "no"]
        rows.append([name, *times])
    harness.table(["options", "compile, s", f"{MAX_CHUNK} steps, ms", "over ours", "same bits"], rows)


def _compiled(program: Program, name: str, extra: dict[str, str | bool]) -> tuple[jax.stages.Compiled, float]:
    structure = program.structure
    lowered = jax.jit(lambda *args: FUNCTIONS[name](structure, *args)).lower(*program._shapes[name])
    began = perf_counter()
    compiled = lowered.compile(compiler_options=_compiler_options(name) | extra)
    return compiled, perf_counter() - began


def main() -> None:
    """Print both tables for every case."""
    harness.heading("What compiling costs")
    for depth, width in CASES:
        experiment = Experiment(depth=depth, width=width, batch_size=64, n_inference_steps=depth)
        assert len(slices(experiment.network.rows)) > 1
        print(f"Depth {depth}, width {width}.\n")
        functions(experiment)
        experiment.infer(depth)
        options(experiment)


if __name__ == "__main__":
    main()
