"""A bound by a price on length: soon found on networks too large for cuts.

With a price ``t`` a metre on what the budget ``B`` holds back, no design collects more than::

    t B + sum of prizes - least (t x length of a tree + prizes that it does not reach)

and dual ascent bounds the last from below. Prizes that share a group count each here, which keeps it a bound.
"""

import numpy as np

from .._kernels.ascent import ascend
from .problem import Problem

_TRIALS = 14
_WIDEST = 64.0
_GOLDEN = (5.0**0.5 - 1.0) / 2.0


def price_bound(problem: Problem) -> float:
    """Return the lowest bound over prices of length, base included; inf without a mandated node."""
    if problem.root < 0 or not len(problem.ends) or not len(problem.node) or problem.budget <= 0:
        return np.inf
    worth = np.bincount(problem.node, weights=problem.prize, minlength=problem.count)
    total = float(worth.sum())
    usual = np.log(total / problem.budget)
    low, high = usual - np.log(_WIDEST), usual + np.log(_WIDEST)
    a, b = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_a, at_b = (_bound(problem, worth, total, float(np.exp(price))) for price in (a, b))
    best = min(at_a, at_b)
    for _ in range(_TRIALS):
        if at_a <= at_b:
            high, b, at_b = b, a, at_a
            a = high - _GOLDEN * (high - low)
            at_a = _bound(problem, worth, total, float(np.exp(a)))
        else:
            low, a, at_a = a, b, at_b
            b = low + _GOLDEN * (high - low)
            at_b = _bound(problem, worth, total, float(np.exp(b)))
        best = min(best, at_a, at_b)
    return best + problem.base


def _bound(problem: Problem, worth: np.ndarray, total: float, price: float) -> float:
    tails = problem.ends.ravel()
    order = np.argsort(tails, kind="stable").astype(np.int64)
    first = np.searchsorted(tails[order], np.arange(problem.count + 1)).astype(np.int64)
    head = np.ascontiguousarray(problem.ends[:, ::-1].ravel())
    prize = worth.copy()
    prize[problem.must] = 1e3 * (total + price * float(problem.length.sum()))  # a must is never given up
    least = ascend(first, order, head, np.repeat(problem.length * price, 2), prize, problem.root)
    return price * problem.budget + total - float(least)
