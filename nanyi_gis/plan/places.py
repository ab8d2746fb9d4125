"""The gazetteer: townships, sites, stations and neighbouring cities, with how well each is known."""

import os
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from ..errors import DataError, ParameterError
from ..io import EVIDENCE, data_file, read_table

WORKING_CRS = "EPSG:4544"
_NUMBERS = ("lon", "lat", "elevation_m", "elevation_min_m", "elevation_max_m", "uncertainty_m")
_LISTS = ("kind", "plan_ids", "aliases")
_FLAGS = ("county_uncertain", "located", "representative", "public")
PLACE_KINDS = (
    *("airport", "bridge", "campus", "city", "county_seat", "distillery", "health", "heritage", "industry"),
    *("interchange", "red_site", "reserve", "reservoir", "river", "scenic", "station", "town", "township", "tripoint"),
    *("weather_station", "wellness", "wind"),
)
HEIGHT_OF = ("point", "river", "summit", "mean")
"""What a published height is of: the point itself, the river below, a summit, or the mean of the area it stands for."""
_REQUIRED = ("id", "name_zh", "name_en", "county", "theme", "code", "evidence", "licence", "as_of", "source")


def load_places(path: str | os.PathLike[str] | None = None, *, crs: str = WORKING_CRS) -> gpd.GeoDataFrame:
    """Return the gazetteer as points; places without a coordinate keep their row with an empty geometry.

    Parameters
    ----------
    path : path, optional
        A table with the columns of the embedded ``places/places.csv``, which is read if not given.
    crs : str
        CRS of the points.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a place: ``id``, ``name_zh``, ``name_pinyin``, ``name_en``, ``county``, ``kind``
        (a tuple, a place may be of several), ``theme``, ``lon`` and ``lat`` (WGS-84), elevations in metres,
        ``elevation_of`` (one of :data:`HEIGHT_OF`; empty without a height, or where the table does not say),
        ``uncertainty_m``, ``located``, ``representative`` (the point stands for an area or for a spot not
        known better), township ``code``, ``plan_ids`` and ``aliases``
        (tuples), ``public``, ``evidence``, ``licence``,
        ``as_of``, ``source``.

    Raises
    ------
    DataError
        If the file is missing or a row breaks a rule; the message names the row.

    >>> places = load_places()
    >>> len(places), int(places["located"].sum()), len(of_kind(places, "township"))
    (154, 128, 46)
    """
    source = data_file("places/places.csv") if path is None else path
    table = read_table(source, what="places")
    missing = [name for name in (*_REQUIRED, *_NUMBERS, *_LISTS, *_FLAGS) if name not in table]
    if missing:
        raise DataError(f"{source} lacks the column {', '.join(missing)}; see docs/plan.md for the columns")
    if "elevation_of" not in table:
        table["elevation_of"] = ""
    for name in _NUMBERS:
        table[name] = _number(table, name, source=os.fspath(source))
    for name in _FLAGS:
        table[name] = _flag(table, name, source=os.fspath(source))
    for name in _LISTS:
        table[name] = [tuple(filter(None, entry.split(";"))) for entry in table[name]]
    _check_rows(table, source=os.fspath(source))
    points = shapely.points(table["lon"].to_numpy(), table["lat"].to_numpy())
    points[~table["located"].to_numpy()] = shapely.Point()
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326").to_crs(crs)


def no_places(crs: str = WORKING_CRS) -> gpd.GeoDataFrame:
    """Return a gazetteer without rows, with the columns that every gazetteer has."""
    columns: dict[str, Any] = {
        name: pd.Series(dtype=str) for name in (*_REQUIRED, "name_pinyin", "elevation_of", *_LISTS)
    }
    columns |= {name: pd.Series(dtype=float) for name in _NUMBERS} | {name: pd.Series(dtype=bool) for name in _FLAGS}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=crs))


def located(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the places that have a coordinate.

    >>> places = load_places()
    >>> len(located(places)) + len(unlocated(places)) == len(places)
    True
    """
    return places[places["located"].astype(bool)].copy()


def unlocated(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the places without a coordinate; they are listed, never drawn.

    >>> bool(unlocated(load_places()).geometry.is_empty.all())
    True
    """
    return places[~places["located"].astype(bool)].copy()


def of_kind(places: gpd.GeoDataFrame, *kinds: str) -> gpd.GeoDataFrame:
    """Return the places that are of one of ``kinds``; a place may be of several, and there may be none.

    >>> len(of_kind(load_places(), "distillery"))
    6
    """
    wanted = set(kinds)
    known = {*PLACE_KINDS, *(kind for entry in places["kind"] for kind in entry)}
    if not wanted <= known:
        strange = ", ".join(sorted(wanted - known))
        raise ParameterError(f"kind is {strange!r}, but must be one of: {', '.join(sorted(known))}")
    chosen = pd.Series([bool(wanted & set(entry)) for entry in places["kind"]], index=places.index, dtype=bool)
    return places[chosen].copy()


def uncertainty_circles(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a disc around each located place with its positional uncertainty as the radius.

    Parameters
    ----------
    places : geopandas.GeoDataFrame
        Projected points with ``uncertainty_m`` in metres.

    Returns
    -------
    geopandas.GeoDataFrame
        The rows with a coordinate, index kept, polygons instead of points.

    >>> circle = uncertainty_circles(load_places().query("id == 'xuyong-seat'")).geometry.iloc[0]
    >>> round((circle.area / 3.141593) ** 0.5)
    699
    """
    if places.crs is None or not places.crs.is_projected:
        raise DataError(
            f"the places are in {places.crs}, but circles in metres need a projected CRS; use {WORKING_CRS}"
        )
    drawn = places[~places.geometry.is_empty & places["uncertainty_m"].notna()].copy()
    return drawn.set_geometry(drawn.geometry.buffer(drawn["uncertainty_m"]))


def load_aliases(path: str | os.PathLike[str] | None = None) -> pd.DataFrame:
    """Return other names of places (C-17): alias, name_zh, place_id, relation, note; the embedded ones if no file.

    >>> load_aliases().set_index("alias").loc["水口镇", "name_zh"]
    '茅溪镇'
    """
    source = data_file("places/aliases.csv") if path is None else path
    return read_table(source, what="other names of places", columns=("alias", "name_zh", "place_id"))


def find_place(places: gpd.GeoDataFrame, name: str) -> "pd.Series[Any]":
    """Return the place with this id, name, English name or alias.

    >>> find_place(load_places(), "震东镇")["name_zh"]
    '正东镇'
    """
    wanted = name.strip()
    hit = (places["id"] == wanted) | (places["name_zh"] == wanted) | (places["name_en"].str.lower() == wanted.lower())
    if not hit.any():
        hit = pd.Series([wanted in entry for entry in places["aliases"]], index=places.index)
    if not hit.any():
        part = places.loc[places["name_zh"].str.contains(wanted, regex=False), "name_zh"].head(3)
        cure = f"did you mean {', '.join(part)}" if len(part) and wanted else "see data/places/places.csv for the names"
        raise ParameterError(f"no place {name!r}; {cure}")
    found: pd.Series[Any] = places[hit].iloc[0]
    return found


def _number(table: pd.DataFrame, name: str, *, source: str) -> "pd.Series[float]":
    text = table[name].str.strip()
    numbers: pd.Series[float] = pd.to_numeric(text.where(text.ne("")), errors="coerce").astype(float)
    wrong = numbers.isna() & text.ne("")
    if wrong.any():
        row = table[wrong].iloc[0]
        raise DataError(f"{source}: {name} of {row['id']!r} is {row[name]!r}, but must be a number or empty")
    return numbers


def _flag(table: pd.DataFrame, name: str, *, source: str) -> "pd.Series[bool]":
    text = table[name].str.strip().str.lower()
    wrong = ~text.isin(["true", "false"])
    if wrong.any():
        row = table[wrong].iloc[0]
        raise DataError(f"{source}: {name} of {row['id']!r} is {row[name]!r}, but must be true or false")
    flags: pd.Series[bool] = text.eq("true")
    return flags


def _check_rows(table: pd.DataFrame, *, source: str) -> None:
    pair = table["lon"].notna() & table["lat"].notna()
    rules = {
        "is repeated, but every id may stand once": table["id"].duplicated(),
        "has no name; give name_zh and name_en": table["name_zh"].eq("") | table["name_en"].eq(""),
        "is located without both lon and lat, or the reverse; give both or set located to false": table["located"]
        != pair,
        "lies outside lon -180..180, lat -90..90; give degrees of WGS-84": pair
        & ~(table["lon"].between(-180, 180) & table["lat"].between(-90, 90)),
        "is located but has no positive uncertainty_m; give a radius in metres": table["located"]
        & ~(table["uncertainty_m"] > 0),
        f"has an evidence that is none of: {', '.join(EVIDENCE)}": ~table["evidence"].isin(EVIDENCE),
        f"has an elevation_of that is none of: {', '.join(HEIGHT_OF)}": ~table["elevation_of"].isin(["", *HEIGHT_OF]),
        "has an elevation_of without elevation_m; give the height or leave elevation_of empty": table[
            "elevation_of"
        ].ne("")
        & table["elevation_m"].isna(),
    }
    for rule, broken in rules.items():
        if broken.any():
            raise DataError(f"{source}: {table.loc[broken, 'id'].iloc[0]!r} {rule}")
