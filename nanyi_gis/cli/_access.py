"""What ``nanyi-gis access`` was given, as points, people and supply."""

from collections.abc import Collection
from typing import Any

import geopandas as gpd
import pandas as pd
import xarray as xr

from .._validation import numbers
from ..errors import DataError, ParameterError
from ..network import Graph
from ..study import StudyArea
from ..targets import county_hospitals, township_population, townships


def parse_numbers(text: str, *, name: str) -> tuple[float, ...]:
    """Return the numbers of a comma-separated list.

    >>> parse_numbers("15, 30", name="minutes")
    (15.0, 30.0)
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(f"{name} is {text!r}, but must be numbers with commas between, e.g. 15,30,60") from None


def origins_of(
    points: gpd.GeoDataFrame | None,
    *,
    study: StudyArea,
    id_column: str | None,
    population: xr.DataArray | None,
    option: str = "--from",
) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Return the points where people are, and how many; the townships of the study if there are no points.

    ``option`` is what the points are given with.
    """
    if points is None:
        towns = townships(study)
        located = towns[towns.geometry.notna()]
        if located.empty:
            raise DataError(f"the study {study.id} has no township with a place; give the points with {option} FILE")
        people = township_population(study=study, raster=population, counties=study.counties)
        return located, people["population"].reindex(located.index)
    own = indexed(points, id_column)
    if "population" not in own:
        return own, pd.Series(1.0, index=own.index)
    return own, numbers(own, "population", name="population")


def facilities_of(
    points: gpd.GeoDataFrame | None,
    graphs: Collection[Graph],
    *,
    study: StudyArea,
    id_column: str | None,
    own_county: bool,
    snap_limit_m: float,
) -> gpd.GeoDataFrame:
    """Return the facilities; if none are given the county seats, those beyond the border too unless ``own_county``."""
    if points is not None:
        return indexed(points, id_column)
    return county_hospitals(graphs, study=study, own_county_only=own_county, limit_m=snap_limit_m)


def of_own_county(origins: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return for each origin which facilities lie in its own county."""
    same = origins["county"].to_numpy()[:, None] == facilities["county"].to_numpy()[None, :]
    return pd.DataFrame(same, index=origins.index, columns=facilities.index)


def used_beyond(od_minutes: pd.DataFrame, origins: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> list[str]:
    """Return the names of the nearest facilities, in any scenario, that lie in no county of the origins."""
    reached = od_minutes.dropna(subset=["minutes"])
    rows = reached.groupby(["scenario", "origin"], sort=False)["minutes"].idxmin()
    used = facilities.loc[reached.loc[rows, "destination"].unique()]
    names: list[str] = used.loc[~used["county"].isin(origins["county"]), "name_zh"].tolist()
    return sorted(names)


def supply_of(facilities: gpd.GeoDataFrame, column: str | None) -> pd.Series | None:
    """Return the supply of each facility, if a column names it."""
    if column is None:
        return None
    return numbers(facilities, column, name="supply")


def indexed(points: Any, column: str | None) -> Any:
    """Return points or a table by the ids in a column, by their order without one."""
    if column is None:
        return points.reset_index(drop=True)
    if column not in points:
        file = points.attrs.get("file", "the points")
        known = ", ".join(str(name) for name in points.columns if name != "geometry") or "none"
        raise ParameterError(f"{file} has no column {column!r} for --id; columns are: {known}")
    blank = points[column].isna() | (points[column].astype(str).str.strip() == "")
    if blank.any():
        file, row = points.attrs.get("file", "the points"), int(blank.to_numpy().argmax()) + 1
        raise DataError(f"{file}: {column} of row {row} is empty, but --id needs one for every point; fill it")
    return points.set_index(column)
