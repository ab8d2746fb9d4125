"""Land cover: ESA WorldCover 2021, 10 m, by tiles of three degrees."""

import math
import os
from collections.abc import Sequence
from pathlib import Path

from ..._progress import Progress
from ...errors import DataError
from ...io import Provenance
from ...raster import Bounds, Colour, RasterFile
from .clip import Cut, box_text
from .download import Download, Got
from .layers import tags_of, write_record
from .plausible import codes_of
from .source import Kind, Request, Service

LAYER = "landcover.tif"
WORLDCOVER = "https://esa-worldcover.s3.eu-central-1.amazonaws.com"
LICENCE = "CC BY 4.0"
ATTRIBUTION = (
    "© ESA WorldCover project 2021 / Contains modified Copernicus Sentinel data (2021) processed by ESA "
    "WorldCover consortium"
)
_STEP = 3  # degrees of a tile

CLASSES: dict[int, str] = {
    10: "tree cover",
    20: "shrubland",
    30: "grassland",
    40: "cropland",
    50: "built-up",
    60: "bare or sparse vegetation",
    70: "snow and ice",
    80: "permanent water",
    90: "herbaceous wetland",
    95: "mangroves",
    100: "moss and lichen",
}
CLASSES_ZH: dict[int, str] = {
    10: "林地",
    20: "灌丛",
    30: "草地",
    40: "耕地",
    50: "建设用地",
    60: "裸地与稀疏植被",
    70: "冰雪",
    80: "水体",
    90: "草本湿地",
    95: "红树林",
    100: "苔藓地衣",
}
COLOURS: dict[int, Colour] = {
    0: (0, 0, 0, 0),
    10: (0, 100, 0),
    20: (255, 187, 34),
    30: (255, 255, 76),
    40: (240, 150, 255),
    50: (250, 0, 0),
    60: (180, 180, 180),
    70: (240, 240, 240),
    80: (0, 100, 200),
    90: (0, 150, 160),
    95: (0, 207, 117),
    100: (250, 230, 160),
}
CAVEAT = (
    "Of cropland it cannot tell permanent basic farmland, and of trees and shrubs no existing orchards; "
    "ask the county's land survey for both."
)


def worldcover_tiles(bbox: Bounds) -> list[str]:
    """Return the names of the tiles that a box of longitudes and latitudes touches, by their south-west corners.

    >>> worldcover_tiles((105.0, 27.4, 106.6, 28.9))
    ['N27E105']
    >>> worldcover_tiles((104.9, 26.9, 105.1, 27.1))
    ['N24E102', 'N24E105', 'N27E102', 'N27E105']
    >>> worldcover_tiles((-0.5, -1, 0.5, 1))
    ['S03W003', 'S03E000', 'N00W003', 'N00E000']
    """
    west, south, east, north = bbox
    return [
        f"{'N' if lat >= 0 else 'S'}{abs(lat):02d}{'E' if lon >= 0 else 'W'}{abs(lon):03d}"
        for lat in _corners(south, north)
        for lon in _corners(west, east)
    ]


def tile_path(name: str) -> str:
    """Return where a tile lies on the service.

    >>> tile_path("N27E105")
    'v200/2021/map/ESA_WorldCover_10m_2021_v200_N27E105_Map.tif'
    """
    return f"v200/2021/map/ESA_WorldCover_10m_2021_v200_{name}_Map.tif"


def write_landcover(
    tiles: Sequence[str | os.PathLike[str]],
    path: str | os.PathLike[str],
    bbox: Bounds,
    *,
    tags: dict[str, str],
    progress: Progress | None = None,
) -> Path:
    """Write the part of WorldCover tiles that a box needs, with the names and colours of its classes.

    The codes are those of the criteria files (``land_cover``).

    Raises
    ------
    DataError
        If a file is no such tile, holds another code, or none reaches the box.
    """
    files = [RasterFile.of(tile, kind="code") for tile in tiles]
    cut = Cut.of(files, bbox, check=codes_of([0, *CLASSES], source="WorldCover"))
    return cut.write(path, nodata=0, tags=tags, names=CLASSES, colours=COLOURS, progress=progress)


def _corners(low: float, high: float) -> range:
    first = math.floor(low / _STEP) * _STEP
    return range(first, max(math.ceil(high / _STEP) * _STEP, first + _STEP), _STEP)


class WorldCover(Service):
    """The tiles that a box needs, clipped to it cell by cell."""

    name = "worldcover"
    title = "ESA WorldCover 2021 v200, 10 m"
    licence = LICENCE
    attribution = ATTRIBUTION
    layers = (LAYER,)

    def files(self, request: Request) -> Sequence[Download]:
        """Return the tiles; one that the service does not have lies in the sea."""
        return [
            Download(request.at(WORLDCOVER, tile_path(name)), form="tiff", optional=True)
            for name in worldcover_tiles(request.bbox)
        ]

    def make(self, got: Sequence[Got], folder: Path, request: Request, progress: Progress) -> Sequence[str]:
        """Write the codes within the box, as the criteria files know them."""
        if not got:
            raise DataError(f"no tile of WorldCover is there for {box_text(request.bbox)}; check --bbox and --base-url")
        record = Provenance(
            title="Land cover, ESA WorldCover 2021 v200, clipped",
            title_zh="土地覆被（ESA WorldCover 2021，裁剪）",
            source=", ".join(f"{one.download.name} (sha256 {one.sha256[:16]})" for one in got),
            as_of="2021",
            datum="EPSG:4326",
            licence=self.licence,
            attribution=self.attribution,
            evidence="derived",
            uncertainty_m=10.0,
            method=(
                "Classified from Sentinel-1 and Sentinel-2 by ESA (overall accuracy 76.7 % worldwide); cells as they "
                f"are. {CAVEAT}"
            ),
        )
        write_landcover(
            [one.path for one in got], folder / LAYER, request.bbox, tags=tags_of(record), progress=progress
        )
        write_record(folder / LAYER, record)
        return [CAVEAT]


LANDCOVER = Kind(
    name="landcover",
    help="Fetch land cover; its codes are those of the criteria files.",
    example="nanyi-gis fetch landcover --out fetched",
    sources=(WorldCover(),),
)
