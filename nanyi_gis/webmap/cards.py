"""Cards: what is known of one thing, opened in place from a popup, a table or an address."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from ..errors import ParameterError
from ._escape import html_text

Place = tuple[str, float | None, float | None]
"""Name, longitude and latitude in WGS-84 degrees; without the two, the place is named and not flown to."""

Target = tuple[str, ...]
"""Where a link of a card leads, see :func:`to_card`, :func:`to_place` and :func:`to_page`."""

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PAGE = re.compile(r"[A-Za-z0-9_-]+\.html(#[\w.:/=&%-]*)?", re.ASCII)


def to_card(key: str) -> Target:
    """Return a link to another card, which shows its name."""
    return "card", check_card(key)


def to_place(key: str) -> Target:
    """Return a link that brings the map to a place of the cards."""
    return "place", str(key)


def to_page(address: str, label: str) -> Target:
    """Return a link to another page beside this one.

    >>> to_page("bands.html#on=counties", "Bands")
    ('page', 'bands.html#on=counties', 'Bands')
    """
    if not _PAGE.fullmatch(address):
        raise ParameterError(f"the link {address!r} is no page beside this one; give a name such as bands.html")
    return "page", address, str(label)


def check_card(key: str) -> str:
    """Return the key of a card: it stands in addresses, so letters, digits, dot, - and _ alone.

    >>> check_card("I-16"), check_card("a:b")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: a card has key 'a:b', but may have letters, digits, dots, - and _ alone
    """
    if not _KEY.fullmatch(key):
        raise ParameterError(f"a card has key {key!r}, but may have letters, digits, dots, - and _ alone")
    return key


@dataclass(frozen=True, kw_only=True)
class FactCard:
    """What a card says; every text is plain and shown as it is.

    Attributes
    ----------
    key : str
        What the card is called in addresses.
    title, over, state
        Heading, the line above it, and a mark beside it; the latter two may be empty.
    quote : str
        Words of a document in its own language.
    facts : sequence of (label, value)
        Shown as a list; pairs without a value are left out.
    links : sequence of (label, sequence of Target)
        Where the card leads; those without a target are left out.
    head, rows
        Headings and rows of a table, if the card has one.
    marks : sequence of str
        Keys of the features that the map marks, where they are other than the card's own.
    note : str
        A sentence at the foot.
    """

    key: str
    title: str
    over: str = ""
    state: str = ""
    quote: str = ""
    facts: Sequence[tuple[str, str]] = ()
    links: Sequence[tuple[str, Sequence[Target]]] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    marks: Sequence[str] = ()
    note: str = ""

    def record(self) -> dict[str, Any]:
        """Return the card as data, without what it lacks."""
        check_card(self.key)
        found = {
            "title": self.title,
            "over": self.over,
            "state": self.state,
            "quote": self.quote,
            "facts": [list(pair) for pair in self.facts if pair[1]],
            "links": [[label, [list(target) for target in targets]] for label, targets in self.links if targets],
            "head": list(self.head),
            "rows": [list(row) for row in self.rows],
            "marks": list(self.marks),
            "note": self.note,
        }
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, kw_only=True)
class CardIndex:
    """The cards of an atlas as its pages know them: the page that holds them, and how each is called.

    >>> index = CardIndex(file="plan_items.html", names={"I-16": "4(6)1 · <road>"})
    >>> print(index.link("I-16"))
    <a class="ny-item" data-card="I-16" href="plan_items.html#card=I-16">4(6)1 · &lt;road&gt;</a>
    >>> print(index.link("I-99"))
    I-99
    """

    file: str
    names: Mapping[str, str] = field(default_factory=dict)

    def address(self, key: str) -> str:
        """Return the address of a card relative to the pages."""
        return f"{self.file}#card={check_card(key)}"

    def link(self, key: str, text: str | None = None) -> Markup:
        """Return a link to a card by its name; the text alone where there is no such card."""
        shown = html_text(self.names.get(key, key) if text is None else text)
        if key not in self.names:
            return Markup(shown)  # noqa: S704  (escaped)
        address = html_text(self.address(key))
        return Markup(f'<a class="ny-item" data-card="{html_text(key)}" href="{address}">{shown}</a>')  # noqa: S704

    def links(self, keys: Iterable[str | tuple[str, str]], *, separator: str) -> Markup:
        """Return the links to several cards, each by its name or, in a pair, by another text."""
        links = [self.link(key) if isinstance(key, str) else self.link(*key) for key in keys]
        return Markup(html_text(separator)).join(links)  # noqa: S704  (escaped)

    def record(self, used: Iterable[str]) -> dict[str, Any]:
        """Return what the script of a page needs to know of the cards that its features name."""
        return {"file": self.file, "names": {key: self.names[key] for key in sorted(set(used)) if key in self.names}}


def card_texts(cards: Iterable[FactCard], *, names: Mapping[str, str], places: Mapping[str, Place]) -> dict[str, Any]:
    """Return the words of cards, names and places as the script reads them.

    Raises
    ------
    ParameterError
        If two cards have one key, or a card leads to a place that is not given.
    """
    found: dict[str, Any] = {}
    for card in cards:
        if card.key in found:
            raise ParameterError(f"two cards have key {card.key!r}; give each its own")
        for _, targets in card.links:
            lost = next((target[1] for target in targets if target[0] == "place" and target[1] not in places), None)
            if lost is not None:
                raise ParameterError(f"card {card.key!r} leads to place {lost!r}, which is not among the places")
        found[card.key] = card.record()
    return {"cards": found, "names": dict(names), "places": {key: place[0] for key, place in places.items()}}


def card_data(places: Mapping[str, Place]) -> dict[str, Any]:
    """Return where the places are, in WGS-84 degrees.

    >>> card_data({"a": ("A", 105.123456, 28.0), "b": ("B", None, None)})
    {'at': {'a': [105.12346, 28.0]}}
    """
    return {
        "at": {
            key: [round(lon, 5), round(lat, 5)]
            for key, (_, lon, lat) in places.items()
            if lon is not None and lat is not None
        }
    }


def joined(values: Iterable[Any]) -> list[str]:
    """Return the keys of each feature as one text: of a list, or of a text with semicolons.

    >>> joined([["I-16", "L-02"], "I-15;I-17", None, float("nan")])
    ['I-16;L-02', 'I-15;I-17', '', '']
    """
    found = []
    for value in values:
        if isinstance(value, str):
            keys = value.split(";")
        elif isinstance(value, list | tuple):
            keys = [str(key) for key in value]
        else:
            keys = []
        found.append(";".join(check_card(key) for key in keys if key))
    return found
