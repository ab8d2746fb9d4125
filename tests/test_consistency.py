"""Contradictions of claims: against scipy's solver, brute force, and figures done by hand."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from nanyi_gis.consistency import (
    AGREES,
    CONTRADICTS,
    OPEN,
    Claim,
    Interval,
    Quantity,
    Row,
    Term,
    agree,
    claim,
    conflicts,
    factor_to,
    feasible,
    implied,
    irreducible,
    judge,
    range_text,
    stated,
    stated_claim,
    unit_of,
)
from nanyi_gis.errors import DataError, ParameterError

COUNT = {"unit": "个"}


def piece(name: str) -> Quantity:
    return Quantity(id=name, **COUNT)


def between(name: str, low: float, high: float = math.inf) -> Claim:
    return stated_claim(f"{name} is {low} to {high}", piece(name), Interval(low=low, high=high))


def total(ident: str, whole: str, *parts: str) -> Claim:
    terms = [Term(quantity=piece(part)) for part in parts] + [Term(quantity=piece(whole), minus=True)]
    return claim(ident, terms, low=0, high=0, unit="个")


def can_hold(claims: list[Claim]) -> bool:
    """The same by scipy, in base units, without our scaling; open ends count as closed."""
    names = sorted({name for each in claims for name in each.quantities})
    above, ends = [], []
    for each in claims:
        for row in each.rows:
            line = np.zeros(len(names))
            for name, factor in row.terms:
                line[names.index(name)] += factor
            if row.high < math.inf:
                above.append(line)
                ends.append(row.high)
            if row.low > -math.inf:
                above.append(-line)
                ends.append(-row.low)
    found = linprog(np.zeros(len(names)), A_ub=np.array(above), b_ub=np.array(ends), method="highs-ds")
    assert found.status in {0, 2}
    return found.status == 0


def test_a_planted_contradiction_of_three_comes_back_alone():
    claims = [between(f"q{n}", n, n + 1) for n in range(40)]
    claims += [total(f"t{n}", f"w{n}", f"q{n}", f"q{n + 1}") for n in range(38)]
    planted = [between("built", 4, 4), between("planned", 3, 3)]
    less = claim(
        "part", [Term(quantity=piece("built")), Term(quantity=piece("planned"), minus=True)], high=0, unit="个"
    )
    said = [*claims[:30], planted[0], *claims[30:50], less, *claims[50:], planted[1]]
    assert [set(each.members) for each in conflicts(said)] == [{"built is 4 to 4", "planned is 3 to 3", "part"}]
    assert conflicts([each for each in said if each is not less]) == ()


def test_two_contradictions_come_back_apart_and_in_order():
    said = [between("b", 2, 2), between("a", 5), between("b", 3, 4), between("a", 0, 4)]
    assert [each.members for each in conflicts(said)] == [
        ("b is 2 to 2", "b is 3 to 4"),
        ("a is 5 to inf", "a is 0 to 4"),
    ]


systems = st.lists(
    st.tuples(st.lists(st.tuples(st.integers(0, 4), st.integers(-3, 3)), min_size=1, max_size=3), st.integers(-4, 6)),
    min_size=1,
    max_size=9,
)


def rows_of(system: list[tuple[list[tuple[int, int]], int]]) -> list[tuple[dict[str, float], int]]:
    found = []
    for terms, end in system:
        factors: dict[str, float] = {}
        for name, factor in terms:
            factors[f"q{name}"] = factors.get(f"q{name}", 0.0) + factor
        found.append((factors, end))
    return found


@settings(max_examples=60, deadline=None)
@given(
    systems, st.lists(st.integers(0, 5), min_size=5, max_size=5), st.lists(st.integers(0, 2), min_size=9, max_size=9)
)
def test_what_is_built_around_a_point_never_contradicts(system, point, slack):
    claims = []
    for place, (factors, _) in enumerate(rows_of(system)):
        value = sum(factor * point[int(name[1])] for name, factor in factors.items())
        row = (Row(tuple(factors.items()), value - slack[place], value + slack[-place - 1]),)
        claims.append(Claim(id=str(place), rows=row, always=row))
    assert feasible(claims)
    assert conflicts(claims) == ()
    assert irreducible(claims) is None


@settings(max_examples=80, deadline=None)
@given(systems)
def test_every_set_is_contradictory_and_none_of_it_can_go(system):
    rows = [(Row(tuple(factors.items()), low=float(end)),) for factors, end in rows_of(system)]
    claims = [Claim(id=str(place), rows=row, always=row) for place, row in enumerate(rows)]
    found = conflicts(claims)
    assert bool(found) != can_hold(claims)
    seen = [name for each in found for name in each.members]
    assert len(seen) == len(set(seen))
    for each in found:
        assert not can_hold(list(each.claims))
        for left_out in each.claims:
            assert can_hold([other for other in each.claims if other is not left_out] or [between("x", 0)])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=3, max_size=3),
    st.lists(st.integers(-2, 2), min_size=3, max_size=3).filter(any),
    st.integers(-6, 8),
    st.integers(0, 6),
)
def test_verdicts_are_those_of_every_corner(boxes, factors, low, width):
    names = ["a", "b", "c"]
    rest = [between(name, start, start + size) for name, (start, size) in zip(names, boxes, strict=True)]
    row = (Row(tuple(zip(names, map(float, factors), strict=True)), float(low), float(low + width)),)
    corners = [
        sum(factor * value for factor, value in zip(factors, values, strict=True))
        for values in itertools.product(*((start, start + size) for start, size in boxes))
    ]
    least, most = min(corners), max(corners)  # a linear function is least and most at a corner
    if low <= least and most <= low + width:
        expected = AGREES
    elif most < low or least > low + width:
        expected = CONTRADICTS
    else:
        expected = OPEN
    found = judge(Claim(id="check", rows=row, always=row), rest)
    assert found.verdict == expected
    assert (found.conflict is not None) == (expected == CONTRADICTS)
    if found.conflict is not None:
        assert "check" in found.conflict.members


def test_factors_with_an_interval_hold_for_all_for_some_or_for_none():
    """30 万亩 at 222 to 318 kg a mu are 6.66 to 9.54 万t."""
    land, grain = Quantity(id="land", unit="万亩"), Quantity(id="grain", unit="万t", flow=True)
    said = [stated_claim("land", land, Interval(low=30, high=30))]
    harvest = [
        Term(quantity=grain),
        Term(quantity=land, low=222, high=318, unit="kg/亩", flow=True, minus=True),
    ]
    balance = claim("balance", harvest, low=0, high=0)
    assert implied([*said, balance], "grain", size=1e7) == pytest.approx((6.66, 9.54))
    enough = claim("enough", [Term(**{**vars(term), "minus": not term.minus}) for term in harvest], low=0)
    verdicts = [
        judge(enough, [*said, stated_claim("need", grain, Interval(low=need, high=need))]).verdict
        for need in (6.6, 8, 9.6)
    ]
    assert verdicts == [AGREES, OPEN, CONTRADICTS]


def test_figures_of_any_size_are_held_on_one_scale():
    """0.001 % of a sum of 10^15 against one yuan of it."""
    small, large = Quantity(id="small", unit="元"), Quantity(id="large", unit="亿元")
    tie = claim(
        "tie", [Term(quantity=small), Term(quantity=large, low=0.001, high=0.001, unit="%", minus=True)], low=0, high=0
    )
    given_large = stated_claim("large", large, Interval(low=1e7, high=1e7))
    assert feasible([tie, given_large, stated_claim("s", small, Interval(low=1e10, high=1e10))])
    assert not feasible([tie, given_large, stated_claim("s", small, Interval(low=1.001e10, high=1e12))])


def test_open_ends_are_not_reached():
    over = stated_claim("over", piece("a"), stated(5, comparator=">"))
    assert not feasible([over, between("a", 0, 5)])
    assert feasible([over, between("a", 0, 6)])
    rounded = stated_claim("cover", Quantity(id="c", unit="%"), stated(53.5))
    assert not feasible([rounded, stated_claim("c", Quantity(id="c", unit="%"), Interval(low=53.55))])


def test_an_identity_with_figures_of_so_much_or_more():
    """60 and 30 or more make 90: 100 are reached only if more comes than is said; 60 and 60 do."""
    for second, verdict in ((30, OPEN), (60, AGREES)):
        parts = [(60, ">="), (second, ">=")]
        whole = stated_claim("whole", piece("w"), stated(100, comparator=">="))
        figures, numbers = [whole], [whole]
        for name, (value, sign) in zip("ab", parts, strict=True):
            figures.append(stated_claim(name, piece(name), stated(value, comparator=sign)))
            numbers.append(stated_claim(name, piece(name), stated(value, counted=True)))
        assert agree(total("sum", "w", "a", "b"), figures, numbers=numbers).verdict == verdict
    whole = stated_claim("whole", piece("w"), stated(80, comparator="<="))
    assert agree(total("sum", "w", "a", "b"), [whole, *figures[1:]]).verdict == CONTRADICTS


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ({"unit": "亿元"}, {"unit": "亿元", "flow": True}, "a flow is never added to a stock"),
        ({"unit": "万t"}, {"unit": "万吨/年"}, "a flow is never added to a stock"),
        ({"unit": "亿元", "measure": "output"}, {"unit": "亿元", "measure": "income"}, "is output, b is income"),
        ({"unit": "万亩"}, {"unit": "km"}, "a is area (a stock), b is length (a stock)"),
    ],
)  # fmt: skip
def test_unlike_is_never_added(one, other, words):
    with pytest.raises(DataError, match="total: a is") as told:
        claim("total", [Term(quantity=Quantity(id="a", **one)), Term(quantity=Quantity(id="b", **other))], high=1)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_units_are_those_of_the_statistical_yearbook():
    assert factor_to("万亩", "km²") == pytest.approx(20 / 3)
    assert factor_to("万亩", "ha") == pytest.approx(2000 / 3)
    assert factor_to("kg/亩", "t/ha") == pytest.approx(0.015)
    assert factor_to("万kW", "MW") == pytest.approx(10)
    assert factor_to("万人次/年", "人次/年") == 1e4
    assert factor_to("万kWh", "kWh") == pytest.approx(1e4)
    assert unit_of("万kWh/年").dimension == unit_of("kW").dimension  # energy a year is power
    with pytest.raises(ParameterError, match="万亩 is no km"):
        factor_to("万亩", "km")
    with pytest.raises(ParameterError, match="unit is 'kg/'"):
        unit_of("kg/")


@pytest.mark.parametrize("value", [53.5, 495.0, 0.07, 1e-3, 1665.0])
def test_what_rounds_to_a_figure_is_its_interval(value):
    found = stated(value)
    decimals = len(f"{value:.12g}".partition(".")[2])
    assert found.has(value)
    assert not found.has(found.high)
    assert found.has(found.low)
    for inside in np.linspace(found.low, found.high, 7)[1:-1]:
        assert round(float(inside), decimals) == value
    assert found.high - found.low == pytest.approx(10.0**-decimals)


def test_bad_intervals_and_factors_are_told_in_a_line():
    for make, words in (
        (lambda: Interval(low=2, high=1), "2 to 1"),
        (lambda: stated(1, comparator="!"), "comparator is '!'"),
        (lambda: stated(1, comparator="~", about=1.5), "about is 1.5"),
        (lambda: Term(quantity=piece("a"), low=-1, high=1), "the factor of a is -1 to 1"),
        (lambda: claim("c", []), "c has no terms"),
        (lambda: claim("c", [Term(quantity=piece("a"))], low=2, high=1), "c runs from 2 to 1"),
    ):
        with pytest.raises(ParameterError) as told:
            make()
        assert words in str(told.value)
        assert "\n" not in str(told.value)


def test_ranges_read_as_people_write_them():
    assert range_text(999.5, 1000.5) == "999.5–1000.5"
    assert range_text(6156.91, 6161) == "6156.9–6161"
