"""``nanyi-gis bands``: elevation bands of any DEM and their areas."""

from pathlib import Path

import click

from ._consent import force_option, trust_option
from ._progress import progress_bar
from ._study import EDGES_HELP, counties_reached, edges_of, study_option


@click.command(name="bands")
@click.argument("dem", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Output folder.")
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
    from ..errors import ParameterError
    from ..io import read_zones
    from ..study import load_study
    from ..terrain import write_bands
    from ._notes import tell_rows

    if name_column is not None and zones is None:
        raise ParameterError(f"name_column is {name_column!r}, but has no effect without --zones; add --zones FILE")
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
