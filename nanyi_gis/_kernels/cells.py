"""Grids of whole numbers as few bytes: a cell is foretold from its neighbours, and what it is besides is range coded.

A decision is one bit with a probability of its own context, written as in LZMA; the probability moves by 1/n, so that
rare contexts learn fast. Classes repeat a neighbour or not. Values differ little from a prediction: the median of
three neighbours and planes (LOCO-I: Weinberger, Seroussi, Sapiro 2000) or a weighted sum of seven neighbours.
``webmap/static/cells.js`` reads both and must count as this does.
"""

import numpy as np
import numpy.typing as npt

from . import kernel

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

MISSING = -32768
_BITS = 15  # of a probability
_SLOWEST = 60  # decisions after which a probability moves no slower
_TABLE = 65521  # contexts of classes; where there are more, some share theirs
_ROUGH = 256  # contexts of values on ground of one roughness
_RATES = (131072 // (2 * np.arange(_SLOWEST) + 3)).astype(np.int64)
_LEVELS = np.array([1, 3, 6, 10, 16, 24, 34, 48, 70, 100, 150], dtype=np.int64)
_FINE = 16 + _ROUGH * (len(_LEVELS) + 1)  # contexts of the lowest bits


@kernel(nogil=True)
def _put(state: Ints, out: Bytes, byte: int) -> None:
    """Write a byte, or count it alone where ``out`` is full."""
    if state[4] < out.size:
        out[state[4]] = byte & 255
    state[4] += 1


@kernel(nogil=True)
def _move_out(state: Ints, out: Bytes) -> None:
    """Write the highest byte; what a carry may still change, is held back."""
    low = state[0]
    if low < 0xFF000000 or low > 0xFFFFFFFF:
        carry = low >> 32
        if state[2] >= 0:
            _put(state, out, state[2] + carry)
        while state[3] > 0:
            _put(state, out, 255 + carry)
            state[3] -= 1
        state[2] = (low >> 24) & 255
    else:
        state[3] += 1
    state[0] = (low & 0x00FFFFFF) << 8


@kernel(nogil=True)
def _write(state: Ints, out: Bytes, odds: Ints, at: int, bit: int) -> None:
    """Write a decision in its context; ``state`` is low, range, the byte held, how many 255 follow, bytes written."""
    odd, seen = odds[at, 0], odds[at, 1]
    bound = (state[1] >> _BITS) * odd
    if bit == 0:
        state[1] = bound
        odds[at, 0] = odd + (((1 << _BITS) - odd) * _RATES[seen] >> 16)
    else:
        state[0] += bound
        state[1] -= bound
        odds[at, 0] = odd - (odd * _RATES[seen] >> 16)
    odds[at, 1] = min(seen + 1, _SLOWEST - 1)
    while state[1] < 1 << 24:
        state[1] <<= 8
        _move_out(state, out)


@kernel(nogil=True)
def _start(contexts: int) -> tuple[Ints, Ints]:
    odds = np.zeros((contexts, 2), dtype=np.int64)
    odds[:, 0] = 1 << (_BITS - 1)
    return np.array([0, 0xFFFFFFFF, -1, 0, 0], dtype=np.int64), odds


@kernel(nogil=True)
def _end(state: Ints, out: Bytes) -> int:
    for _ in range(5):
        _move_out(state, out)
    return int(state[4])


@kernel(nogil=True)
def _cell(cells: Ints, row: int, column: int, beyond: int) -> int:
    if row < 0 or column < 0 or column >= cells.shape[1]:
        return beyond
    return int(cells[row, column])


@kernel(nogil=True)
def encode_classes(cells: Ints, count: int, out: Bytes) -> int:
    """Write cells of 0 to ``count`` - 1, at most 256 of them, into ``out``.

    Returns how many bytes they take, which may be more than ``out`` has.
    A cell is asked whether it is as its neighbour in the west, north, north-east, north-west; else its bits follow.
    """
    state, odds = _start(4 * _TABLE + 256 * count)
    near = np.zeros(4, dtype=np.int64)
    for row in range(cells.shape[0]):
        for column in range(cells.shape[1]):
            cell = cells[row, column]
            near[0] = _cell(cells, row, column - 1, 0)
            near[1] = _cell(cells, row - 1, column, 0)
            near[2] = _cell(cells, row - 1, column + 1, 0)
            near[3] = _cell(cells, row - 1, column - 1, 0)
            context = ((near[0] * count + near[1]) * count + near[2]) * count + near[3]
            context = 4 * context + 2 * (_cell(cells, row, column - 2, 0) == near[0])
            at = 4 * ((context + (_cell(cells, row - 2, column, 0) == near[1])) % _TABLE)
            if not _repeats(state, out, odds, at, cell, near):
                node = 1
                for place in range(7, -1, -1):
                    bit = (cell >> place) & 1
                    _write(state, out, odds, 4 * _TABLE + 256 * near[0] + node, bit)
                    node = 2 * node + bit
    return int(_end(state, out))


@kernel(nogil=True)
def _repeats(state: Ints, out: Bytes, odds: Ints, at: int, cell: int, near: Ints) -> bool:
    """Write which neighbour a cell repeats; no neighbour is asked for twice."""
    for i in range(4):
        asked = False
        for other in range(i):
            asked = asked or near[other] == near[i]
        if not asked:
            _write(state, out, odds, at + i, int(cell != near[i]))
            if cell == near[i]:
                return True
    return False


@kernel(nogil=True)
def _neighbours(cells: Ints, row: int, column: int, near: Ints) -> int:
    """Set the seven neighbours of a cell, missing ones to a known one, and return which of the first four are known."""
    near[0] = _cell(cells, row, column - 1, MISSING)
    near[1] = _cell(cells, row - 1, column, MISSING)
    near[2] = _cell(cells, row - 1, column - 1, MISSING)
    near[3] = _cell(cells, row - 1, column + 1, MISSING)
    near[4] = _cell(cells, row, column - 2, MISSING)
    near[5] = _cell(cells, row - 2, column, MISSING)
    near[6] = _cell(cells, row - 2, column + 1, MISSING)
    known = 0
    first = 0
    for i in range(3, -1, -1):
        if near[i] != MISSING:
            known += 1 << i
            first = near[i]
    for i in range(4):
        if near[i] == MISSING:
            near[i] = first
    for i, instead in ((4, 0), (5, 1), (6, 3)):
        if near[i] == MISSING:
            near[i] = near[instead]
    return known


@kernel(nogil=True)
def _foretold(near: Ints, weights: Ints) -> int:
    """Return the weighted sum of the neighbours in 1/256, or the median of west, north and the plane of three."""
    if weights.size:
        total = 128
        for i in range(7):
            total += weights[i] * near[i]
        return int(total >> 8)
    high, low = int(max(near[0], near[1])), int(min(near[0], near[1]))
    if near[2] >= high:
        return low
    return high if near[2] <= low else int(near[0] + near[1] - near[2])


@kernel(nogil=True)
def encode_values(cells: Ints, weights: Ints, out: Bytes) -> int:
    """Write cells of 16 bits with a sign into ``out``, with seven weights or none.

    Returns how many bytes they take, which may be more than ``out`` has.
    A known cell is written as the sign, the number of bits and the bits of how far it is from its prediction, in
    contexts of how rough the ground is and how far its neighbours were from theirs.
    """
    state, odds = _start(_FINE + 20 * 16)
    near = np.zeros(7, dtype=np.int64)
    off = np.zeros((2, cells.shape[1] + 2), dtype=np.int64)
    for row in range(cells.shape[0]):
        here, above = off[row & 1], off[1 - (row & 1)]
        for column in range(cells.shape[1]):
            cell = cells[row, column]
            known = _neighbours(cells, row, column, near)
            _write(state, out, odds, known, int(cell == MISSING))
            here[column + 1] = 0
            if cell == MISSING:
                continue
            west, north, ahead = here[column], above[column + 1], above[column + 2]
            rough = abs(near[0] - near[2]) + abs(near[1] - near[2]) + abs(near[1] - near[3])
            rough += 2 * abs(west) + abs(north) + abs(ahead)
            level = 0
            while level < len(_LEVELS) and rough >= _LEVELS[level]:
                level += 1
            here[column + 1] = cell - _foretold(near, weights)
            signs = 3 * (int(west > 0) + 2 * int(west < 0)) + int(north > 0) + 2 * int(north < 0)
            _write_off(state, out, odds, 16 + _ROUGH * level, signs, here[column + 1])
    return int(_end(state, out))


@kernel(nogil=True)
def _write_off(state: Ints, out: Bytes, odds: Ints, base: int, signs: int, off: int) -> None:
    _write(state, out, odds, base, int(off != 0))
    if off == 0:
        return
    _write(state, out, odds, base + 1 + signs, int(off < 0))
    size, length = abs(off), 0
    while size >> (length + 1) > 0:
        length += 1
    for i in range(length):
        _write(state, out, odds, base + 10 + i, 1)
    _write(state, out, odds, base + 10 + length, 0)
    node = 1
    for place in range(length - 1, -1, -1):
        bit = (size >> place) & 1
        fine = node < 8
        at = base + 32 + 8 * length + node if fine else _FINE + 16 * length + place
        _write(state, out, odds, at, bit)
        node = 2 * node + bit
