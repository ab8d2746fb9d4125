"""Where lines meet: hand cases for each mode, and what holds for any lines."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

from nanyi_gis.errors import ParameterError
from nanyi_gis.network.noding import node_lines

ROAD = [(0, 0), (100, 0)]
"""From west to east."""


def array(*coordinates):
    return np.array([LineString(line) for line in coordinates], dtype=object)


def counts(*coordinates, noding="vertices", **options):
    """Nodes and segments."""
    found = node_lines(array(*coordinates), noding=noding, **options)
    return len(found.nodes), len(found.geometry)


def parts(found):
    """Sets of lines that can be reached from each other, by position."""
    import networkx as nx

    graph = nx.Graph(zip(found.start.tolist(), found.end.tolist(), strict=True))
    label = {node: i for i, part in enumerate(nx.connected_components(graph)) for node in part}
    groups = {}
    for start, parent in zip(found.start.tolist(), found.parent.tolist(), strict=True):
        groups.setdefault(label[start], set()).add(parent)
    return sorted(map(sorted, groups.values()))


HAND = [
    # name, lines, nodes and segments by vertices, ends, all, none
    ("crossing", [ROAD, [(50, -50), (50, 50)]], (4, 2), (4, 2), (5, 4), (4, 2)),
    ("end on a line", [ROAD, [(50, 0), (50, 50)]], (4, 2), (4, 3), (4, 3), (4, 2)),
    ("end 0.5 m short of a line", [ROAD, [(50, 0.5), (50, 50)]], (4, 2), (4, 3), (4, 3), (4, 2)),
    ("end 0.5 m beyond a line", [ROAD, [(50, -0.5), (50, 50)]], (4, 2), (4, 3), (4, 3), (4, 2)),
    ("end 1.1 m short of a line", [ROAD, [(50, 1.1), (50, 50)]], (4, 2), (4, 2), (4, 2), (4, 2)),
    (
        "a vertex inside both",
        [[(0, 0), (50, 0), (100, 0)], [(50, -50), (50, 0), (50, 50)]],
        (5, 4), (5, 4), (5, 4), (4, 2),
    ),
    ("a vertex inside one, an end of the other", [[(0, 0), (50, 0), (100, 0)], [(50, 0), (50, 50)]],
     (4, 3), (4, 3), (4, 3), (4, 2)),
    ("a vertex of one only", [[(0, 0), (50, 0), (100, 0)], [(50, -50), (50, 50)]], (4, 2), (4, 2), (5, 4), (4, 2)),
    ("shared ends", [ROAD, [(100, 0), (200, 0)]], (3, 2), (3, 2), (3, 2), (3, 2)),
    ("a line that crosses itself", [[(0, 0), (60, 0), (60, 30), (30, 30), (30, -30)]], (2, 1), (2, 1), (3, 3), (2, 1)),
    (
        "a line that passes a vertex twice",
        [[(0, 0), (30, 0), (60, 0), (60, 30), (30, 30), (30, 0), (30, -30)]],
        (3, 3), (3, 3), (3, 3), (2, 1),
    ),
    ("an overlap", [ROAD, [(50, 0), (150, 0)]], (4, 2), (4, 4), (4, 4), (4, 2)),
    ("a line twice", [ROAD, ROAD], (2, 2), (2, 2), (2, 2), (2, 2)),
    ("a line and its reverse", [ROAD, ROAD[::-1]], (2, 2), (2, 2), (2, 2), (2, 2)),
    ("a ring", [[(0, 0), (9, 0), (9, 9), (0, 0)]], (1, 1), (1, 1), (1, 1), (1, 1)),
    (
        "three lines through one point",
        [ROAD, [(50, -50), (50, 50)], [(0, -50), (100, 50)]],
        (6, 3), (6, 3), (7, 6), (6, 3),
    ),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["vertices", "ends", "all", "none"])
@pytest.mark.parametrize("case", HAND, ids=[case[0] for case in HAND])
def test_hand_cases(case, mode):
    wanted = case[2 + ["vertices", "ends", "all", "none"].index(mode)]
    assert counts(*case[1], noding=mode) == wanted


@pytest.mark.parametrize(
    ("mode", "level", "controlled", "shared", "joined"),
    [
        ("all", [0, 0], [False, False], False, True),
        ("all", [0, 1], [False, False], False, False),
        ("all", [1, 1], [False, False], False, True),
        ("all", [0, 0], [True, False], False, False),
        ("all", [0, 0], [True, True], False, False),
        ("vertices", [0, 1], [False, False], True, True),
        ("vertices", [0, 0], [True, False], True, True),
        ("vertices", [0, -1], [True, True], True, True),
        ("vertices", [0, 0], [False, False], False, False),
    ],
)
def test_levels_and_motorways_part_bare_crossings_not_shared_vertices(mode, level, controlled, shared, joined):
    one, two = (
        ([(0, 0), (50, 0), (100, 0)], [(50, -50), (50, 0), (50, 50)]) if shared else (ROAD, [(50, -50), (50, 50)])
    )
    found = node_lines(array(one, two), noding=mode, level=np.array(level), controlled=np.array(controlled))
    assert (parts(found) == [[0, 1]]) is joined
    assert found.crossings == (0 if joined else 1)
    assert found.crossings_controlled == int(any(controlled) and not joined)


@pytest.mark.parametrize(
    ("level", "controlled", "joined"),
    [([0, 0], [False, False], True), ([0, 1], [False, False], False), ([0, 0], [False, True], False)],
)
def test_levels_and_motorways_part_an_end_from_the_line_it_touches(level, controlled, joined):
    found = node_lines(
        array(ROAD, [(50, 0), (50, 50)]), noding="ends", level=np.array(level), controlled=np.array(controlled)
    )
    assert (parts(found) == [[0, 1]]) is joined
    assert found.touches == (0 if joined else 1)


@pytest.mark.parametrize(("gap", "joined"), [(0.5, True), (1.0, True), (1.001, False)])
@pytest.mark.parametrize("controlled", [False, True])
def test_loose_ends_meet_within_the_tolerance(gap, joined, controlled):
    found = node_lines(array(ROAD, [(100 + gap, 0), (200, 0)]), controlled=np.array([controlled, False]))
    assert len(found.nodes) == (3 if joined else 4)
    assert found.moved_max == pytest.approx(gap if joined else 0)


def test_two_nodes_of_the_source_stay_two_however_near():
    crossroads = [ROAD, [(100, 0), (100, 90)], [(100.7, 0), (200, 0)], [(100.7, 0), (100.7, -90)]]
    assert counts(*crossroads) == (6, 4)
    assert counts(*crossroads, [(100, 0), (100.7, 0)]) == (6, 5)


def test_a_loose_end_meets_the_nearest_end():
    found = node_lines(
        array(
            ROAD, [(100, 0), (100, 90)], [(101.4, 0), (200, 0)], [(101.4, 0), (101.4, 90)], [(100.6, 0), (100.6, -90)]
        )
    )
    assert parts(found) == [[0, 1, 4], [2, 3]]


def test_a_chain_of_near_ends_does_not_become_one_node():
    spokes = [[(0.9 * i, 0), (0.9 * i, 100 + i)] for i in range(8)]
    found = node_lines(array(*spokes))
    assert found.moved_max == pytest.approx(0.9)
    assert len(found.nodes) == 8 + 4


def test_a_stub_shorter_than_the_tolerance_stays_a_line():
    assert counts(ROAD, [(100, 0), (100, 0.4)]) == (3, 2)
    assert counts([(0, 0), (0, 0.4)]) == (2, 1)


def test_a_ring_that_is_not_quite_closed_is_closed():
    assert counts([(0, 0), (90, 0), (90, 90), (0, 0.5)]) == (1, 1)


@pytest.mark.parametrize("gap", [0.0, 1e-9, 4e-4])
def test_a_vertex_is_shared_up_to_the_noise_of_projections(gap):
    assert counts([(0, 0), (50, gap), (100, 0)], [(50, -50), (50, 0), (50, 50)]) == (5, 4)


def test_vertices_on_either_side_of_a_rounding_border_are_one():
    half = 0.0005
    assert counts([(0, 0), (50, half - 1e-9), (100, 0)], [(50, -50), (50, half + 1e-9), (50, 50)]) == (5, 4)


def test_a_chain_of_vertices_a_hair_apart_is_no_single_place():
    fan = [[(0, 100 * i), (50 + 0.0006 * i, 0), (100, 100 * i + 7)] for i in range(20)]
    found = node_lines(array(*fan), tolerance=0.0)
    assert found.moved_max <= 0.0015
    assert len(found.nodes) > 40


def test_counts_of_what_was_not_joined():
    found = node_lines(
        array(ROAD, [(20, -9), (20, 9)], [(40, -9), (40, 9)], [(60, 0), (60, 50)], [(80, 0.4), (80, 50)]),
        controlled=np.array([False, True, False, False, False]),
    )
    assert (found.crossings, found.crossings_controlled, found.touches, found.joinable) == (2, 1, 2, 3)
    assert found.unnoded


def test_a_noded_lattice_does_not_look_unnoded_and_a_drawn_one_does():
    rows = [[(i, j) for i in range(6)] for j in range(6)]
    columns = [[(i, j) for j in range(6)] for i in range(6)]
    noded = node_lines(array(*rows, *columns), tolerance=0.1)
    assert (len(noded.nodes), len(noded.geometry), noded.crossings, noded.unnoded) == (36, 60, 0, False)
    drawn = node_lines(array(*[[line[0], line[-1]] for line in (*rows, *columns)]), tolerance=0.1)
    assert (drawn.crossings, drawn.touches, drawn.unnoded) == (16, 16, True)


def test_a_bridge_over_a_road_does_not_look_unnoded():
    assert not node_lines(array(ROAD, [(50, -50), (50, 50)]), level=np.array([0, 1])).unnoded


def test_no_lines_and_odd_words():
    assert len(node_lines(np.empty(0, dtype=object)).geometry) == 0
    with pytest.raises(ParameterError, match="noding is 'some'"):
        node_lines(array(ROAD), noding="some")


corner = st.tuples(st.integers(0, 12), st.integers(0, 12))
drawn = st.lists(st.lists(corner, min_size=2, max_size=5), min_size=1, max_size=6)


def usable(coordinates):
    kept = [line for line in coordinates if LineString(line).length > 0]
    return array(*kept) if kept else array(ROAD)


@given(drawn, st.sampled_from(["vertices", "ends", "all", "none"]))
@settings(max_examples=150, deadline=None)
def test_segments_run_from_node_to_node_and_keep_the_length(coordinates, mode):
    lines = usable(coordinates)
    found = node_lines(lines, noding=mode, tolerance=1e-3)
    for segment, start, end in zip(found.geometry, found.start, found.end, strict=True):
        assert segment.coords[0] == tuple(found.nodes[start])
        assert segment.coords[-1] == tuple(found.nodes[end])
    assert shapely.length(found.geometry).sum() == pytest.approx(shapely.length(lines).sum())
    assert len(np.unique(found.nodes, axis=0)) == len(found.nodes)


@given(drawn, st.randoms(use_true_random=False), st.sampled_from(["vertices", "ends", "all"]))
@settings(max_examples=100, deadline=None)
def test_the_order_and_direction_of_lines_do_not_matter(coordinates, random, mode):
    lines = usable(coordinates)
    order = list(range(len(lines)))
    random.shuffle(order)
    turned = np.array([shapely.reverse(lines[i]) if random.random() < 0.5 else lines[i] for i in order], dtype=object)
    one, two = node_lines(lines, noding=mode), node_lines(turned, noding=mode)
    np.testing.assert_allclose(one.nodes, two.nodes, atol=1e-9)
    assert (one.crossings, one.touches, one.joinable) == (two.crossings, two.touches, two.joinable)


@given(drawn)
@settings(max_examples=100, deadline=None)
def test_all_joins_what_geos_finds_crossing(coordinates):
    """Lines meet in mode ``all`` if and only if they share a point, by GEOS."""
    lines = usable(coordinates)
    found = node_lines(lines, noding="all", tolerance=1e-3)
    at = {}
    for parent, *ends in zip(found.parent.tolist(), found.start.tolist(), found.end.tolist(), strict=True):
        at.setdefault(parent, set()).update(ends)
    for i in range(len(lines)):
        for j in range(i):
            assert bool(at[i] & at[j]) == bool(shapely.dwithin(lines[i], lines[j], 1e-9))


@given(st.lists(st.tuples(st.floats(0, 6), st.floats(0, 6)), min_size=2, max_size=30), st.floats(0.1, 2))
@settings(max_examples=100, deadline=None)
def test_no_end_moves_farther_than_the_tolerance(starts, tolerance):
    lines = array(*[[place, (1000 + 50 * i, 1000 + 7 * i * i)] for i, place in enumerate(starts)])
    found = node_lines(lines, tolerance=tolerance)
    assert found.moved_max <= max(tolerance, 1.5e-3) + 1e-9
    # What became one place lies within the tolerance of each other.
    place = np.array([found.start[np.flatnonzero(found.parent == i)[0]] for i in range(len(starts))])
    for node in np.unique(place):
        own = np.array(starts)[place == node]
        gap = np.hypot(*(own[:, None] - own[None]).reshape(-1, 2).T).max()
        assert gap <= max(tolerance, 1.5e-3) + 1e-9
