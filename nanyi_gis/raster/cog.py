"""Writing Cloud-Optimised GeoTIFFs, and arrays on the grid of others."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import xarray as xr
from rasterio._err import CPLE_BaseError
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.shutil import copy as rasterio_copy

from ..errors import OutputError
from ..io import atomic_path, check_suffix

GDAL_ERRORS = (RasterioError, CPLE_BaseError)  # rasterio lets some of GDAL's own errors through
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
    value = data.rio.nodata if nodata is None else nodata
    resampling = overview_resampling or ("mode" if categories or colours else "average")
    profile: dict[str, Any] = {
        "driver": "GTiff",
        "height": data.sizes["y"],
        "width": data.sizes["x"],
        "count": 1,
        "dtype": data.dtype.name,
        "crs": data.rio.crs,
        "transform": data.rio.transform(),
        "nodata": value,
        "tiled": True,
        "blockxsize": 512,
        "blockysize": 512,
        "compress": "deflate",
        "BIGTIFF": "IF_SAFER",
    }
    options = {
        "compress": "deflate",
        "blocksize": "512",
        "overview_resampling": resampling,
        "predictor": "standard" if categories or colours else "yes",
        "statistics": "yes",
        "BIGTIFF": "IF_SAFER",
    }
    try:
        with atomic_path(target) as temporary:
            plain = temporary.with_name("plain.tif")
            with rasterio.open(plain, "w", **profile) as dataset:
                dataset.write(np.asarray(data.data), 1)
                dataset.update_tags(**dict(sorted((tags or {}).items())))
                if data.attrs.get("units", "1") != "1":
                    dataset.set_band_unit(1, str(data.attrs["units"]))
                if colours:
                    dataset.write_colormap(1, {k: _rgba(v) for k, v in colours.items()})
                    dataset.colorinterp = [ColorInterp.palette]
                if categories:
                    dataset.update_tags(1, **category_tags(categories))
            rasterio_copy(plain, temporary, driver="COG", **options)
            plain.unlink()
            for leftover in temporary.parent.glob("plain.tif*"):
                leftover.unlink()
    except GDAL_ERRORS as error:
        raise OutputError(f"cannot write {target}: {error}; free some space or choose another folder") from error
    return target


def category_tags(categories: Mapping[int, str]) -> dict[str, str]:
    """Return band tags ``CATEGORY_<value>`` that name each class.

    >>> category_tags({2: "hill", 1: "valley"})
    {'CATEGORY_1': 'valley', 'CATEGORY_2': 'hill'}
    """
    return {f"CATEGORY_{code}": name for code, name in sorted(categories.items())}


def like(template: xr.DataArray, values: Any, *, name: str, attrs: Mapping[str, Any] | None = None) -> xr.DataArray:
    """Return ``values`` as an array on the grid of ``template``.

    >>> grid = xr.DataArray(np.zeros((2, 2)), dims=("y", "x"))
    >>> like(grid, np.ones((2, 2)), name="slope").name
    'slope'
    """
    return xr.DataArray(values, dims=template.dims, coords=template.coords, name=name, attrs=dict(attrs or {}))


def _rgba(colour: Colour) -> tuple[int, int, int, int]:
    red, green, blue = colour[:3]
    return red, green, blue, colour[3] if len(colour) == 4 else 255
