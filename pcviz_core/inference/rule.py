"""What an inference rule is: a way to move free variables down their gradient, with a memory of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax

Memory = Any
"""Arrays of the variables' shape, or none. It starts at zero in each relaxation."""


class Settings(NamedTuple):
    """What a step is told besides the gradient: the rate of each row (rows, 1, 1), the momentum μ, and t before the step."""

    rate: jax.Array
    momentum: jax.Array
    t: jax.Array


Gradient = Callable[[jax.Array], jax.Array]
Move = Callable[[jax.Array, jax.Array, Memory, Settings, Gradient], tuple[jax.Array, Memory]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    `move(z, g, memory, settings, gradient_at)` is one step from z with gradient g there. `reach` is how many layers the error
    can travel in one step, None if all. `limit_factor(μ)` times 2/λ_max is the largest stable rate on a quadratic energy with
    largest curvature λ_max; a rule that adapts its own step has none.
    """

    label: str
    doc: str
    start: Callable[[jax.Array], Memory]
    move: Move
    reach: int | None = 1
    limit_factor: Callable[[float], float] | None = None
    uses_momentum: bool = False
