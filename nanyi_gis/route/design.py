"""The network of most value within a length: a budgeted prize-collecting Steiner network.

What is mandated is drawn together, what cannot matter left out (:mod:`.problem`). A heuristic (:mod:`.fast`) finds a
good tree, a linear programme with cuts (:mod:`.relax`) or a price on length (:mod:`.price`) says how good any can be,
and branch and bound (:mod:`.exact`) closes the gap between them. Loops and lines: :mod:`.tour`.
"""

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from time import perf_counter

import geopandas as gpd
import numpy as np
import pandas as pd

from .._validation import check_choice, check_count, check_non_negative, check_positive
from ..errors import DataError, ParameterError
from ..network import Graph
from .contraction import problem_of, stays
from .exact import exact, fast, joining, least_joining
from .links import Links
from .mandate import Mandate, read_mandate
from .outcome import Outcome, counted, link_table, node_table, remarks
from .prizes import FAR_M, Prizes, read_prizes
from .problem import SLACK_M, Problem, reduced
from .walk import best_walk

SOLVERS = ("auto", "exact", "fast")
SHAPES = ("network", "loop", "line")

_EXACT_EDGES = 2500
"""Edges, after reduction, up to which branch and bound mostly ends in a minute."""

_SEEDS = 2**31 - 100

_MOST_KM = 2000.0
"""Lengths below it may be kilometres where the network is long enough."""


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
    minutes : float
        Of driving and staying, for a loop within ``minutes``; else NaN.
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
    minutes: float = float("nan")


def design_route(
    graph: Graph,
    *,
    length_m: float | None = None,
    minutes: float | None = None,
    must_include: Collection[Hashable] = (),
    prizes: Prizes,
    solver: str = "auto",
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    shape: str = "network",
    start: Hashable | None = None,
    classes: Collection[str] | None = None,
    snap_limit_m: float = FAR_M,
    seed: int = 0,
) -> Design:
    """Return the connected roads of at most ``length_m`` that hold what is mandated and collect the most value.

    Parameters
    ----------
    graph : MultiDiGraph
        Roads; see :class:`nanyi_gis.route.Links`.
    length_m : float
        Most metres.
    minutes : float
        For a loop, in place of ``length_m``: most minutes of the day, of driving (``travel_time`` of the edges, s)
        and at the sites that are visited (``stay_min`` of the prizes).
    must_include : collection
        What the design must hold: ids of corridors, links or nodes (or of their places), or the two ends of a link.
    prizes : DataFrame, Series or mapping
        The prize of each node by its id; or a table with ``prize`` (zero or more) and either ``node`` (id of a node or
        its place) or ``x``, ``y`` in the graph's CRS; if there, ``name``, ``group`` (sites that share their scenery, of
        which the best that is reached counts) and ``stay_min`` (minutes of a visit, empty for none; of account with
        ``minutes``).
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
    snap_limit_m : float
        Metres from the nearest road beyond which a site by coordinates is refused.
    seed : int
        Of the heuristic's random choices.

    Returns
    -------
    Design
        Never longer than ``length_m``; with ``gap`` 0.0 none collects more. Of a group the largest prize counts.

    Raises
    ------
    DataError
        If what is mandated cannot be joined by road, a prize lies where no road leads or too far from any, or a link
        has no travel time for ``minutes``.
    ParameterError
        If the mandated roads are longer than ``length_m`` (says by how much), nothing has a prize, an id is unknown, or
        ``length_m`` looks like kilometres.

    Examples
    --------
    A road of 10 km east and one of 4 km north; with 5 km there is room for the north alone:

    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from([(0, {"x": 0, "y": 0}), (1, {"x": 9000, "y": 0}), (2, {"x": 0, "y": 4000})])
    >>> graph.add_edges_from([(0, 1, {"id": "east", "length": 10000.0}), (0, 2, {"id": "north", "length": 4000.0})])
    [0, 0]
    >>> sites = pd.DataFrame({"node": [1, 2], "prize": [9.0, 5.0], "name": ["fort", "ford"]})
    >>> design = design_route(graph, length_m=5000.0, must_include=[0], prizes=sites)
    >>> design.links["id"].tolist(), design.prize, design.gap, design.unserved
    (['north'], 5.0, 0.0, ('fort',))
    """
    began = perf_counter()
    check_choice(solver, SOLVERS, name="solver")
    check_choice(shape, SHAPES, name="shape")
    seconds = check_positive(time_limit_s, name="time_limit_s", unit="s")
    share = check_non_negative(gap, name="gap")
    if share >= 1.0:
        raise ParameterError(f"gap is {gap!r}, but must be a share below 1, e.g. 0.05")
    seed = check_count(seed, name="seed", least=0) % _SEEDS
    limit_m = check_positive(snap_limit_m, name="snap_limit_m", unit="m")
    links = Links.of(graph, classes=classes)
    mandate = read_mandate(graph, links, must_include, start)
    if minutes is not None:
        budget = _day(minutes, links, length_m=length_m, shape=shape)
        table = read_prizes(prizes, links, mandate, snap_limit_m=limit_m)
    else:
        budget = _budget(length_m, links)
        table = read_prizes(prizes, links, mandate, snap_limit_m=limit_m)
        _check_mandated(links, mandate, budget)
    if shape != "network":
        at = links.row_of[start] if start is not None else -1
        left, line = max(seconds - (perf_counter() - began), 0.1), shape == "line"
        walk = best_walk(
            links, mandate, table, budget=budget, line=line, timed=minutes is not None, start=at, seconds=left,
            gap=share, seed=seed,
        )  # fmt: skip
        outcome = Outcome(walk.rows, walk.inside, walk.bound, order=tuple(links.keys[walk.rows]), visited=walk.visited)
        return _design(links, mandate, table, outcome, budget=budget, method=shape, began=began)
    whole = problem_of(links, mandate, table, budget)
    problem = reduced(whole)
    first = joining(problem, seconds=seconds, seed=seed) if problem.root >= 0 else None
    if first is None and problem.root >= 0:
        raise _too_short(whole, links, mandate, budget, seconds=seconds, seed=seed)
    way = ("exact" if len(problem.ends) <= _EXACT_EDGES else "fast") if solver == "auto" else solver
    edges = len(problem.ends) + 1
    rounds = int(np.clip(min(20.0 * edges, 2e6 / edges), 50, 3000))
    search = exact if way == "exact" else fast
    left = max(seconds - (perf_counter() - began), 0.1)
    answer = search(problem, first, seconds=left, gap=share, rounds=rounds, seed=seed)
    found = [row for edge in np.flatnonzero(answer.tree.chosen) for row in answer.problem.trail[edge]]
    rows = np.unique(np.concatenate([mandate.links, np.array(found, dtype=np.int64)])).astype(np.int64)
    inside = np.isin(mandate.parts(links), answer.problem.origin[answer.tree.inside])
    inside[links.u[rows]] = inside[links.v[rows]] = True
    outcome = Outcome(rows, inside, answer.bound)
    return _design(links, mandate, table, outcome, budget=budget, method=way, began=began)


def _day(minutes: float, links: Links, *, length_m: float | None, shape: str) -> float:
    """Return the minutes of a day, if all links have a time and a loop is asked for."""
    if shape != "loop":
        raise ParameterError(f"minutes are for a loop, but shape is {shape!r}; give length_m, or shape='loop'")
    if length_m is not None:
        raise ParameterError("length_m and minutes are both given; give one of them")
    budget = check_positive(minutes, name="minutes", unit="min")
    bad = ~(np.isfinite(links.minutes) & (links.minutes >= 0))
    if bad.any():
        raise DataError(
            f"link {links.keys[int(np.argmax(bad))]!r} has no travel_time of zero or more seconds, which minutes "
            "needs; add it, or give length_m"
        )
    return budget


def _budget(length_m: float | None, links: Links) -> float:
    """Return the length in metres, unless it must be kilometres."""
    if length_m is None or isinstance(length_m, str):
        raise ParameterError(
            f"length_m is {length_m!r}, but must be a number of metres, e.g. 446000; for a loop in a day give minutes"
        )
    budget = check_positive(length_m, name="length_m", unit="m")
    total = float(links.length_m.sum())
    short = budget < float(np.median(links.length_m)) or total >= 100.0 * budget
    if budget < _MOST_KM and short and 1000.0 * budget <= 1.5 * total:
        raise ParameterError(
            f"length_m is {budget:g} m on a network of {total / 1000:,.0f} km, which looks like kilometres; "
            f"write {1000.0 * budget:.0f} for {budget:g} km"
        )
    return budget


def _check_mandated(links: Links, mandate: Mandate, budget: float) -> None:
    held = float(links.length_m[mandate.links].sum())
    if held > budget + SLACK_M:
        raise ParameterError(
            f"what must be included is {held / 1000:,.1f} km, {(held - budget) / 1000:,.1f} km longer than length_m of "
            f"{budget / 1000:,.1f} km; give {held:.0f} or more, or include less"
        )


def _too_short(
    whole: Problem, links: Links, mandate: Mandate, budget: float, *, seconds: float, seed: int
) -> ParameterError:
    """Return what to say when the mandated parts cannot be joined within the budget."""
    held = float(links.length_m[mandate.links].sum())
    least = least_joining(whole, seconds=seconds, seed=seed)
    need = held + least
    head = f"what must be included is {held / 1000:,.1f} km" if held else "what must be included"
    return ParameterError(
        f"{head}{' and' if held else ''} takes at least {least / 1000:,.1f} km{' more' if held else ''} to join, "
        f"{(need - budget) / 1000:,.1f} km above length_m of {budget / 1000:,.1f} km; "
        f"give {np.ceil(need):.0f} or more, or include less"
    )


def _design(
    links: Links, mandate: Mandate, table: pd.DataFrame, outcome: Outcome, *, budget: float, method: str, began: float
) -> Design:
    """Return the design of links, with the links and the sites as they were given."""
    timed = outcome.visited is not None
    served = counted(table, outcome.inside, outcome.visited)
    prize = float(served["counted"].sum())
    bound = max(outcome.bound, prize)
    gap = (bound - prize) / bound if bound - prize > 1e-6 * max(1.0, bound) else 0.0
    length = float(links.length_m[outcome.rows].sum())
    spent = float("nan")
    if timed:
        spent = float(links.minutes[outcome.rows].sum() + stays(served)[served["collected"].to_numpy()].sum())
    return Design(
        links=link_table(links, mandate, served, outcome.rows),
        nodes=node_table(links, served, outcome.inside),
        prizes=served.drop(columns=["row", "share"]),
        length_m=length,
        prize=prize,
        bound=bound if gap else prize,
        gap=gap,
        method=method,
        seconds=perf_counter() - began,
        unserved=tuple(served.loc[~served["collected"], "name"]),
        notes=tuple(
            remarks(links, mandate, served, length, gap, spent=spent if timed else length, budget=budget, timed=timed)
        ),
        order=outcome.order,
        minutes=spent,
    )
