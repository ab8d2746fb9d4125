"""Virtual rasters: what one names, read without GDAL."""

import re
import xml.parsers.expat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import DataError

_PLAIN = {"", "VRTSourcedRasterBand", "VRTDataset", "VRTWarpedDataset", "VRTWarpedRasterBand"}
_SOURCES = {"SimpleSource", "ComplexSource", "AveragedSource", "KernelFilteredSource", "NoDataFromMaskSource"}
_HARMLESS = _SOURCES | {
    *("VRTDataset", "VRTRasterBand", "SRS", "GeoTransform", "Metadata", "MDI", "GCPList", "GCP", "BlockXSize"),
    *(
        "BlockYSize",
        "OverviewList",
        "MaskBand",
        "Overview",
        "Description",
        "UnitType",
        "Offset",
        "Scale",
        "NoDataValue",
    ),
    *("HideNoDataValue", "ColorInterp", "ColorTable", "Entry", "CategoryNames", "Category", "Histograms", "HistItem"),
    *(
        "HistMin",
        "HistMax",
        "BucketCount",
        "IncludeOutOfRange",
        "Approximate",
        "HistCounts",
        "GDALRasterAttributeTable",
    ),
    *("FieldDefn", "Name", "Type", "Usage", "Row", "F", "SourceFilename", "SourceBand", "SourceProperties", "SrcRect"),
    *("DstRect", "NODATA", "ScaleOffset", "ScaleRatio", "LUT", "ColorTableComponent", "UseMaskBand", "Exponent"),
    *("SrcMin", "SrcMax", "DstMin", "DstMax", "Clamp", "Kernel", "Size", "Coefs", "MaskValueIsNodata", "RemappedValue"),
    *("MaskNoData", "MaskValueMin", "MaskValueMax", "NoDataOutput"),
}
_WARP = {
    *("GDALWarpOptions", "WarpMemoryLimit", "ResampleAlg", "WorkingDataType", "Option", "SourceDataset", "Transformer"),
    *(
        "ApproxTransformer",
        "MaxError",
        "BaseTransformer",
        "GenImgProjTransformer",
        "SrcGeoTransform",
        "DstGeoTransform",
        "SourceSRS",
        "TargetSRS",
    ),
    *("SrcInvGeoTransform", "DstInvGeoTransform", "ReprojectTransformer", "ReprojectionTransformer"),
    *("BandList", "BandMapping", "SrcNoDataReal", "SrcNoDataImag", "DstNoDataReal", "DstNoDataImag", "SrcAlphaBand"),
    *("DstAlphaBand", "Options", "SourceExtent", "Cutline", "CutlineBlendDist"),
}
_NAMES = {"SourceFilename", "SourceDataset"}
_ATTRIBUTES = {
    *(
        "rasterxsize",
        "rasterysize",
        "datatype",
        "band",
        "blockxsize",
        "blockysize",
        "subclass",
        "relativetovrt",
        "shared",
    ),
    *("resampling", "domain", "format", "key", "mask", "dataaxistosrsaxismapping", "coordinateepoch", "xoff", "yoff"),
    *(
        "xsize",
        "ysize",
        "c1",
        "c2",
        "c3",
        "c4",
        "id",
        "pixel",
        "line",
        "x",
        "y",
        "z",
        "projection",
        "info",
        "normalized",
    ),
    *("src", "dst", "index", "name", "tabletype", "row0min", "binsize", "xmlns"),
}
_ENCODINGS = {"", "utf-8", "ascii", "us-ascii", "iso-8859-1"}
_PART = re.compile(r'^(?:NETCDF|HDF5|netcdf|hdf5):"?(.+?)"?:[^:]*$')
_RULE = "--trust if the files are your own"


@dataclass
class Virtual:
    """The sources of a VRT by name, each with whether it is relative to the VRT, and the faults met."""

    sources: list[tuple[str, bool]] = field(default_factory=list)
    fault: str = ""


def read_vrt(path: Path) -> Virtual:
    """Return what a VRT names.

    Raises
    ------
    DataError
        If it is no XML to its end.
    """
    found = Virtual()
    words: list[str] = []
    relative = [False]

    def start(name: str, given: dict[str, str]) -> None:
        words.clear()
        attributes = {key.lower(): value for key, value in given.items()}  # GDAL takes any case
        found.fault = found.fault or _fault(name, attributes)
        relative[0] = attributes.get("relativetovrt", "0").strip() == "1"

    def end(name: str) -> None:
        if name in _NAMES:
            found.sources.append(("".join(words).strip(), relative[0]))

    def encoded(_version: str, encoding: str | None, _alone: int) -> None:
        if (encoding or "").lower() not in _ENCODINGS:
            found.fault = found.fault or f"is written in {encoding}, not in UTF-8"

    def declared(*_: object) -> None:
        found.fault = found.fault or "declares a document type (DOCTYPE)"

    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = words.append
    parser.StartDoctypeDeclHandler, parser.XmlDeclHandler = declared, encoded
    try:
        with open(path, "rb") as stream:
            parser.ParseFile(stream)
    except (xml.parsers.expat.ExpatError, LookupError, ValueError) as error:
        raise DataError(f"{path} is no raster that GDAL reads ({error}); write the VRT again") from error
    return found


def _fault(name: str, attributes: dict[str, str]) -> str:
    """Return what an element does that only a trusted VRT may."""
    kind = attributes.get("subclass", "")
    if kind not in _PLAIN:
        return f"has a {kind}, which may read other files"
    if name not in _HARMLESS | _WARP:
        return f"has the element {name[:40]}, which may read other files"
    odd = next((key for key in attributes if key not in _ATTRIBUTES), None)
    if odd:
        return f"has the attribute {odd[:40]}, which may read other files"
    if name == "MDI" and attributes.get("key", "").upper() == "OVERVIEW_FILE":
        return "names a file of overviews"
    return ""


def inner_files(path: Path) -> Iterator[Path]:
    """Yield the files that a VRT reads, each of which lies in its folder or below.

    Raises
    ------
    DataError
        At the first that is elsewhere, is missing or no file, and for whatever else reaches beyond them.
    """
    virtual = read_vrt(path)
    if virtual.fault:
        raise DataError(f"{path} {virtual.fault}; write it with gdalbuildvrt over files beside it, or {_RULE}")
    folder = path.resolve().parent
    for name, relative in virtual.sources:
        file = _file_in(name)
        if "://" in file or file.startswith(("/vsi", "\\\\", "<", "{")):
            raise DataError(f"{path} names {_short(name)}, which is no file on disk; give files beside it")
        place = folder / file if relative or Path(file).is_absolute() else Path(file)
        if not place.exists():
            raise DataError(
                f"{path} cannot be read to the end (no file {_short(file)}, which it names); "
                "a tile is missing, get it again"
            )
        if not place.resolve().is_relative_to(folder):
            raise DataError(
                f"{path} names {_short(name)}, which lies outside its folder; put the files beside the VRT, or {_RULE}"
            )
        yield place


def named_files(path: Path) -> Iterator[Path]:
    """Yield the files on disk that a VRT names, wherever they are; what cannot be parsed is the reader's to tell."""
    try:
        named = read_vrt(path).sources
    except DataError:
        return
    for name, relative in named:
        file = _file_in(name)
        place = path.resolve().parent / file if relative else Path(file)
        if "\0" not in file and place.is_file():
            yield place


def _file_in(name: str) -> str:
    """Return the file in GDAL's name of a source."""
    part = _PART.match(name)
    return part.group(1) if part else name


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:77]}...")
