"""The network as a notebook sees it: whole relaxations of given weights, without an experiment around them."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pcviz_core import arguments, network
from pcviz_core.algorithms import ALGORITHMS
from pcviz_core.algorithms.algorithm import forward_update
from pcviz_core.errors import PcvizError, SpecError
from pcviz_core.files import read_arrays, write_arrays
from pcviz_core.inference import RULES
from pcviz_core.network import View
from pcviz_core.relaxation import Clamped, Knobs, Method, State, advance, begin
from pcviz_core.schedules import SCHEDULES, Grid
from pcviz_core.theory.linear import require_linear

_CHUNK = 64


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A finished relaxation.

    `layer_energies` (n_steps + 1, L) are those before step 0, 1, … and at the end, not weighted by precision; `activities` are
    [z_1..z_{L−1}] at the end; `y` is the target it was clamped to.
    """

    layer_energies: jax.Array
    activities: list[jax.Array]
    y: jax.Array


class Network(network.Network):
    """A predictive coding network of given weights: predictions, energies, gradients, and relaxations."""

    def relax(
        self,
        x: Any,
        y: Any,
        n_steps: int = 20,
        activity_lr: float = 0.1,
        schedule: str = "ones",
        *,
        alpha: float = 0.001,
        k: float = 1.0,
        precision: Any = None,
        rule: str = "gradient_descent",
        momentum: float = 0.9,
        algorithm: str = "pc",
    ) -> Relaxation:
        """`n_steps` inference steps from the feedforward start, at per-sample rate `activity_lr`, under a precision schedule.

        `precision` (L, steps) is what the schedule "custom" weighs each layer's error by, layer 1 first; its last column holds
        for all later steps. `rule` moves the activities (the errors, under `algorithm` "epc"); `momentum` is that of heavy ball
        and Nesterov. It goes on however large the energies grow; from the first step that is not finite on, they are NaN. x and y
        are as `samples` takes them.
        """
        inferring = [name for name, row in ALGORITHMS.items() if not row.learns_while_inferring and name != "bp"]
        for name, value, allowed in (
            ("schedule", schedule, SCHEDULES), ("rule", rule, RULES), ("algorithm", algorithm, inferring)
        ):
            if value not in allowed:
                raise SpecError(f"`{name}` is one of {', '.join(allowed)}; {value!r} is not.")
        n_steps = arguments.number("n_steps", n_steps, low=0, whole=True)
        activity_lr, alpha, k, momentum = (
            arguments.number(name, value, low=low)
            for name, value, low in (
                ("activity_lr", activity_lr, -np.inf), ("alpha", alpha, 0), ("k", k, -np.inf), ("momentum", momentum, 0)
            )
        )
        x, target = self.samples(x, y)
        method = Method(rule, schedule)
        if ALGORITHMS[algorithm].linear_only:
            require_linear(self, "The equilibrium")
        real = partial(jnp.asarray, dtype=self.dtype)
        cells = _precisions(self.depth, schedule, precision)
        grid = Grid(real(cells), jnp.asarray(len(cells), jnp.int32))
        numbers = (real(value) for value in (activity_lr, momentum, 0.0, alpha, k, 0.0, np.inf))
        knobs = Knobs(*numbers, precision_grid=grid)
        clamped, state = _open(self, x, target, jnp.asarray(n_steps, jnp.int32), knobs, method, algorithm)
        energies = [state.view.layer_energies[None]]
        for at in range(0, n_steps, _CHUNK):
            count = min(_CHUNK, n_steps - at)
            state, rows, done = _run(self, clamped, state, knobs, jnp.asarray(count, jnp.int32), method, algorithm)
            energies.append(rows[:count].at[int(done) :].set(jnp.nan))
        first = int(self.first)
        return Relaxation(jnp.concatenate(energies)[:, first:], self.unstack(state.view.activities), target)

    def save(self, path: str | Path) -> None:
        """Write the weights and all that `load` needs to make this network again, to a `.npz` file."""
        write_network(Path(path), self)

    @classmethod
    def load(cls, path: str | Path) -> "Network":
        """The network of a file that `save` or `pcviz run` wrote, or of the folder of such a run.

        Raises:
            PcvizError: a sentence, if there is no such file, or it is damaged or of a newer version.
        """
        path = Path(path)
        described, arrays = read_arrays(path / "weights.npz" if path.is_dir() else path, _KIND)
        try:
            depth = len(arrays["multipliers"])
            names = ("W", "b") if described["bias"] else ("W",)
            named = {name: [arrays[f"{name}_{l}"] for l in range(1, depth + 1)] for name in names}
            kind = {name: described[name] for name in ("activation", "activation_position", "loss", "skip", "output_precision")}
            net = cls.from_weights(named["W"], biases=named.get("b"), **kind)
        except (KeyError, TypeError) as error:
            raise PcvizError(f"{path} is damaged: {error} is missing.") from None
        embed, *blocks, readout = jnp.asarray(arrays["multipliers"], net.dtype)
        scales = (embed, jnp.stack(blocks) if blocks else net.block_scale, readout)
        return eqx.tree_at(lambda n: (n.embed_scale, n.block_scale, n.readout_scale), net, scales)

    def forward_update(self, x: Any, relaxation: Relaxation) -> list[jax.Array]:
        """The forward update (docs/theory.md §4.3) as gradients to descend, batch mean, one per layer.

        Prediction and presynaptic activity are those of the feedforward pass; only the target of each layer is settled:
        −a_l (z_l^T − p_l⁰) h_{l−1}⁰ᵀ. Layer L gets its backprop gradient.
        """
        x, y = self.samples(x, relaxation.y)
        taught = forward_update(self, x, y, self.stack(relaxation.activities, len(x)))
        return self.by_layer(self.weight_gradient(x, *taught))


_KIND = "weights"


def arrays_of(net: network.Network) -> dict[str, np.ndarray]:
    """W_1..W_L, and b_1..b_L where there are biases, each by its name."""
    arrays = {f"W_{l}": np.asarray(w) for l, w in enumerate(net.by_layer(net.weights), start=1)}
    return arrays | {f"b_{l}": np.asarray(bias) for l, bias in enumerate(net.biases_by_layer(), start=1)}


def write_network(path: Path, net: network.Network) -> None:
    """Write a network, the engine's too, so that `Network.load` makes it again: weights, multipliers and kind."""
    described = {
        "activation": net.activation_name,
        "activation_position": net.activation_position,
        "loss": net.loss_name,
        "skip": net.skip,
        "bias": net.weights.biases is not None,
        "output_precision": float(net.output_precision),
    }
    write_arrays(path, _KIND, described, {**arrays_of(net), "multipliers": np.asarray(net.forward_multipliers)})


def _precisions(depth: int, schedule: str, precision: Any) -> np.ndarray:
    """The custom schedule's precisions as given, (L, steps); some ones for a schedule that reads none."""
    if not SCHEDULES[schedule].uses_grid:
        if precision is not None:
            raise SpecError(f"`precision` is for the schedule 'custom'; {schedule!r} has its own.")
        return np.ones((1, 1))
    try:
        cells: np.ndarray = np.asarray(precision, np.float64)
    except (TypeError, ValueError):
        cells = np.empty(())
    if cells.ndim != 2 or len(cells) != depth or cells.size == 0:
        raise SpecError(f"`precision` is an array of {depth} rows, one for each layer, and a column for each inference step.")
    for row, column in np.argwhere(~(np.isfinite(cells) & (cells >= 0))):
        value = f"{cells[row, column]:g} for layer {row + 1} at t = {column}"
        raise SpecError(f"`precision` holds finite numbers from 0 on; {value} is none.")
    return cells


@partial(jax.jit, static_argnames=("method", "algorithm"))
def _open(
    net: Network, x: jax.Array, y: jax.Array, planned_steps: jax.Array, knobs: Knobs, method: Method, algorithm: str
) -> tuple[Clamped, State]:
    clamped = Clamped(net.predict_first(x), y)
    follows = ALGORITHMS[algorithm].follows_error
    activities = net.feedforward_rows(x)
    return clamped, begin(net, clamped, activities, planned_steps, knobs, method, fed=True, follows_error=follows)


@partial(jax.jit, static_argnames=("method", "algorithm"))
def _run(
    net: Network, clamped: Clamped, state: State, knobs: Knobs, n: jax.Array, method: Method, algorithm: str
) -> tuple[State, jax.Array, jax.Array]:
    state = replace(state, initial_total=jnp.full_like(state.initial_total, jnp.inf))
    step = ALGORITHMS[algorithm].step
    state, records, done = advance(net, clamped, state, knobs, n, method=method, observe=_energies, capacity=_CHUNK, step=step)
    return state, records["energy"], done


def _energies(view: View) -> dict[str, jax.Array]:
    return {"energy": view.layer_energies}
