"""Running the bucket queue: memory, batches, progress."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._kernels import travel_time as kernel
from .._progress import Progress
from .grid import Float, Int, Steps

WALKING_KMH = 6.0  # Tobler's greatest speed, at a slope of -0.05
_BATCH = 4_000_000
_FIRST_CHUNKS = 2 * kernel.WHEEL  # each bucket may hold one that is not full
_LONGEST = 1e38  # minutes; single precision holds no more


@dataclass(frozen=True)
class Links:
    """Directed links between nodes: cells by flat number, then extra nodes from ``rows * columns`` on."""

    origin: Int
    target: Int
    minutes: Float
    extra: int = 0

    def reversed(self) -> "Links":
        """Return the links turned round, for travel towards the sources."""
        return Links(self.target, self.origin, self.minutes, self.extra)


@dataclass(frozen=True)
class Seeds:
    """Where travel starts: flat cell numbers, minutes already spent, and the number of the source."""

    cells: Int
    minutes: Float
    owners: npt.NDArray[np.int32]


NO_LINKS = Links(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


@dataclass(frozen=True)
class Solution:
    """Least minutes and source numbers by cell, and minutes of the extra nodes; -1 where no source reaches."""

    minutes: npt.NDArray[np.float32]
    owners: npt.NDArray[np.int32] | None
    extra_minutes: Float
    extra_owners: npt.NDArray[np.int32]


def solve(
    surface: npt.NDArray[np.float32],
    grid: Steps,
    seeds: Seeds,
    *,
    walk: bool,
    links: Links = NO_LINKS,
    outward: bool = True,
    factor: float = 1.0,
    walls: bool = False,
    limit: float = np.inf,
    keep_owners: bool = False,
    progress: Progress | None = None,
) -> Solution:
    """Return the least time from (or, if not ``outward``, to) the seeds for every cell.

    ``surface`` has heights (``walk``) or cost a metre; NaN is nodata, infinite a barrier. It is not changed.
    ``links`` lead the way of the search, away from the seeds.
    """
    rows, columns = surface.shape
    stride = columns + 2
    cells = (rows + 2) * stride
    padded = np.full((rows + 2, stride), np.nan, np.float32)
    padded[1:-1, 1:-1] = surface
    flat = padded.ravel()
    inside = flat[np.isfinite(flat)] if not walk else flat
    link_nodes, link_start, link_to, link_time, linked = _compressed(links, rows, columns, stride, cells)

    steps = grid.moves()
    if walk:
        least = steps * (0.06 / WALKING_KMH) / factor
        width = float(np.min(least))
    else:
        low = float(inside.min()) if inside.size else 1.0
        least = np.where(np.isfinite(steps), steps, 1.0) * low
        typical = float(inside.mean(dtype=np.float64)) if inside.size else 1.0
        width = max(float(np.min(least)), typical * float(np.min(steps)) / 64)
    nodes = cells + links.extra
    times = np.full(nodes, np.inf)
    owner = np.full(nodes if keep_owners else 0, -1, np.int32)
    items_type = np.int32 if nodes < np.iinfo(np.int32).max else np.int64
    pool = _Pool(_FIRST_CHUNKS + seeds.cells.size // kernel.CHUNK, items_type)
    start_nodes = (seeds.cells // columns + 1) * stride + seeds.cells % columns + 1
    inverse = 1.0 / max(width, kernel.TINY)
    bound = _inclusive(limit)
    kernel.seed(start_nodes, seeds.minutes, seeds.owners, times, owner, bound, inverse, *pool.arrays)
    share = 1.0 / float(1 + np.count_nonzero(np.isfinite(flat)) + links.extra)
    table = 0.06 / WALKING_KMH * np.exp(3.5 * np.arange(kernel.TABLE_SIZE) / kernel.TABLE_STEPS)
    while True:
        outcome = kernel.advance(
            flat, times, owner, cells, stride, steps, least, walk, 1.0 if outward else -1.0, 1.0 / factor, table,
            walls, link_nodes, link_start, link_to, link_time, linked, inverse, bound, _BATCH, *pool.arrays,
        )  # fmt: skip
        if outcome == kernel.DONE:
            break
        if outcome == kernel.GROW:
            pool.grow()
        if progress is not None:
            progress(min(1.0, float(pool.state[kernel.OFFERED]) * share))
    del flat, padded
    minutes = np.empty((rows, columns), np.float32)
    kernel.finish(times, rows, columns, minutes)
    owners = owner[:cells].reshape(rows + 2, stride)[1:-1, 1:-1].copy() if keep_owners else None
    if progress is not None:
        progress(1.0)
    return Solution(minutes, owners, np.abs(times[cells:]), owner[cells:] if keep_owners else owner)


def _inclusive(limit: float) -> float:
    """Return the greatest time that rounds to ``limit`` in the result's single precision, so that it is within."""
    single = np.float32(min(limit, _LONGEST))
    return 0.5 * (float(single) + float(np.nextafter(single, np.float32(np.inf))))


class _Pool:
    """The chunks of the queue; doubled when they run short."""

    def __init__(self, chunks: int, dtype: npt.DTypeLike) -> None:
        self.items = np.empty((chunks, kernel.CHUNK), dtype)
        self.following = np.arange(1, chunks + 1, dtype=np.int32)
        self.following[-1] = -1
        self.head = np.full(kernel.WHEEL + 1, -1, np.int32)
        self.fill = np.full(kernel.WHEEL + 1, kernel.CHUNK, np.int32)
        self.state = np.zeros(kernel.STATE_SIZE, np.int64)
        self.state[kernel.OVERFLOW_FIRST] = np.iinfo(np.int64).max
        self.state[kernel.CHUNKS_FREE] = chunks

    @property
    def arrays(self) -> tuple[Any, ...]:
        return self.items, self.following, self.head, self.fill, self.state

    def grow(self) -> None:
        old = len(self.items)
        self.items = np.concatenate([self.items, np.empty_like(self.items)])
        fresh = np.arange(old + 1, 2 * old + 1, dtype=np.int32)
        fresh[-1] = self.state[kernel.FREE]
        self.following = np.concatenate([self.following, fresh])
        self.state[kernel.FREE] = old
        self.state[kernel.CHUNKS_FREE] += old


def _compressed(
    links: Links, rows: int, columns: int, stride: int, cells: int
) -> tuple[Int, Int, Int, Float, npt.NDArray[np.uint8]]:
    """Return the links by padded node: nodes, first link of each, targets, minutes, and a bit a node."""
    if not links.origin.size:
        return np.empty(0, np.int64), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint8)

    def padded(node: Int) -> Int:
        inside = (node // columns + 1) * stride + node % columns + 1
        return np.where(node < rows * columns, inside, node - rows * columns + cells)

    origin, target = padded(links.origin), padded(links.target)
    order = np.lexsort((target, origin))
    nodes, start = np.unique(origin[order], return_index=True)
    bits = np.zeros((cells + links.extra + 7) // 8, np.uint8)
    np.bitwise_or.at(bits, nodes >> 3, (1 << (nodes & 7)).astype(np.uint8))
    ends = np.append(start, origin.size).astype(np.int64)
    return nodes, ends, target[order], np.ascontiguousarray(links.minutes[order]), bits
