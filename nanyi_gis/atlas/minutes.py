"""Minutes by township: worked out once for every page that shows them, and drawn as dots by year."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import targets
from ..webmap import Page
from .context import Atlas
from .links import with_township_items
from .scenarios import GraphByScenario, road_name, scenario_names

MINUTE_COLOURS = {15.0: "#000a32", 30.0: "#3c508c", 45.0: "#6e6464", 60.0: "#b4781e", 90.0: "#a0aa96"}
"""Colour by the limit in minutes, of areas and of dots."""
FACILITY_NAMES: dict[str, tuple[str, str]] = {
    "county_hospital": ("县级医院", "county hospitals"),
    "motorway_interchange": ("高速互通", "motorway interchanges"),
    "railway_station": ("客运车站", "passenger stations"),
}
"""Each kind of facility in Chinese and English."""
OWN_COUNTY = ("county_hospital", "railway_station")
"""Kinds of facilities of which those of the own county are told apart: a county runs them for its people."""
CSV_DECIMALS = 1
"""Decimals of minutes in tables that are saved: the networks support no more."""
CHANGE = "change"

_FARTHER, _NEVER = "#fad26e", "#ffffff"
_DARK, _LIGHT = "#20313f", "#ffffff"  # rings round the light dots and the dark ones
_SAVED = {"4": "#0aa078", "3": "#0050a0", "2": "#9682f0", "1": "#c8dcf0", "0": "#f0e6c8"}
"""Colour by class of what is saved."""
_Styles = dict[str, dict[str, str]]
Table = TypeVar("Table", bound=pd.DataFrame)


def minutes_to(atlas: Atlas, facility: str, *, own_county_only: bool = False) -> gpd.GeoDataFrame:
    """Return minutes by township and year, see :func:`nanyi_gis.targets.township_minutes`, made once."""
    name = f"minutes to {facility}" + (" of the own county" if own_county_only else "")
    found: gpd.GeoDataFrame = atlas.once(
        name,
        lambda: targets.township_minutes(
            facility,
            graphs=atlas.graphs,
            study=atlas.study,
            population=atlas.people,
            own_county_only=own_county_only,
        ),
    )
    return found


def doubtful_minutes(atlas: Atlas, facility: str) -> pd.DataFrame | None:
    """Return today's minutes with and without what has no opening on record; ``None`` for a user's own roads."""
    if not atlas.uncertain:
        return None
    found: pd.DataFrame = atlas.once(
        f"doubtful minutes to {facility}",
        lambda: targets.uncertain_minutes(facility, graphs=atlas.uncertain, study=atlas.study, population=atlas.people),
    )
    return found


def named(atlas: Atlas, table: gpd.GeoDataFrame, graphs: GraphByScenario) -> gpd.GeoDataFrame:
    """Return the table with the facilities' names in the language of the atlas; townships at one point are joined."""
    names = names_of_nodes(atlas, graphs)
    names |= dict(zip(table["name_zh"], table[atlas.name], strict=True))

    def named(text: str) -> str:
        return node_name(names, text)

    shown = table.assign(
        **{f"nearest_{name}": table[f"nearest_{name}"].map(named) for name in graphs},
        county_name=table["county"].map(atlas.county),
    )
    shown.attrs.update(table.attrs)
    return shown


def names_of_nodes(atlas: Atlas, graphs: GraphByScenario) -> dict[str, str]:
    """Return the names of nodes and places in the language of the atlas, by the Chinese one."""
    places = atlas.study.places
    ramps = (data for graph in graphs.values() for _, data in graph.nodes(data=True) if data.get("name_zh"))
    names = {str(data["name_zh"]): str(data.get(atlas.name) or data["name_zh"]) for data in ramps}
    return names | dict(zip(places["name_zh"], places[atlas.name], strict=True))


def node_name(names: Mapping[str, str], text: str) -> str:
    """Return a name of :func:`names_of_nodes`, those of several townships at one point each.

    >>> node_name({"甲镇": "Jia"}, "甲镇·乙镇")
    'Jia · 乙镇'
    """
    return " · ".join(names.get(part) or part for part in text.split("·"))


def with_doubt(atlas: Atlas, table: gpd.GeoDataFrame, doubt: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the table with both values, as text, where today's minutes hang on an opening that is not on record."""
    if not doubt["depends_on"].any():
        return table
    texts = []
    for after, before, told in doubt[[targets.WITH, targets.WITHOUT, "depends_on"]].itertuples(index=False):
        most, *others = str(told).split(";")
        roads = road_name(atlas, most) + (atlas.say("等", " and others") if others else "")
        pair = " / ".join(_minutes_text(minutes) for minutes in (after, before))
        texts.append(atlas.say(f"{pair}（{roads}通车/未通车）", f"{pair} ({roads} open / not open)") if roads else "")
    wider = table.assign(doubt=texts)
    wider.attrs.update(table.attrs)
    return wider


def _minutes_text(minutes: float) -> str:
    return f"{minutes:.0f}" if np.isfinite(minutes) else "–"


def to_the_tenth(table: Table, columns: Iterable[str]) -> Table:
    """Return a table whose minutes are rounded as they may be saved; NaN where there is no way.

    >>> to_the_tenth(pd.DataFrame({"today": [148.27332, np.inf]}), ["today", "saved"])["today"].tolist()
    [148.3, nan]
    """
    there = [column for column in columns if column in table]
    return table.assign(**{name: table[name].replace(np.inf, np.nan).round(CSV_DECIMALS) for name in there})


def saving_classes(table: pd.DataFrame) -> "pd.Series[str]":
    """Return for each township what the finished network saves against 2022.

    ``0`` to 1 minute, ``1`` to 15, ``2`` to 30, ``3`` more; ``4`` if it was out of reach and no longer is; ``0`` if it
    stays so, or if there is but one network.

    >>> years = pd.DataFrame({"2022": [50, 50, np.inf], "complete": [49, 30, 9], "saved_complete": [1, 20, 9]})
    >>> saving_classes(years).tolist()
    ['0', '2', '4']
    """
    saved = table["saved_complete"] if "saved_complete" in table else pd.Series(0.0, index=table.index)
    classes = pd.cut(saved, [-np.inf, 1, 15, 30, np.inf], labels=["0", "1", "2", "3"]).astype(str)
    if "complete" not in table or "2022" not in table:
        return classes
    stranded = np.isinf(table["2022"])
    return classes.mask(stranded, "0").mask(stranded & np.isfinite(table["complete"]), "4")


def minute_classes(minutes: "pd.Series[float]") -> "pd.Series[str]":
    """Return the class of each township by its minutes: the first limit that holds it, ``more``, or ``none``.

    >>> minute_classes(pd.Series([15.0, 15.5, 200.0, np.inf])).tolist()
    ['15', '30', 'more', 'none']
    """
    limits = [*MINUTE_COLOURS]
    classes = pd.cut(minutes, [-np.inf, *limits, np.inf], labels=[*(f"{m:g}" for m in limits), "more"]).astype(str)
    return classes.mask(np.isinf(minutes), "none")


def add_dots(page: Page, atlas: Atlas, table: gpd.GeoDataFrame, graphs: GraphByScenario, *, group: str) -> list[str]:
    """Add the townships as dots: in each year by its minutes and, where there are several, by what changes.

    The dots of a year have its name, so that the switch of years turns them on and off with its areas. Returns the
    names of the choices in their order.
    """
    names = scenario_names(atlas)
    seats = atlas.coarsened(table[table["located"] & ~table.geometry.is_empty])
    several = len(graphs) > 1
    title = atlas.say("乡镇驻地：分钟数", "Township seats: minutes")
    for scenario in graphs:
        classes = minute_classes(seats[scenario])
        _add(
            page, atlas, seats.assign(shown_class=classes), graphs, minute_styles(atlas),
            name=names[scenario], title=title, group=group, several=several,
            shown=scenario in {"today", "own"}, key=f"dots_{scenario}",
        )  # fmt: skip
    choices = [names[scenario] for scenario in graphs]
    if not several or "saved_complete" not in seats:
        return choices
    change = atlas.say("变化", "Change")
    _add(
        page, atlas, seats.assign(shown_class=saving_classes(seats)), graphs, _saving_styles(atlas),
        name=change, title=atlas.say("乡镇：建成后比 2022 节省", "Townships: saved when complete"), group=group,
        several=several, shown=False, key=CHANGE,
    )  # fmt: skip
    return [*choices, change]


def _add(
    page: Page,
    atlas: Atlas,
    seats: gpd.GeoDataFrame,
    graphs: GraphByScenario,
    styles: _Styles,
    *,
    name: str,
    title: str,
    group: str,
    several: bool,
    shown: bool,
    key: str,
) -> None:
    names, minutes = scenario_names(atlas), atlas.say("分", "min")
    never = atlas.say("不可达", "out of reach")
    texts = {f"{year} text": [f"{m:.0f}" if np.isfinite(m) else never for m in seats[year]] for year in graphs}
    popup: list[tuple[str, str] | tuple[str, str, int]] = [
        ("name_zh", atlas.say("乡镇", "Township")),
        *((f"{year} text", f"{names[year]} ({minutes})") for year in graphs),
    ]
    if several and "saved_complete" in seats:
        seats = to_the_tenth(seats, ["saved_complete"])
        popup.append(("saved_complete", atlas.say("建成后节省 (分)", "Saved when complete (min)"), 0))
    if "doubt" in seats:
        popup.append(("doubt", atlas.say("待核通道 通车/未通车", "open / not open")))
    page.add_points(
        name,
        with_township_items(seats.assign(**texts), atlas),
        radius=6,
        label=atlas.name,
        labels=True,
        popup=popup,
        style_by="shown_class",
        styles={key: style for key, style in styles.items() if key in set(seats["shown_class"])},
        uncertainty="uncertainty_m",
        group=group,
        exclusive=several,
        shown=shown,
        legend_title=title,
        key=key,
        items="items",
    )


def minute_styles(atlas: Atlas) -> _Styles:
    """Return how a township is drawn by its minutes."""
    unit = atlas.say("分钟", "min")
    styles = {f"{m:g}": (colour, f"≤ {m:g} {unit}") for m, colour in MINUTE_COLOURS.items()}
    styles["more"] = (_FARTHER, f"> {max(MINUTE_COLOURS):g} {unit}")
    styles["none"] = (_NEVER, atlas.say("不可达", "out of reach"))
    light = {f"{max(MINUTE_COLOURS):g}", "more", "none"}
    return {
        key: {"color": colour, "label": label, "casing": _DARK if key in light else _LIGHT}
        for key, (colour, label) in styles.items()
    }


def _saving_styles(atlas: Atlas) -> _Styles:
    """Return how a township is drawn by the minutes that the finished plan saves."""
    words = {
        "4": atlas.say("2022 年不可达，建成后可达", "out of reach in 2022, reached when complete"),
        "3": atlas.say("节省 30 分钟以上", "saves over 30 min"),
        "2": atlas.say("节省 15–30 分钟", "saves 15-30 min"),
        "1": atlas.say("节省 1–15 分钟", "saves 1-15 min"),
        "0": atlas.say("节省不足 1 分钟", "saves under 1 min"),
    }
    light = {"0", "1", "2"}
    return {
        key: {"color": colour, "label": words[key], "casing": _DARK if key in light else _LIGHT}
        for key, colour in _SAVED.items()
    }
