"""Hollows of a raster and the lowest ways out of them, without a heap.

Basins of pits meet at passes; the lowest passes that join all basins with the outside are a minimum spanning tree, and
the highest pass on a basin's way out in it is the level to which its hollow fills (Cordonnier, Bovy and Braun 2019,
Earth Surface Dynamics 7, 549-562). Ways, labels and strips are those of :mod:`nanyi_gis._kernels.hydrology`.
"""

import numpy as np

from . import kernel
from .hydrology import ACROSS, AXIS, DOWN, NONE, OUT, PIT, doubled, steepest


def _groups_of(mask: int) -> list[int]:
    """Return the group of each of eight neighbours in a ring, -1 for those not in the mask.

    Neighbours are in one group where steps from cell to cell lead from one to the other; two at right angles
    touch at their corner.
    """
    group = [k if mask >> k & 1 else -1 for k in range(8)]
    for _ in range(8):
        for k in range(8):
            for step in (1, 2) if k % 2 == 0 else (1,):
                other = (k + step) % 8
                if group[k] >= 0 and group[other] >= 0:
                    group[k] = group[other] = min(group[k], group[other])
    return group


_GROUP = np.array([_groups_of(mask) for mask in range(256)], np.int8)
_GROUPS = np.array([len({g for g in row if g >= 0}) for row in _GROUP.tolist()], np.int8)


@kernel(nogil=True)
def _is_below(z, steps, r, c, i, j):  # type: ignore[no-untyped-def]
    """Tell whether a neighbour comes before a cell in the order of height, steps on a flat, number."""
    if z[i, j] != z[r, c]:
        return not z[i, j] > z[r, c]  # no height is as the outside
    if steps[i, j] != steps[r, c]:
        return steps[i, j] < steps[r, c]
    return i < r or (i == r and j < c)


@kernel(nogil=True)
def find_passes(z, steps, weights, way, label, start, stop):  # type: ignore[no-untyped-def]
    """Return the cells over which water can pass between basins, and the way over each.

    Of all neighbouring cells of two basins only those are passes whose lower neighbours fall apart into groups
    around them: within a group, lower passes lead from one to the other. One way a group is enough, to its steepest
    cell; ``OUT`` where the group reaches outside. In the order of the cells, then from the steepest way on.
    """
    rows, columns = z.shape
    room = 1024 + (stop - start) * columns // 16
    cells = np.empty(room, np.int64)
    over = np.empty(room, np.uint8)
    falls = np.empty(8)
    held = 0
    for r in range(start, stop):
        inner = 0 < r < rows - 1
        for c in range(columns):
            h = z[r, c]
            if h != h:
                continue
            mask, equal, outside = 0, 0, 0
            if inner and 0 < c < columns - 1:
                a, b, d, e = z[r, c + 1], z[r + 1, c + 1], z[r + 1, c], z[r + 1, c - 1]
                f, g, m, n = z[r, c - 1], z[r - 1, c - 1], z[r - 1, c], z[r - 1, c + 1]
                mask = (
                    (not a >= h)
                    | (not b >= h) << 1
                    | (not d >= h) << 2
                    | (not e >= h) << 3
                    | (not f >= h) << 4
                    | (not g >= h) << 5
                    | (not m >= h) << 6
                    | (not n >= h) << 7
                )
                equal = (
                    (a == h)
                    | (b == h) << 1
                    | (d == h) << 2
                    | (e == h) << 3
                    | (f == h) << 4
                    | (g == h) << 5
                    | (m == h) << 6
                    | (n == h) << 7
                )
                special = way[r, c] >= 8
                if equal == 0 and not special and _GROUPS[mask] < 2:
                    continue
            for k in range(8):
                i, j = r + DOWN[k], c + ACROSS[k]
                bit = 1 << k
                if i < 0 or j < 0 or i >= rows or j >= columns or np.isnan(z[i, j]):
                    outside |= bit
                    mask |= bit
                elif _is_below(z, steps, r, c, i, j):
                    mask |= bit
            way_here = way[r, c]
            if _GROUPS[mask] < 2 and way_here < 8:
                continue
            first = held
            for g in range(8):
                if _GROUP[mask, g] != g:
                    continue
                best, k_best, reaches, own = -1.0, -1, False, False
                for k in range(8):
                    if _GROUP[mask, k] != g:
                        continue
                    own |= k == way_here
                    if outside >> k & 1:
                        reaches = True
                        continue
                    i, j = r + DOWN[k], c + ACROSS[k]
                    drop = (float(h) - float(z[i, j])) * weights[r, AXIS[k]]
                    if drop > best:
                        best, k_best = drop, k
                if own:
                    continue
                if reaches:
                    if label[r, c] == 0:
                        continue
                    k_best = OUT
                elif label[r + DOWN[k_best], c + ACROSS[k_best]] == label[r, c]:
                    continue
                if held == cells.size:
                    cells = doubled(cells)
                    over = doubled(over)
                cells[held] = r * columns + c
                over[held] = k_best
                falls[held - first] = np.inf if reaches else best
                # the steepest way over a pass first
                at = held
                while at > first and falls[at - first] > falls[at - first - 1]:
                    falls[at - first], falls[at - first - 1] = falls[at - first - 1], falls[at - first]
                    over[at], over[at - 1] = over[at - 1], over[at]
                    at -= 1
                held += 1
    return cells[:held].copy(), over[:held].copy()


@kernel(nogil=True)
def ascending(heights):  # type: ignore[no-untyped-def]
    """Return the stable order of float32 heights, by three rounds over 11 bits of theirs."""
    size = heights.size
    keys = np.empty(size, np.uint32)
    bits = (heights + np.float32(0.0)).view(np.uint32)
    for at in range(size):
        b = bits[at]
        keys[at] = ~b if b >> np.uint32(31) else b | np.uint32(0x80000000)
    order, other = np.empty(size, np.int64), np.empty(size, np.int64)
    for at in range(size):
        order[at] = at
    for turn in range(3):
        shift = np.uint32(11 * turn)
        place = np.zeros(2049, np.int64)
        for at in range(size):
            place[((keys[at] >> shift) & np.uint32(2047)) + 1] += 1
        for digit in range(2048):
            place[digit + 1] += place[digit]
        for at in range(size):
            digit = (keys[order[at]] >> shift) & np.uint32(2047)
            other[place[digit]] = order[at]
            place[digit] += 1
        order, other = other, order
    return order


@kernel(nogil=True)
def join_basins(label, pits, cells, over, offset, order):  # type: ignore[no-untyped-def]
    """Return for each basin the pass by which it runs out, and the basins from the outside inward.

    The passes are taken from the lowest up (``order``), and kept where they join what was apart (Kruskal 1956). Basin
    0 is the outside; the pass of a basin that no pass reaches is -1.
    """
    labels = label.ravel()
    basins = pits + 1
    head = np.arange(basins).astype(np.int32)
    kept = np.empty(basins, np.int64)
    ends = np.empty((basins, 2), np.int32)
    count = np.zeros(basins + 1, np.int64)
    held = 0
    for at in range(order.size):
        edge = order[at]
        cell = cells[edge]
        a = labels[cell]
        b = 0 if over[edge] == OUT else labels[cell + offset[over[edge]]]
        x, y = a, b
        while head[x] != x:
            head[x] = head[head[x]]
            x = head[x]
        while head[y] != y:
            head[y] = head[head[y]]
            y = head[y]
        if x == y:
            continue
        head[max(x, y)] = min(x, y)
        kept[held] = edge
        ends[held, 0], ends[held, 1] = a, b
        count[a + 1] += 1
        count[b + 1] += 1
        held += 1
        if held == pits:
            break
    for b in range(basins):
        count[b + 1] += count[b]
    free = count.copy()
    links = np.empty(2 * held, np.int64)
    for at in range(held):
        for side in range(2):
            b = ends[at, side]
            links[free[b]] = at
            free[b] += 1
    gate = np.full(basins, -1, np.int64)
    outward = np.empty(basins, np.int32)
    outward[0] = 0
    seen = np.zeros(basins, np.bool_)
    seen[0] = True
    done, size = 0, 1
    while done < size:
        b = outward[done]
        done += 1
        for link in range(count[b], count[b + 1]):
            at = links[link]
            other = ends[at, 1] if ends[at, 0] == b else ends[at, 0]
            if not seen[other]:
                seen[other] = True
                gate[other] = kept[at]
                outward[size] = other
                size += 1
    return gate, outward[:size].copy()


@kernel(nogil=True)
def open_gates(z, way, label, cells, over, offset, gate, outward, level):  # type: ignore[no-untyped-def]
    """Turn the way from each pit up to its gate round, and write the level to which each basin fills."""
    heights, ways, labels = z.ravel(), way.ravel(), label.ravel()
    level[0] = -np.inf
    for at in range(1, outward.size):
        basin = outward[at]
        edge = gate[basin]
        cell, k = cells[edge], over[edge]
        height = heights[cell]
        if labels[cell] == basin:  # over its own rim
            beyond = 0 if k == OUT else labels[cell + offset[k]]
        else:  # up to a rim that belongs to the next basin
            beyond = labels[cell]
            cell += offset[k]
            k = (k + 4) % 8
        level[basin] = max(height, level[beyond])
        while True:
            before = ways[cell]
            ways[cell] = k
            if before == PIT:
                break
            cell += offset[before]
            k = (before + 4) % 8


@kernel(nogil=True)
def fill(z, label, level, filled, raised, start, stop):  # type: ignore[no-untyped-def]
    """Write the heights raised to the levels of their basins; of each row the metres raised and the cells."""
    for r in range(start, stop):
        total, count = 0.0, 0
        for c in range(z.shape[1]):
            h = z[r, c]
            basin = label[r, c]
            if basin > 0 and level[basin] > h:
                total += float(level[basin]) - float(h)
                count += 1
                h = level[basin]
            filled[r, c] = h
        raised[r, 0] = total
        raised[r, 1] = count


@kernel(nogil=True)
def breach(way, label, pits, offset, carved):  # type: ignore[no-untyped-def]
    """Cut a channel from each pit down its way until the ground beyond its basin is as low.

    ``pits`` are given from the lowest up: the deepest cut first, so no cell is cut twice.
    """
    ways, heights, labels = way.ravel(), carved.ravel(), label.ravel()
    for pit in pits:
        bed = heights[pit]
        at = pit
        while ways[at] < 8:
            at += offset[ways[at]]
            if heights[at] < bed or (heights[at] == bed and labels[at] != labels[pit]):
                break
            heights[at] = bed


@kernel(nogil=True)
def cut_rows(z, carved, lowered, start, stop):  # type: ignore[no-untyped-def]
    """Write of each row the metres that were cut and the cells."""
    for r in range(start, stop):
        total, count = 0.0, 0
        for c in range(z.shape[1]):
            if carved[r, c] < z[r, c]:
                total += float(z[r, c]) - float(carved[r, c])
                count += 1
        lowered[r, 0] = total
        lowered[r, 1] = count


@kernel(nogil=True)
def steer_filled(z, filled, fixed, label, level, weights, offset, way, start, stop):  # type: ignore[no-untyped-def]
    """Let water run down the filled surface where it falls; on a lake it runs along the bed to the outlet."""
    rows, columns = z.shape
    has_fixed = fixed.size > 0
    surface, bed = filled.ravel(), z.ravel()
    for r in range(start, stop):
        inner = 0 < r < rows - 1
        for c in range(columns):
            k = way[r, c]
            basin = label[r, c]
            if k == NONE or (k == OUT and has_fixed and fixed[r, c]):
                continue
            if basin > 0 and z[r, c] <= level[basin]:
                if inner and 0 < c < columns - 1:  # most of a lake lies within it
                    h = filled[r, c]
                    lower = (filled[r, c + 1] < h) | (filled[r + 1, c + 1] < h) | (filled[r + 1, c] < h)
                    lower |= (filled[r + 1, c - 1] < h) | (filled[r, c - 1] < h) | (filled[r - 1, c - 1] < h)
                    if not (lower | (filled[r - 1, c] < h) | (filled[r - 1, c + 1] < h)):
                        continue
            elif k < 8:
                below = r * columns + c + offset[k]
                if surface[below] == bed[below]:
                    continue
            else:
                continue
            k = steepest(filled, z, r, c, weights)
            if k >= 0:
                way[r, c] = k


@kernel(nogil=True)
def steer_breached(z, carved, fixed, weights, way, start, stop):  # type: ignore[no-untyped-def]
    """Let water run into the channels that were cut, from the cells beside them too."""
    rows, columns = z.shape
    has_fixed = fixed.size > 0
    for r in range(start, stop):
        for c in range(columns):
            if not carved[r, c] < z[r, c]:
                continue
            for i in range(max(r - 1, 0), min(r + 2, rows)):
                for j in range(max(c - 1, 0), min(c + 2, columns)):
                    k = way[i, j]
                    if k == NONE or (k == OUT and has_fixed and fixed[i, j]):
                        continue
                    k = steepest(carved, z, i, j, weights)
                    if k >= 0:
                        way[i, j] = k
