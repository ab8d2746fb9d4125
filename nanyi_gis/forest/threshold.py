"""Which tree cover makes a stated area of forest."""

import os
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from .._limits import hold_cells
from .._progress import Progress
from .._validation import check_positive
from ..errors import DataError
from ..raster import RasterFile, ZoneLike
from .cover import Codes, Values, pass_over

_PERCENT = 100
_M2_PER_KM2 = 1e6


@dataclass(frozen=True)
class CoverThreshold:
    """The tree cover from which on land sums to a stated area.

    Attributes
    ----------
    percent : int or None
        Highest whole percent such that the land with as much tree cover or more is at least the area; None if even
        the land with 1 % is less.
    area_km2 : float
        Land with that cover or more; with 1 % or more if there is none.
    above_km2 : float
        Land with one percent more: the area lies between the two.
    wanted_km2 : float
        The stated area.
    curve : DataFrame
        ``percent`` 0 to 100 and ``area_km2``, the land with that cover or more; never rising.
    notes : tuple of str
        What a reader must know of the file.
    """

    percent: int | None
    area_km2: float
    above_km2: float
    wanted_km2: float
    curve: pd.DataFrame
    notes: tuple[str, ...]


def cover_threshold(
    treecover: str | os.PathLike[str],
    *,
    wanted_km2: float,
    zones: ZoneLike = None,
    progress: Progress | None = None,
) -> CoverThreshold:
    """Return the percent of tree cover from which on a stated area of forest is met.

    Chinese statistics count arbour from a canopy of 0.20 on, bamboo and named shrubs: a map of trees alone has no
    threshold that must give the same land, so this tells which would give the same *area*.

    Parameters
    ----------
    treecover : path
        Percent of tree cover, 0 to 100, read once, strip by strip; a part of a percent counts downwards.
    wanted_km2 : float
        The stated area.
    zones : GeoDataFrame or DataArray, optional
        Land that counts, all zones together; the whole raster if not given.

    Raises
    ------
    DataError
        If a value is no percent, or the file misses the zones.
    ParameterError
        If the area is not above zero.
    """
    wanted = check_positive(wanted_km2, name="wanted_km2", unit="km2")
    file = RasterFile.of(treecover, kind="quantity")
    hold_cells(file.name, file.grid.width, file.grid.height, task="bands")

    def encode(values: Values, _start: int) -> Codes:
        return percent_codes(values, name=file.name)

    tally, notes = pass_over(file, zones, encode=encode, classes=_PERCENT + 2, progress=progress)
    by_percent = tally.total[:, 1:].sum(axis=0) / _M2_PER_KM2
    return threshold_of(by_percent, wanted_km2=wanted, notes=notes)


def threshold_of(
    by_percent: npt.NDArray[np.float64], *, wanted_km2: float, notes: tuple[str, ...] = ()
) -> CoverThreshold:
    """Return the threshold for land by whole percent of tree cover, 0 to 100.

    >>> land = np.zeros(101)
    >>> land[[0, 10, 40, 90]] = 5.0, 3.0, 2.0, 1.0
    >>> found = threshold_of(land, wanted_km2=2.5)
    >>> found.percent, found.area_km2, found.above_km2  # 3 km² have 40 % or more, 1 km² has 41 % or more
    (40, 3.0, 1.0)
    >>> threshold_of(land, wanted_km2=7.0).percent is None
    True
    """
    above = np.append(by_percent[::-1].cumsum()[::-1], 0.0)
    enough = np.flatnonzero(above[1 : _PERCENT + 1] >= wanted_km2) + 1
    percent = int(enough[-1]) if enough.size else None
    at = percent or 1
    curve = pd.DataFrame({"percent": np.arange(_PERCENT + 1), "area_km2": above[: _PERCENT + 1]})
    return CoverThreshold(percent, float(above[at]), float(above[at + 1]), wanted_km2, curve, notes)


def percent_codes(values: Values, *, name: str) -> Codes:
    """Return whole percents plus 1 as codes, 0 where there is no value."""
    known = np.isfinite(values)
    wrong = known & ((values < 0) | (values > _PERCENT))
    if wrong.any():
        raise DataError(
            f"{name} holds {values[wrong].flat[0]:g}, but tree cover is in percent, 0 to 100; set the nodata value"
        )
    return np.where(known, np.floor(np.where(known, values, 0.0)) + 1, 0).astype(np.uint8)
