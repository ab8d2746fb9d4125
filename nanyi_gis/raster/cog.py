"""Writing Cloud-Optimised GeoTIFFs, and arrays on the grid of others."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..io import check_suffix
from .cog_writer import CogWriter
from .grid import Grid

Colour = tuple[int, int, int] | tuple[int, int, int, int]


def write_cog(
    data: xr.DataArray,
    path: str | os.PathLike[str],
    *,
    nodata: float | None = None,
    categories: Mapping[int, str] | None = None,
    colours: Mapping[int, Colour] | None = None,
    tags: Mapping[str, str] | None = None,
    overview_resampling: str | None = None,
) -> Path:
    """Write a two-dimensional raster as a COG: tiled, deflate, overviews, statistics.

    Parameters
    ----------
    data : xarray.DataArray
        Dimensions ``y, x`` with a CRS; its dtype is the file's dtype, ``attrs["units"]``
        (if there) the band's unit.
    path : path
        Target, written beside and renamed.
    nodata : float, optional
        Nodata value; ``data.rio.nodata`` if not given.
    categories, colours : mapping, optional
        Class names and colours by cell value (uint8 rasters only); written as tags
        ``CATEGORY_<value>`` of the band and as a colour table.
    tags : mapping, optional
        Provenance tags of the dataset.
    overview_resampling : str, optional
        ``mode`` for classes and ``average`` for quantities if not given.

    Raises
    ------
    ParameterError
        If the name does not end in .tif or .tiff.
    OutputError
        If the file cannot be written.
    """
    target = check_suffix(path, [".tif", ".tiff"], what="a COG")
    unit = str(data.attrs.get("units", "1"))
    with CogWriter(
        target,
        Grid(data.rio.crs, data.rio.transform(), data.sizes["x"], data.sizes["y"]),
        dtype=data.dtype.name,
        nodata=data.rio.nodata if nodata is None else nodata,
        names=categories,
        colours=colours,
        tags=tags,
        unit=None if unit == "1" else unit,
        overview_resampling=overview_resampling,
        crs=data.rio.crs,
    ) as writer:
        writer.write(np.asarray(data.data), 0, 0)
        return writer.finish()


def like(template: xr.DataArray, values: Any, *, name: str, attrs: Mapping[str, Any] | None = None) -> xr.DataArray:
    """Return ``values`` as an array on the grid of ``template``.

    >>> grid = xr.DataArray(np.zeros((2, 2)), dims=("y", "x"))
    >>> like(grid, np.ones((2, 2)), name="slope").name
    'slope'
    """
    return xr.DataArray(values, dims=template.dims, coords=template.coords, name=name, attrs=dict(attrs or {}))
