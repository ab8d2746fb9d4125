"""Writing that either happens whole or leaves no trace."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .._interrupts import settling
from ..errors import OutputError


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; it takes the name of ``path`` if all goes well.

    The suffix is kept, because drivers choose the format by it. On any error the
    half-written file is removed and ``path`` stays as it was.

    Raises
    ------
    OutputError
        If the folder cannot be made or written, or the disk is full.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_path(Path(folder) / "a.txt") as temporary:
    ...         _ = temporary.write_text("done")
    ...     sorted(p.name for p in Path(folder).iterdir())
    ['a.txt']
    """
    target = Path(path)
    with staged(target.parent) as stage:
        yield stage / target.name


@contextmanager
def staged(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield an empty folder inside ``folder``; its content moves into ``folder`` at the end.

    Several files that belong together so appear together or not at all. Files of the same
    name are replaced; whatever else lies in ``folder`` or in its subfolders stays. ``folder``
    itself, if this call made it, is removed again when the block fails.

    Raises
    ------
    OutputError
        If ``folder`` cannot be made or written, or the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with staged(Path(folder) / "new") as stage:
    ...         _ = (stage / "a.txt").write_text("a")
    ...     sorted(path.name for path in (Path(folder) / "new").iterdir())
    ['a.txt']
    """
    target = Path(folder)
    made = _make_folder(target)
    stage = None
    try:
        stage = Path(tempfile.mkdtemp(prefix=".nanyi-", dir=target))
        yield stage
        with settling(target):
            _settle(stage, target)
            shutil.rmtree(stage, ignore_errors=True)
    except BaseException as error:
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)
        for folder_made in made:
            _remove_if_empty(folder_made)
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise _explained(error, target) from error
        raise


def _make_folder(folder: Path) -> list[Path]:
    """Make ``folder`` with its parents; return those made, the deepest first."""
    missing = []
    step = folder
    while not step.exists() and step != step.parent:
        missing.append(step)
        step = step.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        for made in missing:
            _remove_if_empty(made)
        raise _explained(error, folder) from error
    return missing


def _settle(stage: Path, target: Path) -> None:
    """Move the files in ``stage`` into ``target``; what they replace is put back if a move fails."""
    files = sorted(path for path in stage.rglob("*") if not path.is_dir())
    aside = stage / ".replaced"
    aside.mkdir()
    kept: list[tuple[Path, Path]] = []
    moved: list[Path] = []
    made: list[Path] = []
    try:
        for number, file in enumerate(files):
            final = target / file.relative_to(stage)
            made += _make_folder(final.parent)
            if final.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(final))
            if final.exists():
                old = aside / str(number)
                _keep(final, old)
                kept.append((old, final))
            file.replace(final)
            moved.append(final)
    except OSError:
        for final in moved:
            final.unlink(missing_ok=True)
        for old, final in kept:
            old.replace(final)
        for folder in sorted(made, reverse=True):
            _remove_if_empty(folder)
        raise


def _keep(file: Path, copy: Path) -> None:
    """Keep a file under a second name; where links are not supported it moves there."""
    try:
        os.link(file, copy)
    except OSError:
        file.replace(copy)


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        pass


def _explained(error: OSError, folder: Path) -> OutputError:
    cures = {
        errno.ENOSPC: "the disk is full; free some space or choose another folder",
        errno.EDQUOT: "the disk quota is used up; free some space or choose another folder",
        errno.EFBIG: "a file would be larger than the disk or the session allows; choose another folder",
        errno.EIO: "the disk reports a fault; choose another folder",
        errno.EACCES: "no permission to write there; choose another folder",
        errno.EPERM: "no permission to write there; choose another folder",
        errno.EROFS: "the file system is read-only; choose another folder",
        errno.ENOTDIR: "a part of the path is a file; choose another folder",
        errno.EEXIST: "the name belongs to a file; choose another folder",
        errno.EISDIR: "a folder has the name of a file to write; choose another folder",
    }
    cause = cures.get(error.errno or 0, f"{error.strerror or error}; choose another folder or name")
    return OutputError(f"cannot write to {folder}: {cause}")
