"""From sheets to observations: what is sound is read, what is not is set aside with its rule and cure."""

import datetime
import os
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ..errors import DataError
from ..study import StudyArea
from ..targets import whole_plan
from .cells import number_text
from .quarantine import Aside, Fault, table_of
from .records import Observation, Tracked
from .register import Register, needed_register, tracked
from .rows import Row, RowReader
from .series import MOST_POINTS, Point, falling
from .sheets import Sheet, open_sheet

PUBLISHED = "observations.csv"
"""The published observations of a study, in the folder of its register."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What sheets report.

    Attributes
    ----------
    observations : tuple of Observation
        By the names of the files, then by lines.
    set_aside : DataFrame
        One line a fault: ``file``, ``line`` (from 1, headings included), ``cell``, ``id``, ``county``, ``column``,
        ``value`` as written, ``rule`` and ``cure`` in Chinese, ``cured_value`` where it is beyond doubt, ``taken``
        (whether the row was read with its cures), ``code``, ``rule_en``, ``cure_en``.
    notes : tuple of str
        What a reader must know, one sentence each.
    """

    observations: tuple[Observation, ...]
    set_aside: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def rows_set_aside(self) -> int:
        """How many rows have faults."""
        return len(self.set_aside[["file", "line"]].drop_duplicates())

    @property
    def rows_taken(self) -> int:
        """How many of them were read with their cures."""
        return len(self.set_aside.loc[self.set_aside["taken"], ["file", "line"]].drop_duplicates())


def read_sheets(
    paths: Sequence[str | os.PathLike[str]],
    *,
    lines: Sequence[Tracked],
    register: Register,
    as_of: datetime.date,
    take_cures: bool = False,
    withheld: Collection[str] = (),
) -> Reading:
    """Return the observations of sheets, and the rows that are set aside.

    A row without a value is none. Of two equal rows one is kept; a later row for the same line and day whose 备注
    begins with 更正 stands in place of the earlier. Files may be given in any order; of two corrections the one in the
    file whose name comes last stands. What else breaks a rule is set aside: see ``docs/monitor.md``.

    Parameters
    ----------
    paths : sequence of path
        CSV or ``.xlsx`` files; see :func:`open_sheet`.
    lines : sequence of Tracked
        Lines of the register.
    register : Register
        The register itself.
    as_of : date
        Day of the report: later days cannot be reported yet.
    take_cures : bool
        Whether rows are read all the same where each of their faults has a cure beyond doubt. They stay listed.
    withheld : collection of str
        Ids that are not shown; their rows are left out and counted in the notes.

    Raises
    ------
    DataError
        If a file is no sheet, or none of its ids is of the register.

    Examples
    --------
    >>> import datetime, pathlib, tempfile
    >>> from nanyi_gis.study import load_study
    >>> from nanyi_gis.monitor import read_register, tracked
    >>> study = load_study()
    >>> text = "编号,名称,县,截至日期,完成值,单位\\nW-12,,古蔺,2022-12-31,2,个\\nW-12,,古蔺,2023-12-31,３,个\\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "a.csv"
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     found = read_sheets(
    ...         [path], lines=tracked(study), register=read_register(study), as_of=datetime.date(2024, 6, 30)
    ...     )
    >>> [(row.id, row.low, str(row.on)) for row in found.observations]
    [('W-12', 2.0, '2022-12-31')]
    >>> found.set_aside[["cell", "rule_en", "cured_value"]].values.tolist()
    [['E3', 'full-width digits or signs', '3']]
    """
    asked = _Asked(lines, register, as_of, withheld)
    return _reading([(path, label, as_of) for path, label in _labelled(paths)], asked, take_cures)


def read_reports(
    study: StudyArea,
    paths: Sequence[str | os.PathLike[str]] = (),
    *,
    as_of: datetime.date,
    take_cures: bool = False,
    published: bool = True,
) -> Reading:
    """Return what a study's own published observations and further sheets report, as :func:`read_sheets` does.

    Published are the rows of ``observations.csv`` in the folder of the register, up to ``as_of``; without ``published``
    they are left out. Of a public study, rows of items that public maps do not show are left out and counted.

    Raises
    ------
    ParameterError
        If the study has no register.
    DataError
        As :func:`read_sheets`.

    >>> from nanyi_gis.study import load_study
    >>> found = read_reports(load_study(), as_of=datetime.date(2021, 12, 31))
    >>> [(row.id, str(row.on), row.state) for row in found.observations if row.id == "I-11"]
    [('I-11', '2021-06-25', '已完成')]
    """
    lines, register = tracked(study), needed_register(study)
    withheld = frozenset(item.id for item in whole_plan(study).items if not item.public) if study.public else ()
    files = [(path, label, as_of) for path, label in _labelled(paths)]
    own = study.files["monitor"] / PUBLISHED
    if published and own.is_file():
        taken = {label for _, label, _ in files}
        files.insert(0, (own, str(own) if own.name in taken else own.name, datetime.date.max))
    return _reading(files, _Asked(lines, register, as_of, withheld), take_cures)


class _Asked(NamedTuple):
    """What sheets are read against."""

    lines: Sequence[Tracked]
    register: Register
    as_of: datetime.date
    withheld: Collection[str]


def _reading(
    files: Sequence[tuple[str | os.PathLike[str], str, datetime.date]], asked: _Asked, take_cures: bool
) -> Reading:
    """Return what files report, each with what it is called and its last day; of published ones later days fall out."""
    notes: list[str] = []
    rows: list[Row] = []
    columns: dict[str, dict[str, int]] = {}
    for path, label, last in files:
        reader = RowReader(asked.lines, register=asked.register, as_of=last)
        sheet = open_sheet(path)
        columns[label] = sheet.places
        notes += sheet.notes
        found = _rows_of(sheet, label, len(rows), reader, asked.withheld, notes)
        known = [row for row in found if last <= asked.as_of or row.on is None or row.on <= asked.as_of]
        if len(known) < len(found):
            notes.append(f"{label}: {len(found) - len(known)} published rows are of days after {asked.as_of}; left out")
        rows += known
    standing = _one_a_day(rows, notes, take_cures=take_cures)
    _mark_falling([row for row in standing if row.nature == "累计" and row.low is not None])
    read = [row for row in standing if row.sound or (take_cures and row.curable)]
    read.sort(key=lambda row: row.place)
    notes += _remarks(read)
    taken = {id(row) for row in read}
    aside = [
        Aside(row.file, row.line, _cell(row, fault, columns[row.file]), row.id, row.county, fault, id(row) in taken)
        for row in rows
        for fault in row.faults
    ]
    return Reading(observations=tuple(row.observation() for row in read), set_aside=table_of(aside), notes=tuple(notes))


def refuse_set_aside(reading: Reading) -> None:
    """Refuse sheets with any bad row, also one that was read with its cure.

    Raises
    ------
    DataError
        Names the first, and how many there are.
    """
    table = reading.set_aside
    if len(table) == 0:
        return
    first = table.iloc[0]
    where = first["cell"] or f"line {first['line']}"
    count = reading.rows_set_aside
    others = f" ({count - 1} more rows are bad)" if count > 1 else ""
    raise DataError(
        f"{first['file']} {where} is {first['value']!r}: {first['rule_en']}{others}; {first['cure_en']}, "
        "or leave out --strict"
    )


def _labelled(paths: Sequence[str | os.PathLike[str]]) -> list[tuple[str | os.PathLike[str], str]]:
    """Return files with what they are called: their names, with their folders where a name is there twice.

    They are in the order of these, so that it makes no difference in which order they are given.
    """
    names = [Path(path).name for path in paths]
    twice = {name for name, times in Counter(names).items() if times > 1}
    labels = [os.fspath(path) if name in twice else name for path, name in zip(paths, names, strict=True)]
    return sorted(zip(paths, labels, strict=True), key=lambda pair: pair[1])


def _rows_of(
    sheet: Sheet, label: str, begin: int, reader: RowReader, withheld: Collection[str], notes: list[str]
) -> list[Row]:
    """Return the rows of a sheet that report something."""
    places, width = sheet.places, sheet.width
    found: list[Row] = []
    empty = hidden = known = 0
    strange: list[str] = []
    for line, cells in sheet.rows:
        count = len(cells)
        named = {name: cells[place] if place < count else "" for name, place in places.items()}
        given = str(named["编号"])
        if given in withheld:
            hidden += 1
            known += 1
            continue
        beyond = next((str(cell) for cell in cells[width:] if cell != ""), "") if count > width else ""
        row = reader.read(label, line, begin + len(found), named, beyond)
        if reader.known(given) or (row is not None and any(f.code == "unknown_id" and f.cured for f in row.faults)):
            known += 1
        elif given:
            strange.append(given)
        if row is None:
            empty += 1
        else:
            found.append(row)
    if strange and not known:
        some = ", ".join(dict.fromkeys(strange[:3]))
        raise DataError(
            f"{label} has {some} among its ids, but none of them is of this plan's register; "
            "give the sheet of this plan, or --study the plan's folder"
        )
    if empty:
        notes.append(f"{label}: {empty} rows have no value and report nothing")
    if hidden:
        notes.append(f"{label}: {hidden} rows are of items that public pages do not show, and are left out")
    if not sheet.rows:
        notes.append(f"{label} has no rows")
    return found


def _one_a_day(rows: Sequence[Row], notes: list[str], *, take_cures: bool) -> list[Row]:
    """Return one row a line, day and nature; mark those that contradict each other."""
    groups: dict[tuple[str, str, datetime.date, str], list[Row]] = {}
    standing: list[Row] = []
    for row in rows:
        if row.on is not None and row.curable and (row.low is not None or row.state):
            groups.setdefault((row.id, row.county, row.on, row.nature), []).append(row)
    equal, replaced = [], []
    for group in groups.values():
        kept: list[Row] = []
        for row in sorted(group, key=lambda row: row.correction):  # in whatever order the files are given
            same = next((other for other in kept if other.value == row.value), None)
            if same is not None:
                equal.append(f"{row.file}:{row.line}")
                if row.sound and not same.sound:
                    kept[kept.index(same)] = row
            elif row.correction and kept and (row.sound or take_cures):
                replaced += [f"{other.where} by {row.file}:{row.line}" for other in kept]
                kept = [row]
            else:
                kept.append(row)
        for place, row in enumerate(kept):
            if len(kept) > 1:
                other = kept[1] if place == 0 else kept[0]
                row.faults.append(
                    Fault(code="two_values", column="完成值", value=_written(row), words={"other": other.where})
                )
        standing += kept
    if equal:
        notes.append(f"{len(equal)} rows say what another says and count once: {_some(equal)}")
    if replaced:
        notes.append(f"{len(replaced)} rows are superseded by a correction, and stay on file: {_some(replaced)}")
    return standing


def _mark_falling(rows: Sequence[Row]) -> None:
    """Mark the fewest rows without which no cumulative series falls."""
    series: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        series.setdefault((row.id, row.county), []).append(row)
    for name, group in series.items():
        if len(group) > MOST_POINTS:
            raise DataError(f"{group[0].file} has {len(group):,} values of {name[0]} {name[1]}; split it by years")
        group.sort(key=lambda row: (row.on, row.low, row.place))
        points = [Point(row.low or 0.0, row.high or 0.0, row.sound) for row in group]
        for place, other in falling(points).items():
            row = group[place]
            words = {"other": group[other].where}
            row.faults.append(Fault(code="falling", column="完成值", value=_written(row), words=words))


def _written(row: Row) -> str:
    return row.state or number_text(row.low or 0.0, row.high or 0.0)


def _cell(row: Row, fault: Fault, places: dict[str, int]) -> str:
    """Return the name of a cell as a spreadsheet has it."""
    if fault.column not in places:
        return ""
    place, letters = places[fault.column] + 1, ""
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row.line}"


_REMARKS = {
    "loose": "are about, above or below a number: 约30 and 30以上 are counted as 30, 30以下 as 0 to 30",
    "unit": "have no unit and are read in the target's",
    "nature": "count otherwise (口径) than the register's target",
    "fraction": "are at most 1 %: a fraction where a share in percent is due?",
    "large": "are over ten times their target: check value and unit",
}


def _remarks(rows: Sequence[Row]) -> list[str]:
    """Return what is odd about rows that are read all the same."""
    found = {said: [f"{row.file}:{row.line}" for row in rows if kind in row.remarks] for kind, said in _REMARKS.items()}
    found["name no source"] = [f"{row.file}:{row.line}" for row in rows if not row.texts.get("来源")]
    return [f"{len(where)} rows {said}: {_some(where)}" for said, where in found.items() if where]


def _some(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
