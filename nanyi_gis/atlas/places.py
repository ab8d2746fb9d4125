"""Kinds of places as the pages draw and name them, and what has no place on the map."""

import re
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
_NOTES: tuple[tuple[str, str], ...] = (  # notes of the gazetteer, which are in English, for Chinese readers
    (r"plan only", "仅见于规划"),
    (r"do not assume (\S+)", r"未必在\1"),
    (r"not to be shown publicly", "公开图不显示"),
    (r"in (\S+), (\S+) km from county seat", r"在\1，距县城 \2 km"),
    (r"the published box is the county box, useless", "公布的范围框为全县，不可用"),
    (r"(\S+) road-km from county seat", r"距县城公路 \1 km"),
    (r"peak (\d+) m", r"主峰 \1 m"),
    (r"(\S+) km to the Yunnan line", r"距川滇界 \1 km"),
    (r"(\S+) area", r"\1一带"),
    (r"on (\S+)", r"在\1上"),
    (r"between (\S+) and (\S+)", r"在\1与\2之间"),
    (r"no coordinates found", "未找到坐标"),
    (r"compiled from published reports, (\S+): (.+)", r"据公开报道整理，\1：\2"),
    (r"plan, clause (.+)", r"规划条款 \1"),
    (r"plan", "规划"),
    (r"named among Gulin's distilleries in a report of (\S+) \((.+)\)", r"\1 报道列为古蔺酒企（\2）"),
    (r"site not published", "地点未公布"),
    (
        r"one report puts it at (\S+) \((.+)\), another names \1 apart from it \((.+)\)",
        r"一处报道称在\1（\2），另一处将\1与其分列（\3）",
    ),
    (r"a river, not a point", "河流，不作点表示"),
    (r"places not named", "地点未列名"),
)


def note_zh(note: str) -> str:
    """Return a note of the gazetteer in Chinese, part by part; a part that is in no list stays as it is.

    >>> note_zh("plan only; do not assume 箭竹苗族乡")
    '仅见于规划；未必在箭竹苗族乡'
    >>> note_zh("something else")
    'something else'
    """
    return "；".join(_part_zh(part) for part in note.split("; ")) if note else note


def _part_zh(part: str) -> str:
    found = ((re.fullmatch(pattern, part), text) for pattern, text in _NOTES)
    return next((match.expand(text) for match, text in found if match), part)


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
    names = [*_UNDRAWN, *((kind, zh, en) for kind, zh, en, *_ in KINDS)]
    kinds = {kind: atlas.say(zh, en) for kind, zh, en in names}
    corridor, cluster = atlas.say("走廊", "corridor"), atlas.say("酱酒配套", "liquor support")
    rows = [
        (_shown(row, atlas), "、".join(kinds.get(k, k) for k in row["kind"]), row["county"], row["source"])
        for _, row in atlas.unlocated.iterrows()
    ]
    for _, row in plan_room.unlocated_corridors(atlas.plan.corridors).iterrows():
        rows.append((_shown(row, atlas), corridor, "", row["source"]))
    for _, row in plan_room.unlocated(plan_room.liquor_clusters(atlas.plan)).iterrows():
        rows.append((_shown(row, atlas), cluster, row["county"], row["source"]))
    head = [atlas.say("名称", "Name"), atlas.say("类别", "Kind"), atlas.say("县", "County"), atlas.say("说明", "Note")]
    counties = {name: _county(name, atlas) for *_, name, _ in rows}
    told = [(*row[:2], counties[row[2]], note_zh(row[3]) if atlas.lang == "zh" else row[3]) for row in rows]
    return pd.DataFrame(told, columns=head)


def _county(short: str, atlas: Atlas) -> str:
    """Return the name of a county of the study in the language of the atlas; of another as the gazetteer has it."""
    full = (name for zh, name in atlas.county_names.items() if short and zh.startswith(short))
    return short if atlas.lang == "zh" else next(full, short)


def _shown(row: Any, atlas: Atlas) -> str:
    return str(row[atlas.name] or row["name_zh"])
