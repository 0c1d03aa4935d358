"""The reference cases: numbers of an independent implementation, described in tests/reference/README.md."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pcviz_core import Network

FOLDER = Path(__file__).parents[1] / "reference"


class Case(NamedTuple):
    """One file: its numbers by name, and the choices that made them."""

    numbers: dict[str, np.ndarray]
    meta: dict[str, Any]

    @property
    def depth(self) -> int:
        return self.meta["n_layers"]

    def hidden(self, name: str) -> list[np.ndarray]:
        """`name`_1..`name`_{L−1}."""
        return [self.numbers[f"{name}_{l}"] for l in range(1, self.depth)]

    def layers(self, name: str) -> list[np.ndarray]:
        """`name`_1..`name`_L."""
        return [self.numbers[f"{name}_{l}"] for l in range(1, self.depth + 1)]

    def network(self, dtype: type = np.float64) -> Network:
        given = {key: self.meta.get(key) for key in ("loss", "gamma", "output_precision", "activation_position")}
        return Network.from_weights(
            [w.astype(dtype) for w in self.layers("W")],
            activation=self.meta["activation"],
            parameterisation=self.meta["parameterisation"],
            skip=self.meta["skip"],
            **{key: value for key, value in given.items() if value is not None},
        )


def names(pattern: str) -> list[str]:
    """The cases whose file name matches."""
    return sorted(path.stem for path in FOLDER.glob(f"{pattern}.npz"))


def load(name: str) -> Case:
    with np.load(FOLDER / f"{name}.npz") as file:
        numbers = dict(file)
    return Case(numbers, json.loads(str(numbers.pop("meta"))))


def assert_close(actual: Any, expected: Any, dtype: type, what: str) -> None:
    """Within 1e-9 of the largest expected number in float64, and within 2e-5 (of at least 1) in float32."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{what}: shape {actual.shape}, expected {expected.shape}"
    assert actual.dtype == dtype, f"{what}: computed in {actual.dtype}"
    largest = np.abs(expected).max(initial=0)
    allowed = (1e-9 * largest or 1e-12) if dtype == np.float64 else 2e-5 * max(1.0, largest)
    error = np.abs(actual - expected).max(initial=0)
    assert error <= allowed, f"{what}: off by {error:.3g}, {allowed:.3g} allowed"
