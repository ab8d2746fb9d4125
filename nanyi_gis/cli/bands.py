"""``nanyi-gis bands``: elevation bands of any DEM and their areas."""

from pathlib import Path

import click

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import OutputFolder
from ._progress import progress_bar
from ._study import EDGES_HELP, counties_reached, edges_of, study_option


@strict_command("bands")
@click.argument("dem", type=click.Path(path_type=Path))
@click.option("--out", type=OutputFolder(("bands.tif", "band_areas.csv")), required=True, help="Output folder.")
@click.option(
    "--zones",
    type=click.Path(path_type=Path),
    help="Polygons to report by; the study's counties if the DEM reaches them, else all of it.",
)
@click.option("--name-column", help="Column of --zones with their names.")
@click.option("--edges", help=EDGES_HELP)
@study_option("counties, edges and the heights to expect")
@trust_option
@force_option
def command(
    dem: Path, out: Path, zones: Path | None, name_column: str | None, edges: str | None, study: Path | None
) -> None:
    """Write elevation bands (bands.tif) and their true areas by zone (band_areas.csv).

    The DEM stays on its own grid, in any CRS. A band includes its lower edge.

    \b
    Example: nanyi-gis bands dem.tif --out result --edges 700,900,1200
    """
    from ..dem import known_heights
    from ..io import read_zones
    from ..study import load_study
    from ..terrain import write_bands
    from ._notes import tell_rows

    area = load_study(study=study)
    limits = edges_of(edges, area)
    with progress_bar("bands") as progress:
        done = write_bands(
            dem,
            out,
            edges=limits,
            zones=counties_reached(dem, area) if zones is None else tell_rows(read_zones(zones)),
            name_column=name_column,
            expected=known_heights(area),
            progress=progress,
        )
    for note in done.notes:
        click.echo(f"note: {note}", err=True)
    for path in done.files:
        click.echo(path)
