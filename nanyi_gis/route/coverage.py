"""What a road covers: shares of sites and people near it, where it serves nothing, and what each kilometre adds."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from ..network import CostNetwork, Graph
from .line import Route


@dataclass(frozen=True, eq=False)
class Coverage:
    """What a road covers.

    A ``threshold`` is named ``2 km`` (straight from the road) or ``10 min`` (by the network to the road).

    Attributes
    ----------
    sites : GeoDataFrame
        The sites as given, with ``branch``, ``km``, ``offset_m``, ``distance_m``, ``minutes`` (NaN without a graph, inf
        where no way leads), and for each threshold ``covered 2 km`` (bool) and, with ``samples``, ``chance 2 km``
        (share of draws in which it is covered).
    table : DataFrame
        A row for each ``kind`` (of sites, ``all`` of them, and ``people``) and ``threshold``: ``count``, ``total``,
        ``share``, ``weight_share``, ``low``, ``high`` (range of the share: 5 to 95 % of the draws, least to most of
        the people's rules; NaN where neither is given).
    by_chainage : DataFrame
        At each km of the branches one after the other: ``branch``, ``km``, ``along_km``, ``threshold``, ``kind``,
        ``count`` and ``share`` covered by the road up to there.
    gaps : GeoDataFrame
        Stretches that serve no site: ``threshold``, ``branch``, ``from_km``, ``to_km``, ``length_km``, ``before``,
        ``after`` (the sites served last and next), ``name``, ``geometry``.
    added : DataFrame
        What each km adds to those before: ``branch``, ``from_km``, ``to_km``, ``threshold``, ``sites``, ``weight``,
        ``people``, ``names``.
    notes : tuple of str
        What a reader should know.
    """

    sites: gpd.GeoDataFrame
    table: pd.DataFrame
    by_chainage: pd.DataFrame
    gaps: gpd.GeoDataFrame
    added: pd.DataFrame
    notes: tuple[str, ...]


def coverage(
    route: Route,
    sites: gpd.GeoDataFrame,
    *,
    graph: Graph | CostNetwork | None = None,
    minutes: Sequence[float] = (5.0, 10.0, 15.0, 30.0),
    km: Sequence[float] = (1.0, 2.0, 5.0),
    people: Mapping[str, pd.Series] | pd.DataFrame | None = None,
    samples: int = 0,
    seed: int = 0,
) -> Coverage:
    """Return what a road covers.

    Parameters
    ----------
    route : Route
        The road.
    sites : GeoDataFrame
        Points with a unique index and a CRS; ``name`` (or ``name_zh``), ``kind``, and if there, ``weight`` (1 if not)
        and ``uncertainty_m``, the radius within which the place lies.
    graph : MultiDiGraph or CostNetwork, optional
        The network by which minutes are counted, with the road in it if it was designed on it; without it only km.
    minutes, km : sequence of float
        Thresholds.
    people : DataFrame or mapping of Series, optional
        People by the index of the sites: a column for each rule that is plausible, the first the central one.
    samples, seed : int
        Draws of the places within their uncertainty, and where they begin.
    """
    raise NotImplementedError


def gains(
    route: Route, sites: gpd.GeoDataFrame, *, graph: Graph, to: Sequence[Hashable] | gpd.GeoDataFrame | None = None
) -> pd.DataFrame:
    """Return what a road adds to the network without it: minutes from each site with and without its unopened links.

    Returns
    -------
    DataFrame
        With the index of the sites: ``without``, ``with``, ``saved`` (minutes to the nearest of ``to``; if that is not
        given, the mean to the other sites).
    """
    raise NotImplementedError
