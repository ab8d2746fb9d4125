"""``nanyi-gis sun``: clear-sky light on slopes over a day or a year, with the terrain's shadow."""

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


def _written(_params: Mapping[str, Any]) -> Sequence[str]:
    from ..irradiation import irradiation_files

    return irradiation_files()


@strict_command("sun")
@click.argument("dem", type=_FILE)
@click.option("--day", metavar="DATE", help="One day: YYYY-MM-DD, or its number in the year.")
@click.option("--year", is_flag=True, help="A year, by twelve days each of which stands for its month.")
@click.option(
    "--out",
    type=OutputFolder(_written),
    required=True,
    help="Output folder.",
)
@click.option("--linke", type=float, default=3.0, show_default=True, help="Linke turbidity: 2 clear, 7 haze.")
@click.option("--albedo", type=float, default=0.2, show_default=True, help="Share of light the ground throws back.")
@study_option("the heights to expect")
@trust_option
@force_option
def command(dem: Path, day: str | None, year: bool, out: Path, linke: float, albedo: float, study: Path | None) -> None:
    """Write the light that slopes get under a clear sky (irradiation.tif, kWh/m2), its beam and diffuse parts.

    The terrain's shadow and the share of the sky that a slope sees (sky_view.tif) are in it; clouds are not. The DEM
    needs a CRS in metres and square cells.

    \b
    Example: nanyi-gis sun dem.tif --day 2026-12-21 --out winter
    """
    import numpy as np

    from .._limits import BYTES_PER_CELL
    from ..dem import read_dem
    from ..errors import ParameterError
    from ..irradiation import daily_irradiation, write_irradiation, yearly_irradiation
    from ..raster import RasterFile, hold_whole, refuse_blank
    from ..study import load_study

    if year == (day is not None):
        raise ParameterError(
            f"--day and --year are {'both' if year else 'not'} given, but one is needed; give one of them"
        )
    with progress_bar("sun") as progress:
        hold_whole(RasterFile.of(dem), beside=BYTES_PER_CELL["sun"])
        heights = read_dem(dem, study=load_study(study=study))
        refuse_blank(bool(np.isfinite(heights.values).any()), os.fspath(dem))
        if day is None:
            sums = yearly_irradiation(heights, linke=linke, albedo=albedo, progress=progress)
        else:
            sums = daily_irradiation(heights, day=day, linke=linke, albedo=albedo, progress=progress)
        files = write_irradiation(sums, out, inputs={"DEM": dem})
    notes = [
        *heights.attrs["notes"],
        "a clear sky: no clouds, so this is no yield; multiply by a measured cloud factor",
    ]
    for note in notes:
        click.echo(f"note: {note}", err=True)
    for path in files:
        click.echo(path)
    mean = float(sums["total"].mean()) / (1.0 if year else 1000.0)
    click.echo(f"{mean:,.1f} kWh/m2 on average {'in a year' if year else 'on the day'} under a clear sky")
