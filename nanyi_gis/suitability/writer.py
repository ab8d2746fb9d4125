"""Layers of a run: a COG each, with the side files that tell GDAL and QGIS its names and colours."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy.typing as npt
import rasterio

from ..colours import Colour
from ..errors import OutputError
from ..io import write_text
from ..raster import GDAL_ERRORS, CogWriter, Grid
from .styles import SCORE_RAMP, auxiliary_xml, paletted_qml, ramp_qml

CACHE_MB = 256
_LEVEL = 3  # scores hardly shrink beyond it


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
    """Writes one layer by windows into a staging folder: a COG and its side files.

    A context manager; see :class:`nanyi_gis.raster.CogWriter`.
    """

    def __init__(self, folder: Path, grid: Grid, spec: LayerSpec) -> None:
        self._spec = spec
        self._cog = CogWriter(
            folder / spec.file,
            grid,
            dtype=spec.dtype,
            nodata=spec.nodata,
            names=spec.names,
            colours=spec.colours,
            tags=spec.tags,
            level=6 if spec.names is not None else _LEVEL,
        )

    def __enter__(self) -> "LayerWriter":
        self._cog.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cog.__exit__(kind, error, trace)

    def write(self, values: npt.NDArray[Any], row: int, column: int) -> None:
        """Write a window whose first cell is at ``row`` and ``column``."""
        self._cog.write(values, row, column)

    def note(self, text: str) -> None:
        """Replace the notes among the tags, before the layer is finished."""
        self._cog.tag(notes=text)

    def finish(self) -> list[Path]:
        """Write the COG and its side files and return their paths.

        Raises
        ------
        OutputError
            If the disk is full, or what was written cannot be read back.
        """
        spec = self._spec
        target = self._cog.finish()
        files = [target]
        if spec.names is not None and spec.colours is not None:
            beside = target.with_name(f"{spec.file}.aux.xml")
            files.append(write_text(beside, auxiliary_xml(spec.names, spec.colours)))
            style = paletted_qml(spec.names, spec.colours)
        else:
            style = ramp_qml(spec.ramp)
        files.append(write_text(target.with_suffix(".qml"), style))
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
