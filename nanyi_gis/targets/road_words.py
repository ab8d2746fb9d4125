"""Where a road for visitors goes, in three sentences: what is known, what is designed or given, and what is open."""

from collections.abc import Mapping

import geopandas as gpd
import xarray as xr

from ..route import Coverage, Design, Route
from .road_record import RoadRecord

_LEAST_GAP = 5e-4  # a tenth of a per cent, rounded, is the least that is told


def road_answer(
    record: RoadRecord, design: Design | None, route: Route, *, limit_km: float, network_km: Mapping[str, float]
) -> dict[str, tuple[str, str, str]]:
    """Return the three sentences in ``zh`` and ``en``.

    ``network_km`` is what the network itself gives to the routes that count other kilometres, by corridor.
    """
    texts = record.texts
    if design is None:
        middle = _given(route, limit_km)
    elif design.order:
        middle = _round(design, limit_km)
    else:
        middle = _designed(record, design, limit_km)
    open_zh, open_en = texts.open_zh, texts.open_en
    for named in record.mandated:
        own = network_km.get(named.corridor)
        if own is not None and named.counted_km is not None and abs(own - named.counted_km) >= 1.0:
            open_zh = _joined(
                open_zh,
                f"{named.name_zh}按示意路网途经的集镇约{own:.0f}公里，这里按{named.counted_km:.0f}公里计",
                "；",
                "。",
            )
            open_en = _joined(
                open_en,
                f"{named.name_en} is {own:.0f} km through the towns of the schematic network and counts as "
                f"{named.counted_km:.0f} km here",
                "; ",
                ".",
            )
    return {"zh": (texts.known_zh, middle[0], open_zh), "en": (texts.known_en, middle[1], open_en)}


def road_notes(
    design: Design | None,
    route: Route,
    found: Coverage,
    dem: xr.DataArray | None,
    *,
    unlocated: tuple[str, ...],
    alignments: gpd.GeoDataFrame,
) -> tuple[str, ...]:
    """Return what a reader must know, a sentence each, none twice."""
    notes = [*(() if design is None else design.notes), *route.notes, *found.notes]
    if unlocated:
        notes.append(f"named but without coordinates, and so neither reached nor missed: {', '.join(unlocated)}")
    if design is not None:
        notes.append(
            "the lines run straight between places, with the lengths on record: heights along them are those of the "
            "ground there, not of a road, and profile.csv has no grades"
        )
    if design is not None and found.table["low"].notna().any():
        notes.append(
            "sites and roads of the schematic network share their points, so the shares within 1 km and 5 min are too "
            "high; low and high, of the draws within the places' uncertainty, say more"
        )
    if len(alignments):
        notes.append("alignments are for study, no design; their ends are no better known than the places")
    if dem is not None and dem.attrs.get("demonstration"):
        notes.append("profile and alignments are on demonstration terrain (modelled): give --dem FILE for real heights")
    notes += [f"{row['id']}: {row['reason']}" for row in alignments.to_dict("records") if row["reason"]]
    return tuple(dict.fromkeys(notes))


def quality(gap: float) -> tuple[str, str]:
    """Return how good a design is, in Chinese and English, rounded up.

    >>> quality(0.0)[1], quality(0.0312)[1], quality(0.00001)[1]
    ('proven to be the best', 'within 3.2 % of the best possible', 'within 0.1 % of the best possible')
    """
    if gap <= 0.0:
        return "已证明为最优", "proven to be the best"
    share = max(100.0 * gap, 100.0 * _LEAST_GAP)
    shown = -(-share * 10 // 1) / 10
    return f"与可能的最优相差不超过{shown:.1f}%", f"within {shown:.1f} % of the best possible"


def _designed(record: RoadRecord, design: Design, limit_km: float) -> tuple[str, str]:
    links = design.links
    mandated = links["mandated"].astype(bool)
    inside, more = (float(links.loc[chosen, "length_m"].sum()) / 1000.0 for chosen in (mandated, ~mandated))
    got, total = int(design.prizes["collected"].sum()), len(design.prizes)
    good = quality(design.gap)
    named_zh = "、".join(route.name_zh for route in record.mandated)
    named_en = " and ".join(route.name_en for route in record.mandated)
    others = list(dict.fromkeys(str(name) for name in links.loc[~mandated, "name_zh"] if name))
    by_zh = f"（{'、'.join(others)}）" if others else ""
    by_en = f" ({', '.join(others)})" if others else ""
    hold_zh = f"含点名路线{named_zh}共{inside:.0f}公里，另加{more:.0f}公里{by_zh}" if named_zh else "无点名路线"
    hold_en = (
        f"{inside:.0f} km of the named routes {named_en} and {more:.0f} km more{by_en}"
        if named_en
        else "no named route"
    )
    zh = (
        f"本设计：在示意路网上连成一片的{design.length_m / 1000.0:.0f}公里（上限{limit_km:.0f}公里），{hold_zh}，"
        f"连通{total}个有坐标点位中的{got}个，按所设权重{good[0]}。"
    )
    en = (
        f"Our design is {design.length_m / 1000.0:.0f} km of connected road on the schematic network (at most "
        f"{limit_km:.0f} km): {hold_en}; it reaches {got} of {total} places with coordinates, {good[1]} by the weights "
        "set here."
    )
    return zh, en


def _round(design: Design, limit_km: float) -> tuple[str, str]:
    got, total = int(design.prizes["collected"].sum()), len(design.prizes)
    good = quality(design.gap)
    most_zh, most_en = f"上限{limit_km:.0f}公里", f"at most {limit_km:.0f} km"
    if design.minutes == design.minutes:
        hours = design.minutes / 60.0
        most_zh, most_en = f"行车与停留共{hours:.1f}小时", f"{hours:.1f} hours at the wheel and at the sites"
    zh = (
        f"本设计：一条{design.length_m / 1000.0:.0f}公里的游线（{most_zh}），"
        f"经过{total}个有坐标点位中的{got}个，"
        f"按所设权重{good[0]}；游线可走任何道路，不要求含点名路线。"
    )
    en = (
        f"Our design is a tour of {design.length_m / 1000.0:.0f} km ({most_en}) past {got} of {total} "
        f"places with coordinates, {good[1]} by the weights set here; it may take any road and need not hold the named "
        "routes."
    )
    return zh, en


def _given(route: Route, limit_km: float) -> tuple[str, str]:
    km = route.length_m / 1000.0
    more = km - limit_km
    zh = f"所给线路长{km:.1f}公里，比{limit_km:.0f}公里{'多' if more >= 0 else '少'}{abs(more):.1f}公里。"
    en = (
        f"The line given is {km:.1f} km long, {abs(more):.1f} km {'more' if more >= 0 else 'less'} than "
        f"{limit_km:.0f} km."
    )
    return zh, en


def _joined(sentence: str, clause: str, between: str, end: str) -> str:
    """Return a sentence with one clause more."""
    stem = sentence.rstrip().removesuffix(end)
    return f"{stem}{between}{clause}{end}" if stem else f"{clause}{end}"
