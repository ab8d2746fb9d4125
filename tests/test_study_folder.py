"""A study as a folder: its record, its faults in one line, its template."""

import os
import shutil
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, NanyiError, OutputError, ParameterError
from nanyi_gis.io import data_file, read_provenance
from nanyi_gis.plan import load_plan
from nanyi_gis.schematic import schematic_tables
from nanyi_gis.study import StudyRecord, TownshipPeople, load_study, read_census, read_record, write_template

GOOD = """
id = "here"
title_zh = "此地"
title_en = "Here"
crs = "EPSG:4547"
edges = [100, 200]
counties = "counties.geojson"
"""


def study(folder: Path, text: str = GOOD, **frame: object) -> Path:
    folder.mkdir(exist_ok=True)
    square = gpd.GeoDataFrame({"name": ["甲县"], **frame}, geometry=[shapely.box(114, 30, 114.1, 30.1)], crs=4326)
    square.to_file(folder / "counties.geojson", engine="pyogrio")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_south_wing_is_the_first_study():
    area = load_study()
    assert (area.id, area.crs, area.edges) == ("south-wing", "EPSG:4544", (700.0, 900.0, 1200.0))
    assert list(area.crops)[:4] == ["orange", "plum", "kiwifruit", "sorghum"]
    assert "bamboo" in area.crops
    assert all(path.is_file() for path in [*area.crops.values(), area.climate, area.dem])
    assert dict(area.seats) == {"叙永县": "510524100", "古蔺县": "510525001"}
    assert area.plan == load_plan()
    assert dict(area.dates) == {"plan": "2022-03-14", "today": "2026-02-28"}
    assert len(area.places) == 154
    assert (area.title("zh"), area.title("en")) == ("“南翼”", "the South Wing")
    assert (area.text("river", "zh"), area.text("river", "en")) == ("赤水河", "Chishui River")
    assert read_provenance(data_file("study.toml")).evidence == "derived"
    codes = set(area.places["code"])
    assert set(area.seats.values()) <= codes


def test_a_study_is_given_by_its_folder_or_its_file(tmp_path):
    folder = study(tmp_path / "甲 县")
    for source in (folder, folder / "study.toml", str(folder)):
        area = load_study(study=source)
        assert area.counties["name_zh"].tolist() == ["甲县"]
        assert area.counties.crs == "EPSG:4547"
        # a hundredth of a degree squared at 30.05 N, to half a percent
        assert area.counties["area_km2"].iloc[0] == pytest.approx(11.085 * 9.64, rel=5e-3)
        assert area.counties["evidence"].tolist() == ["digitised"]
    assert load_study(folder).id == load_study(folder / "study.toml").id == "here"
    own = gpd.GeoDataFrame({"name": ["小"]}, geometry=[shapely.box(114.01, 30.01, 114.05, 30.05)], crs=4326)
    own.to_file(tmp_path / "own.gpkg")
    assert load_study(tmp_path / "own.gpkg", study=folder).counties["name_zh"].tolist() == ["小"]
    away = own.set_geometry(own.translate(3))
    away.to_file(tmp_path / "away.gpkg")
    with pytest.raises(DataError, match="lies mainly in 甲县"):
        load_study(tmp_path / "away.gpkg", study=folder)


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        (("[100, 200]", "[200, 100]"), ParameterError, r"edges are 200, 100, but must rise strictly"),
        (("[100, 200]", "[]"), ParameterError, r"edges is empty"),
        (("[100, 200]", '"high"'), ParameterError, r"edges"),
        (("[100, 200]", "[100, nan]"), ParameterError, r"edges is nan, but must be a finite number"),
        (("EPSG:4547", "EPSG:4326"), ParameterError, r"crs is 'EPSG:4326', but must be a projected CRS in metres"),
        (("EPSG:4547", "EPSG:999999"), ParameterError, r"crs is 'EPSG:999999', but must be a CRS that PROJ knows"),
        (("EPSG:4547", "EPSG:4540"), DataError, r"crs is 'EPSG:4540', but it stretches areas .* use e.g. EPSG:4547"),
        (('crs = "EPSG:4547"', "crs = 4547.5"), ParameterError, r"crs is 4547\.5, but must be"),
        (('id = "here"', 'id = "he/re"'), ParameterError, r"id is 'he/re'"),
        (('title_en = "Here"\n', ""), ParameterError, r"title_en is missing; add it"),
        (
            ('id = "here"', 'id = "here"\nrivers = "x"'),
            ParameterError,
            r"rivers is no key of a study; the keys are: id",
        ),
        (("counties.geojson", "gone.geojson"), DataError, r"counties is 'gone\.geojson', but there is no such file"),
        (('id = "here"', 'id = "here"\nplan = "plan"'), DataError, r"plan is 'plan', but there is no such folder"),
        (('id = "here"', 'id = "here"\ncrops = ["tea.toml"]'), DataError, r"crops is 'tea\.toml'"),
        (('id = "here"', 'id = "here"\nclimate = 5'), ParameterError, r"climate is 5"),
        (('geojson"', 'geojson"\n[dates]\nplan = "soon"'), ParameterError, r"dates\.plan is 'soon'"),
        (('geojson"', 'geojson"\n[dates]\nnow = 2020-01-01'), ParameterError, r"dates\.now is no key .* plan, today"),
        (('id = "here"', "id = here"), DataError, r"no (valid TOML|UTF-8 text)"),
    ],
)
def test_faults_of_the_record_are_one_line(tmp_path, capsys, change, kind, message):
    folder = study(tmp_path / "s", GOOD.replace(*change))
    with pytest.raises(kind, match=message) as caught:
        load_study(study=folder)
    assert "study.toml" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert main(["build", "--study", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_missing_folders_and_bad_files(tmp_path):
    with pytest.raises(DataError, match=r"no file .*study\.toml; give the folder of a study"):
        load_study(study=tmp_path)
    with pytest.raises(DataError, match="no file"):
        load_study(study=tmp_path / "nowhere")
    (tmp_path / "study.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"no (valid TOML|UTF-8 text)"):
        load_study(study=tmp_path)
    folder = study(tmp_path / "nameless", depth=["x"])
    gpd.read_file(folder / "counties.geojson").drop(columns="name").to_file(folder / "counties.geojson")
    with pytest.raises(ParameterError, match="no column of names"):
        load_study(study=folder)


@given(st.text(max_size=200))
def test_any_text_as_a_record_is_read_or_refused(text):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "study.toml").write_text(text, encoding="utf-8", newline="")
        with pytest.raises(NanyiError):  # text so short has never all the keys
            read_record(folder)


def test_census(tmp_path):
    path = tmp_path / "census.toml"
    path.write_text('as_of = "2020-11-01"\n[county]\n"甲" = 12\n', encoding="utf-8")
    census = read_census(path)
    assert (dict(census.people), census.as_of) == ({"甲": 12}, "2020-11-01")
    for text, message in (
        ("", r"county is missing"),
        ('[county]\n"甲" = -1\n', r"甲 has -1 people"),
        ('[county]\n"甲" = "many"\n', r"甲 has 'many' people"),
        ('[county]\n"甲" = true\n', r"甲 has True people"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ParameterError, match=message):
            read_census(path)
    with pytest.raises(DataError, match="no file"):
        read_census(tmp_path / "gone.toml")


def test_a_census_may_name_townships_and_the_shares_of_seats(tmp_path):
    path = tmp_path / "census.toml"
    head = 'seat_shares = [0.2, 0.3]\n[county]\n"甲" = 12\n'
    town = '[[township]]\ncode = "1"\npeople = 5\nyear = 2023\nsource = "yearbook"\n'
    path.write_text(head + town, encoding="utf-8")
    census = read_census(path)
    assert census.seat_shares == (0.2, 0.3)
    assert census.townships == (TownshipPeople("1", 5, 2023, "yearbook"),)
    for text, message in (
        (head + town + town, "township 1 stands there twice"),
        (head + town.replace('"1"', "1"), "township 1 has no code"),
        (head + town.replace("5", "-5"), "township 1 has -5 people"),
        (head + town.replace("2023", '"2023"'), "township 1 needs a year"),
        (head + town.replace('source = "yearbook"', ""), "township 1 needs a year and a source"),
        (head.replace("[0.2, 0.3]", "[0.3, 0.2]"), r"seat_shares is \[0.3, 0.2\], but must be rising"),
        (head.replace("[0.2, 0.3]", "[25, 33]"), r"seat_shares is \[25, 33\]"),
        (head.replace("[0.2, 0.3]", '"much"'), "seat_shares is 'much'"),
        ("township = 3\n" + head, "township is no list of tables"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ParameterError, match=message):
            read_census(path)


# the template


def test_the_template_explains_every_key_in_two_languages(tmp_path):
    text = (write_template(tmp_path / "t")[-1]).read_text(encoding="utf-8")
    for key in StudyRecord.model_fields:
        assert f"{key} = " in text or f"[{key}]" in text, key
    comments = [line for line in text.splitlines() if line.startswith("# ")]
    assert sum(any("一" <= letter <= "鿿" for letter in line) for line in comments) > 15
    assert max(map(len, text.splitlines())) <= 125


def test_the_template_with_counties_is_a_study(tmp_path):
    folder = tmp_path / "t"
    assert main(["init", str(folder)]) == 0
    with pytest.raises(DataError, match=r"counties is 'counties\.geojson', but there is no such file"):
        load_study(study=folder)
    square = gpd.GeoDataFrame({"name": ["甲县"]}, geometry=[shapely.box(105, 28, 105.1, 28.1)], crs=4326)
    square.to_file(folder / "counties.geojson")
    assert load_study(study=folder).id == "my-county"
    text = (folder / "study.toml").read_text(encoding="utf-8")
    for line in ('places = "places.csv"', 'census = "census.toml"'):
        text = text.replace(f"# {line}", line)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    full = load_study(study=folder)
    assert full.places["located"].tolist() == [False]
    assert dict(full.census) == {"示例": 100000}


def test_init_writes_into_an_empty_folder_or_when_forced(tmp_path, capsys):
    folder = tmp_path / "我的 县"
    folder.mkdir()
    assert main(["init", str(folder)]) == 0
    assert len(capsys.readouterr().out.split()) >= 4
    (folder / "study.toml").write_text("mine", encoding="utf-8")
    assert main(["init", str(folder)]) == 2
    assert "is not empty; give a new folder, or --force" in capsys.readouterr().err
    assert (folder / "study.toml").read_text(encoding="utf-8") == "mine"
    assert main(["init", str(folder), "--force"]) == 0
    assert (folder / "study.toml").read_text(encoding="utf-8") != "mine"
    taken = tmp_path / "file"
    taken.write_text("", encoding="utf-8")
    with pytest.raises(OutputError):
        write_template(taken)
    assert taken.read_text(encoding="utf-8") == ""


@pytest.mark.parametrize(
    "content", [b"id,u\n", b"name\xff,id\n", b"id,u,v,rule\nL-1,nowhere,township-510524105,x\n", None]
)
def test_odd_local_links_are_one_line(tmp_path, content):
    folder = tmp_path / "data"
    shutil.copytree(data_file("study.toml").parent, folder)
    links = folder / "network" / "local_links.csv"
    links.write_bytes(content or b"")
    if content is None:
        os.truncate(links, 1 << 30)
    with pytest.raises(DataError, match="local_links"):
        schematic_tables(load_study(folder))


def test_records_of_a_plan_that_claim_a_gigabyte_are_not_read(tmp_path):
    (tmp_path / "items.json").touch()
    os.truncate(tmp_path / "items.json", 1 << 30)
    with pytest.raises(DataError, match="1,073,741,824 bytes, above the limit"):
        load_plan(tmp_path)
