"""Fetches that are killed, starved and doubled: run as ``python fetch_killed.py KIND URL FOLDER [COUNT]``, prints JSON.

Runs are forks of this process, which has one thread only; the server is the caller's.
"""

import hashlib
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from nanyi_gis.errors import NanyiError
from nanyi_gis.sources import Patience, fetch
from nanyi_gis.sources.fetch.cache import Entry
from nanyi_gis.study import load_study

BOX = (105.52, 27.61, 106.37, 28.44)
STUDY = load_study()  # before the forks, which then need not
PATIENCE = Patience(connect_s=5, read_s=5, attempts=3, wait_s=0.05, lock_s=60)


def run(url: str, folder: Path, out: str = "out") -> None:
    os.environ["NANYI_GIS_CACHE"] = str(folder / "cache")
    fetch("dem", folder / out, source="copernicus", study=STUDY, bbox=BOX, base_url=url, patience=PATIENCE)


def forked(work: Callable[[], None], log: Path) -> int:
    """Do the work in a child and return its number; it ends with 2 and one line where we refuse."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except NanyiError as error:
            log.write_text(str(error))
            status = 2
        except BaseException as error:  # noqa: BLE001 (whatever it is, it is a fault)
            log.write_text(f"{type(error).__name__}: {error}")
        finally:
            os._exit(status)
    return child


def ended(child: int) -> int:
    _, status = os.waitpid(child, 0)
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def torn(folder: Path) -> list[str]:
    """Return the files in the cache that bear a name and are not as their record has them."""
    cache = folder / "cache"
    files = [path for path in cache.rglob("*") if path.is_file() and not path.name.startswith(".")]
    named = [path for path in files if path.suffix != ".json" and "layers" not in path.parts]
    return [path.name for path in named if not Entry(path).whole()]


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def shown(folder: Path) -> dict[str, str]:
    """Return the digests of what lies in a folder in the open."""
    return {name: digest for name, digest in digests(folder).items() if not name.startswith(".")}


def killed(url: str, folder: Path, count: int) -> list[dict[str, object]]:
    """Kill runs at moments spread over the usual time; then run again."""
    whole, log = folder / "whole", folder / "log"
    began = time.monotonic()
    first = ended(forked(lambda: run(url, whole), log))
    usual, wanted = time.monotonic() - began, digests(whole / "out")
    rows: list[dict[str, object]] = [{"usual": usual, "status": first, "files": sorted(wanted)}]
    for number in range(count):
        place = folder / str(number)
        child = forked(lambda: run(url, place), log)  # noqa: B023 (the child is a copy of this moment)
        time.sleep(usual * (number + 0.5) / count)
        os.kill(child, signal.SIGKILL)
        status = ended(child)
        seen = shown(place / "out")
        row: dict[str, object] = {"status": status, "torn": torn(place), "half": seen not in ({}, wanted)}
        row["again"] = ended(forked(lambda: run(url, place), log))  # noqa: B023
        row["same"] = digests(place / "out") == wanted
        row["torn after"] = torn(place)
        row["left"] = [path.name for path in (place / "cache").rglob(".*")]
        rows.append(row)
    return rows


def starved(url: str, folder: Path, count: int) -> list[dict[str, object]]:
    """Run with files limited to ever more bytes, each run going on from what the last one left."""
    log, rows = folder / "log", []
    ended(forked(lambda: run(url, folder / "whole"), log))
    wanted = digests(folder / "whole" / "out")
    largest = max(path.stat().st_size for path in (folder / "whole").rglob("*") if path.is_file())

    def limited(size: int) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        run(url, folder / "place")

    for number in range(count):
        log.unlink(missing_ok=True)
        size = 3000 + largest * number // count
        child = os.fork()
        if child == 0:
            status = 1
            said = ""
            try:
                limited(size)
                status = 0
            except NanyiError as error:
                status, said = 2, str(error)
            except BaseException as error:  # noqa: BLE001
                said = f"{type(error).__name__}: {error}"
            finally:
                os.write(2, said.encode()[:400] + b"\n")
                os._exit(status)
        status = ended(child)
        seen = shown(folder / "place" / "out") if (folder / "place" / "out").exists() else {}
        rows.append({"size": size, "status": status, "torn": torn(folder / "place"), "half": seen not in ({}, wanted)})
    last = ended(forked(lambda: run(url, folder / "place"), log))
    return [*rows, {"last": last, "same": digests(folder / "place" / "out") == wanted}]


def doubled(url: str, folder: Path, count: int) -> list[dict[str, object]]:
    """Start several at once: one cache, folders of their own, and then the same folder."""
    log = folder / "log"
    children = [forked(lambda n=n: run(url, folder, f"out{n}"), log) for n in range(count)]
    statuses = [ended(child) for child in children]
    found = [digests(folder / f"out{n}") for n in range(count)]
    children = [forked(lambda: run(url, folder, "same"), log) for _ in range(count)]
    same = [ended(child) for child in children]
    return [
        {"statuses": statuses, "equal": all(one == found[0] for one in found), "torn": torn(folder)},
        {"statuses": same, "equal": digests(folder / "same") == found[0], "torn": torn(folder)},
    ]


if __name__ == "__main__":
    what = {"killed": killed, "starved": starved, "doubled": doubled}[sys.argv[1]]
    print(json.dumps(what(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))))
