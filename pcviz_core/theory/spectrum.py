"""The leading eigenvalue of a symmetric operator that is only known by its products, for a batch of operators at once."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

Vectors = Float[Array, "rows batch width"]
PerSample = Float[Array, " batch"]


class Eigenpair(NamedTuple):
    """For each sample: the eigenvalue found, its unit vector, and the residual ‖H v − λ v‖.

    Some eigenvalue lies within `residual` of `value`. `value` errs towards 0 and by far less than the residual: its error
    goes as the residual's square. `steps` counts products with the operator.
    """

    value: PerSample
    vector: Vectors
    residual: PerSample
    steps: Int[Array, ""]


class _Search(NamedTuple):
    """Unit vectors v and p (the previous direction, orthogonal to v, or 0) and their products with the operator."""

    v: Vectors
    product: Vectors
    p: Vectors
    p_product: Vectors
    steps: Int[Array, ""]


def leading_eigenvalue(
    product: Callable[[Vectors], Vectors], start: Vectors, tolerance: float | Array, max_steps: int | Array
) -> Eigenpair:
    """The eigenvalue of largest magnitude that `start` leads to, one per sample, for samples that do not interact.

    Locally optimal conjugate gradient ascent (LOBPCG with one vector): each step takes one product and the best vector in the
    span of the present one, its residual and the previous direction. It stops when every sample's residual is below
    `tolerance` times its eigenvalue, or after `max_steps` products. A start near the eigenvector, such as the last answer
    before a small change of the operator, needs few steps. A start that is 0 in some rows keeps them at 0 if the operator does.

    Where the spectrum has two ends of opposite sign it may settle on the lesser one: give it the operator's square.
    """
    v = _unit(start)

    def unfinished(search: _Search) -> Bool[Array, ""]:
        value = _dot(search.v, search.product)
        residual = _length(search.product - value * search.v)
        return jnp.any(residual > tolerance * jnp.abs(value)) & (search.steps < max_steps)

    zero = jnp.zeros_like(v)
    search = jax.lax.while_loop(unfinished, lambda s: _improve(product, s), _Search(v, product(v), zero, zero, jnp.asarray(1)))
    # The products above were carried along by recurrence. The answer's own is taken afresh, so that its residual is true.
    v = _unit(search.v)
    final = product(v)
    value = _dot(v, final)
    return Eigenpair(value[0, :, 0], v, _length(final - value * v)[0, :, 0], search.steps + 1)


def _improve(product: Callable[[Vectors], Vectors], search: _Search) -> _Search:
    v, hv, p, hp, steps = search
    w = hv - _dot(v, hv) * v
    for _ in range(2):  # once is not enough in float32, where the residual is nearly all rounding close to the answer
        w = _unit(w)
        w = w - _dot(v, w) * v - _dot(p, w) * p
    w = _unit(w)
    hw = product(w)
    a, b, c = _best_combination((v, w, p), (hv, hw, hp))
    # The new direction is what was added to v, made orthogonal to the new v within the span.
    added = jnp.sqrt(b**2 + c**2)
    b_unit, c_unit = _divide(b, added), _divide(c, added)
    combine = [(a, b, c), (-added, a * b_unit, a * c_unit)]
    (v, p), (hv, hp) = (
        [x * first + y * second + z * third for x, y, z in combine] for first, second, third in ((v, w, p), (hv, hw, hp))
    )
    return _Search(v, hv, p, hp, steps + 1)


def _best_combination(basis: tuple[Array, ...], products: tuple[Array, ...]) -> tuple[Array, ...]:
    """Coefficients, each (1, batch, 1), of the unit vector of largest |Rayleigh quotient| in the span of `basis`."""
    gram = jnp.stack([jnp.stack([_dot(x, hy)[0, :, 0] for hy in products], -1) for x in basis], -2)
    values, vectors = jnp.linalg.eigh((gram + gram.mT) / 2)
    best = jnp.argmax(jnp.abs(values), axis=-1)
    coefficients = jnp.take_along_axis(vectors, best[:, None, None], axis=-1)[..., 0]
    return tuple(coefficients[None, :, i, None] for i in range(len(basis)))


def _dot(a: Vectors, b: Vectors) -> Float[Array, "1 batch 1"]:
    return jnp.einsum("lbn,lbn->b", a, b)[None, :, None]


def _length(a: Vectors) -> Float[Array, "1 batch 1"]:
    return jnp.sqrt(_dot(a, a))


def _unit(a: Vectors) -> Vectors:
    """Each sample's vector at length 1, or 0 where it is 0."""
    return _divide(a, _length(a))


def _divide(a: Array, by: Array) -> Array:
    return a / jnp.where(by == 0, jnp.ones_like(by), by)
