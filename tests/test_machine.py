"""Machines that are not ours: no place for a cache, odd streams, signals."""

import contextlib
import errno
import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import click
import numpy as np
import pytest
import rasterio
from numba.core import caching
from rasterio.transform import from_origin

import nanyi_gis._interrupts as interrupts
import nanyi_gis._kernels as kernels
from nanyi_gis.cli import app, main
from nanyi_gis.cli._streams import any_streams
from nanyi_gis.io import staged

PROGRAM = [sys.executable, "-m", "nanyi_gis"]
POSIX = pytest.mark.skipif(os.name != "posix", reason="users, signals and descriptors of POSIX")


def environment(**changes):
    return {**os.environ, **changes}


class TestPrivateFolder:
    """Only a folder that nobody else can fill may hold pickles."""

    pytestmark = POSIX

    @pytest.fixture(autouse=True)
    def _fresh(self):
        kernels.private_folder.cache_clear()
        yield
        kernels.private_folder.cache_clear()

    @pytest.fixture
    def above(self, tmp_path, monkeypatch):
        folder = tmp_path / "tmp"
        folder.mkdir()
        folder.chmod(0o1777)
        monkeypatch.setenv("TMPDIR", str(folder))
        return folder

    def test_it_is_made_closed_to_others(self, above):
        folder = kernels.private_folder()
        assert folder.parent == above
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.stat().st_uid == os.getuid()

    @pytest.mark.parametrize("trap", ["open", "link", "file", "swappable"])
    def test_what_another_could_fill_is_passed_over(self, above, tmp_path, trap):
        own = above / f"nanyi-gis-{os.getuid()}"
        if trap == "open":
            own.mkdir()
            own.chmod(0o770)
        elif trap == "link":
            (tmp_path / "theirs").mkdir(mode=0o700)
            own.symlink_to(tmp_path / "theirs")
        elif trap == "file":
            own.write_text("")
        else:
            above.chmod(0o777)
        folder = kernels.private_folder()
        assert folder is None or folder.parent != above

    @pytest.mark.skipif(os.name == "posix" and os.getuid() != 0, reason="only root gives files away")
    def test_one_that_belongs_to_another_is_passed_over(self, above):
        own = above / f"nanyi-gis-{os.getuid()}"
        own.mkdir(mode=0o700)
        os.chown(own, 12345, 12345)
        folder = kernels.private_folder()
        assert folder is None or folder.parent != above


@pytest.fixture
def source(tmp_path):
    """Write a module with a kernel, and return a function that loads it anew and calls the kernel."""
    file = tmp_path / "thrice.py"
    file.write_text("from nanyi_gis._kernels import kernel\n\n@kernel(nogil=True)\ndef thrice(x):\n    return 3 * x\n")

    def load():
        spec = importlib.util.spec_from_file_location("thrice", file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.thrice

    return load


def cache_files(folder):
    return [path for path in folder.rglob("*") if path.suffix in {".nbi", ".nbc"}]


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("damage", ["empty", "half", "noise"])
def test_a_damaged_cache_is_made_anew(tmp_path, source, suffix, damage):
    assert source()(2) == 6
    hurt = [path for path in cache_files(tmp_path) if path.suffix == suffix]
    assert len(hurt) == 1
    whole = hurt[0].read_bytes()
    hurt[0].write_bytes({"empty": b"", "half": whole[: len(whole) // 2], "noise": b"\x93" * 999}[damage])
    assert source()(2) == 6
    again = source()
    assert again(2) == 6
    assert sum(again.stats.cache_hits.values()) == 1


def test_a_full_disk_costs_a_compilation_only(tmp_path, source, monkeypatch):
    @contextlib.contextmanager
    def full(self, path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        yield

    monkeypatch.setattr(caching.IndexDataCacheFile, "_open_for_write", full)
    assert source()(2) == 6
    assert cache_files(tmp_path) == []


@pytest.fixture
def nowhere(monkeypatch):
    """numba finds no place of its own, as in a container that is read-only and has no home."""
    monkeypatch.setattr(kernels._Places, "_locator_classes", [kernels._PrivateLocator])
    kernels.private_folder.cache_clear()
    kernels._tell.cache_clear()
    yield
    kernels.private_folder.cache_clear()
    kernels._tell.cache_clear()


@POSIX
def test_without_a_place_the_private_folder_is_taken_with_one_note(tmp_path, source, nowhere, monkeypatch):
    (tmp_path / "tmp").mkdir(mode=0o700)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert source()(2) == 6
        assert source()(3) == 9
    (note,) = (str(one.message) for one in told)
    assert f"compiled code is kept in {tmp_path / 'tmp'}/nanyi-gis-{os.getuid()}; set NUMBA_CACHE_DIR" in note
    assert {path.suffix for path in cache_files(tmp_path / "tmp")} == {".nbi", ".nbc"}


def test_without_any_place_each_run_compiles_with_one_note(source, nowhere, monkeypatch):
    monkeypatch.setattr(kernels._PrivateLocator, "from_function", lambda function, file: None)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert source()(2) == 6
        assert source()(3) == 9
    assert ["each run compiles anew" in str(one.message) for one in told] == [True]


@pytest.mark.slow
@POSIX
def test_a_read_only_package_without_a_home_works(tmp_path):
    """No folder but the temporary one and that of the results can be written."""
    dem = tmp_path / "dem.tif"
    profile = {"driver": "GTiff", "width": 40, "height": 40, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(dem, "w", **profile, transform=from_origin(105.4, 28.2, 0.002, 0.002)) as file:
        file.write(np.linspace(400, 1400, 1600, dtype=np.float32).reshape(40, 40), 1)
    refuse = (
        "import tempfile, errno, sys\n"
        "from pathlib import Path\n"
        "real = tempfile.TemporaryFile\n"
        "def only(*args, dir=None, **options):\n"
        "    if dir is not None and not str(dir).startswith(sys.argv[1]):\n"
        "        raise OSError(errno.EROFS, 'Read-only file system', str(dir))\n"
        "    return real(*args, dir=dir, **options)\n"
        "tempfile.TemporaryFile = only\n"
        "from nanyi_gis.io import embedded\n"
        "from nanyi_gis.cli import main\n"
        "sys.exit(main(['bands', sys.argv[1] + '/dem.tif', '--out', sys.argv[1] + '/out']))\n"
    )
    (tmp_path / "tmp").mkdir(mode=0o700)
    done = subprocess.run(
        [sys.executable, "-c", refuse, str(tmp_path)],
        env=environment(HOME="/nonexistent", TMPDIR=str(tmp_path / "tmp")),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if "NUMBA_CACHE_DIR" in line] == [
        line for line in done.stderr.splitlines() if line.startswith("note: neither")
    ]
    assert done.stderr.count("NUMBA_CACHE_DIR") == 1
    assert (tmp_path / "out" / "bands.tif").is_file()


@pytest.fixture
def saying(monkeypatch):
    """A command "say" that writes what it is told to, on both streams."""

    def say(text):
        click.echo(text)
        click.echo(text, err=True)

    command = click.Command("say", params=[click.Argument(["text"])], callback=say)
    monkeypatch.setattr(app, "get_command", lambda ctx, name: command)


class TestStreams:
    """Output that is redirected, closed, full, or in another encoding."""

    # 叙 is in GBK, ² is not; 𠮷 lies beyond 16 bits and takes two escapes, as JSON has them
    @pytest.mark.parametrize(
        ("encoding", "expected"),
        [
            ("gbk", "叙 km\\u00b2 \\ud842\\udfb7\n"),
            ("cp936", "叙 km\\u00b2 \\ud842\\udfb7\n"),
            ("gb18030", "叙 km² 𠮷\n"),
            ("utf-8", "叙 km² 𠮷\n"),
            ("cp1252", "\\u53d9 km² \\ud842\\udfb7\n"),
        ],
    )
    def test_what_an_encoding_lacks_is_escaped(self, saying, monkeypatch, encoding, expected):
        raw = io.BytesIO(), io.BytesIO()
        out, err = (io.TextIOWrapper(stream, encoding=encoding, newline="\n") for stream in raw)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        assert main(["say", "叙 km² 𠮷"]) == 0
        assert out.errors == "strict"
        assert [stream.getvalue().decode(encoding) for stream in raw] == [expected, expected]

    def test_an_escape_is_the_one_of_json(self):
        text = json.dumps({"单位": 'km² "\\ 𠮷\udcff'}, ensure_ascii=False)
        out = io.TextIOWrapper(io.BytesIO(), encoding="gbk")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            with any_streams():
                print(text, end="", flush=True)
        assert json.loads(out.buffer.getvalue().decode("gbk")) == json.loads(text)

    @pytest.mark.parametrize("name", ["stdout", "stderr"])
    def test_a_closed_stream_is_no_error(self, saying, monkeypatch, capsys, name):
        monkeypatch.setattr(sys, name, None)
        assert main(["say", "x"]) == 0
        assert getattr(sys, name) is None

    def test_an_error_stream_that_is_full_does_not_stop_the_work(self, saying, monkeypatch, capsys):
        class Full(io.StringIO):
            def write(self, text):
                raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(sys, "stderr", Full())
        assert main(["say", "x"]) == 0
        assert capsys.readouterr().out == "x\n"

    @POSIX
    @pytest.mark.parametrize(
        ("shell", "status"),
        [
            ("plan --format json > out", 0),
            ("plan <&- >&- 2>&-", 0),
            ("plan | head -n 1", 0),
            ("plan | true", 0),
            ("plan --help | true", 0),
            ("nothing 2>/dev/full", 2),
        ],
    )
    def test_from_a_shell_in_gbk(self, tmp_path, shell, status):
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {sys.executable} -m nanyi_gis {shell}"],
            env=environment(PYTHONIOENCODING="gbk", PYTHONPATH=str(Path(__file__).parent.parent)),
            capture_output=True,
            cwd=tmp_path,
        )
        assert (done.returncode, done.stderr) == (status, b"")
        if "json" in shell:
            assert len(json.loads((tmp_path / "out").read_text(encoding="gbk"))) == 237

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    def test_a_full_disk_under_the_output_is_one_line(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([*PROGRAM, "plan"], stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "No space left" in done.stderr

    def test_a_file_called_as_a_library_is_not_run(self, tmp_path):
        for name in ("json", "click", "numpy"):
            (tmp_path / f"{name}.py").write_text("raise SystemExit('run')")
        done = subprocess.run(
            [*PROGRAM, "plan", "--format", "json"],
            cwd=tmp_path,
            env=environment(PYTHONPATH=str(Path(__file__).parent.parent)),
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture
def waiting(monkeypatch):
    """A command "wait" that stages a file and then sends itself a signal, or does so once it stands."""

    def wait(number, when, folder):
        with staged(folder) as stage:
            (stage / "a.txt").write_text("a")
            if when == "before":
                os.kill(os.getpid(), number)
                time.sleep(5)
        os.kill(os.getpid(), number)
        time.sleep(5)

    parameters = [click.Argument(["number"], type=int), click.Argument(["when"]), click.Argument(["folder"])]
    command = click.Command("wait", params=parameters, callback=wait)
    monkeypatch.setattr(app, "get_command", lambda ctx, name: command)


SIGNALS = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]


@POSIX
class TestSignals:
    """A signal ends a command as Ctrl-C does."""

    @pytest.fixture(autouse=True)
    def _as_in_the_foreground(self):
        """Take signals as a program in the foreground does; one started in the background ignores some."""
        before = [signal.getsignal(one) for one in SIGNALS]
        for one in SIGNALS:
            signal.signal(one, signal.default_int_handler if one == signal.SIGINT else signal.SIG_DFL)
        yield
        for one, handler in zip(SIGNALS, before, strict=True):
            signal.signal(one, handler)

    @pytest.mark.parametrize("number", SIGNALS)
    def test_one_line_and_nothing_written(self, waiting, tmp_path, capsys, number):
        before = [signal.getsignal(one) for one in SIGNALS]
        assert main(["wait", str(int(number)), "before", str(tmp_path / "out")]) == 128 + number
        assert capsys.readouterr().err == "nanyi-gis: interrupted; nothing was written\n"
        assert list(tmp_path.iterdir()) == []
        assert [signal.getsignal(one) for one in SIGNALS] == before

    def test_what_was_written_is_not_denied(self, waiting, tmp_path, capsys):
        out = tmp_path / "out"
        assert main(["wait", str(int(signal.SIGTERM)), "after", str(out)]) == 143
        assert capsys.readouterr().err == f"nanyi-gis: interrupted, but what was written before in {out} stands\n"
        assert (out / "a.txt").read_text() == "a"

    def test_none_comes_between_two_renames(self, tmp_path):
        with pytest.raises(interrupts.Stopped), interrupts.ended_by_signals(), interrupts.settling(tmp_path):
            signal.raise_signal(signal.SIGTERM)
            (tmp_path / "second").write_text("")
        assert interrupts.standing() == [tmp_path]
        assert (tmp_path / "second").exists()

    def test_another_one_leaves_the_clean_up_alone(self):
        done = []
        with pytest.raises(interrupts.Stopped), interrupts.ended_by_signals():
            try:
                signal.raise_signal(signal.SIGINT)
            finally:
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGTERM)
                done.append(True)
        assert done

    def test_what_is_ignored_stays_so(self):
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            with interrupts.ended_by_signals():
                signal.raise_signal(signal.SIGHUP)
        finally:
            signal.signal(signal.SIGHUP, before)

    @pytest.mark.parametrize(
        "at", [(Path, "mkdir"), (tempfile, "mkdtemp"), (os, "open"), (os, "write")], ids=lambda at: at[1]
    )
    def test_a_signal_as_soon_as_something_is_made_leaves_nothing(self, tmp_path, monkeypatch, at):
        owner, name = at
        makes = getattr(owner, name)

        def then_a_signal(*arguments, **options):
            made = makes(*arguments, **options)
            signal.raise_signal(signal.SIGTERM)
            return made

        with pytest.raises(interrupts.Stopped), interrupts.ended_by_signals():
            monkeypatch.setattr(owner, name, then_a_signal)
            with staged(tmp_path / "new" / "out"):
                pytest.fail("the work went on")
        monkeypatch.undo()
        assert not list(tmp_path.iterdir())

    def test_in_another_thread_nothing_changes(self):
        before = signal.getsignal(signal.SIGTERM)
        found = []

        def work():
            with interrupts.ended_by_signals():
                found.append(signal.getsignal(signal.SIGTERM))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert found == [before]


@pytest.mark.slow
@POSIX
@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_a_run_that_is_ended_leaves_no_file_and_no_child(tmp_path, scheduler):
    command = [*PROGRAM, "suitability", "data/dem/demo_dem_90m.tif", "--crop", "plum,orange,kiwifruit", "--out"]
    with subprocess.Popen(
        [*command, str(tmp_path / "out"), "--scheduler", scheduler],
        cwd=Path(__file__).parent.parent,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    ) as run:
        while run.poll() is None and not any(path.is_dir() for path in tmp_path.glob("out/.nanyi-*")):
            time.sleep(0.02)
        run.send_signal(signal.SIGTERM)
        error = run.stderr.read()
    assert run.returncode == 143, error
    assert [line for line in error.splitlines() if not line.startswith("note: ")] == [
        "nanyi-gis: interrupted; nothing was written"
    ]
    assert not (tmp_path / "out").exists()
    with pytest.raises(ProcessLookupError):
        os.killpg(run.pid, 0)
