"""``nanyi-gis sheets``: the themes of the atlas on paper."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ._atlas import atlas_inputs, atlas_options, tell_shifted_roads
from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import OutputFolder
from ._progress import progress_bar


def _outputs(params: Mapping[str, Any]) -> Sequence[str]:
    """Return the names of the files in ``--out``."""
    return [f"*_{params['paper']}.{form}" for form in ("pdf", "png")]


@strict_command("sheets")
@click.option(
    "--theme",
    "themes",
    multiple=True,
    help="Page to print, e.g. bands or suitability_orange; repeatable.  [default: all of the atlas]",
)
@click.option("--county", help="County that fills the map, by name or code.  [default: all of the study]")
@click.option("--paper", type=click.Choice(["a4", "a3"]), default="a4", show_default=True, help="Size of the paper.")
@click.option("--date", help="Day of making to print, YYYY-MM-DD; left blank if not given.")
@click.option("--out", type=OutputFolder(_outputs), required=True, help="Folder to write to.")
@atlas_options
@trust_option
@force_option
def command(themes: tuple[str, ...], county: str | None, paper: str, date: str | None, out: Path, **given: Any) -> None:
    """Write the themes of the atlas as sheets: vector PDF and PNG, to a round scale, with grid, legend and sources.

    Needs the extra "sheets" and a typeface with Chinese characters. The same data make the same files: the day that is
    printed is the one given.

    \b
    Example: nanyi-gis sheets --theme bands --county 古蔺县 --paper a3 --out sheets
    """
    from ..atlas import make_sheets

    with progress_bar("sheets") as progress:
        written = make_sheets(
            out, themes=themes, county=county, paper=paper, date=date, **atlas_inputs(**given), progress=progress
        )
    tell_shifted_roads(given["roads"], given["study"])
    for path in written:
        click.echo(path)
