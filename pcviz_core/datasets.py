"""Small data sets that need no network connection, split, standardised and ready to clamp.

Inputs are standardised with training statistics only: each input loses its mean, and all are divided by one standard deviation,
so that the mean square of an input is 1 and the geometry stays. (Dividing each pixel by its own would blow up those that are
almost always blank.) The networks have no bias, so the planar sets carry a third input that is always 1: without it a ReLU
network could not tell an inner circle from an outer one, nor an odd one solve XOR.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np

from pcviz_core.arguments import on_host
from pcviz_core.errors import PcvizError

Kind = Literal["classification", "regression"]

N_TRAIN = 1024
N_TEST = 256


@dataclass(frozen=True, slots=True)
class Dataset:
    """Standardised inputs x (samples, inputs) and targets y (samples, outputs), float32 and read-only.

    Targets are one-hot for classification, and whole class labels (samples,) become so. `n_classes` is None for regression.

    Raises:
        PcvizError: a sentence that names the array that no run can use, where it does not fit, is empty or is not finite.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    kind: Kind
    n_classes: int | None

    def __post_init__(self) -> None:
        for name, values in _checked(self).items():
            object.__setattr__(self, name, values)

    @property
    def n_inputs(self) -> int:
        """D, the number of inputs."""
        return self.x_train.shape[1]

    @property
    def n_outputs(self) -> int:
        """K, the number of outputs."""
        return self.y_train.shape[1]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a data set comes from: what a person reads, and how a seed makes it."""

    label: str
    doc: str
    make: Callable[[int], Dataset]

    def load(self, seed: int) -> Dataset:
        """The data set of this seed. The seed draws the samples, where they are synthetic, and the split."""
        return _load(self, seed)


@lru_cache(maxsize=16)
def _load(source: Source, seed: int) -> Dataset:
    return source.make(seed)


def _checked(data: Dataset) -> dict[str, Any]:
    """The arrays of a data set as a run takes them, or a sentence."""
    found: dict[str, Any] = {}
    if (data.n_classes is None) != (data.kind == "regression"):
        raise PcvizError(f"`n_classes` is None for a regression alone; it is {data.n_classes!r} for a {data.kind}.")
    for part in ("train", "test"):
        x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        if data.n_classes is not None and np.ndim(y) == 1 and np.issubdtype(np.asarray(y).dtype, np.integer):
            labels = np.asarray(y)
            if ((labels < 0) | (labels >= data.n_classes)).any():
                raise PcvizError(f"`y_{part}` holds labels beyond 0 to {data.n_classes - 1}, the classes that there are.")
            y = np.eye(data.n_classes)[labels]
        shapes, outputs = (np.shape(x), np.shape(y)), "outputs" if data.n_classes is None else data.n_classes
        fit = all(len(shape) == 2 and 0 not in shape for shape in shapes) and shapes[0][0] == shapes[1][0]
        if not fit or (data.n_classes is not None and shapes[1][1] != data.n_classes):
            raise PcvizError(
                f"`x_{part}` has shape {shapes[0]} and `y_{part}` {shapes[1]}; they are (samples, inputs) and "
                f"(samples, {outputs}), a row of each for each sample, and at least one sample."
            )
        for name, values in ((f"x_{part}", x), (f"y_{part}", y)):
            found[name] = values if isinstance(values, jax.Array) else _float32(name, values)
        rows = np.asarray(found[f"y_{part}"])
        if data.n_classes is not None and ((rows < 0).any() or not np.allclose(rows.sum(axis=1), 1, atol=1e-3)):
            raise PcvizError(f"`y_{part}` holds a row that is no class: the shares of the classes are from 0 on and sum to 1.")
    for axis in ("x", "y"):
        train, test = found[f"{axis}_train"].shape[1], found[f"{axis}_test"].shape[1]
        if train != test:
            raise PcvizError(f"`{axis}_train` has {train} columns and `{axis}_test` {test}; they are of one kind.")
    return found


def _float32(name: str, values: Any) -> np.ndarray:
    """The values as a run keeps them: float32, finite and read-only."""
    kept = on_host(name, values, np.float32)
    kept.flags.writeable = False
    return kept


def _classes(x: np.ndarray, labels: np.ndarray, n_test: int, seed: int, *, constant: bool = False) -> Dataset:
    """Shuffle, hold out the last `n_test` samples, standardise, and add the constant input if asked."""
    order = np.random.default_rng(seed).permutation(len(x))
    x, labels = x[order], labels[order]
    n_classes = int(labels.max()) + 1
    mean = x[:-n_test].mean(axis=0)
    x = (x - mean) / np.sqrt(np.mean((x[:-n_test] - mean) ** 2))
    if constant:
        x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    return _dataset(x, np.eye(n_classes)[labels], n_test, "classification", n_classes)


def _dataset(x: np.ndarray, y: np.ndarray, n_test: int, kind: Kind, n_classes: int | None) -> Dataset:
    return Dataset(x[:-n_test], y[:-n_test], x[-n_test:], y[-n_test:], kind=kind, n_classes=n_classes)


def _scikit_learn(function: str, **arguments: Any) -> tuple[np.ndarray, np.ndarray]:
    """Samples and labels from one of scikit-learn's functions."""
    from sklearn import datasets  # takes most of a second, so not before it is needed

    return getattr(datasets, function)(**arguments)


def _digits(seed: int) -> Dataset:
    # The file of scikit-learn's `load_digits`, found without importing scikit-learn, for which a first result would wait.
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("The digits come with scikit-learn, which is not installed.")
    rows = np.loadtxt(Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz", delimiter=",")
    return _classes(rows[:, :-1], rows[:, -1].astype(int), 360, seed)


def _moons(seed: int) -> Dataset:
    x, labels = _scikit_learn("make_moons", n_samples=N_TRAIN + N_TEST, noise=0.1, random_state=seed)
    return _classes(x, labels, N_TEST, seed, constant=True)


def _circles(seed: int) -> Dataset:
    x, labels = _scikit_learn("make_circles", n_samples=N_TRAIN + N_TEST, noise=0.08, factor=0.5, random_state=seed)
    return _classes(x, labels, N_TEST, seed, constant=True)


def _blobs(seed: int) -> Dataset:
    centres = [(2, 0), (0, 2), (-2, 0), (0, -2)]
    x, labels = _scikit_learn("make_blobs", n_samples=N_TRAIN + N_TEST, centers=centres, cluster_std=0.5, random_state=seed)
    return _classes(x, labels, N_TEST, seed, constant=True)


def _xor(seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 2, (N_TRAIN + N_TEST, 2))
    x = 2.0 * corners - 1 + rng.normal(0, 0.25, corners.shape)
    return _classes(x, corners[:, 0] ^ corners[:, 1], N_TEST, seed, constant=True)


def _spiral(seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    labels = np.arange(N_TRAIN + N_TEST) % 3
    radius = np.sqrt(rng.uniform(0.01, 1, len(labels)))
    angle = 4 * radius + 2 * np.pi / 3 * labels
    x = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1) + rng.normal(0, 0.03, (len(labels), 2))
    return _classes(x, labels, N_TEST, seed, constant=True)


def _teacher(seed: int) -> Dataset:
    # Standard normal inputs need no standardising, and shifting them would give the linear map an offset.
    rng = np.random.default_rng(seed)
    singular_values = np.array([2.0, 1.0, 0.5, 0.25])
    left, _ = np.linalg.qr(rng.normal(size=(4, 4)))
    right, _ = np.linalg.qr(rng.normal(size=(32, 4)))
    x = rng.normal(size=(N_TRAIN + N_TEST, 32))
    return _dataset(x, x @ (right * singular_values) @ left.T, N_TEST, "regression", None)


DATASETS = {
    "digits": Source("digits", "1797 handwritten digits, 8 × 8 pixels, 10 classes; 360 held out.", _digits),
    "moons": Source("moons", "Two interleaved half circles in the plane, 2 classes, and a constant input.", _moons),
    "circles": Source("circles", "A circle inside another, 2 classes, and a constant input.", _circles),
    "blobs": Source("blobs", "Four round clusters in the plane, 4 classes, and a constant input.", _blobs),
    "xor": Source("XOR", "Four noisy corners, opposite ones alike, 2 classes, and a constant input.", _xor),
    "spiral": Source("spiral", "Three spiral arms in the plane, 3 classes, and a constant input.", _spiral),
    "teacher": Source(
        "linear teacher",
        "32 normal inputs to 4 outputs by a fixed linear map of singular values 2, 1, ½, ¼, without noise.",
        _teacher,
    ),
}
