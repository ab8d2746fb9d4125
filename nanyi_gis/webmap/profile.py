"""The record of an elevation profile, which a page draws under its map and links with it both ways."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .._validation import numbers
from ..errors import DataError, ParameterError
from .vectors import DECIMALS, layer_data, plain, value_text

_NEEDED = ("branch", "m", "z", "lon", "lat")


def profile_record(
    table: pd.DataFrame,
    *,
    title: str,
    names: Mapping[Any, str] | None = None,
    marks: pd.DataFrame | None = None,
    stretches: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Return what a page says of a profile: branches in the order of the table, with their stations.

    Parameters and errors are those of :meth:`nanyi_gis.webmap.Page.add_profile`.

    >>> table = pd.DataFrame({"branch": 1, "m": [0, 50], "z": [400, 402.5], "lon": [105, 105.0005], "lat": 28.0})
    >>> record = profile_record(table, title="Road", names={1: "to the ferry"})
    >>> record["meta"]["branches"], record["data"]["h"], record["data"]["xy"]
    ([['to the ferry', 2]], [4000, 4025], [10500000, 2800000, 50, 0])
    """
    _refuse_without(table, _NEEDED, name="the profile")
    if table.empty:
        raise DataError("the profile has no rows; give the stations of at least one branch")
    branches = list(dict.fromkeys(plain(branch) for branch in table["branch"]))
    number = {branch: i for i, branch in enumerate(branches)}
    owner = np.array([number[plain(branch)] for branch in table["branch"]])
    rows = table.iloc[np.argsort(owner, kind="stable")]
    owner = np.sort(owner)
    metres, lon, lat = (_column(rows, column) for column in ("m", "lon", "lat"))
    heights = _column(rows, "z", empty=True)
    if (falls := (np.diff(metres) < 0) & (np.diff(owner) == 0)).any():
        at = int(np.flatnonzero(falls)[0])
        raise DataError(
            f"the profile falls from {metres[at]:g} to {metres[at + 1]:g} m along branch {branches[owner[at]]!r}; "
            "sort its rows by m"
        )
    whole = np.rint(np.c_[lon, lat] * 10**DECIMALS).astype(np.int64)
    data: dict[str, Any] = {
        "c": [],
        "m": np.rint(metres).astype(int).tolist(),
        "h": _tenths(heights),
        "xy": np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel().tolist(),
    }
    if "grade" in rows:
        data["grade"] = _tenths(_column(rows, "grade", empty=True))
    if "over" in rows:
        data["over"] = rows["over"].fillna(False).astype(int).tolist()
    texts: dict[str, Any] = {}
    if "span" in rows:
        spans = [value_text(span, lang="en") for span in rows["span"]]
        texts["spans"] = list(dict.fromkeys(span for span in spans if span))
        data["span"] = [texts["spans"].index(span) if span else -1 for span in spans]
    counts = np.bincount(owner, minlength=len(branches)).tolist()
    called = [str((names or {}).get(branch, branch)) for branch in branches]
    meta = {
        "name": str(title),
        "branches": [list(pair) for pair in zip(called, counts, strict=True)],
        "marks": _along(marks, ("m",), number, name="the marks of the profile"),
        "stretches": _along(stretches, ("from_m", "to_m"), number, name="the stretches of the profile"),
    }
    return {"meta": meta, "texts": texts, "data": layer_data(data)}


def _along(
    table: pd.DataFrame | None, columns: tuple[str, ...], number: Mapping[Any, int], *, name: str
) -> list[list[Any]]:
    """Return branch number, whole metres and name of each row."""
    if table is None or table.empty:
        return []
    _refuse_without(table, ("branch", *columns, "name"), name=name)
    if unknown := [branch for branch in map(plain, table["branch"]) if branch not in number]:
        raise DataError(f"{name} name branch {unknown[0]!r}, but the profile has: {', '.join(map(str, number))}")
    metres = [np.rint(numbers(table, column, name=name).to_numpy()).astype(int).tolist() for column in columns]
    return [
        [number[plain(branch)], *at, value_text(text, lang="en")]
        for branch, text, *at in zip(table["branch"], table["name"], *metres, strict=True)
    ]


def _column(table: pd.DataFrame, column: str, *, empty: bool = False) -> npt.NDArray[np.float64]:
    least = 0.0 if column == "m" else None
    return numbers(table, column, name=f"the profile's {column}", least=least, empty=empty).to_numpy(dtype=float)


def _tenths(values: npt.NDArray[np.float64]) -> list[int | None]:
    return [round(10 * float(value)) if np.isfinite(value) else None for value in values]


def _refuse_without(table: pd.DataFrame, columns: tuple[str, ...], *, name: str) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise ParameterError(f"{name} has no column {missing[0]!r}; it needs: {', '.join(columns)}")
