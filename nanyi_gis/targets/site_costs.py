"""Minutes between places that are nodes of a network: the costs of siting, the same as those of the travel pages."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from ..accessibility import od_cost_matrix
from ..network import CostNetwork, Graph
from .planner import facility_nodes


def minutes_between(
    graph: Graph | CostNetwork, rows: Mapping[Any, Any], columns: Mapping[Any, Any], *, weight: str = "travel_time"
) -> pd.DataFrame:
    """Return the minutes from each place of ``rows`` to each of ``columns``; both map labels to nodes of the graph.

    Several labels may have one node, such as the subdistricts of a county town. ``inf`` where there is no way. With
    ``weight="length"`` the metres.

    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from((n, {"x": 1000.0 * n, "y": 0.0}) for n in range(2))
    >>> _ = graph.add_edge(0, 1, travel_time=120.0)
    >>> minutes_between(graph, {"a": 0, "b": 0}, {"c": 1})["c"].to_dict()
    {'a': 2.0, 'b': 2.0}
    """
    starts, ends = list(dict.fromkeys(rows.values())), list(dict.fromkeys(columns.values()))
    found = od_cost_matrix(graph, starts, ends, weight=weight)
    table = found.loc[list(rows.values()), list(columns.values())]
    return pd.DataFrame(table.to_numpy(), index=pd.Index(list(rows)), columns=pd.Index(list(columns)))


def township_nodes(graph: Graph, codes: pd.Index) -> dict[str, Any]:
    """Return the node of each of these townships that the network has, by code."""
    homes = dict(graph.graph.get("townships") or {})
    return {str(code): homes[code] for code in codes if code in homes and homes[code] in graph}


def facility_sites(graph: Graph, facility: str) -> dict[str, Hashable]:
    """Return the nodes of a kind of facility as sites of their own, labelled by the kind and the node.

    They are those to which :func:`nanyi_gis.targets.township_minutes` counts the minutes.
    """
    return {f"{facility}:{node}": node for node in facility_nodes(graph, facility)}


def facility_names(graph: Graph, sites: Mapping[str, Hashable]) -> dict[str, str]:
    """Return the Chinese name of each site, empty where the network has none."""
    names = dict(graph.nodes(data="name_zh")) | dict(graph.graph.get("facility_names") or {})
    return {label: str(names.get(node) or "") for label, node in sites.items()}
