"""The network of most value within a length: a budgeted prize-collecting Steiner network."""

from collections.abc import Collection, Hashable
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from ..network import Graph


@dataclass(frozen=True, eq=False)
class Design:
    """A designed road.

    Attributes
    ----------
    links : GeoDataFrame
        A row a link: ``id``, ``u``, ``v`` (ids of nodes), ``length_m``, ``highway``, ``status``, ``corridor``,
        ``name_zh``, ``mandated`` (bool), ``prize`` (what is collected at its far end, seen from the mandated part),
        ``times`` (how often a loop or line drives it; 1 in a network), ``geometry``.
    nodes : GeoDataFrame
        The nodes of these links: ``node``, ``name_zh``, ``place``, ``prize``, ``geometry``.
    prizes : DataFrame
        The prizes as given, with ``node``, ``snap_m``, ``collected`` (bool), ``counted`` (the prize that counts; 0 for
        the lesser ones of a group) and ``reason`` (why not, empty where it counts).
    length_m, prize : float
        Metres of the whole, and the value that it collects. In a loop or line a link counts as often as it is driven.
    bound : float
        No design within the length collects more than this.
    gap : float
        ``(bound - prize) / bound``; 0.0 if the design is proven to be the best.
    method : str
        ``exact``, ``fast`` or, for loops and lines, how they were found.
    seconds : float
        Time taken.
    unserved : tuple of str
        Names of the prizes that are not collected.
    notes : tuple of str
        What a reader should know, a sentence each.
    order : tuple of str
        For a loop or a line, the ids of its links as they are driven; empty for a network.
    """

    links: gpd.GeoDataFrame
    nodes: gpd.GeoDataFrame
    prizes: pd.DataFrame
    length_m: float
    prize: float
    bound: float
    gap: float
    method: str
    seconds: float
    unserved: tuple[str, ...]
    notes: tuple[str, ...]
    order: tuple[str, ...] = ()


def design_route(
    graph: Graph,
    *,
    length_m: float,
    must_include: Collection[Hashable] = (),
    prizes: pd.DataFrame,
    solver: str = "auto",
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    shape: str = "network",
    start: Hashable | None = None,
    classes: Collection[str] | None = None,
    seed: int = 0,
) -> Design:
    """Return the connected roads of at most ``length_m`` that hold what is mandated and collect the most value.

    Parameters
    ----------
    graph : MultiDiGraph
        Roads; see :class:`nanyi_gis.route.Links`.
    length_m : float
        Most metres.
    must_include : collection
        Ids of corridors, links or nodes (or of their places) that the design must hold.
    prizes : DataFrame
        ``prize`` (zero or more) and either ``node`` (id of a node or its place) or ``x``, ``y`` in the graph's CRS; if
        there, ``name``, and ``group``: sites that share their scenery, of which the best that is reached counts.
    solver : str
        ``exact``, ``fast`` (a heuristic with a bound) or ``auto``: exact where that is likely to end in time.
    time_limit_s : float
        After it the best design so far is returned, with its gap.
    gap : float
        Share of the bound at which the search may end.
    shape : str
        ``network``, ``loop`` (a round trip) or ``line`` (a single way).
    start : node, optional
        Where a loop or line begins, or a node that the network must hold.
    classes : collection of str, optional
        Road classes to use; see :meth:`Links.of`.
    seed : int
        Of the heuristic's random choices.

    Raises
    ------
    DataError
        If what is mandated cannot be joined by road, or a prize lies where no road leads.
    ParameterError
        If the mandated roads are longer than ``length_m`` (says by how much), nothing has a prize, an id is unknown, or
        ``length_m`` looks like kilometres.
    """
    raise NotImplementedError
