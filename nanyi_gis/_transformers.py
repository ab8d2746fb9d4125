"""Transformers between two CRSs, made once for a process."""

import functools
from typing import Any

from pyproj import Transformer


@functools.lru_cache(maxsize=128)
def crs_to_crs(source: Any, target: Any) -> Transformer:
    """Return the transformer from one CRS to another, x or longitude first.

    PROJ takes a tenth of a second to look up the operations between two CRSs, so a pair is looked
    up once. A transformer may be used by several threads: pyproj keeps one for each.

    Parameters
    ----------
    source, target : CRS, str or int
        Whatever pyproj takes for a CRS.

    Raises
    ------
    pyproj.exceptions.ProjError
        If there is no way from one to the other, as between planets.

    >>> there = crs_to_crs(4326, "EPSG:4544")
    >>> [round(value) for value in there.transform(105.0, 0.0)]
    [500000, 0]
    >>> there is crs_to_crs(4326, "EPSG:4544")
    True
    """
    return Transformer.from_crs(source, target, always_xy=True)
