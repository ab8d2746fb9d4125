"""What a design must hold: corridors, links and nodes, named by their ids."""

import difflib
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components

from ..errors import DataError, ParameterError
from ..network import Graph
from .links import Ints, Links, shown
from .neighbours import neighbours

_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Mandate:
    """Rows of the links and of the nodes that a design must hold."""

    links: Ints
    nodes: Ints

    def all_nodes(self, links: Links) -> Ints:
        """Return the nodes that are held, those of the links included."""
        return np.unique(np.concatenate([self.nodes, links.u[self.links], links.v[self.links]]))

    def parts(self, links: Links) -> Ints:
        """Return for each node of the links the number of its mandated part; a node outside is a part alone."""
        matrix = neighbours(links.u[self.links], links.v[self.links], len(links.nodes))
        return np.asarray(connected_components(matrix, directed=False)[1], dtype=np.int64)


def read_mandate(graph: Graph, links: Links, must_include: Collection[Hashable], start: Hashable | None) -> Mandate:
    """Return what ids of corridors, links, nodes and places name, in this order.

    Of links of one corridor between the same two nodes the shortest is taken, an open one of equals: a road and its
    upgrade are one road.

    Raises
    ------
    ParameterError
        If an id names nothing, or only roads that a route cannot take.
    DataError
        If the roads do not join what is named.
    """
    corridor = links.frame["corridor"].to_numpy()
    rows: list[int] = []
    nodes: list[int] = []
    if not isinstance(must_include, Iterable):
        raise ParameterError(
            f"must_include is {shown(must_include)}, but must be a list of ids of corridors, links or nodes; "
            "leave it out if nothing is held"
        )
    for name in (must_include,) if isinstance(must_include, str) else must_include:
        found = _named(graph, links, corridor, name)
        (nodes if found[1] else rows).extend(found[0])
    if start is not None:
        if not _hashable(start) or start not in links.row_of:
            raise ParameterError(f"start {shown(start)} is no node of the graph; give the id of a node or of its place")
        nodes.append(links.row_of[start])
    mandate = Mandate(np.unique(np.array(rows, dtype=np.int64)), np.unique(np.array(nodes, dtype=np.int64)))
    _check_joined(links, mandate)
    return mandate


def _hashable(name: object) -> bool:
    return isinstance(name, Hashable)


def _named(graph: Graph, links: Links, corridor: np.ndarray, name: Hashable) -> tuple[list[int], bool]:
    """Return rows, and whether they are of nodes."""
    if not _hashable(name):
        raise ParameterError(f"must_include holds {name!r}, but takes ids of corridors, links or nodes")
    text = str(name).strip() if isinstance(name, str) else str(name)
    if not text or name is None:
        empty = "None" if name is None else "an empty text"
        raise ParameterError(f"must_include holds {empty}, which is no id of a corridor, link or node; leave it out")
    if not isinstance(name, str) and name in links.row_of:  # node 7 is no link that is called "7"
        return [links.row_of[name]], True
    if isinstance(name, tuple):
        return _between(links, name), False
    rows = np.flatnonzero(corridor == text)
    if len(rows):
        return _single(links, rows).tolist(), False
    rows = np.flatnonzero(links.keys == text)
    if len(rows):
        return rows.tolist(), False
    if name in links.row_of:
        return [links.row_of[name]], True
    edges = [data for _, _, data in graph.edges(data=True) if text in (str(data.get("id")), data.get("corridor"))]
    if edges:
        classes = ", ".join(sorted({str(data.get("highway")) for data in edges}))
        raise ParameterError(
            f"must_include names {text!r}, which no road here can take ({classes}); give classes= with it"
        )
    known = sorted({*corridor.tolist(), *links.keys.tolist(), *map(str, links.row_of)} - {""})
    near = difflib.get_close_matches(text, known, n=3) or known[:_SHOWN]
    raise ParameterError(
        f"must_include names {text!r}, but no corridor, link or node has that id; near are: {', '.join(near)}"
    )


def _between(links: Links, ends: tuple[Hashable, ...]) -> list[int]:
    """Return the link between two nodes, the shortest if there are several; a key after them is of no account."""
    known = [links.row_of.get(node) for node in ends[:2]]
    rows = np.zeros(0, dtype=np.int64)
    if len(ends) in (2, 3) and None not in known:
        rows = np.flatnonzero(
            ((links.u == known[0]) & (links.v == known[1])) | ((links.u == known[1]) & (links.v == known[0]))
        )
    if not len(rows):
        raise ParameterError(
            f"must_include names {shown(ends)}, but no road here joins such nodes; give the ids of its two ends"
        )
    return _single(links, rows).tolist()[:1]


def _single(links: Links, rows: Ints) -> Ints:
    """Return of links between the same nodes the shortest, an open one of equals."""
    later = links.frame["status"].to_numpy()[rows] != "open"
    low, high = np.minimum(links.u[rows], links.v[rows]), np.maximum(links.u[rows], links.v[rows])
    order = np.lexsort((links.keys[rows].astype(str), later, links.length_m[rows], high, low))
    rows, low, high = rows[order], low[order], high[order]
    fresh = np.ones(len(rows), dtype=np.bool_)
    fresh[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    return np.sort(rows[fresh])


def _check_joined(links: Links, mandate: Mandate) -> None:
    held = mandate.all_nodes(links)
    if not len(held):
        return
    parts, first = np.unique(links.part[held], return_index=True)
    if len(parts) > 1:
        names = [links.label(int(held[i])) for i in np.sort(first)]
        shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
        raise DataError(
            f"what must be included lies in {len(parts)} parts of the network that no road joins (at {shown}); "
            "add the road between them, or leave one out"
        )
