"""Climate by stations, regimes and height; what it is sure of; what is published."""

import tomllib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nanyi_gis.climate import CLIMATE_VARIABLES, load_climate, parse_climate, published_checks
from nanyi_gis.climate.fit import fitted
from nanyi_gis.climate.variable import Anchor, Constant, Variable
from nanyi_gis.errors import DataError, NanyiError, ParameterError
from nanyi_gis.io import data_file

ONE = {"id": "here", "regime": [{"id": "all", "elevation": 80, "mean_temperature": 17.0}]}
OLD = ONE | {"variable": {"mean_temperature": {"unit": "degC", "lapse": 0.5}}}


def embedded():
    return tomllib.loads(data_file("climate/south_wing.toml").read_text(encoding="utf-8"))


def stations(*rows, lapse="fit", **more):
    """Return a record of stations (height, temperature) of one regime."""
    tables = [{"id": f"s{k}", "elevation": z, "mean_temperature": t} for k, (z, t) in enumerate(rows)]
    return {"station": tables, "variable": {"mean_temperature": {"unit": "degC", "lapse": lapse, **more}}}


def test_a_file_of_the_first_kind_still_reads():
    climate = parse_climate(OLD)
    assert climate.value("mean_temperature", [80, 880]).tolist() == pytest.approx([17.0, 13.0])
    assert climate.coefficients("mean_temperature").tolist() == [pytest.approx([17.4, -0.005, -np.inf, np.inf])]
    # nothing stated, nothing drawn
    drawn = climate.draw(np.random.default_rng(0))
    assert drawn.value("mean_temperature", 80) == pytest.approx(17.0)


def test_january_falls_faster_than_lushan_and_meets_the_published_points():
    climate = load_climate()
    # by hand: 7.0 - 0.55 * (942 - 537.7) / 100
    assert climate.value("january_temperature", 942, south=1.0) == pytest.approx(4.776, abs=1e-3)
    assert climate.value("rain", 1300, south=0.0) == pytest.approx(1400, abs=0.2)  # 黄荆
    assert climate.value("rain", 1500, south=1.0) == pytest.approx(1112.7, abs=25)  # upper Gulin


def test_the_model_holds_what_is_published_within_its_uncertainty():
    table = published_checks()
    assert {"金沙", "鸡鸣三省", "赤水市", "茅台", "兴文", "毕节", "黄荆", "石厢子"} <= set(table["place_zh"])
    outside = table[~table["within"]]
    # of 28 values at 95 %: 毕节 lies 45 km south of the counties, behind further ridges
    assert list(zip(outside["place"], outside["variable"], strict=True)) == [("Bijie", "rain")]
    assert (table["source"] != "").all()
    # and not by being unsure: at the weather stations temperatures are held to 0.8 of a degree
    at_stations = table[table["place"].isin(["Jinsha", "Chishui city"]) & table["variable"].str.endswith("temperature")]
    assert at_stations.query("variable != 'accumulated_temperature'")["difference"].abs().max() < 0.8
    counties = table[(table["variable"] == "rain") & (table["regime"] == "south") & (table["place"] != "Bijie")]
    assert counties["difference"].abs().max() <= 105  # plus or minus 100 mm


def test_published_values_of_ones_own_are_read_and_checked(tmp_path):
    head = "place,regime,elevation_m,elevation_sd_m,variable,value,value_sd\n"
    own = tmp_path / "mine.csv"
    own.write_text(head + "Here,all,480,100,mean_temperature,16,0.3\n", encoding="utf-8")
    table = published_checks(parse_climate(OLD), published=own)
    # 17 - 0.5 * 4 = 15; the height's 100 m are 0.5 degrees: sqrt(0.5^2 + 0.3^2)
    assert table["model"].item() == pytest.approx(15)
    assert table["sd"].item() == pytest.approx(np.hypot(0.5, 0.3))
    assert table["within"].item()
    for row, words in (("Here,south,480,0,mean_temperature,16,0", "regime is 'south'"),
                       ("Here,all,480,0,rain,800,0", "variable is 'rain'"),
                       ("Here,all,480,-1,mean_temperature,16,0", "elevation_sd_m"),
                       ("Here,all,high,0,mean_temperature,16,0", "elevation_m")):  # fmt: skip
        own.write_text(head + row + "\n", encoding="utf-8")
        with pytest.raises(NanyiError, match=words):
            published_checks(parse_climate(OLD), published=own)
    own.write_text("place,value\nHere,1\n", encoding="utf-8")
    with pytest.raises(DataError, match="lacks the column"):
        published_checks(parse_climate(OLD), published=own)


def test_every_constant_of_the_embedded_climate_states_its_uncertainty_and_source():
    record = embedded()
    for regime in record["regime"]:
        for name in set(regime) & set(CLIMATE_VARIABLES):
            assert regime[f"{name}_sd"] > 0, f"{regime['id']}.{name}"
    climate = load_climate()
    assert set(climate.variables) == set(CLIMATE_VARIABLES)
    for name, constant, sd in climate.constants():
        assert sd > 0, f"{name}: {constant} states no uncertainty"
    assert climate.ridge_sd_m > 0
    for name, variable in climate.variables.items():
        assert variable.source, name
        assert variable.evidence, name
    # January and the extreme minimum err alike, and say how much
    assert climate.variables["extreme_minimum"].parent == "january_temperature"
    assert 0 < climate.variables["extreme_minimum"].correlation < 1


def test_draws_spread_as_stated_and_leave_the_climate_alone():
    climate = load_climate()
    before = {name: climate.coefficients(name).copy() for name in climate.variables}
    rng = np.random.default_rng(20261127)
    drawn = [climate.draw(rng) for _ in range(1500)]
    for name in ("mean_temperature", "january_temperature", "accumulated_temperature"):
        for regime, south in ((0, 0.0), (1, 1.0)):
            values = np.array([sample.value(name, [400, 900, 1500], south=south) for sample in drawn])
            variable = climate.variables[name]  # the place's own part of the scatter is no constant of the region
            wanted = np.sqrt(variable.sd([400, 900, 1500], regime) ** 2 - variable.local**2)
            np.testing.assert_allclose(values.std(axis=0), wanted, rtol=0.08)
            np.testing.assert_allclose(
                values.mean(axis=0), climate.value(name, [400, 900, 1500], south=south), atol=0.1 * wanted.max()
            )
    for name, coefficients in before.items():
        np.testing.assert_array_equal(climate.coefficients(name), coefficients)
    lines = {name: np.array([sample.variables[name].offset for sample in drawn]) for name in climate.variables}
    pair = np.corrcoef(lines["january_temperature"], lines["extreme_minimum"])[0, 1]
    assert pair == pytest.approx(climate.variables["extreme_minimum"].correlation, abs=0.05)
    assert abs(np.corrcoef(lines["rain"], lines["mean_temperature"])[0, 1]) < 0.08
    north = np.array([sample.ridge[0, 1] for sample in drawn])
    assert north.std() * 111_195 == pytest.approx(climate.ridge_sd_m, rel=0.08)
    rain = np.array([sample.value("rain", [540, 1100, 1900], south=1.0) for sample in drawn])
    assert (np.diff(rain, axis=1) >= -1e-9).all()


def test_a_seed_gives_the_same_climate_and_another_seed_another():
    climate = load_climate()
    one, same, other = (climate.draw(np.random.default_rng(seed)) for seed in (7, 7, 8))
    for name in climate.variables:
        np.testing.assert_array_equal(one.coefficients(name), same.coefficients(name))
        assert not np.array_equal(one.coefficients(name), other.coefficients(name))


def test_one_constant_moves_alone():
    climate = load_climate()
    for name, constant, sd in climate.constants():
        moved = climate.shifted(name, constant, by=1.0)
        for other in climate.variables:
            same = np.array_equal(moved.coefficients(other), climate.coefficients(other))
            assert same == (other != name), f"{name}: {constant}"
        if constant == "offset":
            difference = moved.value(name, [600, 1000], south=1.0) - climate.value(name, [600, 1000], south=1.0)
            np.testing.assert_allclose(difference, sd)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 3000), st.floats(-5, 25)), min_size=3, max_size=12, unique_by=lambda p: p[0]))
def test_a_fitted_lapse_is_that_of_scipy(rows):
    z, t = np.array(rows).T
    line = stats.linregress(z, t)
    climate = parse_climate(stations(*rows))
    variable = climate.variables["mean_temperature"]
    assert variable.lapse == pytest.approx(-100 * line.slope, abs=1e-6)
    assert variable.slopes[0].sd == pytest.approx(line.stderr, abs=1e-9, rel=1e-6)
    np.testing.assert_allclose(climate.value("mean_temperature", z), line.intercept + line.slope * z, atol=1e-6)
    freedom = max(len(rows) - 2, 1)
    residual = np.sqrt(((line.intercept + line.slope * z - t) ** 2).sum() / freedom)
    assert variable.residual == pytest.approx(residual, abs=1e-6)
    assert variable.scatter == pytest.approx(residual, abs=1e-6)


def test_regimes_share_a_fitted_slope_and_keep_their_own_height():
    # 1 degree apart, both falling 0.6 in 100 m
    record = {
        "regime": [{"id": "north"}, {"id": "south"}],
        "ridge": {"points": [[105, 28], [106, 28]]},
        "station": [
            {"id": "a", "regime": "north", "elevation": 100, "mean_temperature": 18.0},
            {"id": "b", "regime": "north", "elevation": 600, "mean_temperature": 15.0},
            {"id": "c", "regime": "south", "elevation": 100, "mean_temperature": 19.0},
            {"id": "d", "regime": "south", "elevation": 1100, "mean_temperature": 13.0},
        ],
        "variable": {"mean_temperature": {"unit": "degC", "lapse": "fit"}},
    }
    climate = parse_climate(record)
    np.testing.assert_allclose(climate.coefficients("mean_temperature")[:, :2], [[18.6, -0.006], [19.6, -0.006]])
    assert climate.value("mean_temperature", 100, south=0.25) == pytest.approx(18.25)
    del record["station"][1]["regime"]
    with pytest.raises(ParameterError, match=r"station\.b\.regime is missing; name one of: north, south"):
        parse_climate(record)


def test_surer_stations_weigh_more():
    record = stations((100, 18.0), (100, 16.0), lapse=0.5)
    for station, sd in zip(record["station"], (0.1, 0.2), strict=True):
        station["mean_temperature_sd"] = sd
    # weights 1 / 0.01 and 1 / 0.04: (4 * 18 + 16) / 5
    assert parse_climate(record).value("mean_temperature", 100) == pytest.approx(17.6)


def test_floor_cap_and_start_bound_the_line():
    record = ONE | {
        "variable": {
            "mean_temperature": {"unit": "degC", "lapse": 0.5, "from_elevation": 480, "floor": 10, "cap": 14.5}
        }
    }
    climate = parse_climate(record)
    # at 480 m it is 15, and no warmer below; 14.5 at most; 10 at least
    found = climate.value("mean_temperature", [0, 480, 680, 1080, 1980])
    assert found.tolist() == pytest.approx([14.5, 14.5, 14, 12, 10])
    rising = Variable("rain", "mm", (Anchor(0, 500, Constant(700)),), (Constant(0.4),), (Constant(500),))
    np.testing.assert_allclose(rising.lines(), [[500, 0.4, 700, np.inf]])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lapse": 0.5, "gradient": 3}, "lapse and gradient, but they are one"),
        ({"lapse": 0.5, "lapse_range": [0.6, 0.7]}, r"lapse is 0\.5, but must lie in lapse_range, 0\.6 to 0\.7"),
        ({"lapse": 0.5, "lapse_range": 0.6}, r"lapse_range is 0\.6, but must be \[low, high\]"),
        ({"lapse": 0.5, "uncertainty": -1}, "uncertainty is -1, but a standard deviation must not be negative"),
        ({"lapse": "steep"}, "lapse is 'steep', but must be a number"),
        ({"lapse": "fit"}, 'lapse is "fit", but no regime has two stations at different heights'),
        ({"gradient": 3, "gradient_range": [1, 5]}, "gradient has no source"),
        ({"gradient": 3, "source": "x"}, "gradient has no uncertainty"),
        ({"lapse": {"north": 0.5}}, "lapse names 'north', but the regimes are: all"),
        ({"floor": 3, "cap": 2}, "floor is 3 in all, but must lie below cap 2"),
        ({"errs_like": "rain", "correlation": 0.5}, "errs_like is 'rain', but must be one of"),
        ({"errs_like": "mean_temperature", "correlation": 0.5}, "leads back to mean_temperature"),
        ({"errs_like": "mean_temperature"}, "correlation is None"),
        ({"errs_like": "mean_temperature", "correlation": 2}, "correlation is 2, but must be -1 to 1"),
    ],
)
def test_an_odd_constant_is_named_with_the_cure(change, words):
    record = ONE | {"variable": {"mean_temperature": {"unit": "degC", **change}}}
    with pytest.raises(ParameterError, match=words) as caught:
        parse_climate(record, path="mine.toml")
    assert str(caught.value).startswith("mine.toml: variable.mean_temperature")


@pytest.mark.parametrize(
    ("rows", "change", "words"),
    [
        ([{"id": "a", "elevation": 1}], {}, r"station\.a\.mean_temperature is None"),
        ([{"id": "a", "elevation": 1, "mean_temperature": 1, "lon": 200}], {}, r"station\.a\.lon is 200"),
        ([{"id": "a", "elevation": 1, "mean_temperature": 1, "regime": "x"}], {}, r"station\.a\.regime is 'x'"),
        ([{"id": "a", "elevation": 1, "mean_temperature": 1}] * 2, {}, "'a' is given twice"),
        ([{"id": "a", "mean_temperature": 1}], {}, r"station\.a\.elevation is None"),
        ([3], {}, "station is 3, but must be a table"),
        ("no", {}, "station is 'no', but must be"),
        (
            [{"id": "a", "elevation": 1, "mean_temperature": 1, "mean_temperature_sd": -1}],
            {},
            "mean_temperature_sd is -1",
        ),
        ([{"id": "a", "elevation": 1, "mean_temperature": 1, "rain": 1}], {}, r"variable\.rain is missing"),
    ],
)
def test_an_odd_station_is_named_with_the_cure(rows, change, words):
    record = {"station": rows, "variable": {"mean_temperature": {"unit": "degC", "lapse": 0.5, **change}}}
    with pytest.raises(ParameterError, match=words):
        parse_climate(record)


def two_regimes(**rain):
    """Return a record of two regimes parted by a ridge, with a station each, 16 degrees and 900 mm at 500 m."""
    return {
        "regime": [{"id": "north"}, {"id": "south"}],
        "ridge": {"points": [[105, 28], [106, 28]]},
        "station": [
            {"id": name, "regime": name, "elevation": 500, "mean_temperature": 16.0, "rain": 900}
            for name in ("north", "south")
        ],
        "variable": {
            "mean_temperature": {"unit": "degC", "lapse": 0.5},
            "rain": {"unit": "mm", "gradient": 40, "gradient_range": [25, 55], "source": "made"} | rain,
        },
    }


def refused(change, words, *, path="mine.toml"):
    """Hold that a changed climate is refused in one line that names its file; return the line."""
    record = two_regimes()
    change(record)
    with pytest.raises(ParameterError, match=words) as caught:
        parse_climate(record, path=path)
    told = str(caught.value)
    assert told.startswith("mine.toml: ")
    assert "\n" not in told
    return told


def put(keys, value):
    """Return a change of a record: the value of a key, or the key gone if there is none."""

    def change(record):
        for key in keys[:-1]:
            record = record[key]
        record.pop(keys[-1]) if value is None else record.update({keys[-1]: value})

    return change


MEAN, RAIN = ("variable", "mean_temperature"), ("variable", "rain")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (("statoin",), r"key statoin is unknown; use one of: id, bbox, .*station"),
        (("ridge", "width"), r"key ridge\.width is unknown; use one of: points, width_m"),
        (("regime", 0, "elevatoin"), r"key regime\.north\.elevatoin is unknown; use one of: id, polygon"),
        (("station", 0, "mean_temprature"), r"key station\.north\.mean_temprature is unknown; .*mean_temperature"),
        ((*MEAN, "uncertanty"), r"key variable\.mean_temperature\.uncertanty is unknown; .*uncertainty"),
        ((*MEAN, "lapse_rang"), r"lapse_rang is unknown; .*lapse, .*_range or _sd"),
        ((*MEAN, "a\nb"), r"key variable\.mean_temperature\.'a\\nb' is unknown"),
    ],
)
def test_a_key_that_nobody_reads_is_named_with_the_known_ones(keys, words):
    told = refused(put(keys, 1), words, path="folder/mine.toml")
    assert told.startswith("mine.toml: key ")
    assert len(told) < 400


def test_texts_may_stand_in_any_table():
    record = two_regimes()
    for place in (record, record["ridge"], *record["regime"], *record["station"], *record["variable"].values()):
        texts = ("title", "title_zh", "name", "name_zh", "note", "evidence", "source", "licence", "period")
        place.update(dict.fromkeys(texts, "a text"))
    assert parse_climate(record).variables["rain"].source == "a text"


def test_the_example_of_the_docs_reads():
    text = (data_file("climate/published.csv").parents[2] / "docs" / "climate.md").read_text(encoding="utf-8")
    lines = text.split("## A climate file of one's own")[1].split("\n- ")[0].splitlines()
    record = tomllib.loads("\n".join(line[4:] for line in lines))
    record["station"][0]["rain"] = 748
    record["variable"]["mean_temperature"]["lapse"] = 0.52
    assert parse_climate(record).value("rain", 640) == pytest.approx(748 + 40 * (640 - 537.7) / 100)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put((*MEAN, "lapse"), None), r"mean_temperature\.lapse is missing; .*lapse = 0 if it truly does not"),
        (put((*MEAN, "correlation"), 0.5), r"correlation stands without errs_like"),
        (put((*MEAN, "lapse"), "fit"), "no regime has two stations"),
        (put((*MEAN, "cap_sd"), 1), r"mean_temperature\.cap_sd stands without cap; give cap"),
        (put(("station", 0, "july_temperature_sd"), 1), "july_temperature_sd stands without july_temperature"),
        (put((*RAIN, "gradient_sd"), 5), "gradient_range and gradient_sd, but both say how sure gradient is"),
        (put((*RAIN, "gradient"), {"north": 40}), "gradient is .*, but leaves out south; give each regime"),
        (put((*RAIN, "gradient_range"), {"south": [25, 55]}), "gradient_range is .*, but leaves out north"),
        (put((*MEAN, "lapse"), {}), "lapse is {}, but leaves out north"),
        (put((*MEAN, "lapse_sd"), {"north": 0.1}), "lapse_sd is .*, but leaves out south"),
        (put((*RAIN, "cap"), {"north": 1400}), "cap is .*, but leaves out south"),
        (put((*MEAN, "unit"), "K"), "unit is 'K', but must be \"degC\"; convert"),
        (put((*MEAN, "unit"), ["degC"]), 'but must be "degC"'),
        (put((*RAIN, "unit"), "cm"), "unit is 'cm', but must be \"mm\"; convert"),
        (put(("variable", "accumulated_temperature"), {"unit": "degC"}), 'must be "degC.d"'),
        (put(("station", 0, "mean_temperature"), 290), r"north\.mean_temperature is 290, but must be -60 to 40 degC"),
        (put(("station", 1, "rain"), -1), r"south\.rain is -1, but must be 0 to 13000 mm"),
        (put(("station", 0, "elevation"), 53_000), "elevation is 53000, but must be -450 to 9000 m"),
        (put((*RAIN, "from_elevation"), -500), "from_elevation is -500, but must be -450 to 9000 m"),
        (put((*RAIN, "cap"), 14_000), "cap is 14000, but must be 0 to 13000 mm"),
        (put((*MEAN, "floor"), -61), "floor is -61, but must be -60 to 40 degC"),
        (put((*MEAN, "lapse"), 52), "lapse is 52, but must be -2 to 2 degC per 100 m"),
        (put((*MEAN, "lapse_range"), [0.4, 6]), "lapse_range is 6, but must be -2 to 2 degC"),
        (put((*RAIN, "gradient"), -1001), "gradient is -1001, but must be -1000 to 1000 mm per 100 m"),
        (put((*MEAN, "lapse"), -0.52), r"lapse is -0\.52, a rise with height, .*a positive number"),
        (put((*MEAN, "lapse"), {"north": 0.5, "south": -0.1}), r"lapse is -0\.1, a rise"),
        (
            put(MEAN, {"unit": "degC", "gradient": 0.5, "gradient_sd": 0.1, "source": "x"}),
            r"gradient is 0\.5, a rise with height",
        ),
        (put(("bbox",), [104, 27, 1055, 29]), "bbox is .* all on the globe"),
        (put(("bbox",), [104, 27, 106, 91]), "bbox is .* all on the globe"),
        (put(("bbox",), [106, 27, 104, 29]), "bbox is .* west < east"),
        (put(("bbox",), [104, 29, 106, 27]), "bbox is .* south < north"),
        (put((*RAIN, "source"), " "), r"rain\.gradient has no source"),
        (
            put(("transition",), {"width_m": 3000}),
            r"transition is for regimes with a polygon each; give ridge\.width_m",
        ),
    ],
)
def test_a_slip_is_refused_in_one_line(change, words):
    assert len(refused(change, words)) < 300


def test_bounds_of_what_can_be_are_allowed():
    record = two_regimes(gradient=-1000, gradient_range=[-1000, 0], cap=13_000, from_elevation=-450)
    record["bbox"] = [-180, -90, 180, 90]
    record["variable"]["mean_temperature"]["lapse"] = {"north": 2, "south": 0}
    climate = parse_climate(record)
    # 16 - 2 at 600 m north, 16 south
    assert climate.value("mean_temperature", 600, south=[0, 1]).tolist() == pytest.approx([14, 16])


def test_a_ridge_of_one_regime_is_refused():
    with pytest.raises(ParameterError, match="ridge parts two regimes, but there is 1"):
        parse_climate(OLD | {"ridge": {"points": [[105, 28], [106, 28]]}})


def rain_at(*rows, **rain):
    tables = [{"id": f"s{k}", "elevation": z, "rain": mm} for k, (z, mm) in enumerate(rows)]
    return {"station": tables, "variable": {"rain": {"unit": "mm", **rain}}}


def test_a_fitted_gradient_needs_a_source_and_no_range():
    rows = ((200, 900), (700, 1100), (1200, 1300))
    # 200 mm in 500 m
    slope = parse_climate(rain_at(*rows, gradient="fit", source="made")).variables["rain"].slopes[0]
    assert slope.value == pytest.approx(0.4)
    with pytest.raises(ParameterError, match=r"rain\.gradient has no source"):
        parse_climate(rain_at(*rows, gradient="fit"))
    with pytest.raises(ParameterError, match=r"rain\.lapse is 'fit', but rain takes gradient"):
        parse_climate(rain_at(*rows, lapse="fit", source="made"))
    for key, odd in (("gradient_range", [10, 60]), ("gradient_sd", 4)):
        with pytest.raises(ParameterError, match=f'{key} stands beside gradient = "fit"'):
            parse_climate(rain_at(*rows, gradient="fit", source="made", **{key: odd}))
    with pytest.raises(ParameterError, match='lapse_range stands beside lapse = "fit"'):
        parse_climate(stations((100, 18.0), (500, 16.0), (900, 14.1), lapse_range=[0.4, 0.6]))
    # level rain needs neither
    assert parse_climate(rain_at((200, 900))).value("rain", 1500) == 900


def test_a_fitted_rise_of_temperature_is_noted():
    assert parse_climate(stations((100, 18.0), (500, 16.0), (900, 14.1))).notes == ()
    (note,) = parse_climate(stations((100, 14.0), (500, 16.0), (900, 18.1))).notes
    assert "mean_temperature" in note
    assert "rises with height" in note
    # 5 degrees in 100 m
    (note,) = parse_climate(stations((100, 18.0), (200, 13.0), (300, 8.0))).notes
    assert "changes by -5 degC in 100 m" in note


def test_two_stations_without_uncertainties_cannot_tell_a_lapse():
    with pytest.raises(ParameterError, match="2 stations leave nothing to tell how sure it is"):
        parse_climate(stations((100, 18.0), (900, 14.0)))
    record = stations((100, 18.0), (900, 14.0))
    for station in record["station"]:
        station["mean_temperature_sd"] = 0.2
    slope = parse_climate(record).variables["mean_temperature"].slopes[0]
    # 0.2 / sqrt(400^2 + 400^2)
    assert (slope.value, slope.sd) == (pytest.approx(-0.005), pytest.approx(0.2 / np.hypot(400, 400)))


def test_a_fit_does_not_touch_its_stations():
    anchors = [Anchor(0, z, Constant(20 - z / 200)) for z in (0, 100, 300)]
    fitted(anchors, 1)
    assert [anchor.elevation for anchor in anchors] == [0, 100, 300]


def test_the_table_in_the_docs_is_the_one_of_the_model():
    text = (data_file("climate/published.csv").parents[2] / "docs" / "climate.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("|") and "`" in line]
    told = pd.DataFrame([[cell.strip() for cell in row] for row in rows])
    table = published_checks()
    assert len(told) == len(table)
    for row, (_, wanted) in zip(told.itertuples(index=False), table.iterrows(), strict=True):
        digits = 0 if wanted["published"] > 100 else 1
        assert row[0] == wanted["place_zh"]
        assert row[1] == f"`{wanted['variable']}`"
        for cell, key in ((row[3], "published"), (row[4], "model"), (row[5], "difference"), (row[6], "sd")):
            assert float(cell) == pytest.approx(wanted[key], abs=0.5001 * 10.0**-digits), f"{row[0]} {key}"


def _leaves(value, path=()):
    if isinstance(value, dict):
        yield from (leaf for key, inner in value.items() for leaf in _leaves(inner, (*path, key)))
    elif isinstance(value, list):
        yield from (leaf for key, inner in enumerate(value) for leaf in _leaves(inner, (*path, key)))
    yield path


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.floats(), st.text(max_size=5),
    st.lists(st.floats(-10, 10), max_size=3),
    st.dictionaries(st.sampled_from(["north", "south", "x"]), st.floats(0, 9)),
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_any_odd_value_is_refused_in_one_line_or_gives_numbers(data):
    record = embedded()
    path = data.draw(st.sampled_from([leaf for leaf in _leaves(record) if leaf]))
    place = record
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = data.draw(ODD)
    refusal = ""
    try:
        climate = parse_climate(record)
    except NanyiError as error:
        refusal = str(error)
    if refusal:
        assert "\n" not in refusal
        assert len(refusal) < 400
        return
    drawn = climate.draw(np.random.default_rng(1))
    for sample in (climate, drawn):
        for name in sample.variables:
            shares = np.full((len(sample.regimes), 1), 1 / len(sample.regimes))
            assert np.isfinite(sample.value(name, [300, 1500], shares=shares)).all()
