"""An inventory of slides: where they are, and where somebody looked and found none; nothing is made up between."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from pyproj.exceptions import CRSError, ProjError
from rasterio.features import rasterize

from .._validation import check_count, check_positive
from ..errors import DataError
from ..raster import Grid, plain_shapes

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LEAST_SLIDES = 30
"""Slides, and places without one, below which no model is fitted: a few places of chance would decide it."""

NO_ABSENCES = (
    "there is no place without a slide; add rows with {column} = 0 for places that were looked at, or give polygons of "
    "the area that was surveyed (none are made up)"
)


@dataclass(frozen=True, eq=False)
class Inventory:
    """Places on the cells of a DEM, each once.

    Attributes
    ----------
    rows, columns : int64 (n,)
        Their cells.
    slide : bool (n,)
        Whether a slide is mapped there; else somebody looked and found none.
    blocks : int64 (n,)
        Number of the square of ground on which a place lies; squares are held out as a whole.
    notes : tuple of str
        What was left out, a line each.
    """

    rows: Ints
    columns: Ints
    slide: Bools
    blocks: Ints
    notes: tuple[str, ...] = ()

    @property
    def slides(self) -> int:
        """Number of places with a slide."""
        return int(self.slide.sum())

    def kept(self, good: Bools, note: str) -> "Inventory":
        """Return the places that are good, with a note if some are not."""
        if good.all():
            return self
        told = f"{int((~good).sum())} places of the inventory {note}"
        return Inventory(
            self.rows[good], self.columns[good], self.slide[good], self.blocks[good], notes=(*self.notes, told)
        )

    def checked(self) -> "Inventory":
        """Return the inventory if there is enough of it.

        Raises
        ------
        DataError
            If there are fewer than 30 slides, or than 30 places without.
        """
        if self.slides < LEAST_SLIDES:
            raise DataError(
                f"the inventory has {self.slides} slides on the DEM, but at least {LEAST_SLIDES} are needed to tell a "
                "pattern from chance; use the infinite slope and the index until there are more"
            )
        without = len(self.slide) - self.slides
        if without < LEAST_SLIDES:
            raise DataError(
                f"the inventory has {without} surveyed places without a slide, but at least {LEAST_SLIDES} are needed; "
                "add places that were looked at, or polygons of the area that was surveyed"
            )
        return self


def read_places(
    inventory: gpd.GeoDataFrame,
    dem: xr.DataArray,
    *,
    surveyed: gpd.GeoDataFrame | None = None,
    column: str = "slide",
    each: int = 3,
    block_m: float = 5000.0,
    seed: int = 0,
) -> Inventory:
    """Return the places of an inventory on the cells of a DEM.

    Parameters
    ----------
    inventory : geopandas.GeoDataFrame
        Points or polygons in any CRS; a polygon stands for one point within it. ``column`` is 1 (or true) for a slide
        and 0 for a place that was looked at and has none; without the column every row is a slide.
    dem : xarray.DataArray
        The grid, and where there is ground.
    surveyed : geopandas.GeoDataFrame, optional
        Polygons within which every slide was mapped. Cells in them without a slide are places without one; ``each`` of
        them for a slide are drawn by ``seed``, at most as many as there are.
    column : str
        Name of the column.
    block_m : float
        Side of the squares that are held out as a whole, in metres.

    Returns
    -------
    Inventory
        Slides of one cell count once, and a cell with a slide is no place without.

    Raises
    ------
    DataError
        If the inventory is of one class, has fewer than 30 slides or 30 places without, values other than 0 and 1, no
        CRS, or nothing on the DEM.

    >>> dem = xr.DataArray(np.zeros((2, 2)), {"y": [15.0, 5.0], "x": [5.0, 15.0]}, ("y", "x")).rio.write_crs(4544)
    >>> slides = gpd.GeoDataFrame({"slide": [1]}, geometry=gpd.points_from_xy([5], [5]), crs=4544)
    >>> read_places(slides, dem)
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: the inventory is of one class, slides alone: there is no place without a slide; add
    rows with slide = 0 for places that were looked at, or give polygons of the area that was surveyed (none are made
    up)
    """
    side = check_positive(block_m, name="block_m", unit="m")
    grid = Grid.of(dem)
    slide = _classes(inventory, column)
    if surveyed is None and slide.all():
        raise DataError(f"the inventory is of one class, slides alone: {NO_ABSENCES.format(column=column)}")
    if not slide.any():
        raise DataError(
            f"the inventory is of one class, places without a slide alone; add rows with {column} = 1 for the slides"
        )
    where = _on(inventory, grid, name="inventory")
    points = shapely.point_on_surface(where)
    row_at, column_at, inside = grid.cells_at(shapely.get_x(points), shapely.get_y(points))
    if not inside.any():
        raise DataError(
            f"none of {len(inventory)} places of the inventory lies on the DEM; check its CRS, or give a larger DEM"
        )
    notes = [] if inside.all() else [f"{int((~inside).sum())} places of the inventory lie outside the DEM"]
    cells = row_at[inside] * grid.width + column_at[inside]
    slide = slide[inside]
    slid = np.unique(cells[slide])
    free = np.setdiff1d(cells[~slide], slid)
    if len(slid) + len(free) < len(cells):
        notes.append(
            f"{len(cells) - len(slid) - len(free)} places of the inventory share a cell with another; each cell counts "
            "once, as a slide if there is one"
        )
    if surveyed is not None:
        free = np.union1d(free, _surveyed(surveyed, where, grid, slid, each=each, seed=seed))
    both = np.concatenate([slid, free])
    rows, columns = np.divmod(both, grid.width)
    found = Inventory(rows, columns, np.arange(len(both)) < len(slid), _blocks(grid, rows, columns, side), tuple(notes))
    heights = np.asarray(dem.data)[rows, columns]
    known = np.isfinite(heights) if heights.dtype.kind == "f" else np.ones(len(both), bool)
    return found.kept(known, "lie where the DEM has no height").checked()


def _classes(inventory: gpd.GeoDataFrame, column: str) -> Bools:
    if not isinstance(inventory, gpd.GeoDataFrame) or inventory.empty:
        raise DataError("the inventory is empty or no GeoDataFrame; give points or polygons of slides")
    if column not in inventory.columns:
        return np.ones(len(inventory), bool)
    values = pd.to_numeric(inventory[column], errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~np.isin(values, (0.0, 1.0)))
    if wrong.size:
        shown = str(inventory[column].iloc[int(wrong[0])])
        raise DataError(
            f"{column} of row {int(wrong[0]) + 1} of the inventory is {shown!r}, but must be 1 for a slide or 0 for a "
            "place without; correct it"
        )
    return np.asarray(values == 1)


def _on(frame: gpd.GeoDataFrame, grid: Grid, *, name: str) -> npt.NDArray[np.object_]:
    """Return shapes in the CRS of a grid."""
    if frame.crs is None:
        raise DataError(f"{name} has no CRS; set one with .set_crs, e.g. EPSG:4326 for degrees")
    if frame.geometry.isna().any() or frame.geometry.is_empty.any():
        raise DataError(f"{name} holds empty geometries; leave them out")
    try:
        return np.asarray(frame.geometry.to_crs(grid.crs).to_numpy(), dtype=object)
    except (ProjError, CRSError) as error:
        raise DataError(f"{name} has a CRS that cannot be turned into the DEM's; set the right one") from error


def _surveyed(
    surveyed: gpd.GeoDataFrame,
    slides: npt.NDArray[np.object_],
    grid: Grid,
    slid: Ints,
    *,
    each: int,
    seed: int,
) -> Ints:
    """Return cells of the surveyed area without a slide, drawn in a fixed order."""
    if not set(surveyed.geom_type) <= {"Polygon", "MultiPolygon"}:
        raise DataError(f"surveyed holds {surveyed.geom_type.iloc[0]}, but must be polygons of the area looked at")
    areas = list(plain_shapes(_on(surveyed, grid, name="surveyed")))
    looked = rasterize(areas, out_shape=grid.shape, transform=grid.transform, dtype="uint8") > 0
    bodies = [shape for shape in slides if shape.geom_type.endswith("Polygon")]
    if bodies:  # the whole body of a mapped slide is no place without one
        bare = list(plain_shapes(np.array(bodies, dtype=object)))
        looked &= rasterize(bare, out_shape=grid.shape, transform=grid.transform, dtype="uint8", all_touched=True) == 0
    free = np.setdiff1d(np.flatnonzero(looked), slid)
    if not free.size:
        raise DataError("the surveyed area has no cell of the DEM without a slide; check its CRS, or give a larger one")
    wanted = min(free.size, max(check_count(each, name="each") * len(slid), LEAST_SLIDES))
    return np.sort(np.random.default_rng(seed).choice(free, size=wanted, replace=False))


def _blocks(grid: Grid, rows: Ints, columns: Ints, side: float) -> Ints:
    """Return the number of the square in which each cell lies, by metres from the corner of the grid."""
    east, north = (np.abs(step) for step in grid.spacing())
    x = (columns + 0.5) * np.broadcast_to(east, grid.height)[rows]
    y = np.cumsum(np.broadcast_to(north, grid.height))[rows]
    across = int(np.floor(x.max() / side)) + 1
    numbers = np.floor(y / side).astype(np.int64) * across + np.floor(x / side).astype(np.int64)
    return np.unique(numbers, return_inverse=True)[1].ravel().astype(np.int64)
