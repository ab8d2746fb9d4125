"""The proposed sites of all pages as one layer, for what is handed on: kept when a page is made, without words."""

import geopandas as gpd
import pandas as pd

from .context import Atlas

FACILITIES: dict[str, tuple[str, str]] = {
    "sub_centre": ("医疗次中心", "Medical sub-centre"),
    "logistics": ("物流中心", "Logistics centre"),
    "distribution": ("集散中心", "Distribution centre"),
    "processing": ("初加工设施", "Processing facility"),
    "shelter_point": ("村级避难点", "Village shelter point"),
    "charging": ("充电点", "Charging station"),
    "mast": ("通信基站", "Telecom mast"),
}
"""Kinds of facilities in Chinese and English, as the layer's ``facility`` has them."""
_KEY = "proposed sites: "
_COLUMNS = ["id", "facility", "plan_id", "name_zh", "name_en", "county", "source", "as_of", "evidence", "uncertainty_m"]


def keep_proposed(atlas: Atlas, facility: str, sites: gpd.GeoDataFrame, *, item: str) -> None:
    """Keep the proposed sites of a kind; columns ``name_zh``, ``name_en`` and ``county`` where they are known.

    A model says them, so that they are as uncertain as the network or the terrain is: 2 km.
    """

    def made() -> gpd.GeoDataFrame:
        known = [name for name in ("name_zh", "name_en", "county") if name in sites]
        columns = {name: sites[name].fillna("").astype(str).to_numpy() for name in known}
        frame = gpd.GeoDataFrame(columns, geometry=sites.geometry.to_numpy(), crs=sites.crs)
        frame = frame.assign(**{name: "" for name in ("name_zh", "name_en", "county") if name not in known})
        return frame.to_crs(atlas.study.crs).assign(
            id=[f"{facility}-{number}" for number in range(1, len(frame) + 1)],
            facility=facility,
            plan_id=item,
            source="proposed by a model of siting",
            as_of=str(atlas.study.dates.get("today", ""))[:7],
            evidence="modelled",
            uncertainty_m=2000.0,
        )

    if len(sites):
        atlas.once(_KEY + facility, made)


def proposed_sites(atlas: Atlas) -> gpd.GeoDataFrame:
    """Return the sites of those pages that have been made, kind by kind; empty if there are none."""
    kept = [atlas.shared[_KEY + name] for name in FACILITIES if _KEY + name in atlas.shared]
    if not kept:
        return gpd.GeoDataFrame({name: [] for name in _COLUMNS}, geometry=[], crs=atlas.study.crs)
    return gpd.GeoDataFrame(pd.concat(kept, ignore_index=True), geometry="geometry", crs=atlas.study.crs)[
        [*_COLUMNS, "geometry"]
    ]
