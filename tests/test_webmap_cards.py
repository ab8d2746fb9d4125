"""Cards, and tables from which rows are chosen: what they refuse, what they show, that text stays text."""

import csv
import io

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from browser import open_page

from nanyi_gis.errors import ParameterError
from nanyi_gis.webmap import Book, CardIndex, FactCard, Page, table_html, to_card, to_page, to_place

BOUNDS = (105.0, 27.6, 106.4, 28.6)
ODD = "<img src=x onerror=alert(1)>\"'`${alert(2)}</script><b>"
NAMES = {"I-1": f"one {ODD}", "I-2": "two", "C-01": "check"}
INDEX = CardIndex(file="plan.html", names=NAMES)


def cards():
    return [
        FactCard(
            key="I-1", title=f"One {ODD}", over=ODD, state=ODD, quote=ODD, facts=[(ODD, ODD), ("none", "")],
            links=[("Places", [to_place("a"), to_place("b")]), ("Checks", [to_card("C-01")]), ("Nothing", [])],
        ),
        FactCard(key="I-2", title="Two", links=[("Pages", [to_page("other.html#card=seats:gl", ODD)])]),
        FactCard(key="C-01", title="Check", head=["figure", ODD], rows=[[ODD, "3"]], marks=["I-1", "I-2"], note=ODD),
    ]  # fmt: skip


def make(*, lang="en", key="plan", with_cards=True, cards_index=INDEX):
    page = Page(title=key, bounds=BOUNDS, lang=lang, path=f"{key}.html", cards=cards_index, wide=with_cards)
    seats = gpd.GeoDataFrame(
        {"name": ["Gulin", "Xuyong"], "id": ["gl", "xy"], "items": ["I-1;C-01", ""]},
        geometry=gpd.points_from_xy([105.81, 105.44], [28.03, 28.16]), crs=4326,
    )  # fmt: skip
    page.add_points("Seats", seats, label="name", popup=[("name", "Name")], key="seats", ids="id", items="items")
    road = gpd.GeoDataFrame(
        {"items": [["I-2"]]}, geometry=[shapely.LineString([(105.1, 27.8), (105.2, 27.7)])], crs=4326
    )
    page.add_lines("Road", road, key="roads", items="items")
    if with_cards:
        page.add_cards(cards(), places={"a": ("Here <b>", 105.3, 28.2), "b": ("Nowhere", None, None)})
        frame = pd.DataFrame(
            {
                "name": [f"one {ODD}", "two", "three"],
                "who": [("甲", "乙"), ("乙",), ()],
                "n": [3.0, 2.0, 1.0],
                "long": ["=1+1", "say \"x\"", "z"],
                "id": ["I-1", "I-2", "C-01"],
            }
        )  # fmt: skip
        page.add_table("Items", frame, rows=list(frame["id"]), filters=["who", "n"], more=["long"])
    return page


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return make().save(tmp_path_factory.mktemp("cards") / "卡 片" / "plan.html")


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda: FactCard(key="a:b", title="t").record(), "a:b"),
        (lambda: to_card("<b>"), "<b>"),
        (lambda: to_page("http://x/y.html", "x"), "no page beside"),
        (lambda: to_page("../y.html", "x"), "no page beside"),
        (lambda: to_page("javascript:alert(1)", "x"), "no page beside"),
        (lambda: make(cards_index=None), "knows no cards"),
        (lambda: make().add_cards([FactCard(key="a", title="t")] * 2, key="again"), "two cards have key 'a'"),
        (
            lambda: make().add_cards([FactCard(key="a", title="t", links=[("l", [to_place("x")])])], key="again"),
            "leads to place 'x'",
        ),
        (lambda: table_html(pd.DataFrame({"a": [1]}), rows=["I-1"]), "was given none"),
        (lambda: table_html(pd.DataFrame({"a": [1]}), rows=["I-1", "I-2"], cards=INDEX), "1 rows and 2 cards"),
        (lambda: table_html(pd.DataFrame({"a": [1]}), items={"a": []}, cards=INDEX), "cards for 0"),
        (lambda: table_html(pd.DataFrame({"a": [1]}), filters=["b"]), "column 'b' is not in the table"),
        (lambda: table_html(pd.DataFrame({"a": [1]}), rows=["a b"], cards=INDEX), "a b"),
    ],
)
def test_what_is_wrong_is_named(act, says):
    with pytest.raises(ParameterError, match="(?s)" + says.replace("(", r"\(")):
        act()


def test_a_column_that_is_not_there_is_named():
    page = Page(title="t", bounds=BOUNDS, cards=INDEX)
    seats = gpd.GeoDataFrame({"a": [1]}, geometry=gpd.points_from_xy([105.5], [28.0]), crs=4326)
    with pytest.raises(ParameterError, match="items column 'b' is not in layer"):
        page.add_points("s", seats, items="b")


def test_a_page_names_the_cards_of_its_features_alone():
    spec = make(key="other", with_cards=False).spec()
    assert spec["page"]["cards"] == {"file": "plan.html", "names": {key: NAMES[key] for key in ("C-01", "I-1", "I-2")}}
    assert Page(title="t", bounds=BOUNDS).spec()["page"]["cards"] is None


@pytest.mark.browser
def test_a_row_opens_its_card_and_text_stays_text(saved):
    with open_page(saved) as page:
        page.locator("tr[data-card='I-1']").locator("td").nth(1).click()
        page.wait_for_selector(".ny-card")
        assert page.locator(".ny-card h2").inner_text() == f"One {ODD}"
        assert page.locator(".ny-card blockquote").inner_text() == ODD
        assert page.locator(".ny-card img, .ny-card b, .ny-table b, .ny-table img").count() == 0
        assert page.locator(".ny-card dt").all_inner_texts() == [ODD]
        assert page.evaluate("() => location.hash").endswith("card=I-1")
        assert page.locator("tr.ny-marked").get_attribute("data-card") == "I-1"
        page.locator(".ny-card button", has_text="Here <b>").click()
        assert page.locator(".ny-card li", has_text="Nowhere").locator("button").count() == 0
        page.locator(".ny-card a[data-card='C-01']").click()
        page.wait_for_function("() => document.querySelector('.ny-card h2').textContent === 'Check'")
        assert page.locator(".ny-card td").first.inner_text() == ODD
        page.keyboard.press("Escape")
        assert page.locator(".ny-card").count() == 0
        assert "card" not in page.evaluate("() => location.hash")
        page.assert_clean()


@pytest.mark.browser
def test_a_popup_leads_to_the_card_and_marks_its_rows(saved):
    with open_page(saved) as page:
        page.click_at(105.81, 28.03)
        page.wait_for_selector(".ny-popup .ny-item")
        assert page.locator(".ny-popup .ny-item").all_inner_texts() == [NAMES["I-1"], NAMES["C-01"]]
        assert {row.get_attribute("data-card") for row in page.locator("tr.ny-marked").all()} == {"I-1", "C-01"}
        page.locator(".ny-popup .ny-item").nth(1).click()
        page.wait_for_selector(".ny-card")
        assert page.evaluate("() => nanyi.state.get().card") == "C-01"
        page.locator(".leaflet-popup-close-button").click()
        assert page.locator(".ny-card").count() == 1  # the card outlives the popup that it was opened from
        page.go_back()
        page.wait_for_function("() => nanyi.state.get().card !== 'C-01'")
        assert page.locator(".ny-card").count() == 0
        page.assert_clean()


@pytest.mark.browser
def test_an_address_opens_a_card_and_brings_the_map_there(saved):
    with open_page(saved) as page:
        page.goto("about:blank")
        page.goto(f"{saved.as_uri()}#card=I-2")
        page.wait_for_selector(".ny-card")
        assert page.locator(".ny-card h2").inner_text() == "Two"
        assert page.evaluate("() => nanyi.map.getBounds().contains([27.75, 105.15])")
        for odd in ("I-99", "__proto__", "<b>", "constructor", "../x"):
            page.goto("about:blank")
            page.goto(f"{saved.as_uri()}#card={odd}")
            page.wait_for_selector("body[data-ready='1']", state="attached")
            assert page.locator(".ny-card").count() == 0
        page.assert_clean()


@pytest.mark.browser
def test_rows_are_chosen_searched_and_saved(saved):
    with open_page(saved) as page:
        rows = page.locator("tr[data-card]:not([hidden])")
        assert page.locator(".ny-shown").inner_text() == "3 of 3 rows"
        who = page.locator(".ny-filter select").first
        assert who.locator("option").all_inner_texts() == ["who", "甲 (1)", "乙 (2)"]
        who.select_option("乙")
        assert rows.count() == 2
        page.locator(".ny-filter input").fill("SAY")  # in a column that is not seen
        page.wait_for_function("() => document.querySelector('.ny-shown').textContent === '1 of 3 rows'")
        with page.expect_download() as download:
            page.get_by_text("Save as CSV").click()
        text = download.value.path().read_text(encoding="utf-8-sig")
        head, *body = list(csv.reader(io.StringIO(text)))
        assert head == ["name", "who", "n", "long", "id"]
        assert body == [["two", "乙", "2", 'say "x"', "I-2"]]
        page.locator(".ny-filter input").fill("nothing at all")
        page.wait_for_function("() => document.querySelector('.ny-shown').textContent === '0 of 3 rows'")
        page.get_by_role("button", name="Show all").click()
        assert rows.count() == 3
        page.assert_clean()


@pytest.mark.browser
def test_rows_are_walked_with_the_keys(saved):
    with open_page(saved) as page:
        links = page.locator("tr[data-card] td:first-child a")
        assert [link.get_attribute("tabindex") for link in links.all()] == ["0", "-1", "-1"]
        links.first.focus()
        page.keyboard.press("ArrowDown")
        assert page.evaluate("() => document.activeElement.dataset.card") == "I-2"
        page.keyboard.press("Enter")
        page.wait_for_selector(".ny-card")
        assert page.evaluate("() => document.activeElement.tagName") == "H2"
        page.keyboard.press("Escape")
        assert page.evaluate("() => document.activeElement.dataset.card") == "I-2"
        page.keyboard.press("End")
        assert page.evaluate("() => document.activeElement.dataset.card") == "C-01"
        page.assert_clean()


@pytest.mark.browser
def test_a_book_opens_cards_in_every_theme(tmp_path):
    pages = {lang: [make(lang=lang), make(lang=lang, key="other", with_cards=False)] for lang in ("zh", "en")}
    path = Book("B", pages=pages, file="atlas.html").save(tmp_path / "atlas.html")
    with open_page(path) as page:
        page.evaluate("() => nanyi.book.go({ theme: 'other', lang: 'en' })")
        page.wait_for_function("() => nanyi.book.theme === 'other' && document.body.dataset.ready")
        page.click_at(105.81, 28.03)
        page.locator(".ny-popup .ny-item").first.click()
        page.wait_for_selector(".ny-card")
        assert page.locator(".ny-card h2").inner_text() == f"One {ODD}"
        assert page.evaluate("() => nanyi.book.theme") == "other"
        address = page.evaluate("() => location.href")
        assert "theme=other" in address
        assert "card=I-1" in address
        page.goto("about:blank")
        page.goto(address)
        page.wait_for_selector(".ny-card")
        assert page.evaluate("() => nanyi.book.theme") == "other"
        page.assert_clean()
