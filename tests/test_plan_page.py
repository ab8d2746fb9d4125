"""The page of the plan's items: all of them with words and agencies, to the map and back, held to the records."""

import csv
import io
import json
import re
import tomllib

import geopandas as gpd
import pandas as pd
import pytest
from browser import open_page
from reading import Read, unpacked

from nanyi_gis.atlas import links as room
from nanyi_gis.atlas import plan_cards
from nanyi_gis.atlas.entry import Entry
from nanyi_gis.atlas.pages import plan_items
from nanyi_gis.atlas.prepare import prepare
from nanyi_gis.io import data_file
from nanyi_gis.plan import load_plan

TITLE = "规划条目（"


def records(name):
    return json.loads(data_file(f"plan/{name}.json").read_text(encoding="utf-8"))


def prepared(lang="zh", **options):
    given = {
        "study": None,
        "dem": [],
        "roads": None,
        "boundaries": None,
        "assume_datum": None,
        "layers": [],
        "crops": [],
    }
    given |= {"resolution": 1000.0, "public": False, "noding": "vertices", "rasters": {}, "population": None}
    return prepare(**(given | {"lang": lang} | options))


def cards_of(read):
    record = next(one for one in read.records if one.get("meta", {}).get("key") == "cards")
    return unpacked(record["texts"])


@pytest.fixture(scope="module")
def path(coarse_atlas):
    return coarse_atlas / "plan_items.html"


@pytest.fixture(scope="module")
def read(path):
    return Read.of_file(path)


@pytest.fixture(scope="module")
def public():
    return prepared(public=True)


def test_each_item_stands_with_its_words_and_agencies(read):
    items, clauses = records("items"), {clause["clause"]: clause for clause in records("clauses")}
    rows = {row["编号"]: row for row in read.rows(TITLE)}
    cards = cards_of(read)["cards"]
    assert list(rows) == [item["id"] for item in items]
    for item in items:
        row, card = rows[item["id"]], cards[item["id"]]
        assert row["原文"] == " ".join(item["quote"].split())
        assert row["条款"] == "; ".join(item["clauses"])
        assert row["牵头单位"] == "、".join(item["lead"])
        supporting = [name for clause in item["clauses"] for name in clauses[clause]["supporting"]]
        assert row["责任单位"] == "、".join(dict.fromkeys(supporting))
        facts = dict(card["facts"])
        assert card["quote"] == item["quote"]
        assert facts.get("牵头单位", "").startswith("、".join(item["lead"]))
        assert facts.get("责任单位", "") == row["责任单位"]
        assert facts["编号"] == item["id"]
        assert card["over"].startswith(item["clauses"][0])
        for number in (quantity["value"] for quantity in item["quantities"] if quantity["value"] < 1e6):
            assert f"{number:g}" in row["数量"], item["id"]


def test_numbers_of_ours_never_stand_alone(read):
    """Wherever a link leads to a card, it says clause and words, or the name of a check."""
    for target, text in read.links:
        if "#card=" in target:
            assert text != target.rpartition("=")[2]
            assert re.search("[\u4e00-\u9fff]", text), target
    names = cards_of(read)["names"]
    assert names["I-15"] == "四(六)1 · 红色旅游路 446 km"
    assert all(" · " in name for number, name in names.items() if not number.startswith("C-"))


def test_a_card_leads_to_places_lines_checks_and_pages(read):
    found = cards_of(read)
    card = found["cards"]["I-16"]
    leads = dict(card["links"])
    assert {"place", "page", "card"} == {target[0] for targets in leads.values() for target in targets}
    assert ["place", "township-510524214"] in leads["地点"]
    assert ["card", "C-11"] in leads["核对"]
    assert {target[1] for target in leads["线路与片区"]} == {
        "overview.html#card=lines-red_road:I-16a",
        "overview.html#card=lines-red_road:I-16b",
    }
    assert {target[1] for target in leads["专题页"]} >= {"route.html", "network.html"}
    assert card["state"] == "未查明"
    assert {target[1] for targets in dict(found["cards"]["F-29"]["links"]).values() for target in targets} == {
        *("C-06", "bands.html", "monitor.html", "suitability_orange.html")
    }


def test_what_a_card_leads_to_is_there(coarse_atlas, read):
    """Follow every link of every card: pages, features of their layers, cards, places."""
    found = cards_of(read)
    layers: dict[str, dict[str, list[str]]] = {}
    sheets = ""
    for card in found["cards"].values():
        for kind, *rest in (target for _, targets in card.get("links", []) for target in targets):
            if kind == "card":
                assert rest[0] in found["cards"]
            elif kind == "place":
                assert found["places"][rest[0]]
            else:
                file, _, address = rest[0].partition("#card=")
                assert (coarse_atlas / file).is_file()
                if address.startswith("sheet:"):
                    sheets = sheets or (coarse_atlas / file).read_text(encoding="utf-8")
                    assert f'data-sheet="{address.partition(":")[2]}"' in sheets
                elif address:
                    if file not in layers:
                        other = Read.of_file(coarse_atlas / file)
                        layers[file] = {r["meta"]["key"]: r["data"].get("id", []) for r in other.records if "meta" in r}
                    layer, _, ident = address.partition(":")
                    assert ident in layers[file][layer]


def test_features_name_the_items_that_name_them(coarse_atlas):
    """The overview's features and the items' cards agree both ways."""
    overview = Read.of_file(coarse_atlas / "overview.html")
    corridors = gpd.read_file(data_file("network/corridors.geojson")).set_index("id")["plan_id"].fillna("")
    places = pd.read_csv(data_file("places/places.csv"), dtype=str, keep_default_na=False).set_index("id")["plan_ids"]
    seen = set()
    for record in overview.records:
        data = record.get("data", {})
        if "items" not in data:
            continue
        for ident, items in zip(data["id"], data["items"], strict=True):
            stated = {corridors.get(ident, ""), *places.get(ident, "").split(";")} - {""}
            if record["meta"]["key"].startswith("areas-"):
                stated = {ident}
            assert stated <= set(items.split(";")) | {""}, ident
            seen |= set(items.split(";"))
    assert {"I-16", "L-04", "R-07", "W-15"} <= seen


def test_townships_have_the_items_that_name_them():
    plan = load_plan()
    atlas = prepared()
    of_township = room.links_of(atlas).of_township
    assert {"R-07", "R-10", "R-11", "L-04", "I-16", "I-24"} <= set(of_township["石厢子彝族乡"])
    assert {"W-04", "W-15", "I-17"} <= set(of_township["分水镇"])
    assert of_township["赤水镇"] == ("L-04",)  # the town, not the river of that name
    assert "箭竹苗族乡" not in of_township  # 箭竹坪 is a place of its own
    for name, numbers in of_township.items():
        stem = re.sub("(彝族|苗族)?(乡|镇|街道)$", "", name)
        for number in numbers:
            item = plan.item(number)
            places = [row for row in plan.places.itertuples() if number in row.plan_ids]
            assert stem in item.name_zh + "".join(place.name_zh for place in places), (name, number)


def test_states_are_those_of_the_corridors(read):
    corridors = gpd.read_file(data_file("network/corridors.geojson"))
    words = {"open": "已通车", "construction": "在建", "planned": "规划", "unknown": "未查明"}
    known = corridors[corridors["plan_id"].fillna("") != ""].groupby("plan_id")["status_now"].agg(set)
    chains = tomllib.loads(data_file("network/chains.toml").read_text(encoding="utf-8"))["chain"]
    rows = {row["编号"]: row["状态"] for row in read.rows(TITLE)}
    for number, state in rows.items():
        own = {chain["status"] for chain in chains if chain["id"] == number and number not in known}
        if own:  # a link of the network that is no corridor: 二郎互通
            assert state == words[own.pop()]
        elif number in known:
            assert len(known[number]) == 1
            assert state == words[next(iter(known[number]))]
        else:
            assert state == "无记录"


def test_milestones_are_listed_by_year_and_kind(path):
    html = path.read_text(encoding="utf-8")
    listed = re.search(r'<ol class="ny-years">(.*?)</ol>', html, re.DOTALL)[1]
    years = re.findall(r"<h3>(\d+)</h3>", listed)
    events = records("milestones")
    assert years == sorted({event["date"][:4] for event in events})
    assert listed.count("<b>计划</b>") == sum(event["nature"] == "planned" for event in events)
    assert listed.count('class="ny-actual"><b>实际</b>') == sum(event["nature"] == "actual" for event in events)
    assert all(event["event_zh"] in listed for event in events)


def test_checks_show_their_arithmetic(read):
    cards = cards_of(read)["cards"]
    card = cards["C-07"]
    rows = {row[0]: row for row in card["rows"]}
    # 200,000 t of liquor at 2.4 t of sorghum a tonne; 300,000 mu at 222 kg
    assert rows["新增产能需粮"][1:3] == ["48 万吨", "48 万吨（相符）"]
    assert rows["基地产粮（低）"][1:3] == ["6.7 万吨", "6.66 万吨（相符）"]
    assert card["state"] == "矛盾"
    assert sorted(card["marks"]) == ["L-01", "L-15"]
    for check in records("checks"):
        shown = cards[check["id"]]
        assert len(shown.get("rows", [])) == len(check["inputs"]) + len(check["stated"])
        assert not any("不符" in cell for row in shown.get("rows", []) for cell in row), check["id"]


def test_the_first_page_leads_to_the_cards(coarse_atlas):
    cover = Read.of_file(coarse_atlas / "index.html")
    linked = {target for target, _ in cover.links}
    assert {f"plan_items.html#card={check['id']}" for check in records("checks")} <= linked
    assert "plan_items.html#card=I-15" in linked  # a key figure


def test_public_pages_withhold_items_and_what_names_them(public):
    withheld = {item["id"] for item in records("items") if not item["public"]}
    assert withheld
    made = plan_items.make(public)[0]
    html = made.page.html()
    read = Read(html)
    found = cards_of(read)
    assert not withheld & {row["编号"] for row in read.rows(TITLE)}
    assert not withheld & set(found["cards"])
    assert not withheld & set(found["names"])
    hidden = {place for row in public.plan.places.itertuples() if not row.public for place in (row.id,)}
    assert not hidden & set(found["places"])
    text = json.dumps(found, ensure_ascii=False) + re.sub("<script.*?</script>", "", html, flags=re.DOTALL)
    for item in records("items"):
        if item["id"] in withheld and len(item["quote"]) > 12:
            assert item["quote"] not in text, item["id"]
    assert not any(withheld & set(event.items) for event in room.links_of(public).milestones)


def test_english_has_no_agency_in_chinese():
    atlas = prepared("en")
    table = plan_items.item_table(atlas)
    for column in ("clause", "quantity", "lead", "support", "county", "township", "state", "chapter", "kind", "unit"):
        text = table[column].map(str).str.cat()
        assert not re.search("[\u4e00-\u9fff]", text), (column, re.findall("[\u4e00-\u9fff]+", text)[:5])
    for card in plan_cards.plan_cards(atlas):
        rows = " ".join(cell for row in card.rows for cell in row)
        title = "" if card.key in CHECKS else card.title
        assert not re.search("[\u4e00-\u9fff]", rows + title + card.over + card.state), card.key


def test_a_study_without_a_plan_says_so(wuyuan_study, wuyuan_bare, wuyuan_dem):
    bare = prepared(study=wuyuan_bare, dem=[wuyuan_dem])
    entry = next(entry for entry in bare.contents if entry.file == room.FILE)
    assert isinstance(entry, Entry)
    assert entry.lacks == ("没有规划条目", "the study names no plan")
    assert room.card_index(bare) is None
    own = prepared(study=wuyuan_study, dem=[wuyuan_dem])
    made = plan_items.make(own)[0]
    read = Read(made.page.html())
    assert [row["原文"] for row in read.rows(TITLE)] == ["茶园十万亩"]
    assert not [title for title in read.tables if title.startswith("规划数字核对")]  # it has no checks
    assert "ny-years" not in made.page.html().partition("</style>")[2].partition('class="ny-years"')[1]


# ---- in a browser ---------------------------------------------------------------------------


def chosen(page):
    return {row.get_attribute("data-card") for row in page.locator("tr[data-card]:not([hidden])").all()} - CHECKS


CHECKS = {check["id"] for check in records("checks")}


@pytest.mark.browser
@pytest.mark.slow
def test_filters_give_what_the_records_give(path):
    items = pd.DataFrame(records("items")).set_index("id")
    clauses = {clause["clause"]: clause["supporting"] for clause in records("clauses")}
    corridors = gpd.read_file(data_file("network/corridors.geojson"))
    support = items["clauses"].map(lambda names: {one for name in names for one in clauses[name]})
    years = pd.Series(
        {n: {q.get("year") for q in row.quantities} | {row.year} for n, row in items.iterrows()}
    )  # fmt: skip
    wanted = {
        "牵头单位": ("市水务局", items.index[items["lead"].map(lambda names: "市水务局" in names)]),
        "责任单位": ("市财政局", items.index[support.map(lambda names: "市财政局" in names)]),
        "县": ("古蔺县", items.index[items["counties"].map(lambda names: "古蔺" in names)]),
        "年份": ("2025", items.index[years.map(lambda found: 2025 in found)]),
        "类别": ("线", items.index[items["kind"].map(lambda kinds: "line" in kinds)]),
        "状态": ("规划", corridors.loc[corridors["status_now"] == "planned", "plan_id"].dropna().unique()),
        "章节": ("四(五) · 建设乌蒙山区特色林果产业集聚地",
                 items.index[items["clauses"].map(lambda names: names[0].startswith("四(五)"))]),
    }  # fmt: skip
    with open_page(path) as page:
        bar = page.locator(".ny-filter").first
        for name, (value, numbers) in wanted.items():
            select = bar.locator(f"select[aria-label='{name}']")
            select.select_option(value)
            assert chosen(page) == set(numbers), name
            assert bar.locator(".ny-shown").inner_text() == f"显示 {len(set(numbers))} / {len(items)} 行"
            assert select.locator("option:checked").inner_text() == f"{value} ({len(set(numbers))})"
            select.select_option("")
        bar.locator("select[aria-label='县']").select_option("古蔺县")
        bar.locator("select[aria-label='牵头单位']").select_option("市水务局")
        both = items["counties"].map(lambda names: "古蔺" in names) & items["lead"].map(lambda n: "市水务局" in n)
        assert chosen(page) == set(items.index[both])
        with page.expect_download() as download:
            page.locator(".ny-table-tools button", has_text="存为 CSV").first.click()
        body = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
        assert {row["编号"] for row in body} == set(items.index[both])
        bar.locator("button").click()
        bar.locator("input").fill("446 km")
        page.wait_for_function("() => /^显示 1 /.test(document.querySelector('.ny-shown').textContent)")
        assert chosen(page) == {"I-15"}
        page.assert_clean()


@pytest.mark.browser
@pytest.mark.slow
def test_from_the_table_to_the_map_and_back(path):
    with open_page(path, size=(1366, 657)) as page:
        page.locator("tr[data-card='I-17'] td").nth(3).click()
        page.wait_for_selector(".ny-card")
        page.wait_for_timeout(600)
        inside = """() => { const b = nanyi.map.getBounds().pad(0.02); const found = [];
            for (const part of Object.values(nanyi.parts)) (part.of || []).forEach((own, i) => {
                const item = part.items[i];
                if (own.split(";").includes("I-17") && item.getLatLngs) found.push(b.contains(item.getBounds())); });
            return found; }"""
        assert page.evaluate(inside) == [True]
        assert page.locator(".leaflet-ny-halo-pane path").count() == 2
        assert page.locator("tr.ny-marked").get_attribute("data-card") == "I-17"
        page.keyboard.press("Escape")
        assert page.locator(".leaflet-ny-halo-pane path").count() == 0
        page.locator(".leaflet-control button[title='全图']").click()
        page.wait_for_timeout(600)
        seat = load_plan().places.to_crs(4326).set_index("id").loc["township-510524111"].geometry  # 观兴镇
        page.click_at(seat.x, seat.y)
        page.wait_for_selector(".leaflet-popup .ny-item")
        assert page.locator(".leaflet-popup .ny-item").inner_text().startswith("四(二)1 · ")
        assert page.locator("tr.ny-marked").get_attribute("data-card") == "L-04"
        box, view = page.locator("tr.ny-marked").bounding_box(), page.locator(".ny-side").bounding_box()
        assert view["y"] <= box["y"]
        assert box["y"] + box["height"] <= view["y"] + view["height"] + 1
        page.assert_clean()


@pytest.mark.browser
@pytest.mark.slow
def test_popups_of_other_pages_open_the_cards(coarse_atlas):
    popup = "() => nanyi.state.set({ card: 'lines-red_road:I-16a' })"
    with open_page(coarse_atlas / "overview.html") as page:
        page.evaluate(popup)
        page.wait_for_selector(".leaflet-popup .ny-item")
        page.locator(".leaflet-popup .ny-item").click()
        page.wait_for_selector(".ny-card")
        assert page.url.endswith("plan_items.html#card=I-16")
        assert page.locator(".ny-card blockquote").inner_text() == load_plan().item("I-16").quote
        page.assert_clean()
    with open_page(coarse_atlas / "atlas.html") as page:
        page.evaluate("() => nanyi.book.go({ theme: 'overview', lang: 'zh' })")
        page.wait_for_function("() => nanyi.book.theme === 'overview' && document.body.dataset.ready")
        page.evaluate(popup)
        page.locator(".leaflet-popup .ny-item").click()
        page.wait_for_selector(".ny-card")
        assert page.evaluate("() => nanyi.book.theme") == "overview"
        page.locator(".ny-card a[data-card='C-11']").click()
        page.wait_for_function("() => document.querySelector('.ny-card .ny-over').textContent.includes('C-11')")
        assert "theme=overview" in page.url
        page.evaluate("() => nanyi.book.go({ lang: 'en' })")
        page.wait_for_function("() => document.documentElement.lang === 'en' && document.body.dataset.ready")
        page.wait_for_selector(".ny-card")
        assert "Check of the plan" in page.locator(".ny-card .ny-over").inner_text()
        page.assert_clean()


@pytest.mark.browser
@pytest.mark.slow
def test_the_first_page_opens_a_check(coarse_atlas):
    with open_page(coarse_atlas / "index.html", ready=False) as page:
        page.locator("a[data-card='C-07']").first.click()
        page.wait_for_selector(".ny-card")
        assert "C-07" in page.locator(".ny-card .ny-over").inner_text()
        page.assert_clean()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("size", [(1366, 657), (1920, 969), (768, 1024), (390, 844)])
def test_the_card_is_seen_and_nothing_runs_over(path, size):
    with open_page(path, size=size) as page:
        page.evaluate("() => nanyi.card('I-16')")
        page.wait_for_selector(".ny-card")
        page.wait_for_timeout(500)
        box = page.locator(".ny-card").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0] + 1
        assert box["y"] + 60 < size[1]
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth + 1")
        page.assert_clean()
