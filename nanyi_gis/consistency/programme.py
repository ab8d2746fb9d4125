"""Claims as a small linear programme: can all hold, by how little they fail, and what they leave of a quantity."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt

from .._highs import quiet
from .claims import Claim, Row

TOLERANCE = 1e-7
"""How far rows may be off in all, each on the scale of its largest term, before they contradict."""
MARGIN = 1e-6
"""How far from an open end a row stays, on the same scale."""
_EXACT = 1e-9  # of the solver
_NONE = 1e-9  # a price below this is none
_PASSES = 8

Floats = npt.NDArray[np.float64]


class Programme:
    """Rows of claims over quantities that are not negative.

    Quantities differ by many powers of ten (a share, a sum of yuan), so every column is divided by the largest number
    stated of it, and every row by its largest term: one tolerance then fits all.
    """

    def __init__(self, claims: Sequence[Claim]) -> None:
        self.claims = tuple(claims)
        rows = [(place, row) for place, each in enumerate(self.claims) for row in each.rows]
        self._owner = [place for place, _ in rows]
        self._rows = [row for _, row in rows]
        self._names = list(dict.fromkeys(name for row in self._rows for name, _ in row.terms))
        self._at = {name: place for place, name in enumerate(self._names)}
        self._scale = _scales(self._rows, self._at)
        self._found: tuple[float, Floats] | None = None

    def violation(self) -> float:
        """Return the least sum by which the rows are off, each on its own scale: 0 where all can hold."""
        return self._elastic()[0]

    @property
    def feasible(self) -> bool:
        """Whether all claims can hold together."""
        return self.violation() <= TOLERANCE

    def support(self) -> tuple[Claim, ...]:
        """Return claims that already contradict one another: those with a price in the proof; none if all can hold.

        By the lemma of Farkas the rows with a price other than 0 cannot hold together; they need not be the fewest.
        """
        violation, prices = self._elastic()
        if violation <= TOLERANCE:
            return ()
        priced = {self._owner[place] for place in np.flatnonzero(np.abs(prices) > _NONE).tolist()}
        return tuple(each for place, each in enumerate(self.claims) if place in priced)

    def bounds(self, terms: Mapping[str, float]) -> tuple[float, float]:
        """Return the least and the most of ``sum coefficient * quantity``, in base units, over all that can hold.

        A quantity that no claim speaks of is anything from 0 up. The result is ``(nan, nan)`` where the claims
        contradict one another.
        """
        violation = self.violation()
        if violation > TOLERANCE:
            return math.nan, math.nan
        free = [factor for name, factor in terms.items() if name not in self._at and factor]
        known = {name: factor for name, factor in terms.items() if name in self._at and factor}
        low = -math.inf if any(factor < 0 for factor in free) else self._least(known, violation)
        high = (
            math.inf
            if any(factor > 0 for factor in free)
            else -self._least({name: -factor for name, factor in known.items()}, violation)
        )
        return low + 0.0, high + 0.0

    def _matrix(self, rows: Sequence[Row]) -> tuple[list[npt.NDArray[np.int64]], list[Floats], Floats, Floats]:
        """Return columns and values of each row, and its ends, all scaled, open ends held off by the margin."""
        columns, values = [], []
        low, high = np.empty(len(rows)), np.empty(len(rows))
        for place, row in enumerate(rows):
            at = np.array([self._at[name] for name, _ in row.terms], np.int64)
            value = np.array([factor for _, factor in row.terms]) * self._scale[at]
            size = _size(value, row)
            columns.append(at)
            values.append(value / size)
            low[place] = row.low / size + (MARGIN if row.low_open else 0.0)
            high[place] = row.high / size - (MARGIN if row.high_open else 0.0)
        return columns, values, low, high

    def _elastic(self) -> tuple[float, Floats]:
        """Return the least sum of what the rows are off, and the price of each row."""
        if self._found is None:
            self._found = self._solve_elastic() if self._rows else (0.0, np.zeros(0))
        return self._found

    def _solve_elastic(self) -> tuple[float, Floats]:
        columns, values, low, high = self._matrix(self._rows)
        count, rows = len(self._names), len(self._rows)
        for place in range(rows):  # a column for what the row is short, one for what it is over
            columns[place] = np.append(columns[place], [count + place, count + rows + place])
            values[place] = np.append(values[place], [1.0, -1.0])
        cost = np.concatenate([np.zeros(count), np.ones(2 * rows)])
        solver = _passed(columns, values, low, high, cost)
        solution = solver.getSolution()
        return float(solver.getInfo().objective_function_value), np.asarray(solution.row_dual, np.float64)

    def _least(self, terms: Mapping[str, float], off: float) -> float:
        if not terms:
            return 0.0
        columns, values, low, high = self._matrix(self._rows)
        cost = np.zeros(len(self._names))
        for name, factor in terms.items():
            cost[self._at[name]] = factor * self._scale[self._at[name]]
        size = float(np.abs(cost).max())
        slack = 2 * off if off > _EXACT / 10 else 0.0  # what rounding leaves open may not turn "can" into "cannot"
        solver = _passed(columns, values, low - slack, high + slack, cost / size)
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return -math.inf
        return float(solver.getInfo().objective_function_value) * size


def _size(value: Floats, row: Row) -> float:
    ends = [abs(end) for end in (row.low, row.high) if math.isfinite(end)]
    return max(float(np.abs(value).max()), *ends, 0.0) or 1.0


def _scales(rows: Sequence[Row], at: Mapping[str, int]) -> Floats:
    """Return the size of each quantity: what is stated of it, else what the rows with known ones give it."""
    scale = np.zeros(len(at))
    for row in rows:
        if len(row.terms) == 1 and row.terms[0][1]:
            (name, factor), ends = row.terms[0], [abs(end) for end in (row.low, row.high) if math.isfinite(end)]
            scale[at[name]] = max(scale[at[name]], *(end / abs(factor) for end in ends), 0.0)
    for _ in range(_PASSES):
        if scale.all():
            break
        for row in rows:
            ends = [abs(end) for end in (row.low, row.high) if math.isfinite(end)]
            known = max((abs(factor) * scale[at[name]] for name, factor in row.terms), default=0.0)
            known = max(known, *ends, 0.0)
            for name, factor in row.terms:
                if not scale[at[name]] and factor:
                    scale[at[name]] = known / abs(factor)
    return np.where(scale > 0.0, scale, 1.0)


def _passed(
    columns: Sequence[npt.NDArray[np.int64]], values: Sequence[Floats], low: Floats, high: Floats, cost: Floats
) -> Any:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(cost), len(low)
    model.col_cost_ = cost
    model.col_lower_, model.col_upper_ = np.zeros(len(cost)), np.full(len(cost), highspy.kHighsInf)
    model.row_lower_ = np.where(np.isfinite(low), low, -highspy.kHighsInf)
    model.row_upper_ = np.where(np.isfinite(high), high, highspy.kHighsInf)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.cumsum([0, *map(len, columns)]).astype(np.int32)
    model.a_matrix_.index_ = np.concatenate(columns).astype(np.int32)
    model.a_matrix_.value_ = np.concatenate(values)
    solver = quiet()
    for name in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
        solver.setOptionValue(name, _EXACT)
    solver.passModel(model)
    solver.run()
    return solver


def feasible(claims: Iterable[Claim]) -> bool:
    """Tell whether claims can all hold together.

    >>> from .claims import stated_claim
    >>> from .interval import Interval
    >>> from .quantity import Quantity
    >>> forest = Quantity(id="forest", unit="km²")
    >>> feasible([stated_claim("a", forest, Interval(low=5)), stated_claim("b", forest, Interval(high=4))])
    False
    """
    return Programme(tuple(claims)).feasible


def implied(claims: Iterable[Claim], name: str, *, size: float = 1.0) -> tuple[float, float]:
    """Return what claims leave of a quantity, least and most, in units of ``size`` base units.

    >>> from .claims import stated_claim
    >>> from .interval import Interval
    >>> from .quantity import Quantity
    >>> implied([stated_claim("a", Quantity(id="forest", unit="km²"), Interval(low=5))], "forest", size=1e6)
    (5.0, inf)
    """
    low, high = Programme(tuple(claims)).bounds({name: 1.0})
    return low / size, high / size
