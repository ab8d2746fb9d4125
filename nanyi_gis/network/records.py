"""Attributes of very many nodes and edges as dictionaries, made column by column and kept small."""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .graph_type import Graph

Record = dict[str, Any]
Column = list[Any]


def values_of(values: "pd.Series[Any] | npt.NDArray[Any]", rows: npt.NDArray[np.int64]) -> Column:
    """Return the values of ``rows`` as Python has them, equal ones as one object; a single one if all are equal.

    >>> values_of(np.array([2.5, 7.0]), np.array([0, 1, 1])), values_of(np.array([True, True]), np.array([0, 1, 1]))
    ([2.5, 7.0, 7.0], [True])
    """
    found = np.empty(len(values), dtype=object)
    try:
        codes, distinct = pd.factorize(values, use_na_sentinel=False)
    except TypeError:  # lists and other values that have no hash
        found[:] = values.tolist()
        return list(found[rows].tolist())
    if len(distinct) == 1 and len(rows):
        return list(distinct.tolist())
    found[: len(distinct)] = distinct.tolist()
    return list(found[codes[rows]].tolist())


def records(columns: Mapping[str, Column], count: int) -> list[Record]:
    """Return a dictionary for each of ``count`` rows; a column of one value holds for all.

    The dictionaries share one table of keys, as those of the objects of a class do, and so take a third of the
    memory of separate ones. In every other way they are plain dictionaries.

    >>> records({"highway": ["road"], "length": [3.0, 4.0]}, 2)
    [{'highway': 'road', 'length': 3.0}, {'highway': 'road', 'length': 4.0}]
    """
    blank: Record = vars(type("Record", (), {})())
    blank.update((name, values[0] if len(values) == 1 else None) for name, values in columns.items())
    found = [blank.copy() for _ in range(count)]
    for name, values in columns.items():
        if len(values) > 1:
            for record, value in zip(found, values, strict=True):
                record[name] = value
    return found


def link(
    graph: Graph, ends: Iterable[tuple[Any, Any]], found: Sequence[Record], *, keys: Iterable[int] | None = None
) -> None:
    """Add edges between nodes that are there, as ``graph.add_edge`` would one by one; the records are not copied.

    Without ``keys`` the edges between two nodes are numbered as they come.

    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph()
    >>> graph.add_nodes_from("ab")
    >>> link(graph, [("a", "b"), ("a", "b")], [{"length": 1.0}, {"length": 2.0}])
    >>> list(graph.edges(keys=True, data=True))
    [('a', 'b', 0, {'length': 1.0}), ('a', 'b', 1, {'length': 2.0})]
    """
    after, before = graph._succ, graph._pred
    for (u, v), record, key in zip(ends, found, repeat(None, len(found)) if keys is None else keys, strict=True):
        parallel = after[u].get(v)
        if parallel is None:
            parallel = after[u][v] = before[v][u] = {}
        parallel[len(parallel) if key is None else key] = record


@contextmanager
def collector_resting() -> Iterator[None]:
    """Keep Python from searching, again and again, for circles among millions of new records and lines without any.

    It holds for the whole process until the work is done.
    """
    resting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if resting:
            gc.enable()
