"""The names of features: one list of columns that hold them, whatever their case."""

import math
import re
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from ...errors import ParameterError

NAME_COLUMNS = (
    *("name_zh", "name", "名称", "乡镇", "乡镇名称", "乡镇名", "乡", "镇", "村", "村名", "街道"),
    *("县", "县名", "县级", "县区", "区县", "区", "市", "地名", "行政区名称", "行政区"),
    *("xzqmc", "xzmc", "zldwmc", "qsdwmc", "mc", "xzq_mc", "xiangzhen"),
    *("township", "town", "village", "county", "district", "name_en", "name_cn"),
)
"""Columns that hold names, first the one that is taken first; their case does not matter."""

# labels that speak of names where none of the list is there: NAME_3, NAM, 镇名, 街道名称, 乡镇(街道), name:zh, 标题
_LIKE_A_NAME = re.compile(r"name|^nam$|^nam_|mc$|^title$|^adm\d_(?:zh|en|cn)$|名|标题|乡|镇|街道|村|县|区|社区")
_UNLIKE_A_NAME = re.compile(r"filename|username|编码|代码|编号|面积|人口|数$|数量|类型|等级|code|^id|id$|类别|备注")
_BLANKS = {"null", "<null>", "none", "nan", "<na>"}  # what other programs write for a missing text
_NO_NAME = "no name"


def name_column(frame: pd.DataFrame) -> str | None:
    """Return the column that holds the names: the first of :data:`NAME_COLUMNS` with a value, None without one.

    Where none of them is there, of the columns of text whose label speaks of names the one that tells most features
    apart, as NAME_3 does beside NAME_1.

    >>> name_column(pd.DataFrame({"XZQMC": ["叙永县"], "Name": [""]}))
    'XZQMC'
    """
    geometry = frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None
    known: dict[str, str] = {}
    for label in frame.columns:
        if isinstance(label, str) and label != geometry:
            known.setdefault(label.strip().casefold(), label)
    there = [known[name] for name in NAME_COLUMNS if name in known]
    filled = (label for label in there if any(_name(value) for value in frame[label]))
    return next(filled, there[0] if there else _telling_column(frame, known))


def _telling_column(frame: pd.DataFrame, known: Mapping[str, str]) -> str | None:
    """Return the column of text, of those whose label speaks of names, with most different values; None without one."""
    found: dict[str, int] = {}
    for lower, label in known.items():
        if _LIKE_A_NAME.search(lower) and not _UNLIKE_A_NAME.search(lower):
            texts = {_name(value) for value in frame[label] if isinstance(value, str)} - {""}
            found[label] = sum(1 for text in texts if not _is_number(text))
    best = max(found, key=lambda label: found[label], default=None)
    return best if best is not None and found[best] else None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def names_of(frame: pd.DataFrame, *, column: str | None = None) -> "pd.Series[str]":
    """Return the name of each feature as text; what has none stays by itself as ``no name 1``, ``no name 2``.

    Parameters
    ----------
    frame : DataFrame
        Features with attributes.
    column : str, optional
        The column of names; by default that of :func:`name_column`, or the index where there is none.

    Returns
    -------
    Series of str
        Named ``name``, with the frame's index. Equal names stay equal.

    Raises
    ------
    ParameterError
        If there is no column of that name.

    >>> names_of(pd.DataFrame({"MC": ["太平", None, 510524.0, " "]})).tolist()
    ['太平', 'no name 1', '510524', 'no name 2']
    """
    if column is not None and column not in frame.columns:
        known = ", ".join(str(label) for label in frame.columns)
        raise ParameterError(f"there is no column {column!r} of names; columns are: {known}")
    chosen = column if column is not None else name_column(frame)
    given = frame.index.tolist() if chosen is None else frame[chosen].tolist()
    names = [_name(value) for value in given]
    taken, number = set(names), 0
    for place, name in enumerate(names):
        if name:
            continue
        number += 1
        while f"{_NO_NAME} {number}" in taken:
            number += 1
        names[place] = f"{_NO_NAME} {number}"
    return pd.Series(names, index=frame.index, name="name", dtype=object)


def _name(value: object) -> str:
    """Return a value as a name, empty if it is none."""
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, float | np.floating):
        number = float(value)
        if math.isnan(number):
            return ""
        return str(int(number)) if number.is_integer() else str(value)
    text = " ".join(str(value).split())
    return "" if text.casefold() in _BLANKS else text
