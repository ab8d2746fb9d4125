"""Heights that the modelled terrain is led through, heights that only check it, and what seats tell of the ground."""

import geopandas as gpd
import numpy as np
import pandas as pd

from ...io import data_file, read_table
from ...plan import located, of_kind
from ...study import StudyArea

HEIGHTS = "dem/known_heights.csv"
MOST_UNCERTAIN_M = 1500.0
"""A height of the gazetteer is one of its point only if the point is known this well."""
BESIDE_M = 2000.0
"""A known height nearer than this to a seat is one of the same town."""

_COLUMNS = ["name_zh", "name_en", "kind", "elevation_m"]


def known_heights(study: StudyArea) -> gpd.GeoDataFrame:
    """Return the heights that the terrain is led through, as points in the study's CRS, by id.

    Parameters
    ----------
    study : StudyArea
        The embedded study, whose gazetteer is ``study.places``.

    Returns
    -------
    geopandas.GeoDataFrame
        ``name_zh``, ``name_en``, ``elevation_m`` and ``kind``: ``seat`` of a township, ``station`` for a weather
        station of the gazetteer, ``place`` for another of its heights.
    """
    own = _of_file(study, use="condition")
    places = of_the_point(study.places).set_index("id")
    stations = of_kind(places, "weather_station").index
    places["kind"] = np.where(places.index.isin(stations), "station", "place")
    seats = own[own["kind"] == "seat"]
    kept = places[~places.index.isin(own.index)]
    together = pd.concat([frame[[*_COLUMNS, "geometry"]] for frame in (seats, kept)])
    return gpd.GeoDataFrame(together, geometry="geometry", crs=study.crs).sort_index()


def check_heights(study: StudyArea) -> gpd.GeoDataFrame:
    """Return the heights of seats that the terrain never sees, with the columns of :func:`known_heights`."""
    return _of_file(study, use="check")[[*_COLUMNS, "geometry"]]


def river_levels(study: StudyArea) -> gpd.GeoDataFrame:
    """Return the known levels of the Chishui, with the columns of :func:`known_heights`; of the river, not the bank."""
    own = _of_file(study, use="condition")
    return own.loc[own["kind"] == "river", [*_COLUMNS, "geometry"]]


def _of_file(study: StudyArea, *, use: str) -> gpd.GeoDataFrame:
    table = read_table(data_file(HEIGHTS), what="known heights")
    places = gpd.points_from_xy(table["lon"].astype(float), table["lat"].astype(float), crs=4326)
    frame = gpd.GeoDataFrame(table, geometry=places).to_crs(study.crs).set_index("id").sort_index()
    frame["elevation_m"] = frame["elevation_m"].astype(float)
    return frame[frame["use"] == use]


def of_the_point(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the places whose height is one of the point that the map shows.

    A place that only represents (a summit or a reserve shown at the seat of its township) has a
    height that belongs elsewhere, and so has one whose point is not known to 1.5 km.

    >>> from nanyi_gis.plan import load_places
    >>> kept = set(of_the_point(load_places())["id"])
    >>> "met-gulin" in kept, "luohan-forest" in kept, "huangjing-old-forest" in kept
    (True, False, False)
    """
    known = located(places)
    own = known["elevation_m"].notna() & ~known["representative"].astype(bool)
    return known[own & (known["uncertainty_m"] <= MOST_UNCERTAIN_M)].copy()


def seats_without_height(study: StudyArea, conditions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the seats of townships and counties whose height is no condition, by id; of one point the first.

    ``beside_m`` is the height of the nearest condition within 2 km, which is of the same town; NaN without one.
    """
    seats = of_kind(located(study.places), "township", "county_seat").set_index("id").sort_index()
    seats = seats[~seats.geometry.to_wkb().duplicated() & ~seats.index.isin(conditions.index)]
    away = np.array([conditions.distance(seat).to_numpy() for seat in seats.geometry])
    nearest = conditions["elevation_m"].to_numpy(float)[away.argmin(axis=1)]
    return seats.assign(beside_m=np.where(away.min(axis=1) < BESIDE_M, nearest, np.nan))


def settled_offset(conditions: gpd.GeoDataFrame, trend: pd.Series) -> float:
    """Return the mean height in metres of seats and weather stations above the trend at their points.

    ``trend`` has the index of ``conditions``. Towns lie in valleys and basins: the value is negative here.
    """
    settled = conditions["kind"].isin(["seat", "station"])
    return float((conditions["elevation_m"] - trend)[settled].mean())
