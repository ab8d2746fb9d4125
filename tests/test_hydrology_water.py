"""Streams, catchments, depressions, burned rivers, reservoirs and floods against closed forms and brute force."""

import heapq

import geopandas as gpd
import numpy as np
import pytest
import shapely
from terrain_rasters import hills, raster

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.hydrology import (
    Keep,
    below_level,
    burn,
    catchment_polygons,
    catchments,
    closed_basins,
    dam_candidates,
    depressions,
    drainage,
    flood_depth,
    flow_distance,
    height_above,
    receivers,
    reservoir,
    stream_cells,
    stream_links,
    streams,
)
from nanyi_gis.raster import Grid, cell_areas

EAST, NORTH = 500_000.0, 3_100_000.0


def lines(*texts):
    return gpd.GeoSeries.from_wkt(list(texts), crs=4544)


def valley(rows=41, columns=31, *, side=2.0, fall=1.0):
    """Return a V-shaped valley that falls to the south along its middle column."""
    y, x = np.indices((rows, columns), dtype=float)
    return raster(100.0 + side * np.abs(x - columns // 2) + fall * (rows - 1 - y))


def hill_water(seed=3, shape=(40, 40)):
    dem = raster(hills(shape, seed=seed).astype(float))
    return dem, drainage(dem, depressions="fill", true_area=True)


# ---- what flows -----------------------------------------------------------------------------------------------------


def test_a_valley_has_one_stream_with_its_length_and_land():
    water = drainage(valley(), depressions="fill", true_area=True)
    found = streams(water, km2=31 * 5.5 * 0.0009)  # five rows and a half of land
    assert found["order"].tolist() == [1]
    length = found["length_m"].item()
    assert length % 30 == 0
    assert found["upstream_km2"].item() == pytest.approx(41 * 31 * 0.0009, rel=5e-3)
    assert found["top_m"].item() - found["foot_m"].item() == pytest.approx(length / 30)
    assert found.geometry.iloc[0].length == pytest.approx(length)


def test_strahler_orders_follow_their_rule():
    """A head is 1; where two of the highest order meet it is one more, else it stays."""
    _, water = hill_water()
    found = streams(water, km2=0.009).set_index("stream")
    assert found["order"].max() >= 2
    for number, row in found.iterrows():
        above = found.loc[found["to"] == number, "order"]
        if len(above) < 2:
            assert row["order"] == 1
        else:
            highest = above.max()
            assert row["order"] == highest + (int((above == highest).sum()) > 1)
    ends = found[found["to"] == 0]
    assert len(ends) >= 1
    # a link ends where the next begins
    for row in found[found["to"] > 0].itertuples():
        assert row.geometry.coords[-1] == found.loc[row.to].geometry.coords[0]
    assert (found["top_m"] >= found["foot_m"]).all()


def test_links_and_their_catchments_part_the_land():
    dem, water = hill_water()
    links = stream_links(water, km2=0.009)
    assert ((links.values > 0) <= stream_cells(water, km2=0.009).values).all()
    parts = catchments(water["direction"], outlets=links)
    found = catchment_polygons(parts)
    known = cell_areas(dem).values[parts.values > 0].sum() / 1e6
    assert found["area_km2"].sum() == pytest.approx(known, rel=1e-9)
    assert found.geometry.area.sum() == pytest.approx((parts.values > 0).sum() * 900.0)


def walk(below, cell, marked):
    while not marked[cell]:
        if below[cell] in (-1, cell):
            return -1
        cell = below[cell]
    return cell


@pytest.mark.parametrize("flip", [False, True])
def test_distance_height_and_catchments_are_those_of_a_walk(flip):
    dem, _ = hill_water(seed=5, shape=(25, 30))
    dem = dem[::-1] if flip else dem
    water = drainage(dem, depressions="breach", true_area=True)
    direction = water["direction"]
    marks = stream_cells(water, km2=0.02)
    below, marked = receivers(direction), marks.values.ravel()
    end = np.array([walk(below, cell, marked) for cell in range(direction.size)])
    hand = height_above(water["filled"], direction, to=marks).values.ravel()
    z = water["filled"].values.ravel()
    np.testing.assert_array_equal(np.isnan(hand), end < 0)
    np.testing.assert_allclose(hand[end >= 0], (z - z[end])[end >= 0], atol=1e-3)
    numbers = catchments(direction, outlets=marks.astype("int32")).values.ravel()
    np.testing.assert_array_equal(numbers > 0, end >= 0)
    leave = flow_distance(direction).values.ravel()
    for cell in (0, 77, 400, 611):
        length, at = 0.0, cell
        while below[at] != at:
            rows, columns = np.divmod([at, below[at]], 30)
            length += 30.0 * np.hypot(np.diff(rows)[0], np.diff(columns)[0])
            at = below[at]
        assert leave[cell] == pytest.approx(length, rel=1e-6)


def test_outlets_as_points_take_what_drains_to_them_first():
    dem = valley()
    water = drainage(dem, depressions="fill")
    x, y = dem["x"].values[15], dem["y"].values
    parts = catchments(water["direction"], outlets=gpd.GeoSeries.from_xy([x, x], [y[10], y[30]], crs=4544))
    assert set(np.unique(parts.values)) <= {0, 1, 2}
    assert parts.values[5, 15] == 1
    assert parts.values[25, 15] == 2
    assert parts.values[38, 15] == 0
    with pytest.raises(DataError, match="lie in one cell"):
        catchments(water["direction"], outlets=gpd.GeoSeries.from_xy([x, x + 1], [y[10], y[10]], crs=4544))
    with pytest.raises(DataError, match="outside the DEM"):
        catchments(water["direction"], outlets=gpd.GeoSeries.from_xy([x - 1e5], [y[10]], crs=4544))


def test_thresholds_have_a_floor_and_a_ceiling():
    water = drainage(valley(), depressions="fill")
    with pytest.raises(ParameterError, match="give at least one cell"):
        streams(water, km2=1e-5)
    with pytest.raises(ParameterError, match=r"the DEM has only 1\.14 km2"):
        streams(water, km2=500)
    with pytest.raises(ParameterError, match=r"no cell has 1\.4 km2 of land above it, the most is "):
        streams(hill_water()[1], km2=1.4)
    with pytest.raises(ParameterError, match="above zero"):
        streams(water, km2=-1)
    wrong = water["direction"].copy(data=np.full(water["direction"].shape, 3, np.uint8))
    with pytest.raises(DataError, match="has the code 3"):
        receivers(wrong)


# ---- what stands ----------------------------------------------------------------------------------------------------


def brute_fill(z):
    """Fill by a priority queue from the border (Barnes, Lehman and Mulla 2014)."""
    filled, heap, seen = z.copy(), [], np.zeros(z.shape, bool)
    for i, j in np.ndindex(z.shape):
        if i in (0, z.shape[0] - 1) or j in (0, z.shape[1] - 1):
            heapq.heappush(heap, (z[i, j], i, j))
            seen[i, j] = True
    while heap:
        level, i, j = heapq.heappop(heap)
        for a, b in np.ndindex(3, 3):
            r, c = i + a - 1, j + b - 1
            if 0 <= r < z.shape[0] and 0 <= c < z.shape[1] and not seen[r, c]:
                seen[r, c] = True
                filled[r, c] = max(z[r, c], level)
                heapq.heappush(heap, (filled[r, c], r, c))
    return filled


@pytest.mark.parametrize("seed", [1, 2])
def test_depressions_are_those_of_a_brute_fill(seed):
    dem = raster(np.round(hills((40, 40), seed=seed)).astype(float))
    filled = drainage(dem, depressions="fill")["filled"]
    wanted = brute_fill(dem.values)
    np.testing.assert_array_equal(filled.values, wanted)
    found = depressions(dem, filled)
    raised = wanted - dem.values
    assert found["cells"].sum() == (raised > 0).sum()
    areas = cell_areas(dem).values
    assert found["volume_m3"].sum() == pytest.approx((raised * areas).sum(), rel=1e-9)
    assert found["area_km2"].sum() == pytest.approx(areas[raised > 0].sum() / 1e6, rel=1e-9)
    assert found["depth_m"].is_monotonic_decreasing
    assert found["depth_m"].iloc[0] == raised.max()
    for row in found.itertuples():
        column, line = (int(v) for v in Grid.of(dem).place(row.spill_x, row.spill_y))
        assert dem.values[line, column] == row.spill_m
        assert shapely.distance(row.geometry, shapely.Point(row.spill_x, row.spill_y)) <= 15 * 2**0.5 + 1e-6


def doline():
    """Return a plane that falls to the south with a cone of 20 m in it, and a shallow pit."""
    y, x = np.indices((30, 30), dtype=float)
    z = 200.0 - y
    z = np.minimum(z, 165.0 + 6.0 * np.hypot(x - 10, y - 12))
    z[20, 22] -= 3.0
    return raster(z)


def test_a_depression_that_is_kept_is_where_water_ends():
    dem = doline()
    filled = drainage(dem, depressions="fill")["filled"]
    plain = depressions(dem, filled)
    assert len(plain) == 2
    assert not plain["kept"].any()
    assert plain["depth_m"].iloc[0] > 15
    found = depressions(dem, filled, keep=Keep(deeper_m=5))
    assert found["kept"].tolist() == [True, False]
    basin = closed_basins(found, Grid.of(dem))
    assert [int(i[0]) for i in np.nonzero(basin.values)] == [12, 10]
    water = drainage(dem, depressions="fill", fixed=basin)
    assert water["direction"].values[12, 10] == 0
    assert water["filled"].values[12, 10] == dem.values[12, 10]
    assert water["accumulation"].values[12, 10] > 50
    assert not depressions(dem, filled, keep=Keep(larger_km2=1))["kept"].any()


def test_karst_areas_keep_what_lies_in_them():
    dem = doline()
    filled = drainage(dem, depressions="fill")["filled"]
    x, y = dem["x"].values, dem["y"].values
    karst = gpd.GeoDataFrame(geometry=[shapely.Point(x[22], y[20]).buffer(50)], crs=4544)
    assert depressions(dem, filled, keep=Keep(inside=karst))["kept"].tolist() == [False, True]
    assert not depressions(dem, filled, keep=Keep(inside=karst, deeper_m=5))["kept"].any()
    with pytest.raises(DataError, match="reaches the DEM"):
        depressions(dem, filled, keep=Keep(inside=karst.translate(1e6).to_frame("geometry")))
    with pytest.raises(ParameterError, match="must not be negative"):
        Keep(deeper_m=-3)


def test_rivers_open_a_gorge_and_change_nothing_else():
    y, _ = np.indices((20, 11), dtype=float)
    z = 100.0 - y + 5 * np.abs(np.arange(11) - 5)
    z[12] += 60.0  # a wall across the valley
    dem = raster(z)
    x = dem["x"].values[5]
    river = lines(f"LINESTRING ({x} {NORTH + 20}, {x} {NORTH - 19 * 30 - 10})")
    opened = burn(dem, river)
    off = np.ones(z.shape, bool)
    off[:, 5] = False
    np.testing.assert_array_equal(opened.values[off], z[off])
    assert (np.diff(opened.values[:, 5]) <= 0).all()
    assert opened.attrs["deepest_m"] == pytest.approx(59.0)
    assert drainage(dem, depressions="fill").attrs["raised_m3"] > 1000
    assert drainage(opened, depressions="fill").attrs["raised_m3"] == 0
    assert (burn(dem, river, depth=4.0).values[:, 5] == opened.values[:, 5] - 4).all()
    np.testing.assert_array_equal(dem.values, z)


def test_a_river_that_comes_in_over_the_border_keeps_its_head():
    z = np.repeat(np.arange(120.0, 100.0, -1.0)[:, None], 5, axis=1)
    dem = raster(z)
    x = dem["x"].values[2]
    opened = burn(dem, lines(f"LINESTRING ({x} {NORTH + 20}, {x} {dem['y'].values[12]})"))  # no line goes on from there
    np.testing.assert_array_equal(opened.values, z)


def test_cells_without_height_in_the_way_of_a_river_are_no_bed():
    z = np.repeat(np.arange(120, 100, -1, dtype="int16")[:, None], 5, axis=1)
    z[8, 2] = -32768
    dem = raster(z).rio.write_nodata(-32768)
    x = dem["x"].values[2]
    opened = burn(dem, lines(f"LINESTRING ({x} {NORTH + 20}, {x} {NORTH - 19 * 30 - 10})"))
    assert np.isnan(opened.values[8, 2])
    np.testing.assert_array_equal(np.delete(opened.values.ravel(), 42), np.delete(z.ravel(), 42))


def test_land_that_the_water_only_meets_is_dry_at_every_level():
    y, x = np.indices((30, 31))
    z = 600.0 + 8 * np.abs(x - 15) + (29 - y)
    dem = raster(z)
    at = dem["x"].values, dem["y"].values[20]
    dam = lines(f"LINESTRING ({at[0][10]} {at[1]}, {at[0][20]} {at[1]})")
    water = reservoir(dem, dam, crest=620.0)
    for level in (612.0, 616.5, 620.0):  # the last is the crest
        under = (y < 20) & (z < level)
        assert water.wet(level).sum() == under.sum()
        assert water.area_km2(level) == pytest.approx(under.sum() * 0.0009, rel=2e-3)
        assert water.volume_m3(level) == pytest.approx((level - z)[under].sum() * 900, rel=2e-3)


@pytest.mark.parametrize(
    ("rivers", "said"),
    [
        (gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 1 1)"], crs=4326), "reaches the DEM"),
        (gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 1 1)"]), "no CRS"),
        (gpd.GeoSeries.from_wkt(["POINT (0 0)"], crs=4544), "must be lines"),
        (gpd.GeoSeries([], crs=4544), "hold no lines"),
    ],
)
def test_rivers_that_are_none_are_refused(rivers, said):
    with pytest.raises(DataError, match=said):
        burn(valley(), rivers)


# ---- reservoirs -----------------------------------------------------------------------------------------------------


def wedge(*, cell=10.0, wide=21, slope=0.01):
    """Return a flat-bottomed valley between high walls that falls evenly to the south; columns 5 to 5 + wide."""
    rows, columns = 220, wide + 10
    y, x = np.indices((rows, columns), dtype=float)
    z = 500.0 - slope * cell * y
    z[(x < 5) | (x >= columns - 5)] = 900.0
    return raster(z, step=(cell, -cell)), rows, columns


@pytest.mark.parametrize("height", [5.0, 12.0])
def test_the_volume_of_a_wedge(height):
    """Behind a dam of height H over a bed of slope s and width w: area w H / s, volume w H^2 / (2 s)."""
    dem, _, columns = wedge()
    row = 200
    y = dem["y"].values[row]
    x = dem["x"].values
    dam = lines(f"LINESTRING ({x[2]} {y}, {x[columns - 3]} {y})")
    base = float(dem.values[row - 1, 10])  # the lowest ground beside the wall
    water = reservoir(dem, dam, crest=base + height)
    assert water.base_m == base
    table = water.curve([base + height])
    stretch = float(cell_areas(dem).mean() / 100.0)
    assert table["area_km2"].item() * 1e6 == pytest.approx(210 * height / 0.01 * stretch, rel=0.01)
    # the wall's face is half a cell, 0.05 m of bed, below the centre of the last cell
    assert table["volume_m3"].item() == pytest.approx(210 * (height + 0.05) ** 2 / 0.02 * stretch, rel=1e-3)
    shape = water.polygons([base + height]).geometry.iloc[0]
    assert shape.area == pytest.approx(table["area_km2"].item() * 1e6 / stretch, rel=1e-6)


def test_the_volume_of_half_a_cone_at_all_stages():
    """Of a cone of slope k behind a straight wall: half of pi h^3 / (3 k^2)."""
    n, cell, k = 161, 10.0, 0.2
    y, x = np.indices((n, n), dtype=float)
    z = 300.0 + k * cell * np.hypot(x - 80, y - 80)
    z[81:] = 300.0 - 0.5 * (y[81:] - 80)  # the land below falls away
    dem = raster(z, step=(cell, -cell))
    row = dem["y"].values[81]
    dam = lines(f"LINESTRING ({dem['x'].values[0] - 5} {row}, {dem['x'].values[-1] + 5} {row})")
    water = reservoir(dem, dam, crest=400.0)
    area = float(cell_areas(dem).mean() / 100.0)
    table = water.curve()
    for row in table.iloc[4:].itertuples():
        h = row.level_m - 300.0
        # rows 0..80 with the centre row whole: half a cone and half a row of it
        half = np.pi * h**3 / (6 * k**2) + 0.5 * cell * h**2 / k
        assert row.volume_m3 == pytest.approx(half * area, rel=0.01)
    assert (np.diff(table["volume_m3"]) > 0).all()
    # the slope of the volume is the area: every stage is that of one flood
    fine = water.curve(np.linspace(350, 351, 11))
    rise = np.diff(fine["volume_m3"]) / 0.1 / 1e6
    assert (rise >= fine["area_km2"].to_numpy()[:-1] * (1 - 1e-9)).all()
    assert (rise <= fine["area_km2"].to_numpy()[1:] * (1 + 1e-9)).all()


def test_all_stages_are_what_a_flood_of_each_gives():
    """On rough ground the cells wet at a level are those joined to the dam below it."""
    from scipy.ndimage import label

    y, x = np.indices((60, 41), dtype=float)
    rough = np.random.default_rng(8).normal(0, 2.5, (60, 41))
    dem = raster(100.0 + 2 * np.abs(x - 20) + 0.6 * (59 - y) + rough)
    at = dem["y"].values[45]
    water = reservoir(dem, lines(f"LINESTRING ({EAST - 10} {at}, {EAST + 41 * 30} {at})"), crest=126.0)
    z = dem.values[:45]
    seed = np.unravel_index(int(np.argmin(dem.values[44])), (1, 41))[1]
    assert water.base_m == dem.values[44].min()
    for level in np.linspace(water.base_m + 0.5, 125.9, 7):
        labels, _ = label(z <= level, structure=np.ones((3, 3)))
        joined = labels == labels[44, seed]
        got = np.zeros(dem.shape, bool)
        top, left = (round(v) for v in ((NORTH + 15 - water.grid.bounds[3]) / 30, 0))
        wet = water.wet(float(level))
        got[top : top + wet.shape[0], left : left + wet.shape[1]] = wet
        np.testing.assert_array_equal(got[:45], joined)


def degrees(dem, row, column):
    point = gpd.GeoSeries.from_xy([dem["x"].values[column]], [dem["y"].values[row]], crs=4544).to_crs(4326)
    return float(point.x.iloc[0]), float(point.y.iloc[0])


def test_a_place_gets_the_shortest_dam_across_its_valley():
    dem = valley(rows=81, columns=61)
    place = degrees(dem, 50, 30)
    water = reservoir(dem, (*place, 20.0))
    assert water.dam.crest_m == pytest.approx(100 + 30 + 20)
    assert water.dam.length_m == pytest.approx(2 * 10 * 30, rel=1e-6)  # 2 m a cell on both sides
    # a V with sides of 2 m and a fall of 1 m a cell: a pyramid over the section at the wall's face
    h = 20.0 - 0.5
    volume = (h / 2) * h * h / 3 * 900
    assert water.volume_m3(water.dam.crest_m) == pytest.approx(volume, rel=0.005)


def test_the_same_in_degrees():
    y, x = np.indices((81, 61), dtype=float)
    z = 100.0 + 2 * np.abs(x - 30) + (80 - y)
    dem = raster(z, origin=(105.5, 28.0), step=(1 / 3600, -1 / 3600), crs="EPSG:4326")
    water = reservoir(dem, (105.5 + 30 / 3600, 28.0 - 50 / 3600, 20.0))
    wide = 6378137 * np.cos(np.radians(28.0)) * np.radians(1 / 3600)
    assert water.dam.length_m == pytest.approx(20 * wide, rel=5e-3)
    cell = float(cell_areas(dem).mean())
    assert water.volume_m3(water.dam.crest_m) == pytest.approx(19.5**3 / 6 * cell, rel=0.005)


def test_a_dam_off_its_valley_or_above_its_rim_is_named():
    dem = valley(rows=81, columns=61)
    lon, lat = degrees(dem, 50, 30)
    with pytest.raises(ParameterError, match="off a valley"):
        reservoir(dem, (*degrees(dem, 50, 58), 20.0))
    with pytest.raises(ParameterError, match="off a valley"):
        reservoir(dem, (lon, lat, 500.0))
    with pytest.raises(ParameterError, match="outside the DEM"):
        reservoir(dem, (lon + 3, lat, 20.0))
    with pytest.raises(ParameterError, match="dam height is 0"):
        reservoir(dem, (lon, lat, 0.0))
    low = dem.copy(deep=True)
    low.values[20, 31:] = np.minimum(low.values[20, 31:], 165.0)  # a saddle to the east, 15 m below the crest
    with pytest.raises(ParameterError, match=r"higher than its rim: water leaves the DEM .* at 165\.0 m") as told:
        reservoir(low, (lon, lat, 50.0))
    assert "make it lower than 35.0 m" in str(told.value)
    assert "\n" not in str(told.value)
    assert reservoir(low, (lon, lat, 30.0)).volume_m3(155.0) > 0


def test_a_line_that_is_too_short_lets_water_around_it():
    dem = valley(rows=81, columns=61)
    y, x = dem["y"].values[50], dem["x"].values
    with pytest.raises(ParameterError, match="goes around the dam"):
        reservoir(dem, lines(f"LINESTRING ({x[27]} {y}, {x[33]} {y})"), crest=150.0)
    whole = lines(f"LINESTRING ({x[15]} {y}, {x[45]} {y})")
    assert reservoir(dem, whole, crest=150.0).volume_m3(150.0) > 0
    with pytest.raises(ParameterError, match="the ground under it begins at"):
        reservoir(dem, whole, crest=90.0)
    with pytest.raises(ParameterError, match="needs its crest"):
        reservoir(dem, whole)
    with pytest.raises(DataError, match="none of 1 dams reaches the DEM"):
        reservoir(dem, whole.translate(1e6), crest=150.0)
    with pytest.raises(ParameterError, match="above the crest"):
        reservoir(dem, whole, crest=150.0).curve([160.0])


def test_who_and_what_lies_below_a_level():
    dem, _, columns = wedge()
    x, y = dem["x"].values, dem["y"].values
    base = float(dem.values[199, 10])
    water = reservoir(dem, lines(f"LINESTRING ({x[2]} {y[200]}, {x[columns - 3]} {y[200]})"), crest=base + 10.0)
    level = base + 5.05  # wet from row 149.5 down
    people = dem.copy(data=np.ones(dem.shape))
    roads = gpd.GeoDataFrame(geometry=lines(f"LINESTRING ({x[15]} {y[0]}, {x[15]} {y[219]})"))
    found = below_level(water, level, people=people, roads=roads)
    wet = int(water.wet(level).sum())
    assert found["people"] == wet
    assert found["road_km"] == pytest.approx(wet / 21 * 0.01, rel=2e-3)
    points = gpd.GeoDataFrame({"n": [4, 5]}, geometry=gpd.points_from_xy(x[[15, 15]], y[[198, 20]]), crs=4544)
    assert below_level(water, level, people=points, weight="n") == {"people": 4.0}
    with pytest.raises(ParameterError, match="no column 'm'"):
        below_level(water, level, people=points, weight="m")


def test_the_best_dam_stands_where_a_narrow_gate_closes_a_wide_valley():
    y, x = np.indices((120, 81), dtype=float)
    z = 100.0 + 0.3 * (119 - y) + np.maximum(np.abs(x - 40) - 12, 0) * 6.0 + 0.05 * np.abs(x - 40)
    gate = np.abs(y - 70) < 3
    z[gate] = np.maximum(z[gate], (100.0 + 0.3 * (119 - y) + 15 * np.abs(x - 40))[gate])
    dem = raster(z)
    water = drainage(dem, depressions="fill", true_area=True)
    found = dam_candidates(dem, water, height=15.0, km2=0.5, spacing=150, longest=900, count=3)
    assert found["rank"].tolist() == list(range(1, len(found) + 1))
    assert found["m3_per_m"].is_monotonic_decreasing
    best = found.iloc[0]
    _, row = Grid.of(dem).place(*best.geometry.centroid.coords[0])
    assert abs(float(row) - 70.5) <= 4
    assert best["length_m"] < 150
    empty = dam_candidates(dem, water, height=15.0, km2=0.5, longest=20)
    assert len(empty) == 0
    assert "m3_per_m" in empty.columns


def test_a_flood_is_stage_less_height_above_the_stream():
    dem = valley()
    water = drainage(dem, depressions="fill", true_area=True, streams_km2=0.1)
    deep = flood_depth(water["hand"], stage=3.0).values
    hand = water["hand"].values
    np.testing.assert_allclose(deep[~np.isnan(hand)], np.maximum(3.0 - hand, 0)[~np.isnan(hand)], atol=1e-5)
    np.testing.assert_array_equal(np.isnan(deep), np.isnan(hand))
    with pytest.raises(ParameterError, match="stage is 0"):
        flood_depth(water["hand"], stage=0.0)
