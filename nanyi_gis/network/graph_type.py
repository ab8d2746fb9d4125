"""The one type of graph that the package passes around."""

from typing import TYPE_CHECKING, Any, TypeAlias

import networkx as nx

if TYPE_CHECKING:
    Graph: TypeAlias = nx.MultiDiGraph[Any, dict[str, Any], dict[str, Any]]
else:
    Graph = nx.MultiDiGraph
