"""``nanyi-gis bands``: elevation bands of any DEM and their areas."""

from pathlib import Path

import click

from ._progress import progress_bar


@click.command(name="bands")
@click.argument("dem", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Output folder.")
@click.option(
    "--zones",
    type=click.Path(path_type=Path),
    help="Polygons to report by; the two counties if the DEM reaches them, else all of it.",
)
@click.option("--name-column", help="Column of --zones with their names.")
@click.option("--edges", default="700,900,1200", show_default=True, help="Band edges in metres, rising.")
def command(dem: Path, out: Path, zones: Path | None, name_column: str | None, edges: str) -> None:
    """Write elevation bands (bands.tif) and their true areas by zone (band_areas.csv).

    The DEM stays on its own grid, in any CRS. A band includes its lower edge.

    \b
    Example: nanyi-gis bands dem.tif --out result --edges 700,900,1200
    """
    from .._validation import check_edges
    from ..dem import known_heights
    from ..errors import ParameterError
    from ..io import read_zones
    from ..raster import RasterFile, window_of
    from ..study import load_study
    from ..terrain import write_bands
    from ._notes import tell_rows

    limits = check_edges([_number(text) for text in edges.split(",")])
    if name_column is not None and zones is None:
        raise ParameterError(f"name_column is {name_column!r}, but has no effect without --zones; add --zones FILE")
    with progress_bar("bands") as progress:
        area = load_study()
        reached = window_of(RasterFile.of(dem), area.bounds, crs=area.crs) is not None
        done = write_bands(
            dem,
            out,
            edges=limits,
            zones=tell_rows(read_zones(zones)) if zones is not None else area.counties if reached else None,
            name_column=name_column,
            expected=known_heights(area),
            progress=progress,
        )
    for note in done.notes:
        click.echo(f"note: {note}", err=True)
    for path in done.files:
        click.echo(path)


def _number(text: str) -> float:
    from ..errors import ParameterError

    try:
        return float(text)
    except ValueError:
        raise ParameterError(f"edges hold {text.strip()!r}, but must be numbers, e.g. 700,900,1200") from None
