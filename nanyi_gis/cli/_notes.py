"""What readers have to say about the user's files, told on the error stream."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import geopandas as gpd


def tell_rows(frame: "gpd.GeoDataFrame") -> "gpd.GeoDataFrame":
    """Return a frame after telling which rows its reader left out, and what else it noted."""
    from ..io import row_notes

    for note in row_notes(frame):
        click.echo(f"note: {note}", err=True)
    return frame
