"""Files that belong together: what is read with a file, and what is written with one."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from .vector import split_layer

_BEHIND_NAME = (".aux.xml", ".ovr", ".msk", ".msk.ovr", ".xml", ".toml", "-journal", "-wal", "-shm")
_IN_PLACE_OF_SUFFIX = (
    *(".shx", ".dbf", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix"),
    *(".aux", ".rrd", ".ige", ".hdr", ".tfw", ".tifw", ".wld", ".jgw", ".pgw", ".rpb", ".imd"),
)
_WRITTEN = {
    ".tif": (".aux.xml", ".ovr", ".msk"),
    ".tiff": (".aux.xml", ".ovr", ".msk"),
    ".gpkg": ("-journal", "-wal", "-shm"),
}
_VARIABLE = re.compile(r'^\w{2,}:(?:\d+:)?"?(.+?)"?(?::[^:]*)?$')  # GDAL's driver, file and variable
_SOURCE = re.compile(
    rb"<(?:SourceFilename|SourceDataset|SrcDataSource)([^>]*)>\s*([^<]+?)\s*</(?:SourceFilename|SourceDataset|SrcData)"
)
_VRT_BYTES = 4_000_000
_DEEPEST_VRT = 3


def files_read(name: str | os.PathLike[str]) -> list[Path]:
    """Return the files on disk that are read where ``name`` is given: it, its side files, the sources of a VRT.

    Parameters
    ----------
    name : path
        A file, a folder (its files are meant), ``FILE:layer``, or GDAL's name of a variable. It need not be there.

    >>> [path.name for path in files_read('NETCDF:"rain.nc":july')]
    ['rain.nc']
    """
    return list(dict.fromkeys(_read(on_disk(name), depth=0)))


def files_written(path: str | os.PathLike[str]) -> list[Path]:
    """Return a file and those that are written with it or by libraries beside it.

    >>> [path.name for path in files_written("a.gpkg")]
    ['a.gpkg', 'a.gpkg-journal', 'a.gpkg-wal', 'a.gpkg-shm']
    """
    target = Path(path)
    ends = _WRITTEN.get(target.suffix.lower(), ())
    return [target, *(target.with_name(target.name + end) for end in ends)]


def on_disk(name: str | os.PathLike[str]) -> Path:
    """Return the file or folder behind ``FILE:layer`` or GDAL's name of a variable."""
    file, _layer = split_layer(name)
    part = None if file.exists() else _VARIABLE.match(os.fspath(name))
    return Path(part.group(1)) if part else file


def _read(file: Path, *, depth: int) -> Iterator[Path]:
    yield file
    if file.is_dir():
        yield from (Path(entry.path) for entry in sorted(os.scandir(file), key=lambda entry: entry.name))
        return
    folder = os.path.join(file.parent, "")  # noqa: PTH118 (most are not there, and a path takes longer to make than the question)
    for name in _beside(file):
        if _lies(folder + name):
            yield file.with_name(name)
    if depth < _DEEPEST_VRT:
        for source in _vrt_sources(file):
            yield from _read(source, depth=depth + 1)


def _lies(path: str) -> bool:
    """Tell whether a file or a link is there, without an exception for each that is not, where the system can."""
    if os.access in os.supports_follow_symlinks and "\0" not in path:
        return os.access(path, os.F_OK, follow_symlinks=False)
    return os.path.lexists(path)


def _beside(file: Path) -> Iterator[str]:
    if not file.name:
        return
    name, stem = file.name, file.stem
    yield from (name + end for end in _BEHIND_NAME)
    for end in _IN_PLACE_OF_SUFFIX:
        yield stem + end
        yield stem + end.upper()


def _vrt_sources(file: Path) -> list[Path]:
    """Return the files that a VRT names; none for any other file."""
    try:
        with open(file, "rb") as stream:
            head = stream.read(1000)
            if b"<VRTDataset" not in head and b"<OGRVRT" not in head:
                return []
            text = head + stream.read(_VRT_BYTES)
    except OSError:
        return []
    found = []
    for options, name in _SOURCE.findall(text):
        beside = b'relativeToVRT="1"' in options.replace(b"'", b'"')
        source = on_disk(_unescaped(name.decode("utf-8", "replace")))
        found.append(file.parent / source if beside else source)
    return found


def _unescaped(text: str) -> str:
    for escape, letter in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(escape, letter)
    return text
