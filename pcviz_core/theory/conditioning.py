"""How slowly inference must settle: the condition number of the activity Hessian, by products alone (docs/theory.md §2)."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pcviz_core.network import Network
from pcviz_core.theory.inverse import inverse_hessian
from pcviz_core.theory.linear import downstream_maps, require_linear, rescaling
from pcviz_core.theory.spectrum import leading_eigenvalue
from pcviz_core.theory.stability import (
    activity_gradient_field,
    largest_curvature,
    samples_with_own_hessian,
    starting_vectors,
)


def condition_number(net: Network, x: Any, y: Any, *, tolerance: float = 1e-4, max_steps: int = 1000) -> float:
    """κ = |λ|max / |λ|min of the activity Hessian at the feedforward pass, of the batch's worst sample.

    Gradient descent at its best fixed rate brings a linear network's activities nearer by (κ − 1)/(κ + 1) at each step: about
    κ steps for each decimal digit. The Hessian of a non-linear network need not be definite there, hence the magnitudes.
    """
    x, y = samples_with_own_hessian(net, x, y)
    return float(jnp.max(_condition_numbers(net, x, y, tolerance, max_steps)))


@eqx.filter_jit
def _condition_numbers(net: Network, x: Array, y: Array, tolerance: float, max_steps: int) -> Float[Array, " batch"]:
    field, start = activity_gradient_field(net, net.predict_first(x), y), starting_vectors(net, len(x))
    activities, largest = field.point, largest_curvature(field, start, tolerance, max_steps).value

    def inverse_smallest(sample: tuple[Array, Array, Array]) -> Array:
        z, target, first_vector = sample
        solve = inverse_hessian(net, z, target)
        square = leading_eigenvalue(lambda v: solve(solve(v[:, 0]))[:, None], first_vector[:, None], tolerance, max_steps)
        return jnp.sqrt(square.value[0])

    return largest * jax.lax.map(inverse_smallest, (activities.swapaxes(0, 1), y, start.swapaxes(0, 1)))


def error_spectrum(net: Network) -> Float[Array, " unknowns"]:
    """Eigenvalues, ascending, of one sample's energy in error coordinates: what error-based inference descends.

    With the hidden errors ε as the free variables the Hessian is I + λ Qᵀ Q: 1 for all but K directions, and there λ times an
    eigenvalue of the rescaling S. Its condition number is λ·λ_max(S), which is small where that of the activities is large.

    Raises:
        PcvizError: if the network is not linear, or its output energy is not the squared error.
    """
    require_linear(net, "The spectrum in error coordinates", curvature_only=True)
    downstream = downstream_maps(net)
    unknowns, outputs = net.width * (net.depth - 1), downstream.shape[1]
    informed = net.output_precision * jnp.linalg.eigvalsh(rescaling(net, downstream))
    ones = jnp.ones(max(unknowns - outputs, 0), net.dtype)
    return jnp.concatenate([ones, informed])[-unknowns:]
