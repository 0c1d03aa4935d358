"""The order in which a run sees its data: a function of the seed alone, whatever the batch sizes along the way."""

from dataclasses import dataclass

import numpy as np


@dataclass(slots=True)
class BatchOrder:
    """An endless stream of sample numbers: one shuffle after another, cut into batches where the run is.

    No sample is in a batch twice, unless the batch is larger than the data: what a batch takes of a second shuffle leaves out
    what it has of the first, and takes the next ones instead. The batch after it goes on where it would have anyway, so that a
    batch is a function of the seed, its place and its size alone.
    """

    n_samples: int
    seed: int
    position: int = 0

    def take(self, batch_size: int) -> np.ndarray:
        """The next `batch_size` sample numbers (int32)."""
        at = np.arange(self.position, self.position + batch_size)
        self.position += batch_size
        epochs, within = at // self.n_samples, at % self.n_samples
        parts = [self._shuffle(epoch)[within[epochs == epoch]] for epoch in np.unique(epochs).tolist()]
        if len(parts) == 2 and batch_size <= self.n_samples:
            following = self._shuffle(int(epochs[-1]))
            parts[1] = following[~np.isin(following, parts[0])][: len(parts[1])]
        return np.concatenate(parts).astype(np.int32)

    def _shuffle(self, epoch: int) -> np.ndarray:
        return np.random.default_rng([self.seed, epoch]).permutation(self.n_samples)
