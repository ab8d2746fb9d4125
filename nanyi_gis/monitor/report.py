"""From sheets to a report: how every line stands, what was set aside, scores, changes, and the files of it."""

import datetime
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .._validation import check_choice
from ..errors import ParameterError
from ..io import refuse_overlap, staged, write_csv
from ..study import StudyArea
from .changes import changes
from .progress import status
from .reading import Reading, read_reports, refuse_set_aside
from .records import Tracked
from .register import Register, needed_register, tracked
from .scores import Weights, read_weights, scores
from .states import STATES, StateRule, read_rule
from .workbook import SheetOf, write_sheets

STATUS, SET_ASIDE, SCORES, CHANGES, WORKBOOK = (
    "status.csv",
    "set_aside.csv",
    "scores.csv",
    "changes.csv",
    "monitor.xlsx",
)
REPORT_FILES = (STATUS, SET_ASIDE, SCORES, CHANGES, WORKBOOK)
"""Names of all files of :func:`write_report`."""

_ASIDE_SHOWN = ("file", "line", "cell", "id", "county", "column", "value", "rule", "cure", "cured_value", "taken")
_STATUS_SHOWN = (
    *("id", "county", "name", "state", "lamp", "completion", "elapsed", "gap", "value_low", "value_high", "value_on"),
    *("target_low", "unit", "deadline", "basis", "days_left", "owner", "pace_required", "forecast_low"),
    *("forecast_high", "reach_words", "clause", "reason", "source", "evidence"),
)
_ENGLISH = {
    "name": "name_en",
    "reason": "reason_en",
    "reach_words": "reach_words_en",
    "rule": "rule_en",
    "cure": "cure_en",
    "part": "part_en",
    "kind": "kind_en",
    "lamp": "lamp_en",
    "state": "state",
}


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report on a day.

    Attributes
    ----------
    study : StudyArea
    register : Register
    lines : tuple of Tracked
    as_of : date
    since : date or None
        The earlier day that changes are told from.
    rule : StateRule
    weights : Weights
    reading : Reading
        What the sheets say.
    status, scores : DataFrame
        See :func:`status` and :func:`scores`.
    changes : DataFrame or None
        See :func:`changes`; None without ``since``.
    notes : tuple of str
        What a reader must know.
    """

    study: StudyArea
    register: Register
    lines: tuple[Tracked, ...]
    as_of: datetime.date
    since: datetime.date | None
    rule: StateRule
    weights: Weights
    reading: Reading
    status: pd.DataFrame
    scores: pd.DataFrame
    changes: pd.DataFrame | None
    notes: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many lines are of each state, all states named."""
        found = self.status["state"].value_counts()
        return {state: int(found.get(state, 0)) for state in STATES}


def report(
    study: StudyArea,
    paths: Sequence[str | os.PathLike[str]],
    *,
    as_of: datetime.date,
    rule: StateRule | str | os.PathLike[str] = "neutral",
    weights: Weights | str | os.PathLike[str] | None = None,
    since: datetime.date | None = None,
    strict: bool = False,
    take_cures: bool = False,
    published: bool = True,
) -> Report:
    """Return how a study's plan stands on a day by what sheets report.

    Parameters
    ----------
    study : StudyArea
        One with a register; a public one is told of its public items alone.
    paths : sequence of path
        Sheets; none is fine, and tells what is due and what is published.
    as_of : date
    rule : StateRule, str or path
        See :func:`read_rule`.
    weights : Weights or path, optional
        See :func:`read_weights`.
    since : date, optional
        An earlier day, to tell what changed after it.
    strict : bool
        Whether a bad row is refused.
    take_cures : bool
        Whether bad rows are read with their cures; see :func:`read_sheets`.
    published : bool
        Whether the study's own published observations are read, too; see :func:`read_reports`.

    Raises
    ------
    DataError
        If a sheet cannot be read, or ``strict`` and a row is bad.
    ParameterError
        If the study has no register, ``since`` is not before ``as_of``, or a rule or weight is wrong.

    >>> from nanyi_gis.study import load_study
    >>> found = report(load_study(), [], as_of=datetime.date(2026, 11, 28), published=False)
    >>> found.counts["逾期"], found.counts["无数据"] > 100
    (0, True)
    """
    if since is not None and since >= as_of:
        raise ParameterError(f"since is {since}, but must be before the day of the report, {as_of}")
    lines = tracked(study)
    register = needed_register(study)
    chosen = rule if isinstance(rule, StateRule) else read_rule(rule, study=study)
    weighed = weights if isinstance(weights, Weights) else read_weights(weights, study=study)
    reading = read_reports(study, paths, as_of=as_of, take_cures=take_cures, published=published)
    if strict:
        refuse_set_aside(reading)
    now = status(lines, reading.observations, register=register, as_of=as_of, rule=chosen)
    before = None
    if since is not None:
        before = status(lines, reading.observations, register=register, as_of=since, rule=chosen)
    return Report(
        study=study,
        register=register,
        lines=lines,
        as_of=as_of,
        since=since,
        rule=chosen,
        weights=weighed,
        reading=reading,
        status=now,
        scores=scores(now, weights=weighed, as_of=as_of, unassigned=register.unassigned),
        changes=None if before is None else changes(before, now),
        notes=reading.notes,
    )


def report_files(*, since: bool) -> tuple[str, ...]:
    """Return the names of the files that :func:`write_report` writes.

    >>> report_files(since=False)
    ('status.csv', 'set_aside.csv', 'scores.csv', 'monitor.xlsx')
    """
    return tuple(name for name in REPORT_FILES if since or name != CHANGES)


def write_report(
    found: Report,
    out: str | os.PathLike[str],
    *,
    lang: str = "zh",
    reads: Sequence[str | os.PathLike[str]] = (),
    also: Sequence[Callable[[Path], Sequence[Path]]] = (),
) -> tuple[Path, ...]:
    """Write the files of a report, all or none.

    ``status.csv`` has :data:`STATUS_COLUMNS`, ``set_aside.csv`` what :func:`read_sheets` set aside, ``scores.csv`` the
    columns of :func:`scores`, ``changes.csv`` those of :func:`changes`; ``monitor.xlsx`` has them as sheets, with
    headings in ``lang``.

    Parameters
    ----------
    found : Report
    out : path
        Folder.
    lang : str
        ``zh`` or ``en``, for the workbook.
    reads : sequence of path
        Files that must not be written over: the sheets.
    also : sequence of callables
        Writers of further files into the same staged folder, each given the folder and returning what it wrote.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    ParameterError
        If ``lang`` is no language of ours, or a file would be written over that is read.
    """
    check_choice(lang, ("zh", "en"), name="lang")
    folder = Path(out)
    names = report_files(since=found.since is not None)
    refuse_overlap(reads={"sheets": list(reads)}, writes={"out": [folder / name for name in names]})
    with staged(folder) as stage:
        write_csv(found.status, stage / STATUS)
        write_csv(found.reading.set_aside, stage / SET_ASIDE)
        write_csv(found.scores, stage / SCORES)
        if found.changes is not None:
            write_csv(found.changes, stage / CHANGES)
        write_sheets(stage / WORKBOOK, _sheets(found), title=f"{found.study.title(lang)} {found.as_of}", lang=lang)
        more = [path for write in also for path in write(stage)]
        others = tuple(path.relative_to(stage).as_posix() for path in more)
    return tuple(folder / name for name in (*names, *others))


def _sheets(found: Report) -> list[SheetOf]:
    day, rule, weights = found.as_of, found.rule, found.weights
    sheets = [
        SheetOf(
            name=("状态", "Status"),
            table=found.status,
            columns=_both(_STATUS_SHOWN),
            above=(f"截至 {day}；规则：{rule.zh}", f"As of {day}; rule: {rule.en}"),
        ),
        SheetOf(
            name=("搁置", "Set aside"),
            table=found.reading.set_aside,
            columns=_both(_ASIDE_SHOWN),
        ),
        SheetOf(
            name=("评分", "Scores"),
            table=found.scores,
            columns=_both(("row", "by", "name", "id", "county", "part", "points", "of", "score", "lines", "reason")),
            above=(weights.caveat_zh, weights.caveat_en),
        ),
    ]
    if found.changes is not None:
        kept = ("id", "county", "name", "owner", "kind", "state_before", "state_after", "value_before", "value_after")
        sheets.append(
            SheetOf(
                name=("变化", "Changes"),
                table=found.changes,
                columns=_both((*kept, "unit", "value_on_before", "value_on_after", "reason")),
                above=(f"{found.since} 至 {day}", f"From {found.since} to {day}"),
            )
        )
    return sheets


def _both(columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    return {"zh": tuple(columns), "en": tuple(_ENGLISH.get(name, name) for name in columns)}
