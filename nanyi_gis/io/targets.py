"""Paths to write to: whether they can be written, and that none of them is read."""

import errno
import os
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..errors import OutputError, ParameterError
from .side_files import files_read, files_written, on_disk
from .suffix import shown

Name = str | os.PathLike[str]


def refuse_unwritable(path: Name, *, folder: bool = False) -> None:
    """Refuse a file, or a folder of files, that cannot be written; nothing is left behind.

    Raises
    ------
    OutputError
        If a folder has the file's name or a file the folder's, a part of the path is a file, a name is too long, or
        there is no permission.

    >>> refuse_unwritable(__file__, folder=True)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.OutputError: cannot write to ...: the name belongs to a file; choose another folder
    """
    target = Path(path)
    try:
        if folder and _is_there(target) and not target.is_dir():
            raise _refusal(target, "the name belongs to a file; choose another folder")
        if not folder and target.is_dir():
            raise _refusal(target, "a folder has the name of a file to write; choose another name")
        step = target if folder else target.parent
        while not _is_there(step) and step != step.parent:
            step = step.parent
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        cause = "a name in it is too long" if error.errno == errno.ENAMETOOLONG else error.strerror or str(error)
        raise _refusal(target, f"{cause}; choose another name") from error
    if not step.is_dir():
        raise _refusal(target, "a part of the path is a file; choose another folder")
    if not os.access(step, os.W_OK | os.X_OK):
        raise _refusal(target, "no permission to write there; choose another folder")


def refuse_overlap(*, reads: Mapping[str, Iterable[Name]], writes: Mapping[str, Iterable[Name]]) -> None:
    """Refuse to write a file that is read, or two results into one file; call it before anything is read.

    Files are compared by what they are, not by how they are spelt: through links, hard links, ``..``, the case of
    letters where the disk is blind to it, and the forms of Unicode. Side files count on both sides.

    Parameters
    ----------
    reads, writes : mapping
        Files by the name of the parameter that gives them.

    Raises
    ------
    ParameterError
        Names both parameters and the file.

    >>> refuse_overlap(reads={"--from": ["p.tif"]}, writes={"--out": ["./p.tif"]})
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: --out p.tif is the same file as --from p.tif, which is read; write to another one
    """
    disk = _Disk()
    homes = {disk.by_name(Path(os.path.realpath(file))): (label, file) for label, file in _folders_read(reads)}
    read = {key: (label, file) for label, file in _all(reads, files_read) for key in disk.identities(file)}
    taken: dict[tuple[object, ...], tuple[str, Path]] = {}
    for label, file in _all(writes, files_written):
        for above in Path(os.path.realpath(file)).parents if homes else ():
            other, home = homes.get(disk.by_name(above), ("", above))
            if other:
                raise ParameterError(
                    f"{label} {shown(file)} lies in {other} {shown(home)}, which is read as a whole; write elsewhere"
                )
        for key in disk.identities(file):
            other, twin = read.get(key, ("", file))
            if other:
                raise ParameterError(
                    f"{label} {shown(file)} is the same file as {other} {shown(twin)}, which is read; "
                    "write to another one"
                )
            before, _ = taken.setdefault(key, (label, file))
            if before != label:
                raise ParameterError(
                    f"{label} {shown(file)} is the same file as that of {before}; give each its own name"
                )


def _all(given: Mapping[str, Iterable[Name]], together: object) -> list[tuple[str, Path]]:
    return [(label, file) for label, names in given.items() for name in names for file in together(name)]  # type: ignore[operator]


def _folders_read(reads: Mapping[str, Iterable[Name]]) -> list[tuple[str, Path]]:
    """Return the folders that are one set of data: a geodatabase, an Esri grid."""
    found = [(label, file) for label, names in reads.items() for file in map(on_disk, names) if file.is_dir()]
    return [(label, file) for label, file in found if file.suffix.lower() == ".gdb" or (file / "hdr.adf").exists()]


class _Disk:
    """What the disk knows files by; a folder is asked for once, and most files lie in few folders."""

    def __init__(self) -> None:
        self._real: dict[Path, Path] = {}
        self._folders: dict[Path, tuple[bool, tuple[object, ...]]] = {}

    def identities(self, file: Path) -> set[tuple[object, ...]]:
        """Return the keys by which a file is known: that of the disk, and its place and name."""
        named = self._real_folder(file.parent) / file.name
        plain = file.name not in {"", ".."} and not named.is_symlink()
        real = named if plain else Path(os.path.realpath(file))
        found = {self.by_name(real), self.by_name(named)}
        status = _status(real)
        return found if status is None else {*found, (status.st_dev, status.st_ino)}

    def by_name(self, path: Path) -> tuple[object, ...]:
        """Return the nearest folder that is there, as the disk knows it, and the names below it."""
        folder = path.parent
        if folder not in self._folders:
            self._folders[folder] = _place(folder)
        blind, above = self._folders[folder]
        return (*above, _spelt(path.name, blind=blind))

    def _real_folder(self, folder: Path) -> Path:
        if folder not in self._real:
            self._real[folder] = Path(os.path.realpath(folder))
        return self._real[folder]


def _place(folder: Path) -> tuple[bool, tuple[object, ...]]:
    """Return whether the disk is blind to case there, and the key of a folder that need not be there."""
    below: list[str] = []
    step = folder
    status = _status(step)
    while status is None and step != step.parent:
        below.append(step.name)
        step = step.parent
        status = _status(step)
    blind = blind_to_case(step)
    known = (status.st_dev, status.st_ino) if status else ()
    return blind, ("name", *known, *(_spelt(name, blind=blind) for name in reversed(below)))


def _spelt(name: str, *, blind: bool) -> str:
    one = unicodedata.normalize("NFC", name)
    return one.casefold() if blind else one


def blind_to_case(folder: Path) -> bool:
    """Tell whether the disk takes ``a`` and ``A`` for one name, by asking for a folder that is there."""
    for step in (folder, *folder.parents):
        other = step.with_name(step.name.swapcase()) if step.name.swapcase() != step.name else None
        if other is not None:
            mine, status = _status(step), _status(other)
            return mine is not None and status is not None and os.path.samestat(mine, status)
    return False


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (OSError, ValueError):
        return None


def _is_there(path: Path) -> bool:
    """Tell whether a path is there, links that lead nowhere included; a file on the way to it means no."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _refusal(path: Path, cause: str) -> OutputError:
    return OutputError(f"cannot write to {shown(path)}: {cause}")
