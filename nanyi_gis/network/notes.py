"""What a network should be read with in mind, in words."""

from collections.abc import Mapping
from typing import Any

from .graph_type import Graph

NOT_MODELLED = "turn restrictions are not modelled"
"""What OSM extracts tell and a graph of nodes and edges does not hold."""


def graph_notes(graph: Graph) -> list[str]:
    """Return what a reader of a network must know: schematic, what is not placed, what was cut, joined or left out,
    words that were not understood, what is not modelled.

    >>> import networkx as nx
    >>> graph_notes(nx.MultiDiGraph(schematic=True, splits=2, moved_max_m=0.4))
    ['schematic', '2 cuts, ends moved by up to 0.40 m']
    """
    meta = graph.graph
    notes = []
    if meta.get("schematic"):
        notes.append("schematic")
    if meta.get("unlocated"):
        notes.append(f"not placed: {', '.join(map(str, meta['unlocated']))}")
    if meta.get("splits"):
        notes.append(f"{meta['splits']} cuts, ends moved by up to {meta['moved_max_m']:.2f} m")
    notes += road_notes(meta)
    return notes


def road_notes(report: Mapping[str, Any]) -> list[str]:
    """Return what was not joined, left out or not understood of a layer of roads, from the report of its reading.

    >>> road_notes({"crossings": 40, "crossings_controlled": 3, "unnoded": True, "left_out": {"steps": 2}})
    ['40 crossings not joined, 3 of them with motorways', \
'looks unnoded: 40 crossings without a shared vertex; --noding all joins them', 'left out: steps 2']
    """
    notes = []
    crossings, motorways, touches = (int(report.get(n) or 0) for n in ("crossings", "crossings_controlled", "touches"))
    if crossings:
        notes.append(f"{crossings} crossings not joined, {motorways} of them with motorways")
    if report.get("unnoded"):
        met = [f"{crossings} crossings"] if crossings else []
        met += [f"{touches} ends on lines"] if touches else []
        notes.append(f"looks unnoded: {' and '.join(met)} without a shared vertex; --noding all joins them")
    if report.get("left_out"):
        notes.append("left out: " + ", ".join(f"{what} {count}" for what, count in report["left_out"].items()))
    if report.get("scale_note"):
        notes.append(str(report["scale_note"]))
    if report.get("barriers"):
        notes.append("barriers: " + ", ".join(f"{what} {count}" for what, count in report["barriers"].items()))
    notes.extend(str(note) for note in report.get("tag_notes") or ())
    if report.get("osm"):
        notes.append(NOT_MODELLED)
    return notes
