"""A bounded look at the cells of a raster, so that a country costs no more than a county."""

from dataclasses import dataclass

import numpy as np

from .file import RasterFile
from .findings import Findings
from .mosaic import Span

WHOLE_CELLS = 1_048_576
"""Rasters up to this many cells are looked at whole."""

_ACROSS, _SIDE = 4, 256


@dataclass(frozen=True)
class Sample:
    """What some cells of a raster hold.

    Attributes
    ----------
    cells, known : int
        How many were read, and how many of them have a value.
    findings : Findings
        Missing cells by cause, and cells of exactly 0.
    whole : bool
        Whether every cell of the window was read.
    """

    cells: int
    known: int
    findings: Findings
    whole: bool


def sample(file: RasterFile, window: Span | None = None) -> Sample:
    """Read a raster whole if it has at most 1,048,576 cells, else 16 windows of 256 x 256 cells spread over it.

    Of a raster that is stored in strips over its whole width, four bands of as many cells are read instead.

    Parameters
    ----------
    file : RasterFile
        The raster.
    window : tuple of slices, optional
        Rows and columns to look at; all if not given.

    >>> from nanyi_gis.io import data_file
    >>> found = sample(RasterFile.of(data_file("dem/demo_dem_90m.tif")))
    >>> found.cells, found.whole
    (1048576, False)
    """
    rows, columns = window or (slice(0, file.grid.height), slice(0, file.grid.width))
    height, width = rows.stop - rows.start, columns.stop - columns.start
    cells = known = 0
    with file.open() as reader:
        whole = height * width <= WHOLE_CELLS
        tall, wide = (height, width) if whole else _window(height, width, *reader.block)
        for top in _starts(rows, tall):
            for left in _starts(columns, wide):
                values = reader.read(slice(top, top + tall), slice(left, left + wide))
                cells += values.size
                known += int(np.isfinite(values).sum())
        return Sample(cells, known, reader.findings, whole)


def _window(height: int, width: int, block_rows: int, block_columns: int) -> tuple[int, int]:
    """Return rows and columns of a window: square, or as the file lies where it is stored in strips or is narrow.

    >>> _window(40_000, 40_000, 256, 256), _window(40_000, 40_000, 1, 40_000)
    ((256, 256), (6, 40000))
    """
    if block_columns >= width and block_rows < _SIDE:
        rows = max(WHOLE_CELLS // (_ACROSS * width), 1)
        return min(max(rows // block_rows, 1) * block_rows, height // _ACROSS), width
    wide = min(_SIDE, max(width // _ACROSS, 1))
    return min(max(height // _ACROSS, 1), _SIDE * _SIDE // wide), wide


def _starts(span: slice, length: int) -> list[int]:
    """Return where windows of a length start, spread evenly; one if the length is that of the span."""
    room = span.stop - span.start - length
    return [int(start) for start in np.unique(np.linspace(span.start, span.start + room, _ACROSS).astype(int))]
