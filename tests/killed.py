"""Runs killed at each rename: run as ``python killed.py FOLDER``, prints what was found after each kill.

Runs are forks of this process, which has one thread only.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from nanyi_gis import io


def write(folder: Path, text: str, names: list[str], *, manifest: bool) -> None:
    with io.staged(folder) as stage:
        for name in names:
            (stage / name).parent.mkdir(exist_ok=True)
            io.write_text(stage / name, f"{text} {name}")
        if manifest:
            records = [
                {"file": name, "bytes": (stage / name).stat().st_size, "sha256": io.sha256(stage / name)}
                for name in names
            ]
            io.write_text(stage / "manifest.json", json.dumps({"build": text, "outputs": records}))


def killed_at(step: int, work: Callable[[], None]) -> bool:
    """Do the work in a child that is killed before its rename of that number; return whether it was."""
    child = os.fork()
    if child == 0:
        done = 0
        rename = Path.replace

        def counted(self: Path, target: Path) -> Path:
            nonlocal done
            if done == step:
                os.kill(os.getpid(), signal.SIGKILL)
            done += 1
            return rename(self, target)

        Path.replace = counted  # type: ignore[method-assign]
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def shown(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")
    }


def trial(folder: Path, step: int, *, manifest: bool) -> dict[str, object] | None:
    write(folder, "old", ["a.txt", "b.txt", "data/c.txt", "stale.txt"], manifest=manifest)
    names = ["a.txt", "b.txt", "data/c.txt", "new.txt"]
    if not killed_at(step, lambda: write(folder, "new", names, manifest=manifest)):
        return None
    found: dict[str, object] = {"killed": shown(folder)}
    if manifest:
        verified = io.verify_manifest(folder)
        found |= {"complete": verified.complete, "sound": verified.sound}
    with io.staged(folder) as stage:
        io.write_text(stage / "later.txt", "later")
    found["later"] = shown(folder)
    found["hidden"] = [path.name for path in folder.iterdir() if path.name.startswith(".")]
    if manifest:
        found["sound later"] = io.verify_manifest(folder).sound
    return found


if __name__ == "__main__":
    rows: dict[str, list[object]] = {"with manifest": [], "without": []}
    for kind, several in rows.items():
        for step in range(20):
            row = trial(Path(sys.argv[1]) / f"{kind}{step}", step, manifest=kind == "with manifest")
            if row is None:
                break
            several.append(row)
    print(json.dumps(rows))
