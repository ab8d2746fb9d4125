"""``nanyi-gis route``: a road for visitors, designed or read, with what it covers."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import DataError, ParameterError
from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import OutputFolder
from ._progress import progress_bar
from ._study import study_option

if TYPE_CHECKING:
    from ..route import Profile, Route
    from ..study import StudyArea

_LONGEST_KM = 40_000.0  # round the earth; what is more was meant as metres
_SURE_M = 1000.0  # uncertainty up to which a place tells whether a road runs past it; a suspicion needs far less
_BESIDE_DEG, _FAR_DEG = 0.5, 5.0  # how far from the study a road may lie, and reach
_FILES = ("route.gpkg", "coverage.csv", "profile.csv", "route.gpx", "route.kml")


@strict_command("route")
@click.option(
    "--length-km",
    type=float,
    help="Most kilometres, or those that the file is compared with.  [default: the plan's; 446 in the South Wing]",
)
@click.option(
    "--from-file", type=click.Path(path_type=Path), help="Lines of a road that is there already; none is designed."
)
@click.option(
    "--assume-datum", type=click.Choice(["wgs84", "gcj02", "bd09"]), help="Datum of --from-file, if it is suspected."
)
@click.option("--loop", is_flag=True, help="Design a round trip in place of a network.")
@click.option("--day-minutes", type=float, help="Most minutes of a --loop, driving and at the sites; in place of km.")
@click.option("--stay-min", type=float, default=30.0, show_default=True, help="Minutes at each site of --day-minutes.")
@click.option("--dem", type=click.Path(path_type=Path), help="Elevation raster; the study's if not given.")
@click.option(
    "--samples",
    type=click.IntRange(min=0, max=10_000),
    default=200,
    show_default=True,
    help="Draws of the places within their uncertainty, for the range of the coverage.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Where the draws begin.")
@click.option("--out", type=OutputFolder(_FILES), required=True, help="Folder to write to.")
@study_option("the routes of the plan, sites and their weights, townships, census and the schematic network")
@trust_option
@force_option
def command(
    length_km: float | None,
    from_file: Path | None,
    assume_datum: str | None,
    loop: bool,
    day_minutes: float | None,
    stay_min: float,
    dem: Path | None,
    samples: int,
    seed: int,
    out: Path,
    study: Path | None,
) -> None:
    """Write a road for visitors with its chainage, what it covers, its gaps and its profile.

    It is the connected road of at most so many kilometres that holds the routes of the plan and reaches the places of
    most value; or the lines of --from-file. route.gpkg (route, chainage, sites, gaps, alignments), coverage.csv,
    profile.csv, route.gpx and route.kml. A study design on a schematic network, no survey.

    \b
    Example: nanyi-gis route --length-km 446 --out route
    """
    from ..dem import read_dem
    from ..study import load_study
    from ..targets import red_road, write_red_road

    if length_km is not None and length_km > _LONGEST_KM:
        raise ParameterError(f"length-km is {length_km:g}, which looks like metres; give kilometres, e.g. 446")
    with progress_bar("route") as report:
        area = load_study(study=study)
        line = None if from_file is None else _read(from_file, area, assume_datum)
        heights = None if dem is None else read_dem(dem, study=area)
        found = red_road(
            area,
            length_km=length_km,
            minutes=day_minutes,
            stay_min=stay_min,
            shape="loop" if loop else "network",
            line=line,
            dem=heights,
            samples=samples,
            seed=seed,
            progress=report,
        )
        written = write_red_road(found, out)
    for note in (*(() if heights is None else heights.attrs["notes"]), *found.notes):
        click.echo(f"note: {note}", err=True)
    click.echo(f"{out}: {', '.join(path.name for path in written)}")
    for sentence in filter(None, found.answer["en"]):
        click.echo(sentence)
    if found.surveyed and found.profile is not None:
        click.echo(_grades(found.profile, found.record.road_class))


def _grades(profile: "Profile", road_class: str) -> str:
    """Return climb, descent and the share above the limit of a class, in a line."""
    text = f"climb {profile.climb_m:,.0f} m, descent {profile.descent_m:,.0f} m"
    if profile.share_over_limit != profile.share_over_limit:
        return text
    over = 100.0 * profile.share_over_limit
    return f"{text}; {over:.1f} % of it is steeper than {100.0 * profile.max_grade:g} % (class {road_class})"


def _read(path: Path, area: "StudyArea", assume_datum: str | None) -> "Route":
    """Return the road in a file, held against the places and the roads of a study that can tell a shift."""
    from ..inspection import road_lines
    from ..network import build_graph
    from ..plan import located
    from ..route import from_file
    from ..schematic import schematic_tables

    places = located(area.places)
    sure = places[(places["uncertainty_m"] <= _SURE_M).to_numpy()]
    known = [sure] if len(sure) else []
    if "chains" in area.files:
        known.append(road_lines(build_graph(schematic_tables(area))))
    road = from_file(path, reference=known, assume_datum=assume_datum)
    _refuse_elsewhere(road, area, name=path.name)
    return road


def _refuse_elsewhere(road: "Route", area: "StudyArea", *, name: str) -> None:
    """Raise DataError if a road, or some of it, lies where no road of a study can."""
    import geopandas as gpd
    import numpy as np
    import pyproj
    import shapely

    lines = gpd.GeoSeries(road.frame.geometry, crs=road.crs).to_crs(4326)
    around = gpd.GeoSeries([area.outline], crs=area.crs).to_crs(4326).simplify(0.001).iloc[0]
    vertices = shapely.get_coordinates(np.asarray(lines.values))
    away = shapely.distance(shapely.points(vertices), around)
    near, far = (int(at) for at in (np.argmin(away), np.argmax(away)))
    outside = float(shapely.distance(np.asarray(lines.values), around).min()) > _BESIDE_DEG
    if not outside and away[far] <= _FAR_DEG:
        return
    lon, lat = vertices[near if outside else far]
    nearest = shapely.get_coordinates(shapely.shortest_line(shapely.Point(lon, lat), around))
    km = pyproj.Geod(ellps="GRS80").line_length(*nearest.T) / 1000.0
    which = "the road" if outside else "a part of the road"
    raise DataError(
        f"{name}: {which} lies at {lon:.4f}, {lat:.4f}, {km:,.0f} km outside the study ({area.id}); check its "
        "coordinates and CRS, or give --study"
    )
