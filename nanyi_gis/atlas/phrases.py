"""What sources say in the language of the page: a catalogue of texts with blanks, and names of places."""

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import DataError
from ..io import data_file, known_keys, read_toml
from .links import clause_text

FILE = "words/sources.toml"
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LONGEST = 1500  # letters of a text that is looked for; patterns take long over longer ones
_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff·]+")
_BLANK = re.compile(r"\{\d*\}")
_KINDS = ("苗族乡", "彝族乡", "街道", "县城", "镇", "乡", "县", "市", "区")
_WANMU = re.compile(r"(\d[\d,]*(?:\.\d+)?)((?:–\d[\d,]*(?:\.\d+)?)?) ?万亩")
_CLAUSE = re.compile(r"([一二三四五六七八九十])\(([一二三四五六七八九十])\)")


@dataclass(frozen=True)
class _Phrase:
    pattern: re.Pattern[str]
    words: tuple[str, ...]
    said: str


class Phrases:
    """The catalogue in one language.

    Parameters
    ----------
    table : mapping
        Translation of each text; ``{}`` stands for what varies, and ``{0}``, ``{1}`` in a translation change its order.
    names : mapping
        English of Chinese names, for texts in English.
    lang : str
        ``zh`` or ``en``.
    endings : mapping
        English of what ends a name, such as the word for a station.

    >>> phrases = Phrases({"own knowledge ({})": "编者所知，把握{}", "low": "低", "old {}": "原{}"}, {}, lang="zh")
    >>> phrases.said("own knowledge (low); old 永乐镇")
    '编者所知，把握低；原永乐镇'
    >>> phrases.said("anything else")
    'anything else'
    """

    def __init__(
        self,
        table: Mapping[str, str],
        names: Mapping[str, str],
        *,
        lang: str,
        endings: Mapping[str, str] | None = None,
    ) -> None:
        self.lang = lang
        self._whole = {raw: said for raw, said in table.items() if not _BLANK.search(raw)}
        open_ones = sorted((raw for raw in table if raw not in self._whole), key=_order)
        self._open = [_Phrase(_pattern(raw), tuple(_BLANK.split(raw)), table[raw]) for raw in open_ones]
        self._names = dict(names)
        self._endings = dict(endings or {})
        self._known: dict[str, str] = {}

    def said(self, text: str) -> str:
        """Return a text in the language; as it is where the catalogue has it not."""
        if text not in self._known:
            self._known[text] = self._named(self._said(text.strip()))
        return self._known[text]

    def _said(self, text: str) -> str:
        if text in self._whole:
            return self._whole[text]
        if len(text) > _LONGEST:
            return text
        parts = _parts(text, "; ")
        found = self._open_match(text) if len(parts) == 1 else self._open_match(text, at_least=len(parts))
        if found is not None:
            return found
        if len(parts) > 1:
            return ("；" if self.lang == "zh" else "; ").join(self._said(part) for part in parts)
        both = text.split(" / ")
        return " / ".join(self._said(part) for part in both) if len(both) > 1 else text

    def _open_match(self, text: str, *, at_least: int = 1) -> str | None:
        """Return the translation by the phrase with the longest words of its own; over several parts, one as wide."""
        for phrase in self._open:
            if not text.startswith(phrase.words[0]) or not all(word in text for word in phrase.words):
                continue
            match = phrase.pattern.fullmatch(text)
            if match and phrase.pattern.pattern.count(";") >= at_least - 1:
                return phrase.said.format(*(self._said(group) for group in match.groups()))
        return None

    def _named(self, text: str) -> str:
        """Return a text in English with Chinese names, areas and clauses in English as far as they are known."""
        if self.lang == "zh" or not HAN.search(text):
            return text
        text = _WANMU.sub(_mu, _CLAUSE.sub(lambda m: clause_text(m[0], lang="en"), text))
        return _RUN.sub(lambda match: self.name(match[0]), text)

    def name(self, chinese: str) -> str:
        """Return a Chinese name in English: whole, by its parts, or with its ending; else as it is.

        >>> Phrases({}, {"分水": "Fenshui"}, lang="en", endings={"互通": " interchange"}).name("分水互通")
        'Fenshui interchange'
        """
        if chinese in self._names:
            return self._names[chinese]
        parts = chinese.split("·")
        if len(parts) > 1:
            return " · ".join(self.name(part) for part in parts)
        for ending, said in self._endings.items():
            stem = chinese.removesuffix(ending)
            if stem not in {"", chinese}:
                named = self.name(stem)
                if not HAN.search(named):
                    return named + said
        return chinese


def english_names(known: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return English by Chinese name, also without the word for what kind of place it is.

    >>> english_names([("太平镇", "Taiping Town"), ("古蔺站", "Gulin station")])
    {'太平镇': 'Taiping Town', '古蔺站': 'Gulin station', '太平': 'Taiping'}
    """
    names: dict[str, str] = {}
    short: dict[str, str] = {}
    for zh, en in known:
        if not zh or not en:
            continue
        names.setdefault(zh, en)
        plain = re.sub(r"\(.*\)", "", zh)
        names.setdefault(plain, en)
        kind = next((kind for kind in _KINDS if plain.endswith(kind) and len(plain) - len(kind) >= 2), "")
        if kind:
            word = re.sub(r" (Miao |Yi )?(Town|Township|Subdistrict|County|District|City|county seat|city)$", "", en)
            short.setdefault(plain.removesuffix(kind), word)
    return names | {zh: en for zh, en in short.items() if zh not in names}


@functools.lru_cache(maxsize=1)
def catalogue() -> dict[str, dict[str, str]]:
    """Return the catalogue of the package by its tables: ``zh``, ``en``, ``names``, ``endings``.

    Raises
    ------
    DataError
        If a translation has other blanks than its text.
    """
    record: dict[str, Any] = read_toml(data_file(FILE))
    known_keys(record, ("zh", "en", "names", "endings"), FILE, "")
    for lang in ("zh", "en"):
        for raw, said in record[lang].items():
            blanks = len(_BLANK.findall(raw))
            if any(int(n or 0) >= blanks for n in re.findall(r"\{(\d*)\}", said)):
                raise DataError(f"{FILE}: {said!r} has more blanks than {raw!r}; give each blank its place")
    return record


def _order(raw: str) -> tuple[bool, int]:
    """Return the key that sorts phrases: marks of evidence first, then those with the most words of their own."""
    return not raw.startswith("["), -len(_BLANK.sub("", raw))


def _pattern(raw: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(re.escape(part) for part in _BLANK.split(raw)), re.DOTALL)


def _parts(text: str, mark: str) -> list[str]:
    """Return a text split at a mark that stands outside brackets.

    >>> _parts("a (b; c); d", "; ")
    ['a (b; c)', 'd']
    """
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "(（") - (letter in ")）")
        if depth == 0 and text.startswith(mark, place):
            parts.append(text[start:place])
            start = place + len(mark)
    return [*parts, text[start:]]


def _mu(match: re.Match[str]) -> str:
    """Return 万亩 as mu in English.

    >>> _WANMU.sub(_mu, "3.6 万亩")
    '36,000 mu'
    """
    low = float(match[1].replace(",", "")) * 10_000
    text = f"{low:,.0f}"
    if match[2]:
        text += f"–{float(match[2][1:].replace(',', '')) * 10_000:,.0f}"
    return f"{text} mu"
