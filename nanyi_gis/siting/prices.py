"""What clients' prices prove, with NumPy alone: a constant and a value a site, whose cheapest choice is a bound.

Formulas (``u`` prices, minimum over allowed choices of sites; Fisher 1981, Management Science 27, 1-18):

- p-median: ``sum(u) + sum over chosen j of (fee_j + sum_i min(0, w_i c_ij - u_i))``
- limited capacity: ``sum_i d_i u_i + sum over j of (fee_j + least sum_i (v_ij - u_i) f_ij)`` over what site ``j`` may
  take of each demand, ``0 <= f_ij <= d_i`` and ``sum_i f_ij <= capacity_j`` (a knapsack of parts)
- cover: ``sum_i (owed_i u_i - max(0, first_i - u_i) - max(0, second_i - u_i))`` and ``fee_j - sum_i a_ij u_i`` a site;
  a client must be covered ``owed`` times, a further cover is worth ``first``, one more ``second``
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .flow import cheapest_flow
from .rules import Bools, Floats, Ints


class Prices(Protocol):
    """A kind of problem, as far as its proof needs it."""

    @property
    def fee(self) -> Floats:
        """Costs of the sites."""

    @property
    def sites(self) -> int:
        """Number of sites."""

    @property
    def clients(self) -> int:
        """Number of prices."""

    def values(self, prices: Floats, kept: Ints) -> tuple[float, Floats]:
        """Return the constant, and the values of the sites ``kept``."""

    def worth(self, chosen: Bools) -> float:
        """Return what a choice costs, infinity if it serves not all it must."""

    def sound(self, prices: Floats) -> bool:
        """Tell whether prices may be used in a proof."""

    def terms(self, prices: Floats) -> list[Floats]:
        """Return the numbers whose sum is the constant."""

    def site_terms(self, prices: Floats, site: int) -> Floats:
        """Return the numbers whose sum is the value of a site."""


@dataclass(frozen=True, eq=False)
class MedianPrices:
    """Of the p-median: ``cost`` (clients, sites) is weighted, finite; ``fee`` the costs of sites."""

    cost: Floats
    fee: Floats

    @property
    def sites(self) -> int:
        return int(self.cost.shape[1])

    @property
    def clients(self) -> int:
        return len(self.cost)

    def values(self, prices: Floats, kept: Ints) -> tuple[float, Floats]:
        gains = np.minimum(self.cost[:, kept] - prices[:, None], 0.0)
        return float(prices.sum()), self.fee[kept] + gains.sum(axis=0)

    def worth(self, chosen: Bools) -> float:
        if not chosen.any():
            return np.inf
        return float(self.cost[:, chosen].min(axis=1).sum() + self.fee[chosen].sum())

    def sound(self, prices: Floats) -> bool:
        return bool(np.isfinite(prices).all())

    def terms(self, prices: Floats) -> list[Floats]:
        return [prices]

    def site_terms(self, prices: Floats, site: int) -> Floats:
        below = self.cost[:, site] < prices
        return np.concatenate([self.fee[[site]], self.cost[below, site], -prices[below]])


@dataclass(frozen=True, eq=False)
class CoverPrices:
    """Of covering problems: ``covers`` (clients, sites) tells who covers whom, the rest a number a client or site."""

    covers: Bools
    owed: Floats
    first: Floats
    second: Floats
    fee: Floats

    @property
    def sites(self) -> int:
        return int(self.covers.shape[1])

    @property
    def clients(self) -> int:
        return len(self.covers)

    def values(self, prices: Floats, kept: Ints) -> tuple[float, Floats]:
        further = np.maximum(self.first - prices, 0.0) + np.maximum(self.second - prices, 0.0)
        return float((self.owed * prices - further).sum()), self.fee[kept] - summed(self.covers, prices, kept)

    def worth(self, chosen: Bools) -> float:
        times = np.count_nonzero(self.covers[:, chosen], axis=1) - self.owed
        if (times < 0).any():
            return np.inf
        gained = self.first[times >= 1].sum() + self.second[times >= 2].sum()
        return float(self.fee[chosen].sum() - gained)

    def sound(self, prices: Floats) -> bool:
        return bool(np.isfinite(prices).all() and (prices >= 0.0).all())

    def terms(self, prices: Floats) -> list[Floats]:
        lost = [
            part[above] for gain in (self.first, self.second) for above in [gain > prices] for part in (prices, -gain)
        ]
        return [self.owed * prices, *lost]

    def site_terms(self, prices: Floats, site: int) -> Floats:
        return np.concatenate([self.fee[[site]], -prices[self.covers[:, site]]])


@dataclass(frozen=True, eq=False)
class CapacityPrices:
    """Of sites that take no more than their capacity, parts of clients allowed.

    ``value`` (clients, sites) is that of a unit of demand, infinity where there is none; with ``must`` all demand is to
    be met, else prices are zero or less.
    """

    value: Floats
    demand: Floats
    capacity: Floats
    fee: Floats
    must: bool

    @property
    def sites(self) -> int:
        return int(self.value.shape[1])

    @property
    def clients(self) -> int:
        return len(self.value)

    def values(self, prices: Floats, kept: Ints) -> tuple[float, Floats]:
        return float((self.demand * prices).sum()), self.fee[kept] + self.taken(prices, kept)[0]

    def taken(self, prices: Floats, kept: Ints) -> tuple[Floats, Floats]:
        """Return the least each site makes of its capacity, and what it takes of each client for it."""
        gain = np.minimum(self.value[:, kept] - prices[:, None], 0.0)
        order = np.argsort(gain, axis=0, kind="stable")
        filled = np.cumsum(self.demand[order], axis=0)
        parts = np.clip(self.capacity[kept][None, :] - (filled - self.demand[order]), 0.0, self.demand[order])
        parts[np.take_along_axis(gain, order, axis=0) >= 0.0] = 0.0
        amount = np.zeros_like(gain)
        np.put_along_axis(amount, order, parts, axis=0)
        return (amount * gain).sum(axis=0), amount

    def worth(self, chosen: Bools) -> float:
        return cheapest_flow(self, chosen)[0]

    def sound(self, prices: Floats) -> bool:
        return bool(np.isfinite(prices).all() and (self.must or (prices <= 0.0).all()))

    def terms(self, prices: Floats) -> list[Floats]:
        return [self.demand * prices]

    def site_terms(self, prices: Floats, site: int) -> Floats:
        amount = self.taken(prices, np.array([site]))[1]
        here = amount[:, 0] > 0.0
        taken, own = amount[here, 0], prices[here]
        return np.concatenate([self.fee[[site]], taken * self.value[here, site], -taken * own])


def summed(covers: Bools, prices: Floats, kept: Ints) -> Floats:
    """Return the sum of the prices of those whom each site covers, a column at a time: that needs no copy as floats."""
    return np.array([prices[covers[:, site]].sum() for site in kept.tolist()], dtype=np.float64)
