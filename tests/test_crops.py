"""Crop and climate files: what is embedded, and every fault named with file, key and cure."""

import math
import tomllib
from pathlib import Path

import numpy as np
import pytest

from nanyi_gis.climate import parse_climate
from nanyi_gis.errors import DataError, NanyiError, ParameterError
from nanyi_gis.io import data_file, read_toml
from nanyi_gis.suitability import embedded_crops, load_climate, load_crop
from nanyi_gis.suitability.use import Criterion
from nanyi_gis.suitability.use_file import parse_use
from nanyi_gis.targets import main_band

OWN = """
id = "tea"
[constraints]
slope_max = 25
slope_unit = "deg"
[[criterion]]
id = "elevation"
unit = "m"
weight = 0.5
band = [600, 900]
low = { S1 = 600, S2 = 500, S3 = 400 }
high = { S1 = 900, S2 = 1000, S3 = 1100 }
[[criterion]]
id = "wind"
unit = "m/s"
layer = "wind"
weight = 0.5
shape = "linear"
points = [8, 2]
high = { S1 = 3, S2 = 5, S3 = 8 }
"""
TARGET = 'target = [{ clause = "X-01", wanmu = 5 }]\n'


def own_file(folder: Path, text: str) -> Path:
    path = folder / "tea.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_five_crops_are_embedded_each_with_weights_units_and_sources():
    assert {"bamboo", "kiwifruit", "orange", "plum", "sorghum"} <= set(embedded_crops())
    for name in embedded_crops():
        crop = load_crop(name)
        without_layers = [c for c in crop.criteria if not c.layer]
        assert {"elevation", "slope", "mean_temperature"} <= {c.id for c in without_layers}
        assert all(c.source and c.evidence and c.unit for c in crop.criteria), name


@pytest.mark.parametrize(
    ("name", "bands"), [("orange", ["< 700 m"]), ("plum", ["700-900 m"]), ("kiwifruit", ["900-1200 m"])]
)
def test_orchards_take_the_plans_rings(name, bands):
    crop = load_crop(name)
    assert main_band(crop, ["< 700 m", "700-900 m", "900-1200 m", ">= 1200 m"]) == bands
    assert crop.criterion("elevation").clause.endswith("C-05")


def test_targets_are_those_of_the_plan():
    wanted = {"orange": [30, 10], "plum": [15, 5], "kiwifruit": [5, 5], "sorghum": [30], "bamboo": []}
    for name, areas in wanted.items():
        assert [target.wanmu for target in load_crop(name).targets] == areas


def test_shoulders_are_100_m_unless_said(tmp_path):
    assert load_crop(own_file(tmp_path, OWN)).criterion("elevation").points == (500, 600, 900, 1000)
    wide = OWN.replace("band = [600, 900]", "band = [600, 900]\nshoulder = 50")
    assert load_crop(own_file(tmp_path, wide)).criterion("elevation").points == (550, 600, 900, 950)


@pytest.mark.parametrize(
    ("shape", "points", "value", "expected"),
    [
        ("trapezoid", (0, 10, 20, 40), 5, 0.5),
        ("trapezoid", (0, 10, 20, 40), 30, 0.5),
        ("trapezoid", (10, 10, 20, 20), 10, 1.0),
        ("trapezoid", (10, 10, 20, 20), 9.99, 0.0),
        ("trapezoid", (-math.inf, -math.inf, 20, 40), -1e9, 1.0),
        ("linear", (8, 2), 5, 0.5),
        ("sigmoid", (10, 20), 10, 0.5),
        ("sigmoid", (10, 20), 20, 0.95),
        ("gaussian", (10, 2), 12, math.exp(-0.5)),
    ],
)
def test_memberships_by_hand(shape, points, value, expected):
    criterion = Criterion("x", "m", 1.0, shape, points, high=(1.0,))
    assert criterion.membership(value) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('id = "elevation"', 'id = "altitude"', ["altitude", "unknown", "elevation"]),
        ("S1 = 600, S2 = 500", "S1 = 500, S2 = 600", ["criterion.elevation.low", "out of order", "fall"]),
        ("S2 = 1000, S3 = 1100", "S2 = 1200, S3 = 1100", ["criterion.elevation.high", "out of order", "rise"]),
        ("low = { S1 = 600, S2 = 500, S3 = 400 }", "low = { S1 = 950 }", ["overlap", "950", "900"]),
        ('unit = "m"\n', "", ["criterion.elevation.unit", "missing", "add unit"]),
        ('unit = "m"\n', 'unit = "ft"\n', ["criterion.elevation.unit", "'ft'", "'m'"]),
        ("weight = 0.5\nband", "weight = -0.5\nband", ["criterion.elevation.weight", "-0.5", "negative"]),
        ("weight = 0.5", "weight = 0.0", ["weight", "sums to zero"]),
        ("weight = 0.5\nband", 'weight = "much"\nband', ["criterion.elevation.weight", "'much'", "number"]),
        ("weight = 0.5\nband", "band", ["criterion.elevation.weight", "missing"]),
        ('shape = "linear"', 'shape = "bell"', ["criterion.wind.shape", "'bell'", "gaussian"]),
        ("points = [8, 2]", "points = [8]", ["criterion.wind.points", "2 numbers"]),
        ("points = [8, 2]", "points = [8, 8]", ["criterion.wind.points", "finite"]),
        ("points = [8, 2]\n", "", ["criterion.wind.points", "missing"]),
        ('layer = "wind"\n', "", ["'wind'", "unknown", "layer"]),
        ('slope_unit = "deg"\n', "", ["constraints.slope_unit"]),
        ("slope_max = 25", "slope_max = -1", ["constraints.slope_max", "-1"]),
        ('slope_unit = "deg"', 'slope_unit = "deg"\nmasks = ["lava"]', ["constraints.masks", "'lava'", "water"]),
        ('id = "tea"', "", ["id is missing"]),
        ('id = "tea"', 'id = "tea"\ncolour = "red"', ["colour", "unknown"]),
        ("band = [600, 900]", "bend = [600, 900]", ["criterion.elevation.bend", "unknown"]),
        ("band = [600, 900]", "band = [900, 600]", ["criterion.elevation.band", "out of order"]),
        ("{ S1 = 3, S2 = 5, S3 = 8 }", "{ S2 = 5, S3 = 8 }", ["criterion.wind.high", "S1"]),
        ("high = { S1 = 3, S2 = 5, S3 = 8 }", "", ["criterion.wind", "missing"]),
        ('id = "wind"', 'id = "elevation"', ["'elevation'", "twice"]),
        ('id = "tea"', 'id = "../tea"', ["id is '../tea'", "letters"]),
        ("weight = 0.5\nband", "weight = inf\nband", ["criterion.elevation.weight", "inf", "finite"]),
        ('slope_unit = "deg"', 'slope_unit = "deg"\nmasks = "water"', ["constraints.masks", "'water'", "list"]),
        ('id = "tea"', 'id = "tea"\ntarget = 3', ["target is 3", "list"]),
        ('id = "tea"', 'id = "tea"\nbelt = { length_km = 50 }', ["belt", "no target", "[[target]]"]),
        ('id = "tea"', 'id = "tea"\n' + TARGET + 'belt = { length_km = "x" }', ["belt.length_km", "'x'", "number"]),
        ('id = "tea"', 'id = "tea"\n' + TARGET + "belt = { length_km = 0 }", ["belt.length_km", "above zero"]),
        ('id = "tea"', 'id = "tea"\n' + TARGET + "belt = { reach_km = 2 }", ["belt.reach_km", "list"]),
        ('id = "tea"', 'id = "tea"\n' + TARGET + "balance = { grain_per_tonne = 2 }", ["balance.new_capacity_wan_t"]),
        ("points = [8, 2]", "codes = { S1 = 20 }", ["criterion.wind.codes.S1", "list"]),
    ],
)
def test_a_bad_crop_file_is_named_with_file_key_and_cure(tmp_path, old, new, words):
    assert old in OWN
    text = OWN.replace(old, new)
    if new == 'id = "elevation"':
        text = text.replace('layer = "wind"\n', "").replace('unit = "m/s"', 'unit = "m"')
    with pytest.raises(ParameterError) as caught:
        load_crop(own_file(tmp_path, text))
    message = str(caught.value)
    assert "\n" not in message
    for word in ["tea.toml", *words]:
        assert word in message


def test_codes_in_two_classes_overlap(tmp_path):
    text = OWN + (
        '[[criterion]]\nid = "land_cover"\nunit = "code"\nweight = 0.1\ncodes = { S1 = [40], S2 = [40, 30] }\n'
    )
    with pytest.raises(ParameterError, match=r"tea\.toml: criterion\.land_cover\.codes has 40 in two classes"):
        load_crop(own_file(tmp_path, text))


def test_a_crop_that_does_not_exist_says_which_do():
    with pytest.raises(ParameterError, match=r"'banana', but must be one of: .*bamboo.*orange.*sorghum"):
        load_crop("banana")


def test_missing_and_malformed_files(tmp_path):
    with pytest.raises(DataError, match="no file"):
        load_crop(tmp_path / "none.toml")
    with pytest.raises(DataError, match="no valid TOML"):
        load_crop(own_file(tmp_path, "id = \n"))


def test_climate_reproduces_its_stations():
    climate = load_climate()
    for share, height, wanted in ((0.0, 377.5, 17.95), (1.0, 537.7, 17.7)):
        assert climate.value("mean_temperature", height, south=share) == pytest.approx(wanted)
    # 0.52 degC per 100 m, by hand: 17.95 - 0.0052 * (900 - 377.5) = 15.233
    assert climate.value("mean_temperature", 900) == pytest.approx(15.233)


def test_rain_grows_with_height_where_points_tell_it():
    climate = load_climate()
    # south of the ridge 748.4 mm up to 537.7 m, 40 mm more each 100 m above it, 1,150 at most
    rain = climate.value("rain", [200, 537.7, 937.7, 1900], south=1.0)
    np.testing.assert_allclose(rain, [748.4, 748.4, 908.4, 1150])
    record = read_toml(Path(__file__).parents[1] / "data/climate/south_wing.toml")
    del record["variable"]["rain"]["gradient"]
    record["variable"]["rain"]["lapse"] = 10
    with pytest.raises(ParameterError, match=r"variable\.rain\.lapse.*rain takes gradient"):
        parse_climate(record)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: r["regime"].clear(), "one or two"),
        (lambda r: r["ridge"].update(points=[]), "ridge.points is missing"),
        (lambda r: r["ridge"].update(points=[[106, 28], [105, 28]]), "west to east"),
        (lambda r: r["ridge"].update(width_m=0), "ridge.width_m"),
        (lambda r: r["regime"][0].pop("elevation"), "regime.north.elevation"),
        (lambda r: r["variable"]["mean_temperature"].pop("unit"), "variable.mean_temperature.unit"),
        (lambda r: r["variable"].update(fog={"unit": "d"}), "'fog' is unknown"),
        (lambda r: r["variable"].pop("rain"), "variable.rain is missing"),
        (lambda r: r.update(bbox=[2, 1, 1, 2]), "bbox"),
    ],
)
def test_a_bad_climate_file_is_named(change, words):
    record = read_toml(Path(__file__).parents[1] / "data/climate/south_wing.toml")
    change(record)
    with pytest.raises(NanyiError) as caught:
        parse_climate(record, path="mine.toml")
    assert words in str(caught.value)
    assert str(caught.value).startswith("mine.toml")


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("variable", "mean_temperature", "lapse"), float("inf")),
        (("variable", "mean_temperature", "lapse"), 1e308),
        (("variable", "mean_temperature"), 5),
        (("variable",), [1]),
        (("regime", 0, "elevation"), 10**300),
        (("regime", 0), 3),
        (("regime",), 3),
        (("ridge",), "x" * 5000),
        (("ridge", "points"), [[105, 28], [106]]),
        (("ridge", "points"), [["a", "b"]]),
        (("ridge", "width_m"), "10 km"),
        (("bbox",), 7),
        (("bbox",), [105, "a", 106, 29]),
    ],
)
def test_an_odd_value_of_a_climate_is_one_line_that_names_it(keys, value):
    record = tomllib.loads(data_file("climate/south_wing.toml").read_text(encoding="utf-8"))
    place = record
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    with pytest.raises(ParameterError, match=str(keys[0])) as caught:
        parse_climate(record)
    assert len(str(caught.value)) < 300


def test_an_infinite_code_is_refused():
    with pytest.raises(NanyiError, match="has inf, but codes are whole"):
        parse_use(
            {
                "id": "a",
                "constraints": {"slope_max": 25, "slope_unit": "deg"},
                "criterion": [{"id": "land_cover", "unit": "code", "weight": 1.0, "codes": {"S1": [math.inf]}}],
            }
        )
