"""The day of a page's facts, with its age by the reader's clock."""

import datetime

from markupsafe import Markup

from ..errors import ParameterError
from ._text import words


def age_html(day: str, *, source: str = "", lang: str = "zh") -> Markup:
    """Return a paragraph with the day of the facts and their source, as trusted HTML.

    The page's script adds the age in days by the reader's clock, and a warning after a year; without script the day
    stands alone, so the page's bytes do not depend on when it is made.

    Raises
    ------
    ParameterError
        If the day is no ISO date.

    >>> str(age_html("2026-02-28", lang="en"))
    '<p class="ny-age" data-day="2026-02-28">State as of 2026-02-28. </p>'
    """
    try:
        given = datetime.date.fromisoformat(day).isoformat()
    except ValueError:
        raise ParameterError(f"day is {day!r}, but must be a date such as 2026-02-28") from None
    phrase = words(lang)
    text = Markup('<p class="ny-age" data-day="{}">{} </p>').format(given, phrase["state"].format(given))
    return text + Markup("<p>{}</p>").format(f"{phrase['source']}: {source}") if source else text
