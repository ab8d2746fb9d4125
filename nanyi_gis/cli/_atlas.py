"""What ``build`` and ``sheets`` have in common: the options that say what an atlas is made of."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from ._paths import Layer, LayerFile, StudyFolder
from ._roads import noding_option

_OPTIONS: tuple[Callable[..., Any], ...] = (
    click.option(
        "--study", type=StudyFolder(path_type=Path), help="Folder of a study for another county; see nanyi-gis init."
    ),
    click.option(
        "--dem",
        type=click.Path(path_type=Path),
        multiple=True,
        help="Elevation raster or tiles; repeat for several tiles.",
    ),
    click.option("--roads", type=click.Path(path_type=Path), help="Road lines instead of the schematic network."),
    noding_option,
    click.option("--boundaries", type=click.Path(path_type=Path), help="County polygons instead of the embedded ones."),
    click.option(
        "--assume-datum",
        type=click.Choice(["wgs84", "gcj02", "bd09"]),
        help="Datum of --boundaries, if it is suspected.",
    ),
    click.option(
        "--layer",
        type=LayerFile(),
        multiple=True,
        metavar="[NAME=]FILE",
        help="Vector layer to add to the overview; or with a name a raster for the suitability of crops, e.g. "
        "land_cover=landcover.tif or rain=rain.tif; repeatable.",
    ),
    click.option(
        "--population", type=click.Path(path_type=Path), help="Raster of people per cell, in place of the census."
    ),
    click.option(
        "--crop",
        type=click.Path(path_type=Path),
        multiple=True,
        help="Crop file (.toml) to add a page for; repeatable.",
    ),
    click.option(
        "--resolution", type=float, help="Working grid in metres; the DEM's own (30 m at finest) if not given."
    ),
    click.option(
        "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language of the pages."
    ),
    click.option("--public", is_flag=True, help="Coarsen and leave out what public maps must not show."),
)


def atlas_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what an atlas is made of, in one order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def atlas_inputs(*, layer: Sequence[Layer], crop: Sequence[Path], **given: Any) -> dict[str, Any]:
    """Return the values of those options as ``build_atlas`` and ``make_sheets`` take them."""
    return {
        **given,
        "layers": [path for name, path in layer if not name],
        "rasters": _rasters(layer),
        "crops": crop,
    }


def tell_shifted_roads(roads: Path | None, study: Path | None) -> None:
    """Tell on the error stream if roads that were given seem to lie on another datum than the study's places."""
    if roads is None:
        return
    from ..network import read_roads
    from ..study import load_study
    from ._roads import tell_shift

    tell_shift(read_roads(roads), file=roads, study=load_study(study=study))


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
