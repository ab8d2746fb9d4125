"""``nanyi-gis access``: who reaches what, as tables and areas."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import ParameterError
from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import OutputFolder
from ._progress import progress_bar
from ._roads import noding_option, snapping_options, tell_roads, tell_shift
from ._study import network_of, study_option

if TYPE_CHECKING:
    import geopandas as gpd


def _outputs(params: Mapping[str, Any]) -> list[str]:
    """Return the names of the files in ``--out``."""
    tables = ("od_minutes", "nearest", "summary", "critical", *(["e2sfca"] if params["supply"] else []))
    return [*(f"{name}.csv" for name in tables), "service_areas.gpkg"]


@strict_command("access")
@click.option("--from", "origins", type=click.Path(), help="Points where people are; the townships if not given.")
@click.option(
    "--to",
    "facilities",
    type=click.Path(),
    help="Points of facilities; the county seats, also beyond the border, if not given.",
)
@click.option("--own-county", is_flag=True, help="Let each township use the seat of its own county alone.")
@click.option("--roads", type=click.Path(), help="Lines or an OSM extract; else the study's schematic network.")
@noding_option
@click.option(
    "--scenario",
    "years",
    default="2022,today,complete",
    show_default=True,
    help="Scenarios, the first is compared with.",
)
@click.option("--changes", type=click.Path(), help="Scenario file (TOML or JSON), added to the list as 'own'.")
@click.option("--minutes", default="15,30,45,60,90", show_default=True, help="Limits of the service areas.")
@click.option("--id", "id_column", help="Column with the ids of the points; their order if not given.")
@click.option("--supply", help="Column of --to with beds, doctors or the like; writes e2sfca.csv.")
@click.option("--population", type=click.Path(), help="Raster of people per cell; sums by the nearest township seat.")
@snapping_options
@click.option("--speeds", type=click.Path(), help="TOML with speeds by class, surface and slope.")
@click.option("--out", type=OutputFolder(_outputs, as_text=True), required=True, help="Folder to write to.")
@study_option("townships, census, counties, seats and the schematic network")
@trust_option
@force_option
def command(
    origins: str | None,
    facilities: str | None,
    own_county: bool,
    roads: str | None,
    noding: str,
    years: str,
    changes: str | None,
    minutes: str,
    id_column: str | None,
    supply: str | None,
    population: str | None,
    snap_limit: float,
    access_kmh: float,
    any_part: bool,
    speeds: str | None,
    out: str,
    study: Path | None,
) -> None:
    """Write minutes, nearest facilities, minutes saved, service areas and critical roads.

    Points go to the nearest place on a road of the main part of the network, and the way there counts.
    od_minutes.csv (scenario, origin, destination, minutes), nearest.csv (a row an origin: minutes by scenario, saved,
    why it reaches nothing), summary.csv (share of people within each limit, Gini), critical.csv (what closing each
    road costs) and service_areas.gpkg. Unreachable is empty in the tables and counted in summary.csv. People are
    published figures and the census spread by rules: summary.csv has the central share and the least and most.

    \b
    Example: nanyi-gis access --out access
    """
    from ..accessibility import access_tables
    from ..io import read_vector, staged, write_csv, write_gpkg
    from ..network import load_scenario, scenarios
    from ..study import load_study
    from ..targets import population_rules, read_people
    from ._access import facilities_of, of_own_county, origins_of, parse_numbers, supply_of, used_beyond
    from ._notes import people_within, tell_doubt, tell_rows, tell_seats, tell_state

    def points(path: str) -> "gpd.GeoDataFrame":
        return tell_rows(read_vector(path, kind="point"))

    names = [part.strip() for part in years.split(",") if part.strip()]
    if not names:
        raise ParameterError("scenario is empty; give at least one, e.g. 2022")
    if len(set(names)) < len(names):
        raise ParameterError(f"scenario is {years!r}, which has one twice; name each once")
    limits = parse_numbers(minutes, name="minutes")
    with progress_bar("access") as report:
        area = load_study(study=study)
        base = network_of(area, roads, own_study=study is not None, speeds=speeds, noding=noding)
        graphs = scenarios(base, names, changes=load_scenario(changes) if changes else None)
        raster = read_people(population) if population else None
        homes, people = origins_of(
            points(origins) if origins else None,
            study=area,
            id_column=id_column,
            population=raster,
        )
        targets = facilities_of(
            points(facilities) if facilities else None,
            graphs.values(),
            study=area,
            id_column=id_column,
            own_county=own_county,
            snap_limit_m=snap_limit,
        )
        found = access_tables(
            graphs,
            homes,
            targets,
            population=people,
            rules=population_rules(area) if origins is None and raster is None else None,
            allowed=of_own_county(homes, targets) if own_county else None,
            supply=supply_of(targets, supply),
            limits=limits,
            snap_limit_m=snap_limit,
            parts="any" if any_part else "largest",
            access_kmh=access_kmh or None,
            progress=report,
        )
        tables = found.tables()
        with staged(out) as folder:
            for name, table in tables.items():
                write_csv(table, folder / f"{name}.csv", digits=3)
            write_gpkg({"service_areas": found.service_areas}, folder / "service_areas.gpkg")
    tell_roads(base)
    tell_shift(base, file=roads, study=area, points={origins: homes, facilities: targets})
    for note in () if raster is None else raster.attrs["notes"]:
        click.echo(f"note: {note}", err=True)
    tell_state(area, names)
    if roads is None:
        tell_doubt(base, names)
    if facilities is None and origins is None:
        tell_seats(used_beyond(found.od_minutes, homes, targets), own_county=own_county)
    click.echo(f"{out}: {', '.join(f'{name}.csv' for name in tables)}, service_areas.gpkg")
    farthest = found.nearest.nlargest(1, "snap_m").iloc[0]
    if farthest["snap_m"] >= 1.0:
        click.echo(f"farthest from a road: {farthest['name_zh'] or farthest['origin']}, {farthest['snap_m']:.0f} m")
    if origins is None:
        click.echo(people_within(found.summary, minutes=60.0 if 60.0 in limits else limits[-1]))
    for note in found.notes:
        click.echo(note)
