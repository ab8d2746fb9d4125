"""Climate normals of 1970-2000: WorldClim 2.1, 30 arc-seconds, as the variables of a climate file."""

import math
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..._progress import Progress, silent
from ...climate import plausible_range
from ...errors import DataError
from ...io import Provenance
from ...raster import Bounds, Grid, RasterFile, write_cog
from .clip import Cut, box_text
from .download import Download, Got
from .layers import tags_of, write_record
from .plausible import Check, hold_bands, hold_range, within
from .source import Kind, Request, Service

WORLDCLIM = "https://geodata.ucdavis.edu/climate/worldclim/2_1"
ELEMENTS = ("tavg", "prec")
"""What is fetched: monthly mean temperature (°C) and rain (mm). Everything else follows from them."""
VARIABLES: dict[str, str] = {
    "mean_temperature": "degC",
    "january_temperature": "degC",
    "july_temperature": "degC",
    "accumulated_temperature": "degC.d",
    "rain": "mm",
    "growing_season_rain": "mm",
}
"""Climate variables that WorldClim gives, with their units. It has no extreme minimum, only means of daily minima."""
TITLES: dict[str, tuple[str, str]] = {
    "mean_temperature": ("Annual mean temperature", "年均温"),
    "january_temperature": ("January mean temperature", "一月均温"),
    "july_temperature": ("July mean temperature", "七月均温"),
    "accumulated_temperature": ("Accumulated temperature >= 10 °C", "≥10℃积温"),
    "rain": ("Annual rain", "年降水量"),
    "growing_season_rain": ("Rain of April to August", "4—8 月降水量"),
}
METHODS: dict[str, str] = {
    "mean_temperature": "Mean of the twelve months, each by its days.",
    "january_temperature": "As published.",
    "july_temperature": "As published.",
    "accumulated_temperature": (
        "Sum of the day's means that reach 10 °C, the day's means drawn straight from mid-month to mid-month; "
        "single warm or cold spells are not in it."
    ),
    "rain": "Sum of the twelve months.",
    "growing_season_rain": "Sum of April to August.",
}
LICENCE = "CC BY-SA 4.0 by its web page of today, older pages allow no commercial use; ask before you sell"
ATTRIBUTION = "WorldClim 2.1 (Fick & Hijmans 2017, doi:10.1002/joc.5086)"
NOTE = (
    "WorldClim has no extreme minimum (its tmin are means of daily minima): for that variable the climate file stands"
)
NODATA = -9999.0
MONTHS = range(1, 13)
SEASON = range(4, 9)
"""April to August, the growing season of sorghum here."""
BASE = 10.0
"""Degrees that a day's mean must reach to count for the accumulated temperature."""

_CAUSES = {"tavg": "tenths of a degree, kelvin, another element", "prec": "another element, another unit"}
_CHECKS: dict[str, Check] = {
    "tavg": within(*plausible_range("july_temperature"), what="a month's mean in °C", causes=_CAUSES["tavg"]),
    "prec": within(*plausible_range("rain"), what="a month's rain in mm", causes=_CAUSES["prec"]),
}
_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_SIDE = 30.0
_ACROSS = 12
Cube = npt.NDArray[np.float32]


def worldclim_tiles(bbox: Bounds) -> list[int]:
    """Return the numbers of the tiles of 30 degrees that a box touches, counted from 180 W, 90 N eastward.

    >>> worldclim_tiles((105.0, 27.4, 106.6, 28.9))
    [34]
    >>> worldclim_tiles((119.0, 29.0, 121.0, 31.0))
    [22, 23, 34, 35]
    """
    west, south, east, north = bbox
    rows = range(math.floor((90 - north) / _SIDE), max(math.ceil((90 - south) / _SIDE), 1))
    columns = range(math.floor((west + 180) / _SIDE), max(math.ceil((east + 180) / _SIDE), 1))
    return [row * _ACROSS + column + 1 for row in rows for column in columns]


def tile_path(number: int, element: str) -> str:
    """Return where the tile of one element lies on the service; it has a band a month.

    >>> tile_path(34, "tavg")
    'tiles/tile/tile_34_wc2.1_30s_tavg.tif'
    """
    return f"tiles/tile/tile_{number}_wc2.1_30s_{element}.tif"


def archive_path(element: str) -> str:
    """Return where the archive of one element of the whole world lies; it has a file a month.

    >>> archive_path("prec")
    'base/wc2.1_30s_prec.zip'
    """
    return f"base/wc2.1_30s_{element}.zip"


def member(element: str, month: int) -> str:
    """Return the name of a month's file in such an archive.

    >>> member("tavg", 1)
    'wc2.1_30s_tavg_01.tif'
    """
    return f"wc2.1_30s_{element}_{month:02d}.tif"


def monthly(
    files: Sequence[Sequence[str | os.PathLike[str]]], bbox: Bounds, *, banded: bool, check: Check | None = None
) -> tuple[Grid, Cube]:
    """Return the grid of a box and twelve months of one element on it.

    Parameters
    ----------
    files : sequence of sequences of path
        The files of each month (one, or several tiles); with ``banded`` one sequence of tiles with a band a month.
    banded : bool
        Whether each file holds all twelve months.
    check : callable, optional
        Refuses values that are none of the element.

    Raises
    ------
    DataError
        If a month is missing, there are more than twelve, they lie on different grids, or ``check`` refuses a value.
    """
    for path in files[0] if banded else ():
        hold_bands(Path(path), len(MONTHS), what="one a month")
    months: list[npt.NDArray[np.float32]] = []
    grids: list[Grid] = []
    for month in MONTHS:
        paths = files[0] if banded else files[month - 1]
        tiles = [RasterFile.of(path, kind="quantity", band=month if banded else None) for path in paths]
        cut = Cut.of(tiles, bbox, check=check)
        if grids and not cut.grid.matches(grids[0]):
            raise DataError(f"{cut.tiles[0].name} lies on another grid than the month before; get them again")
        grids.append(cut.grid)
        months.append(cut.values())
    return grids[0], np.stack(months)


def variables(tavg: Cube, prec: Cube) -> dict[str, npt.NDArray[np.float32]]:
    """Return the climate variables of monthly means (months, rows, columns) of temperature and rain.

    The year's mean counts each day once. The accumulated temperature is the sum of the day's means on days that
    reach 10 °C, the day's means being drawn straight from mid-month to mid-month.

    >>> level = np.full((12, 1, 1), 17.0, np.float32)
    >>> found = variables(level, np.full((12, 1, 1), 100.0, np.float32))
    >>> [float(found[name][0, 0]) for name in ("mean_temperature", "accumulated_temperature", "rain")]
    [17.0, 6205.0, 1200.0]
    >>> float(found["growing_season_rain"][0, 0])
    500.0
    """
    season = [month - 1 for month in SEASON]
    return {
        "mean_temperature": np.average(tavg, axis=0, weights=_DAYS).astype(np.float32),
        "january_temperature": tavg[0],
        "july_temperature": tavg[6],
        "accumulated_temperature": accumulated(tavg),
        "rain": prec.sum(axis=0),
        "growing_season_rain": prec[season].sum(axis=0),
    }


def accumulated(tavg: Cube) -> npt.NDArray[np.float32]:
    """Return the sum of day's means of 10 °C and more, from monthly means.

    >>> cold, warm = np.full((12, 1, 1), 9.9, np.float32), np.full((12, 1, 1), 10.0, np.float32)
    >>> float(accumulated(cold)[0, 0]), float(accumulated(warm)[0, 0])
    (0.0, 3650.0)
    """
    ends = np.cumsum(_DAYS)
    middles = ends - _DAYS / 2
    out = np.zeros(tavg.shape[1:], np.float64)
    for day in np.arange(365) + 0.5:
        after = int(np.searchsorted(middles, day)) % 12
        before = after - 1
        span = (middles[after] - middles[before]) % 365
        part = ((day - middles[before]) % 365) / span
        mean = tavg[before] + (tavg[after] - tavg[before]) * part
        out += np.where(mean >= BASE, mean, np.where(np.isnan(mean), np.nan, 0.0))
    return out.astype(np.float32)


def write_climate(
    grid: Grid,
    found: Mapping[str, npt.NDArray[np.float32]],
    folder: Path,
    *,
    tags: Mapping[str, Mapping[str, str]],
    progress: Progress | None = None,
) -> list[Path]:
    """Write a COG a variable, ``<variable>.tif``.

    Raises
    ------
    DataError
        If the box holds no land.
    """
    tell, written = progress or silent, []
    for done, (name, values) in enumerate(found.items(), start=1):
        if not np.isfinite(values).any():
            raise DataError(f"WorldClim holds no value of {name} in the box; check --bbox")
        raster = grid.array(np.where(np.isfinite(values), values, np.float32(NODATA)))
        raster.attrs["units"] = VARIABLES[name]
        written.append(write_cog(raster, folder / f"{name}.tif", nodata=NODATA, tags=tags[name]))
        tell(done / len(found))
    return written


class WorldClimTiles(Service):
    """The tiles of 30 degrees that a box needs, a band a month."""

    name = "worldclim"
    title = "WorldClim 2.1, 30 arc-seconds, normals of 1970-2000, by tiles of 30 degrees"
    licence = LICENCE
    attribution = ATTRIBUTION
    layers = tuple(f"{variable}.tif" for variable in VARIABLES)

    def files(self, request: Request) -> Sequence[Download]:
        """Return the tiles; where a mirror has the archives of the whole world alone, those."""
        archives = [request.at(WORLDCLIM, archive_path(element)) for element in ELEMENTS]
        if request.base_url and all(Path(archive).is_file() for archive in archives):
            return [Download(archive, form="zip") for archive in archives]
        return [
            Download(request.at(WORLDCLIM, tile_path(number, element)), form="bands")
            for element in ELEMENTS
            for number in worldclim_tiles(request.bbox)
        ]

    def make(self, got: Sequence[Got], folder: Path, request: Request, progress: Progress) -> Sequence[str]:
        """Write a layer a climate variable."""
        return _make(self, got, folder, request, progress)


class WorldClimWorld(WorldClimTiles):
    """The archives of the whole world, as the download page lists them."""

    name = "worldclim-world"
    title = "WorldClim 2.1, 30 arc-seconds, normals of 1970-2000, archives of the whole world (5 GB)"

    def files(self, request: Request) -> Sequence[Download]:
        """Return the archives."""
        return [Download(request.at(WORLDCLIM, archive_path(element)), form="zip") for element in ELEMENTS]


def _make(source: Service, got: Sequence[Got], folder: Path, request: Request, progress: Progress) -> Sequence[str]:
    cubes, grids = {}, []
    for done, element in enumerate(ELEMENTS, start=1):
        own = [one for one in got if f"30s_{element}" in one.download.name]
        zipped = own[0].path.suffix == ".zip"
        with tempfile.TemporaryDirectory(dir=folder) as work:
            grid, cubes[element] = (
                _from_archive(own[0].path, element, request.bbox, Path(work))
                if zipped
                else monthly([[one.path for one in own]], request.bbox, banded=True, check=_CHECKS[element])
            )
        grids.append(grid)
        progress(0.4 * done)
    if not grids[0].matches(grids[1]):
        raise DataError(f"{' and '.join(ELEMENTS)} lie on different grids; get them again from one place")
    found = variables(cubes["tavg"], cubes["prec"])
    for name, values in found.items():
        _refuse_implausible(name, values, got)
    records = {name: _record(source, got, name) for name in found}
    if not all(np.isfinite(values).any() for values in found.values()):
        raise DataError(f"WorldClim holds no land in the box {box_text(request.bbox)}; check --bbox")
    write_climate(grids[0], found, folder, tags={name: tags_of(record) for name, record in records.items()})
    for name, record in records.items():
        write_record(folder / f"{name}.tif", record)
    progress(1.0)
    return [NOTE]


def _refuse_implausible(name: str, values: npt.NDArray[np.float32], got: Sequence[Got]) -> None:
    """Hold a variable to the range that a layer of it must meet."""
    element = "prec" if VARIABLES[name] == "mm" else "tavg"
    low, high = plausible_range(name)
    files = {one.download.name: one.path for one in got if f"30s_{element}" in one.download.name}
    hold_range(values, low, high, what=f"{name} ({VARIABLES[name]})", causes=_CAUSES[element], files=files)


def _from_archive(archive: Path, element: str, bbox: Bounds, work: Path) -> tuple[Grid, Cube]:
    """Return the months of an archive in a box; one is unpacked at a time."""
    months, grids = [], []
    with zipfile.ZipFile(archive) as opened:
        there = {name.rpartition("/")[2]: name for name in opened.namelist()}
        for month in MONTHS:
            name = member(element, month)
            if name not in there:
                raise DataError(f"{archive.name} holds no {name}; get it again")
            path = Path(opened.extract(there[name], work))
            cut = Cut.of([RasterFile.of(path, kind="quantity")], bbox, check=_CHECKS[element])
            months.append(cut.values())
            grids.append(cut.grid)
            path.unlink()
    if not all(grid.matches(grids[0]) for grid in grids):
        raise DataError(f"the months in {archive.name} lie on different grids; get it again")
    return grids[0], np.stack(months)


def _record(source: Service, got: Sequence[Got], name: str) -> Provenance:
    return Provenance(
        title=f"{TITLES[name][0]}, WorldClim 2.1, clipped",
        title_zh=f"{TITLES[name][1]}（WorldClim 2.1，裁剪）",
        source=", ".join(f"{one.download.name} (sha256 {one.sha256[:16]})" for one in got),
        as_of="1970-2000",
        datum="EPSG:4326",
        licence=source.licence,
        attribution=source.attribution,
        evidence="modelled",
        uncertainty_m=1000.0,
        method=f"{METHODS[name]} Cells of 30 arc-seconds: relief within a cell is not in it.",
    )


CLIMATE = Kind(
    name="climate",
    help="Fetch climate normals, a layer a climate variable.",
    example="nanyi-gis fetch climate --out fetched",
    sources=(WorldClimTiles(), WorldClimWorld()),
)
