"""What watching costs: inference with what is recorded at every step and without, and the memory of a session."""

import os

import harness
import jax
import numpy as np
from harness import REPEATS, alternated, milliseconds, ratio

from pcviz_core import Experiment
from pcviz_core.program import MAX_CHUNK, _compiler_options
from pcviz_core.relaxation import advance, slices
from pcviz_core.run.machine import Machine

CASES = [(16, 64), (128, 32), (128, 128)]
SESSIONS = 4


def diagnostics() -> None:
    """The same steps with the observer that every run has, and with one that sees nothing."""
    rows = []
    for depth, width in CASES:
        experiment = Experiment(depth=depth, width=width)
        state, machine, n = experiment.state, Machine(experiment.spec), np.int32(min(depth, MAX_CHUNK))
        every = machine.arguments(state, 0.0, machine.watched_row(state.running, 0), int(n))
        method = machine.structure.method

        def blind(network, clamped, state, knobs, n, method=method):  # noqa: ANN001, ANN202 - compiled from what it is given
            how = {"method": method, "capacity": MAX_CHUNK, "sizes": slices(network.rows)}
            return advance(network, clamped, state, knobs, n, observe=lambda _: {}, **how)

        few = (state.network, state.opened.batch.clamped, state.relaxation, machine.knobs_at(state), n)
        off = jax.jit(blind).lower(*few).compile(compiler_options=_compiler_options("advance"))
        on = machine.program.advance_in_slices
        works = {
            "off": lambda off=off, few=few: jax.block_until_ready(off(*few)),
            "on": lambda on=on, every=every: jax.block_until_ready(on(*every)),
        }
        found = alternated(works, 10 * REPEATS)
        rows.append([depth, width, milliseconds(found["off"]), milliseconds(found["on"]), ratio(found["on"], found["off"])])
    print("Diagnostics of every inference step, batch 64, up to 64 steps of a relaxation.\n")
    harness.table(["depth", "width", "off, ms", "on, ms", "on / off"], rows)


def memory() -> None:
    """How much a process grows by each further session of the same shape, and what its numbers take."""
    held, grown = [Experiment(depth=128, width=128)], []
    held[0].learn_point()
    size = sum(leaf.nbytes for leaf in jax.tree.leaves((held[0].state.learner, held[0].state.relaxation)))
    for seed in range(1, SESSIONS + 1):
        before = resident()
        held.append(Experiment(depth=128, width=128, seed=seed))
        held[-1].learn_point()
        grown.append(resident() - before)
    middle = sorted(grown)[len(grown) // 2]
    print(f"A session at depth 128, width 128 makes the process {middle / 2**20:.0f} MiB larger (median of {SESSIONS});")
    print(f"its weights, their moments and one state take {size / 2**20:.0f} MiB of that.\n")


def resident() -> int:
    """Bytes of this process in memory (Linux)."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Print both."""
    harness.heading("The cost of watching")
    diagnostics()
    memory()


if __name__ == "__main__":
    main()
