import geopandas as gpd
import numpy as np
import pytest
import xarray as xr
from exactextract import exact_extract
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry import MultiPolygon, Point, box
from terrain_rasters import hills, raster

from nanyi_gis import io, study, terrain
from nanyi_gis.errors import DataError, ParameterError

EQUAL_AREA = "EPSG:6933"


def zones(shapes, names, *, crs=EQUAL_AREA, column="name") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({column: names}, geometry=shapes, crs=crs)


def square_km(values) -> xr.DataArray:
    """Return values on cells of 1 km² whose north-west corner is 0, 0."""
    return raster(values, step=(1000, -1000), origin=(500, -500), crs=EQUAL_AREA)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "int32", "uint16"])
def test_bands_include_their_lower_edge(dtype):
    dem = raster(np.array([[0, 699, 700, 701], [899, 900, 1199, 1200]], dtype=dtype))
    bands = terrain.elevation_bands(dem)
    assert bands.values.tolist() == [[1, 1, 2, 2], [2, 3, 3, 4]]
    assert bands.dtype == np.uint8
    assert bands.attrs["edges"] == [700, 900, 1200]
    assert bands.attrs["labels"] == ["<700", "700-900", "900-1200", ">=1200"]
    assert bands.rio.nodata == 0


def test_a_float_just_below_an_edge_stays_below():
    below = np.nextafter(np.float32(700), np.float32(0))
    assert terrain.elevation_bands(raster(np.array([[below, 700]], dtype="float32"))).values.tolist() == [[1, 2]]


@settings(max_examples=60, deadline=None)
@given(
    edges=st.lists(st.integers(-500, 9000).map(lambda n: n / 4), min_size=1, max_size=30, unique=True).map(sorted),
    seed=st.integers(0, 99),
)
def test_bands_are_numpys_digitize(edges, seed):
    values = np.round(hills((9, 11), seed=seed, void_share=0.1) * 4) / 4
    found = terrain.elevation_bands(raster(values), edges=edges).values
    expected = np.where(np.isnan(values), 0, np.digitize(values, edges) + 1)
    assert np.array_equal(found, expected)


def test_every_kind_of_nodata_is_band_zero():
    dem = raster(np.array([[-9999, 800]], dtype="int16"), nodata=-9999)
    assert terrain.elevation_bands(dem).values.tolist() == [[0, 2]]
    assert terrain.elevation_bands(raster([[np.nan, np.inf, -np.inf]])).values.tolist() == [[0, 0, 0]]
    assert terrain.elevation_bands(raster([[-32768.0, 800.0]], nodata=-32768)).values.tolist() == [[0, 2]]


def test_bands_need_no_crs_and_leave_the_dem_alone():
    dem = xr.DataArray(hills((4, 5)), dims=("y", "x"))
    before = dem.copy(deep=True)
    assert terrain.elevation_bands(dem).shape == (4, 5)
    xr.testing.assert_identical(dem, before)


def test_as_many_bands_as_a_byte_holds():
    dem = raster(np.arange(255, dtype="float32")[np.newaxis])
    assert terrain.elevation_bands(dem, edges=range(1, 255)).values[0].tolist() == list(range(1, 256))
    with pytest.raises(ParameterError, match="edges are 255, but at most 254"):
        terrain.elevation_bands(dem, edges=range(255))


@pytest.mark.parametrize(
    ("edges", "words"),
    [([900, 700], "rise strictly"), ([700, 700], "rise strictly"), ([], "empty"), ([np.nan], "finite number")],
)
def test_unfit_edges_are_refused(edges, words):
    with pytest.raises(ParameterError, match=words):
        terrain.elevation_bands(raster([[1.0]]), edges=edges)


def test_labels_of_other_edges():
    assert terrain.band_labels([-10, 0.5]) == ["<-10", "-10-0.5", ">=0.5"]
    assert terrain.band_labels([1234567.25]) == ["<1234567.25", ">=1234567.25"]


def test_areas_by_hand():
    dem = square_km([[650, 750, 950], [650, 750, np.nan], [1300, 1300, 1300]])
    west, east = box(0, -3000, 1000, 0), box(1000, -3000, 3000, 0)
    found = terrain.band_areas(terrain.elevation_bands(dem), zones=zones([west, east], ["west", "east"]), total="both")
    assert list(found.columns) == ["zone", "band", "area_km2", "share"]
    table = found.set_index(["zone", "band"])
    assert table.loc["west", "area_km2"].round(6).tolist() == [2, 0, 0, 1]
    assert table.loc["west", "share"].round(6).tolist() == [0.666667, 0, 0, 0.333333]
    assert table.loc["east", "area_km2"].round(6).tolist() == [0, 2, 1, 2]
    assert table.loc["both", "area_km2"].round(6).tolist() == [2, 2, 1, 3]
    assert table.loc["both", "share"].tolist() == pytest.approx([0.25, 0.25, 0.125, 0.375])


def test_a_cell_goes_to_the_zone_of_its_centre():
    bands = terrain.elevation_bands(square_km([[650.0, 750.0], [np.nan, np.nan]]))
    split = zones([box(0, -1000, 1400, 0), box(1400, -1000, 2000, 0)], ["a", "b"])
    found = terrain.band_areas(bands, zones=split).set_index(["zone", "band"])["area_km2"]
    assert (found["a", "<700"], found["a", "700-900"]) == (pytest.approx(1), 0)
    assert found["b", "700-900"] == pytest.approx(1)


@settings(max_examples=30, deadline=None)
@given(data=st.data(), seed=st.integers(0, 99))
def test_areas_of_a_partition_sum_to_the_valid_area(data, seed):
    place = data.draw(
        st.sampled_from(
            [
                {"step": (0.01, -0.01), "origin": (105.0, 28.5), "crs": 4326},
                {"step": (400.0, -300.0), "crs": 4544},
                {"step": (400.0, 300.0), "crs": 3857},
            ]
        )
    )
    dem = raster(hills((21, 33), seed=seed, void_share=0.2), **place)
    edges = data.draw(st.lists(st.integers(0, 2000), min_size=1, max_size=6, unique=True).map(sorted))
    bands = terrain.elevation_bands(dem, edges=edges)
    left, bottom, right, top = dem.rio.bounds()
    cut_x = left + data.draw(st.floats(0.05, 0.95)) * (right - left)
    cut_y = bottom + data.draw(st.floats(0.05, 0.95)) * (top - bottom)
    quarters = [
        box(left - 1, bottom - 1, cut_x, cut_y),
        box(cut_x, bottom - 1, right + 1, cut_y),
        box(left - 1, cut_y, cut_x, top + 1),
        box(cut_x, cut_y, right + 1, top + 1),
    ]
    valid = float(terrain.cell_areas(dem).where(np.isfinite(dem)).sum()) / 1e6
    parts = terrain.band_areas(bands, zones=zones(quarters, list("abcd"), crs=place["crs"]))
    whole = terrain.band_areas(bands)
    assert whole["area_km2"].sum() == pytest.approx(valid, rel=1e-9)
    assert parts["area_km2"].sum() == pytest.approx(valid, rel=1e-9)
    assert parts.groupby("band")["area_km2"].sum().to_dict() == pytest.approx(
        whole.set_index("band")["area_km2"].to_dict()
    )
    sums = parts.groupby("zone")[["area_km2", "share"]].sum()
    assert sums["share"].to_numpy() == pytest.approx((sums["area_km2"] > 0).astype(float).to_numpy())


def test_areas_agree_with_exactextract_but_for_the_cells_on_the_border():
    dem = raster(hills((300, 280), seed=3), step=(100, -100), crs=EQUAL_AREA)
    left, _, _, top = dem.rio.bounds()
    circle = zones([Point(left + 14_000, top - 15_000).buffer(11_000)], ["circle"])
    bands = terrain.elevation_bands(dem)
    ours = terrain.band_areas(bands, zones=circle).set_index("band")["area_km2"]
    theirs = exact_extract(bands, circle, ["unique", "frac", "count"], output="pandas").iloc[0]
    for code, share in zip(theirs["unique"], theirs["frac"], strict=True):
        assert ours.iloc[int(code) - 1] == pytest.approx(share * theirs["count"] * 0.01, rel=0.01)


def test_zones_in_another_crs_are_reprojected():
    dem = raster(hills((60, 60)), step=(500, -500))
    left, bottom, right, top = dem.rio.bounds()
    half = zones([box(left, bottom, (left + right) / 2, top)], ["west"], crs=4544)
    bands = terrain.elevation_bands(dem)
    same = terrain.band_areas(bands, zones=half)
    other = terrain.band_areas(bands, zones=half.to_crs(4326))
    assert other["area_km2"].to_numpy() == pytest.approx(same["area_km2"].to_numpy(), rel=0.02)


@pytest.mark.parametrize("crs", [4544, 32648, "EPSG:6933", "ESRI:102025"])
def test_a_zone_may_reach_far_beyond_what_the_projection_shows(crs):
    place = Transformer.from_crs(4326, crs, always_xy=True).transform(105.5, 28.0)
    dem = raster(hills((20, 30), void_share=0.1), step=(300, -300), origin=place, crs=crs)
    bands = terrain.elevation_bands(dem)
    halves = zones([box(-180, -90, 105.52, 90), box(105.52, -90, 180, 90)], ["west", "east"], crs=4326)
    found = terrain.band_areas(bands, zones=halves)
    assert found.groupby("zone")["area_km2"].sum().min() > 1
    assert found["area_km2"].sum() == pytest.approx(terrain.band_areas(bands)["area_km2"].sum())


def test_overlapping_zones_each_have_their_full_area():
    bands = terrain.elevation_bands(square_km(np.full((4, 4), 800.0)))
    both = zones([box(0, -4000, 4000, 0), box(0, -4000, 2000, 0)], ["all of it", "half"])
    found = terrain.band_areas(bands, zones=both).groupby("zone")["area_km2"].sum()
    assert found.to_dict() == pytest.approx({"all of it": 16, "half": 8})


def test_polygons_of_one_name_are_joined_without_counting_twice():
    bands = terrain.elevation_bands(square_km(np.full((4, 4), 800.0)))
    parts = zones([box(0, -4000, 2000, 0), box(1000, -4000, 3000, 0)], ["a", "a"])
    found = terrain.band_areas(bands, zones=parts)
    assert found["zone"].unique().tolist() == ["a"]
    assert found["area_km2"].sum() == pytest.approx(12)


def test_multipolygons_holes_and_missing_geometry():
    bands = terrain.elevation_bands(square_km(np.full((5, 5), 800.0)))
    ring = box(0, -3000, 3000, 0).difference(box(1000, -2000, 2000, -1000))
    shapes = zones([MultiPolygon([ring, box(4000, -5000, 5000, -4000)]), None], ["islands", "nowhere"])
    assert terrain.band_areas(bands, zones=shapes)["area_km2"].sum() == pytest.approx(9)


def test_names_come_from_the_column_asked_for_or_a_usual_one():
    bands = terrain.elevation_bands(
        square_km([[800.0]] * 2 + [[900.0]]).isel(x=[0, 0]).assign_coords(x=[500.0, 1500.0])
    )
    layer = zones([box(0, -3000, 2000, 0)], ["Xuyong"], column="name_en").assign(name_zh="叙永", code=510524)
    assert terrain.band_areas(bands, zones=layer)["zone"].unique().tolist() == ["叙永"]
    assert terrain.band_areas(bands, zones=layer, name_column="code")["zone"].unique().tolist() == [510524]
    assert terrain.band_areas(bands, zones=layer[["geometry"]])["zone"].unique().tolist() == [0]
    with pytest.raises(ParameterError, match="name_column is 'county', but zones have: name_en"):
        terrain.band_areas(bands, zones=layer, name_column="county")


def test_a_zone_without_a_valid_cell_has_no_share():
    bands = terrain.elevation_bands(square_km([[800.0, np.nan], [800.0, np.nan]]))
    pair = zones([box(0, -2000, 1000, 0), box(1000, -2000, 2000, 0), box(9e5, 0, 9.1e5, 1e4)], ["a", "void", "far"])
    found = terrain.band_areas(bands, zones=pair).set_index("zone")
    for name in ("void", "far"):
        assert found.loc[name, "area_km2"].sum() == 0
        assert found.loc[name, "share"].isna().all()


def test_a_raster_of_zones():
    bands = terrain.elevation_bands(square_km([[650.0, 750.0, 950.0], [650.0, 750.0, 950.0]]))
    codes = square_km(np.array([[7, 7, 0], [2, 255, 2]], dtype="uint8")).rio.write_nodata(255)
    found = terrain.band_areas(bands, zones=codes).set_index(["zone", "band"])["area_km2"]
    assert found[2].round(6).tolist() == [1, 0, 1, 0]
    assert found[7].round(6).tolist() == [1, 1, 0, 0]
    named = square_km(np.array([[1, 2, 0], [1, 2, 0]], dtype="uint8"))
    named.attrs["names"] = ["甲", "乙"]
    assert terrain.band_areas(bands, zones=named)["zone"].unique().tolist() == ["甲", "乙"]


@pytest.mark.parametrize("backing", ["bands", "zones"])
def test_dask_backed_classes_give_the_same_areas(backing):
    pytest.importorskip("dask")
    dem = raster(hills((50, 60), void_share=0.1))
    codes = raster((np.indices((50, 60))[1] // 20 + 1).astype("uint8"))
    expected = terrain.band_areas(terrain.elevation_bands(dem), zones=codes)
    if backing == "bands":
        dem = dem.chunk({"y": 13, "x": 17})
    else:
        codes = codes.chunk({"y": 11, "x": 60})
    bands = terrain.elevation_bands(dem)
    assert (bands.chunks is not None) == (backing == "bands")
    assert np.array_equal(bands.values, terrain.elevation_bands(dem.compute()).values)
    found = terrain.band_areas(bands, zones=codes)
    assert found["area_km2"].to_numpy() == pytest.approx(expected["area_km2"].to_numpy(), rel=1e-12)


def test_plain_classes_without_labels_count_from_one():
    found = terrain.band_areas(square_km(np.array([[1, 3], [0, 3]], dtype="uint8")))
    assert found["band"].tolist() == ["1", "2", "3"]
    assert found["area_km2"].round(6).tolist() == [1, 0, 2]


BANDS = terrain.elevation_bands(square_km(np.full((3, 3), 800.0)))


@pytest.mark.parametrize(
    ("bands", "layer", "words"),
    [
        (square_km(np.ones((2, 2))), None, "integer classes"),
        (BANDS.copy(data=np.full((3, 3), 9, dtype="uint8")), None, "code 9, but have 4 labels"),
        (BANDS, zones([box(0, -1, 1, 0)], ["a"]).set_crs(None, allow_override=True), "no CRS"),
        (BANDS, zones([Point(500, -500)], ["a"]), "Point, but must be polygons"),
        (BANDS, zones([None], ["a"]), "empty, but must be polygons"),
        (BANDS, zones([box(9e5, 9e5, 9.1e5, 9.1e5)], ["a"]), "do not overlap"),
        (BANDS, BANDS.astype("float32"), "zone codes must be integers"),
        (BANDS, BANDS[:2], "another grid"),
        (BANDS, BANDS.assign_coords(x=BANDS.x + 10), "another grid"),
        (BANDS, BANDS.rio.write_crs(3857), "another grid"),
        (BANDS, BANDS.copy(data=np.zeros((3, 3), dtype="uint8")), "no zone"),
    ],
)
def test_unfit_classes_and_zones_are_refused(bands, layer, words):
    with pytest.raises(DataError, match=words):
        terrain.band_areas(bands, zones=layer)


@pytest.mark.shared
def test_bands_of_the_reference_dem_are_those_of_its_table(shared):
    dem = io.read_raster(shared / "data/dem/reference_dem_15s.tif")
    counties = study.load_study().counties
    found = terrain.band_areas(terrain.elevation_bands(dem), zones=counties, total="both").set_index("zone")
    assert found.loc["both", "share"].to_numpy() * 100 == pytest.approx([21.9, 14.9, 33.2, 30.0], abs=1.0)
    for name, area in counties.set_index("name_zh")["area_km2"].items():
        assert found.loc[name, "area_km2"].sum() == pytest.approx(area, rel=1e-3)


@pytest.mark.parametrize("edges", [700, None])
def test_edges_must_be_a_list(edges):
    with pytest.raises(ParameterError, match="must be a list of numbers"):
        terrain.elevation_bands(hills((4, 4)), edges=edges)


@pytest.mark.parametrize("dem", [np.ones((3, 3)), "dem.tif", None])
def test_what_is_no_raster_is_refused(dem):
    for function in (terrain.slope, terrain.aspect, terrain.hillshade, terrain.elevation_bands):
        with pytest.raises(DataError, match=r"must be an xarray\.DataArray"):
            function(dem)
