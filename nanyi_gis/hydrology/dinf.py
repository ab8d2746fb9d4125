"""Flow in the direction of steepest descent on triangles, shared by two neighbours (D-infinity)."""

import numpy as np
import numpy.typing as npt

from .._kernels import hydrology_dinf as kernels
from .._kernels.hydrology import NONE
from ..raster import in_strips
from .surface import Floats

Facets = tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]


def facets(
    surface: npt.NDArray[np.floating], way: npt.NDArray[np.uint8], weights: Floats
) -> tuple[Facets, npt.NDArray[np.float32]]:
    """Return the triangle and share of each cell, and its azimuth.

    Of the eight triangles between a cell and its neighbours the steepest counts (Tarboton 1997): with the slopes ``s1``
    along the row or column and ``s2`` from there to the diagonal neighbour, water turns by ``atan(s2 / s1)`` from
    the one to the other, held within the triangle, and is shared by the angle. On level ground all takes ``way``.

    >>> plane = np.add.outer(-2.0 * np.arange(3), -1.0 * np.arange(3))  # 2 south, 1 east
    >>> _, azimuth = facets(plane, np.full((3, 3), 1, np.uint8), np.ones((3, 3)) / [1, 1, 2**0.5])
    >>> round(float(azimuth[1, 1]), 3)  # 180 less atan(1 / 2)
    153.435
    """
    facet, share = np.empty(way.shape, np.uint8), np.empty(way.shape, np.float32)
    angle = np.empty(way.shape, np.float32)

    def work(start: int, stop: int) -> None:
        kernels.facets(surface, way, weights, facet, share, angle, start, stop)

    in_strips(work, 0, way.shape[0], way.shape[1])
    return (facet, share), angle


def shared_total(shares: Facets, way: npt.NDArray[np.uint8], own: Floats | None = None) -> Floats:
    """Return what drains through each cell: its own, 1 if not given, and its parts of its neighbours'."""
    total: Floats = np.not_equal(way, NONE).astype(np.float64) if own is None else own.astype(np.float64)
    kernels.gather_shares(*shares, total)
    return total
