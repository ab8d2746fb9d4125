"""Colours as (red, green, blue), 0 to 255, and the one ramp of the elevation bands."""

import re
from collections.abc import Sequence
from itertools import pairwise

from .errors import ParameterError

Colour = tuple[int, int, int]

BAND_RAMP: tuple[Colour, ...] = ((240, 255, 210), (180, 180, 70), (150, 100, 50), (70, 40, 20))
"""Pale green, olive, ochre, dark brown: the plan's four bands from low to high, each darker than the last.

Any two are further apart than 20 (CIEDE2000), also to eyes without one of the three kinds of cones; so are those of
every other palette of classes. A ramp of more than seven steps cannot be: there each step is darker or lighter than the
last, to all eyes and in grey print (``tests/test_colours.py``).
"""

_HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)


def hex_colour(colour: str | Sequence[int]) -> str:
    """Return a colour, with or without alpha, as CSS text; what is text already stays as it is.

    >>> hex_colour((255, 128, 0))
    '#ff8000'
    """
    if isinstance(colour, str):
        return colour
    return "#" + "".join(f"{int(channel):02x}" for channel in colour)


def parse_hex(text: str) -> Colour:
    """Return the colour of a CSS text of three or six hexadecimal digits.

    Raises
    ------
    ParameterError
        If the text is no such colour.

    >>> parse_hex("#ff8000"), parse_hex("#f80")
    ((255, 128, 0), (255, 136, 0))
    """
    found = _HEX.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise ParameterError(f"colour is {text!r}, but must be # and three or six hexadecimal digits, e.g. #6ea867")
    digits = found[1] if len(found[1]) == 6 else "".join(digit * 2 for digit in found[1])
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def band_colours(count: int) -> list[Colour]:
    """Return the colours of ``count`` elevation bands, from low to high.

    Four bands have the colours of :data:`BAND_RAMP`; any other number is spread evenly along it.

    >>> band_colours(4) == list(BAND_RAMP)
    True
    >>> band_colours(2) == [BAND_RAMP[0], BAND_RAMP[-1]]
    True
    """
    return ramp_colours(BAND_RAMP, count)


def ramp_colours(ramp: tuple[Colour, ...], count: int) -> list[Colour]:
    """Return ``count`` colours at even steps along a ramp, its ends included; one alone is the ramp's start.

    >>> ramp_colours(((0, 0, 0), (100, 200, 50)), 3)
    [(0, 0, 0), (50, 100, 25), (100, 200, 50)]
    """
    steps = [(len(ramp) - 1) * k / max(count - 1, 1) for k in range(count)]
    return [_along(ramp, step) for step in steps]


def _along(ramp: tuple[Colour, ...], step: float) -> Colour:
    if len(ramp) == 1:
        return ramp[0]
    start = min(int(step), len(ramp) - 2)
    low, high = list(pairwise(ramp))[start]
    share = step - start
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(low, high, strict=True))
    return red, green, blue
