"""The raster door: one place that opens a raster file and returns physical values."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from rasterio.io import DatasetReader
from rasterio.windows import Window

from .._consent import trusting, trusts
from .._validation import check_choice, check_count
from ..errors import ParameterError
from .declared import declared
from .findings import JUMP_M, Findings, judged_zeros
from .grid import Grid
from .heights import CAUSES, METRES, NO_MASK, Elevations, physical, read_unit
from .opening import disk_path, guarded_raster, locate, looked_at, opened
from .patches import ZeroPatches
from .size import hold_block, refuse_cut_off

Kind = Literal["elevation", "quantity", "code"]
KINDS: tuple[str, ...] = get_args(Kind)

RASTER_SUFFIXES = frozenset({".tif", ".tiff", ".vrt", ".hgt", ".img", ".asc", ".nc", ".bil", ".flt", ".jp2"})
"""What the names of rasters end in that are no features as well."""

_PLURAL = {"foot": "feet", "US survey foot": "US survey feet"}


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
    void_zeros : str
        Which cells of exactly 0 are read as missing: none if empty, ``bordered``: patches bordered by jumps, or
        ``bare``: those that border no height too.
    tags : mapping
        Tags of dataset and band.
    trusted : bool
        Whether it was looked at as a trusted file, which may name others; holds wherever it is read.
    band : int
        Which band is read, from 1.
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
    void_zeros: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    trusted: bool = field(default=False, compare=False)
    band: int = 1

    @classmethod
    def of(
        cls,
        path: str | os.PathLike[str],
        *,
        kind: str = "elevation",
        unit: str | None = None,
        band: int | None = None,
    ) -> "RasterFile":
        """Look at a raster without reading its cells.

        Parameters
        ----------
        path : path
            Any raster that GDAL reads; ``FILE:variable`` for one of several in a file.
        kind : str
            What its cells are: elevation, quantity or code.
        unit : str, optional
            Unit of height (m, ft, us-ft, dm, cm, ...) that overrules what the file says.
        band : int, optional
            Band of a file with several; without it the file must have one.

        Raises
        ------
        DataError
            If it is missing, is a folder, no raster, has several bands (or not the one asked for), no CRS, no
            position, or is rotated.
        ParameterError
            If ``unit`` is no unit of height.
        """
        check_choice(kind, KINDS, name="kind")
        if unit is not None and not read_unit(unit):
            raise ParameterError(f"vertical_unit is {unit!r}, but must be one of: m, ft, us-ft, dm, cm")
        name = locate(path)
        with looked_at(name) as dataset:
            file = cls(name, kind, trusted=trusts(), **declared(name, dataset, kind=kind, unit=unit, band=band))
            refuse_cut_off(name, dataset)
            hold_block(name, dataset)
            return file

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.disk_path.name

    @property
    def disk_path(self) -> Path:
        """The file on disk; ``path`` may name one of its variables."""
        return disk_path(self.path)

    @property
    def factor(self) -> float:
        """Metres in the unit of stored heights; 1 for other kinds."""
        return METRES[self.unit or "metre"] if self.kind == "elevation" else 1.0

    @property
    def demonstration(self) -> bool:
        """Whether this is the modelled terrain that comes with the package."""
        return self.tags.get("TERRAIN") == "demonstration"

    @property
    def modelled(self) -> bool:
        """Whether its tags say that the cells are modelled, wholly or in part."""
        return self.demonstration or self.tags.get("EVIDENCE") == "modelled"

    @property
    def value_dtype(self) -> np.dtype[Any]:
        """Type of the values that reading gives."""
        return physical(np.zeros((1, 1), self.dtype), scale=self.scale * self.factor, offset=self.offset)[0].dtype

    def in_unit(self, unit: str) -> "RasterFile":
        """Return the file as one that gives its lengths in a unit; as it is where either says no unit of length.

        >>> from nanyi_gis.io import data_file
        >>> depth = RasterFile.of(data_file("dem/demo_dem_90m.tif"), kind="quantity")
        >>> depth.unit_text, depth.in_unit("cm").scale, depth.in_unit("pH").scale
        ('m', 100.0, 1.0)
        """
        own, wanted = read_unit(self.unit_text), read_unit(unit)
        if self.kind != "quantity" or not own or not wanted or own == wanted:
            return self
        factor = METRES[own] / METRES[wanted]
        return replace(self, scale=self.scale * factor, offset=self.offset * factor, unit=wanted)

    @contextmanager
    def open(self, *, cache_mb: int = 64) -> Iterator["Reader"]:
        """Open the file for many reads, in one thread."""
        with ExitStack() as stack:
            with trusting(self.trusted or trusts()):
                dataset = stack.enter_context(opened(self.path, cache_mb=cache_mb))
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
        if self.kind == "elevation" and self.unit_text and not self.unit:
            lines.append(f"{self.name} has the unit {self.unit_text!r}, which is none of height; taken as metres")
        if self.kind == "elevation" and self.modelled and not self.demonstration:
            finer = self.tags.get("RELIEF_BELOW_M")
            part = f"its detail finer than {finer} m is" if finer else "its heights are"
            lines.append(f"{self.name} says that {part} modelled; slopes and valleys there are not those on the ground")
        own = read_unit(self.unit_text)
        if self.kind == "quantity" and own and self.unit != own:
            words = (_PLURAL.get(name, f"{name}s") for name in (own, self.unit))
            lines.append("{} has values in {}; converted to {}".format(self.name, *words))
        undeclared = {cause: n for cause, n in findings.by_cause.items() if cause not in (CAUSES[0], CAUSES[1])}
        if undeclared:
            parts = ", ".join(f"{cause}: {n:,}" for cause, n in undeclared.items())
            lines.append(
                f"{self.name} has missing cells that it does not declare ({parts}); they were left out, "
                "declare their code with gdal_edit.py -a_nodata"
            )
        zeros = findings.zeros
        if zeros.void_like:
            done = "were left out" if self.void_zeros else "were taken as heights"
            lines.append(
                f"{self.name} has {zeros.missing:,} cells of exactly 0 bordered by jumps of over {JUMP_M:g} m; "
                f"they look like missing cells and {done}, declare them with gdal_edit.py -a_nodata 0"
            )
        elif zeros.bare and not zeros.plain:
            lines.append(
                f"{self.name} has {zeros.bare:,} cells of exactly 0 that border no other height; "
                "if they are missing cells, declare them with gdal_edit.py -a_nodata 0"
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
            Rows and columns to thin the window to, by the nearest cell (of an overview where the file has some);
            not with a margin.
        within : bool
            Whether heights outside -500 to 9,000 m are missing.

        Raises
        ------
        DataError
            If the file breaks off.
        ParameterError
            If the margin is no whole number of zero or more, or is asked for with a shape.
        """
        check_count(margin, name="margin", least=0)
        if margin and shape is not None:
            raise ParameterError(f"margin is {margin}, but a thinned window has none; leave out shape or margin")
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

    def in_turn(self, parts: Iterable[slice]) -> Iterator[tuple[slice, Elevations]]:
        """Yield strips of rows over the whole width, given from top to bottom without a gap.

        What is found does not depend on the height of the strips: a patch of zeros that several hold is judged as
        one, when all are read.

        >>> from nanyi_gis.io import data_file
        >>> with open_raster(data_file("dem/demo_dem_90m.tif")) as raster:
        ...     [values.shape for _, values in raster.in_turn([slice(0, 2), slice(2, 3)])]
        [(2, 1422), (1, 1422)]
        """
        patches = ZeroPatches()
        for rows in parts:
            top, bottom, left, right = as_window(rows, slice(None), self.file.grid)
            values, _ = self._measured(Window(left, top, right - left, bottom - top), None, within=True)
            if self.file.kind == "elevation":
                patches.add(values)
            yield rows, values
        self.findings += Findings(zeros=patches.finish())

    @property
    def block(self) -> tuple[int, int]:
        """Rows and columns of the blocks in which the file is stored."""
        rows, columns = self._dataset.block_shapes[self.file.band - 1]
        return int(rows), int(columns)

    def notes(self) -> tuple[str, ...]:
        """Return the notes on what was read so far."""
        return self.file.notes(self.findings)

    def stored(self, rows: slice = slice(None), columns: slice = slice(None)) -> npt.NDArray[Any]:
        """Return the numbers of a window as they are in the file."""
        top, bottom, left, right = as_window(rows, columns, self.file.grid)
        if bottom == top or right == left:
            return np.empty((bottom - top, right - left), self.file.dtype)
        with guarded_raster(self.file.path):
            numbers: npt.NDArray[Any] = self._dataset.read(
                self.file.band, window=Window(left, top, right - left, bottom - top)
            )
        return numbers

    def _values(self, window: Window, shape: tuple[int, int] | None, *, within: bool) -> Elevations:
        file = self.file
        values, zero_cells = self._measured(window, shape, within=within)
        if file.kind == "elevation" and zero_cells:
            zeros, verdict, patch = judged_zeros(values)
            if file.void_zeros and (zeros.void_like or zeros.bare):
                verdict = (verdict == 1) | ((verdict == 3) & (file.void_zeros == "bare"))
                values[verdict[patch]] = np.nan
            self.findings += Findings(zeros=zeros)
        return values

    def _measured(self, window: Window, shape: tuple[int, int] | None, *, within: bool) -> tuple[Elevations, int]:
        """Return physical values and how many are exactly 0; what is missing is added to the findings."""
        file = self.file
        if not (window.width and window.height):
            return np.empty((window.height, window.width), file.value_dtype), 0
        with guarded_raster(file.path):
            stored = self._dataset.read(file.band, window=window, out_shape=shape)
            mask = NO_MASK
            if file.alpha:
                mask = (self._dataset.read(2, window=window, out_shape=shape) != 0).astype(np.uint8)
            elif file.masked:
                mask = self._dataset.read_masks(file.band, window=window, out_shape=shape)
        heights = file.kind == "elevation"
        values, counts, zero_cells = physical(
            stored,
            mask=mask,
            nodata=file.nodata,
            scale=file.scale * file.factor,
            offset=file.offset * file.factor,
            heights=heights and within,
        )
        self.findings += Findings(tuple(int(count) for count in counts))
        return values, zero_cells


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


def as_window(rows: slice, columns: slice, grid: Grid) -> tuple[int, int, int, int]:
    """Return top, bottom, left, right of slices on a grid."""
    top, bottom, _ = rows.indices(grid.height)
    left, right, _ = columns.indices(grid.width)
    return top, max(bottom, top), left, max(right, left)
