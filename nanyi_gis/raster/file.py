"""The raster door: one place that opens a raster file and returns physical values."""

import math
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pyproj
import rasterio
from pyproj.exceptions import CRSError
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import DatasetReader
from rasterio.windows import Window

from .._kernels import raster as kernels
from .._validation import check_choice
from ..errors import DataError, ParameterError
from ..io import diagnose
from .grid import Grid, horizontal_crs, refuse_rotation
from .heights import CAUSES, METRES, NO_MASK, Elevations, causes_of, physical, read_unit

Kind = Literal["elevation", "quantity", "code"]
KINDS: tuple[str, ...] = get_args(Kind)

JUMP_M = 100.0
_SUSPECT_SIDES = 0.5
_PLURAL = {"foot": "feet", "US survey foot": "US survey feet"}
_UNIT_TAGS = {"units", "unit", "unittype", "zunits", "unit_type", "vertical_units", "elevation_units", "z_units"}
_DATUM_TAGS = ("vertical_datum", "verticaldatum", "vertical_crs", "vertical")


@dataclass(frozen=True)
class Findings:
    """What reading found beside values: missing cells by cause, cells of exactly 0 and their sides.

    Findings of windows add up to those of the file.
    """

    missing: tuple[int, ...] = (0,) * len(CAUSES)
    zeros: tuple[int, int, int] = (0, 0, 0)

    def __add__(self, other: "Findings") -> "Findings":
        a, b, c = (x + y for x, y in zip(self.zeros, other.zeros, strict=True))
        return Findings(tuple(x + y for x, y in zip(self.missing, other.missing, strict=True)), (a, b, c))

    @property
    def by_cause(self) -> Mapping[str, int]:
        """Missing cells by cause; causes that did not occur are left out."""
        return causes_of(np.array(self.missing))

    @property
    def zeros_look_missing(self) -> bool:
        """Whether the cells of exactly 0 border other heights mostly with jumps of over 100 m, as voids do."""
        cells, sides, cliffs = self.zeros
        return cells > 0 and sides > 0 and cliffs >= _SUSPECT_SIDES * sides


@dataclass(frozen=True)
class RasterFile:
    """A raster on disk and what it declares about itself; opened anew for each read, so it travels to other processes.

    Attributes
    ----------
    path : str
        The file, or GDAL's name of one of its variables.
    kind : str
        ``elevation`` (metres; the rule of heights applies), ``quantity`` or ``code``.
    grid : Grid
        Where its cells lie.
    driver, dtype : str
        GDAL's names of format and stored type.
    nodata : float or None
        The declared code of missing cells, as stored.
    scale, offset : float
        From stored numbers to the file's unit.
    unit : str
        The declared unit of height as ``METRES`` names it, empty if there is none or it is none of height.
    unit_text : str
        The unit as written in the file.
    vertical_datum : str
        As declared, or ``unknown``.
    masked : bool
        Whether the file has a mask or alpha band that GDAL knows of.
    alpha : bool
        Whether its second band is an alpha band that GDAL does not take for one.
    void_zeros : bool
        Whether cells of exactly 0 are to be read as missing.
    tags : mapping
        Tags of dataset and band.
    """

    path: str
    kind: str
    grid: Grid
    driver: str
    dtype: str
    nodata: float | None = None
    scale: float = 1.0
    offset: float = 0.0
    unit: str = ""
    unit_text: str = ""
    vertical_datum: str = "unknown"
    masked: bool = False
    alpha: bool = False
    void_zeros: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, path: str | os.PathLike[str], *, kind: str = "elevation", unit: str | None = None) -> "RasterFile":
        """Look at a raster without reading its cells.

        Parameters
        ----------
        path : path
            Any raster that GDAL reads; ``FILE:variable`` for one of several in a file.
        kind : str
            What its cells are: elevation, quantity or code.
        unit : str, optional
            Unit of height (m, ft, us-ft, dm, cm, ...) that overrules what the file says.

        Raises
        ------
        DataError
            If it is missing, is a folder, no raster, has several bands, no CRS, no position, or is rotated.
        ParameterError
            If ``unit`` is no unit of height.
        """
        check_choice(kind, KINDS, name="kind")
        if unit is not None and not read_unit(unit):
            raise ParameterError(f"vertical_unit is {unit!r}, but must be one of: m, ft, us-ft, dm, cm")
        name = _locate(path)
        with opened(name) as dataset:
            return _described(name, dataset, kind, unit)

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return Path(self.path.split('"')[1] if self.path.count('"') == 2 else self.path).name

    @property
    def factor(self) -> float:
        """Metres in the unit of stored heights; 1 for other kinds."""
        return METRES[self.unit or "metre"] if self.kind == "elevation" else 1.0

    @property
    def demonstration(self) -> bool:
        """Whether this is the modelled terrain that comes with the package."""
        return self.tags.get("TERRAIN") == "demonstration"

    @property
    def value_dtype(self) -> np.dtype[Any]:
        """Type of the values that reading gives."""
        return physical(np.zeros((1, 1), self.dtype), scale=self.scale * self.factor, offset=self.offset)[0].dtype

    @contextmanager
    def open(self, *, cache_mb: int = 64) -> Iterator["Reader"]:
        """Open the file for many reads, in one thread."""
        with opened(self.path, cache_mb=cache_mb) as dataset:
            yield Reader(self, dataset)

    def read(self, rows: slice = slice(None), columns: slice = slice(None), *, margin: int = 0) -> Elevations:
        """Return the values of a window; see :meth:`Reader.read`."""
        with self.open() as reader:
            return reader.read(rows, columns, margin=margin)

    def notes(self, findings: Findings) -> tuple[str, ...]:
        """Return what a reader of results must know: converted units, missing cells that were not declared."""
        lines = []
        if self.kind == "elevation" and (self.factor != 1.0):
            lines.append(f"{self.name} has heights in {_PLURAL.get(self.unit, self.unit + 's')}; converted to metres")
        undeclared = {cause: n for cause, n in findings.by_cause.items() if cause not in (CAUSES[0], CAUSES[1])}
        if undeclared:
            parts = ", ".join(f"{cause}: {n:,}" for cause, n in undeclared.items())
            lines.append(
                f"{self.name} has missing cells that it does not declare ({parts}); they were left out, "
                "declare their code with gdal_edit.py -a_nodata"
            )
        if self.kind == "elevation" and findings.zeros_look_missing:
            done = "were left out" if self.void_zeros else "were taken as heights"
            lines.append(
                f"{self.name} has {findings.zeros[0]:,} cells of exactly 0 bordered by jumps of over {JUMP_M:g} m; "
                f"they look like missing cells and {done}, declare them with gdal_edit.py -a_nodata 0"
            )
        return tuple(lines)


class Reader:
    """An open raster: windows of physical values, and what was found on the way."""

    def __init__(self, file: RasterFile, dataset: DatasetReader) -> None:
        self.file = file
        self.findings = Findings()
        self._dataset = dataset

    def read(
        self,
        rows: slice = slice(None),
        columns: slice = slice(None),
        *,
        margin: int = 0,
        shape: tuple[int, int] | None = None,
        within: bool = True,
    ) -> Elevations:
        """Return physical values of a window, NaN where missing or beyond the raster.

        Parameters
        ----------
        rows, columns : slice
            The window; all if not given.
        margin : int
            Cells to add on each side; NaN beyond the raster.
        shape : tuple of int, optional
            Rows and columns to thin the window to, by the nearest cell.
        within : bool
            Whether heights outside -500 to 9,000 m are missing.

        Raises
        ------
        DataError
            If the file breaks off.
        """
        grid = self.file.grid
        top, bottom, left, right = as_window(rows, columns, grid)
        above, below = max(top - margin, 0), min(bottom + margin, grid.height)
        west, east = max(left - margin, 0), min(right + margin, grid.width)
        window = Window(west, above, east - west, below - above)
        values = self._values(window, shape, within=within)
        if not margin:
            return values
        out = np.full((bottom - top + 2 * margin, right - left + 2 * margin), np.nan, values.dtype)
        row, column = above - top + margin, west - left + margin
        out[row : row + values.shape[0], column : column + values.shape[1]] = values
        return out

    @property
    def block(self) -> tuple[int, int]:
        """Rows and columns of the blocks in which the file is stored."""
        rows, columns = self._dataset.block_shapes[0]
        return int(rows), int(columns)

    def notes(self) -> tuple[str, ...]:
        """Return the notes on what was read so far."""
        return self.file.notes(self.findings)

    def stored(self, rows: slice = slice(None), columns: slice = slice(None)) -> npt.NDArray[Any]:
        """Return the numbers of a window as they are in the file."""
        top, bottom, left, right = as_window(rows, columns, self.file.grid)
        with guarded_raster(self.file.path):
            numbers: npt.NDArray[Any] = self._dataset.read(1, window=Window(left, top, right - left, bottom - top))
        return numbers

    def _values(self, window: Window, shape: tuple[int, int] | None, *, within: bool) -> Elevations:
        file = self.file
        with guarded_raster(file.path):
            stored = self._dataset.read(1, window=window, out_shape=shape)
            mask = NO_MASK
            if file.alpha:
                mask = (self._dataset.read(2, window=window, out_shape=shape) != 0).astype(np.uint8)
            elif file.masked:
                mask = self._dataset.read_masks(1, window=window, out_shape=shape)
        heights = file.kind == "elevation"
        values, counts = physical(
            stored,
            mask=mask,
            nodata=file.nodata,
            scale=file.scale * file.factor,
            offset=file.offset * file.factor,
            heights=heights and within,
        )
        zeros = np.zeros(3, np.int64)
        if heights:
            kernels.zero_cliffs(values, JUMP_M, zeros)
        if file.void_zeros:
            values[values == 0] = np.nan
        a, b, c = (int(number) for number in zeros)
        self.findings += Findings(tuple(int(count) for count in counts), (a, b, c))
        return values


@contextmanager
def open_raster(
    path: str | os.PathLike[str], *, kind: str = "elevation", unit: str | None = None, cache_mb: int = 64
) -> Iterator[Reader]:
    """Open a raster file as physical values: the one door through which all rasters come in.

    Unit (of the band, the tags or the vertical CRS), scale and offset are applied. Missing is what GDAL's
    mask says (nodata within float rounding, ``.msk``, internal masks, alpha), what is not finite, what
    customary codes mark, and for elevations what no land on Earth has (below -500 or above 9,000 m).

    Parameters
    ----------
    path, kind, unit
        As for :meth:`RasterFile.of`.
    cache_mb : int
        GDAL's block cache.

    Yields
    ------
    Reader
        ``read(rows, columns, margin=0)``, ``findings``, ``notes()``, and ``file`` with the grid.

    Raises
    ------
    DataError, ParameterError
        As :meth:`RasterFile.of`.

    >>> from nanyi_gis.io import data_file
    >>> with open_raster(data_file("dem/demo_dem_90m.tif")) as raster:
    ...     raster.read(slice(0, 2), slice(0, 3)).shape, raster.file.unit, raster.file.grid.resolution
    ((2, 3), 'metre', 90.0)
    """
    with RasterFile.of(path, kind=kind, unit=unit).open(cache_mb=cache_mb) as reader:
        yield reader


@contextmanager
def opened(path: str, *, cache_mb: int = 64) -> Iterator[DatasetReader]:
    """Open a file with GDAL; whatever goes wrong is the data's fault and is named."""
    with guarded_raster(path), rasterio.Env(GDAL_CACHEMAX=cache_mb, GDAL_NUM_THREADS="ALL_CPUS"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            try:
                dataset = rasterio.open(path)
            except (DataError, MemoryError):
                raise
            except Exception as error:
                raise DataError(f"{path} is no raster that GDAL reads; give a GeoTIFF, COG, HGT or VRT") from error
        with dataset:
            yield dataset


@contextmanager
def guarded_raster(path: str) -> Iterator[None]:
    """Turn whatever GDAL raises while a raster is read into a DataError that names the file."""
    try:
        yield
    except (DataError, ParameterError, MemoryError):
        raise
    except Exception as error:
        if type(error).__module__.split(".")[0] not in {"rasterio", "builtins", "pyproj"}:
            raise
        raise DataError(
            f"{path} cannot be read to the end; the file is damaged or a VRT's tile is missing, get it again"
        ) from error


def _locate(path: str | os.PathLike[str]) -> str:
    """Return GDAL's name of a raster: the file, or the variable of a file with several."""
    text = os.fspath(path)
    file, colon, variable = text.rpartition(":")
    chosen = ""
    if not Path(text).exists() and colon and Path(file).is_file():
        text, chosen = file, variable
    if not Path(text).exists():
        raise DataError(f"no file {text}; check the path")
    if Path(text).is_dir() and not (Path(text) / "hdr.adf").exists():
        raise DataError(f"{text} is a folder; give the raster files in it, or a VRT over them")
    if not chosen:
        return text
    with opened(text) as dataset:
        names = {name.rsplit(":", 1)[-1].strip('"'): name for name in dataset.subdatasets}
    if chosen not in names:
        raise DataError(f"{text} holds no raster {chosen!r}; it holds: {', '.join(names) or 'one of its own'}")
    return names[chosen]


def _described(path: str, dataset: DatasetReader, kind: str, unit: str | None) -> RasterFile:
    if dataset.count == 0:
        names = [name.rsplit(":", 1)[-1].strip('"') for name in dataset.subdatasets]
        raise DataError(
            f"{path} holds {len(names)} rasters and no band of its own; name one as FILE:variable: {', '.join(names)}"
        )
    alpha = dataset.count == 2 and dataset.colorinterp[1] == ColorInterp.alpha
    if dataset.count != 1 and not alpha:
        raise DataError(f"{path} has {dataset.count} bands, so more than one band; give a single-band raster")
    if np.issubdtype(np.dtype(dataset.dtypes[0]), np.complexfloating):
        raise DataError(f"{path} has complex numbers; give a raster of real ones")
    if dataset.crs is None:
        raise DataError(f"{path} has no CRS; assign one, e.g. with gdal_translate -a_srs EPSG:4326 in.tif out.tif")
    transform = dataset.transform
    if transform.is_identity or transform.is_degenerate or not np.isfinite(transform[:6]).all():
        raise DataError(f"{path} has no position (geotransform); georeference it first, e.g. with gdalwarp")
    refuse_rotation(transform, name=path)
    horizontal, vertical = _split(path, dataset)
    grid = Grid(horizontal, transform, dataset.width, dataset.height)
    _refuse_misplaced(grid, path)
    tags = {**dataset.tags(), **dataset.tags(1)}
    scale, offset = float(dataset.scales[0]), float(dataset.offsets[0])
    if not (math.isfinite(scale) and math.isfinite(offset)) or scale == 0:
        raise DataError(f"{path} has the scale {scale:g} and offset {offset:g}; write it again with sound ones")
    flags = dataset.mask_flag_enums[0]
    text = unit or dataset.units[0] or _tagged_unit(tags)
    known = read_unit(text)
    if not known and not unit and vertical is not None:
        known = read_unit(vertical.axis_info[-1].unit_name)
    if kind == "elevation" and vertical is not None and vertical.axis_info[-1].direction == "down":
        raise DataError(f"{path} counts depths downward ({vertical.name}); give heights, upward")
    return RasterFile(
        path=path,
        kind=kind,
        grid=grid,
        driver=dataset.driver,
        dtype=dataset.dtypes[0],
        nodata=dataset.nodata,
        scale=scale,
        offset=offset,
        unit=known,
        unit_text=text,
        vertical_datum=_vertical_datum(path, dataset, vertical, tags),
        masked=MaskFlags.per_dataset in flags or MaskFlags.alpha in flags,
        alpha=alpha and MaskFlags.alpha not in flags,
        tags=dict(sorted(tags.items())),
    )


def _split(path: str, dataset: DatasetReader) -> tuple[pyproj.CRS, pyproj.CRS | None]:
    """Return the horizontal part of the file's CRS, and the part with the vertical axis, if any."""
    try:
        crs = pyproj.CRS.from_wkt(dataset.crs.to_wkt())
    except CRSError as error:
        raise DataError(f"{path} has a CRS that PROJ does not know; assign one, e.g. EPSG:4326") from error
    if not crs.is_compound and crs.type_name.startswith(("Engineering", "Local")):
        raise DataError(f"{path} has the local CRS {crs.name!r}; assign a geographic or projected one")
    if crs.is_compound:
        vertical: pyproj.CRS | None = crs.sub_crs_list[1]
    else:
        vertical = crs if len(crs.axis_info) == 3 else None
    return horizontal_crs(crs, name=path), vertical


def _refuse_misplaced(grid: Grid, path: str) -> None:
    """Raise if the cells cannot lie where the CRS puts them; longitudes of 0 to 360 degrees can."""
    west, south, east, north = grid.bounds
    if grid.crs.is_geographic and 0 <= west < 180 < east <= 361:
        east = 180.0
    elif grid.crs.is_geographic and west >= 180 and east <= 361:
        west, east = west - 360, east - 360
    cause = diagnose((west, south, east, north), grid.crs)
    if cause is not None:
        raise DataError(f"{path}: {cause}")


def _tagged_unit(tags: Mapping[str, str]) -> str:
    texts = (value for key, value in sorted(tags.items()) if key.lower() in _UNIT_TAGS)
    return next((text for text in texts if read_unit(text)), "")


def _vertical_datum(path: str, dataset: DatasetReader, vertical: pyproj.CRS | None, tags: Mapping[str, str]) -> str:
    if vertical is not None:
        return str(vertical.name) if len(vertical.axis_info) == 1 else f"{vertical.name} (ellipsoidal height)"
    lower = {key.lower(): value for key, value in tags.items()}
    for key in _DATUM_TAGS:
        if lower.get(key):
            return str(lower[key])
    if Path(path).name.startswith("Copernicus_DSM"):
        return "EGM2008 height (by the product's name)"
    return "EGM96 height (by the SRTM format)" if str(dataset.driver) == "SRTMHGT" else "unknown"


def as_window(rows: slice, columns: slice, grid: Grid) -> tuple[int, int, int, int]:
    """Return top, bottom, left, right of slices on a grid."""
    top, bottom, _ = rows.indices(grid.height)
    left, right, _ = columns.indices(grid.width)
    return top, bottom, left, right
