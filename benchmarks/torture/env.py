"""Machines that are not ours: other locales, clocks, masks and threads give the same bytes; odd ones one line."""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nanyi_gis

from .jobs import Job, jobs
from .table import Row
from .worker import snapshot

OTHERS: dict[str, dict[str, str]] = {
    "usual": {},
    "C locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "GBK streams, Nepal's time": {"LC_ALL": "zh_CN.GBK", "PYTHONIOENCODING": "gbk", "TZ": "Asia/Kathmandu"},
    "umask 077, hash seed 4242": {"PYTHONHASHSEED": "4242", "TORTURE_UMASK": "077"},
    "umask 000, hash seed 0, Samoa's time": {"PYTHONHASHSEED": "0", "TORTURE_UMASK": "000", "TZ": "Pacific/Apia"},
    "one thread": {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "GDAL_NUM_THREADS": "1"},
    "four threads": {"NUMBA_NUM_THREADS": "4", "OMP_NUM_THREADS": "4", "GDAL_NUM_THREADS": "4"},
}


def run(
    arguments: list[str], *, changed: dict[str, str] | None = None, shell: str = "", files: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a Python of its own, in a changed environment; ``shell`` stands behind it, e.g. ``>&-``."""
    given = {**os.environ, **(changed or {})}
    given = {name: value for name, value in given.items() if value != "-"}

    def before() -> None:
        if "TORTURE_UMASK" in given:
            os.umask(int(given["TORTURE_UMASK"], 8))
        if files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    line = [sys.executable, "-m", "nanyi_gis", *arguments]
    if shell:
        line = ["sh", "-c", f'"$@" {shell}', "sh", *line]
    return subprocess.run(
        line, env=given, capture_output=True, check=False, text=True, errors="backslashreplace", encoding="utf-8",
        preexec_fn=before, timeout=300,
    )  # fmt: skip


def same_bytes(job: Job, folder: Path) -> Row:
    """Run a command on each of the other machines; count the files that are equal."""
    row = Row(f"{job.name} on other machines, files", note=f"{len(OTHERS)} machines")
    began = time.monotonic()
    wanted: dict[str, str] = {}
    for name, changed in OTHERS.items():
        out = folder / "out"  # the same name each time, for it may stand in what is written
        shutil.rmtree(out, ignore_errors=True)
        done = run(job.arguments(out), changed=changed)
        made = {file: content for file, content in snapshot(out).items() if content}
        wanted = wanted or made
        if done.returncode != 0 or not made:
            row.count([f"status {done.returncode}: {done.stderr[-200:]!r} <- {job.name}, {name}"])
            continue
        for file in sorted({*wanted, *made}):
            equal = wanted.get(file) == made.get(file)
            row.count([] if equal else [f"{file} differs <- {job.name}, {name}"])
    row.seconds = time.monotonic() - began
    return row


def _verdict(done: subprocess.CompletedProcess[str], *, well: bool) -> list[str]:
    """Return what is wrong with the end of a command on an odd machine; ``well`` if it must succeed."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("nanyi-gis: ")]
    faults = []
    if "Traceback" in done.stderr or "Exception ignored" in done.stderr:
        faults.append(f"TRACEBACK: {done.stderr.strip().splitlines()[-1][:200]}")
    if done.returncode not in ({0} if well else {0, 2}):
        faults.append(f"status {done.returncode}: {' '.join(done.stderr[-200:].split())}")
    if done.returncode == 2 and len(lines) != 1:
        faults.append(f"{len(lines)} lines of refusal")
    if any("unexpected" in line for line in lines):
        faults.append(f"ESCAPED: {lines[0][:200]}")
    return faults


def odd_machines(folder: Path) -> list[Row]:
    """Return a row for each odd machine."""
    known = jobs(folder)
    arguments = {name: job.arguments(folder / "odd" / name) for name, job in known.items()}
    some = [arguments["bands"], arguments["suitability"], arguments["travel-time"], arguments["network"]]
    printing = [["plan"], ["sources"], arguments["check"], ["--help"]]
    gbk = {"PYTHONIOENCODING": "gbk", "PYTHONUTF8": "0"}
    rows = [
        _row("output in GBK", printing, lambda a: run(a, changed=gbk), well=True),
        _row("output in ASCII", printing, lambda a: run(a, changed={"PYTHONIOENCODING": "ascii"}), well=True),
        _row("closed output", [*printing, some[0]], lambda a: run(a, shell=">&-"), well=False),
        _row("closed output and errors", [*printing, some[0]], lambda a: run(a, shell=">&- 2>&-"), well=False),
        _row("full output", [*printing, some[0]], lambda a: run(a, shell=">/dev/full"), well=False),
        _row("a reader that goes", printing, lambda a: run(a, shell="| head -c 10"), well=True),
        _row("24 open files", [*some, arguments["build"]], lambda a: run(a, files=24), well=False),
    ]
    chinese = folder / "目录 !;a" / "结果"
    paths = [known[name].arguments(chinese / name) for name in ("bands", "suitability", "travel-time", "network")]
    rows.append(_row("paths with signs", paths, run, well=True))
    rows.append(_read_only(some))
    return rows


def _row(
    what: str, trials: list[list[str]], go: Callable[[list[str]], subprocess.CompletedProcess[str]], *, well: bool
) -> Row:
    row = Row(what)
    began = time.monotonic()
    for arguments in trials:
        try:
            faults = _verdict(go(arguments), well=well)
        except subprocess.TimeoutExpired:
            faults = ["HANG: more than 300 s"]
        row.count([f"{text} <- {arguments[0]}" for text in faults])
    row.seconds = time.monotonic() - began
    return row


def _read_only(trials: list[list[str]]) -> Row:
    """Run commands where the package cannot be written and there is no home: containers and services."""
    package = str(Path(nanyi_gis.__file__).parent)
    inner = f'mount --bind "{package}" "{package}" && mount -o remount,bind,ro "{package}" && exec "$@"'
    within = ["unshare", "-rm", "sh", "-c", inner, "sh"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*within, "true"], capture_output=True, check=False).returncode
    ):
        return Row("read-only package, no home", note="not tried: no mount is allowed here")
    given = {name: value for name, value in os.environ.items() if name not in {"NUMBA_CACHE_DIR", "XDG_CACHE_HOME"}}
    given |= {"HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}

    def go(arguments: list[str]) -> subprocess.CompletedProcess[str]:
        line = [*within, sys.executable, "-m", "nanyi_gis", *arguments]
        return subprocess.run(
            line, env=given, capture_output=True, text=True, encoding="utf-8", check=False, timeout=300
        )

    return _row("read-only package, no home", trials, go, well=True)


def task(given: dict[str, object]) -> list[Row]:
    """Return the rows of one command, or of the odd machines."""
    folder = Path(str(given["folder"]))
    if given["job"] == "odd":
        return odd_machines(folder)
    return [same_bytes(jobs(folder)[str(given["job"])], folder)]


if __name__ == "__main__":
    print(json.dumps([vars(row) for row in task(json.loads(sys.argv[1]))]))
