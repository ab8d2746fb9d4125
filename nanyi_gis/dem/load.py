"""Loading a DEM: any elevation files in, one checked array of metres on the working grid out."""

import math
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
import xarray as xr
from affine import Affine
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.features import rasterize
from rasterio.io import MemoryFile
from rasterio.warp import reproject

from .._progress import Progress
from .._validation import check_non_negative, check_positive
from ..errors import DataError
from ..io import data_file, sha256
from ..study import StudyArea
from .checks import FINEST_M, check_coverage, check_range, check_resolution, suspect_unit
from .source import METRES, NODATA, Tile, as_paths, find_missing_mark, group_tiles, inspect, mosaic_vrt
from .voids import Voids, fill_voids

Sources = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

DEMONSTRATION = "dem/demo_dem_90m.tif"
MARGIN_M = 6000.0


@dataclass(frozen=True)
class DemReport:
    """What was read and what was done to it; ``attrs["report"]`` is the same as a plain dict.

    Attributes
    ----------
    sources : tuple of dict
        Of each file ``name``, ``sha256``, ``driver``, ``crs``, ``pixel_m`` (side of a pixel in
        metres), ``nodata``, ``nodata_declared``, ``unit``, ``unit_declared``, ``vertical_datum``.
    demonstration : bool
        True for the modelled terrain that comes with the package.
    crs, resolution_m : str, float
        The working grid.
    resampling : str
        GDAL's name of the method used.
    converted_from : str
        The unit that was converted to metres; empty if the file was in metres.
    vertical_datum : str
        Of the files, a semicolon between different ones; heights are passed on unshifted.
    covered : float
        Share of the counties' cells that hold a height, after filling.
    voids, voids_filled, voids_filled_km2, voids_left_km2, largest_void_left_km2 : int, int, float, float, float
        Enclosed patches of missing cells, and how many and how much was filled or left.
    min_m, mean_m, max_m : float
        Over the counties' cells.
    """

    sources: tuple[dict[str, Any], ...]
    demonstration: bool
    crs: str
    resolution_m: float
    resampling: str
    converted_from: str
    vertical_datum: str
    covered: float
    voids: int
    voids_filled: int
    voids_filled_km2: float
    voids_left_km2: float
    largest_void_left_km2: float
    min_m: float
    mean_m: float
    max_m: float

    def as_dict(self) -> dict[str, Any]:
        """Return the report as a dict that JSON can write."""
        return {**asdict(self), "sources": [dict(source) for source in self.sources]}


def load_dem(
    sources: Sources | None = None,
    *,
    study: StudyArea,
    resolution: float | None = None,
    vertical_unit: str | None = None,
    max_void_km2: float = 1.0,
    least_coverage: float = 0.99,
    chunks: int | None = None,
    progress: Progress | None = None,
) -> xr.DataArray:
    """Load elevation files onto the working grid of a study area, in metres.

    The grid reaches 6 km beyond the counties, so that visibility, drainage and travel near the
    border see what lies behind it. The files are read lazily, only where the grid needs them,
    and reprojected once. Where the grid is at least twice as coarse as the file, cells are averages of the pixels they
    cover (every pixel counts, band areas stay true); otherwise cubic convolution keeps the
    relief, which bilinear interpolation flattens.

    Parameters
    ----------
    sources : path or paths, optional
        One single-band elevation raster that GDAL reads, or tiles; the embedded demonstration
        DEM if not given. Where tiles overlap, the first given counts.
    study : StudyArea
        Counties and working CRS.
    resolution : float, optional
        Cell size in metres; the file's own, but not finer than 30 m, if not given.
    vertical_unit : str, optional
        ``m``, ``ft``, ``us-ft``, ``dm`` or ``cm``; overrules what the file declares.
    max_void_km2 : float
        Voids (enclosed missing cells) up to this size are filled, larger ones stay NaN.
    least_coverage : float
        Share of the counties' cells that must hold a height.
    chunks : int, optional
        Edge length of Dask blocks of the result; NumPy-backed if not given.
    progress : callable, optional
        Takes the share done, 0 to 1.

    Returns
    -------
    xarray.DataArray
        ``elevation``: float32 metres, dimensions ``y, x``, NaN outside the data. ``attrs`` hold
        ``demonstration`` (bool) and ``report`` (a `DemReport` as a dict).

    Raises
    ------
    DataError
        If a file is missing, no raster, multi-band, without CRS or position, or all nodata; does
        not cover the counties; holds impossible heights; or seems to be in another unit than
        metres without saying so.
    ParameterError
        If an option is out of range.

    Examples
    --------
    >>> from nanyi_gis.study import load_study
    >>> dem = load_dem(study=load_study(), resolution=900)
    >>> dem.dims, dem.attrs["demonstration"], dem.rio.resolution()
    (('y', 'x'), True, (900.0, -900.0))
    """
    tell = progress or (lambda _: None)
    check_non_negative(max_void_km2, name="max_void_km2", unit="km2")
    check_non_negative(least_coverage, name="least_coverage")
    paths = as_paths(data_file(DEMONSTRATION) if sources is None else sources)
    tiles = [inspect(path, vertical_unit=vertical_unit) for path in paths]
    label = paths[0].name if len(paths) == 1 else f"{paths[0].name} and {len(paths) - 1} more"

    bounds = study.bounds
    centre = ((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
    area_km2 = float(study.counties.area.sum()) / 1e6
    if resolution is not None:
        resolution = check_positive(resolution, name="resolution", unit="m")
        check_resolution(resolution, bounds=_outset(bounds, MARGIN_M))
    needed = [tile for tile in tiles if tile.window(bounds, crs=study.crs) is not None]
    if not needed:
        check_coverage(0.0, area_km2=area_km2, least=max(least_coverage, 1e-9), name=label)
    pixel = min(tile.metres_per_pixel(*centre, crs=study.crs) for tile in needed)
    step = resolution or max(FINEST_M, float(round(pixel)))
    check_resolution(step, bounds=_outset(bounds, MARGIN_M))
    grid = study.grid(step, margin_m=MARGIN_M)
    transform, shape = grid.transform, grid.shape
    tell(0.02)

    reach = _outset(bounds, MARGIN_M + 4 * max(step, pixel))
    needed = [tile for tile in tiles if tile.window(reach, crs=study.crs) is not None]
    needed = [_with_nodata(tile, reach, study.crs) for tile in needed]
    tell(0.1)
    heights, method = _warp(needed, transform=transform, shape=shape, crs=study.crs, step=step, centre=centre)
    tell(0.8)

    inside = rasterize(study.counties.geometry, out_shape=shape, transform=transform, dtype="uint8").astype(bool)
    if not np.isfinite(heights[inside]).any():
        if any(_footprint_touches(tile, study) for tile in needed):
            raise DataError(f"{label} holds only nodata over the counties; give a file with heights there")
        check_coverage(0.0, area_km2=area_km2, least=max(least_coverage, 1e-9), name=label)
    heights, voids = fill_voids(heights, cell_km2=step * step / 1e6, max_void_km2=max_void_km2)
    covered = float(np.isfinite(heights[inside]).mean())
    enclosed_share = min(voids.left_km2 / area_km2, 1 - covered)
    check_coverage(covered + enclosed_share, area_km2=area_km2, least=least_coverage, name=label)
    demonstration = any(tile.demonstration for tile in needed)
    if not demonstration and not all(tile.unit for tile in needed):
        _check_unit(heights, inside, transform, study, label)
    check_range(heights[inside], name=label)
    tell(0.9)

    report = _report(needed, study, step, method, covered, voids, heights[inside], centre)
    result = _as_array(heights, transform, study.crs, report, label)
    tell(1.0)
    return result if chunks is None else result.chunk({"y": chunks, "x": chunks})


def _outset(bounds: tuple[float, ...], margin: float) -> tuple[float, float, float, float]:
    west, south, east, north = bounds
    return west - margin, south - margin, east + margin, north + margin


def _with_nodata(tile: Tile, reach: tuple[float, float, float, float], crs: str) -> Tile:
    window = tile.window(reach, crs=crs)
    if tile.nodata is not None or window is None:
        return tile
    try:
        mark = find_missing_mark(tile, window)
    except RasterioError as error:
        raise _unreadable(tile.path) from error
    return tile if mark is None else replace(tile, nodata=mark)


def _warp(
    tiles: list[Tile], *, transform: Affine, shape: tuple[int, int], crs: str, step: float, centre: tuple[float, float]
) -> tuple[npt.NDArray[np.float32], str]:
    heights = np.full(shape, np.nan, dtype=np.float32)
    methods: list[str] = []
    for group in group_tiles(tiles):
        pixel = group[0].metres_per_pixel(*centre, crs=crs)
        method = Resampling.average if step >= 2 * pixel * 0.98 else Resampling.cubic
        methods += [method.name] if method.name not in methods else []
        warped = np.full(shape, np.nan, dtype=np.float32)
        try:
            with MemoryFile(mosaic_vrt(group).encode(), ext=".vrt") as memory, memory.open() as mosaic:
                # One thread: with several, rasterio does not report that a source could not be read.
                reproject(
                    rasterio.band(mosaic, 1),
                    warped,
                    src_nodata=NODATA,
                    dst_transform=transform,
                    dst_crs=crs,
                    dst_nodata=np.nan,
                    resampling=method,
                )
        except RasterioError as error:
            raise _unreadable(_first_damaged(group)) from error
        heights = np.where(np.isfinite(heights), heights, warped)
    return heights, "+".join(methods)


def _first_damaged(tiles: list[Tile]) -> Path:
    """Return the first file that cannot be read to the end; the first of all if each can."""
    for tile in tiles:
        try:
            with rasterio.open(tile.path) as dataset:
                dataset.checksum(1)
        except RasterioError:
            return tile.path
    return tiles[0].path


def _unreadable(path: Path) -> DataError:
    return DataError(f"{path} cannot be read to the end; the file is damaged or a VRT's tile is missing, get it again")


def _footprint_touches(tile: Tile, study: StudyArea) -> bool:
    return tile.window(study.bounds, crs=study.crs) is not None


def _check_unit(
    heights: npt.NDArray[np.float32], inside: npt.NDArray[np.bool_], transform: Affine, study: StudyArea, label: str
) -> None:
    """Compare with the demonstration DEM over the same cells; refuse what looks like another unit."""
    expected = np.full(heights.shape, np.nan, dtype=np.float32)
    with rasterio.open(data_file(DEMONSTRATION)) as demo:
        reproject(
            rasterio.band(demo, 1), expected, dst_transform=transform, dst_crs=study.crs, dst_nodata=np.nan,
            resampling=Resampling.nearest,
        )  # fmt: skip
    suspicion = suspect_unit(heights[inside], expected[inside])
    if suspicion is None:
        return
    unit, ratio, given, right = suspicion
    raise DataError(
        f"{label} declares no unit and seems to be in {unit}: its median over the counties is {given:,.4g}, "
        f"{ratio:.3g} times the {right:,.0f} m expected there; declare the unit in the file "
        "(gdal_edit.py -units) or convert it to metres"
    )


def _report(
    tiles: list[Tile],
    study: StudyArea,
    step: float,
    method: str,
    covered: float,
    voids: Voids,
    heights: npt.NDArray[np.float32],
    centre: tuple[float, float],
) -> DemReport:
    return DemReport(
        sources=tuple(_describe(tile, study.crs, centre) for tile in tiles),
        demonstration=any(tile.demonstration for tile in tiles),
        crs=study.crs,
        resolution_m=step,
        resampling=method,
        converted_from="; ".join(sorted({tile.unit for tile in tiles if METRES[tile.unit or "metre"] != 1.0})),
        vertical_datum="; ".join(sorted({tile.datum for tile in tiles})),
        covered=covered,
        voids=voids.count,
        voids_filled=voids.filled,
        voids_filled_km2=voids.filled_km2,
        voids_left_km2=voids.left_km2,
        largest_void_left_km2=voids.largest_left_km2,
        min_m=float(np.nanmin(heights)),
        mean_m=float(np.nanmean(heights, dtype=np.float64)),
        max_m=float(np.nanmax(heights)),
    )


def _describe(tile: Tile, crs: str, centre: tuple[float, float]) -> dict[str, Any]:
    authority = tile.crs.to_authority()
    return {
        "name": tile.path.name,
        "sha256": sha256(tile.path),
        "driver": tile.driver,
        "crs": ":".join(authority) if authority else tile.crs.name,
        "pixel_m": round(tile.metres_per_pixel(*centre, crs=crs), 2),
        "nodata": None if tile.nodata is None or math.isnan(tile.nodata) else tile.nodata,
        "nodata_declared": tile.nodata_declared,
        "unit": tile.unit or "metre",
        "unit_declared": bool(tile.unit),
        "vertical_datum": tile.datum,
    }


def _as_array(
    heights: npt.NDArray[np.float32], transform: Affine, crs: str, report: DemReport, label: str
) -> xr.DataArray:
    rows, columns = heights.shape
    result = xr.DataArray(
        heights,
        dims=("y", "x"),
        coords={
            "y": transform.f + transform.e * (np.arange(rows) + 0.5),
            "x": transform.c + transform.a * (np.arange(columns) + 0.5),
        },
        name="elevation",
    )
    placed: xr.DataArray = result.rio.write_crs(crs).rio.write_transform(transform).rio.write_nodata(np.nan)
    return placed.assign_attrs(
        units="m",
        long_name="elevation",
        source=label,
        demonstration=report.demonstration,
        report=report.as_dict(),
    )
