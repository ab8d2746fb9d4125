"""Labels of clients and sites in files: as JSON they come back as they were, in tables they are text."""

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np

from ..errors import ParameterError
from ..io import disarmed


def plain(label: Hashable) -> Any:
    """Return a label as JSON holds it: text and numbers as they are, a pair as a list, all else as text.

    >>> plain("a"), plain(np.int64(3)), plain(("village", 2))
    ('a', 3, ['village', 2])
    """
    if isinstance(label, tuple):
        return [plain(part) for part in label]
    if isinstance(label, np.integer | np.floating):
        label = label.item()
    if isinstance(label, str) or (isinstance(label, int) and not isinstance(label, bool)):
        return label
    return label if isinstance(label, float) and np.isfinite(label) else str(label)


def label_of(value: Any) -> Hashable:
    """Return the label that :func:`plain` wrote.

    >>> label_of(["village", 2])
    ('village', 2)
    """
    return tuple(label_of(part) for part in value) if isinstance(value, list) else value


def text_of(label: Hashable) -> str:
    """Return a label as a table shows it.

    >>> text_of(3), text_of(("village", "a"))
    ('3', 'village / a')
    """
    return " / ".join(map(text_of, label)) if isinstance(label, tuple) else str(plain(label))


def texts(labels: Iterable[Hashable], *, what: str) -> list[str]:
    """Return labels as a table shows them, each another text; only those that come back as they were.

    >>> texts([True], what="site")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: site True would come back as text; name sites by text or whole numbers
    >>> texts([1, "1"], what="site")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: two sites would be called '1' in a table; give each site another name
    """
    labels = list(labels)
    for label in labels:
        if label_of(plain(label)) != label:
            raise ParameterError(f"{what} {label} would come back as text; name {what}s by text or whole numbers")
    found = [text_of(label) for label in labels]
    known: set[str] = set()
    for text in found:
        if cell_of(text) in known:
            raise ParameterError(f"two {what}s would be called {text!r} in a table; give each {what} another name")
        known.add(cell_of(text))
    return found


def cell_of(text: str) -> str:
    """Return a text as a cell of a table holds it, which no spreadsheet takes for a formula."""
    return str(disarmed(text))


def rearmed(cell: str) -> str:
    """Return the text that :func:`cell_of` disarmed.

    >>> rearmed("'=A"), rearmed("'A")
    ('=A', "'A")
    """
    return cell[1:] if cell.startswith("'") and cell_of(cell[1:]) == cell else cell
