"""How slowly inference must settle: the condition number of the activity Hessian, by products alone (docs/theory.md §2)."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from threadpoolctl import threadpool_limits

from pcviz_core.errors import PcvizError
from pcviz_core.network import Network
from pcviz_core.theory.feedforward_curvature import activity_blocks, hidden_start, in_float64
from pcviz_core.theory.linear import downstream_maps, require_linear, rescaling
from pcviz_core.theory.stability import samples_with_own_hessian

RESOLVED = 1e-2
"""The relative residual of the smallest eigenvalue up to which a condition number is given."""


def condition_number(net: Network, x: Any, y: Any, *, tolerance: float = 1e-4, max_steps: int = 200) -> float:
    """κ = |λ|max / |λ|min of the activity Hessian at the feedforward pass, of the batch's worst sample; at least 1.

    Gradient descent at its best fixed rate brings a linear network's activities nearer by (κ − 1)/(κ + 1) at each step: about
    κ steps for each decimal digit. The Hessian of a non-linear network need not be definite there, hence the magnitudes. It is
    computed in float64 whatever the network's precision. `max_steps` products, for each end and sample, are searched for a
    relative residual of `tolerance`; the relative error of κ is about its square.

    Raises:
        PcvizError: if a smallest eigenvalue is not found within a relative residual of 1 %, as happens where κ is beyond some
            10¹³ and float64 ends, or in too few steps. The sentence has the lower bound that was found.
    """
    x, y = samples_with_own_hessian(net, x, y)
    start, worst = hidden_start(net), 1.0
    with threadpool_limits(1):
        for row in range(len(x)):
            ends = activity_blocks(net, x[row : row + 1], y[row : row + 1]).ends(start, start, max_steps, tolerance)
            if not ends.smallest.residual < RESOLVED:
                raise PcvizError(
                    "The condition number could not be found: the smallest eigenvalue has a relative residual of "
                    f"{ends.smallest.residual:.2g}, where {RESOLVED:g} is allowed. κ is about {ends.condition_number:.2g} or "
                    "more; float64 ends near 1e13."
                )
            worst = max(worst, ends.condition_number)
    return worst


def error_spectrum(net: Network) -> np.ndarray:
    """Eigenvalues, ascending, of one sample's energy in error coordinates: what error-based inference descends. In float64.

    With the hidden errors ε as the free variables the Hessian is I + λ Qᵀ Q: 1 for all but K directions, and there λ times an
    eigenvalue of the rescaling S. Its condition number is λ·λ_max(S), which is small where that of the activities is large.

    Raises:
        PcvizError: if the network is not linear, or its output energy is not the squared error.
    """
    require_linear(net, "The spectrum in error coordinates", curvature_only=True)
    with jax.enable_x64(True):
        net = in_float64(net)
        downstream = downstream_maps(net)
        informed = np.asarray(net.output_precision * jnp.linalg.eigvalsh(rescaling(net, downstream)))
    unknowns = net.width * (net.depth - 1)
    # Each is 1 or more; what rounding leaves below is 1.
    ones = np.ones(max(unknowns - downstream.shape[1], 0))
    return np.concatenate([ones, np.maximum(informed, 1.0)])[-unknowns:]
