"""The map of a road for visitors: the road by status and by points, gaps, sites, chainage, and the profile below."""

import numpy as np
import pandas as pd

from ..webmap import Page
from .context import Atlas
from .road import KINDS, WORTH, RoadView, kind_name, lon_lat, names_of, status_name

_STATUS = {  # colour, width, dash
    "open": ("#7A1020", 4.0, None),
    "construction": ("#C8102E", 4.0, "14 5"),
    "planned": ("#C8102E", 4.0, "5 5"),
    "unknown": ("#B5307A", 4.0, "10 3"),
    "": ("#8c98a1", 4.0, None),
}
_GAP = "#E69F00"
_STATIONS_KM = 10


def add_road(page: Page, view: RoadView) -> None:
    """Add the road twice, by status and by value of the stretch, with buttons to switch."""
    atlas = view.atlas
    group = atlas.say("道路", "Road")
    popup: list[tuple[str, str] | tuple[str, str, int]] = [
        ("branch_name", atlas.say("路段", "Branch")),
        ("from_km", atlas.say("起 (km)", "From (km)"), 1),
        ("to_km", atlas.say("止 (km)", "To (km)"), 1),
        ("status_name", atlas.say("状态", "Status")),
        ("corridor", atlas.say("规划条目", "Item of the plan")),
        ("value", atlas.say("分值", "Points"), 0),
    ]
    by_status: dict[str, dict[str, object]] = {
        status: {"color": colour, "weight": weight, "dash": dash, "label": status_name(atlas, status)}
        for status, (colour, weight, dash) in _STATUS.items()
    }
    bounds = [least for least, *_ in WORTH]
    by_worth: dict[str, dict[str, object]] = {
        f"{least:g}": {"color": colour, "weight": weight, "label": _worth_label(atlas, least, above)}
        for (least, colour, weight), above in zip(WORTH, [np.inf, *bounds], strict=False)
    }
    names = [atlas.say("按状态", "By status"), atlas.say("按路段分值", "By points of the stretch")]
    for name, column, styles in zip(names, ("status", "worth"), (by_status, by_worth), strict=True):
        page.add_lines(
            name,
            view.stretches,
            casing="#ffffff",
            popup=popup,
            label="name",
            style_by=column,
            styles=styles,
            group=group,
            exclusive=True,
            evidence="schematic",
            key=column,
        )
    page.add_switch(group, names)


def _worth_label(atlas: Atlas, least: float, above: float) -> str:
    if least < 0:
        return atlas.say("没有点位", "no site")
    if not np.isfinite(above):
        return atlas.say(f"{least:g} 分以上", f"{least:g} points and more")
    if least < 1:
        return atlas.say(f"不足 {above:g} 分", f"under {above:g} points")
    return atlas.say(f"{least:g}–{above:g} 分", f"{least:g} to {above:g} points")


def add_gap_lines(page: Page, view: RoadView) -> None:
    """Add the stretches that serve no site, drawn broad under the road."""
    atlas = view.atlas
    gaps = view.gaps
    if gaps.empty:
        return
    within = view.within
    name = atlas.say(f"空白段（{within}内没有点位）", f"Gaps (no site within {within})")
    page.add_lines(
        name,
        gaps,
        style_by="threshold",
        styles={view.threshold: {"color": _GAP, "weight": 13, "opacity": 0.6, "label": name}},
        label="where",
        popup=[
            ("length_km", atlas.say("长度 (km)", "Length (km)"), 1),
            ("before", atlas.say("前一点位", "Site before")),
            ("after", atlas.say("后一点位", "Site after")),
        ],
        group=_places(atlas),
        evidence="schematic",
        key="gaps",
    )


def _places(atlas: Atlas) -> str:
    return atlas.say("点位与桩号", "Sites and chainage")


def add_sites(page: Page, view: RoadView) -> None:
    """Add the sites: filled where the road covers them, hollow where it does not."""
    atlas = view.atlas
    within = view.within
    styles = {}
    for kind, (_, _, colour, shape, radius) in KINDS.items():
        name = kind_name(atlas, kind)
        near = atlas.say(f"{name}（{within}内）", f"{name} within {within}")
        far = atlas.say(f"{name}（更远）", f"{name} farther")
        styles[f"{kind} in"] = {"fill": colour, "shape": shape, "radius": radius, "label": near}
        styles[f"{kind} out"] = {"fill": "#ffffff", "casing": colour, "shape": shape, "radius": radius, "label": far}
    page.add_points(
        atlas.say("点位", "Sites"),
        view.sites,
        label="name_shown",
        labels=True,
        label_zoom=9,
        popup=[
            ("kind_name", atlas.say("类别", "Kind")),
            ("minutes", atlas.say("到道路（分钟）", "Minutes to the road"), 0),
            ("distance_km", atlas.say("距道路（直线 km）", "Straight to the road (km)"), 1),
            ("at", atlas.say("最近桩号", "Nearest chainage")),
            ("weight", atlas.say("分值", "Points"), 0),
        ],
        uncertainty="uncertainty_m",
        style_by="style",
        styles=styles,
        group=_places(atlas),
        key="sites",
    )


def add_stations(page: Page, view: RoadView) -> None:
    """Add the chainage: every tenth kilometre, and on demand each."""
    atlas = view.atlas
    stations = view.road.chainage
    steps = stations[stations["kind"].isin(["start", "step", "end"])]
    steps = steps.assign(branch_name=steps["branch"].map(view.branches))
    tenth = (steps["km"] % _STATIONS_KM).lt(1e-6) | steps["kind"].ne("step")
    popup: list[tuple[str, str] | tuple[str, str, int]] = [("branch_name", atlas.say("路段", "Branch"))]
    popup.append(("km", "km", 1))
    for name, own, shown in (
        (atlas.say(f"桩号（每 {_STATIONS_KM} km）", f"Chainage (each {_STATIONS_KM} km)"), steps[tenth], True),
        (atlas.say("桩号（每 km）", "Chainage (each km)"), steps[~tenth], False),
    ):
        if len(own):
            page.add_points(
                name,
                own,
                color="#20313f",
                radius=2.5,
                label="mark",
                labels=True,
                label_zoom=10.5 if shown else 12,
                search=(),
                popup=popup,
                shown=shown,
                group=_places(atlas),
                key="chainage" if shown else "chainage_km",
            )


def add_alignment_lines(page: Page, view: RoadView) -> None:
    """Add the links that no road has yet, as drawn on the terrain."""
    atlas = view.atlas
    links = view.road.alignments
    drawn = links[~(links.geometry.isna() | links.geometry.is_empty)]
    if drawn.empty:
        return
    page.add_lines(
        atlas.say("研究选线（非设计）", "Study alignments (no design)"),
        drawn.assign(shown=names_of(atlas, drawn), km=drawn["length_m"] / 1000.0, why=drawn[f"note_{atlas.lang}"]),
        color="#4B2E83",
        weight=3,
        dash="7 4",
        casing="#ffffff",
        label="shown",
        popup=[("id", atlas.say("条目", "Item")), ("km", "km", 1), ("why", atlas.say("注意", "Mind"))],
        group=atlas.say("研究选线", "Study alignments"),
        evidence="modelled",
        key="alignments",
    )


def add_profile(page: Page, view: RoadView) -> None:
    """Add the profile under the map: of a surveyed line with its grades, else the ground below the drawn line alone."""
    atlas = view.atlas
    if view.road.profile is None or view.road.profile.table.empty:
        return
    table = view.road.profile.table
    table = table.assign(**lon_lat(table["x"], table["y"], view.road.route.crs))
    if view.road.surveyed:
        words = {"bridge": atlas.say("桥", "bridge"), "tunnel": atlas.say("隧道", "tunnel"), "": ""}
        limit = view.road.profile.max_grade
        table = table.assign(
            over=table["grade"].abs() > limit + 1e-9, grade=100.0 * table["grade"], span=table["span"].map(words)
        )
        title = atlas.say("纵断面", "Profile")
    else:
        table = table[["branch", "m", "z", "lon", "lat"]]
        title = atlas.say(
            "沿线地面高程（示意线为直线，不是道路纵坡）",
            "Ground heights along the road (drawn straight between places: no grades of a road)",
        )
    if atlas.demonstration:
        title += atlas.say("；示范地形", "; demonstration terrain")
    sites = view.sites
    near = sites[sites["covered"] & sites["kind"].ne("township")]
    gaps = view.gaps
    page.add_profile(
        title,
        table,
        names=view.branches,
        marks=pd.DataFrame({"branch": near["branch"], "m": 1000.0 * near["km"], "name": near["name_shown"]}),
        stretches=pd.DataFrame(
            {
                "branch": gaps["branch"],
                "from_m": 1000.0 * gaps["from_km"],
                "to_m": 1000.0 * gaps["to_km"],
                "name": atlas.say("空白段", "gap"),
            }
        ),
    )
