"""Names on a sheet: none over another, none over the edge or what is taken, as many as have room."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from nanyi_gis.atlas.sheets.fonts import shortened, text_width, wrapped
from nanyi_gis.atlas.sheets.labels import Label, place_labels
from nanyi_gis.atlas.sheets.paper import PAPERS, Box, layout_of, round_scale

FRAME = Box(0, 0, 100, 80)


def label(x, y, *, text="镇", width=8.0, height=2.0, gap=0.7, rank=1):
    return Label(text=text, x=x, y=y, width=width, height=height, gap=gap, rank=rank)


def over(one, other):
    return one.left < other.right and one.right > other.left and one.bottom < other.top and one.top > other.bottom


PLACES = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 80), st.integers(1, 3)), max_size=40)


@given(PLACES)
@settings(deadline=None, max_examples=60)
def test_names_stand_apart_inside_and_off_what_is_taken(places):
    taken = [Box(80, 60, 18, 18)]
    wanted = [label(x, y, rank=rank) for x, y, rank in places]
    placed = place_labels(wanted, inside=FRAME, taken=taken)
    boxes = [box for box in placed if box is not None]
    for one, other in itertools.combinations(boxes, 2):
        assert not over(one, other)
    for box in boxes:
        assert not over(box, taken[0])
        assert FRAME.holds(Box(box.left + 1e-9, box.bottom + 1e-9, box.width - 2e-9, box.height - 2e-9))


@given(PLACES)
@settings(deadline=None, max_examples=30)
def test_the_same_names_have_the_same_places(places):
    wanted = [label(x, y, rank=rank) for x, y, rank in places]
    assert place_labels(wanted, inside=FRAME) == place_labels(wanted, inside=FRAME)


def test_a_lone_name_stands_at_the_right_of_its_symbol():
    (box,) = place_labels([label(50, 40)], inside=FRAME)
    assert box.left > 50.7
    assert box.bottom < 40 < box.top


def test_at_the_right_edge_it_stands_at_the_left():
    (box,) = place_labels([label(98, 40)], inside=FRAME)
    assert box.right < 97.3


def test_a_name_moves_aside_for_one_that_has_no_other_place():
    free, bound = label(50, 40), label(62, 40, width=9.0, gap=0.7)
    walls = [
        Box(63, 30, 30, 20),
        Box(52.5, 41.8, 20, 6),
        Box(52.5, 32, 20, 6.2),
    ]  # leaves the second its left side alone
    placed = place_labels([free, bound], inside=FRAME, taken=walls)
    assert None not in placed
    assert not over(*placed)


def test_the_lower_rank_wins_where_there_is_room_for_one():
    walls = [Box(0, 0, 100, 38), Box(0, 42.5, 100, 37), Box(0, 37, 48, 6), Box(60.5, 37, 40, 6)]
    first, second = label(49, 40, rank=5, gap=0.5), label(49, 40, rank=1, gap=0.5)
    assert [box is None for box in place_labels([first, second], inside=FRAME, taken=walls)] == [True, False]


@given(st.floats(100, 5e6), st.floats(100, 5e6), st.sampled_from(sorted(PAPERS)))
@settings(deadline=None, max_examples=100)
def test_counties_of_any_size_fit_inside_at_a_round_scale(width, height, paper):
    layout = layout_of(paper, (0.0, 0.0, width, height))
    assert layout.map.width * layout.scale / 1000 >= width
    assert layout.map.height * layout.scale / 1000 >= height
    assert round_scale(layout.scale) == layout.scale
    assert layout.column.left > layout.map.right + layout.band
    assert layout.map.top + layout.band <= layout.title.bottom + 1e-9
    assert layout.strip.top <= layout.map.bottom - layout.band + 1e-9
    x, y = layout.place(width / 2, height / 2)
    assert abs(x - (layout.map.left + layout.map.width / 2)) < 1e-6
    assert abs(y - (layout.map.bottom + layout.map.height / 2)) < 1e-6


@given(st.text(max_size=60), st.floats(8, 60))
@settings(deadline=None, max_examples=100)
def test_wrapped_text_keeps_its_words_and_its_room(text, width):
    lines = wrapped(text, 5.0, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert text_width(line, 5.0) <= width + 2.0 or len(line) <= 2  # a sign that begins no line hangs over
    assert text_width(shortened(text, 5.0, width), 5.0) <= width + 1e-6
