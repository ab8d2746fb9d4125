"""Where crops are known to grow, and not to grow: the rows against which the model is held."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .. import plan as plan_room
from .._validation import numbers
from ..errors import DataError, ParameterError
from ..io import EVIDENCE, read_table
from ..study import StudyArea
from ..suitability import LandUse

KNOWN_KINDS = ("point", "area", "county", "belt")
PRESENCE = ("present", "absent")
CONFIDENCE = ("high", "medium", "low")
WANMU_PER_MU = 1e-4

_NUMBERS = ("lon", "lat", "low_m", "high_m", "uncertainty_m", "extent_wanmu", "extent_mu", "year")
_TEXTS = ("id", "crop", "place_zh", "place_en", "kind", "place_id", "county", "presence", "confidence", "evidence")
_COLUMNS = (*_TEXTS, "source", "note", *_NUMBERS)
_NEEDED = ("crop", "kind", "presence", "source")
_YEARS = (1000, 2100)

_HEADINGS = {
    "编号": "id",
    "作物": "crop",
    "地点": "place_zh",
    "地名": "place_zh",
    "英文名": "place_en",
    "place": "place_zh",
    "类型": "kind",
    "地名编号": "place_id",
    "县": "county",
    "县名": "county",
    "有无": "presence",
    "是否种植": "presence",
    "把握": "confidence",
    "证据": "evidence",
    "来源": "source",
    "备注": "note",
    "经度": "lon",
    "纬度": "lat",
    "最低海拔": "low_m",
    "海拔下限": "low_m",
    "最高海拔": "high_m",
    "海拔上限": "high_m",
    "半径": "uncertainty_m",
    "误差": "uncertainty_m",
    "面积(万亩)": "extent_wanmu",
    "面积(亩)": "extent_mu",
    "年份": "year",
    "年": "year",
}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "kind": {"点": "point", "片": "area", "片区": "area", "区域": "area", "乡镇": "area", "县": "county", "带": "belt"},
    "presence": {"有": "present", "种植": "present", "是": "present", "无": "absent", "不种": "absent", "否": "absent"},
    "confidence": {"高": "high", "中": "medium", "低": "low"},
}
_UNIT = re.compile(r"\((?:米|m|度|°|deg)\)$")
_Found = TypeVar("_Found")


def load_known_places(path: str | os.PathLike[str], *, study: StudyArea, crops: Sequence[LandUse]) -> gpd.GeoDataFrame:
    """Return a table of known places from a CSV, as :func:`known_places` does.

    Raises
    ------
    DataError
        If the file cannot be read, or a row breaks a rule; the message names file, row, value and cure.
    """
    table = read_table(path, what="known places")
    table.attrs["file"] = os.fspath(path)
    return known_places(table, study=study, crops=crops)


def known_places(table: pd.DataFrame, *, study: StudyArea, crops: Sequence[LandUse]) -> gpd.GeoDataFrame:
    """Check rows that say where a crop is known to grow, or not to, and find the land that each means.

    Headings and words may be English or Chinese (``作物``, ``地点``, ``有``, ``无``); columns beyond these are
    left out, and named in ``attrs["unused"]``.

    Parameters
    ----------
    table : DataFrame
        ``crop`` (id or name), ``kind``, ``presence`` (present | absent) and ``source`` are needed; the others, which
        may be empty, are ``id``, ``place_zh``, ``place_en``, ``place_id`` (of the gazetteer), ``lon``, ``lat``
        (degrees, WGS-84), ``county``, ``low_m`` and ``high_m`` (heights, the lower one included),
        ``uncertainty_m`` (m), ``extent_wanmu`` (10,000 mu) or ``extent_mu``, ``year``, ``confidence``, ``evidence``,
        ``note``. Kinds are

        - ``point``, ``area``: land within ``uncertainty_m`` of the place, in ``county`` if one is given;
        - ``county``: a county, or all of the study if none is given;
        - ``belt``: land within ``uncertainty_m`` of the study's river, in its counties.
    study : StudyArea
        Its gazetteer gives places by name or id, its counties and river the rest.
    crops : sequence of LandUse
        The crops that rows may name.

    Returns
    -------
    GeoDataFrame
        One row a row, checked, ``crop`` as id, ``lon`` and ``lat`` of the place (NaN without one), and the land as
        polygons in the CRS of the study. ``attrs["unused"]`` holds headings that mean nothing here.

    Raises
    ------
    DataError
        If a column is missing or a row breaks a rule.
    """
    file = str(table.attrs.get("file", ""))
    if table.empty:
        raise DataError(f"{_head(file)}it has no row; add the places that are known, or leave the table out")
    frame, unused = _renamed(table, file)
    frame = _with_numbers(frame, file)
    given = plan_room.located(study.places)
    rows = [
        _row(place, record, file=file, study=study, crops=crops, places=given)
        for place, record in enumerate(_records(frame), start=1)
    ]
    _refuse_repeated([row["id"] for row in rows], file)
    names = [*_TEXTS, "source", "note", "lon", "lat", "low_m", "high_m", "uncertainty_m", "extent_wanmu", "year"]
    columns = {name: [row[name] for row in rows] for name in names}
    result = gpd.GeoDataFrame(columns, geometry=[row["land"] for row in rows], crs=study.crs)
    result.attrs = {"file": file, "unused": unused}
    return result


def _renamed(table: pd.DataFrame, file: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the table under our names, every text trimmed, with the headings that mean nothing."""
    names = [_heading(str(name)) for name in table.columns]
    for name in _COLUMNS:
        if names.count(name) > 1:
            given = ", ".join(str(c) for c, own in zip(table.columns, names, strict=True) if own == name)
            raise DataError(f"{_head(file)}columns {given} are all {name}; leave one")
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise DataError(f"{_head(file)}a table of known places lacks the column {', '.join(missing)}; add it")
    unused = tuple(str(c) for c, own in zip(table.columns, names, strict=True) if own not in _COLUMNS)
    frame = table.set_axis(names, axis=1)[[name for name in names if name in _COLUMNS]].reset_index(drop=True)
    absent = {name: "" for name in _COLUMNS if name not in frame}
    frame = frame.assign(**absent)
    texts = {name: frame[name].map(_text) for name in (*_TEXTS, "source", "note")}
    return frame.assign(**texts), unused


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _heading(name: str) -> str:
    """Return our name of a column.

    >>> [_heading(name) for name in ("Crop", "面积（万亩）", "最低海拔 (米)", "面积")]
    ['crop', 'extent_wanmu', 'low_m', '面积']
    """
    plain = name.replace("（", "(").replace("）", ")").replace(" ", "").strip("\ufeff").casefold()
    return _HEADINGS.get(plain) or _HEADINGS.get(_UNIT.sub("", plain)) or plain


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value).strip()


def _with_numbers(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    least = {"lon": -180.0, "lat": -90.0, "low_m": -500.0, "high_m": -500.0}
    found = {
        name: numbers(frame, name, name=name, file=file or None, least=least.get(name, 0.0), empty=True)
        for name in _NUMBERS
    }
    return frame.assign(**found)


def _row(
    number: int,
    row: dict[str, Any],
    *,
    file: str,
    study: StudyArea,
    crops: Sequence[LandUse],
    places: gpd.GeoDataFrame,
) -> dict[str, Any]:
    """Return one row checked, with its land."""
    label = f"{_head(file)}row {number}" + (f" ({row['id']})" if row["id"] else "")

    def told(step: Callable[[], _Found]) -> _Found:
        try:
            return step()
        except (DataError, ParameterError) as error:
            raise DataError(f"{label}: {error}") from error

    row = {**row, "id": row["id"] or str(number)}
    row["crop"] = told(lambda: _crop(row["crop"], crops))
    for name, choices in (("kind", KNOWN_KINDS), ("presence", PRESENCE), ("confidence", CONFIDENCE)):
        row[name] = told(lambda name=name, choices=choices: _word(row[name], choices, name=name))  # type: ignore[misc]
    row["evidence"] = told(lambda: _choice(row["evidence"].casefold(), EVIDENCE, name="evidence", empty=True))
    told(lambda: _check(row))
    row["extent_wanmu"] = _extent(row)
    county = told(lambda: _county(row["county"], study))
    place = told(lambda: _place(row, places)) if row["kind"] in {"point", "area"} else None
    if place is not None:
        row |= place
    row["land"] = told(lambda: _land(row, county, study))
    return row


def _crop(given: str, crops: Sequence[LandUse]) -> str:
    """Return the id of a crop that is given by id or name."""
    wanted = given.casefold()
    for crop in crops:
        if wanted in {crop.id.casefold(), crop.name_zh.casefold(), crop.name_en.casefold()} - {""}:
            return crop.id
    known = ", ".join(f"{crop.id} ({crop.name_zh})" if crop.name_zh else crop.id for crop in crops)
    raise DataError(f"crop is {given!r}, but must be one of: {known}")


def _word(given: str, choices: Sequence[str], *, name: str) -> str:
    value = _WORDS[name].get(given, given.casefold())
    return _choice(value, choices, name=name, empty=name == "confidence")


def _choice(value: str, choices: Sequence[str], *, name: str, empty: bool) -> str:
    if value in choices or (empty and not value):
        return value
    raise DataError(f"{name} is {value!r}, but must be one of: {', '.join(choices)}")


def _check(row: Mapping[str, Any]) -> None:
    """Refuse what a row must not say."""
    if not row["source"]:
        raise DataError("it has no source; say who published it, or who knows it")
    if row["low_m"] >= row["high_m"]:
        raise DataError(f"low_m is {row['low_m']:g} and high_m {row['high_m']:g}; the lower height must be below")
    if row["uncertainty_m"] == 0:
        raise DataError("uncertainty_m is 0, but must be above zero; give the radius in metres")
    year = row["year"]
    if year == year and not (_YEARS[0] <= year <= _YEARS[1] and year == int(year)):
        raise DataError(f"year is {year:g}, but must be a year, e.g. 2021; leave it empty if it is not known")
    extents = [name for name in ("extent_wanmu", "extent_mu") if row[name] == row[name]]
    if len(extents) == 2:
        raise DataError("it has an extent in mu and one in 10,000 mu; leave one empty")
    if row["presence"] == "absent" and any(row[name] > 0 for name in extents):
        raise DataError(f"it is absent with {extents[0]} {row[extents[0]]:g}; leave the extent empty, or say present")


def _extent(row: Mapping[str, Any]) -> float:
    """Return the published extent in 10,000 mu, NaN without one; nothing grown is no extent."""
    wanmu = row["extent_wanmu"] if row["extent_wanmu"] == row["extent_wanmu"] else row["extent_mu"] * WANMU_PER_MU
    return float(wanmu) if wanmu > 0 else float("nan")


def _county(given: str, study: StudyArea) -> shapely.Geometry:
    """Return a county by its Chinese name, with or without 县, or its English one; all counties if none is given."""
    if not given:
        return study.outline
    counties = study.counties
    wanted = given.casefold().removesuffix("县").removesuffix(" county")
    chinese = counties["name_zh"].astype(str).str.removesuffix("县").eq(wanted)
    hit = chinese | counties["name_en"].astype(str).str.casefold().str.removesuffix(" county").eq(wanted)
    if not hit.any():
        known = ", ".join(counties["name_zh"].astype(str))
        raise DataError(f"county is {given!r}, but must be one of: {known}; leave it empty for all of them")
    return shapely.union_all(counties.loc[hit].geometry.values)


def _place(row: Mapping[str, Any], places: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return position, names and radius of the place of a row: its own, else those of the gazetteer."""
    lon, lat, radius = row["lon"], row["lat"], row["uncertainty_m"]
    if np.isfinite(lon) != np.isfinite(lat):
        raise DataError("it has one of lon and lat; give both, or neither and the name of a place of the gazetteer")
    found: Any = None
    if not np.isfinite(lon):
        found = _of_gazetteer(row["place_id"] or row["place_zh"], places)
        lon, lat = float(found["lon"]), float(found["lat"])
        radius = radius if radius == radius else float(found["uncertainty_m"])
    if abs(lon) > 180 or abs(lat) > 90:
        raise DataError(f"lon {lon:g}, lat {lat:g} is no place on the earth; give degrees of WGS-84, longitude first")
    if not radius > 0:
        raise DataError("it has no uncertainty_m; give the radius in metres around the place")
    return {
        "lon": lon,
        "lat": lat,
        "uncertainty_m": radius,
        "place_id": str(found["id"]) if found is not None else row["place_id"],
        "place_zh": row["place_zh"] or ("" if found is None else str(found["name_zh"])),
        "place_en": row["place_en"] or ("" if found is None else str(found["name_en"])),
    }


def _of_gazetteer(name: str, places: gpd.GeoDataFrame) -> Any:
    if not name:
        raise DataError("it has no place; give lon and lat, or place_id or the name of a place of the gazetteer")
    try:
        return plan_room.find_place(places, name)
    except ParameterError as error:
        raise DataError(f"{str(error).partition(';')[0]} in the gazetteer; give lon and lat, or correct it") from error


def _land(row: Mapping[str, Any], county: shapely.Geometry, study: StudyArea) -> shapely.Geometry:
    """Return the land that a row means, in the CRS of the study."""
    if row["kind"] == "county":
        return county
    if not row["uncertainty_m"] > 0:
        raise DataError("it has no uncertainty_m; give the width of the belt in metres")
    if row["kind"] == "belt":
        if study.frontage.empty:
            raise DataError("kind is 'belt', but the study names no river; give an area around a place")
        return study.outline.intersection(
            shapely.union_all(study.frontage.geometry.values).buffer(row["uncertainty_m"])
        ).intersection(county)
    spot = gpd.GeoSeries(gpd.points_from_xy([row["lon"]], [row["lat"]]), crs="EPSG:4326").to_crs(study.crs).iloc[0]
    around = spot.buffer(row["uncertainty_m"])
    if not row["county"]:
        return around
    land = around.intersection(county)
    if land.is_empty:
        raise DataError(f"no land within {row['uncertainty_m']:g} m of the place lies in {row['county']}; correct one")
    return land


def _refuse_repeated(ids: Sequence[str], file: str) -> None:
    for place, name in enumerate(ids):
        if name in ids[:place]:
            raise DataError(f"{_head(file)}row {place + 1} ({name}): its id stands in row {ids.index(name) + 1} too; "
                            "give every row its own")  # fmt: skip


def _head(file: str) -> str:
    return f"{Path(file).name}: " if file else ""
