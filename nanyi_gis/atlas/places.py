"""Kinds of places as the pages draw and name them, and what has no place on the map."""

from typing import Any

import pandas as pd

from .. import plan as plan_room
from .context import Atlas

KINDS: tuple[tuple[str, str, str, str, str, float, bool], ...] = (
    # kind, Chinese, English, colour, shape, radius, shown
    ("township", "乡镇驻地", "Township seats", "#55626b", "circle", 3.5, True),
    ("county_seat", "县城", "County seats", "#20313f", "square", 7, True),
    ("city", "周边城市", "Neighbouring cities", "#7d8b96", "square", 6, True),
    ("town", "周边城镇", "Neighbouring towns", "#7d8b96", "square", 4.5, True),
    ("red_site", "红色遗址", "Long March sites", "#C8102E", "star", 8, True),
    ("distillery", "酒企酒镇", "Distilleries", "#D55E00", "diamond", 7, True),
    ("wellness", "康养点", "Wellness places", "#009E73", "circle", 6, True),
    ("scenic", "景区", "Scenic areas", "#2f6b2a", "triangle", 6, True),
    ("heritage", "古迹", "Heritage", "#4a2a14", "diamond", 6, True),
    ("health", "医疗养老", "Health and care", "#f0b8d0", "circle", 6, False),
    ("campus", "干部学院校区", "Cadre-college campuses", "#7A1020", "star", 6, False),
    ("industry", "工业园区", "Industry", "#b0b8be", "diamond", 6, False),
    ("station", "铁路车站", "Railway stations", "#111111", "square", 4.5, False),
    ("interchange", "高速互通", "Motorway interchanges", "#0072B2", "diamond", 6, False),
    ("tripoint", "界点", "Boundary points", "#d8a860", "triangle", 5, False),
    ("bridge", "特大桥", "Bridges", "#7A4B2A", "square", 5, False),
    ("weather_station", "气象站", "Weather stations", "#56B4E9", "star", 5, False),
)
_UNDRAWN: tuple[tuple[str, str, str], ...] = (
    ("reserve", "保护区", "reserve"),
    ("reservoir", "水库", "reservoir"),
    ("river", "河流", "river"),
    ("wind", "风电场", "wind farm"),
    ("airport", "机场", "airport"),
)


def kind_words(atlas: Atlas) -> dict[str, str]:
    """Return the name of each kind of place, drawn or not, in the language of the atlas."""
    named = [*_UNDRAWN, *((kind, zh, en) for kind, zh, en, *_ in KINDS)]
    return {kind: atlas.say(zh, en) for kind, zh, en in named}


def heights(places: pd.DataFrame, atlas: Atlas) -> "pd.Series[str]":
    """Return the published height of each place in words, with what it is of where that is not the place itself."""
    of = {
        "river": atlas.say("（河面）", " (the river below)"),
        "summit": atlas.say("（山顶）", " (the summit)"),
        "mean": atlas.say("（区域平均）", " (mean of the area)"),
    }
    told = []
    for place in places[["elevation_m", "elevation_min_m", "elevation_max_m", "elevation_of"]].itertuples(index=False):
        spread = "" if pd.isna(place[1]) or pd.isna(place[2]) else f"{place[1]:g}–{place[2]:g}"
        at = "" if pd.isna(place[0]) else f"{place[0]:g}{of.get(place[3], '')}"
        told.append(atlas.say("；", "; ").join(filter(None, (at, spread))))
    return pd.Series(told, index=places.index, dtype=str)


def unlocated_table(atlas: Atlas) -> pd.DataFrame:
    """Return places without a coordinate and corridors without a line, as a table for readers."""
    kinds = kind_words(atlas)
    corridor, cluster = atlas.say("走廊", "corridor"), atlas.say("酱酒配套", "liquor support")
    rows = [
        (
            _shown(row, atlas),
            atlas.say("、", ", ").join(kinds.get(k, k) for k in row["kind"]),
            row["county"],
            row["source"],
        )
        for _, row in atlas.unlocated.iterrows()
    ]
    for _, row in plan_room.unlocated_corridors(atlas.plan.corridors).iterrows():
        rows.append((_shown(row, atlas), corridor, "", row["source"]))
    for _, row in plan_room.unlocated(plan_room.liquor_clusters(atlas.plan)).iterrows():
        rows.append((_shown(row, atlas), cluster, row["county"], row["source"]))
    head = [atlas.say("名称", "Name"), atlas.say("类别", "Kind"), atlas.say("县", "County"), atlas.say("说明", "Note")]
    told = [(*row[:2], atlas.county(str(row[2])), atlas.said(str(row[3]))) for row in rows]
    table = pd.DataFrame(told, columns=head)
    table.attrs["hints"] = {head[-1]: [str(row[3]) for row in rows]}
    return table


def _shown(row: Any, atlas: Atlas) -> str:
    return str(row[atlas.name] or row["name_zh"])
