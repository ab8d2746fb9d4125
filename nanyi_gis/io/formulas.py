"""Texts that a spreadsheet would take for formulas, and how they are disarmed."""

import datetime
import numbers
import re
import unicodedata
from functools import lru_cache
from typing import Any

_SIGNS = frozenset("=+-@\u2212")  # and whatever Unicode holds for a form of these, e.g. full-width ones
_BREAKS = ("\t", "\r", "\n")
_QUOTES = frozenset("'\"`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2032\u2033\uff02\uff07")
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_NO_LETTERS = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Zs", "Zl", "Zp"})
_SEPARATOR = re.compile(r"([;\t\n])")  # of cells, where a comma before decimals has taken the comma's place
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*", re.ASCII)
_PLAIN = (numbers.Number, datetime.date, datetime.time, datetime.timedelta, type(None))


def disarmed(value: Any) -> Any:
    """Return a cell of a table so that no spreadsheet takes it for a formula.

    A text that begins with ``= + - @``, a full-width form of them, a tab or a line break, also behind blanks,
    quotes and characters that are not seen, gets an apostrophe before it, as OWASP advises (CSV injection).
    Numbers stay, also as text; so does a text that begins with an apostrophe. What follows a semicolon, a tab or
    a line break within a text is held to the same, for where these part the cells it would begin one. Line breaks
    become ``\\n``: a carriage return alone would end the row.

    >>> disarmed("=1+1"), disarmed(" ＝1"), disarmed("-3.5"), disarmed(-3.5), disarmed("古蔺-叙永"), disarmed("甲;=1")
    ("'=1+1", "' ＝1", '-3.5', -3.5, '古蔺-叙永', "甲;'=1")
    """
    if not isinstance(value, str):
        if isinstance(value, _PLAIN) or not is_formula(str(value)):
            return value
        value = str(value)
    first, *others = _SEPARATOR.split(value.replace("\r\n", "\n").replace("\r", "\n"))
    marked = [f"'{part}" if is_formula(part) and not _SEPARATOR.fullmatch(part) else part for part in others]
    return "".join([f"'{first}" if is_formula(value) else first, *marked])


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet may take a text for a formula, or for something else than a text.

    >>> is_formula("@SUM(A1)"), is_formula("+86 830"), is_formula("+86"), is_formula("'=1"), is_formula("")
    (True, True, False, False, False)
    """
    if text.startswith("'") or _NUMBER.fullmatch(text):
        return False
    if text.startswith(_BREAKS):
        return True
    first = next((letter for letter in text if not _unseen(letter)), "")
    return first != "" and _is_sign(first)


@lru_cache(maxsize=8192)  # a report has millions of cells, and few letters that begin one
def _is_sign(letter: str) -> bool:
    return unicodedata.normalize("NFKC", letter)[:1] in _SIGNS


@lru_cache(maxsize=8192)
def _unseen(letter: str) -> bool:
    return letter in _QUOTES or letter in _BLANK_LETTERS or unicodedata.category(letter) in _NO_LETTERS
