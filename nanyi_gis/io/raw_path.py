"""Paths as GDAL is to take them: a file's name, whatever signs are in it."""

import os
from typing import Any


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
