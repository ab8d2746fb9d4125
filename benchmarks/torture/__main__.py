"""Run the parts named, print the table and write it where asked; exit with 1 if there are faults."""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ..__main__ import machine
from . import disk, fuzz, parallel
from .table import Row, report

COMMANDS = ("build", "suitability", "access", "bands", "travel-time", "network", "init", "fetch", "fetch-web", "check")
Part = Callable[[argparse.Namespace, Path], list[Row]]


def _fuzz(given: argparse.Namespace, folder: Path) -> list[Row]:
    numbers = range(given.first, given.first + given.mutants)
    return fuzz.run(numbers, folder, seed=given.seed, workers=given.workers, limit=given.limit)


def _kill(given: argparse.Namespace, folder: Path) -> list[Row]:
    tasks = [{"job": name, "kills": given.kills} for name in given.commands]
    return parallel.run("benchmarks.torture.kill", tasks, folder, workers=given.workers)


def _disk(given: argparse.Namespace, folder: Path) -> list[Row]:
    allowed = given.mounts and disk.tmpfs_allowed()
    tasks = [{"job": name, "sizes": given.sizes, "tmpfs": allowed} for name in given.commands if name != "check"]
    tasks.append({"job": "writers", "sizes": 2 * given.sizes, "tmpfs": allowed})
    tasks += [{"job": "writers", "sizes": given.sizes, "tmpfs": False}] if allowed else []
    within = ["unshare", "-rm"] if allowed else []
    rows = parallel.run("benchmarks.torture.disk", tasks, folder, workers=given.workers, within=within)
    return rows if allowed else [*rows, Row("full disks", note="not tried: no mounts")]


def _env(given: argparse.Namespace, folder: Path) -> list[Row]:
    tasks = [{"job": "odd"}, *({"job": name} for name in given.commands if name != "check")]
    return parallel.run("benchmarks.torture.env", tasks, folder, workers=given.workers)


def _pages(given: argparse.Namespace, folder: Path) -> list[Row]:
    return parallel.run("benchmarks.torture.pages", [{}], folder, workers=given.workers)


def _terrain(given: argparse.Namespace, folder: Path) -> list[Row]:
    return parallel.run("benchmarks.torture.terrain", [{}], folder, workers=given.workers)


PARTS: dict[str, Part] = {
    "fuzz": _fuzz,
    "kill": _kill,
    "disk": _disk,
    "env": _env,
    "pages": _pages,
    "terrain": _terrain,
}


def _told(given: argparse.Namespace) -> str:
    """Return the command without the places on this machine."""
    shown = ("only", "mutants", "first", "kills", "sizes", "seed", "workers")
    return f"python -m benchmarks.torture {' '.join(f'--{name} {getattr(given, name)}' for name in shown)}"


def main() -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture", description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help=f"Parts with commas between: {', '.join(PARTS)}.")
    parser.add_argument("--mutants", type=int, default=10_000, help="Broken files.")
    parser.add_argument("--first", type=int, default=0, help="Number of the first one.")
    parser.add_argument("--limit", type=float, default=fuzz.LIMIT_S, help="Seconds that a broken file may take.")
    parser.add_argument("--kills", type=int, default=20, help="Kills of each command, and as many other signals.")
    parser.add_argument("--sizes", type=int, default=20, help="Sizes of a disk for each command.")
    parser.add_argument("--no-mounts", dest="mounts", action="store_false", help="Fill no disks, limit files alone.")
    parser.add_argument("--commands", default=",".join(COMMANDS), help="Commands to kill and to starve.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="Markdown file for the table.")
    parser.add_argument("--work", type=Path, help="Folder to work in; a temporary one if not given.")
    given = parser.parse_args()
    given.commands = [name.strip() for name in given.commands.split(",") if name.strip()]
    parts = [name.strip() for name in given.only.split(",") if name.strip()]
    unknown = sorted({*parts} - {*PARTS})
    if unknown:
        parser.error(f"no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    folder = Path(given.work or tempfile.mkdtemp(prefix="torture-")).resolve()
    rows: list[Row] = []
    try:
        for name in parts:
            began = time.monotonic()
            rows += PARTS[name](given, folder / name)
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
            text = report(rows, machine=machine(), arguments=_told(given)).replace(str(folder), "")
            if given.out:  # after each part, so that a long run that is broken off still says what it found
                given.out.write_text(text, encoding="utf-8")
    finally:
        if given.work is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(text)
    return 1 if any(row.failed for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
