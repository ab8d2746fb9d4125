"""The p-median as the search sees it: compiled ascent, greedy addition and interchange over sorted rows."""

import numpy as np

from .._kernels import siting as kernels
from .prices import MedianPrices
from .rules import IN, OUT, Bools, Floats, Ints, Marks, Rules, Small
from .tree import Ascent, whole_unit

_ROUNDS = 10_000
_WORTH_IT = 0.8


class Median:
    """A p-median: ``cost`` (clients, sites) weighted and finite, ``fee`` the costs of sites."""

    def __init__(self, prices: MedianPrices, rules: Rules) -> None:
        self.prices, self.rules = prices, rules
        order = np.argsort(prices.cost, axis=1, kind="stable")
        self.sorted = np.take_along_axis(prices.cost, order, axis=1)
        self.order = order.astype(np.int32)
        self.unit = whole_unit(prices.cost, prices.fee)
        self.columns: Ints = np.arange(prices.sites)
        self.narrow(rules.status)

    def begin(self) -> Floats:
        """Return for each client its cost half way between the nearest site and the next ones."""
        return self.sorted[:, min(1, self.sorted.shape[1] - 1)].copy()

    def ascend(self, rules: Rules, prices: Floats, *, target: float, upper: float, share: float, steps: int) -> Ascent:
        """Raise the bound over the sites that are not out."""
        kept = np.flatnonzero(rules.status != OUT)
        cost, order = self._columns(rules.status)
        bound, prices, values, chosen, often = kernels.ascend_median(
            cost,
            order,
            self.prices.fee[kept],
            rules.status[kept],
            rules.group[kept],
            rules.count,
            prices,
            target,
            upper,
            share,
            steps,
        )
        return Ascent(bound, prices, *spread(kept, len(rules.status), values, chosen, often))

    def narrow(self, status: Marks) -> None:
        """Forget the sites that are out."""
        if not (status[self.columns] == OUT).any():
            return
        self.sorted, self.order = self._columns(status)
        self.columns = self.columns[status[self.columns] != OUT]

    def _columns(self, status: Marks) -> tuple[Floats, Small]:
        """Return the sorted rows of the sites that are not out, with their places among these."""
        kept = status[self.columns] != OUT
        if kept.all():
            return self.sorted, self.order
        places = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
        shape = (len(self.sorted), int(np.count_nonzero(kept)))
        cost, order = np.empty(shape), np.empty(shape, dtype=np.int32)
        kernels.keep_columns(self.sorted, self.order, places, cost, order)
        return cost, order

    def improved(self, chosen: Bools) -> tuple[float, Bools]:
        """Exchange sites while that saves; where the number is free, add and drop some too."""
        if (self.rules.count >= 0).all():
            return self._exchanged(chosen)
        cost, best = np.inf, chosen
        while True:
            found, better = self._exchanged(self._resized(best))
            if not found < cost - 1e-12 * abs(found):
                return cost, best
            cost, best = found, better

    def _resized(self, chosen: Bools) -> Bools:
        """Add or drop the site of a group without a number that saves most by it, while one does."""
        chosen, costs, fee = chosen.copy(), self.prices.cost, self.prices.fee
        loose = self.rules.count[self.rules.group] < 0
        while True:
            number = int(np.count_nonzero(chosen))
            near = np.sort(costs[:, chosen], axis=1)
            low = near[:, 0] if number else costs.max(axis=1)
            saved = np.where(loose & ~chosen & (self.rules.status != OUT), -fee, -np.inf)
            saved += np.maximum(low[:, None] - costs, 0.0).sum(axis=0)
            if number > 1:
                own = np.flatnonzero(chosen)[costs[:, chosen].argmin(axis=1)]
                lost = np.bincount(own, weights=near[:, 1] - low, minlength=len(chosen))
                free = chosen & loose & (self.rules.status != IN)
                saved[free] = (fee - lost)[free]
            best = int(np.argmax(saved))
            if number and saved[best] <= 1e-12 * float(low.sum()):
                return chosen
            chosen[best] = not chosen[best]

    def _exchanged(self, chosen: Bools) -> tuple[float, Bools]:
        """Exchange sites while that saves."""
        here, rules = self.columns, self.rules
        members = np.flatnonzero(chosen[here]).astype(np.int64)
        cost = kernels.interchange(
            self.sorted,
            self.order,
            self.prices.fee[here],
            members,
            rules.status[here[members]] != IN,
            rules.status[here] != OUT,
            rules.group[here],
            _ROUNDS,
        )
        better = np.zeros(len(chosen), dtype=np.bool_)
        better[here[members]] = True
        return float(cost), better

    def greedy(self, start: Bools | None = None) -> tuple[float, Bools]:
        """Add to the sites that are in (and those of ``start``) the ones that save most, then exchange."""
        here, status = self.columns, self.rules.status
        place = np.where(status[here] == IN, 1, -1).astype(np.int64)
        if start is not None:
            place[start[here]] = 1
        group = self.rules.group[here]
        left = self.rules.count - np.bincount(group[place > 0], minlength=len(self.rules.count))
        left[self.rules.count < 0] = -1
        kernels.add_sites(self.sorted, self.order, self.prices.fee[here], place, status[here] != OUT, group, left)
        chosen = np.zeros(len(status), dtype=np.bool_)
        chosen[here[place > 0]] = True
        return self.improved(chosen)


def spread(kept: Ints, sites: int, values: Floats, chosen: Bools, often: Floats) -> tuple[Floats, Bools, Floats]:
    """Return numbers of the sites ``kept`` as numbers of all sites, zero for the others."""
    every, marked, counted = np.zeros(sites), np.zeros(sites, dtype=np.bool_), np.zeros(sites)
    every[kept], marked[kept], counted[kept] = values, chosen, often
    return every, marked, counted
