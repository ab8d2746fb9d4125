"""Sheets for the file, read from the PDF and PNG themselves: scale, grid, legend, names, fonts, same bytes."""

import dataclasses
import functools
import io
import itertools
import math
import os
import re
import subprocess
import sys

import geopandas as gpd
import pytest
import shapely
from click.testing import CliRunner
from conftest import COARSE
from pdf_reader import PdfPage, read_pdf
from PIL import Image
from pyproj import Transformer

from nanyi_gis.atlas import make_sheets
from nanyi_gis.atlas.pages import make_pages
from nanyi_gis.atlas.prepare import prepare
from nanyi_gis.atlas.sheets import content, fonts, sheet
from nanyi_gis.atlas.sheets.make import chosen_entries
from nanyi_gis.atlas.sheets.paper import DPI
from nanyi_gis.cli import main
from nanyi_gis.errors import MissingExtraError, ParameterError

pytest.importorskip("matplotlib")

MM = 72.0 / 25.4  # points
OUTLINE = (0.125, 0.192, 0.247)  # of the counties, #20313f
GRID = (0.365, 0.478, 0.569)
PAPER_MM = {"a4": (297, 210), "a3": (420, 297)}
INPUTS = {
    "study": None, "dem": (), "roads": None, "noding": "vertices", "boundaries": None, "assume_datum": None,
    "layers": (), "crops": (), "resolution": COARSE, "lang": "zh", "public": False,
}  # fmt: skip


def made(**changed):
    return dataclasses.replace(prepare(**{**INPUTS, **changed}), on_paper=True)


@functools.cache
def read(pdf: bytes) -> PdfPage:
    """Read a PDF once for all tests that ask of it."""
    return read_pdf(pdf)


def page_of(atlas, file):
    return next(page for _, pages in make_pages(atlas, only={file}) for page in pages if page.file == file)


@pytest.fixture(scope="module", autouse=True)
def _typeface():
    """Skip where no typeface has Chinese characters, but in CI, which must have one."""
    try:
        fonts.chinese_family()
    except MissingExtraError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def atlas():
    return made()


@pytest.fixture(scope="module")
def bands(atlas):
    return content.theme_of(atlas, page_of(atlas, "bands.html"))


@pytest.fixture(scope="module")
def drawn(atlas, bands):
    """A sheet of the bands by county and paper, drawn once."""
    kept = {}

    def draw(county=None, paper="a4"):
        if (county, paper) not in kept:
            focus = content.focus_of(atlas, county)
            with pytest.MonkeyPatch.context() as patch:
                if county:  # tests look at the pictures of the whole only
                    patch.setitem(DPI, paper, 60)
                kept[county, paper] = sheet.draw_sheet(atlas, bands, focus, paper=paper, date="2026-11-27")
        return kept[county, paper]

    return draw


def colours_like(one, other):
    return len(one) == 3 and max(abs(a - b) for a, b in zip(one, other, strict=True)) < 0.01


def county_box(page: PdfPage):
    """Return the box of the thick county outlines, in points: the longest line of its colour."""
    own = [o for o in page.outlines if colours_like(o.colour, OUTLINE) and len(o.points) > 100]
    xs, ys = zip(*itertools.chain.from_iterable(o.points for o in own), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def scale_of(page: PdfPage) -> int:
    return int(re.search(r"1:([\d ]+)", page.words)[1].replace(" ", ""))


SHEETS = [(None, "a4"), (None, "a3"), ("叙永县", "a4"), ("Gulin", "a4"), ("510525", "a3")]


@pytest.mark.parametrize(("county", "paper"), SHEETS)
def test_the_scale_printed_is_that_of_the_map(atlas, drawn, county, paper):
    page = read(drawn(county, paper)["pdf"])
    counties = atlas.study.counties
    codes = {"叙永县": "510524", "Gulin": "510525", "510525": "510525"}
    if county:
        counties = counties[counties["county_code"] == codes[county]]
    west, south, east, north = counties.total_bounds
    x0, y0, x1, y1 = county_box(page)
    for points, metres in ((x1 - x0, east - west), (y1 - y0, north - south)):
        assert points / MM / 1000 * scale_of(page) == pytest.approx(metres, rel=0.001)


@pytest.mark.parametrize(("county", "paper"), SHEETS)
def test_the_counties_fill_the_paper(drawn, county, paper):
    page = read(drawn(county, paper)["pdf"])
    long, short = PAPER_MM[paper]
    assert sorted(page.size, reverse=True) == pytest.approx([long * MM, short * MM], abs=0.01)
    x0, y0, x1, y1 = county_box(page)
    share = max((x1 - x0) / page.size[0], (y1 - y0) / page.size[1])
    assert share > 0.5
    assert x0 > 10 * MM
    assert y0 > 15 * MM


@pytest.mark.parametrize(("county", "paper"), SHEETS)
def test_figures_stand_at_their_lines(atlas, drawn, county, paper):
    page = read(drawn(county, paper)["pdf"])
    counties = content.focus_of(atlas, county).counties
    west, south, _, _ = counties.total_bounds
    x0, y0, _, _ = county_box(page)
    a_km = 1_000_000 / scale_of(page) * MM
    lines = [o.points for o in page.outlines if colours_like(o.colour, GRID)]
    upright = sorted({round(p[0][0], 1) for p in lines if abs(p[0][0] - p[1][0]) < 0.01})
    level = sorted({round(p[0][1], 1) for p in lines if abs(p[0][1] - p[1][1]) < 0.01})
    found = 0
    for text in page.texts:
        figure = re.fullmatch(r"(\d{3,4})(?: km)?", text.text)
        if not figure or not 5.0 < text.size < 7.5:
            continue
        km = int(figure[1])
        if km < 1000:
            at = x0 + (km - west / 1000) * a_km
            line = min(upright, key=lambda x: abs(x - at))
            assert line == pytest.approx(at, abs=0.15)
            assert text.x < line < text.x + 25
        else:
            at = y0 + (km - south / 1000) * a_km
            line = min(level, key=lambda y: abs(y - at))
            assert line == pytest.approx(at, abs=0.15)
            assert text.y < line < text.y + 25
        found += 1
    assert found >= 8
    assert page.words.count(" km\n") >= 4  # unit at the first figure of each side


def test_degrees_stand_where_the_projection_puts_them(atlas, drawn):
    page = read(drawn()["pdf"])
    west = atlas.study.counties.total_bounds[0]
    x0 = county_box(page)[0]
    a_metre = 1000 / scale_of(page) * MM
    to_grid = Transformer.from_crs(4490, atlas.study.crs, always_xy=True)
    found = 0
    for text in page.texts:
        degrees = re.fullmatch(r"(10[56])°(\d\d)′", text.text)
        if degrees:
            lon = int(degrees[1]) + int(degrees[2]) / 60
            lat = 27.7 if text.y < page.size[1] / 2 else 28.53
            x = x0 + (to_grid.transform(lon, lat)[0] - west) * a_metre
            assert text.x < x < text.x + 20
            found += 1
    assert found >= 4


def test_the_scale_bar_is_as_long_as_it_says(drawn):
    page = read(drawn()["pdf"])
    end = next(text for text in page.texts if re.fullmatch(r"\d+ km", text.text) and text.y < 20 * MM)
    parts = [o.points for o in page.outlines if len(o.points) == 4 and max(y for _, y in o.points) < end.y]
    xs = [x for part in parts for x, y in part if y > end.y - 4 * MM]
    km = float(end.text.removesuffix(" km"))
    assert (max(xs) - min(xs)) / MM * scale_of(page) / 1_000_000 == pytest.approx(km, rel=0.005)


def test_the_words_a_sheet_must_have(drawn):
    words = read(drawn()["pdf"]).words
    for wanted in (
        "泸州市“南翼”：叙永、古蔺 · 高程分带", "《泸州市“南翼”地区优势优先特色发展总体方案》(2022-03-14)",
        "图例", "1:600 000", "CGCS2000", "105°E", "EPSG:4544", "北", "坐标北", "制图日期：2026-11-27",
        "资料截止：2026-02-28", "示意图 · 未经审图", "资料来源与说明", "各县各带面积", "两县合计",
    ):  # fmt: skip
        assert wanted in words, wanted
    assert re.search(r"审图号：＿+", words)
    assert not re.search(r"审图号：\s*[^＿\s]", words)


def test_the_legend_is_complete(atlas, bands, drawn):
    words = read(drawn()["pdf"]).words.replace("\n", "")
    for label in bands.classes[0].labels.values():
        assert label in words
    for label in ("县城", "乡镇驻地", "县界", "相邻县区界", "赤水河"):
        assert label in words


@pytest.mark.parametrize(("county", "paper"), SHEETS)
def test_every_township_is_named_once(atlas, drawn, county, paper):
    page = read(drawn(county, paper)["pdf"])
    towns = atlas.located[["township" in kinds for kinds in atlas.located["kind"]]]
    inside = shapely.union_all(content.focus_of(atlas, county).counties.geometry.values)
    towns = towns[towns.geometry.within(inside.buffer(2500.0))]
    assert len(towns) > 15
    said = [text.text for text in page.texts]
    for name in towns["name_zh"]:
        assert said.count(name) == 1, name


def test_names_stand_apart_and_inside(atlas, drawn):
    for county, paper in SHEETS:
        page = read(drawn(county, paper)["pdf"])
        size = 1.25 if paper == "a3" else 1.0
        names = set(atlas.located["name_zh"])
        boxes = []
        for text in page.texts:
            if text.text in names and text.size < 6.5 * size:
                width = fonts.text_width(text.text, text.size) * MM
                boxes.append((text.x, text.y, text.x + width, text.y + 0.75 * text.size, text.text))
        assert len(boxes) > 15
        for one, other in itertools.combinations(boxes, 2):
            apart = one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]
            assert apart, (one[4], other[4])


def test_text_is_text_in_fonts_of_the_file(drawn):
    page = read(drawn()["pdf"])
    assert page.fonts
    for font in page.fonts:
        assert b"/CharProcs" in font or b"/FontFile" in font
    assert "?" not in page.words
    assert len(page.outlines) > 100  # lines are lines
    assert page.data.count(b"/Subtype /Image") <= 4  # relief and classes with their masks


def test_the_same_sheet_has_the_same_bytes(atlas, bands, drawn):
    again = sheet.draw_sheet(atlas, bands, content.focus_of(atlas, None), paper="a4", date="2026-11-27")
    assert again == drawn()
    assert b"CreationDate" not in again["pdf"]
    assert b"/Producer" not in again["pdf"]
    with Image.open(io.BytesIO(again["png"])) as picture:
        assert set(picture.info) == {"Title", "dpi"}


@pytest.mark.parametrize(("paper", "dpi", "pixels"), [("a4", 300, (3507, 2480)), ("a3", 225, (3720, 2630))])
def test_the_picture_has_the_paper_at_its_resolution(drawn, paper, dpi, pixels):
    with Image.open(io.BytesIO(drawn(None, paper)["png"])) as picture:
        assert picture.size == pixels
        assert picture.info["dpi"][0] == pytest.approx(dpi, abs=0.1)
    assert len(drawn(None, paper)["png"]) < 6_000_000
    assert len(drawn(None, paper)["pdf"]) < 3_000_000


def test_colours_lie_where_the_classes_are(atlas, bands, drawn):
    """The picture against the raster: a pixel is nearest to its class's colour laid over light relief."""
    with Image.open(io.BytesIO(drawn()["png"])) as picture:
        image = picture.convert("RGB")
    page = read(drawn()["pdf"])
    x0, y0, _, _ = county_box(page)
    west, south, _, _ = atlas.study.counties.total_bounds
    a_metre = 1000 / scale_of(page) * MM
    layer = bands.classes[0]
    laid = {code: [layer.opacity * c + (1 - layer.opacity) * 225 for c in own] for code, own in layer.palette.items()}
    right = tried = 0
    inside = shapely.union_all(atlas.study.counties.geometry.buffer(-3000).values)
    for x, y in itertools.product(range(520_000, 632_000, 4700), range(3_062_000, 3_155_000, 4700)):
        if not shapely.contains_xy(inside, x, y):
            continue
        around = layer.codes.sel(x=slice(x - 600, x + 600), y=slice(y + 600, y - 600)).values
        code = int(around.flat[0])
        if (around != code).any():
            continue
        point = (x0 + (x - west) * a_metre, page.size[1] - (y0 + (y - south) * a_metre))
        pixel = image.getpixel(tuple(round(value / 72 * 300) for value in point))
        near = min(laid, key=lambda one: math.dist(laid[one], pixel))
        tried += 1
        right += near == code
    assert tried > 60
    assert right / tried > 0.85  # names, symbols and lines hide some


@pytest.fixture
def rough(monkeypatch):
    """Make pictures coarse where a test reads the PDF alone."""
    monkeypatch.setitem(DPI, "a4", 60)


@pytest.mark.usefixtures("rough")
def test_an_english_sheet_is_in_english(atlas):
    english = atlas.in_language("en")
    theme = content.theme_of(english, page_of(english, "bands.html"))
    files = sheet.draw_sheet(english, theme, content.focus_of(english, "gulin"), paper="a4", date=None)
    words = read_pdf(files["pdf"]).words
    for wanted in (
        "Gulin · Elevation bands",
        "Legend",
        "Scale",
        "grid north",
        "Township seats",
        "Sketch map",
        "Made: ___",
    ):
        assert wanted in words, wanted
    assert "审图号" in words
    assert "图例" not in words


@pytest.mark.usefixtures("rough")
def test_names_with_signs_of_formulas_mean_themselves(atlas):
    points = gpd.GeoDataFrame({"n": ["a"]}, geometry=gpd.points_from_xy([105.6], [28.1]), crs=4326)
    odd = dataclasses.replace(atlas, extra={"$x^{2$ \\frac": points, "长" * 300: points, "🚧": points})
    page = page_of(odd, "overview.html")
    files = sheet.draw_sheet(odd, content.theme_of(odd, page), content.focus_of(odd, None), paper="a4", date=None)
    words = read_pdf(files["pdf"]).words
    assert "$x^{2$ \\frac" in words
    assert "长长长" in words


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """A public atlas with a layer of the user's own at positions of centimetres."""
    path = tmp_path_factory.mktemp("own") / "own.geojson"
    spots = gpd.points_from_xy([105.41234567, 105.51234567], [28.01234567, 28.11234567])
    gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=spots, crs=4326).to_file(path)
    return made(public=True, layers=[path])


@pytest.mark.usefixtures("rough")
def test_a_public_sheet_says_so_and_what_it_does_not_show(public):
    theme = content.theme_of(public, page_of(public, "overview.html"))
    words = read_pdf(
        sheet.draw_sheet(public, theme, content.focus_of(public, "古蔺"), paper="a4", date=None)["pdf"]
    ).words
    joined = words.replace("\n", "")
    assert "公开版 · 示意图" in words
    assert words.count("审图号") == 1
    assert "公开版。未表示的内容：规划条目 13、地点 5、一致性检查 4、时间节点 2。" in joined
    assert "未公布的机场不得表示 2" in joined  # the item and the place
    assert "点位与界线取整到 50 m，高程格网不细于 100 m，高程读数取整到 20 m。" in joined
    assert "见首页" not in joined
    for hidden in ("通用机场", "永宁水库", "观口水库", "金龙水库", "箭竹坪风电"):
        assert hidden not in joined


def test_what_a_public_sheet_draws_is_on_a_grid_of_50_m(public):
    for file in ("overview.html", "network.html", "route.html", "access_hospital.html"):
        theme = content.theme_of(public, page_of(public, file))
        drawn = [part for layer in theme.layers for part in layer]
        assert drawn
        for part in drawn:
            xy = shapely.get_coordinates(part.frame.geometry.values)
            assert abs(xy - (xy / 50).round() * 50).max() < 0.01, (file, part.layer)
    xy = shapely.get_coordinates(content.focus_of(public, None).counties.geometry.values)
    assert abs(xy - (xy / 50).round() * 50).max() == 0
    assert min(abs(step) for step in public.dem.rio.resolution()) >= 100


def test_an_internal_sheet_is_no_public_one(drawn):
    assert "公开版" not in read(drawn()["pdf"]).words


def test_a_sheet_of_one_crop_judges_that_crop_alone(monkeypatch):
    from nanyi_gis.atlas import known
    from nanyi_gis.atlas.pages import access, suitability

    judged, held, reached = [], [], []
    judge, validate, page = suitability.judge_land, known.targets.validate, access._page
    monkeypatch.setattr(
        suitability, "judge_land", lambda atlas, crop, *given: judged.append(crop.id) or judge(atlas, crop, *given)
    )
    monkeypatch.setattr(
        known.targets,
        "validate",
        lambda *given, crops, **named: (
            held.append([crop.id for crop in crops]) or validate(*given, crops=crops, **named)
        ),
    )
    monkeypatch.setattr(access, "_page", lambda *given: reached.append(given[-1].key) or page(*given))
    atlas = made(resolution=2000.0)
    plum = page_of(atlas, "suitability_plum.html")
    assert (judged, held) == (["plum"], [["plum"]])
    assert "适宜等级" in [layer.name for layer in plum.page.drawn]
    page_of(atlas, "access_railway.html")
    assert reached == ["railway_station"]
    page_of(atlas, "validation.html")
    assert held[1] == [crop.id for crop in atlas.crops]


def test_of_layers_that_exclude_each_other_one_is_drawn(atlas):
    theme = content.theme_of(atlas, page_of(atlas, "network.html"))
    assert [layer[0].layer for layer in theme.layers if layer[0].kind == "lines"] == ["路网 · 现状 2026-02"]
    assert [table.title for table in theme.tables if "县内里程" in table.title] == [
        "县内里程 (km)：叙永县、古蔺县 · 现状 2026-02"
    ]


def test_a_page_of_a_build_keeps_nothing(atlas):
    page = page_of(dataclasses.replace(atlas, on_paper=False), "bands.html")
    assert content.theme_of(atlas, page) is None


def test_unknown_names_are_told_with_those_known(atlas):
    with pytest.raises(ParameterError, match=r"'oranges', but must be one of: overview, .*suitability_orange"):
        chosen_entries(atlas, ["oranges"])
    with pytest.raises(ParameterError, match=r"'泸县', but must be one of: 叙永县 \(Xuyong\), 古蔺县 \(Gulin\)"):
        content.focus_of(atlas, "泸县")
    for name in ("bands", "高程分带", "elevation bands", "bands.html"):
        assert [entry.file for entry in chosen_entries(atlas, [name])] == ["bands.html"]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--theme", "nope", "theme is 'nope', but must be one of: overview"),
        ("--county", "nope", "county is 'nope', but must be one of: 叙永县"),
        ("--date", "yesterday", "date is 'yesterday', but must be a day"),
        ("--date", "2026-02-30", "date is '2026-02-30', but must be a day"),
        ("--paper", "a0", "a0"),
    ],
)
def test_a_bad_option_writes_nothing(tmp_path, capsys, option, value, said):
    arguments = ["sheets", option, value, "--out", str(tmp_path / "out"), "--resolution", str(COARSE)]
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_without_matplotlib_the_line_of_pip_is_told(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'nanyi_gis\[sheets\]'"):
        make_sheets(tmp_path / "out", **INPUTS)
    assert not (tmp_path / "out").exists()


def test_without_a_chinese_typeface_it_is_told_how_to_get_one(tmp_path, monkeypatch):
    from matplotlib import font_manager

    monkeypatch.setattr(fonts, "FAMILIES", ("No Such Typeface",))
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    with pytest.raises(MissingExtraError, match="fonts-noto-cjk"):
        make_sheets(tmp_path / "out", **INPUTS)
    assert not (tmp_path / "out").exists()


def test_help_shows_an_example():
    from nanyi_gis.cli.sheets import command

    said = CliRunner().invoke(command, ["--help"]).output
    assert "nanyi-gis sheets --theme bands" in said


@pytest.mark.slow
@pytest.mark.usefixtures("rough")
def test_a_crop_has_its_classes_and_areas(tmp_path):
    from nanyi_gis import suitability

    written = make_sheets(tmp_path, themes=["suitability_orange"], county="古蔺", **INPUTS | {"resolution": 2000.0})
    assert [path.name for path in written] == [f"suitability_orange_gulin_a4.{form}" for form in ("pdf", "png")]
    said = read_pdf(written[0].read_bytes()).words
    for label in (*suitability.CLASSES_ZH.values(), "各县面积"):
        assert label in said


@pytest.mark.slow
def test_another_process_writes_the_same_bytes(tmp_path, drawn):
    """Python's sets are ordered otherwise in each process; the files are not."""
    arguments = [
        "sheets",
        "--theme",
        "bands",
        "--date",
        "2026-11-27",
        "--resolution",
        str(COARSE),
        "--out",
        str(tmp_path),
    ]
    command = [sys.executable, "-m", "nanyi_gis", *arguments]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "1"}, capture_output=True)
    for form, content_ in drawn().items():
        assert (tmp_path / f"bands_a4.{form}").read_bytes() == content_


@pytest.mark.slow
def test_another_county_has_its_sheets(tmp_path, wuyuan_study, monkeypatch):
    from second_study import write_dem

    monkeypatch.setitem(DPI, "a4", 60)

    dem = write_dem(tmp_path / "dem.tif")
    given = {**INPUTS, "study": wuyuan_study, "dem": [dem], "resolution": 200.0}
    written = make_sheets(tmp_path / "out", themes=["bands", "overview", "suitability_tea"], **given)
    assert {path.name for path in written} >= {"bands_a4.pdf", "overview_a4.pdf", "suitability_tea_a4.png"}
    page = read_pdf((tmp_path / "out" / "bands_a4.pdf").read_bytes())
    for wanted in ("江西东北 · 高程分带", "示例规划", "婺源县", "117°E", "EPSG:4548", "星江"):
        assert wanted in page.words, wanted


@pytest.mark.slow
def test_every_theme_has_a_sheet(atlas, tmp_path, monkeypatch):
    monkeypatch.setitem(DPI, "a4", 60)
    every = chosen_entries(atlas, [])
    assert len(every) >= 12
    entries = [
        entry
        for entry in every
        if not re.match("suitability_(?!orange)|access_(?!hospital)|siting_(?!sub_centres)", entry.file)
    ]
    names = [entry.file.removesuffix(".html") for entry in entries]  # of pages alike, one
    written = make_sheets(tmp_path, themes=names, date="2026-11-27", **INPUTS)
    stems = {entry.file.removesuffix(".html") for entry in entries}
    assert {path.name for path in written} == {f"{stem}_a4.{form}" for stem in stems for form in ("pdf", "png")}
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in written}
    for entry in entries:
        page = read_pdf((tmp_path / f"{entry.file.removesuffix('.html')}_a4.pdf").read_bytes())
        assert any(text.text.endswith(f"· {entry.zh}") and text.size > 9 for text in page.texts), entry.file
        for text in page.texts:  # nothing leaves the paper
            assert 5 * MM < text.x < page.size[0] - 5 * MM
            assert 5 * MM < text.y < page.size[1] - 5 * MM
