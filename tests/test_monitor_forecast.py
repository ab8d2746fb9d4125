"""Forecasts from few values: what must hold, and how many truths the intervals hold."""

import datetime
import math

import numpy as np
import pytest
from scipy import stats

from nanyi_gis.monitor import Observation, Tracked, read_register, read_rule, status
from nanyi_gis.monitor.increments import Increments, Pool, pool_of
from nanyi_gis.study import load_study

START, END = datetime.date(2021, 1, 1), datetime.date(2025, 12, 31)
REGISTER = read_register(load_study())
RULE = read_rule("neutral")


def line(number, **given):
    base = dict(id=f"T-{number:02}", name_zh="事项", name_en="item", theme="general", clause="一", county="叙永")  # noqa: C408
    rest = dict(whole=True, low=100.0, high=None, comparator=">=", unit="km", nature="累计", basis="stated")  # noqa: C408
    return Tracked(**{**base, **rest, "start": START, "deadline": END, "owners": ("局",), **given})


def rows(number, pairs, *, nature="累计"):
    plain = {"state": "", "source": "", "evidence": "", "agency": "", "reporter": "", "note": "", "file": "a.csv"}
    return [
        Observation(
            id=f"T-{number:02}", county="叙永", on=on, low=float(v), high=float(v), nature=nature, line=2, **plain
        )
        for on, v in pairs
    ]


def made(random, count, *, curved):
    """Return a register of lines that differ in pace, shape and chance, what is reported of each, and the truth.

    Paces are log-normal; half of the lines (``curved``) follow a logistic curve of their own middle and steepness;
    increments are gamma-distributed, so that nothing falls; each has 2 to 6 values of quarters up to the day.
    """
    as_of = random.choice([2.0, 2.5, 3.0, 3.5, 4.0])
    lines, observed, truth = [], [], []
    for number in range(count):
        pace, middle, steep = random.lognormal(math.log(0.9), 0.4), random.uniform(0.35, 0.65), random.uniform(4, 8)
        chance = random.uniform(0.02, 0.1)
        quarters = np.arange(0.25, as_of + 0.01, 0.25)
        years = np.sort(random.choice(quarters, min(int(random.integers(2, 7)), len(quarters)), replace=False))
        shares = np.concatenate([[0.0], years, [5.0]]) / 5.0
        if random.random() < curved:
            logistic = 1.0 / (1.0 + np.exp(-steep * (shares - middle)))
            first, last = (1.0 / (1.0 + math.exp(-steep * (end - middle))) for end in (0.0, 1.0))
            shares = (logistic - first) / (last - first)
        steps = np.maximum(np.diff(shares) * pace / chance, 1e-9)
        values = 100.0 * np.cumsum(random.gamma(steps, chance))
        days = [START + datetime.timedelta(days=round(float(year) * 365.2)) for year in years]
        lines.append(line(number))
        observed += rows(number, zip(days, values[:-1], strict=True))
        truth.append(values[-1])
    return lines, observed, np.array(truth)


def held(seed, registers, *, count, curved):
    """Return the share of truths within the intervals of lines that have one, and how many there were."""
    random, hits, total = np.random.default_rng(seed), 0, 0
    for _ in range(registers):
        lines, observed, truth = made(random, count, curved=curved)
        found = status(lines, observed, register=REGISTER, as_of=END, rule=RULE)
        low, high = found["forecast_low"].to_numpy(), found["forecast_high"].to_numpy()
        told = np.isfinite(low)
        hits += int(((low <= truth) & (truth <= high))[told].sum())
        total += int(told.sum())
    return hits / total, total


def test_an_interval_of_80_percent_holds_80_percent():
    share, total = held(15, 60, count=50, curved=0.5)
    assert total > 1500
    assert 0.77 <= share <= 0.83


def test_the_spread_of_three_values_of_ones_own_holds_47_percent():
    """Two increments of a normal walk, forecast two steps on as if their spread were known: why there is a pool.

    The error has variance (2 + 4 / 2) sigma2, the interval 1.28 s sqrt(2) with s of one degree of freedom, so that
    it holds P(|t1| < 1.28 / sqrt(2)) = 2 / pi * atan(1.28 / sqrt(2)) = 0.469.
    """
    factor = stats.norm.ppf(0.9)
    closed = 2.0 / math.pi * math.atan(factor / math.sqrt(2.0))
    assert closed == pytest.approx(0.47, abs=0.005)
    steps = np.random.default_rng(3).normal(size=(100_000, 4))
    mean, spread = steps[:, :2].mean(axis=1), steps[:, :2].std(axis=1, ddof=1)
    inside = np.abs(steps[:, 2:].sum(axis=1) - 2.0 * mean) <= factor * spread * math.sqrt(2.0)
    assert inside.mean() == pytest.approx(closed, abs=0.006)


def year_ends(*values):
    return [(datetime.date(2021 + place, 12, 31), value) for place, value in enumerate(values)]


def four(**given):
    """Return four lines with three values each; only the first takes what is given."""
    series = [(10, 20, 30), (15, 35, 50), (5, 20, 28), (20, 30, 55)]
    lines = [line(number, **(given if number == 0 else {})) for number in range(4)]
    return lines, [row for number, values in enumerate(series) for row in rows(number, year_ends(*values))]


def of(lines, observed, as_of=datetime.date(2023, 12, 31)):
    return status(lines, observed, register=REGISTER, as_of=as_of, rule=RULE)


def test_no_value_one_value_and_more():
    lines, observed = four()
    extra = [line(8), line(9)]
    found = of([*lines, *extra], [*observed, *rows(9, year_ends(20)[:1])]).set_index("id")
    assert math.isnan(found.loc["T-08", "forecast_low"])
    assert found.loc["T-08", "reach_words"] == ""
    assert math.isnan(found.loc["T-09", "forecast_low"])
    assert "一次" in found.loc["T-09", "reach_words"]
    # 80 more in the 731 days from the end of 2023
    assert found.loc["T-09", "pace_required"] == pytest.approx(80 / (731 / (365.25 / 12)))
    assert found.loc["T-00", "pool"] == "同口径（累计）"
    assert found.loc["T-00", "pool_size"] == 8
    assert 30 <= found.loc["T-00", "forecast_low"] < found.loc["T-00", "forecast_high"]


def test_a_small_pool_gives_no_interval_and_says_so():
    lines, observed = four()
    found = of(lines[:2], observed[:6]).iloc[0]
    assert math.isnan(found["forecast_low"])
    assert "不足3行" in found["reach_words"]
    mixed = [lines[0], *(line(number, nature="状态") for number in (1, 2, 3))]
    assert of(mixed, observed).iloc[0]["pool"] == "同主题（general）"


def test_the_interval_by_hand():
    """Four lines with 1-year steps: moments and Student's t as the formula has them."""
    lines, observed = four()
    shares = [(0.1, 0.2, 0.3), (0.15, 0.35, 0.5), (0.05, 0.2, 0.28), (0.2, 0.3, 0.55)]
    steps = np.diff(np.array(shares), axis=1)
    paces = steps.mean(axis=1)
    within = ((steps - paces[:, None]) ** 2).sum() / 4
    between = max(0.0, paces.var(ddof=1) - within / 2)
    pool = pool_of([Increments((0.0, 1.0, 2.0), part) for part in shares])
    assert (pool.pace, pool.within, pool.between) == pytest.approx((paces.mean(), within, between))
    trust = between / (between + within / 2)
    gain = 2 * (paces.mean() + trust * (paces[0] - paces.mean()))
    doubt = (between + within / 2) / 4
    variance = between * (1 - trust) + within / 2 + (1 - trust) ** 2 * doubt
    spread = 2 * math.sqrt(variance * (1 + pool.growth * 2 / 2))
    reach = stats.t.ppf(0.9, 3) * spread
    found = of(lines, observed).iloc[0]
    # the days of the plan's years are not quite years of 365.25 days
    assert found["forecast_low"] == pytest.approx(max(30, 100 * (0.3 + gain - reach)), rel=0.01)
    assert found["forecast_high"] == pytest.approx(100 * (0.3 + gain + reach), rel=0.01)


def test_what_adds_up_does_not_fall_and_shares_end_at_100():
    lines, observed = four(unit="%", nature="状态", low=90.0)
    state = of(lines, observed).iloc[0]
    assert state["forecast_high"] <= 100.0
    slow = [row for number in range(4) for row in rows(number, year_ends(10, 10 + number / 50, 10 + number / 40))]
    found = of([line(number) for number in range(4)], slow)
    assert (found["forecast_low"] >= found["value_high"]).all()
    assert (found["reach_probability"] == 0.1).all()
    assert found["reach_words"].str.contains("不足一成").all()


def test_what_is_done_stays_done_and_what_is_late_is_known():
    lines, observed = four()
    done = [*observed, *rows(0, [(datetime.date(2023, 12, 30), 100)])]
    done = [row for row in done if not (row.id == "T-00" and row.low == 30)]
    found = of(lines, done).iloc[0]
    assert (found["state"], found["reach_probability"], found["reach_words"]) == ("已完成", 1.0, "已达到")
    assert math.isnan(found["forecast_low"])
    late = [*observed, *rows(0, [(END, 60)])]
    found = of(lines, late, as_of=datetime.date(2026, 2, 1)).iloc[0]
    assert (found["state"], found["reach_probability"]) == ("逾期", 0.0)


def test_more_in_less_time_is_likelier():
    lines, observed = four()
    ahead = [row for row in observed if row.id != "T-00"] + rows(0, year_ends(10, 50, 90))
    slow, fast = of(lines, observed).iloc[0], of(lines, ahead).iloc[0]
    assert fast["reach_probability"] > slow["reach_probability"]
    assert set(np.round(of(lines, observed)["reach_probability"] * 10, 6) % 1) == {0.0}


def test_a_line_of_very_many_values_takes_no_longer_than_one_of_few(monkeypatch):
    asked = []
    ahead = Pool.ahead
    monkeypatch.setattr(Pool, "ahead", lambda *given: asked.append(1) or ahead(*given))
    many = tuple(place / 100 for place in range(2000))
    pool_of([Increments(many, tuple(share / 30 for share in many)) for _ in range(3)])
    assert len(asked) == 3 * 55  # pairs of 12 values of which the earlier one has one before it
