"""Whom sites cover within a limit: most people, all people by fewest sites, most people twice."""

from collections.abc import Hashable, Iterable, Mapping

import numpy as np
import pandas as pd

from .._validation import check_finite
from ..errors import ParameterError
from .inputs import LEAVE_OUT, Labels, Matrix, PerItem, check_radius, read_choice, read_costs, read_weights
from .posed import BACKUP, COVERAGE, SET_COVER
from .result import Siting
from .solve import SECONDS, Limits, given_of, solved


def max_coverage(
    cost: Matrix,
    *,
    weights: PerItem | None = None,
    p: int | None = None,
    radius: float | None = None,
    fixed: Labels = (),
    closed: Labels = (),
    quotas: Mapping[Hashable, int] | None = None,
    groups: "pd.Series | Iterable[Hashable] | None" = None,
    capacity: PerItem | None = None,
    unreachable: str = LEAVE_OUT,
    start: Labels = (),
    seconds: float = SECONDS,
    gap: float = 0.0,
) -> Siting:
    """Choose ``p`` sites so that the weight of the clients within ``radius`` of one is greatest.

    Church and ReVelle 1974, Papers of the Regional Science Association 32, 101-118. A client exactly at the radius is
    covered. The bound is an upper one: no choice covers more.

    Parameters
    ----------
    cost : DataFrame or array, shape (clients, sites)
        Costs as in :func:`p_median`, or True where a site covers a client; then there is no ``radius``.
    radius : float
        Greatest cost at which a client is covered.
    capacity : Series, array or number, optional
        Most weight that a site takes; a client may then be covered in parts.
    weights, p, fixed, closed, quotas, groups, unreachable, start, seconds, gap
        As in :func:`p_median`.

    Returns
    -------
    Siting
        ``cost`` is the weight that is covered.

    Raises
    ------
    DataError
        If the matrix or weights hold what they must not, or the costs look like seconds.
    ParameterError
        If sites and numbers contradict each other.

    >>> cost = pd.DataFrame({"a": [0, 4, 9], "b": [4, 0, 5], "c": [9, 5, 0]}, index=["x", "y", "z"])
    >>> found = max_coverage(cost, weights=[10, 1, 5], p=1, radius=4)
    >>> found.chosen, found.cost, found.bound, found.unserved
    (('a',), 11.0, 11.0, ())
    """
    costs = read_costs(cost, reach=True)
    limit = check_radius(radius, costs)
    choice = read_choice(costs, p=p, fixed=fixed, closed=closed, quotas=quotas, groups=groups)
    if p is None and quotas is None:
        raise ParameterError("neither p nor quotas are given, so every site would be chosen; give p, or use set_cover")
    given = given_of(COVERAGE, read_weights(weights, costs), choice, costs, radius=limit, capacity=capacity)
    return solved(given, costs, Limits.of(seconds, gap, start), unreachable=unreachable)


def set_cover(
    cost: Matrix,
    *,
    radius: float | None = None,
    site_costs: PerItem | None = None,
    fixed: Labels = (),
    closed: Labels = (),
    unreachable: str = LEAVE_OUT,
    start: Labels = (),
    seconds: float = SECONDS,
    gap: float = 0.0,
) -> Siting:
    """Choose the fewest sites (or the cheapest) that cover every client that any site covers.

    Toregas and others 1971, Operations Research 19, 1363-1373.

    Parameters
    ----------
    cost, radius, fixed, closed, unreachable, start, seconds, gap
        As in :func:`max_coverage`; fixed sites count.
    site_costs : Series, array or number, optional
        What a site costs; 1 if not given.

    Returns
    -------
    Siting
        ``cost`` is the number of sites, or the sum of their costs; ``unserved`` names whom no site covers.

    >>> cost = pd.DataFrame({"a": [0, 4, 9], "b": [4, 0, 5], "c": [9, 5, 0]}, index=["x", "y", "z"])
    >>> found = set_cover(cost, radius=4)
    >>> found.chosen, found.cost, found.optimal
    (('a', 'c'), 2.0, True)
    """
    costs = read_costs(cost, reach=True)
    limit = check_radius(radius, costs)
    choice = read_choice(costs, p=None, fixed=fixed, closed=closed)
    price = 1.0 if site_costs is None else site_costs
    given = given_of(SET_COVER, np.ones(len(costs.clients)), choice, costs, site_costs=price, radius=limit)
    return solved(given, costs, Limits.of(seconds, gap, start), unreachable=unreachable)


def backup_coverage(
    cost: Matrix,
    *,
    weights: PerItem | None = None,
    p: int | None = None,
    radius: float | None = None,
    second: float = 0.0,
    fixed: Labels = (),
    closed: Labels = (),
    quotas: Mapping[Hashable, int] | None = None,
    groups: "pd.Series | Iterable[Hashable] | None" = None,
    unreachable: str = LEAVE_OUT,
    start: Labels = (),
    seconds: float = SECONDS,
    gap: float = 0.0,
) -> Siting:
    """Choose ``p`` sites so that the weight of the clients that are covered twice is greatest.

    Hogan and ReVelle 1986, Management Science 32, 1434-1444. All clients that any site covers must be covered once;
    without ``p`` it is the least number that can do this. With ``second`` above 0 nobody must be: then
    ``(1 - second)`` times the weight covered plus ``second`` times the weight covered twice is greatest.

    Parameters
    ----------
    cost, weights, p, radius, fixed, closed, quotas, groups, unreachable, start, seconds, gap
        As in :func:`max_coverage`.
    second : float
        Share that the second cover counts, from 0 to 0.5.

    Returns
    -------
    Siting
        ``assignment`` has ``times``, how often a client is covered.

    Raises
    ------
    DataError
        If ``p`` sites cannot cover all.

    >>> cost = pd.DataFrame({"a": [0, 4, 9], "b": [4, 0, 5], "c": [9, 5, 0]}, index=["x", "y", "z"])
    >>> found = backup_coverage(cost, weights=[10, 1, 5], p=2, radius=5)
    >>> found.chosen, found.cost
    (('a', 'b'), 11.0)
    """
    costs = read_costs(cost, reach=True)
    limit = check_radius(radius, costs)
    share = check_finite(second, name="second")
    if not 0.0 <= share <= 0.5:
        raise ParameterError(f"second is {second:g}, but must be from 0 to 0.5: a second cover is never worth more")
    if p is None and quotas is None:
        least = set_cover(cost, radius=radius, fixed=fixed, closed=closed, seconds=seconds)
        p, start = len(least.chosen), start or least.chosen
    choice = read_choice(costs, p=p, fixed=fixed, closed=closed, quotas=quotas, groups=groups)
    given = given_of(BACKUP, read_weights(weights, costs), choice, costs, radius=limit, second=share)
    return solved(given, costs, Limits.of(seconds, gap, start), unreachable=unreachable)
