"""The option --study, the same for every command that knows a study, and what follows from it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._paths import StudyFolder

if TYPE_CHECKING:
    import geopandas as gpd

    from ..network import Graph
    from ..study import StudyArea


EDGES_HELP = "Edges of the altitude bands in metres, rising.  [default: the study's; 700,900,1200 in the South Wing]"


def study_option(gives: str) -> Callable[[Any], Any]:
    """Return the option ``--study``; ``gives`` says what the command takes from the study."""
    return click.option(
        "--study",
        type=StudyFolder(path_type=Path),
        metavar="DIR",
        help=f"Folder of a study (see nanyi-gis init) that gives {gives}; the South Wing if not given.",
    )


def edges_of(text: str | None, area: "StudyArea") -> tuple[float, ...]:
    """Return the edges of elevation bands as given, separated by commas, or those of the study.

    >>> from nanyi_gis.study import load_study
    >>> edges_of("500, 1000", load_study()), edges_of(None, load_study())
    ((500.0, 1000.0), (700.0, 900.0, 1200.0))
    """
    from .._validation import check_edges

    return area.edges if text is None else check_edges([_edge(part) for part in text.split(",")])


def _edge(text: str) -> float:
    from ..errors import ParameterError

    try:
        return float(text)
    except ValueError:
        raise ParameterError(f"edges hold {text.strip()!r}, but must be numbers, e.g. 700,900,1200") from None


def counties_reached(dem: Path, area: "StudyArea") -> "gpd.GeoDataFrame | None":
    """Return the study's counties, ``None`` if the DEM does not reach them."""
    from ..raster import RasterFile, window_of

    return area.counties if window_of(RasterFile.of(dem), area.bounds, crs=area.crs) is not None else None


def network_of(area: "StudyArea", roads: str | None, *, own_study: bool, **options: Any) -> "Graph":
    """Return the graph of the roads given, else the schematic network of the study.

    Roads of a study of one's own lie in its working CRS, and know its days of the plan and of today.
    """
    from ..network import build_graph
    from ..schematic import schematic_tables

    if roads is None:
        waiting = {key: options[key] for key in ("waiting_min", "freight") if key in options}
        return build_graph(schematic_tables(area, **waiting), **options)
    graph = build_graph(roads, crs=area.crs if own_study else None, **options)
    if own_study and area.dates:
        graph.graph["dates"] = dict(area.dates)
    return graph
