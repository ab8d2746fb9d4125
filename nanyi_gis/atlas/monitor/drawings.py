"""Small drawings of the register: a bar of completion with the elapsed share, values over time with their fan."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from ...monitor import Observation, Tracked
from .looks import marked
from .told import Told, known, percent_text

_WIDE, _HIGH = 300.0, 92.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 8.0, 8.0, 16.0
_MOST = 2.0  # times the target, above which a chart would flatten all else


def bar(row: Mapping[str, Any]) -> Markup:
    """Return completion as a bar with its interval, and a line at the elapsed share of the value's own day."""
    low, high = known(row["completion_low"]), known(row["completion_high"])
    elapsed = known(row["elapsed_at_value"])
    elapsed = known(row["elapsed"]) if elapsed is None else elapsed
    if low is None or high is None:
        return Markup("")
    ends = [100 * min(max(end, 0.0), 1.0) for end in (low, high)]
    parts = [Markup('<rect class="nd" width="{:.0f}" height="10"/>').format(ends[0])]
    if ends[1] - ends[0] >= 0.5:
        parts.append(
            Markup('<rect class="nh" x="{:.0f}" width="{:.0f}" height="10"/>').format(ends[0], ends[1] - ends[0])
        )
    if elapsed is not None:
        parts.append(Markup('<path class="ne" d="M{:.0f} 0V10"/>').format(100 * min(max(elapsed, 0.0), 1.0)))
    return Markup('<svg class="nb" viewBox="0 0 100 10" aria-hidden="true">{}</svg>').format(Markup("").join(parts))


def bar_cell(row: Mapping[str, Any]) -> Markup:
    """Return the bar with its figures: completion, and behind a stroke the elapsed share."""
    done = percent_text(row["completion_low"], row["completion_high"])
    if not done:
        return Markup("–")
    elapsed = known(row["elapsed_at_value"])
    against = percent_text(elapsed, elapsed)
    return Markup("{}<span>{}{}</span>").format(bar(row), done, f" / {against}" if against else "")


def shares(counts: Mapping[str, int], told: Told) -> Markup:
    """Return how many lines are in each state as one bar, with the words and numbers below it."""
    whole = sum(counts.values()) or 1
    x, parts = 0.0, []
    for state, count in counts.items():
        wide = 1000.0 * count / whole
        if count:
            colour = told.colour(state)
            parts.append(
                Markup('<rect x="{:.1f}" width="{:.1f}" height="26" fill="{}" stroke="#20313f"/>').format(
                    x, wide, colour
                )
            )
        x += wide
    words = Markup("").join(
        Markup("<li>{} <b>{:,}</b></li>").format(marked(state, told.lang), count) for state, count in counts.items()
    )
    return Markup(
        '<svg class="nm-shares" viewBox="-1 -1 1002 28" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
        '<ul class="nm-counts">{}</ul>'
    ).format(Markup("").join(parts), words)


def chart(told: Told, row: Mapping[str, Any], line: Tracked, seen: Sequence[Observation]) -> Markup:
    """Return the values of a line over time as shares of its target, the even pace, and the fan of its forecast.

    Nothing is drawn of a line without a number, a day due or a value.
    """
    counted = [one for one in seen if one.low is not None and one.high is not None]
    if not line.low or line.deadline is None or not counted:
        return Markup("")
    last = max(line.deadline, counted[-1].on)
    fan = [known(row["forecast_low"]), known(row["forecast_high"])]
    values = [end / line.low for one in counted for end in (one.low or 0.0, one.high or 0.0)]
    top = min(max([1.1, *values, *(end / line.low for end in fan if end is not None)]), _MOST)
    days = max((last - line.start).days, 1)

    def at(day: datetime.date, share: float) -> str:
        x = _LEFT + (day - line.start).days / days * (_WIDE - _LEFT - _RIGHT)
        y = _HIGH - _BOTTOM - min(max(share / top, 0.0), 1.0) * (_HIGH - _TOP - _BOTTOM)
        return f"{x:.0f} {y:.0f}"

    def stroke(kind: str, *points: str) -> Markup:
        return Markup('<path class="{}" d="M{}"/>').format(kind, "L".join(points))

    parts = [stroke("nx", at(line.start, 0.0), at(last, 0.0)), stroke("nt", at(line.start, 1.0), at(last, 1.0))]
    if line.comparator != "<=":
        parts.append(stroke("np", at(line.start, 0.0), at(line.deadline, 1.0)))
    if line.start < told.as_of < last:
        parts.append(stroke("ny", at(told.as_of, 0.0), at(told.as_of, top)))
    newest = counted[-1]
    if fan[0] is not None and fan[1] is not None and newest.on < line.deadline:
        ends = [at(line.deadline, end / line.low) for end in fan if end is not None]
        low, high = (at(newest.on, (end or 0.0) / line.low) for end in (newest.low, newest.high))
        parts.append(stroke("nf", low, ends[0], ends[1], high))
    for one in counted:
        low, high = (at(one.on, (end or 0.0) / line.low) for end in (one.low, one.high))
        x, y = low.split(" ")
        parts.append(Markup('<circle cx="{}" cy="{}" r="3"/>').format(x, y))
        if low != high:
            parts.append(stroke("nv", low, high))
            parts.append(Markup('<circle cx="{}" cy="{}" r="3"/>').format(*high.split(" ")))
    whole = at(line.start, 1.0).split(" ")[1]
    labels = [
        (2.0, float(whole) + 4, "100 %"),
        (_LEFT - 12, _HIGH - 3, str(line.start.year)),
        (_WIDE - 28, _HIGH - 3, str(last.year)),
    ]
    parts += [Markup('<text x="{:.0f}" y="{:.0f}">{}</text>').format(*label) for label in labels]
    title = told.say("完成值与预测", "Values and forecast")
    return Markup('<svg class="nc" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">{}</svg>').format(
        _WIDE, _HIGH, title, Markup("").join(parts)
    )
