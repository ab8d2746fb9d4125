"""Every error that the package raises on purpose.

All derive from :class:`NanyiError`, so that a caller can catch the lot, and from the built-in
class a Python programmer would expect. A message is one line: the bad value, the rule it breaks,
and the cure. What a file holds stands in messages, so they are kept short and printable here, once
for all: a number of 100,000 digits, a name over three lines or one that moves the cursor harm nobody.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST = 500
"""Characters of a message; of a longer one the middle is left out, for the file stands in front and the cure behind."""


class NanyiError(Exception):
    """Base of all errors raised on purpose; the command line turns it into exit status 2.

    >>> print(NanyiError("a name over\\ntwo lines, and one that \\x1b[31mpaints"))
    a name over two lines, and one that \\x1b[31mpaints
    >>> len(str(NanyiError("1" * 100_000)))
    500
    """

    def __str__(self) -> str:
        text = super().__str__()
        if len(text) > LONGEST:
            text = f"{text[: LONGEST - 205]} ... {text[-200:]}"
        if text.isprintable():
            return text
        return "".join(sign if sign.isprintable() else _shown(sign) for sign in text)


def _shown(sign: str) -> str:
    """Return a sign that does not print as one that does: white space as a blank, others by their number.

    >>> _shown("\\n"), _shown("\\u202e")
    (' ', '\\\\u202e')
    """
    return " " if sign.isspace() else sign.encode("unicode_escape").decode("ascii")


@contextmanager
def naming(path: str | os.PathLike[str] | None) -> Iterator[None]:
    """Put the name of a file before messages of the block that do not name it; none if there is no file.

    >>> with naming("a/roads.shp"):
    ...     raise ParameterError("unknown road class 'x'")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: a/roads.shp: unknown road class 'x'
    """
    try:
        yield
    except NanyiError as error:
        if path is None or os.path.basename(os.fspath(path)) in str(error):  # noqa: PTH119 (paths as text too)
            raise
        raise type(error)(f"{os.fspath(path)}: {error}") from error


class ParameterError(NanyiError, ValueError):
    """An argument, option or parameter file holds a value that the rule does not allow."""


class DataError(NanyiError, ValueError):
    """A file or an object given as data cannot be used as what it was given for."""


class DatumError(DataError):
    """Coordinates look as if they were on another datum (GCJ-02, BD-09) than declared."""


class OutputError(NanyiError, OSError):
    """A result could not be written; nothing half-written is left behind."""


class MissingExtraError(NanyiError, ImportError):
    """An optional dependency is needed for what was asked; the message names the extra."""


class FetchError(NanyiError, RuntimeError):
    """A file did not come over the network; what came of it is kept, and nothing half-used."""
