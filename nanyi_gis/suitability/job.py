"""One window of a raster on disk, evaluated for several uses: the unit of work of every scheduler."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import rasterio
from affine import Affine
from rasterio.enums import Resampling
from rasterio.errors import RasterioIOError
from rasterio.features import rasterize
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from ..climate import Climate
from ..errors import DataError
from ..io import GDAL_ERRORS
from ..raster import Grid
from .blocks import Codes, as_elevations, as_layer, mask_codes, run_block
from .frame import Frame
from .model import Model

EXACT = 1e-6
CACHE_MB = 256
Span = tuple[int, int, int, int]
Margined = tuple[Span, npt.NDArray[np.float32]]


@dataclass(frozen=True)
class RasterFile:
    """A single-band raster on disk: path, grid, nodata."""

    path: str
    grid: Grid
    nodata: float | None
    tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, path: str | Path) -> "RasterFile":
        """Look at a raster without reading its cells.

        Raises
        ------
        DataError
            If it is missing, is no raster, has several bands, no CRS or a rotated grid.
        """
        if not Path(path).exists():
            raise DataError(f"no file {path}; check the path")
        try:
            with rasterio.open(path) as dataset:
                if dataset.count != 1:
                    raise DataError(f"{path} has {dataset.count} bands; give a single-band raster")
                if dataset.crs is None:
                    raise DataError(
                        f"{path} has no CRS; assign one, e.g. with gdal_translate -a_srs EPSG:4326 in.tif out.tif"
                    )
                t = dataset.transform
                if t.b or t.d:
                    raise DataError(f"{path} is rotated; warp it to a north-up grid first, e.g. with gdalwarp")
                crs = pyproj.CRS.from_user_input(dataset.crs).to_2d()
                grid = Grid(crs, t, dataset.width, dataset.height)
                return cls(str(path), grid, dataset.nodata, dict(sorted(dataset.tags().items())))
        except RasterioIOError as error:
            raise DataError(f"{path} is no raster that GDAL reads; give a GeoTIFF, COG, HGT or VRT") from error


@dataclass(frozen=True)
class Job:
    """What every window needs: the DEM, the models, the frame, layers and zones. Travels to other processes.

    ``zones`` are polygons in the DEM's CRS with the row of the table to which they count.
    """

    dem: RasterFile
    models: tuple[Model, ...]
    climate: Climate
    frame: Frame
    layers: Mapping[str, str]
    zones: tuple[tuple[Any, int], ...]
    zone_count: int

    def windows(self, workers: int) -> list[Span]:
        """Return first row, last row, first column, last column of windows of whole 512-cell tiles."""
        width, height = self.dem.grid.width, self.dem.grid.height
        most = 16_000_000 // max(1, len(self.models))
        cells = min(most, max(width * height // (4 * workers), 1_000_000))
        across = min(width, max(512, cells // 512 // 512 * 512))
        down = max(512, cells // across // 512 * 512)
        return [
            (top, min(top + down, height), left, min(left + across, width))
            for top in range(0, height, down)
            for left in range(0, width, across)
        ]


@dataclass(frozen=True)
class WindowResult:
    """Codes of a window by use, (score, class, limiting), and its areas by use as in a block's result."""

    span: Span
    layers: tuple[tuple[npt.NDArray[np.uint8], ...], ...]
    units: tuple[npt.NDArray[np.int64], ...]
    causes: tuple[npt.NDArray[np.int64], ...]


def evaluate_window(job: Job, span: Span) -> WindowResult:
    """Read one window with its margin, evaluate every use and return the codes."""
    with opened(job.dem.path) as dataset:
        return evaluate_margined(job, (span, read_margined(dataset, span, job.dem.nodata)))


def evaluate_margined(job: Job, window: Margined) -> WindowResult:
    """Evaluate every use on a window whose elevations are at hand."""
    span, margined = window
    top, bottom, left, right = span
    frame = job.frame.part(slice(top, bottom), slice(left, right))
    beside = {name: read_layer(job, name, span) for name in job.layers}
    zones = _zones(job, span)
    layers, units, causes = [], [], []
    for model in job.models:
        stack = np.stack([beside[name] for name in model.layers]) if model.layers else None
        mask = mask_codes(beside, model.mask_codes, {}) if model.masks else None
        result = run_block(
            model,
            frame,
            margined,
            layers=stack,
            mask=mask,
            zones=zones,
            zone_count=job.zone_count,
            with_causes=True,
        )
        causes.append(result.causes)
        layers.append((result.score, result.cls, result.limiting))
        units.append(result.units)
    return WindowResult(span, tuple(layers), tuple(units), tuple(causes))


def windows_in_turn(job: Job, spans: Sequence[Span]) -> Iterator[Margined]:
    """Yield the windows with their elevations, each row of the DEM read once.

    For windows over the whole width, from top to bottom: two rows are carried over to the next.
    """
    height, width = job.dem.grid.height, job.dem.grid.width
    carried = np.full((1, width), np.nan, np.float32)
    following = 0
    with opened(job.dem.path, cache_mb=CACHE_MB) as dataset:
        for span in spans:
            stop = min(span[1] + 1, height)
            values = dataset.read(1, window=Window(0, following, width, stop - following))
            beyond = np.full((span[1] + 1 - stop, width), np.nan, np.float32)
            rows = np.concatenate([carried, as_elevations(values, job.dem.nodata), beyond])
            carried, following = rows[-2:], stop
            yield span, np.pad(rows, ((0, 0), (1, 1)), constant_values=np.nan)


@contextmanager
def opened(path: str, *, cache_mb: int = 64) -> Iterator[Any]:
    """Open a raster; a file that breaks half-way is the data's fault and is named."""
    try:
        with rasterio.Env(GDAL_CACHEMAX=cache_mb, GDAL_NUM_THREADS="ALL_CPUS"), rasterio.open(path) as dataset:
            yield dataset
    except GDAL_ERRORS as error:
        raise DataError(
            f"{path} cannot be read ({' '.join(str(error).split())}); check or copy the file again"
        ) from error


def read_margined(dataset: Any, span: Span, nodata: float | None) -> npt.NDArray[np.float32]:
    """Return the elevations of a window with one cell more on each side, NaN beyond the raster."""
    top, bottom, left, right = span
    above, below = max(top - 1, 0), min(bottom + 1, dataset.height)
    west, east = max(left - 1, 0), min(right + 1, dataset.width)
    margined = np.full((bottom - top + 2, right - left + 2), np.nan, np.float32)
    values = dataset.read(1, window=Window(west, above, east - west, below - above))
    row, column = above - top + 1, west - left + 1
    margined[row : row + values.shape[0], column : column + values.shape[1]] = as_elevations(values, nodata)
    return margined


def read_layer(job: Job, name: str, span: Span) -> npt.NDArray[np.float32]:
    """Return a window of another raster on the DEM's grid: codes by the nearest cell, quantities bilinearly."""
    top, bottom, left, right = span
    window = Window(left, top, right - left, bottom - top)
    grid = job.dem.grid
    crs, transform = rasterio.CRS.from_wkt(grid.crs.to_wkt()), grid.transform
    coded = any(name in model.coded for model in job.models)
    with opened(job.layers[name]) as dataset:
        same = dataset.crs == crs and dataset.transform.almost_equals(transform, 1e-9)
        if same and (dataset.width, dataset.height) == (grid.width, grid.height):
            return as_layer(dataset.read(1, window=window), dataset.nodata)
        nodata = dataset.nodata
        target = nodata if nodata is not None else (math.nan if not coded else 0)
        with WarpedVRT(
            dataset,
            crs=crs,
            transform=transform,
            width=grid.width,
            height=grid.height,
            resampling=Resampling.nearest if coded else Resampling.bilinear,
            tolerance=EXACT,
            nodata=target,
            dtype=None if coded else "float32",
        ) as warped:
            return as_layer(warped.read(1, window=window), target)


def _zones(job: Job, span: Span) -> Codes | None:
    if not job.zones:
        return None
    top, bottom, left, right = span
    corner = job.dem.grid.transform * Affine.translation(left, top)
    zones: Codes = rasterize(
        job.zones, out_shape=(bottom - top, right - left), transform=corner, fill=-1, dtype="int32"
    )
    return zones
