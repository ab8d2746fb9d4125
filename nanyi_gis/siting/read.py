"""Results read back from their files, each value held to what it must be."""

import os
from collections.abc import Collection, Hashable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .._validation import numbers
from ..errors import DataError
from ..io import known_keys, read_mapping, read_table
from .files import FORMAT, SITING_FILES
from .inputs import Choice
from .labels import cell_of, label_of, text_of
from .posed import BACKUP, COVERAGE, MODELS
from .result import Certificate, Given, Siting, gap_of
from .tree import Node

MOST_RESULT_BYTES = 100_000_000
"""Bytes of a result: the certificate of 3000 clients and 200 sites has 8 million."""

_RECORD = {
    *("format", "model", "chosen", "p", "cost", "bound", "gap", "optimal", "proof", "stopped", "unserved", "clients"),
    *("sites", "curve", "given", "certificate"),
}
_GIVEN = {"fixed", "closed", "quotas", "groups", "radius", "strict", "second", "weights", "site_costs", "capacity"}
_CERTIFICATE = {"clients", "dominated", "nodes"}
_NODE = {"parent", "site", "inside", "prices"}
_MARKS = {"True": True, "False": False}


def read_siting(path: str | os.PathLike[str]) -> Siting:
    """Read what :func:`write_siting` wrote, ready for :func:`verify`.

    Parameters
    ----------
    path : path
        The folder, or ``result.json`` in it; the tables lie beside it.

    Returns
    -------
    Siting
        Labels, weights, rules and certificate as they were, tables to six decimals; ``seconds`` is NaN.

    Raises
    ------
    DataError
        If a file is missing, damaged or no result, or the three do not belong together.
    ParameterError
        If ``result.json`` has keys that nobody reads.

    >>> read_siting("no such folder")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: no file no such folder; check the path
    """
    source = Path(path)
    file = source / SITING_FILES[2] if source.is_dir() else source
    record = read_mapping(file, what="result of siting", most=MOST_RESULT_BYTES)
    if record.get("format") != FORMAT:
        raise DataError(f"{file} is no result of siting; give the folder or the result.json that it was written to")
    result = _Reader(file, record).result()
    return _with_tables(result, file.parent)


class _Reader:
    """The record in one file; what is not as it must be is a DataError that names the file and the key."""

    def __init__(self, file: Path, record: dict[str, Any]) -> None:
        self.file, self.record = file, record
        known_keys(record, _RECORD, str(file), "")
        self.given = self.table(record, "given", _GIVEN)
        self.certificate = self.table(record, "certificate", _CERTIFICATE)
        self.clients = self.labels(record, "clients")
        self.sites = self.labels(record, "sites")
        for labels, key in ((self.clients, "clients"), (self.sites, "sites")):
            self.hold(bool(labels), key, "at least one label")

    def result(self) -> Siting:
        """Return the result without its tables."""
        record = self.record
        model = record.get("model")
        self.hold(model in MODELS, "model", f"one of {', '.join(MODELS)}")
        cost, bound = self.number(record, "cost"), self.number(record, "bound", none=self._worst(str(model)))
        chosen = self.labels(record, "chosen", of=self.sites)
        stopped = record.get("stopped")
        self.hold(isinstance(stopped, bool), "stopped", "true or false")
        found = Siting(
            model=str(model),
            chosen=chosen,
            cost=cost,
            bound=bound,
            gap=gap_of(cost, bound),
            stopped=bool(stopped),
            unserved=self.labels(record, "unserved", of=self.clients),
            sites=pd.DataFrame(index=_index(self.sites, "site")),
            assignment=pd.DataFrame(index=_index(self.clients, "client")),
            given=self.question(str(model)),
            certificate=self.proof(),
            seconds=float("nan"),
        )
        told = {"p": len(chosen), "gap": found.gap, "optimal": found.optimal, "proof": found.proof}
        for key, value in told.items():
            finite = None if isinstance(value, float) and not np.isfinite(value) else value
            self.hold(record.get(key) == finite, key, f"{finite!r}, as the rest of it says")
        return found

    @staticmethod
    def _worst(model: str) -> float:
        return np.inf if model in (COVERAGE, BACKUP) else -np.inf

    def question(self, model: str) -> Given:
        """Return what was asked."""
        given, count = self.given, len(self.sites)
        quotas = given.get("quotas")
        pairs = quotas if isinstance(quotas, list) else []
        fits = all(isinstance(one, list) and len(one) == 2 and _is_count(one[1], least=-1) for one in pairs)
        self.hold(bool(pairs) and fits, "quotas", "pairs of a group and a number")
        counts = {self.label(name, "quotas"): number for name, number in pairs}
        self.hold(len(counts) == len(pairs), "quotas", "another group each")
        names = list(counts)
        groups = given.get("groups")
        if groups is None:
            self.hold(len(names) == 1, "groups", "a number for each site")
            group: tuple[Hashable, ...] = (names[0],) * count
        else:
            group = tuple(names[at] for at in self.places(groups, "groups", most=len(names), count=count))
        strict = given.get("strict")
        self.hold(isinstance(strict, bool), "strict", "true or false")
        second = self.number(given, "second")
        self.hold(second <= 0.5, "second", "from 0 to 0.5")
        fee, capacity = given.get("site_costs"), given.get("capacity")
        must, shut = (self.labels(given, key, of=self.sites) for key in ("fixed", "closed"))
        return Given(
            model,
            self.vector(given.get("weights"), "weights", count=len(self.clients)),
            Choice(must, shut, group, counts),
            np.zeros(count) if fee is None else self.vector(fee, "site_costs", count=count),
            radius=self.number(given, "radius", none=np.inf),
            strict=bool(strict),
            capacity=None if capacity is None else self.vector(capacity, "capacity", count=count, none=np.inf),
            second=second,
        )

    def proof(self) -> Certificate:
        """Return the certificate: a tree in which each node comes behind its parent."""
        certificate, sites = self.certificate, len(self.sites)
        rows = self.places(certificate.get("clients"), "certificate.clients", most=len(self.clients))
        self.hold(all(a < b for a, b in pairwise(rows)), "certificate.clients", "rising numbers of rows")
        pairs = certificate.get("dominated")
        fits = isinstance(pairs, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in pairs)
        self.hold(fits, "certificate.dominated", "pairs of sites")
        flat = self.places([at for pair in pairs or [] for at in pair], "certificate.dominated", most=sites)
        given = certificate.get("nodes")
        self.hold(isinstance(given, list) and bool(given), "certificate.nodes", "a list of nodes")
        nodes = []
        for at, node in enumerate(given or []):
            where = f"certificate.nodes[{at}]"
            self.hold(isinstance(node, dict), where, "a table")
            known_keys(node, _NODE, str(self.file), f"{where}.")
            parent, site, inside = node.get("parent"), node.get("site"), node.get("inside")
            root = at == 0 and parent == -1 and site == -1
            child = at > 0 and _is_count(parent, most=at - 1) and _is_count(site, most=sites - 1)
            self.hold((root or child) and isinstance(inside, bool), where, "a node behind its parent, with its site")
            prices = node.get("prices")
            self.hold(isinstance(prices, list), f"{where}.prices", "lists of numbers")
            vectors = [self.vector(one, f"{where}.prices", count=len(rows), least=None) for one in prices or []]
            nodes.append(Node(int(parent), int(site), bool(inside), vectors))
        return Certificate(nodes, np.array(rows, dtype=np.int64), list(zip(flat[::2], flat[1::2], strict=True)))

    def hold(self, fine: bool, key: str, rule: str) -> None:
        """Refuse a record that breaks a rule."""
        if not fine:
            raise DataError(f"{self.file}: {key} must be {rule}; write the result anew, for this one was changed")

    def table(self, record: dict[str, Any], key: str, known: Collection[str]) -> dict[str, Any]:
        """Return a part that is a table with known keys."""
        part = record.get(key)
        self.hold(isinstance(part, dict), key, "a table")
        known_keys(dict(part or {}), known, str(self.file), f"{key}.")
        return dict(part or {})

    def label(self, value: Any, key: str) -> Hashable:
        """Return a label."""
        parts = value if isinstance(value, list) else [value]
        plain = all(isinstance(part, str | int | float) and not isinstance(part, bool) for part in parts)
        self.hold(plain and bool(parts), key, "labels: texts, numbers, or lists of these")
        return label_of(value)

    def labels(self, record: dict[str, Any], key: str, *, of: Sequence[Hashable] | None = None) -> tuple[Hashable, ...]:
        """Return different labels, some ``of`` others where these are given."""
        values = record.get(key)
        self.hold(isinstance(values, list), key, "a list of labels")
        found = tuple(self.label(value, key) for value in values or [])
        self.hold(len(set(found)) == len(found), key, "without a label twice")
        self.hold(of is None or set(found) <= set(of), key, "labels that it names among its sites or clients")
        return found

    def number(self, record: dict[str, Any], key: str, *, none: float | None = None) -> float:
        """Return a number of zero or more, ``none`` for null."""
        value = record.get(key)
        if value is None and none is not None:
            return none
        self.hold(_is_number(value) and value >= 0.0, key, "a number of zero or more")  # type: ignore[operator]
        return float(value)  # type: ignore[arg-type]

    def vector(
        self, values: Any, key: str, *, count: int, none: float | None = None, least: float | None = 0.0
    ) -> npt.NDArray[np.float64]:
        """Return so many numbers."""
        listed = values if isinstance(values, list) else [None]
        fits = len(listed) == count and all(_is_number(v) or (v is None and none is not None) for v in listed)
        self.hold(fits, key, f"{count} numbers")
        found = np.array([none if value is None else value for value in listed], dtype=np.float64)
        self.hold(least is None or bool((found >= least).all()), key, "numbers of zero or more")
        return found

    def places(self, values: Any, key: str, *, most: int, count: int | None = None) -> list[int]:
        """Return whole numbers from 0 to below ``most``."""
        fits = isinstance(values, list) and all(_is_count(value, most=most - 1) for value in values)
        self.hold(fits and count in (None, len(values or [])), key, f"whole numbers below {most}")
        return list(values or [])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: object, *, least: int = 0, most: int | None = None) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and value >= least and (most is None or value <= most)  # type: ignore[operator]


def _index(labels: Sequence[Hashable], name: str) -> pd.Index:
    return pd.Index(list(labels), name=name, tupleize_cols=False)


def _with_tables(result: Siting, folder: Path) -> Siting:
    """Return a result with the tables beside it, which must be its own."""
    sites = _table(folder / SITING_FILES[0], "site", ("chosen", "fixed", "closed"))
    cells = {cell_of(text_of(label)): label for label in result.sites.index}
    chosen = [cells.get(cell) for cell, mark in zip(sites["site"], sites["chosen"], strict=True) if mark]
    own = list(cells) == sites["site"].tolist() and chosen == list(result.chosen)
    _refuse_foreign(own, folder / SITING_FILES[0])
    assignment = _table(folder / SITING_FILES[1], "client", ("covered",))
    names = {cell_of(text_of(label)): label for label in result.assignment.index}
    # a client whose site has no room for all of it has several rows
    to = [cells.get(cell) if cell else None for cell in assignment["site"]]
    own = list(dict.fromkeys(assignment["client"])) == list(names)
    own &= all(site in set(result.chosen) if cell else True for site, cell in zip(to, assignment["site"], strict=True))
    _refuse_foreign(own, folder / SITING_FILES[1])
    assignment["site"] = pd.Series(to, dtype=object)
    rows = _index([names[cell] for cell in assignment["client"]], "client")
    sites["group"] = pd.Series(result.given.choice.group, dtype=object)
    tables = {
        "sites": sites.drop(columns="site").set_index(result.sites.index),
        "assignment": assignment.drop(columns="client").set_index(rows),
    }
    return Siting(**{**vars(result), **tables})


def _refuse_foreign(own: bool, file: Path) -> None:
    if not own:
        raise DataError(f"{file} does not belong to {SITING_FILES[2]} beside it; write the result anew")


_NUMBERS = ("clients", "weight", "mean_cost", "loss", "regret", "cost", "share", "times")


def _table(file: Path, label: str, marks: Sequence[str]) -> pd.DataFrame:
    """Return a table; what is neither number nor mark stays text."""
    needed = {"site": ("site", "chosen", "fixed", "closed", "weight"), "client": ("client", "site", "cost", "weight")}
    table = read_table(file, what=f"{label}s of a result", columns=needed[label])
    for name in marks:
        if name in table:
            values = table[name].map(_MARKS)
            if values.isna().any():
                raise DataError(f"{file}: {name} holds {table[name][values.isna()].iloc[0]!r}, not True or False")
            table[name] = values.astype(bool)
    for name in _NUMBERS:
        if name in table:
            empty = name in {"mean_cost", "loss", "regret"}
            table[name] = numbers(table, name, name=name, file=file, least=None, empty=empty, infinite=True)
            if name in {"clients", "times"}:
                table[name] = table[name].astype(np.int64)
    return table


__all__ = ["MOST_RESULT_BYTES", "read_siting"]
