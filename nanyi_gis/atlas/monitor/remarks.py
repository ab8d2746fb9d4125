"""What reading the sheets told, for readers of Chinese: the command says it in English."""

import re

_PATTERNS: tuple[tuple[str, str], ...] = (
    (r"(.+): (\d+) published rows are of days after (\S+); left out", r"\1：\2 行公开报道的日期晚于 \3，未计入"),
    (r"(.+): (\d+) rows have no value and report nothing", r"\1：\2 行没有数值，不算填报"),
    (
        r"(.+): (\d+) rows are of items that public pages do not show, and are left out",
        r"\1：\2 行属于公开版不表示的条目",
    ),
    (r"(.+) has no rows", r"\1：没有数据行"),
    (r"(\d+) rows say what another says and count once: (.+)", r"\1 行与别的行相同，只计一次：\2"),
    (r"(\d+) rows are superseded by a correction, and stay on file: (.+)", r"\1 行已有更正，原行保留：\2"),
    (r"(\d+) rows name no source: (.+)", r"\1 行未写来源：\2"),
    (r"(.+): (\d+) cells are merged with the ones above and have their value", r"\1：\2 个合并单元格按上方的内容读"),
    (r"(.+): (\d+) hidden rows of the sheet (.+) are read like the others", r"\1：\2 个隐藏行照常读入"),
    (r"(\d+) rows are about, above or below a number: .*0 to 30: (.+)", r"\1 行为约数或以上、以下，按其数读：\2"),
    (r"(\d+) rows have no unit and are read in the target's: (.+)", r"\1 行没有单位，按目标的单位读：\2"),
    (r"(\d+) rows count otherwise .* than the register's target: (.+)", r"\1 行口径与台账不同：\2"),
    (
        r"(\d+) rows are over ten times their target: check value and unit: (.+)",
        r"\1 行超过目标十倍，请核对数值和单位：\2",
    ),
    (r"(.+): columns that nobody reads: (.+)", r"\1：不读的列：\2"),
    (r"(.+): the sheet (.+) has the headings too and is not read", r"\1：工作表 \2 也有表头，未读入"),
    (r"(.+): (\d+) rows repeat the headings", r"\1：\2 行重复表头"),
)


def note_words(text: str, *, lang: str) -> str:
    """Return a note of :func:`nanyi_gis.monitor.read_sheets` in a language; one that is not known stays as it is.

    >>> note_words("a.csv: 1 rows have no value and report nothing", lang="zh")
    'a.csv：1 行没有数值，不算填报'
    >>> note_words("a.csv: 1 rows have no value and report nothing", lang="en")
    'a.csv: 1 rows have no value and report nothing'
    """
    if lang == "en":
        return text
    for pattern, words in _PATTERNS:
        found = re.fullmatch(pattern, text)
        if found:
            return found.expand(words)
    return text
