"""A dam across a valley: its line from a place and a height, the wall that it is on the grid, and its two sides."""

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
import xarray as xr
from scipy.ndimage import binary_dilation

from .._kernels.reservoir import AROUND, BORDER, DRY, HELD, WINDOW, rising
from .._transformers import crs_to_crs
from .._validation import check_finite, check_positive
from ..errors import DataError, ParameterError
from ..raster import Grid, elevations
from .flow import Bool, Float
from .places import on_grid, refuse_far, traced

LONGEST_M = 3000.0
"""How far a dam's line is looked for to each side."""

_DIRECTIONS = 36
_TRIES = 8
_FIRST_REACH = 64  # cells around the dam in which its water is looked for first


@dataclass(frozen=True, eq=False)
class Dam:
    """A line across a valley with its crest.

    Attributes
    ----------
    line : LineString
        From abutment to abutment, in the CRS of the DEM.
    crest_m : float
        Level of the crest.
    length_m : float
        Of the line below the crest.
    wall : LineString
        The line whose cells hold the water: that of a place reaches a cell farther into both sides.
    """

    line: shapely.LineString
    crest_m: float
    length_m: float
    wall: shapely.LineString


@dataclass(frozen=True, eq=False)
class Flooded:
    """Water behind a dam: at which level each cell of a window is first wetted.

    Attributes
    ----------
    stage, ground : float64 (rows, columns)
        Levels (NaN where dry below the crest), and heights.
    top, left : int
        Where the window lies in the raster.
    ended, level, saddle
        How the flood ended, at which level, and the flat number of the cell over which it did, in the window.
    base_m : float
        Lowest ground beside the dam on the side of the water.
    """

    stage: Float
    ground: Float
    top: int
    left: int
    ended: int
    level: float
    saddle: int
    base_m: float


@dataclass(frozen=True, eq=False)
class Site:
    """A DEM on which dams stand: its grid, and metres in a cell."""

    dem: xr.DataArray
    grid: Grid
    across: Float
    down: Float

    @classmethod
    def of(cls, dem: xr.DataArray) -> "Site":
        """Read the grid of a DEM."""
        grid = Grid.of(dem)
        across, down = (np.abs(step) for step in grid.spacing())
        return cls(dem, grid, across, down)

    def heights(self, top: int, left: int, bottom: int, right: int) -> Float:
        """Return heights of a window as float64, NaN where there is none."""
        part = np.ascontiguousarray(np.asarray(self.dem[top:bottom, left:right].data))
        heights: Float = elevations(part, self.dem.rio.nodata, land=False).astype(np.float64)
        return heights

    def place(self, longitude: float, latitude: float) -> tuple[int, int]:
        """Return row and column of a place in degrees (WGS 84).

        Raises
        ------
        ParameterError
            If it is outside the DEM or where it has no height.
        """
        for value, name, most in ((longitude, "longitude", 180.0), (latitude, "latitude", 90.0)):
            if abs(check_finite(value, name=name)) > most:
                raise ParameterError(f"{name} is {value:g}, beyond {most:g}; give LON,LAT,HEIGHT in degrees and metres")
        x, y = crs_to_crs(4326, self.grid.crs).transform(longitude, latitude)
        column, row = (float(part) for part in self.grid.place(x, y))
        if not (0 <= column < self.grid.width and 0 <= row < self.grid.height):
            raise ParameterError(f"the dam at {longitude:g}, {latitude:g} is outside the DEM; give a place on it")
        at = int(row), int(column)
        if math.isnan(self.heights(at[0], at[1], at[0] + 1, at[1] + 1)[0, 0]):
            raise ParameterError(f"the dam at {longitude:g}, {latitude:g} is where the DEM has no height; move it")
        return at

    def degrees(self, row: int, column: int) -> tuple[float, float]:
        """Return longitude and latitude of the centre of a cell."""
        x, y = float(self.grid.columns(column)), float(self.grid.rows(row))
        longitude, latitude = crs_to_crs(self.grid.crs, 4326).transform(x, y)
        return float(longitude), float(latitude)

    def axes(self, row: int, column: int, crest: float, *, most: float = LONGEST_M) -> list[Dam]:
        """Return lines through a cell that reach the crest on both sides, the shortest first.

        Directions are 5 degrees apart; along each the ground is read every half cell, between the centres of cells
        linearly, and the ends are where it first reaches the crest. None if in every direction a side stays below it.
        """
        across, down = float(self.across[row]), float(self.down[row])
        step = min(across, down) / 2.0
        reach_r, reach_c = (math.ceil(most / size) + 1 for size in (down, across))
        top, left = max(row - reach_r, 0), max(column - reach_c, 0)
        ground = self.heights(
            top, left, min(row + reach_r + 1, self.grid.height), min(column + reach_c + 1, self.grid.width)
        )
        distance: Float = np.arange(1, int(most / step) + 1, dtype=np.float64) * step
        found: list[tuple[float, int, tuple[float, float, float, float]]] = []
        for k in range(_DIRECTIONS):
            angle = math.pi * k / _DIRECTIONS
            dr, dc = -math.sin(angle) / down, math.cos(angle) / across
            right_end, left_end = (
                _reached(ground, row - top, column - left, sign * dr, sign * dc, distance, crest)
                for sign in (1.0, -1.0)
            )
            if right_end is None or left_end is None:
                continue
            found.append((right_end + left_end, k, (left_end, right_end, dr, dc)))
        dams = []
        for length, _, (before, after, dr, dc) in sorted(found):
            line, wall = (
                shapely.LineString(
                    np.column_stack(
                        [
                            self.grid.columns([column - (before + more) * dc, column + (after + more) * dc]),
                            self.grid.rows([row - (before + more) * dr, row + (after + more) * dr]),
                        ]
                    )
                )
                for more in (0.0, max(across, down))
            )
            dams.append(Dam(line, crest, length, wall))
        return dams

    def flooded(self, dam: Dam) -> Flooded:
        """Return the water behind a dam, on the side where it stands higher; the window grows until it holds it."""
        cells = traced(np.array([dam.wall], dtype=object), self.grid)
        if not cells.size:
            raise ParameterError("the dam's line does not reach the DEM; give a line on it, and its CRS")
        rows, columns = np.divmod(cells, self.grid.width)
        reach = _FIRST_REACH
        while True:
            top, left = max(int(rows.min()) - reach, 0), max(int(columns.min()) - reach, 0)
            bottom = min(int(rows.max()) + reach + 1, self.grid.height)
            right = min(int(columns.max()) + reach + 1, self.grid.width)
            water = self._in_window(dam, top, left, bottom, right)
            if water.ended != WINDOW:
                return water
            reach *= 2

    def _in_window(self, dam: Dam, top: int, left: int, bottom: int, right: int) -> Flooded:
        ground = self.heights(top, left, bottom, right)
        grid = self.grid.window(slice(top, bottom), slice(left, right))
        wall = np.zeros(ground.shape, bool)
        wall.ravel()[traced(np.array([dam.wall], dtype=object), grid)] = True
        sides = _sides(wall, dam.wall, grid)
        blocked = wall | np.isnan(ground)
        border = _border(ground, self.grid, top, left)
        floods = []
        for side, other in (sides, sides[::-1]):
            own = np.flatnonzero(side & ~blocked)
            if not own.size:
                continue
            seed = int(own[np.argmin(ground.ravel()[own])])
            stage, ended, level, saddle = rising(ground, blocked, other & ~blocked, border, seed, dam.crest_m)
            base = float(ground.ravel()[seed])
            floods.append(Flooded(stage, ground, top, left, int(ended), float(level), int(saddle), base))
        if not floods:
            raise ParameterError("the dam's line has ground on neither side; give a line across a valley")
        # held is best, then what must be looked at in a larger window; of equals the higher water, then the higher bed
        return max(floods, key=lambda w: (w.ended == HELD, w.ended == WINDOW, w.level, w.base_m))


def point_dam(site: Site, longitude: float, latitude: float, height: float) -> tuple[Dam, Flooded]:
    """Return the shortest dam through a place that holds water up to its crest, and the water.

    Raises
    ------
    ParameterError
        If the place is off the DEM or off a valley, or the dam is higher than its rim (names the saddle).
    """
    metres = check_positive(height, name="dam height", unit="m")
    row, column = site.place(longitude, latitude)
    ground = float(site.heights(row, column, row + 1, column + 1)[0, 0])
    crest = ground + metres
    dams = site.axes(row, column, crest)
    if not dams:
        raise ParameterError(
            f"the dam at {longitude:g}, {latitude:g} is off a valley: its crest at {crest:.1f} m meets no ground on "
            f"both sides within {LONGEST_M / 1000:g} km or the DEM ends; move it, or make it lower than {metres:g} m"
        )
    best: tuple[Dam, Flooded] | None = None
    for dam in dams[:_TRIES]:
        water = site.flooded(dam)
        if best is None or (water.ended == HELD, water.level) > (best[1].ended == HELD, best[1].level):
            best = dam, water
        if water.ended == HELD:
            break
    assert best is not None  # noqa: S101 (there is at least one)
    refuse_leaking(site, *best, ground=ground)
    return best


def line_dam(site: Site, line: gpd.GeoDataFrame | gpd.GeoSeries, crest: float) -> tuple[Dam, Flooded]:
    """Return a dam along a user's line with its crest at a level, and the water behind it.

    Raises
    ------
    DataError
        If it is not one line with a CRS.
    ParameterError
        As :func:`point_dam`.
    """
    level = check_finite(crest, name="crest")
    there = on_grid(line, site.grid, name="dam", kinds={"LineString"}, what="a line")
    if len(there) != 1:
        raise DataError(f"dam has {len(there)} lines, but must be one; give one line from abutment to abutment")
    shape = there.iloc[0]
    refuse_far(there, site.grid, name="dams")
    cells = traced(np.array([shape], dtype=object), site.grid)
    rows, columns = np.divmod(cells, site.grid.width)
    window = site.heights(int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1)
    heights = window[rows - rows.min(), columns - columns.min()]
    ground = float(np.nanmin(heights)) if not np.isnan(heights).all() else math.nan
    if not ground < level:
        raise ParameterError(f"the dam's crest is at {level:g} m, but the ground under it begins at {ground:.1f} m")
    length = shape.length * site.grid.unit if not site.grid.crs.is_geographic else _degrees_length(shape, site)
    dam = Dam(shape, level, length, shape)
    water = site.flooded(dam)
    refuse_leaking(site, dam, water, ground=ground)
    return dam, water


def refuse_leaking(site: Site, dam: Dam, water: Flooded, *, ground: float) -> None:
    """Refuse a dam whose water leaves below its crest, and say over which saddle.

    Raises
    ------
    ParameterError
        Names the saddle, and the height that it allows.
    """
    if water.ended == HELD:
        return
    row, column = divmod(water.saddle, water.ground.shape[1])
    longitude, latitude = site.degrees(row + water.top, column + water.left)
    where = f"at {longitude:.5f}, {latitude:.5f}"
    if water.ended == DRY or water.level <= max(ground, water.base_m):
        raise ParameterError(
            f"the dam is off a valley: nothing holds water behind it, which leaves {where} at {water.level:.1f} m; "
            "move it"
        )
    way = {BORDER: "leaves the DEM", AROUND: "goes around the dam"}[water.ended]
    raise ParameterError(
        f"the dam's crest at {dam.crest_m:.1f} m is higher than its rim: water {way} over the saddle {where} at "
        f"{water.level:.1f} m; make it lower than {water.level - ground:.1f} m, or move it"
    )


def _reached(ground: Float, row: int, column: int, dr: float, dc: float, distance: Float, crest: float) -> float | None:
    """Return the metres at which ground along a ray first reaches the crest; None if it does not, or the DEM ends."""
    r, c = row + dr * distance, column + dc * distance
    inside = (r >= 0) & (r <= ground.shape[0] - 1) & (c >= 0) & (c <= ground.shape[1] - 1)
    last = int(np.argmin(inside)) if not inside.all() else distance.size
    heights = np.concatenate([[ground[row, column]], _between(ground, r[:last], c[:last])])
    with np.errstate(invalid="ignore"):
        up = heights >= crest
    if not up.any():
        return None
    i = int(np.argmax(up))
    if i == 0 or np.isnan(heights[: i + 1]).any():
        return None
    low, high = heights[i - 1], heights[i]
    before = 0.0 if i == 1 else float(distance[i - 2])
    return before + (float(distance[i - 1]) - before) * float((crest - low) / (high - low))


def _between(ground: Float, rows: Float, columns: Float) -> Float:
    """Return heights between the centres of cells, linear in both directions."""
    r, c = np.floor(rows).astype(np.int64), np.floor(columns).astype(np.int64)
    r1, c1 = np.minimum(r + 1, ground.shape[0] - 1), np.minimum(c + 1, ground.shape[1] - 1)
    down, right = rows - r, columns - c
    upper = ground[r, c] * (1 - right) + ground[r, c1] * right
    lower = ground[r1, c] * (1 - right) + ground[r1, c1] * right
    found: Float = upper * (1 - down) + lower * down
    return found


def _sides(wall: Bool, line: shapely.LineString, grid: Grid) -> tuple[Bool, Bool]:
    """Return the cells beside the wall on either side of its line; those off its ends are on neither."""
    beside = binary_dilation(wall, structure=np.ones((3, 3), bool)) & ~wall
    cells = np.flatnonzero(beside)
    rows, columns = np.divmod(cells, grid.width)
    x, y = grid.columns(columns), grid.rows(rows)
    along = shapely.line_locate_point(line, shapely.points(x, y))
    tiny = line.length * 1e-6
    a = shapely.get_coordinates(shapely.line_interpolate_point(line, np.maximum(along - tiny, 0.0)))
    b = shapely.get_coordinates(shapely.line_interpolate_point(line, np.minimum(along + tiny, line.length)))
    turn = (b[:, 0] - a[:, 0]) * (y - a[:, 1]) - (b[:, 1] - a[:, 1]) * (x - a[:, 0])
    within = (along > tiny) & (along < line.length - tiny)
    sides = []
    for chosen in (within & (turn > 0), within & (turn < 0)):
        side = np.zeros(wall.shape, bool)
        side.ravel()[cells[chosen]] = True
        sides.append(side)
    return sides[0], sides[1]


def _border(ground: Float, grid: Grid, top: int, left: int) -> npt.NDArray[np.uint8]:
    """Return 1 where water can leave the DEM (its border, or beside unknown heights), 2 at the window's own edge."""
    height, width = ground.shape
    border = np.zeros(ground.shape, np.uint8)
    border[[0, -1], :] = 2
    border[:, [0, -1]] = 2
    if top == 0:
        border[0] = 1
    if top + height == grid.height:
        border[-1] = 1
    if left == 0:
        border[:, 0] = 1
    if left + width == grid.width:
        border[:, -1] = 1
    unknown = np.isnan(ground)
    if unknown.any():
        border[binary_dilation(unknown, structure=np.ones((3, 3), bool))] = 1
    return border


def _degrees_length(line: shapely.LineString, site: Site) -> float:
    return float(site.grid.geod.geometry_length(line))
