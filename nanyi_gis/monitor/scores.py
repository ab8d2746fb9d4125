"""Scores of agencies and counties by a file of weights, each point with its reason."""

import math
import os
from typing import Annotated, Any

import pandas as pd
from pydantic import Field, model_validator

from ..io import data_file
from ..study import StudyArea
from ..targets import FrozenRecord, read_typed
from .records import ADJUSTED, DONE
from .states import BEHIND, NO_DATA, NOT_MEASURED, OVERDUE

FILE = "weights.toml"
PARTS = {"quantities": "数量", "timeliness": "报送", "evidence": "佐证"}
TOTAL, LINE = "合计", "事项"
_SILENT = ("一项未报，不评总分。", "Nothing was reported, so there is no score as a whole. ")
_NONE = "none"  # evidence of a row that names no source

SCORE_COLUMNS = (
    *("row", "by", "name", "id", "county", "part", "part_en", "points", "of", "score", "lines", "reason", "reason_en"),
)
"""Columns of :func:`scores`, in order."""


class Quantities(FrozenRecord):
    """Points for pace: ``late`` is what a line past its deadline keeps of its completion."""

    share: Annotated[float, Field(ge=0)]
    late: Annotated[float, Field(ge=0, le=1)]


class Timeliness(FrozenRecord):
    """Points for the age of the last report: full up to ``fresh_days``, none from ``stale_days`` on."""

    share: Annotated[float, Field(ge=0)]
    fresh_days: Annotated[int, Field(ge=1)]
    stale_days: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _ordered(self) -> "Timeliness":
        if self.stale_days <= self.fresh_days:
            raise ValueError(f"must have stale_days beyond fresh_days, {self.fresh_days}, but is {self.stale_days}")
        return self


class Evidence(FrozenRecord):
    """Points for proof, by the word of 证据; ``named`` for a source without such a word."""

    share: Annotated[float, Field(ge=0)]
    named: Annotated[float, Field(ge=0, le=1)]
    kinds: dict[str, Annotated[float, Field(ge=0, le=1)]]


class Weights(FrozenRecord):
    """A file of weights.

    Attributes
    ----------
    zh, en, source, source_zh : str
        What it is and where from.
    caveat_zh, caveat_en : str
        What the score is not; stands above each table of scores.
    quantities, timeliness, evidence
        Share of each part and how its points are given.
    """

    zh: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]
    source: Annotated[str, Field(min_length=1)]
    source_zh: Annotated[str, Field(min_length=1)]
    caveat_zh: Annotated[str, Field(min_length=1)]
    caveat_en: Annotated[str, Field(min_length=1)]
    quantities: Quantities
    timeliness: Timeliness
    evidence: Evidence

    @model_validator(mode="after")
    def _something(self) -> "Weights":
        if self.quantities.share + self.timeliness.share + self.evidence.share <= 0:
            raise ValueError("must give a share above 0 to one part at least")
        return self


def read_weights(file: str | os.PathLike[str] | None = None, *, study: StudyArea | None = None) -> Weights:
    """Return weights from a TOML file; of the study's register, or the shipped ones, if none is given.

    Raises
    ------
    DataError
        If the file is missing or no TOML.
    ParameterError
        If a key is unknown or missing, or a value breaks its rule.

    >>> read_weights().quantities.share
    60.0
    """
    if file is None:
        folder = None if study is None else study.files.get("monitor")
        own = None if folder is None else folder / FILE
        file = own if own is not None and own.is_file() else data_file(f"monitor/{FILE}")
    return read_typed(file, Weights, what="file of weights", guide="docs/monitor.md")


def scores(table: pd.DataFrame, *, weights: Weights, as_of: Any, unassigned: str = "") -> pd.DataFrame:
    """Return scores by agency and county, and the points of each line with their reasons.

    A line that is 不可量化 or 已调整 does not count, nor one for all counties whose counties have lines of their own.
    One that is 无数据 counts for timeliness alone, and only where a report was due: when its days have run for longer
    than a report stays fresh. The score is 100 times the points over what they could be, so what does not count costs
    nothing. Of whom nothing at all was reported has no score as a whole, for silence tells nothing of the work.

    Parameters
    ----------
    table : DataFrame
        As :func:`status` returns it.
    weights : Weights
    as_of : date
        Day of the table.
    unassigned : str
        The register's word for no lead agency, which is none and has no score.

    Returns
    -------
    DataFrame
        :data:`SCORE_COLUMNS`. First the totals (``row`` = 合计), by 单位 and by 县, each as a whole and by part, the
        best first; then a row a line and part (``row`` = 事项) with its points, what they could be, and why.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "id": ["A-01"], "county": ["叙永"], "owner": ["甲局"], "state": ["滞后"], "completion": [0.3],
    ...     "elapsed_at_value": [0.4], "reported_on": ["2022-12-31"], "source": ["年报"], "evidence": ["新闻"],
    ...     "start": ["2021-01-01"],
    ... })
    >>> found = scores(table, weights=read_weights(), as_of="2023-06-30")
    >>> found.loc[found["row"] == "事项", ["part", "points", "of"]].values.tolist()
    [['数量', 45.0, 60.0], ['报送', 20.0, 20.0], ['佐证', 12.0, 20.0]]
    >>> found.loc[found["name"] == "甲局", "score"].tolist()[0]
    77.0
    """
    today = pd.Timestamp(as_of)
    lines = _points(_counting(table), weights, today)
    named = lines[lines["owner"] != unassigned]
    totals = pd.concat([_totals(named, "单位", "owner"), _totals(lines, "县", "county")], ignore_index=True)
    silent = totals["score"].isna()
    totals["reason"] = [(_SILENT[0] if none else "") + weights.caveat_zh for none in silent]
    totals["reason_en"] = [(_SILENT[1] if none else "") + weights.caveat_en for none in silent]
    told = lines.assign(row=LINE, by="", name=lines["owner"], score=math.nan, lines=1)
    return pd.concat([totals, told[list(SCORE_COLUMNS)]], ignore_index=True)[list(SCORE_COLUMNS)]


def _counting(table: pd.DataFrame) -> pd.DataFrame:
    """Return the lines that somebody answers for, each but once."""
    parts = table.groupby("id")["county"].transform("size") > 1
    whole = ~table.duplicated("id")  # the first line of an item is its own
    kept = ~table["state"].isin([NOT_MEASURED, ADJUSTED]) & ~(parts & whole)
    return table[kept]


def _points(table: pd.DataFrame, weights: Weights, today: pd.Timestamp) -> pd.DataFrame:
    """Return the points of each line and part."""
    wanted = ["id", "county", "owner", "state", "completion", "elapsed_at_value", "source", "evidence"]
    days = (today - pd.to_datetime(table["reported_on"].replace("", None))).dt.days
    due = (today - pd.to_datetime(table["start"])).dt.days > weights.timeliness.fresh_days
    rows = []
    for (number, county, owner, state, share, pace, source, evidence), age, asked in zip(
        table[wanted].itertuples(index=False, name=None), days, due, strict=True
    ):
        marks = (
            ("quantities", weights.quantities.share, _quantity(state, share, pace, weights.quantities)),
            ("timeliness", weights.timeliness.share, _timely(state, age, asked, weights.timeliness)),
            ("evidence", weights.evidence.share, _proof(state, source, evidence, weights.evidence)),
        )
        for part, of, mark in marks:
            if mark is not None and of > 0:
                got, zh, en = mark
                rows.append((number, county, owner, PARTS[part], part, round(got * of, 6), of, zh, en))
    columns = ["id", "county", "owner", "part", "part_en", "points", "of", "reason", "reason_en"]
    return pd.DataFrame(rows, columns=columns)


_Mark = tuple[float, str, str] | None


def _quantity(state: str, share: float, pace: float, rule: Quantities) -> _Mark:
    if state == NO_DATA:
        return None
    if state == DONE:
        return 1.0, "已完成", "done"
    known = share if math.isfinite(share) else 0.0
    if state == OVERDUE:
        got = min(1.0, known) * rule.late
        return (
            got,
            f"逾期，完成{known:.1%}，计{rule.late:g}倍",
            f"overdue at {known:.1%}, times {rule.late:g}",
        )
    if state == BEHIND:
        got = min(1.0, known / pace) if math.isfinite(pace) and pace > 0 else 0.0
        return got, f"完成率为序时进度的{got:.1%}", f"{got:.1%} of the elapsed share"
    return (
        1.0,
        "达到序时进度" if math.isfinite(share) else "未判快慢",
        "on pace" if math.isfinite(share) else "not judged",
    )


def _timely(state: str, age: float, asked: bool, rule: Timeliness) -> _Mark:
    if state == DONE:
        return 1.0, "已完成，不再催报", "done: no further report is due"
    if not math.isfinite(age):
        return (0.0, "应报未报", "a report was due, and there is none") if asked else None
    got = min(1.0, max(0.0, (rule.stale_days - age) / (rule.stale_days - rule.fresh_days)))
    return got, f"最近一次上报距今{age:.0f}天", f"last reported {age:.0f} days ago"


def _proof(state: str, source: str, evidence: str, rule: Evidence) -> _Mark:
    evidence = "" if evidence == _NONE else evidence
    if state == NO_DATA and not (source or evidence):
        return None
    best = max((points for word, points in rule.kinds.items() if word in evidence), default=None)
    if best is not None:
        return best, f"证据：{evidence}", f"proof: {evidence}"
    if source or evidence:
        return (
            rule.named,
            f"有来源，证据类别未列：{evidence or source}",
            f"a source of no kind listed: {evidence or source}",
        )
    return 0.0, "无来源", "no source"


def _totals(lines: pd.DataFrame, by: str, column: str) -> pd.DataFrame:
    """Return the totals of agencies or counties, as a whole and by part, the best first; a line of two counts twice."""
    parted = lines.assign(name=lines[column].str.split("、")).explode("name")
    sums = parted.groupby("name", sort=True)[["points", "of"]].sum()
    sums["lines"] = parted.drop_duplicates(["name", "id", "county"]).groupby("name").size()
    sums["part"], sums["part_en"] = "全部", "all"
    parts = parted.groupby(["name", "part", "part_en"], sort=True)[["points", "of"]].sum().reset_index()
    parts["lines"] = parted.groupby(["name", "part", "part_en"], sort=True).size().to_numpy()
    found = pd.concat([sums.reset_index(), parts], ignore_index=True)
    found["score"] = (100.0 * found["points"] / found["of"]).round(1)
    heard = set(parts.loc[parts["part_en"] != "timeliness", "name"])
    silent = ~found["name"].isin(heard) & (found["part_en"] == "all")
    found["score"] = found["score"].mask(silent)
    best = found["name"].map(found[found["part_en"] == "all"].set_index("name")["score"])
    order = found.assign(best=-best, place=found["part_en"].map({"all": 0, **{n: i for i, n in enumerate(PARTS, 1)}}))
    found = found.loc[order.sort_values(["best", "name", "place"], kind="stable").index]
    return found.assign(row=TOTAL, by=by, id="", county="", reason="", reason_en="")
