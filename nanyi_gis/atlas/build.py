"""The main job: from plan, boundaries and DEM to pages, layers and manifest."""

import datetime
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from .._progress import Progress, silent
from .._validation import check_choice, check_positive
from ..io import data_file, refuse_overlap, staged, write_text
from ..study import FILE, study_files
from ..webmap import Book
from . import cover, handoff
from .budget import page_weights
from .context import Atlas
from .entry import BOOK, INDEX
from .inputs import embedded_inputs, own_inputs
from .layers import write_layers
from .manifest import write_manifest
from .own_layers import own_notes
from .page import AtlasPage
from .pages import make_pages
from .prepare import prepare
from .read_me import FILE as READ_ME
from .read_me import read_me
from .withheld import withheld_records

OUTPUTS = (
    "*.html",
    READ_ME,
    "manifest.json",
    "data/nanyi.gpkg",
    "data/bands.tif",
    "data/slope.tif",
    *(f"data/{name}" for name in handoff.FILES),
)
"""What is written into the folder of an atlas; the pages depend on the study."""


@pd.option_context("mode.string_storage", "python")  # many small tables: a fifth less time than with Arrow
def build_atlas(
    out: str | os.PathLike[str],
    *,
    study: Path | None = None,
    dem: Sequence[Path] = (),
    roads: Path | None = None,
    noding: str = "vertices",
    boundaries: Path | None = None,
    assume_datum: str | None = None,
    layers: Sequence[Path] = (),
    rasters: Mapping[str, Path] | None = None,
    population: Path | None = None,
    observations: Sequence[Path] = (),
    as_of: datetime.date | str | None = None,
    crops: Sequence[Path] = (),
    resolution: float | None = None,
    lang: str = "zh",
    public: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Build the whole atlas in ``out`` and return the path of its first page.

    The pages are in one language; ``atlas.html`` holds all of them in both, in one file to send.

    Parameters
    ----------
    out : path
        Folder of the pages; it is filled at the end, whole or not at all.
    study : path, optional
        Folder of a study, see :func:`nanyi_gis.study.load_study`; the embedded South Wing if not given.
    dem : sequence of path
        Elevation raster or tiles; the study's own if empty.
    roads : path, optional
        Road lines that replace the schematic network.
    noding : str
        Where those lines meet; see :func:`nanyi_gis.network.build_graph`.
    boundaries : path, optional
        County polygons that replace the embedded ones; see :func:`nanyi_gis.study.load_study`.
    assume_datum : str, optional
        Datum of ``boundaries``: wgs84, gcj02 or bd09.
    layers : sequence of path
        Further vector layers for the overview.
    rasters : mapping of str to path, optional
        Rasters for the suitability of land by the names of their layers, e.g. ``land_cover``; see
        :func:`nanyi_gis.suitability.evaluate_file`.
    population : path, optional
        Raster of people per cell, in place of the census spread by rules.
    observations : sequence of path
        The planner's sheets on the progress of the plan, see :func:`nanyi_gis.monitor.read_sheets`.
    as_of : date or str, optional
        Day of the register's page, e.g. ``2026-02-28``; that of the register if not given.
    crops : sequence of path
        Crop files of the user's own: a page each, or in place of the study's crop of the same id.
    resolution : float, optional
        Working grid in metres.
    lang : str
        ``zh`` or ``en``: language of the pages, and the one in which the single file opens.
    public : bool
        Coarsen and leave out what public maps must not show.
    progress : callable, optional
        Takes the share of work done, 0 to 1.

    Raises
    ------
    ParameterError, DataError, DatumError, OutputError
        For bad input; nothing is written then.
    """
    check_choice(lang, ("zh", "en"), name="lang")
    if resolution is not None:
        check_positive(resolution, name="resolution", unit="m")
    tell = progress or silent
    folder = Path(out)
    named = dict(rasters or {})
    given = {"boundaries": [boundaries], "roads": [roads], "dem": dem, "layers": layers, "crops": crops}
    given |= {"rasters": list(named.values()), "population": [population], "observations": observations}
    refuse_overlap(
        reads={
            **{name: [path for path in paths if path is not None] for name, paths in given.items()},
            "study": study_files(data_file(FILE) if study is None else study),
        },
        writes={"out": [folder / name for name in OUTPUTS if "*" not in name]},
    )
    with staged(folder) as stage:
        atlas = prepare(
            study=study,
            dem=dem,
            roads=roads,
            noding=noding,
            boundaries=boundaries,
            assume_datum=assume_datum,
            layers=layers,
            rasters=named,
            population=population,
            observations=observations,
            as_of=as_of,
            crops=crops,
            resolution=resolution,
            lang=lang,
            public=public,
        )
        tell(0.25)
        other = atlas.in_language("en" if lang == "zh" else "zh")
        made: dict[str, list[AtlasPage]] = {lang: [], other.lang: []}
        for done, group in make_pages(atlas, other):
            for page in group:
                made[page.page.lang].append(page)
                if page.page.lang == lang:
                    page.page.save(stage / page.file)
            tell(0.25 + 0.55 * done)
        place = {entry.file: entry.place for entry in atlas.contents}
        for pages in made.values():
            pages.sort(key=lambda page: place[page.file])
        pages = made[lang]
        (stage / "data").mkdir()
        write_layers(atlas, stage / "data", pages=pages)
        tell(0.9)
        embedded = embedded_inputs(atlas)
        first = cover.make(atlas, pages, embedded)
        write_text(stage / INDEX, first)
        covers = {lang: first, other.lang: cover.make(other, made[other.lang], embedded_inputs(other))}
        _book(atlas, made, covers).save(stage / BOOK)
        write_text(stage / READ_ME, read_me(atlas))
        write_manifest(
            stage,
            inputs=[
                *_records(embedded),
                *own_inputs(boundaries=[boundaries], roads=[roads], layer=layers, crop=crops, population=[population]),
                *own_inputs(observations=observations),
                *own_inputs(**{f"layer {name}": [path] for name, path in named.items()}),
                {"dem": atlas.report},
            ],
            parameters={
                "resolution_m": atlas.report["resolution_m"],
                "band_edges_m": list(atlas.bands.attrs["edges"]),
                "crs": atlas.study.crs,
                "lang": lang,
                "public": public,
                "assume_datum": assume_datum,
                "as_of": None if atlas.as_of is None else str(atlas.as_of),
            },
            figures=[figure for page in pages for figure in page.figures],
            budget=page_weights(stage),
            notes=[note for note in (atlas.notice, *atlas.sources_note(), *own_notes(atlas)) if note],
            withheld=withheld_records(atlas),
        )
    tell(1.0)
    return folder / INDEX


def _book(atlas: Atlas, made: Mapping[str, Sequence[AtlasPage]], covers: Mapping[str, str]) -> Book:
    """Return all pages in both languages as one file; a page with elements of folium's own stays outside."""
    pages = {lang: [page.page for page in group if page.page.plain] for lang, group in made.items()}
    return Book(atlas.title, pages=pages, covers=covers, file=BOOK)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows without their missing values."""
    return [{str(key): value for key, value in row.items() if not pd.isna(value)} for row in table.to_dict("records")]
