"""The suffix of a file to write, which says its format."""

import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import ParameterError

_LONGEST = 200


def check_suffix(
    path: str | os.PathLike[str], suffixes: Iterable[str], *, name: str = "path", what: str = "the file"
) -> Path:
    """Return ``path`` if it ends in one of ``suffixes``, in any case.

    >>> check_suffix("a.TIF", [".tif", ".tiff"]).name
    'a.TIF'
    >>> check_suffix("roads.shp", [".gpkg"], name="--out", what="a GeoPackage")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: --out is roads.shp, but a GeoPackage must end in .gpkg; name it roads.gpkg
    """
    target, allowed = Path(path), tuple(suffixes)
    if target.suffix.lower() in allowed:
        return target
    stem = target.stem if target.suffix and target.stem else target.name or "result"
    raise ParameterError(
        f"{name} is {shown(path)}, but {what} must end in {' or '.join(allowed)}; name it {shown(stem + allowed[0])}"
    )


def shown(path: str | os.PathLike[str]) -> str:
    """Return a path for a message, cut where it is very long."""
    text = os.fspath(path)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
