"""What a network should be read with in mind, in words."""

from .graph_type import Graph


def graph_notes(graph: Graph) -> list[str]:
    """Return what a reader of a network must know: schematic, what is not placed, what was cut or left out.

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
    if meta.get("left_out"):
        notes.append("left out: " + ", ".join(f"{what} {count}" for what, count in meta["left_out"].items()))
    if meta.get("scale_note"):
        notes.append(str(meta["scale_note"]))
    return notes
