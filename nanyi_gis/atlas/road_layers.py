"""The map of a road for visitors: the road by status and by points, gaps, sites, chainage, and the profile below."""

from typing import Any

import numpy as np
import pandas as pd

from ..plan import PUBLIC_GRID_M
from ..webmap import Page
from .context import Atlas
from .links import links_of
from .road import KINDS, WORTH, RoadView, kind_name, lon_lat, names_of, status_name

_STATUS = {  # colour, width, dash
    "open": ("#500010", 4.0, None),
    "construction": ("#c05030", 4.0, "14 5"),
    "planned": ("#8030a0", 4.0, "5 5"),
    "unknown": ("#e0b010", 4.0, "10 3"),
    "": ("#b0b0b0", 4.0, None),
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
    stretches = view.stretches
    stretches = stretches.assign(items=links_of(atlas).named(stretches["corridor"]))
    names = [atlas.say("按状态", "By status"), atlas.say("按路段分值", "By points of the stretch")]
    for name, column, styles in zip(names, ("status", "worth"), (by_status, by_worth), strict=True):
        page.add_lines(
            name,
            stretches,
            casing="#ffffff",
            popup=popup,
            label="name",
            style_by=column,
            styles=styles,
            group=group,
            exclusive=True,
            evidence="schematic",
            items="items",
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
    """Add the sites, the township seats apart: filled where the road covers them, hollow where it does not."""
    atlas, spots = view.atlas, view.spots
    towns = spots["kind"].eq("township")
    for key, name, own, zoom in (
        ("township", kind_name(atlas, "township"), spots[towns], 9.25),
        ("sites", atlas.say("点位", "Sites"), spots[~towns], 8.0),
    ):
        if own.empty:
            continue
        page.add_points(
            name,
            own,
            label="short",
            labels=True,
            label_zoom=zoom,
            search=("every_zh", "every_en"),
            popup=[
                ("name_shown", atlas.say("名称", "Name")),
                ("also_here", atlas.say("同处", "Also here")),
                ("kind_name", atlas.say("类别", "Kind")),
                ("minutes", atlas.say("到道路（分钟）", "Minutes to the road"), 0),
                ("distance_km", atlas.say("距道路（直线 km）", "Straight to the road (km)"), 1),
                ("at", atlas.say("最近桩号", "Nearest chainage")),
                ("weight", atlas.say("分值", "Points"), 0),
            ],
            uncertainty="uncertainty_m",
            style_by="style",
            styles=_site_styles(view, set(own["style"])),
            group=_places(atlas),
            key=key,
        )


def _site_styles(view: RoadView, used: set[str]) -> dict[str, dict[str, object]]:
    """Return how sites are drawn that there are."""
    atlas, within = view.atlas, view.within
    styles: dict[str, dict[str, object]] = {}
    for kind, (_, _, colour, shape, radius) in KINDS.items():
        name = kind_name(atlas, kind)
        near = atlas.say(f"{name}（{within}内）", f"{name} within {within}")
        far = atlas.say(f"{name}（更远）", f"{name} farther")
        styles[f"{kind} in"] = {"fill": colour, "shape": shape, "radius": radius, "label": near}
        styles[f"{kind} out"] = {"fill": "#ffffff", "casing": colour, "shape": shape, "radius": radius, "label": far}
    return {name: style for name, style in styles.items() if name in used}


def add_stations(page: Page, view: RoadView) -> None:
    """Add the chainage between the ends of branches: every tenth kilometre, and on demand each."""
    atlas = view.atlas
    stations = view.road.chainage
    steps = stations[stations["kind"].eq("step")]
    steps = steps.assign(branch_name=steps["branch"].map(view.branches))
    tenth = (steps["km"] % _STATIONS_KM).lt(1e-6)
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
                radius=2,
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
        drawn.assign(
            shown=names_of(atlas, drawn),
            km=drawn["length_m"] / 1000.0,
            height=[f"{up:.0f} / {down:.0f}" for up, down in zip(drawn["climb_m"], drawn["descent_m"], strict=True)],
            grade=[_grade_text(row) for row in drawn.to_dict("records")],
            over=[_over_text(row) for row in drawn.to_dict("records")],
            minutes=[
                f"{there:.0f} / {back:.0f}"
                for there, back in zip(drawn["minutes_there"], drawn["minutes_back"], strict=True)
            ],
            why=_flag(atlas),
            items=links_of(atlas).named(drawn["id"]),
        ),
        color="#4B2E83",
        weight=3,
        dash="7 4",
        casing="#ffffff",
        label="shown",
        popup=[
            ("km", "km", 1),
            ("height", atlas.say("升 / 降 (m)", "Climb / descent (m)")),
            ("grade", atlas.say("最陡 / 限值 (%)", "Steepest / limit (%)")),
            ("over", atlas.say("超限长度", "Above the limit")),
            ("minutes", atlas.say("去 / 回（分）", "There / back (min)")),
            ("why", atlas.say("注意", "Mind")),
        ],
        group=atlas.say("研究选线", "Study alignments"),
        evidence="modelled",
        key="alignments",
        items="items",
    )


def _flag(atlas: Atlas) -> str:
    """Return that an alignment is no design, and on what terrain it is drawn."""
    flag = atlas.say("仅供研究，非设计", "for study, no design")
    return flag + atlas.say("；示范地形", "; demonstration terrain") if atlas.demonstration else flag


def _grade_text(row: dict[str, Any]) -> str:
    """Return the steepest grade of an alignment, on a road with its limit."""
    ends = [100.0 * row[name] for name in ("steepest", "max_grade") if np.isfinite(row[name])]
    return " / ".join(f"{grade:.1f}" for grade in ends)


def _over_text(row: dict[str, Any]) -> str:
    """Return the share of a road's length above its limit, nothing on foot."""
    return f"{100.0 * row['share_over']:.0f} %" if np.isfinite(row["share_over"]) else ""


def add_profile(page: Page, view: RoadView) -> None:
    """Add the profile under the map: of a surveyed line with its grades, else the ground below the drawn line alone.

    After the branches of the road stand the study alignments, with the grades of their own grade lines.
    """
    atlas = view.atlas
    if view.road.profile is None or view.road.profile.table.empty:
        return
    links = _link_profiles(view)
    table = view.road.profile.table
    table = table.assign(**lon_lat(table["x"], table["y"], view.road.route.crs, step=_step(atlas)))
    if view.road.surveyed:
        limit = view.road.profile.max_grade
        table = table.assign(over=table["grade"].abs() > limit + 1e-9, grade=100.0 * table["grade"])
        table["span"] = table["span"].map(_spans(atlas))
        title = atlas.say("纵断面", "Profile")
    else:
        table = table[["branch", "m", "z", "lon", "lat"]]
        title = atlas.say("示意直线下的地面高程（不是道路纵坡）", "Ground below the straight lines (no road grades)")
    if len(links):
        table = pd.concat([table.astype({"branch": object}), links], ignore_index=True)
        title += atlas.say("；研究选线（非设计）", "; study alignments (no design)")
    if atlas.demonstration:
        title += atlas.say("；示范地形", "; demonstration terrain")
    told = table.assign(z=atlas.heights(table["z"]))
    names = view.branches | _link_names(view)
    page.add_profile(title, told, names=names, marks=_marks(view), stretches=_shaded(view))


def _step(atlas: Atlas) -> float:
    """Return the distance in metres on which the stations of a profile are placed, 0 for as they are."""
    return PUBLIC_GRID_M if atlas.public else 0.0


def _spans(atlas: Atlas) -> dict[str, str]:
    return {"bridge": atlas.say("桥", "bridge"), "tunnel": atlas.say("隧道", "tunnel"), "": ""}


def _link_profiles(view: RoadView) -> pd.DataFrame:
    """Return the stations of the study alignments, each a branch by its id."""
    stations = view.road.alignment_profiles
    if stations.empty:
        return pd.DataFrame()
    limits = view.road.alignments.set_index("id")["max_grade"]
    return pd.DataFrame(
        {
            "branch": stations["id"],
            "m": stations["m"],
            "z": stations["z"],
            **lon_lat(stations["x"], stations["y"], str(view.road.alignments.crs), step=_step(view.atlas)),
            "grade": 100.0 * stations["grade"],
            "over": stations["grade"].abs() > stations["id"].map(limits).fillna(np.inf) * (1.0 + 1e-9),
            "span": stations["span"].map(_spans(view.atlas)),
        }
    )


def _link_names(view: RoadView) -> dict[str, str]:
    """Return what the alignments are called in the choice of the profile: that they are no design, and on what."""
    atlas, links = view.atlas, view.road.alignments
    flag = atlas.say("研究选线", "study")
    if atlas.demonstration:
        flag += atlas.say("，示范地形", ", modelled terrain")
    pairs = zip(links["id"], names_of(atlas, links), strict=True)
    return {link: atlas.say(f"{link} {name}（{flag}）", f"{link} {name} ({flag})") for link, name in pairs}


def _marks(view: RoadView) -> pd.DataFrame:
    near = view.sites[view.sites["covered"] & view.sites["kind"].ne("township")]
    return pd.DataFrame({"branch": near["branch"], "m": 1000.0 * near["km"], "name": near["short"]})


def _shaded(view: RoadView) -> pd.DataFrame:
    gaps = view.gaps
    spans = {"from_m": 1000.0 * gaps["from_km"], "to_m": 1000.0 * gaps["to_km"]}
    return pd.DataFrame({"branch": gaps["branch"], **spans, "name": view.atlas.say("空白段", "gap")})
