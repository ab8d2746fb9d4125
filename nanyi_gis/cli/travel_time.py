"""``nanyi-gis travel-time``: minutes of walking or driving over any DEM."""

from contextlib import ExitStack
from pathlib import Path

import click

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import OutputFile
from ._progress import progress_bar
from ._roads import noding_option, tell_shift
from ._study import study_option

_FILE = click.Path(path_type=Path)
_COG = OutputFile([".tif", ".tiff"], what="a COG")


@strict_command("travel-time")
@click.argument("dem", type=_FILE)
@click.option("--from", "points", type=_FILE, required=True, help="Points to travel from, or to with --direction to.")
@click.option("--out", type=_COG, required=True, help="Minutes, a float32 COG on the DEM's grid.")
@click.option("--roads", type=_FILE, help="Roads as network reads them; column ends_only: joined only at ends.")
@noding_option
@click.option("--barriers", type=_FILE, help="Rivers and reservoirs (lines or polygons), crossed only at bridges.")
@click.option("--mode", default="walk", show_default=True, help="walk, or car: drive on roads, walk elsewhere.")
@click.option("--direction", default="from", show_default=True, help="from the points outward, or to the points.")
@click.option("--path-factor", type=float, default=0.6, show_default=True, help="Factor on walking speed off the road.")
@click.option("--limit", type=float, help="Minutes; what lies beyond is infinite. The limit itself is within.")
@click.option("--max-snap", type=float, help="Metres that a point may be moved to the nearest cell to stand on.")
@click.option("--start-column", help="Column of the points with minutes already spent there.")
@click.option("--speeds", type=_FILE, help="TOML table of speeds by class that goes before the package's own.")
@click.option("--nearest", type=_COG, help="Also write which point is nearest: its number from 0, -1 for none.")
@study_option("the heights to expect")
@trust_option
@force_option
def command(
    dem: Path,
    points: Path,
    out: Path,
    roads: Path | None,
    noding: str,
    barriers: Path | None,
    mode: str,
    direction: str,
    path_factor: float,
    limit: float | None,
    max_snap: float | None,
    start_column: str | None,
    speeds: Path | None,
    nearest: Path | None,
    study: Path | None,
) -> None:
    """Write the minutes of travel between each cell and the nearest of the points.

    Off the road one walks at Tobler's speed in the direction of travel. NaN marks nodata of the DEM, infinity
    cells that nobody reaches.

    \b
    Example: nanyi-gis travel-time dem.tif --from hospitals.gpkg --out minutes.tif --roads roads.gpkg --mode car
    """
    from .._limits import BYTES_PER_CELL
    from .._validation import check_finite
    from ..dem import read_dem
    from ..io import atomic_path, read_vector
    from ..network import read_roads
    from ..raster import RasterFile, hold_whole, write_cog
    from ..study import load_study
    from ..travel_time import result_notes, result_tags, travel_time
    from ._notes import tell_rows

    if limit is not None:
        check_finite(limit, name="limit")
    targets = [out] if nearest is None else [out, nearest]
    with ExitStack() as stack:
        progress = stack.enter_context(progress_bar("travel time"))
        staged = [stack.enter_context(atomic_path(path)) for path in targets]
        hold_whole(RasterFile.of(dem), beside=BYTES_PER_CELL["travel-time"])
        heights = read_dem(dem, study=load_study(study=study))
        sources = tell_rows(read_vector(points, kind="point"))
        ways = None if roads is None else tell_rows(read_roads(roads))
        minutes = travel_time(
            heights,
            sources,
            roads=ways,
            barriers=None if barriers is None else tell_rows(read_vector(barriers)),
            mode=mode,  # type: ignore[arg-type]
            direction=direction,  # type: ignore[arg-type]
            path_factor=path_factor,
            limit_minutes=limit,
            max_snap=max_snap,
            initial_minutes=start_column,
            speeds=None if speeds is None else _speeds(speeds),
            noding=noding,
            nearest=nearest is not None,
            progress=lambda share: progress(0.05 + 0.85 * share),
        )
        tags = result_tags(
            minutes,
            files={"DEM": dem, "POINTS": points, "ROADS": roads, "BARRIERS": barriers},
            points=len(sources),
            path_factor=path_factor,
            limit_minutes=limit,
        )
        owners = None if nearest is None else minutes["nearest"]
        minutes = minutes.drop_vars("nearest", errors="ignore")
        title = {"TITLE": "travel time", "UNITS": "minutes"}
        write_cog(minutes, staged[0], tags={**title, **tags}, overview_resampling="nearest")
        if owners is not None:
            title = {"TITLE": "nearest point by travel time", "UNITS": "number of the point from 0"}
            write_cog(owners, staged[1], nodata=-1, tags={**title, **tags}, overview_resampling="nearest")
        progress(1.0)
    for note in (*heights.attrs["notes"], *result_notes(minutes)):
        click.echo(f"note: {note}", err=True)
    if ways is not None:
        tell_shift(ways, file=roads, points={points: sources})
    for path in targets:
        click.echo(path)


def _speeds(path: Path) -> dict[str, float]:
    from ..network import load_speeds

    return load_speeds(path).speed_kmh
