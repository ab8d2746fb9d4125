"""Land by its nearest township seat: a stand-in for township boundaries, which are not public."""

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr
from scipy.spatial import cKDTree

from .. import plan as plan_room
from ..io import like
from .context import Atlas

_NAMES = ("name_zh", "name_en")


class _Catchments(NamedTuple):
    """Codes on the grid, and of each: its Chinese and English name, its county, its townships, its seat."""

    raster: xr.DataArray
    labels: list[tuple[str, str]]
    counties: list[str]
    codes: list[tuple[str, ...]]
    seats: list[tuple[float, float] | None]


def catchments(atlas: Atlas) -> xr.DataArray:
    """Return for each cell the code of the nearest located township seat of its own county.

    int16 codes 1, 2, ... on the DEM's grid, 0 outside the counties; ``attrs["names"]`` has the
    townships and ``attrs["counties"]`` the Chinese name of the county of each. Seats at one point share a
    catchment and join their names; a county without a located seat is one catchment of its own name.
    Not an administrative boundary.
    """
    found = _found(atlas)
    names = [english if atlas.lang == "en" else chinese for chinese, english in found.labels]
    return found.raster.assign_attrs(names=names, counties=found.counties)


def catchment_codes(atlas: Atlas) -> list[tuple[str, ...]]:
    """Return the codes of the townships of each catchment: several at one point, none of a county without a seat."""
    return _found(atlas).codes


def catchments_of(atlas: Atlas, places: gpd.GeoDataFrame) -> list[int]:
    """Return the code of the catchment of each place: that of the nearest seat of the place's own county, 0 elsewhere.

    The county is that which the gazetteer states: a place on the border river is not taken for one beyond it.
    """
    found = _found(atlas)
    codes = []
    for county, point in zip(places["county"].fillna("").astype(str), places.geometry, strict=True):
        names = [name for name in county.split(";") if name]
        own = [k for k, full in enumerate(found.counties) if any(full.startswith(name) for name in names)]
        seats = [found.seats[k] for k in own]
        away = [0.0 if seat is None else float(np.hypot(point.x - seat[0], point.y - seat[1])) for seat in seats]
        codes.append(own[int(np.argmin(away))] + 1 if own else 0)
    return codes


def catchment_areas(atlas: Atlas) -> gpd.GeoDataFrame:
    """Return the catchments as polygons, in the order of their codes: ``name_zh``, ``name_en``, ``county``."""
    return atlas.once("catchment areas", lambda: _areas(atlas, _found(atlas)))


def _found(atlas: Atlas) -> _Catchments:
    return atlas.once("catchments", lambda: _catchments(atlas))


def _catchments(atlas: Atlas) -> _Catchments:
    seats = plan_room.of_kind(atlas.located, "township")
    seats = seats.assign(**{column: seats[column].fillna("").astype(str) for column in (*_NAMES, "code")})
    spots = seats.assign(x=seats.geometry.x.round(), y=seats.geometry.y.round())
    parts = {name: (name, " / ".join) for name in _NAMES} | {"codes": ("code", tuple)}
    joined = spots.groupby(["county", "x", "y"], sort=False).agg(**parts).reset_index()
    codes = np.zeros(atlas.dem.shape, np.int16)
    xs, ys = atlas.dem["x"].values, atlas.dem["y"].values
    names: list[tuple[str, str]] = []
    counties: list[str] = []
    towns: list[tuple[str, ...]] = []
    points: list[tuple[float, float] | None] = []
    for number, county in enumerate(atlas.study.counties.itertuples(), start=1):
        rows, columns = np.nonzero(atlas.zones.values == number)
        own = _seats_of(county, joined)
        first, whole = len(names) + 1, (str(county.name_zh), str(county.name_en))
        if own.empty or not rows.size:
            codes[rows, columns] = first
            labels = [whole]
            towns.append(())
            points.append(None)
        else:
            tree = cKDTree(own[["x", "y"]].to_numpy())
            codes[rows, columns] = first + tree.query(np.column_stack([xs[columns], ys[rows]]), workers=-1)[1]
            labels = list(zip(own["name_zh"], own["name_en"], strict=True))
            towns += [tuple(sorted(codes)) for codes in own["codes"]]
            points += list(zip(own["x"], own["y"], strict=True))
        chinese, english = {zh for zh, _ in names}, {en for _, en in names}
        names += [
            (f"{zh} ({whole[0]})" if zh in chinese else zh, f"{en} ({whole[1]})" if en in english else en)
            for zh, en in labels
        ]
        counties += [str(county.name_zh)] * len(labels)
    result: xr.DataArray = like(atlas.dem, codes, name="catchment").rio.write_nodata(0)
    return _Catchments(result, names, counties, towns, points)


def _areas(atlas: Atlas, found: _Catchments) -> gpd.GeoDataFrame:
    """Return the part of its county that is nearer to each seat than to any other."""
    shapes: list[shapely.Geometry] = [shapely.Polygon()] * len(found.labels)
    for county in atlas.study.counties.itertuples():
        own = [k for k, name in enumerate(found.counties) if name == county.name_zh]
        seats = [shapely.Point(point) for point in (found.seats[k] for k in own) if point is not None]
        several = len(seats) > 1
        cells = _nearest(shapely.MultiPoint(seats), county.geometry) if several else [county.geometry] * len(own)
        for k, cell in zip(own, cells, strict=True):
            shapes[k] = cell
    frame = {"name_zh": [zh for zh, _ in found.labels], "name_en": [en for _, en in found.labels]}
    return gpd.GeoDataFrame(frame | {"county": found.counties}, geometry=shapes, crs=atlas.study.crs)


def _nearest(seats: shapely.MultiPoint, county: shapely.Geometry) -> list[shapely.Geometry]:
    """Return the part of a county nearest to each seat, in their order.

    >>> halves = _nearest(shapely.MultiPoint([(3, 1), (1, 1)]), shapely.box(0, 0, 4, 2))
    >>> [half.bounds for half in halves]
    [(2.0, 0.0, 4.0, 2.0), (0.0, 0.0, 2.0, 2.0)]
    """
    cells = list(shapely.voronoi_polygons(seats, extend_to=county).geoms)
    tree = shapely.STRtree(cells)
    at, cell = tree.query(list(seats.geoms), predicate="covered_by")
    place = dict(zip(at.tolist(), cell.tolist(), strict=True))
    return [cells[place[k]].intersection(county) for k in range(len(seats.geoms))]


def _seats_of(county: Any, seats: pd.DataFrame) -> pd.DataFrame:
    """Return the seats of the county by its name; those inside where the user named it otherwise."""
    named = seats[[str(county.name_zh).startswith(name) for name in seats["county"]]]
    return named if not named.empty else seats[shapely.contains_xy(county.geometry, seats["x"], seats["y"])]
