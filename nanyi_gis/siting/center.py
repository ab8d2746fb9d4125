"""The p-center: the farthest client as near as can be, by bisection over covers."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from time import perf_counter
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..errors import DataError, ParameterError
from .inputs import LEAVE_OUT, Costs, Labels, Matrix, listed, read_choice, read_costs, unserved
from .posed import CENTER, Posed, posed
from .result import Given, Siting
from .rules import Bools
from .solve import SECONDS, Limits, given_of, model_of, ready, told
from .tree import Node, Proof, search


class _Answer(NamedTuple):
    """Whether a radius can be kept by a choice; None if time ran out. Or the tree that proves that none does."""

    possible: bool | None
    chosen: Bools
    nodes: list[Node]
    problem: Posed


def p_center(
    cost: Matrix,
    *,
    p: int | None = None,
    fixed: Labels = (),
    closed: Labels = (),
    quotas: Mapping[Hashable, int] | None = None,
    groups: "pd.Series | Iterable[Hashable] | None" = None,
    unreachable: str = LEAVE_OUT,
    seconds: float = SECONDS,
) -> Siting:
    """Choose ``p`` sites so that the cost of the client who is farthest from its nearest site is least.

    Hakimi 1965, Operations Research 13, 462-475, by bisection over the costs (Minieka 1970, SIAM Review 12, 138-139):
    a value is proven if no choice covers all clients at less. Weights have no say in it.

    Parameters
    ----------
    cost, p, fixed, closed, quotas, groups, unreachable, seconds
        As in :func:`p_median`.

    Returns
    -------
    Siting
        ``cost`` and ``bound`` are costs of the matrix.

    Raises
    ------
    DataError
        If ``p`` sites cannot reach all clients.

    >>> cost = pd.DataFrame({"a": [0, 4, 9], "b": [4, 0, 5], "c": [9, 5, 0]}, index=["x", "y", "z"])
    >>> found = p_center(cost, p=1)
    >>> found.chosen, found.cost, found.optimal
    (('b',), 5.0, True)
    """
    costs = read_costs(cost)
    choice = read_choice(costs, p=p, fixed=fixed, closed=closed, quotas=quotas, groups=groups)
    if p is None and quotas is None:
        raise ParameterError("neither p nor quotas are given, so every site would be chosen; give p, or use set_cover")
    given = given_of(CENTER, np.ones(len(costs.clients)), choice, costs)
    return centred(given, costs, Limits.of(seconds, 0.0, ()), unreachable=unreachable)


def centred(given: Given, costs: Costs, limits: Limits, *, unreachable: str) -> Siting:
    """Answer a question of a centre.

    What a result keeps is the radius below which its tree covers not all, so it is asked again without one.
    """
    ready()
    begun = perf_counter()
    given, choice = replace(given, radius=np.inf, strict=False), given.choice
    lost = unserved(costs, choice, reach=np.isfinite(costs.values), unreachable=unreachable)
    until = begun + limits.seconds
    usable = choice.usable(costs.sites)
    near = costs.values[~lost][:, usable]
    values = np.unique(near[np.isfinite(near)])
    low = int(np.searchsorted(values, near.min(axis=1).max()))  # nothing below is possible: someone has no nearer site
    best = _covered(given, costs, values[-1], until)
    if not best.possible:
        left = ~(np.isfinite(costs.values) & best.chosen[None, :]).any(axis=1) & ~lost
        raise DataError(
            f"{int(best.chosen.sum())} sites cannot reach all clients: {listed(costs.clients[left])} would be left "
            "without; raise p, or use max_coverage"
        )
    high = _reached(near, best.chosen[usable], values)
    least, stopped = low, False
    proof: _Answer | None = None
    first = True
    while least < high and not stopped:
        middle = least if first else (least + high) // 2  # the plain bound is often the answer
        first = False
        answer = _covered(given, costs, values[middle], until)
        if answer.possible:
            best, high = answer, min(middle, _reached(near, answer.chosen[usable], values))
        elif answer.possible is None:
            stopped = True
        else:
            least, proof = middle + 1, answer
    return _told(given, costs, best, proof, values[least], values[high], lost, stopped, perf_counter() - begun)


def _reached(near: np.ndarray, chosen: Bools, values: np.ndarray) -> int:
    return int(np.searchsorted(values, near[:, chosen].min(axis=1).max()))


def _covered(given: Given, costs: Costs, radius: float, until: float) -> _Answer:
    """Tell whether some choice covers all at a radius."""
    problem = posed(replace(given, radius=float(radius)), costs)
    model = model_of(problem)
    count = len(problem.clients)
    covered, chosen = model.greedy()
    if covered <= -count:
        return _Answer(True, chosen, [], problem)
    left = until - perf_counter()
    found = search(model, problem.rules, (1.0 - count, chosen), seconds=max(left, 0.0), stop_at=-float(count))
    if found.cost <= -count:
        return _Answer(True, found.chosen, [], problem)
    return _Answer(None if found.bound < found.cost else False, chosen, found.nodes, problem)


def _told(
    given: Given,
    costs: Costs,
    best: _Answer,
    proof: _Answer | None,
    bound: float,
    cost: float,
    lost: Bools,
    stopped: bool,
    seconds: float,
) -> Siting:
    """Return the result; what is proven is that no choice covers all at less than the bound."""
    asked = replace(given, radius=float(bound), strict=True)
    problem = posed(asked, costs) if proof is None else proof.problem
    nodes = [Node(-1, -1, inside=True)] if proof is None else proof.nodes
    found = Proof(best.chosen, cost, bound, nodes, stopped)
    return told(asked, costs, problem, found, lost, seconds=seconds, cost=cost)
