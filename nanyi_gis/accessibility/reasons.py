"""Why an origin reaches no facility: its part of the network, or the direction of its streets."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse.csgraph import connected_components

from ..network import CostNetwork, with_places

Ints = npt.NDArray[np.int64]


def unreached_reasons(network: CostNetwork, start: pd.DataFrame, end: pd.DataFrame, cost: pd.Series) -> list[str]:
    """Return for each origin why its cost to the nearest facility is inf; empty where it is not.

    Parameters
    ----------
    start, end : DataFrame
        Origins and facilities, of :func:`nanyi_gis.network.snap_points`.
    cost : Series
        Of each origin to its nearest facility.

    Examples
    --------
    A one-way street from b to a, with the facility at b:

    >>> import networkx as nx
    >>> from nanyi_gis.network import compile_graph, snap_points
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from((n, {"x": 0.0, "y": 0.0}) for n in "ab")
    >>> _ = graph.add_edge("b", "a", travel_time=60.0)
    >>> network = compile_graph(graph)
    >>> start, end = (snap_points(network, [n]) for n in "ab")
    >>> unreached_reasons(network, start, end, pd.Series([np.inf]))
    ['one-way streets lead here only']
    """
    reasons = [""] * len(start)
    lost = np.flatnonzero(np.isinf(cost.to_numpy(dtype=np.float64)))
    if not len(lost):
        return reasons
    placed = with_places(network, start, end)
    at, targets = placed.numbers[0][lost], np.unique(placed.numbers[1])
    _, joined = connected_components(placed.network.forward, directed=False)
    together = np.isin(joined[at], joined[targets])
    reached = np.isfinite(placed.network.nearest(targets, direction="from").cost[at])
    for i, same, back in zip(lost, together, reached, strict=True):
        row = start.iloc[i]
        told = [_part(int(row["part"]), int(row["part_nodes"]), float(row["off_main_m"]))]
        if same:
            told.append(f"one-way streets lead {'here only' if back else 'neither from here to a facility nor back'}")
        elif not row["part"]:
            largest = int(end["part_nodes"].max())
            told.append(f"no facility on the main part; the largest part with one has {_nodes(largest)}")
        reasons[int(i)] = "; ".join(text for text in told if text)
    return reasons


def off_main_note(name: str, what: str, snapped: pd.DataFrame) -> str:
    """Return a line about the places that are not on the largest part of a network; empty if all are.

    >>> snapped = pd.DataFrame({"part": [0, 2], "part_nodes": [90, 3], "off_main_m": [0.0, 412.0]}, index=["a", "b"])
    >>> off_main_note("today", "origins", snapped)
    'today: 1 of 2 origins is not on the main part of the network: b, on a part of 3 nodes, 412 m from the main part'
    """
    off = snapped[snapped["part"] > 0]
    if off.empty:
        return ""
    row = off.iloc[0]
    verb, more = ("is", "") if len(off) == 1 else ("are", "for one ")
    where = _part(int(row["part"]), int(row["part_nodes"]), float(row["off_main_m"]))
    count = f"{len(off)} of {len(snapped)} {what} {verb} not on the main part of the network"
    return f"{name}: {count}: {more}{off.index[0]}, {where}"


def _part(part: int, size: int, metres: float) -> str:
    """Return where a place stands that is not on the largest part, empty for one that is."""
    if not part:
        return ""
    away = "" if np.isnan(metres) else f", {metres:.0f} m from the main part"
    return f"on a part of {_nodes(size)}{away}"


def _nodes(count: int) -> str:
    return f"{count} node{'' if count == 1 else 's'}"
