"""Paths as GDAL is to take them: a file's name, whatever signs are in it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import OutputError

# what pyogrio takes for a part of an address in a path to write, or drops from it
_SIGNS = frozenset("!;?") | frozenset(map(chr, range(32)))
_CURE = "give a folder and a name without ! ; ? and line breaks"


class RawPath(str):
    """An absolute path that pyogrio and rasterio hand to GDAL as it stands.

    Both take some paths for addresses: ``a!b.gpkg`` for the file b in an archive a, ``a;b`` and ``a?b`` for a name
    with options, ``zip:a`` for a scheme; and GDAL takes ``GPKG:a`` for a driver's name. An absolute path has no
    scheme, and pyogrio leaves alone what begins as GDAL's own names do, so this one says that it does.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return self

    def startswith(self, prefix: Any, *bounds: Any) -> bool:
        """Tell whether the path begins so; it always does with ``/vsi``."""
        return prefix == "/vsi" or super().startswith(prefix, *bounds)


def raw_path(path: str | os.PathLike[str]) -> RawPath:
    """Return the path of a file for GDAL.

    >>> raw_path("/data/a!b;c.gpkg") == "/data/a!b;c.gpkg"
    True
    """
    return RawPath(os.path.abspath(path))  # noqa: PTH100 (a link's own name may matter to its side files)


@contextmanager
def plainly_named(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path to write to that pyogrio does not misread; what is written there takes the name of ``path``.

    It is ``path`` itself, made absolute, unless it holds one of ``! ; ?`` or a line break: then it
    leads there through a link.

    Raises
    ------
    OutputError
        If such a link cannot be made.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with plainly_named(Path(folder) / "a!b.gpkg") as plain:
    ...         _ = plain.write_text("done")
    ...     [file.name for file in Path(folder).iterdir()], "!" in plain.name
    (['a!b.gpkg'], False)
    """
    target = Path(path).absolute()
    if not _SIGNS & set(str(target)):
        yield target
        return
    with tempfile.TemporaryDirectory(prefix="nanyi-") as folder:
        link = Path(folder) / "link"
        try:
            link.symlink_to(target.parent, target_is_directory=True)
        except OSError as error:
            raise OutputError(f"cannot write to {path}: {error.strerror}; {_CURE}") from error
        plain = link / f"plain{target.suffix}"
        if _SIGNS & set(str(plain)):
            raise OutputError(f"cannot write to {path}: the folder of temporary files has such a sign too; {_CURE}")
        yield plain
        plain.replace(target)
