"""Numbers in Chinese characters."""

DIGITS = "〇一二三四五六七八九零两"
_VALUES = {sign: place for place, sign in enumerate(DIGITS[:10])} | {"零": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}


def chinese_number(text: str) -> float | None:
    """Return the number that Chinese characters write; None if they write none.

    >>> chinese_number("四百二十"), chinese_number("十二"), chinese_number("二〇二三"), chinese_number("三点五")
    (420.0, 12.0, 2023.0, 3.5)
    >>> chinese_number("一百零二"), chinese_number("一百二"), chinese_number("十百")
    (102.0, None, None)
    """
    whole, point, decimals = text.partition("点")
    if point and (not decimals or any(sign not in _VALUES for sign in decimals)):
        return None
    number = _digits(whole) if whole and all(sign in _VALUES for sign in whole) else _whole(whole)
    if number is None or len(decimals) > 12:
        return None
    return float(f"{number}.{''.join(str(_VALUES[sign]) for sign in decimals) or 0}")


def _digits(text: str) -> int | None:
    return int("".join(str(_VALUES[sign]) for sign in text)) if len(text) <= 15 else None


def _whole(text: str) -> int | None:
    """Return a number with 十, 百, 千, 万 and 亿; they must fall within each part.

    A digit that follows 百, 千 or 万 without 零 (一百二) is 120 in speech and 102 in figures: none is returned.
    """
    total = part = 0
    digit: int | None = None
    least, above, zero = 10_000, 10**9, True
    for sign in text:
        if sign in _VALUES:
            if digit not in (None, 0):
                return None
            zero = zero or digit == 0 or _VALUES[sign] == 0
            digit = _VALUES[sign]
        elif sign in _TENS:
            if _TENS[sign] >= least or digit == 0 or (digit is None and sign != "十"):
                return None
            least = _TENS[sign]
            part += (1 if digit is None else digit) * least
            digit, zero = None, least == 10
        else:
            if digit and not zero:
                return None
            part += digit or 0
            if part == 0 or _MYRIADS[sign] >= above:
                return None
            above = _MYRIADS[sign]
            total, part, digit, least, zero = total + part * above, 0, None, 10_000, False
    if not text or (digit and not zero):
        return None
    return total + part + (digit or 0)
