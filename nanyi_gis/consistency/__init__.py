"""Whether figures can all be true: quantities with dimension, intervals, linear claims, and what contradicts what."""

from .claims import Claim, Row, Term, claim, stated_claim
from .conflicts import Conflict, conflicts, irreducible
from .interval import ABOUT, Interval, range_text, stated
from .judge import AGREES, CONTRADICTS, OPEN, VERDICTS, Judgement, agree, judge
from .programme import Programme, feasible, implied
from .quantity import Quantity, Unit, factor_to, unit_of

__all__ = [
    "ABOUT",
    "AGREES",
    "CONTRADICTS",
    "OPEN",
    "VERDICTS",
    "Claim",
    "Conflict",
    "Interval",
    "Judgement",
    "Programme",
    "Quantity",
    "Row",
    "Term",
    "Unit",
    "agree",
    "claim",
    "conflicts",
    "factor_to",
    "feasible",
    "implied",
    "irreducible",
    "judge",
    "range_text",
    "stated",
    "stated_claim",
    "unit_of",
]
