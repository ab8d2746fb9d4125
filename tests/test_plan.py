"""The plan's records, against the inventory's counts and the plan's own text."""

import csv
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from nanyi_gis.cli import _table, main
from nanyi_gis.cli._table import cell_width, fit, text_table
from nanyi_gis.cli.plan import command
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.plan import KINDS, THEMES, Item, Milestone, Plan, Quantity, convert, load_plan, register

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan()


def test_counts_of_the_inventory(plan: Plan) -> None:
    assert (len(plan.items), len(plan.checks)) == (237, 23)
    assert [check.id for check in plan.checks] == [f"C-{number:02d}" for number in range(1, 24)]
    by_letter = {letter: sum(item.id[0] == letter for item in plan.items) for letter in "GRLWEFI"}
    # counted by hand from the numbering: R-00a..c, R-01..23; L-00a..c, L-01..20; W-00a..d, W-01..34; ...
    assert by_letter == {"G": 32, "R": 26, "L": 23, "W": 38, "E": 18, "F": 48, "I": 52}


def test_sections_partition_the_plan(plan: Plan) -> None:
    sections = [plan.section(f"四({number})") for number in "一二三四五六"]
    assert [len(section) for section in sections] == [26, 23, 38, 18, 48, 53]
    # E-01 stands in 四(四)1 and 四(六)2
    shared = {item.id for item in sections[3]} & {item.id for item in sections[5]}
    assert shared == {"E-01"}
    assert {item.id for section in sections for item in section} == {
        item.id for item in plan.items if item.id[0] != "G"
    }


def test_a_section_holds_those_below_and_no_others(plan: Plan) -> None:
    assert {item.id for item in plan.section("四(五)")} > {item.id for item in plan.section("四(五)3")}
    assert plan.section("四（五）3") == plan.section("四(五)3")
    assert {item.id for item in plan.section("一")} == {"G-06"}
    assert len(plan.section("四")) == 205


def test_every_kind_theme_and_county_is_used(plan: Plan) -> None:
    assert all(plan.of_kind(kind) for kind in KINDS)
    assert sum(len(plan.of_theme(theme)) for theme in THEMES) == 237
    assert plan.of_theme("红色文化") == plan.of_theme("red_culture")
    assert plan.of_county("Xuyong") == plan.of_county("叙永县")
    assert {item.id for item in plan.items if not item.counties} == {"I-30", "I-31"}


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda plan: plan.section("四(九)"), "no items in section '四(九)'; sections are: 引言, 一, 二"),
        (lambda plan: plan.of_kind("road"), "kind is 'road', but must be one of: point, line"),
        (lambda plan: plan.of_theme("tea"), "theme is 'tea', but must be one of: red_culture (红色文化)"),
        (lambda plan: plan.of_county("泸县"), "county is '泸县', but must be one of: 叙永, 古蔺"),
        (lambda plan: plan.item("Z-01"), "no item 'Z-01'; give one such as F-29"),
        (lambda plan: plan.check("C-24"), "no check 'C-24'; the numbers are C-01 to C-23"),
        (lambda plan: plan.clause("六"), "no clause '六'; there are: 引言"),
    ],
)
def test_wrong_questions_get_one_clear_line(plan: Plan, ask: object, message: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(message)) as caught:
        ask(plan)  # type: ignore[operator]
    assert "\n" not in str(caught.value)


def test_agencies(plan: Plan) -> None:
    assert plan.item("I-08").lead == ("市交通运输局", "市发展改革委")
    assert plan.item("L-18").lead == ("市酒业发展局", "市农业农村局")
    assert plan.supporting(plan.item("F-26")) == ("叙永县", "古蔺县")
    # 四(六)5 names twelve bodies and no county
    bodies = plan.supporting(plan.item("I-40"))
    assert len(bodies) == 12
    assert not {"叙永县", "古蔺县"} & set(bodies)
    assert all(set(item.lead) <= _leads(plan, item) for item in plan.items if item.lead_stated and item.id != "G-10")


def _leads(plan: Plan, item: Item) -> set[str]:
    return {name for number in item.clauses for name in plan.clause(number).lead}


def test_items_not_for_public_maps(plan: Plan) -> None:
    hidden = {item.id for item in plan.items if not item.public}
    turbines = {f"E-{number:02d}" for number in range(4, 9)}
    assert hidden == {"I-25", "E-01", "I-14", "I-29", "I-30", "I-31", "I-34", "I-35"} | turbines


def test_uncertain_counties_and_reach(plan: Plan) -> None:
    assert {item.id for item in plan.items if item.counties_uncertain} == {
        *("R-15", "E-13", "E-15", "I-29", "I-30", "I-31"),
    }
    assert {item.id for item in plan.items if item.scope == "city"} == {"W-01", "I-34"}
    assert plan.item("R-16").scope == "beyond"


@pytest.mark.parametrize(
    ("number", "text", "period"),
    [
        ("G-02", "≥700 亿元", "2025"),
        ("W-00d", ">200 亿元", "2025"),
        ("L-11", "300–500 亿元", ""),
        ("F-24", "≤700 m", ""),
        ("F-26", "30 万亩", "2021-2025"),
        ("F-10", "50 km", "(2022)"),
        ("F-14", "53.5%", "2022"),
        ("I-35", "≥150 个", "2022"),
    ],
)
def test_quantities_as_the_plan_states_them(plan: Plan, number: str, text: str, period: str) -> None:
    item = plan.item(number)
    assert item.quantity() == text
    assert item.quantities[0].period == period


def test_milestones(plan: Plan) -> None:
    dates = [milestone.year for milestone in plan.milestones]
    assert dates == sorted(dates)
    opened = {m.items[0]: m.date for m in plan.milestones if m.nature == "actual"}
    assert opened["I-03"] == "2023-12-21"
    assert opened["I-08"] == "2024-02-09"
    due = {number for m in plan.milestones if m.nature == "planned" for number in m.items}
    dated = {item.id for item in plan.items if item.years}
    assert dated - due == set()
    assert due - dated == set()
    assert plan.timeline(lang="en").columns.tolist() == ["date", "nature", "event", "items", "stated", "source"]


def test_frame_has_a_row_an_item(plan: Plan) -> None:
    frame = plan.frame()
    assert frame["id"].tolist() == [item.id for item in plan.items]
    row = frame.set_index("id").loc["F-22"]
    assert (row["value"], row["upper"], row["unit"], row["comparator"]) == (900, 1200, "m", "=")
    assert plan.frame(plan.section("四(五)3"))["clause"].eq("四(五)3").all()


def test_conversions() -> None:
    assert convert(15, "万亩", "km²") == pytest.approx(100)
    assert convert(convert(7, "km²", "万亩"), "万亩", "km²") == pytest.approx(7)
    with pytest.raises(ParameterError, match="no conversion from '万亩' to 'MW'"):
        convert(1, "万亩", "MW")


@pytest.mark.parametrize(
    "values",
    [
        {"value": 900, "upper": 700, "unit": "m"},
        {"value": 1, "unit": "", "year": 2025},
        {"value": 1, "unit": "个", "year": 1935},
        {"value": 1, "unit": "个", "since": 2021},
        {"value": 1, "unit": "个", "county": "泸县"},
        {"value": 1, "unit": "个", "weight": 2},
    ],
)
def test_bad_quantities_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Quantity.model_validate(values)


def test_records_are_frozen_and_milestones_unique(plan: Plan) -> None:
    with pytest.raises(ValidationError):
        plan.items[0].name_zh = "other"  # type: ignore[misc]
    broken = plan.milestones[0].model_dump() | {"items": ["R-01", "R-01"]}
    with pytest.raises(ValidationError, match="repeated"):
        Milestone.model_validate(broken)


def test_broken_files_name_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plan: Plan) -> None:
    names = ("items", "checks", "clauses", "milestones")
    records = {name: [record.model_dump(mode="json") for record in getattr(plan, name)] for name in names}
    monkeypatch.setattr(register, "data_file", lambda name: tmp_path / Path(name).name)

    def write(**changed: object) -> None:
        for name in names:
            text = json.dumps(changed.get(name, records[name]), ensure_ascii=False)
            (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")

    write()
    assert load_plan() == plan
    write(items=[*records["items"], records["items"][0]])
    with pytest.raises(DataError, match=r"items\.json holds G-01 twice"):
        load_plan()
    write(items=[records["items"][0] | {"kind": ["road"]}])
    with pytest.raises(DataError, match=r"items\.json is no valid list of records at 0/kind/0"):
        load_plan()
    write(checks=[records["checks"][0] | {"items": ["F-99"]}])
    with pytest.raises(DataError, match=r"checks\.json: no item F-99"):
        load_plan()
    write(clauses=records["clauses"][:5])
    with pytest.raises(DataError, match=r"is in clause .*, but clauses\.json has none such"):
        load_plan()


def test_command_lists_aligned_columns() -> None:
    result = CliRunner().invoke(command, ["--section", "四(五)", "--kind", "target"])
    lines = result.output.splitlines()
    assert result.exit_code == 0
    assert lines[-1] == "4 of 237 items"
    assert [line[:4] for line in lines[2:-1]] == ["F-00", "F-13", "F-14", "F-15"]
    # the last column begins in the same terminal cell on every line
    starts = {cell_width(line[: line.rindex("四(五)")]) for line in lines[2:-1]}
    assert starts == {cell_width(lines[0][: lines[0].rindex("clause")])}


def test_command_formats() -> None:
    table = CliRunner().invoke(command, ["--theme", "liquor", "--format", "csv"]).output.splitlines()
    assert len(table) == 1 + 23
    records = json.loads(CliRunner().invoke(command, ["--format", "json", "--county", "古蔺"]).output)
    assert all("古蔺" in record["counties"] for record in records)
    checks = json.loads(CliRunner().invoke(command, ["--checks", "--format", "json"]).output)
    assert len(checks) == 23
    shown = CliRunner().invoke(command, ["--checks", "--section", "四(四)", "--lang", "en"]).output
    assert "Wording of the agri-complementary project" in shown
    assert CliRunner().invoke(command, ["--checks", "--theme", "infrastructure", "--format", "csv"]).exit_code == 0


def test_command_refuses_what_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--section", "四(九)"]) == 2
    assert main(["plan", "--kind", "road"]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 2
    assert "sections are:" in errors[0]
    assert "must be one of: point" in errors[1]


def test_table_cells() -> None:
    assert fit("赤水河左岸百里甜橙产业带", 11) == "赤水河左岸…"
    assert all(cell_width(fit("甜橙 belt", cells)) == cells for cells in range(1, 12))
    assert text_table(load_plan().frame().head(0)[["id", "name_zh"]]).splitlines() == ["id  name_zh", "--  -------"]


@pytest.fixture(scope="module")
def plan_text() -> str:
    path = SHARED / "plan" / "plan.txt"
    if not path.exists():
        pytest.skip("../shared/plan/plan.txt is absent")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def inventory() -> dict[str, str]:
    path = SHARED / "domain" / "plan_inventory.csv"
    if not path.exists():
        pytest.skip("../shared/domain/plan_inventory.csv is absent")
    with path.open(encoding="utf-8", newline="") as stream:
        return {row[0]: " | ".join(row) for row in list(csv.reader(stream))[1:]}


@pytest.mark.shared
def test_every_quote_stands_in_its_clause(plan: Plan, plan_text: str) -> None:
    clauses = _clause_texts(plan_text)
    for item in plan.items:
        assert any(item.quote in clauses[number] for number in item.clauses), item.id


@pytest.mark.shared
def test_every_agency_and_title_stands_in_the_plan(plan: Plan, plan_text: str) -> None:
    clauses = _clause_texts(plan_text)
    assert set(clauses) == {clause.clause for clause in plan.clauses}
    for clause in plan.clauses:
        text = clauses[clause.clause]
        assert all(name in text for name in (*clause.lead, *clause.supporting)), clause.clause
        assert clause.title_zh in text or clause.clause == "引言"


@pytest.mark.shared
def test_every_number_is_traceable(plan: Plan, inventory: dict[str, str]) -> None:
    added = {item.id for item in plan.items} - set(inventory)  # tasks that the inventory had not numbered
    assert set(inventory) <= {item.id for item in plan.items}
    assert len(added) == 42
    assert not any(item.quantities or item.years for item in plan.items if item.id in added)
    words = {1000: "千", 100: "百", 1: "一", 2: "两", 3: "三", 4: "四"}
    for item in plan.items:
        found = {
            float(number)
            for number in re.findall(r"\d+(?:\.\d+)?", _plain(item.quote + " " + inventory.get(item.id, "")))
        }
        for quantity in item.quantities:
            for number in filter(None, (quantity.value, quantity.upper)):
                known = number in found or (number in words and words[number] in item.quote) or number == item.count
                known |= number == 1 and quantity.unit in {"个", "座", "核"}  # the object that the item names
                assert known or (item.id, number) == ("F-40", 2), (item.id, number)


@pytest.mark.shared
def test_every_stated_year_stands_in_the_clause(plan: Plan, plan_text: str) -> None:
    clauses = _clause_texts(plan_text)
    for item in plan.items:
        text = "".join(clauses[number] for number in item.clauses)
        years = {quantity.year for quantity in item.quantities if quantity.year_stated} | {item.year}
        for year in filter(None, years):
            assert str(year) in text or (year == 2025 and "“十四五”" in text), (item.id, year)


def _plain(text: str) -> str:
    return re.sub(r"(?<=\d),(?=\d{3})", "", text)


def _clause_texts(text: str) -> dict[str, str]:
    """Cut the plan into clauses by its numbering: 一、 then (一) then 1."""
    clauses = {"引言": text.splitlines()[5]}
    first = second = current = ""
    for line in text.splitlines()[6:]:
        if match := re.match(r"([一二三四五])、", line):
            first = current = match[1]
            second = ""
        elif match := re.match(r"\(([一二三四五六])\)", line):
            second = current = f"{first}({match[1]})"
        elif match := re.match(r"(\d)\.", line):
            current = f"{second}{match[1]}"
        else:
            current = second or first
        clauses[current] = clauses.get(current, "") + line
    return clauses


def test_columns_are_narrowed_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch, plan: Plan) -> None:
    frame = plan.frame(plan.section("四(五)3"))[["id", "name_zh", "clause"]]
    assert _table.terminal_table(frame) == text_table(frame)
    monkeypatch.setattr(_table.sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    lines = _table.terminal_table(frame).splitlines()
    assert max(map(cell_width, lines)) <= 40
    assert all(line.endswith("四(五)3") for line in lines[2:])
