"""How much inference rescales the output error: expected at the start of a run, by depth, and as it is now."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from pcviz_core.diagnostics import Columns
from pcviz_core.measurements.measurement import Measurement, Memory, Snapshot
from pcviz_core.network import Network
from pcviz_core.spec import ExperimentSpec
from pcviz_core.theory.linear import downstream_maps, rescaling
from pcviz_core.theory.rescaling import expected_rescaling


def expected_at(spec: ExperimentSpec, depth: int) -> float:
    """What tr(S)/K is expected to be in the run's linear network of this depth at its start; NaN beyond float32."""
    expected = expected_rescaling(
        spec.scaling,
        depth=depth,
        width=spec.width,
        skip=spec.skip,
        gamma=spec.gamma,
        output_precision=spec.output_precision,
    )
    return expected if expected < float(np.finfo(np.float32).max) else float("nan")


def _measure(snapshot: Snapshot, memory: Memory) -> tuple[Columns, Memory]:
    spec = snapshot.spec
    depths = np.arange(2, 2 * spec.depth + 1)
    now = float(_mean_rescaling(snapshot.network)) if spec.is_linear else np.nan
    expected = np.array([expected_at(spec, int(depth)) for depth in depths])
    numbers = np.array([expected_at(spec, spec.depth), now])
    return {
        "rescaling_depth": depths.astype(np.float64),
        "rescaling_expected": expected,
        "rescaling_now": np.where(depths == spec.depth, now, np.nan),
        "rescaling": numbers,
    }, memory


@eqx.filter_jit
def _mean_rescaling(net: Network) -> Array:
    """tr(S)/K."""
    return jnp.mean(jnp.diagonal(rescaling(net, downstream_maps(net))))


RESCALING = Measurement(("rescaling_depth", "rescaling_expected", "rescaling_now", "rescaling"), _measure)
