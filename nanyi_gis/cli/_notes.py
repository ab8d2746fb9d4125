"""What readers have to say about the user's files, told on the error stream."""

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import geopandas as gpd

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
