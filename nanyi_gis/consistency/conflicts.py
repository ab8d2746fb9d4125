"""Which claims contradict one another: sets from which none can go without the rest being able to hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .claims import Claim
from .programme import Programme


@dataclass(frozen=True)
class Conflict:
    """Claims that cannot all hold, while all but any one of them can; ``violation`` as of :class:`Programme`."""

    claims: tuple[Claim, ...]
    violation: float

    @property
    def members(self) -> tuple[str, ...]:
        """Names of the claims."""
        return tuple(each.id for each in self.claims)


def irreducible(claims: Iterable[Claim]) -> Conflict | None:
    """Return an irreducible set of claims that contradict one another; None if all can hold.

    The proof of the solver names claims that contradict one another; then each is left out in turn, and stays out if
    the rest still contradict one another (the deletion filter of Chinneck and Dravnieks 1991, ORSA Journal on
    Computing 3). Every test is solved anew.

    >>> from .claims import stated_claim
    >>> from .interval import Interval
    >>> from .quantity import Quantity
    >>> forest, road = Quantity(id="forest", unit="km²"), Quantity(id="road", unit="km")
    >>> said = [stated_claim("a", forest, Interval(low=5)), stated_claim("b", road, Interval(low=1)),
    ...         stated_claim("c", forest, Interval(high=4))]
    >>> irreducible(said).members
    ('a', 'c')
    """
    everything = tuple(claims)
    whole = Programme(everything)
    if whole.feasible:
        return None
    kept = whole.support()
    if Programme(kept).feasible:  # prices near nothing were dropped
        kept = everything
    for each in kept:
        rest = tuple(other for other in kept if other is not each)
        if not Programme(rest).feasible:
            kept = rest
    return Conflict(kept, Programme(kept).violation())


def conflicts(claims: Iterable[Claim]) -> tuple[Conflict, ...]:
    """Return irreducible sets of which no two share a claim, in the order of the claims; empty if all can hold.

    When a set is found its claims are put aside and the rest is looked at again. So two contradictions that share a
    claim are told as one at a time: mend it and look again.

    >>> conflicts([])
    ()
    """
    found = []
    for part in components(tuple(claims)):
        rest = part
        while (conflict := irreducible(rest)) is not None:
            found.append(conflict)
            rest = tuple(each for each in rest if each not in conflict.claims)
    return tuple(found)


def components(claims: Sequence[Claim]) -> tuple[tuple[Claim, ...], ...]:
    """Return the claims in groups that share no quantity, each in the given order.

    >>> components([])
    ()
    """
    group: dict[str, str] = {}

    def root(name: str) -> str:
        group.setdefault(name, name)
        while group[name] != name:
            group[name] = group[group[name]]
            name = group[name]
        return name

    for each in claims:
        first = each.quantities[0]
        for name in each.quantities[1:]:
            group[root(name)] = root(first)
    found: dict[str, list[Claim]] = {}
    for each in claims:
        found.setdefault(root(each.quantities[0]), []).append(each)
    return tuple(tuple(part) for part in found.values())
