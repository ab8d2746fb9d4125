"""Travel time and cost distance as rasters on the grid of the DEM."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import xarray as xr

from .._limits import BYTES_PER_CELL, hold_memory
from .._progress import Progress
from .._validation import check_choice, check_non_negative, check_positive
from ..errors import DataError, ParameterError
from ..network import NODINGS
from ..raster import elevations, like
from .barriers import burn_barriers
from .grid import Bool, steps_of
from .roads import RoadNet, road_net
from .solver import NO_LINKS, Links, Solution, solve
from .sources import Initial, seeds_of
from .ways import ways_of

Sources: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries | xr.DataArray
Mode = Literal["walk", "car"]
Direction = Literal["from", "to"]


def travel_time(
    dem: xr.DataArray,
    sources: Sources,
    *,
    roads: gpd.GeoDataFrame | None = None,
    barriers: gpd.GeoDataFrame | gpd.GeoSeries | xr.DataArray | None = None,
    mode: Mode = "walk",
    direction: Direction = "from",
    path_factor: float = 0.6,
    limit_minutes: float | None = None,
    max_snap: float | None = None,
    initial_minutes: Initial | None = None,
    speeds: Mapping[str, float] | None = None,
    noding: str = "vertices",
    nearest: bool = False,
    progress: Progress | None = None,
) -> xr.DataArray:
    """Return the minutes of travel between each cell and the source nearest to it in time.

    Off the road one walks over the 8-neighbour graph of the cells at Tobler's (1993) speed in the direction of travel,
    ``6 exp(-3.5 |S + 0.05|)`` km/h times ``path_factor``; S is the height difference of two cell centres over
    their map distance, and the time is that map distance over the speed. The result is exact: it is that of
    Dijkstra's algorithm on the same graph, rounded to single precision.

    Parameters
    ----------
    dem : xarray.DataArray
        Heights in metres, dims ``y, x``, any CRS, square cells or not; NaN cells cannot be entered.
        Distances are map distances in metres, on a geographic DEM geodesic ones row by row.
    sources : geopandas.GeoDataFrame or xarray.DataArray
        Points in any CRS, each standing at the centre of its cell; or a raster on the grid of ``dem`` whose
        non-zero cells are sources.
    roads : geopandas.GeoDataFrame, optional
        Lines with the tags that a network reads (:func:`nanyi_gis.network.way_tags`), and if there is such a column
        ``ends_only``. By car they are driven at their speed whatever the ground; on foot they are walked, footpaths
        too, with path factor 1 (motorways not at all), level in tunnels and on bridges. What is not open, or no use
        to the mode, is left out. A tunnel is entered and left only at its ends, and so are motorways and lines marked
        ``ends_only``.
    barriers : geopandas.GeoDataFrame or xarray.DataArray, optional
        Lines, polygons or a raster of cells that are crossed only on roads marked ``bridge`` or ``tunnel``.
        There is no way through diagonally.
    mode : {"walk", "car"}
        On foot all the way, or by car where there is a road and on foot elsewhere.
    direction : {"from", "to"}
        Travel from the sources outward, or from each cell to the sources.
    path_factor : float
        Factor on the walking speed off the road.
    limit_minutes : float, optional
        Cells beyond it are infinite; the limit itself is within.
    max_snap : float, optional
        Metres that a source may be moved to a cell that can be walked on. By default only sources on a barrier
        are moved, to their own bank, at most two cell diagonals.
    initial_minutes : str or array, optional
        Minutes already spent at each source, or with ``to`` still to go from there (a column or one value each), such
        as the times of a network at its nodes. Infinite ones do not start.
    speeds : mapping, optional
        Speeds in km/h by class, beside or instead of the package's own.
    noding : {"vertices", "ends", "all"}
        Where roads meet, as in a network: at shared vertices, also where an end touches a line, also where lines
        cross; see :func:`nanyi_gis.network.node_lines`.
    nearest : bool
        Also say which source it is.
    progress : callable, optional
        Called with the share of work done, 0 to 1.

    Returns
    -------
    xarray.DataArray
        ``travel_time``: float32 minutes; NaN at nodata, infinite where no source reaches. A barrier cell holds the
        time of the road over it. ``attrs``: ``units``, ``unreached`` (cells), ``snapped`` (sources), ``cut`` (roads
        interrupted at barriers), ``skipped`` (lines not used), ``left_out`` (how many of them, by reason),
        ``crossings`` and ``crossings_controlled`` (crossings not joined, of them with motorways), ``touches``,
        ``unnoded``, ``tag_notes`` (words not understood), ``map_scale`` (how long the projection draws a metre where
        it is worst), ``mode``, ``direction``.
        With ``nearest``, the coordinate ``nearest`` (``result["nearest"]``, int32) is the position of the source, or
        its label of a raster; -1 where none. Of sources equally near it is always the same one.

    Raises
    ------
    ParameterError
        If an option is out of range, no road class has a speed, or ``speeds`` are given without roads.
    DataError
        If an input has no CRS or another grid, a source lies outside or nowhere to stand, or a speed is not usable.

    Examples
    --------
    Two cells 100 m apart, 5 m up: slope 0.05, 6 exp(-0.35) x 0.6 = 2.54 km/h, 2.37 minutes.

    >>> from shapely import Point
    >>> grid = {"y": [50.0], "x": [50.0, 150.0]}
    >>> dem = xr.DataArray(np.array([[0, 5]], "float32"), grid, ("y", "x")).rio.write_crs("EPSG:4544")
    >>> dem = dem.rio.write_transform(__import__("rasterio").Affine(100, 0, 0, 0, -100, 100))
    >>> travel_time(dem, gpd.GeoDataFrame(geometry=[Point(50, 50)], crs="EPSG:4544")).values.round(2)
    array([[0.  , 2.37]], dtype=float32)
    """
    check_choice(mode, ("walk", "car"), name="mode")
    check_choice(direction, ("from", "to"), name="direction")
    check_choice(noding, NODINGS[:3], name="noding")
    check_positive(path_factor, name="path_factor")
    if speeds is not None and roads is None:
        raise ParameterError("speeds has no effect without roads, whose classes it is for; give roads, or leave it out")
    hold_memory(f"travel time over {dem.size:,} cells", dem.size * BYTES_PER_CELL["travel-time"])
    grid = steps_of(dem)
    heights = _heights(dem)
    valid = np.isfinite(heights)
    walls = None if barriers is None else burn_barriers(barriers, grid)
    usable = valid if walls is None else valid & ~walls.cells
    seeds, moved = seeds_of(
        sources, grid, usable=usable, barriers=walls, max_snap=max_snap, initial_minutes=initial_minutes
    )
    net, told = RoadNet(NO_LINKS, NO_LINKS, 0), {"skipped": 0}
    if roads is not None:
        ways = ways_of(roads, grid, mode=mode, speeds=speeds, noding=noding)
        net = road_net(ways, grid, heights, usable=usable, barriers=walls, mode=mode, path_factor=path_factor)
        told = ways.told()
    surface = heights if walls is None else np.where(walls.cells, np.float32(np.inf), heights)
    solution = solve(
        surface,
        grid,
        seeds,
        walk=True,
        links=_both(net.links if direction == "from" else net.links.reversed(), net.decks),
        outward=direction == "from",
        factor=path_factor,
        walls=walls is not None,
        limit=_limit(limit_minutes),
        keep_owners=nearest,
        progress=progress,
    )
    attrs: dict[str, Any] = {"mode": mode, "direction": direction, "snapped": int((moved > 0).sum()), "cut": net.cut}
    attrs |= {**told, "map_scale": round(grid.map_scale(), 4)}
    return _raster(dem, solution, valid, name="travel_time", attrs={"units": "min", **attrs})


def cost_distance(
    cost: xr.DataArray, sources: Sources, *, limit: float | None = None, progress: Progress | None = None
) -> xr.DataArray:
    """Return the least accumulated cost from the sources, the same in both directions.

    A move costs its map distance in metres times the mean cost of both cells (the rule of r.cost,
    xarray-spatial and scikit-image's ``MCP_Geometric``).

    Parameters
    ----------
    cost : xarray.DataArray
        Cost a metre, zero or more; NaN cells cannot be entered.
    sources : geopandas.GeoDataFrame or xarray.DataArray
        As for :func:`travel_time`.
    limit : float, optional
        Cells beyond it are infinite.
    progress : callable, optional
        Called with the share of work done, 0 to 1.

    Raises
    ------
    DataError
        If a cost is negative or infinite, or for the sources as in :func:`travel_time`.

    Examples
    --------
    Three cells in a row, 10 m wide, of cost 1, 3 and 3 a metre, and no way below. A move costs 10 m times the mean of
    its two cells:

    >>> values = np.array([[1.0, 3.0, 3.0], [np.nan] * 3], dtype="float32")
    >>> cost = xr.DataArray(values, coords={"y": [15.0, 5.0], "x": [5.0, 15.0, 25.0]}, dims=("y", "x"))
    >>> start = gpd.GeoSeries.from_xy([5.0], [15.0], crs=4544)
    >>> cost_distance(cost.rio.write_crs(4544), start).values[0].tolist()
    [0.0, 20.0, 50.0]
    """
    grid = steps_of(cost, name="cost")
    values = np.asarray(cost.data, dtype=np.float32)
    valid = ~np.isnan(values)
    if np.any(values < 0) or np.isinf(values).any():
        raise DataError("cost holds negative or infinite values; use zero or more, and NaN where there is no way")
    seeds, _ = seeds_of(sources, grid, usable=valid)
    bound = _limit(limit, name="limit")
    solution = solve(values, grid, seeds, walk=False, limit=bound, progress=progress)
    return _raster(cost, solution, valid, name="cost_distance", attrs={})


def _heights(dem: xr.DataArray) -> npt.NDArray[np.float32]:
    heights = elevations(np.asarray(dem.data), dem.rio.nodata, land=False).astype(np.float32, copy=False)
    if np.isnan(heights).all():
        raise DataError("dem holds no height, only nodata; check the file and its nodata value")
    return heights


def _limit(limit: float | None, *, name: str = "limit_minutes") -> float:
    if limit is None or limit == np.inf:
        return float(np.inf)
    return check_non_negative(limit, name=name)


def _both(one: Links, two: Links) -> Links:
    if not two.origin.size:
        return one
    return Links(
        np.concatenate([one.origin, two.origin]),
        np.concatenate([one.target, two.target]),
        np.concatenate([one.minutes, two.minutes]),
        extra=one.extra,
    )


def _raster(
    template: xr.DataArray, solution: Solution, valid: Bool, *, name: str, attrs: dict[str, Any]
) -> xr.DataArray:
    minutes = solution.minutes
    attrs = {**attrs, "unreached": int(np.count_nonzero(np.isinf(minutes) & valid))}
    minutes[~valid] = np.nan
    raster: xr.DataArray = like(template, minutes, name=name, attrs=attrs).rio.write_nodata(np.nan)
    if solution.owners is not None:
        owners = np.where(valid, solution.owners, np.int32(-1))
        raster = raster.assign_coords(nearest=like(template, owners, name="nearest").rio.write_nodata(-1))
    return raster
