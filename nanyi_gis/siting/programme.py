"""The best prices of a covering problem that is small enough for a linear programme, kept warm from node to node."""

from typing import Any, NamedTuple

import highspy
import numpy as np

from .._highs import quiet
from .prices import CoverPrices
from .rules import IN, OUT, Bools, Floats, Marks, Rules

LARGEST = 60_000
"""Covers above which the steps of an ascent are quicker than the programme."""


class Best(NamedTuple):
    """Prices of the clients, and how much of each site the programme takes."""

    prices: Floats
    taken: Floats


class Programme:
    """Sites in part, clients covered in part; its duals are the best prices there are.

    Least ``sum fee_j x_j - sum first_i z_i - sum second_i v_i`` with ``sum_j a_ij x_j - z_i - v_i >= owed_i`` and the
    numbers of the groups. That HiGHS solves it is no part of a proof: any prices prove what they prove.
    """

    def __init__(self, numbers: CoverPrices, rules: Rules) -> None:
        self._sites, self._clients = numbers.sites, numbers.clients
        further = [np.flatnonzero(worth > 0.0) for worth in (numbers.first, numbers.second)]
        groups = np.flatnonzero(rules.count >= 0)
        rows, columns = np.nonzero(numbers.covers)
        numbered = np.flatnonzero(np.isin(rules.group, groups))
        at = self._sites + np.arange(sum(map(len, further)))
        row = np.concatenate([rows, *further, self._clients + np.searchsorted(groups, rules.group[numbered])])
        column = np.concatenate([columns, at, numbered])
        value = np.concatenate([np.ones(len(rows)), np.full(len(at), -1.0), np.ones(len(numbered))])
        order = np.lexsort((row, column))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self._sites + len(at), self._clients + len(groups)
        worth = [numbers.first[further[0]], numbers.second[further[1]]]
        model.col_cost_ = np.concatenate([numbers.fee, *(-part for part in worth)])
        model.col_lower_, model.col_upper_ = np.zeros(model.num_col_), np.ones(model.num_col_)
        counts = rules.count[groups].astype(np.float64)
        model.row_lower_ = np.concatenate([numbers.owed, counts])
        model.row_upper_ = np.concatenate([np.full(self._clients, highspy.kHighsInf), counts])
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = np.searchsorted(column[order], np.arange(model.num_col_ + 1)).astype(np.int32)
        model.a_matrix_.index_ = row[order].astype(np.int32)
        model.a_matrix_.value_ = value[order]
        self._solver: Any = quiet()
        self._solver.passModel(model)
        self._every = np.arange(self._sites, dtype=np.int32)

    def best(self, status: Marks) -> Best | None:
        """Return the best prices where sites are in or out; None where there are none."""
        low, high = (status == IN).astype(np.float64), (status != OUT).astype(np.float64)
        self._solver.changeColsBounds(self._sites, self._every, low, high)
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = self._solver.getSolution()
        prices = np.maximum(np.asarray(solution.row_dual)[: self._clients], 0.0)
        return Best(prices, np.asarray(solution.col_value)[: self._sites])


def small(numbers: CoverPrices, kept: Bools) -> bool:
    """Tell whether a programme is worth it."""
    return bool(np.count_nonzero(numbers.covers[:, kept]) <= LARGEST)
