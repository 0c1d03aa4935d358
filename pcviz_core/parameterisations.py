"""How weights are drawn and multiplied: the family of docs/theory.md §1, its named members, and the draws that all share.

A layer's prediction is a_l W_l h. A member of the family fixes the standard deviation of the entries of W_l, the forward
multipliers a_l and how a learning rate follows width and depth: all of it by five exponents. Every member scales the same
standard normal draws, so that switching it changes scale and nothing else.
"""

from dataclasses import dataclass, replace
from math import sqrt
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp

from pcviz_core.errors import SpecError

READOUT = 0
"""The readout's key, where other layers use their number, 1, 2, …: so it stays the same when the depth changes."""


class PerKind(NamedTuple):
    """A number for the embedding, one for a hidden block, one for the readout."""

    embed: float
    block: float
    readout: float


@dataclass(frozen=True, slots=True)
class Exponents:
    """Where a parameterisation puts width N and depth L: docs/theory.md (1.1) and (1.2), by the letters there.

    `width` a: hidden multipliers N^−a. `init` b: entries of variance N^−b. `rate` c: SGD's rate η γ² N^(2d−c). `output` d: the
    readout's further N^−d. `depth` α_L: hidden multipliers L^−α_L, only where there are skips.
    """

    width: float = 0.5
    init: float = 0.0
    rate: float = 0.0
    output: float = 0.5
    depth: float = 0.5


@dataclass(frozen=True, slots=True)
class Parameterisation:
    """One row: what a person reads, its exponents, and the law of its draws.

    A `standard` row keeps SP's usual form, which the family gives up to one factor: layer 1 has variance 1/D and multiplier 1,
    where the family has variance N^−b and the rest in the multiplier. That is the same function at the start, but another step
    of W_1. Nor does any rule scale the learning rate of such a row.
    """

    label: str
    doc: str
    exponents: Exponents
    standard: bool = False
    distribution: Literal["normal", "uniform"] = "normal"

    @property
    def variance_factor(self) -> float:
        """The variance of a draw before its spread: 1, or 1/3 of a uniform law between ±1."""
        return 1 / 3 if self.distribution == "uniform" else 1.0

    def spreads(self, n_inputs: int, width: int) -> PerKind:
        """Standard deviation of an entry of W_1, of a hidden W_l and of W_L; of a uniform law, its largest entry."""
        hidden = 1.0 / sqrt(width**self.exponents.init)
        return PerKind(1.0 / sqrt(n_inputs) if self.standard else hidden, hidden, hidden)

    def multipliers(self, n_inputs: int, width: int, depth: int, skip: bool, gamma: float = 1.0) -> PerKind:
        """Forward multipliers a_1, a_l, a_L.

        `depth` is the true number of weight matrices L, never that of a padded stack. With L = 2 there is no hidden block.
        """
        # One square root of an exact product, where N^−a L^−α would round twice.
        a, alpha = self.exponents.width, self.exponents.depth if skip else 0.0
        embed = 1.0 if self.standard else 1.0 / sqrt(n_inputs * width ** (2 * a - 1))
        block = 1.0 / sqrt(width ** (2 * a) * depth ** (2 * alpha))
        return PerKind(embed, block, 1.0 / (gamma * width ** (a + self.exponents.output)))

    def rate_scale(self, optimiser: str, width: int, depth: int, skip: bool, gamma: float = 1.0) -> float:
        """What the scaled rule multiplies the learning rate by, docs/theory.md (1.3) and (1.4), with the true depth.

        SGD: γ² N^(2d−c). Adam, whose steps do not follow the gradient's size: N^(−(1+c)/2), and L^(α_L−1) where there are skips.
        """
        if self.standard:
            return 1.0
        c, d = self.exponents.rate, self.exponents.output
        if optimiser == "sgd":
            return gamma**2 * width ** (2 * d - c)
        return width ** (-(1 + c) / 2) * (depth ** (self.exponents.depth - 1) if skip and depth > 2 else 1.0)


PARAMETERISATIONS = {
    "sp": Parameterisation(
        "SP",
        "Standard: weights N(0, 1/fan-in), multipliers 1.",
        Exponents(width=0.0, init=1.0, rate=0.0, output=0.0, depth=0.0),
        standard=True,
    ),
    "sp_uniform": Parameterisation(
        "SP uniform",
        "Weights uniform between ±1/√fan-in, so their variance is 1/(3 fan-in); multipliers 1.",
        Exponents(width=0.0, init=1.0, rate=0.0, output=0.0, depth=0.0),
        standard=True,
        distribution="uniform",
    ),
    "ntp": Parameterisation(
        "NTP",
        "Neural tangent: weights N(0, 1), hidden multipliers 1/√N, or 1/√(N L) with skips, readout 1/√N.",
        Exponents(width=0.5, init=0.0, rate=0.0, output=0.0, depth=0.5),
    ),
    "mupc": Parameterisation(
        "μPC",
        "Depth-μP: as NTP but a readout of 1/N, so that the forward pass keeps its size at any width and depth.",
        Exponents(width=0.5, init=0.0, rate=0.0, output=0.5, depth=0.5),
    ),
    "custom": Parameterisation(
        "custom",
        "Any member of the family: five exponents say where width and depth go. They start as μPC's.",
        Exponents(),
    ),
}


def parameterisation_of(name: str, exponents: Exponents | None = None) -> Parameterisation:
    """The row of that name; `custom` needs its exponents, and no other takes any."""
    if name not in PARAMETERISATIONS:
        raise SpecError(f"`parameterisation` is one of {', '.join(PARAMETERISATIONS)}; {name!r} is not.")
    if name == "custom":
        if exponents is None:
            raise SpecError("The parameterisation 'custom' is its exponents: give them as `exponents=Exponents(...)`.")
        return replace(PARAMETERISATIONS[name], exponents=exponents)
    if exponents is not None:
        raise SpecError(f"The exponents of {name!r} are fixed. `exponents` belongs to the parameterisation 'custom'.")
    return PARAMETERISATIONS[name]


def shaped(draws: jax.Array, uniform: jax.Array | bool) -> jax.Array:
    """Standard normal draws g, or the uniform ones between ±1 that keep their order and sign: 2Φ(g) − 1."""
    return jax.lax.cond(uniform, _uniform, _normal, draws)


def _uniform(draws: jax.Array) -> jax.Array:
    return jax.lax.erf(draws / sqrt(2))


def _normal(draws: jax.Array) -> jax.Array:
    return draws


def normal_rows(key: jax.Array, layers: jax.Array, rows: jax.Array, columns: int) -> jax.Array:
    """Draw row `rows[i]` of layer `layers[i]` for every i: standard normals, (len(rows), columns), float32.

    Each row of each layer has a key of its own, and a shorter row is the beginning of a longer one, so a smaller matrix of the
    same layer is the upper left corner of a larger one. Layer numbers may be traced; the readout's is `READOUT`.
    """

    def draw(layer: jax.Array, row: jax.Array) -> jax.Array:
        return jax.random.normal(jax.random.fold_in(jax.random.fold_in(key, layer), row), (columns,), jnp.float32)

    return jax.vmap(draw)(layers, rows)
