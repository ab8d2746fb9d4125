"""The words of a column of tags: each distinct value is read once, however many rows repeat it."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

YES = frozenset({"yes", "true", "1", "y", "t", "是", "有"})
NO = frozenset({"no", "false", "0", "n", "f", "none", "否", "无", "非"})
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "oneway": ("单行", "单向", "单行线", "单行道", "是否单行", "是否单向"),
    "maxspeed": ("限速", "限速值"),
    "status": ("状态", "建设状态"),
    "bridge": ("桥梁", "是否桥梁"),
    "tunnel": ("隧道", "是否隧道"),
}
_SHORT = 10  # the longest name of a column in a Shapefile
_SHOWN = 5


@dataclass(frozen=True)
class Words:
    """A code a row, and the distinct words that the codes stand for; an empty cell is ``""``."""

    column: str
    codes: Ints
    distinct: tuple[str, ...]

    def text(self) -> npt.NDArray[np.object_]:
        """Return the word of each row."""
        return self.map(lambda word: word, dtype=object)

    def map(self, meaning: Callable[[str], Any], *, dtype: Any) -> npt.NDArray[Any]:
        """Return the meaning of the word of each row; a meaning is asked for once a distinct word."""
        values = np.empty(len(self.distinct), dtype=dtype)
        for place, word in enumerate(self.distinct):
            values[place] = meaning(word)
        return values[self.codes]

    def told(self, odd: Callable[[str], bool], what: str, *, rows: Bools | None = None) -> list[str]:
        """Return a note for each odd word (the most frequent five), with how many rows have it."""
        codes = self.codes if rows is None else self.codes[rows]
        counts = np.bincount(codes, minlength=len(self.distinct))
        met = [(int(n), word) for word, n in zip(self.distinct, counts, strict=True) if n and word and odd(word)]
        met.sort(key=lambda pair: (-pair[0], pair[1]))
        notes = [f"{self.column} {word!r} {count} ({what})" for count, word in met[:_SHOWN]]
        if len(met) > _SHOWN:
            rest = sum(count for count, _ in met[_SHOWN:])
            notes.append(f"{self.column}: {len(met) - _SHOWN} more words in {rest} lines ({what})")
        return notes


def words_of(lines: pd.DataFrame, *names: str) -> Words | None:
    """Return the words of the first of these columns that is there; None if there is none.

    Blanks around a word, and full-width letters, are made plain; upper and lower case stay. The name of a column may
    be in capitals, have ``_`` for ``:`` as in databases, be cut after ten letters as in a Shapefile, or be Chinese.

    >>> words_of(pd.DataFrame({"ONEWAY": [" Yes", None, -1.0]}), "oneway").text().tolist()
    ['Yes', '', '-1']
    """
    values = column_of(lines, *names)
    return None if values is None else words_in(values)


def column_of(lines: pd.DataFrame, *names: str) -> "pd.Series[Any] | None":
    """Return the first of these columns that is there, under the name asked for; see :func:`words_of`."""
    geometry = lines.geometry.name if isinstance(lines, gpd.GeoDataFrame) else None
    columns = {str(label): place for place, label in reversed(list(enumerate(lines.columns))) if label != geometry}
    plain = {_plain(label): place for label, place in reversed(columns.items())}
    for name in names:
        asked = _plain(name)
        cut = (asked[:_SHORT],) if len(asked) > _SHORT else ()
        found = next((label for label in (asked, *cut, *_ALIASES.get(name, ())) if label in plain), None)
        if name in columns or found is not None:
            return lines.iloc[:, columns[name] if name in columns else plain[str(found)]].rename(name)
    return None


def _plain(label: str) -> str:
    return label.strip().lower().replace(":", "_").replace(".", "_")


def words_in(values: "pd.Series[Any]") -> Words:
    """Return the words of a column."""
    try:
        codes, found = pd.factorize(values)
    except TypeError:  # lists have no hash
        flat = np.empty(len(values), dtype=object)
        flat[:] = [_flat(value) for value in values]
        codes, found = pd.factorize(pd.Series(flat, dtype=object))
    texts = [*[_text(value) for value in found], ""]
    distinct = tuple(dict.fromkeys(texts))
    number = {word: place for place, word in enumerate(distinct)}
    renumbered = np.array([number[text] for text in texts], dtype=np.int64)
    return Words(str(values.name), renumbered[codes], distinct)  # an empty cell has the code -1: the last


def _flat(value: Any) -> Any:
    if isinstance(value, list | tuple | set | np.ndarray):
        return ";".join(_text(item) for item in np.asarray(list(value), dtype=object).ravel())
    return value if value.__hash__ is not None else str(value)


def _text(value: Any) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if re.fullmatch(r"[+-]?\d+\.0+", text):
        text = text.split(".")[0]
    return "" if text.lower() in {"nan", "<na>", "null"} else text


def items(word: str) -> tuple[str, ...]:
    """Return the words of a list: OSM's ``a;b``, ``a|b``, or a list that a file format has turned into text.

    >>> items("['primary', 'residential']"), items("50; 70"), items("yes"), items("")
    (('primary', 'residential'), ('50', '70'), ('yes',), ())
    """
    inner = word.strip().strip("[](){}")
    parts = (part.strip().strip("'\"").strip() for part in re.split(r"[;|,]", inner))
    return tuple(part for part in parts if part)


def flag(word: str) -> bool | None:
    """Return whether a word means yes, None if it means neither.

    >>> flag("T"), flag("否"), flag(""), flag("perhaps")
    (True, False, False, None)
    """
    low = word.lower()
    return True if low in YES else False if low in NO or not low else None
