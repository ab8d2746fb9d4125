"""``nanyi-gis init``: a template of a study for another county."""

from pathlib import Path

import click

from ._command import command as strict_command
from ._paths import OutputFolder


@strict_command("init")
@click.argument("folder", metavar="DIR", type=OutputFolder(("study.toml", "places.csv", "census.toml", "README.md")))
@click.option("--force", is_flag=True, help="Write into a folder that is not empty, over files of the same names.")
def command(folder: Path, force: bool) -> None:
    """Write a template of a study: study.toml with every key explained, places.csv, census.toml, README.

    \b
    Example: nanyi-gis init mycounty
    Then:    nanyi-gis build --study mycounty --dem dem.tif --out maps
    """
    from ..study import write_template

    for path in write_template(folder, force=force):
        click.echo(path)
