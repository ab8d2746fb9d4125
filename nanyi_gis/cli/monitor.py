"""``nanyi-gis monitor``: the plan as a register, from a sheet that staff fill in."""

import datetime
import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._command import StrictGroup
from ._command import command as strict_command
from ._consent import force_option
from ._paths import OutputFile, OutputFolder
from ._study import study_option

if TYPE_CHECKING:
    from ..monitor import Observation, Register
    from ..study import StudyArea

_FILE = click.Path(path_type=Path)
_PUBLIC_HELP = "Leave out the items that public maps do not show."


def _written(params: Mapping[str, Any]) -> Sequence[str]:
    from ..atlas import PAGES
    from ..monitor import report_files

    return (*report_files(since=params["since"] is not None), *PAGES)


@click.group(name="monitor", cls=StrictGroup)
def command() -> None:
    """Track the plan: what is due, what is reported of it, and how it stands.

    \b
    Example: nanyi-gis monitor init --out sheet.xlsx
    """


@command.command("init")
@click.option(
    "--out",
    type=OutputFile([".xlsx", ".csv"], what="a sheet of reports"),
    required=True,
    help="The sheet: .xlsx with drop-downs, or .csv.",
)
@click.option("--public", is_flag=True, help=_PUBLIC_HELP)
@study_option("the register")
def init(out: Path, public: bool, study: Path | None) -> None:
    """Write the sheet that staff fill in: a row for each line of the register.

    \b
    Example: nanyi-gis monitor init --out sheet.xlsx
    """
    from ..monitor import tracked, write_blank_sheet

    area, register = _study(study, public=public)
    lines = tracked(area)
    click.echo(write_blank_sheet(out, lines, register=register, title=area.text("plan_title", "zh")))
    counted = sum(line.counted for line in lines)
    click.echo(f"{len(lines)} lines of {len({line.id for line in lines})} items, {counted} with a number to reach")


@command.command("report")
@click.argument("sheets", type=_FILE, nargs=-1)
@click.option("--out", type=OutputFolder(_written), required=True, help="Output folder.")
@click.option("--as-of", help="Day of the report, YYYY-MM-DD.  [default: today]")
@click.option(
    "--rule",
    default="neutral",
    show_default=True,
    help="Rule of states: neutral, sanya, suqian, yinchuan, one of the study's, or a TOML file.",
)
@click.option("--weights", type=_FILE, help="TOML file of weights of the scores.  [default: the study's, else ours]")
@click.option("--since", help="An earlier day, YYYY-MM-DD: what changed after it (changes.csv).")
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language of workbook and pages."
)
@click.option("--strict", is_flag=True, help="Write nothing if any row is bad.")
@click.option("--take-cures", is_flag=True, help="Read bad rows whose cure is beyond doubt; they stay listed.")
@click.option("--alone", is_flag=True, help="Leave out the study's own published observations.")
@click.option("--public", is_flag=True, help=_PUBLIC_HELP)
@study_option("the register and its published observations")
@force_option
def report(
    sheets: tuple[Path, ...],
    out: Path,
    as_of: str | None,
    rule: str,
    weights: Path | None,
    since: str | None,
    lang: str,
    strict: bool,
    take_cures: bool,
    alone: bool,
    public: bool,
    study: Path | None,
) -> None:
    """Write how each line of the register stands on a day (status.csv), from SHEETS as CSV or .xlsx.

    monitor.html shows it on one page that needs no network, notices.html is to be printed: a notice an agency, and what
    is missing. Scores are explained line by line (scores.csv); monitor.xlsx has all tables. Bad rows are set
    aside with line, cell, rule and cure (set_aside.csv). Without SHEETS the study's own published observations alone
    are read.

    \b
    Example: nanyi-gis monitor report sheet.xlsx --as-of 2023-12-31 --out report
    """
    from ..atlas import write_monitor_page, write_notices
    from ..monitor import report as report_of
    from ..monitor import write_report

    area, _ = _study(study, public=public)
    day = _day(as_of)
    with _no_walks():
        found = report_of(
            area,
            sheets,
            as_of=day,
            rule=rule,
            weights=weights,
            since=None if since is None else _written_day(since, "--since"),
            strict=strict,
            take_cures=take_cures,
            published=not alone,
        )
        pages = [
            lambda stage, write=write: [write(found, stage, lang=lang)] for write in (write_monitor_page, write_notices)
        ]
        files = write_report(found, out, lang=lang, reads=sheets, also=pages)
    reading = found.reading
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    for path in files:
        click.echo(path)
    click.echo(f"{len(reading.observations)} observations of {len(found.lines)} lines read on {day}")
    click.echo("  ".join(f"{state} {count}" for state, count in found.counts.items() if count))
    if reading.rows_set_aside:
        taken = reading.rows_taken
        click.echo(f"{reading.rows_set_aside} bad rows" + (f", {taken} of them read with their cures" if taken else ""))


@contextmanager
def _no_walks() -> Iterator[None]:
    """Keep the collector of cycles from walking through millions of cells, a tenth of the time of a large register."""
    walked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if walked:
            gc.enable()


def _check_files(_params: Mapping[str, Any]) -> Sequence[str]:
    from ..monitor import CHECK_FILES

    return CHECK_FILES


@strict_command("monitor-check")
@click.argument("sheets", type=_FILE, nargs=-1)
@click.option("--out", type=OutputFolder(_check_files), required=True, help="Output folder.")
@click.option(
    "--areas",
    type=_FILE,
    multiple=True,
    help="Suitable land: doubt_<crop>.csv, feasibility.csv or areas_<crop>.csv of suitability; may be repeated.",
)
@click.option("--relations", type=_FILE, help="How the figures hang together (.toml); the plan's if not given.")
@click.option("--as-of", help="Day of the report, YYYY-MM-DD.  [default: today]")
@click.option("--strict", is_flag=True, help="Write nothing if any row is bad.")
@click.option("--public", is_flag=True, help=_PUBLIC_HELP)
@study_option("the plan and the register")
@force_option
def check(
    sheets: tuple[Path, ...],
    out: Path,
    areas: tuple[Path, ...],
    relations: Path | None,
    as_of: str | None,
    strict: bool,
    public: bool,
    study: Path | None,
) -> None:
    """Hold a plan's figures against one another, suitable land and what SHEETS report.

    checks.csv has a verdict a relation (满足, 矛盾, 无法判断) with its clauses, conflicts.csv the claims that
    contradict one another, of which none can go, claims.csv every claim with what it can mean.

    \b
    Example: nanyi-gis monitor check --out checked
    """
    from ..monitor import check_plan, read_reports, refuse_set_aside, write_contradictions
    from ..study import load_study

    area = load_study(study=study)
    if public:
        area = area.for_public()
    notes: tuple[str, ...] = ()
    observations: tuple[Observation, ...] = ()
    if sheets:
        reading = read_reports(area, sheets, as_of=_day(as_of), published=False)
        if strict:
            refuse_set_aside(reading)
        notes, observations = reading.notes, reading.observations
        if reading.rows_set_aside:
            notes = (*notes, f"{reading.rows_set_aside} bad rows are left out; monitor report lists them")
    done = check_plan(area, relations=relations, areas=areas, observations=observations)
    files = write_contradictions(done.found, out)
    for note in (*notes, *done.notes):
        click.echo(f"note: {note}", err=True)
    for path in files:
        click.echo(path)
    for line in done.found.told():
        click.echo(line)


command.add_command(check, "check")


def _study(study: Path | None, *, public: bool) -> "tuple[StudyArea, Register]":
    """Return the study and its register."""
    from ..monitor import needed_register
    from ..study import load_study

    area = load_study(study=study)
    if public:
        area = area.for_public()
    return area, needed_register(area)


def _day(text: str | None) -> datetime.date:
    """Return the day of a report; today, told, if none is given."""
    if text is None:
        today = datetime.date.today()
        click.echo(f"note: the day of the report is today, {today}; --as-of sets another", err=True)
        return today
    return _written_day(text, "--as-of")


def _written_day(text: str, option: str) -> datetime.date:
    from ..errors import ParameterError

    try:
        return datetime.date.fromisoformat(text.strip())
    except ValueError:
        raise ParameterError(f"{option} is {text!r}, but must be a day as YYYY-MM-DD, e.g. 2023-12-31") from None
