"""Commands that are killed or asked to stop at any moment: the result before or the result after, never half of one."""

import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

from .jobs import Job, finish, jobs, lay_out, load_everything, start, visible, wait
from .serve import serving
from .table import Row
from .worker import changes, snapshot

TWICE = ("fetch", "fetch-web", "build")
SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP")


def trial(
    job: Job, folder: Path, old: Path, new: Path, *, number: int, sent: signal.Signals, usual: float
) -> tuple[int, list[str]]:
    """Send a signal at a moment of the run; return the status, and what is wrong then and after another run."""
    out, log = folder / f"{job.name}-out", folder / f"{job.name}-log"
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(old, out)
    rng = random.Random(f"{job.name}:{sent}:{number}")
    moment = usual * (rng.random() if number % 2 else rng.uniform(0.7, 1.0))  # results are written near the end
    job.forget()
    child = start(job.arguments(out), log)
    time.sleep(moment)
    os.kill(child, sent)
    status = wait(child)
    faults = _state(job, out, old, new, log)
    text = log.read_text(encoding="utf-8", errors="backslashreplace")
    if sent != signal.SIGKILL:
        if left := [path.name for path in out.glob(".nanyi-*")]:
            faults.append(f"staging left: {left[0][:8]}")
        if status not in {0, 130, 128 + sent}:
            faults.append(f"exit status {status}")
        if "Traceback" in text:
            faults.append("TRACEBACK")
    again, words, _ = finish(job.arguments(out), log)
    if again != 0:
        faults.append(f"the next run ended with {again}: {words[-200:]!r}")
    elif snapshot(out) != snapshot(new):
        faults.append(f"the next run differs: {changes(snapshot(new), snapshot(out))}")
    where = f"{job.name} {sent.name} #{number} at {moment:.2f} s of {usual:.2f}"
    return status, [f"{text} <- {where}" for text in faults]


def _state(job: Job, out: Path, old: Path, new: Path, log: Path) -> list[str]:
    """Return what is wrong with the folder as it was left."""
    lies, before, after = visible(out), visible(old), visible(new)
    if lies in (before, after):
        return []
    if all(lies.get(name) in {before.get(name), after.get(name)} for name in {*lies, *before, *after}):
        if job.name == "build":
            status, _, _ = finish(["check", str(out)], log.with_suffix(".check"))
            return [] if status == 2 else ["TORN: files old and new, and check does not say so"]
        told = any(out.glob(".nanyi-*/placing"))  # stands while names change; the next run goes on from there
        return [] if told else [f"TORN: files old and new, and nothing says so: {changes(before, lies)}"]
    return [f"HALF: {', '.join(n for n in lies if lies[n] not in {before.get(n), after.get(n)})[:200]}"]


def together(job: Job, folder: Path, old: Path, new: Path) -> list[str]:
    """Run a command twice at once into one folder; return what is wrong with the ends, and after another run."""
    out = folder / f"{job.name}-both"
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(old, out)
    job.forget()
    logs = [folder / f"{job.name}-log{number}" for number in range(2)]
    ends = [wait(child) for child in [start(job.arguments(out), log) for log in logs]]
    faults = [] if ends.count(0) and {*ends} <= {0, 2} else [f"ends {ends}"]
    for end, log in zip(ends, logs, strict=True):
        text = log.read_text(encoding="utf-8", errors="backslashreplace")
        if "Traceback" in text or (end == 2 and "another run is writing there" not in text):
            faults.append(f"said {text[-200:]!r}")
    if visible(out) != visible(new):
        faults.append(f"the result differs: {changes(snapshot(new), snapshot(out))}")
    again, words, _ = finish(job.arguments(out), logs[0])
    if again != 0 or snapshot(out) != snapshot(new):
        faults.append(f"the next run ended with {again}, {changes(snapshot(new), snapshot(out))} {words[-200:]!r}")
    return [f"{text} <- {job.name}, two at once" for text in faults]


def task(given: dict[str, object]) -> list[Row]:
    """Return the rows of one command."""
    folder = Path(str(given["folder"]))
    with serving(lay_out(folder)) as service:
        return _rows(folder, given, service)


def _rows(folder: Path, given: dict[str, object], service: str) -> list[Row]:
    count = int(str(given["kills"]))
    job = jobs(folder, service=service)[str(given["job"])]
    load_everything()
    old, new = job.prepared(folder)
    usual = _usual(job, folder, new)
    rows = []
    for what, signals in (("killed", ["SIGKILL"]), ("asked to stop", SIGNALS)):
        row = Row(f"{job.name} {what}")
        began, early = time.monotonic(), 0
        for number in range(count):
            sent = signal.Signals[signals[number % len(signals)]]
            status, faults = trial(job, folder, old, new, number=number, sent=sent, usual=usual)
            early += status != 0
            row.count(faults)
        row.seconds = time.monotonic() - began
        row.note = f"{', '.join(signals)} within {usual:.1f} s; {early} before the end"
        rows.append(row)
    if job.name in TWICE:
        row = Row(f"{job.name}, two at once")
        began = time.monotonic()
        for _ in range(max(count // 4, 1)):
            row.count(together(job, folder, old, new))
        row.seconds = time.monotonic() - began
        rows.append(row)
    return rows


def _usual(job: Job, folder: Path, new: Path) -> float:
    """Return the seconds of an undisturbed run, and see that it makes the same bytes again."""
    out = folder / f"{job.name}-again"
    shutil.copytree(new, out, dirs_exist_ok=True)
    job.forget()
    status, text, seconds = finish(job.arguments(out), folder / "log")
    if status != 0 or snapshot(out) != snapshot(new):
        raise RuntimeError(
            f"{job.name} is not the same twice ({status}): {changes(snapshot(new), snapshot(out))} {text}"
        )
    return seconds


if __name__ == "__main__":
    print(json.dumps([vars(row) for row in task(json.loads(sys.argv[1]))]))
