"""``nanyi-gis comfort``: comfort indices of places by month, and places ranked by criteria."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import OutputFolder

_FILE = click.Path(path_type=Path)


def _written(params: Mapping[str, Any]) -> Sequence[str]:
    from ..comfort import comfort_files

    return comfort_files(criteria=params["rank"] is not None)


@strict_command("comfort")
@click.argument("table", type=_FILE)
@click.option("--out", type=OutputFolder(_written), required=True, help="Output folder.")
@click.option(
    "--index",
    "indices",
    multiple=True,
    help="thi, wind_effect, hci_urban, or a TOML file of yours.  [default: those whose inputs are there]",
)
@click.option("--places", default="place", show_default=True, help="Column with the names of the places.")
@click.option("--rank", type=_FILE, help="TOML file of criteria to rank the places by.")
@click.option("--top", type=int, default=6, show_default=True, help="How many places count as the first.")
@click.option("--samples", type=int, default=2000, show_default=True, help="Draws of values and weights.")
@click.option(
    "--concentration",
    type=float,
    default=50.0,
    show_default=True,
    help="How closely drawn weights stay at those given; the larger, the closer.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the draws.")
@trust_option
@force_option
def command(
    table: Path,
    out: Path,
    indices: tuple[str, ...],
    places: str,
    rank: Path | None,
    top: int,
    samples: int,
    concentration: float,
    seed: int,
) -> None:
    """Write comfort indices and their classes for a table of places (comfort.csv).

    Columns: temperature, maximum (degrees C), humidity (0 to 1), wind (m/s), sunshine (hours a day), cloud (percent),
    rain (mm a day). With --rank also the places by criteria, with the probability of each rank (ranks.csv,
    rank_probabilities.csv).

    \b
    Example: nanyi-gis comfort july.csv --rank criteria.toml --out comfort
    """
    from ..comfort import write_comfort

    done = write_comfort(
        table,
        out,
        indices=indices,
        places=places,
        criteria=rank,
        samples=samples,
        concentration=concentration,
        seed=seed,
        top=top,
    )
    for note in done.notes:
        click.echo(f"note: {note}", err=True)
    for path in done.files:
        click.echo(path)
    if done.ranks is not None:
        best = done.ranks.table.iloc[0]
        click.echo(
            f"first {best['place']} (ranks {best['rank_low']} to {best['rank_high']} in nine draws of ten); "
            f"{best['alike']} others cannot be told apart from it"
        )
