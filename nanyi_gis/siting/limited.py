"""Sites of limited capacity as the search sees them: ascent over knapsacks, and exchanges valued by who goes where."""

import numpy as np

from .flow import cheapest_flow
from .prices import CapacityPrices
from .rules import IN, OUT, Bools, Floats, Marks, Rules
from .tree import Ascent

_SMOOTH, _RECENT, _HALVE, _LEAST_STEP = 0.85, 0.02, 10, 1e-6
_EXCHANGES = 400
"""Exchanges that are valued by a flow; those of most room or least value come first."""


class Limited:
    """A problem of sites with capacities."""

    unit = 0.0

    def __init__(self, prices: CapacityPrices, rules: Rules) -> None:
        self.prices, self.rules = prices, rules

    def begin(self) -> Floats:
        """Return for a median each client's next to least value, for coverage half of what a unit is worth."""
        if not self.prices.must:
            return np.full(self.prices.clients, -0.5)
        value = np.sort(np.where(np.isfinite(self.prices.value), self.prices.value, np.nan), axis=1)
        return np.asarray(
            np.where(
                np.isnan(value[:, min(1, self.prices.sites - 1)]), value[:, 0], value[:, min(1, self.prices.sites - 1)]
            )
        )

    def ascend(self, rules: Rules, prices: Floats, *, target: float, upper: float, share: float, steps: int) -> Ascent:
        """Raise the bound by a smoothed subgradient: the demand of a client that is not taken up, or taken twice."""
        problem = self.prices
        kept = np.flatnonzero(rules.status != OUT)
        here, direction = prices.copy(), np.zeros(len(prices))
        often = np.zeros(problem.sites)
        best = Ascent(-np.inf, here.copy(), np.zeros(problem.sites), np.zeros(problem.sites, dtype=np.bool_), often)
        idle = 0
        for step in range(steps):
            values = np.zeros(problem.sites)
            least, amount = problem.taken(here, kept)
            values[kept] = problem.fee[kept] + least
            found = rules.cheapest(values)
            total = float((problem.demand * here).sum()) + found.total
            often += max(_RECENT, 1.0 / (step + 1)) * (found.chosen - often)
            idle = 0 if total > best.bound + 1e-7 * abs(best.bound) else idle + 1
            if total > best.bound:
                best = Ascent(total, here.copy(), values, found.chosen, often)
            if idle >= _HALVE:
                idle, share, here = 0, share * 0.5, best.prices.copy()
                if share < _LEAST_STEP:
                    break
            if best.bound >= target or not np.isfinite(total):
                break
            turn = problem.demand - amount[:, found.chosen[kept]].sum(axis=1)
            direction = (1.0 - _SMOOTH) * turn + _SMOOTH * direction
            square = float((direction**2).sum())
            if square <= 1e-18:
                break
            here = here + share * max(upper - total, 1e-9 * abs(upper)) / square * direction
            if not problem.must:
                here = np.clip(here, -1.0, 0.0)
        return best._replace(often=often)

    def narrow(self, status: Marks) -> None:
        """Nothing is kept a site that would be worth forgetting."""

    def improved(self, chosen: Bools) -> tuple[float, Bools]:
        """Exchange sites while the flow gets cheaper by it."""
        cost, _ = cheapest_flow(self.prices, chosen)
        best = chosen.copy()
        tries = _EXCHANGES
        moved = True
        while moved and tries > 0:
            moved = False
            for old in np.flatnonzero(best & (self.rules.status != IN)).tolist():
                others = (self.rules.status != OUT) & ~best & (self.rules.group == self.rules.group[old])
                for new in np.flatnonzero(others)[np.argsort(self._distance(old)[others], kind="stable")][:4].tolist():
                    trial = best.copy()
                    trial[old], trial[new] = False, True
                    tries -= 1
                    value, _ = cheapest_flow(self.prices, trial)
                    if value < cost - 1e-9 * abs(value):
                        cost, best, moved = value, trial, True
                        break
                if tries <= 0:
                    break
        return cost, best

    def _distance(self, site: int) -> Floats:
        """Return how unlike the values of other sites are to those of one."""
        value = np.where(np.isfinite(self.prices.value), self.prices.value, 1e6)
        return np.asarray(np.abs(value - value[:, [site]]).sum(axis=0))

    def greedy(self, start: Bools | None = None) -> tuple[float, Bools]:
        """Begin with the sites of the most room that are near most, and exchange."""
        value = np.where(np.isfinite(self.prices.value), self.prices.value, 1e6)
        worth = (value * self.prices.demand[:, None]).sum(axis=0)
        if self.prices.must:  # room for all comes first
            room = np.minimum(self.prices.capacity, self.prices.demand.sum())  # it may be endless
            worth = worth / max(float(worth.max()), 1.0) - room / max(float(room.max()), 1e-300)
        chosen = self.rules.cheapest(worth).chosen if start is None else start
        return self.improved(chosen)
