"""County polygons from a file: names, parts, overlaps."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .._limits import hold
from ..datum import metric_crs, refuse_shifted
from ..errors import DataError, ParameterError
from ..io import name_column, names_of, near, placed, validity
from ..raster import geodesic_area_km2

_ENGLISH_COLUMNS = ("name_en", "NAME_EN", "pinyin")
_CODE_COLUMNS = ("county_code", "code", "adcode", "PAC", "XZQDM")
_MOST_OVERLAP = 1e-3
_NAME = "_name"
_MOST_STRETCH = 0.02
_MOST_COUNTIES = 5_000  # China has 2,844
_SHORT = 1_000  # vertices of a polygon that is told from its place, without cutting


def study_counties(frame: gpd.GeoDataFrame, *, crs: str) -> gpd.GeoDataFrame:
    """Return the counties of a study: polygons that are valid and apart, one row a name, the usual columns filled in.

    Raises
    ------
    DataError
        If there are no polygons, some are invalid or overlap, or ``crs`` stretches areas there by over 2 %.
    ParameterError
        If there is no column of names.
    """
    polygons, name = _named_polygons(frame)
    kept = _one_row_a_name(placed(polygons, crs, name="counties"), name)
    _refuse_stretch(kept, crs)
    usual = _usual_columns(kept, name, source="boundary file of the study")
    return kept.drop(columns=_NAME).assign(**{column: values for column, values in usual.items() if column not in kept})


def surroundings(frame: gpd.GeoDataFrame, *, crs: str, names: tuple[str, str] = ("", "")) -> gpd.GeoDataFrame:
    """Return neighbours or frontage of a study in its CRS, the usual columns filled in where they are missing.

    ``names`` are the Chinese and the English name of features that have none of their own.
    """
    kept = frame.to_crs(crs)
    zh, en = names if name_column(kept) is None else (names_of(kept),) * 2
    usual: dict[str, object] = {
        "name_zh": zh,
        "name_en": en,
        "source": "file of the study",
        "as_of": "",
        "evidence": "digitised",
        "uncertainty_m": np.nan,
    }
    return kept.assign(**{column: values for column, values in usual.items() if column not in kept})


def own_counties(frame: gpd.GeoDataFrame, trusted: gpd.GeoDataFrame, *, assume_datum: str | None) -> gpd.GeoDataFrame:
    """Return the polygons of a file that lie mainly in the counties of the study, in the CRS of these.

    Raises
    ------
    DataError
        If there are no polygons, some are invalid or overlap, or none lies there.
    DatumError
        If they look shifted and no datum is assumed.
    ParameterError
        If there is no column of names.
    """
    polygons, name = _named_polygons(frame)
    bounds = tuple(trusted.total_bounds.tolist())
    polygons = polygons.set_geometry(near(polygons.geometry, bounds, trusted.crs))
    placed = refuse_shifted(polygons, trusted, assume_datum=assume_datum).to_crs(trusted.crs)
    ours = shapely.union_all(trusted.geometry.values)
    inside = _mainly_in(ours, np.array(placed.geometry.values))
    if not inside.any():
        wanted = " or ".join(str(county) for county in trusted["name_en"])
        raise DataError(f"no polygon of the boundary file lies mainly in {wanted}; check its CRS and area")
    count = placed[inside][name].nunique()
    asked = f"the boundary file has {count:,} names of counties"
    hold(asked, count, _MOST_COUNTIES, cure="give the counties, or a column of their names")
    kept = _one_row_a_name(placed[inside], name)
    usual = _usual_columns(kept, name, source="boundary file of the user")
    return gpd.GeoDataFrame(usual, geometry=kept.geometry.to_numpy(), crs=trusted.crs)


def _mainly_in(whole: shapely.Geometry, shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Return which polygons have more than half of their area in ``whole``; only what lies across its edge is cut."""
    shapely.prepare(whole)
    areas = np.asarray(shapely.area(shapes))
    inside, cut = np.zeros(len(shapes), dtype=bool), shapely.get_num_coordinates(shapes) > _SHORT
    inside[~cut] = shapely.covers(whole, shapes[~cut]) & (areas[~cut] > 0.0)
    cut[~cut] = shapely.intersects(whole, shapes[~cut]) & ~inside[~cut]
    inside[cut] = shapely.area(shapely.intersection(shapes[cut], whole)) > 0.5 * areas[cut]
    return inside


def _named_polygons(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, str]:
    polygons = frame[shapely.get_dimensions(np.array(frame.geometry.values)) == 2]
    if polygons.empty:
        raise DataError("the boundary file holds no polygons; give the counties as polygons")
    invalid = int((~validity(np.asarray(polygons.geometry.values))).sum())
    if invalid:
        raise DataError(f"{invalid} of {len(polygons)} polygons of the boundary file are invalid; repair them first")
    if name_column(polygons) is None:
        given = ", ".join(str(column) for column in polygons.columns.drop(polygons.geometry.name)) or "none"
        raise ParameterError(
            f"the boundary file has no column of names, only {given}; rename one to name_zh, name or 县"
        )
    return polygons.assign(**{_NAME: names_of(polygons)}), _NAME


def _one_row_a_name(polygons: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    if polygons[name].duplicated().any():
        polygons = polygons.dissolve(by=polygons[name].astype(str).rename("_parts_of"), sort=False)
    _refuse_overlap(polygons, names=polygons[name])
    return polygons


def _refuse_stretch(counties: gpd.GeoDataFrame, crs: str) -> None:
    """Raise if areas in the working CRS differ from true ones by more than 2 %, as far from a zone's meridian."""
    true = float(geodesic_area_km2(counties.geometry).sum())
    stretch = float(counties.area.sum()) / 1e6 / true - 1.0
    if abs(stretch) > _MOST_STRETCH:
        west, south, east, north = counties.to_crs(4326).total_bounds
        cure = metric_crs(float(west + east) / 2, float(south + north) / 2)
        raise DataError(f"crs is {crs!r}, but it stretches areas of the counties by {stretch:.1%}; use e.g. {cure}")


def _usual_columns(kept: gpd.GeoDataFrame, name: str, *, source: str) -> dict[str, object]:
    def column(candidates: tuple[str, ...], otherwise: object) -> object:
        found = _column(kept, candidates)
        return otherwise if found is None else kept[found].to_numpy()

    return {
        "name_zh": kept[name].astype(str).to_numpy(),
        "name_en": column(_ENGLISH_COLUMNS, kept[name].astype(str).to_numpy()),
        "county_code": column(_CODE_COLUMNS, ""),
        "area_km2": geodesic_area_km2(kept.geometry).round(3).to_numpy(),
        "source": column(("source",), source),
        "as_of": column(("as_of",), ""),
        "evidence": column(("evidence",), "digitised"),
        "uncertainty_m": column(("uncertainty_m",), np.nan),
    }


def _refuse_overlap(polygons: gpd.GeoDataFrame, *, names: pd.Series) -> None:
    """Raise if polygons overlap by more than digitising slivers, because areas would count twice."""
    if len(polygons) < 2:
        return
    twice = float(polygons.area.sum() - shapely.union_all(polygons.geometry.values).area)
    if twice > _MOST_OVERLAP * float(polygons.area.sum()):
        named = ", ".join(map(str, names))
        raise DataError(f"the polygons {named} overlap by {twice / 1e6:,.1f} km2; cut them so that none counts twice")


def _column(frame: gpd.GeoDataFrame, candidates: tuple[str, ...]) -> str | None:
    return next((name for name in candidates if name in frame.columns), None)
