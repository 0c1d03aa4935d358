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

import numpy as np

Kind = Literal["classification", "regression"]

N_TRAIN = 1024
N_TEST = 256


@dataclass(frozen=True, slots=True)
class Dataset:
    """Standardised inputs x (samples, inputs) and targets y (samples, outputs), float32 and read-only.

    Targets are one-hot for classification. `n_classes` is None for regression.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    kind: Kind
    n_classes: int | None

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
    parts = [part.astype(np.float32) for part in (x[:-n_test], y[:-n_test], x[-n_test:], y[-n_test:])]
    for part in parts:
        part.flags.writeable = False
    return Dataset(*parts, kind=kind, n_classes=n_classes)


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
