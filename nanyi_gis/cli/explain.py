"""``nanyi-gis explain``: why a place is suitable for a use, or not."""

from pathlib import Path

import click

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._land import crops_option, dem_of, management_option
from ._paths import UseNames, layers_option
from ._study import study_option


@strict_command("explain", context_settings={"ignore_unknown_options": True})
@click.argument("lon", type=float)
@click.argument("lat", type=float)
@crops_option("all of the study")
@click.option(
    "--use",
    "uses",
    type=UseNames(),
    multiple=True,
    metavar="FILE",
    help="The same for any use of land; repeatable, adds to --crop.",
)
@click.option("--dem", type=click.Path(path_type=Path), help="Elevation raster; the study's own if not given.")
@layers_option
@click.option("--climate", type=click.Path(path_type=Path), help="Climate file (.toml); the study's if not given.")
@click.option("--allow-steep", is_flag=True, help="Let uses stand above their slope limit, as marginal land.")
@management_option
@study_option("crops, climate, edges and elevations")
@trust_option
@force_option
def command(
    lon: float,
    lat: float,
    crops: str | None,
    uses: tuple[str, ...],
    dem: Path | None,
    layers: tuple[str, ...],
    climate: Path | None,
    allow_steep: bool,
    management: str | None,
    study: Path | None,
) -> None:
    """Explain the suitability at LON LAT (degrees, WGS-84): values, memberships, classes, sources.

    \b
    Example: nanyi-gis explain 105.81 28.04 --crop plum
    """
    from ..dem import known_heights
    from ..raster import RasterFile, refuse_other_unit
    from ..study import load_study
    from ..suitability import explain_file, managed_uses, refuse_unknown_layers
    from ..targets import study_climate
    from .suitability import chosen_uses, pairs

    area = load_study(study=study)
    chosen = chosen_uses(area, crops, uses)
    given = pairs(layers, "--layer")
    climate = study_climate(area, [use.with_layers(given) for use in chosen], own=climate)
    expected = known_heights(area)
    path = dem_of(area, dem, expected)
    refuse_unknown_layers(chosen, given)
    for file in given.values():
        RasterFile.of(file, kind="quantity")
    if expected is not None:
        refuse_other_unit(RasterFile.of(path), expected)  # once for all uses
    managed_uses(chosen, management)
    texts = []
    if allow_steep:
        for use in chosen:
            if use.steep_rule == "absolute":
                click.echo(f"note: {use.id} stays banned above {use.slope_max:g} degrees", err=True)
    for use in chosen:
        told = explain_file(
            lon,
            lat,
            path,
            use=use,
            layers={name: file for name, file in given.items() if name in use.rasters or name == "excluded"},
            climate=climate,
            edges=area.edges,
            allow_steep=allow_steep and use.steep_rule != "absolute",
            management=management if use.can_be_irrigated else None,
        )
        texts.append(told.text())
    click.echo("\n\n".join(texts))
