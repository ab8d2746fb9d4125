"""The option --noding, the same for every command that reads roads."""

from collections.abc import Callable
from typing import Any

import click


def noding_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--noding``: where the lines of a layer of roads meet."""
    return click.option(
        "--noding",
        type=click.Choice(["vertices", "ends", "all"]),
        default="vertices",
        show_default=True,
        help="Where roads meet: at shared vertices; also where an end touches a line; also where lines cross.",
    )(command)
