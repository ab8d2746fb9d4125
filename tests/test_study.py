"""The study area: embedded and user boundaries, grids, zone rasters, areas."""

from dataclasses import FrozenInstanceError

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rioxarray  # noqa: F401
import shapely
import xarray as xr
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from nanyi_gis.datum import shift_frame
from nanyi_gis.errors import DataError, DatumError, ParameterError
from nanyi_gis.study import Grid, geodesic_area_km2, km2_to_wanmu, load_study

STUDY = load_study()


@pytest.fixture
def own():
    """Return the two counties with nothing but a name, as a user might have them."""
    return STUDY.counties[["name_zh", "geometry"]].rename(columns={"name_zh": "县"}).to_crs(4490)


def saved(frame, folder, name="自己的 县界.gpkg"):
    path = folder / name
    frame.to_file(path)
    return path


def test_embedded_layers_are_in_the_working_crs():
    for frame in (STUDY.counties, STUDY.neighbours, STUDY.frontage):
        assert frame.crs == STUDY.crs == "EPSG:4544"
    assert len(STUDY.neighbours) == 10
    assert STUDY.outline.area == pytest.approx(STUDY.counties.area.sum(), rel=1e-9)
    with pytest.raises(FrozenInstanceError):
        STUDY.crs = "EPSG:4326"


def test_bounds_agree_with_the_standards_note():
    assert STUDY.bounds == pytest.approx((516_500, 3_060_600, 631_600, 3_156_600), abs=700)
    west, south, east, north = STUDY.bounds_wgs84()
    lon, lat = shapely.get_coordinates(STUDY.counties.to_crs(4326).geometry.values).T
    assert west <= lon.min() < lon.max() <= east
    assert south <= lat.min() < lat.max() <= north
    wider = STUDY.bounds_wgs84(margin_m=11_100.0)
    assert wider[1] == pytest.approx(south - 0.1, abs=0.002)
    assert wider[3] == pytest.approx(north + 0.1, abs=0.002)


@given(resolution=st.floats(5.0, 5000.0), margin=st.floats(0.0, 20_000.0))
def test_grid_covers_the_counties_on_whole_multiples(resolution, margin):
    grid = STUDY.grid(resolution, margin_m=margin)
    west, south, east, north = STUDY.bounds
    left, bottom, right, top = grid.bounds
    tolerance = 1e-6 * resolution
    assert left <= west - margin + tolerance
    assert bottom <= south - margin + tolerance
    assert right >= east + margin - tolerance
    assert top >= north + margin - tolerance
    assert max(west - margin - left, right - east - margin) < resolution + tolerance
    for edge in grid.bounds:
        assert edge / resolution == pytest.approx(round(edge / resolution), abs=1e-6)
    assert grid.resolution == resolution


@pytest.mark.parametrize(("resolution", "margin"), [(0, 0), (-30, 0), (np.nan, 0), ("fine", 0), (30, -1)])
def test_impossible_grids_are_refused(resolution, margin):
    with pytest.raises(ParameterError, match=r"(resolution|margin) is"):
        STUDY.grid(resolution, margin_m=margin)


def test_template_has_cell_centres_crs_and_transform():
    grid = Grid("EPSG:4544", Affine(10.0, 0.0, 100.0, 0.0, -10.0, 50.0), width=3, height=2)
    template = grid.template()
    assert list(template["x"]) == [105, 115, 125]
    assert list(template["y"]) == [45, 35]
    assert template.rio.transform() == grid.transform
    assert template.rio.crs == "EPSG:4544"
    assert np.isnan(template).all()


@pytest.mark.parametrize("crs", ["EPSG:4544", "EPSG:4326"])
def test_zone_raster_has_the_counties_in_order_with_their_areas(crs):
    if crs == "EPSG:4544":
        template, cell = STUDY.grid(200.0, margin_m=500.0).template(), 0.04
    else:
        template, cell = STUDY.grid(200.0, margin_m=500.0).template().rio.reproject(crs), None
    zones = STUDY.rasterize_counties(template)
    assert zones.dtype == np.uint8
    assert zones.rio.crs == crs
    assert zones.rio.nodata == 0
    assert zones.attrs["names"] == ["叙永县", "古蔺县"]
    counts = np.bincount(zones.values.ravel(), minlength=3)
    if cell is None:
        assert counts[2] / counts[1] == pytest.approx(3186.6 / 2971.6, rel=5e-3)
    else:
        assert counts[1:] * cell == pytest.approx(STUDY.counties.area / 1e6, rel=2e-3)
    x, y = STUDY.counties.to_crs(crs).geometry.iloc[0].representative_point().coords[0]
    assert zones.sel(x=x, y=y, method="nearest") == 1
    assert zones.values[0, 0] == 0


def test_zone_raster_needs_a_crs():
    with pytest.raises(DataError, match="no CRS"):
        STUDY.rasterize_counties(xr.DataArray(np.zeros((2, 2)), dims=("y", "x")))


def test_area_of_a_quarter_of_a_hemisphere_and_of_holes():
    octant = gpd.GeoSeries([shapely.Polygon([(0, 0), (90, 0), (0, 90)])], crs=4326)
    assert geodesic_area_km2(octant).iloc[0] == pytest.approx(510_065_621.724 / 8, rel=1e-9)
    shell, hole = shapely.box(105, 28, 105.2, 28.2), shapely.box(105.1, 28.1, 105.15, 28.15)
    series = gpd.GeoSeries(
        [shell.difference(hole), shell, hole, None, shapely.Point(105, 28)], index=list("abcde"), crs=4326
    )
    areas = geodesic_area_km2(series)
    assert areas.name == "area_km2"
    assert areas["a"] == pytest.approx(areas["b"] - areas["c"], rel=1e-9)
    assert areas["d"] == areas["e"] == 0.0
    np.testing.assert_allclose(geodesic_area_km2(series.reverse()), areas)
    np.testing.assert_allclose(geodesic_area_km2(series.to_crs(4544)), areas, rtol=1e-6)
    with pytest.raises(DataError, match="no CRS"):
        geodesic_area_km2(series.set_crs(None, allow_override=True))


def test_wanmu():
    assert km2_to_wanmu(3300.0) == pytest.approx(495.0)


@pytest.mark.parametrize("name", ["自己的 县界.gpkg", "counties.geojson", "counties.shp"])
def test_own_boundaries_replace_the_counties(own, tmp_path, name):
    study = load_study(saved(own, tmp_path, name))
    assert list(study.counties["name_zh"]) == ["叙永县", "古蔺县"]
    assert study.counties.crs == "EPSG:4544"
    assert list(study.counties["area_km2"]) == pytest.approx(list(STUDY.counties["area_km2"]), rel=1e-5)
    assert {"source", "as_of", "evidence", "uncertainty_m", "county_code", "name_en"} <= set(study.counties.columns)
    assert len(study.neighbours) == 10


def test_rows_elsewhere_are_left_out(own, tmp_path):
    neighbours = STUDY.neighbours[["name_zh", "geometry"]].rename(columns={"name_zh": "县"}).to_crs(4490)
    both = gpd.GeoDataFrame(np.concatenate([neighbours.values, own.values]), columns=["县", "geometry"], crs=4490)
    assert list(load_study(saved(both, tmp_path)).counties["name_zh"]) == ["叙永县", "古蔺县"]


def test_one_county_alone_is_a_study_area(own, tmp_path):
    study = load_study(saved(own.iloc[[1]], tmp_path))
    assert list(study.counties["name_zh"]) == ["古蔺县"]
    assert study.rasterize_counties(study.grid(500.0).template()).max() == 1


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_shifted_boundaries_are_refused_unless_their_datum_is_said(own, tmp_path, datum):
    path = saved(shift_frame(own, target=datum), tmp_path)
    with pytest.raises(DatumError, match=f"--assume-datum {datum}"):
        load_study(path)
    study = load_study(path, assume_datum=datum)
    assert shapely.hausdorff_distance(study.outline, STUDY.outline) < 0.01
    assert shapely.hausdorff_distance(load_study(path, assume_datum="wgs84").outline, STUDY.outline) > 300


def test_a_layer_of_a_file_can_be_named(own, tmp_path):
    path = tmp_path / "several.gpkg"
    own.set_geometry(own.representative_point()).to_file(path, layer="points")
    own.to_file(path, layer="counties")
    assert len(load_study(path).counties) == len(load_study(path, layer="counties").counties) == 2
    with pytest.raises(DataError, match="no polygons"):
        load_study(path, layer="points")
    own.to_file(path, layer="again")
    with pytest.raises(ParameterError, match="has 2 layers of polygons: counties, again"):
        load_study(path)


def test_unfit_boundaries_are_refused(own, tmp_path):
    elsewhere = own.set_geometry(own.translate(5.0, 5.0))
    with pytest.raises(DataError, match="no polygon of the boundary file lies mainly in"):
        load_study(saved(elsewhere, tmp_path, "elsewhere.gpkg"))
    with pytest.raises(ParameterError, match="no column of names, only label; rename one"):
        load_study(saved(own.rename(columns={"县": "label"}), tmp_path, "nameless.gpkg"))
    bow = shapely.Polygon([(105.4, 28), (105.5, 28.1), (105.5, 28), (105.4, 28.1)])
    with pytest.raises(DataError, match="1 of 1 polygons of the boundary file are invalid"):
        load_study(saved(gpd.GeoDataFrame({"县": ["a"]}, geometry=[bow], crs=4490), tmp_path, "bow.gpkg"))
    with pytest.raises(DataError, match="no file"):
        load_study(tmp_path / "missing.gpkg")
    with pytest.raises(ParameterError, match="none is given"):
        load_study(assume_datum="gcj02")
    with pytest.raises(ParameterError, match="datum is 'mars'"):
        load_study(saved(own, tmp_path), assume_datum="mars")


def test_parts_of_a_county_in_several_rows_become_one(own, tmp_path):
    parts = own.explode(ignore_index=True)
    west, south, east, north = parts.total_bounds
    halves = parts.overlay(
        gpd.GeoDataFrame(
            geometry=[shapely.box(west, south, east, 28.0), shapely.box(west, 28.0, east, north)], crs=own.crs
        )
    )
    assert len(halves) > 2
    study = load_study(saved(halves, tmp_path))
    assert study.counties["name_zh"].tolist() == ["叙永县", "古蔺县"]
    assert study.counties["area_km2"].tolist() == pytest.approx(STUDY.counties["area_km2"].tolist(), abs=0.01)


def test_own_polygons_that_overlap_are_refused(tmp_path):
    county = load_study().counties.iloc[[0]][["name_zh", "geometry"]]
    twice = pd.concat(
        [county, county.assign(name_zh="叙永县二", geometry=county.geometry.buffer(-2000))], ignore_index=True
    )
    twice.to_file(tmp_path / "twice.gpkg", engine="pyogrio")
    with pytest.raises(DataError, match="overlap by"):
        load_study(tmp_path / "twice.gpkg")
