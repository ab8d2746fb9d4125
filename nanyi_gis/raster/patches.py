"""Patches of cells of exactly 0, followed over windows as if the raster were read whole."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage, sparse

from .._kernels import raster as kernels
from .findings import JUMP_M, Zeros, verdicts
from .heights import Elevations

Counts = npt.NDArray[np.int64]


class ZeroPatches:
    """Zeros of strips over the whole width, given from top to bottom; a patch is judged when it can grow no more.

    Takes as much memory as a strip, and finds the same whatever the height of the strips.

    >>> patches = ZeroPatches()
    >>> patches.add(np.array([[900, 0, 905]], dtype=np.float32))
    >>> patches.add(np.array([[900, 0, 905]], dtype=np.float32))
    >>> patches.finish()
    Zeros(void_like=2, plain=0, bare=0)
    """

    def __init__(self) -> None:
        self._found = Zeros()
        self._row: Elevations | None = None
        self._patch = np.empty(0, np.int64)  # of each cell of the last row, 0 where it is not 0
        self._open = np.zeros((1, 3), np.int64)  # cells, sides and steep sides of the patches that reach it

    def add(self, values: Elevations) -> None:
        """Take the next strip."""
        if not values.size:
            return
        zero = values == 0
        if len(self._open) == 1 and not zero.any():
            self._row, self._patch = values[-1].copy(), np.zeros(values.shape[1], np.int64)
            return
        patch, count = ndimage.label(zero)
        touched = np.zeros((count + 1, 3), np.int64)
        kernels.patch_cliffs(values, patch, JUMP_M, touched)
        above = len(self._open)
        counts = np.vstack([self._open, touched[1:]])
        first = np.where(patch[0] > 0, patch[0] + (above - 1), 0).astype(np.int64)
        if self._row is not None:
            _add_sides(counts, self._patch, values[0])
            _add_sides(counts, first, self._row)
            number = _joined(len(counts), self._patch, first)
        else:
            number = np.arange(len(counts))
        joined = np.zeros((int(number.max()) + 1, 3), np.int64)
        np.add.at(joined, number, counts)
        last = number[np.where(patch[-1] > 0, patch[-1] + (above - 1), 0)]
        going = np.unique(np.append(last, 0))
        closed = np.ones(len(joined), dtype=bool)
        closed[going] = False
        self._found += verdicts(joined[closed])[0]
        self._row, self._open = values[-1].copy(), joined[going]
        self._patch = np.searchsorted(going, last)

    def finish(self) -> Zeros:
        """Judge what is left and return all zeros by kind."""
        self._found += verdicts(self._open[1:])[0]
        self._open, self._row = self._open[:1], None
        return self._found


def _add_sides(counts: Counts, patch: Counts, beside: Elevations) -> None:
    """Count the sides of patches in one row towards the heights of the row beside it."""
    with np.errstate(invalid="ignore"):
        facing = (patch > 0) & (beside != 0) & ~np.isnan(beside)
        steep = facing & (np.abs(beside) > JUMP_M)
    np.add.at(counts[:, 1], patch[facing], 1)
    np.add.at(counts[:, 2], patch[steep], 1)


def _joined(count: int, above: Counts, below: Counts) -> Counts:
    """Return a new number of each patch, the same where patches touch across two rows; 0 stays 0."""
    both = (above > 0) & (below > 0)
    pairs = sparse.coo_array((np.ones(int(both.sum()), bool), (above[both], below[both])), shape=(count, count))
    _, label = sparse.csgraph.connected_components(pairs, directed=False)
    # patch 0 is alone, so swapping two labels makes it 0
    number: npt.NDArray[np.int64] = label.astype(np.int64)
    own = int(number[0])
    if own:
        number = np.where(number == own, 0, np.where(number == 0, own, number))
    return number
