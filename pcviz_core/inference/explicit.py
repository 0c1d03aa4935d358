"""Rules that need only the gradient where the activities are."""

import jax
import jax.numpy as jnp

from pcviz_core.inference.rule import Gradient, Memory, Rule, Settings

_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-8


def _no_memory(z: jax.Array) -> Memory:
    return ()


def _descend(z: jax.Array, g: jax.Array, memory: Memory, s: Settings, _: Gradient) -> tuple[jax.Array, Memory]:
    return z - s.rate * g, memory


def _heavy_ball(z: jax.Array, g: jax.Array, velocity: Memory, s: Settings, _: Gradient) -> tuple[jax.Array, Memory]:
    velocity = s.momentum * velocity + g
    return z - s.rate * velocity, velocity


def _nesterov(z: jax.Array, g: jax.Array, velocity: Memory, s: Settings, _: Gradient) -> tuple[jax.Array, Memory]:
    velocity = s.momentum * velocity + g
    return z - s.rate * (g + s.momentum * velocity), velocity


def _adam(z: jax.Array, g: jax.Array, moments: Memory, s: Settings, _: Gradient) -> tuple[jax.Array, Memory]:
    step = (s.t + 1).astype(z.dtype)
    mean = _BETA_1 * moments[0] + (1 - _BETA_1) * g
    square = _BETA_2 * moments[1] + (1 - _BETA_2) * g**2
    direction = mean / (1 - _BETA_1**step) / (jnp.sqrt(square / (1 - _BETA_2**step)) + _EPSILON)
    return z - s.rate * direction, (mean, square)


GRADIENT_DESCENT = Rule(
    "gradient descent", "z ← z − β g.", _no_memory, _descend, limit_factor=lambda _: 1.0,
)
HEAVY_BALL = Rule(
    "heavy ball", "v ← μ v + g, z ← z − β v.", jnp.zeros_like, _heavy_ball, limit_factor=lambda mu: 1 + mu, uses_momentum=True,
)
NESTEROV = Rule(
    "Nesterov", "v ← μ v + g, z ← z − β (g + μ v).", jnp.zeros_like, _nesterov,
    limit_factor=lambda mu: (1 + mu) / (1 + 2 * mu), uses_momentum=True,
)
ADAM = Rule(
    "Adam", "Each activity at a step of its own size; hides imbalance, and starts again in each relaxation.",
    lambda z: (jnp.zeros_like(z), jnp.zeros_like(z)), _adam,
)
