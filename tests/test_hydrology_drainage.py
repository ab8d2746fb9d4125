"""Drainage against closed forms, a flood by a heap, and every cell walked down."""

import sys

import numpy as np
import pytest
from hydrology_oracles import flooded, hold_rules, raster

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.hydrology import drainage

CELL_KM2 = 0.0009  # on the map; the true cell there is 0.07 % smaller


def ground(seed, *, shape=(40, 40), steps=None, holes=0.0):
    """Return random heights, in whole steps if given, with holes."""
    random = np.random.default_rng(seed)
    heights = random.random(shape).astype(np.float32) * 100
    if steps:
        heights = np.floor(heights / steps).astype(np.float32)
    heights[random.random(shape) < holes] = np.nan
    return heights


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("depressions", ["fill", "breach"])
def test_every_cell_runs_down_and_out(seed, depressions):
    heights = ground(
        seed, shape=(40, 40) if seed < 2 else (23, 31), steps=[None, 12, 30][seed % 3], holes=0.05 * (seed % 2)
    )
    dem = raster(heights)
    water = drainage(dem, depressions=depressions, streams_km2=4.8 * CELL_KM2)
    hold_rules(dem, water, stream_cells=5)
    known = ~np.isnan(heights)
    if depressions == "fill":
        np.testing.assert_array_equal(water["filled"].values, flooded(heights))
        assert water.attrs["raised_m3"] == pytest.approx(float(np.nansum(water["filled"].values - heights)) * 900)
        assert water.attrs["lowered_m3"] == 0
    else:
        assert (water["filled"].values[known] <= heights[known]).all()
        assert water.attrs["lowered_m3"] == pytest.approx(float(np.nansum(heights - water["filled"].values)) * 900)
        assert water.attrs["raised_m3"] == 0
    assert water.attrs["cells_changed"] == (water["filled"].values[known] != heights[known]).sum()


@pytest.mark.parametrize("depressions", ["fill", "breach"])
def test_water_ends_in_fixed_cells(depressions):
    heights = ground(11, shape=(20, 20), steps=20)
    fixed = np.zeros(heights.shape, bool)
    fixed[8:11, 9:12] = True
    dem = raster(heights)
    water = drainage(dem, depressions=depressions, fixed=dem.copy(data=fixed))
    hold_rules(dem, water, fixed=fixed)
    np.testing.assert_array_equal(water["filled"].values[fixed], heights[fixed])
    if depressions == "fill":
        np.testing.assert_array_equal(water["filled"].values, flooded(heights, fixed))


def test_a_plane_drains_in_lines():
    """Down to the south: each column gathers one cell more a row, and the height above a stream is that of the rows."""
    heights = np.repeat(np.arange(10.0, 0.0, -1.0, dtype=np.float32)[:, None], 7, axis=1) * 3
    water = drainage(raster(heights), streams_km2=7.99 * CELL_KM2)
    assert (water["direction"].values[:-1] == 4).all()
    assert (water["direction"].values[-1] == 0).all()
    np.testing.assert_array_equal(water["accumulation"].values, np.repeat(np.arange(1, 11)[:, None], 7, axis=1))
    above = np.maximum(3.0 * np.arange(7, -3, -1), 0.0)
    np.testing.assert_array_equal(water["hand"].values, np.repeat(above[:, None], 7, axis=1).astype(np.float32))
    assert water.attrs["cells_changed"] == 0


def test_a_v_valley_gathers_its_sides():
    """Sides of slope 1 to a floor of slope 0.1: both sides of a row run into the floor, in rows of their own."""
    width, length, size = 11, 9, 10.0
    across = np.abs(np.arange(width) - 5) * size
    along = (length - 1 - np.arange(length)) * size * 0.1
    water = drainage(raster(across[None, :] + along[:, None], size=size), streams_km2=10.5 * 1e-4)
    total = water["accumulation"].values
    np.testing.assert_array_equal(total[:, 5], width * np.arange(1, length + 1))
    # by slope 1 along the row, (1 + 0.1) / sqrt(2) on the diagonal
    assert (water["direction"].values[:-1, :5] == 1).all()
    np.testing.assert_array_equal(total[3, :5], [1, 2, 3, 4, 5])
    np.testing.assert_array_equal(water["hand"].values, np.repeat(across[None, :], length, axis=0).astype(np.float32))


def test_a_cone_drains_from_its_top_and_a_pit_to_its_bottom():
    y, x = np.indices((21, 21)) - 10
    cone = (100 - np.hypot(y, x)).astype(np.float32)
    water = drainage(raster(cone))
    assert water.attrs["pits"] == 0
    assert water["accumulation"].values[10, 10] == 1
    assert water["accumulation"].values[[0, -1]].sum() + water["accumulation"].values[1:-1, [0, -1]].sum() >= 441
    funnel = drainage(raster(-cone), depressions="fill")
    # the rim is lowest in the middles of the edges, 10 cells from the bottom
    np.testing.assert_array_equal(funnel["filled"].values, np.maximum(-cone, -cone[0, 10]))
    assert funnel.attrs["pits"] == 1
    sunk = drainage(raster(-cone), depressions="breach")
    assert sunk["accumulation"].values.max() > 400
    assert sunk["filled"].values.min() == -100


@pytest.mark.parametrize("depressions", ["fill", "breach"])
def test_turned_ground_gives_turned_results(depressions):
    heights = ground(5, shape=(30, 33))
    options = {"depressions": depressions, "streams_km2": 9.5 * CELL_KM2}
    upright = drainage(raster(heights), **options)
    for turn in (np.flipud, np.fliplr, np.transpose, np.rot90):
        turned = drainage(
            raster(np.ascontiguousarray(turn(heights))), depressions=depressions, streams_km2=9.5 * CELL_KM2
        )
        for name in ("filled", "accumulation", "hand"):
            np.testing.assert_array_equal(turned[name].values, turn(upright[name].values), err_msg=name)


def test_the_order_of_rows_and_dask_change_nothing():
    dem = raster(ground(7, shape=(30, 24), steps=15))
    water = drainage(dem, streams_km2=0.01)
    south_up = drainage(dem[::-1].drop_vars("spatial_ref").rio.write_crs(4544), streams_km2=0.01)[
        {"y": slice(None, None, -1)}
    ]
    blocks = drainage(dem.chunk({"y": 7, "x": 11}), streams_km2=0.01)
    assert blocks["hand"].chunks == ((7, 7, 7, 7, 2), (11, 11, 2))
    for name in water:
        np.testing.assert_array_equal(blocks[name].values, water[name].values)
        np.testing.assert_array_equal(south_up[name].values, water[name].values)
    assert blocks.attrs == water.attrs == south_up.attrs


@pytest.mark.parametrize("depressions", ["fill", "breach"])
def test_the_cut_into_strips_changes_no_bit(depressions, monkeypatch):
    dem = raster(ground(9, shape=(41, 29), steps=8, holes=0.02))
    whole = drainage(dem, depressions=depressions, streams_km2=0.01, true_area=True)

    def thin(work, first, last, _width):
        for start in (*range(first + 3, last, 3), first):  # out of order
            work(start, min(start + 3, last))

    monkeypatch.setattr(sys.modules["nanyi_gis.hydrology.drainage"], "in_strips", thin)
    cut = drainage(dem, depressions=depressions, streams_km2=0.01, true_area=True)
    for name in whole:
        np.testing.assert_array_equal(cut[name].values, whole[name].values, err_msg=str(name))
    assert cut.attrs == whole.attrs


def test_degrees_are_slopes_in_metres():
    """At 60 degrees north a step east is half as long as one north: the smaller drop east is the steeper."""
    heights = np.full((3, 3), 100.0)
    heights[1, 2], heights[2, 1] = 94.0, 90.0
    dem = raster(heights, size=0.01, crs=4326, corner=(105.0, 60.015))
    water = drainage(dem, true_area=True)
    assert water["direction"].values[1, 1] == 1
    assert drainage(raster(heights))["direction"].values[1, 1] == 4
    from nanyi_gis.raster import cell_areas

    area = cell_areas(dem).values / 1e6
    gathered = water["accumulation_km2"].values
    assert gathered[water["direction"].values == 0].sum() == pytest.approx(area.sum(), rel=1e-12)
    np.testing.assert_allclose(gathered[0, 0], area[0, 0], rtol=1e-12)


def test_a_plane_is_shared_by_the_angle_of_its_fall():
    """A plane that falls to the azimuth 160: every inner cell runs there, 20 of 45 degrees past south."""
    y, x = np.indices((12, 15)) * 30.0
    towards = np.radians(160.0)
    heights = (np.cos(towards) * y - np.sin(towards) * x).astype(np.float32)
    water = drainage(raster(heights), method="dinf", true_area=True)
    assert water["angle"].values[1:-1, 1:-1] == pytest.approx(160.0, abs=1e-3)
    share = 20.0 / 45.0  # to the south-east; the rest to the south
    total = water["accumulation"].values
    inner = 1 + (1 - share) * total[1:-3, 2:-2] + share * total[1:-3, 1:-3]
    np.testing.assert_allclose(total[2:-2, 2:-2], inner, rtol=1e-4)
    out = water["direction"].values == 0
    assert total[out].sum() == pytest.approx(180.0, abs=1e-9)
    assert (water["angle"].values[out] == -1).all()
    from nanyi_gis.raster import cell_areas

    assert water["accumulation_km2"].values[out].sum() == pytest.approx(float(cell_areas(water["filled"]).sum()) / 1e6)


@pytest.mark.parametrize("depressions", ["fill", "breach"])
def test_shares_lose_nothing_on_rough_ground(depressions):
    heights = ground(3, shape=(25, 22), steps=9, holes=0.03)
    water = drainage(raster(heights), method="dinf", depressions=depressions)
    total = water["accumulation"].values
    known = ~np.isnan(heights)
    assert total[water["direction"].values == 0].sum() == pytest.approx(known.sum(), abs=1e-9)
    assert (total[known] >= 1).all()
    np.testing.assert_array_equal(np.isnan(water["angle"].values), ~known)


def test_a_single_cell_and_a_single_row():
    assert drainage(raster(np.array([[5.0]])))["direction"].values.tolist() == [[0]]
    assert drainage(raster(np.array([[5.0, 3, 4, 1]])))["accumulation"].values.tolist() == [[1, 2, 1, 2]]


def test_without_options_hollows_are_filled_and_heights_above_streams_are_there_on_cells_that_allow_them():
    heights = np.random.default_rng(3).random((12, 12))
    water = drainage(raster(heights))
    assert (water["filled"].values >= heights.astype(water["filled"].dtype)).all()
    assert water.attrs["depressions"] == "fill"
    assert np.nanmin(water["hand"].values) == 0
    assert water.attrs["streams_km2"] == pytest.approx(144 * CELL_KM2 / 100, rel=0.01)
    coarse = drainage(raster(heights, size=450))
    assert "hand" not in coarse
    assert "cells are 450 m wide, over 100 m" in coarse.attrs["notes"][-1]
    assert "hand" in drainage(raster(heights, size=450), streams_km2=1)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"method": "d16"}, "method is 'd16', but must be one of: d8, dinf"),
        ({"method": "fill"}, "method is 'fill', but that is done with hollows; give depressions='fill'"),
        ({"depressions": "burn"}, "depressions is 'burn', but must be one of: fill, breach"),
        ({"streams_km2": 0.0005}, r"streams_km2 is 0.0005 km², but a cell of the DEM has 0.0009 km²"),
        ({"streams_km2": -1}, "streams_km2 is -1 km², but must be above zero"),
    ],
)
def test_bad_options(options, told):
    with pytest.raises(ParameterError, match=told) as caught:
        drainage(raster(np.zeros((4, 4), np.float32)), **options)
    assert "\n" not in str(caught.value)


def test_bad_data():
    dem = raster(np.zeros((4, 4), np.float32))
    with pytest.raises(DataError, match="dem has no cell with a height"):
        drainage(dem.copy(data=np.full((4, 4), np.nan)))
    with pytest.raises(DataError, match="fixed is on another grid than dem"):
        drainage(dem, fixed=dem[:2] > 0)
    with pytest.raises(DataError, match="fixed has the type float32, but must be true where water ends"):
        drainage(dem, fixed=dem)
