"""TOML and JSON files as plain mappings; whatever is wrong with one is a ``DataError`` of one line."""

import json
import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import DataError
from .disk import check_no_pipe

DEEPEST = 64
"""Levels of nesting that a file may have; ours have four, and what validates them calls itself once a level."""


def read_toml(path: str | os.PathLike[str], *, what: str = "file") -> dict[str, Any]:
    """Return the content of a TOML file.

    Parameters
    ----------
    path : path-like
        The file, UTF-8 with or without a byte order mark.
    what : str
        What the file is to the user, e.g. ``"crop file"``; stands in the messages.

    Raises
    ------
    DataError
        If the file is missing, a folder, not UTF-8, no TOML, or nested deeper than any record is.

    >>> read_toml("no such.toml", what="crop file")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: no file no such.toml; check the path
    """
    return _read(path, tomllib.loads, kind="TOML", what=what)


def read_mapping(path: str | os.PathLike[str], *, what: str = "file") -> dict[str, Any]:
    """Return the content of a file that may be TOML or, by its ending ``.json``, JSON; else as :func:`read_toml`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "own.json"
    ...     _ = path.write_text('{"year": 2025}')
    ...     read_mapping(path)
    {'year': 2025}
    """
    parse = json.loads if Path(path).suffix.lower() == ".json" else tomllib.loads
    return _read(path, parse, kind="TOML or JSON", what=what)


def _read(path: str | os.PathLike[str], parse: Callable[[str], Any], *, kind: str, what: str) -> dict[str, Any]:
    name = os.fspath(path)
    check_no_pipe(path)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"no file {name}; check the path") from None
    except IsADirectoryError:
        raise DataError(f"{name} is a folder, but must be a {what}; name a file in it") from None
    except UnicodeDecodeError as error:
        byte = f"byte {error.start} is 0x{error.object[error.start]:02x}"
        raise DataError(f"{name} is no valid {kind}, for it is no UTF-8 text ({byte}); save it as UTF-8") from error
    except (OSError, ValueError) as error:  # a path with a NUL is a ValueError
        raise DataError(f"cannot read the {what} {name!r} ({error}); check the path and its permissions") from error
    try:
        content = parse(text)
    except RecursionError as error:
        raise DataError(_too_deep(name, what)) from error
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise DataError(f"{name} is no valid {kind} ({_line(error)}); correct the {what} there") from error
    except ValueError as error:  # Python refuses to turn thousands of digits into an integer
        raise DataError(f"{name} holds a number of too many digits; correct the {what}") from error
    if not isinstance(content, dict):
        raise DataError(f"{name} holds a {type(content).__name__}, but a {what} must hold keys with values")
    if _depth(content) > DEEPEST:
        raise DataError(_too_deep(name, what))
    return content


def _line(error: Exception) -> str:
    """Return the parser's words on one line, cut where they quote half the file."""
    return " ".join(str(error).split())[:200]


def _too_deep(name: str, what: str) -> str:
    return f"{name} is nested deeper than {DEEPEST} levels; no {what} is, correct it"


def _depth(content: object) -> int:
    """Return the levels of nesting, at most one more than are allowed; never calls itself."""
    level, depth = [content], 0
    while level and depth <= DEEPEST:
        groups = [item for item in level if isinstance(item, dict | list)]
        level = [part for item in groups for part in (item.values() if isinstance(item, dict) else item)]
        depth += bool(groups)
    return depth
