"""The files of a result: two tables to read, and one file from which its proof can be made again anywhere."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import ParameterError
from ..io import csv_text, staged, write_csv, write_text
from .labels import plain, text_of, texts
from .result import Siting

SITING_FILES = ("sites.csv", "assignment.csv", "result.json")
"""Names of the files that :func:`write_siting` writes."""

COST_FILE = "cost.csv"
"""Name of the matrix beside them, where it is written too."""

FORMAT = "nanyi_gis siting 1"
_DIGITS = 6


def write_siting(
    result: Siting,
    out: str | os.PathLike[str],
    *,
    regret: pd.Series | None = None,
    curve: pd.DataFrame | None = None,
    cost: pd.DataFrame | None = None,
    site_columns: pd.DataFrame | None = None,
    client_columns: pd.DataFrame | None = None,
) -> list[Path]:
    """Write a result into a folder, all files or none, and return their paths.

    ``sites.csv`` and ``assignment.csv`` are ``result.sites`` and ``result.assignment``, to six decimals.
    ``result.json`` has the question (weights, rules, radius), the answer, its bound and the certificate in full
    precision; no clock is in any of them. :func:`read_siting` reads them back.

    Parameters
    ----------
    result : Siting
        What a function of this room returned.
    out : path
        The folder; made if it is not there.
    regret : Series, optional
        By site, as of :func:`regret`; a column of ``sites.csv``, which is empty without it.
    curve : DataFrame, optional
        As of :func:`price_of_more`; goes into ``result.json``.
    cost : DataFrame, optional
        The matrix; goes into ``cost.csv``, as :func:`read_cost_matrix` reads it, in full precision.
    site_columns, client_columns : DataFrame, optional
        What else the tables are to say of sites and clients, by label: names, coordinates.

    Returns
    -------
    list of Path

    Raises
    ------
    ParameterError
        If two labels look the same in a table, or a column is there already.
    OutputError
        If they cannot be written.

    >>> import tempfile
    >>> from nanyi_gis.siting import p_median, read_siting, verify
    >>> matrix = pd.DataFrame({"a": [0, 4, 9], "b": [4, 0, 5], "c": [9, 5, 0]}, index=["x", "y", "z"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = write_siting(p_median(matrix, p=2), folder)
    ...     verify(read_siting(folder), matrix).optimal
    True
    """
    folder = Path(out)
    sites = _sites(result, regret, site_columns)
    assignment = _assignment(result, client_columns)
    text = _json(result, curve)
    with staged(folder) as stage:
        write_csv(sites, stage / SITING_FILES[0], digits=_DIGITS)
        write_csv(assignment, stage / SITING_FILES[1], digits=_DIGITS)
        write_text(stage / SITING_FILES[2], text)
        if cost is not None:
            write_text(stage / COST_FILE, cost_text(cost))
    return [folder / name for name in (*SITING_FILES, *(() if cost is None else (COST_FILE,)))]


def cost_text(cost: pd.DataFrame) -> str:
    """Return a matrix as CSV, numbers in full precision: a row a client, a column a site.

    >>> cost_text(pd.DataFrame({"a": [0.1, np.inf]}, index=["x", "y"]))
    'client,a\\nx,0.1\\ny,inf\\n'
    """
    table = cost.copy()
    table.columns = pd.Index(texts(cost.columns, what="site"))
    table.insert(0, "client", texts(cost.index, what="client"), allow_duplicates=True)
    return csv_text(table)


def _sites(result: Siting, regret: pd.Series | None, more: pd.DataFrame | None) -> pd.DataFrame:
    table = result.sites.copy()
    if regret is not None or "regret" not in table:
        series = pd.Series(dtype=np.float64) if regret is None else regret
        known = dict(zip(series.index.tolist(), series.tolist(), strict=True))
        table["regret"] = [float(known.get(label, np.nan)) for label in table.index]
    table["group"] = [text_of(group) for group in table["group"]]
    return _led(table, "site", texts(table.index, what="site"), more)


def _assignment(result: Siting, more: pd.DataFrame | None) -> pd.DataFrame:
    table = result.assignment.copy()
    table["site"] = [
        None if none else text_of(site) for site, none in zip(table["site"], table["site"].isna(), strict=True)
    ]
    texts(table.index.unique(), what="client")
    return _led(table, "client", [text_of(label) for label in table.index], more)


def _led(table: pd.DataFrame, what: str, names: list[str], more: pd.DataFrame | None) -> pd.DataFrame:
    """Return a table that begins with its labels and what else is told of them."""
    front: dict[str, Any] = {what: names}
    if more is not None:
        twice = [name for name in more.columns if name in table or name == what]
        if twice:
            raise ParameterError(f"column {twice[0]!r} is in the table of {what}s already; call it otherwise")
        front |= {str(name): more[name].reindex(table.index).to_numpy() for name in more.columns}
    return pd.concat([pd.DataFrame(front), table.reset_index(drop=True)], axis=1)


def _json(result: Siting, curve: pd.DataFrame | None) -> str:
    """Return all that a proof needs, a line an entry, and a line a node of the certificate."""
    given, certificate = result.given, result.certificate
    single = len(given.choice.counts) == 1
    places = {name: at for at, name in enumerate(given.choice.counts)}
    question = {
        "fixed": _labels(given.choice.fixed),
        "closed": _labels(given.choice.closed),
        "quotas": [[plain(name), number] for name, number in given.choice.counts.items()],
        "groups": None if single else [places[name] for name in given.choice.group],
        "radius": _number(given.radius),
        "strict": given.strict,
        "second": given.second,
        "weights": _numbers(given.weights),
        "site_costs": _numbers(given.fee) if given.fee.any() else None,
        "capacity": None if given.capacity is None else _numbers(given.capacity),
    }
    nodes = [
        {"parent": node.parent, "site": node.site, "inside": bool(node.inside), "prices": _vectors(node.prices)}
        for node in certificate.nodes
    ]
    record = {
        "format": FORMAT,
        "model": result.model,
        "chosen": _labels(result.chosen),
        "p": len(result.chosen),
        "cost": _number(result.cost),
        "bound": _number(result.bound),
        "gap": _number(result.gap),
        "optimal": result.optimal,
        "proof": result.proof,
        "stopped": result.stopped,
        "unserved": _labels(result.unserved),
        "clients": _labels(result.assignment.index.unique()),
        "sites": _labels(result.sites.index),
        **({} if curve is None else {"curve": _rows(curve)}),
        "given": question,
        "certificate": {
            "clients": np.asarray(certificate.clients).tolist(),
            "dominated": [[int(site), int(by)] for site, by in certificate.dominated],
            "nodes": nodes,
        },
    }
    return _lines(record) + "\n"


def _lines(record: Any, depth: int = 2) -> str:
    """Return JSON with the entries of the outer levels on lines of their own, and nothing else spread out."""
    if depth and isinstance(record, dict) and record:
        entries = [f"{_compact(key)}: {_lines(value, depth - 1)}" for key, value in record.items()]
        return "{\n" + ",\n".join(entries) + "\n}"
    if isinstance(record, list) and record and isinstance(record[0], dict):
        return "[\n" + ",\n".join(map(_compact, record)) + "\n]"
    return _compact(record)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _labels(labels: Iterable[Any]) -> list[Any]:
    return [plain(label) for label in labels]


def _number(value: float) -> float | None:
    """Return a number as JSON holds it; what has no end becomes null."""
    return float(value) if np.isfinite(value) else None


def _numbers(values: npt.NDArray[Any]) -> list[int | float | None]:
    """Return numbers as JSON holds them, whole ones without a point."""
    return [int(v) if v.is_integer() and abs(v) < 2.0**53 else _number(v) for v in map(float, values.tolist())]


def _vectors(prices: Iterable[npt.NDArray[Any]]) -> list[list[int | float | None]]:
    return [_numbers(np.asarray(vector)) for vector in prices]


def _rows(curve: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for p, row in zip(curve.index.tolist(), curve.to_dict("records"), strict=True):
        found = {str(name): _labels(v) if isinstance(v, tuple) else _number(v) for name, v in row.items()}
        rows.append({"p": int(p), **found})
    return rows


__all__ = ["COST_FILE", "FORMAT", "SITING_FILES", "cost_text", "write_siting"]
