"""``nanyi-gis haul``: what comes to a mill, a quarry or a works over the roads, and at what cost."""

from pathlib import Path

import click

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import OutputFolder
from ._progress import progress_bar
from ._roads import noding_option, snapping_options, tell_roads, tell_shift
from ._study import network_of, study_option

_FILES = ("sheds.csv", "sources.csv")


@strict_command("haul")
@click.option("--from", "origins", type=click.Path(), required=True, help="Points from which it is hauled.")
@click.option("--to", "sites", type=click.Path(), required=True, help="Points of the sites to which it is hauled.")
@click.option("--tonnes", required=True, help="Column of --from with the tonnes a year.")
@click.option("--minutes", default="30,60,90", show_default=True, help="Limits of the haul-sheds.")
@click.option("--price", default="0.4,0.8", show_default=True, help="Low and high price of a tonne and km.")
@click.option("--id", "id_column", help="Column with the ids of the points; their order if not given.")
@click.option("--roads", type=click.Path(), help="Lines or an OSM extract; else the study's schematic network.")
@noding_option
@click.option("--scenario", "year", default="today", show_default=True, help="State of the network.")
@snapping_options
@click.option("--speeds", type=click.Path(), help="TOML with speeds by class, surface and slope.")
@click.option("--out", type=OutputFolder(_FILES), required=True, help="Folder to write to.")
@study_option("the schematic network")
@trust_option
@force_option
def command(
    origins: str,
    sites: str,
    tonnes: str,
    minutes: str,
    price: str,
    id_column: str | None,
    roads: str | None,
    noding: str,
    year: str,
    snap_limit: float,
    access_kmh: float,
    any_part: bool,
    speeds: str | None,
    out: Path,
    study: Path | None,
) -> None:
    """Write the haul-shed of each site: tonnes within so many minutes, tonne-kilometres and cost (sheds.csv).

    sources.csv has the nearest site of every source with minutes, km and cost a tonne. Prices are yours: the default
    is a rough range of road haul in yuan, no published tariff.

    \b
    Example: nanyi-gis haul --from stands.gpkg --to mill.gpkg --tonnes t --out haul
    """
    from .._validation import numbers
    from ..accessibility import haul_sheds
    from ..io import read_vector, staged, write_csv
    from ..network import scenario
    from ..study import load_study
    from ._access import indexed, parse_numbers
    from ._notes import tell_rows

    limits, prices = parse_numbers(minutes, name="minutes"), parse_numbers(price, name="price")
    with progress_bar("haul") as report:
        area = load_study(study=study)
        starts = indexed(tell_rows(read_vector(origins, kind="point")), id_column)
        ends = indexed(tell_rows(read_vector(sites, kind="point")), id_column)
        amount = numbers(starts, tonnes, name="tonnes", file=origins)
        base = network_of(area, roads, own_study=study is not None, speeds=speeds, noding=noding)
        report(0.3)
        found = haul_sheds(
            scenario(base, year=year),
            starts,
            ends,
            tonnes=amount.to_numpy(),
            limits=limits,
            price_per_tkm=prices,
            snap_limit_m=snap_limit,
            parts="any" if any_part else "largest",
            access_kmh=access_kmh or None,
        )
        with staged(out) as folder:
            write_csv(found.sheds, folder / "sheds.csv", digits=3)
            write_csv(found.sources.rename_axis("source").reset_index(), folder / "sources.csv", digits=3)
    tell_roads(base)
    tell_shift(base, file=roads, study=area, points={origins: starts, sites: ends})
    if roads is None:
        click.echo(
            "note: the network is schematic; minutes and km hold for main roads, not for the last ones", err=True
        )
    for name in _FILES:
        click.echo(out / name)
    last = found.sheds[found.sheds["minutes"] == found.sheds["minutes"].max()]
    for row in last.itertuples():
        click.echo(f"{row.site}: {row.tonnes:,.0f} t within {row.minutes:g} min")
    if found.unreached_tonnes:
        click.echo(f"{found.unreached_tonnes:,.0f} t reach no site")
