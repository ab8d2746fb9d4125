"""Links of a road for visitors that no road has yet, drawn on the terrain."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
import xarray as xr

from .._transformers import crs_to_crs
from ..errors import DataError
from ..network import Graph
from ..route import Alignment, align
from ..study import StudyArea
from .road_record import RoadLink, RoadRecord

STUDY_ZH, STUDY_EN = "研究用选线，非工程设计", "study alignment, not a design"
TERRAIN_ZH, TERRAIN_EN = "示范地形上的结果，不代表实际地面", "on demonstration terrain, which is not the real ground"

_HEADINGS, _LEVELS = 32, 5  # fine enough for a class III road up a valley side; cut and fill as they serve

_COLUMNS = (
    *("id", "name_zh", "name_en", "mode", "road_class", "length_m", "max_grade", "steepest", "climb_m", "descent_m"),
    *("share_over", "minutes_there", "minutes_back", "bridge_m", "tunnel_m", "uncertainty_m", "evidence", "reason"),
    *("note_zh", "note_en", "geometry"),
)


_STATIONS = ("id", "m", "x", "y", "z", "z_ground", "grade", "span")


@dataclass(frozen=True, eq=False)
class DrawnLinks:
    """Links drawn on the terrain.

    Attributes
    ----------
    links : GeoDataFrame
        A row a link: ``id``, ``name_zh``, ``name_en``, ``mode``, ``road_class``, ``length_m``, ``max_grade`` (of the
        class; empty on foot), ``steepest``, ``share_over`` (the length that is steeper than the class allows; empty on
        foot), ``climb_m``, ``descent_m``, ``minutes_there``, ``minutes_back``, ``bridge_m``, ``tunnel_m``,
        ``uncertainty_m`` (of the worse end), ``evidence``, ``reason`` (why there is none: its geometry is then empty),
        ``note_zh``, ``note_en``.
    profiles : DataFrame
        Their vertices: ``id``, ``m`` along the link, ``x``, ``y``, ``z`` of the grade line, ``z_ground``, ``grade`` and
        ``span`` of the piece that begins there.
    """

    links: gpd.GeoDataFrame
    profiles: pd.DataFrame


def draw_links(
    study: StudyArea, record: RoadRecord, dem: xr.DataArray | None, *, graph: Graph | None = None, draw: bool = True
) -> DrawnLinks:
    """Return the links of a record as the cheapest ways over a DEM, in the study's CRS.

    Without rows if there is no DEM, or ``draw`` is false.
    """
    links = record.alignment if draw and dem is not None else ()
    found = [_drawn(link, study, dem, graph) for link in links]
    table = pd.DataFrame([row for row, _ in found], columns=list(_COLUMNS))
    profiles = [stations for _, stations in found if len(stations)]
    return DrawnLinks(
        gpd.GeoDataFrame(table, geometry="geometry", crs=study.crs),
        pd.concat(profiles, ignore_index=True) if profiles else pd.DataFrame(columns=list(_STATIONS)),
    )


def _drawn(link: RoadLink, study: StudyArea, dem: Any, graph: Graph | None) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return the row of a link and its stations, none where it cannot be drawn."""
    (start, doubt), (end, other) = (_spot(place, study, graph) for place in (link.start, link.end))
    on_demo = bool(dem.attrs.get("demonstration"))
    row: dict[str, Any] = {
        "id": link.id,
        "name_zh": link.name_zh,
        "name_en": link.name_en,
        "mode": link.mode,
        "road_class": link.road_class if link.mode == "road" else "",
        "uncertainty_m": max(doubt, other),
        "evidence": "modelled",
        "reason": "",
        "note_zh": f"{STUDY_ZH}；{TERRAIN_ZH}" if on_demo else STUDY_ZH,
        "note_en": f"{STUDY_EN}; {TERRAIN_EN}" if on_demo else STUDY_EN,
        "geometry": None,
    }
    ends = gpd.GeoSeries([start, end], crs=study.crs).to_crs(dem.rio.crs)
    try:
        found = align(dem, ends.iloc[0], ends.iloc[1], mode=link.mode, road_class=link.road_class, **_lattice(link))
    except DataError as error:
        return {**row, "reason": str(error)}, pd.DataFrame(columns=list(_STATIONS))
    line = gpd.GeoSeries([found.geometry], crs=found.crs).to_crs(study.crs)
    return row | _measures(found) | {"geometry": line.iloc[0]}, _stations(link, found, study)


def _stations(link: RoadLink, found: Alignment, study: StudyArea) -> pd.DataFrame:
    """Return the vertices of an alignment in the study's CRS."""
    x, y = crs_to_crs(found.crs, study.crs).transform(found.table["x"].to_numpy(), found.table["y"].to_numpy())
    return found.table.assign(id=link.id, x=x, y=y)[list(_STATIONS)]


def _lattice(link: RoadLink) -> dict[str, Any]:
    return {"headings": _HEADINGS, "levels": _LEVELS} if link.mode == "road" else {}


def _measures(found: Alignment) -> dict[str, float]:
    spans = found.spans.groupby("kind")["length_m"].sum()
    return {
        "length_m": found.length_m,
        "max_grade": found.max_grade if found.mode == "road" else float("nan"),
        "steepest": found.steepest,
        "share_over": _share_over(found),
        "climb_m": found.climb_m,
        "descent_m": found.descent_m,
        "minutes_there": found.minutes[0],
        "minutes_back": found.minutes[1],
        "bridge_m": float(spans.get("bridge", 0.0)),
        "tunnel_m": float(spans.get("tunnel", 0.0)),
    }


def _share_over(found: Alignment) -> float:
    """Return the share of a road's grade line that is steeper than its limit; NaN on foot."""
    if found.mode != "road":
        return float("nan")
    lengths = found.table["m"].diff().shift(-1).iloc[:-1]
    over = found.table["grade"].abs().iloc[:-1] > found.max_grade * (1.0 + 1e-9)
    return float(lengths[over].sum() / lengths.sum())


def _spot(place: str, study: StudyArea, graph: Graph | None) -> tuple[shapely.Point, float]:
    """Return where a place is, by the network or the gazetteer, and how well that is known, in metres."""
    for _, data in () if graph is None else graph.nodes(data=True):
        if data.get("place") == place:
            return shapely.Point(data["x"], data["y"]), float(data.get("uncertainty_m") or 0.0)
    places = study.places.set_index("id")
    if place not in places.index or not places.loc[place, "located"]:
        raise DataError(f"{place!r} is no place with coordinates; correct the link in the route file")
    row = places.loc[place]
    return row.geometry, float(row["uncertainty_m"])
