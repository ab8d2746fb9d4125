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
@trust_option
@force_option
def command(out: Path, **given: Any) -> None:
    """Build the offline atlas: pages, layers and manifest.

    \b
    Example: nanyi-gis build --dem dem.tif --out maps
    Another county: nanyi-gis build --study mycounty --dem dem.tif --out mymaps
    """
    from ..atlas import build_atlas, page_weights, weight_table

    with progress_bar("atlas") as progress:
        index = build_atlas(out, **atlas_inputs(**given), progress=progress)
    tell_shifted_roads(given["roads"], given["study"])
    click.echo(weight_table(page_weights(out)), err=True)
    click.echo(index)
