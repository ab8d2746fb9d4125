"""The page of telecom masts: whom they would see, what one more adds, whom none sees; in public counts alone."""

from typing import cast

import pandas as pd

from ... import targets
from ...colours import Colour
from ...targets import Telecom
from ...webmap import Page, charts
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..links import links_of
from ..page import AtlasPage, add_boundaries, add_classes, add_relief, add_seats, shell, small_picture
from ..proposals import CHOSEN, NO_RECORD, add_plan, add_sites, clauses_of, item_of, proof, record, shown_year
from ..proposed import keep_proposed
from ..scenarios import NO_CENSUS, NO_TOWNSHIPS
from ..siting_ground import ground, land_note, people_by_cell, squares
from ..township_shares import add_township_shares
from ..townships import catchment_areas, catchment_codes

FILE = "siting_telecom.html"
_COLOURS: dict[int, Colour] = {1: (0, 10, 50), 2: (60, 80, 140), 3: (160, 170, 150), 4: (250, 210, 110)}
_SHARES = ((80.0, "#000a32"), (60.0, "#3c508c"), (40.0, "#6e6464"), (20.0, "#b4781e"), (0.0, "#fad26e"))


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    return [Entry(file=FILE, zh="通信基站", en="Telecom masts", group="infrastructure", order=90, lacks=_lacks(atlas))]


def _lacks(atlas: Atlas) -> tuple[str, str] | None:
    if record(atlas).telecom is None:
        return NO_RECORD
    if targets.townships(atlas.study).geometry.isna().all():
        return NO_TOWNSHIPS
    return None if "census" in atlas.study.files or atlas.people is not None else NO_CENSUS


def items_of(atlas: Atlas) -> list[tuple[str, str]]:
    """Return the item of the plan that asks for the page, with its file."""
    asked = record(atlas).telecom
    return [] if asked is None else [(asked.item, FILE)]


def _asked(atlas: Atlas) -> targets.TelecomRecord:
    """Return the record of the page, which is only made with one."""
    return cast(targets.TelecomRecord, record(atlas).telecom)


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page."""
    found = atlas.once((FILE, "found"), lambda: _found(atlas))
    if not atlas.public:
        masts = found.candidates.loc[list(found.result.chosen)]
        keep_proposed(atlas, "mast", masts, item=_asked(atlas).item)
    return [telecom_page(atlas, found)]


def _found(atlas: Atlas) -> Telecom:
    asked = _asked(atlas)
    land = ground(atlas)
    towns = targets.townships(atlas.study)
    roads = atlas.roads is not None or "chains" in atlas.study.files
    graph = atlas.graphs[shown_year(atlas.graphs)] if roads and atlas.roads is None else None
    candidates = targets.mast_candidates(
        atlas.dem,
        inside=land.zones > 0,
        settlements=towns[towns.geometry.notna()],
        graph=graph,
        apart_m=asked.apart_m,
        most_peaks=asked.most_peaks,
    )
    return targets.telecom(
        people_by_cell(atlas, asked.slope_max),
        atlas.dem,
        candidates,
        zones=land.zones,
        zone_towns=land.codes,
        count=round(item_of(atlas, asked.item).total(asked.unit)),
        mast_m=asked.mast_m,
        receiver_m=asked.receiver_m,
        radius_m=asked.radius_m,
        cluster_m=asked.cluster_m,
        fit=not atlas.report["modelled"] and float(atlas.report["resolution_m"]) <= targets.SURE_CELL_M,
    )


def telecom_page(atlas: Atlas, found: Telecom) -> AtlasPage:
    """Return the page of what is worked out; of a public atlas by township, without a mast."""
    asked = _asked(atlas)
    count = len(found.result.chosen)
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            f"{count} 个新基站能看见多少人：视线模型", f"How many people {count} new masts see: a model of sight"
        ),
        sources=[land_note(atlas, asked.slope_max)],
    )
    add_relief(page, atlas)
    if atlas.public:
        _add_shares(page, atlas, found)
        add_seats(page, atlas)
    else:
        _add_people(page, atlas, found)
        _add_masts(page, atlas, found)
    add_boundaries(page, atlas)
    page.add_text(atlas.say("能不能用于选址", "Whether it may decide a site"), _fitness(atlas, found))
    add_plan(page, atlas, [asked.item], ours=_ours(atlas, found))
    _add_curve(page, atlas, found)
    _add_backup(page, atlas, found)
    _add_towns(page, atlas, found)
    return AtlasPage(
        file=FILE,
        title=page.title,
        summary=atlas.say(
            f"{count} 个新基站按视线能覆盖多少人、每多一个增加多少、谁始终看不见；"
            + ("公开版只列到乡镇。" if atlas.public else "地形不够细时不能用于定点。"),
            f"How many people {count} new masts see, what one more adds, and whom none sees; "
            + ("the public edition goes by township." if atlas.public else "coarse terrain decides no site."),
        ),
        page=page,
        thumbnail=small_picture(
            atlas,
            points=[] if atlas.public else [(found.candidates.loc[list(found.result.chosen)].geometry, CHOSEN)],
        ),
        figures=_figures(atlas, found),
        main_table=_towns_title(atlas),
    )


# ---- the map --------------------------------------------------------------------------------------------------------


def _add_people(page: Page, atlas: Atlas, found: Telecom) -> None:
    people = found.people
    codes = pd.Series(3, index=people.index).mask(people["seen"], 2).mask(people["twice"], 1).mask(people["none"], 4)
    labels = {
        1: atlas.say("两个以上基站可见", "seen by two or more"),
        2: atlas.say("一个基站可见", "seen by one"),
        3: atlas.say("未选中的候选点才看得见", "seen by a candidate that is not chosen"),
        4: atlas.say("任何候选点都看不见", "seen by no candidate"),
    }
    add_classes(
        page,
        atlas,
        atlas.say("有人居住的格子（推算）", "Squares with people (assumed)"),
        squares(atlas, people, codes, size_m=_asked(atlas).cluster_m),
        _COLOURS,
        {code: label for code, label in labels.items() if (codes == code).any()},
        group=atlas.say("覆盖", "Coverage"),
        opacity=0.6,
        key="people",
    )


def _add_masts(page: Page, atlas: Atlas, found: Telecom) -> None:
    kinds = {
        "peak": atlas.say("山顶", "peak"),
        "settlement": atlas.say("乡镇驻地", "township seat"),
        "road": atlas.say("道路节点", "node of the roads"),
    }
    land = ground(atlas)
    sites = found.candidates.loc[list(found.result.chosen)]
    sites = sites.assign(
        kind_name=sites["kind"].map(kinds),
        town_name=[land.name(atlas, code) if code else "–" for code in sites["town"]],
    ).drop(columns=["name_zh", "name_en"])
    add_sites(
        page, atlas, sites, name=atlas.say("建议的基站", "Proposed masts"), key="masts", radius=5,
        title=atlas.say("建议的基站", "Proposed mast"),
        popup=[
            ("kind_name", atlas.say("类别", "Kind")),
            ("town_name", atlas.say("乡镇片区", "Township")),
        ],
    )  # fmt: skip


def _add_shares(page: Page, atlas: Atlas, found: Telecom) -> None:
    """Add the townships by the share of their people whom a mast sees: what a public map may show."""
    areas = catchment_areas(atlas)
    codes = [towns[0] if towns else "" for towns in catchment_codes(atlas)]
    percent = (100.0 * found.towns["seen"] / found.towns["people"]).reindex(codes).to_numpy()
    masts = found.towns["masts"].reindex(codes).fillna(0).astype(int).to_numpy()
    add_township_shares(
        page,
        atlas,
        atlas.say("可见人口比例", "Share of people seen"),
        areas.assign(masts=masts),
        percent,
        shades=_SHARES,
        popup=[
            ("percent", atlas.say("可见人口（%）", "People seen (%)"), 0),
            ("masts", atlas.say("建议基站数", "Proposed masts"), 0),
        ],
        key="shares",
    )


# ---- the panels -----------------------------------------------------------------------------------------------------


def _fitness(atlas: Atlas, found: Telecom) -> list[str]:
    cell = float(atlas.report["resolution_m"])
    if found.fit:
        return [
            atlas.say(
                f"地形为实测，格网 {cell:g} m：可用于初选，定点仍须实地踏勘与场强测试。",
                f"The terrain is surveyed, on a grid of {cell:g} m: fit for a first choice; a site still takes a "
                "visit and "
                "a test of the signal.",
            )
        ]
    why = []
    if atlas.demonstration:
        why.append(atlas.say("地形是模型生成的", "the terrain is modelled"))
    elif atlas.report["modelled"]:
        why.append(atlas.say("地形有一部分是模拟的", "the terrain is modelled in part"))
    if cell > targets.SURE_CELL_M:
        why.append(atlas.say(f"格网 {cell:g} m 太粗", f"its grid of {cell:g} m is coarse"))
    reasons = atlas.say("，", " and ").join(why)
    return [
        atlas.say(
            f"不能用于选址：{reasons}，山脊与沟谷的遮挡不是实地的。数字只说明方法。",
            f"Unfit for choosing a site: {reasons}, so ridges and valleys do not hide what they hide on the ground. "
            "The "
            "figures show the method alone.",
        )
    ]


def _ours(atlas: Atlas, found: Telecom) -> list[str]:
    asked = _asked(atlas)
    kinds = found.candidates["kind"].value_counts()
    peaks, towns, roads = (int(kinds.get(kind, 0)) for kind in ("peak", "settlement", "road"))
    return [
        atlas.say(
            f"候选 {len(found.candidates)} 处：山顶 {peaks}、乡镇驻地 {towns}、道路节点 {roads}；"
            f"天线高 {asked.mast_m:g} m，接收高 {asked.receiver_m:g} m，半径 {asked.radius_m / 1000:g} km，均为假定。",
            f"{len(found.candidates)} candidates: {peaks} peaks, {towns} township seats, {roads} nodes of roads; "
            "antenna "
            f"{asked.mast_m:g} m, receiver {asked.receiver_m:g} m, radius {asked.radius_m / 1000:g} km, all assumed.",
        ),
        atlas.say(
            f"只看视线（含地球曲率与无线电折射），不算功率、频段和建筑遮挡；人口按 {asked.cluster_m / 1000:g} km 格子，"
            "每格看其中一点。",
            f"Sight alone, with the earth's curvature and the refraction of radio: no power, frequency or buildings. "
            f"People are by squares of {asked.cluster_m / 1000:g} km, each judged at one point.",
        ),
        atlas.say(
            "现有基站没有资料，未计入：实际覆盖比这里高。",
            "Nothing is known of the masts that stand, so none counts: what is covered is more than this.",
        ),
    ]


def _add_curve(page: Page, atlas: Atlas, found: Telecom) -> None:
    curve = found.curve
    title = atlas.say("基站数与可见人口", "Number of masts and people seen")
    if len(curve) > 1:
        page.add_chart(
            title,
            charts.line_chart(
                {atlas.say("可见人口", "People seen"): (curve["n"].tolist(), (100 * curve["share"]).tolist())},
                title=title,
                x_label=atlas.say("基站数", "Masts"),
                y_label=atlas.say("可见人口（%）", "People seen (%)"),
                x_digits=0,
                y_digits=0,
            ),
        )
    whole = float(found.people["weight"].sum())
    added = (curve["share"].diff() * whole / curve["n"].diff()).round(-1)
    page.add_table(
        atlas.say("再多建一个值多少", "What one more mast buys"),
        pd.DataFrame(
            {
                "n": curve["n"],
                "share": (100 * curve["share"]).round(1),
                "bound": (100 * curve["bound"]).round(1),
                "added": added,
            }
        ),
        columns={
            "n": atlas.say("基站数", "Masts"),
            "share": atlas.say("可见人口（%）", "People seen (%)"),
            "bound": atlas.say("任何选法都不超过（%）", "No choice exceeds (%)"),
            "added": atlas.say("此段每个新增（人）", "Each adds here (people)"),
        },
        digits={"n": 0, "share": 1, "bound": 1, "added": 0},
        sortable=False,
        note=atlas.say(
            f"{len(found.result.chosen)} 个：{proof(atlas, found.result)}。最后一行是全部候选点。",
            f"{len(found.result.chosen)}: {proof(atlas, found.result)}. The last row is every candidate.",
        ),
    )


def _add_backup(page: Page, atlas: Atlas, found: Telecom) -> None:
    people = found.people
    whole = float(people["weight"].sum())
    twice = 100.0 * float(people.loc[people["twice"], "weight"].sum()) / whole
    most = max(twice, 100.0 * float(found.backup.cost) / whole)
    never = float(people.loc[people["none"], "weight"].sum())
    page.add_text(
        atlas.say("备份与盲区", "Backup, and whom none sees"),
        [
            atlas.say(
                f"同时被两个以上基站看见（一个停机也不断）的人口：{twice:.0f}%；"
                f"同样 {len(found.result.chosen)} 个、覆盖不减，换一种布置可到 {most:.0f}%。",
                f"Seen by two masts or more, so that one may fail: {twice:.0f} % of the people; with as many masts "
                "that "
                f"see no fewer, up to {most:.0f} %.",
            ),
            atlas.say(
                f"任何候选点都看不见的约 {round(never, -3):,.0f} 人（{100 * never / whole:.0f}%），"
                "分乡镇见下表；须另找候选点。",
                f"About {round(never, -3):,.0f} people ({100 * never / whole:.0f} %) are seen by no candidate, by "
                "township "
                "in the table below; other candidates must be found for them.",
            ),
        ],
    )


def _towns_title(atlas: Atlas) -> str:
    return atlas.say("各乡镇片区的可见人口", "People seen by township")


def _add_towns(page: Page, atlas: Atlas, found: Telecom) -> None:
    land, table = ground(atlas), found.towns
    rows = pd.DataFrame(
        {
            "town": [land.name(atlas, str(code)) for code in table.index],
            "people": table["people"].round(-2),
            "masts": table["masts"],
            "seen": (100.0 * table["seen"] / table["people"]).round(1),
            "twice": (100.0 * table["twice"] / table["people"]).round(1),
            "never": table["never"].round(-2),
        }
    )
    page.add_table(
        _towns_title(atlas),
        rows.sort_values("seen", kind="stable"),
        columns={
            "town": atlas.say("乡镇", "Township"),
            "people": atlas.say("人口（估算）", "People (estimate)"),
            "masts": atlas.say("建议基站", "Masts"),
            "seen": atlas.say("可见（%）", "Seen (%)"),
            "twice": atlas.say("两个以上（%）", "By two (%)"),
            "never": atlas.say("候选都看不见（人）", "By no candidate (people)"),
        },
        digits={"people": 0, "masts": 0, "seen": 0, "twice": 0, "never": 0},
    )


def _figures(atlas: Atlas, found: Telecom) -> tuple[Figure, ...]:
    asked = _asked(atlas)
    return (
        Figure(
            page=FILE,
            name=atlas.say(
                f"{len(found.result.chosen)} 个新基站可见人口", f"People seen by {len(found.result.chosen)} new masts"
            ),
            value=round(100.0 * found.share_seen, 1),
            unit="%",
            clause=clauses_of(atlas, [asked.item]),
            items=links_of(atlas).known([asked.item]),
            method=land_note(atlas, asked.slope_max),
            evidence="modelled",
        ),
    )
