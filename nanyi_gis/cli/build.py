"""``nanyi-gis build``: the atlas."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import Layer, LayerFile, OutputFolder, StudyFolder
from ._progress import progress_bar
from ._roads import noding_option, tell_shift


def _outputs(_params: Mapping[str, Any]) -> Sequence[str]:
    """Return the names of the files in ``--out``."""
    from ..atlas import OUTPUTS

    return OUTPUTS


@strict_command("build")
@click.option("--out", type=OutputFolder(_outputs), default=Path("maps"), show_default=True, help="Output folder.")
@click.option(
    "--study", type=StudyFolder(path_type=Path), help="Folder of a study for another county; see nanyi-gis init."
)
@click.option(
    "--dem", type=click.Path(path_type=Path), multiple=True, help="Elevation raster or tiles; repeat for several tiles."
)
@click.option("--roads", type=click.Path(path_type=Path), help="Road lines instead of the schematic network.")
@noding_option
@click.option("--boundaries", type=click.Path(path_type=Path), help="County polygons instead of the embedded ones.")
@click.option(
    "--assume-datum", type=click.Choice(["wgs84", "gcj02", "bd09"]), help="Datum of --boundaries, if it is suspected."
)
@click.option(
    "--layer",
    type=LayerFile(),
    multiple=True,
    metavar="[NAME=]FILE",
    help="Vector layer to add to the overview; or with a name a raster for the suitability of crops, e.g. "
    "land_cover=landcover.tif or rain=rain.tif; repeatable.",
)
@click.option(
    "--population", type=click.Path(path_type=Path), help="Raster of people per cell, in place of the census."
)
@click.option(
    "--crop", type=click.Path(path_type=Path), multiple=True, help="Crop file (.toml) to add a page for; repeatable."
)
@click.option("--resolution", type=float, help="Working grid in metres; the DEM's own (30 m at finest) if not given.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language of the pages.")
@click.option("--public", is_flag=True, help="Coarsen and leave out what public maps must not show.")
@trust_option
@force_option
def command(
    out: Path,
    study: Path | None,
    dem: tuple[Path, ...],
    roads: Path | None,
    noding: str,
    boundaries: Path | None,
    assume_datum: str | None,
    layer: tuple[Layer, ...],
    population: Path | None,
    crop: tuple[Path, ...],
    resolution: float | None,
    lang: str,
    public: bool,
) -> None:
    """Build the offline atlas: pages, layers and manifest.

    \b
    Example: nanyi-gis build --dem dem.tif --out maps
    Another county: nanyi-gis build --study mycounty --dem dem.tif --out mymaps
    """
    from ..atlas import build_atlas
    from ..network import read_roads
    from ..study import load_study

    with progress_bar("atlas") as progress:
        index = build_atlas(
            out,
            study=study,
            dem=dem,
            roads=roads,
            noding=noding,
            boundaries=boundaries,
            assume_datum=assume_datum,
            layers=[path for name, path in layer if not name],
            rasters=_rasters(layer),
            population=population,
            crops=crop,
            resolution=resolution,
            lang=lang,
            public=public,
            progress=progress,
        )
    if roads is not None:
        tell_shift(read_roads(roads), file=roads, study=load_study(study=study))
    click.echo(index)


def _rasters(layers: Sequence[tuple[str, Path]]) -> dict[str, Path]:
    """Return the layers that have a name, each name once."""
    from ..errors import ParameterError

    found: dict[str, Path] = {}
    for name, path in layers:
        if name in found:
            raise ParameterError(f"--layer gives {name!r} twice, {found[name]} and {path}; give it once")
        if name:
            found[name] = path
    return found
