"""What every command that reads roads has in common: how they meet, how points go to them, and what is said of them."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from ..network import Graph
    from ..study import StudyArea


def noding_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--noding``: where the lines of a layer of roads meet."""
    return click.option(
        "--noding",
        type=click.Choice(["vertices", "ends", "all"]),
        default="vertices",
        show_default=True,
        help="Where roads meet: at shared vertices; also where an end touches a line; also where lines cross.",
    )(command)


def snapping_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--snap-limit``, ``--access-kmh`` and ``--any-part``: how points go to roads."""
    for option in (
        click.option(
            "--any-part", is_flag=True, help="Points go to the nearest road, even if it is cut off from the others."
        ),
        click.option(
            "--access-kmh",
            type=float,
            default=5.0,
            show_default=True,
            help="km/h between a point and the road, on foot; 0 leaves that way out.",
        ),
        click.option("--snap-limit", type=float, default=2000.0, show_default=True, help="Metres to the nearest road."),
    ):
        command = option(command)
    return command


def tell_roads(graph: "Graph") -> None:
    """Tell on the error stream what was not joined and what was left out of the roads given."""
    from ..network import road_notes

    for note in road_notes(graph.graph):
        click.echo(f"note: {note}", err=True)


def tell_shift(
    roads: "Graph | gpd.GeoDataFrame",
    *,
    file: "str | Path | None",
    study: "StudyArea | None" = None,
    points: "Mapping[str | Path | None, gpd.GeoDataFrame] | None" = None,
) -> None:
    """Tell on the error stream if roads, points and the study's places seem to be on two datums.

    ``file`` is where the roads were read from, ``points`` are layers by theirs; what was read from none is ours, and
    is not looked at.
    """
    from ..inspection import points_shifted, roads_shifted

    notes = [] if file is None or study is None else roads_shifted(roads, study, name=str(file))
    for path, layer in (points or {}).items():
        if path is not None:
            own = None if file is None else roads
            notes += points_shifted(layer, own, study=study, name=str(path), of=str(file))
    for note in notes:
        click.echo(f"note: {note}", err=True)
