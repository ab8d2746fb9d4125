"""Pairs of neighbours as SciPy's searches and the compiled loops take them."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Ints = npt.NDArray[np.int64]


def neighbours(first: Ints, second: Ints, size: int, values: npt.NDArray[np.float64] | None = None) -> csr_array:
    """Return a square matrix with a value for each pair, 1 if none is given; values of one pair add up.

    SciPy before 1.15 searches only matrices with 32-bit indices, and a ``csr_array`` keeps the indices it is given.

    >>> neighbours(np.array([0, 1]), np.array([2, 0]), 3).toarray().tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    data = np.ones(len(first)) if values is None else values
    return csr_array((data, (first.astype(np.int32), second.astype(np.int32))), shape=(size, size))


def grouped(keys: Ints, count: int) -> tuple[Ints, Ints]:
    """Return for each key from 0 to ``count`` the first of its places in the order that follows, then that order.

    >>> [part.tolist() for part in grouped(np.array([1, 0, 1]), 2)]
    [[0, 1, 3], [1, 0, 2]]
    """
    order = np.argsort(keys, kind="stable").astype(np.int64)
    return np.searchsorted(keys[order], np.arange(count + 1)).astype(np.int64), order
