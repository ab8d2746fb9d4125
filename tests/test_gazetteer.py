"""The gazetteer of the atlas, and the initials of names."""

import json
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanyi_gis import plan as plan_room
from nanyi_gis.atlas.gazetteer import KINDS, gazetteer
from nanyi_gis.atlas.pinyin import COMMON, initials, plain, syllables
from nanyi_gis.errors import DataError
from nanyi_gis.study import load_study
from nanyi_gis.webmap import Gazetteer, GazetteerPlace


@pytest.fixture(scope="module")
def study():
    return load_study()


def made(study, *, public=False):
    places = study.plan.places
    shown = places[places["public"]] if public else places
    located = plan_room.located(shown)
    return gazetteer(
        SimpleNamespace(study=study, plan=study.plan, located=located, public=public, coarsened=lambda frame: frame)
    )


def test_it_has_every_located_place_and_is_small(study):
    found = made(study)
    names = {place.zh for place in found.places}
    assert set(plan_room.located(study.plan.places)["name_zh"]) <= names
    assert set(study.counties["name_zh"]) <= names
    assert set(study.neighbours["name_zh"]) <= names
    assert sum(place.rank == 2 for place in found.places) == len(
        plan_room.of_kind(plan_room.located(study.plan.places), "township")
    )
    assert len(json.dumps(found.record).encode()) < 12_000
    assert len({place.key for place in found.places}) == len(found.places)


def test_no_name_stands_twice_for_one_thing(study):
    around = [place.zh for place in made(study).places if place.rank == 5]
    assert len(around) == len(set(around))


def test_what_is_not_public_is_left_out(study):
    hidden = set(study.plan.places.loc[~study.plan.places["public"], "name_zh"])
    found = made(study, public=True)
    assert not hidden & {place.zh for place in found.places}
    assert {item.id for item in found.items} == {item.id for item in study.plan.items if item.public}


def test_ranks_are_those_of_the_kinds(study):
    by_name = {place.zh: KINDS[place.rank][1] for place in made(study).places}
    assert by_name["古蔺县"] == "County"
    assert by_name["太平镇"] == "Township"
    assert by_name["古蔺站"].startswith("Station")
    assert by_name["赤水市"] == "City or county nearby"
    assert by_name["赤水气象站"] == "Place nearby"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("太平镇", "tpz"), ("石厢子彝族乡", "sxzyzx"), ("二郎镇", "elz"), ("永乐街道", "yljd"), ("合乐苗族乡", "hlmzx"),
     ("叙永县", "xyx"), ("古蔺县人民医院", "glxrmyy"), ("叙永北站", "xybz"), ("镇雄县", "zxx")],
)  # fmt: skip
def test_initials_of_places(study, name, letters):
    assert next(place.initials for place in made(study).places if place.zh == name) == letters


@pytest.mark.parametrize(
    ("text", "count", "parts"),
    [("Chìshuǐ", 2, ["chi", "shui"]), ("Jīmíng Sānshěng", 4, ["ji", "ming", "san", "sheng"]),
     ("Nǚ'ér", 2, ["nv", "er"]),
     ("Huángjīng", 2, ["huang", "jing"]), ("Èrláng", 2, ["er", "lang"]), ("Gulin", 3, None), ("", 1, None),
     ("Bridge", 2, None)],
)  # fmt: skip
def test_syllables(text, count, parts):
    assert syllables(text, count) == parts


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=20), st.text(max_size=20))
def test_odd_names_have_initials_too(name, pinyin):
    assert set(initials(name, pinyin, COMMON)) <= set("abcdefghijklmnopqrstuvwxyz")
    assert set(plain(pinyin)) <= set("abcdefghijklmnopqrstuvwxyz")


@pytest.mark.parametrize(
    ("field", "value", "says"), [("rank", 5, "rank 5"), ("lon", float("nan"), "nowhere"), ("lat", 95.0, "nowhere")]
)
def test_a_place_that_cannot_be_is_refused(field, value, says):
    fields = {"key": "a", "zh": "甲", "en": "", "pinyin": "", "initials": "j", "rank": 0, "lon": 105.0, "lat": 28.0}
    with pytest.raises(DataError, match=says):
        Gazetteer([GazetteerPlace(**{**fields, field: value})], kinds=[("县", "County")])
