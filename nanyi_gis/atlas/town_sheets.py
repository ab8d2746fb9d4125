"""A sheet for each township: where it is, heights, crops, minutes, items of the plan, sites and checks."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup

from .. import plan as plan_room
from ..colours import hex_colour
from ..webmap import CardIndex, Sheet, table_html
from .context import Atlas
from .links import FILE as ITEMS_PAGE
from .links import item_words, links_of
from .minutes import FACILITY_NAMES, doubtful_minutes, minutes_to, named, with_doubt
from .places import KINDS
from .plan_words import VERDICTS, lead
from .scenarios import scenario_names
from .sketch import Sketch
from .town_facts import TownFacts, county_items
from .town_table import crop_name, people_of, people_range, shown_year, years_of
from .townships import catchment_areas

_SIDE = 300  # of the locator, in its own units
_SIMPLE_M = 250.0
_KIND_NAMES = {kind: (zh, en) for kind, zh, en, *_ in KINDS}


def town_sheets(atlas: Atlas, facts: TownFacts, *, cards: CardIndex | None = None) -> tuple[list[Sheet], Markup]:
    """Return the sheets in the order of ``facts.towns``, those of a county together, and what they share."""
    locator = Locator(atlas, facts)
    minutes = {facility: _table(atlas, facility).to_dict("index") for facility in facts.minutes}
    spots = atlas.coarsened(facts.towns[facts.towns.geometry.notna()]).to_crs(4326).geometry
    people = people_of(next(iter(facts.minutes.values()))) if facts.minutes else None
    found = []
    for code, town in facts.towns.iterrows():
        name = str(town[atlas.name] or town["name_zh"])
        parts = [
            _head(atlas, facts, str(code), name, locator, spot=spots.get(code), people=people),
            *_heights(atlas, facts, int(town["catchment"])),
            *_crops(atlas, facts, int(town["catchment"])),
            *_minutes(atlas, facts, str(code), minutes),
            *_items(atlas, facts, str(code), cards),
            *_sites(atlas, facts, int(town["catchment"])),
            *_checks(atlas, facts, str(code), cards),
            *_county(atlas, str(town["county_zh"])),
        ]
        found.append(
            Sheet(
                key=str(code),
                label=name,
                group=atlas.county_names.get(town["county_zh"], town["county_zh"]),
                body=Markup("").join(parts),
                area=area_of(facts, str(code)),
            )
        )
    return found, locator.shared()


def _table(atlas: Atlas, facility: str) -> pd.DataFrame:
    """Return minutes with names in the language of the atlas, and what hangs on openings not on record."""
    table, doubt = named(atlas, minutes_to(atlas, facility), atlas.graphs), doubtful_minutes(atlas, facility)
    told: pd.DataFrame = table if doubt is None else with_doubt(atlas, table, doubt)
    return told


def area_of(facts: TownFacts, code: str) -> str:
    """Return the id of the catchment of a township: the first of the townships that share it."""
    return min([code, *facts.shared_with(code)])


def stand_in(atlas: Atlas) -> str:
    """Say what a catchment is."""
    return atlas.say(
        "乡镇界线未公开：片区指本县内离该乡镇驻地最近的土地，不是行政区划，仅供参考。",
        "Boundaries of townships are not public: a catchment is the land of the county nearest to the township's seat, "
        "a stand-in and no administrative area.",
    )


class Locator:
    """Small maps of a township in its counties, as SVG that needs no other picture."""

    def __init__(self, atlas: Atlas, facts: TownFacts) -> None:
        sketch = Sketch(atlas.study.counties, side=_SIDE, simple_m=_SIMPLE_M)
        self._width, self._height = sketch.size
        self._counties = sketch.path(atlas.study.counties.geometry)
        self._cells = [sketch.path([shape]) for shape in catchment_areas(atlas).geometry]
        located = facts.towns[facts.towns.geometry.notna()]
        self._dots = {str(code): sketch.at(point) for code, point in atlas.coarsened(located).geometry.items()}

    def shared(self) -> Markup:
        """Return what all of them show, once for the page: counties, and over them outlines and dots."""
        dots = Markup("").join(
            Markup('<circle cx="{}" cy="{}" r="1.3" fill="#55626b"/>').format(*at) for at in self._dots.values()
        )
        return Markup(
            '<svg class="ny-symbols" width="0" height="0" aria-hidden="true">'
            '<symbol id="ny-land" overflow="visible"><path d="{}" fill="#f4f6f5"/></symbol>'
            '<symbol id="ny-over" overflow="visible"><path d="{}" fill="none" stroke="#20313f" stroke-width="1.6"/>'
            "{}</symbol></svg>"
        ).format(self._counties, self._counties, dots)

    def svg(self, code: str, catchment: int, label: str) -> Markup:
        """Return the counties, the catchment and the dot of a township."""
        cell = own = Markup("")
        if catchment:
            cell = Markup('<path d="{}" fill="#f3b6d0" stroke="#b0005a" stroke-width="1.2"/>').format(
                self._cells[catchment - 1]
            )
        if code in self._dots:
            own = Markup('<circle cx="{}" cy="{}" r="4" fill="#b0005a" stroke="#ffffff" stroke-width="1.2"/>').format(
                *self._dots[code]
            )
        return Markup(
            '<svg class="ny-locator" viewBox="-4 -4 {} {}" role="img" aria-label="{}"><use href="#ny-land"/>{}'
            '<use href="#ny-over"/>{}</svg>'
        ).format(self._width + 8, self._height + 8, label, cell, own)


def _head(
    atlas: Atlas,
    facts: TownFacts,
    code: str,
    name: str,
    locator: Locator,
    *,
    spot: shapely.Point | None,
    people: pd.DataFrame | None,
) -> Markup:
    town = facts.towns.loc[code]
    number = int(town["catchment"])
    county = atlas.county_names.get(town["county_zh"], town["county_zh"])
    rows: list[tuple[str, str]] = []
    if number and spot is not None:
        rows.append((atlas.say("驻地坐标", "Seat at"), _coordinates(spot, float(town["uncertainty_m"]))))
        rows.append((atlas.say("位置误差", "Uncertainty"), f"{town['uncertainty_m']:g} m"))
        area = float(facts.land["area_km2"].loc[number])
        rows.append((atlas.say("片区面积", "Catchment"), f"{area:,.0f} km²" if np.isfinite(area) else "–"))
    if people is not None:
        rows.append(
            (atlas.say("人口", "People"), _people(atlas, *(float(people[end].loc[code]) for end in ("low", "high"))))
        )
    others = [str(facts.towns.loc[other, atlas.name]) for other in facts.shared_with(code)]
    words = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(*row) for row in rows)
    notes = [stand_in(atlas)] if number else [atlas.say("未找到可靠坐标，图上不画。", "No reliable place is known.")]
    if others:
        joined = atlas.say("、", ", ").join(others)
        notes.append(
            atlas.say(
                f"与{joined}驻地同点，合为一片，数字相同。",
                f"At one point with {joined}; they share a catchment and its figures.",
            )
        )
    picture = locator.svg(code, number, atlas.say(f"{name}的位置", f"Where {name} is"))
    return Markup(
        '<header class="ny-leaf-head"><h2>{} <small>{}</small></h2>{}<dl>{}</dl><p class="ny-note">{}</p></header>'
    ).format(name, county, picture, words, " ".join(notes) if atlas.lang == "en" else "".join(notes))


def _coordinates(spot: shapely.Point, uncertainty_m: float) -> str:
    decimals = degree_decimals(uncertainty_m)
    return f"{spot.x:.{decimals}f}°E, {spot.y:.{decimals}f}°N"


def degree_decimals(uncertainty_m: float) -> int:
    """Return to how many decimals of a degree a place is known: 1, 2, 3, 4 are some 11 km, 1 km, 110 m and 11 m.

    >>> degree_decimals(30), degree_decimals(400), degree_decimals(2000), degree_decimals(float("nan"))
    (4, 3, 2, 2)
    """
    if not np.isfinite(uncertainty_m):
        return 2
    return 2 if uncertainty_m >= 1000 else 3 if uncertainty_m >= 100 else 4


def _people(atlas: Atlas, low: float, high: float) -> str:
    told = people_range(low, high)
    return told if low == high else atlas.say(f"{told}（估算）", f"{told} (estimate)")


def _block(title: str, *content: Markup) -> Markup:
    return Markup('<section class="ny-block"><h3>{}</h3>{}</section>').format(title, Markup("").join(content))


def _heights(atlas: Atlas, facts: TownFacts, number: int) -> Iterator[Markup]:
    """Say how high the land lies, and how much of it in each band."""
    if not number:
        return
    land = {name: float(facts.land[name].loc[number]) for name in ("lowest_m", "mean_m", "highest_m")}
    if not np.isfinite(land["mean_m"]):
        return
    step = atlas.height_step if atlas.public else 1.0
    low, mean, high = (f"{round(height / step) * step:,.0f}" for height in land.values())
    told = Markup("<p>{}</p>").format(
        atlas.say(f"最低 {low} m，平均 {mean} m，最高 {high} m", f"Lowest {low} m, mean {mean} m, highest {high} m")
    )
    shares = facts.bands.loc[number]
    bars, at = [], 0.0
    for colour, share in zip(atlas.band_palette.values(), shares, strict=True):
        bars.append(
            Markup('<rect x="{}" y="0" width="{}" height="10" fill="{}"/>').format(
                round(at, 2), round(share, 2), hex_colour(colour)
            )
        )
        at += share
    bar = Markup(
        '<svg class="ny-bar-share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
    )
    table = pd.DataFrame([[f"{share:.0f} %" for share in shares]], columns=[f"{label} m" for label in shares.index])
    yield _block(
        atlas.say("海拔", "Heights"), told, bar.format(Markup("").join(bars)),
        table_html(table, sortable=False, lang=atlas.lang),
    )  # fmt: skip


def _crops(atlas: Atlas, facts: TownFacts, number: int) -> Iterator[Markup]:
    """Add the land of each crop as its own page has it."""
    if not number or not atlas.crops:
        return
    rows = []
    for crop in atlas.crops:
        found = facts.crops[crop.id]
        texts = found.texts.loc[number]
        rows.append([crop_name(atlas, crop), *(str(texts[name]) or "0" for name in ("S1", "S2", "wanmu"))])
    heads = [
        atlas.say("作物", "Crop"),
        "S1 km²",
        "S2 km²",
        atlas.say("S1+S2 万亩（5–95 %）", "S1+S2 10,000 mu (5–95 %)"),
    ]
    yield _block(
        atlas.say("作物适宜土地", "Land fit for crops"),
        table_html(pd.DataFrame(rows, columns=heads), sortable=False, lang=atlas.lang),
    )


def _minutes(
    atlas: Atlas, facts: TownFacts, code: str, known: Mapping[str, Mapping[Hashable, Mapping[Hashable, Any]]]
) -> Iterator[Markup]:
    """Add the minutes to each kind of facility by year, with the nearest, and to the red-tourism road.

    ``known`` has by facility and code what :func:`_table` has.
    """
    years, names = years_of(facts), scenario_names(atlas)
    if not years or code not in next(iter(known.values())):
        return
    year, rows = shown_year(years), []
    for facility, towns in known.items():
        row = towns[code]
        minutes = [_minutes_text(atlas, float(row[name]), bool(row["located"])) for name in years]
        rows.append([atlas.say(*FACILITY_NAMES[facility]), *minutes, str(row[f"nearest_{year}"]) or "–"])
    heads = [
        atlas.say("到", "To"),
        *(names[name] for name in years),
        atlas.say(f"最近者（{names[year]}）", f"Nearest ({names[year]})"),
    ]
    parts = [table_html(pd.DataFrame(rows, columns=heads), sortable=False, lang=atlas.lang)]
    for facility, towns in known.items():
        doubt = str(towns[code].get("doubt", ""))
        if doubt:
            place = atlas.say(*FACILITY_NAMES[facility])
            parts.append(
                Markup("<p>{}</p>").format(
                    atlas.say(f"到{place}，现状有两个值：{doubt}。", f"To {place} today has two values: {doubt}.")
                )
            )
    road = facts.road.get(code, np.nan) if facts.road is not None else np.nan
    if np.isfinite(road):
        parts.append(
            Markup("<p>{}</p>").format(
                atlas.say(
                    f"到本图集设计的红色旅游路：{road:.0f} 分钟。",
                    f"To the red-tourism road as designed here: {road:.0f} minutes.",
                )
            )
        )
    yield _block(atlas.say("用时（分钟）", "Minutes"), *parts)


def _minutes_text(atlas: Atlas, minutes: float, located: bool) -> str:
    if not located or np.isnan(minutes):
        return "–"
    return f"{minutes:.0f}" if np.isfinite(minutes) else atlas.say("不可达", "no way")


def _items(atlas: Atlas, facts: TownFacts, code: str, cards: CardIndex | None) -> Iterator[Markup]:
    """Add the items of the plan that name the township."""
    if not atlas.plan.items:
        return
    items = [atlas.plan.item(number) for number in facts.items.get(code, ())]
    title = atlas.say(f"点名的规划条目（{len(items)}）", f"Items of the plan that name it ({len(items)})")
    if not items:
        none = atlas.say("规划未点名该乡镇。", "The plan does not name this township.")
        yield _block(title, Markup("<p>{}</p>").format(none))
        return
    comma = atlas.say("、", ", ")
    frame = pd.DataFrame(
        {
            "item": [item_words(item, lang=atlas.lang) for item in items],
            "year": [comma.join(map(str, item.years)) for item in items],
            "lead": [lead(item, atlas.lang) for item in items],
        }
    )
    heads = {"item": atlas.say("条目", "Item"), "year": atlas.say("年份", "Year")}
    heads["lead"] = atlas.say("牵头单位", "Led by")
    yield _block(title, _linked(atlas, frame, heads, {"item": [item.id for item in items]}, cards))


def _linked(
    atlas: Atlas,
    frame: pd.DataFrame,
    heads: Mapping[str, str],
    keys: Mapping[str, Sequence[str]],
    cards: CardIndex | None,
) -> Markup:
    """Return a table whose cells lead to the cards of these keys, as far as the atlas has cards."""
    known = None if cards is None else {name: [[key] for key in own] for name, own in keys.items()}
    return table_html(frame, columns=heads, sortable=False, lang=atlas.lang, cards=cards, items=known)


def _sites(atlas: Atlas, facts: TownFacts, number: int) -> Iterator[Markup]:
    """Add the places of the gazetteer within the catchment."""
    sites = facts.sites.get(number)
    if sites is None or sites.empty:
        return
    names = sites[atlas.name].where(sites[atlas.name].astype(str).ne(""), sites["name_zh"])
    kinds = [
        atlas.say("、", ", ").join(atlas.say(*_KIND_NAMES[kind]) for kind in own if kind in _KIND_NAMES)
        for own in sites["kind"]
    ]
    rows = zip(names, kinds, [f"±{error:,.0f} m" for error in sites["uncertainty_m"]], strict=True)
    heads = [atlas.say("名称", "Name"), atlas.say("类别", "Kind"), atlas.say("位置误差", "Uncertainty")]
    yield _block(
        atlas.say(f"片区内地点（{len(sites)}）", f"Places within ({len(sites)})"),
        table_html(pd.DataFrame(list(rows), columns=heads), sortable=False, lang=atlas.lang),
    )


def _checks(atlas: Atlas, facts: TownFacts, code: str, cards: CardIndex | None) -> Iterator[Markup]:
    """Add the consistency checks that concern the items which name the township."""
    of_item = links_of(atlas).checks
    numbers = sorted({check for item in facts.items.get(code, ()) for check in of_item.get(item, ())})
    if not numbers:
        return
    checks = [atlas.plan.check(number) for number in numbers]
    frame = pd.DataFrame(
        {
            "check": [atlas.say(check.title_zh, check.title_en) for check in checks],
            "verdict": [atlas.say(*VERDICTS.get(check.verdict, (check.verdict,) * 2)) for check in checks],
        }
    )
    heads = {"check": atlas.say("核对", "Check"), "verdict": atlas.say("结论", "Verdict")}
    title = atlas.say(f"相关核对（{len(checks)}）", f"Checks ({len(checks)})")
    yield _block(title, _linked(atlas, frame, heads, {"check": numbers}, cards))


def _county(atlas: Atlas, county: str) -> Iterator[Markup]:
    """Say how many items of the plan concern the county, by theme."""
    items = county_items(atlas, county)
    if not items:
        return
    counts = {theme: sum(item.theme == theme for item in items) for theme in plan_room.THEMES}
    told = atlas.say("，", ", ").join(
        f"{atlas.say(*plan_room.THEMES[theme])} {count}" for theme, count in counts.items() if count
    )
    name = atlas.county_names.get(county, county)
    text = atlas.say(f"涉及{name}的规划条目共 {len(items)} 条：{told}。", f"{len(items)} items concern {name}: {told}.")
    link = Markup("")
    if any(entry.file == ITEMS_PAGE for entry in atlas.pages):
        link = Markup(' <a href="{}">{}</a>').format(ITEMS_PAGE, atlas.say("查看全部条目", "See all items"))
    yield _block(atlas.say("本县条目", "Items of the county"), Markup("<p>{}{}</p>").format(text, link))
