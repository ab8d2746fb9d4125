"""Covering problems as the search sees them: compiled ascent, greedy addition, exchange, removal of what is spare."""

import numpy as np

from .._kernels import siting as kernels
from .prices import CoverPrices
from .programme import Programme, small
from .rules import IN, OUT, Bools, Floats, Ints, Marks, Rules
from .tree import Ascent, whole_unit

_SWEEPS = 50


class Cover:
    """A covering problem; ``prices`` has its numbers.

    Where clients are owed covers, heuristics count one as worth more than all else together.
    """

    def __init__(self, prices: CoverPrices, rules: Rules) -> None:
        self.prices, self.rules = prices, rules
        self.starts, self.covered = _lists(prices.covers.T)
        self.reach_starts, self.reached_by = _lists(prices.covers)
        self.unit = whole_unit(prices.first, prices.second, prices.fee)
        must = 1.0 + prices.first.sum() + prices.second.sum() + np.abs(prices.fee).sum()
        owed = prices.owed > 0.0
        self.first = np.where(owed, must, prices.first)
        self.second = np.where(owed, prices.first, prices.second)
        self._programme: Programme | None = None

    def begin(self) -> Floats:
        """Return half of what a cover is worth, and for clients that are owed one the least share of a site's fee."""
        if not (self.prices.owed > 0.0).any():
            return 0.5 * self.prices.first
        sizes = np.maximum(np.diff(self.starts), 1)
        share = np.where(self.prices.covers, (self.prices.fee / sizes)[None, :], np.inf).min(axis=1)
        return np.asarray(np.where(self.prices.owed > 0.0, share, 0.5 * self.prices.first), dtype=np.float64)

    def ascend(self, rules: Rules, prices: Floats, *, target: float, upper: float, share: float, steps: int) -> Ascent:
        """Raise the bound; by the best prices at once, where there is a programme for them."""
        numbers = self.prices
        if self._programme is not None:
            best = self._programme.best(rules.status)
            if best is not None:
                kept = np.arange(numbers.sites)
                constant, values = numbers.values(best.prices, kept)
                found = rules.cheapest(values)
                return Ascent(constant + found.total, best.prices, values, found.chosen, best.taken)
        return Ascent(
            *kernels.ascend_cover(
                self.starts,
                self.covered,
                numbers.owed,
                numbers.first,
                numbers.second,
                numbers.fee,
                rules.status,
                rules.group,
                rules.count,
                prices,
                target,
                upper,
                share,
                steps,
            )
        )

    def narrow(self, status: Marks) -> None:
        """Ask for the best prices from now on, if the problem is small: what steps did not prove needs them."""
        if small(self.prices, status != OUT):
            self._programme = Programme(self.prices, self.rules)

    def improved(self, chosen: Bools) -> tuple[float, Bools]:
        """Complete a choice, leave out what is spare where the number is free, and exchange while that is worth it."""
        rules = self.rules
        place = np.where(chosen & (rules.status != OUT) | (rules.status == IN), 1, -1).astype(np.int64)
        times = np.count_nonzero(self.prices.covers[:, place > 0], axis=1).astype(np.int64)
        self._complete(place, times)
        members = np.flatnonzero(place > 0)
        if (rules.count >= 0).any():
            kernels.exchange_covers(
                self.starts,
                self.covered,
                self.reach_starts,
                self.reached_by,
                self.first,
                self.second,
                times,
                members,
                rules.status[members] != IN,
                rules.status != OUT,
                rules.group,
                _SWEEPS,
            )
        better = np.zeros(len(chosen), dtype=np.bool_)
        better[members] = True
        self._spare(better, times)
        return self.prices.worth(better), better

    def greedy(self, start: Bools | None = None) -> tuple[float, Bools]:
        """Add sites to those of ``start``, and improve."""
        none = np.zeros(self.prices.sites, dtype=np.bool_)
        return self.improved(none if start is None else start)

    def _complete(self, place: Ints, times: Ints) -> None:
        rules = self.rules
        left = rules.count - np.bincount(rules.group[place > 0], minlength=len(rules.count))
        left[rules.count < 0] = -1
        kernels.add_covers(
            self.starts,
            self.covered,
            self.reach_starts,
            self.reached_by,
            self.first,
            self.second,
            self.prices.fee,
            times,
            place,
            rules.status != OUT,
            rules.group,
            left,
        )

    def _spare(self, chosen: Bools, times: Ints) -> None:
        """Leave out sites of groups without a number whose fee is more than what they alone give, the dearest first."""
        rules = self.rules
        loose = np.flatnonzero(chosen & (rules.status != IN) & (rules.count[rules.group] < 0))
        fees = self.prices.fee[loose]
        for site in loose[np.lexsort((loose, np.diff(self.starts)[loose], -fees))].tolist():
            clients = self.covered[self.starts[site] : self.starts[site + 1]]
            lost = self.first[clients][times[clients] == 1].sum() + self.second[clients][times[clients] == 2].sum()
            if lost <= self.prices.fee[site]:
                chosen[site] = False
                times[clients] -= 1


def _lists(marks: Bools) -> tuple[Ints, Ints]:
    """Return the columns marked in each row, one behind the other, and where each row's begin."""
    rows, columns = np.nonzero(marks)
    starts = np.zeros(len(marks) + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=len(marks)), out=starts[1:])
    return starts, columns.astype(np.int32)


def merged(covers: Bools) -> tuple[Ints, Ints]:
    """Return the first of each kind of equal rows, in order, and the kind of each row.

    >>> merged(np.array([[True, False], [False, True], [True, False]]))
    (array([0, 1]), array([0, 1, 0]))
    """
    packed = np.ascontiguousarray(np.packbits(covers, axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, kind = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return first[order], place[kind.ravel()]
