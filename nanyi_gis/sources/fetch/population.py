"""People per cell: GHS-POP by tiles of ten degrees, or WorldPop by country."""

import math
import os
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..._progress import Progress
from ..._validation import check_choice
from ...errors import DataError, ParameterError
from ...io import Provenance
from ...raster import Bounds, RasterFile
from .clip import Cut, box_text
from .download import Download, Got
from .layers import tags_of, write_record
from .plausible import within
from .source import Kind, Option, Request, Service

LAYER = "population.tif"
GHSL = "https://jeodpp.jrc.ec.europa.eu/ftp/jrc-opendata/GHSL"
WORLDPOP = "https://data.worldpop.org"
UNIT = "people per cell"
NODATA = -9999.0
MOST = 1e6
"""People whom no cell of 3 arc-seconds (90 m) holds."""
EPOCHS = tuple(range(1975, 2031, 5))
VARIANTS = ("constrained", "unconstrained")

_PEOPLE = within(0.0, MOST, what="people in a cell", causes="another quantity")
_GHS_NONE = -200.0
_GHS = "GHS_POP_E{epoch}_GLOBE_R2023A_4326_3ss"
_LEFT, _TOP, _SIDE = -180.008, 89.1, 10.0  # of the first tile, in degrees, to a cell
_CELL = 1 / 1200
_MOST_ROW, _MOST_COLUMN = 18, 36


def ghs_tiles(bbox: Bounds) -> list[str]:
    """Return the names of the GHS-POP tiles of 3 arc-seconds that a box touches.

    The tiles begin at 180.008 W and 89.1 N, not at whole tens of degrees.

    >>> ghs_tiles((105.0, 27.4, 106.6, 28.9))
    ['R7_C29']
    >>> ghs_tiles((105.0, 28.0, 106.6, 29.5))  # above 29.1 N another tile begins
    ['R6_C29', 'R7_C29']
    """
    west, south, east, north = bbox
    rows = _numbers(_TOP - north, _TOP - south, most=_MOST_ROW)
    columns = _numbers(west - _LEFT, east - _LEFT, most=_MOST_COLUMN)
    return [f"R{row}_C{column}" for row in rows for column in columns]


def ghs_path(tile: str, *, epoch: int = 2020) -> str:
    """Return where a zipped tile lies on the service.

    Raises
    ------
    ParameterError
        If there is no such epoch.

    >>> ghs_path("R7_C29").rpartition("/")[2]
    'GHS_POP_E2020_GLOBE_R2023A_4326_3ss_V1_0_R7_C29.zip'
    """
    if epoch not in EPOCHS:
        raise ParameterError(f"epoch is {epoch}, but must be a year from {EPOCHS[0]} to {EPOCHS[-1]} by fives")
    name = _GHS.format(epoch=epoch)
    return f"GHS_POP_GLOBE_R2023A/{name}/V1-0/tiles/{name}_V1_0_{tile}.zip"


def worldpop_path(*, country: str = "CHN", variant: str = "constrained") -> str:
    """Return where WorldPop has the people of 2020 in a country: on built land only, or anywhere.

    Raises
    ------
    ParameterError
        If there is no such variant, or the country is no code of three letters.

    >>> worldpop_path()
    'GIS/Population/Global_2000_2020_Constrained/2020/BSGM/CHN/chn_ppp_2020_constrained.tif'
    >>> worldpop_path(variant="unconstrained")
    'GIS/Population/Global_2000_2020/2020/CHN/chn_ppp_2020.tif'
    """
    check_choice(variant, VARIANTS, name="variant")
    if not (len(country) == 3 and country.isascii() and country.isalpha()):
        raise ParameterError(f"country is {country!r}, but must be a code of three letters, e.g. CHN")
    code = country.upper()
    if variant == "constrained":
        folder, name = f"Global_2000_2020_Constrained/2020/BSGM/{code}", f"{code.lower()}_ppp_2020_constrained.tif"
    else:
        folder, name = f"Global_2000_2020/2020/{code}", f"{code.lower()}_ppp_2020.tif"
    return f"GIS/Population/{folder}/{name}"


def write_population(
    tiles: Sequence[str | os.PathLike[str]],
    path: str | os.PathLike[str],
    bbox: Bounds,
    *,
    tags: dict[str, str],
    progress: Progress | None = None,
) -> Path:
    """Write the people of a box, cell by cell as published; no cell is split, so sums are kept.

    Raises
    ------
    DataError
        If a file is no such tile, holds what are no people, or none reaches the box.
    """
    files = [RasterFile.of(tile, kind="quantity") for tile in tiles]
    cut = Cut.of(files, bbox, check=_refuse_no_people)
    return cut.write(path, nodata=NODATA, tags=tags, unit=UNIT, change=_counted, progress=progress)


def _counted(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return people without the services' codes of cells that hold none or are unknown."""
    return np.where(values < 0, np.float32(np.nan), values)


def _refuse_no_people(values: npt.NDArray[np.float32], tile: RasterFile) -> None:
    """Refuse fewer people than none, but for the code of GHS-POP, and more than fit into a cell."""
    _PEOPLE(np.where(values == _GHS_NONE, np.float32(np.nan), values), tile)


def _numbers(first: float, last: float, *, most: int) -> range:
    """Return the numbers of the tiles between two distances from the first, a cell more on each side."""
    low, high = math.floor((first - _CELL) / _SIDE) + 1, math.ceil((last + _CELL) / _SIDE)
    return range(max(low, 1), min(max(high, low), most) + 1)


class GhsPop(Service):
    """GHS-POP R2023A: census people spread over built-up land, 3 arc-seconds."""

    name = "ghs-pop"
    title = "GHS-POP R2023A, people in cells of 3 arc-seconds"
    licence = "CC BY 4.0"
    attribution = (
        "GHS-POP R2023A © European Union, European Commission, Joint Research Centre (Schiavina et al. 2023, "
        "doi:10.2905/2FF68A52-5B5B-4A22-8F40-C41DA8332CFE)"
    )
    layers = (LAYER,)

    def files(self, request: Request) -> Sequence[Download]:
        """Return the zipped tiles; one that the service does not have lies in the sea."""
        epoch = request.options.get("epoch") or 2020
        return [
            Download(request.at(GHSL, ghs_path(tile, epoch=epoch)), form="zip", optional=True)
            for tile in ghs_tiles(request.bbox)
        ]

    def make(self, got: Sequence[Got], folder: Path, request: Request, progress: Progress) -> Sequence[str]:
        """Write the people within the box."""
        if not got:
            raise DataError(f"no tile of GHS-POP is there for {box_text(request.bbox)}; check --bbox and --base-url")
        epoch = request.options.get("epoch") or 2020
        with tempfile.TemporaryDirectory(dir=folder) as work:
            tiles = [_unzipped(one.path, Path(work)) for one in got]
            return _make(self, got, tiles, folder, request, progress, as_of=str(epoch))


class WorldPop(Service):
    """WorldPop 2020 of a country: census people spread by a forest of covariates, 3 arc-seconds."""

    name = "worldpop"
    title = "WorldPop 2020, people in cells of 3 arc-seconds, a file a country"
    licence = "CC BY 4.0"
    attribution = "WorldPop (www.worldpop.org), University of Southampton, Global High Resolution Population 2020"
    layers = (LAYER,)

    def files(self, request: Request) -> Sequence[Download]:
        """Return the file of the country; the service gives it only whole."""
        country = request.options.get("country") or "CHN"
        variant = request.options.get("variant") or VARIANTS[0]
        return [Download(request.at(WORLDPOP, worldpop_path(country=country, variant=variant)), form="tiff")]

    def make(self, got: Sequence[Got], folder: Path, request: Request, progress: Progress) -> Sequence[str]:
        """Write the people within the box."""
        return _make(self, got, [one.path for one in got], folder, request, progress, as_of="2020")


def _make(
    source: Service,
    got: Sequence[Got],
    tiles: Sequence[Path],
    folder: Path,
    request: Request,
    progress: Progress,
    *,
    as_of: str,
) -> Sequence[str]:
    record = Provenance(
        title=f"{source.title}, clipped",
        title_zh=f"人口栅格（{source.name}，{as_of}，每格人数，裁剪）",
        source=", ".join(f"{one.download.name} (sha256 {one.sha256[:16]})" for one in got),
        as_of=as_of,
        datum="EPSG:4326",
        licence=source.licence,
        attribution=source.attribution,
        evidence="modelled",
        uncertainty_m=100.0,
        method="People per cell as published, clipped to the box; cells as they are, none split or resampled.",
    )
    write_population(tiles, folder / LAYER, request.bbox, tags=tags_of(record), progress=progress)
    write_record(folder / LAYER, record)
    return []


def _unzipped(archive: Path, work: Path) -> Path:
    """Take the raster out of a zipped tile."""
    with zipfile.ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if name.lower().endswith(".tif") and "/" not in name]
        if len(names) != 1:
            raise DataError(f"{archive.name} holds {len(names)} rasters, but must hold one; get it again")
        return Path(opened.extract(names[0], work))


POPULATION = Kind(
    name="population",
    help="Fetch people per cell.",
    example="nanyi-gis fetch population --out fetched",
    sources=(GhsPop(), WorldPop()),
    options=(
        Option("epoch", "Year, 1975 to 2030 by fives; 2020 if not given.", type="int", sources=("ghs-pop",)),
        Option("country", "Code of three letters; CHN if not given.", sources=("worldpop",)),
        Option(
            "variant",
            "constrained (people on built land only, if not given) or unconstrained.",
            sources=("worldpop",),
        ),
    ),
)
