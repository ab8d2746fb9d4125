"""``nanyi-gis corridor``: a way for a power line between two ends, away from settlements."""

from pathlib import Path

import click

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import OutputFolder
from ._progress import progress_bar
from ._study import study_option

_FILE = click.Path(path_type=Path)
_FILES = ("corridor.gpkg", "corridor.csv")


@strict_command("corridor")
@click.argument("dem", type=_FILE)
@click.option("--from", "start", type=_FILE, required=True, help="The point where it begins.")
@click.option("--to", "end", type=_FILE, required=True, help="The point where it ends.")
@click.option("--settlements", type=_FILE, help="Points, lines or polygons to keep away from.")
@click.option(
    "--spacing",
    type=float,
    default=500.0,
    show_default=True,
    help="Metres from settlements; yours: rules set clearances, no spacing.",
)
@click.option("--avoid", type=_FILE, help="Lines or polygons that it does not cross, such as reserves.")
@click.option("--slope-max", type=float, help="Degrees above which no support stands.")
@click.option(
    "--end-radius", type=float, default=0.0, show_default=True, help="Metres around the ends without the spacing."
)
@click.option("--turn-limit", type=float, default=5.0, show_default=True, help="Degrees of a turn without extra cost.")
@click.option("--angle-cost", type=float, default=300.0, show_default=True, help="Metres that a sharper turn costs.")
@click.option("--out", type=OutputFolder(_FILES), required=True, help="Output folder.")
@study_option("the heights to expect")
@trust_option
@force_option
def command(
    dem: Path,
    start: Path,
    end: Path,
    settlements: Path | None,
    spacing: float,
    avoid: Path | None,
    slope_max: float | None,
    end_radius: float,
    turn_limit: float,
    angle_cost: float,
    out: Path,
    study: Path | None,
) -> None:
    """Write the shortest way for a line between two ends that keeps away from settlements (corridor.gpkg, .csv).

    A study over the terrain model, no design. The DEM needs a CRS in metres and square cells.

    \b
    Example: nanyi-gis corridor dem.tif --from a.gpkg --to b.gpkg --settlements villages.gpkg --spacing 500 --out line
    """
    from ..dem import read_dem
    from ..io import read_vector
    from ..route import corridor, write_corridor
    from ..study import load_study
    from ._notes import tell_rows

    with progress_bar("corridor") as progress:
        heights = read_dem(dem, study=load_study(study=study))
        found = corridor(
            heights,
            read_vector(start, kind="point"),
            read_vector(end, kind="point"),
            settlements=None if settlements is None else tell_rows(read_vector(settlements)),
            spacing_m=spacing,
            avoid=None if avoid is None else tell_rows(read_vector(avoid)),
            slope_max=slope_max,
            end_radius_m=end_radius,
            turn_limit_deg=turn_limit,
            angle_cost_m=angle_cost,
            progress=progress,
        )
        named = {"dem": dem, "from": start, "to": end, "settlements": settlements, "avoid": avoid}
        files = write_corridor(found, out, inputs={role: path for role, path in named.items() if path is not None})
    for note in (*heights.attrs["notes"], *found.notes):
        click.echo(f"note: {note}", err=True)
    for path in files:
        click.echo(path)
    near = f", {found.nearest_m:,.0f} m from the nearest settlement" if settlements is not None else ""
    click.echo(
        f"{found.length_m / 1000:,.2f} km, {found.detour:.2f} times the straight line, {found.angles} sharp turns{near}"
    )
