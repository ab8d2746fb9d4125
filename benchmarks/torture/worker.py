"""One worker: reads numbers of mutants from its input, says before each that it starts, and after each what came."""

import hashlib
import json
import os
import resource
import shutil
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

from nanyi_gis.cli import main as command_line
from nanyi_gis.cli._libraries import tame_libraries
from nanyi_gis.errors import NanyiError
from nanyi_gis.inspection.report import FileReport
from nanyi_gis.study import load_study

from . import seeds as sound_files
from .mutants import SECRET, Mutant, mutant
from .readers import command, readers, texts

MOST_MEMORY = 4 << 30
"""Bytes that a worker may take beside what its libraries take."""
LONGEST = 500
"""Characters of a message."""


class Bench:
    """Seeds, scratch folder and captured streams of a worker."""

    def __init__(self, folder: Path, *, seed: int, port: int, commands: int) -> None:
        self.seed, self.port, self.commands = seed, port, commands
        self.seeds, study = sound_files.make(folder / "sound")
        self.scratch = folder / "scratch"
        self.scratch.mkdir(parents=True, exist_ok=True)
        (self.scratch / "secret.csv").write_text("x,y,name\n" + f"105.4,28.1,{SECRET}\n" * 20, encoding="utf-8")
        self.study = load_study(study=study)
        self.sound = {"study": study, "dem": study / "dem.tif"}
        self.sound |= {kind: folder / "sound" / "layers" / f"{kind}.gpkg" for kind in ("points", "lines")}
        self.log = open(folder / "streams", "w+b")  # noqa: SIM115 (both streams go there until the worker ends)

    def capture(self) -> None:
        """Send standard output and error of Python and of the libraries to the log."""
        os.dup2(self.log.fileno(), 1)
        os.dup2(self.log.fileno(), 2)

    def said(self) -> str:
        """Return what was written since the last call."""
        sys.stdout.flush()
        sys.stderr.flush()
        self.log.seek(0)
        text = self.log.read().decode("utf-8", errors="backslashreplace")
        self.log.seek(0)
        self.log.truncate()
        return text

    def run(self, number: int) -> dict[str, Any]:
        """Return the verdict on a mutant: what each reader made of it, and the faults."""
        found = mutant(number, self.seeds, seed=self.seed)
        folder = self.scratch / str(number)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        path = found.write(folder, port=self.port)
        before, began, faults, accepted = snapshot(folder), time.monotonic(), [], 0
        self.said()
        for name, read in readers(found.seed.kind, seldom=number % 50 < 2):
            taken, fault = self._read(read, path, found)
            accepted += taken and name != "check"  # which reports on whatever there is
            faults += [f"{name}: {text}" for text in fault]
        if self.commands and number % self.commands == 0:
            faults += [f"command: {text}" for text in self._command(found, path, number)]
        after = snapshot(folder)
        if after != before:
            faults.append(f"files left or changed beside the input: {changes(before, after)}")
        shutil.rmtree(folder, ignore_errors=True)
        return {
            "mutant": str(found),
            "kind": found.seed.kind,
            "accepted": accepted > 0,
            "faults": faults,
            "seconds": time.monotonic() - began,
        }

    def _read(self, read: Any, path: Path, found: Mutant) -> tuple[bool, list[str]]:
        """Return whether a reader took the file, and what it did wrong."""
        faults = []
        taken = False
        try:
            with tame_libraries():
                result = read(path, self.study)
            taken = True
            if SECRET in texts(result):
                faults.append("LEAK: returned a file that it was not given")
            if isinstance(result, list):
                faults += [text for report in result if isinstance(report, FileReport) for text in _unexpected(report)]
        except NanyiError as error:
            faults += wording(str(error), found, path)
        except MemoryError:
            faults.append("MEMORY: MemoryError")
        except Exception as error:  # noqa: BLE001 (a fault, whatever it is)
            faults.append(f"ESCAPED: {_origin(error)}")
        raw = [line for line in self.said().splitlines() if line.strip() and not line.startswith("note: ")]
        if raw:
            faults.append(f"RAW OUTPUT: {raw[0][:200]}")
        return taken, faults

    def _command(self, found: Mutant, path: Path, number: int) -> list[str]:
        """Return what a whole command did wrong with the file."""
        out = self.scratch / f"{number}-out"
        shutil.rmtree(out, ignore_errors=True)
        old = number // max(self.commands, 1) % 2 == 0
        if old:
            out.mkdir()
            (out / "mine.txt").write_text("mine", encoding="utf-8")
        before = snapshot(out)
        arguments = command(found.seed.kind, path, out, sound=self.sound, turn=number // max(self.commands, 1))
        status = command_line(arguments)
        text, after = self.said(), snapshot(out)
        faults = outcome(status, text, before, after)
        if status == 0 and "check" not in arguments[0] and "plan" not in arguments[0] and len(after) == len(before):
            faults.append("exit 0, but nothing was written")
        shutil.rmtree(out, ignore_errors=True)
        return [f"{fault} <- {' '.join(Path(word).name for word in arguments)}" for fault in faults]


def outcome(status: int, text: str, before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Return what is wrong with the end of a command: its status, its words, and what lies in its folder."""
    faults = []
    lines = [line for line in text.splitlines() if line.strip()]
    if status not in {0, 2}:
        faults.append(f"exit status {status}")
    if "Traceback (most recent call last)" in text:
        faults.append("TRACEBACK")
    own = [line for line in lines if line.startswith("nanyi-gis: ")]
    if status == 2 and len(own) != 1:
        faults.append(f"{len(own)} lines of refusal")
    if status == 2 and "unexpected" in " ".join(own):
        faults.append(f"ESCAPED: {' '.join(own)[:300]}")
    if any(len(line) > LONGEST + 200 for line in own):
        faults.append(f"a line of {max(map(len, own))} characters")
    if status != 0 and after != before:
        faults.append(f"refused, but changed: {changes(before, after)}")
    if [name for name in after if Path(name).name.startswith(".nanyi")]:
        faults.append("a staging folder was left")
    return faults


def wording(text: str, found: Mutant, path: Path) -> list[str]:
    """Return what is wrong with the words of a refusal."""
    faults = []
    if "\n" in text or "\r" in text:
        faults.append(f"WORDS: more than one line: {text[:160]!r}")
    if len(text) > LONGEST + len(str(path)):
        faults.append(f"WORDS: {len(text)} characters: {text[:120]!r}...")
    names = {path.name, *(Path(name).name for name in found.files)}
    if not any(name in text for name in names):
        faults.append(f"WORDS: names no file: {text[:160]!r}")
    return faults


def snapshot(folder: Path) -> dict[str, str]:
    """Return the hash of each file below a folder by its name; folders have none."""
    if not folder.exists():
        return {}
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in sorted(folder.rglob("*"))
    }


def changes(before: dict[str, str], after: dict[str, str]) -> str:
    """Return in words how two snapshots differ."""
    return ", ".join(name for name in sorted({*before, *after}) if before.get(name) != after.get(name))[:200]


def _unexpected(report: FileReport) -> list[str]:
    return [f"ESCAPED in check: {use.verdict[:200]}" for use in report.uses if "unexpected " in use.verdict]


def _origin(error: BaseException) -> str:
    """Return an error with the place of ours that let it through."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "nanyi_gis" in f.filename]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} at {place}: {' '.join(str(error).split())[:200]}"


def main() -> None:
    """Work until the input ends."""
    folder, seed, port, commands = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    warnings.simplefilter("default")
    bench = Bench(folder, seed=seed, port=port, commands=commands)
    bench.capture()
    size = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (size + MOST_MEMORY,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print("ready", file=channel, flush=True)
    for line in sys.stdin:
        print(f"start {line.strip()}", file=channel, flush=True)
        print(f"done {json.dumps(bench.run(int(line)))}", file=channel, flush=True)


if __name__ == "__main__":
    main()
