"""What of a plan is not for public maps, by which rule, and the plan without it."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pandas as pd

if TYPE_CHECKING:
    from .register import Plan

Frame = TypeVar("Frame", bound=pd.DataFrame)

PUBLIC_GRID_M = 50.0
"""Positions on public maps are on a grid of this many metres (公开地图内容表示规范)."""

PUBLIC_HEIGHT_M = 20.0
"""Heights on public maps are told in steps of this many metres."""

_DEGREES = re.compile(r"(?<![\d.])(\d{2,3}\.\d{4,})(?!\d)")
_SECONDS = re.compile(r"(\d{1,3})°\s*(\d{1,2})[′']\s*(\d{1,2}(?:\.\d+)?)[″\"]")

_RULES: tuple[tuple[str, str, str], ...] = (
    ("机场", "未公布的机场不得表示", "airports that are not published are not shown"),
    ("水库", "水库的库容与坝体不得表示", "capacity and dam of reservoirs are not shown"),
    (
        "变电|输电|kV|千伏",
        "输变电设施的位置与电压不得表示",
        "power lines and substations are not shown",
    ),
    ("风电|光伏|农业互补|电站", "发电设施的位置不得表示", "sites of power plants are not shown"),
    ("基站|通信", "通信设施的位置不得表示", "sites of communication masts are not shown"),
    ("气|油|井", "油气井与管道不得表示", "wells and pipelines of oil and gas are not shown"),
)
_OTHER = ("方案登记为不公开", "the register of the plan marks it as not public")
_CITES = ("引用不公开条目", "refers to an item that is not public")


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """A record that a public atlas leaves out.

    Attributes
    ----------
    id, name_zh, name_en : str
        What is left out.
    rule_zh, rule_en : str
        Why.
    kind : str
        ``item``, ``place``, ``check`` or ``milestone``.
    counties : tuple of str
        Counties that it concerns, as the plan names them; empty where it does not say.
    """

    id: str
    name_zh: str
    name_en: str
    rule_zh: str
    rule_en: str
    kind: str
    counties: tuple[str, ...] = ()


def coarse_text(text: str) -> str:
    """Return a text in which degrees have three decimals at most and no seconds: a tenth of a kilometre.

    >>> coarse_text("OSM 28.17095N 105.4327E; 27°27′33″N, 105.5")
    'OSM 28.171N 105.433E; 27°28′N, 105.5'
    """

    def minutes(match: re.Match[str]) -> str:
        whole = 60 * int(match[1]) + round(int(match[2]) + float(match[3]) / 60.0)
        return f"{whole // 60}°{whole % 60:02d}′"

    def decimals(match: re.Match[str]) -> str:
        return f"{float(match[1]):.3f}" if float(match[1]) <= 180.0 else match[1]

    return _SECONDS.sub(minutes, _DEGREES.sub(decimals, text))


def coarse_texts(frame: Frame) -> Frame:
    """Return a frame whose texts are as :func:`coarse_text` returns them; lists stay as they are."""
    changed = {
        column: frame[column].map(lambda value: coarse_text(value) if isinstance(value, str) else value)
        for column in frame.columns
        if pd.api.types.is_string_dtype(frame[column].dtype) or frame[column].dtype == object
    }
    return frame.assign(**changed)


def rule_of(name: str) -> tuple[str, str]:
    """Return the rule by which a thing of this name is not for public maps, in Chinese and English.

    >>> rule_of("古蔺通用机场")[1], rule_of("a thing")[1]
    ('airports that are not published are not shown', 'the register of the plan marks it as not public')
    """
    return next(((zh, en) for pattern, zh, en in _RULES if re.search(pattern, name)), _OTHER)


def withheld(plan: "Plan") -> tuple[Withheld, ...]:
    """Return what a public atlas leaves out of a plan: items, places, and the checks and milestones that cite them.

    >>> from nanyi_gis.plan import load_plan
    >>> [record.id for record in withheld(load_plan()) if record.id.startswith("I-3")]
    ['I-30', 'I-31', 'I-34', 'I-35']
    """
    found = []
    for item in plan.items:
        if not item.public:
            zh, en = rule_of(item.name_zh)
            found.append(
                Withheld(
                    id=item.id, name_zh=item.name_zh, name_en=item.name_en, rule_zh=zh, rule_en=en, kind="item",
                    counties=tuple(item.counties),
                )
            )  # fmt: skip
    places = plan.places
    for place in places[~places["public"].astype(bool)].to_dict("records"):
        zh, en = rule_of(place["name_zh"])
        found.append(
            Withheld(
                id=place["id"], name_zh=place["name_zh"], name_en=place["name_en"], rule_zh=zh, rule_en=en,
                kind="place", counties=(place["county"],) if place["county"] else (),
            )
        )  # fmt: skip
    hidden = {record.id for record in found if record.kind == "item"}
    for check in plan.checks:
        if hidden & set(check.items):
            found.append(_citing(check.id, check.title_zh, check.title_en, kind="check"))
    for milestone in plan.milestones:
        if hidden & set(milestone.items):
            found.append(_citing(milestone.date, milestone.event_zh, milestone.event_en, kind="milestone"))
    return tuple(found)


def _citing(number: str, zh: str, en: str, *, kind: str) -> Withheld:
    return Withheld(id=number, name_zh=zh, name_en=en, rule_zh=_CITES[0], rule_en=_CITES[1], kind=kind)
