"""How even access is, by hand, by the definitions, and by what must not change; and plan A against plan B."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nanyi_gis import targets
from nanyi_gis.accessibility import (
    CHANGES,
    EQUITY_FILES,
    access_from,
    equity_summary,
    equity_tables,
    gini,
    lorenz_curve,
    minutes_table,
    nobody_worse_off,
    palma,
    plan_changes,
    read_minutes,
    scenario_changes,
    theil,
    theil_parts,
)
from nanyi_gis.accessibility.equity import index_rows
from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, ParameterError

values = st.lists(st.integers(0, 200), min_size=2, max_size=12)
INDICES = (gini, palma, theil)


def table(minutes, *, people=None, service="clinic", scenario="now", **more) -> pd.DataFrame:
    towns = [f"t{number}" for number in range(len(minutes))]
    heads = [1.0] * len(minutes) if people is None else people
    rows = {"township": towns, "people": heads, "service": service, "scenario": scenario, "minutes": minutes}
    return pd.DataFrame({**rows, **more})


# ---- the indices ----------------------------------------------------------------------------------------------------


def test_the_known_answers():
    assert gini(pd.Series([1, 2, 3, 4])) == pytest.approx(0.25)
    for n in (2, 5, 40):
        one = pd.Series([0.0] * (n - 1) + [7.0])
        assert gini(one) == pytest.approx(1 - 1 / n)
        assert theil(one) == pytest.approx(np.log(n))
    for n in (1, 3, 10, 17):
        alike = pd.Series([4.2] * n)
        assert [round(index(alike), 12) for index in INDICES] == [0.0, 0.25, 0.0]
    nothing = pd.Series([0.0, 0.0])
    assert [round(index(nothing), 12) for index in INDICES] == [0.0, 0.25, 0.0]
    assert palma(pd.Series([0.0] * 4 + [1.0] * 6)) == np.inf  # the four tenths have nothing


def test_palma_cuts_a_place_at_the_tenth_and_the_four_tenths():
    # [1, 2, 3, 4]: the top tenth is 0.4 of the last place, the bottom four tenths the first and 0.6 of the second
    assert palma(pd.Series([4, 2, 1, 3])) == pytest.approx((0.4 * 4) / (1 + 0.6 * 2))
    # 90 people with 10, 10 with 60: the tenth holds 600, the four tenths 400
    assert palma(pd.Series([10.0, 60.0]), weights=pd.Series([90.0, 10.0])) == pytest.approx(1.5)


def test_theil_by_hand():
    # half have 1, half 3: mean 2, T = (0.5 ln 0.5 + 1.5 ln 1.5) / 2
    assert theil(pd.Series([1.0, 3.0])) == pytest.approx((0.5 * np.log(0.5) + 1.5 * np.log(1.5)) / 2)
    parts = theil_parts(pd.Series([1.0, 3.0, 2.0, 2.0]), pd.Series(["a", "a", "b", "b"]))
    assert parts.between == pytest.approx(0.0, abs=1e-15)  # both groups have the mean 2
    assert parts.within == pytest.approx(0.5 * theil(pd.Series([1.0, 3.0])))


def brute_gini(x, w) -> float:
    """The mean difference between two people drawn at random, over twice the mean."""
    pairs = sum(a * b * abs(u - v) for (u, a), (v, b) in itertools.product(zip(x, w, strict=True), repeat=2))
    return pairs / (2 * sum(w) * sum(u * a for u, a in zip(x, w, strict=True)))


@given(values, st.data())
@settings(max_examples=60, deadline=None)
def test_indices_follow_their_definitions_and_do_not_change_where_they_must_not(x, data):
    assume(sum(x) > 0)
    w = data.draw(st.lists(st.integers(0, 5), min_size=len(x), max_size=len(x)))
    held = sum(a * b for a, b in zip(x, w, strict=True))
    assume(sum(w) > 0 and held > 0)
    series, weights = pd.Series(x, dtype=float), pd.Series(w, dtype=float)
    repeated = pd.Series(np.repeat(x, w), dtype=float)
    order = data.draw(st.permutations(range(len(x))))
    assert gini(series, weights=weights) == pytest.approx(brute_gini(x, w), abs=1e-12)
    ratio = repeated / repeated.mean()
    told = float(np.mean(np.where(ratio > 0, ratio * np.log(np.where(ratio > 0, ratio, 1.0)), 0.0)))
    assert theil(series, weights=weights) == pytest.approx(told, abs=1e-12)
    people = np.repeat(np.sort(repeated), 10)  # ten to each, so that the cuts fall between people
    few, many = people[: len(people) * 4 // 10].sum(), people[len(people) * 9 // 10 :].sum()
    expected = many / few if few else np.inf
    assert palma(series, weights=weights) == pytest.approx(expected, rel=1e-9)
    for index in INDICES:
        here = index(series, weights=weights)
        assert index(repeated) == pytest.approx(here, rel=1e-9, abs=1e-12)  # people, not rows, count
        assert index(3.7 * series, weights=weights) == pytest.approx(here, rel=1e-9, abs=1e-12)
        assert index(series, weights=9.0 * weights) == pytest.approx(here, rel=1e-9, abs=1e-12)
        mixed = series.iloc[order].reset_index(drop=True), weights.iloc[order].reset_index(drop=True)
        assert index(mixed[0], weights=mixed[1]) == pytest.approx(here, rel=1e-9, abs=1e-12)
    assert 0 <= gini(series, weights=weights) <= 1 - 1 / len(repeated) + 1e-12
    groups = pd.Series(data.draw(st.lists(st.sampled_from("abc"), min_size=len(x), max_size=len(x))))
    parts = theil_parts(series, groups, weights=weights)
    assert parts.total == pytest.approx(theil(series, weights=weights), abs=1e-12)
    assert min(parts) >= -1e-15
    curve = lorenz_curve(series, weights=weights)
    assert (curve["share"] <= curve["people"] + 1e-12).all()
    assert 1 - 2 * np.trapezoid(curve["share"], curve["people"]) == pytest.approx(gini(series, weights=weights))


def test_who_gives_to_one_with_more_makes_it_less_even():
    before, after = pd.Series([1.0, 5.0, 9.0]), pd.Series([0.5, 5.0, 9.5])
    assert all(index(after) > index(before) for index in INDICES)


@pytest.mark.parametrize("bad", [[1.0, -2.0], [1.0, np.inf], [1.0, np.nan]])
@pytest.mark.parametrize("index", INDICES)
def test_what_cannot_be_measured_is_refused(index, bad):
    with pytest.raises(DataError, match="finite and not negative; leave out or cap"):
        index(pd.Series(bad))


def test_a_place_without_a_group_is_refused():
    with pytest.raises(DataError, match="1 has no group"):
        theil_parts(pd.Series([1.0, 2.0]), pd.Series(["a", None]))


def test_access_halves_and_reaches_zero():
    assert access_from(pd.Series([0, 20, 40, np.inf]), halved_by=20).tolist() == [1.0, 0.5, 0.25, 0.0]
    with pytest.raises(ParameterError, match="halved_by is 0 min"):
        access_from(pd.Series([1.0]), halved_by=0)


# ---- the table ------------------------------------------------------------------------------------------------------


def test_a_table_is_completed_with_what_it_does_not_say(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "\ufefftownship,name,group,people,service,scenario,minutes\n"
        "甲,Jia,x,10,clinic,A,不可达\n乙,Yi,y,30,clinic,A,\n甲,Jia,x,10,clinic,B,5\n",
        encoding="utf-8",
    )
    found = read_minutes(path)
    assert found[["township", "scenario"]].to_numpy().tolist() == [["甲", "A"], ["乙", "A"], ["甲", "B"], ["乙", "B"]]
    assert found["minutes"].tolist()[0] == np.inf
    assert found["minutes"].isna().tolist() == [False, True, False, True]
    assert found["county"].tolist() == ["x", "y"] * 2
    assert found["name"].tolist() == ["Jia", "Yi"] * 2
    pd.testing.assert_frame_equal(minutes_table(found), found)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("甲,10,c,A,5\n乙,x,c,A,5", "people of row 2 is 'x', but people must be a number"),
        ("甲,10,c,A,-5", "minutes of row 1 is '-5', but minutes must be zero or more"),
        ("甲,10,c,A,5 min", "write the number alone"),
        ("甲,10,c,A,5\n甲,10,c,A,6", "row 2 is the second for 甲, c, A; leave one of them out"),
        ("甲,10,c,A,5\n甲,11,c,B,6", "people of 甲 in row 2 is 11.0, but 10.0 before"),
        (",10,c,A,5", "township of row 1 is empty; fill it"),
        ("", "has no rows"),
    ],
)
def test_a_bad_table_ends_in_one_line_and_writes_nothing(tmp_path, capsys, rows, words):
    path = tmp_path / "bad.csv"
    path.write_text(f"township,people,service,scenario,minutes\n{rows}\n", encoding="utf-8")
    assert main(["equity", str(path), "--out", str(tmp_path / "o")]) == 2
    [line] = capsys.readouterr().err.strip().splitlines()
    assert words in line
    assert "bad.csv" in line
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"people_low": 2.0}, "people_low of row 1 is 2, but people is 1; it may not be more"),
        ({"people_high": 0.5}, "people_high of row 1 is 0.5, but people is 1; it may not be less"),
        ({"minutes_high": [2.0, 9.0]}, "minutes_high of row 1 is 2, but minutes is 5; it may not be less"),
        ({"minutes_low": [np.nan, 9.0]}, "row 1 has only one of minutes and minutes_low"),
    ],
)
def test_an_interval_holds_its_value(more, words):
    with pytest.raises(DataError, match=words):
        minutes_table(table([5.0, 9.0], **more))


def test_an_empty_county_is_not_taken_for_all_of_them():
    with pytest.raises(DataError, match="county of row 2 is empty, but not everywhere"):
        minutes_table(table([5.0, 9.0], county=["x", ""]))
    assert minutes_table(table([5.0, 9.0], county=""))["county"].tolist() == ["", ""]


@pytest.mark.parametrize(
    ("row", "words"),
    [("a,0,c,A,5", "nobody lives there"), ("a,9,c,A,", "no minutes are known"), ("a,9,c,A,inf", "nobody reaches any")],
)
def test_why_there_is_no_index_is_told(tmp_path, capsys, row, words):
    (tmp_path / "t.csv").write_text(f"township,people,service,scenario,minutes\n{row}\n")
    assert main(["equity", str(tmp_path / "t.csv"), "--out", str(tmp_path / "o")]) == 0
    assert f"c A: {words}" in capsys.readouterr().out


def test_a_table_lacks_a_column(tmp_path, capsys):
    (tmp_path / "t.csv").write_text("township,people\na,1\n")
    assert main(["equity", str(tmp_path / "t.csv"), "--out", str(tmp_path / "o")]) == 2
    assert "lacks the column service, scenario, minutes" in capsys.readouterr().err
    with pytest.raises(DataError, match="lacks the column minutes"):
        minutes_table(table([1.0]).drop(columns="minutes"))


# ---- the summary ----------------------------------------------------------------------------------------------------


def test_unreachable_and_unknown_people_are_counted_and_never_dropped():
    rows = table([10, 40, np.inf, np.nan], people=[1, 2, 3, 4])
    [row] = equity_summary(rows).to_dict("records")
    assert (row["townships"], row["people"]) == (3, 6.0)
    assert (row["unreachable"], row["unreachable_people"]) == (1, 3.0)
    assert (row["unknown"], row["unknown_people"]) == (1, 4.0)
    assert row["within_30"] == pytest.approx(1 / 6)  # who has no way is outside
    assert row["within_60"] == pytest.approx(3 / 6)
    assert row["gini"] == pytest.approx(gini(pd.Series([10.0, 40.0]), weights=pd.Series([1.0, 2.0])))
    [capped] = equity_summary(rows, unreachable="cap", cap=100).to_dict("records")
    assert capped["gini"] == pytest.approx(gini(pd.Series([10, 40, 100]), weights=pd.Series([1, 2, 3])))
    with pytest.raises(DataError, match="cap is 30 min, but a township with a way takes 40"):
        equity_summary(rows, unreachable="cap", cap=30)
    [access] = equity_summary(rows, measure="access").to_dict("records")
    assert access["gini"] == pytest.approx(gini(access_from(pd.Series([10, 40, np.inf])), weights=pd.Series([1, 2, 3])))


def test_where_nobody_reaches_anything_there_is_no_index():
    for measure in ("minutes", "access"):
        [row] = equity_summary(table([np.inf, np.inf]), measure=measure).to_dict("records")
        assert np.isnan([row["gini"], row["palma_low"], row["theil_between_high"]]).all()
        assert (row["within_60"], row["unreachable"]) == (0.0, 2)


def test_counties_have_rows_and_part_of_the_whole():
    rows = table([10, 20, 60], people=[5, 5, 10], county=["x", "x", "y"])
    whole, x, y = equity_summary(rows).to_dict("records")
    assert [row["county"] for row in (whole, x, y)] == ["", "x", "y"]
    assert whole["mean"] == pytest.approx(37.5)
    assert (x["mean"], y["gini"]) == (15.0, 0.0)
    assert whole["theil"] == pytest.approx(whole["theil_within"] + whole["theil_between"])
    shares = {"x": 150 / 750, "y": 600 / 750}
    assert whole["theil_within"] == pytest.approx(shares["x"] * x["theil"])
    assert whole["theil_between"] == pytest.approx(sum(share * np.log(2 * share) for share in shares.values()))


def test_rules_and_links_in_doubt_make_the_range():
    rows = table([10, 40], people=[10, 10], minutes_low=[10, 20], minutes_high=[10, 40])
    rules = {"even": pd.Series({"t0": 10.0, "t1": 10.0}), "near": pd.Series({"t0": 15.0, "t1": 5.0})}
    [row] = equity_summary(rows, rules=rules).to_dict("records")
    assert (row["mean"], row["mean_low"], row["mean_high"]) == (25.0, 12.5, 25.0)
    assert (row["within_30"], row["within_30_low"], row["within_30_high"]) == (0.5, 0.5, 1.0)
    with pytest.raises(DataError, match="the rules have no people for 't1'"):
        equity_summary(rows, rules={"even": pd.Series({"t0": 1.0})})


@given(st.lists(st.integers(0, 120), min_size=2, max_size=9), st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_the_corners_hold_the_central_value_and_every_draw(minutes, seed):
    rng = np.random.default_rng(seed)
    count = len(minutes)
    central = rng.uniform(5, 20, count)
    low, high = central * rng.uniform(0.7, 1, count), central * rng.uniform(1, 1.3, count)
    rows = table([float(m) for m in minutes], people=central, people_low=low, people_high=high)
    [row] = equity_summary(rows, by_county=False).to_dict("records")
    for name in ("mean", "gini", "palma", "theil", "within_30"):
        assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]
    drawn = index_rows(np.array(minutes, float), rng.uniform(low, high, (50, count)), np.zeros(count, int))
    for number, name in enumerate(("mean", "gini", "palma", "theil")):
        if name != "palma":  # it jumps where the four tenths begin to hold something
            assert row[f"{name}_low"] - 1e-3 <= drawn[:, number].min()
            assert drawn[:, number].max() <= row[f"{name}_high"] + 1e-3


def test_the_range_of_a_share_is_exact():
    rows = table([10, 40, 90], people=[10, 10, 10], people_low=[5, 8, 9], people_high=[20, 10, 12])
    [row] = equity_summary(rows).to_dict("records")
    assert row["within_30_low"] == pytest.approx(5 / (5 + 10 + 12))
    assert row["within_30_high"] == pytest.approx(20 / (20 + 8 + 9))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"measure": "money"}, "measure is 'money'"),
        ({"unreachable": "drop"}, "unreachable is 'drop'"),
        ({"limits": [60, 30]}, "limits are 60, 30, but must rise"),
        ({"cap": -1}, "cap is -1 min"),
    ],
)
def test_bad_options_are_refused(options, words):
    with pytest.raises(ParameterError, match=words):
        equity_summary(table([1.0]), **options)


# ---- plan A against plan B ------------------------------------------------------------------------------------------


def test_who_gains_and_who_loses():
    old = table([50, 50, 50, 50, np.inf, np.inf, 20, np.nan], people=range(1, 9))
    new = table([30, 50.4, 51, np.inf, 40, np.inf, 20, 3], people=range(1, 9), scenario="then")
    found = plan_changes(old, new)
    told = ["gains", "same", "loses", "loses", "gains", "unreachable", "same", "unknown"]
    assert found["change"].tolist() == told
    assert found["saved"].tolist()[:5] == pytest.approx([20, -0.4, -1, -np.inf, np.inf])
    assert found["saved"].isna().tolist() == [False] * 5 + [True, False, True]
    [claim] = nobody_worse_off(found).to_dict("records")
    assert (claim["verdict"], claim["losers"], claim["open"]) == ("fails", "t2;t3", "t5;t7")
    assert (claim["gains"], claim["gains_people"], claim["loses_people"]) == (2, 6.0, 7.0)
    assert (claim["most_saved"], claim["most_lost"]) == (20.0, 1.0)
    assert sum(claim[change.replace(" ", "_")] for change in CHANGES) == 8


def test_people_who_gain_are_never_more_than_there_are():
    old = table([50, 50], people=[5, 5], people_low=[2, 2], people_high=[8, 8])
    found = plan_changes(old, table([10, 10], people=[5, 5]))
    rules = {"even": pd.Series({"t0": 5.0, "t1": 5.0}), "one": pd.Series({"t0": 8.0, "t1": 2.0})}
    [claim] = nobody_worse_off(found, rules=rules).to_dict("records")
    assert (claim["gains_people"], claim["gains_people_low"], claim["gains_people_high"]) == (10.0, 10.0, 10.0)
    [loose] = nobody_worse_off(found).to_dict("records")
    assert (loose["gains_people_low"], loose["gains_people_high"]) == (4.0, 16.0)


def test_the_claim_holds_or_cannot_be_told():
    old = table([50.0, 40.0])
    assert nobody_worse_off(plan_changes(old, table([50.0, 39.0])))["verdict"].tolist() == ["holds"]
    assert nobody_worse_off(plan_changes(old, table([50.0, np.nan])))["verdict"].tolist() == ["cannot be told"]
    unsure = table([50.0, 40.0], minutes_low=[50.0, 30.0])
    found = plan_changes(unsure, table([50.0, 35.0]))
    assert found["change"].tolist() == ["same", "depends"]  # 5 fewer, or 5 more if the link was open already
    assert nobody_worse_off(found)["verdict"].tolist() == ["cannot be told"]
    found = plan_changes(unsure, table([50.0, 30.0]))
    assert found["change"].tolist() == ["same", "gains or same"]
    assert nobody_worse_off(found)["verdict"].tolist() == ["holds"]
    assert nobody_worse_off(
        plan_changes(
            old,
            table([52.0, 20.0]),
        )
    )["losers"].tolist() == ["t0"]
    assert nobody_worse_off(plan_changes(old, table([52.0, 20.0]), tolerance=2))["verdict"].tolist() == ["holds"]


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), min_size=1, max_size=8))
@settings(max_examples=10, deadline=None)
def test_what_one_gains_from_a_to_b_is_lost_from_b_to_a(pairs):
    old, new = (table([float(pair[k]) for pair in pairs]) for k in (0, 1))
    there, back = plan_changes(old, new), plan_changes(new, old)
    np.testing.assert_allclose(there["saved"], -back["saved"])
    turned = back["change"].replace({"gains": "loses", "loses": "gains"})
    assert there["change"].tolist() == turned.tolist()
    assert set(plan_changes(old, old)["change"]) == {"same"}


def test_plans_that_cannot_be_compared_are_refused():
    old = table([1.0, 2.0])
    with pytest.raises(DataError, match="township t1 of clinic is in the first plan alone"):
        plan_changes(old, table([1.0]))
    with pytest.raises(DataError, match="no service in common"):
        plan_changes(old, table([1.0, 2.0], service="school"))
    both = pd.concat([old, table([1.0, 2.0], scenario="then")])
    with pytest.raises(DataError, match="clinic has the scenarios now and then in one plan"):
        plan_changes(both, old)
    with pytest.raises(DataError, match="no service has 'never' beside another scenario; the scenarios are: now, then"):
        scenario_changes(both, before="never")
    with pytest.raises(DataError, match="the second table has no scenario 'x'; it has: now"):
        equity_tables(old, against=old, after="x")
    with pytest.raises(ParameterError, match="tolerance is -1 min"):
        plan_changes(old, old, tolerance=-1)


# ---- the command and the study --------------------------------------------------------------------------------------


def test_the_command_writes_four_tables_of_two_plans(tmp_path, capsys):
    folder = tmp_path / "o"
    pd.concat([table([50, 40]), table([9, 9], service="s")]).to_csv(tmp_path / "a.csv", index=False)
    table([30, 45], scenario="later").to_csv(tmp_path / "b.csv", index=False)
    command = ["equity", str(tmp_path / "a.csv"), "--against", str(tmp_path / "b.csv"), "--out", str(folder)]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "clinic now: Gini of minutes 0.06 (0.06-0.06)" in told
    assert "nobody worse off, clinic, now to later: fails: worse off t1" in told
    assert sorted(path.name for path in folder.iterdir()) == sorted(EQUITY_FILES)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert main(command) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    changes = pd.read_csv(folder / "changes.csv")
    assert changes["change"].tolist() == ["gains", "loses"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--halved-by", "20"], "--halved-by is 20.0, but has no effect with --measure minutes"),
        (["--cap", "20"], "--cap is 20.0, but has no effect with --unreachable exclude"),
        (["--measure", "access", "--unreachable", "cap"], "--unreachable is 'cap', but has no effect with --measure"),
        (["--sub-centres"], "--sub-centres is set, but has no effect with TABLE"),
        (["--after", "later"], "no service has 'later' beside another scenario"),
        (["--minutes", "60,30"], "must rise strictly"),
    ],
)
def test_the_command_refuses_what_does_nothing(tmp_path, capsys, more, words):
    table([1.0]).to_csv(tmp_path / "a.csv", index=False)
    assert main(["equity", str(tmp_path / "a.csv"), "--out", str(tmp_path / "o"), *more]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    folder = tmp_path_factory.mktemp("equity")
    assert main(["equity", "--out", str(folder)]) == 0
    return {name: pd.read_csv(folder / name, dtype={"township": str, "scenario": str}) for name in EQUITY_FILES}


def test_the_studys_own_table_agrees_with_the_minutes_of_the_other_commands(own):
    found = own["townships.csv"]
    assert len(found) == 46 * 3 * 3
    told = targets.township_minutes("county_hospital")
    here = found[(found["service"] == "county_hospital") & (found["scenario"] == "complete")].set_index("township")
    np.testing.assert_allclose(here["minutes"], told["complete"].reindex(here.index), atol=1e-4)
    summary = own["equity.csv"]
    whole = summary[summary["county"].isna()].set_index(["service", "scenario"])
    ours = told.attrs["summary"]["complete"]
    row = whole.loc[("county_hospital", "complete")]
    assert row["gini"] == pytest.approx(ours["central"]["gini"], abs=1e-4)
    ends = [row["within_60_low"], row["within_60_high"], row["gini_low"], row["gini_high"]]
    assert ends == pytest.approx([*ours["within_60"], *ours["gini"]], abs=1e-4)
    for name in ("mean", "gini", "palma", "theil", "theil_within", "theil_between", "within_30", "within_60"):
        known = whole.dropna(subset=["gini"])
        assert (known[f"{name}_low"] <= known[name]).all()
        assert (known[name] <= known[f"{name}_high"]).all()
    np.testing.assert_allclose(whole["theil"], whole["theil_within"] + whole["theil_between"], atol=2e-4)
    assert (whole["unknown"] == 1).all()  # 东新镇 has no place


def test_no_known_township_loses_by_what_the_plan_builds(own):
    """Roads are only added, so none can; and of what has no place nothing is claimed."""
    claims = own["claims.csv"]
    assert (claims["loses"] == 0).all()
    assert claims["open"].astype(str).tolist() == ["510525117"] * len(claims)
    assert set(claims["verdict"]) == {"cannot be told"}


def test_proposals_of_sub_centres_weigh_townships_against_each_other():
    towns = pd.DataFrame(
        {"name_zh": "甲", "name_en": "A", "county": "x", "population": 10.0, "population_low": 9.0,
         "population_high": 11.0, "today": [60.0, 60.0]}, index=["1", "2"],
    )  # fmt: skip
    towns.attrs["summary"] = {"today": {}}

    class Centres:
        towns = pd.DataFrame(
            {"before": [60.0, 60.0], "after_p_median": [0.0, 50.0], "after_max_coverage": [0.0, 50.0],
             "after_p_center": [20.0, 20.0], "after_balanced": [0.0, 50.0]}, index=["1", "2"],
        )  # fmt: skip

    doubt = {"county_hospital": pd.DataFrame({"with": [40.0, 60.0], "without": [60.0, 60.0]}, index=["1", "2"])}
    found = targets.equity_minutes({"county_hospital": towns}, doubt=doubt, centres=Centres())
    assert found.groupby("service")["scenario"].nunique().to_dict() == {"county_hospital": 1, "sub_centre": 5}
    assert found["minutes_low"].tolist()[:2] == [40.0, 60.0]
    claims = nobody_worse_off(targets.equity_changes(found)).set_index("scenario_after")
    assert claims["verdict"].to_dict() == {
        "p_median": "holds", "max_coverage": "holds", "p_center": "fails", "balanced": "holds",
    }  # fmt: skip
    assert claims.loc["p_center", "losers"] == "1"
