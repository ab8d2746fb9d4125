"""Codes and sources of layers in the words of readers, for spreadsheets and balloons; the GeoPackage keeps them raw."""

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd

from ...plan import THEMES
from ...webmap import evidence_word
from .. import plan_words
from ..context import Atlas
from ..links import STATES
from ..pages import network, overview
from ..places import kind_words
from ..proposed import FACILITIES

_SOURCES = ("source", "as_of", "licence", "note")
_WAYS = {
    "road": ("公路", "road"),
    "car": ("小汽车", "car"),
    "bus": ("客车", "bus"),
    "truck": ("货车", "truck"),
    "walk": ("步行", "on foot"),
}
_DRAWN = {
    "county": ("县", "county"),
    "neighbour": ("相邻县区", "neighbouring county"),
    "river_frontage": ("沿河县界", "river frontage"),
    "liquor_cluster": ("酱酒组团", "liquor cluster"),
    "wellness_core": ("康养核", "wellness core"),
    "wellness_point": ("康养点", "wellness point"),
}


def spoken(atlas: Atlas, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a layer of ours with its codes and sources in the language of the atlas, as far as they are known."""
    ways = _ways(atlas)
    told = {
        str(column): [ways[str(column)](value) if isinstance(value, str) else value for value in frame[column]]
        for column in frame.columns
        if str(column) in ways
    }
    return frame.assign(**told)


def _ways(atlas: Atlas) -> dict[str, Callable[[str], str]]:
    """Return how the values of each column are put into words."""
    states = {state: atlas.say(*words) for state, words in STATES.items()}
    kinds = {kind: atlas.say(*words) for kind, words in (plan_words.KINDS | _DRAWN).items()} | kind_words(atlas)
    modes = {mode: atlas.say(zh, en) for mode, (zh, en, *_) in overview.MODES.items()}
    tables = {
        **dict.fromkeys(("status", "status_now", "status_2022"), states),
        "kind": kinds,
        "facility": {name: atlas.say(*words) for name, words in FACILITIES.items()},
        "theme": {theme: atlas.say(*words) for theme, words in THEMES.items()},
        "mode": modes | {mode: atlas.say(*words) for mode, words in _WAYS.items()},
        "highway": network.class_names(atlas),
    }
    ways: dict[str, Callable[[str], str]] = dict.fromkeys(_SOURCES, atlas.said)
    ways |= {name: partial(_each, words, atlas.say("、", ", ")) for name, words in tables.items()}
    return ways | {
        "evidence": partial(evidence_word, lang=atlas.lang),
        "remark": partial(plan_words.remark, lang=atlas.lang),
    }


def _each(words: Mapping[str, str], between: str, codes: str) -> str:
    """Return codes between semicolons in words.

    >>> _each({"a": "Well"}, ", ", "a;b")
    'Well, b'
    """
    return between.join(words.get(code, code) for code in codes.split(";"))
