"""What is known of a line up to a day: its values in order, its last word, and sums of counties where it has none."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .cells import STATE_WORDS
from .records import ADJUSTED, CORRECTION, DONE, Observation, Tracked

DONE_WORDS = frozenset({DONE, *STATE_WORDS[DONE]})
HALTED = "停工"
IDLE_WORDS = frozenset({*STATE_WORDS["未开工"], *STATE_WORDS["前期"]})
"""Words of a state row for what is not begun: nothing of it is done."""

_ENGLISH = {
    DONE: "done",
    ADJUSTED: "adjusted",
    "在建": "under construction",
    "开工": "begun",
    "前期": "in preparation",
    "未开工": "not begun",
    HALTED: "halted",
}
WORDS_EN = {word: _ENGLISH[state] for state, words in STATE_WORDS.items() for word in (state, *words)}

_NOT_ADDED = frozenset({"%", "‰"})
_EXACT = 1e-9

_Key = tuple[str, str]


@dataclass(frozen=True)
class Point:
    """A value of a line on a day; ``low`` and ``high`` differ where a range was reported."""

    on: datetime.date
    low: float
    high: float
    source: str = ""
    evidence: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class History:
    """What is known of a line.

    Attributes
    ----------
    points : tuple of Point
        Values that can be judged, one a day, in order.
    word : Observation or None
        Last state row.
    adjusted : Observation or None
        Last row that says the target was adjusted.
    seen : int
        Observations of it, judged or not.
    summed : tuple of str
        Counties whose values the points are the sums of; empty where they are its own.
    missing : tuple of str
        Counties that a sum lacks.
    notes : tuple of (str, str)
        What a reader must know, in both languages.
    conflict : bool
        Whether its own value differs from the sum of its counties on the same day.
    """

    points: tuple[Point, ...] = ()
    word: Observation | None = None
    adjusted: Observation | None = None
    seen: int = 0
    summed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    conflict: bool = False


@dataclass
class _Seen:
    """The rows of one item and county."""

    points: list[Point] = field(default_factory=list)
    words: list[Observation] = field(default_factory=list)
    count: int = 0
    notes: list[tuple[str, str]] = field(default_factory=list)


def histories(
    lines: Sequence[Tracked],
    observations: Iterable[Observation],
    *,
    as_of: datetime.date,
    whole: str,
    counties: Sequence[str] = (),
) -> list[History]:
    """Return what is known of each line on a day, whatever the order of the rows.

    A line for all counties without a value of its own is the sum of their values on the days on which each has one
    (not for shares in per cent), and done in words when each says so. Rows later than the day are not read. What
    is of another nature than the line (年度 for 累计 or the reverse) and a year's value before the year is over are
    counted and told, and not judged.

    Parameters
    ----------
    lines : sequence of Tracked
    observations : iterable of Observation
    as_of : date
    whole : str
        Word for all counties together.
    counties : sequence of str, optional
        All counties; those that the lines and observations name if not given.
    """
    rows = [row for row in observations if row.on <= as_of]
    names = counties or sorted({line.county for line in lines}.union(row.county for row in rows) - {whole})
    by_key: dict[_Key, list[Observation]] = defaultdict(list)
    for row in rows:
        by_key[row.id, row.county].append(row)
    shares = {(line.id, line.county): line for line in lines if not line.whole}
    return [_history(line, by_key, shares, whole=whole, counties=names) for line in lines]


def _history(
    line: Tracked,
    by_key: Mapping[_Key, list[Observation]],
    shares: Mapping[_Key, Tracked],
    *,
    whole: str,
    counties: Sequence[str],
) -> History:
    own = _seen(line, by_key.get((line.id, line.county), ()))
    adjusted = next((row for row in reversed(own.words) if row.state == ADJUSTED), None)
    words = [row for row in own.words if row.state != ADJUSTED]
    word = words[-1] if words else None
    if line.county != whole:
        return History(tuple(own.points), word, adjusted, own.count, notes=tuple(own.notes))
    parts = {name: _seen(line, by_key.get((line.id, name), ())) for name in counties}
    reported = [name for name in counties if parts[name].count]
    if not reported:
        return History(tuple(own.points), word, adjusted, own.count, notes=tuple(own.notes))
    additive = line.counted and line.unit not in _NOT_ADDED
    series = {name: part.points for name, part in parts.items()}
    missing = tuple(name for name in counties if not (parts[name].points if line.counted else parts[name].words))
    notes = list(own.notes)
    if own.points:
        apart = _apart(own.points, series) if additive and not missing else None
        if apart is not None:
            notes.append(apart)
        return History(
            tuple(own.points),
            word,
            adjusted,
            own.count,
            missing=missing,
            notes=tuple(notes),
            conflict=apart is not None,
        )
    count = own.count + sum(part.count for part in parts.values())
    if additive and not missing:
        points, note = _sums(series, cumulative=line.nature == "累计")
        notes += [note] if note else []
        uneven = _uneven(line, points, series, shares)
        notes += [uneven] if uneven else []
        return History(tuple(points), word, adjusted, count, tuple(counties), (), tuple(notes))
    if word is None and not line.counted and not missing:
        word, note = _common_word({name: part.words[-1] for name, part in parts.items()})
        notes += [note] if note else []
    if missing:
        notes.append(
            (
                f"{'、'.join(reported)}已报，{'、'.join(missing)}未报，不能合计",
                f"reported by {', '.join(reported)}, not by {', '.join(missing)}: no sum",
            )
        )
    elif line.counted:
        notes.append(("各县已报，比率不能相加，合计须另报", "reported by county; shares do not add up, report it"))
    return History((), word, adjusted, count, missing=missing, notes=tuple(notes))


def _seen(line: Tracked, rows: Iterable[Observation]) -> _Seen:
    """Return the rows of an item and county in order of their days: values, words, and what is not judged."""
    found = _Seen()
    days: dict[datetime.date, Point] = {}
    for row in sorted(rows, key=_order):
        found.count += 1
        if row.low is None or row.high is None:
            found.words.append(row)
        elif {row.nature, line.nature} == {"累计", "年度"}:
            found.notes.append(
                (
                    f"{row.on}上报口径为{row.nature}，目标为{line.nature}，未采用",
                    f"the value of {row.on} counts otherwise ({row.nature}) than the target ({line.nature}): not used",
                )
            )
        elif line.nature == "年度" and (row.on.month, row.on.day) != (12, 31) and not reached(line, row.low):
            found.notes.append(
                (f"{row.on}为年内数，年底再评", f"the value of {row.on} is of a part of the year: judged at its end")
            )
        else:
            days[row.on] = Point(row.on, row.low, row.high, row.source, row.evidence, row.file, row.line)
    found.points = list(days.values())
    return found


def _order(row: Observation) -> tuple[datetime.date, bool, str, int, float]:
    """Sort by day; of two rows of one day the correction comes last and stands."""
    return row.on, row.note.strip().startswith(CORRECTION), row.file, row.line, row.low or 0.0


def reached(line: Tracked, value: float, *, about: float = 0.0) -> bool:
    """Tell whether a value meets a line's target; a target for 左右 is met from ``1 - about`` of it.

    >>> from nanyi_gis.study import load_study
    >>> from nanyi_gis.monitor import tracked
    >>> line = next(line for line in tracked(load_study()) if line.id == "W-12")
    >>> reached(line, 11), reached(line, 10.9)
    (True, False)
    """
    if line.low is None:
        return False
    room = _EXACT * max(1.0, abs(line.low))
    if line.comparator in {"<=", "<"}:
        limit = line.low if line.high is None else max(line.low, line.high)
        return value < limit if line.comparator == "<" else value <= limit + room
    if line.comparator == ">":
        return value > line.low + room
    return value >= line.low * (1.0 - (about if line.comparator == "~" else 0.0)) - room


def _apart(own: Sequence[Point], parts: Mapping[str, Sequence[Point]]) -> tuple[str, str] | None:
    """Return the words of a difference between the last own value and the counties' sum on its day; None if none."""
    last = own[-1]
    same = [next((point for point in points if point.on == last.on), None) for points in parts.values()]
    known = [point for point in same if point is not None]
    if len(known) < len(same):
        return None
    low, high = sum(point.low for point in known), sum(point.high for point in known)
    room = _EXACT * max(1.0, abs(high))
    if low - room <= last.high and last.low <= high + room:
        return None
    return (
        f"{last.on}合计报{span(last.low, last.high)}，各县相加为{span(low, high)}，二者不符",
        f"on {last.on} the whole is reported as {span(last.low, last.high)}, its counties add up to {span(low, high)}",
    )


def _sums(parts: Mapping[str, Sequence[Point]], *, cumulative: bool) -> tuple[list[Point], tuple[str, str] | None]:
    """Return the sums of the days that all counties have, and a last one of the older of their last days.

    A county whose first value is of a later day had, on the older one, from nothing to that value where values add up;
    of other values nothing is known of that day, and no sum is formed.
    """
    by_day = [{point.on: point for point in points} for points in parts.values()]
    common = sorted(set.intersection(*(set(days) for days in by_day)))
    found = [_sum(day, [days[day] for days in by_day]) for day in common]
    older = min(max(days) for days in by_day)
    if found and found[-1].on == older:
        return found, None
    last, late = [], []
    for name, days in zip(parts, by_day, strict=True):
        by_then = [day for day in days if day <= older]
        if by_then:
            last.append(days[max(by_then)])
        elif cumulative:
            first = days[min(days)]
            last.append(replace(first, on=older, low=0.0))
            late.append((name, first))
        else:
            return found, (
                f"各县日期不同，{older}时有县尚无数据，不能合计",
                f"the counties' days differ, and one has no value by {older}: no sum",
            )
    told = "".join(f"，{name}当时尚无数据，按0至{point.high:g}计" for name, point in late)
    said = "".join(f", when {name} had no value yet and counts as 0 to {point.high:g}" for name, point in late)
    note = (
        f"各县日期不同，合计按较早的{older}{told}",
        f"the counties' days differ; their sum is taken as of the earlier, {older}{said}",
    )
    return [*found, _sum(older, last)], note


def _uneven(
    line: Tracked, sums: Sequence[Point], parts: Mapping[str, Sequence[Point]], shares: Mapping[_Key, Tracked]
) -> tuple[str, str] | None:
    """Return the words of a sum that meets the target while a county is short of its own share; None if none is."""
    if not sums or not reached(line, sums[-1].low):
        return None
    short = [
        (name, span(points[-1].low, points[-1].high), shares[line.id, name].low or 0.0)
        for name, points in parts.items()
        if (line.id, name) in shares and not reached(shares[line.id, name], points[-1].low)
    ]
    if not short:
        return None
    told = "，".join(f"{name}{value}未达其{target:g}" for name, value, target in short)
    said = ", ".join(f"{name} has {value} of its {target:g}" for name, value, target in short)
    return f"合计达到而{told}", f"the sum is met, but {said}"


def _sum(day: datetime.date, points: Sequence[Point]) -> Point:
    first = points[0]
    sources = list(dict.fromkeys(point.source for point in points if point.source))
    proofs = list(dict.fromkeys(point.evidence for point in points if point.evidence not in {"", "none"}))
    low, high = sum(point.low for point in points), sum(point.high for point in points)
    return Point(day, low, high, "；".join(sources), "；".join(proofs), first.file, first.line)


def _common_word(words: Mapping[str, Observation]) -> tuple[Observation | None, tuple[str, str] | None]:
    """Return the row that speaks for all counties: done or not begun when each is, else one at work; or why none."""
    done = [row for row in words.values() if row.state in DONE_WORDS]
    idle = [row for row in words.values() if row.state in IDLE_WORDS]
    if len(words) in {len(done), len(idle)}:
        return max(words.values(), key=_order), None
    told = "，".join(f"{name}{row.state}" for name, row in words.items())
    english = ", ".join(f"{name} {row.state}" for name, row in words.items())
    note = (f"各县不一：{told}", f"the counties differ: {english}")
    at_work = [row for row in words.values() if row not in done and row not in idle]
    # one that is halted holds up the whole
    return min(at_work, key=lambda row: (row.state != HALTED, _order(row)), default=None), note


def span(low: float, high: float) -> str:
    """Return a value, or a range, as a person would write it.

    >>> span(2.0, 2.0), span(0.0, 4.5)
    ('2', '0–4.5')
    """
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"
