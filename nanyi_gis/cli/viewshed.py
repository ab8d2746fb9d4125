"""``nanyi-gis viewshed``: who sees what over any DEM."""

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
_RADIUS_M = 5000.0


def _written(params: Mapping[str, Any]) -> Sequence[str]:
    from ..visibility import sight_files

    return sight_files(radio=params["frequency_mhz"] is not None)


@strict_command("viewshed")
@click.argument("dem", type=_FILE)
@click.option("--observers", type=_FILE, required=True, help="Points to look from: viewpoints, or places of masts.")
@click.option("--out", type=OutputFolder(_written), required=True, help="Output folder.")
@click.option("--height", type=float, default=30.0, show_default=True, help="Metres of eye or mast above the ground.")
@click.option("--target-height", type=float, default=1.5, show_default=True, help="Metres of what is looked at.")
@click.option(
    "--radius", type=float, help="Metres to look.  [default: 5000, or from corner to corner of a smaller DEM]"
)
@click.option(
    "--curvature",
    type=click.Choice(["light", "radio", "none"]),
    help="Factor on the earth's radius: light 7/6, radio 4/3, none flat.  [default: light; radio with a frequency]",
)
@click.option(
    "--frequency-mhz", type=float, help="Also write clear.tif (first Fresnel zone) and loss.tif (knife edge)."
)
@study_option("the heights to expect, and known places")
@trust_option
@force_option
def command(
    dem: Path,
    observers: Path,
    out: Path,
    height: float,
    target_height: float,
    radius: float | None,
    curvature: str | None,
    frequency_mhz: float | None,
    study: Path | None,
) -> None:
    """Write how many observers see each cell (visible.tif) and what each of them sees (observers.csv).

    A cell is seen if the straight line from the eye to a receiver above it passes over every sample of the ground
    between; where the ground has no height, it blocks. The DEM needs a CRS in metres and square cells.

    \b
    Example: nanyi-gis viewshed dem.tif --observers viewpoints.gpkg --height 2 --radius 8000 --out sight
    """
    import numpy as np

    from .._limits import BYTES_PER_CELL
    from ..dem import read_dem
    from ..inspection import points_shifted
    from ..io import read_vector
    from ..raster import RasterFile, hold_whole, refuse_blank
    from ..study import load_study
    from ..visibility import Ground, mast_notes, write_viewshed
    from ._notes import tell_rows

    with progress_bar("viewshed") as progress:
        file = RasterFile.of(dem)
        hold_whole(file, beside=BYTES_PER_CELL["viewshed"])
        area = load_study(study=study)
        heights = read_dem(dem, study=area)
        refuse_blank(bool(np.isfinite(heights.values).any()), os.fspath(dem))
        ground = Ground.of(heights)
        points = tell_rows(read_vector(observers, kind="point"))
        done = write_viewshed(
            heights,
            points,
            out,
            height=height,
            target_height=target_height,
            radius=min(_RADIUS_M, ground.across) if radius is None else radius,
            curvature=curvature or ("light" if frequency_mhz is None else "radio"),
            frequency_mhz=frequency_mhz,
            inputs={"DEM": dem, "OBSERVERS": observers},
            progress=progress,
        )
    notes = [*heights.attrs["notes"], *points_shifted(points, study=area, name=str(observers))]
    notes += mast_notes(ground.side, demonstration=file.demonstration, modelled=file.modelled)
    unknown = int(done.observers["cells_unknown"].sum())
    if unknown:
        notes.append(f"{unknown:,} cells (summed over observers) are blocked by unknown heights alone; fill the DEM")
    for note in notes:
        click.echo(f"note: {note}", err=True)
    for path in done.files:
        click.echo(path)
    click.echo(
        f"{len(done.observers):,} observers see {done.seen_km2:,.2f} km2, each {done.mean_km2:,.2f} km2 on average"
    )
