"""A symmetric matrix of blocks by layer, each coupled to the next: products, solves and the two ends of its spectrum.

In float64 on the host: the smallest eigenvalue of a deep network's activity Hessian is lost in float32.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Vector = np.ndarray
"""(hidden layers, width)."""


class End(NamedTuple):
    """One eigenvalue with its sign, how far from the truth it may be, relatively, and its vector.

    `residual` is ‖H v − λ v‖ / |λ| with ‖v‖ = 1: some eigenvalue lies that near. Where H is positive definite a smallest `value`
    is at least the true one, and a largest at most.
    """

    value: Any
    residual: Any
    vector: Any


class Ends(NamedTuple):
    """The eigenvalues of largest and smallest magnitude."""

    largest: End
    smallest: End

    @property
    def condition_number(self) -> float:
        """κ = |λ|max / |λ|min: at least 1, infinite where an eigenvalue is 0."""
        largest, smallest = abs(float(self.largest.value)), abs(float(self.smallest.value))
        return largest / smallest if smallest > 0 else float("inf")


class BlockTridiagonal:
    """H_ll = I + J_{l+1}ᵀ J_{l+1}, H_{l+1,l} = −J_{l+1}; the last block is I + G.

    `maps` are J_2..J_{L−1} (blocks, width, width) and `bend` is G (width, width).
    """

    def __init__(self, maps: np.ndarray, bend: np.ndarray) -> None:
        self.maps = maps
        self.diagonal = np.eye(len(bend)) + np.concatenate([maps.mT @ maps, (bend + bend.T)[None] / 2])

    def dense(self) -> np.ndarray:
        """All of it, layer 1's units first."""
        hidden, n, _ = self.diagonal.shape
        matrix = np.zeros((hidden, n, hidden, n))
        here = np.arange(hidden)
        matrix[here, :, here, :] = self.diagonal
        matrix[here[1:], :, here[:-1], :] = -self.maps
        matrix[here[:-1], :, here[1:], :] = -self.maps.mT
        return matrix.reshape(hidden * n, hidden * n)

    def product(self, v: Vector) -> Vector:
        """H v."""
        image = (self.diagonal @ v[..., None])[..., 0]
        image[1:] -= (self.maps @ v[:-1, :, None])[..., 0]
        image[:-1] -= (self.maps.mT @ v[1:, :, None])[..., 0]
        return image

    def inverse(self) -> Callable[[Vector], Vector]:
        """The map v ↦ H⁻¹ v, by elimination of one layer after the other from layer 1 up."""
        pivots = [np.linalg.inv(self.diagonal[0])]
        for block, above in zip(self.maps, self.diagonal[1:], strict=True):
            pivots.append(np.linalg.inv(above - block @ pivots[-1] @ block.T))

        def solve(v: Vector) -> Vector:
            u, out = v.copy(), np.empty_like(v)
            for row, block in enumerate(self.maps):
                u[row + 1] += block @ (pivots[row] @ u[row])
            out[-1] = pivots[-1] @ u[-1]
            for row in range(len(self.maps) - 1, -1, -1):
                out[row] = pivots[row] @ (u[row] + self.maps[row].T @ out[row + 1])
            return out

        return solve

    def ends(self, largest: Vector, smallest: Vector, max_steps: int, tolerance: float = 1e-4) -> Ends:
        """The eigenvalues of largest and smallest magnitude by Lanczos on H and on H⁻¹, from these vectors."""
        solve = self.inverse()
        # What is left of the other vectors weighs most in H where their eigenvalues are large: one more solve divides by them.
        polished = solve(lanczos(solve, smallest, max_steps, tolerance)[0])
        ends = end(self.product, lanczos(self.product, largest, max_steps, tolerance)[0]), end(self.product, polished)
        # Where all eigenvalues are nearly equal two searches may end at values in the wrong order.
        return Ends(*sorted(ends, key=lambda each: -abs(each.value)))


def end(product: Callable[[Vector], Vector], vector: Vector) -> End:
    """The Rayleigh quotient of a vector, with its residual."""
    vector = vector / np.linalg.norm(vector)
    image = product(vector)
    value = float(np.sum(vector * image))
    rest = float(np.linalg.norm(image - value * vector))
    return End(value, rest / abs(value) if value else float("inf"), vector)


def lanczos(
    product: Callable[[Vector], Vector], start: Vector, max_steps: int, tolerance: float = 1e-4, *, lowest: bool = False
) -> tuple[Vector, ...]:
    """The unit vector of largest |Rayleigh quotient| of a symmetric operator in the Krylov space of at most `max_steps` products.

    With `lowest` also that of the lowest quotient, sign included, in the same space: so it cannot come out above the other. Every
    new direction is made orthogonal to all before, twice. It ends early when each residual is below `tolerance` times its
    quotient: it is the last coefficient times the last entry of the small matrix's eigenvector.
    """
    basis, most = [start.ravel() / np.linalg.norm(start)], min(max_steps, start.size)
    small, best = np.zeros((max_steps + 1, max_steps + 1)), np.ones((1, 1))
    for step in range(most):
        image = product(basis[-1].reshape(start.shape)).ravel()
        small[step, step] = basis[-1] @ image
        span = np.stack(basis)
        for _ in range(2):
            image = image - span.T @ (span @ image)
        values, vectors = np.linalg.eigh(small[: step + 1, : step + 1])
        wanted = [np.argmax(np.abs(values)), *([0] if lowest else [])]
        best, length = vectors[:, wanted], np.linalg.norm(image)
        if np.all(length * np.abs(best[-1]) <= tolerance * np.abs(values[wanted])) or step + 1 == most:
            break
        small[step, step + 1] = small[step + 1, step] = length
        basis.append(image / length)
    return tuple((vector / np.linalg.norm(vector)).reshape(start.shape) for vector in best.T @ np.stack(basis))
