"""Results kept by the content of what they were made from, because pages of one atlas share it."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
import xarray as xr

T = TypeVar("T")


class Kept(Generic[T]):
    """The last ``count`` results of a pure function, by a key.

    >>> kept: Kept[int] = Kept(1)
    >>> kept.get("a", lambda: 1), kept.get("a", lambda: 2), kept.get("b", lambda: 3), kept.get("a", lambda: 4)
    (1, 1, 3, 4)
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._found: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the result of that key, made where it is not kept."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        result = make()
        with self._lock:
            self._found[key] = result
            while len(self._found) > self._count:
                self._found.popitem(last=False)
        return result


def content(values: npt.NDArray[np.generic]) -> tuple[bytes, str, tuple[int, ...]]:
    """Return what tells an array from every other.

    >>> content(np.zeros(2)) == content(np.zeros(2)), content(np.zeros(2)) == content(np.zeros(3))
    (True, False)
    """
    array = np.ascontiguousarray(values)
    return hashlib.blake2b(array.view(np.uint8).data, digest_size=20).digest(), array.dtype.str, array.shape


def raster_content(da: xr.DataArray) -> Hashable:
    """Return what tells a raster from every other: values, place, CRS and nodata."""
    rio = da.rio
    nodata = rio.nodata
    return content(da.values), tuple(rio.transform()), str(rio.crs), None if nodata is None else repr(float(nodata))
