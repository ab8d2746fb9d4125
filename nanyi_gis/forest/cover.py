"""Forest area by zone from a raster of land cover, summed cell by cell, with what the map's accuracy leaves open."""

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .._limits import hold_cells
from .._progress import Progress, silent
from .._validation import check_count, check_positive
from ..errors import DataError, ParameterError
from ..raster import RasterFile, ZoneLike, Zones, ZoneSums, refuse_blank, strips

FOREST_CODES: tuple[int, ...] = (10,)
"""Tree cover of ESA WorldCover. It holds orchards and does not tell bamboo from other trees."""

ACCURACY = 0.767
"""Overall accuracy of WorldCover 2021 v200 over the world, as ESA publishes it; nobody has measured it here."""

_MOST_CODE = 65_535
_CACHE_MB, _STRIP_CELLS = 128, 2_000_000
_M2_PER_KM2 = 1e6

Values = npt.NDArray[Any]
Codes = npt.NDArray[np.integer]


@dataclass(frozen=True)
class ForestAreas:
    """Forest by zone, and what was found on the way.

    Attributes
    ----------
    table : DataFrame
        A row a zone: ``zone``, ``land_km2`` (cells whose cover is known), ``forest_km2``, ``share`` (NaN without
        land), ``low_km2``, ``high_km2`` (NaN without an accuracy).
    sampled : array of int
        Code of the raster at each point that was asked for, -1 where there is none.
    notes : tuple of str
        What a reader must know.
    """

    table: pd.DataFrame
    sampled: npt.NDArray[np.int64]
    notes: tuple[str, ...]


def forest_areas(
    landcover: str | os.PathLike[str],
    *,
    zones: ZoneLike = None,
    name_column: str | None = None,
    forest: Sequence[int] = FOREST_CODES,
    accuracy: float | None = None,
    points: Any = None,
    progress: Progress | None = None,
) -> ForestAreas:
    """Return the forest of each zone, added up over the cells of the file as it is.

    A cell belongs to a zone if its centre lies inside; areas are true areas. Zones that make up another sum to it.

    Parameters
    ----------
    landcover : path
        Raster of codes in any CRS, read once, strip by strip.
    zones : GeoDataFrame or DataArray, optional
        As for :func:`nanyi_gis.terrain.band_areas`; the whole raster, called ``all``, if not given.
    forest : sequence of int
        Codes that count as forest.
    accuracy : float, optional
        Overall accuracy of the map, 0 to 1, for the interval of :func:`true_interval`.
    points : array (n, 2), optional
        Places in the raster's CRS at which its code is asked for.

    Raises
    ------
    DataError
        If the file is no raster of codes, holds none, or misses the zones.
    ParameterError
        If a code or the accuracy is out of range.
    """
    codes = check_codes(forest)
    if accuracy is not None:
        check_accuracy(accuracy)
    file = RasterFile.of(landcover, kind="code")
    hold_cells(file.name, file.grid.width, file.grid.height, task="bands")
    reader = _AtPoints(file, points)
    classes = np.ones(_MOST_CODE + 2, np.uint8)
    classes[list(codes)], classes[-1] = 2, 0  # no code is -1, the last

    def encode(values: Values, start: int) -> Codes:
        found = whole_codes(values, name=file.name)
        reader.look(found, start)
        return classes[found]

    tally, notes = pass_over(file, zones, encode=encode, classes=3, name_column=name_column, progress=progress)
    table = pd.DataFrame(
        {
            "zone": list(tally.names),
            "land_km2": tally.total[:, 1:].sum(axis=1) / _M2_PER_KM2,
            "forest_km2": tally.total[:, 2] / _M2_PER_KM2,
        }
    )
    table["share"] = (table["forest_km2"] / table["land_km2"]).where(table["land_km2"] > 0)
    ends = [
        (math.nan, math.nan) if accuracy is None else true_interval(mapped, land, accuracy=accuracy)
        for mapped, land in zip(table["forest_km2"], table["land_km2"], strict=True)
    ]
    table["low_km2"], table["high_km2"] = ([end[k] for end in ends] for k in (0, 1))
    return ForestAreas(table, reader.found, notes)


def true_interval(mapped_km2: float, land_km2: float, *, accuracy: float) -> tuple[float, float]:
    """Return between which areas a class truly lies if all that is known of the map is its overall accuracy.

    Of the land a share ``1 - accuracy`` is wrong, and all of it may be wrong to one side::

        low = max(0, mapped - (1 - accuracy) land), high = min(land, mapped + (1 - accuracy) land)

    It is no confidence interval: it holds if the accuracy, measured elsewhere, holds here.

    >>> [round(end, 6) for end in true_interval(60.0, 100.0, accuracy=0.75)]
    [35.0, 85.0]
    """
    wrong = (1.0 - check_accuracy(accuracy)) * land_km2
    return max(0.0, mapped_km2 - wrong), min(land_km2, mapped_km2 + wrong)


def check_accuracy(accuracy: float) -> float:
    """Return an accuracy above 0 and at most 1."""
    if check_positive(accuracy, name="accuracy") > 1.0:
        raise ParameterError(f"accuracy is {accuracy:g}, but is a share and must be at most 1; for 76.7 % write 0.767")
    return float(accuracy)


def check_codes(forest: Sequence[int]) -> tuple[int, ...]:
    """Return codes of classes, at least one."""
    codes = tuple(dict.fromkeys(check_count(code, name="forest", least=0) for code in forest))
    if not codes:
        raise ParameterError("forest is empty; name at least one code, e.g. 10")
    if max(codes) > _MOST_CODE:
        raise ParameterError(f"forest holds {max(codes)}, but codes of land cover are at most {_MOST_CODE}")
    return codes


def whole_codes(values: Values, *, name: str) -> npt.NDArray[np.int32]:
    """Return codes as whole numbers, -1 where a cell has none.

    Raises
    ------
    DataError
        If a value is no code.
    """
    known = np.isfinite(values)
    found = np.where(known, values, -1).astype(np.int32)
    wrong = known & ((found != values) | (found < 0) | (found > _MOST_CODE))
    if wrong.any():
        raise DataError(f"{name} holds {values[wrong].flat[0]:g}, but codes of land cover are whole numbers from 0 on")
    return found


def pass_over(
    file: RasterFile,
    zones: ZoneLike,
    *,
    encode: Callable[[Values, int], Codes],
    classes: int,
    name_column: str | None = None,
    progress: Progress | None = None,
) -> tuple[ZoneSums, tuple[str, ...]]:
    """Return the areas by zone and class of a raster that is read once, and the notes on it.

    ``encode`` turns the values of a strip, whose first row it is told, into classes; 0 is unknown.
    """
    tell = progress or silent
    grid = file.grid
    tally = ZoneSums(Zones.of(zones, grid, name_column=name_column), grid, classes)
    with file.open(cache_mb=_CACHE_MB) as reader:
        block = max(reader.block[0], 1)
        for rows, values in reader.in_turn(strips(grid.height, grid.width, cells=_STRIP_CELLS, least=block)):
            tally.add(encode(values, rows.start), rows.start)
            tell(rows.stop / grid.height)
        notes = tuple(reader.notes())
    refuse_blank(bool(tally.known), file.path)
    return tally, notes


class _AtPoints:
    """The codes at points, taken out of strips as they pass."""

    def __init__(self, file: RasterFile, points: Any) -> None:
        xy = np.empty((0, 2)) if points is None else np.asarray(points, dtype=np.float64).reshape(-1, 2)
        column, row = file.grid.place(xy[:, 0], xy[:, 1])
        inside = (column >= 0) & (column < file.grid.width) & (row >= 0) & (row < file.grid.height)
        self._row = np.where(inside, np.floor(row), -1).astype(np.int64)
        self._column = np.where(inside, np.floor(column), 0).astype(np.int64)
        self.found = np.full(len(xy), -1, np.int64)

    def look(self, codes: npt.NDArray[np.int32], start: int) -> None:
        here = (self._row >= start) & (self._row < start + codes.shape[0])
        self.found[here] = codes[self._row[here] - start, self._column[here]]
