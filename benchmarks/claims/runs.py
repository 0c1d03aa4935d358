"""What the claims share: runs of a spec, gradients side by side, networks of given weights."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pcviz_core import Experiment, ExperimentSpec, Network, theory

SEEDS = (0, 1, 2)


def trained(spec: ExperimentSpec, steps: int) -> Experiment:
    """A run after so many learning steps, or where it diverged."""
    experiment = Experiment(spec)
    for _ in range(steps):
        if experiment.learn_point() is None:
            break
    return experiment


def test_accuracy(spec: ExperimentSpec, steps: int) -> float | None:
    """Accuracy in percent on held-out data after so many learning steps; None where the run diverged."""
    experiment = trained(spec, steps)
    if experiment.divergence is not None:
        return None
    accuracy = experiment.evaluate().accuracy
    assert accuracy is not None
    return 100 * accuracy


def last_loss(spec: ExperimentSpec, steps: int, last: int = 10) -> float | None:
    """Mean training loss over the last learning steps; None where the run diverged."""
    experiment, losses = Experiment(spec), []
    for _ in range(steps):
        if (point := experiment.learn_point()) is None:
            return None
        losses.append(point.loss)
    return float(np.mean(losses[-last:]))


def training_loss(experiment: Experiment) -> float:
    """The loss of the batch in hand, before inference has lowered anything."""
    return float(experiment.network.loss(*experiment.batch))


def compare(one: Sequence[Any], other: Sequence[Any]) -> tuple[float, float]:
    """Cosine of two gradients over all layers together, and the ratio of their norms, one over the other."""
    a, b = (np.concatenate([np.asarray(g, np.float64).ravel() for g in each]) for each in (one, other))
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b))), float(np.linalg.norm(a) / np.linalg.norm(b))


def drawn(sizes: Sequence[int], seed: int, std: float | None = None) -> list[jax.Array]:
    """Normal weights [W_1..W_L] between layers of these sizes, of deviation `std`, or 1/√fan-in where it is None."""
    keys = jax.random.split(jax.random.key(seed), len(sizes) - 1)
    pairs = zip(keys, sizes[:-1], sizes[1:], strict=True)
    return [jax.random.normal(key, (out, n)) * (1 / np.sqrt(n) if std is None else std) for key, n, out in pairs]


def one_hot_batch(seed: int, n: int = 64, inputs: int = 64, outputs: int = 10) -> tuple[jax.Array, jax.Array]:
    """Standard normal inputs with random classes."""
    a, b = jax.random.split(jax.random.key(1000 + seed))
    return jax.random.normal(a, (n, inputs)), jax.nn.one_hot(jax.random.randint(b, (n,), 0, outputs), outputs)


def mupc(width: int, depth: int, seed: int, *, inputs: int = 64, outputs: int = 10, skip: bool = True, **how: Any) -> Network:
    """A linear μPC network with standard normal weights."""
    sizes = [inputs, *[width] * (depth - 1), outputs]
    return Network.from_weights(drawn(sizes, seed, std=1.0), parameterisation="mupc", skip=skip, **how)


def mean_square(z: Any) -> float:
    """Mean over batch and units of z²."""
    return float(jnp.mean(jnp.square(z)))


def loss_over_settled(experiment: Experiment) -> float:
    """The loss of the batch in hand over its equilibrium energy, of a linear network."""
    return training_loss(experiment) / float(theory.equilibrium(experiment.network, *experiment.batch).energy)


def left_of_the_gap(experiment: Experiment) -> float:
    """(F − F*)/(F(0) − F*) of the relaxation so far, of a linear network."""
    energies = experiment.relaxation.layer_energies.sum(axis=1)
    settled = float(theory.equilibrium(experiment.network, *experiment.batch).energy)
    return float((energies[-1] - settled) / (energies[0] - settled))
