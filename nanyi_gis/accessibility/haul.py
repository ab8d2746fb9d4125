"""Haul-sheds: what comes to a site over the network within so many minutes, and what it costs to bring it there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .._validation import check_edges, check_positive, numbers
from ..errors import DataError, ParameterError
from ..network import Graph, Places
from .matrix import ACCESS_KMH, od_cost_matrix

_M_PER_KM = 1000.0


@dataclass(frozen=True)
class HaulSheds:
    """What is hauled to sites.

    Attributes
    ----------
    sources : DataFrame
        By source: ``tonnes``, ``site`` (that with the least minutes, missing where none is reached), ``minutes``,
        ``km`` (shortest way to that site), ``cost_low`` and ``cost_high`` a tonne.
    sheds : DataFrame
        By site and limit: ``site``, ``minutes``, ``sources`` and ``tonnes`` within the limit whatever other sites
        there are, ``own_tonnes`` of those whose nearest site it is, ``own_t_km``, ``own_km`` (mean of a tonne, NaN
        without any), ``cost_low`` and ``cost_high`` of them in all.
    unreached_tonnes : float
        Tonnes from which no site is reached.
    """

    sources: pd.DataFrame
    sheds: pd.DataFrame
    unreached_tonnes: float


def haul_sheds(
    graph: Graph,
    sources: Places,
    sites: Places,
    *,
    tonnes: Any,
    limits: Sequence[float] = (30.0, 60.0, 90.0),
    price_per_tkm: Sequence[float] = (0.4, 0.8),
    snap_limit_m: float = 2000.0,
    parts: str = "largest",
    access_kmh: float | None = ACCESS_KMH,
) -> HaulSheds:
    """Return the haul-shed of each site by minutes, and the cost of haul to the nearest.

    Minutes are those of the quickest way, kilometres those of the shortest: trucks that pay by the kilometre and the
    hour choose something between. The cost of a source is ``tonnes * km * price``, empty runs being in the price.

    Parameters
    ----------
    graph : MultiDiGraph
        Network with ``travel_time`` (s) and ``length`` (m).
    sources, sites : GeoDataFrame, GeoSeries or sequence of nodes
        Where it is and where it goes, as for :func:`od_cost_matrix`.
    tonnes : sequence of float
        Of each source, zero or more, in the order of the sources.
    limits : sequence of float
        Minutes, rising.
    price_per_tkm : pair of float
        Money a tonne and kilometre, low and high.
    snap_limit_m, parts, access_kmh
        As for :func:`od_cost_matrix`.

    Raises
    ------
    DataError
        If tonnes are negative or too few, or a place is too far from any road.
    ParameterError
        If limits or prices are out of range.

    Two sources 1 and 3 minutes, 1 and 2 km, from the site:

    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from((n, {"x": 1000.0 * n, "y": 0.0}) for n in range(3))
    >>> edges = [(1, 0, {"travel_time": 60.0, "length": 1000.0}), (2, 1, {"travel_time": 120.0, "length": 1000.0})]
    >>> graph.add_edges_from(edges)
    [0, 0]
    >>> found = haul_sheds(graph, [1, 2], [0], tonnes=[10.0, 5.0], limits=(2, 5), price_per_tkm=(1, 2))
    >>> found.sheds[["minutes", "tonnes", "own_t_km", "cost_high"]].values.tolist()
    [[2.0, 10.0, 10.0, 20.0], [5.0, 15.0, 20.0, 40.0]]
    """
    bounds = check_edges(limits, name="limits", least=0.0)
    low, high = _prices(price_per_tkm)
    options: dict[str, Any] = {"snap_limit_m": snap_limit_m, "parts": parts, "access_kmh": access_kmh}
    minutes = od_cost_matrix(graph, sources, sites, **options)
    metres = od_cost_matrix(graph, sources, sites, weight="length", **options)
    amount = numbers(pd.Series(list(tonnes)), name="tonnes").to_numpy()
    if len(amount) != len(minutes):
        raise DataError(f"there are {len(minutes)} sources and {len(amount)} tonnes; give one for each")
    if not minutes.shape[1]:
        raise DataError("there are no sites; give at least one")
    time, way = minutes.to_numpy(), metres.to_numpy() / _M_PER_KM
    nearest = time.argmin(axis=1)
    row = np.arange(len(time))
    best, km = time[row, nearest], way[row, nearest]
    reached = np.isfinite(best)
    site = pd.Series(minutes.columns.take(nearest), index=minutes.index).where(reached)
    table = pd.DataFrame({"tonnes": amount, "site": site, "minutes": best, "km": km}, index=minutes.index)
    table["cost_low"], table["cost_high"] = low * km, high * km
    rows = [
        _shed(label, limit, time[:, k], way[:, k], amount, reached & (nearest == k), low, high)
        for k, label in enumerate(minutes.columns)
        for limit in bounds
    ]
    return HaulSheds(table, pd.DataFrame(rows), float(amount[~reached].sum()))


def _shed(label: Any, limit: float, time: Any, way: Any, amount: Any, own: Any, low: float, high: float) -> Any:
    """Return the row of a site and a limit."""
    within = time <= limit
    mine = within & own
    hauled = float(amount[mine].sum())
    t_km = float((amount[mine] * way[mine]).sum())
    return {
        "site": label,
        "minutes": limit,
        "sources": int(within.sum()),
        "tonnes": float(amount[within].sum()),
        "own_tonnes": hauled,
        "own_t_km": t_km,
        "own_km": t_km / hauled if hauled > 0 else np.nan,
        "cost_low": low * t_km,
        "cost_high": high * t_km,
    }


def _prices(given: Sequence[float]) -> tuple[float, float]:
    if len(given) != 2:
        raise ParameterError(f"price_per_tkm has {len(given)} numbers, but is a range; give low and high")
    low, high = (check_positive(value, name="price_per_tkm") for value in given)
    if low > high:
        raise ParameterError(f"price_per_tkm is {low:g} to {high:g}, but the lower price comes first")
    return low, high
