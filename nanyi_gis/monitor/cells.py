"""What a cell of a sheet says: a number or a range, a day, a state; and what is wrong with how it says it."""

import datetime
import re
from dataclasses import dataclass
from functools import lru_cache

from .chinese_numbers import DIGITS, chinese_number
from .records import ADJUSTED, DONE
from .unit_names import magnitude, same_unit, unit_of

STATE_WORDS: dict[str, tuple[str, ...]] = {
    DONE: (
        *("建成", "完成", "已建成", "已完成", "开通", "已开通", "通车", "已通车", "竣工", "投产", "投用", "投入使用"),
        *("建成投用", "建成投产", "建成通车", "建成开通", "竣工验收", "办结", "已印发", "印发"),
    ),
    ADJUSTED: ("已调整", "调整"),
    "在建": ("在建", "建设中", "续建", "推进中", "实施中", "正在建设"),
    "开工": ("开工", "已开工", "启动", "已启动"),
    "前期": ("前期", "前期工作", "筹备", "规划中"),
    "未开工": ("未开工", "未启动", "尚未开工", "尚未启动"),
    "停工": ("停工", "停建", "暂停", "缓建"),
}
"""Words that a row of states may have, by the state that they mean."""

MENU = ("建成", "完成", "开通", "在建", "开工", "前期", "未开工", "停工", "已调整")
"""The words that a sheet offers."""

_STATES = {word: state for state, words in STATE_WORDS.items() for word in words}
_FULL = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x3002: 0x2E}
_NO_VALUE = frozenset(
    {"", "-", "--", "—", "——", "/", "\\", "无", "暂无", "尚无数据", "暂无数据", "无数据", "n/a", "na"}
)
_NUMBER = r"[0-9]+(?:,[0-9]+)*(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,2})?|\.[0-9]+"
_CHINESE = rf"[{DIGITS}十百千万亿点]+"
_DASH = r"\s*(?:-|~|–|—|\u2212|至|到)+\s*"
_ABOUT = re.compile(r"^(?:大约|约|近|≈)\s*|\s*左右$")
_LEAST = re.compile(r"^(?:不少于|不低于|不小于|大于|超过|突破|超|≥|>=|>)\s*|\s*(?:及以上|以上)$")
_MOST = re.compile(r"^(?:不超过|不大于|不高于|小于|低于|≤|<=|<)\s*|\s*(?:及以下|以下|以内)$")
_PLAIN = re.compile(rf"({_NUMBER})(?:{_DASH}({_NUMBER}))?\s*([^0-9].*)?")
_SPELLED = re.compile(rf"({_CHINESE})(?:{_DASH}({_CHINESE}))?(.*)")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
_MORE = re.compile(r"^(\d[\d,.]*)(余|多)", re.ASCII)

_DAY = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?", re.ASCII)
_DAY_ZH = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
_TURNED = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?", re.ASCII)
_END = re.compile(r"(\d{4})年?(?:(\d{1,2})月)?(?:年?[底末]|月[底末])", re.ASCII)
_HALF = re.compile(r"(\d{4})年?上半年[底末]?", re.ASCII)
_QUARTER = re.compile(r"(\d{4})年?第?([一二三四1-4])季度[底末]?", re.ASCII)
_PART = re.compile(
    r"\d{4}(?:年|年?\d{1,2}月份?|[-/.]\d{1,2}|年(?:上旬|中旬|下旬|年中|中|初))?(?:[上中下]旬|初|中)?", re.ASCII
)
_ARABIC = {ord(sign): str(place) for place, sign in enumerate(DIGITS[:10])} | {ord(sign): "0" for sign in "零○"}
_EPOCH = datetime.date(1899, 12, 30)
_FIRST_SERIAL, _LAST_SERIAL = 18_264, 73_415  # 1950 to 2100
_YEARS = range(1950, 2101)
_LARGEST = 1e15


@dataclass(frozen=True)
class Flaw:
    """A fault of a cell by the code of its rule, with what the cell means where that is beyond doubt."""

    code: str
    cured: str | None = None
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Number:
    """A number or range as read, with its flaws; ``low`` is None where none can be made out.

    ``loose`` names how it was qualified: ``about``, ``least`` or ``most``.
    """

    low: float | None
    high: float | None
    flaws: tuple[Flaw, ...] = ()
    loose: str = ""


@dataclass(frozen=True)
class Day:
    """A day as read, with its flaws; None where none can be made out."""

    on: datetime.date | None
    flaws: tuple[Flaw, ...] = ()


def is_blank(text: str) -> bool:
    """Tell whether a cell of values says that there is nothing to report.

    >>> is_blank("尚无数据"), is_blank("0")
    (True, False)
    """
    return half_width(text).strip().lower() in _NO_VALUE


def half_width(text: str) -> str:
    """Return a text with full-width digits, letters and signs as plain ones; the wave of ranges is one.

    >>> half_width("２个"), half_width("2～4")
    ('2个', '2~4')
    """
    return text.translate(_FULL)


def number_text(low: float, high: float) -> str:
    """Return a number or a range as a sheet has it.

    >>> number_text(495.0, 495.0), number_text(2, 4)
    ('495', '2~4')
    """
    ends = [f"{end:.12g}" for end in (low, high)]
    return ends[0] if low == high else "~".join(ends)


def state_of(text: str) -> str | None:
    """Return the state that a word means, None if it is none of :data:`STATE_WORDS`.

    >>> state_of("建成"), state_of("已开工"), state_of("基本建成")
    ('已完成', '开工', None)
    """
    return _STATES.get(text.strip())


@lru_cache(maxsize=20_000)
def read_number(text: str, unit: str) -> Number:
    """Return the number of a cell whose column of units says ``unit``.

    ``约30`` is 30; ``30以上`` is counted as 30, of which alone the cell is sure; ``30以下`` is 0 to 30.

    >>> read_number("0-4", "个"), read_number("1,234.5", "个").low
    (Number(low=0.0, high=4.0, flaws=(), loose=''), 1234.5)
    >>> [flaw.code for flaw in read_number("２个", "个").flaws], read_number("四百二十亿", "亿元").low
    (['full_width', 'unit_in_cell'], 420.0)
    """
    plain = half_width(text.replace("～", "~")).strip()
    codes = ["full_width"] if plain != text.replace("～", "~").strip() else []
    if plain.startswith(("+", "\u2795")):
        plain = plain[1:].strip()
        codes.append("plus")
    if re.match(rf"[-\u2212]\s*(?:{_NUMBER})\s*\D*$", plain):
        return Number(None, None, (Flaw("negative"),))
    loose = ""
    more = _MORE.match(plain)
    if more:
        plain, loose = plain[: more.end(1)] + plain[more.end(2) :], "least"
    for name, words in (("least", _LEAST), ("most", _MOST), ("about", _ABOUT)):
        shorter = words.sub("", plain)
        if shorter != plain:
            plain, loose = shorter, name
    return _number(plain, unit, codes, loose)


def _number(plain: str, unit: str, codes: list[str], loose: str) -> Number:
    """Return the number of a text without signs and qualifiers."""
    found = _PLAIN.fullmatch(plain)
    match = found or _SPELLED.fullmatch(plain)
    if match is None:
        return Number(None, None, (*_bare(codes), Flaw("no_number", None, (("target", unit),))))
    first, last, rest = match[1], match[2] or match[1], (match[3] or "").strip()
    if found is None:
        codes = [*codes, "chinese_number"]
        first, last, rest = _without_unit(first, last, rest, unit)
        low, high = chinese_number(first), chinese_number(last)
    else:
        if any("," in end and not _THOUSANDS.fullmatch(end) for end in (first, last)):
            return Number(None, None, (*_bare(codes), Flaw("thousands")))
        low, high = (float(end.replace(",", "")) for end in (first, last))
    if low is None or high is None or not max(low, high) < _LARGEST:
        codes = [code for code in codes if code != "chinese_number"]
        return Number(None, None, (*_bare(codes), Flaw("no_number", None, (("target", unit),))))
    if low > high:
        return Number(None, None, (*_bare(codes), Flaw("range")))
    other = None
    if rest:
        beside = _beside(rest, unit)
        if beside is None:
            return Number(None, None, (*_bare(codes), Flaw("no_number", None, (("target", unit),))))
        if beside:
            codes = [*codes, "unit_in_cell"]
        else:
            other = Flaw("other_unit_in_cell", None, (("unit", rest), ("target", unit)))
    if loose == "most":
        low = 0.0
    cured = number_text(low, high)
    flaws = [Flaw(code, cured, (("unit", rest or magnitude(unit)),)) for code in codes]
    return Number(low, high, tuple(flaws if other is None else [*flaws, other]), loose)


def _bare(codes: list[str]) -> list[Flaw]:
    """Return flaws whose cure does not help, for another has none."""
    return [Flaw(code) for code in codes]


def _beside(rest: str, unit: str) -> bool | None:
    """Return whether what stands behind a number is the unit of its column; None if it is no unit at all."""
    if same_unit(rest, unit, yearly=True) or rest == magnitude(unit):
        return True
    return False if unit_of(rest) is not None or rest in {"万", "亿"} else None


def _without_unit(first: str, last: str, rest: str, unit: str) -> tuple[str, str, str]:
    """Return spelled numbers without the 万 or 亿 at their end where the unit begins with the same one."""
    scale = magnitude(unit)
    if scale and last.endswith(scale) and len(last) > 1:
        bare = last[:-1]
        return (first[:-1] if first.endswith(scale) else first), bare, f"{scale}{rest}" if rest else ""
    return first, last, rest


@lru_cache(maxsize=20_000)
def read_day(text: str) -> Day:
    """Return the day of a cell.

    >>> read_day("2022年12月31日").on == read_day("2022.12.31").on == datetime.date(2022, 12, 31)
    True
    >>> read_day("45291"), [flaw.code for flaw in read_day("2026-02-30").flaws]
    (Day(on=datetime.date(2023, 12, 31), flaws=(Flaw(code='serial', cured='2023-12-31', words=()),)), ['no_day'])
    """
    plain = re.sub(r"(?<=\d)[—–\u2212](?=\d)", "-", half_width(text)).strip()
    wide = plain != text.strip()
    packed = re.sub(r"\s+(?!\d{1,2}:)", "", plain)
    bare = re.sub(r"^截[至止]", "", packed)
    if bare != packed:
        on = read_day(bare).on
        return Day(None, (Flaw("words_for_day"),)) if on is None else _cured(on, "words_for_day")
    for pattern, code in ((_DAY, ""), (_DAY_ZH, ""), (_COMPACT, "compact")):
        found = pattern.fullmatch(packed)
        if found:
            parts = [part for part in found.groups() if part.isdigit()]
            return _checked(*(int(part) for part in parts[:3]), codes=[*(["full_width"] if wide else []), code])
    found = _SERIAL.fullmatch(plain)
    if found and _FIRST_SERIAL <= int(found[1]) <= _LAST_SERIAL:
        return _cured(_EPOCH + datetime.timedelta(days=int(found[1])), "serial")
    found = _TURNED.fullmatch(plain)
    if found:
        first, second, year = (int(part) for part in found.groups())
        if (first > 12) != (second > 12) or first == second:
            return _checked(
                year, min(first, second) if first != second else first, max(first, second), codes=["day_order"]
            )
        return Day(None, (Flaw("day_order"),))
    if _SHORT_YEAR.fullmatch(plain):
        return Day(None, (Flaw("day_order"),))
    return _in_words(packed)


def _in_words(packed: str) -> Day:
    """Return the day of a date in words: ends of years, halves, quarters and months are days, others are not."""
    spelled = packed.translate(_ARABIC)
    found = _END.fullmatch(spelled)
    if found:
        return _cured(_last_day(int(found[1]), int(found[2] or 12)), "words_for_day")
    found = _HALF.fullmatch(packed)
    if found:
        return _cured(_last_day(int(found[1]), 6), "words_for_day")
    found = _QUARTER.fullmatch(packed)
    if found:
        quarter = "一二三四".find(found[2]) + 1 or int(found[2])
        return _cured(_last_day(int(found[1]), 3 * quarter), "words_for_day")
    if _PART.fullmatch(packed):
        return Day(None, (Flaw("words_for_day"),))
    found = re.fullmatch(r"(\d{4})年([\d十]+)月([\d十]+)[日号]", spelled)
    if found:
        month, day = (_small(part) for part in found.groups()[1:])
        if month and day:
            return _checked(int(found[1]), month, day, codes=["chinese_number"])
    return Day(None, (Flaw("no_date"),))


def _small(text: str) -> int:
    """Return a number below a hundred of which 十 may be left between digits: ``10``, ``十``, ``3十1``."""
    tens, ten, ones = text.partition("十")
    if not ten:
        return int(text) if text.isdigit() and len(text) <= 2 else 0
    if any(part and not (part.isdigit() and len(part) == 1) for part in (tens, ones)):
        return 0
    return 10 * int(tens or 1) + int(ones or 0)


def _last_day(year: int, month: int) -> datetime.date | None:
    if not 1 <= month <= 12 or year not in _YEARS:
        return None
    after = datetime.date(year + month // 12, month % 12 + 1, 1)
    return after - datetime.timedelta(days=1)


def _checked(year: int, month: int, day: int, *, codes: list[str]) -> Day:
    """Return a day that is one, with the flaws of how it is written."""
    try:
        on = datetime.date(year, month, day)
    except ValueError:
        return Day(None, (Flaw("no_day"),))
    if year not in _YEARS:
        return Day(None, (Flaw("no_date"),))
    return Day(on, tuple(Flaw(code, on.isoformat()) for code in codes if code))


def _cured(on: datetime.date | None, code: str) -> Day:
    return Day(None, (Flaw("no_day"),)) if on is None else Day(on, (Flaw(code, on.isoformat()),))
