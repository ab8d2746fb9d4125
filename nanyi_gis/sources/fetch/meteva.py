"""Real heights of China every 30 arc-seconds, out of the wheel of meteva 1.9.6.2 as pip brings it."""

import math
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..._progress import Progress
from ...errors import DataError, FetchError
from ...io import Provenance, write_bytes, write_text
from ...raster import Bounds, CogWriter, Grid, RasterFile, window_of
from ...study import StudyArea
from ..demo_dem import relief_on, surface_bounds
from .cache import Entry
from .download import Download, Got
from .files import fetch_files
from .layers import tags_of, write_record
from .package_index import pip_download, wheel_entry
from .source import Request, Service

REQUIREMENT = "meteva==1.9.6.2"
WHEEL = "meteva-1.9.6.2-py3-none-any.whl"
SHA256 = "772bbe95cadb32b80d8eb5e380d3c61bc1711282f8ccbe11d7eeff35e0f38a93"
BYTES = 46_230_582
MEMBER = "meteva/resources/stations/dem_0.00833.nc"

SHIFT = (0.009, 0.002)
"""Degrees by which the heights in the file lie too far west and south: about a cell, and a quarter of one."""

RMSE_M = 25.0
"""Standard deviation against an independent DEM of 15 arc-seconds in the two counties, after the shift."""

REAL, TERRAIN = "dem_30s.tif", "dem_90m.tif"
_NODATA = -32768
_AS_OF = "not stated"
_VERTICAL = "metres above mean sea level; the vertical datum is not stated"


class Meteva(Service):
    """The heights in the wheel, clipped, moved to their place."""

    name = "pypi-30s"
    title = "Heights of China every 30 arc-seconds (wheel of meteva 1.9.6.2)"
    licence = (
        "the package meteva says GPL3 in its metadata and carries the text of Apache-2.0; where the heights come from "
        "is not stated (SRTM-like); for use on your machine, not passed on with nanyi_gis, do not pass them on"
    )
    attribution = "Heights: PyPI package meteva 1.9.6.2"
    layers = (REAL, TERRAIN)

    def bounds(self, study: StudyArea) -> Bounds:
        """Return the box that modelled relief needs around the study."""
        return surface_bounds(study)

    def files(self, request: Request) -> Sequence[Download]:
        """Return the wheel, under an address or in a folder given, else as pip names it."""
        url = request.at("", WHEEL) if request.base_url else f"pypi:{REQUIREMENT}/{WHEEL}"
        return [Download(url, size=BYTES, sha256=SHA256, form="zip")]

    def obtain(self, request: Request, progress: Progress) -> list[Got]:
        """Have pip bring the wheel, or take it from where ``base_url`` says."""
        (wheel,) = self.files(request)
        if request.base_url:
            return fetch_files([wheel], cache=request.cache, patience=request.patience, progress=progress)
        progress(0.1)
        got = pip_download(REQUIREMENT, wheel, cache=request.folder, patience=request.patience)
        progress(1.0)
        return [got]

    def entry(self, download: Download, request: Request) -> Entry | None:
        """Return the place of the wheel in the cache."""
        return super().entry(download, request) if request.base_url else wheel_entry(download, cache=request.folder)

    def make(self, got: Sequence[Got], folder: Path, request: Request, progress: Progress) -> Sequence[str]:
        """Write the real heights on their own lattice, moved to their place, and the terrain of 90 m on them."""
        with tempfile.TemporaryDirectory(dir=folder) as work:
            file = heights_in(got[0].path, Path(work))
            grid, values = clipped(file, request.bbox)
        real = write_heights(folder / REAL, grid, values)
        progress(0.1)
        wanted = surface_bounds(request.study)
        if not _within(wanted, request.bbox):
            outward = (math.floor, math.floor, math.ceil, math.ceil)
            text = ",".join(f"{side(value * 100) / 100:.2f}" for side, value in zip(outward, wanted, strict=True))
            return [f"no {TERRAIN}: relief is modelled for the whole study, which needs a box of {text}"]
        relief_on(real, folder / TERRAIN, study=request.study)
        write_record(folder / TERRAIN, _terrain_record(folder / TERRAIN, request.study))
        progress(1.0)
        return []


def _within(inner: Bounds, outer: Bounds) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


def _terrain_record(path: Path, study: StudyArea) -> Provenance:
    """Return the provenance of the modelled terrain as its tags have it."""
    tags = RasterFile.of(path).tags
    return Provenance(
        title=tags["TITLE"],
        title_zh=tags["TITLE_ZH"],
        source=tags["SOURCE"],
        as_of=_AS_OF,
        datum=study.crs,
        licence=Meteva.licence,
        attribution=Meteva.attribution,
        evidence="modelled",
        method=(
            f"Heights of {REAL} at the scale of its cells; valleys and slopes below {tags['RELIEF_BELOW_M']} m are "
            f"modelled and seat heights met. Standard error of a cell {tags['HEIGHT_RMSE_M']} m."
        ),
        vertical=_VERTICAL,
    )


def heights_in(wheel: Path, work: Path) -> RasterFile:
    """Take the heights out of a wheel into a folder, and return them as a raster in its true place.

    The file has latitudes and longitudes but no CRS: a VRT beside it gives both the CRS and the corner.
    """
    with zipfile.ZipFile(wheel) as archive:
        try:
            content = archive.read(MEMBER)
        except KeyError:
            raise FetchError(f"{wheel} holds no {MEMBER}; give the wheel {WHEEL}") from None
    write_bytes(work / "dem.nc", content)
    return RasterFile.of(write_text(work / "dem.vrt", _VRT))


def vrt_of(west: float, north: float, width: int, height: int) -> str:
    """Return the VRT of a file of so many cells whose own coordinates put its corner there: moved to its true place."""
    step = 1 / 120
    return f"""<VRTDataset rasterXSize="{width}" rasterYSize="{height}">
<SRS>EPSG:4326</SRS>
<GeoTransform>{west + SHIFT[0]:.10f}, {step:.15f}, 0, {north + SHIFT[1]:.10f}, 0, {-step:.15f}</GeoTransform>
<VRTRasterBand dataType="Int16" band="1"><NoDataValue>-32767</NoDataValue><UnitType>m</UnitType>
<SimpleSource><SourceFilename relativeToVRT="1">dem.nc</SourceFilename><SourceBand>1</SourceBand></SimpleSource>
</VRTRasterBand></VRTDataset>
"""


_VRT = vrt_of(73.4427937825523, 53.5561411876461, 7398, 5669)


def clipped(file: RasterFile, bbox: Bounds) -> tuple[Grid, np.ndarray]:
    """Return the cells within a box, with their grid.

    Raises
    ------
    DataError
        If the file has none there.
    """
    window = window_of(file, bbox, crs="EPSG:4326")
    if window is None:
        text = ",".join(f"{value:g}" for value in bbox)
        raise DataError(
            f"the heights of {REQUIREMENT} cover 73.5 to 135.1 E, 6.3 to 53.6 N, but not {text}; check bbox"
        )
    rows, columns = window
    return file.grid.window(rows, columns), file.read(rows, columns)


def write_heights(path: Path, grid: Grid, values: np.ndarray) -> Path:
    """Write heights as whole metres, with their provenance in tags and in a record beside them."""
    record = Provenance(
        title="Real heights every 30 arc-seconds",
        title_zh="真实高程（30 角秒）",
        source=f"PyPI {REQUIREMENT}, {WHEEL}, {MEMBER} (sha256 of the wheel {SHA256})",
        as_of=_AS_OF,
        datum="EPSG:4326",
        licence=Meteva.licence,
        attribution=Meteva.attribution,
        evidence="derived",
        uncertainty_m=None,
        method=(
            f"Cells as they are in the file, clipped; the corner moved by {SHIFT[0]:+g} degrees east and {SHIFT[1]:+g} "
            "north, as an independent DEM of 15 arc-seconds and the heights of stations in the same package show. "
            f"Standard error then {RMSE_M:g} m in the two counties; a cell is a mean over about 0.9 km."
        ),
        vertical=_VERTICAL,
    )
    stored = np.where(np.isfinite(values), np.round(values), _NODATA).astype(np.int16)
    tags = tags_of(record) | {"HEIGHT_RMSE_M": f"{RMSE_M:g}", "TERRAIN": "real heights, 30 arc-seconds"}
    with CogWriter(path, grid, dtype="int16", nodata=_NODATA, tags=tags, unit="m") as writer:
        writer.write(stored, 0, 0)
        writer.finish()
    write_record(path, record)
    return path
