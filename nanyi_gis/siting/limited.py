"""Sites of limited capacity as the search sees them: ascent over knapsacks, and exchanges valued by who goes where."""

import numpy as np

from .._kernels import siting as kernels
from .flow import cheapest_flow
from .prices import CapacityPrices
from .rules import IN, OUT, Bools, Floats, Marks, Rules
from .tree import Ascent

_FAR = 1e6
"""Value of a site out of reach, where sites are compared."""

_EXCHANGES = 400
"""Exchanges that are valued by a flow; those of most room or least value come first."""


class Limited:
    """A problem of sites with capacities."""

    unit = 0.0

    def __init__(self, prices: CapacityPrices, rules: Rules) -> None:
        self.prices, self.rules = prices, rules
        self.finite = np.where(np.isfinite(prices.value), prices.value, _FAR)

    def begin(self) -> Floats:
        """Return for a median each client's next to least value, for coverage half of what a unit is worth."""
        if not self.prices.must:
            return np.full(self.prices.clients, -0.5)
        value = np.sort(np.where(np.isfinite(self.prices.value), self.prices.value, np.nan), axis=1)
        nearest, next_one = value[:, 0], value[:, min(1, self.prices.sites - 1)]
        return np.asarray(np.where(np.isnan(next_one), nearest, next_one))

    def ascend(self, rules: Rules, prices: Floats, *, target: float, upper: float, share: float, steps: int) -> Ascent:
        """Raise the bound by a smoothed subgradient: the demand of a client that is not taken up, or taken twice."""
        problem = self.prices
        kept = np.flatnonzero(rules.status != OUT)
        here, direction = prices.copy(), np.zeros(len(prices))
        often, best_values = np.zeros(problem.sites), np.zeros(problem.sites)
        best_prices, best_chosen = here.copy(), np.zeros(problem.sites, dtype=np.bool_)
        state = np.array([-np.inf, 0.0, share])
        for step in range(steps):
            values = np.zeros(problem.sites)
            least, amount = problem.taken(here, kept)
            values[kept] = problem.fee[kept] + least
            found = rules.cheapest(values)
            total = float((problem.demand * here).sum()) + found.total
            kernels.noted(total, step, here, values, found.chosen, best_prices, best_values, best_chosen, often, state)
            if state[kernels.SHARE] < kernels.LEAST_STEP or state[kernels.BEST] >= target or not np.isfinite(total):
                break
            turn = problem.demand - amount[:, found.chosen[kept]].sum(axis=1)
            direction = (1.0 - kernels.SMOOTH) * turn + kernels.SMOOTH * direction
            square = float((direction**2).sum())
            if square <= 1e-18:
                break
            here = here + state[kernels.SHARE] * max(upper - total, 1e-9 * abs(upper)) / square * direction
            if not problem.must:
                here = np.clip(here, -1.0, 0.0)
        return Ascent(float(state[kernels.BEST]), best_prices, best_values, best_chosen, often)

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
        return np.asarray(np.abs(self.finite - self.finite[:, [site]]).sum(axis=0))

    def greedy(self, start: Bools | None = None) -> tuple[float, Bools]:
        """Begin with the sites of the most room that are near most, and exchange."""
        worth = (self.finite * self.prices.demand[:, None]).sum(axis=0)
        if self.prices.must:  # room for all comes first
            room = np.minimum(self.prices.capacity, self.prices.demand.sum())  # it may be endless
            worth = worth / max(float(worth.max()), 1.0) - room / max(float(room.max()), 1e-300)
        chosen = self.rules.cheapest(worth).chosen if start is None else start
        return self.improved(chosen)
