"""A claim against the rest: it holds, it contradicts them, or they leave it open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .claims import Claim
from .conflicts import Conflict, irreducible
from .programme import MARGIN, TOLERANCE, Programme

Word = Literal["满足", "矛盾", "无法判断"]
AGREES: Word = "满足"
CONTRADICTS: Word = "矛盾"
OPEN: Word = "无法判断"
VERDICTS: dict[str, str] = {AGREES: "holds", CONTRADICTS: "contradiction", OPEN: "cannot be judged"}
"""The words of a verdict, with their English."""


@dataclass(frozen=True)
class Judgement:
    """A verdict, and what contradicts what: with 矛盾 the claim itself is among it, with 无法判断 the rest alone."""

    verdict: Word
    conflict: Conflict | None = None


def judge(claim: Claim, rest: Sequence[Claim]) -> Judgement:
    """Return whether a requirement holds, given all other claims.

    满足: it holds for every value, of quantities and of factors, that the rest leaves open. 矛盾: for none. 无法判断:
    for some, or the rest contradicts itself.

    >>> from .claims import Term, claim, stated_claim
    >>> from .interval import Interval
    >>> from .quantity import Quantity
    >>> need, land = Quantity(id="need", unit="万亩"), Quantity(id="land", unit="万亩")
    >>> fits = claim("fits", [Term(quantity=need), Term(quantity=land, minus=True)], high=0)
    >>> def verdict(low, high):
    ...     return judge(fits, [stated_claim("n", need, Interval(low=30, high=30)),
    ...                         stated_claim("l", land, Interval(low=low, high=high))]).verdict
    >>> verdict(40, 50), verdict(10, 20), verdict(20, 40)
    ('满足', '矛盾', '无法判断')
    """
    programme = Programme(rest)
    if not programme.feasible:
        return Judgement(OPEN, irreducible(rest))
    together = (*rest, claim)
    if not Programme(together).feasible:
        return Judgement(CONTRADICTS, irreducible(together))
    return Judgement(AGREES if _entailed(claim, programme) else OPEN)


def _entailed(claim: Claim, programme: Programme) -> bool:
    for row in claim.always:
        low, high = programme.bounds(dict(row.terms))
        sizes = [abs(end) for end in (low, high, row.low, row.high) if abs(end) < float("inf")]
        size = max(sizes, default=1.0) or 1.0
        least = row.low + (MARGIN / 2 if row.low_open else -TOLERANCE) * size
        most = row.high - (MARGIN / 2 if row.high_open else -TOLERANCE) * size
        if low < least or high > most:
            return False
    return True


def agree(claim: Claim, figures: Sequence[Claim], *, numbers: Sequence[Claim] | None = None) -> Judgement:
    """Return whether figures agree with an identity: what is true by meaning, such as a total and its parts.

    No identity of rounded figures holds for all that they can mean, so another question is put. 矛盾: nothing that
    the figures can mean fits. 满足: something does, even where *so much or more* is taken as just so much
    (``numbers``). 无法判断: only more than the figure said would do, or the figures contradict one another.

    Parameters
    ----------
    claim : Claim
        The identity.
    figures : sequence of Claim
        What the figures can mean.
    numbers : sequence of Claim, optional
        The same with open figures at their number.

    >>> from .claims import Term, claim, stated_claim
    >>> from .interval import stated
    >>> from .quantity import Quantity
    >>> whole, part = Quantity(id="whole", unit="个"), Quantity(id="part", unit="个")
    >>> within = claim("within", [Term(quantity=part), Term(quantity=whole, minus=True)], high=0)
    >>> agree(within, [stated_claim("w", whole, stated(325, counted=True)),
    ...                stated_claim("p", part, stated(150, comparator=">="))]).verdict
    '满足'
    """
    if not Programme(figures).feasible:
        return Judgement(OPEN, irreducible(figures))
    together = (*figures, claim)
    if not Programme(together).feasible:
        return Judgement(CONTRADICTS, irreducible(together))
    if numbers is not None and not Programme((*numbers, claim)).feasible:
        return Judgement(OPEN)
    return Judgement(AGREES)
