"""Which choices of sites are allowed, and what follows from the price of each: the same for search and proof."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Marks = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]

IN, OUT, FREE = 1, 0, -1


class Cheapest(NamedTuple):
    """The cheapest allowed choice at some values, what it costs, and what forcing each site in or out adds."""

    total: float
    chosen: Bools
    into: Floats
    out: Floats


@dataclass(frozen=True, eq=False)
class Rules:
    """Allowed choices: ``status`` of each site (1 in, 0 out, -1 free), its ``group``, and how many of each group.

    A ``count`` of -1 lets a group have as many sites as pay.
    """

    status: Marks
    group: Ints
    count: Ints

    def with_status(self, status: Marks) -> "Rules":
        """Return the same rules with other marks."""
        return replace(self, status=status)

    @property
    def possible(self) -> bool:
        """Whether there is a choice at all."""
        placed = np.bincount(self.group[self.status == IN], minlength=len(self.count))
        room = np.bincount(self.group[self.status != OUT], minlength=len(self.count))
        return bool(np.all((self.count < 0) | ((placed <= self.count) & (self.count <= room))))

    def allows(self, chosen: Bools) -> bool:
        """Tell whether a choice obeys the rules."""
        number = np.bincount(self.group[chosen], minlength=len(self.count))
        free = self.status == FREE
        return bool(
            np.all((self.count < 0) | (number == self.count)) and np.all(free | (chosen == (self.status == IN)))
        )

    def cheapest(self, values: Floats) -> Cheapest:
        """Return the choice of the least sum of values; ties go to the site that comes first.

        ``into`` is what the sum grows by if a site must be in it, ``out`` if it must not; infinity where it cannot.

        >>> rules = Rules(np.full(3, -1, dtype=np.int8), np.zeros(3, dtype=np.int64), np.array([2]))
        >>> found = rules.cheapest(np.array([5.0, -1.0, 2.0]))
        >>> found.total, found.chosen.tolist(), found.into.tolist(), found.out.tolist()
        (1.0, [False, True, True], [3.0, 0.0, 0.0], [0.0, 6.0, 3.0])
        """
        chosen = self.status == IN
        into, out = np.zeros(len(values)), np.zeros(len(values))
        into[self.status == OUT] = out[self.status == IN] = np.inf
        for group, count in enumerate(self.count.tolist()):
            free = np.flatnonzero((self.group == group) & (self.status == FREE))
            if count < 0:
                low = values[free] < 0.0
                chosen[free[low]] = True
                into[free[~low]], out[free[low]] = values[free[~low]], -values[free[low]]
                continue
            left = count - int(np.count_nonzero(chosen & (self.group == group)))
            if left < 0 or left > len(free):
                return Cheapest(np.inf, chosen, into, out)
            ranked = free[np.argsort(values[free], kind="stable")]
            first, rest = ranked[:left], ranked[left:]
            chosen[first] = True
            out[first] = values[rest[0]] - values[first] if len(rest) else np.inf
            into[rest] = values[rest] - values[first[-1]] if len(first) else np.inf
        return Cheapest(float(values[chosen].sum()), chosen, into, out)

    def settled(self, values: Floats, bound: float, cutoff: float) -> Marks:
        """Return the marks with every site settled whose other fate no choice below ``cutoff`` has.

        ``bound`` is that of the cheapest choice at ``values``.
        """
        found = self.cheapest(values)
        status = self.status.copy()
        free = status == FREE
        status[free & (bound + found.out >= cutoff)] = IN
        status[free & (bound + found.into >= cutoff)] = OUT
        return status
