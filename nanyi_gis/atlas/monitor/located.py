"""Where the items of the register are, with their states: places and lines, and a map of them as SVG."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
from markupsafe import Markup

from ... import plan as plan_room
from ..sketch import Sketch
from .looks import LOOKS, legend, order_of, state_word
from .told import Told

_BEYOND = {"city", "county_seat"}  # a road leads to them; no item stands there
_ORIGIN = ("source", "as_of", "evidence", "uncertainty_m")
_SIDE = 620.0
_SIMPLE_M = 300.0


def located_items(told: Told, places: gpd.GeoDataFrame, corridors: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a row for each place or line of an item that has a position.

    Columns ``key``, unique, ``item``, ``name_zh``, ``name_en`` (of the item), ``place`` (id of the place or corridor),
    ``place_zh``, ``place_en``, ``county``, ``state``, ``completion``, ``deadline``, ``clause``, of the
    position ``source``, ``as_of``, ``evidence`` and ``uncertainty_m``, and the geometry, in the CRS of ``places``. An
    item's state is that of its own line, and not of a county's share.
    """
    own = {row["id"]: row for row in told.rows if told.line(row).whole}
    drawn = set(corridors["plan_id"])
    found: list[dict[str, Any]] = []
    for place in plan_room.located(places).to_dict("records"):
        if _BEYOND & set(place["kind"]):
            continue
        found += [_record(own[number], place) for number in place["plan_ids"] if number in own and number not in drawn]
    lines = corridors.to_crs(places.crs)
    found += [_record(own[line["plan_id"]], line) for line in lines.to_dict("records") if line["plan_id"] in own]
    columns = [*_record(_NOTHING, _NOTHING)]
    return gpd.GeoDataFrame(pd.DataFrame(found, columns=columns), geometry="geometry", crs=places.crs)


class _Nothing(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


_NOTHING = _Nothing()


def _record(row: Mapping[str, Any], place: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "key": f"{row['id']}.{place['id']}",
        "item": row["id"],
        "name_zh": row["name"],
        "name_en": row["name_en"],
        "place": place["id"],
        "place_zh": place["name_zh"],
        "place_en": place["name_en"],
        "county": row["county"],
        "state": row["state"],
        "completion": row["completion"],
        "deadline": str(row["deadline"] or ""),
        "clause": row["clause"],
        **{name: place[name] for name in _ORIGIN},
        "geometry": place["geometry"],
    }


def state_layers(told: Told, located: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Return what :func:`located_items` has as layers of points and of lines, with the day of the states."""
    frame = located.rename(columns={"key": "id", "item": "plan_id"}).assign(
        state_en=[state_word(str(state), "en") for state in located["state"]], state_as_of=str(told.as_of)
    )
    point = frame.geom_type == "Point"
    return {"monitor_places": frame[point], "monitor_lines": frame[~point]}


def map_svg(told: Told, located: gpd.GeoDataFrame) -> Markup:
    """Return counties, lines and places as SVG, coloured and shaped by state; of several items at a place the worst.

    Positions are rounded to some 200 m, which public maps may show.
    """
    sketch = Sketch(told.study.counties, side=_SIDE, simple_m=_SIMPLE_M, digits=0)
    parts = [Markup('<path class="nl" d="{}"/>').format(sketch.path(told.study.counties.geometry))]
    points = located[located.geom_type == "Point"]
    for row in located[located.geom_type != "Point"].itertuples():
        colour = told.colour(str(row.state))
        told_of = f"{told.say(row.name_zh, row.name_en)} · {state_word(str(row.state), told.lang)}"
        line = sketch.path([row.geometry], closed=False)
        parts.append(Markup('<path class="nk" d="{}"/>').format(line))
        parts.append(
            Markup('<path class="nr" d="{}" stroke="{}"><title>{}</title></path>').format(line, colour, told_of)
        )
    worst = points.assign(rank=points["state"].map(order_of)).sort_values(["rank", "item"], kind="stable")
    grouped = sorted(worst.groupby("place", sort=False), key=lambda pair: -int(pair[1]["rank"].iloc[0]))
    for _, group in grouped:  # the worst last, over the others
        first = group.iloc[0]
        x, y = sketch.at(first["geometry"])
        names = [
            f"{told.say(row.name_zh, row.name_en)} · {state_word(str(row.state), told.lang)}"
            for row in group.itertuples()
        ]
        place = told.say(first["place_zh"], first["place_en"] or first["place_zh"])
        more = told.say(f"等 {len(names)} 项", f"and others, {len(names)} in all") if len(names) > 3 else ""
        text = f"{place}: {told.say('；', '; ').join(names[:3])}{' ' if more else ''}{more}"
        parts.append(
            Markup('<use href="#nm-{}" x="{:.0f}" y="{:.0f}" width="13" height="13"><title>{}</title></use>').format(
                LOOKS[str(first["state"])].key, x - 6.5, y - 6.5, text
            )
        )
    for point, name in zip(told.study.counties.representative_point(), told.study.counties["name_zh"], strict=True):
        x, y = sketch.at(point)
        parts.append(Markup('<text x="{:.0f}" y="{:.0f}">{}</text>').format(x, y, told.county_full(str(name))))
    wide, high = sketch.size
    label = told.say("各县与有位置的条目，按状态", "Counties and items that have a place, by state")
    shown = [state for state in LOOKS if (located["state"] == state).any()]
    return Markup('<svg class="nm-map" viewBox="-8 -8 {:.0f} {:.0f}" role="img" aria-label="{}">{}</svg>{}').format(
        wide + 16, high + 16, label, Markup("").join(parts), legend(shown, told.lang)
    )
