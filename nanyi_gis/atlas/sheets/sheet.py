"""One sheet: title, map in its frame, column of legend, table and notes, strip of scale and review."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import shapely

from ...errors import MissingExtraError
from ..context import Atlas
from .content import Focus, Theme
from .fonts import chinese_family, shortened, text_width, wrapped
from .frame import draw_frame, draw_north, draw_scale, north_box, system_text
from .legend import draw_legend
from .map import draw_map
from .paper import DPI, Box, layout_of
from .pen import GREY, Pen
from .table import begun, draw_table, fits

_NOTE_PT, _NOTE_LINE = 4.9, 2.25
_TITLE_PT, _PLAN_PT = 16.0, 7.4


def draw_sheet(atlas: Atlas, theme: Theme, focus: Focus, *, paper: str, date: str | None) -> dict[str, bytes]:
    """Return a sheet as the contents of its files by format, ``pdf`` and ``png``; the same bytes each time.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed, or no typeface with Chinese characters.
    """
    with _matplotlib() as make_figure:
        layout = layout_of(paper, focus_bounds(focus))
        figure = make_figure(figsize=(layout.page.width / 25.4, layout.page.height / 25.4))
        _draw(Pen(figure, layout), atlas, theme, focus, date=date)
        title = f"{theme.title} 1:{layout.scale}"
        # neither the time nor the version of a library
        words = {"Title": title, "Creator": "nanyi_gis", "Producer": None, "CreationDate": None}
        files = {"pdf": _saved(figure, "pdf", words, DPI[paper])}
        figure.axes[0].images[0].set_interpolation("bilinear")  # the relief is coarser than the picture
        files["png"] = _saved(figure, "png", {"Title": title, "Software": None}, DPI[paper])
    return files


def _saved(figure: Any, form: str, words: dict[str, str | None], dpi: int) -> bytes:
    stream = BytesIO()
    figure.savefig(stream, format=form, metadata=words, dpi=dpi)
    return stream.getvalue()


def focus_bounds(focus: Focus) -> tuple[float, float, float, float]:
    """Return west, south, east, north of the counties of a sheet in metres."""
    west, south, east, north = (float(value) for value in focus.counties.total_bounds)
    return west, south, east, north


def sheets_ready() -> None:
    """Find out, before the long work, whether matplotlib and a typeface are there.

    Raises
    ------
    MissingExtraError
        See :func:`draw_sheet`.
    """
    with _matplotlib():
        pass


@contextmanager
def _matplotlib() -> Iterator[Any]:
    """Yield matplotlib's Figure under settings of our own, whatever those of the user are.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed, or no typeface with Chinese characters.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError(
            "matplotlib is not installed, but sheets need it; run: pip install 'nanyi_gis[sheets]'"
        ) from error
    with mpl.rc_context(), warnings.catch_warnings():
        # a sign that no typeface has is drawn as a box, which says it as well
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "font.family": [chinese_family(), "DejaVu Sans"],
                "pdf.fonttype": 3,  # outlines of the signs used: a typeface of PostScript outlines goes into no other
                "path.simplify": True,
                "axes.unicode_minus": False,
                "image.composite_image": False,
            }
        )
        yield Figure


def _draw(pen: Pen, atlas: Atlas, theme: Theme, focus: Focus, *, date: str | None) -> None:
    layout = pen.layout
    arrow = north_box(layout, shapely.union_all(focus.counties.geometry.values))
    blocks = draw_map(pen, atlas, theme, focus, taken=[arrow])
    draw_frame(pen, atlas.study.crs)
    draw_north(pen, arrow, word=atlas.say("北", "N"), note=atlas.say("坐标北", "grid north"))
    _title(pen, atlas, theme, focus)
    _column(pen, atlas, theme, blocks)
    _strip(pen, atlas, theme, date=date)


def _title(pen: Pen, atlas: Atlas, theme: Theme, focus: Focus) -> None:
    box, size = pen.layout.title, pen.layout.size
    where = str(focus.counties.iloc[0][atlas.name]) if focus.one else ""
    where = where or atlas.say(atlas.study.subtitle_zh, atlas.study.subtitle_en) or atlas.study.title(atlas.lang)
    title = " · ".join(filter(None, (where, theme.title)))
    points = _TITLE_PT
    while points > 9.0 and text_width(title, points * size, bold=True) > box.width:
        points -= 0.5
    pen.text(box.left, box.top - 6.2 * size, shortened(title, points * size, box.width, bold=True), points, bold=True)
    subtitle = "" if theme.subtitle == where else theme.subtitle
    plan = " · ".join(filter(None, (atlas.study.text("plan_title", atlas.lang), subtitle)))
    if plan:
        plan = plan if atlas.lang == "zh" else plan[:1].upper() + plan[1:]
        pen.text(box.left, box.top - 10.8 * size, shortened(plan, _PLAN_PT * size, box.width), _PLAN_PT, colour=GREY)


def _column(pen: Pen, atlas: Atlas, theme: Theme, blocks: list[Any]) -> None:
    """Draw legend, table and notes one under the other; the notes stand at the foot."""
    size, column = pen.layout.size, pen.layout.column
    column = Box(column.left, column.bottom + 0.2 * size, column.width, column.height - 0.2 * size)
    notes = _note_lines(atlas, theme, column, size)
    foot = column.bottom + (len(notes) * _NOTE_LINE + 5.0) * size
    reach = draw_legend(
        pen, Box(column.left, foot, column.width, column.top - foot), blocks, title=atlas.say("图例", "Legend")
    )
    room = Box(column.left, foot + 1.0 * size, column.width, reach - foot - 3.0 * size)
    _tables(pen, room, theme, atlas)
    y = foot - 3.6 * size
    pen.line([column.left, column.right], [foot - 0.6 * size, foot - 0.6 * size], width=0.1, colour=GREY)
    pen.text(column.left, y, atlas.say("资料来源与说明", "Sources and notes"), 6.0, bold=True)
    for line in notes:
        y -= _NOTE_LINE * size
        pen.text(column.left, y, line, _NOTE_PT, colour=GREY)


def _tables(pen: Pen, room: Box, theme: Theme, atlas: Atlas) -> None:
    """Draw the tables that have room, in their order; where none has, the first rows of the first."""
    size, lang = pen.layout.size, atlas.lang
    fitting = [table for table in theme.tables if fits(table, room, size, lang=lang)]
    if not fitting and theme.tables:
        note = atlas.say("仅列前 {} 行，全表见网页。", "The first {} rows; all of them stand on the page.")
        fitting = list(filter(None, [begun(theme.tables[0], room, size, lang=lang, note=note)]))
    for table in fitting:
        if fits(table, room, size, lang=lang):
            reach = draw_table(pen, room, table, lang=lang) - 1.5 * size
            room = Box(room.left, room.bottom, room.width, reach - room.bottom)


def _note_lines(atlas: Atlas, theme: Theme, column: Box, size: float) -> list[str]:
    """Return sources, notices and evidence in lines that fit the column, at most two fifths of it."""
    lines = [line for note in theme.notes for line in wrapped(note, _NOTE_PT * size, column.width)]
    most = int(0.42 * column.height / (_NOTE_LINE * size))
    return lines if len(lines) <= most else [*lines[: most - 1], atlas.say("（余见网页）", "(more on the page)")]


def _strip(pen: Pen, atlas: Atlas, theme: Theme, *, date: str | None) -> None:
    """Draw scale, reference system, dates, and the line for the number of the map review, which is left blank."""
    layout = pen.layout
    box, size = layout.strip, layout.size
    box = Box(box.left, box.bottom - 1.2 * size, box.width, box.height)
    end = draw_scale(pen, box, word=atlas.say("比例尺", "Scale"))
    day = atlas.study.dates.get("today", "")
    dates = [
        atlas.say(f"制图日期：{date or '＿' * 6}", f"Made: {date or '_' * 12}"),
        *([atlas.say(f"资料截止：{day}", f"State of the data: {day}")] if day else []),
    ]
    lines = [
        system_text(atlas.study.crs, lang=atlas.lang),
        "　".join(dates) if atlas.lang == "zh" else "   ".join(dates),
    ]
    blank = "＿" * (9 if atlas.lang == "zh" else 6)
    status = atlas.say("公开版 · 示意图", "Public edition · sketch map") if atlas.public else theme.review
    review = [status, atlas.say(f"审图号：{blank}", f"审图号 (map review no.): {blank}")]
    middle = box.bottom + box.height / 2
    right = max(text_width(line, 7.0 * size, bold=True) for line in review)
    room = box.right - right - 4.0 * size - end
    for number, (left, told) in enumerate(zip(lines, review, strict=True)):
        y = middle + (0.6 - 3.7 * number) * size
        pen.text(end, y, shortened(left, 5.6 * size, room), 5.6, colour=GREY)
        pen.text(box.right, y, told, 7.0, align="right", bold=number == 0)
