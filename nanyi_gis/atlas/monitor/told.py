"""What the pages of the register tell, in one language: the report, its lines and words."""

import datetime
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from ...monitor import PUBLISHED, STATE_UNIT, STATES_EN, Observation, Register, Tracked
from ...plan import Plan
from ...study import StudyArea
from ..links import chapter, chapter_title, clause_text
from ..plan_words import agency, amount
from .looks import LOOKS, NO_DATA, colour_of, order_of, state_word

MOST = 500
"""Lines that a table shows; the counts are of all."""

_SIGNS = {"=": ("", ""), ">=": ("≥ ", "≥ "), ">": ("> ", "> "), "<=": ("≤ ", "≤ "), "~": ("约 ", "about ")}
_BASES = {
    "stated": ("规划写明", "stated by the plan"),
    "assumed": ("年份为推断（假定）", "year inferred (assumed)"),
    "period": ("期限为规划期末（假定）", "end of the plan's period (assumed)"),
    "none": ("无期限", "no day due"),
}
_EVIDENCE = {"published, unverified": ("公开报道，未核实", "published, unverified")}
_STATE_ROWS = {
    "未开工": "not begun",
    "已开工": "begun",
    "开工": "begun",
    "在建": "under construction",
    "建成": "built",
    "完成": "done",
    "开通": "opened",
}  # words of a sheet for what has no number
_BRIEF_BASES = {"stated": ("", ""), "assumed": ("（推断）", " (inferred)"), "period": ("（假定）", " (assumed)")}


@dataclass(frozen=True, kw_only=True)
class Told:
    """A report of the register in one language.

    Attributes
    ----------
    study : StudyArea
        Whose register it is.
    lang : str
        ``zh`` or ``en``.
    register : Register
        Period, and words for the whole and for no agency.
    lines : tuple of Tracked
        What is tracked.
    status : DataFrame
        A row a line, as :func:`nanyi_gis.monitor.status` returns it.
    observations : tuple of Observation
        What was read.
    as_of : date
        Day of the report.
    rule : str
        What the rule of the states is called and where it is from.
    colours : mapping
        Colour by state, where the rule has one.
    set_aside, scores, changes, checks : DataFrame
        Rows that were not read, scores, what changed, and contradictions; empty where there are none.
    notes : tuple of str
        What reading the sheets told.
    said : callable
        Puts the source of a value into the language of the page.
    since : date or None
        Day with which ``changes`` compares.
    """

    study: StudyArea
    lang: str
    register: Register
    lines: tuple[Tracked, ...]
    status: pd.DataFrame
    observations: tuple[Observation, ...]
    as_of: datetime.date
    rule: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)
    set_aside: pd.DataFrame = field(default_factory=pd.DataFrame)
    scores: pd.DataFrame = field(default_factory=pd.DataFrame)
    changes: pd.DataFrame = field(default_factory=pd.DataFrame)
    checks: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[str, ...] = ()
    said: Callable[[str], str] = str
    since: datetime.date | None = None

    def say(self, zh: str, en: str) -> str:
        """Return the text in the language of the page."""
        return en if self.lang == "en" else zh

    @property
    def plan(self) -> Plan:
        """The plan that is tracked."""
        return self.study.plan

    @cached_property
    def by_line(self) -> dict[tuple[str, str], Tracked]:
        """Lines by item and county."""
        return {(line.id, line.county): line for line in self.lines}

    @cached_property
    def seen(self) -> dict[tuple[str, str], list[Observation]]:
        """Observations by item and county, in the order of their days."""
        found: dict[tuple[str, str], list[Observation]] = defaultdict(list)
        for one in sorted(self.observations, key=lambda one: one.on):
            found[one.id, one.county].append(one)
        return found

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The lines by how late they are: state, then what is missing against the elapsed share, then the day due."""
        names = list(self.status.columns)
        columns = [self.status[name].astype(object).tolist() for name in names]  # to_dict takes a cell at a time
        return sorted((dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)), key=_lateness)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Lines by state, in the order of :data:`LOOKS`; states without a line are in it."""
        found = self.status["state"].value_counts()
        return {state: int(found.get(state, 0)) for state in LOOKS}

    @cached_property
    def reported(self) -> int:
        """How many lines have a report."""
        return sum(bool(row["observations"]) for row in self.rows)

    def in_words(self) -> dict[str, str]:
        """Return state, value and day of each item with a report, by its number; shares of counties apart."""
        found: dict[str, list[str]] = defaultdict(list)
        for row in self.rows:
            if row["observations"]:
                line = self.line(row)
                value = self.value(known(row["value_low"]), known(row["value_high"]), line.unit)
                parts = [
                    state_word(str(row["state"]), self.lang),
                    "" if value == "–" else value,
                    str(row["value_on"] or ""),
                ]
                text = self.say("，", ", ").join(filter(None, parts))
                found[line.id].append(text if line.whole else f"{self.county(line.county)}: {text}")
        return {number: self.say("；", "; ").join(texts) for number, texts in found.items()}

    def drawn(self, most: int) -> list[dict[str, Any]]:
        """Return the first of the lines that have reports of their own, the latest in front."""
        return [row for row in self.rows if (row["id"], row["county"]) in self.seen][:most]

    def colour(self, state: str) -> str:
        """Return the colour of a state."""
        return colour_of(state, self.colours)

    def line(self, row: Mapping[str, Any]) -> Tracked:
        """Return the line of a row of the status."""
        return self.by_line[str(row["id"]), str(row["county"])]

    # ---- words ---------------------------------------------------------------------------------

    def name(self, row: Mapping[str, Any]) -> str:
        """Return what an item is called."""
        return str(row["name_en"] if self.lang == "en" and row["name_en"] else row["name"])

    def county(self, name: str) -> str:
        """Return a county, or the word for all of them."""
        if self.lang == "zh":
            return name
        if name == self.register.whole:
            return "both counties" if len(self.study.counties) == 2 else "all counties"
        return self._counties.get(name, name)

    def county_full(self, name: str) -> str:
        """Return a county of the study by its own Chinese name."""
        return self._full.get(name, name) if self.lang == "en" else name

    @cached_property
    def _full(self) -> dict[str, str]:
        frame = self.study.counties
        pairs = zip(frame["name_zh"], frame["name_en"], strict=True) if "name_en" in frame else ()
        return {str(zh): str(en) or str(zh) for zh, en in pairs}

    @cached_property
    def _counties(self) -> dict[str, str]:
        names = {line.county for line in self.lines}
        return {name: next((en for zh, en in self._full.items() if zh.startswith(name)), name) for name in names}

    def agency(self, name: str) -> str:
        """Return an agency, or the word for none."""
        if name == self.register.unassigned:
            return self.say(name, "Not named in the plan")
        return agency(name, self.lang)

    def agencies(self, names: Sequence[str]) -> str:
        """Return several agencies."""
        return self.say("、", ", ").join(map(self.agency, names))

    def clause(self, text: str) -> str:
        """Return the clauses of an item for readers."""
        return "; ".join(clause_text(part, lang=self.lang) for part in text.split("; ") if part)

    @cached_property
    def chapters(self) -> dict[str, str]:
        """Title of the chapter by the clauses of an item as its line has them."""
        titles: dict[str, str] = {}
        for text in {line.clause for line in self.lines}:
            first = text.partition("; ")[0]
            titles[text] = chapter_title(self, first) if first else self.say("未分章", "No chapter")
        return titles

    def chapter_order(self, text: str) -> int:
        """Return the place of the chapter of these clauses in the plan."""
        numbers = [clause.clause for clause in self.plan.clauses]
        own = chapter(self, text.partition("; ")[0])
        return numbers.index(own) if own in numbers else len(numbers)

    def target(self, line: Tracked) -> str:
        """Return the number to reach with its unit; a word where there is none."""
        if line.low is None:
            return self.say("无数量", "no number")
        sign = self.say(*_SIGNS.get(line.comparator, ("", "")))
        ranged = line.high is not None and line.high != line.low
        number = f"{number_text(line.low)}–{number_text(line.high or 0.0)}" if ranged else number_text(line.low)
        return f"{sign}{amount(number, line.unit, self.lang)}"

    def value(self, low: float | None, high: float | None, unit: str) -> str:
        """Return a value as reported; a dash where there is none."""
        if low is None or high is None or math.isnan(low) or math.isnan(high):
            return "–"
        text = number_text(low) if low == high else f"{number_text(low)}–{number_text(high)}"
        return text if unit == STATE_UNIT else amount(text, unit, self.lang)

    def ends(self, row: Mapping[str, Any], low: str, high: str) -> tuple[float | None, float | None]:
        """Return the two ends of an interval of a row."""
        return known(row[low]), known(row[high])

    def deadline(self, line: Tracked) -> str:
        """Return the day due, and whether it is assumed."""
        return "".join(self.due(line))

    def due(self, line: Tracked) -> tuple[str, str]:
        """Return the day due, and apart from it whether it is assumed."""
        if line.deadline is None:
            return "–", ""
        return str(line.deadline), self.say(*_BRIEF_BASES.get(line.basis, ("", "")))

    def basis(self, name: str) -> str:
        """Return where a day due is from."""
        return self.say(*_BASES[name])

    def reason(self, row: Mapping[str, Any]) -> str:
        """Return why a line has its state."""
        return self.words(str(row["reason_en"])) if self.lang == "en" else str(row["reason"])

    def evidence(self, text: str) -> str:
        """Return the kind of proof of a value; that of the study's own published ones in the language of the page."""
        return self.say(*_EVIDENCE.get(text, (text, text)))

    def remarks(self, one: Observation) -> list[str]:
        """Return the remark of a report and where it stands; of the study's own published ones its words in Chinese."""
        if one.file == PUBLISHED:
            return [one.note] if self.lang == "zh" else []
        return [one.note, f"{one.file}:{one.line}"]

    def words(self, text: str) -> str:
        """Return a text with the words of states in the language of the page."""
        if self.lang == "en":
            for zh, en in (STATES_EN | _STATE_ROWS).items():
                text = text.replace(zh, en)
        return text


def number_text(value: float) -> str:
    """Return a number with as many digits as it has, three behind the point at most.

    >>> number_text(11.0), number_text(1234.5), number_text(0.33333)
    ('11', '1,234.5', '0.333')
    """
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def rough_text(value: float) -> str:
    """Return a number that is a forecast with three figures, none of them behind the point of a hundred.

    >>> rough_text(88.956), rough_text(2.615), rough_text(458.2), rough_text(12345.0)
    ('89', '2.6', '458', '12,300')
    """
    if not value:
        return "0"
    digits = 2 if abs(value) < 100 else 3
    step = digits - 1 - math.floor(math.log10(abs(value)))
    return number_text(round(value, step))


def percent_text(low: object, high: object) -> str:
    """Return a share or its interval in per cent; nothing where it is not known.

    >>> percent_text(1 / 3, 1 / 3), percent_text(0.0, 4 / 11), percent_text(float("nan"), None)
    ('33 %', '0–36 %', '')
    """
    ends = [end for end in map(known, (low, high)) if end is not None]
    shown = dict.fromkeys(f"{100 * end:,.0f}" for end in ends)
    return f"{'–'.join(shown)} %" if shown else ""


def known(value: object) -> float | None:
    """Return a number of a table; None for one that is not there.

    >>> known(0.5), known(None), known(float("nan"))
    (0.5, None, None)
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        number = getattr(value, "item", None)
        return known(number()) if callable(number) else None
    return float(value) if math.isfinite(value) else None


def passed(row: Mapping[str, Any]) -> bool:
    """Return whether a line's day due is behind, and nobody has said how it stands."""
    return row["state"] == NO_DATA and bool(row["deadline_passed"])


def _lateness(row: Mapping[str, Any]) -> tuple[Any, ...]:
    gap, day = known(row["gap"]), row["deadline"]
    return (
        order_of(str(row["state"])),
        not passed(row),
        0.0 if gap is None else gap,
        str(day or "9"),
        str(row["id"]),
        str(row["county"]),
    )
