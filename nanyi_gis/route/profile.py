"""Elevation along a line: grades, climb, time both ways and curvature, with tunnels and bridges bridged."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from pyproj import CRS

from .._limits import hold
from .._transformers import crs_to_crs
from .._validation import check_positive, numbers
from ..errors import DataError
from ..network import geodesic_lengths
from ..raster import Grid, elevations
from .classes import road_class as class_of
from .pieces import climbed, minutes_by_car, minutes_on_foot

Floats = npt.NDArray[np.float64]

SPAN_COLUMNS = ("branch", "from_m", "to_m", "kind")
MOST_STATIONS = 5_000_000
"""Stations of a profile: 446 km every 10 cm."""

_KINDS = ("bridge", "tunnel")
_NEAR = 0.25  # a station nearer to a fixed one than this share of the step is left out
_BEYOND_M = 1.0
_NOTHING = 1e-9  # share of a cell that rounding leaves


@dataclass(frozen=True)
class Profile:
    """Heights along a route and what follows from them.

    Attributes
    ----------
    table : DataFrame
        One row a station: ``branch`` (1, 2, ...), ``m`` along it, ``x``, ``y`` (CRS of the route), ``z`` with spans
        bridged, ``z_ground``; of the piece that begins here ``grade`` (signed, NaN at the end of a branch) and ``span``
        ("", "bridge" or "tunnel"); and ``radius_m`` of the circle through the station and those beside it, infinite
        where straight or at an end.
    segments : DataFrame
        One row a piece: ``branch``, ``from_m``, ``to_m``, ``length_m``, ``grade``, ``over`` (the limit), ``span``.
    length_m, climb_m, descent_m : float
        Of all branches.
    steepest : float
        Greatest grade, up or down, rise over run.
    max_grade : float
        The limit of the class; NaN if no class was given.
    share_over_limit : float
        Share of the length with a known grade that is steeper; NaN if no class was given.
    minutes : DataFrame
        Rows ``walk`` and, with a class, ``car``; columns ``there`` and ``back``.
    notes : tuple of str
    """

    table: pd.DataFrame
    segments: pd.DataFrame
    length_m: float
    climb_m: float
    descent_m: float
    steepest: float
    max_grade: float
    share_over_limit: float
    minutes: pd.DataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Lines:
    branches: tuple[shapely.LineString, ...]
    crs: CRS
    spans: pd.DataFrame


def profile(
    route: Any,
    dem: xr.DataArray,
    *,
    step_m: float = 50.0,
    spans: pd.DataFrame | None = None,
    road_class: str | None = None,
) -> Profile:
    """Return the profile of a line over a DEM.

    Heights are bilinear between cell centres; beside nodata those of the plane of three cells, or none. Distances are
    geodesic: those of the map, scaled to the geodesic length of each branch. In a bridge or tunnel the grade line is
    straight from one end of the span to the other.

    Parameters
    ----------
    route : Route, Alignment, LineString, GeoSeries or GeoDataFrame
        Branches with their CRS; a bare line is in that of the DEM. Each line of a layer is a branch.
    dem : xarray.DataArray
        Heights in metres, dims ``y, x``.
    step_m : float
        Metres from station to station; the ends of branches and spans are stations too.
    spans : DataFrame, optional
        Bridges and tunnels: ``branch``, ``from_m``, ``to_m``, ``kind`` ("bridge" or "tunnel"); by default those that
        the route knows (columns ``bridge`` and ``tunnel`` of a frame, ``spans`` of an alignment).
    road_class : {"II", "III", "IV"}, optional
        Class of JTG B01-2014 whose limit is held against the grades, and whose speed is driven.

    Raises
    ------
    ParameterError
        If the step is not above zero, or the class unknown.
    DataError
        If there is no line, no CRS, no station has a height, or a span does not fit.

    Examples
    --------
    A plane that rises 5 m in 100 m eastwards, in which a walker climbs 10 m in 200:

    >>> rise = np.tile(np.arange(5) * 5.0, (3, 1))
    >>> axes = {"y": np.array([200.0, 100.0, 0.0]), "x": 500_000.0 + np.arange(5) * 100.0}
    >>> dem = xr.DataArray(rise, coords=axes, dims=("y", "x")).rio.write_crs("EPSG:4544")
    >>> line = shapely.LineString([(500_100, 100), (500_300, 100)])
    >>> found = profile(line, dem, step_m=100, road_class="III")
    >>> round(found.climb_m, 6), found.table["grade"].round(4).tolist(), found.share_over_limit
    (10.0, [0.05, 0.05, nan], 0.0)
    """
    step = check_positive(step_m, name="step_m", unit="m")
    limit = class_of(road_class).max_grade if road_class is not None else np.nan
    lines = _lines(route, dem)
    lengths = geodesic_lengths(gpd.GeoSeries(list(lines.branches), crs=lines.crs))
    if not (lengths > 0).all():
        raise DataError(f"branch {int(np.argmin(lengths)) + 1} has no length; leave it out")
    asked = f"a profile of {lengths.sum() / 1000:,.0f} km every {step:g} m"
    hold(asked, float(lengths.sum()) / step, MOST_STATIONS, cure="take a longer step_m")
    known = _checked(lines.spans if spans is None else spans, lengths)
    surface = _Surface.of(dem, lines.crs)
    parts = []
    for branch, (line, length) in enumerate(zip(lines.branches, lengths.tolist(), strict=True), 1):
        own = known[known["branch"] == branch]
        parts.append(_branch_table(branch, line, length, step=step, spans=own, surface=surface))
    table = pd.concat(parts, ignore_index=True)
    if table["z"].isna().all():
        raise DataError("no station of the route has a height: it lies outside the DEM or on nodata; check both CRSs")
    return _profile(table, limit=limit, road_class=road_class)


def _profile(table: pd.DataFrame, *, limit: float, road_class: str | None) -> Profile:
    same = table["branch"].to_numpy()[1:] == table["branch"].to_numpy()[:-1]
    at = np.flatnonzero(same)
    m, grade = table["m"].to_numpy(), table["grade"].to_numpy()[at]
    pieces = m[at + 1] - m[at]
    over = np.abs(grade) > limit * (1.0 + 1e-9)
    segments = pd.DataFrame(
        {
            "branch": table["branch"].to_numpy()[at],
            "from_m": m[at],
            "to_m": m[at + 1],
            "length_m": pieces,
            "grade": grade,
            "over": over,
            "span": table["span"].to_numpy()[at],
        }
    )
    rises = grade * pieces
    certain = np.isfinite(grade)
    times = {"walk": minutes_on_foot(rises, pieces)}
    if road_class is not None:
        times["car"] = minutes_by_car(rises, pieces, speed_kmh=class_of(road_class).speed_kmh)
    both = [climbed(part["z"].to_numpy()) for _, part in table.groupby("branch", sort=False)]
    return Profile(
        table=table,
        segments=segments,
        length_m=float(pieces.sum()),
        climb_m=sum(up for up, _ in both),
        descent_m=sum(down for _, down in both),
        steepest=float(np.abs(grade[certain]).max()) if certain.any() else np.nan,
        max_grade=limit,
        share_over_limit=float(pieces[over].sum() / pieces[certain].sum())
        if road_class is not None and certain.any()
        else np.nan,
        minutes=pd.DataFrame.from_dict(times, orient="index", columns=["there", "back"]),
        notes=_notes(pieces, certain),
    )


def _notes(pieces: Floats, certain: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    notes = ["grades are those of the ground under the line, bridges and tunnels bridged; a built road is evener"]
    unknown = float(pieces[~certain].sum())
    if unknown > 0:
        whole = pieces.sum() / 1000
        notes.append(f"{unknown / 1000:,.1f} of {whole:,.1f} km have no height; they count as level in times")
    return tuple(notes)


def _lines(route: Any, dem: xr.DataArray) -> _Lines:
    """Return the branches of whatever is given, their CRS, and the spans that it knows."""
    none = pd.DataFrame({name: [] for name in SPAN_COLUMNS})
    if isinstance(route, shapely.LineString | shapely.MultiLineString):
        return _Lines(_parts([route]), Grid.of(dem).crs, none)
    if isinstance(route, gpd.GeoSeries | gpd.GeoDataFrame):
        if route.crs is None:
            raise DataError("the lines have no CRS; set one, e.g. lines.set_crs('EPSG:4326')")
        frame = route if isinstance(route, gpd.GeoDataFrame) else gpd.GeoDataFrame(geometry=route)
        single = frame.explode(ignore_index=True)
        branches = _parts(list(single.geometry))
        lengths = geodesic_lengths(single.geometry)
        placed = pd.DataFrame(single.drop(columns=single.geometry.name)).assign(
            branch=np.arange(1, len(single) + 1), from_m=0.0, to_m=lengths
        )
        return _Lines(branches, CRS.from_user_input(route.crs), spans_of(placed))
    if hasattr(route, "branches"):
        frame = getattr(route, "frame", None)
        spans = none if frame is None or "from_m" not in frame.columns else spans_of(frame)
        return _Lines(_parts(list(route.branches)), CRS.from_user_input(route.crs), spans)
    if hasattr(route, "geometry") and hasattr(route, "spans"):
        return _of_alignment(route)
    raise DataError(f"route is a {type(route).__name__}, but must be a Route, an Alignment, a line or a layer of lines")


def _of_alignment(route: Any) -> _Lines:
    """Return an alignment with its spans, which are in metres of the map, in geodesic ones."""
    branches, crs = _parts([route.geometry]), CRS.from_user_input(route.crs)
    scale = float(geodesic_lengths(gpd.GeoSeries(list(branches), crs=crs)).sum()) / float(route.length_m)
    spans = route.spans.assign(from_m=route.spans["from_m"] * scale, to_m=route.spans["to_m"] * scale)
    return _Lines(branches, crs, spans)


def _parts(shapes: list[Any]) -> tuple[shapely.LineString, ...]:
    parts = [part for shape in shapes if shape is not None for part in shapely.get_parts(shape).tolist()]
    odd = sorted({part.geom_type for part in parts} - {"LineString", "LinearRing"})
    if odd or not parts:
        raise DataError(f"the route holds {', '.join(odd) or 'no line'}, but must hold lines; give a layer of lines")
    return tuple(shapely.force_2d(part) for part in parts)


def spans_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the bridges and tunnels of links laid along branches.

    Parameters
    ----------
    frame : DataFrame
        ``branch``, ``from_m``, ``to_m`` and, if known, ``bridge`` and ``tunnel`` (true, or a word of OSM other than
        ``no``). Links of one kind that touch become one span.

    >>> links = {"branch": [1, 1, 1], "from_m": [0.0, 90.0, 140.0], "to_m": [90.0, 140.0, 300.0]}
    >>> spans_of(pd.DataFrame(links | {"tunnel": [False, True, "yes"]})).values.tolist()
    [[1, 90.0, 300.0, 'tunnel']]
    """
    rows: list[tuple[int, float, float, str]] = []
    for kind in _KINDS:
        if kind not in frame.columns:
            continue
        marked = frame[[_is_marked(value) for value in frame[kind]]].sort_values(["branch", "from_m"])
        ends = marked[["branch", "from_m", "to_m"]].to_numpy(dtype=np.float64).tolist()
        for branch, low, high in ends:
            first, last = sorted((low, high))
            if rows and rows[-1][0] == branch and rows[-1][3] == kind and first <= rows[-1][2] + _BEYOND_M:
                rows[-1] = (int(branch), rows[-1][1], max(rows[-1][2], last), kind)
            else:
                rows.append((int(branch), first, last, kind))
    return pd.DataFrame(rows, columns=list(SPAN_COLUMNS))


def _is_marked(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() not in {"", "no", "false", "0"}
    return value is not None and not pd.isna(value) and bool(value)


def _checked(spans: pd.DataFrame, lengths: Floats) -> pd.DataFrame:
    """Return spans with numbers, within their branches; raise DataError for what does not fit."""
    if not isinstance(spans, pd.DataFrame):
        raise DataError(f"spans is a {type(spans).__name__}, but must be a table with {', '.join(SPAN_COLUMNS)}")
    lacking = [name for name in SPAN_COLUMNS if name not in spans.columns]
    if lacking:
        raise DataError(f"spans have no column {', '.join(lacking)}; they need {', '.join(SPAN_COLUMNS)}")
    known = pd.DataFrame({name: numbers(spans, name, name="spans").to_numpy() for name in SPAN_COLUMNS[:3]})
    known["kind"] = spans["kind"].to_numpy()
    places = known[list(SPAN_COLUMNS[:3])].to_numpy(dtype=np.float64).tolist()
    for number, ((branch, low, high), kind) in enumerate(zip(places, known["kind"], strict=True), 1):
        span = f"span {number} ({kind}, branch {branch:g}, {low:g} to {high:g} m)"
        if kind not in _KINDS:
            raise DataError(f"{span} must be a bridge or a tunnel; correct its kind")
        if branch not in range(1, len(lengths) + 1):
            raise DataError(f"{span} lies on no branch; branches are 1 to {len(lengths)}")
        length = float(lengths[int(branch) - 1])
        if not low < high <= length + _BEYOND_M:
            raise DataError(f"{span} must rise and end within the {length:.0f} m of its branch")
    return known


@dataclass(frozen=True)
class _Surface:
    """Heights of a DEM at places in another CRS."""

    heights: npt.NDArray[Any]
    grid: Grid
    crs: CRS

    @classmethod
    def of(cls, dem: xr.DataArray, crs: CRS) -> "_Surface":
        grid = Grid.of(dem)
        return cls(elevations(np.asarray(dem.data), dem.rio.nodata, land=False), grid, crs)

    def at(self, points: Floats) -> Floats:
        """Return the height at each point between the four cells round it; NaN outside, or where too few are known.

        Bilinear where all four have a height; where one has none the plane of the three others, on their side of the
        diagonal. So a plane has its own height everywhere or none: beside nodata too, and in the outer half of a cell
        at the edge, where the slope of the cells inside goes on.
        """
        x, y = points.T
        if self.crs != self.grid.crs:
            x, y = crs_to_crs(self.crs, self.grid.crs).transform(x, y)
        column, row = self.grid.place(x, y)
        inside = np.isfinite(column) & np.isfinite(row)
        inside &= (column >= 0) & (column <= self.grid.width) & (row >= 0) & (row <= self.grid.height)
        left, across = _corner(np.where(inside, column, 0.5), self.grid.width)
        above, down = _corner(np.where(inside, row, 0.5), self.grid.height)
        right, below = np.minimum(left + 1, self.grid.width - 1), np.minimum(above + 1, self.grid.height - 1)
        pairs = [(above, left), (above, right), (below, right), (below, left)]  # round the four
        corners = np.stack([self.heights[i, j].astype(np.float64) for i, j in pairs])
        shares = np.stack([(1 - down) * (1 - across), (1 - down) * across, down * across, down * (1 - across)])
        shares[np.abs(shares) < _NOTHING] = 0.0
        z = (shares * np.where(shares == 0.0, 0.0, corners)).sum(axis=0)
        return np.where(inside, np.where(np.isnan(z), _of_three(corners, across, down), z), np.nan)


def _corner(place: Floats, count: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return the first of the two cells round each place on an axis, and the share of the way to the second."""
    low = np.clip(np.floor(place - 0.5).astype(np.int64), 0, max(count - 2, 0))
    return low, place - 0.5 - low


def _of_three(corners: Floats, across: Floats, down: Floats) -> Floats:
    """Return the height on the plane of three corners where one (from the top left round) has none, else NaN."""
    result = np.full(len(across), np.nan)
    for lost, (aside, over, beside) in enumerate(((1, 2, 3), (0, 3, 2), (3, 0, 1), (2, 1, 0))):
        # steps from the lost corner along both axes; beyond the diagonal the others enclose the place
        a = across if lost in (0, 3) else 1.0 - across
        d = down if lost in (0, 1) else 1.0 - down
        row, opposite, column = corners[aside], corners[over], corners[beside]
        plane = opposite + (1.0 - d) * (row - opposite) + (1.0 - a) * (column - opposite)
        result = np.where(np.isnan(corners[lost]) & (a + d >= 1.0 - _NOTHING), plane, result)
    return result


def _branch_table(
    branch: int, line: shapely.LineString, length: float, *, step: float, spans: pd.DataFrame, surface: _Surface
) -> pd.DataFrame:
    ends = np.clip(spans[["from_m", "to_m"]].to_numpy(dtype=np.float64), 0.0, length)
    m = _stations(length, step, ends.ravel())
    points = _places(line, m / length)
    ground = surface.at(points)
    z = ground.copy()
    kind = np.full(len(m), "", dtype=object)
    for (low, high), name in zip(ends, spans["kind"], strict=True):
        inside = (m >= low) & (m <= high)
        abutments = np.interp([low, high], m, ground)
        z[inside] = np.interp(m[inside], [low, high], abutments)
        kind[inside & (m < high)] = name
    table = pd.DataFrame({"branch": branch, "m": m, "x": points[:, 0], "y": points[:, 1], "z": z, "z_ground": ground})
    table["grade"] = np.append(np.diff(z) / np.diff(m), np.nan)
    table["span"] = kind
    table["radius_m"] = radii(points * (length / line.length))
    return table


def _places(line: shapely.LineString, shares: Floats) -> Floats:
    """Return the places at shares of a line's length, at once: GEOS counts from its start for each."""
    vertices = shapely.get_coordinates(line)
    along = np.append(0.0, np.cumsum(np.hypot(*np.diff(vertices, axis=0).T)))
    at = shares * along[-1]
    return np.column_stack([np.interp(at, along, values) for values in vertices.T])


def _stations(length: float, step: float, fixed: Floats) -> Floats:
    """Return the distances of stations: every step, both ends, and those that are fixed.

    >>> _stations(250.0, 100.0, np.array([95.0])).tolist()
    [0.0, 95.0, 200.0, 250.0]
    """
    must = np.unique(np.concatenate([[0.0, length], fixed]))
    must = must[np.concatenate([[True], np.diff(must) > 1e-6])]
    regular = np.arange(1, int(np.ceil(length / step))) * step
    after = np.clip(np.searchsorted(must, regular), 1, len(must) - 1)
    apart = np.minimum(np.abs(regular - must[after - 1]), np.abs(must[after] - regular))
    return np.sort(np.concatenate([must, regular[apart >= _NEAR * step]]))


def radii(points: Floats) -> Floats:
    """Return the radius of the circle through each point and its neighbours, infinite where straight or at an end.

    The product of the sides over four times the area of the triangle.

    >>> radii(np.array([[0.0, 0.0], [100.0, 100.0], [200.0, 0.0]])).round(6).tolist()
    [inf, 100.0, inf]
    """
    radius = np.full(len(points), np.inf)
    if len(points) < 3:
        return radius
    a, b = np.diff(points, axis=0)[:-1], np.diff(points, axis=0)[1:]
    twice = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    product = np.hypot(*a.T) * np.hypot(*b.T) * np.hypot(*(a + b).T)
    curved = twice > 1e-9 * np.hypot(*a.T) * np.hypot(*b.T)
    radius[1:-1][curved] = product[curved] / (2.0 * twice[curved])
    return radius
