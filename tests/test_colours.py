"""Classes are told apart by everyone: CIEDE2000 above 20 between any two colours of a palette, in normal vision and
without one kind of cones; ramps of many steps are ordered by lightness; so is grey print."""

import itertools
import re
from importlib.resources import files

import colour_vision
import numpy as np
import pytest
from colour_vision import DEFICIENCIES, apart, delta_e, lab
from skimage.color import deltaE_ciede2000, rgb2lab

from nanyi_gis import colours, suitability
from nanyi_gis.atlas import minutes, own_layers, places, road, road_layers, scores
from nanyi_gis.atlas.handoff.project import SLOPE_RAMP
from nanyi_gis.atlas.pages import network, overview, validation
from nanyi_gis.atlas.pages import suitability as crops
from nanyi_gis.monitor import read_rule
from nanyi_gis.webmap import charts

LEAST = 20.0
SHARMA = [  # table 1 of Sharma, Wu and Dalal, Color Research and Application 30 (2005): two colours, their difference
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 3.1571, -77.2803), (50.0, 0.0, -82.7485), 2.8615),
    ((50.0, 2.8361, -74.0200), (50.0, 0.0, -82.7485), 3.4412),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, -1.1848, -84.8006), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, -0.9009, -85.5211), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, -1.0, 2.0), (50.0, 0.0, 0.0), 2.3669),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0009), 7.1792),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0010), 7.1792),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0011), 7.2195),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0012), 7.2195),
    ((50.0, -0.0010, 2.4900), (50.0, 0.0009, -2.4900), 4.8045),
    ((50.0, -0.0010, 2.4900), (50.0, 0.0010, -2.4900), 4.8045),
    ((50.0, -0.0010, 2.4900), (50.0, 0.0011, -2.4900), 4.7461),
    ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (61.0, -5.0, 29.0), 22.8977),
    ((50.0, 2.5, 0.0), (56.0, -27.0, -3.0), 31.9030),
    ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
    ((50.0, 2.5, 0.0), (50.0, 3.1736, 0.5854), 1.0000),
    ((50.0, 2.5, 0.0), (50.0, 3.2972, 0.0), 1.0000),
    ((50.0, 2.5, 0.0), (50.0, 1.8634, 0.5757), 1.0000),
    ((50.0, 2.5, 0.0), (50.0, 3.2592, 0.3350), 1.0000),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.2630),
    ((61.2901, 3.7196, -5.3901), (61.4292, 2.2480, -4.9620), 1.8731),
    ((35.0831, -44.1164, 3.7933), (35.0232, -40.0716, 1.5901), 1.8645),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((36.4612, 47.8580, 18.3852), (36.2715, 50.5065, 21.2231), 1.4146),
    ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ((90.9257, -0.5406, -0.9208), (88.6381, -0.8985, -0.7239), 1.5381),
    ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]
RULE = read_rule("neutral")
MINUTES = [*minutes.MINUTE_COLOURS.values(), minutes._FARTHER, minutes._NEVER]
_SCRIPT = files("nanyi_gis.webmap").joinpath("static/difference.js").read_text(encoding="utf-8")
DIFFERENCE = dict(  # of the map of two layers, by steps from one to the other
    re.findall(r'"?([\w-]+)"?: "(#[0-9a-f]{6})"', re.search(r"const COLOURS = \{(.*?)\}", _SCRIPT)[1])
)
ORDERED = {  # shown together, from one end to the other
    "elevation bands": list(colours.BAND_RAMP),
    "classes S1 to N": list(suitability.CLASS_COLOURS.values()),
    "fifths of a chance": list(crops.FIFTHS.values()),
    "minutes": MINUTES,
    "worth of a stretch": [colour for _, colour, _ in road.WORTH],
    "slope": [colour for _, colour in SLOPE_RAMP],
}
UNORDERED = {
    "modes of corridors": [colour for _, _, colour, _ in overview.MODES.values()],
    "status of red roads": [colour for colour, *_ in road_layers._STATUS.values()],
    "known places": [validation._HIT, validation._MISS, validation._GREY],
    "minutes saved": list(minutes._SAVED.values()),
    "differences": [DIFFERENCE[step] for step in ("-2", "-1", "0", "1", "2", "gained", "lost")],
    "links of the schematic network": [network.DRAWING[key][0] for key in network._SCHEMATIC],
    "own layers": list(own_layers.OWN_COLOURS),
    "series of charts": list(charts.SERIES),
    "states of the register": [lamp.colour for lamp in (*RULE.lamp.values(), *RULE.behind)],
}
SCORES = [scores._colour((code - 0.5) * 10) for code in range(1, 11)]


@pytest.mark.parametrize(("one", "other", "published"), SHARMA)
def test_the_difference_of_two_colours_is_the_published_one(one, other, published):
    assert delta_e(one, other) == pytest.approx(published, abs=5e-5)
    assert delta_e(other, one) == pytest.approx(published, abs=5e-5)
    assert float(deltaE_ciede2000(np.array(one), np.array(other))) == pytest.approx(published, abs=5e-5)


@pytest.mark.parametrize("colour", ["#ff8000", "#123456", "#ffffff", "#000000", "#7f7f7f"])
def test_lab_is_that_of_another_library(colour):
    other = rgb2lab(np.array([[colours.parse_hex(colour)]]) / 255.0, illuminant="D65", observer="2")[0, 0]
    assert lab(colour) == pytest.approx(other, abs=0.05)


@pytest.mark.parametrize("vision", DEFICIENCIES)
def test_greys_stay_grey_and_who_lacks_a_cone_takes_its_colours_for_one(vision):
    grey = lab("#808080", vision=vision)
    assert grey == pytest.approx(lab("#808080"), abs=0.2)
    if vision in {"protan", "deutan"}:  # red and green of one lightness, which others tell apart at a glance
        seen = delta_e(lab("#a06a50", vision=vision), lab("#7a7a50", vision=vision))
        assert seen < 0.5 * delta_e(lab("#a06a50"), lab("#7a7a50"))


def test_the_matrices_are_those_of_machado_for_a_whole_lack_of_one_cone():
    for rows in DEFICIENCIES.values():
        assert [sum(row) for row in rows] == pytest.approx([1.0, 1.0, 1.0], abs=1e-5)  # white stays white


@pytest.mark.parametrize("name", [*ORDERED, *UNORDERED])
def test_any_two_classes_of_a_palette_are_told_apart_by_everyone(name):
    palette = {**ORDERED, **UNORDERED}[name]
    worst = min((apart(one, other), one, other) for one, other in itertools.combinations(palette, 2))
    assert worst[0] > LEAST, worst


@pytest.mark.parametrize("name", ORDERED)
def test_an_ordered_palette_is_ordered_by_lightness_to_all_eyes_and_in_grey_print(name):
    for vision in DEFICIENCIES:
        light = [lab(colour, vision=vision)[0] for colour in ORDERED[name]]
        assert light in (sorted(light), sorted(light, reverse=True)), vision
    grey = [
        0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in map(colour_vision.linear, ORDERED[name])
    ]
    assert grey in (sorted(grey), sorted(grey, reverse=True))


def test_scores_darken_step_by_step_to_all_eyes():
    """Ten steps cannot all be 20 apart: neighbours differ enough to see an edge, steps two apart clearly."""
    for vision in DEFICIENCIES:
        light = [lab(colour, vision=vision)[0] for colour in SCORES]
        assert light == sorted(light, reverse=True)
        assert min(one - other for one, other in itertools.pairwise(light)) > 3
    assert min(apart(one, other) for one, other in itertools.pairwise(SCORES)) > 4
    assert min(apart(SCORES[k], SCORES[k + 2]) for k in range(8)) > 9
    assert apart(SCORES[0], SCORES[-1]) > 50


@pytest.mark.parametrize("count", [2, 3, 4])
def test_other_numbers_of_bands_are_told_apart_too(count):
    ramp = colours.band_colours(count)
    assert min(apart(one, other) for one, other in itertools.combinations(ramp, 2)) > LEAST


@pytest.mark.parametrize("count", [5, 6, 8])
def test_many_bands_darken_step_by_step(count):
    for vision in DEFICIENCIES:
        light = [lab(colour, vision=vision)[0] for colour in colours.band_colours(count)]
        assert light == sorted(light, reverse=True)


@pytest.mark.parametrize(
    "present",
    [
        {1, 2, 4, 9, 254},
        {*range(1, 11), 254},
        {2, 8, 9, 201, 202, 203, 204, 205, 254},
        {11, 12, 13, 14, 15, 31, 32, 201, 206},
    ],
)
def test_up_to_eleven_limiting_factors_are_told_apart(present):
    shades = suitability.limiting_style({code: str(code) for code in present})[1]
    assert set(shades) == present
    assert min(apart(one, other) for one, other in itertools.combinations(shades.values(), 2)) > LEAST


def test_a_factor_keeps_its_colour_whatever_else_is_present():
    alone = suitability.limiting_style({9: "rain"})[1][9]
    assert suitability.limiting_style({code: str(code) for code in (*range(1, 11), 202, 254)})[1][9] == alone


def test_more_factors_than_colours_still_have_each_their_own():
    shades = suitability.limiting_style({code: str(code) for code in (*range(1, 16), *range(201, 207), 254)})[1]
    assert len(set(shades.values())) == len(shades)


def test_kinds_of_places_differ_in_shape_or_in_colour():
    """Seventeen kinds are more than there are colours: shape, colour or size tells any two apart."""
    sites = [(kind, *names, colour, shape, radius) for kind, (*names, colour, shape, radius) in road.KINDS.items()]
    for kinds in (places.KINDS, sites):
        for one, other in itertools.combinations(kinds, 2):
            if one[4] == other[4]:
                assert apart(one[3], other[3]) > LEAST or abs(one[5] - other[5]) >= 1.5, (one[0], other[0])
