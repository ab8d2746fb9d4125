"""Disks that fill up at any byte: the whole result, or the old one and a line that says why."""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from .jobs import Job, finish, forked, jobs, load_everything, wait
from .table import Row
from .worker import changes, outcome, snapshot

PAGE = 4096
LEAST = 2000
"""Bytes of the smallest limit of files; the log of a trial must still fit."""


Trial = tuple[int, list[str]]
"""The exit status of a trial and what is wrong with it."""
Room = Callable[[Path, Callable[[], None]], Trial]
"""Does a trial in a folder; the second argument runs in the child first, and may take room away."""


def tmpfs_allowed() -> bool:
    """Tell whether a small file system can be mounted here, in a namespace of its own."""
    if shutil.which("unshare") is None:
        return False
    mount = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=64k none /mnt"]
    return subprocess.run(mount, capture_output=True, check=False).returncode == 0


def size_of(folder: Path) -> int:
    """Return the bytes that a folder takes on a disk of pages."""
    return sum(-(-path.stat().st_size // PAGE) * PAGE for path in folder.rglob("*") if path.is_file())


def largest(folder: Path) -> int:
    """Return the bytes of the largest file."""
    return max((path.stat().st_size for path in folder.rglob("*") if path.is_file()), default=0)


def command_trial(job: Job, out: Path, old: Path, new: Path, log: Path, before: Callable[[], None]) -> Trial:
    """Run a command where room is short; return its status and what is wrong."""
    had = snapshot(old)
    job.forget()
    status, text, _ = finish(job.arguments(out), log, before=before)
    now = snapshot(out)
    faults = outcome(status, text, had, now)
    if status == 0 and now != snapshot(new):
        faults.append(f"exit 0, but differs: {changes(snapshot(new), now)}")
    return status, faults


def on_tmpfs(size: int, mount: Path, fill: Path | None, work: Callable[[Path], Trial]) -> Trial:
    """Do ``work`` in a folder on a file system of ``size`` bytes that holds a copy of ``fill``."""
    mount.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(mount)], check=True)
    try:
        if fill is not None:
            shutil.copytree(fill, mount / "out")
        else:
            (mount / "out").mkdir()
        return work(mount / "out")
    finally:
        subprocess.run(["umount", str(mount)], check=True)


def limited(size: int) -> Callable[[], None]:
    """Return what forbids files above ``size`` bytes in the process that calls it."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def _sizes(low: int, high: int, count: int) -> Iterator[int]:
    """Yield sizes that are evenly spaced over the range, both ends included."""
    for number in range(count):
        yield low + (high - low) * number // max(count - 1, 1)


def sweep(name: str, new: Path, fill: Path | None, folder: Path, *, count: int, tmpfs: bool, trial: Room) -> Row:
    """Return the row of one command or writer: ``trial`` at ``count`` sizes, from next to nothing to enough.

    ``new`` is what it makes, ``fill`` what lies there before.
    """
    row = Row(f"{name} on a full disk" if tmpfs else f"{name}, files limited")
    began, refused = time.monotonic(), 0
    held = 0 if fill is None else size_of(fill)
    low, high = (held + PAGE, held + 5 * size_of(new) // 4 + 8 * PAGE) if tmpfs else (LEAST, largest(new) + LEAST)
    for size in _sizes(low, high, count):
        if tmpfs:
            status, faults = on_tmpfs(size, folder / "mount", fill, lambda out: trial(out, lambda: None))
        else:
            out = folder / "limited"
            shutil.rmtree(out, ignore_errors=True)
            shutil.copytree(fill, out) if fill is not None else out.mkdir()
            status, faults = trial(out, limited(size))
        refused += status != 0
        row.count([f"{text} <- {name}, {size} bytes" for text in faults])
    row.seconds = time.monotonic() - began
    row.note = f"{'tmpfs' if tmpfs else 'RLIMIT_FSIZE'}; {row.tried - refused} whole, {refused} refused"
    return row


def command_rows(given: dict[str, object], folder: Path) -> list[Row]:
    """Return the rows of one command."""
    job = jobs(folder)[str(given["job"])]
    load_everything()
    old, new = job.prepared(folder)

    def trial(out: Path, before: Callable[[], None]) -> Trial:
        return command_trial(job, out, old, new, folder / "log", before)

    ways = [True, False] if given["tmpfs"] else [False]
    count = int(str(given["sizes"]))
    return [sweep(job.name, new, old, folder, count=count, tmpfs=tmpfs, trial=trial) for tmpfs in ways]


Writer = Callable[[Path], object]


def writers() -> dict[str, Writer]:
    """Return every public writer with something to write."""
    import geopandas as gpd
    import numpy as np
    import rioxarray  # noqa: F401 (the accessor)
    import xarray as xr

    from nanyi_gis.io import write_csv, write_geojson, write_gpkg
    from nanyi_gis.raster import write_cog
    from nanyi_gis.study import write_template
    from nanyi_gis.webmap import Page

    rng = np.random.default_rng(0)
    values = rng.normal(900, 200, (300, 300)).astype(np.float32)
    y, x = np.arange(300)[::-1] * 90.0 + 3.1e6, np.arange(300) * 90.0 + 5.4e5
    array = xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x}).rio.write_crs(4544)
    names = {"name": [f"甲{n}" * 20 for n in range(400)]}
    frame = gpd.GeoDataFrame(
        names, geometry=gpd.points_from_xy(rng.uniform(105, 106, 400), rng.uniform(28, 29, 400)), crs=4326
    )

    def page(folder: Path) -> object:
        drawn = Page(title="a", lang="en", bounds=(105, 28, 106, 29))
        drawn.add_points("points", frame)
        return drawn.save(folder / "a.html")

    return {
        "write_cog": lambda folder: write_cog(array, folder / "a.tif"),
        "write_gpkg": lambda folder: write_gpkg({"a": frame, "b": frame.iloc[:9]}, folder / "a.gpkg"),
        "write_geojson": lambda folder: write_geojson(frame, folder / "a.geojson"),
        "write_csv": lambda folder: write_csv(frame.drop(columns="geometry"), folder / "a.csv"),
        "write_template": lambda folder: write_template(folder / "a"),
        "Page.save": page,
    }


def writer_trial(write: Writer, out: Path, new: dict[str, str], log: Path, before: Callable[[], None]) -> Trial:
    """Run a writer in a child where room is short; return its status and what is wrong."""
    had = snapshot(out)
    status = wait(_start_writer(write, out, log, before))
    text, now = log.read_text(encoding="utf-8", errors="backslashreplace"), snapshot(out)
    faults = outcome(status, text, had, now)
    if status == 0 and now != new:
        faults.append(f"no error, but differs: {changes(new, now)}")
    return status, faults


def _start_writer(write: Writer, out: Path, log: Path, before: Callable[[], None]) -> int:
    def written() -> None:
        from nanyi_gis.errors import NanyiError

        try:
            write(out)
        except NanyiError as error:
            os.write(2, f"nanyi-gis: {error}\n".encode())
            sys.exit(2)
        sys.exit(0)

    return forked(written, log, before=before)


def _writer_row(name: str, write: Writer, given: dict[str, object], folder: Path) -> Row:
    log, new = folder / "log", folder / f"{name}-new"
    new.mkdir(parents=True, exist_ok=True)
    status = wait(_start_writer(write, new, log, lambda: None))
    if status != 0:
        raise RuntimeError(f"{name} ended with {status}: {log.read_text(encoding='utf-8')[-1000:]}")
    wanted = snapshot(new)

    def trial(out: Path, before: Callable[[], None]) -> Trial:
        return writer_trial(write, out, wanted, log, before)

    return sweep(name, new, None, folder, count=int(str(given["sizes"])), tmpfs=bool(given["tmpfs"]), trial=trial)


def writer_rows(given: dict[str, object], folder: Path) -> list[Row]:
    """Return the rows of every writer."""
    load_everything()
    return [_writer_row(name, write, given, folder) for name, write in writers().items()]


def task(given: dict[str, object]) -> list[Row]:
    """Return the rows of one command, or of the writers."""
    folder = Path(str(given["folder"]))
    folder.mkdir(parents=True, exist_ok=True)
    return writer_rows(given, folder) if given["job"] == "writers" else command_rows(given, folder)


if __name__ == "__main__":
    print(json.dumps([vars(row) for row in task(json.loads(sys.argv[1]))]))
