"""Whether roads and points are shifted against what is known of a study: its places, and each other."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..datum_guard import LEAST_NAMES, LEAST_SAMPLES, Suspicion, suspect_names, suspect_shift
from ..io import names_of
from ..network import Graph
from ..plan import located
from ..study import StudyArea

SURE_M = 500.0
"""Uncertainty up to which a place tells whether roads run past it."""

_NAMED_M = 1500.0  # uncertainty up to which a place of the same name tells; the median of many is what counts
_SAME_M = 5000.0  # a place farther off is another one of that name


def road_suspicion(roads: gpd.GeoDataFrame, study: StudyArea) -> Suspicion | None:
    """Suspect a shift of roads against those places of a study that are known to 500 m or better."""
    places = located(study.plan.places)
    sure = places[(places["uncertainty_m"] <= SURE_M).to_numpy()]
    found = suspect_shift(sure, roads) if len(sure) >= LEAST_SAMPLES else None
    return found if found is not None and found.of_reference else None


def name_suspicion(points: gpd.GeoDataFrame, study: StudyArea) -> Suspicion | None:
    """Suspect a shift of points against the places of a study that have the same name.

    Names count that are one place's in the study and one feature's in the layer.
    """
    known = _known_names(study)
    there = points[~(points.geometry.isna() | shapely.is_empty(np.asarray(points.geometry.values)))]
    names = names_of(there).str.strip()
    found = names.isin(known.index) & ~names.duplicated(keep=False)
    if int(found.sum()) < LEAST_NAMES:
        return None
    layer = there[found.to_numpy()].set_index(pd.Index(names[found]))
    same = known.loc[layer.index]
    away = layer.geometry.to_crs(known.crs).distance(same.geometry, align=False).to_numpy()
    near = away <= _SAME_M
    return suspect_names(layer[near], same[near])


def points_shifted(
    points: gpd.GeoDataFrame,
    roads: Graph | gpd.GeoDataFrame | None = None,
    *,
    study: StudyArea | None = None,
    name: str,
    of: str = "",
) -> list[str]:
    """Return what to say if points seem to be on another datum than a study's places of their names, or than roads.

    ``name`` is what the note calls the points, ``of`` the roads.
    """
    found = None if study is None else name_suspicion(points, study)
    if found is not None:
        return [found.words(name, "the study")]
    if len(points) < LEAST_SAMPLES or roads is None:
        return []
    found = suspect_shift(points, roads if isinstance(roads, gpd.GeoDataFrame) else road_lines(roads))
    return [] if found is None else [found.words(name, of)]


def roads_shifted(roads: Graph | gpd.GeoDataFrame, study: StudyArea, *, name: str) -> list[str]:
    """Return what to say if roads seem shifted against the places of a study."""
    found = road_suspicion(roads if isinstance(roads, gpd.GeoDataFrame) else road_lines(roads), study)
    if found is None:
        return []
    return [found.words("the study", name)]


def road_lines(graph: Graph) -> gpd.GeoDataFrame:
    """Return the lines of a network, those of a road in both directions once."""
    lines = [
        data["geometry"]
        for *_, data in graph.edges(data=True)
        if data.get("geometry") is not None and not data.get("reversed")
    ]
    return gpd.GeoDataFrame(geometry=lines, crs=graph.graph["crs"])


def _known_names(study: StudyArea) -> gpd.GeoDataFrame:
    """Return the located places that are known well enough, by each of their names that no other place has."""
    places = located(study.plan.places)
    places = places[(places["uncertainty_m"] <= _NAMED_M).to_numpy()]
    rows = [
        (str(name).strip(), place)
        for name, aliases, place in zip(places["name_zh"], places["aliases"], range(len(places)), strict=True)
        for name in {name, *aliases}
    ]
    names = pd.Series([name for name, _ in rows], dtype=object)
    alone = ~names.duplicated(keep=False).to_numpy()
    chosen = np.array([place for _, place in rows], dtype=np.int64)[alone]
    return gpd.GeoDataFrame(
        geometry=places.geometry.to_numpy()[chosen], index=pd.Index(names[alone], name="name"), crs=places.crs
    )
