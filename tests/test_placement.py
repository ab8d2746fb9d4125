"""Coordinates that cannot be where their CRS puts them: each likely cause is named with its cure."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from shapely.geometry import LineString, Point, box

from nanyi_gis.errors import DataError
from nanyi_gis.io import diagnose, misplaced, near, placed

HERE = (105.1, 27.7, 106.3, 28.5)
LOCAL = CRS.from_wkt('LOCAL_CS["site grid",UNIT["metre",1]]')


def in_crs(code, bounds=HERE):
    return Transformer.from_crs(4326, code, always_xy=True).transform_bounds(*bounds)


def swapped(bounds):
    west, south, east, north = bounds
    return south, west, north, east


def gauss_kruger():
    """Return pairs of EPSG codes (with and without zone number), zone and central meridian, from the EPSG registry."""
    names = {i.name: int(i.code) for i in query_crs_info(auth_name="EPSG", pj_types=PJType.PROJECTED_CRS)}
    for family in ("CGCS2000", "Xian 1980", "Beijing 1954", "New Beijing"):
        for degrees, zones in (("3-degree ", range(25, 46)), ("", range(13, 24))):
            for zone in zones:
                meridian = 3 * zone if degrees else 6 * zone - 3
                numbered = names.get(f"{family} / {degrees}Gauss-Kruger zone {zone}")
                plain = names.get(f"{family} / {degrees}Gauss-Kruger CM {meridian}E")
                if numbered and plain:
                    yield numbered, plain, zone, meridian


PAIRS = list(gauss_kruger())


def test_all_chinese_zones_are_known():
    assert len(PAIRS) == 4 * 32
    assert (4523, 4544, 35, 105) in PAIRS


@pytest.mark.parametrize(("numbered", "plain", "zone", "meridian"), PAIRS)
def test_a_zone_number_in_or_missing_from_the_easting(numbered, plain, zone, meridian):
    metres = in_crs(plain, (meridian + 0.2, 30.0, meridian + 0.9, 30.5))
    shifted = (metres[0] + zone * 1e6, metres[1], metres[2] + zone * 1e6, metres[3])
    assert diagnose(metres, CRS(plain)) is None
    assert diagnose(shifted, CRS(numbered)) is None
    extra, missing = diagnose(shifted, CRS(plain)), diagnose(metres, CRS(numbered))
    assert f"zone number {zone} " in extra
    assert extra.endswith(f"set EPSG:{numbered}")
    assert f"lacks the zone number {zone} " in missing
    assert missing.endswith(f"set EPSG:{plain}")


@pytest.mark.parametrize(
    ("bounds", "crs", "words"),
    [
        (HERE, 4544, "look like degrees, but its CRS EPSG:4544 is in metres; set the CRS they are in, e.g. EPSG:4326"),
        (HERE, 3857, "look like degrees"),
        (swapped(HERE), 4544, "look like degrees, latitude first"),
        (in_crs(4544), 4326, "look like metres, but its CRS EPSG:4326 is in degrees"),
        (in_crs(3857), 4326, "look like metres"),
        (in_crs(4523), 4326, "metres with the zone number 35, but its CRS EPSG:4326 is in degrees; set EPSG:4523"),
        (in_crs(4523), 32648, "zone number 35 stands in its easting"),
        (swapped(HERE), 4326, "axes are swapped"),
        (swapped(HERE), 4490, "axes are swapped"),
        (swapped(in_crs(4544)), 4544, "axes are swapped"),
        (swapped(in_crs(4523)), 4544, "axes are swapped and the zone number 35 stands"),
        ((465.1, 27.7, 466.3, 28.5), 4326, r"longitude is \+ 360 degrees"),
        ((-254.9, 27.7, -253.7, 28.5), 4326, "longitude is - 360 degrees"),
        ((500.0, 100.0, 500.0, 100.0), 4326, "are no degrees; check the CRS"),
        ((np.inf, 0.0, np.inf, 1.0), 4544, "not finite"),
        ((np.nan, np.nan, np.nan, np.nan), 4326, "not finite"),
        ((9e6, 9e6, 9.1e6, 9.1e6), 4544, "lie outside the area of its CRS EPSG:4544"),
        ((-100.0, 40.0, -99.0, 41.0), 4490, "its coordinates"),
        ((0.0, 0.0, 1000.0, 1000.0), LOCAL, "local one without a place on the earth"),
    ],
)
def test_each_cause_is_named(bounds, crs, words):
    found = diagnose(bounds, CRS(crs))
    assert found is not None
    assert "\n" not in found
    with pytest.raises(DataError, match=words) as caught:
        placed(bounds, CRS(crs), name="zones.shp")
    assert str(caught.value) == f"zones.shp: {found}"


@pytest.mark.parametrize(
    ("bounds", "crs"),
    [
        (HERE, 4326),
        (HERE, 4490),
        ((-180.0, -90.0, 180.0, 90.0), 4326),
        ((-180.008, -90.008, 180.008, 90.008), 4326),  # a world grid whose cells lie on the lines
        ((179.0, -20.0, 180.0, -15.0), 4326),
        ((-20037508.0, -20048966.0, 20037508.0, 20048966.0), 3857),
        (in_crs(32648), 32648),
        (in_crs(4544, (97.4, 26.0, 108.5, 34.3)), 4544),  # all of Sichuan in one zone
        ((-5434894.0, -5434894.0, 5434894.0, 5434894.0), "+proj=geos +h=35785831 +lon_0=104.7 +sweep=x"),
        ((-17005833.0, -8625154.0, 17005833.0, 8625154.0), "ESRI:54030"),
        ((300_000.0, 7_000_000.0, 400_000.0, 7_100_000.0), 32601),  # a zone at ±180 degrees
    ],
)
def test_what_can_be_is_left_alone(bounds, crs):
    assert diagnose(bounds, CRS(crs)) is None
    assert placed(bounds, CRS(crs), name="x") == bounds


@settings(max_examples=60, deadline=None)
@given(st.floats(80.0, 125.0), st.floats(30.0, 45.0), st.floats(0.001, 1.0))
def test_any_place_of_china_is_right_as_it_is_and_wrong_when_swapped_past_90(lon, lat, size):
    bounds = (lon, lat, lon + size, lat + size / 2)
    assert diagnose(bounds, CRS(4326)) is None
    if lon > 92.0:
        assert "swapped" in diagnose(swapped(bounds), CRS(4326))
    assert "+ 360" in diagnose((lon + 360, lat, lon + size + 360, lat + size / 2), CRS(4326))
    zone = round(lon / 3)
    assert diagnose(in_crs(4488 + zone, bounds), CRS(4488 + zone)) is None
    assert "look like degrees" in diagnose(bounds, CRS(4488 + zone))


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[st.floats(-1e8, 1e8)] * 4), st.sampled_from([4326, 4490, 4544, 4523, 3857, 32648, 2359]))
def test_no_box_ends_in_a_traceback(numbers, code):
    x, y = sorted(numbers[:2]), sorted(numbers[2:])
    found = diagnose((x[0], y[0], x[1], y[1]), CRS(code))
    assert found is None or ("\n" not in found and len(found) < 300)


def test_a_frame_is_checked_and_projected():
    frame = gpd.GeoDataFrame({"a": [1, 2]}, geometry=[Point(105.5, 28.0), None], crs=4326)
    there = placed(frame, 4544, name="points.gpkg")
    assert there.crs.to_epsg() == 4544
    x, y = Transformer.from_crs(4326, 4544, always_xy=True).transform(105.5, 28.0)
    assert (there.geometry[0].x, there.geometry[0].y) == pytest.approx((x, y))
    assert placed(frame, None, name="points.gpkg") is frame
    with pytest.raises(DataError, match=r"points\.gpkg has no CRS"):
        placed(frame.set_crs(None, allow_override=True), 4544, name="points.gpkg")
    world = gpd.GeoDataFrame(geometry=[box(10, -5, 20, 5)], crs=4326)
    with pytest.raises(DataError, match=r"world\.shp reaches beyond where EPSG:4544 can show it; clip it"):
        placed(world, 4544, name="world.shp")


def test_a_geometry_is_checked_where_it_is():
    shape = box(*HERE)
    assert placed(shape, 4326, name="box") is shape
    with pytest.raises(DataError, match="look like degrees"):
        placed(shape, 4544, name="box")


def test_the_rows_that_cannot_be_are_found():
    shapes = gpd.GeoSeries([Point(105, 28), Point(500, 100), None, Point(), Point(28, 105)], crs=4326)
    assert misplaced(shapes).tolist() == [False, True, False, False, True]


def test_near_cuts_a_world_layer_and_leaves_the_rest():
    inside, line = box(105.2, 27.8, 105.4, 28.0), LineString([(-170, 28.0), (170, 28.0)])
    shapes = gpd.GeoSeries([box(-180, -90, 180, 90), inside, line, Point(0, 0), None], crs=4326)
    bounds = in_crs(4544)
    cut = near(shapes, bounds, 4544)
    assert cut[1] is shapes[1]
    assert cut[3].is_empty
    assert cut[4] is None
    assert np.isfinite(cut.iloc[:3].to_crs(4544).total_bounds).all()
    assert shapely.covers(cut[0], box(*HERE))
    assert cut[2].length < 5.0
    assert shapes[0].bounds == (-180, -90, 180, 90)


def test_kilometres_under_metres_are_named():
    box = (510.12, 3055.14, 637.92, 3162.24)
    assert "look like kilometres" in str(diagnose(box, CRS(4544)))
    assert diagnose(tuple(1000 * value for value in box), CRS(4544)) is None


@pytest.mark.parametrize("box", [(0, 0, 3000, 3000), (0, -17_000, 21_000, 1000), (500, 400, 900, 900)])
def test_a_drawing_of_ones_own_round_the_origin_is_taken(box):
    assert diagnose(box, CRS(4544)) is None
