"""All sheets of an atlas: which themes, which county, on which paper."""

import dataclasses
import datetime
import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ..._progress import Progress, silent
from ..._validation import check_choice
from ...errors import ParameterError
from ...io import staged
from ..context import Atlas
from ..entry import Entry
from ..pages import make_pages
from ..prepare import prepare
from .content import Theme, focus_of, theme_of
from .paper import PAPERS
from .sheet import draw_sheet, sheets_ready


@pd.option_context("mode.string_storage", "python")  # as build_atlas
def make_sheets(
    out: str | os.PathLike[str],
    *,
    themes: Sequence[str] = (),
    county: str | None = None,
    paper: str = "a4",
    date: str | None = None,
    progress: Progress | None = None,
    **inputs: Any,
) -> list[Path]:
    """Write the printed sheets of an atlas into ``out``: a PDF and a PNG for each theme; return their paths.

    Parameters
    ----------
    out : path
        Folder; it is filled at the end, with all sheets or none.
    themes : sequence of str
        Names of pages, e.g. ``bands`` or ``suitability_orange``, or their titles; all if empty.
    county : str, optional
        Name or code of the county that fills the map; all counties if not given.
    paper : str
        ``a4`` or ``a3``.
    date : str, optional
        Day of making as it is printed, YYYY-MM-DD; none is printed if not given, so that the same data make the
        same files.
    progress : callable, optional
        Takes the share of work done, 0 to 1.
    **inputs
        What the atlas is made of: ``study``, ``dem``, ``roads`` and so on as of
        :func:`nanyi_gis.atlas.build_atlas`.

    Raises
    ------
    ParameterError, DataError, DatumError, OutputError
        For bad input, an unknown theme or county; nothing is written then.
    MissingExtraError
        If matplotlib or a typeface with Chinese characters is missing.
    """
    check_choice(paper, tuple(PAPERS), name="paper")
    check_date(date)
    sheets_ready()
    tell = progress or silent
    atlas = dataclasses.replace(prepare(**inputs), on_paper=True)
    focus = focus_of(atlas, county)
    entries = chosen_entries(atlas, themes)
    tell(0.2)
    files = {entry.file for entry in entries}
    made: dict[str, bytes] = {}
    for done, group in make_pages(atlas, only=files):
        for theme in _themes(atlas, group, files):
            stem = "_".join(filter(None, (theme.key, focus.slug, paper)))
            drawn = draw_sheet(atlas, theme, focus, paper=paper, date=date)
            made |= {f"{stem}.{form}": content for form, content in drawn.items()}
        tell(0.2 + 0.8 * done)
    return write_sheets(out, made)


def write_sheets(out: str | os.PathLike[str], files: Mapping[str, bytes]) -> list[Path]:
    """Write drawn sheets by the names of their files into a folder, all or none; return their paths.

    Raises
    ------
    OutputError
        If the folder cannot be written or the disk is full.
    """
    with staged(out) as stage:
        for name, content in files.items():
            (stage / name).write_bytes(content)
    return [Path(out) / name for name in files]


def _themes(atlas: Atlas, pages: Sequence[Any], files: Collection[str]) -> list[Theme]:
    found = (theme_of(atlas, page) for page in pages if page.file in files)
    return [theme for theme in found if theme is not None]


def chosen_entries(atlas: Atlas, themes: Sequence[str]) -> list[Entry]:
    """Return the pages of these names, all that have a sheet if none is named.

    Raises
    ------
    ParameterError
        For a theme that is unknown, or that the study cannot have.
    """
    known = [entry for entry in atlas.contents if entry.sheet]
    if not themes:
        return [entry for entry in known if entry.made]
    found = []
    for theme in themes:
        wanted = theme.strip().casefold().removesuffix(".html")
        entry = next((one for one in known if wanted in _names(one)), None)
        if entry is None:
            names = ", ".join(one.file.removesuffix(".html") for one in known if one.made)
            raise ParameterError(f"theme is {theme!r}, but must be one of: {names}")
        if entry.lacks is not None:
            raise ParameterError(f"theme {theme!r} has no sheet in this study: {entry.lacks[1]}")
        found.append(entry)
    return list(dict.fromkeys(found))


def _names(entry: Entry) -> set[str]:
    return {entry.file.removesuffix(".html").casefold(), entry.zh.casefold(), entry.en.casefold()}


def check_date(date: str | None) -> None:
    """Refuse what is no day of the calendar.

    >>> check_date("2026-02-30")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: date is '2026-02-30', but must be a day as YYYY-MM-DD, e.g. 2026-03-01
    """
    if date is None:
        return
    try:
        good = bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", date, re.ASCII)) and bool(datetime.date.fromisoformat(date))
    except ValueError:
        good = False
    if not good:
        raise ParameterError(f"date is {date!r}, but must be a day as YYYY-MM-DD, e.g. 2026-03-01")
