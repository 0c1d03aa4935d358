"""The order in which a run sees its data: a function of the seed alone, whatever the batch sizes along the way."""

from dataclasses import dataclass

import numpy as np


@dataclass(slots=True)
class BatchOrder:
    """An endless stream of sample numbers: one shuffle after another, cut into batches where the run is."""

    n_samples: int
    seed: int
    position: int = 0

    def take(self, batch_size: int) -> np.ndarray:
        """The next `batch_size` sample numbers (int32); a batch may span two shuffles."""
        at = np.arange(self.position, self.position + batch_size)
        self.position += batch_size
        epochs, within = at // self.n_samples, at % self.n_samples
        order = {epoch: np.random.default_rng([self.seed, epoch]).permutation(self.n_samples) for epoch in set(epochs.tolist())}
        return np.array([order[epoch][place] for epoch, place in zip(epochs.tolist(), within, strict=True)], np.int32)
