"""Whole rasters as arrays, in memory or in Dask blocks."""

import os
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from .._limits import hold_memory
from .._validation import check_count
from .file import RasterFile
from .findings import Findings

_OTHER_LENGTHS = ("", "metre", "millimetre")


def read_raster(
    path: str | os.PathLike[str], *, kind: str | None = None, unit: str | None = None, chunks: int | None = None
) -> xr.DataArray:
    """Read a single-band raster as physical values, with its CRS, whichever driver reads it.

    Parameters
    ----------
    path : path
        Any raster that GDAL reads; ``FILE:variable`` for one of several in a file.
    kind : str, optional
        ``elevation``: metres as floats, NaN where there is no height (see :func:`open_raster`); ``quantity``:
        floats in the file's unit; ``code``: as they are. If not given, what the file declares is applied:
        scale, offset, masks, and a unit of length other than metre; whole numbers without any of these
        keep their type and their nodata code in ``rio.nodata``.
    unit : str, optional
        Unit of height that overrules what the file says.
    chunks : int, optional
        Edge length of Dask blocks; NumPy-backed if not given.

    Returns
    -------
    xarray.DataArray
        Dimensions ``y, x``; floats have NaN for nodata. ``attrs``: ``units`` (where known), ``notes`` (what a
        reader of results must know), ``missing`` (cells by cause); the last two not with ``chunks``.

    Raises
    ------
    DataError
        If the file is missing, damaged or no raster, has more than one band, no CRS or no position.

    >>> from nanyi_gis.io import data_file
    >>> dem = read_raster(data_file("dem/demo_dem_90m.tif"), kind="elevation")
    >>> dem.rio.crs.to_epsg(), dem.attrs["units"], dem.dims
    (4544, 'm', ('y', 'x'))
    """
    file = RasterFile.of(path, kind=_kind(path, kind, unit), unit=unit)
    stored = np.dtype(file.dtype)
    raw = kind is None and stored.kind in "iu" and _as_stored(file)
    raw = raw or (kind == "code" and stored.kind in "iu" and not (file.masked or file.alpha))
    if chunks is not None:
        check_count(chunks, name="chunks")
        values: Any = _lazy(file, chunks, raw=raw, heights=kind == "elevation")
        findings = Findings()
    else:
        hold_whole(file)
        values, findings = _read(file, slice(None), slice(None), raw=raw, heights=kind == "elevation")
    result = file.grid.array(values, nodata=file.nodata if raw else np.nan)
    if file.kind == "elevation":
        result.attrs["units"] = "m"
    elif file.unit_text:
        result.attrs["units"] = file.unit_text
    if chunks is None:
        result.attrs["missing"] = dict(findings.by_cause)
        result.attrs["notes"] = list(file.notes(findings))
    return result


def _kind(path: str | os.PathLike[str], kind: str | None, unit: str | None) -> str:
    """Return the kind by which to read; undeclared kinds are heights if their unit is one of length."""
    if kind is not None:
        return kind
    declared = RasterFile.of(path, kind="quantity", unit=unit).unit
    return "quantity" if declared in _OTHER_LENGTHS else "elevation"


def _as_stored(file: RasterFile) -> bool:
    return (file.scale, file.offset, file.factor) == (1.0, 0.0, 1.0) and not (file.masked or file.alpha)


def hold_whole(file: RasterFile, *, beside: float = 0.0) -> None:
    """Refuse a raster that does not fit into the memory, with so many bytes a cell beside what reading takes.

    Raises
    ------
    DataError
        If the limit is broken and not lifted.
    """
    width, height = file.grid.width, file.grid.height
    asked = f"{file.name} has {width * height:,} cells ({width:,} x {height:,})"
    hold_memory(asked, width * height * max(_octets(file), beside))


def _octets(file: RasterFile) -> int:
    """Return the bytes of a cell while it is read: as stored, as a value, and its mask."""
    return np.dtype(file.dtype).itemsize + file.value_dtype.itemsize + (file.masked or file.alpha)


def _read(
    file: RasterFile, rows: slice, columns: slice, *, raw: bool, heights: bool
) -> tuple[npt.NDArray[Any], Findings]:
    with file.open() as reader:
        if raw:
            return reader.stored(rows, columns), Findings()
        return reader.read(rows, columns, within=heights), reader.findings


def _lazy(file: RasterFile, chunks: int, *, raw: bool, heights: bool) -> Any:
    import dask.array

    da: Any = dask.array

    dtype = np.dtype(file.dtype) if raw else file.value_dtype

    def block(block_info: Any = None) -> npt.NDArray[Any]:
        (top, bottom), (left, right) = block_info[None]["array-location"]
        return _read(file, slice(top, bottom), slice(left, right), raw=raw, heights=heights)[0]

    shape = da.core.normalize_chunks((chunks, chunks), shape=file.grid.shape, dtype=dtype)
    return da.map_blocks(block, chunks=shape, dtype=dtype, meta=np.empty((0, 0), dtype))
