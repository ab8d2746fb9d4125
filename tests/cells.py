"""Cells of pages read as the script in the browser reads them, but written from its description, for tests."""

import base64
from functools import lru_cache

import numba
import numpy as np

MISSING = -32768
LEVELS = np.array([1, 3, 6, 10, 16, 24, 34, 48, 70, 100, 150])


@numba.njit
def _decide(state, text, odds, context):
    """Return the next bit; ``state`` is code, range and place in the text."""
    odd, seen = odds[context]
    rate = 131072 // (2 * seen + 3)
    bound = (state[1] >> 15) * odd
    bit = state[0] >= bound
    if bit:
        state[0] -= bound
        state[1] -= bound
        odds[context, 0] = odd - (odd * rate >> 16)
    else:
        state[1] = bound
        odds[context, 0] = odd + ((32768 - odd) * rate >> 16)
    odds[context, 1] = min(seen + 1, 59)
    while state[1] < 2**24:
        state[1] *= 256
        state[0] = state[0] * 256 + (text[state[2]] if state[2] < len(text) else 0)
        state[2] += 1
    return int(bit)


@numba.njit
def _start(text, contexts):
    odds = np.zeros((contexts, 2), np.int64)
    odds[:, 0] = 16384
    code = 0
    for i in range(4):
        code = code * 256 + text[i]
    return np.array([code, 2**32 - 1, 4]), odds


@numba.njit
def _at(cells, row, column, beyond):
    return cells[row, column] if row >= 0 and 0 <= column < cells.shape[1] else beyond


@numba.njit
def _symbols(text, rows, columns, count):
    """Return symbols of classes, 0 where missing."""
    cells = np.zeros((rows, columns), np.int64)
    state, odds = _start(text, 4 * 65521 + 256 * count)
    for row in range(rows):
        for column in range(columns):
            near = [_at(cells, row, column - 1, 0), _at(cells, row - 1, column, 0)]
            near += [_at(cells, row - 1, column + 1, 0), _at(cells, row - 1, column - 1, 0)]
            context = ((near[0] * count + near[1]) * count + near[2]) * count + near[3]
            context = 4 * context + 2 * int(_at(cells, row, column - 2, 0) == near[0])
            context = (context + int(_at(cells, row - 2, column, 0) == near[1])) % 65521
            found = -1
            for i in range(4):
                if found < 0 and near[i] not in near[:i] and not _decide(state, text, odds, 4 * context + i):
                    found = near[i]
            if found < 0:
                node = 1
                while node < 256:
                    node = 2 * node + _decide(state, text, odds, 4 * 65521 + 256 * near[0] + node)
                found = node - 256
            cells[row, column] = found
    return cells


@numba.njit
def _values(text, rows, columns, weights):
    cells = np.full((rows, columns), MISSING, np.int64)
    off = np.zeros((rows + 1, columns + 2), np.int64)
    fine = 16 + 256 * (len(LEVELS) + 1)
    state, odds = _start(text, fine + 320)
    for row in range(rows):
        for column in range(columns):
            near = [_at(cells, row, column - 1, MISSING), _at(cells, row - 1, column, MISSING)]
            near += [_at(cells, row - 1, column - 1, MISSING), _at(cells, row - 1, column + 1, MISSING)]
            near += [_at(cells, row, column - 2, MISSING), _at(cells, row - 2, column, MISSING)]
            near.append(_at(cells, row - 2, column + 1, MISSING))
            known, first = 0, 0
            for i in range(3, -1, -1):
                if near[i] != MISSING:
                    known += 2**i
                    first = near[i]
            if _decide(state, text, odds, known):
                continue
            for i in range(4):
                near[i] = first if near[i] == MISSING else near[i]
            for i, instead in ((4, 0), (5, 1), (6, 3)):
                near[i] = near[instead] if near[i] == MISSING else near[i]
            w, n, nw, ne = near[:4]
            told = sorted([w, n, w + n - nw])[1]
            if len(weights):
                told = 128
                for i in range(7):
                    told += weights[i] * near[i]
                told >>= 8
            west, north, ahead = off[row + 1, column], off[row, column + 1], off[row, column + 2]
            rough = abs(w - nw) + abs(n - nw) + abs(n - ne) + 2 * abs(west) + abs(north) + abs(ahead)
            base = 16 + 256 * int((rough >= LEVELS).sum())
            found = 0
            if _decide(state, text, odds, base):
                signs = 3 * (int(west > 0) + 2 * int(west < 0)) + int(north > 0) + 2 * int(north < 0)
                down = _decide(state, text, odds, base + 1 + signs)
                length = 0
                while _decide(state, text, odds, base + 10 + length):
                    length += 1
                found = 1
                for place in range(length - 1, -1, -1):
                    context = base + 32 + 8 * length + found if found < 8 else fine + 16 * length + place
                    found = 2 * found + _decide(state, text, odds, context)
                found = -found if down else found
            off[row + 1, column + 1] = found
            cells[row, column] = told + found
    return cells


@lru_cache(maxsize=64)
def _read(text, rows, columns, codes, weights):
    given = np.frombuffer(base64.b64decode(text), np.uint8)
    if codes is None:
        return _values(given, rows, columns, np.array(weights, np.int64))
    return np.array([MISSING, *codes])[_symbols(given, rows, columns, len(codes) + 1)]


def read_cells(meta, data):
    """Return the cells of a record, -32768 where missing."""
    codes = tuple(data["codes"]) if "codes" in data else None
    return _read(data["cells"], meta["height"], meta["width"], codes, tuple(data.get("weights", ())))
