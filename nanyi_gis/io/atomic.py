"""Writing that either happens whole or leaves no trace."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .._interrupts import held, settling
from ..errors import OutputError
from .lock import sole_writer
from .settle import make_folder, remove_if_empty
from .stage import LOCK_SUFFIX, PREFIX, Stage, clear_leftovers, in_stage


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; it takes the name of ``path`` if all goes well.

    The suffix is kept, because drivers choose the format by it. On any error the
    half-written file is removed and ``path`` stays as it was. If ``path`` is a symbolic link, what
    it points to is replaced.

    Raises
    ------
    OutputError
        If the folder cannot be made or written, the disk is full, or another run is writing ``path``.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_path(Path(folder) / "a.txt") as temporary:
    ...         _ = temporary.write_text("done")
    ...     sorted(p.name for p in Path(folder).iterdir())
    ['a.txt']
    """
    target = Path(os.path.realpath(path))
    digest = hashlib.sha256(os.fsencode(os.path.normcase(target.name))).hexdigest()[:16]
    with _staged(target.parent, name=Path(path), lock=f"{PREFIX}{digest}{LOCK_SUFFIX}") as stage:
        yield stage / target.name


@contextmanager
def staged(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield an empty folder inside ``folder``; its content moves into ``folder`` at the end.

    Several files that belong together so appear together or not at all. Files of the same
    name are replaced; whatever else lies in ``folder`` or in its subfolders stays. ``folder``
    itself, if this call made it, is removed again when the block fails. With ``manifest.json`` among
    the files see :func:`nanyi_gis.io.verify_manifest`: it comes last, and until then the folder is
    marked as incomplete; files of an earlier build that the new one does not have are removed.

    What killed runs left in ``folder`` is removed first. Another run that writes ``folder`` is waited
    for some seconds.

    Raises
    ------
    OutputError
        If ``folder`` cannot be made or written, the disk is full, or another run is writing there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with staged(Path(folder) / "new") as stage:
    ...         _ = (stage / "a.txt").write_text("a")
    ...     sorted(path.name for path in (Path(folder) / "new").iterdir())
    ['a.txt']
    """
    with _staged(Path(os.path.realpath(folder)), name=Path(folder), lock=f"{PREFIX}folder{LOCK_SUFFIX}") as stage:
        yield stage


@contextmanager
def _staged(target: Path, *, name: Path, lock: str) -> Iterator[Path]:
    """Yield an empty folder whose content moves into ``target``; ``name`` is what messages call it."""
    made: list[Path] = []
    try:
        with held():
            made = make_folder(target)
        with ExitStack() as stack:
            if not in_stage(target):
                stack.enter_context(sole_writer(target / lock, name=name))
                clear_leftovers(target)
            with held():
                stage = Stage.make(target)
                stack.callback(stage.remove)
            yield stage.new
            with settling(name if name.is_dir() else name.parent):
                stage.place()
                stage.remove()
    except BaseException as error:
        for folder in made:
            remove_if_empty(folder)
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise _explained(error, name) from error
        raise


_CAUSES = {
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


def write_cause(error: OSError) -> str:
    """Return why a file or folder could not be written, with the cure.

    >>> write_cause(OSError(errno.ENOSPC, "No space left on device"))
    'the disk is full; free some space or choose another folder'
    """
    return _CAUSES.get(error.errno or 0, f"{error.strerror or error}; choose another folder or name")


def _explained(error: OSError, folder: Path) -> OutputError:
    return OutputError(f"cannot write to {_final(folder)}: {write_cause(error)}")


def _final(path: Path) -> Path:
    """Return where a path in a staging folder will be, as the user named it.

    >>> _final(Path("maps/.nanyi-x1/new/data/a.tif")).as_posix(), _final(Path("maps/a.tif")).as_posix()
    ('maps/data/a.tif', 'maps/a.tif')
    """
    place = next((i for i, part in enumerate(path.parts) if part.startswith(PREFIX)), None)
    return path if place is None else _final(Path(*path.parts[:place], *path.parts[place + 2 :]))
