"""What a public atlas leaves out, told on its pages and in its manifest without showing it."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..plan import PUBLIC_GRID_M

if TYPE_CHECKING:
    from .context import Atlas

_KINDS: dict[str, tuple[str, str, str]] = {
    # kind of record: Chinese, English, where it would stand
    "item": ("规划条目", "Items of the plan", "plan items: pages, sheets, data/nanyi.gpkg (plan_items), tables.xlsx"),
    "place": (
        "地点",
        "Places",
        "map and lists of places: pages, sheets, data/nanyi.gpkg (places, places_unlocated), nanyi.kml, nanyi.dxf, "
        "tables.xlsx",
    ),
    "check": ("一致性检查", "Checks", "consistency checks: pages, data/nanyi.gpkg (plan_checks), tables.xlsx"),
    "milestone": ("时间节点", "Milestones", "timeline: pages"),
}
GENERAL: tuple[tuple[str, str, str], ...] = (
    (
        "coordinates",
        "positions, boundaries and profiles rounded to 50 m; degrees in notes to three decimals",
        "every vector layer of pages, sheets and data files",
    ),
    (
        "elevations",
        "grid of 100 m or coarser; heights of the map, of places and of profiles in steps of 20 m",
        "relief, read-outs, places, profiles, data/*.tif",
    ),
)
"""What is coarsened rather than left out: what, rule, where."""


def public_note(atlas: "Atlas") -> str:
    """Return the sentence of every public page on what it does not show."""
    return atlas.say(
        f"公开版：{len(atlas.withheld)} 项不宜公开的内容未表示（见首页），点位取整到 {PUBLIC_GRID_M:g} m，"
        "高程格网不细于 100 m",
        f"Public edition: {len(atlas.withheld)} records are withheld (see the first page); positions are rounded to "
        f"{PUBLIC_GRID_M:g} m, elevations are on a grid of 100 m or coarser",
    )


def public_lines(atlas: "Atlas") -> list[str]:
    """Return what stands on a public sheet: that it is one, what is not shown and by which rule, what is coarse."""
    kinds = Counter(record.kind for record in atlas.withheld)
    rules = Counter(atlas.say(record.rule_zh, record.rule_en) for record in atlas.withheld)
    left_out = _counted(atlas, {atlas.say(*_KINDS[kind][:2]): count for kind, count in kinds.items()})
    why = _counted(atlas, rules)
    nothing = atlas.say("无", "nothing")
    return [
        atlas.say(
            f"公开版。未表示的内容：{left_out or nothing}。" + (f"依据：{why}。" if why else ""),
            f"Public edition. Withheld: {left_out or nothing}." + (f" Rules: {why}." if why else ""),
        ),
        atlas.say(
            f"点位与界线取整到 {PUBLIC_GRID_M:g} m，高程格网不细于 100 m，高程读数取整到 {atlas.height_step:g} m。",
            f"Positions and boundaries are rounded to {PUBLIC_GRID_M:g} m, elevations are on a grid of 100 m or "
            f"coarser, heights are told in steps of {atlas.height_step:g} m.",
        ),
    ]


def _counted(atlas: "Atlas", counts: Mapping[str, int]) -> str:
    return atlas.say("、", "; ").join(f"{word} {count}" for word, count in counts.items())


def withheld_table(atlas: "Atlas") -> pd.DataFrame:
    """Return how many records of each kind are withheld by which rule and in which county: no names, no places."""
    counted: Counter[tuple[str, str, str]] = Counter()
    for record in atlas.withheld:
        kind = atlas.say(*_KINDS[record.kind][:2])
        counties = [atlas.county(name) for name in record.counties]
        counted[kind, atlas.say(record.rule_zh, record.rule_en), atlas.say("、", ", ").join(counties) or "–"] += 1
    head = [atlas.say("类别", "Kind"), atlas.say("规则", "Rule"), atlas.say("县", "County"), atlas.say("数量", "Count")]
    return pd.DataFrame([(*key, count) for key, count in counted.items()], columns=head)


def withheld_records(atlas: "Atlas") -> list[dict[str, Any]]:
    """Return the manifest's list of what is withheld or coarsened: id, name, rule, where."""
    if not atlas.public:
        return []
    records = [
        {
            "id": record.id,
            "name": atlas.say(record.name_zh, record.name_en),
            "rule": atlas.say(record.rule_zh, record.rule_en),
            "where": _KINDS[record.kind][2],
        }
        for record in atlas.withheld
    ]
    return records + [{"id": what, "name": what, "rule": rule, "where": where} for what, rule, where in GENERAL]
