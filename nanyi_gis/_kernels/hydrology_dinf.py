"""Flow to two neighbours in proportion: the steepest of eight triangles (Tarboton 1997, WRR 33(2), 309-319)."""

import math

import numpy as np

from . import kernel
from .hydrology import ACROSS, DOWN, NONE, OUT

_STRAIGHT = np.array([0, 0, 2, 2, 4, 4, 6, 6], np.int64)  # the neighbour of each triangle along the row or the column
_DIAGONAL = np.array([1, 7, 1, 3, 3, 5, 5, 7], np.int64)
_TURN = np.array([1, -1, -1, 1, 1, -1, -1, 1], np.int64)  # clockwise from the straight neighbour to the diagonal one
_BEARING = np.array([90.0, 90.0, 180.0, 180.0, 270.0, 270.0, 0.0, 0.0])
_ALL = 8  # all of it to one neighbour: 8 + its number


@kernel(nogil=True)
def facets(surface, way, weights, facet, share, angle, start, stop):  # type: ignore[no-untyped-def]
    """Write to which triangle each cell falls, the share of its diagonal neighbour, and the azimuth.

    Where no triangle falls, all water takes the ``way`` of one neighbour.

    Parameters
    ----------
    surface, way, weights
        The surface on which every cell drains, and the rest as of :mod:`nanyi_gis._kernels.hydrology`.
    facet : uint8 (rows, columns)
        0 to 7 a triangle, 8 to 15 one neighbour, 16 water leaves, 17 no height.
    share : float32 (rows, columns)
        Of the water that goes to the diagonal neighbour.
    angle : float32 (rows, columns)
        Degrees clockwise from north, -1 where water leaves, NaN without height.
    """
    rows, columns = surface.shape
    for r in range(start, stop):
        across, down = 1.0 / weights[r, 0], 1.0 / weights[r, 1]
        for c in range(columns):
            k = way[r, c]
            share[r, c] = 0.0
            if k >= OUT:
                facet[r, c] = 17 if k == NONE else 16
                angle[r, c] = math.nan if k == NONE else -1.0
                continue
            h = float(surface[r, c])
            steepest, found, turn, part = 0.0, -1, 0.0, 0.0
            for f in range(8):
                a, b = _STRAIGHT[f], _DIAGONAL[f]
                i, j = r + DOWN[a], c + ACROSS[a]
                m, n = r + DOWN[b], c + ACROSS[b]
                if m < 0 or n < 0 or m >= rows or n >= columns:
                    continue
                near, far = float(surface[i, j]), float(surface[m, n])
                one, two = (across, down) if a == 0 or a == 4 else (down, across)
                along, aside = (h - near) / one, (near - far) / two
                if aside != aside or along != along:
                    continue
                widest = math.atan2(two, one)
                bend = math.atan2(aside, along)
                if bend < 0.0:
                    bend, fall = 0.0, along
                elif bend > widest:
                    bend, fall = widest, (h - far) * weights[r, 2]
                else:
                    fall = math.hypot(along, aside)
                if fall > steepest:
                    steepest, found, turn, part = fall, f, bend, bend / widest
            if found < 0:
                # at the edge, or beside cells without height, one neighbour may be lower though no triangle is whole
                facet[r, c] = _ALL + k
                angle[r, c] = _azimuth(k, across, down)
                continue
            facet[r, c] = found
            share[r, c] = part
            angle[r, c] = (_BEARING[found] + _TURN[found] * math.degrees(turn)) % 360.0


@kernel(nogil=True)
def _azimuth(k, across, down):  # type: ignore[no-untyped-def]
    return math.degrees(math.atan2(ACROSS[k] * across, -DOWN[k] * down)) % 360.0


@kernel(nogil=True)
def _runs_to(facet, share, r, c, k):  # type: ignore[no-untyped-def]
    """Return the part of a cell's water that goes to its neighbour ``k``."""
    f = facet[r, c]
    if f < _ALL:
        if k == _STRAIGHT[f]:
            return 1.0 - float(share[r, c])
        return float(share[r, c]) if k == _DIAGONAL[f] else 0.0
    return 1.0 if f == _ALL + k else 0.0


@kernel(nogil=True)
def gather_shares(facet, share, total):  # type: ignore[no-untyped-def]
    """Add to each cell's own total its parts of those of its neighbours, in the order of the neighbours."""
    rows, columns = facet.shape
    waits = np.zeros((rows, columns), np.uint8)
    ready = np.empty(rows * columns, np.int64)
    held = 0
    for r in range(rows):
        for c in range(columns):
            for k in range(8):
                i, j = r + DOWN[k], c + ACROSS[k]
                if 0 <= i < rows and 0 <= j < columns and _runs_to(facet, share, i, j, (k + 4) % 8) > 0.0:
                    waits[r, c] += 1
            if waits[r, c] == 0:
                ready[held] = r * columns + c
                held += 1
    done = 0
    while done < held:
        r, c = ready[done] // columns, ready[done] % columns
        done += 1
        for k in range(8):
            i, j = r + DOWN[k], c + ACROSS[k]
            if 0 <= i < rows and 0 <= j < columns:
                part = _runs_to(facet, share, i, j, (k + 4) % 8)
                if part > 0.0:
                    total[r, c] += part * total[i, j]
        for k in range(8):
            i, j = r + DOWN[k], c + ACROSS[k]
            if 0 <= i < rows and 0 <= j < columns and _runs_to(facet, share, r, c, k) > 0.0:
                waits[i, j] -= 1
                if waits[i, j] == 0:
                    ready[held] = i * columns + j
                    held += 1
    return held
