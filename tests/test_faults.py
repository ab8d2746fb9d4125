"""A short run of ``make torture``: broken files, kills and full disks; and that the torture itself sees faults."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="forks, limits and signals as Linux has them"),
]


def torture(folder: Path, *arguments: str) -> str:
    """Run parts of the torture and return its table; fail where there is a fault."""
    line = [sys.executable, "-m", "benchmarks.torture", *arguments, "--work", str(folder / "work"), "--workers", "1"]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        line, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    return done.stdout


def test_broken_files_are_taken_or_refused_in_one_line(tmp_path):
    assert "| broken files, all | 60 | 60 | 0 |" in torture(tmp_path, "--only", "fuzz", "--mutants", "60")


def test_a_run_that_is_killed_or_asked_to_stop_leaves_the_old_result_or_the_new(tmp_path):
    table = torture(tmp_path, "--only", "kill", "--kills", "2", "--commands", "bands,init")
    assert "| bands killed | 2 | 2 | 0 |" in table
    assert "| bands asked to stop | 2 | 2 | 0 |" in table


def test_a_fetch_that_is_killed_or_doubled_leaves_nothing_half_used(tmp_path):
    table = torture(tmp_path, "--only", "kill", "--kills", "1", "--commands", "fetch-web")
    assert "| fetch-web killed | 1 | 1 | 0 |" in table
    assert "| fetch-web asked to stop | 1 | 1 | 0 |" in table
    assert "| fetch-web, two at once | 1 | 1 | 0 |" in table


def test_where_room_is_short_the_result_is_whole_or_the_old_one_stays(tmp_path):
    table = torture(tmp_path, "--only", "disk", "--sizes", "2", "--commands", "bands", "--no-mounts")
    assert "| bands, files limited | 2 | 2 | 0 |" in table
    assert "| write_geojson, files limited | 4 | 4 | 0 |" in table


def test_a_number_makes_the_same_broken_file_again(tmp_path):
    from benchmarks.torture import mutants, seeds

    found, _ = seeds.make(tmp_path / "a")
    again = {number: mutants.mutant(number, found) for number in range(200)}
    assert {number: mutants.mutant(number, found) for number in range(200)} == again
    assert mutants.mutant(7, found, seed=1).files != again[7].files
    changed = [each for each in again.values() if each.files != each.seed.files]
    assert len(changed) > 180
    assert {each.seed.kind for each in again.values()} == {seed.kind for seed in found}


@pytest.mark.parametrize(
    ("status", "text", "after", "fault"),
    [
        (0, "", {"a": "1", "b": "2"}, None),
        (2, "note: x\nnanyi-gis: a.tif is no raster; give one\n", {"a": "1"}, None),
        (1, "", {"a": "1"}, "exit status 1"),
        (2, "", {"a": "1"}, "0 lines of refusal"),
        (2, "nanyi-gis: a\n", {"a": "1", "b": "2"}, "refused, but changed: b"),
        (2, "nanyi-gis: a\n", {"a": "2"}, "refused, but changed: a"),
        (2, "nanyi-gis: unexpected KeyError: 'x'\n", {"a": "1"}, "ESCAPED: nanyi-gis: unexpected KeyError: 'x'"),
        (0, "Traceback (most recent call last):\n", {"a": "1"}, "TRACEBACK"),
        (0, "", {"a": "1", ".nanyi-x": ""}, "a staging folder was left"),
    ],
)
def test_the_end_of_a_command_is_judged(status, text, after, fault):
    from benchmarks.torture.worker import outcome

    assert outcome(status, text, {"a": "1"}, after) == ([] if fault is None else [fault])


def test_a_refusal_must_be_one_short_line_that_names_the_file(tmp_path):
    from benchmarks.torture.mutants import mutant
    from benchmarks.torture.seeds import make
    from benchmarks.torture.worker import wording

    found = mutant(0, make(tmp_path / "a")[0])
    path = tmp_path / found.seed.main
    assert wording(f"{path.name} is cut short; get it again", found, path) == []
    assert wording("it is cut short", found, path) == ["WORDS: names no file: 'it is cut short'"]
    assert wording(f"{path.name}\nis cut", found, path)[0].startswith("WORDS: more than one line")
    assert wording(f"{path.name} {'x' * 900}", found, path)[0].startswith("WORDS: 9")


def test_a_worker_that_dies_names_its_mutant(tmp_path, monkeypatch):
    from benchmarks.torture import fuzz

    class Dying:
        def __init__(self, *_, **__):
            self.process = subprocess.Popen([sys.executable, "-c", "import os; os.abort()"])
            self.process.wait()

        def ask(self, number, limit):
            return {"mutant": f"#{number}", "kind": "", "accepted": False, "faults": ["CRASH"], "seconds": 0.0}

    monkeypatch.setattr(fuzz, "_Worker", Dying)
    *rows, total = fuzz.run(range(2), tmp_path, workers=1)
    assert (total.tried, total.failed) == (2, 2)
    assert next(text for row in rows for text in row.faults).startswith("CRASH <- #0 plain.tif [plain.tif: ")
