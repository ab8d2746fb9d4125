"""The cheapest round trip over a few places, exactly."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import DataError, ParameterError

MOST_STOPS = 16


@dataclass(frozen=True)
class Tour:
    """A round trip: the stops in order, the first again at the end, and its cost in the unit of the matrix.

    >>> Tour(("a", "b", "a"), 12.5).cost
    12.5
    """

    stops: tuple[Hashable, ...]
    cost: float


def cheapest_tour(cost: pd.DataFrame) -> Tour:
    """Return the cheapest closed tour through all places of a square matrix; the first place is where it starts.

    Held and Karp (1962): ``C(S, j) = min_i C(S - j, i) + d(i, j)`` over subsets ``S``; exact, for costs that may
    differ by direction, in ``O(n^2 2^n)``. Up to 16 places.

    Raises
    ------
    DataError
        If rows and columns differ, or no tour reaches every place.
    ParameterError
        If there are more than 16 places.

    >>> square = pd.DataFrame([[0, 1, 2, 1], [1, 0, 1, 2], [2, 1, 0, 1], [1, 2, 1, 0]], dtype=float)
    >>> cheapest_tour(square)
    Tour(stops=(0, 3, 2, 1, 0), cost=4.0)
    """
    if not cost.index.equals(cost.columns):
        raise DataError("the matrix must have the same places as rows and columns; use the same points for both")
    count = len(cost)
    if not 2 <= count <= MOST_STOPS:
        raise ParameterError(f"there are {count} stops, but an exact tour takes 2 to {MOST_STOPS}")
    matrix = cost.to_numpy(dtype=np.float64)
    rest = count - 1
    best = np.full((1 << rest, rest), np.inf)
    came = np.full((1 << rest, rest), -1)
    for j in range(rest):
        best[1 << j, j] = matrix[0, j + 1]
    inner = matrix[1:, 1:]
    for subset in range(1, 1 << rest):
        members = [j for j in range(rest) if subset >> j & 1]
        if len(members) < 2:
            continue
        for j in members:
            options = best[subset & ~(1 << j)] + inner[:, j]
            came[subset, j] = int(np.argmin(options))
            best[subset, j] = options[came[subset, j]]
    full = (1 << rest) - 1
    closing = best[full] + matrix[1:, 0]
    last = int(np.argmin(closing))
    if not np.isfinite(closing[last]):
        raise DataError("no tour reaches every place; leave out the places that cannot be reached")
    order, subset, total = [], full, float(closing[last])
    while last >= 0:
        order.append(last)
        subset, last = subset & ~(1 << last), int(came[subset, last])
    names = cost.index.tolist()
    stops = [names[0], *(names[j + 1] for j in reversed(order)), names[0]]
    return Tour(tuple(stops), total)


def tour_days(
    drives: Sequence[float], stays: Sequence[float], *, most_drive: float, most_day: float
) -> tuple[int, ...]:
    """Return on which day, from 1, each leg of a tour in its order is driven; days are as few as the limits allow.

    A day takes leg after leg while its driving, and its driving with the stays where the legs end, keep to the limits;
    the night is where the last one ends. A leg that alone is above a limit has a day of its own.

    Parameters
    ----------
    drives : sequence of float
        Of each leg, in any unit of time.
    stays : sequence of float
        Where each leg ends, in the same unit.
    most_drive, most_day : float
        Limits of a day.

    Raises
    ------
    DataError
        If there is not a stay for each leg.

    >>> tour_days([2.0, 1.0, 2.0, 1.0], [2.0, 2.0, 2.0, 0.0], most_drive=4.0, most_day=9.0)
    (1, 1, 2, 2)
    >>> tour_days([5.0, 1.0], [2.0, 0.0], most_drive=4.0, most_day=9.0)
    (1, 2)
    """
    if len(drives) != len(stays):
        raise DataError(f"there are {len(stays)} stays for {len(drives)} legs; give one for each leg")
    day, driven, used, found = 1, 0.0, 0.0, list[int]()
    for drive, stay in zip(drives, stays, strict=True):
        if found and (driven + drive > most_drive or used + drive + stay > most_day) and used > 0:
            day, driven, used = day + 1, 0.0, 0.0
        driven, used = driven + drive, used + drive + stay
        found.append(day)
    return tuple(found)
