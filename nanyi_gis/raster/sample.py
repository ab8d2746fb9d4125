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
    whole = height * width <= WHOLE_CELLS
    tall, wide = (height, width) if whole else _window(height, width)
    tops, lefts = ([rows.start], [columns.start]) if whole else (_starts(rows, tall), _starts(columns, wide))
    cells = known = 0
    with file.open() as reader:
        for top in tops:
            for left in lefts:
                values = reader.read(slice(top, top + tall), slice(left, left + wide))
                cells += values.size
                known += int(np.isfinite(values).sum())
        return Sample(cells, known, reader.findings, whole)


def _window(height: int, width: int) -> tuple[int, int]:
    """Return rows and columns of a window; longer where the raster is narrow, so that the number of cells is kept."""
    area = _SIDE * _SIDE
    tall = min(height, max(_SIDE, area // max(min(width // _ACROSS, _SIDE), 1)))
    tall = min(tall, max(height // _ACROSS, 1))
    return tall, min(width // _ACROSS or 1, max(area // tall, 1))


def _starts(span: slice, length: int) -> list[int]:
    return [int(start) for start in np.linspace(span.start, span.stop - length, _ACROSS)]
