"""How sure the limits of a criteria file are: their standard deviation, and which of them are off alike."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ..errors import ParameterError
from .record import number_of

EVIDENCE_SHARES = {
    "plan": 0.0, "law": 0.0, "published": 0.25, "K-high": 0.25, "K-med": 0.5, "K-low": 1.0, "P": 0.5, "": 0.5,
}  # fmt: skip
"""Standard deviation of limits that name none, as a share of the step from class to class, by grade of evidence."""
EVIDENCE_GRADES = tuple(grade for grade in EVIDENCE_SHARES if grade)


def correlation_of(entry: dict[str, Any], key: str, where: str) -> float:
    """Return how closely the limits of a criterion are off as those of another, 0 where it names none."""
    if not entry.get("errs_like"):
        if "correlation" in entry:
            raise ParameterError(f"{where}: {key}correlation stands without errs_like; name the criterion it errs like")
        return 0.0
    if "correlation" not in entry:
        raise ParameterError(f"{where}: {key}correlation is missing; add how closely it errs like the other, -1 to 1")
    value = number_of(entry["correlation"], f"{key}correlation", where)
    if not -1 <= value <= 1:
        raise ParameterError(f"{where}: {key}correlation is {value:g}, but must be -1 to 1")
    return value


def uncertainty_of(
    entry: dict[str, Any],
    evidence: str,
    limits: Sequence[tuple[float, ...]],
    points: tuple[float, ...],
    *,
    codes: bool,
    key: str,
    where: str,
) -> float:
    """Return the standard deviation of the limits: as given, else a share of the step between classes by evidence."""
    if "uncertainty" in entry:
        given = number_of(entry["uncertainty"], f"{key}uncertainty", where)
        if not 0 <= given < math.inf:
            raise ParameterError(f"{where}: {key}uncertainty is {given:g}, but must be 0 or more, in the unit")
        if codes and given:
            raise ParameterError(f"{where}: {key}uncertainty stands beside codes, which have no limits; leave it out")
        return given
    steps = [abs(b - a) for side in limits for a, b in pairwise(side) if a != b]
    steps = steps or [abs(b - a) for a, b in pairwise(points) if 0 < abs(b - a) < math.inf]
    finite = [step for step in steps if math.isfinite(step)]
    return EVIDENCE_SHARES[evidence] * sum(finite) / len(finite) if finite else 0.0
