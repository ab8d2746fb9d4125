"""How far the schematic network is from published distances and times, pair by pair."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd

from ..network import build_graph, compile_graph, scenario
from .calibration import MOST_DOUBT, fit_model, published_ratios, sinuosity_group
from .chains import PASSED, load_records
from .tables import PLATFORM

_MODE = {"rail": "rail", "motorway": "motorway"}  # other groups are roads


def distance_table() -> pd.DataFrame:
    """Return modelled against published distances: in the network, and left out of the fit.

    Columns ``name_zh``, ``group``, ``terrain`` (valley | hill | mountain, by the mean height above the valleys),
    ``use`` (calibrates | checks | doubtful: the ends are known to worse than 15 % of their distance), ``published_km``,
    ``straight_km``, ``network_km`` (along the edges of the network, which keep published totals where both ends are
    located), ``network_error_pct``, ``left_out_km`` (straight length times the sinuosity fitted without this distance)
    and ``left_out_error_pct``. For a distance that calibrates, only the last is an honest test.
    """
    records, ratios = load_records(), published_ratios()
    plan_date = scenario(build_graph(), year=2022)
    fastest = compile_graph(plan_date)
    lengths, chains = _lengths()
    known = {str(row["name_zh"]): row for row in ratios.to_dict("records")}
    rows = []
    for distance in records.distance:
        if distance.name_zh not in known:
            start, end = (fastest.nodes[i] for i in fastest.numbers_of([distance.from_, distance.to]))
            path = nx.shortest_path(plan_date, start, end, weight="travel_time")
            metres = nx.path_weight(plan_date, path, "length")
            rows.append((distance.name_zh, "fastest way", "", "checks", distance.km, np.nan, metres / 1000.0, np.nan))
            continue
        pair = known[distance.name_zh]
        group, straight = str(pair["group"]), float(pair["straight_km"])
        nodes, _ = records.chain_of(distance)
        joined = pairwise(node for node in nodes if not node.startswith(PASSED))
        mode = _MODE.get(group, "road")
        along = chains[distance.chain] if distance.chain else sum((lengths[mode, frozenset(p)] for p in joined), 0.0)
        left_out = straight * fit_model(ratios, without=distance.name_zh).of(group, float(pair["above_m"]))
        use = distance.use if pair["doubt"] <= MOST_DOUBT else "doubtful"
        rows.append((distance.name_zh, group, str(pair["terrain"]), use, distance.km, straight, along, left_out))
    columns = ["name_zh", "group", "terrain", "use", "published_km", "straight_km", "network_km", "left_out_km"]
    table = pd.DataFrame(rows, columns=columns)
    for name in ("network", "left_out"):
        table[f"{name}_error_pct"] = 100.0 * (table[f"{name}_km"] / table["published_km"] - 1.0)
    return table


def terrain_table() -> pd.DataFrame:
    """Return the error of the sinuosity left out of the fit, by terrain: by height and by the median of the class.

    Columns ``terrain``, ``pairs``, then for each of the two ways the median absolute error and the median error in
    percent. Ordinary roads alone, and pairs whose ends are known well enough.
    """
    ratios = published_ratios()
    roads = ratios[ratios["group"].isin(("main", "local")) & ratios["doubt"].le(MOST_DOUBT)]
    errors = []
    for pair in roads.to_dict("records"):
        model, group = fit_model(ratios, without=str(pair["name_zh"])), str(pair["group"])
        found = (model.of(group, float(pair["above_m"])), model.medians[group])
        errors.append((pair["terrain"], *(100.0 * (ratio / float(pair["ratio"]) - 1.0) for ratio in found)))
    table = pd.DataFrame(errors, columns=["terrain", "relief", "median"])
    rows = []
    for terrain in ("valley", "hill", "mountain", "all"):
        part = table if terrain == "all" else table[table["terrain"].eq(terrain)]
        numbers = [f(part[way]) for way in ("relief", "median") for f in (lambda e: e.abs().median(), pd.Series.median)]
        rows.append((terrain, len(part), *(float(number) for number in numbers)))
    columns = ["terrain", "pairs", "relief_abs_pct", "relief_pct", "class_median_abs_pct", "class_median_pct"]
    return pd.DataFrame(rows, columns=columns)


def time_table() -> pd.DataFrame:
    """Return modelled against published minutes; none of them calibrates anything. ``note`` explains what differs."""
    graph = build_graph()
    rows = []
    for record in load_records().time:
        network = compile_graph(scenario(graph, year=record.year))
        start, end = network.numbers_of([record.from_, record.to])
        minutes = float(network.costs([start])[0, end])
        error = 100.0 * (minutes / record.minutes - 1.0)
        rows.append((record.name_zh, record.year, record.minutes, minutes, error, record.note))
    columns = ["name_zh", "year", "published_min", "network_min", "network_error_pct", "note"]
    return pd.DataFrame(rows, columns=columns)


def _lengths() -> tuple[dict[tuple[str, frozenset[str]], float], dict[str, float]]:
    """Return km by mode and pair of places (of parallel ones the shortest), and km by chain."""
    graph = build_graph()
    place = dict(graph.nodes(data="place"))
    pairs: dict[tuple[str, frozenset[str]], float] = {}
    chains: dict[str, float] = {}
    for u, v, data in graph.edges(data=True):
        length = data["length"] / 1000.0
        mode = _MODE.get(sinuosity_group(data["highway"]), "road")
        key = (mode, frozenset(str(place[node]).removeprefix(PLATFORM) for node in (u, v)))
        pairs[key] = min(pairs.get(key, np.inf), length)
        if not data["reversed"]:
            chain = str(data["id"]).rpartition(".")[0]
            chains[chain] = chains.get(chain, 0.0) + length
    return pairs, chains


def markdown_table(table: pd.DataFrame) -> str:
    """Return a table as Markdown, numbers with one decimal, for the documentation.

    >>> print(markdown_table(pd.DataFrame({"km": [1.25], "use": ["checks"]})))
    | km | use |
    |---|---|
    | 1.2 | checks |
    """
    lines = ["| " + " | ".join(table.columns) + " |", "|" + "---|" * len(table.columns)]
    for row in table.itertuples(index=False):
        cells = [_cell(value) for value in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return "–" if np.isnan(value) else f"{round(value, 1) + 0.0:.1f}"
