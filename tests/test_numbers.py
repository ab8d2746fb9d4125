"""Numbers that users give: one validator that names file, column, row, value and cure."""

import decimal
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from nanyi_gis import accessibility
from nanyi_gis._validation import numbers
from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.network import build_graph


def table(*values, **options):
    return pd.DataFrame({"beds": pd.Series(list(values), **options)})


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("1,200", "is '1,200', but supply must be a number; write 1200"),
        ("1 200", "write 1200"),
        ("1，200", "write 1200"),
        ("50 mph", "is '50 mph', but supply must be a number; write the number alone"),
        ("many", "write the number alone, without unit or words"),
        ("1_200", "write the number alone"),
        ("nan", "must be a number"),
        (None, "is empty, but supply must be a number; fill it"),
        ("", "is empty"),
        ("  ", "is empty"),
        (math.nan, "is empty"),
        (pd.NA, "is empty"),
        (math.inf, "is inf, but supply must be a finite number"),
        ("inf", "must be a finite number"),
        (-math.inf, "must be a finite number"),
        (-3.4028234663852886e38, "must be a finite number"),  # what GIS programs write for a missing value
        (-1, "is -1, but supply must be zero or more; correct it"),
        ([1, 2], r"is \[1, 2\], but supply must be a number"),
    ],
)
def test_each_fault_is_named_with_file_column_and_row(value, told):
    data = table(5, value, dtype=object)
    with pytest.raises(DataError, match=told) as caught:
        numbers(data, "beds", name="supply", file="/home/me/to.gpkg")
    message = str(caught.value)
    assert message.startswith("to.gpkg: beds of row 2 is ")
    assert "\n" not in message


def test_good_numbers_are_floats_with_the_index_kept():
    data = table("12", 3, 4.5, np.int8(2), decimal.Decimal("1.5"), " 7 ", dtype=object).set_axis(list("abcdef"))
    found = numbers(data, "beds", name="supply")
    assert found.tolist() == [12.0, 3.0, 4.5, 2.0, 1.5, 7.0]
    assert found.index.tolist() == list("abcdef")
    assert found.dtype == np.float64
    assert numbers(pd.Series([1, 2]), name="weights").tolist() == [1.0, 2.0]
    for truth in (pd.Series([True, False]), pd.Series([1, True], dtype=object)):
        with pytest.raises(DataError, match="is True, but weights must be a number"):
            numbers(truth, name="weights")


def test_limits_and_allowances():
    assert numbers(table(-5.0), "beds", name="change", least=None).tolist() == [-5.0]
    assert numbers(table(math.inf), "beds", name="minutes", infinite=True).tolist() == [math.inf]
    assert np.isnan(numbers(table(1.0, None), "beds", name="speed", empty=True)[1])
    with pytest.raises(DataError, match="must be above zero"):
        numbers(table(0.0), "beds", name="speed", above=True)
    with pytest.raises(DataError, match="must be 5 or more"):
        numbers(table(4.0), "beds", name="speed", least=5.0)
    with pytest.raises(ParameterError, match=r"a\.gpkg: no column 'doctors' for supply; columns are: beds"):
        numbers(table(1), "doctors", name="supply", file="a.gpkg")


def test_rows_are_named_by_their_id():
    with pytest.raises(DataError, match="beds of 'h2' is -1"):
        numbers(pd.DataFrame({"beds": [1, -1]}, index=["h1", "h2"]), "beds", name="supply")


def test_the_file_is_what_the_reader_noted():
    data = table(-1)
    data.attrs["file"] = "hospitals.shp"
    with pytest.raises(DataError, match=r"hospitals\.shp: beds of row 1"):
        numbers(data, "beds", name="supply")


@given(st.lists(st.floats(0, 1e12) | st.integers(0, 10**12), max_size=20))
def test_any_number_of_zero_or_more_passes_as_it_is_or_as_text(values):
    assert numbers(pd.Series(values, dtype=object), name="x").tolist() == [float(v) for v in values]
    assert numbers(pd.Series([repr(v) for v in values], dtype=object), name="x").tolist() == [float(v) for v in values]


@given(st.lists(st.text(max_size=8) | st.none() | st.floats(), min_size=1, max_size=6))
def test_anything_else_is_refused_in_one_line(values):
    message, found = "", pd.Series([], dtype=float)
    try:
        found = numbers(pd.Series(values, dtype=object), name="x")
    except DataError as error:
        message = str(error)
    assert "\n" not in message
    assert bool(message) != bool(len(found))
    assert np.isfinite(found).all()
    assert (found >= 0).all()


class TestCatchments:
    cost = pd.DataFrame({"h": [5.0]}, index=["a"])

    @pytest.mark.parametrize("supply", [math.inf, "1,200", "many", None, -1.0])
    def test_bad_supply(self, supply):
        with pytest.raises(DataError, match="supply of 'h' is"):
            accessibility.e2sfca(self.cost, supply=pd.Series({"h": supply}, dtype=object), demand=pd.Series({"a": 1.0}))

    def test_a_word_for_all_supply(self):
        with pytest.raises(DataError, match="supply is 'many', but must be a Series"):
            accessibility.e2sfca(self.cost, supply="many", demand=pd.Series({"a": 1.0}))

    @pytest.mark.parametrize("people", [math.inf, "1,200", None, -1.0])
    def test_bad_people(self, people):
        with pytest.raises(DataError, match="weights of 'a' is"):
            accessibility.share_within(self.cost["h"], weights=pd.Series({"a": people}, dtype=object))


@pytest.fixture
def town(tmp_path):
    roads = [LineString([(510_000, 3_100_000), (512_000, 3_100_000)])]
    gpd.GeoDataFrame({"highway": ["tertiary"]}, geometry=roads, crs=4544).to_file(tmp_path / "roads.gpkg")
    for name, x in (("from", 510_000), ("to", 512_000)):
        gpd.GeoDataFrame({"name": [name]}, geometry=[Point(x, 3_100_000)], crs=4544).to_file(tmp_path / f"{name}.gpkg")
    return tmp_path


@pytest.mark.parametrize("value", [math.inf, "1,200", -1.0, None, math.nan])
@pytest.mark.parametrize(("role", "column"), [("from", "population"), ("to", "beds")])
def test_the_command_line_names_the_file(town, capsys, role, column, value):
    frame = gpd.GeoDataFrame({column: pd.Series([value, 1], dtype=object)}, geometry=[Point(511_000, 3_100_000)] * 2)
    text = any(isinstance(v, str) for v in frame[column])
    frame = frame.assign(**{column: frame[column].map(str) if text else frame[column].astype(float)})
    frame.set_crs(4544).to_file(town / "own.gpkg")
    paths = {"from": town / "from.gpkg", "to": town / "to.gpkg", role: town / "own.gpkg"}
    arguments = ["--from", str(paths["from"]), "--to", str(paths["to"]), "--roads", str(town / "roads.gpkg")]
    supply = ["--supply", "beds"] if column == "beds" else []
    assert main(["access", *arguments, *supply, "--scenario", "2022", "--out", str(town / "out")]) == 2
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert f"own.gpkg: {column} of row 1 is" in told
    assert not (town / "out").exists()


def test_all_people_zero(town, capsys):
    frame = gpd.GeoDataFrame({"population": [0.0]}, geometry=[Point(510_000, 3_100_000)], crs=4544)
    frame.to_file(town / "own.gpkg")
    arguments = ["--from", str(town / "own.gpkg"), "--to", str(town / "to.gpkg"), "--roads", str(town / "roads.gpkg")]
    assert main(["access", *arguments, "--scenario", "2022", "--out", str(town / "out")]) == 2
    assert "must be above zero for at least one" in capsys.readouterr().err


@pytest.mark.parametrize("speed", ["50 mph", "none", math.inf])
def test_speeds_of_roads(speed):
    lines = [LineString([(0, 0), (1000, 0)]), LineString([(1000, 0), (2000, 0)])]
    frame = gpd.GeoDataFrame({"speed_kph": pd.Series([30, speed], dtype=object)}, geometry=lines, crs=4544)
    with pytest.raises(DataError, match="speed_kph of row 2 is"):
        build_graph(frame)
