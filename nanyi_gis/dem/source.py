"""Elevation files as found: what each declares, and one lazy mosaic in metres over them."""

import math
import os
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pyproj
import rasterio
from affine import Affine
from pyproj.exceptions import CRSError, ProjError
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window

from ..errors import DataError, ParameterError

Bounds = tuple[float, float, float, float]

NODATA = -32768.0
METRES = {"metre": 1.0, "foot": 0.3048, "US survey foot": 1200 / 3937, "decimetre": 0.1, "centimetre": 0.01}

_UNIT_WORDS = {
    "metre": {"m", "metre", "metres", "meter", "meters", "米"},
    "foot": {"ft", "foot", "feet", "international foot", "international feet", "英尺"},
    "US survey foot": {"us-ft", "ftus", "us survey foot", "us survey feet", "foot_us", "us foot"},
    "decimetre": {"dm", "decimetre", "decimetres", "decimeter", "decimeters", "分米"},
    "centimetre": {"cm", "centimetre", "centimetres", "centimeter", "centimeters", "厘米"},
}
_MISSING_BY_CUSTOM = (-3.4028234663852886e38, -2147483648.0, -99999.0, -32768.0, -32767.0, -9999.0)
_BLOCK = 2048


@dataclass(frozen=True)
class Tile:
    """One elevation file and what it declares about itself.

    ``crs`` is the horizontal reference, ``unit`` one of ``METRES`` or empty if undeclared,
    ``datum`` the vertical datum or ``unknown``; ``scale`` and ``offset`` turn stored numbers
    into that unit. ``nodata`` is ``None`` if nothing marks missing cells.
    """

    path: Path
    driver: str
    crs: pyproj.CRS
    transform: Affine
    width: int
    height: int
    nodata: float | None
    unit: str
    datum: str
    scale: float = 1.0
    offset: float = 0.0
    demonstration: bool = False
    nodata_declared: bool = True

    def metres_per_pixel(self, x: float, y: float, *, crs: str) -> float:
        """Return the side in metres of the square as large as a pixel at ``x``, ``y`` of ``crs``."""
        to_tile = pyproj.Transformer.from_crs(crs, self.crs, always_xy=True)
        column, row = ~self.transform * to_tile.transform(x, y)
        corners = [self.transform * (column + i, row + j) for i, j in ((0, 0), (1, 0), (0, 1))]
        xs, ys = to_tile.transform([c[0] for c in corners], [c[1] for c in corners], direction="INVERSE")
        cross = (xs[1] - xs[0]) * (ys[2] - ys[0]) - (xs[2] - xs[0]) * (ys[1] - ys[0])
        return math.sqrt(abs(cross))

    def window(self, bounds: Bounds, *, crs: str) -> Window | None:
        """Return the pixels that ``bounds`` (west, south, east, north in ``crs``) needs, or ``None``."""
        transformer = pyproj.Transformer.from_crs(crs, self.crs, always_xy=True)
        try:
            west, south, east, north = transformer.transform_bounds(*bounds, densify_pts=21)
        except ProjError:
            return None
        corners = [~self.transform * (x, y) for x in (west, east) for y in (south, north)]
        columns, rows = [c[0] for c in corners], [c[1] for c in corners]
        if not np.isfinite([*columns, *rows]).all():
            return None
        left, right = max(math.floor(min(columns)), 0), min(math.ceil(max(columns)), self.width)
        top, bottom = max(math.floor(min(rows)), 0), min(math.ceil(max(rows)), self.height)
        return Window(left, top, right - left, bottom - top) if left < right and top < bottom else None


def as_paths(sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Return one or several given files as a list of paths.

    >>> as_paths(["n27e105.hgt", "n28e105.hgt"])[1].name
    'n28e105.hgt'
    """
    paths = [Path(sources)] if isinstance(sources, str | os.PathLike) else [Path(source) for source in sources]
    if not paths:
        raise ParameterError("the list of DEM files is empty; give at least one file")
    return paths


def inspect(path: Path, *, vertical_unit: str | None = None) -> Tile:
    """Return what the elevation file ``path`` declares, or say why it is none.

    ``vertical_unit`` (m, ft, us-ft, dm, cm) overrules what the file says.

    Raises
    ------
    DataError
        If the file is missing, is a folder or no raster, has several bands, no CRS or no position.
    """
    if not path.exists():
        raise DataError(f"no file {path}; check the path")
    if path.is_dir():
        raise DataError(f"{path} is a folder; give the elevation files in it, or a VRT over them")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as dataset:
                return _tile(path, dataset, vertical_unit)
    except RasterioError as error:
        raise DataError(f"{path} is no raster that GDAL reads; give a GeoTIFF, COG, HGT or VRT") from error


def find_missing_mark(tile: Tile, window: Window) -> float | None:
    """Return the customary code of missing cells that ``window`` of a file without nodata holds.

    The pixels are scanned in blocks; the lowest value, if it is one of -32768, -9999 and the
    like, can be no elevation.
    """
    lowest = math.inf
    with rasterio.open(tile.path) as dataset:
        for row in range(int(window.row_off), int(window.row_off + window.height), _BLOCK):
            for column in range(int(window.col_off), int(window.col_off + window.width), _BLOCK):
                block = Window(
                    column,
                    row,
                    min(_BLOCK, window.col_off + window.width - column),
                    min(_BLOCK, window.row_off + window.height - row),
                )
                values = dataset.read(1, window=block)
                finite = values[np.isfinite(values)]
                lowest = min(lowest, float(finite.min())) if finite.size else lowest
    near = [mark for mark in _MISSING_BY_CUSTOM if math.isclose(lowest, mark, rel_tol=1e-6)]
    return near[0] if near else None


def group_tiles(tiles: Iterable[Tile]) -> list[list[Tile]]:
    """Return the tiles in groups that share CRS, pixel size and pixel alignment, in the given order."""
    groups: dict[tuple[object, ...], list[Tile]] = {}
    for position, tile in enumerate(tiles):
        groups.setdefault(_alignment(tile, position), []).append(tile)
    return list(groups.values())


def mosaic_vrt(tiles: Sequence[Tile]) -> str:
    """Return a GDAL virtual raster over one group of tiles, in metres, missing cells ``NODATA``.

    It names the files and opens none, so a country of tiles costs nothing until it is warped.
    """
    if len(tiles) == 1:
        transform, width, height = tiles[0].transform, tiles[0].width, tiles[0].height
    else:
        a, e = tiles[0].transform.a, tiles[0].transform.e
        west, north = min(t.transform.c for t in tiles), max(t.transform.f for t in tiles)
        transform = Affine(a, 0.0, west, 0.0, e, north)
        width = max(round((t.transform.c - west) / a) + t.width for t in tiles)
        height = max(round((t.transform.f - north) / e) + t.height for t in tiles)
    sources = "".join(_vrt_source(tile, transform) for tile in reversed(tiles))
    geotransform = ", ".join(repr(float(number)) for number in transform.to_gdal())
    return (
        f'<VRTDataset rasterXSize="{width}" rasterYSize="{height}">'
        f"<SRS>{escape(tiles[0].crs.to_wkt())}</SRS><GeoTransform>{geotransform}</GeoTransform>"
        f'<VRTRasterBand dataType="Float32" band="1"><NoDataValue>{NODATA:g}</NoDataValue>{sources}'
        f"</VRTRasterBand></VRTDataset>"
    )


def read_unit(text: str) -> str:
    """Return the name of a unit of height as ``METRES`` has it, empty if it is none of them.

    >>> read_unit("Feet"), read_unit("m"), read_unit("")
    ('foot', 'metre', '')
    """
    word = text.strip().lower()
    return next((name for name, words in _UNIT_WORDS.items() if word in words), "")


def _tile(path: Path, dataset: DatasetReader, vertical_unit: str | None) -> Tile:
    if dataset.count == 0:
        raise DataError(f"{path} holds {len(dataset.subdatasets)} rasters and no band of its own; extract one of them")
    if dataset.count != 1:
        raise DataError(f"{path} has {dataset.count} bands; give a single-band elevation raster")
    if np.issubdtype(np.dtype(dataset.dtypes[0]), np.complexfloating):
        raise DataError(f"{path} has complex numbers; give an elevation raster")
    if dataset.crs is None:
        raise DataError(f"{path} has no CRS; assign one, e.g. with gdal_translate -a_srs EPSG:4326")
    if dataset.transform.is_identity or dataset.transform.is_degenerate:
        raise DataError(f"{path} has no position (geotransform); georeference it first, e.g. with gdalwarp")
    horizontal, vertical = _split(path, dataset)
    if vertical_unit is not None and not read_unit(vertical_unit):
        raise ParameterError(f"vertical_unit is {vertical_unit!r}, but must be one of: m, ft, us-ft, dm, cm")
    unit = read_unit(vertical_unit or dataset.units[0] or "") or _tagged_unit(dataset)
    if not unit and vertical is not None:
        unit = read_unit(vertical.axis_info[0].unit_name)
    return Tile(
        path=path,
        driver=dataset.driver,
        crs=horizontal,
        transform=dataset.transform,
        width=dataset.width,
        height=dataset.height,
        nodata=dataset.nodata,
        unit=unit,
        datum=_vertical_datum(path, dataset, vertical),
        scale=float(dataset.scales[0]),
        offset=float(dataset.offsets[0]),
        demonstration=dataset.tags().get("TERRAIN") == "demonstration",
        nodata_declared=dataset.nodata is not None,
    )


def _split(path: Path, dataset: DatasetReader) -> tuple[pyproj.CRS, pyproj.CRS | None]:
    """Return the horizontal and the vertical part of the file's CRS."""
    try:
        crs = pyproj.CRS.from_wkt(dataset.crs.to_wkt())
    except CRSError as error:
        raise DataError(f"{path} has a CRS that PROJ does not know; assign one, e.g. EPSG:4326") from error
    if crs.is_compound:
        horizontal, vertical = crs.sub_crs_list[0], crs.sub_crs_list[1]
    else:
        horizontal, vertical = crs, None
    if horizontal.is_bound and horizontal.source_crs is not None:
        horizontal = horizontal.source_crs
    if not (horizontal.is_geographic or horizontal.is_projected):
        raise DataError(f"{path} has the local CRS {crs.name!r}; assign a geographic or projected one")
    return horizontal, vertical


def _tagged_unit(dataset: DatasetReader) -> str:
    tags = {**dataset.tags(), **dataset.tags(1)}
    texts = (value for key, value in sorted(tags.items()) if key.lower() in {"units", "unit", "unittype", "zunits"})
    return next((unit for unit in map(read_unit, texts) if unit), "")


def _vertical_datum(path: Path, dataset: DatasetReader, vertical: pyproj.CRS | None) -> str:
    if vertical is not None:
        return str(vertical.name)
    tags = {key.lower(): value for key, value in {**dataset.tags(), **dataset.tags(1)}.items()}
    for key in ("vertical_datum", "verticaldatum", "vertical_crs", "vertical"):
        if tags.get(key):
            return str(tags[key])
    if path.name.startswith("Copernicus_DSM"):
        return "EGM2008 height (by the product's name)"
    if dataset.driver == "SRTMHGT":
        return "EGM96 height (by the SRTM format)"
    return "unknown"


def _alignment(tile: Tile, position: int) -> tuple[object, ...]:
    t = tile.transform
    if t.b or t.d or t.a <= 0 or t.e >= 0:
        return ("alone", position)
    phase = (round(t.c / t.a % 1, 2) % 1, round(t.f / t.e % 1, 2) % 1)
    return (tile.crs.to_wkt(), round(t.a, 12), round(t.e, 12), *phase)


def _vrt_source(tile: Tile, transform: Affine) -> str:
    column, row = (round(number, 3) for number in ~transform * (tile.transform.c, tile.transform.f))
    factor = METRES[tile.unit or "metre"]
    # The resolved path: PROJ and GDAL would look for a relative one beside the virtual file.
    missing = "" if tile.nodata is None else f"<NODATA>{tile.nodata!r}</NODATA>"
    size = f'xSize="{tile.width}" ySize="{tile.height}"'
    return (
        f'<ComplexSource><SourceFilename relativeToVRT="0">{escape(str(tile.path.resolve()))}</SourceFilename>'
        f"<SourceBand>1</SourceBand>"
        f'<SrcRect xOff="0" yOff="0" {size}/><DstRect xOff={quoteattr(f"{column:g}")}'
        f" yOff={quoteattr(f'{row:g}')} {size}/>"
        f"<ScaleOffset>{tile.offset * factor!r}</ScaleOffset><ScaleRatio>{tile.scale * factor!r}</ScaleRatio>"
        f"{missing}</ComplexSource>"
    )
