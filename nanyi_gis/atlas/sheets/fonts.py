"""The typeface of the sheets: one with Chinese characters that this machine has, and how wide its text is."""

from functools import lru_cache
from pathlib import Path

from ...errors import MissingExtraError

FAMILIES = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans SC",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "DengXian",
    "SimSun",
    "Arial Unicode MS",
)
"""Typefaces that will do, the first that is there is taken."""

_FILES = ("notosanscjk", "notosanssc", "sourcehansans", "msyh", "simhei", "pingfang", "wqy", "deng", "simsun")
_MM = 25.4 / 72.0  # of a point
_NO_START = set("，。、；：？！）》”’」』】,.;:?!)%°′")  # signs that begin no line


def chinese_family() -> str:
    """Return the first of :data:`FAMILIES` that is installed.

    Raises
    ------
    MissingExtraError
        If there is none, with how to get one.
    """
    from matplotlib import font_manager

    manager = font_manager.fontManager
    found = _first({entry.name for entry in manager.ttflist})
    if found is None:  # what was installed after matplotlib listed the fonts
        for path in font_manager.findSystemFonts():
            if Path(path).name.casefold().replace("-", "").replace("_", "").startswith(_FILES):
                manager.addfont(path)
        found = _first({entry.name for entry in manager.ttflist})
    if found is None:
        raise MissingExtraError(
            "no typeface with Chinese characters is installed, but sheets need one; install e.g. Noto Sans CJK "
            "(apt install fonts-noto-cjk), Microsoft YaHei or SimHei"
        )
    return found


def _first(names: set[str]) -> str | None:
    return next((family for family in FAMILIES if family in names), None)


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a line of text of ``size`` points is, in mm."""
    return sum(_advance(sign, bold) for sign in text) * size * _MM


def wrapped(text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """Return text in lines of at most ``width`` mm; Chinese breaks anywhere, other words between them."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line and text_width(line + piece.rstrip(), size, bold=bold) > width:
            lines.append(line.rstrip())
            line = ""
        while not line and text_width(piece, size, bold=bold) > width and len(piece) > 1:
            fits = max(1, sum(text_width(piece[: n + 1], size, bold=bold) <= width for n in range(len(piece))))
            lines.append(piece[:fits])
            piece = piece[fits:]
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def shortened(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """Return text on one line of at most ``width`` mm, its end left out where it is longer."""
    text = " ".join(text.split())
    if text_width(text[:400], size, bold=bold) <= width and len(text) <= 400:
        return text
    kept = text[:400]
    while kept and text_width(kept + "…", size, bold=bold) > width:
        kept = kept[:-1]
    return kept + "…"


def _pieces(text: str) -> list[str]:
    """Return what a line break must not tear: words with the blank behind them, single Chinese characters."""
    pieces: list[str] = []
    for sign in " ".join(text.split()):
        tied = bool(pieces) and (
            sign in _NO_START or sign == " " or (_latin(sign) and _latin(pieces[-1][-1]) and pieces[-1][-1] != " ")
        )
        if tied:
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _latin(sign: str) -> bool:
    return ord(sign) < 0x2E80


@lru_cache(maxsize=20_000)
def _advance(sign: str, bold: bool) -> float:
    """Return the width of a sign in ems; of one that the typeface has not, a whole one."""
    font = _font(chinese_family(), bold)
    if not font.get_char_index(ord(sign)):
        return 1.0
    return float(font.load_char(ord(sign)).linearHoriAdvance) / 65536.0 / 100.0


@lru_cache(maxsize=4)
def _font(family: str, bold: bool):  # type: ignore[no-untyped-def]
    from matplotlib import font_manager

    wanted = font_manager.FontProperties(family=[family], weight="bold" if bold else "normal")
    font = font_manager.get_font(font_manager.findfont(wanted))
    font.set_size(100, 72)
    return font
