"""The layers of the hand-off in the order in which they lie on each other, drawn as on the pages."""

import re
from collections.abc import Iterable, Mapping

import geopandas as gpd
import pandas as pd

from ...colours import hex_colour
from ..context import Atlas
from ..monitor import LOOKS, NO_DATA, state_word, told_of_atlas
from ..own_layers import OwnLook
from ..pages import bands, network, overview
from ..places import KINDS
from ..proposals import CHOSEN
from ..proposed import FACILITIES
from ..scenarios import scenario_names
from .fields import aliases
from .symbol import Look, Style, Symbol

GROUPS: dict[str, tuple[str, str]] = {
    "own": ("自有图层", "Own layers"),
    "places": ("地点", "Places"),
    "proposed": ("建议选址（模型）", "Proposed sites (modelled)"),
    "monitor": ("监测（按状态）", "Monitoring, by state"),
    "infrastructure": ("基础设施（示意）", "Infrastructure (schematic)"),
    "network": ("路网（示意，按年份）", "Network (schematic, by year)"),
    "liquor": ("酱酒（示意）", "Liquor (schematic)"),
    "wellness": ("康养（示意）", "Wellness (schematic)"),
    "base": ("底图", "Base"),
    "forest_fruit": ("林果", "Forest and fruit"),
    "terrain": ("地形", "Terrain"),
    "tables": ("表格", "Tables"),
}
"""Groups of the project and of the KML, from top to bottom."""

EXCLUSIVE = ("network",)
"""Groups of which one layer shows at a time, as on the pages."""

CLOSED = ("network", "tables")
"""Groups that are switched off when the project is opened."""

_TABLES = {
    "plan_items": ("规划条目", "Plan items"),
    "plan_checks": ("一致性检查", "Consistency checks"),
    "band_areas": ("各县各带面积", "Area by county and band"),
    "places_unlocated": ("未定位地点", "Places without a location"),
    "corridors_unlocated": ("未定位走廊", "Corridors without a line"),
    "liquor_clusters_unlocated": ("未定位酱酒组团", "Liquor clusters without a location"),
    "wellness_points_unlocated": ("未定位康养点", "Wellness points without a location"),
}
_PROPOSED = ("#be4c00", "#6e6464", "#0050a0", "#e4be13", "#4cabe4", "#ffffff", "#000a32")
_GREY = Symbol(kind="point", colour="#55626b", radius=4)
_FAMILIES = {"Point": "point", "LineString": "line", "Polygon": "area"}


def looks(atlas: Atlas, layers: Mapping[str, pd.DataFrame]) -> list[Look]:
    """Return how each layer and table is drawn, from top to bottom; ``layers`` are those of the GeoPackage."""
    own = [name for name in layers if name.startswith("own_")]
    made = [
        *(look for number, name in enumerate(own) for look in _own(name, layers[name], number)),
        *_places(atlas, layers),
        *_proposed(atlas, layers),
        *_monitor(atlas, layers),
        *_corridors(atlas, layers),
        *_networks(atlas, layers),
        *_areas(atlas, layers),
        *_base(atlas, layers),
        *_belts(atlas, layers),
    ]
    known = {look.table for look in made}
    made += [
        Look(table=name, name=name, title=_title(atlas, name), group="tables", frame=frame, shown=False)
        for name, frame in layers.items()
        if name not in known and not isinstance(frame, gpd.GeoDataFrame)
    ]
    order = list(GROUPS)
    return sorted(made, key=lambda look: order.index(look.group))


def fields_of(atlas: Atlas, layers: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, str]]:
    """Return the names of fields for readers by layer; a user's own layers keep theirs."""
    return {
        name: aliases(frame.columns, lang=atlas.lang) for name, frame in layers.items() if not name.startswith("own_")
    }


def _title(atlas: Atlas, name: str) -> str:
    return atlas.say(*_TABLES[name]) if name in _TABLES else name


def _places(atlas: Atlas, layers: Mapping[str, pd.DataFrame]) -> Iterable[Look]:
    frame = layers.get("places")
    if frame is not None:
        symbols = {
            kind: Symbol(kind="point", colour=colour, shape=shape, radius=radius)
            for kind, _, _, colour, shape, radius, _ in KINDS
        }
        words = {kind: atlas.say(zh, en) for kind, zh, en, *_ in KINDS}
        ranks = list(symbols)
        found = sorted(set(frame["kind"]), key=lambda key: ([_rank(kind, ranks) for kind in key.split(";")], key))
        yield Look(
            table="places",
            name="places",
            title=atlas.say("地点", "Places"),
            group="places",
            frame=frame,
            symbol=_GREY,
            expression='"kind"',
            keys=frame["kind"],
            styles=tuple(
                Style(
                    key=key,
                    label=atlas.say("、", ", ").join(words.get(kind, kind) for kind in key.split(";")),
                    symbol=symbols.get(key.split(";")[0], _GREY),
                )
                for key in found
            ),
            label=atlas.name,
            labels_below=300_000,
        )
    frame = layers.get("places_uncertainty")
    if frame is not None:
        yield Look(
            table="places_uncertainty",
            name="places_uncertainty",
            title=atlas.say("位置误差范围", "Position uncertainty"),
            group="places",
            frame=frame,
            symbol=Symbol(kind="area", colour="#55626b", width=1, dash="3 4"),
            shown=False,
        )


def _rank(kind: str, ranks: list[str]) -> int:
    return ranks.index(kind) if kind in ranks else len(ranks)


def _proposed(atlas: Atlas, layers: Mapping[str, pd.DataFrame]) -> Iterable[Look]:
    frame = layers.get("proposed_sites")
    if frame is None:
        return
    yield Look(
        table="proposed_sites",
        name="proposed_sites",
        title=atlas.say("建议选址（模型）", "Proposed sites (modelled)"),
        group="proposed",
        frame=frame,
        symbol=Symbol(kind="point", colour=CHOSEN, shape="star", radius=6),
        expression='"facility"',
        keys=frame["facility"],
        styles=tuple(
            Style(
                key=key,
                label=atlas.say(*FACILITIES[key]),
                symbol=Symbol(kind="point", colour=_PROPOSED[number], shape="star", radius=6),
            )
            for number, key in enumerate(FACILITIES)
            if key in set(frame["facility"])
        ),
        label=atlas.name,
        labels_below=150_000,
        shown=False,
    )


def _monitor(atlas: Atlas, layers: Mapping[str, pd.DataFrame]) -> Iterable[Look]:
    told = told_of_atlas(atlas)
    for name, kind, title in (
        ("monitor_places", "point", ("条目地点，按状态", "Places of items, by state")),
        ("monitor_lines", "line", ("条目线路（示意），按状态", "Lines of items (schematic), by state")),
    ):
        frame = layers.get(name)
        if frame is None or told is None:
            continue
        symbols = {
            state: Symbol(kind=kind, colour=told.colour(state), shape=look.shape, radius=6, width=3, dash=look.dash)
            for state, look in LOOKS.items()
        }
        yield Look(
            table=name,
            name=name,
            title=atlas.say(*title),
            group="monitor",
            frame=frame,
            symbol=symbols[NO_DATA],
            expression='"state"',
            keys=frame["state"],
            styles=tuple(
                Style(key=state, label=state_word(state, atlas.lang), symbol=symbol)
                for state, symbol in symbols.items()
                if state in set(frame["state"])
            ),
            label=atlas.name,
            labels_below=100_000,
            shown=False,
        )


def _corridors(atlas: Atlas, layers: Mapping[str, pd.DataFrame]) -> Iterable[Look]:
    frame = layers.get("corridors")
    if frame is None:
        return
    mode = overview.corridor_mode(frame)
    styles = [
        Style(
            key=f"{key} {status}",
            label=f"{atlas.say(zh, en)} · {atlas.say(*overview.STATUS[status][:2])}",
            symbol=Symbol(kind="line", colour=colour, width=width, dash=overview.STATUS[status][2] or ""),
        )
        for key, (zh, en, colour, width) in overview.MODES.items()
        for status in overview.STATUS
    ]
    keys = mode + " " + frame["status_now"]
    yield Look(
        table="corridors",
        name="corridors",
        title=atlas.say("交通走廊（示意，现状）", "Corridors (schematic, status now)"),
        group="infrastructure",
        frame=frame,
        symbol=Symbol(kind="line", colour="#8c6d76", width=1.4),
        expression="""CASE WHEN "mode" = 'road' AND coalesce("plan_id", '') <> '' THEN 'red_road' ELSE "mode" END"""
        """ || ' ' || "status_now\"""",
        keys=keys,
        styles=tuple(style for style in styles if style.key in set(keys)),
        label=atlas.name,
        labels_below=150_000,
    )


def _networks(atlas: Atlas, layers: Mapping[str, pd.DataFrame]) -> Iterable[Look]:
    frame = layers.get("network_edges")
    if frame is not None:
        called = network.class_names(atlas)
        names = scenario_names(atlas)
        years = [name for name in names if f"open_{name}" in frame]
        for scenario in years or [""]:
            chosen = frame[frame[f"open_{scenario}"].astype(bool)] if scenario else frame
            yield Look(
                table="network_edges",
                name=f"network_{scenario}" if scenario else "network",
                title=names[scenario] if scenario else atlas.say("路网", "Network"),
                group="network",
                frame=chosen,
                symbol=_edge("other"),
                expression='"highway"',
                keys=chosen["highway"],
                styles=tuple(
                    Style(key=key, label=called[network.class_of(key, called)], symbol=_edge(key, called))
                    for key in sorted(set(frame["highway"]), key=lambda key: _class_rank(key, called))
                ),
                shown=scenario in {"today", ""},
                subset=f'"open_{scenario}" = 1' if scenario else "",
            )
    frame = layers.get("network_nodes")
    if frame is not None:
        yield Look(
            table="network_nodes",
            name="network_nodes",
            title=atlas.say("路网节点（示意）", "Nodes of the network (schematic)"),
            group="infrastructure",
            frame=frame,
            symbol=Symbol(kind="point", colour="#20313f", radius=3.5),
            label=atlas.name,
            labels_below=200_000,
            shown=False,
        )


def _edge(key: str, called: dict[str, str] | None = None) -> Symbol:
    colour, width, dash = network.DRAWING[network.class_of(key, called) if called else key]
    return Symbol(kind="line", colour=colour, width=width, dash=dash or "")


def _class_rank(key: str, called: dict[str, str]) -> tuple[int, str]:
    return list(network.DRAWING).index(network.class_of(key, called)), key


def _areas(atlas: Atlas, layers: Mapping[str, pd.DataFrame]) -> Iterable[Look]:
    for name, group in (("liquor_clusters", "liquor"), ("wellness_cores", "wellness")):
        if name in layers:
            zh, en, colour, fill, opacity = overview.AREAS[group]
            symbol = Symbol(kind="area", colour=colour, fill=fill, opacity=opacity, dash=overview.AREA_DASH)
            yield Look(table=name, name=name, title=atlas.say(zh, en), group=group, frame=layers[name], symbol=symbol,
                       label=atlas.name)  # fmt: skip
    if "wellness_points" in layers:
        yield Look(
            table="wellness_points",
            name="wellness_points",
            title=atlas.say("康养多点", "Wellness points"),
            group="wellness",
            frame=layers["wellness_points"],
            symbol=Symbol(kind="point", colour="#009E73", radius=6),
            label=atlas.name,
            labels_below=300_000,
        )


def _base(atlas: Atlas, layers: Mapping[str, pd.DataFrame]) -> Iterable[Look]:
    drawn = {  # table: title, symbol, column of labels; as add_boundaries of the pages has them
        "counties": (atlas.outlines, Symbol(kind="area", colour="#20313f", width=2.2), atlas.name),
        "frontage": (
            atlas.say("{}（沿县界）", "{} (along the boundary)").format(atlas.river),
            Symbol(kind="line", colour="#0072B2", width=3),
            "",
        ),
        "neighbours": (
            atlas.say("相邻县区", "Neighbouring counties"),
            Symbol(kind="area", colour="#8a949b", width=0.8),
            atlas.name,
        ),
    }
    for wanted, (title, symbol, label) in drawn.items():
        for name in (name for name in layers if name == wanted or re.fullmatch(rf"[a-z]+_{wanted}", name)):
            yield Look(table=name, name=name, title=title, group="base", frame=layers[name], symbol=symbol, label=label)


def _belts(atlas: Atlas, layers: Mapping[str, pd.DataFrame]) -> Iterable[Look]:
    frame = layers.get("fruit_belts")
    if frame is None or frame.empty:
        return
    labels = dict(zip(atlas.bands.attrs["labels"], bands.band_names(atlas), strict=True))
    colours = dict(zip(labels, map(hex_colour, atlas.band_palette.values()), strict=True))
    yield Look(
        table="fruit_belts",
        name="fruit_belts",
        title=atlas.say("规划果业圈层", "Fruit belts of the plan"),
        group="forest_fruit",
        frame=frame,
        symbol=Symbol(kind="area", colour="#8f6a5e", fill="#8f6a5e", opacity=0.72, width=0.4),
        expression='"band"',
        keys=frame["band"],
        styles=tuple(
            Style(
                key=key,
                label=labels[key],
                symbol=Symbol(kind="area", colour=colours[key], fill=colours[key], opacity=0.72, width=0.4),
            )
            for key in labels
            if key in set(frame["band"])
        ),
        shown=False,
    )


def _own(name: str, frame: pd.DataFrame, number: int) -> Iterable[Look]:
    """Yield a user's layer, once for each kind of geometry in it; collections are taken apart, as on the pages."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return
    whole = not (frame.geom_type == "GeometryCollection").any()
    frame = frame if whole else frame.explode(ignore_index=True)
    family = frame.geom_type.str.replace("Multi", "")
    found = [kind for kind in _FAMILIES if (family == kind).any()]
    look = OwnLook.of(number)
    symbols = {  # as add_own of the pages has them
        "Point": Symbol(kind="point", colour=look.colour, shape=look.shape, radius=6),
        "LineString": Symbol(kind="line", colour=look.colour, width=2.5, dash=look.dash),
        "Polygon": Symbol(kind="area", colour=look.colour, fill=look.colour, opacity=0.15, width=2, dash=look.dash),
    }
    pure = whole and len(found) == 1 and bool(family.dropna().isin(found).all())
    for kind in found:
        yield Look(
            table=name,
            name=name if pure else f"{name}_{_FAMILIES[kind]}",
            title=name.removeprefix("own_"),
            group="own",
            frame=frame if pure else frame[family == kind],
            symbol=symbols[kind],
            geometry="" if pure else kind,
            in_project=whole,
        )
