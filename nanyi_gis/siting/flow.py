"""Who goes where when sites have room for so many: a transport problem, by HiGHS."""

from typing import TYPE_CHECKING

import highspy
import numpy as np

from .._highs import quiet
from .rules import Bools, Floats

if TYPE_CHECKING:
    from .prices import CapacityPrices

_SLACK = 1e-7


def cheapest_flow(problem: "CapacityPrices", chosen: Bools) -> tuple[float, Floats]:
    """Return what a choice costs, and how much of each client each site takes (clients, sites).

    The cost is infinite where the sites chosen have no room for all, or do not reach all.
    """
    amount = np.zeros(problem.value.shape)
    sites = np.flatnonzero(chosen)
    rows, columns = np.nonzero(np.isfinite(problem.value[:, sites]) & (problem.demand > 0.0)[:, None])
    if not len(rows):
        return (np.inf if problem.must and problem.demand.any() else float(problem.fee[chosen].sum())), amount
    count = len(rows)
    least = np.zeros(len(problem.demand)) - highspy.kHighsInf
    low = np.where(problem.must, problem.demand, least)
    solver = quiet()
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = count, len(problem.demand) + len(sites)
    model.col_cost_ = problem.value[rows, sites[columns]]
    model.col_lower_, model.col_upper_ = np.zeros(count), problem.demand[rows]
    model.row_lower_ = np.concatenate([low, np.full(len(sites), -highspy.kHighsInf)])
    model.row_upper_ = np.concatenate([problem.demand, problem.capacity[sites]])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.arange(0, 2 * count + 1, 2, dtype=np.int32)
    model.a_matrix_.index_ = np.column_stack([rows, len(problem.demand) + columns]).ravel().astype(np.int32)
    model.a_matrix_.value_ = np.ones(2 * count)
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return np.inf, amount
    taken = np.clip(np.asarray(solver.getSolution().col_value), 0.0, problem.demand[rows])
    taken[taken < _SLACK * problem.demand[rows]] = 0.0
    amount[rows, sites[columns]] = taken
    return float((taken * model.col_cost_).sum() + problem.fee[chosen].sum()), amount
