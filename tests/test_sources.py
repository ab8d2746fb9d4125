"""Every embedded file has a provenance record, and the command shows it."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from nanyi_gis.cli.sources import command
from nanyi_gis.io import EVIDENCE, data_file, data_files, provenance_table, read_provenance, sha256

OURS = [
    *("plan/items.json", "plan/clauses.json", "plan/checks.json", "plan/milestones.json"),
    *("places/places.csv", "places/aliases.csv", "network/corridors.geojson", "network/nodes.geojson"),
]


@pytest.mark.parametrize("name", sorted(data_files()))
def test_every_file_has_a_valid_record(name: str) -> None:
    record = read_provenance(data_file(name))
    assert record.evidence in EVIDENCE
    assert all((record.title, record.title_zh, record.source, record.as_of, record.datum, record.licence))


def test_table_covers_every_file() -> None:
    table = provenance_table()
    assert table["file"].tolist() == sorted(data_files())
    assert set(OURS) <= set(table["file"])
    row = table.set_index("file").loc["places/places.csv"]
    assert row["bytes"] == data_file("places/places.csv").stat().st_size
    assert row["sha256"] == sha256(data_file("places/places.csv"))


def test_formats_hold_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NANYI_GIS_CACHE", str(tmp_path))  # other tests fetch, and their layers have lines of their own
    records = json.loads(CliRunner().invoke(command, ["--format", "json"]).output)
    rows = list(csv.DictReader(io.StringIO(CliRunner().invoke(command, ["--format", "csv"]).output)))
    shown = CliRunner().invoke(command, ["--lang", "zh"]).output.splitlines()
    assert [record["file"] for record in records] == [row["file"] for row in rows]
    assert len(shown) == len(rows) + 3
    assert shown[-1].startswith(f"{len(rows)} files")
