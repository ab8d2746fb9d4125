"""Initials of Chinese names, by which they are searched: tpz for Taiping Zhen (太平镇)."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

_ALONE = "ang eng ai an ao ei en er ou a e o"
_FINALS = f"iang iong uang ueng ing ong ian iao uai uan ia ie in iu ua ue ui un uo ve van vn i u v {_ALONE}"
_SYLLABLE = re.compile(
    f"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])(?:{'|'.join(_FINALS.split())})|(?:{'|'.join(_ALONE.split())})"
)
_COMMON = (
    "县x城c市s区q镇z乡x街j道d苗m族z彝y站z气q象x互h通t枢s纽n景j古g界j点d村c人r民m医y院y中z北b东d南n西x"
    "红h遗y址z会h议y旧j大d桥q高g速s路l铁t线x未w名m文w化h馆g长c征z养y老l心x卫w生s园y区q学x校x公g厂c酒j"
)
COMMON = dict(zip(_COMMON[::2], _COMMON[1::2], strict=True))
"""First letter of characters that names are often made of."""


def plain(text: str) -> str:
    """Return small letters without tones, accents, blanks and marks.

    >>> plain("Tàipíng Dù"), plain("Lǚ'ér")
    ('taipingdu', 'lver')
    """
    umlaut = text.lower().translate(str.maketrans("üǖǘǚǜ", "vvvvv"))
    letters = unicodedata.normalize("NFD", umlaut)
    return "".join(letter for letter in letters if "a" <= letter <= "z")


def syllables(text: str, count: int) -> list[str] | None:
    """Return the syllables of a name in pinyin, or None where it has not so many.

    A syllable that may begin with a consonant does, as the spelling has it.

    >>> syllables("Shíxiāngzi", 3), syllables("Jiangmen", 2), syllables("Xian", 2), syllables("Erlang", 3)
    (['shi', 'xiang', 'zi'], ['jiang', 'men'], ['xi', 'an'], None)
    """

    def parted(rest: str, left: int) -> list[str] | None:
        if not rest or not left:
            return [] if not rest and not left else None
        found = []
        for end in range(min(6, len(rest)), 0, -1):
            if _SYLLABLE.fullmatch(rest[:end]):
                after = parted(rest[end:], left - 1)
                if after is not None:
                    found.append([rest[:end], *after])
        return min(found, key=_bare, default=None)

    return parted(plain(text), count)


def _bare(parts: Iterable[str]) -> int:
    """Return how many syllables but the first begin with a vowel, which the spelling would mark."""
    return sum(part[0] in "aeo" for part in list(parts)[1:])


def learned(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the first letter of each character of names that are known in Chinese and in pinyin.

    >>> learned([("太平镇", "Tàipíng")])["平"]
    'p'
    """
    letters: dict[str, str] = {}
    for name, pinyin in sorted(names, key=lambda pair: len(pair[0])):  # the short ones are surest
        if not _contrary(aligned(name, pinyin), COMMON | letters):
            letters.update({sign: letter for sign, letter in aligned(name, pinyin) if sign not in letters})
    return letters


def _contrary(found: Iterable[tuple[str, str]], letters: Mapping[str, str]) -> bool:
    """Return whether characters have other letters than they are known by: the pinyin is not that of the name."""
    return any(letters.get(sign, letter) != letter for sign, letter in found)


def aligned(name: str, pinyin: str) -> list[tuple[str, str]]:
    """Return the characters with which a name begins, as many as the pinyin has syllables, with their first letters.

    >>> aligned("石厢子彝族乡", "Shixiangzi")
    [('石', 's'), ('厢', 'x'), ('子', 'z')]
    """
    signs = [sign for sign in name if "\u4e00" <= sign <= "\u9fff"]
    found = [parts for count in range(1, len(signs) + 1) if pinyin and (parts := syllables(pinyin, count))]
    return [(sign, part[0]) for sign, part in zip(signs, min(found, key=_bare, default=[]), strict=False)]


def initials(name: str, pinyin: str, letters: Mapping[str, str]) -> str:
    """Return the initials of a name, without the characters that nothing is known of.

    >>> initials("太平镇", "Tàipíng", COMMON), initials("石厢子彝族乡", "Shixiangzi", COMMON)
    ('tpz', 'sxzyzx')
    """
    found = aligned(name, pinyin)
    own = {} if _contrary(found, letters) else dict(found)
    return "".join(own.get(sign) or letters.get(sign, "") for sign in name)
