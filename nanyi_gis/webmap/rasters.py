"""Images for the page: into Web Mercator, and as small files."""

import base64
import io
import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import rioxarray  # noqa: F401  (registers the accessor)
import xarray as xr
from PIL import Image
from rasterio.enums import Resampling
from rasterio.errors import CRSError
from rasterio.transform import from_bounds
from rasterio.warp import transform_bounds

from ..errors import DataError, ParameterError
from ._kept import Kept, content

MERCATOR_RADIUS = 6378137.0
_FILES: Kept[bytes] = Kept(32)  # the pages of one theme in both languages share theirs
Bounds = tuple[float, float, float, float]
Colour = tuple[int, int, int] | tuple[int, int, int, int]


def warp_to_mercator(
    da: xr.DataArray, *, max_pixels: int = 3_000_000, resampling: str | None = None
) -> tuple[xr.DataArray, Bounds]:
    """Warp a raster to Web Mercator, no larger than the page can carry.

    A web map stretches an image between its corners in EPSG:3857; a raster in any other
    system lies off by kilometres at its edges, so it is warped first.

    Parameters
    ----------
    da : xarray.DataArray
        Dimensions ``y, x`` (or ``band, y, x``) with a CRS; not changed.
    max_pixels : int
        Upper limit of rows times columns of the result; the grid is never finer than the input.
    resampling : str, optional
        A name of :class:`rasterio.enums.Resampling`. If not given: classes (integers)
        ``nearest``, or ``mode`` where cells are merged; quantities ``bilinear`` or ``average``.

    Returns
    -------
    warped : xarray.DataArray
        In EPSG:3857, north up; nodata outside the input.
    bounds : tuple of float
        West, south, east, north of its outer edge in WGS-84 degrees, for :meth:`Page.add_raster`.

    Raises
    ------
    DataError
        If the raster has no CRS, or holds integers without a spare nodata value.
    ParameterError
        If ``max_pixels`` or ``resampling`` is not allowed.

    Examples
    --------
    >>> centres = {"y": [28.5, 27.5], "x": [104.5, 105.5]}
    >>> band = xr.DataArray(np.zeros((2, 2), "float32"), coords=centres, dims=("y", "x"))
    >>> warped, bounds = warp_to_mercator(band.rio.write_crs(4326))
    >>> warped.rio.crs.to_epsg(), [round(edge, 6) for edge in bounds]
    (3857, [104.0, 27.0, 106.0, 29.0])
    """
    if not isinstance(da, xr.DataArray) or da.rio.crs is None:
        raise DataError("the raster has no CRS; write one, e.g. da.rio.write_crs(4544)")
    if max_pixels < 1:
        raise ParameterError(f"max_pixels is {max_pixels}, but must be at least 1")
    left, bottom, right, top = _mercator_bounds(da)
    rows, columns = da.sizes[da.rio.y_dim], da.sizes[da.rio.x_dim]
    affine = da.rio.transform()
    if da.rio.crs.to_epsg() == 3857 and rows * columns <= max_pixels and affine.e < 0 and affine.b == affine.d == 0:
        return da.copy(), _degrees(left, bottom, right, top)
    aspect = (right - left) / (top - bottom)
    budget = min(max_pixels, rows * columns)
    width = max(1, round(math.sqrt(budget * aspect)))
    height = max(1, min(round(width / aspect), max_pixels // width))
    classes = np.issubdtype(da.dtype, np.integer)
    if resampling is None:
        merged = rows * columns > 1.5 * width * height
        resampling = ("mode" if merged else "nearest") if classes else ("average" if merged else "bilinear")
    if resampling not in Resampling.__members__:
        raise ParameterError(f"resampling is {resampling!r}, but must be one of: {', '.join(Resampling.__members__)}")
    nodata = _nodata(da)
    warped = da.rio.reproject(
        "EPSG:3857",
        shape=(height, width),
        transform=from_bounds(left, bottom, right, top, width, height),
        resampling=Resampling[resampling],
        nodata=nodata,
        num_threads=2,
    )
    return warped, _degrees(left, bottom, right, top)


def palette_png(classes: npt.NDArray[np.uint8], palette: Mapping[int, Colour]) -> bytes:
    """Return class codes as a PNG with a palette; a code that is not in the palette is transparent.

    Parameters
    ----------
    classes : array of uint8, shape (rows, columns)
        Class codes.
    palette : mapping
        Red, green, blue and, optionally, alpha (0-255) by code.

    >>> palette_png(np.array([[1]], dtype=np.uint8), {1: (255, 0, 0)})[:4]
    b'\\x89PNG'
    """
    codes = np.asarray(classes)
    if codes.dtype != np.uint8 or codes.ndim != 2:
        raise DataError(f"classes are {codes.dtype} of shape {codes.shape}; give a two-dimensional uint8 array")
    order = [0, *sorted(palette)]
    table = np.zeros(256, dtype=np.uint8)
    colours = [(255, 255, 255, 0)]
    for position, code in enumerate(order[1:], start=1):
        if position > 255 or not 0 <= code <= 255:
            raise ParameterError(f"the palette has code {code} at place {position}, but 255 codes from 0 to 255 fit")
        table[code] = position
        red, green, blue, *alpha = palette[code]
        colours.append((red, green, blue, alpha[0] if alpha else 255))
    image = Image.frombytes("P", (codes.shape[1], codes.shape[0]), table[codes].tobytes())
    image.putpalette([channel for colour in colours for channel in colour[:3]])
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True, transparency=bytes(colour[3] for colour in colours))
    return stream.getvalue()


def image_bytes(image: npt.NDArray[np.uint8], *, kind: str) -> bytes:
    """Return an RGB(A) array as a WebP (``webp``, quality 75; ``lossless``) or PNG (``png``) file."""
    array = np.asarray(image)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] not in (3, 4):
        raise DataError(f"the image is {array.dtype} of shape {array.shape}; give uint8 of shape (rows, columns, 4)")
    if array.shape[2] == 4 and (array[..., 3] == 255).all():
        array = array[..., :3]
    picture = Image.fromarray(np.ascontiguousarray(array))
    stream = io.BytesIO()
    if kind == "webp":
        picture.save(stream, "WEBP", quality=75, method=4)
    elif kind == "lossless":
        picture.save(stream, "WEBP", lossless=True, quality=20, method=1)
    elif kind == "png":
        picture.save(stream, "PNG", optimize=True)
    else:
        raise ParameterError(f"format is {kind!r}, but must be one of: webp, lossless, png")
    return stream.getvalue()


def check_bounds(bounds: Bounds) -> Bounds:
    """Return west, south, east, north as floats that make a box on the earth.

    >>> check_bounds((105, 28, 104, 29))
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: bounds are 105, 28, 104, 29, but must be west, south, east, north in degrees
    """
    west, south, east, north = (float(value) for value in bounds)
    if not (-180 <= west < east <= 180 and -86 < south < north < 86):
        given = ", ".join(f"{value:g}" for value in (west, south, east, north))
        raise ParameterError(f"bounds are {given}, but must be west, south, east, north in degrees")
    return west, south, east, north


def encode(image: npt.NDArray[np.uint8], palette: Mapping[int, Colour] | None, kind: str | None) -> bytes:
    """Return an image, or class codes with their palette, as the file that suits it."""
    key = content(image), None if palette is None else tuple(sorted(palette.items())), kind
    return _FILES.get(key, lambda: _encoded(image, palette, kind))


def _encoded(image: npt.NDArray[np.uint8], palette: Mapping[int, Colour] | None, kind: str | None) -> bytes:
    if palette is None:
        return image_bytes(image, kind=kind or "webp")
    if kind == "png":
        return palette_png(image, palette)
    table = np.zeros((256, 4), dtype=np.uint8)
    for code, colour in palette.items():
        table[code] = (*colour[:3], colour[3] if len(colour) == 4 else 255)
    return image_bytes(table[image], kind="lossless")


def data_address(content: bytes) -> str:
    """Return an image file as a ``data:`` address.

    >>> data_address(b"\\x89PNG")
    'data:image/png;base64,iVBORw=='
    """
    kind = "png" if content.startswith(b"\x89PNG") else "webp"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


@lru_cache(maxsize=8)
def _to_mercator(crs: str, west: float, south: float, east: float, north: float) -> Bounds:
    left, bottom, right, top = transform_bounds(crs, "EPSG:3857", west, south, east, north, densify_pts=51)
    return left, bottom, right, top


def _mercator_bounds(da: xr.DataArray) -> Bounds:
    try:
        left, bottom, right, top = _to_mercator(da.rio.crs.to_wkt(), *da.rio.bounds())
    except (CRSError, ValueError) as error:
        raise DataError(f"the raster's CRS cannot be turned into Web Mercator: {error}") from error
    if not all(math.isfinite(value) for value in (left, bottom, right, top)) or right <= left or top <= bottom:
        raise DataError("the raster reaches beyond the Web Mercator world (85 degrees); clip it first")
    return left, bottom, right, top


def _degrees(left: float, bottom: float, right: float, top: float) -> Bounds:
    def latitude(y: float) -> float:
        return math.degrees(2 * math.atan(math.exp(y / MERCATOR_RADIUS)) - math.pi / 2)

    return (
        math.degrees(left / MERCATOR_RADIUS),
        latitude(bottom),
        math.degrees(right / MERCATOR_RADIUS),
        latitude(top),
    )


def _nodata(da: xr.DataArray) -> float:
    if np.issubdtype(da.dtype, np.floating):
        return math.nan
    given = da.rio.nodata
    if given is not None:
        return float(given)
    largest = int(np.iinfo(da.dtype).max)
    if (da == largest).any():
        raise DataError(f"the raster has no nodata value and uses {largest} itself; write one with rio.write_nodata")
    return largest
