"""The random numbers that weights are made of, drawn some layers at a time, so that no depth compiles the generator anew."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import ShapeDtypeStruct as Shaped

from pcviz_core.parameterisations import READOUT, normal_rows, shaped

LAYERS_AT_ONCE = 8
"""Layers that one call draws."""


@lru_cache(maxsize=1)
def draws(bucket: int, rows: int, columns: int, seed: int, uniform: bool) -> np.ndarray:
    """Draws of spread 1 for layers 1 to bucket − 1 and then the readout: (bucket, rows, columns), float32.

    Neither depth nor scaling changes them, so the last ones are kept.
    """
    layers, draw = np.array([*range(1, bucket), READOUT], np.int32), drawer(rows, columns)
    parts = np.pad(layers, (0, -bucket % LAYERS_AT_ONCE)).reshape(-1, LAYERS_AT_ONCE)
    return np.concatenate(jax.device_get([draw(np.uint32(seed), part, np.bool_(uniform)) for part in parts]))[:bucket]


@lru_cache(maxsize=32)
def drawer(rows: int, columns: int) -> Callable[..., Any]:
    """The compiled generator: `draw(seed, layers, uniform)` gives (layers, rows, columns)."""

    def draw(seed: Any, layers: Any, uniform: Any) -> Any:
        key = jax.random.fold_in(jax.random.key(seed), 0)
        # One draw for all rows: the generator is slow to compile.
        drawn = normal_rows(key, jnp.repeat(layers, rows), jnp.tile(jnp.arange(rows), LAYERS_AT_ONCE), columns)
        return shaped(drawn, uniform).reshape(-1, rows, columns)

    args = (Shaped((), jnp.uint32), Shaped((LAYERS_AT_ONCE,), jnp.int32), Shaped((), jnp.bool_))
    # Weights are drawn once a run: to optimise that would take longer than it could save.
    options: dict[str, str | bool] = {"xla_backend_optimization_level": "0"} if jax.default_backend() == "cpu" else {}
    return jax.jit(draw).lower(*args).compile(compiler_options=options)
