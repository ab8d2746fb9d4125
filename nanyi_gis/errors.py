"""Every error that the package raises on purpose.

All derive from :class:`NanyiError`, so that a caller can catch the lot, and from the built-in
class a Python programmer would expect. A message is one line: the bad value, the rule it breaks,
and the cure.
"""


class NanyiError(Exception):
    """Base of all errors raised on purpose; the command line turns it into exit status 2."""


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
