"""What every command that reads roads has in common: the option --noding, and what is said of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..network import Graph


def noding_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--noding``: where the lines of a layer of roads meet."""
    return click.option(
        "--noding",
        type=click.Choice(["vertices", "ends", "all"]),
        default="vertices",
        show_default=True,
        help="Where roads meet: at shared vertices; also where an end touches a line; also where lines cross.",
    )(command)


def tell_roads(graph: "Graph") -> None:
    """Tell on the error stream what was not joined and what was left out of the roads given."""
    from ..network import road_notes

    for note in road_notes(graph.graph):
        click.echo(f"note: {note}", err=True)
