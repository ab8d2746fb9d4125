"""Relief and class images of the atlas, in Web Mercator."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
import xarray as xr
from PIL import Image, ImageColor, ImageDraw
from scipy.ndimage import distance_transform_edt

from ..colours import Colour
from ..terrain import hillshade
from ..webmap import Kept, raster_content, warp_to_mercator
from . import mask

Bounds = tuple[float, float, float, float]

RELIEF_PIXELS = 2_400_000
CLASS_PIXELS = 1_500_000
_PICTURES: Kept["Picture"] = Kept(32)
_THUMBNAILS: Kept[bytes] = Kept(64)  # they hold no words, so both languages have the same
_RAMP = (
    (200.0, (171, 196, 160)),
    (700.0, (214, 219, 178)),
    (1100.0, (233, 221, 190)),
    (1500.0, (219, 200, 178)),
    (2000.0, (240, 236, 230)),
)


@dataclass(frozen=True)
class Picture:
    """An RGBA or class image in Web Mercator with its outer edge in degrees."""

    values: npt.NDArray[np.uint8]
    bounds: Bounds


def shaded_relief(dem: xr.DataArray) -> Picture:
    """Return shaded relief with quiet elevation tints; it fades towards the edge of the data."""
    height, bounds = warp_to_mercator(dem, max_pixels=RELIEF_PIXELS)
    shade, _ = warp_to_mercator(hillshade(dem, z_factor=1.3), max_pixels=RELIEF_PIXELS, resampling="average")
    return Picture(faded(tinted(height.values, shade.values.astype(np.float32))), bounds)


def faded(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return an RGBA image whose opacity rises smoothly from the edge of what it shows, so that no box is seen.

    The rim is a fifteenth of the shorter side wide.

    >>> faded(np.full((150, 200, 4), 255, np.uint8))[75, [0, 5, 20, 100], 3].tolist()
    [7, 165, 255, 255]
    """
    rim = max(1.0, min(image.shape[:2]) / 15)
    away = distance_transform_edt(np.pad(image[..., 3] > 0, 1))[1:-1, 1:-1]
    share = np.clip(away / rim, 0.0, 1.0)
    result = image.copy()
    result[..., 3] = np.rint(image[..., 3] * share**2 * (3 - 2 * share)).astype(np.uint8)
    return result


def tinted(heights: npt.NDArray[np.floating[Any]], light: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.uint8]:
    """Return heights in quiet tints under a hillshade 0 to 255, as RGBA; transparent where either has no data."""
    valid = np.isfinite(heights) & (light > 0)
    levels = [level for level, _ in _RAMP]
    image = np.zeros((*heights.shape, 4), np.uint8)
    factor = 0.42 + 0.72 * light / 255.0
    for channel in range(3):
        tint = np.interp(np.nan_to_num(heights, nan=levels[0]), levels, [colour[channel] for _, colour in _RAMP])
        image[..., channel] = np.where(valid, np.clip(tint * factor, 0, 255), 255)
    image[..., 3] = np.where(valid, 255, 0)
    return image


def classes(codes: xr.DataArray, *, inside: xr.DataArray | None = None) -> Picture:
    """Return class codes in Web Mercator; 0 where ``inside`` is 0."""
    shown = codes if inside is None else codes.where(inside.values > 0, 0).astype(np.uint8).rio.write_nodata(0)
    return _PICTURES.get(raster_content(shown), lambda: _warped(shown))


def _warped(codes: xr.DataArray) -> Picture:
    warped, bounds = warp_to_mercator(codes, max_pixels=CLASS_PIXELS)
    return Picture(warped.values.astype(np.uint8), bounds)


def coloured(picture: Picture, palette: Mapping[int, Colour], *, opacity: float = 1.0) -> npt.NDArray[np.uint8]:
    """Return a class image as RGBA."""
    table = np.zeros((256, 4), np.uint8)
    for code, colour in palette.items():
        table[code] = (*colour, round(255 * opacity))
    return table[picture.values]


def thumbnail(
    layers: Sequence[tuple[npt.NDArray[np.uint8], Bounds]],
    *,
    bounds: Bounds,
    dimmed: gpd.GeoSeries | None = None,
    lines: Sequence[tuple[gpd.GeoSeries, str, int]] = (),
    points: Sequence[tuple[gpd.GeoSeries, str]] = (),
    width: int = 360,
) -> bytes:
    """Return a small WebP of RGBA layers with lines and points drawn over them.

    ``bounds`` are the edges of the thumbnail in degrees; ``dimmed`` are areas that pale, as on the maps; lines are
    (geometries, colour, width).
    """
    west, south, east, north = bounds
    top, bottom = _mercator(north), _mercator(south)
    scale = width / (east - west)
    height = round(float(np.degrees(top - bottom)) * scale)

    def place(longitude: npt.NDArray[np.float64], latitude: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack([(longitude - west) * scale, np.degrees(top - _mercator(latitude)) * scale])

    canvas = Image.new("RGBA", (width, height), (238, 241, 240, 255))
    for values, (left, low, right, high) in layers:
        (x0, y0), (x1, y1) = place(np.array([left, right]), np.array([high, low]))
        size = (max(1, round(x1 - x0)), max(1, round(y1 - y0)))
        canvas.alpha_composite(_sheet(Image.fromarray(values).resize(size), canvas.size, (round(x0), round(y0))))
    if dimmed is not None:
        pale = (*ImageColor.getrgb(mask.COLOUR), round(255 * mask.OPACITY))
        sheet = Image.new("RGBA", canvas.size, (0, 0, 0, 0))
        for polygon in shapely.get_parts(dimmed.to_crs(4326).values):
            for number, ring in enumerate([polygon.exterior, *polygon.interiors]):
                xy = place(*shapely.get_coordinates(ring).T)
                ImageDraw.Draw(sheet).polygon([tuple(point) for point in xy], fill=(0, 0, 0, 0) if number else pale)
        canvas.alpha_composite(sheet)
    pen = ImageDraw.Draw(canvas)
    for series, colour, thickness in lines:
        for part in shapely.get_parts(
            shapely.boundary(series.to_crs(4326)) if _polygonal(series) else series.to_crs(4326)
        ):
            xy = place(*shapely.get_coordinates(part).T)
            pen.line([tuple(point) for point in xy], fill=colour, width=thickness, joint="curve")
    for series, colour in points:
        for x, y in place(series.to_crs(4326).x.to_numpy(), series.to_crs(4326).y.to_numpy()):
            pen.ellipse([x - 3, y - 3, x + 3, y + 3], fill=colour, outline="white")
    return _THUMBNAILS.get((canvas.size, hashlib.blake2b(canvas.tobytes()).digest()), lambda: _webp(canvas))


def _webp(canvas: Image.Image) -> bytes:
    stream = BytesIO()
    canvas.convert("RGB").save(stream, "WEBP", quality=65, method=6)
    return stream.getvalue()


def _polygonal(series: gpd.GeoSeries) -> bool:
    return bool(series.geom_type.isin(["Polygon", "MultiPolygon"]).any())


def _sheet(image: Image.Image, size: tuple[int, int], corner: tuple[int, int]) -> Image.Image:
    """Return a transparent sheet with the image pasted at a corner that may lie outside."""
    sheet = Image.new("RGBA", size, (0, 0, 0, 0))
    sheet.paste(image, corner)
    return sheet


def _mercator(latitude: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.asarray(np.arcsinh(np.tan(np.radians(latitude))))
