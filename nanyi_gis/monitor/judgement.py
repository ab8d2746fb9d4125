"""The state of one line on a day, and the sentence that says why, in both languages."""

import datetime
from dataclasses import dataclass

from ..plan import UNITS_EN
from .history import DONE_WORDS, HALTED, IDLE_WORDS, WORDS_EN, History, Point, reached, span
from .records import ADJUSTED, DONE, Tracked
from .states import BEHIND, NEAR, NO_DATA, NOT_MEASURED, ON_PACE, OVERDUE, STATES, Behind, Lamp, State, StateRule

_BAD = {state: place for place, state in enumerate((DONE, ON_PACE, NEAR, BEHIND, OVERDUE))}


@dataclass(frozen=True)
class Judgement:
    """A state with its lamp and reason.

    Attributes
    ----------
    state : str
    lamp : Lamp
    reason, reason_en : str
    completion, completion_low, completion_high : float or None
        Value as a share of the target; the single one is the low end.
    """

    state: State
    lamp: Lamp
    reason: str
    reason_en: str
    completion: float | None = None
    completion_low: float | None = None
    completion_high: float | None = None


def elapsed_share(line: Tracked, day: datetime.date) -> float | None:
    """Return the share of a line's days that have gone by, the first and the day both counted; None without a deadline.

    ``(day - start + 1) / (deadline - start + 1)``, cut at 0 and 1.

    >>> from nanyi_gis.study import load_study
    >>> from nanyi_gis.monitor import tracked
    >>> line = next(line for line in tracked(load_study()) if line.id == "W-12")
    >>> elapsed_share(line, datetime.date(2022, 12, 31)) == 730 / 1826
    True
    """
    if line.deadline is None:
        return None
    whole = (line.deadline - line.start).days + 1
    return min(1.0, max(0.0, ((day - line.start).days + 1) / whole))


def completion_of(line: Tracked, value: float) -> float | None:
    """Return a value as a share of its target; where the plan sets a ceiling, the ceiling as a share of the value.

    A range as target is measured against its low end, for there the promise is kept. A ceiling that holds is 1. None
    where the target is 0 or there is none.

    >>> from nanyi_gis.study import load_study
    >>> from nanyi_gis.monitor import tracked
    >>> line = next(line for line in tracked(load_study()) if line.id == "W-12" and line.county == "古蔺")
    >>> round(completion_of(line, 2), 4)
    0.3333
    """
    if line.low is None:
        return None
    if line.comparator in {"<=", "<"}:
        if reached(line, value):
            return 1.0
        limit = line.low if line.high is None else max(line.low, line.high)
        return max(0.0, limit / value) if value > 0 else 0.0
    if line.low <= 0:
        return None
    return max(0.0, value / line.low)


def judge(line: Tracked, history: History, *, as_of: datetime.date, rule: StateRule) -> Judgement:
    """Return the state of a line on a day.

    Parameters
    ----------
    line : Tracked
    history : History
        What is known of it by then.
    as_of : date
    rule : StateRule
    """
    notes, english = [zh for zh, _ in history.notes], [en for _, en in history.notes]
    found = _judge(line, history, as_of=as_of, rule=rule)
    return Judgement(
        found.state,
        found.lamp,
        "；".join([found.reason, *notes]) + "。",
        "; ".join([found.reason_en, *english]) + ".",
        found.completion,
        found.completion_low,
        found.completion_high,
    )


def _judge(line: Tracked, history: History, *, as_of: datetime.date, rule: StateRule) -> Judgement:
    if history.adjusted is not None:
        row = history.adjusted
        return _plain(ADJUSTED, rule, f"目标已调整，依据：{row.source}", f"the target was adjusted, by: {row.source}")
    last = history.points[-1] if history.points else None
    word = history.word
    if word is not None and (last is None or word.on >= last.on or word.state in DONE_WORDS):
        spoken = _by_word(line, word.on, word.state, last, as_of=as_of, rule=rule)
        if spoken is not None:
            return spoken
    if line.counted and last is not None:
        return _by_value(line, last, as_of=as_of, rule=rule)
    if not line.counted and line.deadline is None:
        told = f"，最近报为“{word.state}”（{word.on}）" if word is not None else ""
        said = f"; last reported as {WORDS_EN.get(word.state, word.state)} ({word.on})" if word is not None else ""
        return _plain(
            NOT_MEASURED, rule, f"规划未定数量和期限{told}", f"the plan sets neither number nor deadline{said}"
        )
    if line.deadline is not None and as_of > line.deadline:
        return _plain(
            NO_DATA, rule, f"期限{line.deadline}已过，无佐证", f"the deadline {line.deadline} has passed, no evidence"
        )
    return _plain(NO_DATA, rule, "尚无上报", "nothing is reported")


def _by_word(
    line: Tracked, on: datetime.date, word: str, last: Point | None, *, as_of: datetime.date, rule: StateRule
) -> Judgement | None:
    """Return the state that a word gives; None where it gives none and a value or the lack of one decides."""
    if word in DONE_WORDS:
        reason, english = f"{on}报为“{word}”", f"reported as {WORDS_EN.get(word, word)} on {on}"
        return Judgement(DONE, rule.lamp[DONE], reason, english, 1.0, 1.0, 1.0)
    if last is not None or line.deadline is None:
        return None  # a number says more; without a deadline nothing is early or late
    told, said = f"{on}报为“{word}”", f"reported as {WORDS_EN.get(word, word)} on {on}"
    done = 0.0 if word in IDLE_WORDS else None
    if as_of > line.deadline:
        if on >= line.deadline:
            reason, english = f"{told}，期限{line.deadline}已过", f"{said}, past the deadline {line.deadline}"
            return Judgement(OVERDUE, rule.lamp[OVERDUE], reason, english, done, done, done)
        return _plain(
            NO_DATA,
            rule,
            f"期限{line.deadline}已过，{told}，其后无佐证",
            f"the deadline {line.deadline} has passed; {said}, no evidence since",
        )
    if word in IDLE_WORDS:
        share = elapsed_share(line, on) or 0.0
        degree = rule.degree(0.0, share)
        if degree is not None:
            reason, english = f"{told}，序时进度{share:.1%}", f"{said}, when {share:.1%} of the time had gone"
            return Judgement(BEHIND, degree, reason, english, done, done, done)
    if word == HALTED:
        reason, english = f"{told}，无数量，按滞后计", f"{said}; no number, but what is halted is behind"
        return Judgement(BEHIND, rule.behind[0], reason, english)
    near = _near(line, as_of, rule)
    return _plain(near, rule, f"{told}，无数量，未判快慢", f"{said}; no number, so pace is not judged")


def _by_value(line: Tracked, last: Point, *, as_of: datetime.date, rule: StateRule) -> Judgement:
    """Return the state of the last value, judged against the elapsed share of its own day; of two ends the worse."""
    ends = [_end(line, value, last.on, as_of=as_of, rule=rule) for value in (last.low, last.high)]
    worse = max(ends, key=lambda end: (_order(end[0]), _edge(end[1])))
    state, lamp = worse
    shares = [completion_of(line, value) for value in (last.low, last.high)]
    known = sorted(share for share in shares if share is not None)
    low, high = (known[0], known[-1]) if known else (None, None)
    if line.high is not None and line.low is not None and line.high > line.low > 0 and low is not None:
        low = low * line.low / line.high
    reason, english = _value_words(line, last, state, as_of=as_of, share=known[0] if known else None)
    if ends[0] != ends[1]:
        better = min(ends, key=lambda end: (_order(end[0]), _edge(end[1])))[0]
        reason += f"；上报为区间，按较差一端，另一端为{better}"
        english += f"; a range is reported: the worse end counts, the other is {better}"
    return Judgement(state, lamp, reason, english, known[0] if known else None, low, high)


def _end(
    line: Tracked, value: float, on: datetime.date, *, as_of: datetime.date, rule: StateRule
) -> tuple[State, Lamp]:
    ceiling = line.comparator in {"<=", "<"}
    kept = reached(line, value, about=rule.about)
    deadline = line.deadline
    if kept and not (ceiling and deadline is not None and on < deadline):
        return DONE, rule.lamp[DONE]
    if deadline is not None and as_of > deadline:
        if on >= deadline:
            return OVERDUE, rule.lamp[OVERDUE]
        return NO_DATA, rule.lamp[NO_DATA]
    degree: Behind | None = None
    if ceiling:
        degree = None if kept else rule.behind[-1]
    elif deadline is not None:
        share = completion_of(line, value)
        degree = None if share is None else rule.degree(share, elapsed_share(line, on) or 0.0)
    if degree is not None:
        return BEHIND, degree
    near = _near(line, as_of, rule)
    return near, rule.lamp[near]


def _near(line: Tracked, as_of: datetime.date, rule: StateRule) -> State:
    if line.deadline is None or not rule.near_days:
        return ON_PACE
    return NEAR if (line.deadline - as_of).days <= rule.near_days else ON_PACE


def _order(state: State) -> int:
    return _BAD.get(state, len(STATES))


def _edge(lamp: Lamp) -> float:
    return lamp.edge if isinstance(lamp, Behind) else -1.0


def _value_words(
    line: Tracked, last: Point, state: State, *, as_of: datetime.date, share: float | None
) -> tuple[str, str]:
    """Return why a value gives its state."""
    value, unit = span(last.low, last.high), UNITS_EN.get(line.unit, line.unit)
    gap = "" if unit in {"", "%"} else " × " if unit[0].isdigit() else " "
    told, said = f"{last.on}为{value} {line.unit}", f"{value}{gap}{unit} on {last.on}"
    if state == DONE:
        late = line.deadline is not None and last.on > line.deadline
        return (
            f"{told}，达到目标" + ("（期限后上报）" if late else ""),
            f"{said}: the target is met" + (" (as of a day after the deadline)" if late else ""),
        )
    if state == OVERDUE:
        return f"{told}，期限{line.deadline}已过而未达目标", f"{said}, short of the target past {line.deadline}"
    if state == NO_DATA:
        return (
            f"期限{line.deadline}已过，最后一次上报早于期限（{told}），其后无佐证",
            f"the deadline {line.deadline} has passed, and the last value is older ({said}): no evidence",
        )
    pace = elapsed_share(line, last.on)
    if line.comparator in {"<=", "<"}:
        held = state != BEHIND
        return f"{told}，{'未超' if held else '已超'}上限", f"{said}, {'within' if held else 'above'} the ceiling"
    if share is None or pace is None:
        return told, said
    apart = 100.0 * (share - pace)
    reason = (
        f"{told}，完成{share:.1%}，当日序时进度{pace:.1%}，{'低' if apart < 0 else '高'}{_points(apart)[0]}个百分点"
    )
    english = (
        f"{said}: {share:.1%} done when {pace:.1%} of the time had gone, "
        f"{_points(apart)[1]} points {'below' if apart < 0 else 'above'}"
    )
    if line.nature != "累计":
        reason += "（存量或年度指标不从零起算，完成率偏高，只作参考）"
        english += " (a level does not start from zero, so its share reads high: for reference)"
    if state == NEAR and line.deadline is not None:
        reason += f"，距期限{(line.deadline - as_of).days}天"
        english += f"; {(line.deadline - as_of).days} days are left"
    return reason, english


def _points(apart: float) -> tuple[str, str]:
    """Return a gap in points in both languages; one that is below a tenth is not told as none, for it counts."""
    size = abs(apart)
    return ("不足0.1", "less than 0.1") if 0.0 < size < 0.05 else (f"{size:.1f}", f"{size:.1f}")


def _plain(state: State, rule: StateRule, reason: str, english: str) -> Judgement:
    return Judgement(state, rule.lamp[state], reason, english)
