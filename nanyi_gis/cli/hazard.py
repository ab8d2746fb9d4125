"""``nanyi-gis hazard``: landslides without pretending, shelters of a list, roads on prone ground."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import OutputFolder, layers_option
from ._progress import progress_bar
from ._roads import noding_option, tell_roads, tell_shift
from ._study import study_option

if TYPE_CHECKING:
    import xarray as xr

    from ..hazard import InventoryAsked, RoadsAsked, SheltersAsked, Soil
    from ..study import StudyArea

_FILE = click.Path(path_type=Path)


def _written(params: Mapping[str, Any]) -> Sequence[str]:
    from ..hazard import hazard_files

    return hazard_files(
        threshold=params["rain_threshold"] is not None,
        inventory=params["inventory"] is not None,
        shelters=params["shelters"] is not None,
        roads=params["roads"] is not None,
        ways=params["origins"] is not None and params["facilities"] is not None,
    )


@strict_command("hazard")
@click.argument("dem", type=_FILE)
@click.option("--out", type=OutputFolder(_written), required=True, help="Output folder.")
@click.option("--soil", type=_FILE, help="Intervals of soil and water (.toml); the study's if not given.")
@click.option("--samples", type=int, default=500, show_default=True, help="Draws of soil and water.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the draws and of the folds.")
@click.option(
    "--wetness",
    type=click.Choice(["interval", "flow"]),
    default="interval",
    show_default=True,
    help="Water of the soil: its interval everywhere, or by the land that drains to a cell and recharge_per_m.",
)
@click.option("--rain-threshold", metavar="ALPHA,BETA", help="I = ALPHA D^-BETA in mm/h over D hours: threshold.csv.")
@click.option("--inventory", type=_FILE, help="Points or polygons; column slide: 1 a slide, 0 looked at and none.")
@click.option("--surveyed", type=_FILE, help="Polygons within which every slide was mapped.")
@click.option(
    "--model", type=click.Choice(["logistic", "boosting"]), default="logistic", show_default=True, help="Its model."
)
@click.option("--block-m", type=float, default=5000.0, show_default=True, help="Side of the squares held out, metres.")
@layers_option
@click.option("--shelters", type=_FILE, help="Points of shelters that stand; columns area_m2 and kind if known.")
@click.option("--people", type=_FILE, help="Raster of people per cell.")
@click.option("--zones", type=_FILE, help="Polygons to report the shelters by, e.g. townships.")
@click.option("--barriers", type=_FILE, help="Lines or polygons that cannot be walked across.")
@click.option("--minutes", default="15,30,60", show_default=True, help="Limits of the walk.")
@click.option("--roads", type=_FILE, help="Lines or an OSM extract: roads.csv, how much of each lies on prone ground.")
@noding_option
@click.option("--prone", type=float, default=0.5, show_default=True, help="Share of draws from which a cell is prone.")
@click.option("--from", "origins", type=_FILE, help="Points where people are, for closures.csv.")
@click.option("--to", "facilities", type=_FILE, help="Points that they go to.")
@study_option("the soil, the heights to expect, and known places")
@trust_option
@force_option
def command(
    dem: Path,
    out: Path,
    soil: Path | None,
    samples: int,
    seed: int,
    wetness: str,
    rain_threshold: str | None,
    inventory: Path | None,
    surveyed: Path | None,
    model: str,
    block_m: float,
    layers: tuple[str, ...],
    shelters: Path | None,
    people: Path | None,
    zones: Path | None,
    barriers: Path | None,
    minutes: str,
    roads: Path | None,
    noding: str,
    prone: float,
    origins: Path | None,
    facilities: Path | None,
    study: Path | None,
) -> None:
    """Write the share of draws of assumed soil in which each cell fails (fails.tif), and the median factor of safety.

    Without an inventory nothing is validated, and no number is the probability of a slide. With one, a model is judged
    on squares of ground held out and refused unless it beats slope alone. Of a list of shelters: who walks there in
    time, people and m2 for each. Of roads: how much of each lies on prone ground, who is cut off.

    \b
    Example: nanyi-gis hazard dem.tif --inventory slides.gpkg --out hazard
    """
    from .._limits import BYTES_PER_CELL
    from .._validation import check_count
    from ..dem import read_dem
    from ..errors import ParameterError
    from ..hazard import write_hazard
    from ..raster import RasterFile, hold_whole
    from ..study import load_study

    check_count(samples, name="--samples")
    check_count(seed, name="--seed", least=0)
    if not 0 < prone <= 1:
        raise ParameterError(f"--prone is {prone:g}, but must be a share above 0 and at most 1")
    if (origins is None) != (facilities is None):
        raise ParameterError("--from and --to go together: who is cut off from what; give both, or leave both out")
    given = {"DEM": dem, "SOIL": soil, "INVENTORY": inventory, "SHELTERS": shelters, "ROADS": roads}
    with progress_bar("hazard") as progress:
        hold_whole(RasterFile.of(dem), beside=BYTES_PER_CELL["hazard"])
        area = load_study(study=study)
        ground = _soil(soil, area)
        rain = _threshold(rain_threshold)
        heights = read_dem(dem, study=area)
        ways = _roads(roads, noding, prone, origins, facilities)
        done = write_hazard(
            heights,
            out,
            soil=ground,
            samples=samples,
            seed=seed,
            flow=wetness == "flow",
            threshold=rain,
            inventory=_inventory(inventory, surveyed, layers, heights, model=model, block_m=block_m),
            shelters=_shelters(shelters, people, zones, barriers, minutes, heights),
            roads=ways,
            inputs={role: path for role, path in given.items() if path is not None},
            progress=progress,
        )
    for note in (*heights.attrs["notes"], *done.notes, str(done.slopes.attrs["validation"])):
        click.echo(f"note: {note}", err=True)
    if ways is not None:
        tell_roads(ways.graph)
        tell_shift(ways.graph, file=roads, study=area)
    for path in done.files:
        click.echo(path)
    if done.skill is not None:
        click.echo(done.skill.told)
    if done.coverage is not None:
        limit = done.coverage.limits[-1]
        who = "people" if "people" in done.coverage.zones else "land"
        click.echo(f"{100 * done.coverage.share(limit):.1f} % of the {who} within {limit:g} minutes of a shelter")
    if done.closed is not None:
        for share in done.closed["share"].unique().tolist():
            table = done.closed[done.closed["share"] == share]
            cut = int(table["cut_off"].sum())
            click.echo(f"the most exposed {100 * share:g} % of the roads closed: {cut} of {len(table)} cut off")


def _soil(path: Path | None, area: "StudyArea") -> "Soil":
    from ..errors import ParameterError
    from ..hazard import read_soil
    from ..targets import hazard_record

    if path is not None:
        return read_soil(path)
    record = hazard_record(area)
    if record is None:
        raise ParameterError(f"the study {area.id} has no soil (systems/hazard.toml); give intervals with --soil FILE")
    return record.soil


def _threshold(text: str | None) -> tuple[float, float] | None:
    from ..errors import ParameterError
    from ._access import parse_numbers

    if text is None:
        return None
    found = parse_numbers(text, name="--rain-threshold")
    if len(found) != 2:
        raise ParameterError(f"--rain-threshold is {text!r}, but must be two numbers, ALPHA,BETA")
    return found[0], found[1]


def _inventory(
    path: Path | None,
    surveyed: Path | None,
    layers: tuple[str, ...],
    dem: "xr.DataArray",
    *,
    model: str,
    block_m: float,
) -> "InventoryAsked | None":
    from ..hazard import InventoryAsked
    from ..io import read_vector
    from ..raster import Grid, like, open_raster, read_aligned
    from ._notes import tell_rows
    from .suitability import pairs

    if path is None:
        return None
    grid = Grid.of(dem)
    rasters = {}
    for name, file in pairs(layers, "--layer").items():
        with open_raster(file, kind="quantity") as reader:
            rasters[name] = like(dem, read_aligned(reader, grid, nearest=False), name=name)
    return InventoryAsked(
        places=tell_rows(read_vector(path)),
        surveyed=None if surveyed is None else tell_rows(read_vector(surveyed, kind="polygon")),
        layers=rasters,
        model=model,
        block_m=block_m,
    )


def _shelters(
    path: Path | None,
    people: Path | None,
    zones: Path | None,
    barriers: Path | None,
    minutes: str,
    dem: "xr.DataArray",
) -> "SheltersAsked | None":
    from ..hazard import SheltersAsked
    from ..io import read_vector, read_zones
    from ._access import parse_numbers
    from ._notes import tell_rows

    if path is None:
        return None
    return SheltersAsked(
        places=tell_rows(read_vector(path, kind="point")),
        people=None if people is None else _people(people, dem),
        zones=None if zones is None else tell_rows(read_zones(zones)),
        barriers=None if barriers is None else tell_rows(read_vector(barriers)),
        minutes=parse_numbers(minutes, name="--minutes"),
    )


def _people(path: Path, dem: "xr.DataArray") -> "xr.DataArray":
    """Return people on the grid of the DEM; a count cannot be interpolated to another."""
    from ..errors import DataError
    from ..raster import Grid
    from ..targets import read_people

    people = read_people(path)
    if not Grid.of(people, name="people").matches(Grid.of(dem)):
        raise DataError(
            f"{os.fspath(path)} lies on another grid than the DEM, and people cannot be interpolated; give both on "
            "one, e.g. gdalwarp -r sum"
        )
    return people


def _roads(
    path: Path | None, noding: str, prone: float, origins: Path | None, facilities: Path | None
) -> "RoadsAsked | None":
    from ..hazard import RoadsAsked
    from ..io import read_vector
    from ..network import build_graph
    from ._notes import tell_rows

    if path is None:
        return None
    return RoadsAsked(
        graph=build_graph(path, noding=noding),
        prone=prone,
        origins=None if origins is None else tell_rows(read_vector(origins, kind="point")),
        facilities=None if facilities is None else tell_rows(read_vector(facilities, kind="point")),
    )
