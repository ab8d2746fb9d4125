"""What GDAL says of a raster file without reading cells, whether or not it can be used."""

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import DataError
from .opening import looked_at


@dataclass(frozen=True)
class Header:
    """A raster as it is on disk.

    Attributes
    ----------
    path : str
        The file.
    width, height, bands : int
        Columns, rows and bands; no bands where the file only holds ``variables``.
    dtype : str
        GDAL's name of the first band's type; empty without a band.
    nodata : float or None
        The declared code of missing cells.
    crs : str
        The CRS as WKT; empty if there is none.
    variables : tuple of str
        Rasters inside, to be named as ``FILE:variable``.
    """

    path: str
    width: int
    height: int
    bands: int
    dtype: str
    nodata: float | None
    crs: str
    variables: tuple[str, ...]


def read_header(path: str | os.PathLike[str]) -> Header:
    """Return what GDAL says of a raster file.

    Raises
    ------
    DataError
        If the file is missing or GDAL reads no raster in it.

    >>> from nanyi_gis.io import data_file
    >>> header = read_header(data_file("dem/demo_dem_90m.tif"))
    >>> header.bands, header.variables
    (1, ())
    """
    text = os.fspath(path)
    if not Path(text).exists():
        raise DataError(f"no file {text}; check the path")
    with looked_at(text) as dataset:
        count = dataset.count
        if not count and not dataset.subdatasets:
            raise DataError(f"{text} holds no raster; give a GeoTIFF, COG, HGT or VRT")
        return Header(
            path=text,
            width=dataset.width,
            height=dataset.height,
            bands=count,
            dtype=str(dataset.dtypes[0]) if count else "",
            nodata=dataset.nodata if count else None,
            crs=dataset.crs.to_wkt() if dataset.crs else "",
            variables=() if count else tuple(name.rsplit(":", 1)[-1].strip('"') for name in dataset.subdatasets),
        )
