"""A loop or a line over the links of a graph, from what is mandated to the links in the order they are driven."""

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
import pandas as pd

from ..errors import DataError, ParameterError
from .contraction import problem_of, stays
from .first_walk import first_walk
from .links import Bools, Ints, Links
from .mandate import Mandate
from .problem import Problem, reduced
from .tour import Walks, driven


@dataclass(frozen=True, eq=False)
class Driven:
    """Rows of the links in the order they are driven, which nodes are passed, and the most that any walk collects.

    ``visited`` are the rows of the prizes at which it stays, where that takes time.
    """

    rows: Ints
    inside: Bools
    bound: float
    visited: Bools | None = None


def best_walk(
    links: Links, mandate: Mandate, table: pd.DataFrame, *, budget: float, line: bool, timed: bool, start: int,
    seconds: float, gap: float, seed: int,
) -> Driven:  # fmt: skip
    """Return the loop, or the line, of most value within a length.

    Parameters
    ----------
    links, mandate, table
        The roads, what must be driven of them, and the prizes of :func:`nanyi_gis.route.prizes.read_prizes`.
    budget : float
        Metres to drive, or minutes to drive and stay.
    timed : bool
        Whether it is minutes.
    line : bool
        A single way that passes no place twice, rather than a round trip.
    start : int
        Row of the node at which it begins, -1 for any.
    seconds, gap, seed
        As for :func:`nanyi_gis.route.design_route`.

    Raises
    ------
    DataError
        If none was found in time.
    ParameterError
        If what is mandated cannot be driven within the length (says by how much), or not in a single line.
    """
    until = perf_counter() + seconds
    problem, held, part = _posed(links, mandate, table, budget, line=line, timed=timed)
    first = int(np.flatnonzero(problem.origin == part[start])[0]) if start >= 0 else -1
    soon = first_walk(problem, held, line=line, start=first, seed=seed)
    walk, none = Walks(problem, held, line, first, seed=seed).best(until=until, gap=gap, first=soon)
    kind = "line" if line else "loop"
    if none:
        raise _too_short(
            Walks(problem, held, line, first, seed=seed, shortest=True), kind, budget, seconds=seconds, timed=timed
        )
    if walk is None:
        raise DataError(f"no {kind} was found in {seconds:g} s; give more time, or fewer sites")
    steps = driven(problem, walk, line=line)
    rows = [row for edge, along in steps for row in _ordered(links, part, problem, edge, along=along)]
    inside = np.isin(part, problem.origin[[walk.start, *problem.ends[walk.times > 0].ravel()]])
    inside[links.u[rows]] = inside[links.v[rows]] = True
    visited = _visited(table, walk.visited, inside) if timed else None
    return Driven(np.array(rows, dtype=np.int64), inside, walk.bound, visited)


def _visited(table: pd.DataFrame, entries: Bools, inside: Bools) -> Bools:
    """Return the rows of the prizes that are visited: those chosen, and those passed that take no time."""
    visited: Bools = inside[table["row"].to_numpy()] & (stays(table) == 0.0)
    visited[np.flatnonzero(table["prize"].to_numpy() > 0)[entries]] = True
    return visited


def _posed(
    links: Links, mandate: Mandate, table: pd.DataFrame, budget: float, *, line: bool, timed: bool
) -> tuple[Problem, Bools, Ints]:
    """Return the problem, which of its edges must be driven, and the number of each node before the reduction."""
    bare = Mandate(np.zeros(0, dtype=np.int64), mandate.all_nodes(links))
    part = bare.parts(links)
    whole = problem_of(links, bare, table, budget, timed=timed)
    free = ~np.isin(np.arange(len(links)), mandate.links)
    whole = replace(
        whole,
        root=-1,
        must=np.sort(part[bare.nodes]),
        ends=whole.ends[free],
        length=whole.length[free],
        trail=tuple((int(row),) for row in np.flatnonzero(free)),
    )
    small = reduced(whole, detours=not line)
    number = np.full(whole.count, -1)
    number[small.origin] = np.arange(small.count)
    ends = number[np.column_stack([part[links.u[mandate.links]], part[links.v[mandate.links]]])]
    problem = replace(
        small,
        ends=np.concatenate([small.ends, ends.reshape(-1, 2)]),
        length=np.concatenate([small.length, (links.minutes if timed else links.length_m)[mandate.links]]),
        trail=(*small.trail, *((int(row),) for row in mandate.links)),
    )
    return problem, np.arange(len(problem.ends)) >= len(small.ends), part


def _too_short(walks: Walks, kind: str, budget: float, *, seconds: float, timed: bool) -> ParameterError:
    walk, none = walks.best(until=perf_counter() + seconds, gap=0.0)
    if none:
        return ParameterError(
            f"no {kind} drives all that must be included without passing a place twice; ask for a loop or a network"
        )
    least = float(walks.problem.length @ walk.times) if walk is not None else budget
    unit, scale, name = ("minutes", 1.0, "minutes") if timed else ("km", 1000.0, "length_m")
    return ParameterError(
        f"the shortest {kind} through all that must be included is {least / scale:,.1f} {unit}, "
        f"{(least - budget) / scale:,.1f} {unit} longer than {name} of {budget / scale:,.1f} {unit}; "
        f"give {np.ceil(least):.0f} or more, or include less"
    )


def _ordered(links: Links, part: Ints, problem: Problem, edge: int, *, along: bool) -> list[int]:
    """Return the links of an edge in the order in which they are driven."""
    left = set(problem.trail[edge])
    here = int(problem.origin[problem.ends[edge, 0 if along else 1]])
    rows = []
    while left:
        row = min(row for row in left if here in (int(part[links.u[row]]), int(part[links.v[row]])))
        u, v = int(part[links.u[row]]), int(part[links.v[row]])
        here = v if here == u else u
        left.remove(row)
        rows.append(row)
    return rows
