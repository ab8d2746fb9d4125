"""The surface against SciPy's Dijkstra, closed forms and scikit-image."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from shapely import Point

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.travel_time import cost_distance, isochrones, solver, travel_time

MOVES = [(0, -1), (0, 1), (-1, 0), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1)]


def raster(values, *, dx=30.0, dy=None, left=500_000.0, top=3_100_000.0, crs="EPSG:4544"):
    values = np.asarray(values)
    dy = dx if dy is None else dy
    rows, columns = values.shape
    coords = {"y": top - dy * (np.arange(rows) + 0.5), "x": left + dx * (np.arange(columns) + 0.5)}
    out = xr.DataArray(values, coords, ("y", "x")).rio.write_crs(crs)
    return out.rio.write_transform(rasterio.Affine(dx, 0, left, 0, -dy, top))


def at(dem, *cells):
    """Points at the centres of (row, column) cells."""
    return gpd.GeoDataFrame(geometry=[Point(dem.x[c].item(), dem.y[r].item()) for r, c in cells], crs=dem.rio.crs)


def tobler(slope):
    return 6 * np.exp(-3.5 * np.abs(slope + 0.05))


def reference(z, starts, *, dx=30.0, dy=30.0, factor=0.6, inward=False, offsets=None):
    """Minutes by SciPy on the graph of the docstring, in double precision."""
    z = np.asarray(z, dtype=np.float64)
    rows, columns = z.shape
    index = np.arange(z.size).reshape(z.shape)
    origin, target, time = [], [], []
    for dr, dc in MOVES:
        a = np.s_[max(0, -dr) : rows - max(0, dr), max(0, -dc) : columns - max(0, dc)]
        b = np.s_[max(0, dr) : rows - max(0, -dr), max(0, dc) : columns - max(0, -dc)]
        length = np.hypot(dr * dy, dc * dx)
        minutes = 0.06 * length / (factor * tobler((z[b] - z[a]) / length))
        ok = np.isfinite(minutes)
        origin.append(index[a][ok])
        target.append(index[b][ok])
        time.append(minutes[ok])
    o, t, m = map(np.concatenate, (origin, target, time))
    if inward:
        o, t = t, o
    # Seeds hang on one further node, so that starting minutes are plain edges.
    first = {}
    for (r, c), wait in zip(starts, [0.0] * len(starts) if offsets is None else offsets, strict=True):
        first[r * columns + c] = min(float(wait), first.get(r * columns + c, np.inf))
    cells, waits = np.array(list(first)), np.array(list(first.values()))
    extra = np.full(len(cells), z.size)
    ends = np.concatenate([o, extra]), np.concatenate([t, cells])
    graph = coo_array(
        (np.concatenate([m, waits + 1.0]), tuple(end.astype(np.int32) for end in ends)),  # as older dijkstra wants
        shape=(z.size + 1, z.size + 1),
    ).tocsr()
    out = dijkstra(graph, indices=z.size)[:-1].reshape(z.shape) - 1.0
    out[np.isnan(z)] = np.nan
    return out


def same(result, expected, tolerance=1e-6):
    values = np.asarray(result)
    expected = np.where(np.asarray(expected) > 1e38, np.inf, expected)  # more than single precision holds
    np.testing.assert_array_equal(np.isnan(values), np.isnan(expected))
    np.testing.assert_allclose(values, expected, rtol=tolerance, atol=1e-6)


@st.composite
def worlds(draw):
    rows, columns = draw(st.integers(1, 13)), draw(st.integers(1, 13))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    z = (rng.normal(size=(rows, columns)) * draw(st.sampled_from([0.0, 1.0, 20.0, 300.0]))).astype(np.float32)
    z[rng.random(z.shape) < draw(st.sampled_from([0.0, 0.1, 0.4]))] = np.nan
    if np.isnan(z).all():
        z[0, 0] = 0
    open_cells = np.argwhere(~np.isnan(z))
    starts = open_cells[rng.integers(0, len(open_cells), draw(st.integers(1, 4)))]
    return z, [tuple(start) for start in starts.tolist()], rng


@settings(max_examples=150, deadline=None)
@given(worlds(), st.booleans(), st.sampled_from([0.6, 1.0, 0.25]), st.sampled_from([(30.0, 30.0), (90.0, 40.0)]))
def test_every_cell_agrees_with_scipy(world, inward, factor, size):
    z, starts, _ = world
    dem = raster(z, dx=size[0], dy=size[1])
    result = travel_time(dem, at(dem, *starts), direction="to" if inward else "from", path_factor=factor)
    same(result, reference(z, starts, dx=size[0], dy=size[1], factor=factor, inward=inward))


@settings(max_examples=60, deadline=None)
@given(worlds(), st.booleans())
def test_starting_minutes_agree_with_scipy(world, inward):
    z, starts, rng = world
    dem = raster(z)
    wait = rng.random(len(starts)) * 30
    sources = at(dem, *starts).assign(wait=wait)
    result = travel_time(dem, sources, initial_minutes="wait", direction="to" if inward else "from")
    same(result, reference(z, starts, inward=inward, offsets=wait))


@settings(max_examples=60, deadline=None)
@given(worlds(), st.floats(0, 60))
def test_limit_only_drops_what_lies_beyond(world, limit):
    z, starts, _ = world
    dem = raster(z)
    whole = travel_time(dem, at(dem, *starts)).values
    cut = travel_time(dem, at(dem, *starts), limit_minutes=limit).values
    np.testing.assert_array_equal(cut, np.where(whole > np.float32(limit), np.inf, whole))


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_nearest_is_the_source_that_gives_the_time(world):
    z, starts, _ = world
    dem = raster(z)
    result = travel_time(dem, at(dem, *starts), nearest=True)
    alone = np.stack([travel_time(dem, at(dem, start)).values for start in starts])
    owner = result["nearest"].values
    reached = np.isfinite(result.values)
    np.testing.assert_array_equal(owner >= 0, reached)
    rows, columns = np.nonzero(reached)
    np.testing.assert_array_equal(alone[owner[reached], rows, columns], result.values[reached])


@settings(max_examples=40, deadline=None)
@given(worlds())
def test_from_a_to_b_is_to_b_from_a(world):
    z, starts, rng = world
    dem = raster(z)
    a = starts[0]
    open_cells = np.argwhere(~np.isnan(z))
    b = tuple(open_cells[rng.integers(len(open_cells))].tolist())
    out = travel_time(dem, at(dem, a)).values[b]
    back = travel_time(dem, at(dem, b), direction="to").values[a]
    assert out == pytest.approx(back, rel=1e-6)


def test_the_queue_grows_when_it_must(monkeypatch):
    rng = np.random.default_rng(4)
    dem = raster((rng.normal(size=(90, 90)) * 30).astype(np.float32))
    everywhere = at(dem, *np.ndindex(9, 9))
    wait = rng.random(81) * 9e5
    expected = travel_time(dem, everywhere, initial_minutes=wait).values
    monkeypatch.setattr(solver, "_FIRST_CHUNKS", 90)
    same(travel_time(dem, everywhere, initial_minutes=wait), expected)


def test_a_larger_terrain_with_many_sources():
    rng = np.random.default_rng(3)
    z = np.cumsum(np.cumsum(rng.normal(size=(240, 310)), 0), 1).astype(np.float32) / 20
    z[rng.random(z.shape) < 0.02] = np.nan
    starts = [tuple(cell) for cell in np.argwhere(~np.isnan(z))[rng.integers(0, 70_000, 25)].tolist()]
    dem = raster(z)
    same(travel_time(dem, at(dem, *starts)), reference(z, starts))
    same(travel_time(dem, at(dem, *starts), direction="to"), reference(z, starts, inward=True))


@pytest.mark.parametrize("slope", [-0.6, -0.05, 0.0, 0.1, 0.5])
def test_a_ramp_follows_toblers_closed_form(slope):
    dem = raster(np.arange(50)[None, :] * 25.0 * slope, dx=25.0)
    far = 49 * 0.025
    up = travel_time(dem, at(dem, (0, 0))).values[0, -1]
    down = travel_time(dem, at(dem, (0, 0)), direction="to").values[0, -1]
    assert up == pytest.approx(60 * far / (0.6 * tobler(slope)), rel=2e-7)
    assert down == pytest.approx(60 * far / (0.6 * tobler(-slope)), rel=2e-7)


def test_cliffs_are_slow_or_closed_but_never_wrong():
    z = [[0.0, 200.0, 0.0]]
    dem = raster(z)
    same(travel_time(dem, at(dem, (0, 0))), reference(z, [(0, 0)]))
    steep = travel_time(raster([[0.0, 9000.0, 0.0]]), at(dem, (0, 0)))
    assert steep.values[0, 1] == np.inf
    assert steep.attrs["unreached"] == 2


def test_long_times_do_not_overflow_or_drift():
    cells = 400_000
    dem = raster(np.zeros((1, cells), np.float32), dx=10.0)
    minutes = travel_time(dem, at(dem, (0, 0)))
    step = 0.6 / (0.6 * tobler(0.0))
    assert minutes.values[0, -1] > 32_767
    np.testing.assert_allclose(minutes.values[0], step * np.arange(cells), rtol=2e-7, atol=1e-6)


def test_islands_are_infinite_and_counted():
    z = np.zeros((3, 7), np.float32)
    z[:, 3] = np.nan
    result = travel_time(raster(z), at(raster(z), (1, 1)))
    assert np.isinf(result.values[:, 4:]).all()
    assert np.isnan(result.values[:, 3]).all()
    assert result.attrs["unreached"] == 9


def test_the_limit_itself_is_within():
    step = 0.06 * 30 / (0.6 * tobler(0.0))
    dem = raster(np.zeros((1, 40), np.float32))
    for count in (7, 20, 33):
        limit = float(np.float32(count * step))
        result = travel_time(dem, at(dem, (0, 0)), limit_minutes=limit)
        assert np.isfinite(result.values).sum() == count + 1
        area = isochrones(result, cutoffs=[limit])
        assert area.cells.tolist() == [count + 1]
        assert area.area.tolist() == pytest.approx([(count + 1) * 900])


def test_isochrones_nest_and_sum():
    rng = np.random.default_rng(0)
    dem = raster((rng.normal(size=(40, 40)) * 5).astype(np.float32))
    minutes = travel_time(dem, at(dem, (20, 20)))
    areas = isochrones(minutes, cutoffs=[0.0, 5, 15, 30])
    assert areas.crs == dem.rio.crs
    assert areas.cells.iloc[0] == 1
    for smaller, larger in zip(areas.geometry[:-1], areas.geometry[1:], strict=True):
        assert larger.buffer(1e-6).covers(smaller)
    np.testing.assert_allclose(areas.area, areas.cells * 900)
    with pytest.raises(ParameterError, match="rise"):
        isochrones(minutes, cutoffs=[30, 15])


def test_metres_of_a_geographic_dem_by_row():
    z = np.zeros((60, 3), np.float32)
    dem = raster(z, dx=0.01, left=105.0, top=60.0, crs="EPSG:4326")
    geod = Geod(ellps="WGS84")
    pace = 0.06 / (0.6 * tobler(0.0))
    for row in (0, 30, 59):
        across = geod.inv(105.005, 59.995 - 0.01 * row, 105.015, 59.995 - 0.01 * row)[2]
        result = travel_time(dem, at(dem, (row, 0)))
        assert result.values[row, 1] == pytest.approx(pace * across, rel=1e-6)
    down = geod.inv(105.005, 59.995, 105.005, 59.995 - 0.59)[2]
    assert travel_time(dem, at(dem, (0, 0))).values[59, 0] == pytest.approx(pace * down, rel=1e-6)
    slanted = geod.inv(105.005, 59.995, 105.015, 59.985)[2]
    assert travel_time(dem, at(dem, (0, 0))).values[1, 1] == pytest.approx(pace * slanted, rel=1e-6)


def test_a_grid_in_feet_and_one_upside_down():
    dem = raster(np.zeros((1, 3), np.float32), dx=100.0, left=2_000_000, top=500_000, crs="EPSG:2263")
    foot = 1200 / 3937
    assert travel_time(dem, at(dem, (0, 0))).values[0, 2] == pytest.approx(0.06 * 200 * foot / (0.6 * tobler(0.0)))
    z = np.random.default_rng(1).normal(size=(6, 5)).astype(np.float32) * 9
    dem = raster(z)
    flipped = dem.isel(y=slice(None, None, -1)).rio.write_transform(rasterio.Affine(30, 0, 5e5, 0, 30, 3_100_000 - 180))
    same(travel_time(flipped, at(dem, (1, 2))).values[::-1], travel_time(dem, at(dem, (1, 2))).values)


def test_isotropic_cost_agrees_with_scikit_image():
    graph = pytest.importorskip("skimage.graph")
    rng = np.random.default_rng(5)
    cost = rng.lognormal(0, 1.5, (80, 70)).astype(np.float32)
    cost[rng.random(cost.shape) < 0.1] = np.nan
    cost[40, 35] = 1
    starts = [(40, 35), *map(tuple, np.argwhere(~np.isnan(cost))[[5, 900]].tolist())]
    grid = raster(cost, dx=10.0)
    with np.errstate(invalid="ignore"):
        found, _ = graph.MCP_Geometric(np.where(np.isnan(cost), -1, cost).astype(float)).find_costs(starts)
    found[np.isnan(cost)] = np.nan
    same(cost_distance(grid, at(grid, *starts)), found * 10.0)


def test_free_cells_cost_nothing():
    cost = np.zeros((4, 5), np.float32)
    cost[:, 3:] = 2
    grid = raster(cost, dx=10.0)
    np.testing.assert_allclose(cost_distance(grid, at(grid, (0, 0))).values[0], [0, 0, 0, 10, 30])
    assert (cost_distance(raster(cost * 0), at(grid, (0, 0))).values == 0).all()
    degrees = raster(cost, dx=0.01, left=105.0, top=28.0, crs="EPSG:4326")
    metres = Geod(ellps="WGS84").inv(105.0, 27.995, 105.01, 27.995)[2]
    found = cost_distance(degrees, at(degrees, (0, 0))).values[0]
    np.testing.assert_allclose(found, [0, 0, 0, metres, 3 * metres], rtol=1e-6)


def test_a_geographic_dem_agrees_with_scipy():
    """Near the equator, cells of 0.001 degree are almost alike in all rows."""
    z = np.random.default_rng(6).normal(size=(25, 30)).astype(np.float32) * 15
    dem = raster(z, dx=0.001, left=105.0, top=0.0125, crs="EPSG:4326")
    geod = Geod(ellps="WGS84")
    dx, dy = geod.inv(105, 0, 105.001, 0)[2], geod.inv(105, 0, 105, 0.001)[2]
    for inward in (False, True):
        found = travel_time(dem, at(dem, (3, 4), (20, 20)), direction="to" if inward else "from")
        same(found, reference(z, [(3, 4), (20, 20)], dx=dx, dy=dy, inward=inward), tolerance=1e-5)


def test_sources_from_a_raster_give_labels():
    dem = raster(np.zeros((2, 9), np.float32))
    labels = dem.copy(data=np.zeros((2, 9), np.int16))
    labels[0, 0], labels[1, 8] = 7, 3
    result = travel_time(dem, labels, nearest=True)
    same(result, reference(dem, [(0, 0), (1, 8)]))
    assert result["nearest"].values[0].tolist()[:4] == [7] * 4
    assert result["nearest"].values[1].tolist()[5:] == [3] * 4
    with pytest.raises(DataError, match="another grid"):
        travel_time(dem, labels.isel(x=slice(0, 8)))


def test_points_in_another_crs_and_on_the_last_edge():
    dem = raster(np.zeros((5, 5), np.float32))
    there = at(dem, (2, 3)).to_crs(4326)
    same(travel_time(dem, there), reference(dem, [(2, 3)]))
    corner = gpd.GeoDataFrame(geometry=[Point(500_150, 3_100_000 - 150)], crs="EPSG:4544")
    assert travel_time(dem, corner).values[4, 4] == 0


def test_the_callers_objects_stay_as_they_were():
    dem = raster(np.zeros((5, 5), np.float32))
    sources = at(dem, (2, 3))
    before, frame = dem.copy(deep=True), sources.copy()
    travel_time(dem, sources, nearest=True)
    xr.testing.assert_identical(dem, before)
    assert frame.equals(sources)


def test_progress_ends_at_one_and_integers_have_nodata():
    shares = []
    z = np.zeros((30, 30), np.int16)
    z[:, 20] = -32768
    dem = raster(z).rio.write_nodata(-32768)
    result = travel_time(dem, at(dem, (0, 0)), progress=shares.append)
    assert shares[-1] == 1.0
    assert np.isnan(result.values[:, 20]).all()
    assert np.isinf(result.values[:, 21:]).all()


def test_a_source_on_nodata_moves_only_if_told():
    z = np.zeros((5, 5), np.float32)
    z[1:4, 1:4] = np.nan
    dem = raster(z)
    with pytest.raises(DataError, match=r"source 0 lies on nodata .* max_snap"):
        travel_time(dem, at(dem, (2, 1)))
    moved = travel_time(dem, at(dem, (2, 1)), max_snap=30.0)
    assert moved.values[2, 0] == 0
    assert moved.attrs["snapped"] == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mode": "fly"}, "mode is 'fly'"),
        ({"direction": "up"}, "direction is 'up'"),
        ({"path_factor": 0}, "path_factor is 0"),
        ({"limit_minutes": -1}, "limit_minutes is -1"),
        ({"max_snap": -5}, "max_snap is -5"),
        ({"initial_minutes": "wait"}, "no such column"),
        ({"initial_minutes": [1, 2, 3]}, "3 values for 1 sources"),
        ({"initial_minutes": [-1.0]}, "must be zero or more"),
        ({"initial_minutes": [np.inf]}, "infinite for every source"),
    ],
)
def test_bad_options_are_named(change, words):
    dem = raster(np.zeros((3, 3), np.float32))
    with pytest.raises((ParameterError, DataError), match=words):
        travel_time(dem, at(dem, (1, 1)), **change)


def test_bad_data_is_named():
    dem = raster(np.zeros((3, 3), np.float32))
    points = at(dem, (1, 1))
    with pytest.raises(DataError, match="outside the DEM"):
        travel_time(dem, points.translate(500))
    with pytest.raises(DataError, match="no CRS"):
        travel_time(dem, gpd.GeoDataFrame(geometry=[Point(0, 0)]))
    with pytest.raises(DataError, match="Polygon"):
        travel_time(dem, points.buffer(5))
    with pytest.raises(DataError, match="empty"):
        travel_time(dem, points.iloc[:0])
    with pytest.raises(DataError, match="only nodata"):
        travel_time(dem * np.nan, points)
    with pytest.raises(DataError, match="negative"):
        cost_distance(dem - 1, points)
    with pytest.raises(DataError, match="no CRS"):
        travel_time(xr.DataArray(np.zeros((3, 3)), dims=("y", "x")), points)
