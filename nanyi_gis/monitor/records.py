"""What the register tracks, and what is observed of it: two records that every part of the room shares."""

import datetime
from dataclasses import dataclass
from typing import Final, Literal

Nature = Literal["累计", "年度", "状态"]
"""累计 adds up since the first year, 年度 is of one year, 状态 is what stands on a day."""

Basis = Literal["stated", "assumed", "period", "none"]
"""Where a deadline is from: the plan, the inventory's reading of it, the end of the plan's period, or nowhere."""

DONE: Final = "已完成"
ADJUSTED: Final = "已调整"
CORRECTION: Final = "更正"
"""How the remark of a row begins that takes the place of an earlier one."""


@dataclass(frozen=True, kw_only=True)
class Tracked:
    """A line of the register: an item of the plan, for the whole or for one county.

    Attributes
    ----------
    id, name_zh, name_en, theme, clause : str
        Of the item.
    county : str
        A county, or the word for all of them together.
    whole : bool
        Whether it is the item's own line, and not a county's share of it.
    low, high : float or None
        The target: ``high`` closes a range, and is None where the plan says so much *or more*; both None without one.
    comparator : str
        As the plan has it: ``=``, ``>=``, ``>``, ``<=``, ``~``.
    unit : str
        Unit of the target; ``状态`` for what is done or not done.
    nature : str
        How the number counts; see :data:`Nature`.
    start, deadline : date
        First and last day; an item that is qualitative and without a year has no deadline.
    basis : str
        Where the deadline is from; see :data:`Basis`.
    owners, supporting : tuple of str
        Lead agencies (the register's word for none where the plan names none), and supporting ones.
    public : bool
        Whether a public page may show it.
    """

    id: str
    name_zh: str
    name_en: str
    theme: str
    clause: str
    county: str
    whole: bool
    low: float | None
    high: float | None
    comparator: str
    unit: str
    nature: Nature
    start: datetime.date
    deadline: datetime.date | None
    basis: Basis
    owners: tuple[str, ...]
    supporting: tuple[str, ...] = ()
    public: bool = True

    @property
    def counted(self) -> bool:
        """Whether it has a number to reach."""
        return self.low is not None


@dataclass(frozen=True, kw_only=True)
class Observation:
    """A row that a sheet reports, read and found sound.

    Attributes
    ----------
    id, county : str
        The line of the register that it speaks of. A county may also report its part where the plan sets none.
    on : date
        Day to which the value stands.
    low, high : float or None
        The value in the target's unit; they differ where a range is reported (``0-4``), and are None for a state.
    state : str
        ``已完成``, ``已调整``, or another word of a state row (在建, 未开工, ...); empty for a number.
    nature : str
        As reported, or the register's where the row leaves it empty.
    source, evidence, agency, reporter, note : str
        As written.
    file, line : str, int
        Where it stands; the line counts from 1, headings included.
    cured : bool
        Whether a cure of :func:`read_sheets` was taken to read it.
    """

    id: str
    county: str
    on: datetime.date
    low: float | None
    high: float | None
    state: str
    nature: Nature
    source: str
    evidence: str
    agency: str
    reporter: str
    note: str
    file: str
    line: int
    cured: bool = False
