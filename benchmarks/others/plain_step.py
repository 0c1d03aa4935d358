"""A loop over layers in plain JAX, as one would write it: two jitted functions, automatic differentiation, no library."""

import jax
import jax.numpy as jnp
import optax
from serve import serve


def predictions(weights, multipliers, below):
    """p_l of z_{l−1} for every layer; skips between hidden layers."""
    found = [multipliers[0] * below[0] @ weights[0].T]
    for l in range(1, len(weights)):
        p = multipliers[l] * jax.nn.relu(below[l]) @ weights[l].T
        found.append(p + below[l] if l < len(weights) - 1 else p)
    return found


def layer_energies(weights, multipliers, activities, x, y):
    found = predictions(weights, multipliers, [x, *activities])
    return [0.5 * jnp.sum((z - p) ** 2) / len(x) for z, p in zip([*activities, y], found, strict=True)]


def energy(weights, multipliers, activities, x, y):
    return sum(layer_energies(weights, multipliers, activities, x, y))


@jax.jit
def feedforward(weights, multipliers, x):
    activities = [multipliers[0] * x @ weights[0].T]
    for l in range(1, len(weights) - 1):
        z = activities[-1]
        activities.append(multipliers[l] * jax.nn.relu(z) @ weights[l].T + z)
    return activities


@jax.jit
def infer(weights, multipliers, activities, x, y, rate):
    value, gradients = jax.value_and_grad(energy, argnums=2)(weights, multipliers, activities, x, y)
    return value, [z - rate * len(x) * g for z, g in zip(activities, gradients, strict=True)]


class Model:
    def __init__(self, problem):
        self.problem = problem
        self.weights = [jnp.asarray(w) for w in problem.weights]
        self.x, self.y = jnp.asarray(problem.x), jnp.asarray(problem.y)
        optimiser = optax.adam(problem.param_lr)
        self.moments = optimiser.init(self.weights)

        @jax.jit
        def learn(weights, multipliers, moments, activities, x, y):
            gradients = jax.grad(energy)(weights, multipliers, activities, x, y)
            updates, moments = optimiser.update(gradients, moments, weights)
            return optax.apply_updates(weights, updates), moments, gradients

        self.learn = learn

    def relax(self):
        activities = feedforward(self.weights, self.problem.multipliers, self.x)
        for _ in range(self.problem.n_inference_steps):
            _, activities = infer(
                self.weights, self.problem.multipliers, activities, self.x, self.y, self.problem.activity_lr
            )
        self.activities = jax.block_until_ready(activities)

    def energies(self):
        return jnp.stack(layer_energies(self.weights, self.problem.multipliers, self.activities, self.x, self.y))

    def step(self, gradients=False):
        self.relax()
        self.weights, self.moments, found = jax.block_until_ready(
            self.learn(self.weights, self.problem.multipliers, self.moments, self.activities, self.x, self.y)
        )
        return found if gradients else None


serve(f"plain loop, jax {jax.__version__}", Model)
