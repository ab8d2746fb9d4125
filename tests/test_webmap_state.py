"""The view of a page in its address: written after the reader's moves, restored from it, never evaluated."""

import geopandas as gpd
import pytest
import shapely
from browser import open_page

from nanyi_gis.errors import ParameterError
from nanyi_gis.webmap import Page

BOUNDS = (105.0, 27.6, 106.4, 28.6)
VIEW = "() => { const v = nanyi.state.get(); return [v.map, v.on, v.year, v.card, v.moved]; }"
ODD = [
    "#map=NaN/28/105.5",
    "#map=9/1e999/105",
    "#map=99/28/105.5",
    "#map=9/28/-70",
    "#on=<img src=x onerror=alert(1)>",
    "#on=constructor.__proto__",
    "#year=seats",
    "#card=seats:99&card=<b>",
    "#card=constructor:name",
    "#" + "x" * 10_000,
    "#on=" + "seats." * 2_000,
    "#%E0%A4%A",
    "#on=%E0%A4%A&map=%00",
    "#theme=../../x&lang=javascript:alert(1)",
    "#swipe=a|b@NaN",
    "#ny-main",
]


def make() -> Page:
    page = Page(title="T", bounds=BOUNDS, lang="en", path="trial.html")
    seats = gpd.GeoDataFrame(
        {"name": ["古蔺", "叙永"], "code": ["gl", "xy"]}, geometry=gpd.points_from_xy([105.81, 105.44], [28.03, 28.16]),
        crs=4326,
    )  # fmt: skip
    page.add_points("Seats", seats, label="name", popup=[("code", "code")], key="seats", ids="code")
    page.add_points("Others", seats.iloc[:1].shift(1).set_geometry(seats.geometry[:1]), key="others", shown=False)
    for year, west in (("2022", 105.1), ("today", 105.6)):
        area = gpd.GeoDataFrame(geometry=[shapely.box(west, 28.0, west + 0.3, 28.5)], crs=4326)
        page.add_polygons(year, area, group="Year", exclusive=True, shown=year == "today", key=f"y{year}")
    page.add_switch("Year", ["2022", "today"])
    return page


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    return make().save(tmp_path_factory.mktemp("state") / "试 图" / "trial.html")


def at(path, address):
    """Return a page that is opened with an address; ``open_page`` takes files alone."""
    return f"{path.resolve().as_uri()}{address}"


def reopen(opened, path, address):
    opened.goto("about:blank")
    opened.goto(at(path, address))
    opened.wait_for_selector("body[data-ready='1']", state="attached")


@pytest.mark.browser
def test_an_address_restores_map_layers_year_and_card(trial):
    with open_page(trial) as opened:
        reopen(opened, trial, "#map=11.5/28.1/105.5&on=others.seats&year=y2022&card=seats:xy")
        (zoom, lat, lon), on, year, card, moved = opened.evaluate(VIEW)
        assert (zoom, lat, lon) == pytest.approx((11.5, 28.1, 105.5), abs=2e-4)  # a pixel
        assert (on, year, card, moved) == (["seats", "others"], "y2022", "seats:xy", True)
        assert opened.locator(".ny-popup h3").inner_text() == "叙永"
        assert opened.layer("Others").is_checked()
        assert "Year · 2022" in opened.locator(".ny-legend").inner_text()
        opened.assert_clean()


@pytest.mark.browser
def test_an_address_with_a_card_alone_goes_to_its_place(trial):
    with open_page(trial) as opened:
        reopen(opened, trial, "#on=&card=seats:gl")
        assert opened.locator(".ny-popup h3").inner_text() == "古蔺"
        assert opened.layer("Seats").is_checked()
        assert opened.evaluate("nanyi.map.getBounds().contains([28.03, 105.81])")
        opened.assert_clean()


@pytest.mark.browser
def test_odd_addresses_change_nothing_and_log_nothing(trial):
    with open_page(trial) as opened:
        before = opened.evaluate(VIEW)
        assert before[1:] == [["seats"], "ytoday", None, False]
        for address in ODD:
            reopen(opened, trial, address)
            assert opened.evaluate(VIEW) == before, address
            opened.assert_clean()
        for address in ODD:  # and while the page is open
            opened.evaluate("address => { location.hash = address; }", address)
            opened.wait_for_timeout(20)
            assert opened.evaluate(VIEW) == before, address
        opened.assert_clean()


@pytest.mark.browser
def test_moves_are_written_and_cards_are_steps_of_the_history(trial):
    with open_page(trial) as opened:
        assert opened.evaluate("location.hash") == ""
        opened.evaluate("nanyi.map.setView([28.1, 105.6], 10.5, { animate: false })")
        opened.layer("Others").check()
        opened.wait_for_timeout(400)
        assert opened.evaluate("location.hash") == "#map=10.5/28.1/105.6&on=seats.others&year=ytoday"
        assert opened.evaluate("history.length") == 2  # the blank page and this one
        opened.locator(".ny-scenario label", has_text="2022").click()
        opened.locator(".ny-point").nth(1).click()
        opened.locator(".ny-popup h3", has_text="叙永").wait_for()
        opened.wait_for_timeout(50)
        assert opened.evaluate("location.hash").endswith("&year=y2022&card=seats:xy")
        address = opened.evaluate("location.href")
        opened.go_back()
        opened.wait_for_timeout(50)
        assert opened.evaluate(VIEW)[2:4] == ["y2022", None]
        opened.locator(".ny-popup").wait_for(state="detached")
        opened.go_forward()
        opened.locator(".ny-popup h3", has_text="叙永").wait_for()
        seen = opened.evaluate(VIEW)
        reopen(opened, trial, address[address.index("#") :])
        again = opened.evaluate(VIEW)
        assert again[1:] == seen[1:]
        assert again[0] == pytest.approx(seen[0], abs=1e-3)  # a pixel
        opened.assert_clean()


@pytest.mark.browser
def test_others_hear_of_the_view_and_set_it(trial):
    with open_page(trial) as opened:
        opened.evaluate(
            "() => { window.heard = []; nanyi.state.subscribe(view => heard.push([view.year, view.card])); }"
        )
        opened.evaluate("nanyi.state.set({ year: 'y2022', card: 'seats:gl' }, { push: true })")
        assert opened.evaluate("heard.at(-1)") == ["y2022", "seats:gl"]
        assert opened.locator(".ny-popup h3").inner_text() == "古蔺"
        opened.evaluate("nanyi.state.set({ card: null })")
        assert opened.evaluate(VIEW)[2:4] == ["y2022", None]
        opened.evaluate("nanyi.state.openers.push(card => card === 'I-16')")
        reopen_hash = "nanyi.state.set({ card: 'I-16' }, { push: true })"
        opened.evaluate(reopen_hash)
        assert opened.evaluate("location.hash").endswith("card=I-16")
        opened.assert_clean()


def test_keys_are_given_or_numbered():
    page = make()
    assert page.key == "trial"
    spec = page.spec()
    assert [record["meta"]["key"] for record in spec["records"]] == ["seats", "others", "y2022", "ytoday"]
    page.add_text("x", "y")
    page.add_polygons("more", gpd.GeoDataFrame(geometry=[shapely.box(105, 28, 106, 28.1)], crs=4326))
    assert page.spec()["records"][-1]["meta"]["key"] == "n5"


def test_data_hold_no_words():
    """The same layers in another language differ in ``meta`` and ``texts`` alone."""
    frame = gpd.GeoDataFrame(
        {"zh": ["甲"], "en": ["A"], "source": ["s"], "metres": [30.0]}, geometry=[shapely.Point(105.5, 28)], crs=4326
    )
    specs = []
    for lang in ("zh", "en"):
        page = Page(title="T", bounds=BOUNDS, lang=lang)
        page.add_points(lang, frame, label=lang, popup=[(lang, lang)], uncertainty="metres")
        specs.append(page.spec()["records"][0])
    assert specs[0]["data"] == specs[1]["data"]
    assert specs[0]["texts"]["label"] == ["甲"]
    assert specs[1]["texts"]["label"] == ["A"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda _: Page(title="T", bounds=BOUNDS, key="<b>"), "key of page 'T' is '<b>'"),
        (lambda page: add(page, key="Seats"), "key of layer 'more' is 'Seats'"),
        (lambda page: add(page, key="a" * 49), "letters, digits"),
        (lambda page: add(page, key="seats"), "layer 'more' has key 'seats', as layer 'Seats' has"),
        (lambda page: add(page, ids="none"), "ids column 'none'"),
        (lambda page: add(page, ids="same"), "id '1' more than once"),
    ],
)
def test_keys_and_ids_that_cannot_be(change, fault):
    with pytest.raises(ParameterError, match=fault):
        change(make())


def add(page, **options):
    frame = gpd.GeoDataFrame({"same": ["1", "1"]}, geometry=gpd.points_from_xy([105, 106], [28, 28]), crs=4326)
    page.add_points("more", frame, **options)
