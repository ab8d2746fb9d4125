"""Which files a raster may read besides itself: a VRT's sources, overviews, masks; told before GDAL opens any."""

import os
import re
from pathlib import Path

from rasterio.io import DatasetReader

from .._consent import forces, trusts
from ..errors import DataError
from ..io import (
    PLAIN_FILES,
    check_no_pipe,
    check_no_server,
    check_on_disk,
    check_tables,
    check_xml,
    head_of,
    is_xml,
    reaches,
)
from .hdf5 import external
from .vrt import inner_files, named_files

_DEEPEST = 8
_MOST_SOURCES = 1_000_000
_OWN = "--trust if the files are your own"
_CURE = f"give a GeoTIFF, COG, HGT or VRT, or {_OWN}"
_SQLITE, _HDF5, _TIFF = b"SQLite format 3\0", b"\x89HDF\r\n\x1a\n", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_IMAGINE = b"EHFA_HEADER_TAG"
_MARKS = (
    *_TIFF,
    _IMAGINE,
    _HDF5,
    _SQLITE,
    b"CDF\1",
    b"CDF\2",
    b"CDF\5",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"\0\0\0\x0cjP  ",
)
_LABELS = re.compile(rb"PDS_VERSION_ID|IsisCube|LBLSIZE|Product_Observational")
_TEXT_GRID = re.compile(rb"\s*(?:ncols|nrows|[xy]llcorner|[xy]llcenter|cellsize|dx|dy)\s|DSAA", re.IGNORECASE)
_SRTM = {2 * 1201 * 1201, 2 * 3601 * 3601, 2 * 1801 * 3601, 2 * 1201 * 601, 2 * 7201 * 7201}
_BESIDE = (".ovr", ".msk", ".OVR", ".MSK")
_TOLD_BESIDE = (
    *(".aux", ".aux.xml", ".tfw", ".tifw", ".tiffw", ".wld", ".prj", ".xml", ".hdr", ".clr", ".rrd", ".ige", ".tab"),
    *(".IMD", ".RPB", "_RPC.TXT", "_rpc.txt", ".pvl", ".TAB", ".PRJ", ".HDR"),
)
_PAM_FILE = re.compile(
    rb'OVERVIEW_FILE|<\s*(?:SourceFilename|VRTDataset|SourceDataset)|domain\s*=\s*"OVERVIEWS"', re.IGNORECASE
)


def check_raster_file(path: str | os.PathLike[str]) -> None:
    """Refuse a raster that reaches beyond its own files and, if it is a VRT, beyond its folder.

    Raises
    ------
    DataError
        Says what the file is, or which file it names. Trust lifts it, but for what is no file on disk or declares a
        document type.
    """
    _sources(Path(path), {}, depth=0)


def check_opened(path: Path, dataset: DatasetReader) -> None:
    """Refuse an open raster whose metadata name a file of overviews, or whose plain numbers lie elsewhere.

    Raises
    ------
    DataError
        Unless files are trusted.
    """
    if trusts():
        return
    if "OVERVIEW_FILE" in {name.upper() for name in dataset.tags(ns="OVERVIEWS")}:
        raise DataError(
            f"{path} names a file of overviews in its metadata; remove them, or --trust if the file is your own"
        )
    if dataset.driver in PLAIN_FILES and path.is_symlink():
        raise DataError(f"{path} is a link to bare numbers elsewhere; give the file itself, or {_CURE}")


def _sources(path: Path, known: dict[Path, int], *, depth: int) -> int:
    """Return how many files are read in the end, through all virtual rasters."""
    place = check_on_disk(path)
    if place.is_dir():
        for entry in place.iterdir():
            check_no_pipe(entry)
        return 1
    head = head_of(place)
    virtual = check_xml(place, head) == "VRTDataset"
    check_no_server(place, head)
    whole = place.resolve()
    if whole in known:
        return known[whole]
    if trusts():
        known[whole] = 1
        for inner in named_files(place) if virtual else ():
            _sources(inner, known, depth=depth + 1)
        return 1
    _check_beside(place)
    count = 1
    if virtual:
        if depth >= _DEEPEST:
            raise DataError(f"{path} is a VRT over VRTs, more than {_DEEPEST} deep or without end; {_CURE}")
        count = sum(_sources(inner, known, depth=depth + 1) for inner in inner_files(place))
        if count > _MOST_SOURCES and not forces():
            raise DataError(f"{path} reads over {_MOST_SOURCES:,} files; join them in a few, or --force")
    else:
        _check_content(place, head)
        if depth and not _is_known(place, head):  # GDAL opens what a VRT names with any driver
            raise DataError(f"{path} is none of the formats that a VRT may be made of; make it a GeoTIFF, or {_OWN}")
    known[whole] = count
    return count


def _check_content(path: Path, head: bytes) -> None:
    reaching = reaches(head)
    if reaching:
        raise DataError(f"{path} is {reaching}; {_CURE}")
    if is_xml(head):
        raise DataError(f"{path} is no raster that GDAL reads (it is XML); {_CURE}")
    if head.startswith(_SQLITE):
        check_tables(path)
    if head.startswith(_HDF5):
        outside = external(path)
        if outside:
            raise DataError(f"{path} is an HDF5 file that {outside}; {_CURE}")


def _is_known(path: Path, head: bytes) -> bool:
    """Tell whether a file is of a format with a mark of its own, a text grid, or a tile of SRTM."""
    if head.startswith(_MARKS):
        return _LABELS.search(head) is None
    if _TEXT_GRID.match(head):
        return True
    # heights of -500 to 9,000 m as 16-bit numbers, the high byte first: no text begins so
    heights = all(high <= 0x23 or high >= 0xFE or high == 0x80 for high in head[:256:2])
    return path.suffix.lower() == ".hgt" and path.stat().st_size in _SRTM and heights


def _check_beside(path: Path) -> None:
    """Refuse overviews and masks that are no images of their own, and metadata that name files."""
    stems = {path, path.with_suffix("")} if path.suffix else {path}
    for stem in stems:
        for end in _TOLD_BESIDE:
            check_no_pipe(stem.with_name(stem.name + end))
        for end in _BESIDE:
            side = stem.with_name(stem.name + end)
            if side != path and side.exists():
                _check_image(side)
        pam = stem.with_name(f"{stem.name}.aux.xml")
        if pam.exists():
            head = head_of(check_on_disk(pam), 16_000_000)
            check_xml(pam, head)
            if _PAM_FILE.search(head):
                raise DataError(f"{pam} names other files, as no raster's own does; remove it, or {_OWN}")


def _check_image(side: Path) -> None:
    head = head_of(check_on_disk(side))
    if not head.startswith((*_TIFF, _IMAGINE)) or reaches(head):
        raise DataError(f"{side} is no TIFF, as overviews and masks beside a raster are; remove it, or {_OWN}")
