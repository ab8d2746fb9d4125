"""The words of a script: enough of JavaScript to tell code from what only stands in its strings."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ...errors import DataError

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<run>[-+\d\[\]][-+\d.,\s\[\]]{14,}[\d.,\[\]])
  | (?P<name>[^\W\d][\w$]*|\$[\w$]*)
  | (?P<number>\d[\w.]*)
  | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_CHUNK = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.DOTALL)
_REGEX = re.compile(r"/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_BEFORE_REGEX = frozenset("(,=:[!&|?{};+-*%<>~^\n") | {"return", "typeof", "case", "in", "of"}
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL)
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": "", "\r": ""}


class Token(NamedTuple):
    """A word of a script.

    Attributes
    ----------
    kind : str
        ``string``, ``template`` (a part of one, between its substitutions), ``name``, ``number``, ``run`` (of numbers
        and brackets), ``regex`` or ``mark``.
    text : str
        As it stands there.
    start, end : int
        Its place.
    """

    kind: str
    text: str
    start: int
    end: int


def tokens(script: str) -> Iterator[Token]:
    """Yield the words of a script, without blanks and comments.

    Raises
    ------
    DataError
        If a template or a substitution in one does not end.

    >>> [token.text for token in tokens("L.a('x, y', `<b>${v}`) // z")]
    ['L', '.', 'a', '(', "'x, y'", ',', '`<b>${', 'v', '}`', ')']
    """
    at, before = 0, ""
    braces: list[int] = []  # open ones in each substitution of a template that is open
    while at < len(script):
        letter = script[at]
        closing = letter == "}" and braces and braces[-1] == 0
        if letter == "`" or closing:
            found = _template(script, at)
            braces = (braces[:-1] if closing else braces) + ([0] if found.text.endswith("${") else [])
        elif letter == "/" and before in _BEFORE_REGEX | {""} and (regex := _comment_or_regex(script, at)):
            found = Token("regex", regex[0], at, regex.end())
        else:
            match = _TOKEN.match(script, at)
            assert match is not None  # noqa: S101 (any letter matches)
            found = Token(str(match.lastgroup), match[0], at, match.end())
            if braces and letter in "{}":
                braces[-1] += 1 if letter == "{" else -1
        at = found.end
        if found.kind != "blank":
            before = found.text if found.kind in {"name", "mark"} else "x"
            yield found
    if braces:
        raise DataError("a template of its script does not end")


def _comment_or_regex(script: str, at: int) -> "re.Match[str] | None":
    """Return the regular expression that stands at a slash; None for a comment."""
    return None if script.startswith(("//", "/*"), at) else _REGEX.match(script, at)


def _template(script: str, at: int) -> Token:
    """Return the part of a template that begins at a backtick, or at the brace that ends a substitution."""
    chunk = _CHUNK.match(script, at + 1)
    end = at + 1 if chunk is None else chunk.end()
    if script.startswith("`", end):
        return Token("template", script[at : end + 1], at, end + 1)
    if script.startswith("${", end):
        return Token("template", script[at : end + 2], at, end + 2)
    raise DataError("a template of its script does not end")


def plain_text(token: Token) -> str:
    r"""Return what a string or a part of a template says.

    >>> plain_text(Token("string", r'"\u003cb\u003e\n"', 0, 0))
    '<b>\n'
    """
    inner = token.text[1 : -2 if token.text.endswith("${") else -1]
    return _ESCAPE.sub(_unescaped, inner)


def _unescaped(match: "re.Match[str]") -> str:
    code = match[1] or match[2] or match[3]
    if code is None:
        return _SHORT.get(match[4], match[4])
    number = int(code, 16)
    return chr(number) if number < 0x110000 else "\ufffd"
