"""The small nouns of the ground: units, colours, mappings."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanyi_gis.colours import BAND_RAMP, band_colours, hex_colour, parse_hex, ramp_colours
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.io import read_mapping, read_toml
from nanyi_gis.units import KM2_PER_WANMU, km2_to_wanmu, wanmu_to_km2

CHANNEL = st.integers(0, 255)


def test_a_wanmu_is_ten_thousand_mu_of_2000_thirds_square_metres():
    assert pytest.approx(10_000 * 2000 / 3 / 1e6, rel=1e-15) == KM2_PER_WANMU
    assert km2_to_wanmu(100.0) == 15.0
    assert wanmu_to_km2(15.0) == 100.0


def test_areas_convert_as_arrays_and_series_too():
    np.testing.assert_array_equal(km2_to_wanmu(np.array([20.0, 0.0, np.nan])), [3.0, 0.0, np.nan])
    series = pd.Series([20.0, 40.0], index=["a", "b"], name="area_km2")
    assert km2_to_wanmu(series).to_dict() == {"a": 3.0, "b": 6.0}
    assert series.tolist() == [20.0, 40.0]


@given(st.tuples(CHANNEL, CHANNEL, CHANNEL))
def test_a_colour_survives_its_text(colour):
    assert parse_hex(hex_colour(colour)) == colour


def test_colours_that_are_text_or_have_alpha():
    assert hex_colour("#123456") == "#123456"
    assert hex_colour((1, 2, 3, 255)) == "#010203ff"


@pytest.mark.parametrize("text", ["", "green", "#12", "#12345g", "#1234567", None, 7])
def test_what_is_no_colour_is_named(text):
    with pytest.raises(ParameterError, match="hexadecimal digits"):
        parse_hex(text)


@given(st.integers(1, 30))
def test_a_ramp_keeps_its_start_and_end(count):
    colours = band_colours(count)
    assert len(colours) == count
    assert colours[0] == BAND_RAMP[0]
    assert count == 1 or colours[-1] == BAND_RAMP[-1]
    assert all(0 <= channel <= 255 for colour in colours for channel in colour)


def test_a_ramp_of_one_colour_and_of_no_steps():
    assert ramp_colours(((1, 2, 3),), 3) == [(1, 2, 3)] * 3
    assert band_colours(0) == []


def test_toml_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbfyear = 2025\n")
    assert read_toml(path) == {"year": 2025}
    assert read_mapping(path) == {"year": 2025}


def test_json_by_its_ending(tmp_path):
    path = tmp_path / "a.JSON"
    path.write_text('{"year": 2025}')
    assert read_mapping(path) == {"year": 2025}


BAD_TOML = {
    "open table": (b"[[add]\n", "no valid TOML"),
    "no utf-8": ("name = '叙永'".encode("gb18030"), "no UTF-8 text"),
    "utf-16": ("a = 1".encode("utf-16"), "no UTF-8 text"),
    "nul": (b"a = \x00", "no valid TOML"),
    "deep array": (b"a = " + b"[" * 20_000, "nested deeper|no valid TOML"),
    "deep keys": (b".".join([b"a"] * 500) + b" = 1", "nested deeper"),
    "deep keys with quotes": (b'"\\"".' * 20_000 + b"a = 1", "nested deeper"),
    "digits": (b"a = " + b"9" * 5_000, "too many digits"),
    "twice": (b"a = 1\na = 2\n", "no valid TOML"),
}
BAD_JSON = {
    "cut": (b'{"a": ', "no valid TOML or JSON"),
    "list": (b"[1, 2]", "holds a list"),
    "number": (b"7", "holds a int"),
    "deep": (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "nested deeper"),
    "deep list": (b'{"a":' + b"[" * 200 + b"]" * 200 + b"}", "nested deeper"),
    "digits": (b'{"a": ' + b"9" * 5_000 + b"}", "too many digits"),
}


@pytest.mark.parametrize("case", BAD_TOML)
def test_bad_toml_is_one_line(tmp_path, case):
    content, words = BAD_TOML[case]
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        read_toml(path, what="crop file")
    assert "bad.toml" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("case", BAD_JSON)
def test_bad_json_is_one_line(tmp_path, case):
    content, words = BAD_JSON[case]
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        read_mapping(path, what="scenario file")
    assert "\n" not in str(caught.value)


def test_what_is_no_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no file .*none\.toml"):
        read_toml(tmp_path / "none.toml")
    with pytest.raises(DataError, match="is a folder, but must be a crop file"):
        read_toml(tmp_path, what="crop file")
    with pytest.raises(DataError, match="check the path"):
        read_toml("a\x00b.toml")
    with pytest.raises(DataError, match="check the path"):
        read_toml(f"{tmp_path}/{'x' * 5000}.toml")
