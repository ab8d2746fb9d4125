"""What ``nanyi-gis site`` says of its result."""

from collections.abc import Hashable, Iterable, Mapping

import pandas as pd

from ..siting import Siting, spread
from ._site import Task, shown_names
from ._table import text_table

_FEW = 20


def said(
    result: Siting, task: Task, regret: pd.Series | None, more: pd.DataFrame | None, *, minutes: float
) -> list[str]:
    """Return the lines that a planner reads."""
    sites, clients = shown_names(task.sites.frame), shown_names(task.clients)
    fixed = set(result.given.choice.fixed)
    count = len(result.chosen)
    stand = f", {len(fixed)} of them fixed" if fixed else ""
    lines = [f"{result.model}: {count} of {len(sites)} sites{stand}, for {len(clients)} clients"]
    lines.append(f"chosen: {_named(result.chosen, sites, marked=fixed)}")
    lines.append(_worth(result, minutes=None if result.given.radius == 0.0 else minutes))
    lines.append(f"{result.proof}: bound {result.bound:,.6g}, {result.seconds:.2f} s")
    if result.unserved:
        people = task.weights.reindex(pd.Index(result.unserved)).sum()
        lines.append(f"nothing reaches {len(result.unserved)} clients of weight {people:,.6g}: "
                     + _named(result.unserved, clients))  # fmt: skip
    if regret is not None:
        lines += _held(regret, sites)
    if more is not None:
        lines += _further(more, sites)
    return lines


def _named(labels: Iterable[Hashable], names: Mapping[str, str], *, marked: set[Hashable] | None = None) -> str:
    found = [names[str(label)] + (" (fixed)" if label in (marked or set()) else "") for label in labels]
    return ", ".join(found[:_FEW]) + (f" and {len(found) - _FEW} more" if len(found) > _FEW else "")


def _worth(result: Siting, *, minutes: float | None) -> str:
    """Return cost or cover with what it means for a client."""
    if result.model in ("max-coverage", "backup-coverage"):
        total = float(result.given.weights.sum())
        twice = " twice" if result.model == "backup-coverage" else ""
        within = "" if minutes is None else f" within {minutes:g} min"
        return f"covered{twice}{within}: {result.cost:,.6g} of {total:,.6g} ({100.0 * result.cost / total:.1f} %)"
    if result.model == "set-cover":
        within = "" if minutes is None else f" within {minutes:g} min"
        return f"cost of the sites: {result.cost:,.6g}; each client that a site reaches is covered{within}"
    found = spread(result)
    shares = f"mean {found['mean']:.1f} min, half within {found['median']:.1f}, 95 % within {found['p95']:.1f}"
    if result.model == "p-center":
        return f"farthest {result.cost:,.6g} min; {shares}"
    return f"cost {result.cost:,.6g} (weight x min): {shares}, farthest {found['max']:.1f}"


def _held(regret: pd.Series, names: Mapping[str, str]) -> list[str]:
    """Return what the fixed sites cost, the dearest first."""
    dear = regret[regret > 0.0].sort_values(ascending=False, kind="stable")
    if dear.empty:
        return ["fixed sites: none costs anything, each would be chosen anyway or is as good"]
    parts = ", ".join(f"{names[str(label)]} {value:,.6g}" for label, value in dear.head(_FEW).items())
    return [f"what fixed sites cost, each against the best in its place: {parts}"]


def _further(more: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Return the price of one more, a line a number of sites."""
    table = pd.DataFrame(
        {
            "p": more.index,
            "cost": [f"{value:,.6g}" for value in more["cost"]],
            "saved": ["" if value != value else f"{value:,.6g}" for value in more["saved"]],
            "gap": [f"{value:.2g}" for value in more["gap"]],
            "added": [_named(labels, names) for labels in more["added"]],
            "given up": [_named(labels, names) for labels in more["given_up"]],
        }
    )
    return ["one more:", *text_table(table, numbers=("cost", "saved", "gap")).splitlines()]
