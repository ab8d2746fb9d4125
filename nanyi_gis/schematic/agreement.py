"""How far the schematic network is from published distances and times, pair by pair."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd

from ..network import build_graph, compile_graph, scenario
from .calibration import fit_sinuosity, published_ratios
from .chains import load_records


def distance_table() -> pd.DataFrame:
    """Return modelled against published distances: in the network, and left out of the fit.

    Columns ``name_zh``, ``group``, ``use`` (calibrates | checks), ``published_km``, ``straight_km``,
    ``network_km`` (along the edges of the network, which keep published totals where both ends are located),
    ``network_error_pct``, ``left_out_km`` (straight length times the sinuosity fitted without this distance) and
    ``left_out_error_pct``. For a distance that calibrates, only the last is an honest test.
    """
    records, ratios = load_records(), published_ratios()
    plan_date = scenario(build_graph(), year=2022)
    fastest = compile_graph(plan_date)
    lengths, chains = _lengths()
    rows = []
    for distance in records.distance:
        known = ratios[ratios["name_zh"].eq(distance.name_zh)]
        if known.empty:
            start, end = (fastest.nodes[i] for i in fastest.numbers_of([distance.from_, distance.to]))
            path = nx.shortest_path(plan_date, start, end, weight="travel_time")
            metres = nx.path_weight(plan_date, path, "length")
            rows.append((distance.name_zh, "fastest way", distance.use, distance.km, np.nan, metres / 1000.0, np.nan))
            continue
        group, straight = known["group"].iloc[0], float(known["straight_km"].iloc[0])
        nodes, highway = records.chain_of(distance)
        pairs = pairwise(nodes)
        along = (
            sum(lengths[highway, frozenset(pair)] for pair in pairs) if not distance.chain else chains[distance.chain]
        )
        left_out = straight * fit_sinuosity(ratios, without=distance.name_zh)[group]
        rows.append((distance.name_zh, group, distance.use, distance.km, straight, along, left_out))
    columns = ["name_zh", "group", "use", "published_km", "straight_km", "network_km", "left_out_km"]
    table = pd.DataFrame(rows, columns=columns)
    for name in ("network", "left_out"):
        table[f"{name}_error_pct"] = 100.0 * (table[f"{name}_km"] / table["published_km"] - 1.0)
    return table


def time_table() -> pd.DataFrame:
    """Return modelled against published minutes; none of them calibrates anything."""
    graph = build_graph()
    rows = []
    for record in load_records().time:
        network = compile_graph(scenario(graph, year=record.year))
        start, end = network.numbers_of([record.from_, record.to])
        minutes = float(network.costs([start])[0, end])
        rows.append((record.name_zh, record.year, record.minutes, minutes, 100.0 * (minutes / record.minutes - 1.0)))
    return pd.DataFrame(rows, columns=["name_zh", "year", "published_min", "network_min", "network_error_pct"])


def _lengths() -> tuple[dict[tuple[str, frozenset[str]], float], dict[str, float]]:
    """Return km by class and pair of places (of parallel roads of one class the shortest), and km by chain."""
    graph = build_graph()
    place = dict(graph.nodes(data="place"))
    pairs: dict[tuple[str, frozenset[str]], float] = {}
    chains: dict[str, float] = {}
    for u, v, data in graph.edges(data=True):
        length = data["length"] / 1000.0
        key = (data["highway"], frozenset((place[u], place[v])))
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
