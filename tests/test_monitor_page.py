"""The register on pages: what a reader finds on the light page and in the notices, escaped, offline, never blaming."""

import csv
import datetime
import re
from dataclasses import replace

import pandas as pd
import pytest
from payloads import PAYLOADS
from reading import Read

from nanyi_gis.atlas import write_monitor_page, write_notices
from nanyi_gis.atlas.monitor import Told, monitor_html, notices_html, report_of, told_of
from nanyi_gis.cli import main
from nanyi_gis.errors import ParameterError
from nanyi_gis.monitor import Observation, Tracked, report
from nanyi_gis.study import load_study

HEADS = ["编号", "名称", "县", "截至日期", "完成值", "单位", "口径", "来源", "证据", "填报单位", "填报人", "备注"]
TEMPLATE = [
    ["W-12", "", "古蔺", "2022-12-31", "2", "个", "累计", "工作总结第3页", "政府文件", "古蔺县卫健局", "", ""],
    ["W-12", "", "叙永", "2022-12-31", "2", "个", "累计", "", "", "", "", ""],
    ["I-20", "", "古蔺", "2022-12-31", "建成", "状态", "", "通车公告", "新闻", "", "", ""],
]
BAD = [["W-12", "", "古蔺", "2022-06-30", "１", "个", "累计", "", "", "", "", ""]]
DAY = datetime.date(2022, 12, 31)


@pytest.fixture(scope="module")
def tell(tmp_path_factory):
    """Return a function that tells of rows of a sheet."""

    def told(rows, *, lang="zh", as_of=DAY, public=False) -> Told:
        path = tmp_path_factory.mktemp("sheets") / "填报.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([HEADS, *rows])
        study = load_study().for_public() if public else load_study()
        return told_of(report_of(study, [path] if rows else [], as_of=as_of, published=False), lang=lang)

    return told


def own(rows: list[dict[str, str]], name: str, county: str) -> dict[str, str]:
    return next(row for row in rows if row["条目"] == name and row["县"] == county)


def test_each_line_stands_with_its_state_and_against_the_elapsed_share(tell):
    read = Read(monitor_html(tell(TEMPLATE)))
    rows = read.rows("逐项进度（245）")
    assert len(rows) == 245
    gulin, xuyong, whole = (own(rows, "县域医疗次中心", county) for county in ("古蔺", "叙永", "两县"))
    assert gulin["完成率 / 序时进度"] == "33 % / 40 %"  # 2 of 6; 730 of 1,826 days
    assert (gulin["状态"], xuyong["状态"], whole["状态"]) == ("滞后", "正常", "滞后")
    assert whole["完成率 / 序时进度"] == "36 % / 40 %"  # 4 of 11
    assert gulin["期限"] == "2025-12-31（假定）"
    assert gulin["牵头单位"] == "市卫生健康委"
    assert gulin["最近完成值"] == "2 个 (2022-12-31)"
    assert own(rows, "二郎互通", "古蔺")["状态"] == "已完成"


def test_the_latest_stand_first_and_counts_are_of_all(tell):
    told = tell(TEMPLATE)
    states = [row["state"] for row in told.rows]
    assert states[:2] == ["滞后", "滞后"]
    assert states.index("无数据") < states.index("正常") < states.index("已完成")
    assert sum(told.counts.values()) == len(told.rows) == 245
    read = Read(monitor_html(told))
    by_agency = {row["单位"]: row for row in read.rows("按牵头单位")}
    assert int(by_agency["市卫生健康委"]["滞后"]) == 2
    assert sum(int(row["合计"]) for row in read.rows("按县")) == 245
    assert sum(int(row["合计"]) for row in read.rows("按章节")) == 245
    assert sum(int(row["项数"]) for row in read.rows("何时到期")) == 245


def test_without_reports_the_page_says_what_is_due_and_who_is_silent_and_blames_nobody(tell):
    told = tell([], as_of=datetime.date(2026, 11, 28))
    html = monitor_html(told)
    read = Read(html)
    assert told.counts["逾期"] == told.counts["滞后"] == 0
    assert "还没有任何填报" in " ".join(read.texts)
    due = {(row["期限"], row["期限依据"]): row for row in read.rows("何时到期")}
    assert {"规划写明", "期限为规划期末（假定）", "年份为推断（假定）", "无期限"} == {basis for _, basis in due}
    silent = read.rows("谁还没有填报")
    assert sum(int(row["其中期限已过"]) for row in silent) >= 100
    assert "没有证据表明已完成，也没有证据表明未完成" in " ".join(read.texts)
    assert len(html.encode()) <= 300_000


def test_what_was_set_aside_is_listed_with_its_cell_and_cure(tell):
    read = Read(monitor_html(tell([*TEMPLATE, *BAD])))
    [row] = read.rows("未采用的填报（1）")
    assert row["文件 · 行 · 单元格"] == "填报.csv · 5 · E5"
    assert row["问题"] == "含全角数字或符号"
    assert row["可读作"] == "1"


def test_a_line_with_reports_shows_values_sources_and_a_drawing(tell):
    html = monitor_html(tell(TEMPLATE))
    [block] = [text for text in re.findall(r"<article.*?</article>", html) if "W-12" in text and "古蔺" in text]
    assert "工作总结第3页；政府文件；古蔺县卫健局" in block
    assert block.count("<circle") == 1
    assert 'class="np"' in block  # the even pace
    [other] = [text for text in re.findall(r"<article.*?</article>", html) if "W-12" in text and "叙永" in text]
    assert "未写来源" in other


def test_no_colour_stands_without_its_word(tell):
    html = monitor_html(tell(TEMPLATE))
    for mark in re.finditer(r'<svg class="nm" aria-hidden="true"><use href="#nm-\w+"/></svg>(.{1,40})', html):
        assert re.match(r"逾期|滞后|临近|无数据|正常|不可量化|已调整|已完成", mark[1]), mark[0]
    located = html[html.index('class="nm-map"') :]
    uses = re.findall(r'<use href="#nm-(\w+)" x=[^>]*>(<title>)?', located)
    assert len(uses) > 20
    assert all(title for _, title in uses)


@pytest.mark.parametrize("make", [monitor_html, notices_html])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_comes_from_a_sheet_stays_text(tell, make, lang):
    told = tell(TEMPLATE, lang=lang)
    sample = told.observations[0]
    evil = [
        replace(sample, id="W-12", county="古蔺", source=text, note=text, agency=text, file=f"{text}.csv", state="")
        for text in PAYLOADS
    ]
    aside = pd.DataFrame(
        [
            {
                "file": text, "line": 2, "cell": "E2", "id": text, "county": text, "column": text, "value": text,
                "rule": text, "cure": text, "cured_value": text, "taken": False, "code": "x", "rule_en": text,
                "cure_en": text,
            }
            for text in PAYLOADS
        ]
    )  # fmt: skip
    status = told.status.assign(reason=PAYLOADS[0], reason_en=PAYLOADS[0], source=PAYLOADS[0], lamp=PAYLOADS[0])
    html = make(replace(told, observations=tuple(evil), set_aside=aside, status=status, notes=tuple(PAYLOADS)))
    outside = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    assert "<script" not in outside
    assert not re.search(r"<(img|iframe|object|embed|link rel=.stylesheet)", outside)
    assert not re.search(r"<[^>]*\son\w+\s*=", outside)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_ask_for_nothing_and_are_the_same_each_time(tmp_path, lang):
    found = report(load_study(), [], as_of=datetime.date(2026, 2, 28))
    for write in (write_monitor_page, write_notices):
        first = write(found, tmp_path, lang=lang).read_bytes()
        assert write(found, tmp_path, lang=lang).read_bytes() == first
        text = first.decode()
        assert "default-src 'none'" in text
        assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", text)
        assert len(first) <= 300_000


def test_an_unknown_language_is_one_line(tmp_path):
    found = report(load_study(), [], as_of=datetime.date(2026, 2, 28))
    for write in (write_monitor_page, write_notices):
        with pytest.raises(ParameterError, match="lang is 'fr'"):
            write(found, tmp_path, lang="fr")
    assert not list(tmp_path.iterdir())


def test_every_agency_has_its_notice_and_a_letter_of_what_is_missing(tell):
    told = tell(TEMPLATE, as_of=datetime.date(2026, 11, 28))
    html = notices_html(told)
    sections = re.findall(r"<section.*?</section>", html, flags=re.DOTALL)
    agencies = {owner for line in told.lines for owner in line.owners}
    notices = [text for text in sections if "通报</h2>" in text]
    assert len(notices) == len(agencies) - 1  # and the lines without one
    letters = [text for text in sections if "函（" in text]
    assert len(letters) == len(agencies)
    assert html.count("文号：＿") == len(sections)
    health = next(text for text in notices if "市卫生健康委" in text)
    assert "期限已过，未见填报（不是逾期）" in health
    assert "<h3>逾期" not in health  # no value of the day due or later
    assert not re.search(r"文号：＿+\s*\d|〔\d{4}〕", html)
    water = next(text for text in letters if "（市水务局）" in text)
    assert "请以文字报告状态" in water


def test_a_public_page_names_no_item_that_is_hidden(tell):
    hidden = [item for item in load_study().plan.items if not item.public]
    told = tell(TEMPLATE, public=True)
    text = monitor_html(told) + notices_html(told)
    assert hidden
    assert not [item.id for item in hidden if re.search(rf"\b{item.id}\b", text) or item.name_zh in text]


def test_the_english_page_is_in_english(tell):
    told = tell([], lang="en")
    for html in (monitor_html(told), notices_html(told)):
        body = re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.DOTALL)
        words = set(re.findall(r">([^<]*[\u3400-\u9fff][^<]*)<", body))
        assert not words, sorted(words)[:5]


def test_of_many_lines_the_latest_show_and_all_are_counted(tell):
    told = tell(TEMPLATE)
    pattern, row = next(
        (line, told.status[told.status["id"] == line.id].iloc[[0]]) for line in told.lines if line.counted
    )
    count = 20_000
    lines = tuple(replace(pattern, id=f"X-{number}") for number in range(count))
    status = (
        row.loc[row.index.repeat(count)]
        .reset_index(drop=True)
        .assign(id=[line.id for line in lines], county=pattern.county, state="正常", observations=1)
    )
    seen = tuple(_seen(line) for line in lines)
    many = replace(told, lines=lines, status=status, observations=seen)
    html = monitor_html(many)
    assert len(html.encode()) <= 3_000_000
    assert "共 20,000 项，此处列出最迟的 500 项" in html
    assert "前 60 项" in html


def _seen(line: Tracked) -> Observation:
    return Observation(
        id=line.id, county=line.county, on=DAY, low=1.0, high=1.0, state="", nature=line.nature, source="", evidence="",
        agency="", reporter="", note="", file="a.csv", line=2,
    )  # fmt: skip


def test_build_refuses_a_bad_sheet_before_the_long_work(tmp_path, capsys, wuyuan_bare):
    bad, out = tmp_path / "bad.csv", tmp_path / "out"
    bad.write_text("a,b\n1,2\n", encoding="utf-8")
    good = tmp_path / "good.csv"
    good.write_text(",".join(HEADS) + "\n" + ",".join(TEMPLATE[0]) + "\n", encoding="utf-8")
    cases = {
        "bad.csv": ["--observations", str(bad)],
        "is 'soon'": ["--as-of", "soon"],
        "observations has no effect": ["--observations", str(good), "--study", str(wuyuan_bare)],
        "as_of has no effect": ["--as-of", "2026-01-31", "--study", str(wuyuan_bare)],
    }
    for words, given in cases.items():
        assert main(["build", *given, "--out", str(out)]) == 2
        told = capsys.readouterr().err.strip()
        assert words in told
        assert "\n" not in told
        assert not out.exists()
