"""Models of an inventory: judged on blocks that they have not seen, beside slope alone, or refused."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr
from sklearn.metrics import roc_auc_score
from terrain_rasters import hills, raster

from nanyi_gis import hazard
from nanyi_gis.errors import DataError, MissingExtraError, ParameterError
from nanyi_gis.hazard.inventory import Inventory
from nanyi_gis.hazard.skill import Pairs, block_weights, interval

SIDE = 96


@pytest.fixture(scope="module")
def dem():
    return raster(hills((SIDE, SIDE), seed=11))


def places(dem, rows, columns, slide):
    xy = np.column_stack([dem.x.values[columns], dem.y.values[rows]])
    return gpd.GeoDataFrame({"slide": slide}, geometry=shapely.points(xy), crs=dem.rio.crs)


def scattered(dem, *, seed, count=400, chance=None):
    """Return places over a DEM, slides by a chance of each cell or by lot."""
    random = np.random.default_rng(seed)
    cells = random.choice((SIDE - 4) ** 2, size=count, replace=False)
    rows, columns = 2 + cells // (SIDE - 4), 2 + cells % (SIDE - 4)
    likely = np.full(count, 0.4) if chance is None else chance[rows, columns]
    return places(dem, rows, columns, (random.random(count) < likely).astype(int))


def test_auc_is_that_of_scikit_learn():
    random = np.random.default_rng(3)
    score, slide = random.integers(0, 20, 200).astype(float), random.random(200) < 0.3
    assert hazard.auc(score, slide) == pytest.approx(roc_auc_score(slide, score))
    blocks = random.integers(0, 8, 200)
    pairs = Pairs.of(score, slide, blocks)
    assert pairs.auc == pytest.approx(roc_auc_score(slide, score))
    weights = np.arange(8.0)[np.newaxis]
    assert pairs.resampled(weights)[0] == pytest.approx(
        roc_auc_score(slide, score, sample_weight=np.arange(8.0)[blocks])
    )
    table = hazard.roc_table(score, slide, blocks, np.ones((1, 8)))
    assert np.trapezoid(table["hit_rate"], table["false_rate"]) == pytest.approx(pairs.auc, abs=0.01)


def test_there_is_no_skill_in_noise(dem):
    """Slides by lot: 0.5 lies within the interval in about 19 of 20 inventories, and no model is let through."""
    factors = hazard.terrain_factors(dem)
    within = 0
    for seed in range(8):
        found = hazard.cross_validate(
            hazard.read_places(scattered(dem, seed=seed), dem, block_m=360), factors, draws=400, seed=seed
        )
        within += found.auc_low <= 0.5 <= found.auc_high
    assert within >= 6
    noise = hazard.read_places(scattered(dem, seed=0), dem, block_m=360)
    with pytest.raises(DataError, match=r"AUC 0\.\d+ on blocks held out, slope alone 0\.\d+ .* does not beat slope"):
        hazard.susceptibility(noise, factors, draws=200)


@pytest.mark.parametrize("model", hazard.MODELS)
def test_a_model_that_knows_more_than_slope_is_let_through(dem, model):
    """Slides follow a layer that the slope does not know."""
    hidden = raster(np.random.default_rng(5).normal(size=(SIDE, SIDE)).astype("float32"))
    chance = 1 / (1 + np.exp(-2.5 * hidden.values))
    found = hazard.read_places(scattered(dem, seed=1, chance=chance), dem, block_m=360)
    factors = hazard.terrain_factors(dem, layers={"rock": hidden})
    layer, skill = hazard.susceptibility(found, factors, model=model, draws=200)
    assert skill.auc_low > 0.75
    assert skill.slope_low < 0.5 < skill.slope_high
    assert skill.beats_slope
    assert np.nanmin(layer.values) >= 0
    assert np.nanmax(layer.values) <= 1
    assert np.isnan(layer.values[0]).all()  # the rim has no slope
    known = np.isfinite(layer.values)
    assert np.corrcoef(layer.values[known], chance[known])[0, 1] > 0.9
    assert "no probability of a slide" in layer.attrs["validation"]
    assert skill.calibration["places"].sum() == skill.places
    assert (skill.calibration["found"].diff().dropna() > -0.25).all()
    again, _ = hazard.susceptibility(found, factors, model=model, draws=200)
    np.testing.assert_array_equal(again.values, layer.values)
    blocks = skill.held_out.groupby("block")["fold"].nunique()
    assert (blocks == 1).all()  # a block is held out as a whole


def test_a_model_of_slope_alone_does_not_beat_slope(dem):
    steep = hazard.terrain_factors(dem)["slope"].values
    chance = np.nan_to_num(1 / (1 + np.exp(-(steep - 60) / 4)))
    found = hazard.read_places(scattered(dem, seed=4, chance=chance), dem, block_m=360)
    with pytest.raises(DataError, match="does not beat slope"):
        hazard.susceptibility(found, hazard.terrain_factors(dem)[["slope"]], draws=200)


def test_the_interval_by_blocks_holds_the_value():
    weights = block_weights(12, draws=50, seed=1)
    assert (weights.sum(axis=1) == 12).all()
    low, high = interval(np.array([np.nan, 1.0, 2.0, 3.0]))
    assert 1.0 <= low <= high <= 3.0


# ---- the inventory --------------------------------------------------------------------------------------------------


def test_one_class_and_few_slides_are_refused(dem):
    some = scattered(dem, seed=2)
    with pytest.raises(DataError, match=r"one class, slides alone.*none are made up"):
        hazard.read_places(some[some["slide"] == 1], dem)
    with pytest.raises(DataError, match="one class, slides alone"):
        hazard.read_places(some.drop(columns="slide"), dem)
    with pytest.raises(DataError, match="one class, places without a slide alone"):
        hazard.read_places(some[some["slide"] == 0], dem)
    few = some.assign(slide=0)
    few.loc[:28, "slide"] = 1
    with pytest.raises(DataError, match="has 29 slides on the DEM, but at least 30"):
        hazard.read_places(few, dem)
    with pytest.raises(DataError, match="has 29 surveyed places without a slide"):
        hazard.read_places(few.assign(slide=1 - few["slide"]), dem)


def test_bad_rows_and_places_are_refused(dem):
    some = scattered(dem, seed=2)
    with pytest.raises(DataError, match="slide of row 1 of the inventory is '2'"):
        hazard.read_places(some.assign(slide=2), dem)
    with pytest.raises(DataError, match="none of 400 places"):
        hazard.read_places(some.set_geometry(some.translate(1e6)), dem)
    with pytest.raises(DataError, match="no CRS"):
        hazard.read_places(some.set_crs(None, allow_override=True), dem)
    with pytest.raises(DataError, match="lie in 1 blocks"):
        hazard.cross_validate(hazard.read_places(some, dem, block_m=1e6), hazard.terrain_factors(dem))
    with pytest.raises(ParameterError, match="model is 'forest'"):
        hazard.cross_validate(hazard.read_places(some, dem), hazard.terrain_factors(dem), model="forest")


def test_a_cell_counts_once_and_what_lies_outside_is_told(dem):
    some = scattered(dem, seed=2)
    twice = gpd.GeoDataFrame(
        {"slide": [*some["slide"], 1, 1]},
        geometry=[*some.geometry, some.geometry.iloc[0], shapely.Point(0, 0)],
        crs=some.crs,
    )
    found = hazard.read_places(twice, dem)
    assert len(found.slide) == 400
    assert found.slides == some["slide"].sum() + (some["slide"].iloc[0] == 0)
    assert any("outside" in note for note in found.notes)
    assert any("share a cell" in note for note in found.notes)


def test_places_without_come_from_the_surveyed_area_alone(dem):
    some = scattered(dem, seed=6)
    slides = some[some["slide"] == 1].drop(columns="slide")
    west, south, east, north = dem.rio.bounds()
    half = gpd.GeoDataFrame(geometry=[shapely.box(west, south, (west + east) / 2, north)], crs=dem.rio.crs)
    found = hazard.read_places(slides, dem, surveyed=half, each=2)
    assert (found.columns[~found.slide] < SIDE // 2).all()
    assert (~found.slide).sum() == 2 * found.slides
    again = hazard.read_places(slides, dem, surveyed=half, each=2)
    np.testing.assert_array_equal(found.rows, again.rows)
    bodies = slides.set_geometry(slides.buffer(100))
    cells = hazard.read_places(bodies, dem, surveyed=half)
    free = shapely.points(dem.x.values[cells.columns[~cells.slide]], dem.y.values[cells.rows[~cells.slide]])
    assert not shapely.intersects(shapely.union_all(bodies.geometry.values), free).any()


def test_without_scikit_learn_the_extra_is_named(dem, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    found = hazard.read_places(scattered(dem, seed=2), dem, block_m=360)
    with pytest.raises(MissingExtraError, match=r"nanyi_gis\[hazard\]"):
        hazard.cross_validate(found, hazard.terrain_factors(dem))


def test_factors_of_a_bowl_and_their_layers():
    y, x = np.mgrid[0:9, 0:9] * 10.0
    bowl = raster((0.01 * ((x - 40) ** 2 + (y - 40) ** 2)).astype("float64"), step=(10.0, -10.0))
    found = hazard.terrain_factors(bowl, relief_m=30)
    assert float(found["curvature"][4, 4]) == pytest.approx(4.0)  # 100 x Laplacian of 0.01 r^2
    assert float(found["relief"][4, 4]) == pytest.approx(2.0)  # corners of the window: 0.01 x (10^2 + 10^2)
    with pytest.raises(DataError, match="factor of the terrain already"):
        hazard.terrain_factors(bowl, layers={"slope": bowl})
    with pytest.raises(DataError, match="another grid"):
        hazard.terrain_factors(bowl, layers={"rock": raster(np.zeros((3, 3)))})
    blank = Inventory(*(np.zeros(0, int) for _ in range(2)), np.zeros(0, bool), np.zeros(0, int))
    with pytest.raises(DataError, match="0 slides"):
        blank.checked()
    assert isinstance(found, xr.Dataset)
