"""What each of many observers sees, as sets of bits: a window of one bit a cell for each observer."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from .._progress import Progress, silent
from .._validation import check_count
from .ground import Heights, Int, Points
from .viewshed import Look


@dataclass(frozen=True, eq=False)
class SightSets:
    """The cells that each observer sees.

    A window around the observer is kept, a bit for each of its cells: of a radius of 167 cells 14 KB, so that
    a thousand observers take 14 MB whatever the size of the raster.

    Attributes
    ----------
    labels : list
        Index of the observers.
    shape : (int, int)
        Rows and columns of the DEM.
    unknown : int64 (n,)
        Cells of each observer that are blocked by unknown heights alone.
    """

    labels: list[Any]
    shape: tuple[int, int]
    unknown: Int
    _windows: list[tuple[slice, slice]] = field(repr=False)
    _bits: list[npt.NDArray[np.uint8]] = field(repr=False)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def nbytes(self) -> int:
        """Bytes of the bits."""
        return sum(bits.nbytes for bits in self._bits)

    def window(self, number: int) -> tuple[slice, slice, npt.NDArray[np.bool_]]:
        """Return rows and columns around an observer, and which of their cells it sees."""
        rows, columns = self._windows[number]
        shape = (rows.stop - rows.start, columns.stop - columns.start)
        bits = np.unpackbits(self._bits[number], count=shape[0] * shape[1])
        return rows, columns, bits.reshape(shape).astype(bool)

    def cells(self, number: int) -> Int:
        """Return the flat numbers of the cells that an observer sees, rising."""
        rows, columns, seen = self.window(number)
        r, c = np.nonzero(seen)
        flat: Int = (r + rows.start) * self.shape[1] + c + columns.start
        return flat

    def sizes(self) -> Int:
        """Return how many cells each observer sees."""
        return np.array([np.bitwise_count(bits).sum() if _COUNTS else _ones(bits) for bits in self._bits], np.int64)

    def counts(self, numbers: npt.ArrayLike | None = None) -> npt.NDArray[np.uint32]:
        """Return how many of some observers (all, if not given) see each cell of the DEM."""
        chosen = range(len(self)) if numbers is None else np.asarray(numbers, dtype=np.int64).ravel().tolist()
        total = np.zeros(self.shape, np.uint32)
        for number in chosen:
            rows, columns, seen = self.window(check_count(number, name="numbers", least=0))
            total[rows, columns] += seen
        return total


_COUNTS = hasattr(np, "bitwise_count")  # from NumPy 2


def _ones(bits: npt.NDArray[np.uint8]) -> int:
    return int(np.unpackbits(bits).sum())


def sight_sets(
    dem: xr.DataArray,
    observers: Points,
    *,
    height: Heights = 30.0,
    target_height: float = 1.5,
    radius: float,
    curvature: str | float = "light",
    progress: Progress | None = None,
) -> SightSets:
    """Return what each observer sees, as bits; parameters, rule and errors are those of :func:`viewshed`.

    >>> import geopandas as gpd
    >>> dem = xr.DataArray(np.zeros((2, 3), "float32"), {"y": [15.0, 5.0], "x": [5.0, 15, 25]}, ("y", "x"))
    >>> two = gpd.GeoSeries.from_xy([5.0, 25.0], [15.0, 15.0], crs="EPSG:4544")
    >>> sets = sight_sets(dem.rio.write_crs(4544), two, radius=10)
    >>> sets.cells(0).tolist(), sets.sizes().tolist(), sets.counts([0, 1]).tolist()
    ([0, 1, 3], [3, 3], [[1, 2, 1], [1, 0, 1]])
    """
    look = Look.of(dem, observers, height=height, target_height=target_height, radius=radius, curvature=curvature)
    windows: list[tuple[slice, slice]] = []
    bits: list[npt.NDArray[np.uint8]] = []
    unknown = np.zeros(look.stands.rows.size, np.int64)
    for number, rows, columns, seen in look.verdicts(progress or silent):
        windows.append((rows, columns))
        bits.append(np.packbits(seen == 1))
        unknown[number] = np.count_nonzero(seen == 2)
    return SightSets(look.stands.labels, look.ground.grid.shape, unknown, windows, bits)
