"""A row of a sheet as an observation: each cell read, each fault named."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ..io import is_formula
from .cells import MENU, Day, Flaw, half_width, is_blank, number_text, read_day, read_number, state_of
from .quarantine import Fault
from .records import ADJUSTED, CORRECTION, Nature, Observation, Tracked
from .register import STATE_UNIT, Register
from .sheets import Cell, Formula, Mistake
from .unit_names import in_unit, same_unit

NO_EVIDENCE = "none"

_NATURES: Mapping[str, Nature] = {
    **dict.fromkeys(("累计", "累计值", "累计数"), "累计"),
    **dict.fromkeys(("年度", "当年", "本年", "年度值", "全年"), "年度"),
    **dict.fromkeys(("状态", "时点", "期末", "时点数"), "状态"),
}
_SUSPECT = 10.0  # of the target: units are mistaken by 15 (公顷 for 亩) and more


@dataclass(kw_only=True)
class Row:
    """A row that reports something, with what is wrong with it.

    Attributes
    ----------
    file, line : str, int
        Where it stands.
    place : int
        Its place among all rows of all files.
    id, county : str
        As the register has them where that is known, else as written.
    on, low, high, state, nature
        As for :class:`Observation`; None where a cell cannot be read.
    texts : mapping
        The other cells by their headings.
    faults : list of Fault
        Empty for a sound row.
    remarks : list of str
        What is odd but no fault, by a word for its kind.
    """

    file: str
    line: int
    place: int
    id: str = ""
    county: str = ""
    on: datetime.date | None = None
    low: float | None = None
    high: float | None = None
    state: str = ""
    nature: Nature = "累计"
    texts: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.faults

    @property
    def curable(self) -> bool:
        """Whether every fault has a cure that is beyond doubt, or there is none."""
        return all(fault.cured is not None for fault in self.faults)

    @property
    def correction(self) -> bool:
        """Whether it says that it corrects an earlier one."""
        return self.texts.get("备注", "").startswith(CORRECTION)

    @property
    def value(self) -> tuple[float | None, float | None, str]:
        """What it reports."""
        return self.low, self.high, self.state

    @property
    def where(self) -> str:
        """The row in words."""
        return f"{self.file}:{self.line} ({self.state or number_text(self.low or 0.0, self.high or 0.0)}, {self.on})"

    def observation(self) -> Observation:
        """Return it as an observation; for rows that are sound or taken with their cures."""
        if self.on is None:
            raise ValueError(f"{self.where} has no day")
        text = self.texts.get
        evidence = text("证据", "")
        return Observation(
            id=self.id,
            county=self.county,
            on=self.on,
            low=self.low,
            high=self.high,
            state=self.state,
            nature=self.nature,
            source=text("来源", ""),
            evidence=NO_EVIDENCE if evidence in {"", "无"} else evidence,
            agency=text("填报单位", ""),
            reporter=text("填报人", ""),
            note=text("备注", ""),
            file=self.file,
            line=self.line,
            cured=bool(self.faults),
        )


class RowReader:
    """Reads rows against the lines of a register.

    Parameters
    ----------
    lines : sequence of Tracked
        Lines of the register.
    register : Register
        For the word of all counties together.
    as_of : date
        The last day that may be reported.
    """

    def __init__(self, lines: Sequence[Tracked], *, register: Register, as_of: datetime.date) -> None:
        self._whole, self._as_of = register.whole, as_of
        self._lines: dict[str, dict[str, Tracked]] = {}
        self._named: dict[str, set[str]] = {}
        for line in lines:
            self._lines.setdefault(line.id, {})[line.county] = line
            self._named.setdefault(_folded(line.name_zh), set()).add(line.id)
        self._spelt = {_folded(name): name for name in self._lines}
        self._counties = sorted({line.county for line in lines} - {register.whole})
        self._county_of = {register.whole: register.whole}
        for name in self._counties:
            self._county_of |= {name: name, f"{name}县": name, name.removesuffix("县"): name}
        both = [f"{name.removesuffix('县')}县" for name in self._counties]
        if len(both) == 2:
            for one, other in (both, both[::-1]):
                self._county_of |= {f"{one}、{other}": register.whole}
                self._county_of |= {f"{one.removesuffix('县')}、{other}": register.whole}
                self._county_of |= {f"{one.removesuffix('县')}、{other.removesuffix('县')}": register.whole}

    def known(self, name: str) -> bool:
        """Whether an id is of the register, or plainly meant for one."""
        return _folded(name) in self._spelt

    def read(self, file: str, line: int, place: int, cells: Mapping[str, Cell], beyond: str) -> Row | None:
        """Return a row, None if it has no value.

        ``beyond`` is the first cell behind the last heading that is not empty.
        """
        if _empty(cells["完成值"]) and not beyond:
            return None
        row = Row(file=file, line=line, place=place)
        if beyond:
            row.faults.append(Fault(code="more_cells", column="", value=beyond))
        plain = {name: self._plain(row, name, cell) for name, cell in cells.items()}
        row.texts = {name: " ".join(text.split()) for name, text in plain.items() if text and name in _TEXTS}
        self._name(row, plain)
        target = self._target(row, plain["县"])
        self._day(row, cells["截至日期"], plain["截至日期"])
        if target is not None:
            self._nature(row, plain.get("口径", ""), target)
            self._reported(row, cells["完成值"], plain["完成值"], plain["单位"], target)
        return row

    def _plain(self, row: Row, name: str, cell: Cell) -> str:
        """Return a cell as a text after refusing formulas and errors."""
        if isinstance(cell, Formula):
            row.faults.append(Fault(code="formula", column=name, value=cell.text))
            return ""
        if isinstance(cell, Mistake):
            row.faults.append(Fault(code="error_cell", column=name, value=cell.text))
            return ""
        if isinstance(cell, datetime.date):
            return cell.isoformat()
        if isinstance(cell, float):
            return f"{cell:.12g}"
        if cell and not cell[0].isalnum() and _commands(cell):
            row.faults.append(Fault(code="formula", column=name, value=cell))
            return ""
        return cell

    def _name(self, row: Row, plain: Mapping[str, str]) -> None:
        given, name = plain["编号"], plain["名称"]
        row.id = given
        meant = self._named.get(_folded(name), set()) if name else set()
        if given in self._lines:
            if meant and given not in meant:
                other = "、".join(sorted(meant))
                row.faults.append(Fault(code="id_and_name", column="编号", value=given, words={"other": other}))
            return
        spelt = self._spelt.get(_folded(given))
        if spelt is None and not given and len(meant) == 1:
            spelt = next(iter(meant))
        row.faults.append(Fault(code="unknown_id", column="编号", value=given, cured=spelt))
        row.id = given if spelt is None else spelt

    def _target(self, row: Row, given: str) -> Tracked | None:
        """Return the line that a row reports on, its own or the item's whole; set its county."""
        lines = self._lines.get(row.id)
        row.county = given
        if lines is None:
            return None
        whole = next(line for line in lines.values() if line.whole)
        plain = half_width("".join(given.split()))
        county = self._county_of.get(plain)
        may = [self._whole, *self._counties] if whole.county == self._whole else [whole.county]
        words = {"counties": "、".join(may)}
        if not given:
            row.faults.append(
                Fault(code="no_county", column="县", value="", cured=may[0] if len(may) == 1 else None, words=words)
            )
            row.county = may[0] if len(may) == 1 else ""
        elif county is None:
            row.faults.append(Fault(code="unknown_county", column="县", value=given, words=words))
        elif county not in may:
            cured = may[0] if county == self._whole else None
            row.faults.append(Fault(code="other_county", column="县", value=given, cured=cured, words=words))
            row.county = may[0]
        else:
            row.county = county
        return lines.get(row.county, whole)

    def _day(self, row: Row, cell: Cell, text: str) -> None:
        if isinstance(cell, Formula | Mistake):
            return
        if isinstance(cell, datetime.date):
            row.on = cell
        else:
            day = read_day(text)
            row.on = day.on
            row.faults += [_fault(flaw, "截至日期", text) for flaw in day.flaws]
        if row.on is not None and row.on > self._as_of:
            words = {"as_of": self._as_of.isoformat()}
            row.faults.append(Fault(code="future", column="截至日期", value=text, words=words))

    def _nature(self, row: Row, given: str, target: Tracked) -> None:
        row.nature = target.nature
        if not given:
            return
        found = _NATURES.get(half_width(given).strip())
        if found is None:
            row.faults.append(Fault(code="nature", column="口径", value=given))
            return
        row.nature = found
        if found != target.nature:
            row.remarks.append("nature")

    def _reported(self, row: Row, cell: Cell, text: str, unit: str, target: Tracked) -> None:
        """Read value and unit: a state, or a number in the target's unit."""
        if isinstance(cell, Formula | Mistake) or (not text and any(f.column == "完成值" for f in row.faults)):
            return
        state = state_of(half_width(text))
        if state == ADJUSTED and not row.texts.get("来源"):
            row.faults.append(Fault(code="no_document", column="来源", value=""))
        if target.unit == STATE_UNIT or state == ADJUSTED:
            if state is None:
                words = {"words": "、".join(MENU)}
                row.faults.append(Fault(code="no_state", column="完成值", value=text, words=words))
            row.state = state or ""
            return
        if state is not None:
            words = {"target": target.unit}
            row.faults.append(Fault(code="state_for_number", column="完成值", value=text, words=words))
            return
        if isinstance(cell, datetime.date) or read_day(text) == Day(read_day(text).on):
            row.faults.append(Fault(code="date_as_value", column="完成值", value=text))
            return
        self._number(row, text, unit, target)

    def _number(self, row: Row, text: str, unit: str, target: Tracked) -> None:
        yearly = row.nature == "年度"
        told = unit if unit and unit != STATE_UNIT else target.unit
        if not unit:
            row.remarks.append("unit")
        number = read_number(text, told)
        row.faults += [_fault(flaw, "完成值", text) for flaw in number.flaws]
        row.low, row.high = number.low, number.high
        if number.loose:
            row.remarks.append("loose")
        if not same_unit(told, target.unit, yearly=yearly):
            self._convert(row, told, target.unit, yearly=yearly)
        if row.high is None or row.low is None:
            return
        if target.unit == "%" and row.high > 100:
            row.faults.append(Fault(code="above_100", column="完成值", value=text))
        goal = target.low if target.high is None else target.high
        if target.unit == "%" and goal and goal > 1 >= row.high > 0:
            row.remarks.append("fraction")
        if goal and row.high > _SUSPECT * goal:
            row.remarks.append("large")

    def _convert(self, row: Row, unit: str, target: str, *, yearly: bool) -> None:
        words = {"unit": unit, "target": target}
        ends = [None if end is None else in_unit(end, unit, target, yearly=yearly) for end in (row.low, row.high)]
        if in_unit(1.0, unit, target, yearly=yearly) is None:
            row.faults.append(Fault(code="unit_unknown", column="单位", value=unit, words=words))
            return
        cured = None
        if ends[0] is not None and ends[1] is not None:
            row.low, row.high = ends
            cured = f"{number_text(ends[0], ends[1])} {target}"
        row.faults.append(Fault(code="unit", column="单位", value=unit, cured=cured, words=words))


_TEXTS = frozenset({"来源", "证据", "填报单位", "填报人", "备注"})


def _empty(cell: Cell) -> bool:
    return isinstance(cell, str) and is_blank(cell)


def _commands(text: str) -> bool:
    """Tell whether a text begins as a command of a spreadsheet: after a plus or minus only with letters or brackets."""
    if not is_formula(text):
        return False
    plain = half_width(text).lstrip()
    if plain[:1] not in {"+", "-", "\u2212"}:
        return len(plain) > 1
    return any(sign.isascii() and (sign.isalpha() or sign in "(!|") for sign in plain)


@lru_cache(maxsize=65536)  # ids and names stand in many rows
def _folded(text: str) -> str:
    """Return an id or a name without what does not tell it from others: width, case, blanks, kinds of dashes.

    >>> _folded("ｗ－12 "), _folded("W—12")
    ('w-12', 'w-12')
    """
    plain = "".join(half_width(text).split()).lower()
    return plain.translate({ord(sign): "-" for sign in "_—–―\u2010\u2011\u2212"})


def _fault(flaw: Flaw, column: str, value: str) -> Fault:
    return Fault(code=flaw.code, column=column, value=value, cured=flaw.cured, words=dict(flaw.words))
