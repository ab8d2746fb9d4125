"""Small charts as SVG: deterministic, escaped, readable without colour."""

import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from ..errors import ParameterError
from ._escape import html_text

SERIES = ("#000098", "#e4be13", "#007285", "#be4c00", "#4cabe4", "#000000", "#989885", "#d1e4e4")
_DASHES = ("", "7 3", "2 3", "9 3 2 3")
_INK = "#1f2d3a"
_SOFT = "#5b6b78"
_LINE = "#dfe5e9"
_SIZE = 12.0


def line_chart(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    title: str,
    x_label: str = "",
    y_label: str = "",
    x_digits: int | None = None,
    y_digits: int | None = None,
    marks: Sequence[tuple[float, str]] = (),
    colours: Sequence[str] = SERIES,
    width: int = 358,
    height: int = 230,
) -> Markup:
    """Return lines over two numeric axes as SVG.

    Parameters
    ----------
    series : mapping
        x and y values by name, at least two finite points each; lines differ in colour and dash.
    title : str
        What the chart shows, for screen readers.
    x_label, y_label : str
        Names of the axes with their units.
    x_digits, y_digits : int, optional
        Decimals of the axes' numbers, as many as needed if not given.
    marks : sequence of (x, label)
        Vertical lines, e.g. band edges.

    >>> svg = line_chart({"a": ([0, 1], [0, 2])}, title="Rise")
    >>> svg.count("<polyline"), "<title>Rise</title>" in svg
    (1, True)
    """
    lines = {str(name): _points(x, y, name=str(name)) for name, (x, y) in series.items()}
    if not lines:
        raise ParameterError("the chart has no series; give at least one")
    xs = [x for points in lines.values() for x, _ in points]
    ys = [y for points in lines.values() for _, y in points]
    x_ticks, y_ticks = _ticks(min(xs), max(xs), 5), _ticks(min(ys), max(ys), 5)
    left = 12 + max(_width(_number(value, y_digits, y_ticks)) for value in y_ticks)
    rows = _legend_rows(list(lines), width) if len(lines) > 1 else []
    top = (26 if y_label else 8) + 18 * len(rows) + (14 if marks else 0)
    bottom = height - (38 if x_label else 22)
    right = width - 14
    x_low, x_high, y_low, y_high = min(xs), max(xs), y_ticks[0], y_ticks[-1]

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            left + (x - x_low) / ((x_high - x_low) or 1) * (right - left),
            bottom - (y - y_low) / ((y_high - y_low) or 1) * (bottom - top),
        )

    out = _legend(rows, colours, lines_only=True)
    if y_label:
        out.append(_text(4, 18 * len(rows) + 13, y_label, colour=_SOFT))
    for value in y_ticks:
        _, y = at(x_low, value)
        out.append(_rule(left, y, right, y))
        out.append(_text(left - 6, y + 4, _number(value, y_digits, y_ticks), anchor="end", colour=_SOFT))
    for value in x_ticks:
        if x_low <= value <= x_high:
            x, _ = at(value, y_low)
            out.append(_rule(x, bottom, x, bottom + 4, colour=_SOFT))
            out.append(_text(x, bottom + 17, _number(value, x_digits, x_ticks), anchor="middle", colour=_SOFT))
    for value, label in marks:
        if x_low <= value <= x_high:
            x, _ = at(value, y_low)
            out.append(_rule(x, top, x, bottom, colour="#8a97a1", dash="3 3"))
            out.append(_text(min(max(x, left + 10), right - 6), top - 4, label, anchor="middle", colour=_SOFT))
    if x_label:
        out.append(_text((left + right) / 2, height - 5, x_label, anchor="middle", colour=_SOFT))
    out.append(_rule(left, bottom, right, bottom, colour=_SOFT))
    for i, points in enumerate(lines.values()):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in points))
        dash = _DASHES[i % len(_DASHES)]
        out.append(
            f'<polyline points="{path}" fill="none" stroke="{html_text(colours[i % len(colours)])}" stroke-width="2" '
            f'stroke-linejoin="round"{f" stroke-dasharray={chr(34)}{dash}{chr(34)}" if dash else ""}/>'
        )
    return _svg(out, title=title, width=width, height=height)


def bar_chart(
    values: Mapping[str, float],
    *,
    title: str,
    unit: str = "",
    digits: int = 0,
    colours: Sequence[str] | Mapping[str, str] = (SERIES[0],),
    width: int = 358,
) -> Markup:
    """Return horizontal bars with their values as SVG.

    Parameters
    ----------
    values : mapping
        Value of zero or more by name; NaN is drawn as a dash.
    unit, digits
        Unit and decimals of the figures written at the bars.
    colours : sequence or mapping
        Colours in turn, or by name.

    >>> bar_chart({"low": 3, "high": 1}, title="Area", unit="km²").count("<rect")
    2
    """
    return grouped_bar(
        list(values),
        {"": list(values.values())},
        title=title,
        unit=unit,
        digits=digits,
        width=width,
        colours=[colours.get(name, SERIES[0]) for name in values] if isinstance(colours, Mapping) else colours,
        colour_by_group=True,
    )


def grouped_bar(
    groups: Sequence[str],
    series: Mapping[str, Sequence[float]],
    *,
    title: str,
    unit: str = "",
    digits: int = 0,
    stacked: bool = False,
    totals: bool = True,
    colours: Sequence[str] = SERIES,
    colour_by_group: bool = False,
    width: int = 358,
) -> Markup:
    """Return horizontal bars by group and series, side by side or stacked, as SVG.

    Parameters
    ----------
    groups : sequence of str
        Names down the side.
    series : mapping
        Values of zero or more by name of the series, one a group.
    stacked : bool
        Whether the series of a group stand in one bar; parts that are wide enough carry their value.
    totals : bool
        Whether a stacked bar ends with its sum.

    Raises
    ------
    ParameterError
        If a series has not one value a group, or a value is negative.

    >>> grouped_bar(["a", "b"], {"plan": [1, 2], "fits": [3, 4]}, title="Targets").count('class="bar"')
    4
    """
    table = {str(name): [float(value) for value in row] for name, row in series.items()}
    for name, row in table.items():
        if len(row) != len(groups):
            raise ParameterError(f"series {name!r} has {len(row)} values, but there are {len(groups)} groups")
        if any(value < 0 for value in row):
            raise ParameterError(f"series {name!r} has a negative value; bars start at zero")
    if not groups or not table:
        raise ParameterError("the chart has no bars; give at least one group and one series")
    finite = [value if math.isfinite(value) else 0.0 for row in table.values() for value in row]
    sums = [sum(v for v in column if math.isfinite(v)) for column in zip(*table.values(), strict=True)]
    most = (max(sums) if stacked else max(finite)) or 1.0
    rows = _legend_rows(list(table), width) if len(table) > 1 else []
    names = [_shortened(str(group), 140) for group in groups]
    left = min(148.0, 10 + max(_width(name) for name in names))
    unit_text = f" {unit}" if unit else ""
    room = 10 + max(_width(f"{value:,.{digits}f}{unit_text}") for value in (sums if stacked else finite))
    span = max(width - left - room, 40)
    bar = 16.0 if stacked or len(table) == 1 else max(9.0, 26.0 / len(table))
    step = (bar if stacked else bar * len(table)) + 9
    top = 6 + 18 * len(rows)
    height = math.ceil(top + step * len(groups) + 2)
    out = _legend(rows, colours, lines_only=False)
    out.append(_rule(left, top - 2, left, height - 2, colour=_SOFT))
    for g, name in enumerate(names):
        y = top + g * step
        middle = y + (bar if stacked else bar * len(table)) / 2
        out.append(_text(left - 6, middle + 4, name, anchor="end", full=str(groups[g])))
        x = left
        for s, (label, row) in enumerate(table.items()):
            value = row[g]
            length = (value if math.isfinite(value) else 0) / most * span
            colour = colours[(g if colour_by_group else s) % len(colours)]
            hint = f"{groups[g]}{f' · {label}' if label else ''}: " + _amount(value, digits, unit_text)
            thick = bar if stacked or len(table) == 1 else bar - 1
            out.append(
                f'<rect class="bar" x="{x:.1f}" y="{y:.1f}" width="{length:.1f}" height="{thick:.1f}" '
                f'fill="{html_text(colour)}"><title>{html_text(hint)}</title></rect>'
            )
            if stacked:
                inside = f"{value:,.{digits}f}"
                if length > _width(inside) + 6:
                    out.append(_text(x + length / 2, middle + 4, inside, anchor="middle", colour=_contrast(colour)))
                x += length
            else:
                small = min(_SIZE, bar + 1)
                out.append(_text(x + length + 5, y + bar / 2 + 4, _amount(value, digits, unit_text), size=small))
                y += bar
        if stacked and totals:
            out.append(_text(x + 5, middle + 4, _amount(sums[g], digits, unit_text)))
    return _svg(out, title=title, width=width, height=height)


def _svg(parts: Sequence[str], *, title: str, width: float, height: float) -> Markup:
    return Markup(  # noqa: S704  (every text in the parts is escaped)
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{html_text(title)}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{html_text(title)}</title>{"".join(parts)}</svg>'
    )


def _points(x: Sequence[float], y: Sequence[float], *, name: str) -> list[tuple[float, float]]:
    pairs = [(float(a), float(b)) for a, b in zip(x, y, strict=True)]
    kept = [pair for pair in pairs if math.isfinite(pair[0]) and math.isfinite(pair[1])]
    if len(kept) < 2:
        raise ParameterError(f"series {name!r} has {len(kept)} finite points, but a line needs two")
    return kept


def _ticks(low: float, high: float, wanted: int) -> list[float]:
    """Return round numbers that enclose ``low`` to ``high``."""
    if high <= low:
        low, high = (low - 1, low + 1) if low else (0.0, 1.0)
    raw = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def _number(value: float, digits: int | None, ticks: Sequence[float]) -> str:
    if digits is None:
        step = abs(ticks[1] - ticks[0]) if len(ticks) > 1 else 1
        digits = next((d for d in range(6) if abs(round(step, d) - step) < 1e-9 * max(step, 1)), 6)
    return f"{value:,.{digits}f}"


def _amount(value: float, digits: int, unit: str) -> str:
    return f"{value:,.{digits}f}{unit}" if math.isfinite(value) else "–"


def _width(text: str, size: float = _SIZE) -> float:
    return sum(size if ord(char) > 0x2E80 else size * 0.62 for char in text)


def _contrast(colour: str) -> str:
    """Return the ink that reads on a ``#rrggbb`` ground.

    >>> _contrast("#000000"), _contrast("#ffff00") == _INK
    ('#ffffff', True)
    """
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5)) if len(colour) == 7 else (255, 255, 255)
    return "#ffffff" if 0.299 * red + 0.587 * green + 0.114 * blue < 128 else _INK


def _shortened(text: str, room: float) -> str:
    if _width(text) <= room:
        return text
    while text and _width(text + "…") > room:
        text = text[:-1]
    return text + "…"


def _legend_rows(names: Sequence[str], width: float) -> list[list[tuple[int, str, float]]]:
    rows: list[list[tuple[int, str, float]]] = [[]]
    x = 4.0
    for i, name in enumerate(names):
        need = 28 + _width(name) + 10
        if rows[-1] and x + need > width:
            rows.append([])
            x = 4.0
        rows[-1].append((i, name, x))
        x += need
    return rows


def _legend(rows: Sequence[Sequence[tuple[int, str, float]]], colours: Sequence[str], *, lines_only: bool) -> list[str]:
    out = []
    for line, row in enumerate(rows):
        y = 18 * line + 9
        for i, name, x in row:
            colour = html_text(colours[i % len(colours)])
            if lines_only:
                out.append(_rule(x, y, x + 22, y, colour=colour, dash=_DASHES[i % len(_DASHES)], weight=2.5))
            else:
                out.append(f'<rect x="{x + 6:.1f}" y="{y - 6}" width="14" height="11" fill="{colour}"/>')
            out.append(_text(x + 27, y + 4, name))
    return out


def _rule(x1: float, y1: float, x2: float, y2: float, *, colour: str = _LINE, dash: str = "", weight: float = 1) -> str:
    pattern = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{weight:g}"{pattern}/>'
    )


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    colour: str = _INK,
    size: float = _SIZE,
    full: str | None = None,
) -> str:
    hint = f"<title>{html_text(full)}</title>" if full is not None and full != text else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}" text-anchor="{anchor}">'
        f"{hint}{html_text(text)}</text>"
    )
