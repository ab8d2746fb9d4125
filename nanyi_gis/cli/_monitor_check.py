"""``nanyi-gis monitor check``: which figures of a plan, of the land and of what is reported contradict one another."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._command import command as strict_command
from ._paths import OutputFolder
from ._study import study_option

if TYPE_CHECKING:
    from ..monitor import Observation
    from ..study import StudyArea

_FILE = click.Path(path_type=Path)
_FILES = ("claims.csv", "checks.csv", "conflicts.csv")
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@strict_command("monitor check")
@click.argument("sheets", type=_FILE, nargs=-1, metavar="[F]...")
@click.option("--out", type=OutputFolder(_FILES), required=True, help="Output folder.")
@click.option(
    "--areas",
    type=_FILE,
    multiple=True,
    help="Suitable land: doubt_<crop>.csv, feasibility.csv or areas_<crop>.csv of suitability; may be repeated.",
)
@click.option("--relations", type=_FILE, help="How the figures hang together (.toml); that of the plan if not given.")
@click.option("--as-of", type=_DAY, metavar="DATE", help="Day of the report: later days cannot be reported yet.")
@click.option("--strict", is_flag=True, help="Refuse sheets with a bad row.")
@study_option("plan and register")
def check(
    sheets: tuple[Path, ...],
    out: Path,
    areas: tuple[Path, ...],
    relations: Path | None,
    as_of: datetime.datetime | None,
    strict: bool,
    study: Path | None,
) -> None:
    """Hold a plan's figures against one another, suitable land and reported values.

    checks.csv has a verdict a relation (满足, 矛盾, 无法判断) with its clauses, conflicts.csv the claims that contradict
    one another, from which none can go, claims.csv every claim with what it can mean. F are sheets of reported values.

    \b
    Example: nanyi-gis monitor check --out checked
    """
    from ..monitor import check_plan, write_contradictions
    from ..study import load_study

    area = load_study(study=study)
    done = check_plan(
        area,
        relations=relations,
        areas=areas,
        observations=_observations(area, sheets, as_of, strict=strict) if sheets else (),
    )
    for note in done.notes:
        click.echo(f"note: {note}", err=True)
    for path in write_contradictions(done.found, out):
        click.echo(path)
    for line in done.found.told():
        click.echo(line)


def _observations(
    area: "StudyArea", sheets: tuple[Path, ...], as_of: Any, *, strict: bool
) -> "tuple[Observation, ...]":
    from ..errors import ParameterError
    from ..monitor import read_register, read_sheets, refuse_set_aside, tracked

    register = read_register(area)
    if register is None:
        raise ParameterError(f"the study {area.id} has no register, so sheets say nothing; leave {sheets[0]} out")
    day = datetime.datetime.now(tz=datetime.UTC).date() if as_of is None else as_of.date()
    reading = read_sheets(sheets, lines=tracked(area), register=register, as_of=day)
    if strict:
        refuse_set_aside(reading)
    for note in reading.notes:
        click.echo(f"note: {note}", err=True)
    if reading.rows_set_aside:
        first = reading.set_aside.iloc[0]
        click.echo(
            f"note: {reading.rows_set_aside} bad rows are left out, the first {first['file']} {first['cell']} "
            f"({first['rule_en']}); monitor report lists them",
            err=True,
        )
    return reading.observations
