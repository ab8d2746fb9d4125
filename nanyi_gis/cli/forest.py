"""``nanyi-gis forest``: forest areas from land cover, held against a stated area."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import OutputFolder
from ._progress import progress_bar
from ._study import counties_reached, study_option

_FILE = click.Path(path_type=Path)


def _written(params: Mapping[str, Any]) -> Sequence[str]:
    from ..forest import forest_files

    return forest_files(reference=params["reference"] is not None, treecover=params["treecover"] is not None)


@strict_command("forest")
@click.argument("landcover", type=_FILE)
@click.option("--out", type=OutputFolder(_written), required=True, help="Output folder.")
@click.option("--zones", type=_FILE, help="Polygons to report by; the study's counties if the raster reaches them.")
@click.option("--name-column", help="Column of --zones with their names.")
@click.option(
    "--codes",
    help="Codes of the raster that are forest, separated by commas.  [default: 10, tree cover of WorldCover]",
)
@click.option(
    "--accuracy",
    type=float,
    help="Overall accuracy of the map, 0 to 1, for the interval.  [default: 0.767, of WorldCover; none with --codes]",
)
@click.option("--reference", type=_FILE, help="Points with what is there, drawn at random within the map's classes.")
@click.option(
    "--reference-column",
    default="reference",
    show_default=True,
    help="Column of --reference: a code, or 1 forest and 0 none.",
)
@click.option("--treecover", type=_FILE, help="Raster of tree cover in percent, for the threshold of an area.")
@click.option("--area-wanmu", type=float, help="Stated forest area in 万亩 that the threshold of --treecover meets.")
@study_option("counties")
@trust_option
@force_option
def command(
    landcover: Path,
    out: Path,
    zones: Path | None,
    name_column: str | None,
    codes: str | None,
    accuracy: float | None,
    reference: Path | None,
    reference_column: str,
    treecover: Path | None,
    area_wanmu: float | None,
    study: Path | None,
) -> None:
    """Write forest areas by zone, added up from the cells of a land cover raster (forest_areas.csv).

    The interval is what the map's overall accuracy leaves open. With --reference also the estimate of Olofsson et al.
    (2014) with its standard error; with --treecover and --area-wanmu the percent of tree cover that meets an area.

    \b
    Example: nanyi-gis forest landcover.tif --out forest
    """
    from ..errors import ParameterError
    from ..forest import ACCURACY, FOREST_CODES, write_forest
    from ..io import read_vector, read_zones
    from ..study import load_study
    from ..units import interval_text, wanmu_to_km2
    from ._notes import tell_rows

    if treecover is not None and area_wanmu is None:
        raise ParameterError("treecover has no area to meet; add --area-wanmu, e.g. --area-wanmu 495")
    if accuracy is None and codes is None:
        accuracy = ACCURACY
    area = load_study(study=study)
    with progress_bar("forest") as progress:
        done = write_forest(
            landcover,
            out,
            zones=counties_reached(landcover, area) if zones is None else tell_rows(read_zones(zones)),
            name_column=name_column,
            forest=FOREST_CODES if codes is None else _codes(codes),
            accuracy=accuracy,
            reference=None if reference is None else tell_rows(read_vector(reference, kind="point")),
            reference_column=reference_column,
            treecover=treecover,
            wanted_km2=None if area_wanmu is None else wanmu_to_km2(area_wanmu),
            progress=progress,
        )
    for note in done.notes:
        click.echo(f"note: {note}", err=True)
    for path in done.files:
        click.echo(path)
    land, trees = done.areas["land_km2"].sum(), done.areas["forest_km2"].sum()
    click.echo(f"forest on the map {trees:,.1f} km2 of {land:,.1f} km2 ({trees / land:.1%})")
    if done.estimates is not None:
        named = ("area_km2", "low_km2", "high_km2")
        area_km2, low, high = done.estimates.table.loc[["forest"], list(named)].to_numpy()[0].tolist()
        ends = interval_text(low, high, dash="-")
        click.echo(f"forest by the reference points {area_km2:,.1f} km2 (95 %: {ends} km2)")
    if done.threshold is not None:
        click.echo(_threshold(done.threshold))


def _codes(text: str) -> list[int]:
    from ..errors import ParameterError

    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isascii() and part.isdigit() for part in parts):
        raise ParameterError(f"codes are {text!r}, but must be whole numbers separated by commas, e.g. 10,95")
    return [int(part) for part in parts]


def _threshold(found: Any) -> str:
    """Return the threshold in a line."""
    if found.percent is None:
        return (
            f"no threshold of tree cover meets {found.wanted_km2:,.1f} km2: all land with 1 % or more is "
            f"{found.area_km2:,.1f} km2"
        )
    return (
        f"tree cover of {found.percent} % or more is {found.area_km2:,.1f} km2, one percent more "
        f"{found.above_km2:,.1f} km2: {found.wanted_km2:,.1f} km2 lies between"
    )
