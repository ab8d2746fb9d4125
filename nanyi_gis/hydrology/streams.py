"""The network of streams: cells with enough land above them, as lines with Strahler's order."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr

from .._kernels.streams import links
from .._validation import check_positive
from ..errors import ParameterError
from ..raster import Areas, Grid, like
from .flow import receivers

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]

_DEFAULT_KM2 = 1.0
_LEAST_STREAMS = 100.0  # of a small DEM, the share of its land from which a stream begins


def default_threshold(grid: Grid) -> float:
    """Return the km² from which a stream begins if nothing is said: 1, or a hundredth of a smaller DEM.

    >>> default_threshold(Grid.from_bounds((0, 0, 3000, 3000), resolution=30, crs="EPSG:4544")).__round__(3)
    0.089
    """
    cell = mean_cell_km2(grid)
    return min(_DEFAULT_KM2, max(cell * grid.width * grid.height / _LEAST_STREAMS, cell))


def mean_cell_km2(grid: Grid) -> float:
    """Return the true area of a cell on average, in km²."""
    return float(Areas.of(grid).at_nodes(0, grid.height).mean()) / 1e6


def check_threshold(km2: float, grid: Grid) -> float:
    """Return a stream threshold in km², from one cell to the whole DEM.

    Raises
    ------
    ParameterError
        If it is below a cell, above the DEM, or no positive number.

    >>> check_threshold(0.0001, Grid.from_bounds((0, 0, 3000, 3000), resolution=30, crs="EPSG:4544"))
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: streams begin at 0.0001 km2, but a cell has 0.00089 km2; give at least one cell
    """
    threshold = check_positive(km2, name="streams", unit="km2")
    cell = mean_cell_km2(grid)
    if threshold < cell * (1.0 - 1e-6):
        raise ParameterError(
            f"streams begin at {threshold:g} km2, but a cell has {cell:.2g} km2; give at least one cell"
        )
    whole = cell * grid.width * grid.height
    if threshold > whole:
        raise ParameterError(f"streams begin at {threshold:g} km2, but the DEM has only {whole:.3g} km2; give less")
    return threshold


def upstream_km2(drainage: xr.Dataset) -> Float:
    """Return the true area that drains through each cell, itself included; NaN without height."""
    if "accumulation_km2" in drainage:
        return np.asarray(drainage["accumulation_km2"].data, dtype=np.float64)
    cells = np.asarray(drainage["accumulation"].data, dtype=np.float64)
    return cells * mean_cell_km2(Grid.of(drainage["direction"], name="direction"))


def stream_cells(drainage: xr.Dataset, *, km2: float) -> xr.DataArray:
    """Return where at least ``km2`` of land drain through a cell, as a raster of truth values.

    Raises
    ------
    ParameterError
        If the threshold is below one cell, no cell has as much land above it, or water was shared (``dinf``).
    """
    if drainage.attrs.get("method", "d8") != "d8":
        raise ParameterError(
            f"the drainage was shared by the method {drainage.attrs['method']!r}, but streams are those of d8; make it "
            "with method='d8'"
        )
    direction = drainage["direction"]
    threshold = check_threshold(km2, Grid.of(direction, name="direction"))
    above = upstream_km2(drainage)
    with np.errstate(invalid="ignore"):
        found = (above >= threshold * (1.0 - 1e-9)) & (np.asarray(direction.data) != 255)
    if not found.any():
        most = np.nanmax(above, initial=0.0)
        raise ParameterError(f"no cell has {threshold:g} km2 of land above it, the most is {most:.4g} km2; give less")
    marked: xr.DataArray = direction.copy(data=found).rename("stream")
    marked.attrs, marked.encoding = {}, {}
    return marked


def streams(drainage: xr.Dataset, *, km2: float) -> gpd.GeoDataFrame:
    """Return the network of streams as lines that run down.

    Parameters
    ----------
    drainage : Dataset
        Of :func:`drainage`: ``direction``, ``accumulation``, and ``filled`` for the heights.
    km2 : float
        Land from which a stream begins.

    Returns
    -------
    GeoDataFrame
        One row a link, from a head or a confluence to the next: ``stream`` (number from 1), ``to`` (the link below,
        0 where the water leaves), ``order`` (Strahler 1957), ``length_m``, ``upstream_km2`` (true area above its last
        own cell), ``top_m`` and ``foot_m`` (conditioned heights at both ends). Lines go from centre to centre of cells,
        in the CRS of the raster; a link of a single cell at the border has no length and is left out.

    Raises
    ------
    ParameterError
        If the threshold is below one cell, or no cell has as much land above it.

    Examples
    --------
    A valley of 100 m cells that falls to the south:

    >>> from nanyi_gis.hydrology import drainage
    >>> grid = Grid.from_bounds((500000, 3100000, 500300, 3100300), resolution=100, crs=4544)
    >>> water = drainage(grid.array(np.array([[9.0, 5, 9], [8.0, 4, 8], [7.0, 3, 7]])))
    >>> found = streams(water, km2=0.015)
    >>> found[["order", "length_m", "top_m", "foot_m"]].values.tolist()
    [[1.0, 200.0, 5.0, 3.0]]
    """
    return _network(drainage, km2=km2)[0]


def stream_links(drainage: xr.Dataset, *, km2: float) -> xr.DataArray:
    """Return the number of the link of :func:`streams` on each stream cell, 0 elsewhere: outlets of :func:`catchments`.

    Raises
    ------
    ParameterError
        As :func:`streams`.
    """
    _, cells, numbers = _network(drainage, km2=km2)
    direction = drainage["direction"]
    raster = np.zeros(direction.size, np.int32)
    raster[cells] = numbers
    links_there: xr.DataArray = like(direction, raster.reshape(direction.shape), name="stream").rio.write_nodata(0)
    return links_there


def _network(drainage: xr.Dataset, *, km2: float) -> tuple[gpd.GeoDataFrame, Int, Int]:
    """Return the links as rows, and the stream cells with the number of the link of each."""
    direction = drainage["direction"]
    grid = Grid.of(direction, name="direction")
    marked = np.asarray(stream_cells(drainage, km2=km2).data).ravel()
    above = upstream_km2(drainage).ravel()
    cells, below = _heads_first(np.flatnonzero(marked), receivers(direction))
    link, order, total = links(below)
    count = int(total[0])
    # each link has its own cells in the order of the flow, and behind them the cell where it ends
    own = np.argsort(link, kind="stable")
    first = np.searchsorted(link[own], np.arange(count))
    heads, feet = own[first], own[np.append(first[1:], cells.size) - 1]
    ends = below[feet]
    goes_on = ends >= 0
    position = np.concatenate([own, ends[goes_on]])
    owner = np.concatenate([link[own], np.flatnonzero(goes_on)])
    behind = np.argsort(owner, kind="stable")
    position, owner = position[behind], owner[behind]
    rows, columns = np.divmod(cells[position], grid.width)
    kept = np.bincount(owner, minlength=count) >= 2
    number = np.where(kept, np.cumsum(kept), 0)
    drawn = kept[owner]
    xy = np.column_stack([grid.columns(columns), grid.rows(rows)])
    lines = shapely.linestrings(xy[drawn], indices=number[owner[drawn]] - 1)
    heights = np.asarray(drainage["filled"].data, dtype=np.float64).ravel()
    table = pd.DataFrame(
        {
            "stream": number,
            "to": np.where(goes_on, number[link[np.maximum(ends, 0)]], 0),
            "order": order[heads],
            "length_m": _lengths(rows, columns, owner, count, grid),
            "upstream_km2": above[cells[feet]],
            "top_m": heights[cells[heads]],
            "foot_m": heights[cells[np.where(goes_on, ends, feet)]],
        }
    )[kept].reset_index(drop=True)
    frame = gpd.GeoDataFrame(table, geometry=shapely.simplify(lines, 0.0), crs=grid.crs)
    return frame, cells, number[link]


def _heads_first(cells: Int, receiver: Int) -> tuple[Int, Int]:
    """Return stream cells so ordered that each stands before the one below it, and the place of that (-1: none)."""
    place = np.full(receiver.size, -1, np.int64)
    place[cells] = np.arange(cells.size)
    target = receiver[cells]
    below = np.where(target == cells, -1, place[target])
    # steps to the end of the network, by jumps that double
    steps, jump = (below >= 0).astype(np.int64), below.copy()
    while (jump >= 0).any():
        on = jump >= 0
        steps[on] += steps[jump[on]]
        jump[on] = jump[jump[on]]
    order = np.lexsort((cells, -steps))
    rank = np.empty(cells.size, np.int64)
    rank[order] = np.arange(cells.size)
    sorted_below = below[order]
    return cells[order], np.where(sorted_below >= 0, rank[np.maximum(sorted_below, 0)], -1)


def _lengths(rows: Int, columns: Int, owner: Int, count: int, grid: Grid) -> Float:
    """Return the metres of each link, by the spacing of the upper cell of each step."""
    across, down = (np.abs(step) for step in grid.spacing())
    same = owner[1:] == owner[:-1]
    upper = rows[:-1]
    step = np.hypot(np.diff(columns) * across[upper], np.diff(rows) * down[upper])
    total: Float = np.bincount(owner[:-1][same], weights=step[same], minlength=count).astype(np.float64)
    return total
