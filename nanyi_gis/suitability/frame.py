"""What the compiled pass must know of a raster's grid: metres, cell areas, the border between the climates."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyproj
import xarray as xr

from .._transformers import crs_to_crs
from ..climate import Climate
from ..errors import DataError
from ..raster import Areas, Grid

AREA_UNIT_M2 = 1e-4
COARSE_M = 100.0
_STRETCHED = 0.05
_NODES_A_WIDTH = 16  # of the belt between two regimes
_MOST_NODES = 400  # along an axis

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """Rows and columns of a raster in metres, square metres and climate.

    Attributes
    ----------
    per_x, per_y : float32 (height,)
        1 / (8 cell sizes in metres), signed.
    area_nodes : float64 (height, n)
        Cell areas in 1e-4 m² at ``n`` nodes along the row.
    per_node : float
        Nodes per column.
    border : float64 (width,)
        Ordinate of the border between the regimes in each column; empty for one regime.
    row_y : float64 (height,)
        Ordinate of each row.
    per_width : float
        1 / width of the transition, in units of the ordinate.
    nodes : float32 (regimes, m, n)
        Shares of the regimes at nodes over the raster, where no border parts them; empty otherwise.
    node_row, node_column : float64 (height,), (width,)
        Place of each row and column among the nodes.
    first_column : int
        Column of the whole raster at which this part begins.
    """

    per_x: npt.NDArray[np.float32]
    per_y: npt.NDArray[np.float32]
    area_nodes: Floats
    per_node: float
    border: Floats
    row_y: Floats
    per_width: float
    width: int
    first_column: int = 0
    nodes: npt.NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0, 0), np.float32))
    node_row: Floats = field(default_factory=lambda: np.empty(0))
    node_column: Floats = field(default_factory=lambda: np.empty(0))

    @classmethod
    def of(cls, grid: Grid, climate: Climate | None = None) -> "Frame":
        """Prepare a grid for the pass; without a climate there is no border between its regimes."""
        dx, dy = _metres(grid)
        areas = Areas.of(grid)
        nodes = areas.map_area * areas.rows_of / AREA_UNIT_M2
        step = areas.nodes[1] - areas.nodes[0] if areas.nodes.size > 1 else np.inf
        border, per_width = _border(grid, climate)
        with np.errstate(divide="ignore", invalid="ignore"):
            per_x = np.nan_to_num(1 / (8 * dx), nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)
            per_y = np.nan_to_num(1 / (8 * dy), nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)
        return cls(
            per_x,
            per_y,
            np.ascontiguousarray(nodes, dtype=np.float64),
            0.0 if step == 0 else float(1 / step),
            border,
            grid.rows(np.arange(grid.height)),
            per_width,
            grid.width,
            0,
            *_nodes(grid, climate),
        )

    def part(self, rows: slice, columns: slice = slice(None)) -> "Frame":
        """Return the part of the frame for a block of the raster."""
        start, stop, _ = columns.indices(self.width)
        return Frame(
            self.per_x[rows],
            self.per_y[rows],
            self.area_nodes[rows],
            self.per_node,
            self.border[columns] if self.border.size else self.border,
            self.row_y[rows],
            self.per_width,
            stop - start,
            self.first_column + start,
            self.nodes,
            self.node_row[rows],
            self.node_column[columns],
        )

    @property
    def height(self) -> int:
        """Number of rows."""
        return int(self.row_y.size)


def nodata_of(raster: xr.DataArray) -> float | None:
    """Return the nodata value; none where a whole-number raster has kept the NaN of the one it was made from."""
    try:
        value = raster.rio.nodata
    except (ValueError, OverflowError):
        return None
    return None if value is None else float(value)


def warnings_of(grid: Grid, climate: Climate | None) -> tuple[str, ...]:
    """Return what a reader must know of results on this grid: a foreign climate, slopes of coarse cells."""
    notes = []
    if climate is not None and climate.bbox and not _touches(grid, climate):
        notes.append(
            f"the DEM lies outside the area of the climate {climate.id!r}; temperatures and rain are not of that "
            "place, give a climate file"
        )
    notes += climate.notes if climate is not None else ()
    dx, dy = _metres(grid)
    size = float(np.nanmax(np.abs(np.concatenate([dx, dy]))))
    if size > COARSE_M:
        notes.append(f"cells of {size:.0f} m flatten slopes; use a DEM of {COARSE_M:.0f} m or finer to judge slope")
    return tuple(notes)


def _touches(grid: Grid, climate: Climate) -> bool:
    west, south, east, north = _geographic_bounds(grid)
    return bool(
        west < climate.bbox[2] and east > climate.bbox[0] and south < climate.bbox[3] and north > climate.bbox[1]
    )


def _geographic_bounds(grid: Grid) -> tuple[float, float, float, float]:
    xs, ys = grid.columns([-0.5, grid.width - 0.5]), grid.rows([-0.5, grid.height - 0.5])
    west, south, east, north = _from_degrees(grid).transform_bounds(
        xs.min(), ys.min(), xs.max(), ys.max(), direction=pyproj.enums.TransformDirection.INVERSE
    )
    return west, south, east, north


def _from_degrees(grid: Grid) -> pyproj.Transformer:
    """Return longitude and latitude to map; a ridge known to kilometres needs no change of datum."""
    return crs_to_crs(grid.crs.geodetic_crs or 4326, grid.crs)


def _metres(grid: Grid) -> tuple[Floats, Floats]:
    """Return signed metres per column and row; a projection that stretches is corrected row by row."""
    if grid.crs.is_geographic:
        return grid.spacing()
    across = np.array([0, (grid.width - 1) / 2, grid.width - 1])
    down = np.array([0, (grid.height - 1) / 2, grid.height - 1])
    least, greatest, _ = grid.stretch(across, down)
    if float(np.abs(np.stack([least, greatest]) - 1).max()) <= _STRETCHED:
        return grid.spacing()
    # over each row the ground must be stretched alike, in all directions, as in Mercator's map
    if not float((greatest.max(axis=1) / least.min(axis=1)).max()) <= 1 + _STRETCHED:
        raise DataError(
            f"CRS {grid.crs.name} stretches distances unevenly over this raster, so slopes would be wrong; "
            "reproject the DEM to a CRS in metres, e.g. EPSG:4544 for 105 E"
        )
    least, greatest, _ = grid.stretch(across[1:2], np.arange(grid.height))
    ground = (least[:, 0] + greatest[:, 0]) / 2
    return grid.step_x * grid.unit * ground, grid.step_y * grid.unit * ground


def _nodes(grid: Grid, climate: Climate | None) -> tuple[npt.NDArray[np.float32], Floats, Floats]:
    """Return the shares of regimes with polygons at nodes over the raster, and where its rows and columns lie."""
    if climate is None or not climate.areas:
        return np.empty((0, 0, 0), np.float32), np.empty(0), np.empty(0)
    dx, dy = (float(np.nanmedian(np.abs(size))) for size in _metres(grid))
    step = climate.ridge_width_m / _NODES_A_WIDTH
    down, across = (
        int(np.clip(np.ceil(cells * size / step), 1, _MOST_NODES)) + 1
        for cells, size in ((grid.height, dy), (grid.width, dx))
    )
    rows, columns = np.linspace(0, grid.height, down) - 0.5, np.linspace(0, grid.width, across) - 0.5
    x, y = np.meshgrid(grid.columns(columns), grid.rows(rows))
    lon, lat = _from_degrees(grid).transform(x, y, direction=pyproj.enums.TransformDirection.INVERSE)
    shares = climate.shares(lon, lat).reshape(len(climate.regimes), down, across)
    return (
        shares.astype(np.float32),
        (np.arange(grid.height) + 0.5) / grid.height * (down - 1),
        (np.arange(grid.width) + 0.5) / grid.width * (across - 1),
    )


def regime_border(grid: Grid, climate: Climate) -> Floats:
    """Return the ordinate of the border between two regimes in each column; empty where no ridge parts them."""
    return _border(grid, climate)[0]


def _border(grid: Grid, climate: Climate | None) -> tuple[Floats, float]:
    if climate is None or not len(climate.ridge):
        return np.empty(0), 0.0
    x, y = _from_degrees(grid).transform(climate.ridge[:, 0], climate.ridge[:, 1])
    if not (np.isfinite(x).all() and np.isfinite(y).all() and np.all(np.diff(x) > 0)):
        # far away or mirrored: the projection does not know the ridge, so one regime holds for all
        return np.empty(0), 0.0
    metre = 1 / grid.unit if grid.crs.is_projected else 1 / (6_371_007.2 * grid.unit)
    return np.interp(grid.columns(np.arange(grid.width)), x, y), 1.0 / (climate.ridge_width_m * metre)
