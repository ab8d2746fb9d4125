"""Least-cost alignment over a DEM for a link that no road has yet: a study alignment, not a design.

The way runs over a lattice: from cell to cell by moves of up to four cells, in 8, 16, 32 or 48 directions. A state is
a cell and the direction in which it was entered, so that a turn can be held to a limit. What the lattice cannot do is
not proven impossible: moves of up to (1, k) cells climb a plane without cut and fill only to the limit of the
grade times the root of 1 + k²; 16 directions at 8 % reach 18 % of slope, 48 directions 33 %. Hence "no route on this
lattice", never "no route".

A* goes twice. First backwards from the end without headings, bounded by the straight line to the start at the greatest
grade, ``max(d, |dz| / g)``; then forwards with headings, bounded by what the first search found. Both bounds are
never too high and consistent, so the cost is the least on the lattice (Hart, Nilsson and Raphael 1968; two stages
after Silver 2005).
"""

import math
import time
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from pyproj import CRS
from shapely import LineString

from .._kernels.lattice import Rules
from .._limits import hold_memory
from .._progress import Progress
from .._validation import check_choice, check_count, check_non_negative, check_positive
from ..errors import DataError, ParameterError
from ..raster import Elevations, Grid, elevations
from ..travel_time import barrier_cells
from .classes import ROAD_CLASSES
from .classes import road_class as class_of
from .lattice import REACH, Moves, Terrain
from .pieces import climbed, minutes_by_car, minutes_on_foot
from .search import Task, Way, search, steepest_unavoidable

Mode = Literal["road", "walk"]

STUDY_NOTE = "study alignment over the terrain model, not a design; survey it before it is costed"
TERRAIN_NOTE = "the terrain is itself modelled, so this shows the method and no place for a road"


@dataclass(frozen=True)
class Alignment:
    """A way over the terrain that keeps a grade limit.

    Attributes
    ----------
    geometry : shapely.LineString
        From start to end through the centres of cells, in ``crs``, that of the DEM.
    crs : pyproj.CRS
    table : DataFrame
        One row a vertex: ``x``, ``y``, ``m`` along the line, ``z`` of the grade line, ``z_ground``, and of the piece
        that begins here ``grade`` (signed, NaN at the end) and ``span`` ("", "bridge" or "tunnel").
    spans : DataFrame
        Bridges and tunnels as :func:`profile` takes them: ``branch`` (1), ``from_m``, ``to_m``, ``kind``, ``length_m``.
    length_m, climb_m, descent_m : float
        Of the grade line, on the map.
    hairpins : int
        Turns above the limit.
    steepest : float
        Greatest grade of the grade line, rise over run; never above ``max_grade``.
    max_grade : float
        The limit; infinite on foot.
    cost : float
        Metres of plain level road that cost as much; minutes on foot.
    minutes : tuple of float
        There and back: by car at the speed of the class slowed by grade, or on foot.
    mode, road_class : str
    headings, states : int
        Directions of the lattice, and how many states were handled.
    seconds : float
        Time of the search.
    notes : tuple of str
        What a reader must know, first of all that it is no design.
    """

    geometry: LineString
    crs: CRS
    table: pd.DataFrame
    spans: pd.DataFrame
    length_m: float
    climb_m: float
    descent_m: float
    hairpins: int
    steepest: float
    max_grade: float
    cost: float
    minutes: tuple[float, float]
    mode: str
    road_class: str
    headings: int
    states: int
    seconds: float
    notes: tuple[str, ...]


def align(
    dem: xr.DataArray,
    start: Any,
    end: Any,
    *,
    max_grade: float | None = None,
    road_class: str = "III",
    turn_limit_deg: float = 45.0,
    hairpin_cost: float | None = 100.0,
    headings: int = 16,
    cut_fill_m: float = 10.0,
    levels: int = 1,
    earthwork_cost: float = 0.05,
    bridge_cost: float | None = None,
    tunnel_cost: float | None = None,
    max_span_m: float = 600.0,
    mode: Mode = "road",
    path_factor: float = 1.0,
    barriers: gpd.GeoDataFrame | gpd.GeoSeries | xr.DataArray | None = None,
    progress: Progress | None = None,
) -> Alignment:
    """Return the cheapest way over a DEM that keeps a grade limit and a turning limit.

    The cost of a piece of road is its metres times ``1 + earthwork_cost * d``, d being the mean metres of cut or fill;
    that of a bridge or tunnel its metres times ``bridge_cost`` or ``tunnel_cost``. On foot (``mode="walk"``) it is
    Tobler's (1993) minutes, ``6 exp(-3.5 |S + 0.05|)`` km/h, without any limit of grade or turn.

    Parameters
    ----------
    dem : xarray.DataArray
        Heights in metres, dims ``y, x``, any CRS that :meth:`nanyi_gis.raster.Grid.spacing` takes; NaN is no way.
    start, end : (x, y) or shapely.Point or GeoSeries or GeoDataFrame
        The ends; without a CRS in that of the DEM. The way runs from cell centre to cell centre.
    max_grade : float, optional
        Rise over run, e.g. 0.08; by default that of ``road_class`` in mountains.
    road_class : {"II", "III", "IV"}
        Class of JTG B01-2014.
    turn_limit_deg : float
        Most degrees between one move and the next; 180 lifts the limit.
    hairpin_cost : float, optional
        Metres of road that a sharper turn costs. On a slope too steep for the straight line a road turns round in a
        hairpin of 30 to 60 m across, which is a point of the lattice; with None there is none.
    headings : {8, 16, 32, 48}
        Directions of the lattice.
    cut_fill_m : float
        Most metres between the road and the ground under it.
    levels : {1, 3, 5}
        Heights at which the road may pass a cell: 1 on the ground, else up to ``cut_fill_m`` above and below.
    earthwork_cost : float
        Extra cost of a metre of road for each metre of cut or fill, as a share.
    bridge_cost, tunnel_cost : float, optional
        Times that a metre of bridge or tunnel costs a metre of road, 1 or more; not built if not given. All ground
        between its ends lies below a bridge, or above a tunnel; it is straight and keeps the grade limit.
    max_span_m : float
        Longest bridge or tunnel.
    mode : {"road", "walk"}
        A road, or a path on foot.
    path_factor : float
        Factor on the walking speed; 0.6 where there is no path.
    barriers : GeoDataFrame, GeoSeries or DataArray, optional
        Lines, polygons or a raster on the grid of the DEM that the way does not cross.
    progress : callable, optional
        Called with the share of work done, 0 to 1.

    Raises
    ------
    ParameterError
        If an option is out of range.
    DataError
        If an end lies outside or where there is no ground, or there is no route on this lattice; the message names
        the steepest grade that no way avoids.

    Examples
    --------
    A plane that climbs 16 % northwards, 304 m in all: at 8 % no way is shorter than 304 / 0.08 = 3,800 m.

    >>> rise = np.repeat(np.arange(20)[::-1, None] * 16.0, 40, axis=1)
    >>> axes = {"y": np.arange(20)[::-1] * 100.0, "x": np.arange(40) * 100.0}
    >>> dem = xr.DataArray(rise, coords=axes, dims=("y", "x")).rio.write_crs("EPSG:4544")
    >>> way = align(dem, (0, 0), (0, 1900), headings=16, turn_limit_deg=180)
    >>> round(way.climb_m), way.steepest <= 0.08, way.length_m >= 304 / 0.08
    (304, True, True)
    """
    began = time.perf_counter()
    limit = _limit(max_grade, road_class, mode)
    rules = _rules(limit, cut_fill_m, earthwork_cost, bridge_cost, tunnel_cost, mode, path_factor)
    if check_count(levels, name="levels") not in (1, 3, 5):
        raise ParameterError(f"levels is {levels}, but must be 1, 3 or 5")
    if isinstance(headings, bool) or check_count(headings, name="headings") not in REACH:
        raise ParameterError(f"headings is {headings!r}, but must be one of: {', '.join(map(str, REACH))}")
    turn = check_positive(turn_limit_deg, name="turn_limit_deg", unit="degrees")
    if turn > 180.0:
        raise ParameterError(f"turn_limit_deg is {turn:g}, but a turn has 180 degrees at most, which lifts the limit")
    hairpin = math.inf if hairpin_cost is None else check_non_negative(hairpin_cost, name="hairpin_cost", unit="m")
    longest = check_positive(max_span_m, name="max_span_m", unit="m")
    grid, heights = Grid.of(dem), _heights(dem, barriers)
    half = levels // 2
    shift = np.arange(-half, half + 1, dtype=np.float64) * (rules.deep / max(half, 1))
    setting = _Setting(rules, shift, headings, turn, hairpin, longest)
    ends = ends_of(start, end, grid)
    task, way, part = _best(setting, heights, grid, ends, progress)
    if progress is not None:
        progress(1.0)
    return _alignment(task, way, part, dem, mode=mode, road_class=road_class, seconds=time.perf_counter() - began)


@dataclass(frozen=True)
class _Setting:
    """What holds for any part of the DEM."""

    rules: Any
    shift: npt.NDArray[np.float64]
    headings: int
    turn_limit_deg: float
    hairpin: float
    max_span_m: float

    def task(self, heights: Elevations, grid: Grid, ends: list[tuple[float, float]]) -> Task:
        """Return what is searched in a part of the DEM."""
        free = self.rules.walk or self.turn_limit_deg >= 180.0 or self.hairpin == 0.0
        states = self.shift.size * (self.headings if not free else 0)
        octets = heights.size * (16.0 + 8.0 * self.shift.size + 4.0 * states)
        hold_memory(f"an alignment over {heights.size:,} cells", octets)
        terrain = Terrain.of(heights, grid, pad=REACH[self.headings])
        moves = Moves.of(self.headings, float(terrain.east.mean()), float(terrain.south.mean()))
        spans = self.max_span_m if self.rules.bridge or self.rules.tunnel else 0.0
        lattice = terrain.lattice(moves, max_span_m=spans)
        cells = [_cell(point, grid, terrain, name=name) for point, name in zip(ends, ("start", "end"), strict=True)]
        if cells[0] == cells[1]:
            raise DataError("start and end lie in the same cell of the DEM; give points further apart, or a finer DEM")
        return Task(
            terrain, moves, lattice, self.rules, self.shift, self.turn_limit_deg, self.hairpin, cells[0], cells[1]
        )


def _best(
    setting: _Setting, heights: Elevations, grid: Grid, ends: list[tuple[float, float]], progress: Progress | None
) -> tuple[Task, Way, Grid]:
    """Search a window round the ends, and widen it until it surely holds the cheapest way.

    Whatever costs no more than a way that was found stays within an ellipse: the straight distances from a place to
    both ends cost at most as much.
    """
    for point, name in zip(ends, ("start", "end"), strict=True):
        _require_inside(point, grid, name=name)
    longest = 1.5 * _apart(ends, grid) + 60.0 * _coarsest(grid)
    while True:
        window = _round(ends, grid, longest)
        part, values = grid.window(*window), heights[window]
        task = setting.task(values, part, ends)
        way = search(task, progress=progress)
        whole = values.shape == heights.shape
        if way is None:
            if whole:
                raise DataError(_no_route(task, setting.rules.grade))
            longest *= 2.0
            continue
        needed = way.cost / (0.01 * setting.rules.pace) if setting.rules.walk else way.cost
        if whole or needed <= longest:
            return task, way, part
        longest = needed


def _coarsest(grid: Grid) -> float:
    return float(max(np.abs(values).max() for values in grid.spacing()))


def _apart(ends: list[tuple[float, float]], grid: Grid) -> float:
    (x0, y0), (x1, y1) = ends
    east, south = (float(np.abs(values).max()) for values in grid.spacing())
    return math.hypot((x1 - x0) / grid.step_x * east, (y1 - y0) / grid.step_y * south)


def _round(ends: list[tuple[float, float]], grid: Grid, longest: float) -> tuple[slice, slice]:
    """Return rows and columns of a box round all places on ways of up to ``longest`` metres; the whole if nearly so.

    The ellipse lies within half of ``longest`` of the middle of its ends.
    """
    column, row = grid.place([x for x, _ in ends], [y for _, y in ends])
    east, south = (float(np.abs(values).min()) for values in grid.spacing())
    spans = []
    for places, metres, count in ((row, south, grid.height), (column, east, grid.width)):
        middle, reach = float(np.mean(places)), longest / 2.0 / metres + 2.0
        low, high = max(math.floor(middle - reach), 0), min(math.ceil(middle + reach), count)
        spans.append(slice(low, high))
    size = (spans[0].stop - spans[0].start) * (spans[1].stop - spans[1].start)
    if min(span.stop - span.start for span in spans) < 1 or 2 * size > grid.width * grid.height:
        return slice(0, grid.height), slice(0, grid.width)
    return spans[0], spans[1]


def _limit(max_grade: float | None, road_class: str, mode: str) -> float:
    check_choice(mode, ("road", "walk"), name="mode")
    usual = class_of(road_class).max_grade
    if mode == "walk":
        if max_grade is not None:
            raise ParameterError("max_grade has no effect on foot; leave it out, or use mode='road'")
        return math.inf
    limit = usual if max_grade is None else check_positive(max_grade, name="max_grade")
    if limit >= 1.0:
        raise ParameterError(f"max_grade is {limit:g}, but is rise over run and below 1; for 8 % write 0.08")
    return limit


def _rules(
    limit: float, deep: float, earth: float, bridge: float | None, tunnel: float | None, mode: str, factor: float
) -> Any:
    spans = {"bridge_cost": bridge, "tunnel_cost": tunnel}
    for name, cost in spans.items():
        if cost is not None and check_positive(cost, name=name) < 1.0:
            raise ParameterError(f"{name} is {cost:g}, but is times the cost of a road and must be 1 or more")
        if cost is not None and mode == "walk":
            raise ParameterError(f"{name} has no effect on foot; leave it out, or use mode='road'")
    return Rules(
        limit,
        check_non_negative(deep, name="cut_fill_m", unit="m"),
        check_non_negative(earth, name="earthwork_cost"),
        float(bridge or 0.0),
        float(tunnel or 0.0),
        mode == "walk",
        1.0 / check_positive(factor, name="path_factor"),
    )


def _heights(dem: xr.DataArray, barriers: Any) -> Elevations:
    heights = elevations(np.asarray(dem.data), dem.rio.nodata, land=False)
    if np.isnan(heights).all():
        raise DataError("dem holds no height, only nodata; check the file and its nodata value")
    if barriers is None:
        return heights
    closed: Elevations = np.where(barrier_cells(barriers, dem), heights.dtype.type(np.nan), heights)
    return closed


def _require_inside(point: tuple[float, float], grid: Grid, *, name: str) -> None:
    x, y = point
    column, row = (math.floor(float(value)) for value in grid.place(x, y))
    if not (0 <= row < grid.height and 0 <= column < grid.width):
        west, south, east, north = grid.bounds
        raise DataError(
            f"{name} ({x:.6g}, {y:.6g}) lies outside the DEM ({west:.6g} to {east:.6g}, {south:.6g} to {north:.6g}); "
            "give it in the CRS of the DEM, or a larger DEM"
        )


def _cell(point: tuple[float, float], grid: Grid, terrain: Terrain, *, name: str) -> int:
    x, y = point
    column, row = (math.floor(float(value)) for value in grid.place(x, y))
    cell = terrain.cell(row, column)
    if np.isnan(terrain.heights.ravel()[cell]):
        raise DataError(f"{name} ({x:.6g}, {y:.6g}) lies on nodata or a barrier; move it to ground with a height")
    return cell


def ends_of(start: Any, end: Any, grid: Grid) -> list[tuple[float, float]]:
    """Return both ends as coordinates in the CRS of a grid."""
    return [_coordinates(point, grid, name=name) for point, name in ((start, "start"), (end, "end"))]


def _coordinates(point: Any, grid: Grid, *, name: str) -> tuple[float, float]:
    if isinstance(point, gpd.GeoDataFrame | gpd.GeoSeries):
        if len(point) != 1 or point.crs is None:
            raise DataError(f"{name} has {len(point)} rows, CRS {point.crs}; give one point with a CRS")
        point = point.geometry.to_crs(grid.crs).iloc[0]
    if isinstance(point, shapely.Geometry):
        if point.geom_type != "Point" or point.is_empty:
            raise DataError(f"{name} is a {point.geom_type}, but must be a point")
        point = (point.x, point.y)
    try:
        x, y = (float(value) for value in point)
    except (TypeError, ValueError):
        raise ParameterError(f"{name} is {point!r}, but must be a point (x, y) in the CRS of the DEM") from None
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ParameterError(f"{name} is ({x}, {y}), but must be finite")
    return x, y


def _no_route(task: Task, limit: float) -> str:
    headings = len(task.moves.columns)
    head = f"no route on this lattice of {headings} headings"
    finer = f"headings={max(REACH)}, " if headings < max(REACH) else ""
    unavoidable = steepest_unavoidable(task)
    if math.isinf(unavoidable):
        rough = task.rules._replace(deep=1e9)
        if task.rules.walk or math.isinf(steepest_unavoidable(Task(**{**vars(task), "rules": rough}))):
            return f"{head}: nodata or barriers part start and end; give a larger DEM, or open the barriers"
        return f"{head}: cuts and fills of up to {task.rules.deep:g} m do not suffice; raise cut_fill_m"
    if unavoidable > limit * (1.0 + 1e-6) or task.free:
        digits = 1 if unavoidable > limit + 0.001 else 5
        return (
            f"{head} at {limit:.1%}: the steepest grade that no way avoids is {unavoidable:.{digits}%}; "
            f"raise max_grade, or try {finer}levels=5, bridge_cost and tunnel_cost"
        )
    return (
        f"{head} at {limit:.1%} with turns of up to {task.turn_limit_deg:g} degrees; allow hairpins with hairpin_cost, "
        f"raise turn_limit_deg, or try {finer}a finer DEM"
    )


def _alignment(
    task: Task, way: Way, grid: Grid, dem: xr.DataArray, *, mode: str, road_class: str, seconds: float
) -> Alignment:
    table = _table(task, way, grid)
    spans = _spans(table)
    z, m = table["z"].to_numpy(), table["m"].to_numpy()
    rises, lengths = np.diff(z), np.diff(m)
    notes = [STUDY_NOTE]
    if str(dem.attrs.get("evidence", "")) in {"schematic", "modelled"}:
        notes.append(TERRAIN_NOTE)
    there, back = (
        minutes_on_foot(rises, lengths, factor=1.0 / task.rules.pace)
        if mode == "walk"
        else minutes_by_car(rises, lengths, speed_kmh=ROAD_CLASSES[road_class].speed_kmh)
    )
    climb, descent = climbed(z)
    return Alignment(
        geometry=LineString(table[["x", "y"]].to_numpy()),
        crs=grid.crs,
        table=table,
        spans=spans,
        length_m=float(m[-1]),
        climb_m=climb,
        descent_m=descent,
        hairpins=way.hairpins,
        steepest=float(np.abs(rises / lengths).max()),
        max_grade=task.rules.grade,
        cost=way.cost,
        minutes=(there, back),
        mode=mode,
        road_class=road_class,
        headings=len(task.moves.columns),
        states=way.states,
        seconds=seconds,
        notes=tuple(notes),
    )


def _table(task: Task, way: Way, grid: Grid) -> pd.DataFrame:
    terrain, levels = task.terrain, task.shift.size
    cells, level = np.divmod(way.nodes, levels)
    row, column = np.divmod(cells, terrain.stride)
    ground = terrain.heights.ravel()[cells].astype(np.float64)
    z = ground + task.shift[level]
    m = np.concatenate([[0.0], np.cumsum(way.lengths)])
    table = pd.DataFrame(
        {
            "x": grid.columns(column - terrain.pad),
            "y": grid.rows(row - terrain.pad),
            "m": m,
            "z": z,
            "z_ground": ground,
            "grade": np.append(np.diff(z) / np.diff(m), np.nan),
        }
    )
    table["span"] = [*way.kinds, ""]
    return table


def _spans(table: pd.DataFrame) -> pd.DataFrame:
    kinds, m = table["span"].to_numpy(), table["m"].to_numpy()
    at = np.flatnonzero(kinds != "")
    return pd.DataFrame(
        {
            "branch": np.ones(len(at), np.int64),
            "from_m": m[at],
            "to_m": m[at + 1] if len(at) else m[at],
            "kind": kinds[at],
            "length_m": m[at + 1] - m[at] if len(at) else m[at],
        }
    )
