"""What a covering problem can do without: sites that another covers for, and clients that come with another."""

from typing import NamedTuple

import numpy as np

from .rules import OUT, Bools, Floats, Ints, Marks, Rules

_LARGEST = 6000
"""Clients above which they are not compared with each other, which takes their square."""


class Reduced(NamedTuple):
    """Rows of clients and the marks that are left; ``dominated`` pairs each site taken out with the one that serves."""

    clients: Ints
    status: Marks
    dominated: list[tuple[int, int]]


def reduced(covers: Bools, rules: Rules, fee: Floats) -> Reduced:
    """Leave out clients that are covered whenever another one is, and sites that cover a part of another's at no less.

    Only free sites are taken out, for another of their group that is not out; so whatever covers all that is left can
    be changed into what covers all.

    >>> covers = np.array([[True, True, False], [True, False, False], [True, True, True]])
    >>> free = Rules(np.full(3, -1, dtype=np.int8), np.zeros(3, dtype=np.int64), np.array([-1]))
    >>> found = reduced(covers, free, np.ones(3))
    >>> found.clients.tolist(), found.status.tolist()
    ([1], [-1, 0, 0])
    """
    clients, status = np.arange(len(covers)), rules.status.copy()
    pairs: list[tuple[int, int]] = []
    while True:
        before = len(clients), len(pairs)
        kept = np.flatnonzero(status != OUT)
        if len(clients) <= _LARGEST:
            part = covers[np.ix_(clients, kept)]
            clients = clients[~_held(part)]
        part = covers[np.ix_(clients, kept)]
        pairs += _dominated(part, kept, status, rules, fee)
        if (len(clients), len(pairs)) == before:
            return Reduced(clients, status, pairs)


def _held(covers: Bools) -> Bools:
    """Return which rows hold all of another row; of equal rows the first is kept."""
    rows = covers.astype(np.float32)
    shared = rows @ rows.T
    size = rows.sum(axis=1)
    holds = shared >= size[None, :]  # row i holds row k
    number = np.arange(len(rows))
    equal = holds & (size[:, None] == size[None, :])
    holds &= ~equal | (number[:, None] > number[None, :])
    np.fill_diagonal(holds, False)
    return np.asarray(holds.any(axis=1))


def _dominated(covers: Bools, kept: Ints, status: Marks, rules: Rules, fee: Floats) -> list[tuple[int, int]]:
    """Take sites out of ``status`` whose clients another one covers; return the pairs."""
    columns = covers.astype(np.float32)
    shared, size = columns.T @ columns, columns.sum(axis=0)
    within = (shared >= size[:, None]) & (rules.group[kept][:, None] == rules.group[kept][None, :])
    within &= (status[kept] == -1)[:, None]
    number = np.arange(len(kept))
    dear = fee[kept]
    within &= dear[:, None] >= dear[None, :]
    within &= (size[:, None] < size[None, :]) | (dear[:, None] > dear[None, :]) | (number[:, None] > number[None, :])
    np.fill_diagonal(within, False)
    found: list[tuple[int, int]] = []
    for at in np.flatnonzero(within.any(axis=1)).tolist():
        by = np.flatnonzero(within[at])
        by = by[status[kept[by]] != OUT]
        if len(by) and _spare(status, rules, int(kept[at])):
            status[kept[at]] = OUT
            found.append((int(kept[at]), int(kept[by[0]])))
    return found


def _spare(status: Marks, rules: Rules, site: int) -> bool:
    """Tell whether a group has enough sites without this one."""
    group = rules.group[site]
    count = rules.count[group]
    return bool(count < 0 or np.count_nonzero((rules.group == group) & (status != OUT)) > count)
