"""The rule of states: how far below the elapsed share is behind, what is near, and which lamp goes with which word."""

import os
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, field_validator, model_validator

from ..colours import parse_hex
from ..errors import ParameterError
from ..io import data_files
from ..study import StudyArea
from ..targets import FrozenRecord, read_typed
from .records import ADJUSTED, DONE

State = Literal["已完成", "正常", "临近", "滞后", "逾期", "无数据", "不可量化", "已调整"]
"""What a line is, each but one of these."""

STATES: tuple[State, ...] = get_args(State)
ON_PACE: State = "正常"
NEAR: State = "临近"
BEHIND: State = "滞后"
OVERDUE: State = "逾期"
NO_DATA: State = "无数据"
NOT_MEASURED: State = "不可量化"

STATES_EN: dict[str, str] = {
    DONE: "done",
    ON_PACE: "on pace",
    NEAR: "due soon",
    BEHIND: "behind",
    OVERDUE: "overdue",
    NO_DATA: "no data",
    NOT_MEASURED: "not measurable",
    ADJUSTED: "adjusted",
}

_FOLDER = "states"
_GREY = 40  # the most that the channels of a grey, tinted or not, lie apart
_EXACT = 9  # decimals of a gap in per cent: 70 - 60 is 10, whatever binary fractions make of it


class Lamp(FrozenRecord):
    """What a state is shown as: a word in both languages, never a colour alone."""

    word: Annotated[str, Field(min_length=1)]
    word_en: Annotated[str, Field(min_length=1)]
    colour: str

    @field_validator("colour")
    @classmethod
    def _a_colour(cls, value: str) -> str:
        try:
            parse_hex(value)
        except ParameterError as error:
            raise ValueError(f"must be # and hexadecimal digits, but is {value!r}") from error
        return value


class Behind(Lamp):
    """A degree of being behind: a gap of ``from`` or more, or of more than ``above``, in the rule's measure.

    Attributes
    ----------
    least : float or None
        ``from`` in the file: this gap counts.
    above : float or None
        This gap itself does not.
    """

    least: Annotated[float | None, Field(alias="from", ge=0, le=100)] = None
    above: Annotated[float | None, Field(ge=0, le=100)] = None

    @model_validator(mode="after")
    def _one_edge(self) -> "Behind":
        if (self.least is None) == (self.above is None):
            raise ValueError("must have one edge, from or above, and has both or none")
        if self.least == 0:
            raise ValueError("must not begin from 0, for a value on pace is not behind; write above = 0")
        return self

    @property
    def edge(self) -> float:
        """Gap at which it begins."""
        return float(self.least if self.least is not None else self.above or 0.0)

    def holds(self, gap: float) -> bool:
        """Tell whether a gap is of this degree or beyond it."""
        gap = round(gap, _EXACT)
        return gap >= self.edge if self.least is not None else gap > self.edge


class StateRule(FrozenRecord):
    """A preset of states, as a TOML file.

    Attributes
    ----------
    name, zh, en : str
        What it is called, and what it says.
    source, source_zh, address : str
        Who published it and where; the address is empty for a rule of one's own.
    sure : str
        How sure the source is: ``own``, ``low``, ``medium``, ``high``.
    ours : tuple of str
        What the source leaves open and this file sets.
    measure : str
        ``points``: elapsed share less completion, times 100; ``share``: that as a per cent of the elapsed share.
    near_days : int
        Days before the deadline from which a line on pace is 临近; 0 for never.
    about : float
        Share by which a target said with 左右 may be missed and is reached all the same.
    behind : tuple of Behind
        Degrees of 滞后, from the least gap to the largest.
    lamp : mapping
        Lamp of every other state.
    """

    name: Annotated[str, Field(min_length=1)]
    zh: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]
    source: Annotated[str, Field(min_length=1)]
    source_zh: Annotated[str, Field(min_length=1)]
    address: str = ""
    sure: Literal["own", "low", "medium", "high"] = "own"
    ours: tuple[str, ...] = ()
    measure: Literal["points", "share"] = "points"
    near_days: Annotated[int, Field(ge=0, le=3660)] = 90
    about: Annotated[float, Field(ge=0, lt=1)] = 0.05
    behind: Annotated[tuple[Behind, ...], Field(min_length=1)]
    lamp: dict[str, Lamp]

    @model_validator(mode="after")
    def _sound(self) -> "StateRule":
        wanted = [state for state in STATES if state != BEHIND]
        wrong = sorted(set(self.lamp) ^ set(wanted), key=str)
        if wrong:
            raise ValueError(f"must have a lamp for each of {', '.join(wanted)}, but not so for {wrong[0]}")
        edges = [degree.edge for degree in self.behind]
        if edges != sorted(set(edges)):
            raise ValueError(f"must have degrees of behind that rise, but they begin at {edges}")
        for state in (NO_DATA, NOT_MEASURED):
            channels = parse_hex(self.lamp[state].colour)
            if max(channels) - min(channels) > _GREY:
                raise ValueError(f"must have a grey for {state}, for what nobody knows is not good or bad")
        return self

    def gap(self, completion: float, elapsed: float) -> float:
        """Return how far a completion lies below the elapsed share, in the rule's measure; negative above it.

        >>> round(read_rule("yinchuan").gap(2 / 6, 730 / 1826), 2), round(read_rule("sanya").gap(2 / 6, 730 / 1826), 2)
        (6.64, 16.62)
        """
        short = elapsed - completion
        if self.measure == "points":
            return 100.0 * short
        return 100.0 * short / elapsed if elapsed > 0 else 0.0

    def degree(self, completion: float, elapsed: float) -> Behind | None:
        """Return the degree by which a completion is behind; None on pace.

        >>> [read_rule(name).degree(2 / 6, 730 / 1826) is None for name in ("neutral", "yinchuan", "sanya")]
        [False, True, False]
        """
        gap = self.gap(completion, elapsed)
        return next((degree for degree in reversed(self.behind) if degree.holds(gap)), None)


def rule_names() -> tuple[str, ...]:
    """Return the names of the rules that come with the package.

    >>> rule_names()
    ('neutral', 'sanya', 'suqian', 'yinchuan')
    """
    return tuple(sorted(_shipped()))


def read_rule(rule: str | os.PathLike[str], *, study: StudyArea | None = None) -> StateRule:
    """Return a rule of states by its name or its file.

    Parameters
    ----------
    rule : str or path
        A name of :func:`rule_names`, of a file in the folder ``states`` of the study's register, or a TOML file.
    study : StudyArea, optional
        The study whose rules are looked at first.

    Raises
    ------
    ParameterError
        If there is no such rule, or a value of it breaks its own rule.
    DataError
        If the file is no TOML.

    >>> read_rule("yinchuan").behind[0].word
    '黄灯'
    >>> read_rule("lamps")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: rule is 'lamps', but must be one of neutral, sanya, suqian, yinchuan or a TOML file
    """
    known = _shipped()
    folder = None if study is None else study.files.get("monitor")
    if folder is not None:
        known |= {path.stem: path for path in (folder / _FOLDER).glob("*.toml") if not path.stem.endswith(".toml")}
    path = known.get(str(rule)) or Path(rule)
    if str(rule) not in known and path.suffix != ".toml":
        raise ParameterError(f"rule is {str(rule)!r}, but must be one of {', '.join(sorted(known))} or a TOML file")
    return read_typed(path, StateRule, what="rule of states", guide="docs/monitor.md")


def _shipped() -> dict[str, Path]:
    start = f"monitor/{_FOLDER}/"
    return {path.stem: path for name, path in data_files().items() if name.startswith(start) and path.suffix == ".toml"}
