"""Every word of a road tag over all readers: a layer, an OSM extract, and travel-time on either."""

import math
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx as ox
import pandas as pd
import pytest
import rioxarray  # noqa: F401  (registers the accessor)
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from road_samples import CRS, X0, Y0, lattice_lines, node_at
from shapely.geometry import LineString, Point

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.io import write_gpkg
from nanyi_gis.network import build_graph, graph_notes, graph_to_frames, load_speeds, read_roads, way_tags
from nanyi_gis.travel_time import travel_time

FOOT = 6 * math.exp(-3.5 * 0.05)  # km/h on the level, Tobler (1993)
OFF_ROAD = 0.6 * FOOT
LENGTH = 900.0

# Tags, mode, km/h along and against the line; None where it may not be travelled. A residential street has 20 km/h,
# a primary road 50, a motorway 80, its link 40.
STREET, MAIN = {"highway": "residential"}, {"highway": "primary"}
CASES = [
    (STREET, "car", 20, 20),
    # one-way
    *(
        (STREET | {"oneway": word}, "car", 20, None)
        for word in ("yes", "YES ", "True", "1", "是", "单向", "正向", "顺向")
    ),
    *((STREET | {"oneway": word}, "car", None, 20) for word in ("-1", "reverse", "反向", "逆向")),
    *((STREET | {"oneway": word}, "car", 20, 20) for word in ("no", "No", "false", "0", "否", "双向")),
    *((STREET | {"oneway": word}, "car", 20, 20) for word in ("reversible", "alternating", "sometimes", "?")),
    (STREET | {"oneway": "yes"}, "walk", FOOT, FOOT),
    (STREET | {"oneway:foot": "yes"}, "walk", FOOT, None),
    (STREET | {"oneway:foot": "yes"}, "car", 20, 20),
    # one-way by themselves
    *((STREET | {"junction": word}, "car", 20, None) for word in ("roundabout", " Roundabout", "circular")),
    (STREET | {"junction": "roundabout", "oneway": "no"}, "car", 20, 20),
    (STREET | {"junction": "roundabout", "oneway": "-1"}, "car", None, 20),
    (STREET | {"junction": "roundabout"}, "walk", FOOT, FOOT),
    ({"highway": "motorway"}, "car", 80, None),
    ({"highway": "motorway_link"}, "car", 40, None),
    ({"highway": "motorway", "oneway": "no"}, "car", 80, 80),
    ({"highway": "motorway"}, "walk", None, None),
    # posted limits
    *((MAIN | {"maxspeed": word}, "car", 30, 30) for word in ("30", "30 km/h", "30;40", "40|30", "['40', '30']")),
    (MAIN | {"maxspeed": "20 mph"}, "car", 32.19, 32.19),
    (MAIN | {"maxspeed": "10 knots"}, "car", 18.52, 18.52),
    (MAIN | {"maxspeed": "walk"}, "car", 7, 7),
    (MAIN | {"maxspeed": "zone:30"}, "car", 30, 30),
    *((MAIN | {"maxspeed": word}, "car", 50, 50) for word in ("none", "signals", "RO:urban", "CN:urban", "DE:rural")),
    *((MAIN | {"maxspeed": word}, "car", 50, 50) for word in ("0", "120", "quick", "-30")),
    (MAIN | {"maxspeed:forward": "20", "maxspeed:backward": "40"}, "car", 20, 40),
    (MAIN | {"maxspeed": "40", "maxspeed:backward": "20", "oneway": "-1"}, "car", None, 20),
    (MAIN | {"maxspeed": "30"}, "walk", FOOT, FOOT),
    # rights
    *(
        (STREET | {"access": word}, "car", None, None)
        for word in ("no", "private", "agricultural", "forestry", "military")
    ),
    *((STREET | {"access": word}, "car", None, None) for word in (" Private", "禁止", "私有")),
    *(
        (STREET | {"access": word}, "car", 20, 20)
        for word in ("destination", "customers", "permissive", "delivery", "odd")
    ),
    *((STREET | {name: "no"}, "car", None, None) for name in ("vehicle", "motor_vehicle", "motorcar")),
    (STREET | {"access": "no", "motor_vehicle": "yes"}, "car", 20, 20),
    (STREET | {"motor_vehicle": "yes", "motorcar": "no"}, "car", None, None),
    (STREET | {"vehicle": "no"}, "walk", FOOT, FOOT),
    (STREET | {"access": "private"}, "walk", None, None),
    (STREET | {"access": "no", "foot": "yes"}, "walk", FOOT, FOOT),
    (STREET | {"foot": "no"}, "walk", None, None),
    (STREET | {"foot": "no"}, "car", 20, 20),
    (MAIN | {"motorroad": "yes"}, "walk", None, None),
    (MAIN | {"motorroad": "yes"}, "car", 50, 50),
    # classes
    *(({"highway": word}, "car", None, None) for word in ("footway", "path", "steps", "cycleway", "construction")),
    *(({"highway": word}, "walk", FOOT, FOOT) for word in ("footway", "path", "steps", "cycleway")),
    *(({"highway": word}, "car", None, None) for word in ("busway", "escape", "crossing", "yes")),
    *(({"highway": word}, "car", 50, 50) for word in ("['primary', 'residential']", "primary;secondary", "Primary ")),
    ({"highway": "unknown"}, "car", 20, 20),
    ({"highway": "track_grade3"}, "car", 10, 10),
    ({"highway": "cycleway", "foot": "no"}, "walk", None, None),
    ({"route": "ferry"}, "car", None, None),
]
MODES = ("car", "walk")
APART = 60.0  # metres from one case to the next


def cases_of(mode):
    return [(tags, along, against) for tags, of_mode, along, against in CASES if of_mode == mode]


def place(row, x):
    return Point(X0 + x, Y0 + APART * row)


def layer(rows, folder):
    """A line a row of tags, each 60 m north of the one before."""
    table = pd.DataFrame(rows).astype(object).where(lambda frame: frame.notna(), None)
    shapes = [LineString([place(row, 0), place(row, LENGTH)]) for row in range(len(rows))]
    write_gpkg({"roads": gpd.GeoDataFrame(table, geometry=shapes, crs=CRS)}, folder / "roads.gpkg")
    return folder / "roads.gpkg"


def extract(rows, folder):
    """The same as OSM data."""
    ends = gpd.GeoSeries([place(row, x) for row in range(len(rows)) for x in (0, LENGTH)], crs=CRS).to_crs(4326)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">']
    lines += [f'<node id="{i + 1}" lat="{p.y:.7f}" lon="{p.x:.7f}"/>' for i, p in enumerate(ends)]
    for way, tags in enumerate(rows):
        words = "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())
        lines.append(f'<way id="{way + 10}"><nd ref="{2 * way + 1}"/><nd ref="{2 * way + 2}"/>{words}</way>')
    (folder / "roads.osm").write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return folder / "roads.osm"


def speeds_of(graph):
    """km/h along and against the line of each row, None where it may not be travelled."""
    found = {}
    spots = gpd.GeoSeries([Point(d["x"], d["y"]) for _, d in graph.nodes(data=True)], crs=graph.graph["crs"]).to_crs(
        CRS
    )
    at = dict(zip(graph.nodes, spots, strict=True))
    for u, v, data in graph.edges(data=True):
        assert data["length"] == pytest.approx(LENGTH, rel=1e-3)
        pair = found.setdefault(round((at[u].y - Y0) / APART), [None, None])
        pair[0 if at[u].x < at[v].x else 1] = round(3.6 * data["length"] / data["travel_time"], 2)
    return found


@pytest.mark.parametrize("reader", [layer, extract])
@pytest.mark.parametrize("mode", MODES)
def test_a_word_means_the_same_in_a_network_of_any_file(tmp_path, reader, mode):
    cases = cases_of(mode)
    graph = build_graph(reader([tags for tags, *_ in cases], tmp_path), mode=mode)
    found = speeds_of(graph)
    for row, (tags, *expected) in enumerate(cases):
        wanted = [None if kmh is None else round(kmh, 2) for kmh in expected]
        assert found.get(row, [None, None]) == wanted, tags
    assert graph.graph["lines"] == len(cases)
    assert sum(graph.graph["left_out"].values()) == sum(one is None and other is None for _, one, other in cases)


def strips(count) -> xr.DataArray:
    """Level ground of a row of cells a case, with nothing between the rows; the ends of lines are centres of cells."""
    x, y = X0 - 90 + 30.0 * np.arange(37), Y0 + APART * (count - 1) - 30.0 * np.arange(2 * count)
    ground = np.zeros((len(y), len(x)), np.float32)
    ground[1::2] = np.nan
    return xr.DataArray(ground, dims=("y", "x"), coords={"y": y, "x": x}).rio.write_crs(CRS)


def minutes_between(roads, count, mode, start, end):
    """Minutes on each strip, from ``start`` metres along it to ``end``."""
    sources = gpd.GeoDataFrame(geometry=[place(row, start) for row in range(count)], crs=CRS)
    minutes = travel_time(strips(count), sources, roads=roads, mode=mode)
    return [minutes.sel(x=X0 + end, y=Y0 + APART * row, method="nearest").item() for row in range(count)]


@pytest.mark.parametrize("reader", [layer, extract])
@pytest.mark.parametrize("mode", MODES)
def test_a_word_means_the_same_in_travel_time(tmp_path, reader, mode):
    cases = cases_of(mode)
    roads = read_roads(reader([tags for tags, *_ in cases], tmp_path))
    forth = minutes_between(roads, len(cases), mode, 0, LENGTH)
    back = minutes_between(roads, len(cases), mode, LENGTH, 0)
    for (tags, along, against), *found in zip(cases, forth, back, strict=True):
        # 900 m on the road, or beside it on foot; an extract rounds its ends to a centimetre.
        wanted = [0.06 * LENGTH / (kmh or OFF_ROAD) for kmh in (along, against)]
        assert found == pytest.approx(wanted, rel=1e-3), tags


# A column as a whole: T and F are Geofabrik's or a database's, which one word cannot tell.
COLUMNS = [
    (["F", "T", "B"], {}, [1, -1, 0], 0),
    (["F", "F", "B"], {}, [1, 1, 0], 0),
    (["F", "T", "F"], {"fclass": "residential"}, [1, -1, 1], 0),
    (["F", "T", None], {}, [1, -1, 0], 1),  # no B and no fclass: told
    (["t", "f", None], {}, [1, 0, 0], 0),
    (["t", "f", "f"], {"fclass": "residential"}, [1, 0, 0], 0),
    ([True, False, True], {}, [1, 0, 1], 0),
    ([True, None, False], {}, [1, 0, 0], 0),
    ([1.0, -1.0, np.nan], {}, [1, -1, 0], 0),
    ([1, 0, -1], {}, [1, 0, -1], 0),
    ([["yes", "no"], ["no"], ["-1"]], {}, [1, 0, -1], 0),
    (["[True, False]", "[False]", ""], {}, [1, 0, 0], 0),
    (["yes;-1", "no", "tidal"], {}, [0, 0, 0], 2),
]


@pytest.mark.parametrize(("words", "columns", "signs", "told"), COLUMNS)
def test_one_way_words_are_read_in_the_light_of_their_column(words, columns, signs, told):
    roads = pd.DataFrame({"oneway": words, "lanes": 2, **columns})
    tags = way_tags(roads, mode="car", speeds=load_speeds())
    assert tags.direction.tolist() == signs
    assert len(tags.notes) == told
    assert not way_tags(roads, mode="walk", speeds=load_speeds()).direction.any()


def test_columns_may_be_named_as_shapefiles_and_databases_name_them():
    roads = pd.DataFrame(
        {
            "HIGHWAY": ["primary", "primary"],
            "maxspeed_f": ["20", ""],
            "motor_vehi": ["", "no"],
            "oneway_foot": ["yes", ""],
        }
    )
    tags = way_tags(roads, mode="car", speeds=load_speeds())
    assert tags.kmh[0] == 20.0
    assert np.isnan(tags.kmh_back[0])
    assert tags.reason.tolist() == ["", "no"]
    assert way_tags(roads, mode="walk", speeds=load_speeds()).direction.tolist() == [1, 0]


def test_buses_and_trucks_have_tags_of_their_own():
    roads = pd.DataFrame(
        {
            "access": ["no", "", "", ""],
            "bus": ["yes", "", "", ""],
            "hgv": ["", "no", "", ""],
            "oneway": ["", "", "yes", "yes"],
            "oneway:psv": ["", "", "", "no"],
        }
    )
    table = load_speeds()
    assert way_tags(roads, mode="bus", speeds=table).used.tolist() == [True] * 4
    assert way_tags(roads, mode="bus", speeds=table).direction.tolist() == [0, 0, 1, 0]
    assert way_tags(roads, mode="truck", speeds=table).used.tolist() == [False, False, True, True]
    assert way_tags(roads, mode="car", speeds=table).used.tolist() == [False, True, True, True]


LEVELS = [
    ({"bridge": "yes"}, True, False, 1),
    ({"bridge": "viaduct", "layer": "2"}, True, False, 2),
    ({"bridge": "T", "layer": 0}, True, False, 1),
    ({"bridge": "F", "layer": 0}, False, False, 0),
    ({"bridge": "是"}, True, False, 1),
    ({"bridge": "否"}, False, False, 0),
    ({"bridge": False}, False, False, 0),
    ({"tunnel": "yes"}, False, True, -1),
    ({"tunnel": "building_passage"}, False, True, 0),
    ({"tunnel": "no", "layer": "-2"}, False, False, -2),
    ({"layer": "1"}, False, False, 1),
    ({"layer": 1.0}, False, False, 1),
]


@pytest.mark.parametrize(("tags", "bridge", "tunnel", "level"), LEVELS)
def test_bridges_tunnels_and_layers(tags, bridge, tunnel, level):
    found = way_tags(pd.DataFrame([tags]), mode="car", speeds=load_speeds())
    assert (found.bridge[0], found.tunnel[0], found.level[0]) == (bridge, tunnel, level)
    assert found.notes == ()


def test_motorways_and_motorroads_are_controlled():
    roads = pd.DataFrame(
        {"highway": ["motorway", "motorway_link", "trunk", "trunk"], "motorroad": ["", "", "yes", "no"]}
    )
    assert way_tags(roads, mode="car", speeds=load_speeds()).controlled.tolist() == [True, True, True, False]


STATUSES = {
    "open": ["", "open", "Open", "existing", "现状", "建成", "已建", "通车", "已通车"],
    "construction": ["construction", "under_construction", "Under Construction", "在建", "施工中"],
    "planned": ["planned", "proposed", "规划", "拟建"],
    "closed": ["closed", "abandoned", "废弃"],
}


def test_words_of_status_are_understood():
    words = [(word, meant) for meant, group in STATUSES.items() for word in group]
    roads = pd.DataFrame({"status": [word for word, _ in words]})
    tags = way_tags(roads, mode="car", speeds=load_speeds())
    assert tags.status.tolist() == [meant for _, meant in words]
    assert tags.used.all()


def test_an_unknown_status_leaves_the_row_out_unless_a_date_stands_beside_it():
    roads = pd.DataFrame({"status": ["open", "open", "odd", "odd"], "opened": [None, None, None, "2024"]})
    tags = way_tags(roads, mode="car", speeds=load_speeds())
    assert tags.left_out() == {"status odd": 1}
    assert tags.status.tolist() == ["open", "open", "unknown", "unknown"]
    with pytest.raises(DataError, match=r"status is 'odd' in 2 of 2 lines; use open, construction, planned"):
        way_tags(pd.DataFrame({"status": ["odd", "odd"]}), mode="car", speeds=load_speeds())


def test_words_that_are_not_understood_are_told_with_their_number():
    roads = pd.DataFrame(
        {
            "oneway": ["tidal", "tidal", "yes"],
            "access": ["", "maybe", ""],
            "maxspeed": ["quick", "", ""],
            "layer": ["1;2", "", ""],
            "bridge": ["wobbly", "", ""],
        }
    )
    tags = way_tags(roads, mode="car", speeds=load_speeds())
    assert tags.notes == (
        "oneway 'tidal' 2 (not understood, taken as both ways)",
        "access 'maybe' 1 (not understood, passed over)",
        "maxspeed 'quick' 1 (not understood, the class decides)",
        "bridge 'wobbly' 1 (not understood, taken as a bridge)",
        "layer '1;2' 1 (not understood, passed over)",
    )


def test_most_classes_unknown_is_refused_by_their_words_and_one_is_not():
    table = load_speeds()
    assert way_tags(pd.DataFrame({"highway": ["odd", "primary"]}), mode="car", speeds=table).left_out() == {
        "unknown class odd": 1
    }
    with pytest.raises(DataError, match=r"highway is 'odd', 'even' in 2 of 3 lines; use one of OSM's classes"):
        way_tags(pd.DataFrame({"highway": ["odd", "even", "primary"]}), mode="car", speeds=table)
    with pytest.raises(ParameterError, match="unknown road class 'odd'"):
        way_tags(pd.DataFrame({"highway": ["odd"]}), mode="car", speeds=table)


def test_a_class_of_ones_own_is_a_road_where_it_has_a_speed():
    roads = pd.DataFrame({"highway": ["快速路", "快速路", "busway", "primary"], "speed_kmh": [60, None, 40, None]})
    tags = way_tags(roads, mode="car", speeds=load_speeds())
    assert tags.highway.tolist() == ["road", "快速路", "busway", "primary"]
    assert tags.left_out() == {"unknown class busway": 1, "unknown class 快速路": 1}
    assert tags.notes == ("highway '快速路' 1 (not understood, its own speed counts)",)
    assert tags.kmh[0] == 60.0


def test_columns_may_be_chinese():
    roads = pd.DataFrame({"单行": ["是", "否"], "限速": ["10公里/小时", ""], "状态": ["现状", "规划"]})
    tags = way_tags(roads, mode="car", speeds=load_speeds())
    assert tags.direction.tolist() == [1, 0]
    assert tags.kmh[0] == 10.0
    assert tags.status.tolist() == ["open", "planned"]


OWN_SPEEDS = [
    (["50", ""], [50.0, np.nan]),
    (["40 km/h", None], [40.0, np.nan]),
    ([30, 45.5], [30.0, 45.5]),
    ([np.nan, 30.0], [np.nan, 30.0]),
]


@pytest.mark.parametrize(("cells", "kmh"), OWN_SPEEDS)
@pytest.mark.parametrize("column", ["speed_kph", "speed_kmh"])
def test_own_speeds_may_have_their_unit_and_empty_cells(column, cells, kmh):
    roads = pd.DataFrame({"highway": "primary", column: cells})
    tags = way_tags(roads, mode="car", speeds=load_speeds())
    np.testing.assert_allclose(tags.kmh, kmh, rtol=1e-3)
    np.testing.assert_allclose(tags.kmh_back, kmh, rtol=1e-3)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (0, "speed_kph of row 2 is 0, but a speed of 0 km/h"),
        (-5.0, "speed_kph of row 2 is -5, but a speed of -5 km/h"),
        ("50 mph", "speed_kph of row 2 is '50 mph', but speeds in km/h must be numbers"),
        ("fast", "speed_kph of row 2 is 'fast', but speeds in km/h must be numbers"),
        ("none", "speed_kph of row 2 is 'none', but"),
        (np.inf, "speed_kph of row 2 is inf, but"),
        (5000, "speed_kph of row 2 is 5000, but a speed of 5000 km/h is above 1000"),
    ],
)
def test_an_own_speed_that_is_none_is_refused_with_file_column_and_row(tmp_path, cell, words):
    shapes = [LineString([(X0, Y0 + y), (X0 + 100, Y0 + y)]) for y in (0, 50)]
    speeds = [str(30), cell] if isinstance(cell, str) else [30.0, float(cell)]
    frame = gpd.GeoDataFrame({"highway": "primary", "speed_kph": speeds}, geometry=shapes, crs=CRS)
    write_gpkg({"roads": frame}, tmp_path / "roads.gpkg")
    with pytest.raises(DataError, match="roads.gpkg: " + words.replace("(", r"\(")) as caught:
        build_graph(tmp_path / "roads.gpkg")
    assert "\n" not in str(caught.value)


def test_every_row_is_accounted_for():
    shapes = [LineString([(X0 + 100 * i, Y0), (X0 + 100 * (i + 1), Y0)]) for i in range(6)]
    shapes += [None, LineString([(X0, Y0), (X0, Y0)])]
    frame = gpd.GeoDataFrame(
        {
            "highway": ["primary", "primary", "odd", "steps", "primary", "", "primary", "primary"],
            "access": ["", "private", "", "", "no", "", "", ""],
            "route": ["", "", "", "", "", "ferry", "", ""],
        },
        geometry=shapes,
        crs=CRS,
    )
    report = build_graph(frame).graph
    assert report["left_out"] == {
        "ferry": 1,
        "no": 1,
        "no geometry": 1,
        "no length": 1,
        "private": 1,
        "steps": 1,
        "unknown class odd": 1,
    }
    assert report["lines"] == 8


def test_a_layer_of_which_nothing_can_be_used_is_refused_with_the_reasons():
    frame = lattice_lines(2, access="private")
    with pytest.raises(DataError, match=r"no lines for mode 'car' \(left out: private 4\)"):
        build_graph(frame)


# Barriers on nodes


def crossing(folder, barrier):
    """Two streets that share their middle node, which holds a barrier."""
    words = "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in barrier.items())
    (folder / "gate.osm").write_text(
        '<osm version="0.6"><node id="1" lat="28.0" lon="105.0"/>'
        f'<node id="2" lat="28.0" lon="105.01">{words}</node><node id="3" lat="28.0" lon="105.02"/>'
        '<node id="4" lat="28.01" lon="105.01"/><node id="5" lat="28.01" lon="105.02"/>'
        '<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>'
        '<way id="11"><nd ref="2"/><nd ref="4"/><nd ref="5"/><tag k="highway" v="residential"/></way></osm>'
    )
    return folder / "gate.osm"


BARRIERS = [
    ({"barrier": "bollard"}, True, False),
    ({"barrier": "block"}, True, False),
    ({"barrier": "jersey_barrier"}, True, False),
    ({"barrier": "kerb"}, False, False),
    ({"barrier": "gate"}, False, False),
    ({"barrier": "lift_gate"}, False, False),
    ({"barrier": "toll_booth"}, False, False),
    ({"barrier": "gate", "access": "no"}, True, False),
    ({"barrier": "gate", "access": "private"}, True, False),
    ({"barrier": "gate", "access": "no", "motor_vehicle": "yes"}, False, False),
    ({"barrier": "bollard", "motor_vehicle": "yes"}, False, False),
    ({"barrier": "bollard", "foot": "no"}, True, True),
    ({"highway": "crossing"}, False, False),
]


@pytest.mark.parametrize(("barrier", "stops_cars", "stops_walkers"), BARRIERS)
def test_a_barrier_parts_every_way_through_its_node(tmp_path, barrier, stops_cars, stops_walkers):
    path = crossing(tmp_path, barrier)
    for mode, stopped in (("car", stops_cars), ("walk", stops_walkers)):
        graph = build_graph(path, mode=mode)
        assert graph.graph["components"] == (3 if stopped else 1)
        assert graph.graph["barriers"] == ({barrier["barrier"]: 1} if stopped else {})
        total = sum(data["length"] for *_, data in graph.edges(data=True)) / 2
        assert total == pytest.approx(2 * 983.5 + 1108.1 + 983.4, abs=5)
        told = any(note == f"barriers: {barrier.get('barrier')} 1" for note in graph_notes(graph))
        assert told == stopped


@pytest.mark.parametrize("words", ["bollard", 3, None, '[{"vertex": 9, "barrier": "bollard"}]', '[{"vertex": 1', "[1]"])
def test_a_layers_own_column_of_that_name_is_none_of_barriers(words):
    assert build_graph(lattice_lines(2, barriers=words)).graph["barriers"] == {}


def test_travel_time_stops_at_a_barrier_too(tmp_path):
    spots = gpd.GeoSeries([Point(X0, Y0), Point(X0 + 450, Y0), Point(X0 + 900, Y0)], crs=CRS).to_crs(4326)
    nodes = [f'<node id="{i + 1}" lat="{p.y:.7f}" lon="{p.x:.7f}">@{i}</node>' for i, p in enumerate(spots)]
    way = '<way id="9"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>'
    gate = '<tag k="barrier" v="bollard"/>'
    text = f'<osm version="0.6">{"".join(nodes)}{way}</osm>'.replace("@1", gate).replace("@0", "").replace("@2", "")
    (tmp_path / "gate.osm").write_text(text)
    roads = read_roads(tmp_path / "gate.osm")
    (there,) = minutes_between(roads, 1, "car", 0, LENGTH)
    # Driven but for the metres round the bollard, which are walked from cell to cell.
    assert 0.06 * LENGTH / 20 < there < 0.06 * LENGTH / 20 + 0.06 * 90 / OFF_ROAD
    source = gpd.GeoDataFrame(geometry=[place(0, 0)], crs=CRS)
    assert travel_time(strips(1), source, roads=roads, mode="car").attrs["barriers"] == {"bollard": 1}


# Saved graphs


def test_a_merged_graph_that_osmnx_saved_has_all_its_rows(tmp_path):
    graph = nx.MultiDiGraph(crs=CRS, simplified=False)
    for node in range(4):
        graph.add_node(node, x=X0 + [0, 500, 1000, 2000][node], y=Y0)
    for one, other, back in ((0, 1, False), (2, 1, False), (2, 3, False)):
        graph.add_edge(one, other, osmid=one, highway="primary", oneway=False, reversed=back, length=0.0)
        graph.add_edge(other, one, osmid=one, highway="primary", oneway=False, reversed=not back, length=0.0)
    for u, v, data in graph.edges(data=True):
        data["length"] = abs(graph.nodes[u]["x"] - graph.nodes[v]["x"])
    merged = ox.simplify_graph(graph, node_attrs_include=None, edge_attrs_differ=None)
    ox.save_graph_geopackage(merged, tmp_path / "saved.gpkg", directed=True)
    saved = gpd.read_file(tmp_path / "saved.gpkg", layer="edges")
    assert saved["reversed"].astype(str).str.contains(r"\[").any()
    own = build_graph(tmp_path / "saved.gpkg")
    ends = [next(n for n, d in own.nodes(data=True) if abs(d["x"] - X0 - x) < 1) for x in (0, 2000)]
    for pair in (ends, ends[::-1]):
        assert nx.shortest_path_length(own, *pair, weight="length") == pytest.approx(2000)
        assert nx.shortest_path_length(own, *pair, weight="travel_time") == pytest.approx(2.4 * 60)


def test_both_speeds_of_a_line_survive_saving(tmp_path):
    frame = gpd.GeoDataFrame(
        {"highway": ["primary"], "maxspeed:forward": ["20"], "maxspeed:backward": ["40"], "surface": ["gravel"]},
        geometry=[LineString([(X0, Y0), (X0 + LENGTH, Y0)])],
        crs=CRS,
    )
    graph = build_graph(frame)
    assert speeds_of(graph) == {0: [16.0, 32.0]}  # gravel takes a fifth
    nodes, edges = graph_to_frames(graph)
    write_gpkg({"nodes": nodes, "edges": edges}, tmp_path / "n.gpkg")
    assert speeds_of(build_graph(tmp_path / "n.gpkg")) == {0: [16.0, 32.0]}


def test_what_an_extract_does_not_tell_a_graph_is_said(tmp_path):
    assert "turn restrictions are not modelled" in graph_notes(build_graph(extract([STREET], tmp_path)))
    assert "turn restrictions are not modelled" not in graph_notes(build_graph(layer([STREET], tmp_path)))


@given(
    closed=st.lists(st.sampled_from(["", "no", "private", "destination"]), min_size=8, max_size=8),
    opened=st.sets(st.integers(0, 7)),
    oneway=st.lists(st.sampled_from(["", "yes", "-1"]), min_size=8, max_size=8),
)
@settings(max_examples=25, deadline=None)
def test_more_rights_never_lengthen_a_way(closed, opened, oneway):
    """Streets of a lattice get closed by tags, then some of them opened again by a more specific tag."""
    frame = lattice_lines(4, access=["yes", *closed[1:]], oneway=oneway)
    freer = frame.assign(motor_vehicle=["yes" if street in opened else "" for street in range(8)])
    before, after = build_graph(frame, noding="all"), build_graph(freer, noding="all")

    def minutes(graph):
        at = {node: (round(d["x"]), round(d["y"])) for node, d in graph.nodes(data=True)}
        found = nx.all_pairs_dijkstra_path_length(graph, weight="travel_time")
        return {(at[u], at[v]): cost for u, row in found for v, cost in row.items()}

    most, least = minutes(before), minutes(after)
    assert node_at(after, 0, 0) is not None
    assert all(least[pair] <= cost + 1e-6 for pair, cost in most.items() if pair in least)
    if before.number_of_nodes() == 16:
        assert most.keys() <= least.keys()


@pytest.mark.parametrize("mode", ["car", "bus", "truck", "walk"])
def test_a_saved_network_has_the_same_minutes_in_the_mode_it_was_saved_for(tmp_path, mode):
    roads = gpd.GeoDataFrame(
        {"highway": ["primary", "tertiary"], "surface": ["", "gravel"], "maxspeed": ["30", ""]},
        geometry=[LineString([(X0, Y0), (X0 + 1000, Y0)]), LineString([(X0 + 1000, Y0), (X0 + 3000, Y0)])],
        crs=CRS,
    )
    graph = build_graph(roads, mode=mode)
    nodes, edges = graph_to_frames(graph)
    write_gpkg({"nodes": nodes, "edges": edges}, tmp_path / "saved.gpkg")
    again = build_graph(tmp_path / "saved.gpkg", mode=mode)
    seconds = [sorted(data["travel_time"] for *_, data in g.edges(data=True)) for g in (graph, again)]
    assert seconds[1] == pytest.approx(seconds[0])
    factor = {"car": 1.0, "bus": 0.7, "truck": 0.8}
    if mode != "walk":
        assert seconds[1][0] == pytest.approx(min(3600 / 30, 2 * 3600 / (25 * 0.8)) / factor[mode])
    by_car = build_graph(tmp_path / "saved.gpkg", mode="car")
    kept = {"walk": 50.0}.get(mode, 30.0)  # the pace of walkers is no speed of a car, the class decides
    assert max(data["speed_kph"] for *_, data in by_car.edges(data=True)) == pytest.approx(kept)


def test_a_reversed_twin_without_a_speed_leaves_that_of_the_line():
    saved = {"u": [1, 2], "v": [2, 1], "reversed": [False, True], "highway": "primary"}
    roads = pd.DataFrame(saved | {"maxspeed:backward": ["20", ""]})
    tags = way_tags(roads, mode="car", speeds=load_speeds())
    assert (tags.kmh_back[0], tags.used.tolist()) == (20.0, [True, False])
