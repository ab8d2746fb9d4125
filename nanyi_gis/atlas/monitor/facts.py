"""How the plan of a study stands, and the same told in a language."""

import datetime
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from ...errors import ParameterError
from ...monitor import Report, StateRule, check_plan, read_register, report
from ...study import StudyArea
from ..links import clause_text
from .told import Told

_CLAUSE = re.compile(r"[一二三四五六七八九十]\([一二三四五六七八九十]\)\d*")


def report_of(
    study: StudyArea, sheets: Sequence[Path], *, as_of: datetime.date | None, published: bool = True
) -> Report | None:
    """Return how the plan of a study stands by sheets of the planner's, or by its published observations.

    Parameters
    ----------
    study : StudyArea
        Of a public one, the items alone that a public map may show.
    sheets : sequence of path
        CSV or ``.xlsx``.
    as_of : date or None
        Day of the report, that of the register if None.
    published : bool
        Whether what the study itself has published counts too.

    Returns
    -------
    Report or None
        None if the study has no register.

    Raises
    ------
    ParameterError
        If sheets or a day are given, but the study has no register.
    DataError
        If a sheet is none.
    """
    register = read_register(study)
    if register is None:
        given = "observations" if sheets else "as_of" if as_of is not None else ""
        if given:
            raise ParameterError(
                f"{given} has no effect: the study {study.id} has no register; name its folder in study.toml"
            )
        return None
    return report(study, sheets, as_of=register.as_of if as_of is None else as_of, published=published)


def checks_of(found: Report) -> pd.DataFrame:
    """Return which figures of the plan agree with each other and with what is reported; see :func:`check_plan`."""
    return check_plan(found.study, observations=found.reading.observations).found.checks


def told_of(found: Report, *, lang: str, checks: pd.DataFrame | None = None, said: Callable[[str], str] = str) -> Told:
    """Return a report in a language; ``said`` puts the sources of values into it."""
    none = pd.DataFrame()
    return Told(
        study=found.study,
        lang=lang,
        register=found.register,
        lines=found.lines,
        status=found.status,
        observations=found.reading.observations,
        as_of=found.as_of,
        since=found.since,
        rule=rule_words(found.rule, lang=lang),
        colours=colours_of(found.rule),
        set_aside=found.reading.set_aside,
        scores=found.scores,
        changes=none if found.changes is None else found.changes,
        checks=none if checks is None else checks,
        notes=found.notes,
        said=said,
    )


def rule_words(rule: StateRule, *, lang: str) -> str:
    """Return what the rule of the states is, and where it is from."""
    if lang == "en":
        source = _CLAUSE.sub(lambda found: clause_text(found[0], lang=lang), rule.source)
        return f"Rule of the states: {rule.en}. Source: {source}{f' ({rule.address})' if rule.address else ''}."
    return f"状态规则：{rule.zh}。来源：{rule.source_zh}{f'（{rule.address}）' if rule.address else ''}。"


def colours_of(rule: StateRule) -> dict[str, str]:
    """Return the colour of each state; of the degrees of being behind the first."""
    return {state: lamp.colour for state, lamp in rule.lamp.items()} | {"滞后": rule.behind[0].colour}
