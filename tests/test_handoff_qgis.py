"""The project and the styled package in QGIS itself, by the Python that Debian installs it for.

``apt-get install --no-install-recommends python3-qgis`` brings it.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyogrio
import pytest

from nanyi_gis.atlas.places import KINDS

OPENS = Path(__file__).with_name("qgis_opens.py")
PYTHON = "/usr/bin/python3"


def environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return kept | {"QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}


@pytest.fixture(scope="module")
def opened(coarse_atlas, tmp_path_factory) -> dict[str, Any]:
    """Return what QGIS says of the project, moved to another folder first."""
    folder = tmp_path_factory.mktemp("qgis")
    folder.chmod(0o700)
    ask = [PYTHON, "-c", "import qgis.core"]
    if not Path(PYTHON).exists() or subprocess.run(ask, capture_output=True, env=environment(folder)).returncode:
        pytest.skip("no QGIS for the system's Python; apt-get install --no-install-recommends python3-qgis")
    data = folder / "另一处 data"
    shutil.copytree(coarse_atlas / "data", data)
    run = subprocess.run(
        [PYTHON, str(OPENS), str(data / "nanyi.qgz"), str(data / "nanyi.gpkg"), str(folder / "map.png")],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(folder),
        timeout=240,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    told: dict[str, Any] = json.loads(run.stdout.strip().splitlines()[-1])
    told["picture"] = folder / "map.png"
    return told


def layer(opened: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in opened["layers"].values() if one["name"] == name)
    return found


def test_the_project_opens_and_every_layer_is_valid(opened):
    assert opened["read"]
    assert opened["crs"] == "EPSG:4544"
    assert opened["title"] == "“南翼”空间规划图集"
    assert not opened["absolute"]
    assert len(opened["layers"]) >= 20
    assert [one["name"] for one in opened["layers"].values() if not one["valid"]] == []
    assert all(key.startswith("nanyi_gis_layer_") for key in opened["layers"]), "ids are kept, and so the tree"


def test_its_layers_are_grouped_and_one_year_shows_at_a_time(opened):
    tree = {name: (exclusive, on, children) for name, exclusive, on, children in opened["tree"]}
    assert next(iter(tree)) == "地点"
    exclusive, on, years = tree["路网（示意，按年份）"]
    assert exclusive
    assert not on
    assert [name for name, shown in years if shown] == [next(name for name, _ in years if name.startswith("现状"))]
    assert ["两县县界", True] in tree["底图"][2]
    assert ["坡度（度）", False] in tree["地形"][2]


def test_categories_cover_every_feature_in_the_colours_of_the_pages(opened, coarse_atlas):
    categorised = [one for one in opened["layers"].values() if one.get("renderer") == "categorizedSymbol"]
    assert len(categorised) >= 5
    assert [(one["name"], one["undrawn"]) for one in categorised if one["undrawn"]] == []
    places = layer(opened, "地点")
    colours = {kind: (zh, colour.lower()) for kind, zh, _, colour, *_ in KINDS}
    for key, (label, colour) in places["categories"].items():
        first = key.split(";")[0]
        assert label.split("、")[0] == colours[first][0]
        assert colour == colours[first][1]
    years = [one for one in opened["layers"].values() if "network_edges" in one["source"]]
    assert len({one["rows"] for one in years}) == 3, "the years differ in what is open"
    assert (
        max(one["rows"] for one in years)
        == pyogrio.read_info(coarse_atlas / "data" / "nanyi.gpkg", layer="network_edges")["features"]
    )


def test_fields_have_their_chinese_names_in_project_and_file(opened):
    for told in (layer(opened, "地点"), opened["package"]["places"], layer(opened, "规划条目")):
        assert told["aliases"]["name_zh"] == "名称"
        assert told["aliases_of_the_file"]["name_zh"] == "名称"
    assert layer(opened, "交通走廊（示意，现状）")["aliases"]["published_length_km"] == "公布里程（公里）"


def test_the_package_alone_opens_styled(opened):
    package = opened["package"]
    assert all(one["valid"] for one in package.values())
    assert package["places"]["renderer"] == "categorizedSymbol"
    assert package["places"]["categories"] == layer(opened, "地点")["categories"]
    assert package["corridors"]["undrawn"] == 0
    assert package["counties"]["colour"] == "#20313f"
    assert package["counties"]["labels"] == "name_zh"


def test_rasters_have_classes_in_colour(opened):
    assert layer(opened, "高程分带")["renderer"] == "paletted"
    assert [colour for _, colour in layer(opened, "高程分带")["legend"]] == ["#f0ffd2", "#b4b446", "#966432", "#462814"]
    assert [label for label, _ in layer(opened, "坡度（度）")["legend"]] == ["≤2°", "2–6°", "6–15°", "15–25°", ">25°"]


def test_what_is_drawn_is_no_empty_sheet(opened):
    from PIL import Image

    with Image.open(opened["picture"]) as picture:
        assert len(picture.convert("RGB").getcolors(maxcolors=10_000_000)) > 500
