"""Forest by land cover: areas by zone, Olofsson's estimate, thresholds, pulp arithmetic, forest roads."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from terrain_rasters import raster

from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.forest import (
    area_estimates,
    carbon_sink,
    cover_threshold,
    error_matrix,
    forest_areas,
    forest_roads,
    pulp_land,
    true_interval,
    write_forest,
)
from nanyi_gis.io import write_gpkg
from nanyi_gis.raster import Grid, cell_areas, write_cog

CELL, ORIGIN = 100.0, (560_000.0, 3_110_000.0)


def at(row: float, column: float) -> tuple[float, float]:
    return ORIGIN[0] + CELL * (column + 0.5), ORIGIN[1] - CELL * (row + 0.5)


def cover(values, *, crs="EPSG:4544", origin=ORIGIN, step=(CELL, -CELL)):
    corner = (origin[0] + step[0] / 2, origin[1] + step[1] / 2)
    return raster(np.asarray(values), origin=corner, step=step, crs=crs)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """20 x 30 cells: trees in the west half, crops in the east, one column unknown; zones north and south."""
    folder = tmp_path_factory.mktemp("forest")
    codes = np.full((20, 30), 40, np.uint8)
    codes[:, :15] = 10
    codes[:, 29] = 0
    write_cog(cover(codes), folder / "cover.tif", nodata=0)
    percent = np.tile(np.arange(30, dtype=np.uint8) * 3, (20, 1))
    write_cog(cover(percent), folder / "trees.tif", nodata=255)
    write_cog(cover(np.full((20, 30), 12.5, np.float32)), folder / "odd.tif", nodata=-1)
    west, north = ORIGIN
    halves = [
        shapely.box(west, north - 1000, west + 3000, north),
        shapely.box(west, north - 2000, west + 3000, north - 1000),
    ]
    frame = gpd.GeoDataFrame({"name": ["north", "south"]}, geometry=halves, crs=4544)
    write_gpkg({"z": frame}, folder / "zones.gpkg")
    far = gpd.GeoDataFrame({"name": ["far"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4544)
    write_gpkg({"z": far.set_geometry(far.translate(600_000, 3_000_000))}, folder / "far.gpkg")
    places = [at(row, column) for row in (2, 7, 12, 17) for column in (3, 10, 18, 25)]
    truth = [10 if x < ORIGIN[0] + 1500 else 40 for x, _ in places]
    truth[2] = 10  # a field on the map that is forest
    points = gpd.GeoDataFrame({"reference": truth}, geometry=shapely.points(places), crs=4544)
    write_gpkg({"p": points}, folder / "points.gpkg")
    return folder


def test_zones_sum_to_the_whole_by_true_areas(desk):
    zones = gpd.read_file(desk / "zones.gpkg")
    whole = forest_areas(desk / "cover.tif").table
    parts = forest_areas(desk / "cover.tif", zones=zones).table
    areas = cell_areas(cover(np.zeros((20, 30), np.float32))).values / 1e6
    assert whole.loc[0, "forest_km2"] == pytest.approx(areas[:, :15].sum(), rel=1e-9)
    assert whole.loc[0, "land_km2"] == pytest.approx(areas[:, :29].sum(), rel=1e-9)
    assert parts["zone"].tolist() == ["north", "south"]
    assert parts["forest_km2"].sum() == pytest.approx(whole.loc[0, "forest_km2"], rel=1e-12)
    assert np.isnan(whole.loc[0, "low_km2"])
    np.testing.assert_allclose(parts["share"], 15 / 29, rtol=1e-5)


def test_a_raster_in_degrees_has_true_areas(tmp_path):
    codes = np.full((10, 12), 10, np.uint8)
    field = cover(codes, crs="EPSG:4326", origin=(105.5, 28.0), step=(0.001, -0.001))
    write_cog(field, tmp_path / "d.tif", nodata=0)
    expected = cell_areas(field.astype("float32")).values.sum() / 1e6
    assert forest_areas(tmp_path / "d.tif").table.loc[0, "forest_km2"] == pytest.approx(expected, rel=1e-9)


def test_the_interval_is_what_accuracy_leaves_open(desk):
    row = forest_areas(desk / "cover.tif", accuracy=0.9).table.loc[0]
    assert row["low_km2"] == pytest.approx(row["forest_km2"] - 0.1 * row["land_km2"])
    assert row["high_km2"] == pytest.approx(row["forest_km2"] + 0.1 * row["land_km2"])
    assert true_interval(5.0, 100.0, accuracy=0.767) == (0.0, pytest.approx(28.3))
    assert true_interval(95.0, 100.0, accuracy=0.767)[1] == 100.0
    rng = np.random.default_rng(1)
    for _ in range(20):  # whatever is wrong, as long as it is no more than the accuracy says, the truth lies inside
        truth, mapped = rng.random(500) < 0.4, rng.random(500) < 0.5
        right = (truth == mapped).mean()
        low, high = true_interval(float(mapped.sum()), 500.0, accuracy=float(right))
        assert low <= truth.sum() <= high


def test_olofsson_as_published():
    """The worked example of Olofsson et al. (2014), sec. 4.3: 235,086 pixels of 30 m, 21,158 ha, error 3,142 ha."""
    names = ["deforestation", "gain", "forest", "other"]
    counts = [[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]]
    pixels = pd.Series([200_000, 150_000, 3_200_000, 6_450_000], index=names) * 0.09  # ha
    found = area_estimates(pd.DataFrame(counts, index=names, columns=names), pixels)
    row = found.table.loc["deforestation"]
    assert row["area_km2"] == pytest.approx(21_158, abs=1)
    assert row["se_km2"] == pytest.approx(3_142, abs=1)
    assert found.table["area_km2"].sum() == pytest.approx(pixels.sum())
    assert found.overall == pytest.approx(0.947, abs=5e-4)
    assert row["users"] == pytest.approx(0.88)
    assert row["producers"] == pytest.approx(0.75, abs=0.005)


def test_an_estimate_is_exact_where_the_map_is():
    found = area_estimates(error_matrix(["a", "a", "b", "b"], ["a", "a", "b", "b"]), pd.Series({"a": 3.0, "b": 7.0}))
    assert found.table["area_km2"].tolist() == [3.0, 7.0]
    assert found.table["se_km2"].tolist() == [0.0, 0.0]
    with pytest.raises(DataError, match="fewer than two reference points"):
        area_estimates(error_matrix(["a", "b", "b"], ["a", "b", "b"]), pd.Series({"a": 3.0, "b": 7.0}))
    with pytest.raises(DataError, match="give both"):
        error_matrix([1], [1, 2])


def test_a_threshold_meets_the_area(desk):
    each = cell_areas(cover(np.zeros((20, 30), np.float32))).values.sum() / 1e6 / 30  # of a column
    found = cover_threshold(desk / "trees.tif", wanted_km2=each * 9.5)
    assert found.percent == 60  # columns 20 to 29 have 60 % and more
    assert found.area_km2 == pytest.approx(10 * each, rel=1e-4)
    assert found.above_km2 == pytest.approx(9 * each, rel=1e-4)
    assert (np.diff(found.curve["area_km2"]) <= 0).all()
    assert cover_threshold(desk / "trees.tif", wanted_km2=each * 31).percent is None
    with pytest.raises(DataError, match="in percent"):
        write_cog(cover(np.full((5, 5), 140, np.uint8)), desk / "high.tif", nodata=255)
        cover_threshold(desk / "high.tif", wanted_km2=1.0)


def test_ranges_and_carbon():
    assert pulp_land(300_000, bamboo_per_pulp=(4, 4.5), yield_t_per_ha=(10, 15)) == (80_000, 135_000)
    assert carbon_sink(1.0, t_co2_per_ha=(1, 2)) == (100.0, 200.0)
    for bad, words in (((4.5, 4), "lower end comes first"), ((0, 1), "above zero"), ((1, 2, 3), "has two")):
        with pytest.raises(ParameterError, match=words):
            pulp_land(1.0, bamboo_per_pulp=bad, yield_t_per_ha=(1, 1))


def blocks(stand, heights=None):
    rows, columns = np.shape(stand)
    dem = cover(np.zeros((rows, columns)) if heights is None else np.asarray(heights, float), step=(500.0, -500.0))
    return dem, dem.copy(data=np.asarray(stand, float))


def road_at(dem: xr.DataArray, row: int) -> gpd.GeoDataFrame:
    y = float(dem.y[row])
    return gpd.GeoDataFrame(geometry=[shapely.LineString([(float(dem.x[0]), y), (float(dem.x[-1]), y)])], crs=4544)


def test_forest_roads_take_the_best_first():
    stand = np.zeros((9, 11))
    stand[1, 0], stand[3, 8] = 1.0, 0.9  # 3.5 km away for 1.0; 2.5 km for 0.9, which is more a kilometre
    dem, amount = blocks(stand)
    found = forest_roads(dem, amount, road_at(dem, 8), length_km=6.0, branch_km=1.0)
    assert found.branches["km"].tolist() == [2.5, 3.5]
    assert found.branches["opened_km2"].tolist() == [0.9, 1.0]
    assert found.km <= 6.0
    assert found.opened_km2 + found.open_km2 <= found.stand_km2
    assert len(forest_roads(dem, amount, road_at(dem, 8), length_km=3.0, branch_km=1.0).branches) == 1


def test_a_step_up_is_as_long_as_its_grade():
    stand = np.zeros((3, 3))
    stand[0, 1] = 1.0
    heights = np.array([[90.0] * 3, [45.0] * 3, [0.0] * 3])  # 90 m up in 1 km is 9 %; at 4.5 % it takes 2 km
    dem, amount = blocks(stand, heights)
    assert forest_roads(dem, amount, road_at(dem, 2), length_km=9, branch_km=1).km == pytest.approx(1.0)
    steep = forest_roads(dem, amount, road_at(dem, 2), length_km=9, branch_km=1, max_grade=0.045)
    assert steep.km == pytest.approx(2.0)


def test_forest_roads_refuse_what_they_cannot_use():
    dem, amount = blocks(np.ones((4, 4)))
    road = road_at(dem, 3)
    with pytest.raises(DataError, match="holds no stand"):
        forest_roads(dem, amount * 0, road, length_km=5)
    with pytest.raises(DataError, match="reaches the DEM"):
        forest_roads(dem, amount, road.set_geometry(road.translate(9e4, 0)), length_km=5)
    with pytest.raises(ParameterError, match="branch_km is 9"):
        forest_roads(dem, amount, road, length_km=5, branch_km=9)
    with pytest.raises(ParameterError, match="max_grade is 9"):
        forest_roads(dem, amount, road, length_km=5, max_grade=9)


def run(desk, *more, out):
    return main(["forest", str(desk / "cover.tif"), "--out", str(out), *map(str, more)])


def test_the_command_writes_what_it_says(desk, tmp_path, capsys):
    out = tmp_path / "o"
    more = ["--zones", desk / "zones.gpkg", "--reference", desk / "points.gpkg", "--treecover", desk / "trees.tif"]
    assert run(desk, *more, "--area-wanmu", 0.149, out=out) == 0  # a little less than 1 km²
    told = capsys.readouterr()
    assert "do not tell bamboo" in told.err
    assert "forest on the map 3.0 km2" in told.out
    assert "tree cover of 75 % or more is 1.0 km2" in told.out
    names = ["error_matrix.csv", "forest_areas.csv", "forest_estimates.csv", "treecover.csv"]
    assert sorted(path.name for path in out.iterdir()) == names
    estimates = pd.read_csv(out / "forest_estimates.csv").set_index("class")
    # 8 of 8 points on trees are forest, 1 of 8 on crops: W = 15/29, 14/29
    land = pd.read_csv(out / "forest_areas.csv")["land_km2"].sum()
    assert estimates.loc["forest", "area_km2"] == pytest.approx(land * (15 / 29 + 14 / 29 / 8), rel=1e-3)
    error = land * 14 / 29 * np.sqrt(1 / 8 * 7 / 8 / 7)
    assert estimates.loc["forest", "se_km2"] == pytest.approx(error, rel=1e-3)


def test_the_same_input_gives_the_same_bytes(desk, tmp_path):
    first, second = (write_forest(desk / "cover.tif", tmp_path / name).files[0].read_bytes() for name in "ab")
    assert first == second


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--codes", "ten"], "codes are 'ten'"),
        (["--accuracy", "76.7"], "accuracy is 76.7"),
        (["--zones", "far.gpkg"], "do not overlap"),
        (["--treecover", "trees.tif"], "--area-wanmu"),
        (["--area-wanmu", "5"], "no effect without --treecover"),
        (["--reference", "points.gpkg", "--reference-column", "kind"], "no column 'kind'"),
        (["--reference", "zones.gpkg"], "zones.gpkg"),
    ],
)
def test_bad_input_is_one_line(desk, tmp_path, monkeypatch, capsys, more, words):
    monkeypatch.chdir(desk)
    assert run(desk, *more, out=tmp_path / "o") == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("note: ")]
    assert len(lines) == 1, lines
    assert words in lines[0]
    assert not (tmp_path / "o").exists()


def test_what_is_no_code_is_refused(desk, tmp_path, capsys):
    assert main(["forest", str(desk / "odd.tif"), "--out", str(tmp_path / "o")]) == 2
    assert "holds 12.5" in capsys.readouterr().err
    assert Grid.from_file(desk / "cover.tif").shape == (20, 30)
