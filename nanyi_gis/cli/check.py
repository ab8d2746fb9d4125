"""``nanyi-gis check``: what files are, before they are used."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import click

_HEADER = ("file", "kind", "CRS", "datum", "validity", "nodata", "extent")


@click.command(name="check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(files: tuple[Path, ...]) -> None:
    """Check rasters and vector files: CRS, datum guess, validity, nodata, reach.

    Prints a table; exits with 2 if a file has to be corrected before it can be used.

    \b
    Example: nanyi-gis check dem.tif counties.shp
    """
    from ..errors import DataError
    from ..inspection import inspect_file
    from ..study import load_study

    study = load_study()
    reports = [report for path in files for report in inspect_file(path, study=study)]
    rows = [(r.name, r.kind, r.crs, r.datum, r.validity, r.nodata, r.extent) for r in reports]
    click.echo(table(_HEADER, rows))
    unfit = [report.name for report in reports if not report.usable]
    if unfit:
        raise DataError(f"{len(unfit)} of {len(reports)} cannot be used as they are: {', '.join(unfit)}; see the table")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows as aligned columns; Chinese characters count as two.

    >>> print(table(["file", "CRS"], [["县界.shp", "EPSG:4490"], ["a", "none"]]))
    file      CRS
    县界.shp  EPSG:4490
    a         none
    """
    lines = [list(header), *[list(row) for row in rows]]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(header))]
    padded = [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join(padded)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
