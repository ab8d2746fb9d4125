"""The model held against where crops are known to grow, and known not to: a class for each place, tables of hits."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from rasterio.features import rasterize

from .._progress import Progress, silent
from .._transformers import crs_to_crs
from .._validation import check_choice, check_finite
from ..climate import Climate
from ..errors import DataError, ParameterError
from ..io import staged, write_csv
from ..raster import Grid, cell_areas
from ..suitability import (
    CLASS_LETTERS,
    LandUse,
    as_heights,
    evaluate,
    limiting_names,
    managed_uses,
    nodata_of,
    refuse_unknown_layers,
)
from ..units import KM2_PER_WANMU

LEAST_SHARE = 0.1
"""Share of the land of a place that must be suitable where no extent is published."""

AT_LEAST = "S2"
"""The least class that counts as suitable: as on the pages, whose suitable land is S1 and S2."""

HIT, MISS, NOT_JUDGED = "hit", "miss", "not_judged"
VALIDATION_FILES = ("known_places.csv", "confusion.csv")

_NO_LAND = ("no land between these heights on this DEM", "该高程数据上没有符合条件的土地")
_OFF = ("only {:.0%} of it lies on this DEM", "只有 {:.0%} 在该高程数据范围内")
_LEAST_COVERED = 0.9
_TOO_LITTLE = ("less land there on this DEM than is published", "该高程数据上的土地少于公布面积")
_GRADES = tuple(CLASS_LETTERS.values())
_SUITABLE = {"S3": ("S1", "S2", "S3"), "S2": ("S1", "S2")}
_FACTORS = 256


Cells = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]


@dataclass(frozen=True)
class Validation:
    """What the model says of known places.

    Attributes
    ----------
    places : GeoDataFrame
        The known places with, for each, ``land_km2`` (its land between its heights that has a class), ``S1_km2`` to
        ``N_km2``, ``irrigation_km2`` (what of S1 to S3 needs irrigation), ``share_S2`` (S1 and S2) and ``share_S3`` (S1
        to S3) of it, ``asked_km2``, ``class`` (the best class of which, with better ones, there is as much as asked, or
        the least share if there is less land than that; empty where there is no land), ``reason`` and ``reason_zh``
        (what gives most land of that class its class, or that there is less land than published) and ``verdict``: hit,
        miss or not_judged.
        Geometries are the land of each.
    confusion : DataFrame
        A row for each crop and each of the classes S3 and S2 that may count as suitable at the least:
        ``present_suitable``, ``present_unsuitable``, ``absent_suitable``, ``absent_unsuitable``, ``not_judged``.
    notes : tuple of str
        What a reader must know.
    """

    places: gpd.GeoDataFrame
    confusion: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def not_judged(self) -> int:
        """How many places have no land on the DEM, or less than nine tenths of it."""
        return int(self.places["verdict"].eq(NOT_JUDGED).sum())

    @property
    def without_absence(self) -> tuple[str, ...]:
        """Crops of which no place is known where they do not grow: too wide a model would not show."""
        absent = set(self.places.loc[self.places["presence"] == "absent", "crop"])
        return tuple(crop for crop in dict.fromkeys(self.places["crop"]) if crop not in absent)


def validate(
    places: gpd.GeoDataFrame,
    dem: xr.DataArray,
    *,
    crops: Sequence[LandUse],
    climate: str | os.PathLike[str] | Climate | None = None,
    layers: Mapping[str, xr.DataArray] | None = None,
    management: str | None = None,
    at_least: str = AT_LEAST,
    least_share: float = LEAST_SHARE,
    progress: Progress | None = None,
) -> Validation:
    """Return the class that the model gives to each known place, with hits and misses by crop.

    A cell belongs to a place if its centre lies in the land of the place and its height between those of the row; a
    place smaller than a cell is the cell that holds it. Land is suitable if its class is ``at_least`` or better. As
    much as the published extent must be suitable, and where none is published, or of a place where the crop is
    absent, the share ``least_share`` of the land. Where the DEM has less land than is published, the class is found as
    if nothing were published, and the place is a miss. A present crop is a hit if there is as much, an
    absent one if there is not. Nothing here is fitted: the rows are never chosen by the result.

    Parameters
    ----------
    places : GeoDataFrame
        Of :func:`nanyi_gis.targets.known_places`.
    dem : xarray.DataArray
        Elevations in metres, with a CRS, as for :func:`nanyi_gis.suitability.evaluate`.
    crops : sequence of LandUse
        The crops that are judged; rows of others are left out.
    climate, layers
        As for :func:`nanyi_gis.suitability.evaluate`; each crop takes the layers that concern it.
    management : str, optional
        ``rainfed`` or ``irrigated`` in place of what the crops' files say; see
        :func:`nanyi_gis.suitability.managed_uses`.
    at_least : str
        ``S2``, or ``S3`` (order S of FAO 1976).
    least_share : float
        Above 0, up to 1.
    progress : callable, optional
        Called with the share done.

    Returns
    -------
    Validation
        Places, confusion tables, notes.

    Raises
    ------
    ParameterError
        If ``least_share`` is out of range, ``at_least`` is another class, no crop knows a layer, or no row is of the
        crops.
    DataError
        If the DEM cannot be used.
    """
    share = check_finite(least_share, name="least_share")
    if not 0 < share <= 1:
        raise ParameterError(f"least_share is {share:g}, but must be above 0 and at most 1, e.g. 0.1")
    check_choice(at_least, _SUITABLE, name="at_least")
    refuse_unknown_layers(crops, layers or {})
    chosen = places[places["crop"].isin([crop.id for crop in crops])].reset_index(drop=True)
    if chosen.empty:
        known = ", ".join(dict.fromkeys(places["crop"])) or "none"
        raise ParameterError(f"no known place is of {', '.join(c.id for c in crops)}; there are some of: {known}")
    grid = Grid.of(dem)
    land = _Land(grid, as_heights(np.asarray(dem.data), nodata_of(dem)), cell_areas(dem).values / 1e6)
    shapes = _shapes_on(chosen, grid)
    spots = _spots_on(chosen, grid)
    tell, found = progress or silent, {}
    asked_crops = [crop for crop in managed_uses(crops, management) if (chosen["crop"] == crop.id).any()]
    for done, crop in enumerate(asked_crops, start=1):
        own = {name: layer for name, layer in (layers or {}).items() if name in (*crop.rasters, "excluded")}
        result = evaluate(dem, use=crop, climate=climate, layers=own)
        names = _factor_names(result)
        for place in np.flatnonzero(chosen["crop"] == crop.id):
            row = chosen.iloc[place]
            cells, covered = land.cells(shapes[place], spots[place], row["low_m"], row["high_m"])
            found[int(place)] = _judged(row, cells, covered, result, land.km2, names, share)
            found[int(place)]["verdict"] = _verdict(row["presence"], found[int(place)], at_least)
        tell(done / len(asked_crops))
    judged = pd.DataFrame([found[place] for place in range(len(chosen))], index=chosen.index)
    table = gpd.GeoDataFrame(pd.concat([chosen, judged], axis=1), geometry="geometry", crs=chosen.crs)
    return _with_notes(Validation(table, confusion(table)), places.attrs.get("unused", ()))


def confusion(places: pd.DataFrame) -> pd.DataFrame:
    """Return the known presence of each crop against what the model says, for S3 and for S2 as the least class.

    A place with less land than is published (``asked_km2`` above ``land_km2``, if these are given) is not suitable.

    >>> rows = pd.DataFrame({"crop": "orange", "presence": ["present"] * 2 + ["absent"], "class": ["S1", "S3", "N"],
    ...                      "asked_km2": 1.0, "land_km2": 9.0})
    >>> confusion(rows).iloc[:, 1:].values.tolist()
    [['S3', 2, 0, 0, 1, 0], ['S2', 1, 1, 0, 1, 0]]
    """
    rows = []
    judged = {"asked_km2", "land_km2"} <= set(places)
    short = places["asked_km2"] > places["land_km2"] if judged else pd.Series(False, index=places.index)
    for crop in dict.fromkeys(places["crop"]):
        own = places[(places["crop"] == crop) & places["class"].ne("")]
        unjudged = int((places["crop"] == crop).sum()) - len(own)
        for least, letters in _SUITABLE.items():
            suitable, present = own["class"].isin(letters) & ~short[own.index], own["presence"].eq("present")
            counts = (present & suitable, present & ~suitable, ~present & suitable, ~present & ~suitable)
            rows.append((crop, least, *(int(count.sum()) for count in counts), unjudged))
    columns = ["crop", "at_least", "present_suitable", "present_unsuitable", "absent_suitable", "absent_unsuitable"]
    return pd.DataFrame(rows, columns=[*columns, "not_judged"])


def write_validation(found: Validation, out: str | os.PathLike[str]) -> list[Path]:
    """Write ``known_places.csv`` and ``confusion.csv`` into a folder, both or neither, and return their paths.

    Raises
    ------
    OutputError
        If they cannot be written.
    """
    folder = Path(out)
    with staged(folder) as stage:
        write_csv(pd.DataFrame(found.places.drop(columns="geometry")), stage / VALIDATION_FILES[0], digits=4)
        write_csv(found.confusion, stage / VALIDATION_FILES[1])
    return [folder / name for name in VALIDATION_FILES]


@dataclass(frozen=True)
class _Land:
    """The grid with heights in metres and areas in km², from which the cells of a place are taken."""

    grid: Grid
    heights: npt.NDArray[np.float32]
    km2: npt.NDArray[np.float64]

    def cells(
        self, shape: shapely.Geometry, spot: tuple[float, float] | None, low: float, high: float
    ) -> tuple[Cells, float]:
        """Return rows and columns of the cells of a place, between its heights, and what share of it has heights."""
        rows, columns = self._within(shape)
        if not rows.size and spot is not None:
            column, row = (int(np.floor(value)) for value in spot)
            if 0 <= row < self.grid.height and 0 <= column < self.grid.width:
                rows, columns = np.array([row]), np.array([column])
        heights = self.heights[rows, columns]
        fits = np.isfinite(heights)
        covered = self._covered(shape, rows, columns, fits)
        fits &= (heights >= low) | np.isnan(low)
        fits &= (heights < high) | np.isnan(high)
        return (rows[fits], columns[fits]), covered

    def _covered(
        self,
        shape: shapely.Geometry,
        rows: npt.NDArray[np.intp],
        columns: npt.NDArray[np.intp],
        known: npt.NDArray[Any],
    ) -> float:
        """Return the share of a place whose cells have heights; what lies off the raster has none."""
        inside = float(self.km2[rows, columns].sum())
        beyond = shape.difference(shapely.box(*self.grid.bounds))
        off = inside * beyond.area / (shape.area - beyond.area) if shape.area > beyond.area else 0.0
        return float(self.km2[rows[known], columns[known]].sum()) / (inside + off) if inside > 0 else 0.0

    def _within(self, shape: shapely.Geometry) -> Cells:
        none = np.empty(0, np.intp), np.empty(0, np.intp)
        if shape.is_empty or not np.isfinite(shape.bounds).all():
            return none
        west, south, east, north = shape.bounds
        columns, rows = self.grid.place([west, east], [south, north])
        top, bottom = _span(rows, self.grid.height)
        left, right = _span(columns, self.grid.width)
        if top >= bottom or left >= right:
            return none
        window = self.grid.window(slice(top, bottom), slice(left, right))
        inside = rasterize([shape], out_shape=window.shape, transform=window.transform, dtype="uint8")
        found = np.nonzero(inside)
        return found[0] + top, found[1] + left


def _span(positions: npt.ArrayLike, length: int) -> tuple[int, int]:
    """Return first and behind the last index of cells between positions on an axis, within its length.

    >>> _span([7.2, -3.0], 5), _span([8.0, 9.0], 5)
    ((0, 5), (8, 5))
    """
    ends = np.sort(np.asarray(positions, dtype=np.float64))
    return max(int(np.floor(ends[0])), 0), min(int(np.ceil(ends[1])), length)


def _shapes_on(places: gpd.GeoDataFrame, grid: Grid) -> list[shapely.Geometry]:
    """Return the land of each place in the CRS of the grid."""
    return list(places.geometry.to_crs(grid.crs).values)


def _spots_on(places: pd.DataFrame, grid: Grid) -> list[tuple[float, float] | None]:
    """Return column and row of each place that has a position."""
    back = crs_to_crs("EPSG:4326", grid.crs)
    spots: list[tuple[float, float] | None] = []
    for lon, lat, kind in zip(places["lon"], places["lat"], places["kind"], strict=True):
        if kind not in {"point", "area"}:
            spots.append(None)
            continue
        column, row = grid.place(*back.transform(lon, lat))
        spots.append((float(column), float(row)) if np.isfinite(column) and np.isfinite(row) else None)
    return spots


def _factor_names(result: xr.Dataset) -> dict[int, tuple[str, str]]:
    """Return the English and the Chinese name of each code of the limiting layer; a file's own has one name."""
    limiting = result["limiting"].attrs
    english = dict(zip(limiting["flag_values"], limiting["flag_meanings"], strict=True)) | limiting_names()
    chinese = english | limiting_names(lang="zh")
    return {int(code): (str(name), str(chinese[code])) for code, name in english.items()}


def _judged(
    row: Any,
    cells: Cells,
    covered: float,
    result: xr.Dataset,
    km2: npt.NDArray[np.float64],
    names: Mapping[int, tuple[str, str]],
    share: float,
) -> dict[str, Any]:
    """Return what the model says of one place."""
    grades, factors = result["cls"].values[cells], result["limiting"].values[cells]
    areas = np.where(grades > 0, km2[cells], 0.0)
    by_grade = np.bincount(grades, weights=areas, minlength=len(_GRADES) + 1)[1:]
    land = float(by_grade.sum())
    told: dict[str, Any] = {"land_km2": land}
    told |= {f"{letter}_km2": float(area) for letter, area in zip(_GRADES, by_grade, strict=True)}
    told["irrigation_km2"] = float(areas[result["irrigation"].values[cells] == 1].sum())
    if land <= 0 or covered < _LEAST_COVERED:
        english, chinese = _NO_LAND if land <= 0 else (text.format(covered) for text in _OFF)
        return told | {
            "share_S2": np.nan,
            "share_S3": np.nan,
            "asked_km2": np.nan,
            "class": "",
            "reason": english,
            "reason_zh": chinese,
        }
    extent = row["extent_wanmu"] * KM2_PER_WANMU
    asked = share * land if np.isnan(extent) else float(extent)
    needed = asked if asked <= land else share * land
    enough = np.cumsum(by_grade[:-1]) >= needed * (1 - 1e-9)
    grade = int(np.argmax(enough)) + 1 if enough.any() else len(_GRADES)
    if asked > land:
        english, chinese = _TOO_LITTLE
    else:
        english, chinese = _cause(grade, grades, factors, areas, names)
    return told | {
        "share_S2": float(by_grade[:2].sum()) / land,
        "share_S3": float(by_grade[:3].sum()) / land,
        "asked_km2": asked,
        "class": CLASS_LETTERS[grade],
        "reason": english,
        "reason_zh": chinese,
    }


def _cause(
    grade: int,
    grades: npt.NDArray[np.uint8],
    factors: npt.NDArray[np.uint8],
    areas: npt.NDArray[np.float64],
    names: Mapping[int, tuple[str, str]],
) -> tuple[str, str]:
    """Return the factor that gives most land of a class its class, in English and Chinese; nothing for S1."""
    same = grades == grade
    by_factor = np.bincount(factors[same], weights=areas[same], minlength=_FACTORS)
    return names.get(int(by_factor.argmax()), ("", "")) if grade > 1 and by_factor.any() else ("", "")


def _verdict(presence: str, told: Mapping[str, Any], at_least: str) -> str:
    """Return whether a class agrees with what is known; less land than is published is a miss whatever its class.

    >>> land = {"land_km2": 3.0, "asked_km2": 1.0}
    >>> [_verdict(known, {**land, "class": "S3"}, "S2") for known in ("present", "absent")]
    ['miss', 'hit']
    >>> _verdict("present", {**land, "class": "S1", "asked_km2": 4.0}, "S2")
    'miss'
    """
    if not told["class"]:
        return NOT_JUDGED
    suitable = told["class"] in _SUITABLE[at_least] and told["asked_km2"] <= told["land_km2"]
    return HIT if suitable == (presence == "present") else MISS


def _with_notes(found: Validation, unused: Sequence[str]) -> Validation:
    """Return the result with what was left out, and what the rows cannot tell."""
    notes = [f"column {name!r} means nothing here and is left out" for name in unused]
    if found.not_judged:
        counts = f"{found.not_judged} of {len(found.places)}"
        notes.append(
            f"{counts} known places have no land between their heights on this DEM, or lie mostly off it: not judged"
        )
    if found.without_absence:
        crops = ", ".join(found.without_absence)
        notes.append(f"no place is known where these are absent, so too wide a model would not show: {crops}")
    return replace(found, notes=tuple(notes))


def refuse_off_the_dem(found: Validation, name: str) -> None:
    """Raise if no place at all lies on the DEM.

    Raises
    ------
    DataError
        Names the DEM and the cure.
    """
    if found.places["verdict"].eq(NOT_JUDGED).all():
        raise DataError(
            f"no known place has land on {name}; give a DEM of the study, or places on this one by --places"
        )
