"""``nanyi-gis bands``: elevation bands of any DEM and their areas."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._progress import progress_bar

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import xarray as xr

    from ..dem.source import Tile

_LEAST_COVERAGE = 0.99


@click.command(name="bands")
@click.argument("dem", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Output folder.")
@click.option(
    "--zones",
    type=click.Path(path_type=Path),
    help="Polygons to report by; the two counties if the DEM reaches them, else all of it.",
)
@click.option("--name-column", help="Column of --zones with their names.")
@click.option("--edges", default="700,900,1200", show_default=True, help="Band edges in metres, rising.")
def command(dem: Path, out: Path, zones: Path | None, name_column: str | None, edges: str) -> None:
    """Write elevation bands (bands.tif) and their true areas by zone (band_areas.csv).

    The DEM stays on its own grid, in any CRS. A band includes its lower edge.

    \b
    Example: nanyi-gis bands dem.tif --out result --edges 700,900,1200
    """
    from .. import terrain
    from .._validation import check_edges
    from ..colours import band_colours
    from ..errors import DataError, ParameterError
    from ..io import read_vector, staged, write_cog, write_csv
    from ..units import km2_to_wanmu

    limits = check_edges([_number(text) for text in edges.split(",")])
    if name_column is not None and zones is None:
        raise ParameterError(f"name_column is {name_column!r}, but has no effect without --zones; add --zones FILE")
    with progress_bar("bands") as progress:
        elevation, tile = _read(dem)
        progress(0.3)
        areas = read_vector(zones) if zones is not None else _counties(tile)
        if not tile.unit:
            _refuse_other_unit(elevation, tile)
        bands = terrain.elevation_bands(elevation, edges=limits)
        if not bool((bands != 0).any()):
            raise DataError(f"{dem} holds only nodata; check the file and its nodata value")
        progress(0.5)
        table = terrain.band_areas(bands, zones=areas, name_column=name_column)
        table["area_wanmu"] = km2_to_wanmu(table["area_km2"])
        progress(0.7)
        labels = bands.attrs["labels"]
        codes = range(1, len(labels) + 1)
        with staged(out) as stage:
            write_cog(
                bands,
                stage / "bands.tif",
                nodata=0,
                categories=dict(zip(codes, labels, strict=True)),
                colours={0: (0, 0, 0, 0), **dict(zip(codes, band_colours(len(labels)), strict=True))},
                tags=_tags(dem, tile, limits),
            )
            write_csv(table, stage / "band_areas.csv")
        progress(1.0)
    for note in _gaps(table, areas, name_column):
        click.echo(note, err=True)
    click.echo(out / "bands.tif")
    click.echo(out / "band_areas.csv")


def _number(text: str) -> float:
    from ..errors import ParameterError

    try:
        return float(text)
    except ValueError:
        raise ParameterError(f"edges hold {text.strip()!r}, but must be numbers, e.g. 700,900,1200") from None


def _read(path: Path) -> tuple["xr.DataArray", "Tile"]:
    """Return the DEM in metres, NaN or its code for nodata, with what the file declares."""
    import numpy as np
    from rasterio.windows import Window

    from ..dem.source import METRES, find_missing_mark, inspect
    from ..io import like, read_raster

    tile = inspect(path)
    elevation = read_raster(path)
    nodata = elevation.rio.nodata
    if nodata is None:
        nodata = find_missing_mark(tile, Window(0, 0, tile.width, tile.height))
        elevation = elevation.rio.write_nodata(nodata) if nodata is not None else elevation
    factor = METRES[tile.unit or "metre"]
    if (factor, tile.scale, tile.offset) == (1.0, 1.0, 0.0):
        return elevation, tile
    stored = elevation.values.astype(np.float64)
    metres = (stored * tile.scale + tile.offset) * factor
    if nodata is not None:
        metres[stored == nodata] = np.nan
    return like(elevation, metres, name="elevation"), tile


def _counties(tile: "Tile") -> "gpd.GeoDataFrame | None":
    """Return the two counties if the DEM reaches them."""
    from ..study import load_study

    study = load_study()
    reached = tile.window(study.bounds, crs=study.crs) is not None
    return study.counties if reached else None


def _refuse_other_unit(elevation: "xr.DataArray", tile: "Tile") -> None:
    """Refuse heights that declare no unit and are no metres where the demonstration terrain can tell."""
    import numpy as np
    from rasterio.enums import Resampling

    from ..dem import DEMONSTRATION
    from ..dem.checks import suspect_unit
    from ..errors import DataError
    from ..io import data_file, read_raster

    expected = read_raster(data_file(DEMONSTRATION))
    if tile.window(expected.rio.bounds(), crs=expected.rio.crs) is None:
        return
    nodata = elevation.rio.nodata
    heights = elevation.where(elevation != nodata) if nodata is not None else elevation
    heights = heights.astype("float32").rio.write_nodata(np.nan)
    there = heights.rio.reproject_match(expected, resampling=Resampling.nearest)
    suspicion = suspect_unit(there.values, expected.values)
    if suspicion is not None:
        unit, ratio, given, right = suspicion
        raise DataError(
            f"{tile.path.name} declares no unit and seems to be in {unit}: its median around the counties is "
            f"{given:,.4g}, {ratio:.3g} times the {right:,.0f} m expected there; declare the unit in the file "
            "(gdal_edit.py -units) or convert it to metres"
        )


def _tags(path: Path, tile: "Tile", edges: Sequence[float]) -> dict[str, str]:
    from .. import __version__
    from ..io import sha256

    return {
        "TITLE": "elevation bands",
        "EDGES_M": ",".join(f"{edge:g}" for edge in edges),
        "METHOD": "lower-inclusive classes of elevation; 0 is nodata",
        "SOURCE": path.name,
        "SOURCE_SHA256": sha256(path),
        "SOURCE_UNIT": tile.unit or "undeclared, taken as metre",
        "VERTICAL_DATUM": tile.datum,
        "EVIDENCE": "modelled" if tile.demonstration else "derived",
        "SOFTWARE": f"nanyi_gis {__version__}",
    }


def _gaps(table: "pd.DataFrame", zones: "gpd.GeoDataFrame | None", name_column: str | None) -> list[str]:
    """Return a line for each zone that the DEM covers only in part."""
    if zones is None:
        return []
    from ..raster import zone_names
    from ..study import geodesic_area_km2

    whole = geodesic_area_km2(zones.geometry.make_valid()).groupby(zone_names(zones, name_column).to_numpy()).sum()
    found = table.groupby("zone")["area_km2"].sum()
    shares = (found / whole).dropna()
    return [
        f"note: the DEM has heights for {share:.1%} of {zone}; shares refer to that part"
        for zone, share in shares.items()
        if share < _LEAST_COVERAGE
    ]
