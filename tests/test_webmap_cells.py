"""Grids of cells in pages: exact, cut to an area, painted from one another, and in few bytes."""

import gzip
import re

import geopandas as gpd
import numpy as np
import pytest
import rioxarray  # noqa: F401
import shapely
import xarray as xr
from cells import MISSING, read_cells
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nanyi_gis._kernels.cells import encode_classes, encode_values
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.webmap import Page
from nanyi_gis.webmap.cells import class_cells, known_window, placed, value_cells
from nanyi_gis.webmap.grids import grid_record, paint, rounded_within

BOUNDS = (105.0, 27.6, 106.4, 28.6)
SHAPES = arrays.array_shapes(min_dims=2, max_dims=2, max_side=9)


def measured(cells):
    return {"height": cells.shape[0], "width": cells.shape[1]}


@settings(deadline=None, max_examples=60)
@given(arrays.arrays(np.int64, SHAPES, elements=st.integers(0, 255)), st.integers(0, 255))
def test_classes_are_read_as_they_were_written(codes, unknown):
    known = codes != unknown
    data = class_cells(codes, known)
    assert data["codes"] == sorted(set(codes[known].tolist()))
    np.testing.assert_array_equal(read_cells(measured(codes), data), np.where(known, codes.astype(int), MISSING))


@settings(deadline=None, max_examples=60)
@given(arrays.arrays(np.int16, SHAPES, elements=st.integers(-32768, 32767)))
def test_values_are_read_as_they_were_written(values):
    np.testing.assert_array_equal(read_cells(measured(values), value_cells(values)), values)


def test_a_smooth_surface_is_read_with_the_weights_that_foretell_it():
    y, x = np.mgrid[:40, :50]
    values = np.rint(3000 * np.sin(x / 9) * np.cos(y / 7)).astype(np.int16)
    values[(x - 25) ** 2 + (y - 20) ** 2 > 400] = MISSING
    data = value_cells(values)
    assert len(data["weights"]) == 7
    assert sum(data["weights"]) == 256
    np.testing.assert_array_equal(read_cells(measured(values), data), values)


def test_no_buffer_is_too_short():
    rng = np.random.default_rng(2)
    short = np.zeros(5, np.uint8)
    long = np.zeros(5000, np.uint8)
    codes, values = rng.integers(0, 200, (20, 20)), rng.integers(-9000, 9000, (20, 20))
    none = np.zeros(0, np.int64)
    assert encode_classes(codes, 200, short) == encode_classes(codes, 200, long) > 5
    assert encode_values(values, none, short) == encode_values(values, none, long) > 5


def test_cells_take_fewer_bytes_than_gzip():
    y, x = np.mgrid[:200, :200]
    hills = 60 * np.sin(x / 17 + y / 40) * np.cos(y / 23) + 3 * np.random.default_rng(4).normal(size=x.shape)
    values = np.rint(hills).astype(np.int16)
    codes = np.digitize(hills, [-30, 0, 30]).astype(np.uint8)
    packed = len(gzip.compress(np.diff(values, axis=1, prepend=0).tobytes(), 9))
    assert len(value_cells(values)["cells"]) * 3 / 4 < 0.85 * packed
    assert len(class_cells(codes, codes > 0)["cells"]) * 3 / 4 < 0.75 * len(gzip.compress(codes.tobytes(), 9))


def test_the_window_of_known_cells_lies_where_they_lie():
    known = np.zeros((4, 5), bool)
    known[1:3, 2] = True
    window = known_window(known)
    assert window == (slice(1, 3), slice(2, 3))
    assert placed((0, 0, 50, 40), known.shape, window) == {"width": 1, "height": 2, "extent": [20, 10, 30, 30]}


def mercator(values, *, nodata=np.nan):
    y = 3_300_000 - 1000 * (np.arange(values.shape[0]) + 0.5)
    x = 11_700_000 + 1000 * (np.arange(values.shape[1]) + 0.5)
    da = xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x})
    return da.rio.write_crs(3857).rio.write_nodata(nodata)


def record(da, **options):
    given = {
        "unit": "",
        "decimals": 0,
        "step": 1,
        "classes": None,
        "reasons": None,
        "max_cells": 10_000,
        "follows": None,
    }
    return grid_record(da, name="g", **{**given, **options})


def test_a_grid_is_cut_to_its_area():
    heights = np.arange(60, dtype=np.float32).reshape(6, 10)
    box = shapely.box(11_702_000, 3_295_000, 11_705_400, 3_298_000)  # centres of columns 2 to 4, of rows 2 to 4
    made = record(mercator(heights), within=gpd.GeoSeries([box], crs=3857))
    meta = made["meta"]
    assert meta["extent"] == [11_702_000, 3_295_000, 11_705_000, 3_298_000]
    np.testing.assert_array_equal(read_cells(meta, made["data"]) * meta["step"] + meta["offset"], heights[2:5, 2:5])


def test_more_classes_than_codes_are_kept_as_values():
    codes = np.arange(300, dtype=np.int16).reshape(15, 20)
    made = record(mercator(codes, nodata=-1), classes={1: "one"})
    assert "codes" not in made["data"]
    np.testing.assert_array_equal(read_cells(made["meta"], made["data"]), codes)


def test_colours_go_by_code_or_by_breaks():
    assert paint({3: (1, 2, 3), 1: (4, 5, 6, 7)})["palette"] == {"1": [4, 5, 6, 7], "3": [1, 2, 3, 255]}
    with pytest.raises(ParameterError, match="code 256, but codes go from 0 to 255"):
        paint({256: (0, 0, 0)})
    with pytest.raises(ParameterError, match="breaks are 1, 1, but must be numbers that rise"):
        paint({1: (0, 0, 0)}, [1, 1])


def make_page():
    return Page(title="T", bounds=BOUNDS, lang="en")


@pytest.mark.parametrize("codes", [np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2)), np.zeros((0, 2), np.uint8)])
def test_classes_that_are_none(codes):
    with pytest.raises(DataError, match="give a two-dimensional uint8 array"):
        make_page().add_raster("r", codes, bounds=BOUNDS, palette={1: (0, 0, 0)})


def test_cells_stand_in_the_page_once():
    page = make_page()
    codes = np.random.default_rng(1).integers(0, 3, (40, 40)).astype(np.uint8)
    page.add_raster("class", codes, bounds=BOUNDS, palette={1: (255, 0, 0), 2: (0, 0, 255)}, key="class")
    before = len(page.html())
    page.add_painted("again", "class", palette={1: (0, 0, 0)})
    page.add_value_grid("read", of="class", classes={1: "one", 2: "two"})
    assert len(page.html()) - before < 900
    assert len(re.findall('"cells":', page.html())) == 1


@pytest.mark.parametrize(
    ("add", "fault"),
    [
        (lambda page: page.add_value_grid("v"), "either a raster or"),
        (lambda page: page.add_value_grid("v", of="<b>"), "may have small letters"),
        (
            lambda page: page.add_painted("p", "nowhere", palette={1: (0, 0, 0)}),
            "cells of 'nowhere', but these .* none",
        ),
        (lambda page: page.add_painted("p", "a", palette={1: (0, 0, 0)}, opacity=2), "opacity is 2"),
        (lambda page: page.add_value_grid("v", of="a", breaks=[2, 1]), "must be numbers that rise"),
    ],
)
def test_a_page_refuses_cells_that_it_has_not(add, fault):
    page = make_page()
    with pytest.raises(ParameterError, match=fault):
        add(page)
        page.html()


@given(
    st.lists(st.floats(-500, 3000), min_size=1, max_size=20),
    st.sampled_from([1.0, 5.0, 20.0, 7.0]),
    st.lists(st.integers(-200, 2500), max_size=3, unique=True).map(sorted),
)
@settings(deadline=None)
def test_a_value_is_rounded_to_the_step_and_never_across_an_edge(values, step, edges):
    given = np.array(values)
    kept = rounded_within(given, step, edges) * step
    for edge in edges:
        if all(abs(edge - other) >= 2 * step for other in edges if other != edge):
            assert ((kept >= edge) == (given >= edge)).all()
    far = np.all([np.abs(given - edge) > step for edge in edges], axis=0) if edges else np.ones(given.shape, bool)
    assert (np.abs(kept - given)[far] <= step / 2 + 1e-9).all()
    assert (np.abs(kept - given) <= 1.5 * step * max(1, len(edges)) + 1e-9).all()
