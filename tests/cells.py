"""Cells of pages read in plain Python, beside the script that browsers run."""

import base64

import numpy as np

MISSING = -32768


class Decisions:
    """The bits of a range coded text, each in a context whose odds follow what came before."""

    def __init__(self, text):
        self.bytes = base64.b64decode(text) + bytes(8)
        self.place = 4
        self.code = int.from_bytes(self.bytes[:4], "big")
        self.range = 2**32 - 1
        self.odds, self.seen = {}, {}

    def __call__(self, context):
        odd, seen = self.odds.get(context, 2**14), self.seen.get(context, 0)
        rate = 131072 // (2 * seen + 3)
        bound = (self.range >> 15) * odd
        bit = int(self.code >= bound)
        if bit:
            self.code -= bound
            self.range -= bound
            odd -= odd * rate >> 16
        else:
            self.range = bound
            odd += (2**15 - odd) * rate >> 16
        self.odds[context], self.seen[context] = odd, min(seen + 1, 59)
        while self.range < 2**24:
            self.range <<= 8
            self.code = self.code << 8 | self.bytes[self.place]
            self.place += 1
        return bit


def read_cells(meta, data):
    """Return the cells of a record, -32768 where missing."""
    shape = meta["height"], meta["width"]
    if "codes" in data:
        return _classes(Decisions(data["cells"]), shape, data["codes"])
    return _values(Decisions(data["cells"]), shape, data["weights"])


def _at(cells, row, column, beyond):
    inside = row >= 0 and 0 <= column < cells.shape[1]
    return int(cells[row, column]) if inside else beyond


def _classes(read, shape, codes):
    count = len(codes) + 1
    cells = np.zeros(shape, int)
    for row, column in np.ndindex(shape):
        near = [_at(cells, row - up, column + aside, 0) for up, aside in ((0, -1), (1, 0), (1, 1), (1, -1))]
        context = 0
        for neighbour in near:
            context = context * count + neighbour
        context = 4 * context + 2 * (_at(cells, row, column - 2, 0) == near[0])
        context = (context + (_at(cells, row - 2, column, 0) == near[1])) % 65521
        for i, neighbour in enumerate(near):
            if neighbour not in near[:i] and not read(("neighbour", context, i)):
                cells[row, column] = neighbour
                break
        else:
            node = 1
            for _ in range(8):
                node = 2 * node + read(("rest", near[0], node))
            cells[row, column] = node - 256
    return np.array([MISSING, *codes])[cells]


def _values(read, shape, weights):
    cells = np.full(shape, MISSING)
    off = np.zeros((shape[0] + 1, shape[1] + 2), int)
    levels = [1, 3, 6, 10, 16, 24, 34, 48, 70, 100, 150]
    places = ((0, -1), (1, 0), (1, -1), (1, 1), (0, -2), (2, 0), (2, 1))
    for row, column in np.ndindex(shape):
        near = [_at(cells, row - up, column + aside, MISSING) for up, aside in places]
        known = sum(1 << i for i in range(4) if near[i] != MISSING)
        if read(("missing", known)):
            continue
        first = next((value for value in near[:4] if value != MISSING), 0)
        near[:4] = [first if value == MISSING else value for value in near[:4]]
        near[4:] = [near[j] if near[i] == MISSING else near[i] for i, j in ((4, 0), (5, 1), (6, 3))]
        w, n, nw, ne = near[:4]
        told = sorted((w, n, w + n - nw))[1]
        if weights:
            told = (128 + sum(a * b for a, b in zip(weights, near, strict=True))) >> 8
        west, north, ahead = off[row + 1, column], off[row, column + 1], off[row, column + 2]
        rough = abs(w - nw) + abs(n - nw) + abs(n - ne) + 2 * abs(west) + abs(north) + abs(ahead)
        level = sum(rough >= edge for edge in levels)
        found = 0
        if read(("other", level)):
            down = read(("down", level, int(np.sign(west)), int(np.sign(north))))
            length = 0
            while read(("length", level, length)):
                length += 1
            found = 1
            for place in reversed(range(length)):
                context = ("high", level, length, found) if found < 8 else ("low", length, place)
                found = 2 * found + read(context)
            found = -found if down else found
        off[row + 1, column + 1] = found
        cells[row, column] = told + found
    return cells
