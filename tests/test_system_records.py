"""The records of the plan's systems: found in a study's folder, held against its plan."""

import dataclasses

import pytest

from nanyi_gis import targets
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.study import load_study


class Springs(targets.FrozenRecord):
    reservoirs: tuple[targets.ItemId, ...]
    spare: targets.ItemId = ""


@pytest.fixture
def study(tmp_path):
    whole = load_study()
    return dataclasses.replace(whole, files={**whole.files, "systems": tmp_path})


def springs(study):
    return targets.system_record(study, "springs", Springs, guide="docs/springs.md")


def test_a_system_is_read_by_its_name(study, tmp_path):
    assert springs(study) is None
    (tmp_path / "springs.toml").write_text('reservoirs = ["I-29", "I-30"]\n', encoding="utf-8")
    assert springs(study).reservoirs == ("I-29", "I-30")
    none = dataclasses.replace(study, files={key: path for key, path in study.files.items() if key != "systems"})
    assert springs(none) is None


def test_items_of_nested_parts_are_found_and_empty_ones_are_none():
    class Nested(targets.FrozenRecord):
        parts: dict[str, Springs]
        last: targets.ItemId = ""

    nested = Nested(parts={"a": Springs(reservoirs=("I-1",)), "b": Springs(reservoirs=(), spare="I-2")}, last="")
    assert targets.items_of(nested) == ["I-1", "I-2"]


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ('reservoirs = ["I-99"]\n', DataError, "'I-99' is no item of the plan"),
        ('reservoirs = []\ndepth = 3\n', ParameterError, "depth is no key of a springs file; see docs/springs.md"),
        ("reservoirs = [\n", DataError, "springs.toml"),
    ],
)  # fmt: skip
def test_a_system_that_breaks_a_rule_ends_in_one_line(study, tmp_path, text, error, told):
    (tmp_path / "springs.toml").write_text(text, encoding="utf-8")
    with pytest.raises(error, match=told) as found:
        springs(study)
    assert "\n" not in str(found.value)


def test_a_file_that_no_page_would_read_is_told(study, tmp_path):
    assert targets.system_records(study) == {}
    (tmp_path / "enery.toml").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match="'enery' is no system; name the file after one of: energy, forest"):
        targets.system_records(study)
