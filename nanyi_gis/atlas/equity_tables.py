"""What stands beside the map of equity: what is measured, Lorenz curves, indices, who gains and loses, who is far."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .. import targets
from ..accessibility import FAILS, HOLDS, EquityTables, lorenz_curve
from ..targets import SubCentres
from ..webmap import Page, charts
from .centre_tables import view_names
from .context import Atlas
from .figures import span_text
from .minutes import FACILITY_NAMES
from .proposals import minutes_text
from .scenarios import scenario_names
from .town_table import people_range

FAR_MIN = 60.0
TOLERANCE_MIN = 0.5
HALVED_BY_MIN = 30.0


class Evenness(NamedTuple):
    """What the page tells, without words of a language; ``access`` is the summary of access as a benefit."""

    found: EquityTables
    access: pd.DataFrame
    centres: SubCentres | None
    year: str
    rules: "Mapping[str, pd.Series[float]]"


def service_name(atlas: Atlas, service: str) -> str:
    """Return what a service is called in a table."""
    both = {targets.SUB_CENTRE: ("医院或次中心", "hospital or sub-centre"), **FACILITY_NAMES}
    zh, en = both[service]
    return atlas.say(zh, en[:1].upper() + en[1:])


def view_name(atlas: Atlas, service: str, after: str, centres: SubCentres | None) -> str:
    """Return what the map of a comparison is called."""
    if service != targets.SUB_CENTRE:
        return service_name(atlas, service)
    if after == targets.MEDIAN:
        return atlas.say("增设次中心", "Sub-centres built")
    name = scenario_name(atlas, after, centres)
    return atlas.say(f"次中心：{name}", f"Sub-centres: {name.lower()}")


def scenario_name(atlas: Atlas, scenario: str, centres: SubCentres | None) -> str:
    """Return what a year, or a proposal of sub-centres, is called in a table."""
    proposals = {} if centres is None else view_names(atlas, centres)
    proposals[targets.HOSPITALS] = atlas.say("只有县级医院", "County hospitals alone")
    return (scenario_names(atlas) | proposals)[scenario]


def our_words(atlas: Atlas) -> list[str]:
    """Return what is measured, what it does not say, and on what the ranges stand."""
    return [
        atlas.say(
            "量的是从乡镇驻地到最近设施的驾车分钟数，按人口加权。分钟是负担：基尼系数 0 表示人人一样远，不表示近；"
            "人人都省下同样的分钟时，基尼系数反而上升。因此须与平均分钟、30 和 60 分钟内的人口一起看。",
            "What is measured are minutes by car from the township's seat to the nearest facility, weighted by people. "
            "Minutes are a burden: a Gini of 0 says that all are equally far, not that they are near, and where all "
            "save the same minutes it rises. Read it beside the mean and the shares within 30 and 60 minutes.",
        ),
        atlas.say(
            f"“便利度”把分钟换成好处：门口为 1，每多 {HALVED_BY_MIN:g} 分钟减半（假定），不可达为 0，"
            "因此不必剔除不可达的乡镇。",
            f"“Access” turns minutes into a benefit: 1 at the door, half after each {HALVED_BY_MIN:g} minutes (an "
            "assumption), 0 without a way, so that no township has to be left out.",
        ),
        atlas.say(
            "县城人口按 0 分钟计，因为只知驻地到驻地的路；帕尔马比值因此随县城人口假定变化很大。",
            "People of a county seat count with 0 minutes, for only ways from seat to seat are known; so the Palma "
            "ratio hangs much on how many they are taken to be.",
        ),
        atlas.say(
            "区间是各种人口规则与待核通道通或不通之下的最小与最大，是假定的差别，不是测量误差。",
            "Ranges are the least and the most over the rules for people and over openings that are not on record: "
            "what the assumptions leave open, no error of measurement.",
        ),
        atlas.say(
            "急救站点、卫生院、学校等没有公开地点，未计；床位、医师、候诊和车费也不在内。",
            "Ambulance stations, clinics and schools have no published places and are not in it; nor are beds, "
            "doctors, waiting and fares.",
        ),
    ]


def add_curves(page: Page, atlas: Atlas, even: Evenness) -> None:
    """Add the Lorenz curves of each service, by the central rule."""
    rows = even.found.townships
    for service in rows["service"].unique():
        curves: dict[str, tuple[Sequence[float], Sequence[float]]] = {}
        own = rows[(rows["service"] == service) & np.isfinite(rows["minutes"]) & rows["people"].gt(0)]
        for scenario, part in own.groupby("scenario", sort=False):
            if scenario in {targets.BALANCED, targets.COVERAGE}:
                continue  # too like the others to be told apart
            curve = lorenz_curve(part["minutes"], weights=part["people"])
            ends = 100.0 * curve["people"].to_numpy(), 100.0 * curve["share"].to_numpy()
            curves[scenario_name(atlas, str(scenario), even.centres)] = (ends[0].tolist(), ends[1].tolist())
        if not curves:
            continue
        title = atlas.say(
            f"洛伦兹曲线：{service_name(atlas, service)}", f"Lorenz curves: {service_name(atlas, service)}"
        )
        curves[atlas.say("人人相等", "all alike")] = ([0.0, 100.0], [0.0, 100.0])
        page.add_chart(
            title,
            charts.line_chart(
                curves,
                title=title,
                x_label=atlas.say("人口累计 %（从分钟最少的起）", "people, % (from the fewest minutes on)"),
                y_label=atlas.say("分钟累计 %", "minutes, %"),
                x_digits=0,
                y_digits=0,
            ),
        )


def indices_title(atlas: Atlas) -> str:
    """Return the title of the table of indices."""
    return atlas.say("均等指标", "How even it is")


def add_indices(page: Page, atlas: Atlas, even: Evenness) -> None:
    """Add the indices of each service and scenario, with their ranges."""
    summary = even.found.summary
    access = even.access.set_index(["service", "scenario"])
    rows = []
    for row in summary[summary["county"] == ""].to_dict("records"):
        benefit = access.loc[(row["service"], row["scenario"])]
        whole = float(row["theil"])
        part = 100.0 * float(row["theil_between"]) / whole if whole > 0 else np.nan
        rows.append(
            {
                "service": service_name(atlas, str(row["service"])),
                "scenario": scenario_name(atlas, str(row["scenario"]), even.centres),
                "mean": _span(row, "mean", 0),
                "within_30": _share(row, "within_30"),
                "within_60": _share(row, "within_60"),
                "gini": _span(row, "gini", 2),
                "access": _span(dict(benefit), "gini", 2),
                "palma": _span(row, "palma", 1),
                "theil": _span(row, "theil", 2),
                "between": "–" if np.isnan(part) else f"{part:.0f} %",
            }
        )
    page.add_table(
        indices_title(atlas),
        pd.DataFrame(rows),
        columns={
            "service": atlas.say("服务", "Service"),
            "scenario": atlas.say("年份或方案", "Year or proposal"),
            "mean": atlas.say("平均（分）", "Mean (min)"),
            "within_30": atlas.say("30 分内人口", "Within 30 min"),
            "within_60": atlas.say("60 分内人口", "Within 60 min"),
            "gini": atlas.say("基尼（分钟）", "Gini (minutes)"),
            "access": atlas.say("基尼（便利度）", "Gini (access)"),
            "palma": atlas.say("帕尔马", "Palma"),
            "theil": atlas.say("泰尔", "Theil"),
            "between": atlas.say("其中县际", "Between counties"),
        },
        sortable=False,
        note=_index_note(atlas, even),
    )


def _index_note(atlas: Atlas, even: Evenness) -> str:
    lost = even.found.townships.loc[even.found.townships["minutes"].isna()].drop_duplicates("township")
    names = atlas.say("、", ", ").join(str(name) for name in lost[atlas.name])
    told = atlas.say(f"{names}未定位，不在任何数中。", f" {names} has no place and is in no figure.") if names else ""
    return (
        atlas.say(
            "帕尔马：分钟最多的一成人所占，除以最少的四成人所占；人人相等为 0.25。"
            "“其中县际”：泰尔指数里各县平均之差所占。“–”：没有人可达；"
            "“∞”：最少的四成人就在本地，分钟为 0。",
            "Palma: what the tenth with most minutes bears over what the four tenths with fewest bear; 0.25 where all "
            "are alike. Between counties: the part of Theil's index that is the difference of their means. A dash: "
            "nobody reaches any; ∞: the four tenths with fewest are in place, at 0 minutes.",
        )
        + told
    )


def _span(row: Mapping[Any, Any], name: str, digits: int) -> str:
    low, high = float(row[f"{name}_low"]), float(row[f"{name}_high"])
    return "–" if np.isnan(low) else span_text(low, high, digits=digits).replace("inf", "∞")


def _share(row: Mapping[Any, Any], name: str) -> str:
    low, high = float(row[f"{name}_low"]), float(row[f"{name}_high"])
    return "–" if np.isnan(low) else span_text(100.0 * low, 100.0 * high, "%")


def add_claims(page: Page, atlas: Atlas, even: Evenness) -> None:
    """Add who gains and who loses from one plan to another, and whether nobody is worse off."""
    claims = even.found.claims
    if claims.empty:
        return
    names = even.found.townships.drop_duplicates("township").set_index("township")[atlas.name]
    rows = []
    for row in claims.to_dict("records"):
        ends = (scenario_name(atlas, str(row[f"scenario_{end}"]), even.centres) for end in ("before", "after"))
        rows.append(
            {
                "service": service_name(atlas, str(row["service"])),
                "plans": " → ".join(ends),
                "gains": _people(row, "gains"),
                "maybe": _people(row, "gains_or_same"),
                "same": _people(row, "same"),
                "loses": _people(row, "loses"),
                "verdict": _verdict(atlas, row, names),
            }
        )
    page.add_table(
        claims_title(atlas),
        pd.DataFrame(rows),
        columns={
            "service": atlas.say("服务", "Service"),
            "plans": atlas.say("甲 → 乙", "Plan A → plan B"),
            "gains": atlas.say("受益", "Gain"),
            "maybe": atlas.say("受益或不变", "Gain, or the same"),
            "same": atlas.say("不变", "The same"),
            "loses": atlas.say("变差", "Worse off"),
            "verdict": atlas.say("“无人变差”", "“Nobody is worse off”"),
        },
        sortable=False,
        note=atlas.say(
            f"乡镇数（括号内为人口的估算区间）；相差不超过 {TOLERANCE_MIN:g} 分钟算不变。“受益或不变”：取决于待核通道"
            "现在是否已通。道路和次中心只增不减时，模型里不会有人变远，“无人变差”不说明拥挤、封路和费用；"
            "次中心各方案之间则互有得失。",
            f"Townships (estimated people in brackets); up to {TOLERANCE_MIN:g} minutes count as the same. “Gain, or "
            "the same” hangs on whether openings that are not on record are open now. Where roads and centres are only "
            "added nobody can be farther in the model: that says nothing of crowding, closures or cost. Proposals of "
            "sub-centres, against each other, help some and not others.",
        ),
    )


def claims_title(atlas: Atlas) -> str:
    """Return the title of the table of claims."""
    return atlas.say("谁受益，谁变差", "Who gains, who is worse off")


def _people(row: Mapping[Any, Any], label: str) -> str:
    count = int(row[label])
    if not count:
        return "0"
    low, high = (round(float(row[f"{label}_people_{end}"]), -3) for end in ("low", "high"))
    return f"{count} ({people_range(low, high)})"


def _verdict(atlas: Atlas, row: Mapping[Any, Any], names: "pd.Series[Any]") -> str:
    """Return the verdict with whom it names."""

    def named(codes: object) -> str:
        return atlas.say("、", ", ").join(str(names[code]) for code in str(codes).split(";") if code)

    losers, untold = named(row["losers"]), named(row["open"])
    if row["verdict"] == HOLDS:
        return atlas.say("成立", "holds")
    if row["verdict"] == FAILS:
        most = f"{float(row['most_lost']):.0f}"
        return atlas.say(f"不成立：{losers}（最多多 {most} 分钟）", f"does not hold: {losers} (up to {most} min more)")
    return atlas.say(
        f"无法判断：{untold}；其余无人变差", f"cannot be told: {untold}; of the others nobody is worse off"
    )


def far_title(atlas: Atlas, even: Evenness) -> str:
    """Return the title of the table of those who are far."""
    year = scenario_names(atlas)[even.year]
    return atlas.say(f"{FAR_MIN:g} 分钟以外的乡镇（{year}）", f"Townships beyond {FAR_MIN:g} minutes ({year})")


def add_far(page: Page, atlas: Atlas, even: Evenness) -> None:
    """Add the townships that are beyond an hour of some facility, and how many people they have."""
    rows = even.found.townships
    shown = rows[(rows["scenario"] == even.year) & rows["minutes"].notna()]
    wide = shown.pivot(index="township", columns="service", values="minutes")
    services = [name for name in FACILITY_NAMES if name in wide]
    far = wide[(wide[services] > FAR_MIN).any(axis=1)].sort_values(services, ascending=False, kind="stable")
    towns = shown.drop_duplicates("township").set_index("township").reindex(far.index)
    table = pd.DataFrame(
        {
            "town": towns[atlas.name].to_numpy(),
            "county": [atlas.county(str(county)) for county in towns["county"]],
            "people": towns["people"].round(-2).to_numpy(),
            **{name: far[name].round(1).replace(np.inf, np.nan).to_numpy() for name in services},
        }
    )
    ends = zip(towns["people_low"].round(-2), towns["people_high"].round(-2), strict=True)
    page.add_table(
        far_title(atlas, even),
        table,
        columns={
            "town": atlas.say("乡镇", "Township"),
            "county": atlas.say("县", "County"),
            "people": atlas.say("人口（估算区间）", "People (range of estimates)"),
            **{name: atlas.say(f"到{service_name(atlas, name)}（分）", f"To {FACILITY_NAMES[name][1]} (min)")
               for name in services},
        },
        digits=dict.fromkeys(services, 1),  # 60.2 is beyond an hour, and 60 would not say so
        texts={
            "people": [people_range(low, high) for low, high in ends],
            **{name: [minutes_text(value, atlas) for value in far[name]] for name in services},
        },
        note=_far_note(atlas, wide[services], even),
    )  # fmt: skip


def _far_note(atlas: Atlas, wide: pd.DataFrame, even: Evenness) -> str:
    """Return how many townships and people are beyond an hour of each kind of facility."""
    parts = []
    for name in wide:
        far = wide.index[wide[name] > FAR_MIN]
        every = [float(people.rename(index=str).reindex(far).sum()) for people in even.rules.values()]
        told = people_range(round(min(every), -3), round(max(every), -3))
        where = service_name(atlas, str(name))
        parts.append(atlas.say(f"{where} {len(far)} 个乡镇 {told} 人", f"{where}: {len(far)} townships, {told} people"))
    start = atlas.say(f"超过 {FAR_MIN:g} 分钟的：", f"Beyond {FAR_MIN:g} minutes: ")
    return start + atlas.say("；", "; ").join(parts) + atlas.say("。", ".")
