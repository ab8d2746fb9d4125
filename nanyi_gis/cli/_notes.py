"""What readers have to say about the user's files, told on the error stream."""

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ..network import Graph
    from ..study import StudyArea

_STALE_DAYS = 365


def tell_rows(frame: "gpd.GeoDataFrame") -> "gpd.GeoDataFrame":
    """Return a frame after telling which rows its reader left out, and what else it noted."""
    from ..io import row_notes

    for note in row_notes(frame):
        click.echo(f"note: {note}", err=True)
    return frame


def tell_state(area: "StudyArea", scenarios: Iterable[object], *, now: datetime.date | None = None) -> None:
    """Tell how old the facts are if one of the scenarios is ``today``, and warn after a year."""
    day = area.dates.get("today")
    if day is None or "today" not in {str(name).strip().lower() for name in scenarios}:
        return
    age = ((datetime.date.today() if now is None else now) - datetime.date.fromisoformat(day)).days
    source = area.text("today_source", "en")
    said = (
        f"today is the state of {day}" + (f", {age} days ago" if age >= 0 else "") + (f" ({source})" if source else "")
    )
    if age > _STALE_DAYS:
        said += "; that is more than a year: check what has opened since, and set [dates] today in study.toml"
    click.echo(f"{'warning' if age > _STALE_DAYS else 'note'}: {said}", err=True)


def tell_doubt(graph: "Graph", scenarios: Iterable[object]) -> None:
    """Tell which roads of a schematic network have no opening on record, where a scenario before the end is asked."""
    from ..schematic import uncertain_links

    links = uncertain_links(graph)
    if not links or {str(name).strip().lower() for name in scenarios} <= {"none", "complete"}:
        return
    called = {str(data["id"]): str(data.get("name_zh") or "") for *_, data in graph.edges(data=True)}
    roads = {called[link] or link: link.partition(".")[0] for link in links}
    named = ", ".join(f"{name} ({chain})" for name, chain in roads.items())
    said = "counted as not open before the plan is complete; the pages give both values"
    click.echo(f"note: no opening is confirmed for {named}: {said}", err=True)


def tell_seats(used: "Iterable[str]", *, own_county: bool) -> None:
    """Tell where the hospitals of the table are taken to be: in the counties' seats, beyond the border or not."""
    if own_county:
        said = "each township uses the seat of its own county alone"
    else:
        named = ", ".join(sorted(set(used)))
        said = (
            f"used beyond the border: {named}; --own-county leaves them out"
            if named
            else "none beyond the border is used"
        )
    click.echo(f"note: a county hospital is assumed at every county seat; {said}", err=True)


def people_within(summary: "pd.DataFrame", *, minutes: float) -> str:
    """Return the share of people within so many minutes in each scenario, with its range, for the last lines.

    >>> import pandas as pd
    >>> columns = ["scenario", "share_within_60", "share_within_60_low", "share_within_60_high"]
    >>> people_within(pd.DataFrame([["today", 0.589, 0.559, 0.61]], columns=columns), minutes=60)
    'people within 60 min: today 59 % (56-61)'
    """
    column = f"share_within_{minutes:g}"
    parts = []
    for row in summary.to_dict("records"):
        text = f"{row['scenario']} {100 * row[column]:.0f} %"
        if f"{column}_low" in row:
            text += f" ({100 * row[f'{column}_low']:.0f}-{100 * row[f'{column}_high']:.0f})"
        parts.append(text)
    return f"people within {minutes:g} min: {', '.join(parts)}"
