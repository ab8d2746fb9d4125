"""Several rasters on one grid: tiles cleaned one by one, joined, and resampled in parts that fit the memory."""

import math
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from affine import Affine
from pyproj.exceptions import ProjError
from rasterio.enums import Resampling
from rasterio.warp import reproject

from .._limits import hold_cells_read
from .._progress import Progress, silent
from .._transformers import crs_to_crs
from .file import RasterFile, Reader
from .findings import Findings
from .grid import Bounds, Grid

Span = tuple[slice, slice]

_MARK = -32768.0
_BLOCK = 2048
_MOST_CELLS = 32_000_000
_PART = 1024
_MOST_OPEN = 64  # files at once, of the 256 that some systems allow
_REACH = 4  # pixels beyond a part that cubic convolution and rounding may ask for


@dataclass(frozen=True)
class Mosaic:
    """Resampled values, the method (joined by + where tiles differ), and what each tile held."""

    values: npt.NDArray[np.float32]
    method: str
    tiles: tuple[RasterFile, ...]
    findings: tuple[Findings, ...]


def window_of(file: RasterFile, bounds: Bounds, *, crs: object) -> Span | None:
    """Return the rows and columns of a raster that ``bounds`` (in ``crs``) needs, or None."""
    grid = file.grid
    try:
        transformer = crs_to_crs(crs, grid.crs)  # none between planets
        west, south, east, north = transformer.transform_bounds(*bounds, densify_pts=21)
    except ProjError:
        return None
    (left, right), (top, bottom) = (sorted(ends) for ends in grid.place([west, east], [south, north]))
    if not np.isfinite([left, right, top, bottom]).all():
        return None
    columns = slice(max(math.floor(left), 0), min(math.ceil(right), grid.width))
    rows = slice(max(math.floor(top), 0), min(math.ceil(bottom), grid.height))
    return (rows, columns) if columns.start < columns.stop and rows.start < rows.stop else None


def pixel_size(file: RasterFile, x: float, y: float, *, crs: object) -> float:
    """Return the side, in units of ``crs``, of the square as large as a pixel at ``x``, ``y`` of ``crs``."""
    to_file = crs_to_crs(crs, file.grid.crs)
    column, row = file.grid.place(*to_file.transform(x, y))
    corners = [file.grid.transform * (float(column) + i, float(row) + j) for i, j in ((0, 0), (1, 0), (0, 1))]
    xs, ys = to_file.transform([c[0] for c in corners], [c[1] for c in corners], direction="INVERSE")
    cross = (xs[1] - xs[0]) * (ys[2] - ys[0]) - (xs[2] - xs[0]) * (ys[1] - ys[0])
    return math.sqrt(abs(cross))


def survey(file: RasterFile, window: Span) -> Findings:
    """Read a window in blocks and return what it holds: missing cells by cause, zeros and their sides."""
    rows, columns = window
    with file.open() as reader:
        for top in range(rows.start, rows.stop, _BLOCK):
            for left in range(columns.start, columns.stop, _BLOCK):
                reader.read(slice(top, min(top + _BLOCK, rows.stop)), slice(left, min(left + _BLOCK, columns.stop)))
        return reader.findings


def group_tiles(tiles: Iterable[RasterFile]) -> list[list[RasterFile]]:
    """Return the tiles in groups that share CRS, pixel size and pixel alignment, in the given order."""
    groups: dict[tuple[object, ...], list[RasterFile]] = {}
    for position, tile in enumerate(tiles):
        groups.setdefault(_alignment(tile.grid, position), []).append(tile)
    return list(groups.values())


def mosaic(tiles: Sequence[RasterFile], grid: Grid, *, progress: Progress | None = None) -> Mosaic:
    """Return tiles resampled onto a grid; where they overlap, the first that holds a value counts.

    Each tile is read through the door and judged alone: its missing cells, its unit, and cells of
    exactly 0 that look like voids never hide a neighbour's values. Where the grid is at least twice as
    coarse as the pixels, cells are averages of the pixels they cover; otherwise cubic convolution. A
    missing pixel weighs nothing and does not spread. Memory does not grow with the files.

    Parameters
    ----------
    tiles : sequence of RasterFile
        In any CRS.
    grid : Grid
        In a projected CRS.
    progress : callable, optional
        Takes the share done, 0 to 1.

    Raises
    ------
    DataError
        If a file breaks off.
    """
    tell = progress or silent
    centre = _centre(grid)
    values = np.full(grid.shape, np.nan, np.float32)
    kept: list[RasterFile] = []
    found: list[Findings] = []
    methods: dict[str, None] = {}
    groups = group_tiles(tiles)
    for number, group in enumerate(groups):
        pixel = pixel_size(group[0], *centre, crs=grid.crs)
        windows = _windows(group, grid, pixel)
        judged = [(tile, survey(tile, window)) for tile, window in windows if window is not None]
        cleaned = [replace(tile, void_zeros=_void_zeros(findings)) for tile, findings in judged]
        kept += cleaned
        found += [findings for _, findings in judged]
        if not cleaned:
            continue
        method = Resampling.average if grid.resolution >= 2 * pixel * 0.98 else Resampling.cubic
        methods[method.name] = None
        _fill(values, grid, cleaned, pixel, method)
        tell((number + 1) / len(groups))
    return Mosaic(values, "+".join(methods), tuple(kept), tuple(found))


def _centre(grid: Grid) -> tuple[float, float]:
    west, south, east, north = grid.bounds
    return (west + east) / 2, (south + north) / 2


def _windows(group: Sequence[RasterFile], grid: Grid, pixel: float) -> list[tuple[RasterFile, Span | None]]:
    """Return the part of each tile that is needed for a grid."""
    west, south, east, north = grid.bounds
    reach = (_REACH + 1) * max(pixel, grid.resolution)
    around = (west - reach, south - reach, east + reach, north + reach)
    return [(tile, window_of(tile, around, crs=grid.crs)) for tile in group]


def hold_tiles(tiles: Iterable[RasterFile], grid: Grid) -> None:
    """Refuse tiles that have too many cells over a grid, before one is read.

    Raises
    ------
    DataError
        If the limit is broken and not lifted.
    """
    cells, names = 0, []
    for group in group_tiles(tiles):
        for tile, window in _windows(group, grid, pixel_size(group[0], *_centre(grid), crs=grid.crs)):
            if window is not None:
                rows, columns = window
                cells += (rows.stop - rows.start) * (columns.stop - columns.start)
                names.append(tile.name)
    if names:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        hold_cells_read(f"{names[0]}{more}", cells)


def _void_zeros(findings: Findings) -> str:
    """Return which zeros of a tile are read as missing: patches that border nothing go with the more frequent kind."""
    zeros = findings.zeros
    return "" if not zeros.void_like else "bare" if zeros.void_like > zeros.plain else "bordered"


def _fill(
    values: npt.NDArray[np.float32], grid: Grid, group: Sequence[RasterFile], pixel: float, method: Resampling
) -> None:
    """Write the resampled group into cells that hold nothing yet, part by part."""
    ratio = max(grid.resolution / pixel, 1.0)
    side = int(min(_PART, max(math.sqrt(_MOST_CELLS) / ratio, 16)))
    lattice = _lattice(group)
    with _Readers() as readers:
        for top in range(0, grid.height, side):
            for left in range(0, grid.width, side):
                rows, columns = slice(top, min(top + side, grid.height)), slice(left, min(left + side, grid.width))
                had = values[rows, columns]
                hole = np.isnan(had) | (had == 0)  # a zero that stands yields to what another tile knows
                if hole.any():
                    part = grid.window(rows, columns)
                    given = _canvas(group, readers, lattice, part, max(pixel, grid.resolution))
                    if given is not None:
                        warped = _warped(*given, part, method)
                        better = hole & ~np.isnan(warped) & (np.isnan(had) | (warped != 0))
                        values[rows, columns] = np.where(better, warped, had)


class _Readers:
    """Tiles open for reading, 64 at most: a system lets no program open thousands of files."""

    def __init__(self) -> None:
        self._stack, self._open = ExitStack(), dict[int, Reader]()

    def __enter__(self) -> "_Readers":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def of(self, tile: RasterFile) -> Reader:
        """Return the reader of a tile, opened if it is not open; where too many are, all others are closed first."""
        if id(tile) not in self._open:
            if len(self._open) >= _MOST_OPEN:
                self._stack.close()  # last first, as the settings of GDAL that go with each are stacked
                self._open.clear()
            self._open[id(tile)] = self._stack.enter_context(tile.open())
        return self._open[id(tile)]


def _lattice(group: Sequence[RasterFile]) -> Grid:
    """Return the grid of pixels that a group shares, over all its tiles."""
    if len(group) == 1:
        return group[0].grid
    first = group[0].grid
    west, north = min(t.grid.transform.c for t in group), max(t.grid.transform.f for t in group)
    corner = Affine(first.step_x, 0.0, west, 0.0, first.step_y, north)
    width = max(round((t.grid.transform.c - west) / first.step_x) + t.grid.width for t in group)
    height = max(round((t.grid.transform.f - north) / first.step_y) + t.grid.height for t in group)
    return Grid(first.crs, corner, width, height)


def _canvas(
    tiles: Sequence[RasterFile], readers: "_Readers", lattice: Grid, part: Grid, step: float
) -> tuple[npt.NDArray[np.float32], Grid] | None:
    """Return the pixels that a part of the grid needs, from all tiles; None where there are none."""
    reach = (_REACH + 1) * step
    west, south, east, north = part.bounds
    whole = replace(tiles[0], grid=lattice)
    window = window_of(whole, (west - reach, south - reach, east + reach, north + reach), crs=part.crs)
    if window is None:
        return None
    area = lattice.window(*window)
    canvas = np.full(area.shape, np.nan, np.float32)
    for tile in tiles:
        grid = tile.grid
        down = round((grid.transform.f - area.transform.f) / grid.step_y)
        across = round((grid.transform.c - area.transform.c) / grid.step_x)
        rows, columns = (
            slice(max(-down, 0), min(area.height - down, grid.height)),
            slice(max(-across, 0), min(area.width - across, grid.width)),
        )
        if rows.start >= rows.stop or columns.start >= columns.stop:
            continue
        target = canvas[rows.start + down : rows.stop + down, columns.start + across : columns.stop + across]
        free = np.isnan(target) | (target == 0)
        if free.any():
            given = readers.of(tile).read(rows, columns)
            np.copyto(target, given, where=np.isnan(target) | (free & ~np.isnan(given)), casting="same_kind")
    return None if np.isnan(canvas).all() else (canvas, area)


def _warped(canvas: npt.NDArray[np.float32], area: Grid, part: Grid, method: Resampling) -> npt.NDArray[np.float32]:
    out = np.full(part.shape, np.nan, np.float32)
    reproject(
        np.where(np.isnan(canvas), np.float32(_MARK), canvas),
        out,
        src_transform=area.transform,
        src_crs=area.crs.to_wkt(),
        src_nodata=_MARK,
        dst_transform=part.transform,
        dst_crs=part.crs.to_wkt(),
        dst_nodata=np.nan,
        resampling=method,
    )
    return out


def _alignment(grid: Grid, position: int) -> tuple[object, ...]:
    t = grid.transform
    if t.a <= 0 or t.e >= 0:
        return ("alone", position)
    phase = (round(t.c / t.a % 1, 2) % 1, round(t.f / t.e % 1, 2) % 1)
    return (grid.crs.to_wkt(), round(t.a, 12), round(t.e, 12), *phase)
