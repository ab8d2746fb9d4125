"""``nanyi-gis offline``: a saved folium page made to work without a network."""

from pathlib import Path

import click

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import OutputFile


@strict_command("offline")
@click.argument("page", metavar="MAP.html", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=OutputFile((".html", ".htm"), what="a page"),
    help="Target; MAP_offline.html beside the page if not given.",
)
@click.option("--drop-tiles", is_flag=True, help="Leave tile layers, which need the network, out of the map.")
@trust_option
@force_option
def command(page: Path, out: Path | None, drop_tiles: bool) -> None:
    """Make a page saved by folium or GeoPandas' explore() one file that opens without a network.

    Leaflet and MarkerCluster go into the file; jQuery, Bootstrap and Font Awesome are left out. What is not known is
    refused by name, and nothing is written then.

    \b
    Example: nanyi-gis offline map.html --drop-tiles --out map_offline.html
    """
    from ..webmap import offline_file

    click.echo(offline_file(page, out, drop_tiles=drop_tiles))
