"""The page of hazards and shelters, its record, and what it says of a study."""

import dataclasses
import itertools

import geopandas as gpd
import numpy as np
import pytest
from reading import Read

from nanyi_gis import targets
from nanyi_gis.atlas.pages import entries_of, hazard, make_pages
from nanyi_gis.atlas.prepare import prepare
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.study import load_study

GIVEN = {
    "study": None, "dem": [], "roads": None, "noding": "vertices", "boundaries": None, "assume_datum": None,
    "layers": [], "crops": [], "resolution": 2000.0, "rasters": {}, "population": None, "lang": "zh",
}  # fmt: skip


@pytest.fixture(scope="module")
def atlas():
    return prepare(**GIVEN, public=False)


def made(atlas):
    [[page]] = [group for _, group in make_pages(atlas, only=[hazard.FILE])]
    return page, Read(page.page.html())


def test_the_page_says_what_it_is_and_what_it_cannot_know(atlas):
    page, read = made(atlas)
    text = " ".join(read.texts)
    assert "本页没有一项经过验证，也没有一项是滑坡概率" in text
    assert "没有避难场所名录" in text
    assert "本页不在规划数字旁放任何面积" in text
    assert "石漠化（规划 14 万亩）" in text
    rows = read.rows("封路情景")
    assert len(rows) > 40
    assert {"平时（分）", "封 5%（分）", "封 10%（分）", "封 20%（分）"} <= set(rows[0])
    land = read.rows("各乡镇：失稳占比高的土地")
    assert all(0 <= float(row["失稳占比过半的土地（%）"]) <= 100 for row in land)
    names = [figure.name for figure in page.figures]
    assert names[0] == "次序最靠前一成在其他权重下的保留"
    assert len(names) == 4
    english, read = made(atlas.in_language("en"))
    assert "nothing is the probability of a slide" in " ".join(read.texts)
    assert [figure.value for figure in english.figures] == [figure.value for figure in page.figures]


def test_closing_more_roads_never_brings_a_township_nearer(atlas):
    found = atlas.once((hazard.FILE, "found again"), lambda: hazard._found(atlas))
    after = found.closed.pivot(index="code", columns="share", values="after").to_numpy()
    assert (after[:, :-1] <= after[:, 1:]).all()
    assert (found.land["prone_km2"] <= found.land["km2"] + 1e-9).all()
    first = found.order.values
    share = (first == 1).sum() / (first > 0).sum()
    assert 0.02 <= share <= 0.25  # cells of one score have one place, so about a tenth
    places = [found.score.values[first == code] for code in np.unique(first[first > 0])]
    assert all(one.max() < other.min() for one, other in itertools.pairwise(places))


def test_a_list_of_shelters_is_held_against_the_plan(atlas):
    towns = targets.townships(atlas.study)
    placed = towns[towns.geometry.notna()]
    own = gpd.GeoDataFrame(geometry=placed.geometry.iloc[:5].to_numpy(), crs=placed.crs)
    given = dataclasses.replace(atlas, extra={"避难场所": own}, shared=dict(atlas.shared))
    given.shared.pop((hazard.FILE, "coverage"), None)
    _, read = made(given)
    text = " ".join(read.texts)
    assert "名录 5 处" in text
    rows = read.rows("名录覆盖：各乡镇")
    assert sum(int(row["处"]) for row in rows) == 5
    assert max(float(row["60 分内（%）"]) for row in rows) > 0


def test_a_study_without_a_record_has_no_page(atlas, tmp_path):
    files = {key: path for key, path in atlas.study.files.items() if key != "systems"}
    bare = dataclasses.replace(atlas, study=dataclasses.replace(atlas.study, files=files), shared={})
    [entry] = entries_of(hazard, bare)
    assert "no record of hazards" in entry.lacks[1]
    assert hazard.items_of(bare) == []
    assert targets.hazard_record(bare.study) is None
    (tmp_path / "hazard.toml").write_text("towns = 'I-42'\nvillages = 'I-43'\nshelter = 3\n", encoding="utf-8")
    study = dataclasses.replace(load_study(), files={**files, "systems": tmp_path})
    with pytest.raises(ParameterError, match=r"soil is missing|shelter is no key"):
        targets.hazard_record(study)
    text = (load_study().files["systems"] / "hazard.toml").read_text(encoding="utf-8")
    (tmp_path / "hazard.toml").write_text(text.replace("I-42", "I-999"), encoding="utf-8")
    with pytest.raises(DataError, match="'I-999' is no item of the plan"):
        targets.hazard_record(study)


def test_a_public_page_places_nothing_finer(atlas):
    public = prepare(**GIVEN, public=True)
    page, read = made(public)
    assert "没有避难场所名录" in " ".join(read.texts)
    assert len(page.figures) == 4
