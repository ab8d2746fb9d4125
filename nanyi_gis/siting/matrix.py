"""A cost matrix from a table: a row a client and a column a site, or a row a pair."""

import os

import numpy as np
import pandas as pd

from .._validation import numbers
from ..errors import DataError
from ..io import read_table
from .inputs import listed
from .labels import rearmed

_PAIRS = {"client": ("client", "origin"), "site": ("site", "destination"), "cost": ("cost", "minutes")}
_SCENARIO = "scenario"
_TRUE, _FALSE = {"true"}, {"false"}


def read_cost_matrix(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Return the cost matrix in a CSV, clients as rows and sites as columns; labels are text.

    The file is wide: the first column names the clients, the header the sites, and a cell holds a number, ``inf`` for
    out of reach, or all cells ``true`` and ``false``. Or it is long: columns ``client`` (or ``origin``), ``site`` (or
    ``destination``) and ``cost`` (or ``minutes``), as ``od_minutes.csv`` of ``nanyi-gis access`` with one scenario;
    there a pair that is missing, or whose cell is empty, is out of reach, and ``attrs["missing"]`` counts these.

    Raises
    ------
    DataError
        If it cannot be read, a client, site or pair is there twice or has no name, or a cell is no number of zero or
        more.

    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "pairs.csv"
    ...     _ = path.write_text("client,site,minutes\\nx,a,3\\ny,b,5\\n")
    ...     read_cost_matrix(path).to_dict()
    {'a': {'x': 3.0, 'y': inf}, 'b': {'x': inf, 'y': 5.0}}
    """
    table = read_table(path, what="costs", distinct=True)
    if not isinstance(table.index, pd.RangeIndex):
        raise DataError(f"{path} has rows with more cells than its header; name the column of clients, too")
    lower = {str(name).strip().casefold(): name for name in table.columns}
    found = {what: next((lower[name] for name in names if name in lower), None) for what, names in _PAIRS.items()}
    extra = set(table.columns) - set(found.values()) - {lower.get(_SCENARIO)}
    if None not in found.values() and not extra:
        return _long(table, found, lower.get(_SCENARIO), path)
    return _wide(table, path)


def _wide(table: pd.DataFrame, path: str | os.PathLike[str]) -> pd.DataFrame:
    if table.shape[1] < 2 or table.empty:
        raise DataError(
            f"{path} has {len(table)} clients (rows) and {table.shape[1] - 1} sites (columns); give at least one each"
        )
    clients = _names(table.iloc[:, 0], path, what="client")
    sites = _names(pd.Series(table.columns[1:], dtype=object), path, what="site")
    cells = table.iloc[:, 1:]
    cells = cells.set_axis(pd.Index(sites, name="site"), axis=1).set_axis(pd.Index(clients, name="client"), axis=0)
    _refuse_twice(cells, path)
    words = {str(cell).strip().casefold() for cell in cells.iloc[0]}
    if words <= _TRUE | _FALSE:
        return _marks(cells, path)
    try:
        values = cells.to_numpy(dtype=object).astype(np.float64)
    except ValueError:
        values = np.array([[np.nan]])
    if not np.isfinite(values).all() or (values < 0.0).any():  # cell by cell, to name the one that is wrong
        for site in sites:
            checked = numbers(cells[site].rename(f"column {site!r}"), name="cost", file=path, infinite=True)
            cells[site] = checked.to_numpy()
        values = cells.to_numpy(dtype=np.float64)
    return pd.DataFrame(values, index=cells.index, columns=cells.columns)


def _marks(cells: pd.DataFrame, path: str | os.PathLike[str]) -> pd.DataFrame:
    words = cells.map(lambda cell: str(cell).strip().casefold())
    odd = ~words.isin(_TRUE | _FALSE)
    if odd.to_numpy().any():
        row, column = np.argwhere(odd.to_numpy())[0]
        raise DataError(
            f"{path}: cell of {cells.index[row]} at {cells.columns[column]} is {cells.iloc[row, column]!r}, but "
            " the first row is true and false; write true or false in each"
        )
    return pd.DataFrame(words.isin(_TRUE), index=cells.index, columns=cells.columns)


def _long(
    table: pd.DataFrame, names: dict[str, str | None], scenario: str | None, path: str | os.PathLike[str]
) -> pd.DataFrame:
    if table.empty:
        raise DataError(f"{path} has no pair of client and site; give at least one")
    known = [] if scenario is None else list(dict.fromkeys(table[scenario]))
    if len(known) > 1:
        raise DataError(f"{path} has several scenarios ({listed(pd.Index(known))}); keep the rows of one")
    clients = _names(table[names["client"]], path, what="client")
    sites = _names(table[names["site"]], path, what="site")
    costs = numbers(table, names["cost"], name="cost", file=path, empty=True, infinite=True).to_numpy()
    pairs = pd.MultiIndex.from_arrays([clients, sites], names=["client", "site"])
    if pairs.has_duplicates:
        client, site = pairs[pairs.duplicated()][0]
        raise DataError(f"{path} has client {client!r} and site {site!r} twice; give each pair one cost")
    own_clients, own_sites = pd.Index(clients), pd.Index(sites)
    rows, columns = own_clients.unique().rename("client"), own_sites.unique().rename("site")
    values = np.full((len(rows), len(columns)), np.inf)
    values[rows.get_indexer(own_clients), columns.get_indexer(own_sites)] = np.where(np.isnan(costs), np.inf, costs)
    matrix = pd.DataFrame(values, index=rows, columns=columns)
    matrix.attrs["missing"] = values.size - int(np.count_nonzero(~np.isnan(costs)))
    return matrix


def _names(cells: pd.Series, path: str | os.PathLike[str], *, what: str) -> list[str]:
    found = [rearmed(str(cell).strip()) for cell in cells]
    if "" in found:
        raise DataError(f"{path}: {what} {found.index('') + 1} has no name; fill it")
    return found


def _refuse_twice(cells: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    for labels, what in ((cells.index, "client"), (cells.columns, "site")):
        if labels.has_duplicates:
            raise DataError(f"{path} has {what} {labels[labels.duplicated()][0]!r} twice; give each {what} one name")


def fitted(matrix: pd.DataFrame, clients: pd.Index, sites: pd.Index, *, name: str = "the matrix") -> pd.DataFrame:
    """Return the part of a matrix that belongs to some clients and sites, in their order.

    ``name`` is what the matrix is called in messages.

    Raises
    ------
    DataError
        If it lacks one of them; where it has it on its other side, the message says that it looks transposed.

    >>> matrix = pd.DataFrame({"a": [1.0], "b": [2.0]}, index=["x"])
    >>> fitted(matrix, pd.Index(["a", "b"]), pd.Index(["x"]))
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: the matrix has no row for client a, b, but columns: it looks transposed; turn it
    """
    for wanted, own, other, what, side in (
        (clients, matrix.index, matrix.columns, "row for client", "columns"),
        (sites, matrix.columns, matrix.index, "column for site", "rows"),
    ):
        missing = wanted.difference(own, sort=False)
        if len(missing):
            turned = missing.isin(other).all()
            cure = f", but {side}: it looks transposed; turn it" if turned else "; name them as the matrix does"
            raise DataError(f"{name} has no {what} {listed(missing)}{cure}")
    return matrix.reindex(index=clients, columns=sites)


__all__ = ["fitted", "read_cost_matrix"]
