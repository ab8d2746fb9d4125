"""``nanyi-gis network``: the road and rail graph as a GeoPackage."""

from pathlib import Path

import click

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import OutputFile
from ._progress import progress_bar
from ._roads import noding_option, tell_shift
from ._study import network_of, study_option

_GEOPACKAGE = OutputFile([".gpkg"], what="a GeoPackage", as_text=True)


@strict_command("network")
@click.option("--roads", type=click.Path(), help="GPKG, SHP, GeoJSON, Parquet, or an OSM extract (.osm.pbf, .osm).")
@click.option("--scenario", "year", help="2022 (the plan's day), 2025, 2035 (complete), a date, today.")
@click.option("--changes", type=click.Path(), help="Scenario file (TOML or JSON) that adds, closes or speeds up edges.")
@click.option("--dem", type=click.Path(), help="Elevation in metres; slope then slows each direction on its own.")
@click.option("--speeds", type=click.Path(), help="TOML with speeds by class, surface and slope.")
@click.option("--mode", type=click.Choice(["car", "bus", "truck", "walk"]), default="car", show_default=True)
@click.option("--tolerance", type=float, default=1.0, show_default=True, help="Metres within which ends of lines meet.")
@noding_option
@click.option(
    "--waiting", type=float, default=20.0, show_default=True, help="Minutes from reaching a station to leaving."
)
@click.option("--freight", is_flag=True, help="Let freight railways be boarded at every station.")
@click.option("--out", type=_GEOPACKAGE, required=True, help="GeoPackage to write: layers nodes and edges.")
@study_option("the schematic network, the days of the scenarios, and the heights to expect")
@trust_option
@force_option
def command(
    roads: str | None,
    year: str | None,
    changes: str | None,
    dem: str | None,
    speeds: str | None,
    mode: str,
    tolerance: float,
    noding: str,
    waiting: float,
    freight: bool,
    out: str,
    study: Path | None,
) -> None:
    """Write the network as nodes and edges with length (m) and travel time (s).

    Without --roads it is the schematic network of the study.

    \b
    Example: nanyi-gis network --scenario 2025 --out network.gpkg
    """
    from ..dem import read_dem
    from ..io import write_gpkg
    from ..network import (
        components,
        graph_notes,
        graph_to_frames,
        load_scenario,
        require_open,
        scenario,
    )
    from ..study import load_study
    from ._notes import tell_doubt, tell_state

    own = load_scenario(changes) if changes else None
    with progress_bar("network") as report:
        area = load_study(study=study)
        heights = read_dem(dem, study=area) if dem else None
        graph = network_of(
            area,
            roads,
            own_study=study is not None,
            tolerance_m=tolerance,
            noding=noding,
            mode=mode,
            speeds=speeds,
            dem=heights,
            waiting_min=waiting,
            freight=freight,
        )
        report(0.7)
        everything = graph
        start = year if year is not None else own.year if own is not None else None
        if start is not None or own is not None:
            then = scenario(graph, year="complete" if start is None else start, changes=own)
            graph = require_open(then, everything=graph)
        nodes, edges = graph_to_frames(graph)
        report(0.9)
        write_gpkg({"nodes": nodes, "edges": edges}, out)
    for note in () if heights is None else heights.attrs["notes"]:
        click.echo(f"note: {note}", err=True)
    tell_shift(graph, file=roads, study=area)
    tell_state(area, [start])
    if roads is None:
        tell_doubt(everything, [start])
    parts = components(graph)
    click.echo(
        f"{out}: {len(nodes)} nodes, {len(edges)} edges, {len(parts)} part(s), "
        f"the largest with {len(parts[0])} nodes" + "".join(f"; {note}" for note in graph_notes(graph))
    )
