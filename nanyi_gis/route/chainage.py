"""Chainage, or linear referencing: from places to metres along a road and back, and the stations on it."""

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .._limits import hold
from .._validation import check_positive
from ..errors import DataError, ParameterError
from ..io import names_of, placed
from .line import Road, Route, as_route
from .steps import Steps

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST_STATIONS = 500_000
"""Stations of a table: all of China's national roads, one every kilometre."""

_ON_M = 1e-3
_SLIP_M, _SLIP_STATIONS = 10.0, 10_000  # a shorter step with more stations than this was meant in kilometres
_ROUND_OFF_M = 1e-3
_STRAIGHT = 1e-9
_ORDER = {"start": 0, "step": 1, "site": 2, "end": 3}


def chainage(
    route: Road, *, step_m: float = 1000.0, sites: gpd.GeoDataFrame | None = None, within_m: float = 5000.0
) -> gpd.GeoDataFrame:
    """Return the stations of a road: both ends of each branch, one every ``step_m``, and one at each site.

    Parameters
    ----------
    route : Route, Design or GeoDataFrame
        The road; lines are put in order as by :func:`nanyi_gis.route.from_lines`.
    step_m : float
        Metres between stations.
    sites : GeoDataFrame, optional
        Points; one with a name in ``name_zh``, ``name`` or the like.
    within_m : float
        Sites farther from the road have no station.

    Returns
    -------
    GeoDataFrame
        ``branch``, ``km``, ``mark`` (``K12+345``), ``kind`` (``start``, ``step``, ``end`` or ``site``), ``name`` (of
        the site, else empty), ``offset_m`` (of the site from the road, left +), ``lon``, ``lat`` (WGS-84) and
        ``geometry`` (on the road), in the route's CRS, by branch and km.

    Raises
    ------
    ParameterError
        If ``step_m`` is not above zero, or looks like kilometres.
    DataError
        If the sites are no points.

    Examples
    --------
    >>> from nanyi_gis.route import from_lines
    >>> line = shapely.LineString([(500_000, 3_100_000), (502_500, 3_100_000)])
    >>> route = from_lines(gpd.GeoDataFrame(geometry=[line], crs=4544))
    >>> chainage(route)["mark"].tolist()
    ['K0+000', 'K1+000', 'K2+000', 'K2+500']
    """
    step = check_positive(step_m, name="step_m", unit="m")
    limit = check_positive(within_m, name="within_m", unit="m")
    road = as_route(route)
    count = road.length_m / step
    if step < _SLIP_M and count > _SLIP_STATIONS:
        raise ParameterError(
            f"step_m is {step_m:g}, which makes {count:,.6g} stations; it looks like kilometres, write {1000 * step:g}"
        )
    hold(f"step_m of {step:g} m makes {count:,.0f} stations", count, MOST_STATIONS, cure="take a longer step")
    tables = [_regular(branch, metres, step) for branch, metres in enumerate(road.branch_lengths, 1)]
    if sites is not None and len(layer_of(sites, name="sites")):
        found = locate(road, sites)
        near = (found["distance_m"] <= limit).to_numpy()
        table = found.loc[near, ["branch", "m", "offset_m"]].assign(kind="site", name=names_of(sites).to_numpy()[near])
        tables.append(table)
    stations = pd.concat(tables, ignore_index=True)
    rank = stations["kind"].map(_ORDER).to_numpy()
    order = np.lexsort((stations["name"].astype(str), rank, stations["m"], stations["branch"]))
    stations = stations.iloc[order].reset_index(drop=True)
    points = place(road, stations["branch"], stations["m"])
    degrees = points.to_crs(4326)
    columns = {
        "branch": stations["branch"],
        "km": stations["m"] / 1000.0,
        "mark": [mark(metres) for metres in stations["m"]],
        **{name: stations[name] for name in ("kind", "name", "offset_m")},
        "lon": degrees.x,
        "lat": degrees.y,
    }
    return gpd.GeoDataFrame(columns, geometry=points, crs=road.crs)


def mark(metres: float) -> str:
    """Return metres as they stand on a kilometre stone's plan.

    >>> mark(12_345.4), mark(999.7)
    ('K12+345', 'K1+000')
    """
    km, rest = divmod(round(metres), 1000)
    return f"K{km}+{rest:03d}"


def _regular(branch: int, metres: float, step: float) -> pd.DataFrame:
    """Return the stations of a branch: one that would stand a millimetre from the end is the end."""
    inner = np.arange(1, int(np.ceil((metres - _ROUND_OFF_M) / step))) * step
    kinds = ["start", *["step"] * len(inner), "end"]
    return pd.DataFrame(
        {"branch": branch, "m": np.concatenate([[0.0], inner, [metres]]), "offset_m": 0.0, "kind": kinds, "name": ""}
    )


def locate(route: Road, points: gpd.GeoDataFrame | gpd.GeoSeries) -> pd.DataFrame:
    """Return the nearest place on the road for each point; of equally near ones the first along the branches.

    Distances are geodesic, metres along the road are its own.

    Parameters
    ----------
    route : Route, Design or GeoDataFrame
        The road; lines are put in order as by :func:`nanyi_gis.route.from_lines`.
    points : GeoDataFrame or GeoSeries
        Points in any CRS.

    Returns
    -------
    DataFrame
        With the index of the points: ``branch``, ``m``, ``offset_m`` (left of the road +, right of it -), ``side``
        (``left``, ``right``, ``on``, or ``end`` straight beyond an end) and ``distance_m``.

    Raises
    ------
    DataError
        If a point is missing, no point, or cannot be where its CRS puts it.

    Examples
    --------
    >>> from nanyi_gis.route import from_lines
    >>> line = shapely.LineString([(500_000, 3_100_000), (500_000, 3_102_000)])  # to the north
    >>> route = from_lines(gpd.GeoDataFrame(geometry=[line], crs=4544))
    >>> west = gpd.GeoSeries.from_xy([499_960.0], [3_100_500.0], crs=4544)
    >>> locate(route, west).round(3).to_dict("records")
    [{'branch': 1, 'm': 500.0, 'offset_m': 40.0, 'side': 'left', 'distance_m': 40.0}]
    """
    road = as_route(route)
    at = coordinates_of(points, road.crs)
    if not len(at):
        empty = {"branch": np.array([], dtype=np.int64), "m": [], "offset_m": [], "side": [], "distance_m": []}
        return pd.DataFrame(empty, index=points.index)
    steps = road.steps
    step, share, distance = steps.nearest(at)
    turn = _turn(steps, step, share, at)
    side = np.where(distance <= _ON_M, "on", np.where(turn > 0, "left", np.where(turn < 0, "right", "end")))
    return pd.DataFrame(
        {
            "branch": steps.branch[step],
            "m": steps.metres(step, share),
            "offset_m": np.where(side == "right", -distance, distance),
            "side": side,
            "distance_m": distance,
        },
        index=points.index,
    )


def coordinates_of(points: gpd.GeoDataFrame | gpd.GeoSeries, crs: str) -> Floats:
    """Return the coordinates of points in a CRS, or say which one has none."""
    shapes = layer_of(points, name="points").geometry
    if shapes.crs is None:
        raise DataError("the points have no CRS; set one, e.g. points.set_crs('EPSG:4326')")
    lost = (shapes.isna() | shapes.is_empty).to_numpy()
    if lost.any():
        raise DataError(f"point {shapes.index[lost][0]!r} has no coordinates; leave it out")
    other = shapes.geom_type.ne("Point").to_numpy()
    if other.any():
        raise DataError(f"the layer holds {shapes.geom_type[other].iloc[0]}; give points")
    moved = shapes if shapes.crs == crs else placed(shapes, crs, name="the points")
    at = np.column_stack([moved.x, moved.y]).astype(np.float64)
    lost = ~np.isfinite(at).all(axis=1)
    if lost.any():
        raise DataError(f"point {shapes.index[lost][0]!r} has coordinates that are not finite; correct it")
    return at


def layer_of(layer: Any, *, name: str) -> Any:
    """Return a layer of geometries, or raise DataError for anything else.

    >>> layer_of([(1, 2)], name="sites")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: sites is a list, but must be a GeoDataFrame or GeoSeries
    """
    spatial = isinstance(layer, gpd.GeoSeries) or (
        isinstance(layer, gpd.GeoDataFrame) and layer.active_geometry_name is not None
    )
    if not spatial:
        kind = f"{type(layer).__name__}{' without geometry' if isinstance(layer, pd.DataFrame) else ''}"
        raise DataError(f"{name} is a {kind}, but must be a GeoDataFrame or GeoSeries")
    return layer


def _turn(steps: Steps, step: Ints, share: Floats, at: Floats) -> Floats:
    """Return on which side of the road each place lies: above zero left of it, below zero right, zero straight on.

    At a vertex the directions of both pieces count (the pseudo-normal of Bærentzen and Aanæs 2005).
    """
    along = (steps.end - steps.start) / np.where(steps.plane_m > 0, steps.plane_m, 1.0)[:, None]
    direction = along[step].copy()
    for edge, shift in ((share <= 0.0, -1), (share >= 1.0, 1)):
        here = np.flatnonzero(edge)
        other = np.clip(step[here] + shift, 0, len(along) - 1)
        meet = steps.start[step[here]] if shift < 0 else steps.end[step[here]]
        there = steps.end[other] if shift < 0 else steps.start[other]
        joined = (steps.branch[other] == steps.branch[step[here]]) & (there == meet).all(axis=1)
        direction[here[joined]] += along[other[joined]]
    foot = steps.start[step] + share[:, None] * (steps.end - steps.start)[step]
    away = at - foot
    cross = direction[:, 0] * away[:, 1] - direction[:, 1] * away[:, 0]
    size = np.hypot(*away.T)
    return np.where(np.abs(cross) <= _STRAIGHT * size, 0.0, cross)


def place(route: Road, branch: npt.ArrayLike, m: npt.ArrayLike, *, offset_m: npt.ArrayLike = 0.0) -> gpd.GeoSeries:
    """Return the points at metres along branches.

    Parameters
    ----------
    route : Route, Design or GeoDataFrame
        The road; lines are put in order as by :func:`nanyi_gis.route.from_lines`.
    branch, m : array-like
        Number of the branch (1, 2, ...) and metres along it; one value may stand for all.
    offset_m : array-like
        Metres to the left of the road, at right angles; negative to its right.

    Returns
    -------
    GeoSeries
        In the route's CRS, with the index of ``m`` if that is a Series. At a gap it is the point before it.

    Raises
    ------
    ParameterError
        If there is no such branch, or it is shorter.

    Examples
    --------
    >>> from nanyi_gis.route import from_lines
    >>> line = shapely.LineString([(500_000, 3_100_000), (500_000, 3_102_000)])
    >>> route = from_lines(gpd.GeoDataFrame(geometry=[line], crs=4544))
    >>> point = place(route, 1, 500.0, offset_m=40.0)[0]
    >>> round(point.x, 3), round(point.y, 3)
    (499960.0, 3100500.0)
    """
    given: tuple[Any, ...] = (branch, m, offset_m)
    try:
        arrays = [np.atleast_1d(_plain_numbers(value)) for value in given]
        number, metres, offset = np.broadcast_arrays(*arrays)
    except (TypeError, ValueError):
        raise ParameterError("branch, m and offset_m must be numbers, one each or as many") from None
    road = as_route(route)
    step, share = _found(road, number, metres)
    if not np.isfinite(offset).all():
        raise ParameterError(f"offset_m is {offset[~np.isfinite(offset)][0]:g}, but must be a finite number")
    steps = road.steps
    span = steps.end[step] - steps.start[step]
    at = steps.start[step] + share[:, None] * span
    size = np.where(steps.plane_m[step] > 0, steps.plane_m[step], 1.0)
    left = np.column_stack([-span[:, 1], span[:, 0]]) / size[:, None]
    at = at + left * (offset / steps.scale[step])[:, None]
    index = m.index if isinstance(m, pd.Series) else None
    return gpd.GeoSeries(shapely.points(at), index=index, crs=road.crs)


def _plain_numbers(values: Any) -> Floats:
    """Return numbers as an array; text and booleans are none."""
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iufO":
        raise TypeError(array.dtype.name)
    return array.astype(np.float64)


def _found(route: Route, number: Floats, metres: Floats) -> tuple[Ints, Floats]:
    """Return the piece on which metres along branches lie, and the share of it."""
    steps, lengths = route.steps, np.array(route.branch_lengths)
    unknown = ~np.isin(number, np.arange(1, len(lengths) + 1))
    if unknown.any():
        raise ParameterError(f"branch is {number[unknown][0]:g}, but the route has branches 1 to {len(lengths)}")
    which = number.astype(np.int64)
    most = lengths[which - 1]
    beyond = ~((metres >= -_ROUND_OFF_M) & (metres <= most + _ROUND_OFF_M))
    if beyond.any():
        at = int(np.argmax(beyond))
        raise ParameterError(
            f"m is {metres[at]:g}, but branch {which[at]} is {most[at]:,.1f} m long; give metres from 0 to that"
        )
    step = np.empty(len(which), dtype=np.int64)
    within = np.clip(metres, 0.0, most)
    for branch in np.unique(which):
        rows = np.flatnonzero(steps.branch == branch)
        here = which == branch
        step[here] = rows[np.minimum(np.searchsorted(steps.to_m[rows], within[here]), len(rows) - 1)]
    first, last = steps.from_m[step], steps.to_m[step]
    length = last - first
    share = np.divide(within - first, length, out=np.zeros(len(step)), where=length > 0)
    return step, np.clip(share, 0.0, 1.0)
