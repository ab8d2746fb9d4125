"""``nanyi-gis suitability``: layers, tables and the plan's targets for any use of land and any DEM."""

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._eligible import EligibleLand, eligible_options
from ._land import crops_option, management_option
from ._paths import OutputFolder, UseNames, layers_option, use_ids
from ._progress import progress_bar
from ._study import EDGES_HELP, counties_reached, edges_of, study_option

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ..study import StudyArea
    from ..suitability import LandUse


_LEAST_SAMPLES = 20


def _outputs(params: Mapping[str, Any]) -> list[str]:
    """Return the names of the files in ``--out``."""
    from ..eligibility import land_files
    from ..suitability import result_names
    from ..uncertainty import doubt_names

    ids = use_ids(params)
    return [*result_names(ids), *land_files(ids), *(doubt_names(ids) if params["samples"] else ())]


@strict_command("suitability")
@click.argument("dem", type=click.Path(path_type=Path))
@crops_option("those with a target")
@click.option(
    "--use",
    "uses",
    type=UseNames(),
    multiple=True,
    metavar="NAME|FILE",
    help="The same for any use of land: wind, pv or another of the study, or a criteria file; repeatable, adds to "
    "--crop. A use with exclusions also gets the land it may take, what each rule costs, and sites.",
)
@click.option("--out", type=OutputFolder(_outputs), required=True, help="Output folder.")
@click.option("--roads", type=click.Path(path_type=Path), help="Road lines; adds the distance to a road.")
@layers_option
@eligible_options
@click.option("--weights", help="Weights in place of the file's, e.g. elevation=0.3,slope=0.2.")
@click.option("--climate", type=click.Path(path_type=Path), help="Climate file (.toml); the study's if not given.")
@click.option("--zones", type=click.Path(path_type=Path), help="Polygons to report by instead of the counties.")
@click.option("--edges", help=EDGES_HELP)
@click.option("--shoulder", type=float, help="Width of the soft shoulders of the altitude band in metres.")
@click.option("--allow-steep", is_flag=True, help="Let uses stand above their slope limit, as marginal land.")
@management_option
@click.option(
    "--samples",
    type=int,
    default=0,
    show_default=True,
    help="Samples of climate, limits and heights for intervals of the areas and layers of probability; 0: none.",
)
@click.option(
    "--sigma", type=float, help="Standard error of the DEM in metres.  [default: its tag HEIGHT_RMSE_M, else 10]"
)
@click.option(
    "--correlation-length",
    type=float,
    help="Correlation length of that error, m.  [default: 2000 for classes, 0 for the spread of the bands]",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the samples.")
@click.option(
    "--scheduler",
    help="threads, processes, or the address of a Dask scheduler of your own (tcp://host:8786). Its workers need this "
    "version of nanyi_gis; NANYI_GIS_DASK_WAIT seconds (60) without a worker end the run.",
)
@click.option("--threads", type=int, help="Threads or processes on this machine; all processors if not given.")
@study_option("crops, climate, edges, counties and the heights to expect")
@trust_option
@force_option
def command(
    dem: Path,
    crops: str | None,
    uses: tuple[str, ...],
    out: Path,
    roads: Path | None,
    layers: tuple[str, ...],
    as_of: str | None,
    setbacks: tuple[str, ...],
    weights: str | None,
    climate: Path | None,
    zones: Path | None,
    edges: str | None,
    shoulder: float | None,
    allow_steep: bool,
    management: str | None,
    samples: int,
    sigma: float | None,
    correlation_length: float | None,
    seed: int,
    scheduler: str | None,
    threads: int | None,
    study: Path | None,
) -> None:
    """Write suitability, class and limiting factor of crops or other uses of land, with areas and the plan's targets.

    The DEM stays on its own grid, in any CRS, and may be larger than the memory.

    \b
    Example: nanyi-gis suitability dem.tif --crop orange,plum --out result
    """
    from .._validation import check_count, check_finite, check_non_negative
    from ..dem import known_heights
    from ..errors import ParameterError
    from ..network import read_roads
    from ..raster import RasterFile
    from ..study import load_study
    from ..suitability import evaluate_file
    from ..targets import study_climate
    from ..uncertainty import Doubts
    from ._notes import tell_rows

    area = load_study(study=study)
    chosen = chosen_uses(area, crops, uses, with_target=True)
    given = pairs(layers, "--layer")
    distances = {name: check_finite(metres, name="--setback") for name, metres in pairs(setbacks, "--setback").items()}
    land = EligibleLand(chosen, given, as_of=as_of, setbacks=distances, area=area)
    rasters = land.for_criteria(chosen)
    expected = known_heights(area)
    check_count(samples, name="--samples", least=0)
    if 0 < samples < _LEAST_SAMPLES:
        raise ParameterError(
            f"--samples is {samples}, but an interval of 5 to 95 % needs {_LEAST_SAMPLES} at the least, better 200"
        )
    check_count(seed, name="--seed", least=0)
    for metres, name in ((sigma, "--sigma"), (correlation_length, "--correlation-length")):
        if metres is not None:
            check_non_negative(metres, name=name, unit="m")
    doubts = Doubts(samples, sigma, correlation_length, seed, threads)
    if samples:
        grid = RasterFile.of(dem).grid
        doubts.hold(grid.width * grid.height, uses=len(chosen))
    within = _zones(zones, dem, area)
    with progress_bar("suitability") as progress:
        outcome = evaluate_file(
            dem,
            out,
            uses=chosen,
            zones=within,
            frontage=area.frontage,
            roads=None if roads is None else tell_rows(read_roads(roads)),
            layers=rasters,
            weights=_weights(weights),
            climate=study_climate(area, [use.with_layers(rasters) for use in chosen], own=climate),
            edges=edges_of(edges, area),
            shoulder=shoulder,
            allow_steep=allow_steep,
            management=management,
            expected=expected,
            also=land.beside(doubts.write if samples else None, dem=dem, zones=within),
            scheduler=scheduler,
            threads=threads,
            progress=progress,
        )
    for note in outcome.notes:
        click.echo(f"note: {note}", err=True)
    land.tell()
    for name, table in outcome.doubts.items():
        click.echo(_told(name, table))
    click.echo(f"{len(outcome.files)} files in {out}")


def _told(name: str, doubt: "pd.DataFrame") -> str:
    """Return the land of a use with its interval, as far as the interval supports it."""
    from ..units import area_text, interval_text

    row = doubt[doubt["class"] == "S1+S2"].iloc[-1]  # all zones together, where there are several
    low, high = float(row["low_wanmu"]), float(row["high_wanmu"])
    land = f"{area_text(float(row['area_wanmu']), low, high)} 万亩 of S1 and S2"
    jump = f"; unstable: {row['constant']} alone moves it by more than a quarter" if row["unstable"] else ""
    return f"{name}: {land}, {interval_text(low, high, dash='-')} (5-95 %){jump}"


def _zones(zones: Path | None, dem: Path, area: "StudyArea") -> "gpd.GeoDataFrame | None":
    """Return the zones given, which must meet the DEM, or the study's counties if the DEM reaches them."""
    from ..io import read_zones
    from ..raster import RasterFile, Zones
    from ._notes import tell_rows

    if zones is None:
        return counties_reached(dem, area)
    given = tell_rows(read_zones(zones))
    Zones.of(given, RasterFile.of(dem).grid)
    return given


def chosen_uses(
    area: "StudyArea", crops: str | None, uses: tuple[str, ...], *, with_target: bool = False
) -> "list[LandUse]":
    """Return the land uses named by ``--use`` and ``--crop``, else the study's crops, or those with a target."""
    from ..errors import ParameterError
    from ..targets import crops_with_target, study_crops, study_use

    if crops is None and not uses:
        found = list((with_target and crops_with_target(area)) or study_crops(area))
        if not found:
            raise ParameterError(f"the study {area.id} names no crops; give some with --crop, or a land use with --use")
        return found
    if not all(map(names_of, uses)):
        raise ParameterError("uses is empty; name at least one criteria file, e.g. wind.toml")
    named = [study_use(name, study=area) for name in names_of(*uses)]
    named += [study_use(name, study=area, name="crop") for name in names_of(crops)]
    for use, other in itertools.combinations(named, 2):
        if use.id == other.id:
            raise ParameterError(f"use {use.id!r} is given twice; name it once")
    return named


def names_of(*lists: str | None) -> list[str]:
    """Return the names in lists separated by commas.

    >>> names_of("orange, plum", "wind.toml", None)
    ['orange', 'plum', 'wind.toml']
    """
    return [name.strip() for text in lists for name in (text or "").split(",") if name.strip()]


def _weights(text: str | None) -> dict[str, float]:
    from .._validation import check_finite
    from ..errors import ParameterError

    if text is None:
        return {}
    found = pairs([part for part in text.split(",") if part.strip()], "--weights")
    if not found:
        raise ParameterError(f"--weights is {text!r}, but must be NAME=VALUE, e.g. elevation=0.3,slope=0.2")
    return {name: check_finite(value, name="--weights") for name, value in found.items()}


def pairs(texts: Iterable[str], option: str) -> dict[str, Any]:
    """Return names and values of several ``NAME=VALUE``, each name once.

    >>> pairs(["soil_ph=ph.tif"], "--layer")
    {'soil_ph': 'ph.tif'}
    """
    from ..errors import ParameterError

    found: dict[str, Any] = {}
    for name, value in (pair(text, option) for text in texts):
        if name in found:
            raise ParameterError(f"{option} gives {name!r} twice, {found[name]} and {value}; give it once")
        found[name] = value
    return found


def pair(text: str, option: str) -> tuple[str, Any]:
    """Return name and value of ``NAME=VALUE``."""
    from ..errors import ParameterError

    name, equals, value = text.partition("=")
    if not (name.strip() and equals and value.strip()):
        raise ParameterError(f"{option} is {text!r}, but must be NAME=VALUE")
    return name.strip(), value.strip()
