"""``nanyi-gis site``: where the next facilities go, with a proof."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ._command import command as strict_command
from ._consent import force_option, trust_option
from ._paths import OutputFolder
from ._progress import progress_bar
from ._roads import noding_option, snapping_options, tell_roads, tell_shift
from ._study import network_of, study_option

if TYPE_CHECKING:
    from ._site import Task

_FILE = click.Path(path_type=Path)
_COVERING = ("max-coverage", "set-cover", "backup-coverage")
_MODELS = ("p-median", "p-center", *_COVERING)


def _outputs(params: Mapping[str, Any]) -> Sequence[str]:
    from ..siting import COST_FILE, SITING_FILES

    return SITING_FILES if params["cost"] is not None else (*SITING_FILES, COST_FILE)


@strict_command("site")
@click.option("--model", type=click.Choice(_MODELS), required=True, help="The question: see docs/siting.md.")
@click.option("--clients", type=_FILE, help="Points (a table with --cost); the townships if not given.")
@click.option("--candidates", type=_FILE, help="Points (a table with --cost); the clients' places if not given.")
@click.option("--p", type=int, help="Number of sites, fixed ones included.")
@click.option("--fixed", type=_FILE, help="Sites that stand: points, or a .csv or .txt of ids.")
@click.option("--closed", type=_FILE, help="Sites that may not be chosen: points, or a .csv or .txt of ids.")
@click.option("--quota", type=_FILE, help="CSV with group and count: so many of each group, fixed ones included.")
@click.option("--group", help="Column of the candidates with the group of --quota.")
@click.option("--cost", type=_FILE, help="CSV of minutes, wide or client, site, minutes; else by the network.")
@click.option("--minutes", type=float, default=30.0, show_default=True, help="Within these a client is covered.")
@click.option("--weights", help="Column of the clients with people or tonnes.  [default: population if it is there]")
@click.option("--id", "id_column", help="Column with the ids; of points their order if not given, of tables id.")
@click.option("--capacity", help="Column of the candidates with the most weight that a site takes.")
@click.option("--site-cost", help="Column of the candidates with what a site costs.")
@click.option("--more", type=click.IntRange(min=0), default=0, help="Tell what each of so many further sites saves.")
@click.option("--seconds", type=float, default=60.0, show_default=True, help="Longest time of a search.")
@click.option("--gap", type=float, default=0.0, show_default=True, help="Share of the cost that is near enough.")
@click.option("--refuse-unreachable", is_flag=True, help="Refuse clients that no site reaches; else they are named.")
@click.option("--roads", type=_FILE, help="Lines or an OSM extract; else the study's schematic network.")
@noding_option
@click.option("--scenario", default="today", show_default=True, help="Day of the network: a year, today or complete.")
@click.option("--changes", type=_FILE, help="Scenario file (TOML or JSON) laid over the network of that day.")
@snapping_options
@click.option("--speeds", type=_FILE, help="TOML with speeds by class, surface and slope.")
@click.option("--out", type=OutputFolder(_outputs), required=True, help="Folder to write to.")
@study_option("townships, census and the schematic network")
@trust_option
@force_option
def command(out: Path, **given: Any) -> None:
    """Choose sites, prove how good the choice is, and name whom nothing reaches.

    sites.csv (each candidate: chosen, fixed, clients, weight, what is lost without it), assignment.csv (each client:
    its site and minutes) and result.json (all that siting.verify needs to prove the result again). Minutes are those
    of nanyi-gis access, from client to site; they are written to cost.csv, or read from --cost. The proof holds for
    the numbers given, not for what is not in them: land, staff, money.

    \b
    Example: nanyi-gis site --model p-median --p 11 --more 3 --out sites
    """
    from ..siting import price_of_more, regret, write_siting
    from ._site import columns_of, solver
    from ._site_words import said

    with progress_bar("site") as report:
        task = _from_file(given) if given["cost"] is not None else _from_network(given)
        report(0.2)
        solve, options = solver(given, task, radius_given=_typed("minutes"))
        result = solve(task.cost, **options)
        report(0.6)
        held = regret(result, task.cost, seconds=given["seconds"]) if result.given.choice.fixed else None
        report(0.8)
        more = price_of_more(solve, task.cost, more=given["more"], **options) if given["more"] else None
        paths = write_siting(
            result,
            out,
            regret=held,
            curve=more,
            cost=task.cost if given["cost"] is None else None,
            site_columns=columns_of(task.sites.frame),
            client_columns=columns_of(task.clients),
        )
    for note in (*task.sites.notes, *task.notes):
        click.echo(f"note: {note}", err=True)
    click.echo(f"{out}: {', '.join(path.name for path in paths)}")
    for line in said(result, task, held, more, minutes=given["minutes"]):
        click.echo(line)


def _typed(name: str) -> bool:
    """Tell whether an option stands on the command line."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def _from_file(given: Mapping[str, Any]) -> "Task":
    """Return what is asked where a file has the minutes."""
    import pandas as pd

    from ..siting import fitted, read_cost_matrix
    from ._site import Task, placed_candidates, read_side, weights_of

    matrix = read_cost_matrix(given["cost"])
    sides = []
    for option, what, labels in (("clients", "client", matrix.index), ("candidates", "candidate", matrix.columns)):
        path = given[option]
        blank = pd.DataFrame(index=labels.rename("id"))
        sides.append(blank if path is None else read_side(path, what=what, id_column=given["id_column"], matrix=True))
    clients, candidates = sides
    cost = fitted(matrix, clients.index, candidates.index, name=str(given["cost"]))
    sites = placed_candidates(
        candidates,
        fixed=given["fixed"],
        closed=given["closed"],
        id_column=given["id_column"],
        known=matrix.columns,
    )
    notes = []
    for count, what in ((len(matrix) - len(clients), "clients"), (matrix.shape[1] - len(sites.frame), "sites")):
        if count > 0:
            notes.append(
                f"{given['cost']}: {count} {what} that --{what.replace('sites', 'candidates')} lacks are left out"
            )
    missing = matrix.attrs.get("missing", 0)
    if missing:
        notes.append(f"{given['cost']}: {missing:,} pairs have no minutes and count as out of reach")
    cost = fitted(matrix, clients.index, sites.frame.index, name=str(given["cost"]))
    return Task(cost, clients, weights_of(clients, given["weights"]), sites, tuple(notes))


def _from_network(given: Mapping[str, Any]) -> "Task":
    """Return what is asked, with the minutes of ``nanyi-gis access``."""
    from ..accessibility import od_cost_matrix
    from ..network import load_scenario, scenarios
    from ..study import load_study
    from ._access import origins_of
    from ._notes import tell_doubt, tell_state
    from ._site import Task, by_text, placed_candidates, read_side, weights_of

    study, roads, ids = given["study"], given["roads"], given["id_column"]
    area = load_study(study=study)
    base = network_of(area, roads, own_study=study is not None, speeds=given["speeds"], noding=given["noding"])
    changes = load_scenario(given["changes"]) if given["changes"] else None
    graphs = scenarios(base, [given["scenario"]], changes=changes)
    if given["clients"] is None:
        homes, people = origins_of(None, study=area, id_column=None, population=None, option="--clients")
        clients = by_text(homes.assign(population=people), what="client")
    else:
        clients = read_side(given["clients"], what="client", id_column=ids, matrix=False)
    weights = weights_of(clients, given["weights"])
    candidates = clients
    if given["candidates"] is not None:
        candidates = read_side(given["candidates"], what="candidate", id_column=ids, matrix=False)
    sites = placed_candidates(candidates, fixed=given["fixed"], closed=given["closed"], id_column=ids)
    cost = od_cost_matrix(
        list(graphs.values())[-1],
        clients,
        sites.frame,
        snap_limit_m=given["snap_limit"],
        parts="any" if given["any_part"] else "largest",
        access_kmh=given["access_kmh"] or None,
    )
    tell_roads(base)
    layers = {given["clients"]: clients, given["candidates"]: candidates}
    tell_shift(base, file=roads, study=area, points=layers)
    tell_state(area, [given["scenario"]])
    if roads is None:
        tell_doubt(base, [given["scenario"]])
    notes = []
    if given["clients"] is None:
        notes.append("people are the census by county, spread over the townships by rules; access gives their range")
    return Task(cost, clients, weights, sites, tuple(notes))
