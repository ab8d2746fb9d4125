"""The table of all townships: every analysis a column, with units in the heads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .. import suitability
from .context import Atlas
from .minutes import CSV_DECIMALS, FACILITY_NAMES, to_the_tenth
from .scenarios import scenario_names
from .town_facts import TownFacts

FAR = "minutes in all"
"""Column of the minutes to all kinds of facilities together: the far townships stand at one end of it."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: heading with its unit, values a township, decimals shown, and texts in place of the numbers."""

    key: str
    head: str
    values: Sequence[Any]
    digits: int | None = None
    texts: Sequence[str] | None = None


def town_columns(atlas: Atlas, facts: TownFacts) -> list[Column]:
    """Return the columns of the table, a row a township in the order of ``facts.towns``."""
    return [
        *_names(atlas, facts),
        *_people(atlas, facts),
        *_minutes(atlas, facts),
        *_road(atlas, facts),
        *_heights(atlas, facts),
        *_bands(atlas, facts),
        *_crops(atlas, facts),
        *_counts(atlas, facts),
    ]


def as_table(columns: Sequence[Column]) -> dict[str, Any]:
    """Return the columns as ``Page.add_table`` takes them."""
    return {
        "df": pd.DataFrame({column.key: list(column.values) for column in columns}),
        "columns": {column.key: column.head for column in columns},
        "digits": {column.key: column.digits for column in columns if column.digits is not None},
        "texts": {column.key: column.texts for column in columns if column.texts is not None},
    }


def shown_year(years: Sequence[str]) -> str:
    """Return the year of which a table speaks where it names one: today, else the last.

    >>> shown_year(["2022", "today", "complete"]), shown_year(["own"])
    ('today', 'own')
    """
    return "today" if "today" in years else list(years)[-1]


def years_of(facts: TownFacts) -> list[str]:
    """Return the years of the minutes, none without them."""
    table = next(iter(facts.minutes.values()), None)
    return [] if table is None else [name for name in ("2022", "today", "complete", "own") if name in table]


def far_minutes(facts: TownFacts) -> "pd.Series[float]":
    """Return the minutes to the nearest of each kind of facility there is, added up; NaN where one is out of reach."""
    minutes = pd.DataFrame({name: facts.minutes[name][shown_year(years_of(facts))] for name in _reached(facts)})
    return minutes.replace(np.inf, np.nan).sum(axis=1, skipna=False).reindex(facts.towns.index)


def _reached(facts: TownFacts) -> list[str]:
    """Return the kinds of facilities that any township reaches in the year shown."""
    year = shown_year(years_of(facts))
    return [name for name, table in facts.minutes.items() if np.isfinite(table[year]).any()]


def _names(atlas: Atlas, facts: TownFacts) -> Iterator[Column]:
    towns = facts.towns
    names = towns[atlas.name].where(towns[atlas.name].astype(str).ne(""), towns["name_zh"])
    counties = [atlas.county_names.get(name, name) for name in towns["county_zh"]]
    yield Column(key="name", head=atlas.say("乡镇", "Township"), values=names.tolist())
    yield Column(key="county", head=atlas.say("县", "County"), values=counties)


def _people(atlas: Atlas, facts: TownFacts) -> Iterator[Column]:
    table = next(iter(facts.minutes.values()), None)
    if table is not None:
        people = people_of(table).reindex(facts.towns.index)
        texts = [people_range(low, high) for low, high in zip(people["low"], people["high"], strict=True)]
        head = atlas.say("人口（人，估算区间）", "People (range of estimates)")
        yield Column(key="people", head=head, values=people["middle"].tolist(), digits=0, texts=texts)


def people_of(table: pd.DataFrame) -> pd.DataFrame:
    """Return the people of townships to the hundred: ``low``, ``middle``, ``high``, alike where they are published."""
    names = {"population_low": "low", "population": "middle", "population_high": "high"}
    return table[list(names)].rename(columns=names).astype(float).round(-2)


def people_range(low: float, high: float) -> str:
    """Return between how many people the rules of sharing out a county's put a township.

    >>> people_range(11000, 24800), people_range(23900, 23900), people_range(np.nan, np.nan)
    ('11,000–24,800', '23,900', '–')
    """
    if not np.isfinite(low):
        return "–"
    return f"{low:,.0f}" if low == high else f"{low:,.0f}–{high:,.0f}"


def _minutes(atlas: Atlas, facts: TownFacts) -> Iterator[Column]:
    years, names, unit = years_of(facts), scenario_names(atlas), atlas.say("分", "min")
    if not years:
        return
    year = shown_year(years)
    kinds = len(_reached(facts))
    if kinds > 1:
        head = atlas.say(f"{kinds} 类设施合计 {names[year]}（{unit}）", f"All {kinds} kinds, {names[year]} ({unit})")
        yield Column(key=FAR, head=head, values=far_minutes(facts).round(CSV_DECIMALS).tolist(), digits=0)
    for facility, found in facts.minutes.items():
        table = to_the_tenth(found, [*years, "saved_complete"]).reindex(facts.towns.index)
        place = atlas.say(*FACILITY_NAMES[facility])
        for name in years:
            head = atlas.say(f"到{place} {names[name]}（{unit}）", f"To {place}, {names[name]} ({unit})")
            yield Column(key=f"{facility} {name}", head=head, values=table[name].tolist(), digits=0)
        if facility in facts.own:
            own = to_the_tenth(facts.own[facility], [year]).reindex(facts.towns.index)
            head = atlas.say(
                f"到本县{place} {names[year]}（{unit}）", f"To {place} of the county, {names[year]} ({unit})"
            )
            yield Column(key=f"{facility} inside", head=head, values=own[year].tolist(), digits=0)
        if "saved_complete" in table:
            head = atlas.say(f"到{place} 建成后节省（{unit}）", f"To {place}, saved when complete ({unit})")
            yield Column(key=f"{facility} saved", head=head, values=table["saved_complete"].tolist(), digits=0)


def _road(atlas: Atlas, facts: TownFacts) -> Iterator[Column]:
    if facts.road is not None:
        minutes = facts.road.replace(np.inf, np.nan).reindex(facts.towns.index.astype(str)).round(CSV_DECIMALS)
        head = atlas.say("到红色旅游路设计线（分）", "To the red-tourism road as designed (min)")
        yield Column(key="road", head=head, values=minutes.tolist(), digits=0)


def _heights(atlas: Atlas, facts: TownFacts) -> Iterator[Column]:
    land = _by_town(facts, facts.land)
    for key, zh, en, digits in (
        ("area_km2", "片区面积（km²）", "Catchment (km²)", 1),
        ("lowest_m", "最低海拔（m）", "Lowest (m)", 0),
        ("mean_m", "平均海拔（m）", "Mean height (m)", 0),
        ("highest_m", "最高海拔（m）", "Highest (m)", 0),
    ):
        step = atlas.height_step if key.endswith("_m") and atlas.public else 10.0**-digits
        values = (land[key] / step).round() * step
        yield Column(key=key, head=atlas.say(zh, en), values=values.round(digits).tolist(), digits=digits)


def _bands(atlas: Atlas, facts: TownFacts) -> Iterator[Column]:
    shares = _by_town(facts, facts.bands)
    for label in facts.bands.columns:
        head = atlas.say(f"{label} m 占比（%）", f"{label} m (% of land)")
        yield Column(key=f"band {label}", head=head, values=shares[label].round(1).tolist(), digits=0)


def _crops(atlas: Atlas, facts: TownFacts) -> Iterator[Column]:
    for crop in atlas.crops:
        found, name = facts.crops[crop.id], crop_name(atlas, crop)
        rounded, texts = _by_town(facts, found.rounded), _by_town(facts, found.texts).fillna("")
        for grade, head in (
            ("S1", f"{name} S1 (km²)"),
            ("S2", f"{name} S2 (km²)"),
            ("wanmu", atlas.say(f"{name} S1+S2（万亩，5–95 %）", f"{name} S1+S2 (10,000 mu, 5-95 %)")),
        ):
            key = f"{crop.id} {grade}"
            yield Column(key=key, head=head, values=rounded[grade].tolist(), texts=texts[grade].tolist())


def _counts(atlas: Atlas, facts: TownFacts) -> Iterator[Column]:
    codes = facts.towns.index.astype(str)
    if atlas.plan.items:
        counts = [len(facts.items.get(code, ())) for code in codes]
        yield Column(key="items", head=atlas.say("点名的规划条目（条）", "Items that name it"), values=counts, digits=0)
    sites = [len(facts.sites.get(number, ())) for number in facts.towns["catchment"]]
    yield Column(key="sites", head=atlas.say("片区内地点（处）", "Places within"), values=sites, digits=0)


def crop_name(atlas: Atlas, crop: suitability.Crop) -> str:
    """Return the name of a crop in the language of the atlas, as it stands at the head of a column."""
    return crop.name_zh if atlas.lang == "zh" else crop.name_en[:1].upper() + crop.name_en[1:]


def _by_town(facts: TownFacts, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of catchments as one of townships, empty for a township without a place."""
    return table.reindex(facts.towns["catchment"].where(facts.towns["catchment"] > 0)).set_index(facts.towns.index)
