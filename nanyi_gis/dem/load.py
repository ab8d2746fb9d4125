"""Loading a DEM: any elevation files in, one checked array of metres on the working grid out."""

import math
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import xarray as xr
from rasterio.features import rasterize

from .._limits import BYTES_PER_CELL, hold_memory
from .._progress import Progress, silent
from .._validation import check_non_negative, check_positive
from ..errors import DataError, ParameterError
from ..io import sha256
from ..raster import (
    CAUSES,
    HIGHEST_M,
    LOWEST_M,
    Bounds,
    Findings,
    Grid,
    Mosaic,
    RasterFile,
    hold_tiles,
    mosaic,
    pixel_size,
    read_raster,
    refuse_other_unit,
    window_of,
)
from ..study import StudyArea
from .checks import FINEST_M, check_coverage, check_resolution
from .voids import Voids, fill_voids

Sources = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

DEMONSTRATION = "dem/demo_dem_90m.tif"
MARGIN_M = 6000.0
_TOLD = ("title", "title_zh", "licence", "attribution", "height_rmse_m")
RMSE_TAG = "HEIGHT_RMSE_M"


@dataclass(frozen=True)
class DemReport:
    """What was read and what was done to it; ``attrs["report"]`` is the same as a plain dict.

    Attributes
    ----------
    sources : tuple of dict
        Of each file ``name``, ``sha256``, ``driver``, ``crs``, ``pixel_m`` (side of a pixel in
        metres), ``nodata``, ``nodata_declared``, ``unit``, ``unit_declared``, ``vertical_datum``; and of what its
        tags say ``title``, ``title_zh``, ``licence``, ``attribution``, ``height_rmse_m`` (text).
    demonstration : bool
        True for the modelled terrain that comes with the package.
    modelled : bool
        True if a file says that its heights are modelled, wholly or in part.
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
    notes : tuple of str
        What a reader must know of the files: converted units, missing cells that they do not declare.
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
    notes: tuple[str, ...] = ()
    modelled: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the report as a dict that JSON can write."""
        return {**asdict(self), "sources": [dict(source) for source in self.sources], "notes": list(self.notes)}


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
    tell = progress or silent
    check_non_negative(max_void_km2, name="max_void_km2", unit="km2")
    check_non_negative(least_coverage, name="least_coverage")
    paths = as_paths(_default(study) if sources is None else sources)
    tiles = [RasterFile.of(path, unit=vertical_unit) for path in paths]
    label = paths[0].name if len(paths) == 1 else f"{paths[0].name} and {len(paths) - 1} more"

    bounds, centre = study.bounds, _centre(study.bounds)
    area_km2 = float(study.counties.area.sum()) / 1e6
    if resolution is not None:
        resolution = check_positive(resolution, name="resolution", unit="m")
        check_resolution(resolution, bounds=_outset(bounds, MARGIN_M))
    needed = [tile for tile in tiles if window_of(tile, bounds, crs=study.crs) is not None]
    if not needed:
        check_coverage(0.0, area_km2=area_km2, least=max(least_coverage, 1e-9), name=label)
    pixel = min(pixel_size(tile, *centre, crs=study.crs) for tile in needed)
    step = resolution or max(FINEST_M, float(round(pixel)))
    check_resolution(step, bounds=_outset(bounds, MARGIN_M))
    grid = Grid.from_bounds(bounds, resolution=step, crs=study.crs, margin=MARGIN_M)
    cells = grid.width * grid.height
    hold_memory(
        f"a grid of {step:g} m has {cells:,} cells", cells * BYTES_PER_CELL["dem"], cure="ask for a coarser one"
    )
    tell(0.02)

    expected = known_heights(study)
    reach = _outset(bounds, MARGIN_M + 4 * max(step, pixel))
    within = [tile for tile in tiles if window_of(tile, reach, crs=study.crs) is not None]
    hold_tiles(within, grid)
    for tile in within:
        if expected is not None and not tile.demonstration:
            refuse_other_unit(tile, expected)
    tell(0.1)
    joined = mosaic(within, grid, progress=lambda share: tell(0.1 + 0.7 * share))
    heights = joined.values

    inside = rasterize(study.counties.geometry, out_shape=grid.shape, transform=grid.transform, dtype="uint8") > 0
    if not np.isfinite(heights[inside]).any():
        _refuse_empty(joined, label)
    heights, voids = fill_voids(heights, cell_km2=step * step / 1e6, max_void_km2=max_void_km2)
    covered = float(np.isfinite(heights[inside]).mean())
    enclosed_share = min(voids.left_km2 / area_km2, 1 - covered)
    check_coverage(covered + enclosed_share, area_km2=area_km2, least=least_coverage, name=label)
    tell(0.9)

    report = _report(joined, study, step, covered, voids, heights[inside], centre)
    result = _as_array(heights, grid, report, label)
    tell(1.0)
    return result if chunks is None else result.chunk({"y": chunks, "x": chunks})


def _default(study: StudyArea) -> Path:
    if study.dem is None:
        raise DataError("the study has no DEM of its own; give one with --dem FILE, or name it in study.toml")
    return study.dem


def _centre(bounds: Bounds) -> tuple[float, float]:
    return (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2


def known_heights(study: StudyArea) -> RasterFile | None:
    """Return the terrain that tells which heights to expect in a study area, None if it has none.

    >>> from nanyi_gis.study import load_study
    >>> known_heights(load_study()).name
    'demo_dem_90m.tif'
    """
    return None if study.dem is None else RasterFile.of(study.dem)


def read_dem(path: str | os.PathLike[str], *, study: StudyArea, unit: str | None = None) -> xr.DataArray:
    """Return one elevation file on its own grid, in metres, refused if it seems to be in another unit than it says.

    Parameters
    ----------
    path : path
        Any single-band elevation raster that GDAL reads.
    study : StudyArea
        Its terrain tells which heights to expect where the two overlap.
    unit : str, optional
        ``m``, ``ft``, ``us-ft``, ``dm`` or ``cm``; overrules what the file declares.

    Returns
    -------
    xarray.DataArray
        As :func:`nanyi_gis.raster.read_raster` of the kind ``elevation``.

    Raises
    ------
    DataError
        If it is no DEM, or declares no unit and seems to be in feet or the like.
    """
    expected = known_heights(study)
    if expected is not None:
        refuse_other_unit(RasterFile.of(path, unit=unit), expected)
    return read_raster(path, kind="elevation", unit=unit)


def _refuse_empty(joined: Mosaic, label: str) -> NoReturn:
    """Raise for files without a height over the counties, with the reason."""
    outside = sum(found.missing[3] for found in joined.findings)
    if outside:
        raise DataError(
            f"{label} holds no height over the counties, but {outside:,} numbers outside it; land lies between "
            f"{LOWEST_M:g} and {HIGHEST_M:g} m; declare its nodata value or its unit, e.g. with gdal_edit.py -a_nodata"
        )
    raise DataError(f"{label} holds only nodata over the counties; give a file with heights there")


def as_paths(sources: Sources) -> list[Path]:
    """Return one or several given files as a list of paths.

    >>> as_paths(["n27e105.hgt", "n28e105.hgt"])[1].name
    'n28e105.hgt'
    """
    paths = [Path(sources)] if isinstance(sources, str | os.PathLike) else [Path(source) for source in sources]
    if not paths:
        raise ParameterError("the list of DEM files is empty; give at least one file")
    return paths


def _outset(bounds: tuple[float, ...], margin: float) -> tuple[float, float, float, float]:
    west, south, east, north = bounds
    return west - margin, south - margin, east + margin, north + margin


def _report(
    joined: Mosaic,
    study: StudyArea,
    step: float,
    covered: float,
    voids: Voids,
    heights: npt.NDArray[np.float32],
    centre: tuple[float, float],
) -> DemReport:
    tiles = joined.tiles
    told = (tile.notes(found) for tile, found in zip(tiles, joined.findings, strict=True))
    return DemReport(
        sources=tuple(
            _describe(tile, found, study.crs, centre) for tile, found in zip(tiles, joined.findings, strict=True)
        ),
        demonstration=any(tile.demonstration for tile in tiles),
        crs=study.crs,
        resolution_m=step,
        resampling=joined.method,
        converted_from="; ".join(sorted({tile.unit for tile in tiles if tile.factor != 1.0})),
        vertical_datum="; ".join(sorted({tile.vertical_datum for tile in tiles})),
        covered=covered,
        voids=voids.count,
        voids_filled=voids.filled,
        voids_filled_km2=voids.filled_km2,
        voids_left_km2=voids.left_km2,
        largest_void_left_km2=voids.largest_left_km2,
        min_m=float(np.nanmin(heights)),
        mean_m=float(np.nanmean(heights, dtype=np.float64)),
        max_m=float(np.nanmax(heights)),
        notes=tuple(note for notes in told for note in notes),
        modelled=any(tile.modelled for tile in tiles),
    )


def _describe(tile: RasterFile, found: Findings, crs: str, centre: tuple[float, float]) -> dict[str, Any]:
    authority = tile.grid.crs.to_authority()
    described = {
        "name": tile.name,
        "sha256": sha256(tile.disk_path) if tile.disk_path.is_file() else "",
        "driver": tile.driver,
        "crs": ":".join(authority) if authority else tile.grid.crs.name,
        "pixel_m": round(pixel_size(tile, *centre, crs=crs), 2),
        "nodata": None if tile.nodata is None or math.isnan(tile.nodata) else tile.nodata,
        "nodata_declared": tile.nodata is not None,
        "unit": tile.unit or "metre",
        "unit_declared": bool(tile.unit),
        "vertical_datum": tile.vertical_datum,
    }
    described |= {name: tile.tags[name.upper()] for name in _TOLD if tile.tags.get(name.upper())}
    undeclared = {cause: count for cause, count in found.by_cause.items() if cause != CAUSES[0]}
    return described | ({"missing": undeclared} if undeclared else {})


def _as_array(heights: npt.NDArray[np.float32], grid: Grid, report: DemReport, label: str) -> xr.DataArray:
    return grid.array(heights, name="elevation", nodata=np.nan).assign_attrs(
        units="m",
        long_name="elevation",
        source=label,
        demonstration=report.demonstration,
        report=report.as_dict(),
        **_errors(report),
    )


def _errors(report: DemReport) -> dict[str, str]:
    """Return the largest error of heights that a file tells by its tag, as a tag; nothing where none does."""
    told = [str(source["height_rmse_m"]) for source in report.sources if "height_rmse_m" in source]
    known = sorted((text for text in told if text.replace(".", "", 1).isdigit()), key=float)
    return {RMSE_TAG: known[-1]} if known else {}
