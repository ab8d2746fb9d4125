"""Copernicus GLO-30: public tiles of one degree, whole and checked, then clipped."""

import math
from collections.abc import Sequence
from pathlib import Path

from ..._progress import Progress
from ...errors import DataError
from ...io import Provenance
from ...raster import HIGHEST_M, LOWEST_M, Bounds, RasterFile
from .clip import Cut, box_text
from .download import Download, Got
from .layers import tags_of, write_record
from .plausible import hold_metres, within
from .source import Request, Service

BASE_URL = "https://copernicus-dem-30m.s3.amazonaws.com"
LAYER = "dem_30m.tif"
RMSE_M = 4.0
"""Root mean square error that the product handbook allows (vertical, 1 sigma)."""

_HALF = 1 / 7200
_NODATA = -9999.0
_HEIGHTS = within(LOWEST_M, HIGHEST_M, what="a height in m", causes="heights in another unit, no heights at all")


def tile_names(bbox: Bounds) -> list[str]:
    """Return the names of the tiles that a box needs, from south-west to north-east.

    A tile reaches half a cell (0.5 arc-seconds) beyond its degree in the west and north, and ends as much before it in
    the east and south.

    >>> tile_names((105.2, 27.9, 106.1, 28.3))[:2]
    ['Copernicus_DSM_COG_10_N27_00_E105_00_DEM', 'Copernicus_DSM_COG_10_N27_00_E106_00_DEM']
    >>> tile_names((-0.5, -0.5, -0.4, -0.4))
    ['Copernicus_DSM_COG_10_S01_00_W001_00_DEM']
    """
    west, south, east, north = bbox
    columns = range(math.floor(west + _HALF), min(math.ceil(east + _HALF), 180))
    rows = range(max(math.floor(south - _HALF), -90), math.ceil(north - _HALF))
    return [
        f"Copernicus_DSM_COG_10_{_side(row, 'NS', 2)}_{_side(column, 'EW', 3)}_DEM"
        for row in rows
        for column in columns
    ]


def _side(degree: int, letters: str, digits: int) -> str:
    return f"{letters[degree < 0]}{abs(degree):0{digits}d}_00"


class Copernicus(Service):
    """The tiles that a box needs, clipped to it on their own lattice."""

    name = "copernicus"
    title = "Copernicus DEM GLO-30 (surface model, 1 arc-second)"
    licence = "Copernicus DEM licence: free for any use, with the attribution; no liability of its makers"
    attribution = (
        "produced using Copernicus WorldDEM-30 © DLR e.V. 2010-2014 and © Airbus Defence and Space GmbH 2014-2018 "
        "provided under COPERNICUS by the European Union and ESA; all rights reserved"
    )
    layers = (LAYER,)

    def files(self, request: Request) -> Sequence[Download]:
        """Return the tiles; one that the service does not have lies in the sea, or is not released."""
        return [
            Download(request.at(BASE_URL, f"{name}/{name}.tif"), form="tiff", optional=True)
            for name in tile_names(request.bbox)
        ]

    def make(self, got: Sequence[Got], folder: Path, request: Request, progress: Progress) -> Sequence[str]:
        """Write the heights within the box; no cell is resampled."""
        missing = len(tile_names(request.bbox)) - len(got)
        if not got:
            raise DataError(f"no tile of GLO-30 is there for {box_text(request.bbox)}; check --bbox and --base-url")
        tiles = [RasterFile.of(one.path, kind="quantity") for one in got]
        for tile in tiles:
            hold_metres(tile)
        record = Provenance(
            title="Copernicus DEM GLO-30, clipped",
            title_zh="哥白尼 GLO-30 数字表面模型（裁剪）",
            source=", ".join(f"{one.download.name} (sha256 {one.sha256[:16]})" for one in got),
            as_of="2011-2015 (TanDEM-X)",
            datum="EPSG:4326",
            licence=self.licence,
            attribution=self.attribution,
            evidence="surveyed",
            uncertainty_m=6.0,
            method=(
                "Whole tiles of 1 arc-second, clipped to the box; cells as they are. "
                "A surface model: trees and houses count."
            ),
            vertical="metres above EGM2008",
        )
        tags = tags_of(record) | {"HEIGHT_RMSE_M": f"{RMSE_M:g}", "TERRAIN": "Copernicus GLO-30 surface model"}
        cut = Cut.of(tiles, request.bbox, check=_HEIGHTS)
        cut.write(folder / LAYER, nodata=_NODATA, tags=tags, unit="m", progress=progress)
        write_record(folder / LAYER, record)
        return (
            [f"{missing} of the tiles are not there (sea, or not released); their cells are empty"] if missing else []
        )
