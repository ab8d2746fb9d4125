"""``nanyi-gis validate``: what the model says of places where crops are known to grow, or not to."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._land import crops_option, dem_of, management_option
from ._paths import OutputFolder, layers_option
from ._progress import progress_bar
from ._study import study_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from ..study import StudyArea
    from ..suitability import LandUse
    from ..targets import Validation


@strict_command("validate")
@click.option("--dem", type=click.Path(path_type=Path), help="Elevation raster; the study's own if not given.")
@click.option(
    "--places",
    type=click.Path(path_type=Path),
    help="Known places (CSV; headings in English or Chinese) in place of the study's; see docs/validation.md.",
)
@click.option("--add", is_flag=True, help="Judge the study's known places too, beside those of --places.")
@crops_option("all of the study")
@layers_option
@click.option("--climate", type=click.Path(path_type=Path), help="Climate file (.toml); the study's if not given.")
@management_option
@click.option(
    "--at-least",
    type=click.Choice(["S2", "S3"]),
    default="S2",
    show_default=True,
    help="Least class that counts as suitable for hit or miss; the confusion tables have both.",
)
@click.option(
    "--least-share",
    type=float,
    default=0.1,
    show_default=True,
    help="Share of a place's land that must be suitable where no extent is published.",
)
@click.option("--out", type=OutputFolder(("known_places.csv", "confusion.csv")), help="Folder for the two tables.")
@study_option("known places, crops, climate, counties, river, gazetteer and elevations")
@trust_option
@force_option
def command(
    dem: Path | None,
    places: Path | None,
    add: bool,
    crops: str | None,
    layers: tuple[str, ...],
    climate: Path | None,
    management: str | None,
    at_least: str,
    least_share: float,
    out: Path | None,
    study: Path | None,
) -> None:
    """Hold the model against known places: a class for each, and a confusion table for each crop.

    A miss is no error: the status is 0. With --out also known_places.csv and confusion.csv.

    \b
    Example: nanyi-gis validate --crop orange --out validation
    """
    from ..dem import known_heights, read_dem
    from ..study import load_study
    from ..suitability import read_layers
    from ..targets import refuse_off_the_dem, study_climate, validate, write_validation
    from .suitability import chosen_uses, pairs

    area = load_study(study=study)
    chosen = chosen_uses(area, crops, ())
    known = _known(area, places, add=add, chosen=chosen)
    given = pairs(layers, "--layer")
    own_climate = study_climate(area, [use.with_layers(given) for use in chosen], own=climate)
    expected = known_heights(area)
    path = dem_of(area, dem, expected)
    heights = read_dem(path, study=area)
    rasters, remarks = read_layers(given, heights, uses=chosen, climate=own_climate) if given else ({}, [])
    with progress_bar("validate") as progress:
        found = validate(
            known,
            heights,
            crops=chosen,
            climate=own_climate,
            layers=rasters,
            management=management,
            at_least=at_least,
            least_share=least_share,
            progress=progress,
        )
    refuse_off_the_dem(found, path.name)
    _tell(found)
    for note in (*heights.attrs["notes"], *remarks, *found.notes):
        click.echo(f"note: {note}", err=True)
    if out is not None:
        for file in write_validation(found, out):
            click.echo(file)


def _known(area: "StudyArea", places: Path | None, *, add: bool, chosen: "Sequence[LandUse]") -> "gpd.GeoDataFrame":
    """Return the known places given, the study's, or both; of one id the row that was given counts."""
    import geopandas as gpd
    import pandas as pd

    from ..errors import DataError
    from ..targets import load_known_places, study_crops

    crops = {crop.id: crop for crop in (*study_crops(area), *chosen)}
    files = [] if places is None else [places]
    if places is None or add:
        if "known_places" not in area.files:
            raise DataError(
                f"the study {area.id} names no known_places; give some with --places FILE, or name them in study.toml"
            )
        files.append(area.files["known_places"])
    frames = [load_known_places(file, study=area, crops=list(crops.values())) for file in files]
    joined = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs=area.crs)
    joined.attrs = {"unused": tuple(name for frame in frames for name in frame.attrs["unused"])}
    return joined.drop_duplicates("id")


def _tell(found: "Validation") -> None:
    """Print the places with their classes, and the confusion tables."""
    import pandas as pd

    from ._table import terminal_table

    places = found.places
    shown = pd.DataFrame(
        {
            "crop": places["crop"],
            "place": places["place_zh"].where(places["place_zh"].ne(""), places["county"]),
            "known": places["presence"],
            "heights": [_heights(low, high) for low, high in zip(places["low_m"], places["high_m"], strict=True)],
            "万亩": places["extent_wanmu"],
            "land km2": places["land_km2"].round(1),
            "S1-S2 %": (places["share_S2"] * 100).round(0),
            "S1-S3 %": (places["share_S3"] * 100).round(0),
            "dry %": _dry(places),
            "class": places["class"],
            "limited by": places["reason"],
            "verdict": places["verdict"],
        }
    )
    click.echo(terminal_table(shown, widest=36, numbers=["万亩", "land km2", "S1-S2 %", "S1-S3 %", "dry %"]))
    click.echo()
    click.echo(terminal_table(found.confusion, numbers=list(found.confusion.columns[2:])))


def _dry(places: "gpd.GeoDataFrame") -> "pd.Series[float]":
    """Return what percentage of its S1 to S3 land needs irrigation."""
    suitable = places["share_S3"] * places["land_km2"]
    shares: pd.Series[float] = places["irrigation_km2"] / suitable.where(suitable > 0) * 100
    return shares.round(0)


def _heights(low: float, high: float) -> str:
    """Return a range of heights for a reader.

    >>> _heights(float("nan"), 700.0), _heights(900.0, float("nan")), _heights(700.0, 900.0)
    ('< 700', '>= 900', '700-900')
    """
    if low != low:
        return "" if high != high else f"< {high:g}"
    return f">= {low:g}" if high != high else f"{low:g}-{high:g}"
