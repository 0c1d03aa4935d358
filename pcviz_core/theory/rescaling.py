"""How inference is expected to rescale the output error of a linear network at the start of a run (docs/theory.md §2.6)."""

import numpy as np

from pcviz_core.parameterisations import Parameterisation


def expected_rescaling(
    parameterisation: Parameterisation,
    *,
    depth: int,
    width: int,
    skip: bool,
    gamma: float = 1.0,
    output_precision: float = 1.0,
) -> float:
    r"""The mean of tr(S)/K over draws of the weights, (2.9): $E[s] = 1/λ + v \sum_{m=0}^{L-2} q^m$; inf where that overflows.

    v is the expected squared length of a readout's row, q the expected squared gain of a hidden layer, both from the member's
    spreads and multipliers, so they hold for any. λ·s is about loss / F*: 1 where predictive coding is backprop.
    """
    spreads = parameterisation.spreads(width, width)
    multipliers = parameterisation.multipliers(width, width, depth, skip, gamma)
    units = width * parameterisation.variance_factor
    v, q = units * (multipliers.readout * spreads.readout) ** 2, units * (multipliers.block * spreads.block) ** 2 + skip
    with np.errstate(over="ignore"):
        return float(1 / output_precision + v * np.sum(np.float64(q) ** np.arange(depth - 1)))
