"""What stands beside the map of the sub-centres: what is proposed, proofs, sites, the price of one more, townships."""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import pandas as pd

from .. import targets
from ..targets import SubCentres
from ..webmap import Page, charts
from .context import Atlas
from .figures import span_text
from .minutes import to_the_tenth
from .proposals import item_of, minutes_text, name_of, names_of, price_columns, proof, record, year_note
from .town_table import people_range

BEFORE = "before"
"""The view of what is there, beside those of the models."""


def asked_of(atlas: Atlas) -> targets.SubCentreRecord:
    """Return the record of the page, which is only made with one."""
    return cast(targets.SubCentreRecord, record(atlas).sub_centres)


def view_names(atlas: Atlas, found: SubCentres) -> dict[str, str]:
    """Return what each view is called."""
    limit = f"{found.minutes:g}"
    return {
        BEFORE: atlas.say("现状", "As it is"),
        targets.MEDIAN: atlas.say("总用时最少", "Fewest minutes"),
        targets.COVERAGE: atlas.say(f"{limit} 分钟覆盖最多", f"Most within {limit} min"),
        targets.CENTER: atlas.say("最远者最近", "Farthest nearest"),
        targets.BALANCED: atlas.say("兼顾", "Both"),
    }


def people_texts(towns: pd.DataFrame) -> list[str]:
    """Return the people of each township as a range, to the hundred."""
    ends = zip(towns["low"].round(-2), towns["high"].round(-2), strict=True)
    return [people_range(low, high) for low, high in ends]


def minute_texts(atlas: Atlas, towns: pd.DataFrame, column: str, *, here: "pd.Series[bool] | None" = None) -> list[str]:
    """Return the minutes of a column in words."""
    inside = pd.Series(False, index=towns.index) if here is None else here
    pairs = zip(towns[column], inside, strict=True)
    return [minutes_text(minutes, atlas, here=bool(own)) for minutes, own in pairs]


def our_words(atlas: Atlas, found: SubCentres) -> list[str]:
    """Return what is proposed, for whom, beside what, and what is not known."""
    cases = len(found.cases)
    rules = found.cases["rule"].nunique()
    built = _stages(atlas)
    seats = atlas.say(
        "县城不作候选：那里有县级医院。次中心补在县级医院之外；更近县级医院（含邻县）的乡镇仍去医院。",
        "County seats are no candidates, since they have the county hospital. Sub-centres stand beside the county "
        "hospitals: a township nearer to one, also beyond the border, keeps it.",
    )
    stand = (
        atlas.say(
            f"已有 {len(found.given)} 处由自有图层给出，方案中固定不动。",
            f"{len(found.given)} that stand are given as an own layer; every proposal keeps them.",
        )
        if found.given
        else atlas.say(
            f"{built}的名单未见公布，图上不画、也不猜；本页因此按 {found.count} 个全部新选来算，"
            "取得名单后可固定下来重算。",
            f"No list of {built} is published: none is drawn or guessed, and all {found.count} are chosen anew; "
            "with the list they can be held fixed and the rest chosen again.",
        )
    )
    return [
        atlas.say(
            f"候选为 {int(found.towns['candidate'].sum())} 个有位置的乡镇驻地；用时为驾车，从驻地到驻地，"
            "与“就医”页相同。"
            f"{year_note(atlas, found.year)}",
            f"Candidates are {int(found.towns['candidate'].sum())} located township seats; minutes are by car from "
            "seat "
            f"to seat, those of the page “To hospital”. {year_note(atlas, found.year)}",
        ),
        seats,
        stand,
        atlas.say(
            f"人口按 {rules} 种规则推算，路网取 {found.cases['year'].nunique()} 个年份，共 {cases} 种情形；"
            f"每种情形重选一次，{_steady(atlas, found)}。",
            f"People are by {rules} rules and the network of {found.cases['year'].nunique()} years: {cases} cases, "
            "each "
            f"chosen anew; {_steady(atlas, found)}.",
        ),
    ]


def _stages(atlas: Atlas) -> str:
    """Return how many the plan has built and started, in words."""
    asked = asked_of(atlas)
    stages = ((asked.built, "建成", "built"), (asked.started, "启动", "started"))
    told = []
    for number, zh, en in stages:
        if number:
            item = item_of(atlas, number)
            count, year = int(item.total(asked.unit)), "、".join(map(str, item.years))
            told.append(atlas.say(f"{year} 年{zh}的 {count} 个", f"the {count} {en} in {year}"))
    return atlas.say("、", " and ").join(told) or atlas.say("已建次中心", "those that stand")


def _steady(atlas: Atlas, found: SubCentres) -> str:
    """Return which townships are chosen in every case."""
    always = found.share.index[found.share >= 1.0 - 1e-9]
    some = int(((found.share > 0) & (found.share < 1.0 - 1e-9)).sum())
    return atlas.say(
        f"{len(always)} 个地点每次都入选（{names_of(atlas, found.towns, always)}），另有 {some} 个只在部分情形入选",
        f"{len(always)} sites are chosen every time ({names_of(atlas, found.towns, always)}), {some} others only in "
        "some",
    )


def summary_title(atlas: Atlas) -> str:
    """Return the title of the table of proposals."""
    return atlas.say("各方案与现状", "The proposals beside what is there")


def add_summary(page: Page, atlas: Atlas, found: SubCentres) -> None:
    """Add what each proposal comes to, beside what is there."""
    names, total = view_names(atlas, found), float(found.towns["people"].sum())
    limit = f"{found.minutes:g}"
    rows = []
    for view, name in names.items():
        row = found.told(view)
        rows.append(
            {
                "name": name,
                "mean": span_text(row["mean_low"], row["mean_high"]),
                "near": span_text(100 * row["near_low"] / total, 100 * row["near_high"] / total, "%"),
                "far": f"{row['farthest']:.0f} ({names_of(atlas, found.towns, [row['where']])})",
                "proof": "–" if view == BEFORE else proof(atlas, found.models[view]),
            }
        )
    page.add_table(
        summary_title(atlas),
        pd.DataFrame(rows),
        columns={
            "name": atlas.say("方案", "Proposal"),
            "mean": atlas.say("人均（分）", "Mean (min)"),
            "near": atlas.say(f"{limit} 分内人口", f"Within {limit} min"),
            "far": atlas.say("最远（分）", "Farthest (min)"),
            "proof": atlas.say("证明", "Proof"),
        },
        sortable=False,
        note=atlas.say(
            "区间为各人口规则下的最小与最大；方案按中间规则选。“已证明最优”指下界与目标值之差小于十亿分之一；"
            "“最近者”为次中心或县级医院。驻地之内的路程不计。",
            "Ranges are over the rules by which people are spread; proposals are chosen by the central one. “Proven "
            "best”: the bound is within a billionth of the value. The nearest is a sub-centre or a county hospital; "
            "the "
            "way within a township is not counted.",
        ),
    )


def add_chosen(page: Page, atlas: Atlas, found: SubCentres) -> None:
    """Add the sites of the first proposal: whom they serve, what closing one costs, how often they are chosen."""
    result = found.models[targets.MEDIAN]
    served = result.assignment.groupby("site", sort=False)["weight"].sum()
    others = [model for model in targets.MODELS if model != targets.MEDIAN]
    names = view_names(atlas, found)
    rows = []
    for code in found.chosen():
        town = found.towns.loc[code]
        people = float(served.get(code, 0.0))
        lost = float(found.loss[code]) / people if people else np.nan
        rows.append(
            {
                "name": name_of(atlas, town) + (atlas.say("（已有）", " (stands)") if code in found.given else ""),
                "county": atlas.county(str(town["county"])),
                "people": round(people, -2),
                "lost": round(lost, 1),
                "share": round(100.0 * float(found.share[code])),
                "also": atlas.say("、", ", ").join(
                    names[model] for model in others if bool(town[f"chosen_{model}"])
                ) or "–",
            }
        )  # fmt: skip
    page.add_table(
        atlas.say("建议地点（总用时最少）", "Proposed sites (fewest minutes)"),
        pd.DataFrame(rows),
        columns={
            "name": atlas.say("乡镇", "Township"),
            "county": atlas.say("县", "County"),
            "people": atlas.say("服务人口（估算）", "People served (estimate)"),
            "lost": atlas.say("若不设，这些人多走（分）", "Without it these people go farther by (min)"),
            "share": atlas.say("入选情形（%）", "Chosen in cases (%)"),
            "also": atlas.say("其他方案也选", "Also chosen for"),
        },
        digits={"people": 0, "lost": 0, "share": 0},
        note=atlas.say(
            f"入选情形：{len(found.cases)} 种人口规则与路网年份中选中该地的比例。",
            f"Chosen in cases: the share of {len(found.cases)} cases of people and network years that choose the site.",
        ),
    )
    rare = [code for code in found.share.index if 0 < found.share[code] < 1 and code not in found.chosen()]
    if rare:
        page.add_text(
            atlas.say("其他情形下会选", "Chosen in other cases"),
            atlas.say("、", ", ").join(
                f"{name_of(atlas, found.towns.loc[code])} {100 * found.share[code]:.0f}%" for code in rare
            ),
        )


def add_price(page: Page, atlas: Atlas, found: SubCentres) -> None:
    """Add what one sub-centre more would save, wherever it saves most."""
    table = to_the_tenth(found.price, ["mean", "saved"]).assign(
        proof=[
            atlas.say("已证明最优", "proven best") if gap < 1e-9 else atlas.say(f"差距 {gap:.2%}", f"gap {gap:.2%}")
            for gap in found.price["gap"]
        ]
    )
    held, free = float(found.told(targets.MEDIAN)["mean"]), float(found.price["mean"].iloc[0])
    unit = atlas.say("分", "min")
    page.add_chart(
        atlas.say("再多一个值多少", "What one more buys"),
        charts.line_chart(
            {atlas.say("人均分钟", "Mean minutes"): (found.price["p"].tolist(), found.price["mean"].tolist())},
            title=atlas.say("次中心数量与人均分钟", "Number of sub-centres and mean minutes"),
            x_label=atlas.say("次中心数量", "Number of sub-centres"),
            y_label=atlas.say("人均到最近者（分）", "Mean to the nearest (min)"),
            x_digits=0,
            y_digits=0,
        ),
    )
    page.add_table(
        atlas.say("每多一个的节省", "What each more saves"),
        table,
        columns=price_columns(atlas, unit),
        digits={"p": 0, "mean": 1, "saved": 1},
        sortable=False,
        note=atlas.say(
            f"此表不限各县个数：同为 {found.count} 个，按规划分县人均 {held:.1f} 分钟，不分县 {free:.1f} 分钟。",
            f"Here the counties' numbers are left free: with {found.count}, {held:.1f} minutes as the plan splits them "
            f"and {free:.1f} without the split.",
        ),
    )


def add_towns_table(page: Page, atlas: Atlas, found: SubCentres) -> None:
    """Add the minutes of each township as it is and under each proposal."""
    names = view_names(atlas, found)
    columns = {BEFORE: BEFORE, **{model: f"after_{model}" for model in targets.MODELS}}
    table = to_the_tenth(pd.DataFrame(found.towns.drop(columns="geometry")), columns.values()).assign(
        town=[name_of(atlas, row) for _, row in found.towns.iterrows()],
        county_name=found.towns["county"].map(atlas.county),
        people=found.towns["people"].round(-2),
    )
    texts: Mapping[str, Sequence[str]] = {
        "people": people_texts(found.towns),
        **{
            column: minute_texts(
                atlas, found.towns, column, here=None if view == BEFORE else found.towns[f"chosen_{view}"]
            )
            for view, column in columns.items()
        },
    }  # fmt: skip
    page.add_table(
        atlas.say("各乡镇前后（分钟）", "Before and after by township (minutes)"),
        table,
        columns={
            "town": atlas.say("乡镇", "Township"),
            "county_name": atlas.say("县", "County"),
            "people": atlas.say("人口（估算区间）", "People (range of estimates)"),
            **{column: names[view] for view, column in columns.items()},
        },
        digits=dict.fromkeys(columns.values(), 0),
        texts=texts,
        note=atlas.say(
            "“本地”：驻地即有县级医院或建议的次中心。",
            "“In place”: a county hospital or a proposed sub-centre is in the township.",
        ),
    )


def lost_words(atlas: Atlas, found: SubCentres) -> list[str]:
    """Return who is in no figure, and whom nothing reaches, by name and people."""
    everyone = targets.townships(atlas.study)
    people = targets.township_population(study=atlas.study) if atlas.people is None else atlas.people
    told = []
    for code in found.unlocated:
        low, high = (round(float(people[end].get(code, np.nan)), -2) for end in ("low", "high"))
        told.append(f"{name_of(atlas, everyone.loc[code])} ({people_range(low, high)})")
    lines = []
    if told:
        listed = atlas.say("、", ", ").join(told)
        lines.append(
            atlas.say(
                f"没有坐标，未计入：{listed}。", f"Without coordinates, so in no figure (people in brackets): {listed}."
            )
        )
    unserved = [
        f"{name_of(atlas, found.towns.loc[code])} ({found.towns['people'][code]:,.0f})" for code in found.unserved
    ]
    listed = atlas.say("、", ", ").join(unserved)
    lines.append(
        atlas.say(f"没有道路可达：{listed}。", f"No road reaches: {listed}.")
        if unserved
        else atlas.say("有位置的乡镇都能到达。", "Every located township is reached.")
    )
    return lines
