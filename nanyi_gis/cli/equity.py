"""``nanyi-gis equity``: how evenly access is spread over the people, and who gains and loses by a plan."""

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import OutputFolder
from ._progress import progress_bar
from ._study import study_option

if TYPE_CHECKING:
    import pandas as pd

    from .._progress import Progress

_FILE = click.Path(path_type=Path)


def _written(_params: Mapping[str, Any]) -> Sequence[str]:
    from ..accessibility import EQUITY_FILES

    return EQUITY_FILES


@strict_command("equity")
@click.argument("table", type=_FILE, required=False)
@click.option("--against", type=_FILE, help="A second table, plan B; TABLE is then plan A.")
@click.option("--before", help="Scenario of plan A.  [default: the first of each service]")
@click.option("--after", help="Scenario of plan B.  [default: the last of each service]")
@click.option("--tolerance", type=float, default=0.5, show_default=True, help="Minutes that nobody tells apart.")
@click.option(
    "--measure",
    type=click.Choice(["minutes", "access"]),
    default="minutes",
    show_default=True,
    help="Inequality of minutes, a cost, or of access, which halves with --halved-by minutes.",
)
@click.option("--halved-by", type=float, default=30.0, show_default=True, help="Minutes that halve access.")
@click.option(
    "--unreachable",
    type=click.Choice(["exclude", "cap"]),
    default="exclude",
    show_default=True,
    help="Leave townships without a way out of the indices and count them, or count them with --cap minutes.",
)
@click.option("--cap", type=float, default=180.0, show_default=True, help="Minutes of a township without a way.")
@click.option("--minutes", default="30,60", show_default=True, help="Limits of the shares of people.")
@click.option("--sub-centres", is_flag=True, help="Add the study's proposals of medical sub-centres; takes longer.")
@click.option("--out", type=OutputFolder(_written), required=True, help="Folder to write to.")
@study_option("townships, census, counties, seats and the schematic network")
@trust_option
@force_option
def command(
    table: Path | None,
    against: Path | None,
    before: str | None,
    after: str | None,
    tolerance: float,
    measure: str,
    halved_by: float,
    unreachable: str,
    cap: float,
    minutes: str,
    sub_centres: bool,
    out: Path,
    study: Path | None,
) -> None:
    """Write how evenly minutes are spread over the people (equity.csv: Gini, Palma, Theil, shares, with ranges).

    TABLE is a CSV, a row a township, service and scenario: township, people, service, scenario, minutes; optional
    people_low, people_high, minutes_low, minutes_high, county. inf minutes: no way; empty: not known. Without TABLE
    the study's own townships, facilities and years. townships.csv is the table completed, changes.csv who gains and
    who loses, claims.csv whether nobody is worse off.

    \b
    Example: nanyi-gis equity --out equity
    Example: nanyi-gis equity now.csv --against planned.csv --out equity
    """
    from ..accessibility import equity_tables, read_minutes, write_equity
    from ..targets import equity_changes
    from ._access import parse_numbers

    limits = parse_numbers(minutes, name="minutes")
    options: dict[str, Any] = {
        "measure": measure,
        "halved_by": halved_by,
        "unreachable": unreachable,
        "cap": cap,
        "limits": limits,
    }
    with progress_bar("equity") as report:
        if table is None:
            tidy, rules = _of_study(study, sub_centres=sub_centres, report=report)
            own = None if before or after else equity_changes(tidy, tolerance=tolerance)
            options |= {"rules": rules, "changes": own}
        else:
            tidy = read_minutes(table)
        found = equity_tables(
            tidy,
            against=None if against is None else read_minutes(against),
            before=before,
            after=after,
            tolerance=tolerance,
            **options,
        )
        files = write_equity(found, out)
    for path in files:
        click.echo(path)
    for line in _lines(found.summary, found.claims, measure=measure):
        click.echo(line)


def _of_study(
    study: Path | None, *, sub_centres: bool, report: "Progress"
) -> tuple["pd.DataFrame", "dict[str, pd.Series]"]:
    """Return the study's own table, and the rules by which its people are spread."""
    from .. import targets
    from ..errors import DataError
    from ..network import build_graph
    from ..schematic import schematic_tables
    from ..study import load_study
    from ._notes import tell_doubt, tell_state

    area = load_study(study=study)
    asked = targets.siting_record(area).sub_centres if sub_centres else None
    if sub_centres and asked is None:
        raise DataError(f"the study {area.id} names no sub-centres to site; leave --sub-centres out")
    base = build_graph(schematic_tables(area))
    graphs = targets.scenario_graphs(base, study=area)
    unsure = targets.uncertain_graphs(base, study=area)
    found = {name: targets.township_minutes(name, study=area, graphs=graphs) for name in targets.FACILITIES}
    doubt = {name: targets.uncertain_minutes(name, study=area, graphs=unsure) for name in targets.FACILITIES if unsure}
    report(0.5)
    centres = None
    if asked is not None:
        item = targets.whole_plan(area).item(asked.item)
        centres = targets.sub_centres(
            area, graphs=graphs, quotas=targets.county_counts(item, unit=asked.unit), minutes=asked.minutes
        )
    tell_state(area, graphs)
    tell_doubt(base, graphs)
    tidy = targets.equity_minutes(found, doubt=doubt, centres=centres)
    return tidy, targets.population_rules(area)


def _lines(summary: "pd.DataFrame", claims: "pd.DataFrame", *, measure: str) -> list[str]:
    """Return what the last lines say: the Gini of each service and scenario, and each claim."""
    lines = []
    for row in summary[summary["county"] == ""].to_dict("records"):
        text = f"{row['service']} {row['scenario']}: "
        text += (
            _why_none(row)
            if row["gini"] != row["gini"]
            else f"Gini of {measure} {row['gini']:.2f} ({row['gini_low']:.2f}-{row['gini_high']:.2f})"
        )
        counts = [f"{row[kind]} {kind}" for kind in ("unreachable", "unknown") if row[kind]]
        lines.append(text + (f"; {', '.join(counts)}" if counts else ""))
    for row in claims.to_dict("records"):
        names = str(row["losers"] or row["open"]).split(";")
        told = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        who = f": {'worse off' if row['losers'] else 'open for'} {told}" if names != [""] else ""
        ends = f"{row['scenario_before']} to {row['scenario_after']}"
        lines.append(f"nobody worse off, {row['service']}, {ends}: {row['verdict']}{who}")
    return lines


def _why_none(row: Mapping[Hashable, Any]) -> str:
    """Return why a row has no index: no minutes are known, nobody lives there, or nothing is in reach."""
    if not row["townships"]:
        return "no minutes are known"
    return "nobody reaches any" if row["people"] > 0 else "nobody lives there"
