"""The atlas' data files: one GeoPackage, elevation bands and slope as COGs."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rasterio.features import shapes, sieve

from .. import plan as plan_room
from .. import targets
from ..errors import DataError
from ..io import read_provenance, write_cog, write_gpkg
from . import handoff
from .context import Atlas
from .monitor import located_items, state_layers, told_of_atlas
from .page import AtlasPage
from .proposed import proposed_sites

_LEAST_PATCH_CELLS = 12


def write_layers(atlas: Atlas, folder: Path, *, pages: Sequence[AtlasPage] = ()) -> None:
    """Write ``nanyi.gpkg``, ``bands.tif``, ``slope.tif`` and what is handed on into ``folder``, which is staged."""
    tags = {
        "SOURCE": ", ".join(source["name"] for source in atlas.report["sources"]),
        "EVIDENCE": atlas.terrain_evidence,
        "TERRAIN": _terrain(atlas),
        "VERTICAL_DATUM": atlas.report["vertical_datum"],
    }
    labels = atlas.bands.attrs["labels"]
    write_cog(
        atlas.bands,
        folder / "bands.tif",
        nodata=0,
        categories=dict(enumerate(labels, start=1)),
        colours={0: (0, 0, 0, 0), **atlas.band_palette},
        tags={
            **tags,
            "TITLE": "elevation bands, lower edge included",
            "EDGES_M": ",".join(f"{edge:g}" for edge in atlas.bands.attrs["edges"]),
        },
    )
    write_cog(
        atlas.slope.astype(np.float32), folder / "slope.tif", tags={**tags, "TITLE": "slope in degrees, Horn 1981"}
    )
    layers = vector_layers(atlas)
    looks = handoff.looks(atlas, layers)
    names = handoff.fields_of(atlas, layers)
    write_gpkg(layers, folder / "nanyi.gpkg", aliases=names, styles=handoff.package_styles(looks, names))
    handoff.write_handoff(atlas, folder, layers=layers, looks=looks, pages=pages)


def _terrain(atlas: Atlas) -> str:
    """Return what the terrain is in a few words: as its files call themselves, if they do."""
    if atlas.demonstration:
        return "demonstration terrain (modelled)"
    titles = dict.fromkeys(source["title"] for source in atlas.report["sources"] if "title" in source)
    return "; ".join(titles) or "user's DEM"


def vector_layers(atlas: Atlas) -> dict[str, pd.DataFrame]:
    """Return every layer of the GeoPackage by name."""
    plan = atlas.plan
    clusters, points = plan_room.liquor_clusters(plan), plan_room.wellness_points(plan)
    layers = {
        "neighbours": atlas.study.neighbours,
        _frontage_name(atlas): atlas.study.frontage,
        "places": _plain(atlas.located),
        "places_unlocated": _plain(_table(atlas.unlocated)),
        "places_uncertainty": _plain(plan_room.uncertainty_circles(atlas.located)),
        "corridors": atlas.corridors,
        "corridors_unlocated": _table(plan_room.unlocated_corridors(plan.corridors)),
        "liquor_clusters": plan_room.located(clusters),
        "liquor_clusters_unlocated": _table(plan_room.unlocated(clusters)),
        "wellness_cores": plan_room.wellness_cores(plan),
        "wellness_points": plan_room.located(points),
        "wellness_points_unlocated": _table(plan_room.unlocated(points)),
        "fruit_belts": fruit_belts(atlas),
        **_network(atlas),
        "proposed_sites": proposed_sites(atlas),
        **_monitor(atlas),
        "band_areas": atlas.band_areas.assign(**_band_origin(atlas)),
        "plan_items": _plain(plan.frame()).assign(**_origin(atlas, "items.json", "source", "as_of")),
        "plan_checks": _plain(plan.checks_frame(lang=atlas.lang)).assign(
            **_origin(atlas, "checks.json", "source", "as_of", "evidence")
        ),
        **{_own_name(name): _plain(frame) for name, frame in atlas.extra.items()},
    }
    shown = {"counties": atlas.study.counties, **{name: layer for name, layer in layers.items() if len(layer)}}
    return {
        name: atlas.coarsened(layer) if isinstance(layer, gpd.GeoDataFrame) else layer for name, layer in shown.items()
    }


def _own_name(name: str) -> str:
    """Return the name of a user's layer; a bar, which parts the address of a layer in QGIS, is broken.

    >>> _own_name("a|b")
    'own_a¦b'
    """
    return f"own_{name}".replace("|", "¦")


def _frontage_name(atlas: Atlas) -> str:
    """Return the name of the layer of the river, e.g. ``chishui_frontage``."""
    words = re.findall("[a-z]+", atlas.study.text("river", "en").lower())
    return f"{words[0]}_frontage" if words else "frontage"


def _network(atlas: Atlas) -> dict[str, gpd.GeoDataFrame]:
    """Return the schematic network, each link once with the scenarios in which it is open; not the user's own roads."""
    if atlas.roads is not None or "chains" not in atlas.study.files:
        return {}
    nodes, edges = targets.network_layers(study=atlas.study)
    return {"network_nodes": nodes, "network_edges": edges}


def _monitor(atlas: Atlas) -> dict[str, gpd.GeoDataFrame]:
    """Return the places and lines of items with their states in the register."""
    told = told_of_atlas(atlas)
    return {} if told is None else state_layers(told, located_items(told, atlas.places, atlas.corridors))


def fruit_belts(atlas: Atlas) -> gpd.GeoDataFrame:
    """Return the plan's altitude belts as polygons by county, with their exact areas beside.

    Patches under a dozen cells are dissolved into what surrounds them, for the eye;
    ``area_km2`` is that of the unsimplified bands.
    """
    zones = atlas.zones.values
    codes = sieve(atlas.bands.values, size=_LEAST_PATCH_CELLS)
    labels = atlas.bands.attrs["labels"]
    areas = atlas.band_areas.set_index(["zone", "band"])["area_km2"]
    rows = []
    for code, belt in enumerate(atlas.belts, start=1):
        if belt is None:
            continue
        for number, county in enumerate(atlas.study.counties.itertuples(), start=1):
            mask = (codes == code) & (zones == number)
            found = shapes(mask.astype(np.uint8), mask=mask, transform=atlas.bands.rio.transform())
            polygons = [shapely.geometry.shape(polygon) for polygon, _ in found]
            name = atlas.zones.attrs["names"][number - 1]
            rows.append(
                {
                    "plan_id": belt.plan_id,
                    "crop_zh": belt.crop_zh,
                    "crop_en": belt.crop_en,
                    "county": county.name_zh,
                    "band": labels[code - 1],
                    "area_km2": float(areas[(name, labels[code - 1])]),
                    **_band_origin(atlas),
                    "geometry": shapely.MultiPolygon(polygons),
                }
            )
    return gpd.GeoDataFrame(rows or {"geometry": []}, geometry="geometry", crs=atlas.study.crs)


def _band_origin(atlas: Atlas) -> dict[str, Any]:
    """Return the evidence columns of what follows from the elevation bands."""
    return {
        "source": "elevation bands of the study on " + ", ".join(s["name"] for s in atlas.report["sources"]),
        "as_of": _origin(atlas, "items.json", "as_of")["as_of"],
        "evidence": atlas.terrain_evidence,
        "uncertainty_m": float(atlas.report["resolution_m"]),
    }


def _origin(atlas: Atlas, file: str, *columns: str) -> dict[str, Any]:
    """Return columns from the provenance record of a file of the plan; empty where the study has none."""
    folder = atlas.study.plan_folder
    try:
        record = None if folder is None else read_provenance(folder / file)
    except DataError:  # a plan of the user's own may come without records
        record = None
    return {column: getattr(record, column, "") for column in columns}


def _table(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(frame.drop(columns=frame.geometry.name))


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose lists and tuples are text, as file formats want it."""
    changed = {
        column: frame[column].map(lambda value: ";".join(map(str, value)) if isinstance(value, list | tuple) else value)
        for column in frame.columns
        if frame[column].dtype == object and column != getattr(frame, "_geometry_column_name", None)
    }
    return frame.assign(**changed)
