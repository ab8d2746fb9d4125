"""The table of what was tried, what survived and what did not."""

import datetime
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass
class Row:
    """One kind of torture: how often it was tried, what was at fault, and how long it took."""

    what: str
    tried: int = 0
    faults: list[str] = field(default_factory=list)
    failed: int = 0
    seconds: float = 0.0
    note: str = ""

    def count(self, faults: Sequence[str]) -> None:
        """Count one trial with its faults."""
        self.tried += 1
        self.failed += bool(faults)
        self.faults += faults

    def line(self) -> str:
        """Return the row as a line of markdown."""
        cells = (self.what, self.tried, self.tried - self.failed, self.failed, f"{self.seconds:.0f}", self.note)
        return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |"


def report(rows: Iterable[Row], *, machine: str, arguments: str) -> str:
    """Return the table with the machine, and below it the faults that were found, the same ones once."""
    rows = list(rows)
    now = datetime.datetime.now(tz=datetime.UTC)
    lines = [
        "# Torture: the last long run",
        "",
        "`make torture` writes this page; what each row means stands in [reliability](reliability.md).",
        "",
        f"Machine: {machine}; load average {os.getloadavg()[0]:.1f}; {now:%Y-%m-%d %H:%M} UTC; `{arguments}`.",
        "",
        "| what | tried | survived | faults | seconds | |",
        "|---|---:|---:|---:|---:|---|",
        *(row.line() for row in rows),
    ]
    for row in rows:
        if row.faults:
            lines += ["", f"{row.what}:", ""]
            lines += [f"- {text.replace('<', '&lt;')} ({n})" for text, n in Counter(row.faults).most_common(40)]
    return "\n".join(lines) + "\n"
