"""What the commands that judge land share: which crops, how they are farmed, on which heights."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._paths import UseNames, joined_names

if TYPE_CHECKING:
    from ..raster import RasterFile
    from ..study import StudyArea

management_option = click.option(
    "--management",
    type=click.Choice(["rainfed", "irrigated"]),
    help="How the land is farmed: irrigated land that is too dry is flagged, not marked down.  [default: as each use's "
    "file says]",
)


def crops_option(default: str) -> Callable[[Any], Any]:
    """Return the option ``--crop``; ``default`` says which crops are meant without it."""
    return click.option(
        "--crop",
        "crops",
        type=UseNames(),
        multiple=True,
        callback=joined_names,
        help=f"Crops by name or criteria files (.toml), separated by commas; repeatable.  [default: {default}]",
    )


def dem_of(area: "StudyArea", dem: Path | None, expected: "RasterFile | None") -> Path:
    """Return the elevations given, else those that the study names.

    Raises
    ------
    DataError
        If there are neither.
    """
    from ..errors import DataError

    path = dem or (expected.path if expected else None)
    if path is None:
        raise DataError(f"the study {area.id} names no dem; give the elevations with --dem FILE")
    return Path(path)
