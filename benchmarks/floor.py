"""How far a learning step is from the time of the bare batched products that it needs, measured in turns with them.

The floor is two products per inference step over every hidden block at once, W h and Wᵀ ε, and one for the weights' gradient:
no activation, no error, no energy, no record, no optimiser. Below 1 means that slices of the wavefront left work out.
"""

import os

import harness
import jax
import jax.numpy as jnp
import numpy as np
from harness import REPEATS, alternated, milliseconds, ratio

from pcviz_core import Experiment

BATCH = 64
CASES = [(128, 128, 128), (128, 128, 512), (32, 512, 128), (128, 32, 128), (128, 32, 512), (16, 64, 16)]
if "CASES" in os.environ:  # "128,32,128 16,64,16": depth, width, T
    CASES = [tuple(int(number) for number in case.split(",")) for case in os.environ["CASES"].split()]


def floor(depth: int, width: int, steps: int) -> jax.stages.Wrapped:
    """The products alone. Weights are orthogonal, so that numbers neither grow nor become denormal."""

    def one(_: object, h: jax.Array, weights: jax.Array) -> jax.Array:
        return jnp.einsum("lbo,loi->lbi", jnp.einsum("lbi,loi->lbo", h, weights), weights)

    @jax.jit
    def run(h: jax.Array, weights: jax.Array) -> tuple[jax.Array, jax.Array]:
        h = jax.lax.fori_loop(0, steps, lambda step, h: one(step, h, weights), h)
        return h, jnp.einsum("lbo,lbi->loi", h, h)

    return run


def main() -> None:
    """Print one row for each case."""
    harness.heading("Distance to the floor")
    rows = []
    for depth, width, steps in CASES:
        rng = np.random.default_rng(0)
        weights = jnp.asarray(np.linalg.qr(rng.normal(size=(depth - 2, width, width)))[0], jnp.float32)
        h = jnp.asarray(rng.normal(size=(depth - 2, BATCH, width)), jnp.float32)
        run, experiment = floor(depth, width, steps), Experiment(
            depth=depth, width=width, batch_size=BATCH, n_inference_steps=steps
        )  # fmt: skip
        Experiment.compile_for(experiment.spec, "long run")  # the step in slices, which a long run gets by itself
        works = {
            "floor": lambda run=run, h=h, w=weights: jax.block_until_ready(run(h, w)),
            "ours": lambda e=experiment: (e.learn_point(), jax.block_until_ready(e.network)),
        }
        found = alternated(works, 2 * REPEATS + 1)
        case = [depth, width, steps, milliseconds(found["floor"]), milliseconds(found["ours"])]
        rows.append([*case, ratio(found["ours"], found["floor"])])
    harness.table(["depth", "width", "T", "products alone, ms", "learning step, ms", "ours / products"], rows)


if __name__ == "__main__":
    main()
