"""Where a road for visitors goes, in three sentences: what is known, what is designed or given, and what is open."""

from collections.abc import Mapping

from ..network import Graph
from ..route import Design, Route
from .road_record import Mandated, RoadRecord

_LEAST_GAP = 5e-4  # a tenth of a per cent, rounded, is the least that is told


def road_answer(
    record: RoadRecord,
    design: Design | None,
    route: Route,
    *,
    limit_km: float,
    network_km: Mapping[str, float],
    english: Mapping[str, str] | None = None,
) -> dict[str, tuple[str, str, str]]:
    """Return the three sentences in ``zh`` and ``en``.

    ``network_km`` is what the network itself gives to the routes that count other kilometres, by corridor; ``english``
    what links are called in English, by id: one that has no such name is not named in English.
    """
    texts = record.texts
    if design is None:
        middle = _given(route, limit_km)
    elif design.order:
        middle = _round(design, limit_km)
    else:
        middle = _designed(record, design, limit_km, english or {})
    open_zh, open_en = texts.open_zh, texts.open_en
    for named in record.mandated:
        zh, en = _counted(named, design, network_km.get(named.corridor))
        open_zh, open_en = _joined(open_zh, zh, "；", "。"), _joined(open_en, en, "; ", ".")
    zh, en = _too_long(record, design, network_km)
    open_zh, open_en = _joined(open_zh, zh, "；", "。"), _joined(open_en, en, "; ", ".")
    return {"zh": (texts.known_zh, middle[0], open_zh), "en": (texts.known_en, middle[1], open_en)}


def link_names(graph: Graph, chains: Mapping[str, str]) -> dict[str, str]:
    """Return what the links of a graph are called in English, by id.

    ``chains`` has the English name of a chain by its id; without one the road is called by the places at its ends,
    and a link between places without English names not at all.

    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph()
    >>> graph.add_nodes_from([(1, {"name_en": "Shuangsha Town"}), (2, {"name_en": "Mati Town"}), (3, {})])
    >>> graph.add_edges_from([(1, 2, {"id": "X.1"}), (2, 3, {"id": "Y.1"}), (3, 1, {"id": "Z.1"})])
    [0, 0, 0]
    >>> link_names(graph, {"Z": "old road"})
    {'X.1': 'Shuangsha–Mati road', 'Z.1': 'old road'}
    """
    found: dict[str, str] = {}
    for u, v, link in graph.edges(data="id"):
        ends = [_short(str(graph.nodes[node].get("name_en") or "")) for node in (u, v)]
        name = chains.get(str(link).rpartition(".")[0]) or (f"{'–'.join(ends)} road" if all(ends) else "")
        if name and str(link) not in found:
            found[str(link)] = name
    return found


def _short(name: str) -> str:
    """Return the name of a township without what it is: ``Mati Town`` is ``Mati``."""
    for what in (" Subdistrict", " Township", " Town"):
        name = name.removesuffix(what)
    for people in (" Miao", " Yi"):
        name = name.removesuffix(people)
    return name


def _counted(named: Mandated, design: Design | None, own: float | None) -> tuple[str, str]:
    """Return that a route counts other kilometres than the network gives it, empty if it does not."""
    tour = design is not None and bool(design.order)  # it may take any road
    if tour or own is None or named.counted_km is None or abs(own - named.counted_km) < 1.0:
        return "", ""
    straight = _straight_km(named, design)
    zh, en = ("", "") if straight is None else (f"、直线{straight:.0f}公里", f", {straight:.0f} km straight")
    return (
        f"{named.name_zh}经示意路网各镇约{own:.0f}公里{zh}，设计中只按{named.counted_km:.0f}公里计",
        f"{named.name_en} is {own:.0f} km through the towns of the schematic network{en}, and counts as only "
        f"{named.counted_km:.0f} km in the design",
    )


def _too_long(record: RoadRecord, design: Design | None, network_km: Mapping[str, float]) -> tuple[str, str]:
    """Return that the named routes do not fit the length with the network's own kilometres, empty if they do."""
    counted = {named.corridor: named.counted_km for named in record.mandated if named.counted_km is not None}
    if design is None or design.order or set(counted) - set(network_km):
        return "", ""
    held = float(design.links.loc[design.links["mandated"].astype(bool), "length_m"].sum()) / 1000.0
    own = held + sum(network_km[corridor] - km for corridor, km in counted.items())
    if not counted or own <= record.length_km:
        return "", ""
    return (
        f"全按示意路网计，点名路线共{own:.0f}公里，{record.length_km:.0f}公里容纳不下",
        f"with the network's own lengths the named routes are {own:.0f} km and do not fit {record.length_km:.0f}",
    )


def _straight_km(named: Mandated, design: Design | None) -> float | None:
    """Return the kilometres of the straight lines between the towns of a route; None if no design holds it."""
    if design is None:
        return None
    own = design.links[design.links["corridor"].eq(named.corridor) & design.links["mandated"].astype(bool)]
    return float(own.length.sum()) / 1000.0 if len(own) else None


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


def _designed(record: RoadRecord, design: Design, limit_km: float, english: Mapping[str, str]) -> tuple[str, str]:
    links = design.links
    mandated = links["mandated"].astype(bool)
    inside, more = (float(links.loc[chosen, "length_m"].sum()) / 1000.0 for chosen in (mandated, ~mandated))
    got, total = int(design.prizes["collected"].sum()), len(design.prizes)
    good = quality(design.gap)
    named_zh = "、".join(route.name_zh for route in record.mandated)
    named_en = " and ".join(route.name_en for route in record.mandated)
    others = links.loc[~mandated]
    in_zh = list(dict.fromkeys(str(name) for name in others["name_zh"] if name))
    in_en = list(dict.fromkeys(english[str(link)] for link in others["id"] if str(link) in english))
    by_zh = f"（{'、'.join(in_zh)}）" if in_zh else ""
    by_en = f" ({', '.join(in_en)})" if in_en else ""
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
    """Return a sentence with one clause more, itself if there is none."""
    if not clause:
        return sentence
    stem = sentence.rstrip().removesuffix(end)
    return f"{stem}{between}{clause}{end}" if stem else f"{clause}{end}"
