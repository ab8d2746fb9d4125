"""What came must hold what its service publishes: known codes, and values that a place on Earth can have."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import DataError
from ...raster import RasterFile, read_header, read_unit

Check = Callable[[npt.NDArray[Any], RasterFile], None]
"""Takes values of a tile, as they are read, and the tile; raises OtherContentError if it is not what was asked for."""

CURE = "get it again, or give another --base-url"
_FILL = 999.0


class OtherContentError(DataError):
    """A file holds something else than its service publishes.

    Attributes
    ----------
    paths : tuple of Path
        The files; a member of an archive where it was unpacked.
    """

    def __init__(self, text: str, *, paths: Iterable[Path] = ()) -> None:
        super().__init__(text)
        self.paths = tuple(paths)


def codes_of(known: Iterable[int], *, source: str) -> Check:
    """Return a check that all values are whole numbers out of some.

    >>> tile = RasterFile("tile.tif", "code", None, "GTiff", "uint8")
    >>> check = codes_of([0, 10, 20], source="the map")
    >>> check(np.uint8([0, 10]), tile)
    >>> check(np.uint8([10, 77]), tile)
    Traceback (most recent call last):
    ...
    nanyi_gis.sources.fetch.plausible.OtherContentError: tile.tif holds the code 77, but the map has only 0, 10, 20; \
it is another map: get it again, or give another --base-url
    """
    codes = sorted(known)
    shown = ", ".join(map(str, codes))

    def check(values: npt.NDArray[Any], tile: RasterFile) -> None:
        if values.dtype.kind not in "iu":
            first = f", the first {values.flat[0]:g}" if values.size else ""
            raise OtherContentError(
                f"{tile.name} holds {values.dtype} numbers{first}, but {source} has whole codes; "
                f"it is another map, or was resampled: {CURE}",
                paths=[tile.disk_path],
            )
        found = np.zeros(values.shape, np.bool_)
        for code in codes:  # a sixth of the memory of np.isin
            found |= values == code
        if not found.all():
            raise OtherContentError(
                f"{tile.name} holds the code {values[~found].flat[0]}, but {source} has only {shown}; "
                f"it is another map: {CURE}",
                paths=[tile.disk_path],
            )

    return check


def within(low: float, high: float, *, what: str, causes: str) -> Check:
    """Return a check that values lie in a range; missing ones do.

    Parameters
    ----------
    low, high : float
        The range, with its ends.
    what : str
        What the values are, with their unit.
    causes : str
        What a value outside probably is, where it is no code of missing cells.

    >>> tile = RasterFile("tile.tif", "quantity", None, "GTiff", "float32")
    >>> check = within(-500, 9000, what="a height", causes="another unit")
    >>> check(np.float32([9000, np.nan]), tile)
    >>> check(np.float32([30000]), tile)
    Traceback (most recent call last):
    ...
    nanyi_gis.sources.fetch.plausible.OtherContentError: tile.tif holds 30000 as a height, but it must lie between \
-500 and 9,000; probably another unit, or a code of missing cells that the file does not declare: \
get it again, or give another --base-url
    """

    def check(values: npt.NDArray[Any], tile: RasterFile) -> None:
        hold_range(values, low, high, what=what, causes=causes, files={tile.name: tile.disk_path})

    return check


def hold_range(
    values: npt.NDArray[Any], low: float, high: float, *, what: str, causes: str, files: Mapping[str, Path]
) -> None:
    """Raise OtherContentError if a value made of some files lies outside a range; see :func:`within`."""
    odd = values[(values < low) | (values > high)]
    if not odd.size:
        return
    value = float(odd.flat[0])
    fill = "a code of missing cells that the file does not declare"
    likely = fill if abs(value) >= _FILL and value < low else f"{causes}, or {fill}"
    raise OtherContentError(
        f"{', '.join(files)} holds {value:g} as {what}, but it must lie between {low:,.10g} and {high:,.10g}; "
        f"probably {likely}: {CURE}",
        paths=files.values(),
    )


def hold_bands(path: Path, count: int, *, what: str) -> None:
    """Raise OtherContentError if a raster has another number of bands."""
    found = read_header(path).bands
    if found != count:
        raise OtherContentError(
            f"{path.name} has {found} bands, but must have {count}, {what}; it is another file: {CURE}", paths=[path]
        )


def hold_metres(tile: RasterFile) -> None:
    """Raise OtherContentError if heights declare another unit than metres."""
    if read_unit(tile.unit_text) not in ("", "metre"):
        raise OtherContentError(
            f"{tile.name} declares the unit {tile.unit_text!r}, but its service gives heights in m; "
            f"it was converted: {CURE}",
            paths=[tile.disk_path],
        )
