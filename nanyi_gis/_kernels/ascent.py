"""Dual ascent: how much joining nodes to a root costs at the least, or giving their prizes up."""

import numpy as np
import numpy.typing as npt

from . import kernel

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_NOTHING = 1e-9


@kernel(nogil=True)
def ascend(first: Ints, arcs: Ints, head: Ints, rest: Floats, prize: Floats, root: int) -> float:
    """Return a lower bound of the least (cost of arcs taken + prizes of nodes that are not joined to the root).

    Arc ``i`` and its opposite ``i ^ 1`` lead to ``head[i]`` and ``head[i ^ 1]``; those that leave node ``u`` are
    ``arcs[first[u]:first[u + 1]]``. Round by round each node with a prize left pays for the arcs into the set from
    which it is reached for nothing, until the root is in the set or the prize is spent (Wong 1984, with prizes).

    ``rest`` are the costs of the arcs at first; what is not paid of them stays there: their reduced costs.
    """
    count = len(first) - 1
    left = prize.copy()
    seen, queue = np.full(count, -1), np.empty(count, np.int64)
    total, turn, working = 0.0, 0, True
    left[root] = 0.0
    while working:
        working = False
        for node in range(count):
            if left[node] <= _NOTHING:
                continue
            turn += 1
            seen[node] = turn
            queue[0] = node
            done, size = 0, 1
            while done < size:
                here = queue[done]
                done += 1
                for i in range(first[here], first[here + 1]):
                    other = head[arcs[i]]
                    if seen[other] != turn and rest[arcs[i] ^ 1] <= _NOTHING:
                        seen[other] = turn
                        queue[size] = other
                        size += 1
            if seen[root] == turn:
                left[node] = 0.0
                continue
            step = left[node]
            for k in range(size):
                for i in range(first[queue[k]], first[queue[k] + 1]):
                    if seen[head[arcs[i]]] != turn:
                        step = min(step, rest[arcs[i] ^ 1])
            for k in range(size):
                for i in range(first[queue[k]], first[queue[k] + 1]):
                    if seen[head[arcs[i]]] != turn:
                        rest[arcs[i] ^ 1] -= step
            total += step
            left[node] -= step
            working = True
    return total
