"""People as weights: county totals spread by rules, or a population raster by the nearest seat."""

import re
from collections.abc import Collection, Sequence
from pkgutil import resolve_name

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio.features
import shapely
import xarray as xr
from scipy.spatial import cKDTree

from ..errors import DataError

# persons/km2, people per sq km, km-2, inhabitants per hectare, 人/平方公里, density
_DENSITY = re.compile(
    r"/\s*(?:km|sq|ha|m|平方|公顷)|\bper\s+(?:sq|km|ha|hectare|m)|(?:km|m|ha)\s*\^?-[12]|density|密度|每平方|每公顷"
)
CENSUS = "nanyi_gis.targets:county_totals"  # people by county if none are given; found when asked for


def spread_population(townships: pd.DataFrame, *, totals: pd.Series | None = None) -> pd.DataFrame:
    """Spread county totals equally over townships, and say that this is an assumption.

    Parameters
    ----------
    townships : DataFrame
        With ``county``; every township counts, located or not, so that the totals are kept.
    totals : Series, optional
        People by county, with the day of the census in ``attrs['as_of']`` if known; those of the embedded
        study if not given.

    Returns
    -------
    DataFrame
        ``population`` and ``basis``, with the townships' index.

    >>> towns = pd.DataFrame({"county": ["x", "x", "y"]}, index=["a", "b", "c"])
    >>> spread_population(towns, totals=pd.Series({"x": 10, "y": 7}))["population"].tolist()
    [5.0, 5.0, 7.0]
    """
    people = resolve_name(CENSUS)() if totals is None else totals
    unknown = set(townships["county"]) - set(people.index)
    if unknown:
        raise DataError(f"no total for county {min(unknown)!r}; known are {', '.join(map(str, people.index))}")
    share = townships["county"].map(people) / townships.groupby("county")["county"].transform("size")
    year = str(people.attrs.get("as_of", ""))[:4]
    basis = f"assumed: the county's census total{f' of {year}' if year else ''} divided equally among its townships"
    return pd.DataFrame({"population": share.astype(float), "basis": basis}, index=townships.index)


def spread_rules(
    townships: pd.DataFrame,
    *,
    totals: pd.Series,
    known: pd.Series | None = None,
    seats: Collection[object] = (),
    seat_shares: Sequence[float] = (),
    areas: pd.Series | None = None,
) -> dict[str, pd.Series]:
    """Spread county totals over townships by every rule that applies; each result sums to the totals.

    Parameters
    ----------
    townships : DataFrame
        With ``county``; every township counts, located or not.
    totals : Series
        People by county.
    known : Series, optional
        Published people by township: kept as they are by every rule. Where every township of a county has one, they
        are scaled to its total.
    seats : collection, optional
        Ids of the townships that make up a county's seat; they share its people equally.
    seat_shares : sequence of float, optional
        Plausible shares of a county's people in its seat, rising; the middle one is the central one.
    areas : Series, optional
        Area by township; one without an area counts as the mean of its county.

    Returns
    -------
    dict of str to Series
        The first is the central rule. With seat shares ``seat_29``, ``seat_25`` ... (so much in the seat, the rest
        equal), and ``area`` (the central share in the seat, the rest by area). Without them ``equal`` and ``area``.

    Raises
    ------
    DataError
        If a county has no total, or its published figures and its seat together exceed it.

    >>> towns = pd.DataFrame({"county": "x"}, index=["seat", "b", "c", "d"])
    >>> rules = spread_rules(
    ...     towns, totals=pd.Series({"x": 100}), known=pd.Series({"b": 10}), seats=["seat"], seat_shares=[0.3, 0.5]
    ... )
    >>> {name: people.tolist() for name, people in rules.items()}
    {'seat_50': [50.0, 10.0, 20.0, 20.0], 'seat_30': [30.0, 10.0, 30.0, 30.0]}
    """
    unknown = set(townships["county"]) - set(totals.index)
    if unknown:
        raise DataError(f"no total for county {min(unknown)!r}; known are {', '.join(map(str, totals.index))}")
    told = pd.Series(dtype=float) if known is None else known
    shares = sorted(seat_shares, key=lambda share: share != seat_shares[len(seat_shares) // 2])
    plans: dict[str, tuple[float | None, pd.Series | None]]
    plans = {f"seat_{100 * share:.3g}": (share, None) for share in shares} if seats else {}
    plans = plans or {"equal": (None, None)}
    if areas is not None:
        plans["area"] = (next(iter(plans.values()))[0], areas)
    return {
        name: _spread(townships, totals, told, seats if share is not None else (), share or 0.0, weights).rename(name)
        for name, (share, weights) in plans.items()
    }


def _spread(
    townships: pd.DataFrame,
    totals: pd.Series,
    known: pd.Series,
    seats: Collection[object],
    share: float,
    weights: pd.Series | None,
) -> pd.Series:
    """Return the people of each township: published, else in the seat, else of the rest by weight."""
    people = known.reindex(townships.index).astype(float)
    for county, towns in townships.groupby("county", sort=False).groups.items():
        total = float(totals[str(county)])
        open_towns = [town for town in towns if np.isnan(people[town])]
        in_seat = [town for town in open_towns if town in set(seats)]
        rest = [town for town in open_towns if town not in set(in_seat)]
        left = total - float(people[towns].sum())
        if not open_towns:
            told = float(people[towns].sum())
            people[towns] = people[towns] * (total / told) if told > 0.0 else total / len(towns)
            continue
        if in_seat:
            here = min(share * total, left) if rest else left
            people[in_seat] = here / len(in_seat)
            left -= here
        if left < -1e-9 * total or (rest and left <= 0.0 < total):
            raise DataError(
                f"the published people of townships of {county!r} leave {left:,.0f} of its {total:,.0f} people "
                "for the others; correct the figures or the total"
            )
        if rest:
            people[rest] = left * _portions(rest, weights)
    return people


def _portions(towns: list[object], weights: pd.Series | None) -> np.ndarray:
    """Return the part of each township: equal, or by weight, the mean where there is none."""
    if weights is None:
        return np.full(len(towns), 1.0 / len(towns))
    given = weights.reindex(towns).astype(float)
    filled = given.fillna(given.mean()).to_numpy()
    whole = float(filled.sum())
    return filled / whole if np.isfinite(whole) and whole > 0.0 else np.full(len(towns), 1.0 / len(towns))


def nearest_areas(townships: gpd.GeoDataFrame, counties: gpd.GeoDataFrame) -> pd.Series:
    """Return the area in km2 that lies nearer to each township's seat than to any other of its county.

    The cells of the Voronoi diagram of the seats of each county, cut at the county. NaN for a township without
    geometry; seats at one point share theirs equally. ``counties`` are as in :func:`zonal_population`.

    >>> seats = gpd.GeoDataFrame(
    ...     {"county": "x"}, geometry=gpd.points_from_xy([500, 2500], [500, 500]), index=["a", "b"], crs=4544
    ... )
    >>> county = gpd.GeoDataFrame({"name_zh": ["x"]}, geometry=[shapely.box(0, 0, 4000, 1000)], crs=4544)
    >>> nearest_areas(seats, county).tolist()
    [1.5, 2.5]
    """
    area = pd.Series(np.nan, index=townships.index, name="area_km2")
    located = townships[townships.geometry.notna()]
    zones = counties.to_crs(townships.crs)
    for name, shape in zip(zones["name_zh"].astype(str), zones.geometry, strict=True):
        seats = located[[name.startswith(county) for county in located["county"]]]
        if seats.empty:
            continue
        xy = np.round(np.column_stack([seats.geometry.x, seats.geometry.y]), 1)
        places, which = np.unique(xy, axis=0, return_inverse=True)
        cells = [shape] if len(places) == 1 else _cells(places, shape)
        sharing = np.bincount(which.ravel(), minlength=len(places))
        area.loc[seats.index] = (shapely.area(cells) / 1e6 / sharing)[which.ravel()]
    return area


def _cells(places: np.ndarray, shape: shapely.Geometry) -> list[shapely.Geometry]:
    """Return the part of a shape that is nearest to each of several places, in their order."""
    diagram = shapely.voronoi_polygons(shapely.multipoints(places), extend_to=shape)
    cells = list(shapely.get_parts(diagram))
    points, owners = shapely.STRtree(cells).query(shapely.points(places), predicate="intersects")
    cell_of = dict(zip(points.tolist(), owners.tolist(), strict=True))
    return [shapely.intersection(cells[cell_of[number]], shape) for number in range(len(places))]


def zonal_population(raster: xr.DataArray, townships: gpd.GeoDataFrame, counties: gpd.GeoDataFrame) -> pd.DataFrame:
    """Sum a raster of people by the nearest township seat within the same county; what lies in the counties is kept.

    Parameters
    ----------
    raster : DataArray
        People per cell (counts, not densities), with a CRS; NaN and negative cells count as empty.
    townships : GeoDataFrame
        Seats, with ``county``; one without geometry gets nobody. Seats at one point share their people equally.
    counties : GeoDataFrame
        Polygons with ``name_zh`` equal to the townships' ``county``, or beginning with it.

    Returns
    -------
    DataFrame
        ``population`` and ``basis``, with the townships' index; ``attrs['outside']`` is what lies in no county.

    Raises
    ------
    DataError
        If the raster has no CRS, declares a density, or holds nobody inside the counties.
    """
    crs = raster.rio.crs
    if crs is None:
        raise DataError("the population raster has no CRS; assign one, e.g. with gdal_translate -a_srs EPSG:4326")
    unit = str(raster.attrs.get("units", ""))
    if _DENSITY.search(unit.lower()):
        raise DataError(
            f"the population raster has the unit {unit!r}, a density; multiply it by the cells' area, for people "
            "per cell"
        )
    values = np.asarray(raster.values, dtype=np.float64)
    nodata = raster.rio.nodata
    empty = ~np.isfinite(values) | (values < 0) | (values == nodata if nodata is not None else False)
    values = np.where(empty, 0.0, values)
    zones = counties.to_crs(crs)
    shapes = [(shape, i + 1) for i, shape in enumerate(zones.geometry)]
    zone = rasterio.features.rasterize(shapes, out_shape=values.shape, transform=raster.rio.transform(), dtype="int32")
    located = townships[townships.geometry.notna()]
    people = pd.Series(0.0, index=townships.index)
    for i, name in enumerate(zones["name_zh"]):
        seats = located[[str(name).startswith(county) for county in located["county"]] if len(located) else []]
        rows, columns = np.nonzero((zone == i + 1) & (values > 0))
        if not len(rows):
            continue
        if seats.empty:
            raise DataError(f"county {name!r} has people but no township with coordinates; add one")
        x, y = raster.rio.transform() * (columns + 0.5, rows + 0.5)
        cells = gpd.GeoSeries(gpd.points_from_xy(x, y, crs=crs)).to_crs(seats.crs)
        places, which = np.unique(np.column_stack([seats.geometry.x, seats.geometry.y]), axis=0, return_inverse=True)
        _, nearest = cKDTree(places).query(np.column_stack([cells.x, cells.y]))
        total = np.bincount(nearest, weights=values[rows, columns], minlength=len(places))
        sharing = np.bincount(which.ravel(), minlength=len(places))
        people.loc[seats.index] = (total / sharing)[which.ravel()]
    if people.sum() <= 0:
        raise DataError("the population raster holds nobody inside the counties; check its CRS and extent")
    result = pd.DataFrame({"population": people, "basis": "population raster, nearest seat in the county"})
    result.attrs["outside"] = float(values[zone == 0].sum())
    return result
