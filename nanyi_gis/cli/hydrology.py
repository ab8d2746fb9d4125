"""``nanyi-gis hydrology``: where water flows and stands on any DEM."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import OutputFolder
from ._progress import progress_bar
from ._study import study_option

_FILE = click.Path(path_type=Path)


def _written(params: Mapping[str, Any]) -> Sequence[str]:
    from ..hydrology import hydrology_files

    dam = params["dam"] is not None or params["dam_line"] is not None
    return hydrology_files(dam=dam, stage=params["stage"] is not None)


@strict_command("hydrology")
@click.argument("dem", type=_FILE)
@click.option("--out", type=OutputFolder(_written), required=True, help="Output folder.")
@click.option(
    "--streams",
    type=float,
    metavar="KM2",
    help="Land from which a stream begins.  [default: 1, or a hundredth of a smaller DEM]",
)
@click.option(
    "--method",
    type=click.Choice(["d8", "dinf"]),
    default="d8",
    show_default=True,
    help="d8: all to one of eight neighbours; dinf: accumulation shared between two.",
)
@click.option(
    "--depressions",
    type=click.Choice(["fill", "breach"]),
    default="fill",
    show_default=True,
    help="Hollows are filled to where they spill, or cut open.",
)
@click.option("--keep-deeper", type=float, metavar="M", help="Depressions at least so deep stay closed basins.")
@click.option("--keep-larger", type=float, metavar="KM2", help="Depressions at least so large stay closed basins.")
@click.option("--keep-inside", type=_FILE, help="Depressions in these areas (karst) stay closed basins.")
@click.option("--rivers", type=_FILE, help="Lines of rivers to burn in before: opens gorges on a coarse DEM.")
@click.option("--coarse", is_flag=True, help="Heights above the drainage also on cells over 100 m without --rivers.")
@click.option("--dam", metavar="LON,LAT,HEIGHT", help="A dam: place in degrees, metres above the ground there.")
@click.option("--dam-line", type=_FILE, help="A dam by its line, from abutment to abutment; needs --crest.")
@click.option("--crest", type=float, metavar="M", help="Level of the crest of --dam-line.")
@click.option("--people", type=_FILE, help="People by cell (a raster), counted below the levels of a reservoir.")
@click.option("--roads", type=_FILE, help="Roads, measured below the levels of a reservoir.")
@click.option("--stage", type=float, metavar="M", help="Also write flood.tif: a screening, water M above the streams.")
@study_option("the heights to expect")
@trust_option
@force_option
def command(
    dem: Path,
    out: Path,
    streams: float | None,
    method: str,
    depressions: str,
    keep_deeper: float | None,
    keep_larger: float | None,
    keep_inside: Path | None,
    rivers: Path | None,
    coarse: bool,
    dam: str | None,
    dam_line: Path | None,
    crest: float | None,
    people: Path | None,
    roads: Path | None,
    stage: float | None,
    study: Path | None,
) -> None:
    """Write the drained surface, flow directions, accumulation, heights above the streams, streams and depressions.

    Depressions are listed, and filled or cut open unless a rule keeps them: --keep-deeper, --keep-larger and
    --keep-inside must all hold. With --dam also stage, area and volume of the water behind it; with --stage also a
    screening of floods, along --rivers if there are any.

    \b
    Example: nanyi-gis hydrology dem.tif --streams 2 --dam 105.44,28.16,60 --out water
    """
    import numpy as np

    from .._limits import BYTES_PER_CELL
    from ..dem import read_dem
    from ..errors import ParameterError
    from ..hydrology import Keep, check_dam, write_hydrology
    from ..io import read_vector, read_zones
    from ..raster import RasterFile, hold_whole, read_raster, refuse_blank
    from ..study import load_study
    from ._notes import tell_rows

    place = None if dam is None else check_dam(dam)
    if dam_line is not None and crest is None:
        raise ParameterError("--dam-line needs the level of its crest; add --crest M")
    ruled = (keep_deeper, keep_larger, keep_inside) != (None, None, None)
    areas = None if keep_inside is None else read_zones(keep_inside)
    keep = Keep(deeper_m=keep_deeper or 0.0, larger_km2=keep_larger or 0.0, inside=areas) if ruled else None
    with progress_bar("hydrology") as progress:
        file = RasterFile.of(dem)
        hold_whole(file, beside=BYTES_PER_CELL["hydrology"])
        heights = read_dem(dem, study=load_study(study=study))
        refuse_blank(bool(np.isfinite(heights.values).any()), os.fspath(dem))
        done = write_hydrology(
            heights,
            out,
            streams_km2=streams,
            method=method,
            ways=depressions,
            keep=keep,
            rivers=None if rivers is None else tell_rows(read_vector(rivers, kind="line")),
            coarse=coarse,
            dam=place if dam_line is None else tell_rows(read_vector(dam_line, kind="line")),
            crest=crest,
            people=None if people is None else read_raster(people),
            roads=None if roads is None else tell_rows(read_vector(roads, kind="line")),
            stage=stage,
            inputs={"DEM": dem, **({} if rivers is None else {"RIVERS": rivers})},
            progress=progress,
        )
    notes = [*heights.attrs["notes"], *done.notes]
    if file.demonstration:
        notes.append("the demonstration terrain is a model: nothing of its water is true of the land")
    elif file.modelled:
        notes.append("heights of this DEM are modelled in part, and so is its water there")
    for note in notes:
        click.echo(f"note: {note}", err=True)
    for path in done.files:
        click.echo(path)
    if done.reservoir is not None:
        full = done.reservoir.iloc[-1]
        click.echo(
            f"full at {full['level_m']:.1f} m: {full['area_km2']:.3g} km2, {full['volume_m3'] / 1e6:.4g} million m3"
        )
    length = float(done.streams["length_m"].sum()) / 1000.0
    click.echo(f"{len(done.streams):,} streams of {length:,.1f} km, {len(done.depressions):,} depressions")
