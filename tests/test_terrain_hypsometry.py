import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box
from terrain_rasters import hills, raster

from nanyi_gis import terrain
from nanyi_gis.errors import DataError, ParameterError


def test_a_curve_by_hand():
    dem = raster([[650, 700], [749.9, 800]], step=(1000, -1000), crs="EPSG:6933")
    curve = terrain.hypsometric_curve(dem, step=50)
    assert list(curve.columns) == ["zone", "elevation_m", "share_above", "area_km2_above"]
    assert curve["elevation_m"].tolist() == [650, 700, 750, 800, 850]
    assert curve["area_km2_above"].round(6).tolist() == [4, 3, 1, 1, 0]
    assert curve["share_above"].round(6).tolist() == [1, 0.75, 0.25, 0.25, 0]


@settings(max_examples=50, deadline=None)
@given(step=st.sampled_from([0.1, 0.3, 7.0, 50.0, 333.3]), seed=st.integers(0, 99), shift=st.sampled_from([-1500, 0]))
def test_a_curve_is_the_sorted_areas(step, seed, shift):
    values = hills((8, 9), seed=seed, void_share=0.1, dtype="float64") + shift
    values = np.round(values / step) * step  # on the levels themselves
    dem = raster(values, step=(0.02, -0.02), origin=(105, 28.5), crs=4326)
    curve = terrain.hypsometric_curve(dem, step=step)
    areas = terrain.cell_areas(dem).values / 1e6
    expected = [areas[values >= level].sum() for level in curve["elevation_m"]]
    assert curve["area_km2_above"].to_numpy() == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert curve["share_above"].iloc[0] == 1
    assert curve["share_above"].iloc[-1] == 0
    assert (np.diff(curve["share_above"]) <= 1e-12).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99))
def test_a_curve_meets_the_bands_at_their_edges(seed):
    dem = raster(hills((30, 40), seed=seed, void_share=0.05))
    left, bottom, right, top = dem.rio.bounds()
    halves = gpd.GeoDataFrame(
        {"name": ["low", "high"]},
        geometry=[box(left, bottom, right, bottom + 400), box(left, bottom + 400, right, top)],
        crs=4544,
    )
    curve = terrain.hypsometric_curve(dem, zones=halves, step=100).set_index(["zone", "elevation_m"])
    bands = terrain.band_areas(terrain.elevation_bands(dem), zones=halves).set_index(["zone", "band"])["area_km2"]
    for name in ("low", "high"):
        above = curve.loc[name, "area_km2_above"]
        assert above[1200] == pytest.approx(bands[name, ">=1200"])
        assert above[900] - above[1200] == pytest.approx(bands[name, "900-1200"])
        assert above[700] - above[900] == pytest.approx(bands[name, "700-900"])
        assert above.iloc[0] - above[700] == pytest.approx(bands[name, "<700"])


def test_zones_share_their_levels_and_an_empty_zone_has_no_share():
    dem = raster([[100.0, np.nan], [300.0, np.nan]], step=(1000, -1000), origin=(500, -500), crs="EPSG:6933")
    pair = gpd.GeoDataFrame(
        {"name": ["a", "void"]}, geometry=[box(0, -2000, 1000, 0), box(1000, -2000, 2000, 0)], crs="EPSG:6933"
    )
    curve = terrain.hypsometric_curve(dem, zones=pair, step=100).set_index("zone")
    assert curve.loc["a", "elevation_m"].tolist() == curve.loc["void", "elevation_m"].tolist() == [100, 200, 300, 400]
    assert curve.loc["void", "share_above"].isna().all()
    assert (curve.loc["void", "area_km2_above"] == 0).all()


def test_dask_and_integer_nodata():
    pytest.importorskip("dask")
    values = hills((40, 50)).astype("int16")
    values[3:9, 4:30] = -32768
    dem = raster(values, nodata=-32768)
    before = dem.copy(deep=True)
    whole = terrain.hypsometric_curve(dem)
    blocks = terrain.hypsometric_curve(dem.chunk({"y": 16, "x": 16}))
    assert before.identical(dem)
    assert whole["elevation_m"].min() > -1000
    assert np.allclose(whole["area_km2_above"], blocks["area_km2_above"], rtol=1e-12)


@pytest.mark.parametrize(
    ("values", "step", "error", "words"),
    [
        ([[1.0, 2.0], [3.0, 4.0]], 0, ParameterError, "step is 0 m, but must be above zero"),
        ([[0.0, 8000.0], [3.0, 4.0]], 0.01, ParameterError, "at most 100000"),
        ([[np.nan, np.nan], [np.nan, np.inf]], 50, DataError, "no valid cell"),
    ],
)
def test_unfit_input_is_refused(values, step, error, words):
    with pytest.raises(error, match=words):
        terrain.hypsometric_curve(raster(values), step=step)
