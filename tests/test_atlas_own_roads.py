"""What the pages say of roads of the user's own."""

from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import pytest
from shapely.geometry import LineString

from nanyi_gis.atlas.scenarios import network_note
from nanyi_gis.network import build_graph

CROSS = [
    LineString([(540_000, 3_100_100), (540_200, 3_100_100)]),
    LineString([(540_100, 3_100_000), (540_100, 3_100_200)]),
]


@pytest.mark.parametrize(
    ("classes", "noding", "words"),
    [
        (
            ["primary", "primary"],
            "vertices",
            "; 1 crossings not joined, 0 of them with motorways; the lines look unnoded",
        ),
        (["primary", "motorway"], "all", "; 1 crossings not joined, 1 of them with motorways"),
        (["primary", "primary"], "all", "Network: the user's file own.gpkg"),
    ],
)
def test_the_note_says_what_was_not_joined(classes, noding, words):
    graph = build_graph(gpd.GeoDataFrame({"highway": classes}, geometry=CROSS, crs="EPSG:4544"), noding=noding)
    atlas = SimpleNamespace(roads=Path("own.gpkg"), graphs={"own": graph}, say=lambda zh, en: en)
    note = network_note(atlas)
    assert words in note
    assert ("unnoded" in note) is ("unnoded" in words)
