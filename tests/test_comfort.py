"""Comfort indices against hand calculations and what the standard's table says; ranks against their definition."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanyi_gis import comfort
from nanyi_gis.cli import main
from nanyi_gis.comfort import Criterion, load_index, rank_by, rank_probabilities, ranked
from nanyi_gis.errors import DataError, ParameterError

CRITERIA = """
[[criterion]]
column = "temperature"
worst = 28
best = 18
weight = 0.5
sd = 0.5

[[criterion]]
column = "minutes"
worst = 120
best = 0
weight = 0.5
sd_share = 0.1
"""
FIVE = "very_cold cold cold comfortable comfortable hot hot sultry"
degrees = st.floats(-30, 45, allow_nan=False)
shares = st.floats(0, 1, allow_nan=False)


# ---- indices --------------------------------------------------------------------------------------------------------


def test_the_known_answers_of_the_two_indices():
    thi, wind = load_index("thi"), load_index("wind_effect")
    assert thi.value(temperature=27.0, humidity=0.8) == pytest.approx(25.614)
    assert thi.value(temperature=27.0, humidity=1.0) == 27.0
    assert thi.value(temperature=14.4, humidity=0.3) == pytest.approx(14.4)  # where humidity does not matter
    assert wind.value(temperature=33.0, wind=3.0, sunshine=0.0) == 0.0
    assert wind.value(temperature=33.0, wind=3.0, sunshine=4.0) == pytest.approx(34.2)
    assert wind.value(temperature=10.0, wind=1.0, sunshine=2.0) == pytest.approx(-19.45 * 23 + 17.1)


def test_floats_arrays_and_series_alike():
    thi = load_index("thi")
    series = pd.Series([27.0, np.nan], index=["a", "b"])
    found = thi.value(temperature=series, humidity=0.8)
    assert list(found.index) == ["a", "b"]
    assert found["a"] == thi.value(temperature=np.array([27.0]), humidity=np.array([0.8]))[0]
    assert thi.classed(found).to_dict() == {"a": "hot", "b": ""}


@given(degrees, degrees, shares)
def test_warmer_air_of_one_humidity_is_warmer(one, other, humidity):
    low, high = sorted((one, other))
    thi = load_index("thi")
    assert thi.value(temperature=low, humidity=humidity) <= thi.value(temperature=high, humidity=humidity) + 1e-9


@given(st.floats(15, 45), shares, shares)
def test_damp_heat_is_worse(temperature, one, other):
    low, high = sorted((one, other))
    assert comfort.temperature_humidity(temperature, low) <= comfort.temperature_humidity(temperature, high) + 1e-9
    assert comfort.humidex(temperature, low) <= comfort.humidex(temperature, high) + 1e-9


@pytest.mark.parametrize(
    ("index", "values", "classes"),
    [
        ("thi", [13.9, 14.0, 16.9, 17.0, 25.4, 25.5, 27.5, 27.6], FIVE),
        ("wind_effect", [-401, -400, -300, -299, -100, -99, -10, -9], FIVE),
        ("hci_urban", [9, 59, 60, 90, 100], "impossible acceptable good ideal ideal"),
    ],
)
def test_the_limits_of_the_classes(index, values, classes):
    assert load_index(index).classed(values).tolist() == classes.split()


def test_the_holiday_climate_index_by_hand():
    hci = load_index("hci_urban")
    fine = hci.value(maximum=25.0, humidity=0.1, cloud=15.0, rain=0.0, wind=1.0)
    assert fine == 100.0  # 4 * 10 + 2 * 10 + 3 * 10 + 10: dry, so the humidex is the temperature
    bad = hci.value(maximum=40.0, humidity=0.1, cloud=100.0, rain=30.0, wind=20.0)
    assert bad == 4 * 0 + 2 * 1 + 3 * -1 - 10


def test_which_index_governs():
    shipped = {name: one for name, one in comfort.comfort_indices().items() if name != "hci_urban"}
    found = [comfort.governing(shipped, month=month)[0] for month in range(1, 13)]
    assert found == ["wind_effect"] * 3 + ["thi"] * 6 + ["wind_effect"] * 3
    assert comfort.governing(shipped, month=7, wind=3.1) == ("wind_effect",)
    with pytest.raises(ParameterError, match="month is 13"):
        comfort.governing(shipped, month=13)


def test_every_shipped_record_says_where_it_is_from():
    for one in comfort.comfort_indices().values():
        assert one.evidence == "K-med"
        assert one.year >= 2011
        assert one.standard
        assert "was not seen" in one.source
        assert one.status_zh
        assert any(part.comfortable for part in one.classes)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"temperature": 27.0, "humidity": 80.0}, "humidity is 80, but must be 0 to 1 .*divide percent by 100"),
        ({"temperature": 270.0, "humidity": 0.8}, "temperature is 270, but must be -40 to 50"),
        ({"temperature": 27.0}, "thi lacks humidity"),
        ({"temperature": 27.0, "humidity": 0.8, "fog": 1}, "fog"),
    ],
)
def test_an_input_that_cannot_be_is_refused(inputs, words):
    with pytest.raises(ParameterError, match=words):
        load_index("thi").value(**inputs)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('formula = "temperature_humidity"', 'formula = "eval"', "formula is 'eval'"),
        ("slope = 0.55", "slop = 0.55", "coefficients.slop is unknown"),
        ("low = 17.0", "low = 13.0", "must rise from class to class"),
        ("low = 17.0", 'low = "x"', "low of class 3"),
        ('name = "humidity"', 'name = "wind"', "takes temperature, humidity"),
        ("months = [4", "months = [14", "months"),
        ('id = "thi"', "", "id is missing"),
    ],
)
def test_a_bad_record_is_refused_in_one_line(tmp_path, old, new, words):
    text = (comfort.index.data_file("comfort/thi.toml")).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "own.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ParameterError, match=words) as caught:
        load_index(path)
    assert "\n" not in str(caught.value)


@given(st.floats(10, 35), st.floats(10, 35))
def test_hot_days_rise_with_the_mean_and_stay_in_the_month(one, other):
    low, high = sorted((one, other))
    few, many = (comfort.hot_days(mean, gap=5.0, sd=3.5) for mean in (low, high))
    assert 0 <= few <= many + 1e-9
    assert many <= 31


# ---- ranks ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.lists(st.integers(0, 4), min_size=4, max_size=4), min_size=1, max_size=6))
def test_rank_probabilities_sum_to_one_by_place_and_by_rank(scores):
    found = rank_probabilities(np.array(scores, dtype=float))
    assert found.sum(axis=0) == pytest.approx(np.ones(4))
    assert found.sum(axis=1) == pytest.approx(np.ones(4))
    assert (found >= -1e-12).all()


def test_rank_probabilities_against_counting():
    drawn = np.random.default_rng(3).random((200, 5))
    counted = np.zeros((5, 5))
    for row in drawn:
        for rank, place in enumerate(np.argsort(-row)):
            counted[place, rank] += 1 / 200
    assert rank_probabilities(drawn) == pytest.approx(counted)


def places(*rows: tuple[float, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["temperature", "minutes"])
    return table.assign(place=[f"p{k}" for k in range(len(table))])


CRITERION = (
    Criterion(column="temperature", worst=28, best=18, weight=1, sd=0.5),
    Criterion(column="minutes", worst=120, best=0, weight=1, sd_share=0.1),
)


@given(st.floats(19, 27), st.floats(0.0, 5.0), st.floats(0, 110))
def test_a_cooler_place_with_equal_access_never_ranks_worse(temperature, cooler, minutes):
    table = places((temperature, minutes), (temperature - cooler, minutes), (23.0, 40.0))
    found = rank_by(table, CRITERION, places="place", samples=20).table.set_index("place")
    assert found.loc["p1", "score"] >= found.loc["p0", "score"] - 1e-9


def test_what_cannot_be_told_apart_is_said():
    found = rank_by(places((20.0, 10.0), (20.05, 10.0), (27.5, 110.0)), CRITERION, places="place", samples=400)
    table = found.table.set_index("place")
    assert table["alike"].to_dict() == {"p0": 1, "p1": 1, "p2": 0}
    assert table.loc["p2", ["rank", "rank_low", "rank_high"]].tolist() == [3, 3, 3]
    assert table.loc["p0", "rank_high"] == 2
    assert found.probabilities.sum().to_numpy() == pytest.approx(np.ones(3))


def test_equal_seeds_give_equal_ranks():
    table = places((20.0, 10.0), (21.0, 15.0))
    one, other = (rank_by(table, CRITERION, places="place", samples=50, seed=4) for _ in range(2))
    assert one.probabilities.equals(other.probabilities)


def test_a_place_without_a_value_cannot_be_ranked():
    with pytest.raises(DataError, match="finite numbers"):
        ranked(["a", "b"], [[1.0, np.nan]])
    with pytest.raises(DataError, match="scores of 1 places for 2 names"):
        ranked(["a", "b"], [[1.0]])


# ---- the command ----------------------------------------------------------------------------------------------------


def run(folder, table: str, *more: str, criteria: str = CRITERIA) -> int:
    (folder / "july.csv").write_text(table, encoding="utf-8")
    (folder / "criteria.toml").write_text(criteria, encoding="utf-8")
    return main(["comfort", str(folder / "july.csv"), "--out", str(folder / "out"), *more])


GOOD = "place,temperature,humidity,minutes\n山上,21,0.8,60\n河谷,27,0.8,20\n"


def test_the_command_writes_indices_classes_and_ranks(tmp_path, capsys):
    assert run(tmp_path, GOOD, "--rank", str(tmp_path / "criteria.toml"), "--samples", "100") == 0
    told = capsys.readouterr()
    values = pd.read_csv(tmp_path / "out" / "comfort.csv")
    assert values["thi"].tolist() == pytest.approx([21 - 0.55 * 0.2 * 6.6, 25.614])
    assert values["thi_class"].tolist() == ["comfortable", "hot"]
    ranks = pd.read_csv(tmp_path / "out" / "ranks.csv")
    assert ranks.loc[0, "place"] == "山上"
    chances = pd.read_csv(tmp_path / "out" / "rank_probabilities.csv").set_index("place")
    assert chances.sum(axis=1).tolist() == pytest.approx([1, 1], abs=1e-3)
    assert "being revised" in told.err


def test_a_class_that_ranks_nothing_is_said(tmp_path, capsys):
    assert run(tmp_path, "place,temperature,humidity\na,20,0.8\nb,24,0.8\nc,,0.8\n") == 0
    told = capsys.readouterr().err
    assert "all 2 rows are of the class comfortable, so the class ranks nothing" in told
    assert "1 of 3 rows lack an input" in told


@pytest.mark.parametrize(
    ("table", "more", "words"),
    [
        ("place,temperature,humidity\na,20,80\n", (), "humidity is 80, but must be 0 to 1"),
        ("place,temperature,humidity\na,20 C,0.8\n", (), "temperature of row 1 is '20 C'"),
        ("place,temperature\na,20\n", (), "inputs of no index"),
        ("name,temperature,humidity\na,20,0.8\n", (), "lacks the column place"),
        ("place,temperature,humidity\n", (), "has no row"),
        ("place,temperature,humidity\na,20,0.8\n ,20,0.8\n", (), "place of row 2 is empty"),
        ("place,month,temperature,humidity\na,13,20,0.8\n", (), "month of row 1 is '13', but must be 1 to 12"),
        ("place,temperature,humidity\na\0,20,0.8\n", (), "holds zero bytes; give a UTF-8 CSV"),
        ("place,temperature,humidity,thi\na,20,0.8,1\n", (), "'thi', but that is written here"),
        (GOOD.replace("河谷", "山上"), ("--rank", "criteria.toml"), "twice"),
        (GOOD.replace(",60", ","), ("--rank", "criteria.toml"), "minutes of row 1 is empty"),
        (GOOD.replace("minutes", "hours"), ("--rank", "criteria.toml"), "'minutes'"),
        (GOOD, ("--top", "3"), "no effect without"),
        (GOOD, ("--index", "pmv"), "'pmv'"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(tmp_path, capsys, table, more, words):
    given_ = [str(tmp_path / one) if one.endswith(".toml") else one for one in more]
    assert run(tmp_path, table, *given_) == 2
    told = capsys.readouterr().err.strip()
    assert words in told
    assert "\n" not in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("worst = 28", "worst = 18", "must differ"),
        ("weight = 0.5", "weight = 0", "above zero"),
        ("best = 18", "", "criterion.best is missing"),
        ("sd = 0.5", "sdd = 0.5", "criterion.sdd is unknown"),
        ("[[criterion]]", "[[criteria]]", "criteria is unknown"),
        ("sd = 0.5", "sd = -1", "sd of temperature"),
    ],
)
def test_bad_criteria_are_refused_in_one_line(tmp_path, capsys, old, new, words):
    criteria = CRITERIA.replace(old, new) if "[[" in old else CRITERIA.replace(old, new, 1)
    assert run(tmp_path, GOOD, "--rank", str(tmp_path / "criteria.toml"), criteria=criteria) == 2
    told = capsys.readouterr().err.strip()
    assert words in told
    assert "\n" not in told
