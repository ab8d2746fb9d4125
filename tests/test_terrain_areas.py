import numpy as np
import pytest
import xarray as xr
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Proj, Transformer
from terrain_rasters import raster

from nanyi_gis import terrain
from nanyi_gis.errors import DataError


def geodesic_area(template: xr.DataArray, row: int, column: int, *, points: int = 200) -> float:
    """Return the area of one cell as pyproj measures a polygon along its edges."""
    transform = template.rio.transform(recalc=True)
    along = np.linspace(0, 1, points, endpoint=False)
    nothing = np.zeros(points)
    columns = column + np.concatenate([along, nothing + 1, 1 - along, nothing])
    rows = row + np.concatenate([nothing, along, nothing + 1, 1 - along])
    xs, ys = transform * (columns, rows)
    crs = CRS.from_user_input(template.rio.crs)
    longitude, latitude = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(xs, ys)
    return abs(crs.get_geod().polygon_area_perimeter(longitude, latitude)[0])


def test_the_cells_of_the_globe_add_up_to_the_ellipsoid():
    globe = raster(np.zeros((180, 360)), step=(1, -1), origin=(-179.5, 89.5), crs=4326)
    # WGS 84: 510 065 621.724 km2
    assert float(terrain.cell_areas(globe).sum()) == pytest.approx(510_065_621.724e6, rel=1e-12)


def test_a_sphere_has_the_strips_of_archimedes():
    sphere = "+proj=longlat +R=6371000 +no_defs"
    strip = raster(np.zeros((2, 2)), step=(180, 30), origin=(-90, 15), crs=sphere)
    # area of a zone is 2 pi R h, halved here
    expected = np.pi * 6_371_000.0**2 * np.diff(np.sin(np.radians([0, 30, 60])))
    assert terrain.cell_areas(strip).values[:, 0] == pytest.approx(expected, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(latitude=st.floats(-89, 89), size=st.sampled_from([1 / 3600, 1 / 240, 1 / 12, 0.5]), south_up=st.booleans())
def test_geographic_cells_agree_with_geodesic_polygons(latitude, size, south_up):
    step = size if south_up else -size
    template = raster(np.zeros((2, 2)), step=(size, step), origin=(105, latitude), crs=4326)
    areas = terrain.cell_areas(template)
    assert float(areas[1, 0]) == pytest.approx(geodesic_area(template, 1, 0), rel=2e-6)


PROJECTED = [
    ("EPSG:4544", (500_000, 3_100_000)),
    ("EPSG:4544", (350_000, 3_050_000)),
    ("EPSG:32648", (700_000, 3_100_000)),
    ("EPSG:3857", (11_700_000, 3_260_000)),
    ("EPSG:3857", (11_700_000, 12_000_000)),
    ("EPSG:2263", (984_000, 200_000)),
    ("EPSG:32661", (2_300_000, 1_500_000)),
    ("EPSG:32661", (1_999_900, 2_000_050)),
    ("ESRI:102025", (500_000, 3_000_000)),
]


@pytest.mark.parametrize(("crs", "origin"), PROJECTED)
@pytest.mark.parametrize("size", [30.0, 900.0])
def test_projected_cells_agree_with_geodesic_polygons(crs, origin, size):
    template = raster(np.zeros((7, 9)), step=(size, -size), origin=origin, crs=crs)
    areas = terrain.cell_areas(template)
    assert areas.attrs["units"] == "m2"
    for row, column in ((0, 0), (3, 4), (6, 8), (6, 0)):
        assert float(areas[row, column]) == pytest.approx(geodesic_area(template, row, column), rel=2e-6)


# PROJ gives factors of Web Mercator as if it were a map of the sphere
@pytest.mark.parametrize(("crs", "origin"), [place for place in PROJECTED if place[0] != "EPSG:3857"])
def test_interpolated_areal_scale_is_good_to_a_ten_millionth(crs, origin):
    template = raster(np.zeros((811, 1203), dtype="uint8"), step=(90, -90), origin=origin, crs=crs)
    areas = terrain.cell_areas(template)
    random = np.random.default_rng(0)
    rows, columns = random.integers(0, 811, 300), random.integers(0, 1203, 300)
    projection = Proj(crs)
    places = projection(template.x.values[columns], template.y.values[rows], inverse=True)
    unit = CRS(crs).axis_info[0].unit_conversion_factor
    expected = (90 * unit) ** 2 / projection.get_factors(*places).areal_scale
    assert np.abs(areas.values[rows, columns] / expected - 1).max() < 1e-7


def test_an_equal_area_projection_has_equal_cells():
    areas = terrain.cell_areas(raster(np.zeros((50, 60)), step=(250, -200), crs="EPSG:6933"))
    assert areas.values == pytest.approx(50_000, rel=1e-9)


def test_the_counties_cells_are_within_the_scale_of_the_projection():
    areas = terrain.cell_areas(raster(np.zeros((900, 1200)), step=(100, -100), origin=(510_000, 3_150_000)))
    # transverse Mercator: areal scale 1 + (x / R)^2 at x from its central meridian
    farthest = 1 + (129_900 / 6.371e6) ** 2
    assert 10_000 / farthest * 0.99999 < float(areas.min()) < float(areas.max()) < 10_000
    assert float(areas[0, 0] - areas[0, -1]) > 0


@pytest.mark.parametrize("crs", [4326, 4544])
def test_one_cell_takes_its_size_from_the_transform(crs):
    size = 0.01 if crs == 4326 else 1000.0
    x, y = (105.0, 28.0) if crs == 4326 else (500_000.0, 3_100_000.0)
    cell = xr.DataArray([[1.0]], dims=("y", "x"), coords={"y": [y], "x": [x]}).rio.write_crs(crs)
    cell = cell.rio.write_transform(Affine(size, 0, x - size / 2, 0, -size, y + size / 2))
    assert float(terrain.cell_areas(cell)[0, 0]) == pytest.approx(geodesic_area(cell, 0, 0), rel=1e-6)


@pytest.mark.parametrize("coords", [{"y": [3.1e6], "x": [5e5]}, {"y": [3.1e6]}, {}])
def test_a_cell_of_unknown_size_is_refused(coords):
    cell = xr.DataArray([[1.0]], dims=("y", "x"), coords=coords).rio.write_crs(4544)
    with pytest.raises(DataError, match="size is unknown"):
        terrain.cell_areas(cell)


def test_a_raster_without_coordinates_takes_them_from_the_transform():
    full = raster(np.zeros((3, 4)), step=(0.01, -0.01), origin=(105, 28.5), crs=4326)
    bare = full.rio.write_transform(full.rio.transform(recalc=True)).drop_vars(["x", "y"])
    assert np.allclose(terrain.cell_areas(bare), terrain.cell_areas(full), rtol=1e-9)


def test_cells_beyond_the_projection_are_refused():
    ortho = "+proj=ortho +lat_0=28 +lon_0=105 +ellps=WGS84"
    with pytest.raises(DataError, match="not defined over the whole raster"):
        terrain.cell_areas(raster(np.zeros((20, 20)), step=(1e6, -1e6), origin=(-9e6, 9e6), crs=ortho))


def test_cells_that_touch_a_pole_end_there():
    point = raster(np.zeros((3, 4)), step=(90, -45), origin=(-135, 90), crs=4326)  # centres on the pole
    assert float(terrain.cell_areas(point)[0].sum()) > 0
    whole = terrain.cell_areas(raster(np.zeros((5, 4)), step=(90, -45), origin=(-135, 90), crs=4326))
    assert float(whole.sum()) == pytest.approx(510_065_621.724e6, rel=1e-12)
