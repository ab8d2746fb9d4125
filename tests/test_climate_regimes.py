"""Regimes of climate by polygons: their shares, on any grid and in any blocks."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
import suitability_rasters as rasters
from hypothesis import given, settings
from hypothesis import strategies as st

from nanyi_gis.climate import load_climate, parse_climate
from nanyi_gis.climate.partition import area_shares
from nanyi_gis.errors import NanyiError
from nanyi_gis.raster import write_cog
from nanyi_gis.suitability import evaluate, evaluate_file, explain_file, memberships
from nanyi_gis.suitability.use_file import parse_use

TEA = parse_use(
    {
        "id": "tea",
        "criterion": [
            {"id": "rain", "unit": "mm", "weight": 1, "shape": "linear", "points": [500, 1500],
             "low": {"S1": 1200, "S2": 1000, "S3": 800}},
        ],
    }
)  # fmt: skip
VALUES = {"west": 700.0, "middle": 1000.0, "rest": 1300.0}


def polygons(folder):
    """Write a western and a middle polygon; what lies east of both is the rest."""
    for name, west in (("west", 105.40), ("middle", 105.52)):
        frame = gpd.GeoDataFrame({"name": [name]}, geometry=[shapely.box(west, 27.9, west + 0.12, 28.2)], crs=4326)
        frame.to_crs(4544).to_file(folder / f"{name}.gpkg")


def record(**more):
    regimes = [{"id": "west", "polygon": "west.gpkg"}, {"id": "middle", "polygon": "middle.gpkg"}, {"id": "rest"}]
    return {
        "id": "three",
        "regime": regimes,
        "transition": {"width_m": 4000},
        "station": [
            {"id": name, "regime": name, "elevation": 500, "rain": value, "rain_sd": 20}
            for name, value in VALUES.items()
        ],
        "variable": {
            "rain": {"unit": "mm", "gradient": 40, "gradient_range": [25, 55], "source": "made", "cap": 1350.0}
        },
    } | more


@pytest.fixture
def climate(tmp_path):
    polygons(tmp_path)
    return parse_climate(record(), path=str(tmp_path / "climate.toml"))


def dem(*, cell=250.0, shape=(70, 150)):
    heights = 500 + 400 * np.random.default_rng(5).random(shape)
    return rasters.raster(heights, cell=cell, west=537_000, north=3_108_000)


def places(raster):
    x, y = np.meshgrid(raster.x.values, raster.y.values)
    lon, lat = pyproj.Transformer.from_crs(4544, 4326, always_xy=True).transform(x, y)
    return lon.ravel(), lat.ravel()


def test_the_map_has_the_shares_of_each_place(climate):
    raster = dem()
    shares = climate.shares(*places(raster)).reshape(3, *raster.shape)
    assert shares.min() >= 0
    np.testing.assert_allclose(shares.sum(axis=0), 1)
    assert all((shares[k] == 1).any() for k in range(3))
    wanted = climate.value("rain", raster.values, shares=shares)
    found = memberships(raster, use=TEA, climate=climate)["value"].sel(criterion="rain").values
    # nodes stand a sixteenth of the belt apart; between them shares are interpolated
    assert np.abs(found - wanted).max() < (1300 - 700) * 0.02
    pure = (shares == 1).any(axis=0)
    assert np.median(np.abs(found - wanted)[pure]) < 1e-3


@pytest.mark.parametrize("block", [(70, 150), (7, 150), (23, 31)])
def test_blocks_and_dask_give_the_same_bits(climate, block):
    raster = dem()
    whole = evaluate(raster, use=TEA, climate=climate)
    chunked = raster.chunk(dict(zip(("y", "x"), block, strict=True)))
    parts = evaluate(chunked, use=TEA, climate=climate)
    for name in ("score", "cls", "limiting"):
        np.testing.assert_array_equal(whole[name].values, parts[name].values)


def test_a_file_and_its_explanation_agree_with_the_array(climate, tmp_path):
    raster = dem()
    path = write_cog(raster, tmp_path / "dem.tif")
    evaluate_file(path, tmp_path / "out", uses=[TEA], climate=climate)
    score = evaluate(raster, use=TEA, climate=climate)["score"].values
    lon, lat = places(raster)
    for cell in (3, 5_000, 10_200):
        told = explain_file(float(lon[cell]), float(lat[cell]), path, use=TEA, climate=climate)
        assert told.score == score.ravel()[cell]


def test_a_border_is_half_and_half_and_the_nearest_has_what_no_polygon_covers():
    west, east = shapely.box(104.0, 27, 105, 29), shapely.box(105, 27, 106, 29)
    metre = 1 / pyproj.Geod(ellps="WGS84").line_length([105, 106], [28, 28])
    lon = [105 - 2500 * metre, 105, 105 + 2500 * metre, 105.5, 107, 103]
    found = area_shares([west, east], lon, [28.0] * 6, width_m=10_000)
    # a quarter of the width inside: 0.75
    np.testing.assert_allclose(found[0], [0.75, 0.5, 0.25, 0, 0, 1], atol=2e-3)
    np.testing.assert_allclose(found.sum(axis=0), 1)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.floats(103, 107), st.floats(26, 30)), min_size=1, max_size=20))
def test_shares_are_parts_of_one_wherever_the_place(points):
    areas = [shapely.box(104, 27, 105, 29), shapely.Point(105.5, 28).buffer(0.4), None]
    lon, lat = np.array(points).T
    for few in (areas, areas[:2]):
        found = area_shares(few, lon, lat, width_m=8000)
        assert ((found >= 0) & (found <= 1)).all()
        np.testing.assert_allclose(found.sum(axis=0), 1)


def test_the_ridge_of_the_south_wing_has_shares_too():
    climate = load_climate()
    raster = rasters.raster(np.full((60, 60), 600.0), cell=1000, west=520_000, north=3_130_000)
    shares = climate.shares(*places(raster))[1].reshape(raster.shape)[1:-1, 1:-1]
    assert np.abs(shares - rasters.southern_share(raster, climate)).max() < 0.02


def test_a_climate_of_polygons_is_drawn(climate):
    rng = np.random.default_rng(3)
    drawn = [climate.draw(rng) for _ in range(400)]
    assert all(sample.areas is climate.areas for sample in drawn)
    values = np.array([sample.value("rain", 500, shares=[1, 0, 0]) for sample in drawn])
    assert values.std() == pytest.approx(20, rel=0.12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ridge": {"points": [[105, 28], [106, 28]]}}, "ridge stands beside polygons"),
        ({"transition": {"width_m": 0}}, r"transition\.width_m is 0"),
        ({"regime": [{"id": "west", "polygon": "west.gpkg"}, {"id": "middle"}, {"id": "rest"}]}, "2 without polygon"),
        (
            {"regime": [{"id": "west", "polygon": 3}, {"id": "middle", "polygon": "middle.gpkg"}, {"id": "rest"}]},
            r"regime\.polygon is 3",
        ),
        (
            {
                "regime": [
                    {"id": "west", "polygon": "none.gpkg"},
                    {"id": "middle", "polygon": "middle.gpkg"},
                    {"id": "rest"},
                ]
            },
            r"none\.gpkg",
        ),
        ({"regime": [{"id": "west", "polygon": "west.gpkg"}, {"id": "west"}]}, "given twice"),
        (
            {"regime": [{"id": "a", "polygon": "west.gpkg"}, *[{"id": "b", "polygon": "middle.gpkg"}] * 2]},
            r"regime\.id 'b' is given twice",
        ),
        ({"transition": {"width": 4000}}, r"key transition\.width is unknown; use one of: width_m, "),
        ({"station": [{"id": "a", "regime": "west", "elevation": 1, "rain": 1}]}, "regime 'middle' has no station"),
    ],
)
def test_odd_regimes_are_named_with_the_cure(tmp_path, change, words):
    polygons(tmp_path)
    with pytest.raises(NanyiError, match=words) as caught:
        parse_climate(record(**change), path=str(tmp_path / "climate.toml"))
    assert len(str(caught.value)) < 300


def test_a_value_of_three_regimes_needs_their_shares(climate):
    with pytest.raises(NanyiError, match="shares is missing; three has the regimes west, middle, rest"):
        climate.value("rain", 500)
    # 0.25 * 700 + 0.75 * 1300
    assert climate.value("rain", 500, shares=[0.25, 0, 0.75]) == pytest.approx(1150)


def test_three_regimes_without_polygons_are_refused():
    three = record(regime=[{"id": name} for name in VALUES])
    with pytest.raises(NanyiError, match=r"must have one or two .* or a polygon each"):
        parse_climate(three)


def test_a_rise_by_fit_is_told_with_the_result():
    station = [{"id": f"s{z}", "elevation": z, "mean_temperature": t} for z, t in ((100, 14), (500, 16), (900, 18.1))]
    odd = parse_climate(
        {"station": station, "variable": {"mean_temperature": {"unit": "degC", "lapse": "fit", "source": "made"}}}
    )
    warm = parse_use(
        {
            "id": "warm",
            "criterion": [
                {"id": "mean_temperature", "unit": "degC", "weight": 1, "shape": "linear", "points": [5, 20],
                 "low": {"S1": 15, "S2": 12, "S3": 10}},
            ],
        }
    )  # fmt: skip
    small = dem(shape=(5, 5))
    assert "mean_temperature of the climate" in evaluate(small, use=warm, climate=odd).attrs["notes"]
