"""The page of wind and solar power: the land that rules leave, what each takes, and the plan's megawatts against it."""

from collections.abc import Sequence
from typing import cast

import pandas as pd

from ... import targets
from ...colours import Colour
from ...eligibility import AS_FAR, ENOUGH, IN_FORCE, NO_LAYER, NOT_ENOUGH, ON_PART, TIGHT, Exclusion, capacity, day_of
from ...targets import EnergyLand
from ...webmap import Page
from ..clear_sky import add_clear_sky
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..links import links_of
from ..page import AtlasPage, add_boundaries, add_classes, add_relief, add_seats, shell, small_picture
from ..proposals import add_plan, item_of
from ..township_shares import add_township_shares
from ..townships import catchment_areas, catchments

FILE = "energy.html"
_NO_RECORD = ("研究区未列风电与光伏条目", "the study names no items of wind and solar power")
_NO_DAY = ("研究区未给出日期，无法判断规则是否有效", "the study names no day on which rules could hold")
_SITE, _SMALL = 1, 2
_COLOURS: dict[str, dict[int, Colour]] = {
    "wind": {_SITE: (33, 90, 140), _SMALL: (150, 190, 220)},
    "solar": {_SITE: (190, 110, 10), _SMALL: (240, 205, 140)},
}
_EVIDENCE = {
    "plan": ("规划", "the plan"),
    "law": ("法规", "law"),
    "published": ("公开文字", "published"),
    "K-high": ("编者掌握，把握高", "compiler's knowledge, high confidence"),
    "K-med": ("编者掌握，把握中", "compiler's knowledge, medium confidence"),
    "K-low": ("编者掌握，把握低", "compiler's knowledge, low confidence"),
    "P": ("本项目建议", "a proposal of ours"),
}
_SHARES = ((60.0, "#0b4f6c"), (40.0, "#3b7f9c"), (20.0, "#7fb2c6"), (5.0, "#bfdbe4"), (0.0, "#edf3f5"))


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    lacks = _NO_RECORD if targets.energy_record(atlas.study) is None else None if _day(atlas) else _NO_DAY
    return [Entry(file=FILE, zh="风电与光伏", en="Wind and solar", group="energy_materials", order=10, lacks=lacks)]


def items_of(atlas: Atlas) -> list[tuple[str, str]]:
    """Return the items of the plan that ask for the page, each with its file."""
    asked = targets.energy_record(atlas.study)
    return [] if asked is None else [(number, FILE) for number in targets.items_of(asked)]


def _asked(atlas: Atlas) -> targets.EnergyRecord:
    """Return the record of the page, which is only made with one."""
    return cast(targets.EnergyRecord, targets.energy_record(atlas.study))


def _day(atlas: Atlas) -> str:
    """Return the day whose rules hold: the study's today, else that of its plan."""
    return atlas.study.dates.get("today") or atlas.study.dates.get("plan", "")


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page."""
    found = atlas.once((FILE, "found"), lambda: _found(atlas))
    return [energy_page(atlas, found)]


def _found(atlas: Atlas) -> dict[str, EnergyLand]:
    asked = _asked(atlas)
    uses = {"wind": (asked.wind_use, asked.wind), "solar": (asked.solar_use, asked.solar)}
    return {
        kind: targets.energy_land(
            use,
            atlas.dem,
            study=atlas.study,
            items=items,
            counties=atlas.in_language("zh").zones,
            towns=catchments(atlas),
            layers={**atlas.rasters, **atlas.extra},
            as_of=_day(atlas),
        )
        for kind, (use, items) in uses.items()
        if items
    }


def energy_page(atlas: Atlas, found: dict[str, EnergyLand]) -> AtlasPage:
    """Return the page of what is worked out; of a public atlas by township, without a site."""
    asked = _asked(atlas)
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            f"按 {_day(atlas)} 有效的规则，还有哪些地可建、够不够规划装机",
            f"What land the rules of {_day(atlas)} leave, and whether it holds what the plan wants",
        ),
        sources=[_layers_note(atlas, found)],
    )
    add_relief(page, atlas)
    group = atlas.say("视图", "View")
    add = _add_shares if atlas.public else _add_land
    views = [add(page, atlas, kind, land, group=group) for kind, land in found.items()]
    page.add_switch(group, [*views, add_clear_sky(page, atlas, group=group)])
    if atlas.public:
        add_seats(page, atlas)
    add_boundaries(page, atlas)
    add_plan(page, atlas, targets.items_of(asked), ours=_ours(atlas, found))
    if not atlas.public:
        _add_needs(page, atlas, found)
    for kind, land in found.items():
        _add_costs(page, atlas, kind, land)
    _add_towns(page, atlas, found)
    page.add_text(atlas.say("从公开资料无法知道的", "What open data cannot tell"), _unknown(atlas))
    return AtlasPage(
        file=FILE,
        title=page.title,
        summary=atlas.say(
            "风电与地面光伏：逐条规则（附有效期）排除了多少土地，剩下多少、可装多少，与规划装机对照；缺图层的规则未判断，结果为上限。",
            "Wind and solar on the ground: what each dated rule takes, what is left and what it holds against "
            "the plan; "
            "rules without a layer are not judged, so all is an upper bound.",
        ),
        page=page,
        thumbnail=small_picture(atlas),
        figures=_figures(atlas, found),
        main_table=_needs_title(atlas) if not atlas.public else _towns_title(atlas),
    )


def _name(atlas: Atlas, kind: str) -> str:
    return atlas.say("风电", "Wind") if kind == "wind" else atlas.say("地面光伏", "Solar")


# ---- the map --------------------------------------------------------------------------------------------------------


def _add_land(page: Page, atlas: Atlas, kind: str, land: EnergyLand, *, group: str) -> str:
    """Add the eligible land, pieces that make a site told from smaller ones."""
    name = _name(atlas, kind)
    free = land.found["eligible"] == 1
    codes = free.astype("uint8") * _SMALL
    codes = codes.where(land.pieces.values == 0, _SITE).astype("uint8").rio.write_nodata(0)
    least = f"{land.use.land.minimum_ha:g}"
    add_classes(
        page,
        atlas,
        name,
        codes.rio.write_crs(atlas.dem.rio.crs).rio.write_transform(atlas.dem.rio.transform()),
        _COLOURS[kind],
        {
            _SITE: atlas.say(f"成片：{least} 公顷以上", f"in pieces of {least} ha and more"),
            _SMALL: atlas.say("零星", "in smaller pieces"),
        },
        group=group,
        exclusive=True,
        shown=kind == "wind",
        legend_title=atlas.say(f"{name}：未被排除的土地（上限）", f"{name}: land not ruled out (upper bound)")
        if land.found.attrs["upper_bound"]
        else atlas.say(f"{name}：未被排除的土地", f"{name}: land not ruled out"),
        key=kind,
    )
    return name


def _add_shares(page: Page, atlas: Atlas, kind: str, land: EnergyLand, *, group: str) -> str:
    """Add the townships by the share of their land: what a public map may show of sites of power plants."""
    name = _name(atlas, kind)
    areas = catchment_areas(atlas)
    km2 = land.towns.reindex(range(1, len(areas) + 1)).fillna(0.0).to_numpy()
    whole = areas.geometry.to_crs(atlas.study.crs).area.to_numpy() / 1e6
    percent = 100.0 * km2 / whole
    add_township_shares(
        page,
        atlas,
        name,
        areas,
        percent,
        shades=_SHARES,
        popup=[("percent", atlas.say("未被排除（%）", "Not ruled out (%)"), 0)],
        group=group,
        exclusive=True,
        shown=kind == "wind",
        key=kind,
    )
    return name


# ---- the panels -----------------------------------------------------------------------------------------------------


def _layers_note(atlas: Atlas, found: dict[str, EnergyLand]) -> str:
    rules = [rule for land in found.values() for rule in land.use.land.exclusions]
    judged = sum(len(land.judged) for land in found.values())
    return atlas.say(
        f"排除条件 {len(rules)} 条，其中 {judged} 条可由现有数据判断，其余缺图层或在该日无效",
        f"{len(rules)} exclusions, of which {judged} can be judged by the data at hand; the rest lack a layer or "
        "do not "
        "hold on the day",
    )


def _ours(atlas: Atlas, found: dict[str, EnergyLand]) -> list[str]:
    lines = [
        atlas.say(
            "每条排除条件单独判断，先后次序不影响结果；缺图层的条件不判断、也不悄悄略过，结果称为“上限”：实际可用土地只会更少。",
            "Every exclusion is judged by itself, and their order changes nothing. One without a layer is not "
            "judged, nor "
            "passed over: the result is an upper bound, and the land is less.",
        )
    ]
    for kind, land in found.items():
        name, density, km2 = _name(atlas, kind), land.use.land.ha_per_mw, f"{land.eligible_km2:,.0f}"
        if missing := land.missing:
            lines.append(
                atlas.say(
                    f"{name}：已判断的规则至多留下 {km2} km²；另有 {missing} 条规则（耕地、林地、保护地等）"
                    "缺图层、未判断，会再排除大部分土地，所以不折算兆瓦。",
                    f"{name}: the rules that could be judged leave at most {km2} km²; {missing} more (fields, forest, "
                    "reserves and others) lack a layer and will take most of it, so it is not turned into megawatts.",
                )
            )
        elif density:
            low, high = (float(f"{end:.2g}") for end in capacity(land.eligible_km2, ha_per_mw=density))
            lines.append(
                atlas.say(
                    f"{name}：未被排除的土地至多 {km2} km²；按每兆瓦 {density[0]:g}–{density[1]:g} 公顷"
                    f"（编者掌握的资料，把握中），合 {low:,.0f}–{high:,.0f} MW：这是土地的上限，不是可建规模。",
                    f"{name}: at most {km2} km² are not ruled out; at {density[0]:g} to {density[1]:g} ha a megawatt "
                    f"(compiler's knowledge, medium confidence) {low:,.0f} to {high:,.0f} MW: a bound of the land, not "
                    "what can be built.",
                )
            )
    if not atlas.public:
        lines += _of_the_plan(atlas, found)
    return lines


def _of_the_plan(atlas: Atlas, found: dict[str, EnergyLand]) -> list[str]:
    """Return what the plan's numbers leave open, which a public edition does not quote."""
    asked, lines = _asked(atlas), []
    if "wind" in found and not found["wind"].needs.empty:
        row = found["wind"].needs.iloc[-1]
        least, most = float(row["need_low_mw"]), float(row["need_high_mw"])
        if least < most:
            lines.append(
                atlas.say(
                    f"风电规划合计：已在建的一处单列为 {most:,.0f} MW；若已含在县的数字里则为 {least:,.0f} MW，"
                    "规划未说明。",
                    f"The plan's wind power is {most:,.0f} MW if the farm that is under way stands apart, "
                    f"{least:,.0f} MW "
                    "if the county's figure holds it; the plan does not say.",
                )
            )
    if asked.roofs:
        roofs = sum(item_of(atlas, number).quantities[0].to("MW") for number in asked.roofs)
        low, high = (roofs * 1000.0 * metres / 1e6 for metres in asked.roof_m2_per_kw)
        lines.append(
            atlas.say(
                f"屋顶光伏 {roofs:,.0f} MW 不占土地，按每千瓦 "
                f"{asked.roof_m2_per_kw[0]:g}–{asked.roof_m2_per_kw[1]:g} m² "
                f"约需屋顶 {low:.1f}–{high:.1f} km²；屋顶没有数据，未判断。",
                f"The {roofs:,.0f} MW on roofs need no land but {low:.1f} to {high:.1f} km² of roof, at "
                f"{asked.roof_m2_per_kw[0]:g} to {asked.roof_m2_per_kw[1]:g} m² a kilowatt; roofs are not known "
                "here and not "
                "judged.",
            )
        )
    if "solar" in found and any(rule.id == "cropland_2023" for rule in found["solar"].use.land.exclusions):
        lines.append(
            atlas.say(
                "规划发布一年后（2023-03-20）部委通知规定光伏方阵不得占用耕地；“农业互补”因此只能用耕地以外的农用地"
                "（见一致性检查）。规划在前、规则在后，已批准的项目按批准时的意见执行。",
                "A year after the plan, on 2023-03-20, a notice of the ministries kept arrays off cropland, so "
                "that panels "
                "above fields need other farmland (see the consistency checks). The plan came first; what was approved "
                "before keeps its approval.",
            )
        )
    return lines


def _unknown(atlas: Atlas) -> list[str]:
    return [
        atlas.say(
            "风：没有风速图层，山脊是否有风不知道；光：没有含云量的辐射图层。盆地边缘年总辐射约 950–1,100 kWh/m²，"
            "为全国最低之列（编者掌握的资料，把握中）。“晴空光照”一层没有云，只说明坡面朝向与遮挡，本页不推算发电量。",
            "Wind: no layer of its speed, so whether a ridge has any is unknown. Sun: no irradiation with "
            "clouds; the rim of "
            "the basin has about 950 to 1,100 kWh/m² a year, among the least of China (compiler's knowledge, medium "
            "confidence). The layer of clear-sky light has no clouds and tells how slopes lie; no yield is worked out.",
        ),
        atlas.say(
            "电网：接入点的位置与余量不公开，到电网的距离不知道，一概未计。",
            "The grid: where its stations are and what room they have is not public; no distance to it counts.",
        ),
        atlas.say(
            "生态保护红线、永久基本农田、林地保护等级、自然保护地的界线与房屋位置没有公开图层；提供图层即可重算。",
            "The ecological red line, basic farmland, grades of forest land, reserves and houses have no open "
            "layer; given "
            "layers are judged.",
        ),
        atlas.say(
            "没有查到全国统一的风机与民房距离（米）；500 m 只是惯例，须由地方规定与噪声评价确定。",
            "No national distance between turbines and houses in metres was found; 500 m is a habit, and local "
            "rules and the "
            "noise study decide.",
        ),
    ]


def _needs_title(atlas: Atlas) -> str:
    return atlas.say("规划装机与未被排除的土地", "What the plan wants against land not ruled out")


def _verdict(atlas: Atlas, verdict: str) -> str:
    words = {
        ENOUGH: atlas.say("够", "enough"),
        TIGHT: atlas.say("紧", "tight"),
        NOT_ENOUGH: atlas.say("不够", "not enough"),
    }
    bare = verdict.removesuffix(ON_PART)
    told = words[bare.removesuffix(AS_FAR)]
    told += atlas.say("（就已判断的规则而言）", AS_FAR) if bare.endswith(AS_FAR) else ""
    return told + atlas.say("（高程只覆盖该县一部分）", ON_PART) if verdict.endswith(ON_PART) else told


def _add_needs(page: Page, atlas: Atlas, found: dict[str, EnergyLand]) -> None:
    rows = []
    for kind, land in found.items():
        one = len(land.needs) == 2  # a zone, and all that is wanted, which is the same
        for row in land.needs.iloc[: 1 if one else None].to_dict("records"):
            zone = str(row["zone"])
            ends = dict.fromkeys((row["need_low_mw"], row["need_high_mw"]))
            rows.append(
                {
                    "use": _name(atlas, kind),
                    "county": atlas.both if zone == "all" else atlas.county_names.get(zone, zone),
                    "need": "–".join(f"{end:,.0f}" for end in ends),
                    "need_km2": f"{row['need_low_km2']:.0f}–{row['need_high_km2']:.0f}",
                    "km2": row["eligible_km2"],
                    "verdict": _verdict(atlas, str(row["verdict"])),
                }
            )
    if not rows:
        return
    page.add_table(
        _needs_title(atlas),
        pd.DataFrame(rows),
        columns={
            "use": atlas.say("用途", "Use"),
            "county": atlas.say("县", "County"),
            "need": atlas.say("规划（MW）", "Plan (MW)"),
            "need_km2": atlas.say("需地（km²）", "Land needed (km²)"),
            "km2": atlas.say("未被排除（km²）", "Not ruled out (km²)"),
            "verdict": atlas.say("判断", "Verdict"),
        },
        digits={"km2": 0},
        sortable=False,
        note=atlas.say(
            "“够”只说明已判断的规则不挡；耕地、林地、保护区、民房等规则缺图层，可能把剩余土地全部收回。",
            "Enough means that the rules that were judged do not stand in the way; those on cropland, forest, "
            "reserves and "
            "houses lack layers, and may take all that is left.",
        ),
    )


def _state(atlas: Atlas, state: str) -> str:
    words = {
        IN_FORCE: atlas.say("已判断", "judged"),
        NO_LAYER: atlas.say("缺图层，未判断", "no layer, not judged"),
        "not yet": atlas.say("尚未生效", "not yet in force"),
        "no longer": atlas.say("已失效", "no longer in force"),
    }
    return words[state]


def _add_costs(page: Page, atlas: Atlas, kind: str, land: EnergyLand) -> None:
    """Add what each exclusion takes, alone and with others, in all counties."""
    plan_day = atlas.study.dates.get("plan")
    rows = []
    for rule in land.use.land.exclusions:
        state = land.found.attrs["states"][rule.id]
        taken, only = _taken(land, rule.id)
        rows.append(
            {
                "rule": atlas.say(rule.name_zh, rule.name_en),
                "state": _state(atlas, state),
                "then": _then(atlas, rule, plan_day),
                "taken": taken,
                "only": only,
                "days": _days(atlas, rule),
                "clause": atlas.said(rule.clause) if rule.clause else atlas.say("未查到条款", "no clause found"),
                "evidence": atlas.say(*_EVIDENCE[rule.evidence]),
            }
        )
    name = _name(atlas, kind)
    page.add_table(
        atlas.say(f"{name}：每条规则排除多少土地", f"{name}: what each rule takes"),
        pd.DataFrame(rows),
        columns={
            "rule": atlas.say("排除条件", "Exclusion"),
            "state": atlas.say(f"{_day(atlas)}", f"On {_day(atlas)}"),
            "then": atlas.say("规划发布时", "When the plan came"),
            "taken": atlas.say("排除（km²）", "Takes (km²)"),
            "only": atlas.say("只由它排除（km²）", "It alone (km²)"),
            "days": atlas.say("有效期", "Holds"),
            "clause": atlas.say("依据", "Clause"),
            "evidence": atlas.say("把握", "Evidence"),
        },
        digits={"taken": 0, "only": 0},
        sortable=False,
        more=["then", "days", "clause", "evidence"],
        note=atlas.say(
            "“只由它排除”是取消这一条后能多出的土地；其余与别的条件重叠。",
            "What it alone takes would be won without it; the rest is shared with others.",
        ),
    )


def _taken(land: EnergyLand, name: str) -> tuple[float | None, float | None]:
    costs = land.costs
    if name not in costs.judged:
        return None, None
    number = costs.judged.index(name)
    return float(costs.both_km2[:, number, number].sum()), float(costs.only_km2[:, number].sum())


def _then(atlas: Atlas, rule: Exclusion, day: str | None) -> str:
    if day is None:
        return "–"
    held = rule.state(day_of(day)) == IN_FORCE
    return atlas.say("有效", "in force") if held else atlas.say("无", "not in force")


def _days(atlas: Atlas, rule: Exclusion) -> str:
    if rule.first is None and rule.last is None:
        return atlas.say("未定期限", "no days set")
    start = rule.first.isoformat() if rule.first else atlas.say("此前", "before")
    return atlas.say(f"{start} 至 ", f"{start} to ") + (rule.last.isoformat() if rule.last else atlas.say("今", "now"))


def _towns_title(atlas: Atlas) -> str:
    return atlas.say("各乡镇片区未被排除的土地", "Land not ruled out, by township")


def _add_towns(page: Page, atlas: Atlas, found: dict[str, EnergyLand]) -> None:
    names: Sequence[str] = catchments(atlas).attrs["names"]
    rows = pd.DataFrame({"town": names}, index=range(1, len(names) + 1))
    columns = {"town": atlas.say("乡镇片区", "Township")}
    for kind, land in found.items():
        rows[f"{kind}_km2"] = land.towns.reindex(rows.index).fillna(0.0)
        rows[f"{kind}_sites"] = land.sites["town"].value_counts().reindex(rows.index).fillna(0).astype(int)
        name = _name(atlas, kind)
        columns[f"{kind}_km2"] = atlas.say(f"{name}（km²）", f"{name} (km²)")
        columns[f"{kind}_sites"] = atlas.say(f"{name}成片（处）", f"{name} pieces")
    page.add_table(
        _towns_title(atlas),
        rows,
        columns=columns,
        digits={name: 0 if name.endswith("sites") else 1 for name in columns if name != "town"},
        note=atlas.say(
            "按最近的乡镇驻地划片，不是行政界线；成片按其内一点所在片区计。",
            "By the nearest township seat, no administrative border; a piece counts where a point inside it lies.",
        ),
    )


def _figures(atlas: Atlas, found: dict[str, EnergyLand]) -> tuple[Figure, ...]:
    asked = _asked(atlas)
    items = {"wind": asked.wind, "solar": asked.solar}
    return tuple(
        Figure(
            page=FILE,
            name=atlas.say(
                f"{_name(atlas, kind)}未被排除的土地（上限）", f"{_name(atlas, kind)}: land not ruled out (at most)"
            ),
            value=round(land.eligible_km2),
            unit="km²",
            clause="",
            items=links_of(atlas).known(items[kind]),
            method=_layers_note(atlas, found),
            evidence="modelled",
        )
        for kind, land in found.items()
    )
