"""Boundaries on the map: the counties of the sheet, those around them, provinces, the river."""

import itertools
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ...study import StudyArea
from ..context import Atlas
from .content import Focus
from .legend import Row
from .pen import Pen
from .shapes import draw_areas, draw_lines

_OUTLINE = {"color": "#20313f", "weight": 3.0, "fill": None}
_AROUND = {"color": "#7d8890", "weight": 1.3, "dash": "7 3", "fill": None}
_PROVINCE = {"color": "#c9a3c4", "weight": 6.0}
_RIVER = {"color": "#0072B2", "weight": 3.2}
_BAND_MM = 1.1  # width of the band along a provincial boundary on A4
_MISFIT_M = 1200.0  # by how much two outlines of one boundary differ, as they are digitised
_LEAST_M = 3000.0


def draw_boundaries(pen: Pen, atlas: Atlas, focus: Focus, view: shapely.Geometry) -> tuple[gpd.GeoDataFrame, list[Row]]:
    """Draw all boundaries; return the counties around, as far as they are seen, and the rows of the legend."""
    study = atlas.study
    outline = shapely.union_all(focus.counties.geometry.values)
    rows = [Row(kind="lines", style=_OUTLINE, label=atlas.say("县界", "County boundary"))]
    band = _province_band(study, view, width=_BAND_MM * pen.layout.size * pen.layout.metres)
    if not band.is_empty:
        style = {"fill": _PROVINCE["color"], "fillOpacity": 0.75, "weight": 0}
        draw_areas(pen, [shapely.difference(band, outline)], style, order=1.7)
        rows.append(Row(kind="lines", style=_PROVINCE, label=atlas.say("省界", "Provincial boundary")))
    around = _around(study, focus, view, outline)
    if len(around):
        borders = shapely.difference(shapely.boundary(around.geometry.values), outline.buffer(900.0))
        draw_lines(pen, _plain(shapely.difference(borders, view.boundary.buffer(1.0))), _AROUND, order=2.6)
        rows.append(Row(kind="lines", style=_AROUND, label=atlas.say("相邻县区界", "Neighbouring boundaries")))
    draw_areas(pen, focus.counties.geometry.values, _OUTLINE, order=2.8)
    if len(study.frontage):
        draw_lines(pen, study.frontage.geometry.values, _RIVER, order=2.9)
        rows.append(Row(kind="lines", style=_RIVER, label=atlas.river))
    return around, rows


def _around(study: StudyArea, focus: Focus, view: shapely.Geometry, outline: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return the other counties inside the neat line, without what their outlines share with those of the sheet."""
    others = study.counties.drop(index=focus.counties.index)
    around = pd.concat([others, study.neighbours]) if len(others) else study.neighbours
    if around.empty:
        return around
    around = around.set_geometry(around.geometry.intersection(view).difference(outline))
    return around[~around.geometry.is_empty]


def _province_band(study: StudyArea, view: shapely.Geometry, *, width: float) -> shapely.Geometry:
    """Return a band along the boundaries between provinces, empty where the study does not name them."""
    frames = [frame for frame in (study.counties, study.neighbours) if len(frame)]
    if any("province_zh" not in frame or frame["province_zh"].isna().any() for frame in frames):
        return shapely.Polygon()
    together = pd.concat([frame[["province_zh", "geometry"]] for frame in frames])
    shapes = {name: shapely.union_all(own.geometry.values) for name, own in together.groupby("province_zh", sort=False)}
    lines = [
        shapely.intersection(one.boundary, other.buffer(_MISFIT_M))
        for one, other in itertools.combinations(shapes.values(), 2)
    ]
    merged = shapely.line_merge(shapely.union_all(_plain(lines))) if lines else shapely.Polygon()
    long = [line for line in _plain([merged]) if line.length > _LEAST_M]
    return shapely.intersection(shapely.union_all(shapely.buffer(long, width)), view) if long else shapely.Polygon()


def _plain(shapes: Any) -> Any:
    """Return the lines among shapes, each by itself."""
    return np.array([part for part in shapely.get_parts(shapes) if part.geom_type == "LineString"], dtype=object)
