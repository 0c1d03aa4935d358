"""Rules that follow the gradient flow dz/ds = −g(z) as an ordinary differential equation.

An inference step is then an interval of length β of the flow, and t counts those intervals.
"""

import jax
import jax.numpy as jnp

from pcviz_core.inference.rule import Gradient, Memory, Rule, Settings

_TOLERANCE = 1e-4
_MOST_STEPS = 256


def _heun(z: jax.Array, g: jax.Array, memory: Memory, s: Settings, gradient_at: Gradient) -> tuple[jax.Array, Memory]:
    trial = gradient_at(z - s.rate * g)
    return z - 0.5 * s.rate * (g + trial), memory


def _adaptive(z: jax.Array, g: jax.Array, memory: Memory, s: Settings, gradient_at: Gradient) -> tuple[jax.Array, Memory]:
    import diffrax  # takes half a second, and only this rule needs it

    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(lambda _, z, __: -s.rate * gradient_at(z)),
        diffrax.Tsit5(),
        t0=jnp.zeros((), z.dtype),
        t1=jnp.ones((), z.dtype),
        dt0=None,
        y0=z,
        stepsize_controller=diffrax.PIDController(rtol=_TOLERANCE, atol=_TOLERANCE**2, norm=_worst_layer),
        adjoint=diffrax.DirectAdjoint(),
        max_steps=_MOST_STEPS,
        throw=False,  # a flow too stiff for the steps allowed ends in inf or where it came to: a result, not an error
    )
    assert solution.ys is not None
    return solution.ys[0], memory


def _worst_layer(error: jax.Array) -> jax.Array:
    """The largest rms of any row. A mean over all rows would count padding, and choose other steps in a larger bucket."""
    return jnp.max(jnp.sqrt(jnp.mean(error**2, (1, 2))))


HEUN = Rule(
    "Heun", "The flow by the second-order Heun method with one step of β.", lambda z: (), _heun, reach=2,
    limit_factor=lambda _: 1.0,
)
ADAPTIVE = Rule(
    "adaptive ODE", "The flow over an interval β by the adaptive Tsitouras 5(4) method.", lambda z: (), _adaptive, reach=None,
)
