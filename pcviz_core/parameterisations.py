"""How weights are drawn and multiplied: the rows of the table in theory §1.1, and the draws that they all share.

A layer's prediction is a_l W_l h. A parameterisation fixes the law of the entries of W_l and the forward multipliers a_l.
Every row scales the same standard normal draws, so that switching it changes scale and nothing else.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import jax
import jax.numpy as jnp

READOUT = 0
"""The readout's key, where other layers use their number, 1, 2, …: so it stays the same when the depth changes."""


@dataclass(frozen=True, slots=True)
class Parameterisation:
    """One row: what a person reads, the standard deviation of a weight, and which multipliers undo or keep it.

    `unit_variance` rows draw N(0, 1) and put the width into the multipliers; the others put it into the draw and have
    multipliers of 1. `readout_power` is the power of 1/N in the readout's multiplier.
    """

    label: str
    doc: str
    unit_variance: bool
    readout_power: float = 0.0
    distribution: Literal["normal", "uniform"] = "normal"

    def init_std(self, fan_in: int) -> float:
        """Standard deviation of an entry of a weight matrix with `fan_in` columns."""
        if self.unit_variance:
            return 1.0
        return 1.0 / sqrt(3 * fan_in) if self.distribution == "uniform" else 1.0 / sqrt(fan_in)

    def weights(self, draws: jax.Array, fan_in: int) -> jax.Array:
        """Turn standard normal draws into weights of a layer with `fan_in` inputs.

        Uniform: g ↦ (2Φ(g) − 1)/√fan_in, which is uniform between ±1/√fan_in and keeps the order and sign of the draws.
        """
        if self.distribution == "uniform":
            return jax.lax.erf(draws / sqrt(2)) / sqrt(fan_in)
        return draws * self.init_std(fan_in)

    def multipliers(self, n_inputs: int, width: int, depth: int, skip: bool, gamma: float = 1.0) -> tuple[float, float, float]:
        """Forward multipliers a_l of (the embedding, a hidden block, the readout).

        `depth` is the true number of weight matrices L, never that of a padded stack. With L = 2 there is no hidden block.
        """
        if not self.unit_variance:
            return 1.0, 1.0, 1.0 / gamma
        block = 1.0 / sqrt(width * depth) if skip else 1.0 / sqrt(width)
        return 1.0 / sqrt(n_inputs), block, 1.0 / (gamma * width**self.readout_power)


PARAMETERISATIONS = {
    "sp": Parameterisation(
        "SP",
        "Standard: weights N(0, 1/fan-in), multipliers 1.",
        unit_variance=False,
    ),
    "sp_uniform": Parameterisation(
        "SP uniform",
        "Weights uniform between ±1/√fan-in, so their variance is 1/(3 fan-in); multipliers 1.",
        unit_variance=False,
        distribution="uniform",
    ),
    "ntp": Parameterisation(
        "NTP",
        "Neural tangent: weights N(0, 1), hidden multipliers 1/√N, or 1/√(N L) with skips, readout 1/√N.",
        unit_variance=True,
        readout_power=0.5,
    ),
    "mupc": Parameterisation(
        "μPC",
        "Depth-μP: as NTP but a readout of 1/N, so that the forward pass keeps its size at any width and depth.",
        unit_variance=True,
        readout_power=1.0,
    ),
}


def normal_rows(key: jax.Array, layers: jax.Array, rows: jax.Array, columns: int) -> jax.Array:
    """Draw row `rows[i]` of layer `layers[i]` for every i: standard normals, (len(rows), columns), float32.

    Each row of each layer has a key of its own, and a shorter row is the beginning of a longer one, so a smaller matrix of the
    same layer is the upper left corner of a larger one. Layer numbers may be traced; the readout's is `READOUT`.
    """

    def draw(layer: jax.Array, row: jax.Array) -> jax.Array:
        return jax.random.normal(jax.random.fold_in(jax.random.fold_in(key, layer), row), (columns,), jnp.float32)

    return jax.vmap(draw)(layers, rows)
