"""Voids: missing cells enclosed by data, and how small ones are closed."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage, sparse
from scipy.sparse.linalg import spsolve


@dataclass(frozen=True)
class Voids:
    """How many voids a raster had, and what became of them (areas in km²)."""

    count: int
    filled: int
    filled_km2: float
    largest_left_km2: float
    left_km2: float


def fill_voids(
    heights: npt.NDArray[np.float32], *, cell_km2: float, max_void_km2: float
) -> tuple[npt.NDArray[np.float32], Voids]:
    """Return ``heights`` with voids of at most ``max_void_km2`` filled, and the count of them.

    A void is a patch of NaN cells, connected over edges, that does not touch the border of the
    array. The filled surface is harmonic: each cell is the mean of its four neighbours
    (Laplace's equation with the rim as boundary), so it goes on smoothly from the rim, stays
    between the rim's extremes, and restores a tilted plane exactly.

    >>> plane = np.add.outer(np.zeros(4), np.arange(4.0)).astype(np.float32)
    >>> plane[1:3, 1:3] = np.nan
    >>> filled, voids = fill_voids(plane, cell_km2=1, max_void_km2=4)
    >>> filled[1].round(4).tolist(), voids.filled
    ([0.0, 1.0, 2.0, 3.0], 1)
    """
    missing = ~np.isfinite(heights)
    if not missing.any():
        return heights, Voids(0, 0, 0.0, 0.0, 0.0)
    labels, count = ndimage.label(missing)
    size = np.bincount(labels.ravel(), minlength=count + 1)
    is_void = np.ones(count + 1, dtype=bool)
    is_void[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = False
    is_void[0] = False
    small = is_void & (size * cell_km2 <= max_void_km2 * (1 + 1e-9))
    left = is_void & ~small
    filled = _solve_laplace(heights, small[labels]) if small.any() else heights
    return filled, Voids(
        count=int(is_void.sum()),
        filled=int(small.sum()),
        filled_km2=float(size[small].sum() * cell_km2),
        largest_left_km2=float(size[left].max(initial=0) * cell_km2),
        left_km2=float(size[left].sum() * cell_km2),
    )


def _solve_laplace(heights: npt.NDArray[np.float32], unknown: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    rows, columns = np.nonzero(unknown)
    number = np.full(heights.shape, -1, dtype=np.int64)
    number[rows, columns] = np.arange(rows.size)
    right = np.zeros(rows.size)
    pairs: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]] = []
    for down, across in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        neighbour = number[rows + down, columns + across]
        inside = neighbour >= 0
        pairs.append((np.nonzero(inside)[0], neighbour[inside]))
        right[~inside] += heights[rows + down, columns + across][~inside]
    i, j = (np.concatenate(part) for part in zip(*pairs, strict=True))
    matrix = sparse.diags_array(np.full(rows.size, 4.0)) - sparse.coo_array(
        (np.ones(i.size), (i, j)), shape=(rows.size, rows.size)
    )
    result = heights.copy()
    result[rows, columns] = spsolve(matrix.tocsc(), right)
    return result
