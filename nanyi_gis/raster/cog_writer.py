"""The one writer of Cloud-Optimised GeoTIFFs: by windows, proved by reading back, whole or not at all."""

import contextlib
import math
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader, MemoryFile
from rasterio.shutil import copy as rasterio_copy
from rasterio.windows import Window

from ..io import atomic_path, nothing_logged, reason, unproven, write_bytes
from .grid import Grid

GDAL_ERRORS = (RasterioError, CPLE_BaseError)  # rasterio lets some of GDAL's own errors through
BLOCK = 512
MEMORY_BYTES = 40_000_000
_LOG = "rasterio"


class CogWriter:
    """Writes a COG of one band by windows: tiled, deflate, overviews, statistics.

    A context manager. Small rasters are gathered in memory, large ones in a compressed plain
    GeoTIFF beside the target. :meth:`finish` makes the COG, reads it back whole, holds it against
    what was written, and gives it the name of ``path``. Left without :meth:`finish`, or after a
    fault, ``path`` stays as it was.

    Parameters
    ----------
    path : path
        Target; its folder is made if it is not there.
    grid : Grid
        Shape, transform and CRS.
    dtype : str
        Type of the cells, e.g. ``uint8``; ``bool`` is stored as ``uint8``.
    nodata : float, optional
        Value of cells without a value.
    names, colours : mapping, optional
        Class names and colours by cell value (uint8 only); written as tags ``CATEGORY_<value>`` of
        the band and as a colour table.
    tags : mapping, optional
        Tags of the dataset, e.g. its provenance.
    unit : str, optional
        Unit of the band.
    overview_resampling : str, optional
        ``mode`` for classes and ``average`` for quantities if not given.
    level : int
        Deflate's, 1 to 9. Quantities hardly shrink beyond 3, which takes half the time of 6.
    crs, optional
        Written in place of the grid's, e.g. one with a vertical part.

    Raises
    ------
    OutputError
        If the disk is full, or what was written is not what is read back.

    Examples
    --------
    >>> import tempfile
    >>> grid = Grid.from_bounds((0, 0, 60, 60), resolution=30, crs="EPSG:4544")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with CogWriter(Path(folder) / "a.tif", grid, dtype="uint8", nodata=0) as writer:
    ...         writer.write(np.array([[1, 2]], np.uint8), row=0, column=0)
    ...         writer.write(np.array([[3, 4]], np.uint8), row=1, column=0)
    ...         path = writer.finish()
    ...     path.name, path.read_bytes()[:2]
    ('a.tif', b'II')
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        grid: Grid,
        *,
        dtype: str,
        nodata: float | None = None,
        names: Mapping[int, str] | None = None,
        colours: Mapping[int, Sequence[int]] | None = None,
        tags: Mapping[str, str] | None = None,
        unit: str | None = None,
        overview_resampling: str | None = None,
        level: int = 6,
        crs: Any = None,
    ) -> None:
        self._target = Path(path)
        self._grid = grid
        self._dtype = np.dtype("uint8" if dtype == "bool" else dtype)
        thematic = bool(names or colours)
        self._options = {
            "compress": "deflate",
            "blocksize": str(BLOCK),
            "overview_resampling": overview_resampling or ("mode" if thematic else "average"),
            "predictor": "standard" if thematic else "yes",
            "level": str(level),
            "statistics": "yes",
            "num_threads": "all_cpus",
            "BIGTIFF": "IF_SAFER",
        }
        self._profile: dict[str, Any] = {
            "driver": "GTiff",
            "height": grid.height,
            "width": grid.width,
            "count": 1,
            "dtype": self._dtype.name,
            "crs": rasterio.CRS.from_wkt(grid.crs.to_wkt()) if crs is None else crs,
            "transform": grid.transform,
            "nodata": nodata,
            "tiled": True,
            "blockxsize": BLOCK,
            "blockysize": BLOCK,
            "BIGTIFF": "IF_SAFER",
        }
        self._tags = dict(sorted((tags or {}).items()))
        self._unit = unit
        self._names = names or {}
        self._colours = {code: _rgba(colour) for code, colour in (colours or {}).items()}
        self._small = grid.width * grid.height * self._dtype.itemsize <= MEMORY_BYTES
        self._written: list[tuple[Window, int]] = []
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "CogWriter":
        with contextlib.ExitStack() as stack, _faults(self._target):
            self._made = stack.enter_context(atomic_path(self._target))
            profile = self._profile
            if self._small:
                memory = stack.enter_context(MemoryFile(ext=".tif"))
                self._dataset = memory.open(**profile)
            else:
                plain = self._made.with_name(f"{self._made.name}.plain")
                stack.callback(_remove, plain)
                profile = profile | {"compress": "zstd", "zstd_level": 1, "SPARSE_OK": True}
                self._dataset = rasterio.open(plain, "w", **profile)
            stack.callback(self._close_quietly)
            self._describe()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def write(self, values: npt.NDArray[Any], row: int, column: int) -> None:
        """Write a window whose first cell is at ``row`` and ``column``; no cell may be written twice."""
        for top in range(0, values.shape[0], BLOCK):
            part = np.ascontiguousarray(values[top : top + BLOCK], dtype=self._dtype)
            window = Window(column, row + top, part.shape[1], part.shape[0])
            with _faults(self._target):
                self._dataset.write(part, 1, window=window)
            self._written.append((window, _checksum(part)))

    def tag(self, **tags: str) -> None:
        """Add tags of the dataset, or replace them, before it is finished."""
        self._tags |= tags
        with _faults(self._target):
            self._dataset.update_tags(**tags)

    def finish(self) -> Path:
        """Make the COG, prove it, give it its name and return the path.

        Raises
        ------
        OutputError
            If the disk is full, or what was written is not what is read back.
        """
        with self._stack, _faults(self._target):
            source = self._dataset.name
            self._dataset.close()
            self._make(source)
            self._prove()
            for leftover in self._made.parent.iterdir():
                if leftover != self._made:
                    _remove(leftover)
        return self._target

    def _make(self, source: str) -> None:
        """Turn what was gathered into the COG; a small one in memory, so that the system tells of a full disk."""
        if not self._small:
            rasterio_copy(source, self._made, driver="COG", **self._options)
            return
        with MemoryFile(ext=".tif") as memory:
            rasterio_copy(source, memory.name, driver="COG", **self._options)
            write_bytes(self._made, bytes(memory.getbuffer()))

    def _describe(self) -> None:
        self._dataset.update_tags(**self._tags)
        if self._unit is not None:
            self._dataset.set_band_unit(1, self._unit)
        if self._colours:
            self._dataset.write_colormap(1, self._colours)
            self._dataset.colorinterp = [ColorInterp.palette]
        if self._names:
            self._dataset.update_tags(1, **category_tags(self._names))

    def _close_quietly(self) -> None:
        with contextlib.suppress(*GDAL_ERRORS, OSError):
            self._dataset.close()

    def _prove(self) -> None:
        """Hold the file against what was written: cells by their checksums, tags, every block of the overviews."""
        with rasterio.open(self._made) as dataset:
            if dataset.shape != self._grid.shape or dataset.dtypes[0] != self._dtype.name:
                raise unproven(self._target, "its shape or type is not what was written")
            kept = {
                key: value for key, value in _squeezed(self._tags).items() if value != ""
            }  # GDAL keeps no empty one
            if not kept.items() <= _squeezed(dataset.tags()).items():
                raise unproven(self._target, "its tags are not those that were written")
            for window, checksum in sorted(self._written, key=lambda item: (item[0].row_off, item[0].col_off)):
                if _checksum(dataset.read(1, window=window)) != checksum:
                    raise unproven(self._target, f"what was written at row {window.row_off} is not what is read back")
            for level in range(len(dataset.overviews(1))):
                self._prove_overview(dataset, level)

    def _prove_overview(self, dataset: DatasetReader, level: int) -> None:
        with rasterio.open(self._made, overview_level=level) as overview:
            for row in range(math.ceil(overview.height / BLOCK)):
                for column in range(math.ceil(overview.width / BLOCK)):
                    if dataset.get_tag_item(f"BLOCK_OFFSET_{column}_{row}", "TIFF", bidx=1, ovr=level) is None:
                        raise unproven(self._target, f"a block of its overview {level + 1} is missing")
                top = row * BLOCK
                overview.read(1, window=Window(0, top, overview.width, min(BLOCK, overview.height - top)))


def category_tags(categories: Mapping[int, str]) -> dict[str, str]:
    """Return band tags ``CATEGORY_<value>`` that name each class.

    >>> category_tags({2: "hill", 1: "valley"})
    {'CATEGORY_1': 'valley', 'CATEGORY_2': 'hill'}
    """
    return {f"CATEGORY_{code}": name for code, name in sorted(categories.items())}


@contextlib.contextmanager
def _faults(target: Path) -> Iterator[None]:
    """Turn GDAL's faults, those it only logs too, into ours."""
    try:
        with rasterio.Env(GDAL_NUM_THREADS="ALL_CPUS"), nothing_logged(target, _LOG):
            yield
    except GDAL_ERRORS as error:
        cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
        raise unproven(target, reason(cause)) from error


def _checksum(values: npt.NDArray[Any]) -> int:
    """Return a checksum of cells that takes all NaN for one, and both zeros: GDAL may write either."""
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), np.array(np.nan, values.dtype), values + 0)
    return zlib.crc32(np.ascontiguousarray(values).data)


def _squeezed(tags: Mapping[str, str]) -> dict[str, str]:
    """Return tags without blanks at the ends of values, such as a file's name may have and GDAL drops."""
    return {key: " ".join(value.split()) for key, value in tags.items()}


def _rgba(colour: Sequence[int]) -> tuple[int, int, int, int]:
    red, green, blue = colour[:3]
    return red, green, blue, colour[3] if len(colour) == 4 else 255


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
