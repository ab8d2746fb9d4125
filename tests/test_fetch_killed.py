"""kill -9 at twelve moments of ``fetch``, files that may not grow, several at once: nothing half-used."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fetch_server import serving
from test_fetch_dem import tiles  # noqa: F401 (the fixture)

HERE = Path(__file__).parent

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="forks, kills and limits of POSIX")]


@pytest.fixture
def mirror(tiles):  # noqa: F811
    with serving() as service:
        for path in tiles.rglob("*.tif"):
            service.files[f"/{path.relative_to(tiles).as_posix()}"] = path.read_bytes()
        yield service


def found(kind, mirror, folder, count):
    command = [sys.executable, str(HERE / "fetch_killed.py"), kind, mirror.url, str(folder), str(count)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_killed_at_twelve_moments(mirror, tmp_path):
    mirror.pause_s = 0.03
    (first, *rows), _ = found("killed", mirror, tmp_path, 12)
    assert first["status"] == 0
    assert first["files"] == ["dem_30m.tif", "dem_30m.tif.toml"]
    # on a busy machine the first run may be slower than those that follow, which then end before their moment
    assert sum(row["status"] == -9 for row in rows) >= 6
    for number, row in enumerate(rows):
        assert (row["torn"], row["half"]) == ([], False), number
        assert (row["again"], row["same"], row["torn after"], row["left"]) == (0, True, [], []), number


def test_files_that_may_not_grow(mirror, tmp_path):
    (*rows, last), said = found("starved", mirror, tmp_path, 8)
    assert {row["status"] for row in rows} <= {0, 2}, said
    assert rows[0]["status"] == 2
    assert all(row["torn"] == [] and not row["half"] for row in rows)
    assert last == {"last": 0, "same": True}
    lines = [line for line in said.splitlines() if line]
    assert all("cannot write" in line and ";" in line for line in lines), lines


def test_several_at_once(mirror, tmp_path):
    mirror.pause_s = 0.03
    (own, same), said = found("doubled", mirror, tmp_path, 3)
    assert own == {"statuses": [0, 0, 0], "equal": True, "torn": []}, said
    # one folder has one writer; another waits some seconds for it, and then says so
    assert set(same.pop("statuses")) <= {0, 2}, said
    assert same == {"equal": True, "torn": []}, said
    assert len(mirror.asked) == 4  # each tile came once
