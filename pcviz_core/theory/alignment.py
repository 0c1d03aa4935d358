"""How far two weight gradients agree, layer by layer: the angle between them, and which is the longer."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from pcviz_core.network import PerLayer, Weights

Stack = Float[Array, "layers out in"]


class Alignment(NamedTuple):
    """Of a gradient with a reference, over weight matrices (no biases): W_1, the stack with its padding, W_L.

    `cosine` is NaN where either is exactly 0, which has no direction; `ratio` is the gradient's norm over the reference's, NaN
    where that is 0. `overall` is the cosine of all layers together.
    """

    cosine: PerLayer
    ratio: PerLayer
    overall: Float[Array, ""]


def alignment(gradient: Weights, reference: Weights) -> Alignment:
    """How `gradient` lies to `reference`. Entries are scaled before they are squared, so that a tiny gradient keeps its angle."""
    per_layer = [
        _compare(a, b)
        for a, b in (
            (gradient.embed[None], reference.embed[None]),
            (gradient.blocks, reference.blocks),
            (gradient.readout[None], reference.readout[None]),
        )
    ]
    cosine, ratio = (jnp.concatenate(parts) for parts in zip(*per_layer, strict=True))
    overall, _ = _compare(_all(gradient), _all(reference))
    return Alignment(cosine, ratio, overall[0])


def layer_norms(gradient: Weights) -> PerLayer:
    """Norm of the gradient by W_1, each block of the stack, W_L."""
    return jnp.concatenate([_norm(g) for g in (gradient.embed[None], gradient.blocks, gradient.readout[None])])


def _compare(a: Stack, b: Stack) -> tuple[PerLayer, PerLayer]:
    scale_a, scale_b = _largest(a), _largest(b)
    a, b = a / scale_a, b / scale_b
    dot, norm_a, norm_b = (jnp.einsum("loi,loi->l", *pair) for pair in ((a, b), (a, a), (b, b)))
    norm_a, norm_b = jnp.sqrt(norm_a), jnp.sqrt(norm_b)
    ratio = norm_a / norm_b * (scale_a / scale_b)[:, 0, 0]
    return dot / (norm_a * norm_b), jnp.where(norm_b == 0, jnp.nan, ratio)


def _norm(a: Stack) -> PerLayer:
    scale = _largest(a)
    return jnp.sqrt(jnp.einsum("loi,loi->l", a / scale, a / scale)) * scale[:, 0, 0]


def _largest(a: Stack) -> Float[Array, "layers 1 1"]:
    largest = jnp.max(jnp.abs(a), axis=(1, 2), keepdims=True, initial=0)
    return jnp.where(largest == 0, jnp.ones_like(largest), largest)


def _all(weights: Weights) -> Stack:
    return jnp.concatenate([weights.embed.ravel(), weights.blocks.ravel(), weights.readout.ravel()])[None, None]
