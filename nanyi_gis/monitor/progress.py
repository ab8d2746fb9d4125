"""How each line stands on a day: one row a line, with its state, its numbers and the reason."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from .forecast import Forecast, forecasts
from .history import History, histories
from .judgement import Judgement, completion_of, elapsed_share, judge
from .records import DONE, Observation, Tracked
from .register import Register
from .states import STATES_EN, StateRule

MONTH_DAYS = 365.25 / 12.0
# words, since a spreadsheet takes a cell that begins with = for a formula
_SIGNS = {"=": "exactly", ">=": "at least", ">": "above", "<=": "at most", "<": "below", "~": "about"}

STATUS_COLUMNS = (
    *("id", "county", "state", "completion", "elapsed", "forecast_low", "forecast_high", "reach_probability"),
    *("name", "name_en", "theme", "clause", "owner", "unit", "nature", "target_low", "target_high", "comparator"),
    *("value_low", "value_high", "value_on", "completion_low", "completion_high", "elapsed_at_value", "gap"),
    *(
        "start",
        "deadline",
        "basis",
        "days_left",
        "deadline_passed",
        "observations",
        "pace_required",
        "pool",
        "pool_size",
    ),
    *("reach_words", "reach_words_en", "reason", "reason_en", "source", "evidence", "file", "line"),
    *(
        "state_en",
        "lamp",
        "lamp_en",
        "colour",
        "word",
        "summed",
        "missing",
        "conflict",
        "supporting",
        "public",
        "reported_on",
    ),
)
"""Columns of :func:`status`, in order."""


def status(
    lines: Sequence[Tracked],
    observations: Iterable[Observation],
    *,
    register: Register,
    as_of: datetime.date,
    rule: StateRule,
    counties: Sequence[str] = (),
) -> pd.DataFrame:
    """Return how each line stands on a day.

    Completion is value / target. It is judged against the elapsed share of the value's own day, ``(day - start + 1) /
    (deadline - start + 1)``, for of later days nothing is known; see :class:`StateRule` for what is behind.

    Parameters
    ----------
    lines : sequence of Tracked
    observations : iterable of Observation
        In any order; those after ``as_of`` are not read.
    register : Register
        For its word for all counties.
    as_of : date
    rule : StateRule
    counties : sequence of str, optional
        All counties, for sums; those that lines and observations name if not given.

    Returns
    -------
    DataFrame
        One row a line, in their order, with :data:`STATUS_COLUMNS`. Shares are 0 to 1 and may exceed 1; ``gap`` is
        completion less ``elapsed_at_value``; ``reported_on`` is the day
        of the last value or word; days are texts (ISO 8601), empty for none; ``pace_required`` is in units a month from
        ``as_of`` on; ``forecast_low`` and ``forecast_high`` are values in the target's unit on the
        deadline's day (80 %).

    Examples
    --------
    >>> from nanyi_gis.monitor import read_register, read_rule, tracked
    >>> from nanyi_gis.study import load_study
    >>> study = load_study()
    >>> lines = [line for line in tracked(study) if line.id == "W-12"]
    >>> day = datetime.date(2022, 12, 31)
    >>> sheet = [
    ...     Observation(id="W-12", county=county, on=day, low=2.0, high=2.0, state="", nature="累计", source="",
    ...                 evidence="", agency="", reporter="", note="", file="a.csv", line=number)
    ...     for number, county in enumerate(["叙永", "古蔺"], start=2)
    ... ]
    >>> found = status(lines, sheet, register=read_register(study), as_of=day, rule=read_rule("neutral"))
    >>> found[["county", "state", "completion", "elapsed"]].round(4).to_numpy().tolist()
    [['两县', '滞后', 0.3636, 0.3998], ['叙永', '正常', 0.4, 0.3998], ['古蔺', '滞后', 0.3333, 0.3998]]
    """
    known = histories(lines, observations, as_of=as_of, whole=register.whole, counties=counties)
    judged = [judge(line, history, as_of=as_of, rule=rule) for line, history in zip(lines, known, strict=True)]
    ahead = forecasts(lines, known, judged)
    rows = [
        _row(line, history, verdict, future, as_of=as_of)
        for line, history, verdict, future in zip(lines, known, judged, ahead, strict=True)
    ]
    table = pd.DataFrame(rows, columns=range(len(STATUS_COLUMNS)))
    table.columns = pd.Index(STATUS_COLUMNS)
    for name in _NUMBERS:
        table[name] = pd.to_numeric(table[name], errors="coerce").astype(float)
    return table


_NUMBERS = (
    *("completion", "elapsed", "forecast_low", "forecast_high", "reach_probability", "target_low", "target_high"),
    *("value_low", "value_high", "completion_low", "completion_high", "elapsed_at_value", "gap", "pace_required"),
)


def _row(
    line: Tracked, history: History, verdict: Judgement, future: Forecast, *, as_of: datetime.date
) -> tuple[Any, ...]:
    last = history.points[-1] if history.points else None
    said = last if last is not None and (history.word is None or history.word.on < last.on) else history.word
    at_value = elapsed_share(line, last.on) if last is not None else None
    share = verdict.completion
    if share is None and last is not None:
        share = completion_of(line, last.low)
    left = None if line.deadline is None else (line.deadline - as_of).days
    return (
        line.id,
        line.county,
        verdict.state,
        share,
        elapsed_share(line, as_of),
        future.low,
        future.high,
        future.probability,
        line.name_zh,
        line.name_en,
        line.theme,
        line.clause,
        "、".join(line.owners),
        line.unit,
        line.nature,
        line.low,
        line.high,
        _SIGNS[line.comparator],
        None if last is None else last.low,
        None if last is None else last.high,
        "" if last is None else str(last.on),
        verdict.completion_low,
        verdict.completion_high,
        at_value,
        None if share is None or at_value is None else share - at_value,
        str(line.start),
        "" if line.deadline is None else str(line.deadline),
        line.basis,
        left,
        left is not None and left < 0,
        history.seen,
        _pace_required(line, history, verdict, left),
        future.pool,
        future.pool_size,
        future.words,
        future.words_en,
        verdict.reason,
        verdict.reason_en,
        "" if said is None else said.source,
        "" if said is None else said.evidence,
        "" if said is None else said.file,
        "" if said is None else str(said.line),
        STATES_EN[verdict.state],
        verdict.lamp.word,
        verdict.lamp.word_en,
        verdict.lamp.colour,
        "" if history.word is None else history.word.state,
        "、".join(history.summed),
        "、".join(history.missing),
        history.conflict,
        "、".join(line.supporting),
        line.public,
        "" if said is None else str(said.on),
    )


def _pace_required(line: Tracked, history: History, verdict: Judgement, left: int | None) -> float | None:
    """Return the units a month that reach the target from the last value on; None where that asks nothing."""
    if not history.points or left is None or left <= 0 or line.low is None or verdict.state == DONE:
        return None
    if line.nature == "年度" or line.comparator in {"<=", "<"}:
        return None
    return max(0.0, line.low - history.points[-1].low) / (left / MONTH_DAYS)
