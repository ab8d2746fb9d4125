"""The page of charging along the roads: the fewest stations at a spacing, which the plan does not number."""

from typing import cast

import geopandas as gpd
import pandas as pd

from ... import targets
from ...targets import Charging
from ...webmap import Page
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..links import links_of
from ..page import AtlasPage, add_boundaries, add_relief, shell, small_picture
from ..proposals import CHOSEN, NO_RECORD, add_plan, add_sites, clauses_of, proof, record, shown_year, year_note
from ..proposed import keep_proposed
from ..road import short_name
from ..scenarios import lacks_network, network_note, scenario_names

FILE = "siting_charging.html"
_SHOWN = "#0072B2"
_LACKING = "#101010"


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    lacks = NO_RECORD if record(atlas).charging is None else lacks_network(atlas)
    return [Entry(file=FILE, zh="充电设施", en="Charging", group="infrastructure", order=80, lacks=lacks)]


def items_of(atlas: Atlas) -> list[tuple[str, str]]:
    """Return the item of the plan that asks for the page, with its file."""
    asked = record(atlas).charging
    return [] if asked is None else [(asked.item, FILE)]


def _asked(atlas: Atlas) -> targets.ChargingRecord:
    """Return the record of the page, which is only made with one."""
    return cast(targets.ChargingRecord, record(atlas).charging)


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page."""
    found = atlas.once((FILE, "years"), lambda: _years(atlas))
    today = found[shown_year(atlas.graphs)]
    chosen = today.candidates.loc[list(today.covers[min(today.covers)].chosen)]
    keep_proposed(atlas, "charging", chosen, item=_asked(atlas).item)
    return [charging_page(atlas, found)]


def _years(atlas: Atlas) -> dict[str, Charging]:
    asked = _asked(atlas)
    return {
        year: targets.charging(
            graph,
            outline=atlas.study.outline,
            spacing_km=asked.spacing_km,
            step_km=asked.step_km,
            roads=asked.roads,
        )
        for year, graph in atlas.graphs.items()
    }


def charging_page(atlas: Atlas, years: dict[str, Charging]) -> AtlasPage:
    """Return the page of what is worked out."""
    asked = _asked(atlas)
    year = shown_year(atlas.graphs)
    found = years[year]
    spacings = list(found.covers)
    told = atlas.say("、", " and ").join(f"{km:g}" for km in spacings)
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            f"沿干线每隔不超过 {told} km 一处，至少要几处",
            f"One at most every {told} km along the roads: how few will do",
        ),
        sources=[network_note(atlas)],
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    group = atlas.say("间距", "Spacing")
    names = {km: atlas.say(f"≤ {km:g} km", f"≤ {km:g} km") for km in spacings}
    for km, name in names.items():
        _add_view(page, atlas, found, km, name=name, group=group, shown=km == spacings[0])
    if len(names) > 1:
        page.add_switch(group, list(names.values()))
    add_plan(page, atlas, [asked.item], ours=_ours(atlas, found, year))
    _add_counts(page, atlas, years)
    for km in spacings:
        _add_table(page, atlas, found, km)
    _add_lacking(page, atlas, found)
    return AtlasPage(
        file=FILE,
        title=page.title,
        summary=atlas.say(
            f"沿高速与国省干线的充电点：间距不超过 {told} km 时至少要几处、在哪里。",
            f"Charging along motorways and main roads: how few, and where, at a spacing of {told} km.",
        ),
        page=page,
        thumbnail=small_picture(
            atlas, points=[(found.candidates.loc[list(found.covers[spacings[0]].chosen)].geometry, CHOSEN)]
        ),
        figures=_figures(atlas, found, year),
        main_table=_counts_title(atlas),
    )


def _ours(atlas: Atlas, found: Charging, year: str) -> list[str]:
    asked = _asked(atlas)
    return [
        atlas.say(
            f"规划没有写数量和位置。间距是本页的假定；两县内这些道路共约 {found.km:,.0f} km"
            f"（高速、国道与省干线，示意路网）。{year_note(atlas, year)}",
            f"The plan gives neither number nor place. The spacings are our assumption; these roads have about "
            f"{found.km:,.0f} km in the counties (motorways and main roads). {year_note(atlas, year)}",
        ),
        atlas.say(
            f"做法：沿路每 {asked.step_km:g} km 一个检查点，每点半个间距之内要有充电点，距离沿路网计；"
            f"候选为 {len(found.candidates)} 个乡镇驻地、互通与车站。求最少数量，并给出下界。",
            f"Method: a point every {asked.step_km:g} km along the roads must have a station within half the spacing, "
            f"along the network; candidates are {len(found.candidates)} township seats, interchanges and stations. The "
            "fewest are sought, with a bound.",
        ),
        atlas.say(
            "已有的充电桩没有公开名录，未计入：这里是从零算起至少要多少；高速服务区不在示意路网中。",
            "No list of existing chargers is public, so none counts: this is how many it would take from nothing. "
            "Service "
            "areas are not in the schematic network.",
        ),
    ]


def _sites(atlas: Atlas, found: Charging, km: float) -> gpd.GeoDataFrame:
    result = found.covers[km]
    sites = found.candidates.loc[list(result.chosen)]
    near = found.cost[list(result.chosen)]
    own = near.idxmin(axis=1)[near.min(axis=1) <= km / 2.0]
    served = found.points["km"].groupby(own).sum()
    names = [short_name(zh if atlas.lang == "zh" else en or atlas.named(zh)) for zh, en in
             zip(sites["name_zh"], sites["name_en"], strict=True)]  # fmt: skip
    kinds = {
        "township": atlas.say("乡镇驻地", "township seat"),
        "interchange": atlas.say("互通", "interchange"),
        "station": atlas.say("车站", "station"),
        "county_seat": atlas.say("县城", "county seat"),
    }
    other = atlas.say("路网节点", "node of the network")
    county = [atlas.county(name) if name else "–" for name in sites["county"]]
    return sites.drop(columns=["name_zh", "name_en"]).assign(
        place=names,
        county_name=county,
        kind_name=[kinds.get(kind, other) for kind in sites["kind"]],
        km=served.reindex(sites.index).fillna(0.0).round(),
    )


def _add_view(page: Page, atlas: Atlas, found: Charging, km: float, *, name: str, group: str, shown: bool) -> None:
    lacking = set(found.covers[km].unserved)
    served = atlas.say(f"{km / 2:g} km 内有充电点", f"a station within {km / 2:g} km")
    none = atlas.say("候选地点都够不着", "beyond every candidate")
    styles = {
        "served": {"color": _SHOWN, "weight": 2.5, "label": served},
        "none": {"color": _LACKING, "weight": 4, "dash": "5 4", "label": none},
    }
    state = pd.Series(["none" if number in lacking else "served" for number in found.points.index], dtype=str)
    parts = gpd.GeoDataFrame(
        {"road": found.points["name_zh"], "link": found.points["link"], "state": state.to_numpy()},
        geometry=gpd.GeoSeries(found.points["part"].tolist(), index=found.points.index, crs=found.points.crs),
    )
    whole = parts.dissolve(["link", "state"], as_index=False, aggfunc="first")
    whole = whole.set_geometry(whole.geometry.line_merge())
    page.add_lines(
        name,
        atlas.coarsened(whole).assign(road=[atlas.named(text) for text in whole["road"]]),
        popup=[("road", atlas.say("道路", "Road"))],
        style_by="state",
        styles={kind: style for kind, style in styles.items() if kind in set(state)},
        group=group,
        exclusive=True,
        shown=shown,
        evidence="modelled",
        key=f"roads_{km:g}",
    )
    add_sites(
        page,
        atlas,
        atlas.coarsened(_sites(atlas, found, km)),
        label="place",
        name=name,
        key=f"sites_{km:g}",
        title=atlas.say("建议的充电点", "Proposed station"),
        popup=[
            ("place", atlas.say("地点", "Place")),
            ("kind_name", atlas.say("类别", "Kind")),
            ("km", atlas.say("就近服务道路 (km)", "Roads nearest to it (km)")),
        ],
        group=group,
        exclusive=True,
        shown=shown,
        radius=8,
        labels=True,
    )


def _counts_title(atlas: Atlas) -> str:
    return atlas.say("至少要几处", "How few will do")


def _add_counts(page: Page, atlas: Atlas, years: dict[str, Charging]) -> None:
    names = scenario_names(atlas)
    rows = [
        {
            "year": names[year],
            "km": round(found.km),
            "spacing": km,
            "count": len(result.chosen),
            "proof": proof(atlas, result),
            "lacking": round(float(found.points.loc[list(result.unserved), "km"].sum())),
        }
        for year, found in years.items()
        for km, result in found.covers.items()
    ]
    page.add_table(
        _counts_title(atlas),
        pd.DataFrame(rows),
        columns={
            "year": atlas.say("路网", "Network"),
            "km": atlas.say("道路 (km)", "Roads (km)"),
            "spacing": atlas.say("间距 (km)", "Spacing (km)"),
            "count": atlas.say("至少（处）", "At least"),
            "proof": atlas.say("证明", "Proof"),
            "lacking": atlas.say("够不着 (km)", "Beyond all (km)"),
        },
        digits={"km": 0, "spacing": 0, "count": 0, "lacking": 0},
        sortable=False,
        note=atlas.say(
            "“够不着”：离所有候选地点都超过半个间距的道路，多为两互通之间，须在服务区设点。",
            "“Beyond all”: road farther than half the spacing from every candidate, mostly between two interchanges; "
            "it "
            "takes a service area.",
        ),
    )


def _add_table(page: Page, atlas: Atlas, found: Charging, km: float) -> None:
    page.add_table(
        atlas.say(f"建议地点（间距 ≤ {km:g} km）", f"Proposed places (spacing ≤ {km:g} km)"),
        pd.DataFrame(_sites(atlas, found, km).drop(columns="geometry")).sort_values("km", ascending=False),
        columns={
            "place": atlas.say("地点", "Place"),
            "county_name": atlas.say("县", "County"),
            "kind_name": atlas.say("类别", "Kind"),
            "km": atlas.say("就近服务道路 (km)", "Roads nearest to it (km)"),
        },
        digits={"km": 0},
    )


def _add_lacking(page: Page, atlas: Atlas, found: Charging) -> None:
    """Name the roads of which a stretch is beyond every candidate, at the closest spacing."""
    km = min(found.covers)
    far = found.points.loc[list(found.covers[km].unserved)]
    if far.empty:
        return
    lengths = far.groupby("name_zh", sort=True)["km"].sum().round()
    listed = atlas.say("、", ", ").join(f"{atlas.named(str(name))} {length:.0f} km" for name, length in lengths.items())
    page.add_text(
        atlas.say("够不着的路段", "Stretches beyond every candidate"),
        atlas.say(f"间距 {km:g} km 时：{listed}。", f"At a spacing of {km:g} km: {listed}."),
    )


def _figures(atlas: Atlas, found: Charging, year: str) -> tuple[Figure, ...]:
    asked = _asked(atlas)
    return tuple(
        Figure(
            page=FILE,
            name=atlas.say(f"充电点，间距 ≤ {km:g} km，至少", f"Charging stations at ≤ {km:g} km, at least"),
            value=float(len(result.chosen)),
            unit=atlas.say("处", ""),
            clause=clauses_of(atlas, [asked.item]),
            items=links_of(atlas).known([asked.item]),
            method=f"{network_note(atlas)} {year_note(atlas, year)}",
            evidence="modelled",
        )
        for km, result in found.covers.items()
    )
