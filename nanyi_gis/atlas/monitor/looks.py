"""How the states of the register are called, ordered and drawn: a shape and a word with each colour."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from ...colours import parse_hex
from ...monitor import STATES_EN


@dataclass(frozen=True, kw_only=True)
class Look:
    """The colour of a state where the rule has none, its shape, its key, and the dash of lines."""

    colour: str
    shape: str
    key: str
    dash: str = ""


LOOKS: dict[str, Look] = {
    "逾期": Look(colour="#a00026", shape="square", key="overdue"),
    "滞后": Look(colour="#e8730c", shape="diamond", key="behind", dash="10 3"),
    "临近": Look(colour="#ffe14d", shape="triangle", key="soon", dash="6 4"),
    "无数据": Look(colour="#a9b1b6", shape="circle", key="none", dash="2 5"),
    "正常": Look(colour="#4cabe4", shape="circle", key="track"),
    "不可量化": Look(colour="#ffffff", shape="circle", key="words"),
    "已调整": Look(colour="#5b3f99", shape="star", key="adjusted", dash="8 3 2 3"),
    "已完成": Look(colour="#00573f", shape="star", key="done"),
}
"""By the word of a state, in the order in which a reader wants to see them."""

NO_DATA = "无数据"
_PATHS = {
    "square": "M2 2H12V12H2Z",
    "diamond": "M7 1L13 7L7 13L1 7Z",
    "triangle": "M7 1.5L13 12.5H1Z",
    "circle": "M7 2A5 5 0 1 1 7 12A5 5 0 1 1 7 2Z",
    "star": "M7 1L8.8 5.2L13.3 5.5L9.8 8.4L11 12.9L7 10.4L3 12.9L4.2 8.4L0.7 5.5L5.2 5.2Z",
}


_INK, _PAPER = "#20313f", "#ffffff"
_PALE = 150.0  # of 255


def edge_of(colour: str) -> str:
    """Return the colour of an edge that is seen about a colour: ink about a pale one, which paper would swallow.

    >>> edge_of("#f8fbff"), edge_of("#a00026")
    ('#20313f', '#ffffff')
    """
    red, green, blue = parse_hex(colour)
    return _INK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > _PALE else _PAPER


def order_of(state: str) -> int:
    """Return the place of a state, the worst first.

    >>> order_of("逾期") < order_of("正常") < order_of("已完成")
    True
    """
    return list(LOOKS).index(state)


def state_word(state: str, lang: str) -> str:
    """Return the word of a state.

    >>> state_word("逾期", "zh"), state_word("逾期", "en")
    ('逾期', 'overdue')
    """
    return STATES_EN[state] if lang == "en" else state


def colour_of(state: str, colours: Mapping[str, str]) -> str:
    """Return the colour of a state: that of the rule, or ours where it has none.

    >>> colour_of("无数据", {}), colour_of("逾期", {"逾期": "#f00"})
    ('#a9b1b6', '#f00')
    """
    return colours.get(state, LOOKS[state].colour)


def symbols(colours: Mapping[str, str]) -> Markup:
    """Return the shapes of all states as symbols of SVG, once for a page."""
    made = [
        Markup('<symbol id="nm-{}" viewBox="0 0 14 14"><path d="{}" fill="{}" stroke="#20313f"/></symbol>').format(
            look.key, _PATHS[look.shape], colour_of(state, colours)
        )
        for state, look in LOOKS.items()
    ]
    return Markup('<svg class="nm-symbols" width="0" height="0" aria-hidden="true">{}</svg>').format(
        Markup("").join(made)
    )


def mark(state: str) -> Markup:
    """Return the shape of a state, which never stands without its word."""
    return Markup('<svg class="nm" aria-hidden="true"><use href="#nm-{}"/></svg>').format(LOOKS[state].key)


def marked(state: str, lang: str) -> Markup:
    """Return the shape of a state with its word."""
    return mark(state) + state_word(state, lang)


def legend(states: Iterable[str], lang: str) -> Markup:
    """Return the shapes of several states with their words."""
    return Markup('<p class="nm-legend">{}</p>').format(
        Markup("").join(Markup("<span>{}</span>").format(marked(state, lang)) for state in states)
    )
