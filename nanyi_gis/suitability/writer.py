"""Writing codes window by window and turning them into COGs that GDAL and QGIS read with names and colours."""

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy.typing as npt
import rasterio
from rasterio.enums import ColorInterp
from rasterio.io import MemoryFile
from rasterio.shutil import copy as rasterio_copy
from rasterio.windows import Window

from ..colours import Colour
from ..errors import DataError, OutputError
from ..raster import GDAL_ERRORS, Grid, category_tags, open_raster
from .styles import SCORE_RAMP, auxiliary_xml, paletted_qml, ramp_qml

BLOCK = 512
MEMORY_CELLS = 40_000_000
CACHE_MB = 256


@dataclass(frozen=True)
class LayerSpec:
    """A layer to write: file name, nodata, names and colours of its codes (none for a quantity), tags."""

    file: str
    nodata: float
    tags: Mapping[str, str]
    names: Mapping[int, str] | None = None
    colours: Mapping[int, Colour] | None = None
    dtype: str = "uint8"
    ramp: tuple[tuple[float, Colour], ...] = SCORE_RAMP


class LayerWriter:
    """Writes one layer by windows, in memory or beside the target, then as COG with its side files.

    A context manager: what is beside the target is removed at the end, whatever happens.
    """

    def __init__(self, folder: Path, grid: Grid, spec: LayerSpec) -> None:
        self._folder = folder
        self._spec = spec
        self._memory: MemoryFile | None = None
        small = grid.width * grid.height <= MEMORY_CELLS
        profile: dict[str, Any] = {
            "driver": "GTiff",
            "height": grid.height,
            "width": grid.width,
            "count": 1,
            "dtype": spec.dtype,
            "crs": rasterio.CRS.from_wkt(grid.crs.to_wkt()),
            "transform": grid.transform,
            "nodata": spec.nodata,
            "tiled": True,
            "blockxsize": BLOCK,
            "blockysize": BLOCK,
            "BIGTIFF": "IF_SAFER",
        }
        self._plain = folder / f"{spec.file}.plain"
        if small:
            self._memory = MemoryFile(ext=".tif")
            self._dataset = self._memory.open(**profile)
        else:
            profile |= {"compress": "zstd", "zstd_level": 1, "SPARSE_OK": True}
            self._dataset = rasterio.open(self._plain, "w", **profile)
        self._dataset.update_tags(**dict(sorted((spec.tags or {}).items())))
        if spec.colours is not None:
            self._dataset.write_colormap(1, {code: (*colour, 255) for code, colour in spec.colours.items()})
            self._dataset.colorinterp = [ColorInterp.palette]
        if spec.names is not None:
            self._dataset.update_tags(1, **category_tags(spec.names))

    def __enter__(self) -> "LayerWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(*GDAL_ERRORS, OSError):
            self._dataset.close()
        if self._memory is not None:
            self._memory.close()
        self._plain.unlink(missing_ok=True)

    def write(self, values: npt.NDArray[Any], row: int, column: int) -> None:
        """Write a window whose first cell is at ``row`` and ``column``."""
        window = Window(column, row, values.shape[1], values.shape[0])
        self._dataset.write(values, 1, window=window)

    def note(self, text: str) -> None:
        """Replace the notes among the tags, before the layer is finished."""
        self._dataset.update_tags(notes=text)

    def finish(self) -> list[Path]:
        """Write the COG and its side files and return their paths.

        Raises
        ------
        OutputError
            If the disk is full, or what was written cannot be read back.
        """
        spec = self._spec
        target = self._folder / spec.file
        source = self._dataset.name
        thematic = spec.names is not None
        options = {
            "compress": "deflate",
            "blocksize": str(BLOCK),
            "overview_resampling": "mode" if thematic else "average",
            "predictor": "standard" if thematic else "yes",
            # quantities hardly shrink beyond level 3, which takes half the time of 6
            "level": "6" if thematic else "3",
            "statistics": "yes",
            "num_threads": "all_cpus",
            "BIGTIFF": "IF_SAFER",
        }
        self._dataset.close()
        rasterio_copy(source, target, driver="COG", **options)
        check_readable(target)
        files = [target]
        if spec.names is not None and spec.colours is not None:
            files.append(self._folder / f"{spec.file}.aux.xml")
            files[-1].write_text(auxiliary_xml(spec.names, spec.colours), encoding="utf-8")
            style = paletted_qml(spec.names, spec.colours)
        else:
            style = ramp_qml(spec.ramp)
        files.append(target.with_suffix(".qml"))
        files[-1].write_text(style, encoding="utf-8")
        return files


@contextlib.contextmanager
def writing(target: Path) -> Iterator[None]:
    """Limit GDAL's cache and turn its faults into ours."""
    try:
        with rasterio.Env(GDAL_CACHEMAX=CACHE_MB, GDAL_NUM_THREADS="ALL_CPUS"):
            yield
    except GDAL_ERRORS as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise OutputError(f"cannot write to {target}: {reason}; free some space or choose another folder") from error


def check_readable(path: Path) -> None:
    """Read every block of a raster once; GDAL may report a full disk only to its log.

    Raises
    ------
    OutputError
        If a block is missing or broken.
    """
    try:
        with open_raster(path, kind="code") as raster:
            grid = raster.file.grid
            for row, column in itertools.product(range(0, grid.height, BLOCK), range(0, grid.width, 16 * BLOCK)):
                raster.stored(slice(row, row + BLOCK), slice(column, column + 16 * BLOCK))
    except DataError as error:
        raise OutputError(
            f"{path.name} could not be read back after writing; free some space or choose another folder"
        ) from error
