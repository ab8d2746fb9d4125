"""States of the register's lines: worked by hand, and what must hold whatever is reported."""

import datetime
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanyi_gis import monitor
from nanyi_gis.errors import ParameterError
from nanyi_gis.monitor import STATES, Observation, Tracked, read_register, read_rule, status, tracked
from nanyi_gis.study import load_study

DAY = datetime.date
STUDY = load_study()
LINES = tracked(STUDY)
REGISTER = read_register(STUDY)
RULES = {name: read_rule(name) for name in monitor.rule_names()}
GOOD = ["已完成", "正常", "临近", "滞后", "逾期"]  # from the best


def seen(id_, county, on, value=None, *, high=None, state="", nature="累计", source="x", note="", line=2, file="a.csv"):
    """Return an observation."""
    return Observation(
        id=id_,
        county=county,
        on=on,
        low=None if value is None else float(value),
        high=None if value is None else float(value if high is None else high),
        state=state,
        nature=nature,
        source=source,
        evidence="",
        agency="",
        reporter="",
        note=note,
        file=file,
        line=line,
    )


def line(**given):
    """Return a line for both counties: 10 of something, 2021 to 2025."""
    base = {
        "id": "T-01",
        "name_zh": "事项",
        "name_en": "item",
        "theme": "general",
        "clause": "一",
        "county": "两县",
        "whole": True,
        "low": 10.0,
        "high": 10.0,
        "comparator": "=",
        "unit": "个",
        "nature": "累计",
        "start": DAY(2021, 1, 1),
        "deadline": DAY(2025, 12, 31),
        "basis": "stated",
        "owners": ("局",),
    }
    return Tracked(**{**base, **given})


def stands(lines, rows, *, as_of, rule="neutral"):
    return status(lines, rows, register=REGISTER, as_of=as_of, rule=RULES[rule])


def one(target, rows, *, as_of, rule="neutral"):
    return stands([target], rows, as_of=as_of, rule=rule).iloc[0]


TEMPLATE = [
    seen("W-12", "古蔺", DAY(2022, 12, 31), 2, source="县卫健局2022年工作总结第3页"),
    seen("W-12", "叙永", DAY(2022, 12, 31), 2, source="", line=3),
    seen("I-20", "古蔺", DAY(2022, 12, 31), state="已完成", nature="状态", source="通车公告", line=5),
]


def test_the_template_as_a_hand_works_it():
    found = stands(LINES, TEMPLATE, as_of=DAY(2022, 12, 31)).set_index(["id", "county"])
    gulin, xuyong, both = (found.loc[("W-12", county)] for county in ("古蔺", "叙永", "两县"))
    assert gulin["completion"] == pytest.approx(2 / 6)
    assert gulin["elapsed"] == pytest.approx(730 / 1826)
    assert gulin["gap"] == pytest.approx(2 / 6 - 730 / 1826)
    assert (gulin["state"], xuyong["state"], both["state"]) == ("滞后", "正常", "滞后")
    assert xuyong["completion"] == pytest.approx(0.4)
    assert both["completion"] == pytest.approx(4 / 11)
    assert both["summed"] == "叙永、古蔺"
    assert found.loc[("I-20", "古蔺"), "state"] == "已完成"
    assert found.loc[("G-02", "两县"), "state"] == "无数据"
    assert "2022-12-31" in gulin["reason"]
    assert gulin["source"] == "县卫健局2022年工作总结第3页"
    # 4 more in 1,096 days
    assert gulin["pace_required"] == pytest.approx(4 / (1096 / (365.25 / 12)))


def test_nothing_is_late_without_evidence():
    found = stands(LINES, TEMPLATE, as_of=DAY(2026, 11, 28))
    assert "逾期" not in set(found["state"])
    assert set(found["state"]) == {"已完成", "无数据", "不可量化"}
    gulin = found[(found["id"] == "W-12") & (found["county"] == "古蔺")].iloc[0]
    assert gulin["deadline_passed"]
    assert "早于期限" in gulin["reason"]
    empty = found[found["id"] == "G-02"].iloc[0]
    assert "期限2025-12-31已过，无佐证" in empty["reason"]


def test_the_day_of_the_deadline_is_not_late():
    short = [seen("T-01", "两县", DAY(2025, 12, 31), 9)]
    assert one(line(), short, as_of=DAY(2025, 12, 31))["state"] == "滞后"
    assert one(line(), short, as_of=DAY(2025, 12, 31), rule="yinchuan")["state"] == "滞后"
    assert one(line(), short, as_of=DAY(2026, 1, 1))["state"] == "逾期"
    early = [seen("T-01", "两县", DAY(2025, 12, 30), 9)]
    assert one(line(), early, as_of=DAY(2026, 1, 1))["state"] == "无数据"
    assert one(line(), [seen("T-01", "两县", DAY(2025, 12, 31), 10)], as_of=DAY(2026, 1, 1))["state"] == "已完成"


def test_near_is_on_pace_with_few_days_left():
    rows = [seen("T-01", "两县", DAY(2025, 6, 30), 9.5)]
    assert one(line(), rows, as_of=DAY(2025, 10, 1))["state"] == "正常"  # 91 days
    assert one(line(), rows, as_of=DAY(2025, 10, 2))["state"] == "临近"  # 90
    assert one(line(), rows, as_of=DAY(2025, 10, 2), rule="yinchuan")["state"] == "正常"
    assert one(line(), rows, as_of=DAY(2025, 12, 2), rule="suqian")["lamp"] == "蓝色单"


def test_rules_colour_one_row_differently():
    rows = [seen("W-12", "古蔺", DAY(2022, 12, 31), 2)]
    target = next(part for part in LINES if part.id == "W-12" and part.county == "古蔺")
    found = {name: one(target, rows, as_of=DAY(2022, 12, 31), rule=name) for name in RULES}
    assert (found["yinchuan"]["lamp"], found["sanya"]["lamp"]) == ("绿灯", "黄牌")
    assert (found["yinchuan"]["state"], found["sanya"]["state"]) == ("正常", "滞后")
    assert found["yinchuan"]["colour"] != found["sanya"]["colour"]
    # 10 and 30 points below 40 % of the time are yellow, as published; more is red
    half = line(low=1000.0, high=1000.0, start=DAY(2021, 1, 1), deadline=DAY(2021, 1, 10))
    for value, lamp in ((301, "绿灯"), (300, "黄灯"), (100, "黄灯"), (99, "红灯")):
        row = [seen("T-01", "两县", DAY(2021, 1, 4), value)]
        assert one(half, row, as_of=DAY(2021, 1, 4), rule="yinchuan")["lamp"] == lamp
    for value, lamp in ((400, "绿牌"), (399, "黄牌"), (200, "黄牌"), (199, "红牌")):
        row = [seen("T-01", "两县", DAY(2021, 1, 4), value)]
        assert one(half, row, as_of=DAY(2021, 1, 4), rule="sanya")["lamp"] == lamp


def test_a_range_is_judged_by_its_worse_end():
    both = line(low=11.0, high=11.0)
    found = one(both, [seen("T-01", "两县", DAY(2022, 12, 31), 0, high=4)], as_of=DAY(2022, 12, 31))
    assert (found["completion_low"], found["completion_high"]) == (0.0, pytest.approx(4 / 11))
    assert found["state"] == "滞后"
    assert "区间" not in found["reason"]  # both ends agree
    found = one(both, [seen("T-01", "两县", DAY(2022, 12, 31), 4, high=5)], as_of=DAY(2022, 12, 31))
    assert found["state"] == "滞后"
    assert "另一端为正常" in found["reason"]


def test_what_has_no_number():
    milestone = line(low=None, high=None, unit="状态", nature="状态")
    vague = line(low=None, high=None, unit="状态", nature="状态", deadline=None, basis="none")
    on, after = DAY(2023, 1, 1), DAY(2023, 6, 1)

    def state(target, word, as_of, day=on):
        return one(target, [seen("T-01", "两县", day, state=word, nature="状态")], as_of=as_of)["state"]

    assert one(vague, [], as_of=after)["state"] == "不可量化"
    assert state(vague, "在建", after) == "不可量化"
    assert state(vague, "建成", after) == "已完成"
    assert one(milestone, [], as_of=after)["state"] == "无数据"
    assert state(milestone, "在建", after) == "正常"
    assert state(milestone, "未开工", after) == "滞后"
    assert state(milestone, "在建", DAY(2026, 2, 1)) == "无数据"
    assert state(milestone, "在建", DAY(2026, 2, 1), DAY(2026, 1, 5)) == "逾期"
    assert state(milestone, "前期", after) == "滞后"
    assert state(milestone, "停工", after) == "滞后"
    assert state(milestone, "已调整", after) == "已调整"
    assert state(line(), "已调整", after) == "已调整"


def test_a_gap_that_counts_is_not_told_as_none():
    found = one(line(), [seen("T-01", "两县", DAY(2022, 1, 1), 2)], as_of=DAY(2023, 1, 1))
    assert found["state"] == "滞后"
    assert "低不足0.1个百分点" in found["reason"]
    assert "less than 0.1 points below" in found["reason_en"]


def test_a_deadline_that_has_passed_has_no_forecast():
    lines = [line(id=f"T-0{place}") for place in range(4)]
    rows = [seen(each.id, "两县", DAY(year, 12, 31), year - 2020) for each in lines for year in (2021, 2022)]
    before = stands(lines, rows, as_of=DAY(2025, 12, 31))
    after = stands(lines, rows, as_of=DAY(2026, 1, 1))
    assert before["forecast_low"].notna().all()
    assert after["forecast_low"].isna().all()
    assert set(after["reach_words"]) == {""}


def test_words_give_what_is_done_where_they_say_it():
    milestone = line(low=None, high=None, unit="状态", nature="状态")
    after = DAY(2024, 6, 30)
    shares = {
        word: one(milestone, [seen("T-01", "两县", DAY(2023, 1, 1), state=word, nature="状态")], as_of=after)[
            "completion"
        ]
        for word in ("已完成", "未开工", "前期", "停工", "在建")
    }
    assert [shares[word] for word in ("已完成", "未开工", "前期")] == [1.0, 0.0, 0.0]
    assert shares["停工"] != shares["停工"]  # how much of it stands, a word does not tell
    assert shares["在建"] != shares["在建"]


def test_a_sum_that_is_met_by_one_county_alone_is_told():
    split = [
        line(low=11.0, high=11.0),
        line(county="叙永", whole=False, low=5.0),
        line(county="古蔺", whole=False, low=6.0),
    ]
    day = DAY(2022, 12, 31)
    found = stands(split, [seen("T-01", "叙永", day, 9), seen("T-01", "古蔺", day, 2)], as_of=day).iloc[0]
    assert found["state"] == "已完成"
    assert "合计达到而古蔺2未达其6" in found["reason"]
    even = stands(split, [seen("T-01", "叙永", day, 5), seen("T-01", "古蔺", day, 6)], as_of=day).iloc[0]
    assert "合计达到而" not in even["reason"]


def test_levels_of_different_days_make_no_sum():
    two = [line(nature="状态", low=11.0), line(county="叙永", whole=False), line(county="古蔺", whole=False)]
    rows = [seen("T-01", "古蔺", DAY(2022, 12, 31), 2), seen("T-01", "叙永", DAY(2023, 6, 30), 3)]
    found = stands(two, rows, as_of=DAY(2023, 12, 31)).iloc[0]
    assert found["state"] == "无数据"
    assert "不能合计" in found["reason"]


def test_counties_make_the_whole_only_together():
    two = [
        line(low=11.0, high=11.0),
        line(county="叙永", whole=False, low=5.0),
        line(county="古蔺", whole=False, low=6.0),
    ]
    day, later = DAY(2022, 12, 31), DAY(2023, 6, 30)
    found = stands(two, [seen("T-01", "古蔺", day, 2)], as_of=later).iloc[0]
    assert (found["state"], found["missing"]) == ("无数据", "叙永")
    assert "叙永未报" in found["reason"]
    rows = [seen("T-01", "古蔺", day, 2), seen("T-01", "叙永", later, 3)]
    found = stands(two, rows, as_of=later).iloc[0]
    # 叙永 may have had anything from 0 to its later 3 on the older day
    assert (found["value_low"], found["value_high"], found["value_on"]) == (2.0, 5.0, "2022-12-31")
    assert (found["state"], round(found["completion"], 4)) == ("滞后", 0.1818)
    assert "叙永当时尚无数据，按0至3计" in found["reason"]
    again = stands(two, [*rows, seen("T-01", "叙永", DAY(2021, 12, 31), 1)], as_of=later).iloc[0]
    assert (again["value_low"], again["value_high"]) == (3.0, 3.0)
    own = [*rows, seen("T-01", "叙永", day, 2), seen("T-01", "两县", day, 5)]
    found = stands(two, own, as_of=day).iloc[0]
    assert found["conflict"]
    assert found["value_low"] == 5.0
    assert "相加为4" in found["reason"]
    share = [line(unit="%", nature="状态"), line(county="叙永", whole=False), line(county="古蔺", whole=False)]
    found = stands(share, [seen("T-01", "古蔺", day, 2), seen("T-01", "叙永", day, 2)], as_of=later).iloc[0]
    assert (found["state"], found["summed"]) == ("无数据", "")


def test_a_year_counts_when_it_is_over_and_in_its_own_way():
    annual = line(nature="年度", unit="亿元", comparator=">=", high=None)
    part = [seen("T-01", "两县", DAY(2023, 6, 30), 3, nature="年度")]
    found = one(annual, part, as_of=DAY(2023, 12, 31))
    assert (found["state"], found["observations"]) == ("无数据", 1)
    assert "年内数" in found["reason"]
    found = one(annual, [*part, seen("T-01", "两县", DAY(2023, 12, 31), 8, nature="年度")], as_of=DAY(2023, 12, 31))
    assert (found["state"], found["value_low"]) == ("正常", 8.0)
    found = one(line(), [seen("T-01", "两县", DAY(2023, 12, 31), 8, nature="年度")], as_of=DAY(2023, 12, 31))
    assert found["state"] == "无数据"
    assert "未采用" in found["reason"]


def test_a_ceiling_is_kept_to_the_end():
    limit = line(comparator="<=", nature="状态")
    day = DAY(2023, 1, 1)
    assert one(limit, [seen("T-01", "两县", day, 9)], as_of=day)["state"] == "正常"
    found = one(limit, [seen("T-01", "两县", day, 20)], as_of=day)
    assert (found["state"], found["completion"]) == ("滞后", 0.5)
    end = DAY(2025, 12, 31)
    assert one(limit, [seen("T-01", "两县", end, 10)], as_of=DAY(2026, 2, 1))["state"] == "已完成"
    assert one(limit, [seen("T-01", "两县", end, 11)], as_of=DAY(2026, 2, 1))["state"] == "逾期"


def test_more_than_is_more_than_and_about_has_room():
    over = line(comparator=">", high=None)
    end, after = DAY(2025, 12, 31), DAY(2026, 1, 1)
    assert one(over, [seen("T-01", "两县", end, 10)], as_of=after)["state"] == "逾期"
    assert one(over, [seen("T-01", "两县", end, 10.1)], as_of=after)["state"] == "已完成"
    about = line(comparator="~")
    assert one(about, [seen("T-01", "两县", end, 9.5)], as_of=after)["state"] == "已完成"
    assert one(about, [seen("T-01", "两县", end, 9.4)], as_of=after)["state"] == "逾期"


def test_a_correction_stands_whatever_the_order():
    first = seen("T-01", "两县", DAY(2023, 1, 1), 9)
    right = seen("T-01", "两县", DAY(2023, 1, 1), 2, note="更正：原报有误", line=3)
    for rows in ([first, right], [right, first]):
        assert one(line(), rows, as_of=DAY(2023, 1, 1))["value_low"] == 2.0


days = st.dates(DAY(2021, 1, 1), DAY(2027, 12, 31))
values = st.floats(0, 15, allow_nan=False).map(lambda value: round(value, 3))
counties = st.sampled_from(["两县", "叙永", "古蔺"])
rows_of = st.lists(
    st.builds(
        lambda county, on, value, state: seen(
            "T-01", county, on, None if state else value, state=state, nature="状态" if state else "累计"
        ),
        counties,
        days,
        values,
        st.sampled_from(["", "", "", "在建", "未开工", "已完成", "已调整"]),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(rows=rows_of, as_of=days, rule=st.sampled_from(sorted(RULES)), seed=st.integers(0, 99))
def test_every_line_has_one_state_whatever_the_order_of_rows(rows, as_of, rule, seed):
    lines = [line(), line(county="叙永", whole=False, low=4.0), line(county="古蔺", whole=False, low=6.0)]
    distinct = list({(row.county, row.on): row for row in rows}.values())
    found = stands(lines, distinct, as_of=as_of, rule=rule)
    assert set(found["state"]) <= set(STATES)
    assert (found["lamp"].str.len() > 0).all()
    assert (found["reason"].str.endswith("。")).all()
    late = found[found["state"] == "逾期"]
    assert (late["deadline"] < str(as_of)).all()
    shuffled = random.Random(seed).sample(distinct, len(distinct))
    assert stands(lines, shuffled, as_of=as_of, rule=rule).equals(found)
    own = [row for row in distinct if row.county == "两县" and row.on <= as_of and row.low is not None]
    parts = found[found["county"] != "两县"]
    if not own and found["summed"].iloc[0] and parts["value_on"].nunique() == 1:
        assert found["value_low"].iloc[0] == pytest.approx(parts["value_low"].sum())


@settings(max_examples=80, deadline=None)
@given(on=days, as_of=days, value=values, more=values, rule=st.sampled_from(sorted(RULES)))
def test_more_done_is_never_a_worse_state(on, as_of, value, more, rule):
    low, high = (
        one(line(), [seen("T-01", "两县", on, done)], as_of=as_of, rule=rule)["state"] for done in (value, value + more)
    )
    order = [*GOOD, "无数据"]
    assert order.index(high) <= order.index(low)


def test_a_rule_says_what_is_wrong_with_it(tmp_path):
    text = (STUDY.files["monitor"] / "states" / "neutral.toml").read_text(encoding="utf-8")
    faults = {
        text.replace("#65686d", "#00c040"): "grey for 无数据",
        text.replace("above = 0.0", "from = 0.0"): "not begin from 0",
        text.replace("above = 0.0", ""): "one edge",
        text.replace('"逾期" =', '"超期" ='): "lamp for each",
        text.replace("near_days = 90", "near = 90"): "near is no key",
        text.replace("#cd5b0d", "orange"): "hexadecimal",
    }
    for number, (bad, words) in enumerate(faults.items()):
        file = tmp_path / f"{number}.toml"
        file.write_text(bad, encoding="utf-8")
        with pytest.raises(ParameterError, match=words) as fault:
            read_rule(file)
        assert "\n" not in str(fault.value)
    with pytest.raises(ParameterError, match="must be one of neutral"):
        read_rule("nothing")


def test_rules_say_where_they_are_from():
    for name, rule in RULES.items():
        assert rule.name == name
        assert (rule.address == "") == (rule.sure == "own")
    assert Counter(rule.measure for rule in RULES.values()) == {"points": 3, "share": 1}
