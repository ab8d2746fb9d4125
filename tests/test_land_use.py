"""Criteria files of any use: a solar park needs no code, masks are data, and no limit stands twice."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import suitability_rasters as rasters
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from nanyi_gis import climate, suitability, terrain
from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.io import write_cog
from nanyi_gis.suitability import evaluate, explain, load_crop, load_use, memberships
from nanyi_gis.suitability.use_file import parse_use

SOLAR = """
id = "solar"
name_en = "solar park"
name_zh = "光伏"
kind = "solar"
[constraints]
masks = ["airport", "water"]
[[mask]]
id = "airport"
name_en = "airfield"
name_zh = "机场"
[[criterion]]
id = "slope"
unit = "deg"
weight = 1
high = { S1 = 5, S2 = 15, S3 = 25 }
[[criterion]]
id = "sunshine"
unit = "h"
weight = 3
layer = "sunshine"
name_en = "sunshine hours"
name_zh = "日照时数"
low = { S1 = 1200, S2 = 1000, S3 = 800 }
[[criterion]]
id = "zoning"
unit = "zone"
weight = 1
layer = "zoning"
codes = { S1 = [1], S3 = [2], N = [9] }
"""


def solar_record():
    import tomllib

    return tomllib.loads(SOLAR)


@pytest.fixture
def solar_file(tmp_path):
    path = tmp_path / "solar.toml"
    path.write_text(SOLAR, encoding="utf-8")
    return path


def test_a_solar_park_by_hand(solar_file):
    use = load_use(solar_file)
    assert use.kind == "solar"
    dem = rasters.raster(np.full((1, 4), 3000))
    layers = {
        "sunshine": rasters.raster([[1300, 1000, 700, 1300]]),
        "zoning": rasters.raster([[1, 1, 1, 2]], dtype="uint8", nodata=0),
    }
    result = evaluate(dem, use=use, layers=layers)
    # memberships of sunshine 1, (1000 - 800) / 400 = 0.5, 0, 1; of the zone 1, 1, 1, 1/3; of the level ground 1
    # (1 + 3 + 1) / 5, (1 + 1.5 + 1) / 5, (1 + 0 + 1) / 5, (1 + 3 + 1/3) / 5
    assert result["score"].values.tolist() == [[100, 70, 40, 87]]
    assert result["cls"].values.tolist() == [[1, 2, 4, 3]]
    names = dict(zip(result["limiting"].flag_values, result["limiting"].flag_meanings, strict=True))
    assert [names[code] for code in result["limiting"].values[0]] == [
        "no limitation", "sunshine hours", "sunshine hours", "zoning"
    ]  # fmt: skip
    assert result.attrs["use"] == "solar"
    # no criterion asks the climate, so a foreign place is nothing to be told
    far = dem.assign_coords(y=dem.y + 1e6)
    assert "climate" not in evaluate(far, use=use).attrs["notes"]
    assert "climate" in evaluate(far, use="plum").attrs["notes"]


def test_the_first_mask_of_the_file_gives_the_name(solar_file):
    dem = rasters.raster(np.full((1, 4), 800))
    airport, water = ([[1, 1, 0, 0]], [[1, 0, 1, 0]])
    masks = {
        name: rasters.raster(v, dtype="uint8", nodata=None) for name, v in (("water", water), ("airport", airport))
    }
    use = load_use(solar_file)
    factors = use.factors()
    for order in (("water", "airport"), ("airport", "water")):
        result = evaluate(dem, use=use, layers={name: masks[name] for name in order})
        assert [factors[code] for code in result["limiting"].values[0]] == [
            "airfield", "airfield", "water", "no limitation"
        ]  # fmt: skip
        assert result["cls"].values.tolist() == [[4, 4, 4, 1]]
    turned = solar_record()
    turned["constraints"]["masks"] = ["water", "airport"]
    result = evaluate(dem, use=parse_use(turned), layers=masks)
    assert factors[result["limiting"].values[0, 0]] == "water"
    assert use.factors(lang="zh")[207] == "机场"


def test_use_and_crop_are_one_option():
    dem = rasters.tilted(8, middle=800)
    first, second = evaluate(dem, use="plum"), evaluate(dem, crop=load_crop("plum"))
    for name in ("score", "cls", "limiting", "band"):
        np.testing.assert_array_equal(first[name].values, second[name].values)
    with pytest.raises(ParameterError, match="use and crop are both given"):
        evaluate(dem, use="plum", crop="plum")
    with pytest.raises(ParameterError, match=r"use is .banana.*criteria file"):
        evaluate(dem, use="banana")
    with pytest.raises(ParameterError, match="crop is None"):
        evaluate(dem)
    assert suitability.Crop is suitability.LandUse


def test_memberships_are_those_of_the_formulas():
    dem = rasters.tilted(12, middle=690, cell=90)
    use = load_use("plum")
    found = memberships(dem, use=use)
    assert found["membership"].dims == ("criterion", "y", "x")
    own_climate = climate.load_climate()
    inner = (slice(1, -1), slice(1, -1))
    share = rasters.southern_share(dem, own_climate)
    height = dem.values[inner]
    expected = {
        "elevation": height,
        "slope": np.full(height.shape, 12.0),
        "rain": own_climate.value("rain", height, south=share),
    }
    for name, value in expected.items():
        criterion = use.criterion(name)
        told = found.sel(criterion=name)
        np.testing.assert_allclose(told["value"].values[inner], value, rtol=1e-4)
        np.testing.assert_allclose(told["membership"].values[inner], criterion.membership(value), atol=2e-4)
        np.testing.assert_array_equal(told["cls"].values[inner], criterion.fao_class(told["value"].values[inner]))
    weights = np.array([found.attrs["weights"][name] for name in found["criterion"].values])
    assert weights.sum() == pytest.approx(1)
    score = np.floor(100 * np.tensordot(weights, found["membership"].values, axes=1) + 0.5)
    assert np.abs(score - evaluate(dem, use=use)["score"].values).max() <= 1
    holes = memberships(dem.where(dem > 690), use=use)
    assert np.isnan(holes["membership"].values[:, np.isnan(dem.where(dem > 690).values)]).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda r: r["constraints"].update(slope_max=30, slope_unit="deg"),
            "slope_max is 30.*high.S3 is 25.*same number",
        ),
        (lambda r: r["constraints"].update(slope_max=20, slope_unit="deg"), "slope_max is 20.*high.S3 is 25"),
        (lambda r: r["mask"].append({"id": "water"}), "mask 'water' is known already"),
        (lambda r: r["mask"].append({"id": "airport"}), "mask 'airport' is known already"),
        (lambda r: r["mask"].append({"name_en": "x"}), "mask 2: id is missing"),
        (lambda r: r["mask"].append(3), "mask is no table"),
        (lambda r: r["criterion"][1].update(layer="airport"), "'airport', which is a mask too"),
        (lambda r: r["criterion"][2].update(low={"S1": 3}), "codes stands beside low"),
        (lambda r: r["criterion"][2].update(points=[1, 2, 3, 4]), "codes stands beside points"),
        (lambda r: r["criterion"][0].update(shoulder=5), "shoulder is given without"),
        (lambda r: r["criterion"][0].update(correlation=0.5), "correlation stands without errs_like"),
        (lambda r: r["criterion"][1].update(errs_like="", correlation=0.5), "correlation stands without errs_like"),
        (lambda r: r["criterion"][1].update(errs_like="slope"), "correlation is missing"),
        (lambda r: r["criterion"][1].update(errs_like="slope", correlation=2), "correlation is 2, but must be -1 to 1"),
        (
            lambda r: r["criterion"][0].update(errs_like="rain", correlation=0),
            "errs_like is 'rain'.*above it: there is",
        ),
        (lambda r: r["criterion"][1].update(errs_like=3, correlation=0), "errs_like is 3, but must be a text"),
        (
            lambda r: (
                r["criterion"].insert(0, r["criterion"].pop(2))
                or r["criterion"][1].update(errs_like=r["criterion"][0]["id"], correlation=1)
            ),
            "which has codes and no limits",
        ),
        (
            lambda r: r["criterion"][0].update(codes={"S1": [1]}) or r["criterion"][0].pop("high"),
            "codes needs a raster",
        ),
        (lambda r: r.update(target=[{"clause": "a", "wanmu": 1}], belt={"reach_km": [2]}), "belt.length_km is missing"),
        (lambda r: r.update(target=[{"clause": "a", "wanmu": 1}], belt={"length_km": 2}), "belt.reach_km is missing"),
    ],
)
def test_what_contradicts_itself_is_refused(change, words):
    record = solar_record()
    change(record)
    with pytest.raises(ParameterError, match=words) as caught:
        parse_use(record, path="solar.toml")
    assert str(caught.value).startswith("solar.toml: ")


@pytest.mark.parametrize(
    ("band", "words"),
    [
        ([650, 900], "band ends at 650 m, but criterion.elevation.low has S1 = 700"),
        ([700, 950], "950.*high has S1 = 900"),
    ],
)
def test_a_band_and_its_limits_agree(band, words):
    entry = {
        "id": "elevation",
        "unit": "m",
        "weight": 1,
        "low": {"S1": 700, "S2": 500},
        "high": {"S1": 900, "S2": 1200},
    }
    assert parse_use({"id": "a", "criterion": [entry | {"band": [700, 900]}]}).criteria[0].points[1:3] == (700, 900)
    # the orange's ring ends where its S2 does
    assert parse_use({"id": "a", "criterion": [entry | {"band": [500, 1200]}]}).criteria[0].points[1:3] == (500, 1200)
    with pytest.raises(ParameterError, match=words):
        parse_use({"id": "a", "criterion": [entry | {"band": band}]})


@pytest.mark.parametrize("name", suitability.embedded_crops())
def test_no_embedded_file_says_a_limit_twice_in_two_ways(name):
    crop = load_crop(name)
    assert crop.criterion("slope").high[-1] == crop.slope_max
    points, criterion = crop.criterion("elevation").points, crop.criterion("elevation")
    if criterion.evidence == "plan":
        assert {e for e in points[1:3] if np.isfinite(e)} <= {*criterion.low, *criterion.high}


@given(st.lists(st.floats(-500, 9000, width=32), min_size=1, max_size=5, unique=True))
def test_a_band_label_can_be_read_back(edges):
    ordered = sorted(float(f"{edge:.10g}") for edge in edges)
    labels = terrain.band_labels(ordered)
    limits = [terrain.band_limits(label) for label in labels]
    assert limits == list(zip([-np.inf, *ordered], [*ordered, np.inf], strict=True))


@pytest.mark.parametrize("label", ["", "700", "< 700 m", "low", "700-", "-", ">=", "<1200>"])
def test_what_is_no_band_label_is_refused(label):
    with pytest.raises(ParameterError, match="must be a label such as <700"):
        terrain.band_limits(label)


def test_tables_of_bands_and_of_areas_join_on_band(tmp_path):
    path = write_cog(rasters.jacksboro(), tmp_path / "dem.tif", nodata=-9999.0)
    assert main(["bands", str(path), "--out", str(tmp_path / "bands")]) == 0
    assert main(["suitability", str(path), "--crop", "plum", "--out", str(tmp_path / "suit"), "--samples", "20"]) == 0
    bands = pd.read_csv(tmp_path / "bands/band_areas.csv").groupby("band")["area_km2"].sum()
    areas = pd.read_csv(tmp_path / "suit/areas_plum.csv").groupby("band")["area_km2"].sum()
    chance = pd.read_csv(tmp_path / "suit/band_area_distribution.csv").set_index("band")["area_km2"]
    assert set(bands.index) == set(areas.index) == set(chance.index) == {"<700", "700-900", "900-1200", ">=1200"}
    joined = bands.to_frame("bands").join(areas.to_frame("areas"))
    assert joined.notna().all().all()
    assert joined["areas"].sum() > 0


def test_the_command_takes_uses_beside_crops(tmp_path, solar_file, capsys):
    dem = rasters.jacksboro()
    path = write_cog(dem, tmp_path / "dem.tif", nodata=-9999.0)
    assert main(["suitability", str(path), "--use", str(solar_file), "--out", str(tmp_path / "one")]) == 0
    assert {p.stem for p in (tmp_path / "one").glob("class_*.tif")} == {"class_solar"}
    both = ["--use", str(solar_file), "--crop", "plum", "--out", str(tmp_path / "two")]
    assert main(["suitability", str(path), *both]) == 0
    assert {p.stem for p in (tmp_path / "two").glob("class_*.tif")} == {"class_solar", "class_plum"}
    assert main(["suitability", str(path), "--crop", str(solar_file), "--out", str(tmp_path / "three")]) == 0
    with rasterio.open(tmp_path / "one/class_solar.tif") as a, rasterio.open(tmp_path / "three/class_solar.tif") as b:
        np.testing.assert_array_equal(a.read(1), b.read(1))
    capsys.readouterr()
    assert main(["explain", "105.81", "28.04", "--use", str(solar_file)]) == 0
    heard = capsys.readouterr().out
    assert heard.startswith("solar park 光伏 at ")
    assert "not judged, no layer given: sunshine, zoning" in heard


def test_codes_of_an_own_layer_are_never_interpolated(tmp_path, solar_file):
    dem = rasters.raster(np.full((40, 40), 800.0))
    path = write_cog(dem, tmp_path / "dem.tif")
    coarse = rasters.raster([[1, 9], [9, 1]], cell=600, dtype="uint8", nodata=0)
    zoning = write_cog(coarse, tmp_path / "zoning.tif")
    suitability.evaluate_file(path, tmp_path / "out", uses=[solar_file], layers={"zoning": zoning})
    with rasterio.open(tmp_path / "out/class_solar.tif") as dataset:
        found = dataset.read(1)
    expected = np.kron([[1, 4], [4, 1]], np.ones((20, 20), int))
    np.testing.assert_array_equal(found, expected)


def test_explain_names_a_use_by_either_word():
    dem = rasters.tilted(8, middle=800, shape=(5, 5))
    import pyproj

    lon, lat = pyproj.Transformer.from_crs(4544, 4326, always_xy=True).transform(float(dem.x[2]), float(dem.y[2]))
    told = explain(lon, lat, dem=dem, use="plum")
    assert (told.use, told.use_zh) == (told.crop, told.crop_zh) == ("crisp plum", "乌蒙脆李")


def test_polygons_serve_as_zones_where_they_lie_apart():
    flat = xr.DataArray(
        np.full((10, 20), 800, "float32"),
        dims=("y", "x"),
        coords={"y": 3100995.0 - 10.0 * np.arange(10), "x": 550005.0 + 10.0 * np.arange(20)},
    ).rio.write_crs("EPSG:4544")
    west, east = shapely.box(550000, 3100900, 550050, 3101000), shapely.box(550050, 3100900, 550200, 3101000)
    zones = gpd.GeoDataFrame({"name": ["west", "east"]}, geometry=[west, east], crs="EPSG:4544")
    areas = suitability.areas_table(evaluate(flat, crop="plum", zones=zones)).groupby("zone")["area_km2"].sum()
    # 5 and 15 columns of 10 cells of 100 m2 on the map, half a degree off the central meridian
    assert areas["west"] == pytest.approx(0.005, rel=1e-3)
    assert areas["east"] == pytest.approx(0.015, rel=1e-3)
    chunked = evaluate(flat.chunk({"y": 5, "x": 7}), crop="plum", zones=zones)
    assert suitability.areas_table(chunked).groupby("zone")["area_km2"].sum().to_numpy() == pytest.approx(areas)
    over = zones.assign(geometry=[shapely.box(550000, 3100900, 550100, 3101000), east])
    with pytest.raises(DataError, match=r"zones (west and east|east and west) overlap"):
        evaluate(flat, crop="plum", zones=over)
    with pytest.raises(DataError, match="must be polygons"):
        evaluate(flat, crop="plum", zones=zones.set_geometry(zones.centroid))
