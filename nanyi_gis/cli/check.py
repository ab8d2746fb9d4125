"""``nanyi-gis check``: what files are, and what each command will say of them."""

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._study import study_option
from ._table import cell_width, fit, folded

if TYPE_CHECKING:
    from ..inspection import FileReport

_HEADER = ("file", "kind", "CRS", "datum", "validity", "nodata", "extent")
_NARROWEST = 8


@strict_command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write the reports as JSON instead of a table.")
@study_option("the area and the heights to compare with")
@trust_option
@force_option
def command(files: tuple[Path, ...], as_json: bool, study: Path | None) -> None:
    """Check files: CRS, datum guess, validity, nodata, reach, and for each use what the commands will say.

    A line for each file, layer (FILE:layer) or variable, below it a line for each use: yes; yes, converted from
    feet; yes, with notes; or no and the reason, in the words of the command. Exits with 0, also where some uses are
    refused, and with 2 if a file can be used for nothing.

    Large files are sampled: of a raster of more than 1,048,576 cells 16 windows of 256 x 256 are read (one that
    reaches the counties is loaded for build up to 4 million cells), of more than 5,000 lines as many are tried as
    roads, of more than 20,000 features as many as places or barriers, and OSM extracts above 30 MB are not read.
    The table says where a sample decided.

    The folder of an atlas is held against its manifest.json: every file there, of the size and SHA-256 listed;
    else, or where a build was stopped while it was put in place, the status is 2. Other files in it are named.

    \b
    Example: nanyi-gis check dem.tif counties.shp maps
    """
    from ..errors import DataError
    from ..inspection import inspect_files
    from ..study import load_study

    found = inspect_files(files, study=load_study(study=study))
    reports = [report for several in found.values() for report in several]
    if as_json:
        click.echo(json.dumps([asdict(report) for report in reports], ensure_ascii=False, indent=1))
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        click.echo(report_text(reports, width=width))
    unfit = {path: several for path, several in found.items() if not any(report.usable for report in several)}
    if len(unfit) == 1:
        raise DataError(_reason(*next(iter(unfit.items()))))
    if unfit:
        names = ", ".join(Path(path).name for path in unfit)
        raise DataError(f"{len(unfit)} of {len(found)} files can be used for nothing: {names}; see the table")


def _reason(path: str, reports: "list[FileReport]") -> str:
    """Return why a file can be used for nothing, in one line that names it."""
    refusals = [use.verdict.removeprefix("no: ") for report in reports for use in report.uses]
    line = refusals[0] if refusals else reports[0].validity
    name = Path(path).name
    return line if name in line else f"{name} can be used for nothing: {line}"


def report_text(reports: "Sequence[FileReport]", *, width: int | None = None) -> str:
    """Return reports as a table, the uses of each file below its line; folded to ``width`` cells if given.

    >>> from nanyi_gis.inspection import FileReport, Use
    >>> use = Use("zones", ("bands --zones",), "yes")
    >>> report = FileReport("县界.shp", "vector 2 Polygon", "EPSG:4490", "wgs84", "valid", "none", "outside", (use,))
    >>> print(report_text([report]))
    file      kind              CRS        datum  validity  nodata  extent
    县界.shp  vector 2 Polygon  EPSG:4490  wgs84  valid     none    outside
      zones (bands --zones): yes
    """
    rows = [(r.name, r.kind, r.crs, r.datum, r.validity, r.nodata, r.extent) for r in reports]
    widths = _widths([_HEADER, *rows], width)
    lines = _row(_HEADER, widths)
    for report, row in zip(reports, rows, strict=True):
        lines += _row(row, widths)
        for text in _use_lines(report):
            lines += _indented(text, width)
    return "\n".join(lines)


def _use_lines(report: "FileReport") -> list[str]:
    """Return a line for each use; uses that are refused for one reason share theirs."""
    refusals = {use.verdict for use in report.uses if not use.possible}
    together: dict[str, list[str]] = {}
    for use in report.uses:
        key = str(use) if use.possible else use.verdict
        together.setdefault(key, []).append(use.label)
    return [text if text not in refusals else f"{', '.join(labels)}: {text}" for text, labels in together.items()]


def _row(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Return the lines of a row; a cell that is wider than its column goes on below."""
    cells = [folded(cell, width) for cell, width in zip(row, widths, strict=True)]
    return [
        "  ".join(fit(part, width) for part, width in zip(parts, widths, strict=True)).rstrip()
        for parts in zip_longest(*cells, fillvalue="")
    ]


def _widths(rows: Sequence[Sequence[str]], width: int | None) -> list[int]:
    """Return the width of each column; on a terminal the widest give way first."""
    widths = [max(cell_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    if width is None:
        return widths
    while sum(widths) + 2 * (len(widths) - 1) > width and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _indented(text: str, width: int | None) -> list[str]:
    if width is None:
        return [f"  {text}"]
    first, *others = folded(text, max(width - 6, _NARROWEST))
    return [f"  {first}", *(f"      {line}" for line in others)]
