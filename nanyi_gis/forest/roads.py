"""Forest roads: which new branches open most stand for their length, one after the other, over blocks of land."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely import LineString

from .._limits import hold_memory
from .._progress import Progress, silent
from .._validation import check_positive
from ..errors import DataError, ParameterError
from ..raster import Grid, elevations
from ..travel_time import barrier_cells

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ROAD_NOTE = (
    "a study of where roads would open most stand: branches run from block to block, and are no alignment; survey them"
)
_MOST_BRANCHES = 500
_BYTES_PER_BLOCK = 400.0


@dataclass(frozen=True)
class ForestRoads:
    """New branches in the order in which they would be built.

    Attributes
    ----------
    branches : GeoDataFrame
        ``order`` from 1, ``km`` of new road, ``opened_km2`` of stand that it opens, ``per_km`` (km² a km), ``km_sum``
        and ``opened_sum_km2`` so far; lines in the CRS of the DEM.
    stand_km2 : float
        All stand on the blocks.
    open_km2 : float
        Stand in blocks that a given road passes already.
    block_m : float
        Side of a block: stand within the block that a road passes counts as opened.
    notes : tuple of str
        What a reader must know.
    """

    branches: gpd.GeoDataFrame
    stand_km2: float
    open_km2: float
    block_m: float
    notes: tuple[str, ...]

    @property
    def km(self) -> float:
        """Kilometres of all branches."""
        return float(self.branches["km"].sum())

    @property
    def opened_km2(self) -> float:
        """Stand that the branches open."""
        return float(self.branches["opened_km2"].sum())


def forest_roads(
    dem: xr.DataArray,
    stand_km2: xr.DataArray,
    roads: gpd.GeoDataFrame,
    *,
    length_km: float,
    block_m: float = 500.0,
    max_grade: float = 0.09,
    branch_km: float = 2.0,
    progress: Progress | None = None,
) -> ForestRoads:
    """Return branches of new road that open most stand a kilometre, one after the other, up to a length.

    A greedy search over corridors: in each step the cheapest way from the roads to every block is known, and that way
    is built which opens most stand for each of its kilometres; then it counts as a road. Between neighbouring blocks::

        metres = max(straight distance, |difference of mean heights| / max_grade)

    which no road can be shorter than. Each choice is the best of its step; all of them together are not proven best.

    Parameters
    ----------
    dem : DataArray
        Heights in metres, in a projected CRS; NaN is no way.
    stand_km2 : DataArray
        Stand in each cell, km², on the grid of ``dem``.
    roads : GeoDataFrame
        Lines of roads that are there.
    length_km : float
        Most kilometres of new road.
    block_m : float
        Side of a block, to the nearest whole number of cells.
    max_grade : float
        Rise over run; 0.09 is the limit of class IV at 20 km/h (JTG B01-2014).
    branch_km : float
        A branch is at least so long, so that no heap of stubs results.

    Raises
    ------
    DataError
        If the grids differ, no road reaches the DEM, or there is no stand.
    ParameterError
        If an option is out of range.

    A road along the south edge, stand in the north: one branch of 1 km goes straight to it.

    >>> axes = {"y": np.arange(3)[::-1] * 500.0, "x": np.arange(3) * 500.0}
    >>> dem = xr.DataArray(np.zeros((3, 3)), axes, ("y", "x")).rio.write_crs("EPSG:4544")
    >>> stand = dem.copy(data=[[0.0, 0.2, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    >>> road = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (1000, 0)])], crs="EPSG:4544")
    >>> found = forest_roads(dem, stand, road, length_km=3, branch_km=1)
    >>> found.branches[["km", "opened_km2"]].values.tolist(), list(found.branches.geometry[0].coords)
    ([[1.0, 0.2]], [(500.0, 0.0), (500.0, 500.0), (500.0, 1000.0)])
    """
    most = check_positive(length_km, name="length_km", unit="km")
    grade = check_positive(max_grade, name="max_grade")
    if grade >= 1.0:
        raise ParameterError(f"max_grade is {grade:g}, but is rise over run and below 1; for 9 % write 0.09")
    least = check_positive(branch_km, name="branch_km", unit="km")
    if least > most:
        raise ParameterError(f"branch_km is {least:g}, above length_km of {most:g}; give a shorter branch")
    blocks = _Blocks.of(dem, stand_km2, roads, block_m=check_positive(block_m, name="block_m", unit="m"))
    graph = blocks.graph(grade)
    built = blocks.road.copy()
    rows: list[dict[str, float]] = []
    lines: list[LineString] = []
    left, tell = 1000.0 * most, progress or silent
    while left >= 1000.0 * least and len(rows) < _MOST_BRANCHES:
        metres, before, _ = dijkstra(
            graph, indices=np.flatnonzero(built), min_only=True, return_predecessors=True, limit=left
        )
        gain = _gains(before, np.where(built, 0.0, blocks.stand))
        ratio = np.where((metres >= 1000.0 * least) & np.isfinite(metres), gain / np.maximum(metres, 1.0), 0.0)
        end = int(np.argmax(ratio))
        if not ratio[end] > 0.0:
            break
        path = _path(before, end)
        built[path] = True
        left -= metres[end]
        rows.append({"km": metres[end] / 1000.0, "opened_km2": gain[end]})
        lines.append(LineString(blocks.centres[path]))
        tell(1.0 - left / (1000.0 * most))
    table = pd.DataFrame(rows, columns=["km", "opened_km2"]).astype(float)
    table.insert(0, "order", np.arange(1, len(table) + 1))
    table["per_km"] = table["opened_km2"] / table["km"]
    table["km_sum"], table["opened_sum_km2"] = table["km"].cumsum(), table["opened_km2"].cumsum()
    tell(1.0)
    return ForestRoads(
        gpd.GeoDataFrame(table, geometry=lines, crs=dem.rio.crs),
        float(blocks.stand.sum()),
        float(blocks.stand[blocks.road].sum()),
        blocks.side,
        (ROAD_NOTE,),
    )


@dataclass(frozen=True)
class _Blocks:
    """Blocks of cells, numbered row by row."""

    heights: Floats
    stand: Floats
    road: Bools
    centres: Floats
    shape: tuple[int, int]
    steps: tuple[float, float]

    @property
    def side(self) -> float:
        return float(max(self.steps))

    @classmethod
    def of(cls, dem: xr.DataArray, stand: xr.DataArray, roads: gpd.GeoDataFrame, *, block_m: float) -> "_Blocks":
        grid = Grid.of(dem)
        if not grid.matches(Grid.of(stand, name="stand_km2")):
            raise DataError("stand_km2 lies on another grid than dem; reproject it with rio.reproject_match")
        if grid.crs.is_geographic:
            raise DataError("dem is in degrees, but forest roads need metres; reproject it")
        hold_memory(f"forest roads over {dem.size:,} cells", 24.0 * dem.size, cure="give a coarser DEM")
        side = max(1, round(block_m / abs(grid.step_x)))
        heights = elevations(np.asarray(dem.data), dem.rio.nodata, land=False).astype(np.float64)
        known = np.isfinite(heights)
        amount = np.where(known, np.nan_to_num(np.asarray(stand.data, dtype=np.float64)), 0.0)
        if (amount < 0).any():
            raise DataError("stand_km2 holds a negative area; give 0 where there is no stand")
        if not amount.sum() > 0:
            raise DataError("stand_km2 holds no stand, so no road opens any; check the layer")
        count, total = _sums(known.astype(np.float64), side), _sums(np.where(known, heights, 0.0), side)
        mean = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
        steps = side * abs(grid.step_x), side * abs(grid.step_y)
        rows, columns = np.mgrid[: mean.shape[0], : mean.shape[1]]
        x = grid.columns(np.array([0.0])) + grid.step_x * (side * columns + (side - 1) / 2)
        y = grid.rows(np.array([0.0])) + grid.step_y * (side * rows + (side - 1) / 2)
        passed = _sums(barrier_cells(_lines(roads), dem).astype(np.float64), side) > 0
        road = (passed & np.isfinite(mean)).ravel()
        if not road.any():
            raise DataError("no road lies on ground of the DEM, so nothing can branch off; check the CRS of the roads")
        hold_memory(f"forest roads over {mean.size:,} blocks", _BYTES_PER_BLOCK * mean.size, cure="give larger blocks")
        centres = np.column_stack([x.ravel(), y.ravel()])
        return cls(mean, _sums(amount, side).ravel(), road, centres, mean.shape, steps)

    def graph(self, grade: float) -> csr_array:
        """Return the metres between neighbouring blocks, both ways."""
        number = np.arange(self.heights.size).reshape(self.shape)
        begin, end, metres = [], [], []
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
            first = _shifted(self.shape, down, right)
            second = _shifted(self.shape, -down, -right)
            rise = np.abs(self.heights[second] - self.heights[first])
            length = np.maximum(np.hypot(right * self.steps[0], down * self.steps[1]), rise / grade)
            there = np.isfinite(length)
            begin.append(number[first][there])
            end.append(number[second][there])
            metres.append(length[there])
        a, b, w = np.concatenate(begin), np.concatenate(end), np.concatenate(metres)
        pairs = (np.concatenate([a, b]), np.concatenate([b, a]))
        return csr_array((np.concatenate([w, w]), pairs), shape=(self.heights.size, self.heights.size))


def _lines(roads: gpd.GeoDataFrame) -> gpd.GeoSeries:
    shapes: gpd.GeoSeries = roads.geometry
    return shapes[shapes.geom_type.isin(["LineString", "MultiLineString"])]


def _shifted(shape: tuple[int, int], down: int, right: int) -> tuple[slice, slice]:
    """Return the blocks that have a neighbour so many rows down and columns to the right."""
    spans = []
    for count, step in zip(shape, (down, right), strict=True):
        spans.append(slice(max(0, -step), count - max(0, step)))
    return spans[0], spans[1]


def _sums(values: Floats, side: int) -> Floats:
    """Return the sums of square blocks; those at the far edges may hold fewer cells."""
    rows = np.arange(0, values.shape[0], side)
    columns = np.arange(0, values.shape[1], side)
    total: Floats = np.add.reduceat(np.add.reduceat(values, rows, axis=0), columns, axis=1)
    return total


def _gains(before: npt.NDArray[np.int32], own: Floats) -> Floats:
    """Return what lies on the way to each block, its own included, by doubling the steps back."""
    at = np.arange(len(before))
    parent = np.where(before < 0, at, before).astype(np.int64)
    total = own.copy()
    total[parent == at] = 0.0  # roads and what no way leads to
    while True:
        further = parent[parent]
        total = total + np.where(parent == at, 0.0, total[parent])
        if np.array_equal(further, parent):
            return total
        parent = further


def _path(before: npt.NDArray[np.int32], end: int) -> list[int]:
    """Return the blocks from the road to an end."""
    path = [end]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path[::-1]
