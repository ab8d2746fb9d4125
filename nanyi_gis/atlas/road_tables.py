"""The tables beside the map of a road for visitors: coverage and its curve, gaps, sites, stretches, lengths."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..webmap import Page, charts
from .context import Atlas
from .figures import span_text
from .links import clause_words, links_of
from .road import RoadView, box_of, kind_name, names_of, status_name, threshold_name

_ROWS = 15
_MEASURED = ("stretch", "route", "difference")  # rows of the lengths that the road itself gives
_WHOLE = ("limit", "over", "climb_m", "descent_m", "minutes_there", "minutes_back")
_LENGTHS = {
    "facts": ("公布里程之和", "published, together"),
    "total": ("规划总长", "the plan's total"),
    "rest": ("未说明的长度", "not accounted for"),
    "unpublished": ("未公布去向的长度", "not published where"),
    "excess": ("多出的长度", "more than the total"),
    "route": ("线路全长", "the road as a whole"),
    "difference": ("与规划总长之差", "difference from the plan's total"),
}


def add_coverage(page: Page, view: RoadView) -> None:
    """Add what share of each kind lies within each threshold, with its range."""
    atlas = view.atlas
    table = view.road.coverage.table
    thresholds = sorted(dict.fromkeys(table["threshold"]), key=lambda name: name.endswith(" km"))  # minutes first
    rows = []
    for kind, own in table.groupby("kind", sort=False):
        cells = own.set_index("threshold")
        total = cells["total"].iloc[0]
        shown = f"{total:.0f}"
        if kind == "people":  # a census spread by rules: no more digits than that bears
            shown = atlas.say(f"{total / 1e4:.0f}\u00a0万", f"{round(total, -4):,.0f}")
        rows.append([kind_name(atlas, str(kind)), shown, *(_share(cells.loc[name]) for name in thresholds)])
    heads = [atlas.say("类别", "Kind"), atlas.say("总数", "Total")]
    page.add_table(
        atlas.say("覆盖", "What it covers"),
        pd.DataFrame(rows, columns=[*heads, *(threshold_name(atlas, name) for name in thresholds)]),
        sortable=False,
        note=atlas.say(
            f"占总数的百分比。分钟按路网到道路的最短时间，km 为直线。有区间的：点位为位置误差内抽样的平均与 5–95 %，"
            f"人口的区间为各分摊规则的最小到最大。{_below(table, 'zh')}",
            "Per cent of the total. Minutes are the quickest way by the network to the road, km straight. With a "
            "range: mean and 5 to 95 % of draws within the places' uncertainty, for people least to most of the rules."
            f"{_below(table, 'en')}",
        ),
    )


def _below(table: pd.DataFrame, lang: str) -> str:
    """Return why the ranges of sites hardly reach above the share as mapped, where that is so; else nothing."""
    sites = table[table["kind"].eq("all") & table["low"].notna()]
    if sites.empty or (sites["high"] - sites["share"]).median() > 0.01:
        return ""
    if lang == "zh":
        return "示意路网的道路正穿过点位，位置一动只会离路更远：图上的比例就是区间的上端，实际多半更低。"
    return (
        " The schematic roads run right through the places, which can only move away from them: the share as mapped is "
        "the top of the range, and the true one is likely lower."
    )


def _share(row: "pd.Series[float]") -> str:
    low, high, expected = row["low"], row["high"], row.get("expected", np.nan)
    if np.isfinite(low) and np.isfinite(high):
        span = span_text(100.0 * low, 100.0 * high)
        plain = not np.isfinite(expected) or span == f"{100.0 * expected:.0f}"
        return f"{span} %" if plain else f"{100.0 * expected:.0f} ({span}) %"
    return "–" if not np.isfinite(row["share"]) else f"{100.0 * row['share']:.0f} %"


def add_curve(page: Page, view: RoadView) -> None:
    """Add how the covered share grows along the road, branch after branch."""
    atlas = view.atlas
    own = view.road.coverage.by_chainage
    own = own[own["threshold"] == view.threshold]
    kinds = [kind for kind in dict.fromkeys(own["kind"]) if kind != "all"]
    lines = {}
    for kind in kinds:
        curve = own[own["kind"] == kind]
        if len(curve) > 1 and np.isfinite(curve["share"]).all():
            lines[kind_name(atlas, kind)] = (curve["along_km"].tolist(), (100.0 * curve["share"]).tolist())
    if not lines:
        return
    starts = (own["along_km"] - own["km"]).groupby(own["branch"], sort=False).min()
    places = list(zip(starts.index.tolist(), starts.tolist(), strict=True))
    within = view.within
    page.add_chart(
        atlas.say(f"沿线累计覆盖（{within}内）", f"Covered along the road (within {within})"),
        charts.line_chart(
            lines,
            title=atlas.say("沿线累计覆盖比例", "Share covered along the road"),
            x_label=atlas.say("各段首尾相接的里程 (km)", "km, branch after branch"),
            y_label="%",
            marks=[(km, "") for _, km in places[1:]],
            height=250,
        ),
        note=atlas.say("虚线为各段起点：", "Dashed: where a branch begins: ")
        + atlas.say("；", "; ").join(f"{km:.0f} km {view.branches[branch]}" for branch, km in places)
        + atlas.say("。", "."),
    )


def add_gaps(page: Page, view: RoadView) -> None:
    """Add the list of gaps; a press on one brings the map there."""
    atlas = view.atlas
    gaps, within = view.gaps, view.within
    title = atlas.say("空白段", "Gaps")
    if gaps.empty:
        page.add_text(
            title, atlas.say(f"没有空白段：处处 {within}内有点位。", f"None: a site within {within} everywhere.")
        )
        return
    page.add_table(
        title,
        gaps.head(_ROWS),
        columns={
            "where": atlas.say("位置", "Where"),
            "length_km": "km",
            "before": atlas.say("前一点位", "Site before"),
            "after": atlas.say("后一点位", "Site after"),
        },
        digits={"length_km": 1},
        zoom=[box_of(shape, view.road.route.crs) for shape in gaps.geometry.head(_ROWS)],
        note=atlas.say(
            f"{within}内没有任何点位的路段，共 {len(gaps)} 段、{gaps['length_km'].sum():.0f} km，"
            f"列出最长的 {min(len(gaps), _ROWS)} 段；点按位置，地图移到该段。",
            f"Stretches without any site within {within}: {len(gaps)}, {gaps['length_km'].sum():.0f} km together; "
            f"the {min(len(gaps), _ROWS)} longest are listed; a press brings the map there.",
        ),
    )


def add_site_table(page: Page, view: RoadView) -> None:
    """Add the sites with their minutes to the road, those worth most first."""
    atlas = view.atlas
    sites = view.sites
    columns = {
        "name_shown": atlas.say("点位", "Site"),
        "kind_name": atlas.say("类别", "Kind"),
        "minutes": atlas.say("到道路（分）", "Minutes to the road"),
        "at": atlas.say("桩号", "Chainage"),
        "weight": atlas.say("分值", "Points"),
    }
    if "saved_min" in sites and sites["saved_min"].notna().any():
        columns["saved_min"] = atlas.say("平均省时（分）", "Minutes saved (mean)")
    if sites["chance"].notna().any():
        columns["chance"] = atlas.say("计入的把握 %", "Covered in % of draws")
    page.add_table(
        atlas.say("点位与到道路的分钟", "Sites and their minutes to the road"),
        sites,
        columns=columns,
        digits={"minutes": 0, "weight": 0, "chance": 0, "saved_min": 0},
        zoom=[box_of(shape, str(sites.crs)) for shape in sites.geometry],
        note=atlas.say(
            "“–”：路网上到不了。平均省时：未通车路段通车后，到其余点位平均节省的分钟。分值为本项目设定。",
            "“–”: no way leads there. Minutes saved: to the other sites, on average, once the unopened stretches are "
            "open. The points are a choice of this package.",
        ),
    )


def add_stretch_table(page: Page, view: RoadView) -> None:
    """Add the stretches with status and points, those worth most first."""
    atlas = view.atlas
    shown = view.stretches.sort_values("value", ascending=False, kind="stable")
    page.add_table(
        atlas.say("路段：状态与分值", "Stretches: status and points"),
        shown.assign(corridor=[clause_words(atlas, number) for number in shown["corridor"].fillna("")]),
        items={"corridor": _asked(atlas, shown["corridor"].fillna(""))},
        columns={
            "name": atlas.say("路段", "Stretch"),
            "corridor": atlas.say("条目", "Item"),
            "status_name": atlas.say("状态", "Status"),
            "km": "km",
            "value": atlas.say("分值", "Points"),
            "per_10_km": atlas.say("每 10 km", "Per 10 km"),
        },
        digits={"km": 1, "value": 0, "per_10_km": 1},
        zoom=[box_of(shape, str(shown.crs)) for shape in shown.geometry],
        note=atlas.say(
            "一处点位的分值归最近的路段，在路段相接处的由各段均分；同一景区只计一次。",
            "The points of a site count for the stretch to which it is nearest, in equal parts where stretches meet; a "
            "scenery counts once.",
        ),
    )


def add_gains(page: Page, view: RoadView) -> None:
    """Add the kilometres that add most."""
    atlas = view.atlas
    added = view.road.coverage.added
    added = added[(added["threshold"] == view.threshold) & (added["sites"] > 0)]
    best = added.sort_values("weight", ascending=False, kind="stable").head(_ROWS)
    if best.empty:
        return
    known = view.known
    rows = pd.DataFrame(
        {
            "where": [
                f"{view.branches[branch]} K{first:.0f}–{last:.0f}"
                for branch, first, last in zip(best["branch"], best["from_km"], best["to_km"], strict=True)
            ],
            "weight": best["weight"].to_numpy(),
            "names": [_listed(atlas, names, known) for names in best["names"]],
        }
    )
    page.add_table(
        atlas.say("每公里增加什么", "What a kilometre adds"),
        rows,
        columns={
            "where": atlas.say("公里", "Kilometre"),
            "weight": atlas.say("增加的分值", "Points added"),
            "names": atlas.say("新覆盖的点位", "Sites newly covered"),
        },
        digits={"weight": 0},
        note=atlas.say(
            "按桩号从头走到尾，每公里新覆盖的点位；列出增加最多的公里。",
            "Sites that a kilometre covers and none before it does, in the order of chainage; those that add most.",
        ),
    )


def _listed(atlas: Atlas, names: object, known: dict[str, str]) -> str:
    given = names.split(";") if isinstance(names, str) else list(names)  # type: ignore[call-overload]
    told = dict.fromkeys(known.get(name.strip(), name.strip()) for name in map(str, given))
    return atlas.say("、", ", ").join(told)


def add_longer(page: Page, view: RoadView) -> None:
    """Add what a longer road would reach that this one does not."""
    atlas, table = view.atlas, view.longer
    if table is None or len(table) < 2:
        return
    told = []
    for names in table["new"]:
        sites = [view.known.get(name, name) for name in names if name not in view.towns]
        count = len(names) - len(sites)
        towns = atlas.say(f"乡镇 {count} 个", f"{count} township seat{'s' * (count != 1)}")
        told.append(atlas.say("、", ", ").join([*sites, *([towns] if count else [])]))
    page.add_table(
        atlas.say("再长一些，能多接上什么", "What a longer road would reach"),
        table.assign(told=told, percent=100.0 * table["gap"]),
        columns={
            "km": atlas.say("上限 km", "At most km"),
            "designed_km": atlas.say("设计 km", "Designed km"),
            "points": atlas.say("分值", "Points"),
            "told": atlas.say("比上一行多接上", "Reached beyond the row above"),
        },
        digits={"km": 0, "designed_km": 0, "points": 0},
        sortable=False,
        note=atlas.say(
            "每行重新设计一次，均含点名路线；较长的设计不一定包含较短的。",
            "Each row is a design of its own that holds the named routes; a longer one need not contain the shorter.",
        ),
    )


def add_unserved(page: Page, view: RoadView) -> None:
    """Say which sites the design leaves out, townships by their number alone, and which have no place."""
    atlas, road = view.atlas, view.road
    names = [] if road.design is None else list(road.design.unserved)
    sites = [view.known.get(name, name) for name in names if name not in view.towns]
    places = atlas.study.places.drop_duplicates("id").set_index("id")
    lost = [site.place for site in road.record.site if site.place not in road.sites.index]
    lost = [str(places.loc[place, atlas.name] or atlas.named(places.loc[place, "name_zh"])) for place in lost]
    lines, between = [], atlas.say("、", ", ")
    if sites:
        lines.append(atlas.say("长度之内未串联：", "Left out within the length: ") + between.join(sites))
    if count := sum(name in view.towns for name in names):
        lines.append(atlas.say(f"不在线上的乡镇驻地 {count} 个", f"{count} township seats lie off the road"))
    if lost:
        lines.append(
            atlas.say("位置未查明，未参与设计：", "Without coordinates, so in no design: ") + between.join(lost)
        )
    if lines:
        page.add_text(atlas.say("未串联的点位", "Sites left out"), [line + atlas.say("。", ".") for line in lines])


def add_parts(page: Page, view: RoadView) -> None:
    """Add fact, inference and gap of the lengths, and the road itself beside them."""
    atlas = view.atlas
    bases = {"fact": ("公布", "fact"), "inference": ("推断", "inference"), "gap": ("缺口", "gap")}
    ours = ("所给线路", "the line given") if view.road.design is None else ("本设计", "our design")
    table = _with_unpublished(view.road.lengths)
    items = list(zip(table["item"].astype(str), table["name"].astype(str), strict=True))
    notes = {part.name_en: atlas.say(part.note_zh, part.note_en) for part in view.road.record.part}
    raw = list(table["source"].fillna("").astype(str))
    sources = zip(raw, (notes.get(name, "") for _, name in items), strict=True)
    told = [
        atlas.say(*ours) if item in _MEASURED else atlas.say(*bases[basis]) if basis in bases else str(basis)
        for item, basis in zip(table["item"], table["basis"], strict=True)
    ]
    page.add_table(
        atlas.say("里程对账", "The lengths, accounted for"),
        table.assign(
            shown=[_length_name(view, item, name) for item, name in items],
            basis=told,
            percent=100.0 * table["share"],
            source=[_told(atlas, *pair) for pair in sources],
        ),
        columns={
            "shown": atlas.say("项目", "What"),
            "km": "km",
            "percent": atlas.say("占总长 %", "% of the total"),
            "basis": atlas.say("依据", "Basis"),
            "source": atlas.say("来源", "Source"),
        },
        digits={"km": 1, "percent": 0},
        hints={"source": raw},
        sortable=False,
    )


def _told(atlas: Atlas, source: str, note: str) -> str:
    """Return a source in the language of the atlas with the note on the part."""
    join = atlas.say("；", "; ").join
    return join(filter(None, (atlas.said(source), note)))


def _with_unpublished(table: pd.DataFrame) -> pd.DataFrame:
    """Return the lengths with what of the total is not published, where inferences fill it and leave no rest."""
    total, facts = (float(table.loc[table["item"].eq(item), "km"].sum()) for item in ("total", "facts"))
    rest = table["item"].eq("rest")
    if total - facts <= 0.0 or not rest.any() or (table.loc[rest, "km"] > 0.0).any():
        return table
    row = {"item": "unpublished", "name": "", "km": total - facts, "share": (total - facts) / total}
    changed = table.astype({"km": float, "share": float})
    for name, value in row.items():
        changed[name] = changed[name].where(~rest, value)
    return changed


def _length_name(view: RoadView, item: str, name: str) -> str:
    """Return what a row of the lengths is, for readers."""
    atlas = view.atlas
    if item in _LENGTHS:
        return atlas.say(*_LENGTHS[item])
    if item == "stretch":
        corridor, _, status = name.rpartition(" ")
        plan = {named.corridor: atlas.say(named.name_zh, named.name_en) for named in view.road.record.mandated}
        road = f"{corridor} {plan.get(corridor, '')}".strip() or atlas.say("连接路段", "link between them")
        return f"{road} · {status_name(atlas, status)}"
    parts = {part.name_en: part.name_zh for part in view.road.record.part}
    return parts.get(name, name) if atlas.lang == "zh" else name


def add_alignments(page: Page, view: RoadView) -> None:
    """Add the links drawn on the terrain, said to be no design, and twice on demonstration terrain."""
    atlas = view.atlas
    table = view.road.alignments
    if table.empty:
        return
    modes = {"road": ("公路", "road"), "walk": ("步道", "on foot")}
    shown = table.assign(
        shown=names_of(atlas, table),
        mode=[atlas.say(*modes[mode]) if mode in modes else str(mode) for mode in table["mode"]],
        km=table["length_m"] / 1000.0,
        limit=100.0 * table["max_grade"],
        most=100.0 * table["steepest"],
        over=100.0 * table["share_over"],
        spans=(table["bridge_m"] + table["tunnel_m"]) / 1000.0,
        asked=[clause_words(atlas, str(number)) for number in table["id"]],
    )
    placed = ~(table.geometry.isna() | table.geometry.is_empty)
    page.add_table(
        atlas.say("研究选线", "Study alignments"),
        shown,
        items={"asked": _asked(atlas, table["id"])},
        columns={
            "shown": atlas.say("连接", "Link"),
            "asked": atlas.say("条目", "Item"),
            "mode": atlas.say("方式", "Mode"),
            "km": "km",
            "most": atlas.say("最陡 %", "Steepest %"),
            "limit": atlas.say("限值 %", "Limit %"),
            "over": atlas.say("超限 %", "Above it, % of length"),
            "climb_m": atlas.say("升 (m)", "Climb (m)"),
            "descent_m": atlas.say("降 (m)", "Descent (m)"),
            "minutes_there": atlas.say("去（分）", "There (min)"),
            "minutes_back": atlas.say("回（分）", "Back (min)"),
            "spans": atlas.say("桥隧 km", "Bridges, tunnels km"),
        },
        digits={"km": 1, "most": 1, "spans": 1} | dict.fromkeys(_WHOLE, 0),
        zoom=[
            box_of(shape, str(table.crs)) if good else None for shape, good in zip(table.geometry, placed, strict=True)
        ],
        note=atlas.say("；", "; ").join(dict.fromkeys(map(str, table[f"note_{atlas.lang}"])))
        + atlas.say("。", ".")
        + "".join(_refused(atlas, row.asked, row.reason) for row in shown[~placed].itertuples()),
    )


def _asked(atlas: Atlas, numbers: Iterable[object]) -> list[list[tuple[str, str]]]:
    """Return the card of the item of each number, by its clause; none where the number is that of no item."""
    links = links_of(atlas)
    return [[(number, clause_words(atlas, number)) for number in links.in_text(given)] for given in numbers]


def _refused(atlas: Atlas, link: object, reason: object) -> str:
    """Return that a link could not be drawn; the reason, with its numbers, is in English."""
    return atlas.say(f"{link}：在此网格上没有合乎坡度限值的线路。", f" {link}: {reason}")
