"""The register of the plan on pages: one light page, notices an agency, and what the atlas shows of it."""

from .asides import further_tables
from .document import STYLE, drawn_note, lead, monitor_html, overview_body, values_body
from .facts import report_of, told_of
from .files import PAGES, write_monitor_page, write_notices
from .located import located_items, state_layers
from .looks import LOOKS, NO_DATA, edge_of, state_word
from .notices import notices_html
from .of_atlas import REPORT, told_of_atlas
from .tables import line_table, summary_tables
from .told import Told, passed

__all__ = [
    "LOOKS",
    "NO_DATA",
    "PAGES",
    "REPORT",
    "STYLE",
    "Told",
    "drawn_note",
    "edge_of",
    "further_tables",
    "lead",
    "line_table",
    "located_items",
    "monitor_html",
    "notices_html",
    "overview_body",
    "passed",
    "report_of",
    "state_layers",
    "state_word",
    "summary_tables",
    "told_of",
    "told_of_atlas",
    "values_body",
    "write_monitor_page",
    "write_notices",
]
