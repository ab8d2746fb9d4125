"""Staging folders and locks: what a kill leaves, who may remove it, two runs at once, links and permissions."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest

from nanyi_gis import io
from nanyi_gis.errors import DataError, OutputError
from nanyi_gis.io import lock, stage

pytest.importorskip("fcntl", reason="the locks of Windows are tried there")

KILLED = Path(__file__).parent / "killed.py"
NAMES = {"a.txt", "b.txt", "data/c.txt"}


@pytest.fixture(scope="module")
def kills(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kills")
    done = subprocess.run([sys.executable, KILLED, folder], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def files(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_a_kill_between_renames_is_told_by_the_manifest(kills):
    rows = kills["with manifest"]
    assert len(rows) == 7  # the note, four files, the stale one, the manifest
    mixed = [row for row in rows if {row["killed"][name][:3] for name in NAMES} == {"old", "new"}]
    assert mixed
    assert not any(row["complete"] or row["sound"] for row in mixed)
    assert rows[0]["sound"]  # nothing had moved


def test_the_next_run_completes_what_a_killed_one_was_putting_in_place(kills):
    for kind, rows in kills.items():
        for row in rows:
            assert row["hidden"] == []
            assert {row["later"][name][:3] for name in (*NAMES, "new.txt")} == {"new"}
            assert ("stale.txt" in row["later"]) == (kind == "without")
            assert row.get("sound later", True)


def test_a_run_killed_while_it_works_is_cleared_away(tmp_path):
    script = (
        "import os, signal, sys; from nanyi_gis import io\n"
        f"with io.staged({str(tmp_path)!r}) as folder, io.atomic_path({str(tmp_path / 'x.tif')!r}) as file:\n"
        "    (folder / 'half.txt').write_text('half'); file.write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    assert len([path for path in tmp_path.iterdir() if path.name.startswith(".nanyi-")]) == 4  # two folders, two locks
    with io.atomic_path(tmp_path / "other.txt") as file:
        io.write_text(file, "other")
    assert files(tmp_path) == {"other.txt": "other"}
    assert len(list(tmp_path.iterdir())) == 1


def test_a_run_killed_as_it_started_is_cleared_away(tmp_path):
    made = stage.Stage.make(tmp_path)
    record = (made.work / "owner").read_text()
    made.remove()
    for name, others in ((".nanyi-started", []), (".nanyi-keeps", ["replaced"])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "starting").write_text(record)
        for other in others:
            (tmp_path / name / other).mkdir()
    (tmp_path / ".nanyi-empty").mkdir()
    (tmp_path / ".nanyi-empty" / "starting").touch()
    living = stage.Stage.make(tmp_path)
    stage.clear_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [".nanyi-empty", ".nanyi-keeps", living.work.name]
    )
    living.remove()


def test_what_a_living_run_or_another_owner_has_stays(tmp_path):
    (tmp_path / ".nanyi-mine").mkdir()
    (tmp_path / ".nanyi-mine" / "owner").write_text("mine")
    (tmp_path / ".nanyi-bare").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "owner").write_text(json.dumps({"what": stage._MAGIC, **stage._machine()}))
    (tmp_path / ".nanyi-link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / ".nanyi-far").mkdir()
    (tmp_path / ".nanyi-far" / "owner").write_text(json.dumps({"what": stage._MAGIC, "host": "x", "boot": "y"}))
    kept = {path.name for path in tmp_path.iterdir()}
    with io.staged(tmp_path) as living:
        (living / "a.txt").write_text("a")
        with io.atomic_path(tmp_path / "b.txt") as file:
            file.write_text("b")
        assert (living / "a.txt").exists()
    assert {path.name for path in tmp_path.iterdir()} == kept | {"a.txt", "b.txt"}
    assert (tmp_path / "elsewhere" / "owner").exists()


def test_a_record_whose_lock_is_free_is_of_a_run_that_has_ended(tmp_path):
    dead = tmp_path / ".nanyi-dead"
    dead.mkdir()
    (dead / "owner").write_text(json.dumps({"what": stage._MAGIC, **stage._machine()}))
    (dead / "new").mkdir()
    (dead / "new" / "half.tif").write_text("half")
    io.write_csv(pd.DataFrame({"a": [1]}), tmp_path / "a.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_second_run_into_the_same_folder_is_refused_in_a_line(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE_S", 0.1)
    with io.staged(tmp_path / "maps") as first:
        (first / "a.txt").write_text("first")
        refused = pytest.raises(OutputError, match=r"maps: another run is writing there; wait .* or choose")
        with refused, io.staged(tmp_path / "maps"):
            pytest.fail("it had to wait")
    assert files(tmp_path) == {"maps/a.txt": "first"}


def test_a_second_run_waits_for_a_short_one(tmp_path):
    entered, refused = threading.Event(), []

    def second():
        entered.wait()
        try:
            with io.staged(tmp_path) as folder:
                (folder / "a.txt").write_text("second")
        except OutputError as error:
            refused.append(error)

    thread = threading.Thread(target=second)
    thread.start()
    with io.staged(tmp_path) as folder:
        (folder / "a.txt").write_text("first")
        entered.set()
        thread.join(0.3)
    thread.join()
    assert not refused
    assert files(tmp_path) == {"a.txt": "second"}


def test_two_files_of_one_folder_do_not_wait_for_each_other(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE_S", 0.0)
    with io.atomic_path(tmp_path / "x.tif") as one, io.atomic_path(tmp_path / "y.tif") as other:
        one.write_text("x")
        other.write_text("y")
        with pytest.raises(OutputError, match="another run"), io.atomic_path(tmp_path / "x.tif"):
            pass
    assert files(tmp_path) == {"x.tif": "x", "y.tif": "y"}


@pytest.mark.parametrize("umask", [0o022, 0o027, 0o002])
def test_results_have_the_permissions_of_any_new_file(tmp_path, umask):
    old = os.umask(umask)
    try:
        with io.staged(tmp_path / "out") as folder:
            (folder / "data").mkdir()
            io.write_text(folder / "data" / "a.txt", "a")
        io.write_gpkg({"t": pd.DataFrame({"a": [1]})}, tmp_path / "out" / "a.gpkg")
    finally:
        os.umask(old)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "out").rglob("*")}
    assert modes == {"data": 0o777 & ~umask, "a.txt": 0o666 & ~umask, "a.gpkg": 0o666 & ~umask}
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o777 & ~umask


def test_output_through_a_link_ends_where_it_points(tmp_path):
    (tmp_path / "big").mkdir()
    (tmp_path / "maps").symlink_to("big")
    (tmp_path / "file.csv").symlink_to("big/real.csv")
    with io.staged(tmp_path / "maps") as folder:
        (folder / "a.txt").write_text("a")
    with io.atomic_path(tmp_path / "file.csv") as file:
        file.write_text("b")
    assert files(tmp_path / "big") == {"a.txt": "a", "real.csv": "b"}
    assert (tmp_path / "maps").is_symlink()
    assert (tmp_path / "file.csv").is_symlink()


@pytest.mark.parametrize("step", range(6))
@pytest.mark.parametrize("fault", [OSError(5, "Input/output error"), KeyboardInterrupt()])
def test_a_fault_between_two_renames_puts_everything_back(tmp_path, monkeypatch, step, fault):
    write_build(tmp_path, "old", ["a.txt", "b.txt", "stale.txt"])
    before, calls, rename = files(tmp_path), [], Path.replace

    def faulty(self: Path, target: Path) -> Path:
        calls.append(self)
        if len(calls) == step + 1:
            raise fault
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", faulty)
    if step == 4 and isinstance(fault, OSError):  # a file of the earlier build that cannot be removed stays
        write_build(tmp_path, "new", ["a.txt", "b.txt", "new.txt"])
        assert "stale.txt" in files(tmp_path)
        return
    with pytest.raises((OutputError, KeyboardInterrupt)):
        write_build(tmp_path, "new", ["a.txt", "b.txt", "new.txt"])
    assert files(tmp_path) == before
    assert io.verify_manifest(tmp_path).sound


def write_build(folder: Path, text: str, names: list[str]) -> None:
    with io.staged(folder) as new:
        for name in names:
            (new / name).write_text(f"{text} {name}")
        outputs = [
            {"file": name, "bytes": (new / name).stat().st_size, "sha256": io.sha256(new / name)} for name in names
        ]
        (new / "manifest.json").write_text(json.dumps({"outputs": outputs}))


def test_a_page_of_the_earlier_build_goes_unless_it_was_changed(tmp_path):
    write_build(tmp_path, "old", ["a.txt", "stale.txt", "edited.txt"])
    (tmp_path / "edited.txt").write_text("old by hand")
    (tmp_path / "mine.txt").write_text("mine")
    write_build(tmp_path, "new", ["a.txt"])
    assert set(files(tmp_path)) == {"a.txt", "edited.txt", "mine.txt", "manifest.json"}
    assert io.verify_manifest(tmp_path).unlisted == ("edited.txt", "mine.txt")


def test_a_manifest_that_names_files_outside_removes_nothing(tmp_path):
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    record = {"file": "../victim.txt", "bytes": 4, "sha256": io.sha256(victim)}
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "manifest.json").write_text(json.dumps({"outputs": [record]}))
    with pytest.raises(DataError, match="lists no outputs with file, bytes and sha256"):
        io.verify_manifest(tmp_path / "maps")
    write_build(tmp_path / "maps", "new", ["a.txt"])
    assert victim.read_text() == "mine"


def test_a_folder_is_held_against_its_manifest(tmp_path):
    write_build(tmp_path, "x", ["a.txt", "b.txt", "c.txt"])
    assert io.verify_manifest(tmp_path) == io.Verified(os.fspath(tmp_path), True, 3)
    (tmp_path / "a.txt").unlink()
    (tmp_path / "b.txt").write_text("y b.txt")  # of the same size
    found = io.verify_manifest(tmp_path)
    assert (found.missing, found.changed, found.sound) == (("a.txt",), ("b.txt",), False)
    assert found.fault.endswith("of 3 files 1 missing (a.txt), 1 changed (b.txt); build it again")


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"outputs": 1}', '{"outputs": [1]}', "no json", '{"outputs": [{"file": 1}]}']
)
def test_what_is_no_manifest_is_one_line(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(DataError) as caught:
        io.verify_manifest(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_manifest_that_was_emptied_or_says_another_state_is_not_complete(tmp_path):
    (tmp_path / "manifest.json").write_text('{"outputs": []}')
    with pytest.raises(DataError, match="lists no outputs"):
        io.verify_manifest(tmp_path)
    (tmp_path / "manifest.json").write_text('{"outputs": [], "state": "incomplete"}')
    assert io.verify_manifest(tmp_path).state == "incomplete"
    (tmp_path / "a").write_bytes(b"")
    record = {"file": "a", "bytes": 0, "sha256": hashlib.sha256(b"").hexdigest()}
    for state, sound in ((None, False), ("Incomplete", False), (["x"], False), ("complete", True)):
        (tmp_path / "manifest.json").write_text(json.dumps({"outputs": [record], "state": state}))
        assert io.verify_manifest(tmp_path).sound is sound


def test_check_holds_an_atlas_against_its_manifest(tmp_path, capsys):
    from nanyi_gis.cli import main

    write_build(tmp_path / "maps", "x", ["index.html", "b.html"])
    (tmp_path / "maps" / "mine.txt").write_text("mine")
    assert main(["check", str(tmp_path / "maps")]) == 0
    assert "atlas: yes, with notes: not of the build: mine.txt" in capsys.readouterr().out
    (tmp_path / "maps" / "b.html").unlink()
    assert main(["check", "--json", str(tmp_path / "maps")]) == 2
    told = capsys.readouterr()
    assert json.loads(told.out)[0]["validity"] == "changed; not of the build: mine.txt"
    assert told.err.count("\n") == 1
    assert "1 missing (b.html)" in told.err
    (tmp_path / "maps" / "manifest.json").write_text('{"state": "incomplete", "outputs": []}')
    assert main(["check", str(tmp_path / "maps")]) == 2
    assert "is incomplete: a build was not put in place to its end; build it again" in capsys.readouterr().err
