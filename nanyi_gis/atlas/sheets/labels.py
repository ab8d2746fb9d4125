"""Where names stand on the map: beside their symbols, over no other name and no symbol."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .paper import Box

_SIDES = (  # where the name lies from its symbol, the most usual first
    (1.0, 0.0),
    (-1.0, 0.0),
    (0.0, 1.0),
    (0.0, -1.0),
    (1.0, 1.0),
    (1.0, -1.0),
    (-1.0, 1.0),
    (-1.0, -1.0),
    (0.5, 1.0),
    (-0.5, 1.0),
    (0.5, -1.0),
    (-0.5, -1.0),
)
_RINGS = (0.0, 0.9, 1.8)  # further from the symbol, in mm
_TOUCH = 0.15  # mm that must lie between two names


@dataclass(frozen=True, kw_only=True)
class Label:
    """A name that wants a place.

    Attributes
    ----------
    text : str
        The name.
    x, y : float
        Its symbol, in mm.
    width, height : float
        Size of the name in mm.
    gap : float
        Half the width of the symbol in mm; 0 puts the name over the place itself.
    rank : int
        The lower, the sooner it gets its place.
    """

    text: str
    x: float
    y: float
    width: float
    height: float
    gap: float
    rank: int


Boxes = npt.NDArray[np.float64]


def place_labels(
    labels: Sequence[Label], *, inside: Box, symbols: Sequence[Box] = (), taken: Sequence[Box] = ()
) -> list[Box | None]:
    """Return where each name stands, ``None`` where there is no room.

    Names are placed by rank at the best free side of their symbols; then each that found none moves others aside
    where those have another free side. The result is the same each time.

    Parameters
    ----------
    labels : sequence of Label
        What wants a place.
    inside : Box
        Names stay in here.
    symbols : sequence of Box
        Symbols, which names should not cover; a symbol of its own does not count.
    taken : sequence of Box
        What no name may cover.

    The first stands at the right of its symbol, the second, which has no room there or at the left, above its own:

    >>> spots = [Label(text=name, x=x, y=5, width=4, height=2, gap=1, rank=1) for name, x in (("a", 5), ("b", 8))]
    >>> [box.left for box in place_labels(spots, inside=Box(0, 0, 13, 10))]
    [6.35, 6.0]
    """
    choices = [_choices(label, inside, symbols, taken) for label in labels]
    order = sorted(range(len(labels)), key=lambda n: (labels[n].rank, len(choices[n]), n))
    chosen: dict[int, Boxes] = {}
    for number in order:
        free = _free(choices[number], [box for other, box in chosen.items()])
        if free is not None:
            chosen[number] = free
    for number in order:
        if number not in chosen:
            _make_room(number, labels, choices, chosen)
    return [_as_box(chosen[number]) if number in chosen else None for number in range(len(labels))]


def _choices(label: Label, inside: Box, symbols: Sequence[Box], taken: Sequence[Box]) -> Boxes:
    """Return the boxes that a name may take, the best first."""
    boxes = _around(label)
    kept = (
        (boxes[:, 0] >= inside.left)
        & (boxes[:, 1] >= inside.bottom)
        & (boxes[:, 2] <= inside.right)
        & (boxes[:, 3] <= inside.top)
    )
    boxes = boxes[kept]
    for box in taken:
        boxes = boxes[~_meet(boxes, _corners(box))]
    cost = np.arange(len(boxes), dtype=float)
    for box in symbols:
        if not (box.left <= label.x <= box.right and box.bottom <= label.y <= box.top):
            cost += 30.0 * _meet(boxes, _corners(box))
    clear = boxes[np.argsort(cost, kind="stable")]
    return clear[np.sort(cost) < 90.0]


def _around(label: Label) -> Boxes:
    if label.gap == 0.0:
        middles = [(label.x + dx * label.width / 3, label.y + dy * label.height) for dx, dy in ((0.0, 0.0), *_SIDES)]
        return np.array([_corners(_centred(x, y, label)) for x, y in middles])
    found = []
    for ring in _RINGS:
        for dx, dy in _SIDES:
            away = label.gap + 0.35 + ring
            corner = 0.75 if abs(dx) == 1.0 and dy else 1.0  # the corners of a round symbol are nearer
            x = label.x + dx * (away * corner + label.width / 2)
            y = label.y + dy * (away * corner + label.height / 2)
            found.append(_corners(_centred(x, y, label)))
    return np.array(found)


def _centred(x: float, y: float, label: Label) -> Box:
    return Box(x - label.width / 2, y - label.height / 2, label.width, label.height)


def _make_room(number: int, labels: Sequence[Label], choices: Sequence[Boxes], chosen: dict[int, Boxes]) -> None:
    """Give a name the first place whose holders can all move elsewhere; else a place of later ranks alone."""
    for box in choices[number]:
        held = [other for other, there in chosen.items() if bool(_meet(there[None, :], box)[0])]
        rest = {other: there for other, there in chosen.items() if other not in held}
        rest[number] = box
        for other in held:
            free = _free(choices[other], list(rest.values()))
            if free is None:
                break
            rest[other] = free
        else:
            chosen.clear()
            chosen.update(rest)
            return
    for box in choices[number]:
        held = [other for other, there in chosen.items() if bool(_meet(there[None, :], box)[0])]
        if all(labels[other].rank > labels[number].rank for other in held):
            for other in held:
                del chosen[other]
            chosen[number] = box
            return


def _free(boxes: Boxes, others: Sequence[Boxes]) -> Boxes | None:
    """Return the first of the boxes that meets none of the others."""
    if not len(boxes):
        return None
    if not others:
        best: Boxes = boxes[0]
        return best
    there = np.array(others)
    meets = (
        (boxes[:, None, 0] < there[None, :, 2] + _TOUCH)
        & (boxes[:, None, 2] > there[None, :, 0] - _TOUCH)
        & (boxes[:, None, 1] < there[None, :, 3] + _TOUCH)
        & (boxes[:, None, 3] > there[None, :, 1] - _TOUCH)
    ).any(axis=1)
    if meets.all():
        return None
    first: Boxes = boxes[int(np.argmin(meets))]
    return first


def _meet(boxes: Boxes, other: Boxes) -> npt.NDArray[np.bool_]:
    """Tell which boxes lie over another."""
    found: npt.NDArray[np.bool_] = (
        (boxes[:, 0] < other[2] + _TOUCH)
        & (boxes[:, 2] > other[0] - _TOUCH)
        & (boxes[:, 1] < other[3] + _TOUCH)
        & (boxes[:, 3] > other[1] - _TOUCH)
    )
    return found


def _corners(box: Box) -> Boxes:
    return np.array([box.left, box.bottom, box.right, box.top])


def _as_box(corners: Boxes) -> Box:
    left, bottom, right, top = (float(value) for value in corners)
    return Box(left, bottom, right - left, top - bottom)
