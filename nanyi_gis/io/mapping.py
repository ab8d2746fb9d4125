"""TOML and JSON files as plain mappings; whatever is wrong with one is a ``DataError`` of one line."""

import json
import math
import os
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from .._limits import hold
from ..errors import DataError, ParameterError
from .disk import check_no_pipe

DEEPEST = 64
"""Levels of nesting that a file may have; ours have four, and what validates them calls itself once a level."""

MOST_BYTES = 3_000_000
"""Bytes of a file of parameters; the longest of ours has 114 kB."""

LONGEST_TEXT = 100_000
"""Characters of a text within it."""

_MOST_DIGITS = 309  # a float holds no larger number
_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_\\-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{DEEPEST}}}")
_PLAIN_KEY = re.compile(r"[\w.-]{1,60}")
_SURROGATE = re.compile("[\ud800-\udfff]")


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
    return _read(path, _toml, kind="TOML", what=what)


def read_mapping(path: str | os.PathLike[str], *, what: str = "file", most: int = MOST_BYTES) -> dict[str, Any]:
    """Return the content of a file that may be TOML or, by its ending ``.json``, JSON; else as :func:`read_toml`.

    ``most`` is the number of bytes above which it is refused.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "own.json"
    ...     _ = path.write_text('{"year": 2025}')
    ...     read_mapping(path)
    {'year': 2025}
    """
    parse = _json if Path(path).suffix.lower() == ".json" else _toml
    return _read(path, parse, kind="TOML or JSON", what=what, most=most)


def known_keys(record: dict[str, Any], known: Collection[str], where: str, prefix: str, *, told: str = "") -> None:
    """Refuse keys of a table that nobody reads.

    Parameters
    ----------
    record : dict
        The table.
    known : collection of str
        The keys that are read.
    where, prefix : str
        The file, and what stands before the key in the message, e.g. ``"ridge."``.
    told : str
        The known keys in the message, where all of them would be too many.

    Raises
    ------
    ParameterError
        At the first unknown key.

    >>> known_keys({"width": 3}, {"width_m", "points"}, "mine.toml", "ridge.")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: mine.toml: key ridge.width is unknown; use one of: points, width_m
    """
    for key in record:
        if key not in known:
            shown = key if _PLAIN_KEY.fullmatch(key) else repr(key)[:60]
            raise ParameterError(
                f"{where}: key {prefix}{shown} is unknown; use one of: {told or ', '.join(sorted(known))}"
            )


def _read(
    path: str | os.PathLike[str], parse: Callable[[str], Any], *, kind: str, what: str, most: int = MOST_BYTES
) -> dict[str, Any]:
    name = os.fspath(path)
    hold_bytes(path, what=what, most=most)
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
        why = str(error) if isinstance(error, _OddValueError) else "a number of too many digits"
        raise DataError(f"{name} holds {why}; correct the {what}") from error
    if not isinstance(content, dict):
        raise DataError(f"{name} holds a {type(content).__name__}, but a {what} must hold keys with values")
    odd = _fault(content)
    if odd is not None:
        raise DataError(f"{name} holds {odd}; correct the {what}" if odd else _too_deep(name, what))
    return content


def hold_bytes(path: str | os.PathLike[str], *, what: str, most: int = MOST_BYTES) -> None:
    """Refuse a text file that is a pipe, or longer than what it is for ever is, before it is read."""
    check_no_pipe(path)
    size = _size(path)
    hold(f"{os.fspath(path)} has {size:,} bytes", size, most, cure=f"a {what} is shorter")


def _size(path: str | os.PathLike[str]) -> int:
    """Return the bytes of a file, 0 of what is none."""
    try:
        return Path(path).stat().st_size
    except (OSError, ValueError):
        return 0


class _OddValueError(ValueError):
    """What a parser takes and we do not, in words that follow ``holds``."""


def _toml(text: str) -> Any:
    if _LONG_KEY.search(text):  # the parser takes time by the square of the parts
        raise RecursionError
    return tomllib.loads(text, parse_float=_float)


def _json(text: str) -> Any:
    return json.loads(text, parse_float=_float, parse_constant=_constant, object_pairs_hook=_object)


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number) and "inf" not in text:
        raise _OddValueError(f"the number {_cut(text)}, which is larger than any that is reckoned with")
    return number


def _constant(text: str) -> float:
    raise _OddValueError(f"{text}, which is no number of JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, number in Counter(key for key, _ in pairs).items() if number > 1)
        raise _OddValueError(f"the key {_cut(twice)!r} twice in one place")
    return found


def _line(error: Exception) -> str:
    """Return the parser's words on one line, cut where they quote half the file."""
    return " ".join(str(error).split())[:200]


def _too_deep(name: str, what: str) -> str:
    return f"{name} is nested deeper than {DEEPEST} levels; no {what} is, correct it"


def _fault(content: object) -> str | None:
    """Return what no record of ours holds, in words; empty if it is nested too deeply. Never calls itself."""
    level = [content]
    for _ in range(DEEPEST + 1):
        for item in level:
            for scalar in (*item, item) if isinstance(item, dict) else (item,):
                found = _odd(scalar)
                if found:
                    return found
        groups = [item for item in level if isinstance(item, dict | list)]
        if not groups:
            return None
        level = [part for item in groups for part in (item.values() if isinstance(item, dict) else item)]
    return ""


def _odd(value: object) -> str:
    """Return what is wrong with a key or value that is no group, empty if nothing."""
    if isinstance(value, int) and value.bit_length() > 1023:
        return f"a number of too many digits (over {_MOST_DIGITS - 1})"
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            return f"a text of {len(value):,} characters (at most {LONGEST_TEXT:,} are taken)"
        if "\0" in value or _SURROGATE.search(value):
            return f"the text {_cut(value)!a} with a character that no text has"
    return ""


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}..."
