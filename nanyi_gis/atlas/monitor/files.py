"""The pages of a report as files: ``monitor.html`` and ``notices.html``."""

import os
from pathlib import Path

from ..._validation import check_choice
from ...io import atomic_path, write_text
from ...monitor import Report
from .document import monitor_html
from .facts import checks_of, told_of
from .notices import notices_html

MONITOR, NOTICES = "monitor.html", "notices.html"
PAGES = (MONITOR, NOTICES)
"""Names of the pages of a report."""


def write_monitor_page(found: Report, folder: str | os.PathLike[str], *, lang: str = "zh") -> Path:
    """Write ``monitor.html``: how a plan stands, on one light page that needs no network and no map library.

    It holds its styles and scripts, and asks for nothing. Every text of the sheets is escaped. Of very many lines the
    latest 500 are shown; counts are of all.

    Parameters
    ----------
    found : Report
        As :func:`nanyi_gis.monitor.report` returns it; of a public study, public items alone.
    folder : path
        Where the page is put, whole or not at all.
    lang : str
        ``zh`` or ``en``.

    Raises
    ------
    ParameterError
        If ``lang`` is another.
    OutputError
        If the file cannot be written.

    >>> import datetime, tempfile
    >>> from nanyi_gis.monitor import report
    >>> from nanyi_gis.study import load_study
    >>> found = report(load_study(), [], as_of=datetime.date(2026, 2, 28))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_monitor_page(found, folder).name
    'monitor.html'
    """
    check_choice(lang, ("zh", "en"), name="lang")
    return _written(Path(folder) / MONITOR, monitor_html(told_of(found, lang=lang, checks=checks_of(found))))


def write_notices(found: Report, folder: str | os.PathLike[str], *, lang: str = "zh") -> Path:
    """Write ``notices.html``: a notice an agency and a letter of what is missing, each on pages of A4 of its own.

    Day and number of the documents are left empty, and nobody signs. A line past its day without a report is not
    called overdue. Parameters and errors are those of :func:`write_monitor_page`.

    >>> import datetime, tempfile
    >>> from nanyi_gis.monitor import report
    >>> from nanyi_gis.study import load_study
    >>> found = report(load_study(), [], as_of=datetime.date(2022, 12, 31))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_notices(found, folder).name
    'notices.html'
    """
    check_choice(lang, ("zh", "en"), name="lang")
    return _written(Path(folder) / NOTICES, notices_html(told_of(found, lang=lang)))


def _written(path: Path, text: str) -> Path:
    with atomic_path(path) as temporary:
        write_text(temporary, text)
    return path
