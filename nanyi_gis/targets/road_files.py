"""A road for visitors as files: what each layer and table holds."""

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from ..route import write_route
from .red_road import RedRoad

COVERED = ("15 min", "5 km")
"""Thresholds of the column ``covered``: the first by which sites were measured."""

_ROUTE = (
    *("id", "name_zh", "length_m", "highway", "status", "corridor", "u", "v", "mandated", "prize", "branch"),
    *("from_m", "to_m", "geometry"),
)
_SITES = (
    *("id", "name_zh", "name_en", "kind", "also", "weight", "group", "minutes", "distance_m", "covered", "branch"),
    *("km", "saved_min", "offset_m", "uncertainty_m"),
)


def write_red_road(found: RedRoad, out: str | os.PathLike[str]) -> list[Path]:
    """Write the files of a road into a folder, all or none, and return their paths.

    ``route.gpkg`` has the layers ``route``, ``chainage``, ``sites``, ``gaps`` and ``alignments``; ``coverage.csv`` the
    shares by kind and threshold, at every kilometre (``along_km``) and for the whole road last of each, there with the
    range of the draws and ``expected``, their mean, beside ``share``, which is of the places as drawn; ``profile.csv``
    the heights, without grades where the line is no road's; ``route.gpx`` and ``route.kml`` line and sites.

    Raises
    ------
    OutputError
        If they cannot be written.
    """
    layers = {
        "route": route_layer(found),
        "chainage": found.chainage,
        "sites": site_layer(found),
        "gaps": found.coverage.gaps,
        "alignments": found.alignments,
    }
    return write_route(
        out,
        layers=layers,
        coverage=coverage_table(found),
        profile=profile_table(found),
        lines=found.route.branches,
        crs=found.route.crs,
        name=found.record.name_zh or found.record.item or "route",
    )


def route_layer(found: RedRoad) -> gpd.GeoDataFrame:
    """Return the links of a road with ``length_m``, ``status``, ``corridor``, ``u``, ``v``, and where each lies."""
    frame = found.route.frame.copy()
    frame["length_m"] = frame["to_m"] - frame["from_m"]
    blank = {"highway": "", "mandated": False, "prize": 0.0}
    if found.design is not None:
        own = found.design.links.drop_duplicates("id").set_index("id")
        ids = frame["id"].map(str)
        blank = {name: own[name].reindex(ids).fillna(value).to_numpy() for name, value in blank.items()}
    frame = frame.assign(**blank)
    for name in ("u", "v", "id", "name_zh", "highway", "status", "corridor"):
        frame[name] = ["" if value is None or value != value else str(value) for value in frame[name]]
    frame["mandated"] = frame["mandated"].astype(bool)
    return frame[list(_ROUTE)]


def site_layer(found: RedRoad) -> gpd.GeoDataFrame:
    """Return the sites with ``minutes``, ``distance_m``, ``covered`` (see ``COVERED``) and each threshold by itself."""
    sites = found.sites.rename_axis("id").reset_index()
    timed = np.isfinite(sites["minutes"].to_numpy(dtype=float)).any()
    sites["covered"] = sites[f"covered {COVERED[0] if timed else COVERED[1]}"].astype(bool)
    each = [name for name in sites.columns if name.startswith(("covered ", "chance ")) and sites[name].notna().any()]
    plain = {name: name.replace(" ", "_") for name in each}
    table = sites[[*_SITES, *each]].rename(columns=plain)
    return gpd.GeoDataFrame(table, geometry=sites.geometry.to_numpy(), crs=sites.crs)


def coverage_table(found: RedRoad) -> pd.DataFrame:
    """Return the rows of ``coverage.csv``: at each kilometre and, with ``total`` and range, for the whole road."""
    whole = found.coverage.table.assign(along_km=found.route.length_m / 1000.0)
    so_far = found.coverage.by_chainage
    so_far = so_far[so_far["kind"].isin(set(whole["kind"]))]
    order = [
        *("kind", "threshold", "along_km", "branch", "km", "count", "total", "share", "weight_share", "expected"),
        *("low", "high"),
    ]
    rows = pd.concat([so_far, whole], ignore_index=True).reindex(columns=order)
    whole_numbers = {name: pd.to_numeric(rows[name]).round().astype("Int64") for name in ("branch", "count", "total")}
    rows = rows.assign(**whole_numbers)
    place = {name: number for number, name in enumerate(dict.fromkeys(whole["threshold"]))}
    rows = rows.assign(place=rows["threshold"].map(place)).sort_values(["kind", "place"], kind="stable")
    return rows.drop(columns="place").reset_index(drop=True)


def profile_table(found: RedRoad) -> pd.DataFrame:
    """Return the rows of ``profile.csv``; of lines that are no road's the grades and radii are empty."""
    columns = ["branch", "m", "x", "y", "z", "z_ground", "grade", "span", "radius_m"]
    if found.profile is None:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in columns})
    table = found.profile.table.reindex(columns=columns)
    radius = table["radius_m"].to_numpy(dtype=float)
    table["radius_m"] = np.where(np.isfinite(radius), radius, np.nan)
    return table if found.surveyed else table.assign(grade=np.nan, radius_m=np.nan)
