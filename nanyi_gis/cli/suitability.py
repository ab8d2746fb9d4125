"""``nanyi-gis suitability``: layers, tables and the plan's targets for any use of land and any DEM."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._progress import progress_bar

if TYPE_CHECKING:
    import geopandas as gpd

    from ..study import StudyArea


@click.command(name="suitability")
@click.argument("dem", type=click.Path(path_type=Path))
@click.option(
    "--crop",
    "crops",
    help="Crops by name or criteria files (.toml), separated by commas.  [default: those the plan has a target for]",
)
@click.option(
    "--use",
    "uses",
    multiple=True,
    metavar="FILE",
    help="The same for any use of land, e.g. a criteria file of wind or solar; repeatable, adds to --crop.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Output folder.")
@click.option("--roads", type=click.Path(path_type=Path), help="Road lines; adds the distance to a road.")
@click.option(
    "--layer", "layers", multiple=True, metavar="NAME=FILE", help="Optional raster, e.g. soil_ph=ph.tif; repeatable."
)
@click.option("--weights", help="Weights in place of the file's, e.g. elevation=0.3,slope=0.2.")
@click.option("--climate", type=click.Path(path_type=Path), help="Climate file (.toml) for another region.")
@click.option("--zones", type=click.Path(path_type=Path), help="Polygons to report by, in place of the two counties.")
@click.option("--edges", default="700,900,1200", show_default=True, help="Edges of the altitude bands in metres.")
@click.option("--shoulder", type=float, help="Width of the soft shoulders of the altitude band in metres.")
@click.option("--allow-steep", is_flag=True, help="Let uses stand above their slope limit, as marginal land.")
@click.option("--samples", type=int, default=0, show_default=True, help="Samples for uncertainty layers; 0: none.")
@click.option("--sigma", type=float, default=10.0, show_default=True, help="Standard error of the DEM in metres.")
@click.option(
    "--correlation-length", type=float, default=0.0, show_default=True, help="Correlation length of that error, m."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the samples.")
@click.option("--scheduler", help="threads, processes, or the address of a Dask scheduler (tcp://host:8786).")
@click.option("--threads", type=int, help="Threads or processes on this machine; all processors if not given.")
def command(
    dem: Path,
    crops: str | None,
    uses: tuple[str, ...],
    out: Path,
    roads: Path | None,
    layers: tuple[str, ...],
    weights: str | None,
    climate: Path | None,
    zones: Path | None,
    edges: str,
    shoulder: float | None,
    allow_steep: bool,
    samples: int,
    sigma: float,
    correlation_length: float,
    seed: int,
    scheduler: str | None,
    threads: int | None,
) -> None:
    """Write suitability, class and limiting factor of crops or other uses of land, with areas and the plan's targets.

    The DEM stays on its own grid, in any CRS, and may be larger than the memory.

    \b
    Example: nanyi-gis suitability dem.tif --crop orange,plum --out result
    """
    from .._validation import check_count
    from ..dem import known_heights
    from ..network import read_roads
    from ..study import load_study
    from ..suitability import evaluate_file
    from ..targets import crops_with_target
    from ..uncertainty import Doubts
    from ._notes import tell_rows

    area = load_study()
    expected = known_heights(area)
    check_count(samples, name="--samples", least=0)
    check_count(seed, name="--seed", least=0)
    doubts = Doubts(samples, sigma, correlation_length, seed, threads)
    with progress_bar("suitability") as progress:
        outcome = evaluate_file(
            dem,
            out,
            uses=names_of(*uses),
            crops=crops_with_target(area) if crops is None and not uses else names_of(crops),
            zones=_zones(zones, dem, area),
            frontage=area.frontage,
            roads=None if roads is None else tell_rows(read_roads(roads)),
            layers=dict(pair(text, "--layer") for text in layers),
            weights={name: _number(v, "--weights") for name, v in (pair(t, "--weights") for t in _items(weights))},
            climate=climate,
            edges=[_number(text, "--edges") for text in edges.split(",")],
            shoulder=shoulder,
            allow_steep=allow_steep,
            expected=expected,
            also=doubts.write if samples else None,
            scheduler=scheduler,
            threads=threads,
            progress=progress,
        )
    for note in outcome.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(f"{len(outcome.files)} files in {out}")


def _zones(zones: Path | None, dem: Path, area: "StudyArea") -> "gpd.GeoDataFrame | None":
    """Return the zones given, which must meet the DEM, or the study's counties if the DEM reaches them."""
    from ..io import read_zones
    from ..raster import RasterFile, Zones, window_of
    from ._notes import tell_rows

    file = RasterFile.of(dem)
    if zones is None:
        return area.counties if window_of(file, area.bounds, crs=area.crs) is not None else None
    given = tell_rows(read_zones(zones))
    Zones.of(given, file.grid)
    return given


def names_of(*lists: str | None) -> list[str]:
    """Return the names in lists separated by commas.

    >>> names_of("orange, plum", "wind.toml", None)
    ['orange', 'plum', 'wind.toml']
    """
    return [name.strip() for text in lists for name in (text or "").split(",") if name.strip()]


def _items(text: str | None) -> list[str]:
    return [part for part in (text or "").split(",") if part.strip()]


def pair(text: str, option: str) -> tuple[str, Any]:
    """Return name and value of ``NAME=VALUE``."""
    from ..errors import ParameterError

    name, equals, value = text.partition("=")
    if not (name.strip() and equals and value.strip()):
        raise ParameterError(f"{option} is {text!r}, but must be NAME=VALUE")
    return name.strip(), value.strip()


def _number(text: str, option: str) -> float:
    from .._validation import check_finite

    return check_finite(text, name=option)  # type: ignore[arg-type]
