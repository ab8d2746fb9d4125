"""``nanyi-gis build``: the atlas."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ._atlas import atlas_inputs, atlas_options, tell_shifted_roads
from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import OutputFolder
from ._progress import progress_bar


def _outputs(_params: Mapping[str, Any]) -> Sequence[str]:
    """Return the names of the files in ``--out``."""
    from ..atlas import OUTPUTS

    return OUTPUTS


@strict_command("build")
@click.option("--out", type=OutputFolder(_outputs), default=Path("maps"), show_default=True, help="Output folder.")
@atlas_options
@click.option(
    "--observations",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Sheet on the progress of the plan (CSV or xlsx, see nanyi-gis monitor init); repeatable.",
)
@click.option("--as-of", metavar="DATE", help="Day of the page of the register, e.g. 2026-02-28; its own if not given.")
@trust_option
@force_option
def command(out: Path, observations: Sequence[Path], as_of: str | None, **given: Any) -> None:
    """Build the offline atlas: pages, layers and manifest.

    \b
    Example: nanyi-gis build --dem dem.tif --out maps
    Another county: nanyi-gis build --study mycounty --dem dem.tif --out mymaps
    """
    from ..atlas import build_atlas, page_weights, weight_table

    with progress_bar("atlas") as progress:
        index = build_atlas(out, **atlas_inputs(**given), observations=observations, as_of=as_of, progress=progress)
    tell_shifted_roads(given["roads"], given["study"])
    click.echo(weight_table(page_weights(out)), err=True)
    click.echo(index)
