"""Grids: what they hold, how they are cut and padded, and the true areas of their cells."""

import math

import numpy as np
import pytest
import xarray as xr
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer
from raster_files import CELL, NORTH, SHAPE, TRANSFORM, WEST, relief, write

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.raster import Grid, cell_areas, horizontal_crs

BUSY = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # the machine may be shared


def grid(width=20, height=10, *, step_x=30.0, step_y=-30.0, crs="EPSG:4544"):
    return Grid(crs, Affine(step_x, 0, 500_000, 0, step_y, 3_100_000), width, height)


def test_a_grid_from_a_file_is_the_file_s(tmp_path):
    file = write(tmp_path / "a.tif", relief().astype("float32"))
    found = Grid.from_file(file)
    assert found == Grid("EPSG:4544", TRANSFORM, SHAPE[1], SHAPE[0])
    assert found.bounds == (WEST, NORTH - CELL * SHAPE[0], WEST + CELL * SHAPE[1], NORTH)


@BUSY
@given(
    west=st.floats(-1e6, 1e6), south=st.floats(-1e6, 1e6), width=st.floats(1, 5e3), height=st.floats(1, 5e3),
    size=st.floats(10, 500), margin=st.floats(0, 1e3),
)  # fmt: skip
def test_a_grid_from_bounds_covers_them_on_whole_multiples(west, south, width, height, size, margin):
    made = Grid.from_bounds(
        (west, south, west + width, south + height), resolution=size, crs="EPSG:4544", margin=margin
    )
    left, bottom, right, top = made.bounds
    slack = 1e-6
    assert left <= west - margin + slack
    assert left > west - margin - size - slack
    assert right >= west + width + margin - slack
    assert right < west + width + margin + size + slack
    assert bottom <= south - margin + slack
    assert top >= south + height + margin - slack
    assert top < south + height + margin + size + slack
    for edge in (left, top):
        assert edge / size == pytest.approx(round(edge / size), abs=1e-6)


def test_a_grid_needs_a_size_and_a_crs():
    with pytest.raises(ParameterError, match="resolution"):
        Grid.from_bounds((0, 0, 1, 1), resolution=0, crs="EPSG:4544")
    with pytest.raises(DataError, match="no CRS"):
        Grid.from_bounds((0, 0, 1, 1), resolution=1, crs=None)
    with pytest.raises(DataError, match="must be geographic or projected"):
        Grid.from_bounds((0, 0, 1, 1), resolution=1, crs="EPSG:4978")


def test_padding_and_windows():
    given_grid = grid()
    padded = given_grid.padded(3)
    assert padded.shape == (16, 26)
    assert padded.bounds == (499_910.0, 3_099_610.0, 500_690.0, 3_100_090.0)
    assert padded.window(slice(3, 13), slice(3, 23)) == given_grid
    assert given_grid.padded(0) == given_grid
    part = given_grid.window(slice(2, 4), slice(-5, None))
    assert part.bounds == (500_450.0, 3_099_880.0, 500_600.0, 3_099_940.0)
    with pytest.raises(ParameterError, match="cells"):
        given_grid.padded(-1)


@BUSY
@given(
    step_x=st.floats(0.1, 1e3), step_y=st.floats(-1e3, -0.1), flip_x=st.booleans(), flip_y=st.booleans(),
    column=st.floats(0, 20), row=st.floats(0, 10),
)  # fmt: skip
def test_places_go_there_and_back(step_x, step_y, flip_x, flip_y, column, row):
    on = grid(step_x=-step_x if flip_x else step_x, step_y=-step_y if flip_y else step_y)
    x, y = on.columns(column - 0.5), on.rows(row - 0.5)  # centres are at whole positions, edges half a cell before
    back = on.place(x, y)
    assert back[0] == pytest.approx(column, abs=1e-3)  # 500 km in double precision over cells of 10 cm
    assert back[1] == pytest.approx(row, abs=1e-3)
    west, south, east, north = on.bounds
    assert west - 1e-6 <= x <= east + 1e-6
    assert south - 1e-6 <= y <= north + 1e-6


def test_equality_and_hash_hold_for_one_crs_however_it_is_given():
    one, other = grid(), grid(crs=CRS(4544))
    assert one == other
    assert hash(one) == hash(other)
    assert len({one, other, grid(crs=4544)}) == 1
    assert one != grid(width=21)
    assert one != grid(crs="EPSG:4545")


@pytest.mark.parametrize("version", ["WKT1_GDAL", "WKT1_ESRI", "WKT2_2019"])
@pytest.mark.parametrize("code", [4326, 4490, 4544, 32648])
def test_the_same_crs_in_another_text_is_the_same_grid(version, code):
    if code in (4326, 4490):
        one = Grid(code, Affine(0.01, 0, 105, 0, -0.01, 29), 5, 5)
        other = Grid(CRS(code).to_wkt(version), one.transform, 5, 5)
    else:
        one, other = grid(crs=code), grid(crs=CRS(code).to_wkt(version))
    assert one.matches(other)
    assert other.matches(one)


def test_grids_that_do_not_match():
    assert not grid().matches(grid(crs=4545))
    assert not grid().matches(grid(crs=2433))  # the same projection on another datum
    assert not Grid(4326, Affine(1, 0, 0, 0, -1, 9), 2, 2).matches(Grid(4610, Affine(1, 0, 0, 0, -1, 9), 2, 2))
    assert not grid().matches(grid(step_x=30.1))
    assert not grid().matches(grid(step_y=30.0))
    shifted = Grid("EPSG:4544", grid().transform * Affine.translation(0.002, 0), 20, 10)
    assert not grid().matches(shifted)
    assert grid().matches(Grid("EPSG:4544", grid().transform * Affine.translation(1e-5, 0), 20, 10))


@pytest.mark.parametrize("step_y", [-30.0, 30.0])
@pytest.mark.parametrize("step_x", [-30.0, 30.0])
def test_an_array_lies_where_its_grid_says(step_x, step_y):
    on = grid(step_x=step_x, step_y=step_y)
    array = on.array(np.arange(200.0).reshape(10, 20), name="z", nodata=-1)
    assert Grid.of(array) == on
    assert array.rio.nodata == -1
    assert float(array.x[0]) == 500_000 + step_x / 2
    assert float(array.y[-1]) == 3_100_000 + 9.5 * step_y
    assert Grid.of(array.where(array > 5).astype("float32")) == on
    assert np.isnan(on.template().values).all()


def test_what_is_no_grid():
    good = grid().array(np.zeros((10, 20)))
    with pytest.raises(DataError, match="is a ndarray"):
        Grid.of(good.values)
    with pytest.raises(DataError, match="dimensions"):
        Grid.of(good.expand_dims("band"))
    with pytest.raises(DataError, match="at least one cell"):
        Grid.of(good[:0])
    with pytest.raises(DataError, match="no CRS"):
        Grid.of(xr.DataArray(np.zeros((2, 2)), dims=("y", "x"), coords={"y": [1.0, 0.0], "x": [0.0, 1.0]}))
    uneven = good.assign_coords(x=good.x.values + np.r_[np.zeros(10), np.full(10, 7.0)])
    with pytest.raises(DataError, match="unevenly spaced x"):
        Grid.of(uneven)
    with pytest.raises(DataError, match="is rotated"):
        Grid.of(good.drop_vars(["x", "y"]).rio.write_transform(Affine(30, 5, 0, 5, -30, 0)))


@pytest.mark.parametrize(
    ("given_crs", "code"),
    [("EPSG:4326+5773", 4326), ("EPSG:4979", 4326), ("EPSG:4544+5773", 4544), (4544, 4544), (CRS(32648), 32648)],
)
def test_the_horizontal_part_of_a_crs(given_crs, code):
    found = horizontal_crs(given_crs, name="dem")
    assert len(found.axis_info) == 2
    assert found.to_epsg(min_confidence=20) == code


def test_a_bound_crs_is_its_source():
    bound = CRS("+proj=longlat +ellps=krass +towgs84=15,-120,-70,0,0,0,0 +type=crs")
    assert bound.is_bound
    assert not horizontal_crs(bound, name="dem").is_bound


# spacing and areas


@pytest.mark.parametrize(("crs", "step"), [(4326, 1 / 1200), (4807, 1 / 1000)])
def test_spacing_of_degrees_and_grads_is_that_of_geodesics(crs, step):
    on = Grid(crs, Affine(step, 0, 2, 0, -step, 50), 3, 5)
    east, south = on.spacing()
    unit = on.unit * 180 / math.pi
    latitude = on.rows(np.arange(5)) * unit
    geod: Geod = on.geod
    for row in range(5):
        expected = geod.inv(2, latitude[row], 2 + step * unit, latitude[row])[2]
        assert east[row] == pytest.approx(expected, rel=1e-6)
        north = geod.inv(2, latitude[row] - step * unit / 2, 2, latitude[row] + step * unit / 2)[2]
        assert -south[row] == pytest.approx(north, rel=1e-6)


def test_feet_of_a_projected_crs_become_metres():
    east, south = Grid(2263, Affine(100, 0, 980_000, 0, -100, 200_000), 4, 4).spacing()
    assert east[0] == pytest.approx(100 * 1200 / 3937)
    assert south[0] == pytest.approx(-100 * 1200 / 3937)


def test_web_mercator_is_refused_for_slopes_but_its_areas_are_true():
    on = Grid(3857, Affine(1000, 0, 11_780_000, 0, -1000, 3_250_000), 4, 4)
    with pytest.raises(DataError, match=r"draws distances 1\.1[34] times"):
        on.spacing()
    total = float(cell_areas(on.template()).sum())
    corners = [on.transform * (c, r) for c, r in ((0, 0), (4, 0), (4, 4), (0, 4))]
    lon, lat = Transformer.from_crs(3857, 4326, always_xy=True).transform(*zip(*corners, strict=True))
    west, east, north, south = lon[0], lon[1], lat[0], lat[2]
    assert total == pytest.approx(strip(west, south, east, north), rel=1e-6)


def strip(west, south, east, north):
    """Return the area in m2 between two meridians and two parallels of WGS-84 (Snyder 1987, eq. 3-12)."""
    a, e2 = 6378137.0, 0.0066943799901413165
    e = math.sqrt(e2)

    def q(latitude):
        s = math.sin(math.radians(latitude))
        return (1 - e2) * (s / (1 - e2 * s * s) - math.log((1 - e * s) / (1 + e * s)) / (2 * e))

    return a * a * math.radians(east - west) / 2 * (q(north) - q(south))


@pytest.mark.parametrize("step_y", [-0.1, 0.1])
def test_areas_of_a_geographic_grid_are_the_closed_form(step_y):
    on = Grid(4326, Affine(0.1, 0, 105, 0, step_y, 28), 3, 10)
    areas = cell_areas(on.template()).values
    for row in range(10):
        edges = sorted((28 + row * step_y, 28 + (row + 1) * step_y))
        assert areas[row, 0] == pytest.approx(strip(105, edges[0], 105.1, edges[1]), rel=1e-9)


def test_areas_at_the_pole_of_a_polar_map():
    on = Grid(3413, Affine(10_000, 0, -20_000, 0, -10_000, 20_000), 4, 4)
    total = float(cell_areas(on.template()).sum()) / 1e6
    # scale at the pole of EPSG:3413 (true at 70 N) is 0.9699, so 1,600 km2 on the map are 1,701 km2
    scale = (1 + math.sin(math.radians(70))) / 2
    assert total == pytest.approx(1600 / scale**2, rel=2e-3)


def test_latitudes_end_at_the_poles():
    with pytest.raises(DataError, match="latitudes end at 90"):
        cell_areas(Grid(4326, Affine(1, 0, 0, 0, -1, 95), 3, 3).template())
