"""What is measured of a relaxation, each thing in one place.

`observe` runs inside the compiled step, once per inference step, on the view that the step has computed anyway: it only
reduces. `describe` turns the collected rows into the columns that people read, on the host: imbalance, shares, what is not
reached or below rounding. `panels.PANELS` says how each column is drawn.
"""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from pcviz_core.network import View

NOT_REACHED, BELOW_NOISE, FINITE, NOT_FINITE = 0.0, 1.0, 2.0, 3.0
"""Values of `layer_state`: an exact zero is not a small number, and neither is rounding."""

EXACT, AT_LEAST = 0.0, 3.0
"""What a number is: the true one, or a lower bound of it."""

UNITS_SHOWN = 24
ROUNDING = 2.0**-24
"""Half a unit in the last place of float32, relative."""

Columns = dict[str, np.ndarray]


def observer(watched_row: Int[Array, ""], start: Float[Array, "rows batch width"]) -> Callable[[View], dict[str, Array]]:
    """The reductions of one view, and the activities of one layer.

    `per_layer` has four rows: energy, mean error, squared activity and squared gradient, of each row of the stack and then the
    output. `watched_row` is counted in the whole stack and `start` holds the activities at t = 0, which a layer outside the
    slice at work still has. The first sample of the batch is the one whose activities are kept.
    """

    def observe(view: View) -> dict[str, Array]:
        z, batch = view.activities, view.activities.shape[1]
        inside = watched_row - (start.shape[0] - z.shape[0])
        watched = jnp.where(inside >= 0, z[jnp.maximum(inside, 0), 0], start[watched_row, 0])
        zero = jnp.zeros((1,), z.dtype)
        mean = jnp.concatenate(
            [jnp.mean(view.lowest_error)[None], jnp.mean(view.block_errors, (1, 2)), jnp.mean(view.output_error)[None]]
        )
        squares = [jnp.concatenate([jnp.einsum("lbn,lbn->l", rows, rows) / batch, zero]) for rows in (z, view.gradient)]
        return {
            "per_layer": jnp.stack([view.layer_energies, mean, *squares]),
            "squared_output_error": jnp.sum(view.output_error**2)[None] / batch,
            "watched": watched,
        }

    return observe


def describe(
    raw: Columns, depth: int, target_rms: float, n_outputs: int, watched_start: np.ndarray, due: np.ndarray
) -> Columns:
    """Columns of a record, true depth only, layer 1 first (docs/protocol.md has the table).

    `raw` holds `observe`'s rows for S states, and the schedule's `precision` at them; `target_rms` is the rms of y, the activity
    of layer L; `watched_start` the watched layer's activities at t = 0; `due` (S, L) says where the error has had time to
    come.
    """
    with np.errstate(all="ignore"):
        energy, mean, z2, g2 = np.moveaxis(raw["per_layer"][..., -depth:], 1, 0)
        width = raw["watched"].shape[1]
        error = np.sqrt(2.0 * energy / width)
        error[:, -1] = np.sqrt(raw["squared_output_error"][:, 0] / n_outputs)
        activity_rms = np.sqrt(z2 / width)
        activity_rms[:, -1] = target_rms
        gradient_rms = np.sqrt(g2 / width)
        gradient_rms[:, -1] = np.nan
        held, quality = above_noise(energy, noise_floor(activity_rms, width, n_outputs), due)
        return {
            "layer_energy": energy,
            "layer_error": error,
            "layer_error_mean": mean,
            "activity_rms": activity_rms,
            "activity_grad_rms": gradient_rms,
            "layer_precision": raw["precision"][:, -depth:],
            "layer_state": layer_state(energy, activity_rms, width, n_outputs),
            "layer_share": energy / np.sum(energy, axis=1, keepdims=True),
            "imbalance": imbalance(held),
            "imbalance_quality": quality[:, None],
            "wave_end": wave_end(energy, due)[:, None],
            **trajectory(raw["watched"], watched_start),
        }


def trajectory(watched: np.ndarray, start: np.ndarray) -> Columns:
    """Activities (S, U) of the shown units, and the 5th and 95th percentile (S, 2) of the change of all units since t = 0."""
    change = np.sort(watched - start, axis=1)
    last = change.shape[1] - 1
    return {
        "trajectory": watched[:, shown_units(watched.shape[1])],
        "trajectory_band": change[:, [round(0.05 * last), round(0.95 * last)]],
    }


def layer_state(energy: np.ndarray, activity_rms: np.ndarray, width: int, n_outputs: int) -> np.ndarray:
    """Whether each layer's energy (S, L) is not reached, below float noise, finite, or not finite.

    Noise is what is below `noise_floor`.
    """
    state = np.where(energy < noise_floor(activity_rms, width, n_outputs), BELOW_NOISE, FINITE)
    state = np.where(energy == 0, NOT_REACHED, state)
    return np.where(np.isfinite(energy), state, NOT_FINITE).astype(np.float32)


def noise_floor(activity_rms: np.ndarray, width: int, n_outputs: int) -> np.ndarray:
    """½ N (2⁻²⁴ · rms z)² of each layer (…, L): the energy of errors that are all rounding of that layer's own activities."""
    units = np.full(activity_rms.shape[-1], width)
    units[-1] = n_outputs
    return 0.5 * units * (ROUNDING * activity_rms) ** 2


def above_noise(energy: np.ndarray, floor: np.ndarray, due: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Energies (S, L) with the floor in place of what rounding hides, and `AT_LEAST` (S,) where that is a hidden layer's.

    An energy of 0 is hidden where the error has had the time to come, by `due` (S, L); elsewhere it is 0 and stays 0. What is
    hidden is smaller than the floor, so that an imbalance by these energies is at least what it seems.
    """
    hidden = (energy < floor) & ((energy > 0) | due)
    return np.where(hidden, floor, energy), np.where(hidden[:, :-1].any(axis=1), AT_LEAST, EXACT).astype(np.float32)


def wave_end(energy: np.ndarray, due: np.ndarray) -> np.ndarray:
    """(S,) of energies (S, L): the layer below which the error is too small for float32, NaN where it is not.

    There the energy of the layer below is exactly 0 although the error has had the time to come, by `due` (S, L).
    """
    depth = energy.shape[1]
    lost = (energy[:, :-1] == 0) & due[:, :-1] & (energy[:, -1:] > 0)
    return np.where(lost.any(axis=1), np.float32(depth) - np.argmax(lost[:, ::-1], axis=1), np.nan).astype(np.float32)


def imbalance(energy: np.ndarray) -> np.ndarray:
    """(S, 2) of energies (S, L): log10 E_L − log10 E_1, and the least-squares slope of log10 E_l over l = 1..L−1.

    Decades and decades per layer (docs/theory.md §4.1, our definitions). NaN until layer 1 is reached; the slope is NaN at L = 2.
    """
    depth = energy.shape[1]
    known = (energy > 0) & np.isfinite(energy)
    log = np.log10(np.where(known, energy, 1.0).astype(np.float64))
    decades = np.where(known[:, 0] & known[:, -1], log[:, -1] - log[:, 0], np.nan)
    slope = np.full(len(energy), np.nan)
    if depth > 2:
        layer = np.arange(1, depth) - depth / 2
        slope = np.where(known[:, :-1].all(axis=1), (log[:, :-1] @ layer) / (layer @ layer), np.nan)
    return np.stack([decades, slope], axis=1).astype(np.float32)


def arrival_steps(infer_steps: np.ndarray, layer_energy: np.ndarray) -> np.ndarray:
    """(L,) first t at which each layer had energy, over the recorded steps; NaN where none had."""
    reached = layer_energy != 0
    first = infer_steps[np.argmax(reached, axis=0)].astype(np.float32)
    return np.where(reached.any(axis=0), first, np.float32(np.nan))


def shown_units(width: int) -> np.ndarray:
    """Which units of the watched layer are drawn: at most `UNITS_SHOWN`, evenly spread."""
    return np.unique(np.linspace(0, width - 1, min(width, UNITS_SHOWN)).round().astype(int))
