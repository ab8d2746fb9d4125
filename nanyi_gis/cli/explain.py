"""``nanyi-gis explain``: why a place is suitable for a crop, or not."""

from pathlib import Path

import click


@click.command(name="explain", context_settings={"ignore_unknown_options": True})
@click.argument("lon", type=float)
@click.argument("lat", type=float)
@click.option(
    "--crop",
    "crops",
    default="orange,plum,kiwifruit,sorghum,bamboo",
    show_default=True,
    help="Crops by name or crop files (.toml), separated by commas.",
)
@click.option("--dem", type=click.Path(path_type=Path), help="Elevation raster; the demonstration DEM if not given.")
@click.option(
    "--layer", "layers", multiple=True, metavar="NAME=FILE", help="Optional raster, e.g. soil_ph=ph.tif; repeatable."
)
@click.option("--climate", type=click.Path(path_type=Path), help="Climate file (.toml) for another region.")
@click.option("--allow-steep", is_flag=True, help="Let orchards stand above 25 degrees, as marginal land.")
def command(
    lon: float,
    lat: float,
    crops: str,
    dem: Path | None,
    layers: tuple[str, ...],
    climate: Path | None,
    allow_steep: bool,
) -> None:
    """Explain the suitability at LON LAT (degrees, WGS-84): values, memberships, classes, sources.

    \b
    Example: nanyi-gis explain 105.81 28.04 --crop plum
    """
    from ..io import data_file, read_raster
    from ..suitability import explain, load_crop
    from .suitability import pair

    chosen = [load_crop(name.strip()) for name in crops.split(",") if name.strip()]
    raster = read_raster(data_file("dem/demo_dem_90m.tif") if dem is None else dem)
    given = {name: read_raster(path).rio.reproject_match(raster) for name, path in (pair(t, "--layer") for t in layers)}
    texts = []
    if allow_steep:
        for crop in chosen:
            if crop.steep_rule == "absolute":
                click.echo(f"note: {crop.id} stays banned above {crop.slope_max:g} degrees", err=True)
    for crop in chosen:
        steep = allow_steep and crop.steep_rule != "absolute"
        own = {name: layer for name, layer in given.items() if name in crop.layers}
        told = explain(lon, lat, dem=raster, crop=crop, layers=own, climate=climate, allow_steep=steep)
        texts.append(told.text())
    click.echo("\n\n".join(texts))
