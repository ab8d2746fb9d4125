"""What a line will be on its deadline's day, from few values and the increments of others like it."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import stdtr

from .history import History
from .increments import LEVEL, Increments, Pool, pool_of, reach
from .judgement import Judgement
from .records import ADJUSTED, DONE, Tracked
from .states import NO_DATA, OVERDUE

YEAR_DAYS = 365.25
LEAST_LINES = 3
"""Lines that a pool must have; fewer know nothing of how lines differ."""

_WORDS = (
    (0.1, "几无可能（不足一成）", "almost ruled out (below one in ten)"),
    (0.25, "可能性小", "unlikely"),
    (0.45, "可能性偏小", "rather unlikely"),
    (0.55, "各半", "about even"),
    (0.75, "较有把握", "likely"),
    (0.9, "基本可达", "very likely"),
    (2.0, "把握大（九成以上）", "almost sure (above nine in ten)"),
)


@dataclass(frozen=True)
class Forecast:
    """An 80 % interval of a line's value on its deadline's day.

    Attributes
    ----------
    low, high : float or None
        In the target's unit.
    probability : float or None
        Of the target being met by the deadline, in tenths; 0 and 1 only where it is certain.
    words, words_en : str
        The same in words, or why there is none.
    pool : str
        Whose increments it is from.
    pool_size : int
        Number of them.
    """

    low: float | None = None
    high: float | None = None
    probability: float | None = None
    words: str = ""
    words_en: str = ""
    pool: str = ""
    pool_size: int = 0


NO_FORECAST = Forecast()
_MET = Forecast(probability=1.0, words="已达到", words_en="met")
_MISSED = Forecast(probability=0.0, words="期限内未达到", words_en="not met by the deadline")
_ONE = Forecast(words="只有一次上报，不作预测", words_en="one value: no forecast")


def forecasts(lines: Sequence[Tracked], known: Sequence[History], judged: Sequence[Judgement]) -> list[Forecast]:
    """Return the forecast of each line.

    Values are shares of the target, times are years. The increments of all lines of one nature are one pool (where
    it has less than three lines, those of one theme; else all); sums of counties are left out, for their parts are in
    it. A line's yearly pace is taken as ``mu + a + e``: the pool's mean, the line's own lasting difference (variance
    ``tau2``) and the chance of each increment (variance ``sigma2`` / its years), by the moments of DerSimonian and
    Laird (1986). Over the ``h`` years from its last value to the deadline, after ``D`` years that gained ``g``::

        B    = tau2 / (tau2 + sigma2 / D)
        gain = h * (mu + B * (g / D - mu))
        sd   = h * sqrt((tau2 * (1 - B) + sigma2 / h + (1 - B)^2 * var(mu)) * (1 + c * h / D))

    where ``c`` is the least, from 0, with which 80 % of the pool's own later values lie within their intervals when
    they are forecast from its earlier ones: lines speed up and slow down. The interval is ``gain`` and the 0.1 and 0.9
    quantiles of Student's t with one degree less than the pool has lines. What adds up does not fall, and shares end at
    100 %. A line without values, with one, without number, adjusted, or with a ceiling for a target has no forecast;
    one that is met stays met.

    Parameters
    ----------
    lines : sequence of Tracked
    known : sequence of History
    judged : sequence of Judgement
        As of the same day, one for each line.
    """
    found = [_increments(line, history) for line, history in zip(lines, known, strict=True)]
    by_nature, by_theme = defaultdict(list), defaultdict(list)
    for line, history, own in zip(lines, known, found, strict=True):
        if own is not None and not history.summed:
            by_nature[line.nature].append(own)
            by_theme[line.theme].append(own)
    everything = [own for group in by_nature.values() for own in group]
    natures = {name: pool_of(group) for name, group in by_nature.items()}
    themes = {name: pool_of(group) for name, group in by_theme.items()}
    whole = pool_of(everything)
    answer = []
    for line, history, own, verdict in zip(lines, known, found, judged, strict=True):
        pools = (
            (f"同口径（{line.nature}）", natures.get(line.nature)),
            (f"同主题（{line.theme}）", themes.get(line.theme)),
            ("全部", whole),
        )
        answer.append(_forecast(line, history, own, verdict, pools))
    return answer


def _increments(line: Tracked, history: History) -> Increments | None:
    """Return a line's values as shares of its target, if they can be of a pool."""
    if line.low is None or line.low <= 0 or line.comparator in {"<=", "<"} or len(history.points) < 2:
        return None
    first = history.points[0].on
    years = tuple((point.on - first).days / YEAR_DAYS for point in history.points)
    return Increments(years, tuple((point.low + point.high) / 2.0 / line.low for point in history.points))


def _forecast(
    line: Tracked,
    history: History,
    own: Increments | None,
    verdict: Judgement,
    pools: Sequence[tuple[str, Pool | None]],
) -> Forecast:
    last = history.points[-1] if history.points else None
    if verdict.state == ADJUSTED or not line.counted or line.deadline is None:
        return NO_FORECAST
    if verdict.state == DONE and (line.nature == "累计" or last is None or last.on >= line.deadline):
        return _MET
    if verdict.state == OVERDUE:
        return _MISSED
    if verdict.state == NO_DATA:  # its day has passed unreported: that is no future any more
        return NO_FORECAST
    if last is None or line.comparator in {"<=", "<"} or not line.low or last.on >= line.deadline:
        return NO_FORECAST
    if own is None:
        return _ONE
    name, pool = next(
        ((name, pool) for name, pool in pools if pool is not None and pool.lines >= LEAST_LINES), ("", None)
    )
    if pool is None:
        size = max((pool.size for _, pool in pools if pool is not None), default=0)
        return Forecast(
            words=f"可比的行不足{LEAST_LINES}行，不作区间预测",
            words_en=f"fewer than {LEAST_LINES} lines to compare with: no interval",
            pool_size=size,
        )
    gain, spread, degrees = pool.ahead(own, (line.deadline - last.on).days / YEAR_DAYS)
    wide = reach(LEVEL, degrees) * spread
    shares = (own.shares[-1] + gain - wide, own.shares[-1] + gain + wide)
    least, most = (last.low if line.nature == "累计" else 0.0), 100.0 if line.unit == "%" else math.inf
    low, high = (min(most, max(least, share * line.low)) for share in shares)
    if line.nature == "累计":
        high = max(high, last.high)
    chance = float(stdtr(degrees, (own.shares[-1] + gain - 1.0) / spread))
    words, english = next((zh, en) for edge, zh, en in _WORDS if chance < edge)
    tenths = min(0.9, max(0.1, round(chance, 1)))
    return Forecast(low, high, tenths, words, english, name, pool.size)
