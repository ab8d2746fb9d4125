"""The scripts of a saved page: what they would load, and whether they are folium's."""

import re
from collections.abc import Iterator, Sequence

from ...errors import DataError
from .markup import requests_of
from .tokens import NO_VALUE, Token, plain_text, tokens


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FOLIUM = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*_[0-9a-f]{32}\w*")
_KEYWORDS = _words(
    "break case catch const continue default delete do else false finally for function if in instanceof let new null "
    "of return switch throw true try typeof undefined var void while NaN Infinity"
)
_NAMES = _words(  # what the scripts of folium, branca and explore() call and declare
    "L L_NO_TOUCH L_DISABLE_3D L_PREFER_CANVAS d3 String Object JSON Math Array Number Boolean Date "
    "feature features layer layers latlng latlngs opts options style styles data e event evt ui map div d i j k v key "
    "keys value values item index handleObject fields aliases table iconOptions iconRootAlias highlightStyle "
    "latLngPop newMarker new_mark callback lat lng objects_in_front cluster markers marker icon childCount c count "
    "size color columns row rows radius"
)
_CLOSED = _words(  # ways out of the map into the page around it
    "constructor prototype __proto__ location ownerDocument defaultView contentWindow contentDocument parentWindow "
    "cookie eval document window outerHTML insertAdjacentHTML srcdoc write writeln getPrototypeOf click submit "
    "requestSubmit dispatchEvent href src action open"
)
_IMAGES = {"imageOverlay", "ImageOverlay", "videoOverlay", "VideoOverlay"}
_TILES = frozenset({"tileLayer", "TileLayer"})
_ICON_KEYS = {"iconUrl", "iconRetinaUrl", "shadowUrl"}
_NOTHING = "nanyiNoTiles()"
_TRUST = "add --trust if the page is your own"


def checked_script(script: str, *, drop_tiles: bool, trusted: bool) -> str:
    """Return a script without what it would load from the network, tile layers above all.

    Parameters
    ----------
    script : str
        Text of a script element.
    drop_tiles : bool
        Whether tile layers are taken out; else they are refused.
    trusted : bool
        Whether names that are none of folium's may stand.

    Raises
    ------
    DataError
        Names what would be loaded, or the name that is none of folium's. Says nothing of the file.
    """
    words = list(tokens(script))
    if not trusted:
        stranger = next(_strangers(words), None)
        if stranger is not None:
            raise DataError(f"has a script that is none of folium's (it uses {stranger[:60]!r}); {_TRUST}")
    calls = list(_tile_calls(words))
    if calls and not drop_tiles:
        address = next((plain_text(word) for word in calls[0] if word.kind in {"string", "template"}), "one")
        raise DataError(
            f"has the tile layer {address[:120]}, which is loaded from the network; add --drop-tiles to leave tiles "
            "out, or save the map with tiles=None"
        )
    spans = [(call[0].start, call[-1].end) for call in calls]
    if any(word.kind == "name" and word.text in _TILES and not _within(word, spans) for word in words):
        raise DataError("makes tile layers in a way that is not known here; save the map with tiles=None")
    wanted = next(_requests(words, spans), None)
    if wanted is not None:
        raise DataError(f"would request {wanted[:120]}; embed it as data: or leave it out")
    for start, end in reversed(spans):
        script = f"{script[:start]}{_NOTHING}{script[end:]}"
    return script


def _within(word: Token, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= word.start < end for start, end in spans)


def _tile_calls(words: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield the words of each call of ``L.tileLayer``, one of its members or its class."""
    place = 0
    while place < len(words):
        if words[place].text == "L" and _texts(words, place + 1, 2)[0] == ".":
            end = place + 2
            name = _texts(words, end, 1)[0]
            if name in _TILES:
                while _texts(words, end + 1, 1)[0] == ".":
                    end += 2
                if _texts(words, end + 1, 1)[0] == "(":
                    last = _closing(words, end + 1)
                    start = place - 1 if place and words[place - 1].text == "new" else place
                    yield list(words[start : last + 1])
                    place = last
        place += 1


def _texts(words: Sequence[Token], start: int, count: int) -> list[str]:
    found = [word.text for word in words[start : start + count]]
    return found + [""] * (count - len(found))


def _closing(words: Sequence[Token], place: int) -> int:
    """Return the place of the bracket that closes the one at ``place``."""
    depth = 0
    for number in range(place, len(words)):
        if words[number].kind == "mark":
            depth += {"(": 1, ")": -1}.get(words[number].text, 0)
            if depth == 0:
                return number
    raise DataError("has a script that does not end; save the map again")


def _requests(words: Sequence[Token], spans: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Yield addresses that a script would load, but for its tile layers."""
    inside = iter([*spans, (1 << 62, 1 << 62)])
    span = next(inside)
    for place, word in enumerate(words):
        while word.start >= span[1]:
            span = next(inside)
        if word.kind not in {"string", "template"} or span[0] <= word.start:
            continue
        text = plain_text(word)
        before = _texts(words, max(place - 2, 0), min(place, 2)) if place else [""]
        if _is_image(before) and (before[0].lower() == "videooverlay" or not text.lstrip().startswith("data:")):
            yield text
        elif "<" in text:
            yield from requests_of(text)


def _is_image(before: Sequence[str]) -> bool:
    """Tell whether a string is the address of an image: the first argument of an overlay, or a key of an icon."""
    if len(before) < 2:
        return False
    called, mark = before
    if mark == "(":
        return called in _IMAGES
    return mark == ":" and called.strip("\"'") in _ICON_KEYS


def _strangers(words: Sequence[Token]) -> Iterator[str]:
    """Yield names and ways of access that no script of folium has."""
    for place, word in enumerate(words):
        before = words[place - 1] if place else None
        after = _texts(words, place + 1, 1)[0]
        if word.kind == "name":
            yield from _strange_name(words, place, before, after)
        elif word.kind == "doubt":
            yield _near(words, place)
        elif word.text == "[" and before is not None and _is_value(before):
            yield from _strange_access(words, place)


def _near(words: Sequence[Token], place: int) -> str:
    return "".join(word.text for word in words[max(place - 2, 0) : place + 3])


def _strange_name(words: Sequence[Token], place: int, before: Token | None, after: str) -> Iterator[str]:
    name = words[place].text
    if before is not None and _ends_with_dot(before):
        if name in _CLOSED:
            yield name
        return
    if after == ":" and before is not None and before.text[-1:] in {"{", ","}:
        return  # a key
    if name == "$":
        if after != "(":
            yield f"${after}"
    elif name in {"this", "document"}:  # as jQuery is given them, and nowhere else
        if before is None or before.text != "(" or _texts(words, place - 2, 1)[0] != "$" or after != ")":
            yield name
    elif name not in _KEYWORDS and name not in _NAMES and not _FOLIUM.fullmatch(name):
        yield name


def _ends_with_dot(token: Token) -> bool:
    """Tell whether a member follows; three dots spread a value."""
    return token.kind in {"mark", "run"} and token.text.endswith(".") and not token.text.endswith("..")


def _is_value(token: Token) -> bool:
    if token.kind == "name":
        return token.text not in NO_VALUE
    return token.kind in {"string", "template"} or token.text[-1:] in {")", "]", "}"}


def _strange_access(words: Sequence[Token], place: int) -> Iterator[str]:
    """Yield what stands in the brackets of a member whose name is put together, or closed."""
    depth, inside = 0, []
    for word in words[place:]:
        depth += word.text.count("[") - word.text.count("]") if word.kind in {"mark", "run"} else 0
        if depth <= 0:
            break
        inside.append(word)
    texts = [word for word in inside[1:] if word.kind in {"string", "template"}]
    if texts and (len(inside) > 2 or plain_text(texts[0]) in _CLOSED | _TILES):
        yield "".join(word.text for word in inside) + "]"
