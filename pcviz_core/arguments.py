"""What a notebook hands over: arrays of the right shape and kind, or a sentence that names the array.

Numbers of any kind become the network's floats. Inside `jit`, `grad` and `vmap` an array has no values yet: there only its shape
and its dtype are looked at.
"""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from pcviz_core.errors import PcvizError, SpecError


def array(name: str, value: Any, dtype: Any = None, *, finite: bool = True) -> jax.Array:
    """`value` as an array of `dtype` (none: its own floats, whole numbers the default ones), of finite numbers unless told.

    Raises:
        PcvizError: a sentence that names the array.
    """
    given = _given(name, value)
    dtype = _floats_of(given) if dtype is None else dtype
    if isinstance(given, Tracer):
        return given.astype(dtype)
    held = _held(name, np.asarray(given), dtype, finite=finite)
    return jnp.asarray(given if given.dtype == dtype else held)


def on_host(name: str, value: Any, dtype: Any) -> np.ndarray:
    """`value` as an own NumPy array of finite numbers of `dtype`; errors as those of `array`."""
    return np.array(_held(name, np.asarray(_given(name, value)), dtype, finite=True))


def _held(name: str, given: np.ndarray, dtype: Any, *, finite: bool) -> np.ndarray:
    if finite:
        _check_finite(name, given)
    with np.errstate(over="ignore"):
        cast = given.astype(dtype, copy=False)
    if finite and not np.isfinite(cast).all():
        raise PcvizError(f"`{name}` holds numbers beyond what {cast.dtype} can hold, which is what is computed in.")
    return cast


def inputs(value: Any, n_inputs: int, dtype: Any, name: str = "x") -> jax.Array:
    """`value` as (batch, inputs); one sample may be a row of its own.

    Raises:
        PcvizError: with both shapes.
    """
    x = array(name, value, dtype)
    rows = x[None] if x.ndim == 1 else x
    if rows.ndim != 2 or rows.shape[1] != n_inputs:
        raise PcvizError(
            f"`{name}` has shape {x.shape}; this network takes (batch, {n_inputs}), a row for each sample."
            + _hint_of_transpose(name, x, n_inputs)
        )
    if not len(rows):
        raise PcvizError(f"`{name}` has shape {x.shape}; a batch has at least one sample.")
    return rows


def targets(value: Any, x_shape: tuple[int, ...], n_outputs: int, loss: str, dtype: Any, name: str = "y") -> jax.Array:
    """`value` as (batch, outputs), beside inputs of `x_shape`. Under cross-entropy whole class labels (batch,) become one-hot.

    Raises:
        PcvizError: with both shapes, or which value is no label or no share of a class.
    """
    y, batch = _given(name, value), x_shape[0]
    whole, is_row = jnp.issubdtype(y.dtype, jnp.integer), batch == 1 and y.shape == (n_outputs,)
    if loss == "ce" and whole and not is_row and (y.shape == (batch,) or (batch == 1 and y.ndim == 0)):
        return _one_hot(name, y.reshape(batch), n_outputs, dtype)
    rows = y[None] if is_row else y
    if rows.shape != (batch, n_outputs):
        raise PcvizError(
            f"`{name}` has shape {y.shape} where `x` has {x_shape}; this network takes ({batch}, {n_outputs}), "
            "a row for each sample." + _hint_of_labels(name, y, batch, n_outputs, loss, whole=whole)
        )
    if loss == "ce" and not isinstance(rows, Tracer) and (negative := np.argwhere(np.asarray(rows) < 0)).size:
        at = tuple(negative[0].tolist())
        raise PcvizError(
            f"`{name}` holds {float(rows[at]):g} at {list(at)}; under cross-entropy a row holds the classes' shares, from 0 on."
        )
    return array(name, rows, dtype)


def pair(x: Any, y: Any) -> tuple[jax.Array, jax.Array]:
    """(batch, inputs) and (batch, outputs) that no network has been made for; one sample may be a row of its own.

    Raises:
        PcvizError: with both shapes.
    """
    x, y = array("x", x), array("y", y)
    rows = [values[None] if values.ndim == 1 else values for values in (x, y)]
    if any(values.ndim != 2 or 0 in values.shape for values in rows) or len(rows[0]) != len(rows[1]):
        raise PcvizError(
            f"`x` has shape {x.shape} and `y` {y.shape}; they are (batch, inputs) and (batch, outputs), of one batch."
        )
    return rows[0], rows[1]


def square(name: str, value: Any, dtype: Any) -> jax.Array:
    """`value` as a square matrix; a `PcvizError` with its shape if it is none."""
    matrix = array(name, value, dtype)
    rows = matrix.reshape(1, 1) if matrix.size == 1 else matrix
    if rows.ndim != 2 or rows.shape[0] != rows.shape[1] or not rows.size:
        raise PcvizError(f"`{name}` has shape {matrix.shape}; it is a square matrix, (width, width).")
    return rows


def activities(values: Any, depth: int, width: int, dtype: Any, batch: int | None = None) -> list[jax.Array]:
    """[z_1..z_{L−1}], each (batch, width). They may be non-finite, as those of a relaxation that diverged are.

    Raises:
        PcvizError: with both shapes.
    """
    try:
        given = list(values)
    except TypeError:
        raise PcvizError(f"`activities` is a list [z_1..z_{depth - 1}] of arrays (batch, {width}); {values!r} is none.") from None
    if len(given) != depth - 1:
        raise SpecError(f"`activities` has {len(given)} entries; depth {depth} has {depth - 1} hidden layers.")
    rows = []
    for layer, value in enumerate(given, start=1):
        z = array(f"z_{layer}", value, dtype, finite=False)
        row = z[None] if z.ndim == 1 else z
        batch = row.shape[0] if batch is None and row.ndim == 2 else batch
        if row.shape != (batch, width) or not batch:
            raise PcvizError(f"`z_{layer}` has shape {z.shape}; this network and this batch take ({batch or 'batch'}, {width}).")
        rows.append(row)
    return rows


def matrices(values: Any) -> list[jax.Array]:
    """[W_1..W_L], each (out, in), of one dtype: the widest of their floats, else the default one.

    Raises:
        SpecError: a sentence that names the matrix, what it is and what it must be.
    """
    try:
        given = [_given(f"W_{layer}", value) for layer, value in enumerate(values, start=1)]
    except TypeError:
        raise SpecError(f"`weights` is a list [W_1..W_L] of matrices (out, in); {values!r} is none.") from None
    if len(given) < 2:
        raise SpecError(f"`weights` holds {len(given)} matrices; a network has at least 2, W_1 and W_2, each (out, in).")
    for layer, matrix in enumerate(given, start=1):
        if matrix.ndim != 2 or 0 in matrix.shape:
            raise SpecError(f"W_{layer} has shape {matrix.shape}; a weight matrix is (out, in), each at least 1.")
    _check_chain([matrix.shape for matrix in given])
    dtype = _floats_of(*given)
    return [array(f"W_{layer}", matrix, dtype) for layer, matrix in enumerate(given, start=1)]


def vectors(values: Any, weights: Sequence[jax.Array]) -> list[jax.Array]:
    """[b_1..b_L], each as long as its weight matrix has rows, of the weights' dtype.

    Raises:
        SpecError: a sentence that names the vector, what it is and what it must be.
    """
    try:
        given = [_given(f"b_{layer}", value) for layer, value in enumerate(values, start=1)]
    except TypeError:
        raise SpecError(f"`biases` is a list [b_1..b_L] of vectors; {values!r} is none.") from None
    if len(given) != len(weights):
        raise SpecError(f"`biases` holds {len(given)} vectors; this network has {len(weights)} layers, and each has one.")
    for layer, (vector, matrix) in enumerate(zip(given, weights, strict=True), start=1):
        if vector.shape != matrix.shape[:1]:
            raise SpecError(f"b_{layer} has shape {vector.shape}; beside W_{layer} it must be {matrix.shape[:1]}.")
    return [array(f"b_{layer}", vector, weights[0].dtype) for layer, vector in enumerate(given, start=1)]


def number(name: str, value: Any, *, low: float = -np.inf, above: float | None = None, whole: bool = False) -> Any:
    """`value` as a Python number from `low` on, or `above` a bound; NumPy's numbers are numbers, and a traced one is left alone.

    Raises:
        SpecError: what it was and what is allowed.
    """
    if isinstance(value, Tracer):
        return value
    kind = "a whole number" if whole else "a finite number"
    bound = f" above {above:g}" if above is not None else f" from {low:g} on" if np.isfinite(low) else ""
    plain = plain_number(value)
    fits = isinstance(plain, int | float) and not isinstance(plain, bool) and np.isfinite(plain)
    if not fits or plain < low or (above is not None and plain <= above) or (whole and plain != int(plain)):
        raise SpecError(f"`{name}` is {kind}{bound}; {value!r} is not.")
    return int(plain) if whole else plain


def plain_number(value: Any) -> Any:
    """A NumPy or JAX scalar, or an array of no axes, as Python's own value; anything else as it is.

    Floats that hold fewer digits are read as they are written: `np.float32(0.1)` is 0.1.
    """
    if isinstance(value, Tracer) or not isinstance(value, np.generic | np.ndarray | jax.Array) or np.ndim(value):
        return value
    plain = np.asarray(value)[()]
    if isinstance(plain, np.floating) and plain.dtype.itemsize < 8:
        return float(str(plain))
    return plain.item()


def _given(name: str, value: Any) -> Any:
    """An array of numbers, before any cast."""
    if isinstance(value, jax.Array):
        given: Any = value
    else:
        try:
            given = np.asarray(value)
        except TypeError:  # a list of traced numbers
            given = _stacked(name, value)
        except ValueError:
            raise PcvizError(f"`{name}` is ragged: its rows differ in length.") from None
    if not (jnp.issubdtype(given.dtype, jnp.floating) or jnp.issubdtype(given.dtype, jnp.integer) or given.dtype == bool):
        raise PcvizError(f"`{name}` holds {given.dtype}, which are not real numbers.")
    return given


def _stacked(name: str, value: Any) -> jax.Array:
    try:
        return jnp.asarray(value)
    except (TypeError, ValueError):
        raise PcvizError(f"`{name}` is no array of numbers, but of type {type(value).__name__}.") from None


def _floats_of(*arrays: Any) -> Any:
    """The widest of their dtypes that hold floats; the default one where none does."""
    default = jnp.zeros(()).dtype  # JAX has float64 only where it was told to
    floats = {min(given.dtype, default, key=_size) for given in arrays if jnp.issubdtype(given.dtype, jnp.floating)}
    widest = max(floats, key=_size, default=default)
    return widest if all(each == widest or _size(each) < _size(widest) for each in floats) else jnp.dtype(jnp.float32)


def _size(dtype: Any) -> int:
    return dtype.itemsize


def _check_finite(name: str, given: np.ndarray) -> None:
    finite = np.isfinite(given)
    if not finite.all():
        at = tuple(np.argwhere(~finite)[0].tolist())
        raise PcvizError(f"`{name}` holds {float(given[at]):g} at {list(at)}; every number in it must be finite.")


def _check_chain(shapes: list[tuple[int, ...]]) -> None:
    """Each matrix takes what the one below gives, and all hidden layers have one width."""
    wrong = _first_wrong(shapes)
    if wrong is None:
        return
    (layer, expected), width = wrong, shapes[0][0]
    is_last = layer == len(shapes)
    needed = f"(outputs, {width})" if is_last else f"{expected}"
    sentence = (
        f"W_{layer} has shape {shapes[layer - 1]}; with hidden width {width} it must be {needed} (out, in). "
        "All hidden layers have the same width."
    )
    if _first_wrong([shape[::-1] for shape in shapes]) is None:
        sentence += " Every matrix seems to be transposed, (in, out): give W.T of each."
    elif is_last and shapes[-1][0] == width:
        sentence += f" It seems to be transposed, (in, out): give W_{layer}.T."
    raise SpecError(sentence)


def _first_wrong(shapes: list[tuple[int, ...]]) -> tuple[int, tuple[int, int]] | None:
    width = shapes[0][0]
    expected = [(width, shapes[0][1]), *[(width, width)] * (len(shapes) - 2), (shapes[-1][0], width)]
    return next(((at, need) for at, (got, need) in enumerate(zip(shapes, expected, strict=True), start=1) if got != need), None)


def _one_hot(name: str, labels: Any, n_classes: int, dtype: Any) -> jax.Array:
    if not isinstance(labels, Tracer):
        wrong = np.flatnonzero((np.asarray(labels) < 0) | (np.asarray(labels) >= n_classes))
        if len(wrong):
            raise PcvizError(
                f"`{name}` holds the label {int(labels[wrong[0]])} at [{wrong[0]}]; the classes here are 0 to {n_classes - 1}."
            )
    return jax.nn.one_hot(labels, n_classes, dtype=dtype)


def _hint_of_labels(name: str, y: Any, batch: int, n_outputs: int, loss: str, *, whole: bool) -> str:
    if y.ndim > 2 or y.size != batch or n_outputs == 1:
        return _hint_of_transpose(name, y, n_outputs)
    if loss == "mse":
        return f" For class labels give jax.nn.one_hot(labels, {n_outputs}), labels of shape ({batch},)."
    return f" Class labels are whole numbers of shape ({batch},)" + (f": give {name}[:, 0]." if whole and y.ndim == 2 else ".")


def _hint_of_transpose(name: str, values: Any, columns: int) -> str:
    return f" It seems to be transposed: give {name}.T." if values.ndim == 2 and values.shape[0] == columns else ""
