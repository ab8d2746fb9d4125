"""Grids of cells as the page holds them: classes and values, in few bytes that our script reads without a canvas."""

import base64
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from .._kernels.cells import MISSING, encode_classes, encode_values
from ._kept import Kept, content

_LEAST_CELLS = 200  # below, weights cost more than they save
_STRONGEST = 1024  # of the weights, so that the script's sums stay within 32 bits
_PACKED: Kept[dict[str, Any]] = Kept(96)

Window = tuple[slice, slice]


def class_cells(codes: npt.NDArray[np.integer[Any]], known: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Return classes as ``codes``, those that occur, and ``cells``, packed; at most 255 codes occur.

    >>> class_cells(np.array([[7, 7], [7, 0]]), np.array([[True, True], [True, False]]))["codes"]
    [7]
    """
    given = np.where(known, np.asarray(codes, dtype=np.int64), MISSING)
    return _PACKED.get(("classes", content(given)), lambda: _classes(given))


def _classes(given: npt.NDArray[np.int64]) -> dict[str, Any]:
    found = np.unique(given)
    names = found[found != MISSING]
    symbols = np.where(given == MISSING, 0, np.searchsorted(names, given) + 1).astype(np.int64)
    return {
        "codes": names.tolist(),
        "cells": _text(lambda out: encode_classes(symbols, len(names) + 1, out), given.size),
    }


def value_cells(cells: npt.NDArray[np.int16]) -> dict[str, Any]:
    """Return values of 16 bits, -32768 where unknown, as ``cells``, packed, and the ``weights`` that foretell them.

    >>> sorted(value_cells(np.arange(12, dtype=np.int16).reshape(3, 4)))
    ['cells', 'weights']
    """
    given = np.asarray(cells, dtype=np.int64)
    return _PACKED.get(("values", content(given)), lambda: _values(given))


def _values(given: npt.NDArray[np.int64]) -> dict[str, Any]:
    fitted = _weights(given)
    choices = [np.zeros(0, dtype=np.int64)] if fitted is None else [np.zeros(0, dtype=np.int64), fitted]
    texts = [_text(partial(encode_values, given, weights), given.size) for weights in choices]
    best = min(range(len(texts)), key=lambda i: len(texts[i]))
    return {"cells": texts[best], "weights": choices[best].tolist()}


def _weights(cells: npt.NDArray[np.int64]) -> npt.NDArray[np.int64] | None:
    """Return the weights in 1/256 that best foretell a cell from seven neighbours (least squares); their sum is 256."""
    rows, columns = cells.shape
    if rows < 3 or columns < 4:
        return None
    inner = cells[2:, 2:-1]
    places = ((2, 1), (1, 2), (1, 1), (1, 3), (2, 0), (0, 2), (0, 3))  # west, north, ..., in the kernel's order
    near = [cells[row : row + rows - 2, column : column + columns - 3] for row, column in places]
    known = (inner != MISSING) & np.all([part != MISSING for part in near], axis=0)
    if known.sum() < _LEAST_CELLS:
        return None
    table = np.column_stack([part[known] for part in near]).astype(float)
    found = np.rint(256 * np.linalg.lstsq(table, inner[known].astype(float), rcond=None)[0]).astype(np.int64)
    found[0] += 256 - found.sum()
    return found if np.abs(found).max() <= _STRONGEST else None


def _text(encode: Callable[[npt.NDArray[np.uint8]], int], cells: int) -> str:
    """Return in base64 what ``encode`` writes into a buffer that is long enough."""
    out = np.empty(2 * cells + 64, dtype=np.uint8)
    while (size := encode(out)) > out.size:
        out = np.empty(size, dtype=np.uint8)
    return base64.b64encode(out[:size].tobytes()).decode("ascii")


def known_window(known: npt.NDArray[np.bool_]) -> Window:
    """Return rows and columns of the smallest part of a grid that holds every known cell; of none, its first cell.

    >>> known_window(np.array([[False, False], [False, True]]))
    (slice(1, 2, None), slice(1, 2, None))
    """
    rows, columns = (np.flatnonzero(known.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return slice(0, 1), slice(0, 1)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def placed(
    bounds: tuple[float, float, float, float], shape: tuple[int, ...], window: Window | None = None
) -> dict[str, Any]:
    """Return width, height and extent of a window of a grid that fills ``bounds`` (left, bottom, right, top) in metres.

    >>> placed((0, 0, 40, 20), (2, 4), (slice(1, 2), slice(1, 3)))
    {'width': 2, 'height': 1, 'extent': [10.0, 0.0, 30.0, 10.0]}
    """
    left, bottom, right, top = bounds
    rows, columns = window or (slice(0, shape[0]), slice(0, shape[1]))
    across, down = (right - left) / shape[1], (top - bottom) / shape[0]
    edges = (
        left + columns.start * across, top - rows.stop * down, left + columns.stop * across, top - rows.start * down,
    )  # fmt: skip
    return {
        "width": columns.stop - columns.start,
        "height": rows.stop - rows.start,
        "extent": [round(edge, 3) for edge in edges],
    }
