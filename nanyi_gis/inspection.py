"""What a spatial file is: reference system, datum, validity, nodata and reach, before it is used."""

import os
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pyproj
import rasterio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from rasterio.errors import RasterioIOError
from rasterio.io import DatasetReader
from rasterio.transform import array_bounds

from .datum import guess_datum
from .errors import DataError
from .io import guarded, near, read_vector
from .io.vector import shapefile_encoding
from .study import StudyArea

_SAMPLE_CELLS = 1_000_000
_GEOD = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True)
class FileReport:
    """What was found in one raster, or in one layer of a vector file.

    Attributes
    ----------
    name : str
        File name, with the layer's name if there are several.
    kind : str
        ``raster`` or ``vector``, with size and type.
    crs : str
        Authority code or name; ``none`` if missing.
    datum : str
        Guess from the offset to our county outline; for rasters what the CRS declares.
    validity : str
        ``valid``, or what is wrong.
    nodata : str
        Nodata value and share of empty cells; empty geometries of a layer.
    extent : str
        Reach against the study area.
    usable : bool
        False if the file has to be corrected first.
    """

    name: str
    kind: str
    crs: str
    datum: str
    validity: str
    nodata: str
    extent: str
    usable: bool


def inspect_file(path: str | os.PathLike[str], *, study: StudyArea) -> list[FileReport]:
    """Report on a spatial file: one entry for a raster, one a layer for a vector file.

    Parameters
    ----------
    path : path
        Any raster that GDAL reads or vector file that pyogrio or GeoPandas reads.
    study : StudyArea
        The area to compare with.

    Raises
    ------
    DataError
        If the file is missing, or neither raster nor vector.
    """
    source = Path(path)
    if not source.exists():
        raise DataError(f"no file {source}; check the path")
    try:
        with rasterio.open(source) as dataset:
            if dataset.count:
                return [_raster_report(dataset, source.name, study)]
    except RasterioIOError:
        pass
    if source.suffix.lower() in {".parquet", ".geoparquet"}:
        return [_vector_report(read_vector(source), source.name, study)]
    try:
        layers = pyogrio.list_layers(source)
    except (DataSourceError, DataLayerError, OSError) as error:
        raise DataError(f"{source} is neither a raster nor a vector file that GDAL reads; check the path") from error
    spatial = [str(name) for name, geometry in layers if geometry is not None]
    if not spatial:
        raise DataError(f"{source} holds no layer with geometry; give points, lines, polygons or a raster")
    several = len(spatial) > 1
    return [
        _vector_report(_read_layer(source, layer), f"{source.name}:{layer}" if several else source.name, study)
        for layer in spatial
    ]


def _read_layer(source: Path, layer: str) -> gpd.GeoDataFrame:
    """Return a layer as it is, also without CRS or features."""
    found = shapefile_encoding(source)
    encoding = None if found is None else found.name
    with guarded(source, what="vector layer", cure="save it again"):
        return gpd.read_file(source, layer=layer, engine="pyogrio", encoding=encoding)


def _raster_report(dataset: DatasetReader, name: str, study: StudyArea) -> FileReport:
    faults = []
    if dataset.count != 1:
        faults.append(f"{dataset.count} bands, one is needed")
    if np.issubdtype(np.dtype(dataset.dtypes[0]), np.complexfloating):
        faults.append("complex numbers")
    if dataset.transform.is_identity:
        faults.append("no georeference")
    filled, mark = None, "none" if dataset.nodata is None else f"{dataset.nodata:g}"
    try:
        filled = _filled_share(dataset)
    except RasterioIOError:
        faults.append("damaged, cannot be read to the end")
    if filled == 0.0:
        faults.append("no data at all")
    extent = "unknown"
    if dataset.crs is None:
        faults.append("no CRS")
    else:
        bounds = array_bounds(dataset.height, dataset.width, dataset.transform)
        extent = _reach(bounds, pyproj.CRS.from_user_input(dataset.crs), study)
    return FileReport(
        name=name,
        kind=f"raster {dataset.width}x{dataset.height} {dataset.dtypes[0]}",
        crs=_crs_name(None if dataset.crs is None else pyproj.CRS.from_user_input(dataset.crs)),
        datum="as its CRS says",
        validity="; ".join(faults) or "valid",
        nodata=mark if filled is None else f"{mark}, {1.0 - filled:.1%} empty",
        extent=extent,
        usable=not faults and not extent.startswith("outside"),
    )


def _filled_share(dataset: DatasetReader) -> float:
    """Return the share of cells with data in the first band, from a thinned read of large rasters."""
    step = max(1.0, (dataset.width * dataset.height / _SAMPLE_CELLS) ** 0.5)
    shape = (max(1, int(dataset.height / step)), max(1, int(dataset.width / step)))
    band = dataset.read(1, out_shape=shape, masked=True)
    values = np.ma.masked_invalid(band) if np.issubdtype(band.dtype, np.floating) else band
    return float(values.count()) / values.size


def _vector_report(frame: gpd.GeoDataFrame, name: str, study: StudyArea) -> FileReport:
    shapes = np.array(frame.geometry.values)
    empty = int((shapely.is_missing(shapes) | shapely.is_empty(shapes)).sum())
    invalid = int((~(shapely.is_valid(shapes) | shapely.is_missing(shapes))).sum())
    faults = [f"{invalid} invalid"] if invalid else []
    if empty == len(shapes):
        faults.append("no geometry")
    datum, extent = "unknown", "unknown"
    if frame.crs is None:
        faults.append("no CRS")
    elif empty < len(shapes):
        placed = frame.geometry[~(frame.geometry.isna() | frame.geometry.is_empty)]
        extent = _reach(tuple(placed.total_bounds), frame.crs, study)
        datum, shifted = _datum(frame, study)
        faults += [shifted] if shifted else []
    types = sorted({str(kind) for kind in frame.geom_type.dropna().unique()})
    return FileReport(
        name=name,
        kind=f"vector {len(frame)} {'/'.join(types)}".rstrip(),
        crs=_crs_name(frame.crs),
        datum=datum,
        validity="; ".join(faults) or "valid",
        nodata=f"{empty} without geometry" if empty else "none",
        extent=extent,
        usable=not faults and not extent.startswith("outside"),
    )


def _datum(frame: gpd.GeoDataFrame, study: StudyArea) -> tuple[str, str]:
    """Return the datum in words, and a fault if the outline is shifted."""
    if not (shapely.get_dimensions(np.array(frame.geometry.values)) == 2).any():
        return "not to be told without polygons", ""
    nearby = near(frame.geometry, study.bounds, study.crs)
    if not np.isfinite(shapely.get_coordinates(nearby.to_crs(study.crs).values)).all():
        return "unknown, lies where no county can", ""
    guess = guess_datum(frame.set_geometry(nearby), study.counties)
    if guess.datum == "unknown":
        return "unknown, does not follow the county outline", ""
    offset = f"{np.hypot(guess.shift_east_m, guess.shift_north_m):.0f} m off, ±{guess.residual_m:.0f} m"
    return f"{guess.datum} ({offset})", "" if guess.datum == "wgs84" else "shifted"


def _reach(bounds: tuple[float, ...], crs: pyproj.CRS, study: StudyArea) -> str:
    """Compare a box in ``crs`` with the counties; done in ``crs``, because a world map has no place in ours."""
    counties = gpd.GeoSeries([study.outline], crs=study.crs).to_crs(crs).iloc[0]
    box = shapely.box(*bounds)
    share = shapely.intersection(box, counties).area / counties.area
    if share >= 0.9995:
        return "covers both counties"
    if share > 0.0 or shapely.intersects(box, counties):
        return f"covers {share:.1%} of the counties"
    gap = gpd.GeoSeries([shapely.shortest_line(box, counties)], crs=crs).to_crs(4326).iloc[0]
    return f"outside, {_GEOD.geometry_length(gap) / 1000.0:.0f} km away"


def _crs_name(crs: pyproj.CRS | None) -> str:
    if crs is None:
        return "none"
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.name)
