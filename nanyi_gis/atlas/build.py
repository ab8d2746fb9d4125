"""The main job: from plan, boundaries and DEM to pages, layers and manifest."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from .._validation import check_choice, check_positive
from ..io import provenance_table, sha256, split_layer, staged
from . import access_pages, bands_page, index_page, network_page, overview_page, suitability_pages
from .context import Atlas, prepare
from .layers import write_layers
from .manifest import write_manifest
from .page import AtlasPage
from .scenarios import scenario_graphs


def _network_theme(atlas: Atlas) -> list[AtlasPage]:
    graphs = scenario_graphs(atlas)
    return [network_page.make(atlas, graphs), *access_pages.make(atlas, graphs)]


_THEMES: tuple[Callable[[Atlas], list[AtlasPage]], ...] = (
    overview_page.make,
    bands_page.make,
    suitability_pages.make,
    _network_theme,
)


_SCHEMATIC = ["data/network/chains.toml", "data/network/local_links.csv", "data/network/red_loop.toml"]


def build_atlas(
    out: str | os.PathLike[str],
    *,
    study: Path | None = None,
    dem: Sequence[Path] = (),
    roads: Path | None = None,
    boundaries: Path | None = None,
    assume_datum: str | None = None,
    layers: Sequence[Path] = (),
    resolution: float | None = None,
    lang: str = "zh",
    public: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Path:
    """Build the whole atlas in ``out`` and return the path of its first page.

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
    boundaries : path, optional
        County polygons that replace the embedded ones; see :func:`nanyi_gis.study.load_study`.
    assume_datum : str, optional
        Datum of ``boundaries``: wgs84, gcj02 or bd09.
    layers : sequence of path
        Further vector layers for the overview.
    resolution : float, optional
        Working grid in metres.
    lang : str
        ``zh`` or ``en``.
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
    tell = progress or (lambda _: None)
    folder = Path(out)
    with staged(folder) as stage:
        atlas = prepare(
            study=study,
            dem=dem,
            roads=roads,
            boundaries=boundaries,
            assume_datum=assume_datum,
            layers=layers,
            resolution=resolution,
            lang=lang,
            public=public,
        )
        tell(0.25)
        pages = []
        for number, make in enumerate(_THEMES, start=1):
            for page in make(atlas):
                page.page.save(stage / page.file)
                pages.append(page)
            tell(0.25 + 0.55 * number / len(_THEMES))
        (stage / "data").mkdir()
        write_layers(atlas, stage / "data")
        tell(0.9)
        honesty = _honesty(atlas)
        (stage / index_page.FILE).write_text(index_page.make(atlas, pages, honesty), encoding="utf-8")
        write_manifest(
            stage,
            inputs=[
                *_records(honesty),
                *_own_inputs(boundaries, roads, layers),
                {"dem": atlas.report},
            ],
            parameters={
                "resolution_m": atlas.report["resolution_m"],
                "band_edges_m": list(atlas.bands.attrs["edges"]),
                "crs": atlas.study.crs,
                "lang": lang,
                "public": public,
                "assume_datum": assume_datum,
            },
            figures=index_page.figures_of(pages),
            notes=[note for note in (atlas.notice, *atlas.sources_note()) if note],
        )
    tell(1.0)
    return folder / index_page.FILE


def _honesty(atlas: Atlas) -> pd.DataFrame:
    """Return the provenance of every embedded file in use, and of the user's DEM."""
    embedded = provenance_table().assign(file=lambda table: "data/" + table["file"])
    unused = ["data/dem/demo_dem_90m.tif"] if not atlas.demonstration else []
    unused += _SCHEMATIC if atlas.roads is not None else []
    rows = embedded[~embedded["file"].isin(unused)].to_dict("records")
    if not atlas.demonstration:
        rows += [
            {
                "file": source["name"],
                "sha256": source["sha256"],
                "title": f"DEM {source['name']}",
                "title_zh": f"DEM {source['name']}",
                "source": atlas.say("用户提供", "given by the user"),
                "as_of": "",
                "datum": source["crs"],
                "licence": atlas.say("见来源方", "as its provider says"),
                "evidence": atlas.terrain_evidence,
                "uncertainty_m": None,
                "method": "",
                "vertical": source["vertical_datum"],
            }
            for source in atlas.report["sources"]
        ]
    return pd.DataFrame(rows)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows without their missing values."""
    return [{str(key): value for key, value in row.items() if not pd.isna(value)} for row in table.to_dict("records")]


def _own_inputs(boundaries: Path | None, roads: Path | None, layers: Sequence[Path]) -> list[dict[str, Any]]:
    given = [("boundaries", boundaries), ("roads", roads), *(("layer", path) for path in layers)]
    return [
        {"file": path.name, "role": role, "sha256": sha256(split_layer(path)[0])}
        for role, path in given
        if path is not None
    ]
