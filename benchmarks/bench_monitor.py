"""Time a report of the register: its own lines, and 20,000 made ones, from sheets as CSV to all files.

    python -m benchmarks monitor
    python benchmarks/bench_monitor.py --lines 5000

Made lines are copies of the register's cumulative ones under other ids; each has up to three year-end values, which may
fall, so that some rows are set aside. Seconds of the wall clock and of the processor, without imports; the load average
stands beside them, for on a busy machine the wall clock tells little.
"""

import argparse
import csv
import dataclasses
import datetime
import os
import random
import sys
import tempfile
import time
from pathlib import Path

HEADINGS = ["编号", "名称", "县", "截至日期", "完成值", "单位", "口径", "来源", "证据", "填报单位", "填报人", "备注"]


def sheet(path, lines):
    """Write up to three values a line."""
    pick = random.Random(1)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(HEADINGS)
        for line in lines:
            value = 0.0
            for year in (2021, 2022, 2023):
                if line.counted and line.nature == "累计" and pick.random() < 0.7:
                    value += pick.uniform(-0.02, 0.4) * line.low
                    row = [line.id, "", line.county, f"{year}-12-31", f"{max(0.0, value):.2f}", line.unit, line.nature]
                    out.writerow([*row, "年报", "政府文件", "", "", ""])


def made(lines, count):
    """Return that many lines like the given ones."""
    pick = random.Random(2)
    base = [line for line in lines if line.counted and line.whole and line.nature == "累计"]
    return tuple(dataclasses.replace(pick.choice(base), id=f"X-{number:05}") for number in range(count))


def measure(study, lines, title):
    """Print seconds of reading, judging and writing."""
    from nanyi_gis import monitor

    of_room = sys.modules["nanyi_gis.monitor.report"], sys.modules["nanyi_gis.monitor.reading"]
    for module in of_room:
        module.tracked = lambda _study: lines
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.csv"
        sheet(path, lines)
        wall, spent = time.perf_counter(), time.process_time()
        found = monitor.report(study, [path], as_of=datetime.date(2024, 6, 30), published=False)
        files = monitor.write_report(found, Path(folder) / "out", reads=[path])
        wall, spent = time.perf_counter() - wall, time.process_time() - spent
        size = sum(file.stat().st_size for file in files) / 1e6
    rows = len(found.reading.observations)
    aside = found.reading.rows_set_aside
    print(f"| {title} | {rows:,} | {aside:,} | {wall:.2f} | {spent:.2f} | {size:.1f} | {os.getloadavg()[0]:.1f} |")


def main(argv=()):
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=20_000)
    given = parser.parse_args(list(argv))

    from nanyi_gis.monitor import tracked
    from nanyi_gis.study import load_study

    study = load_study()
    lines = tracked(study)
    print(
        "| register | observations | set aside | s | processor s | MB written | load |\n|---|---|---|---|---|---|---|"
    )
    measure(study, lines, f"the South Wing's {len(lines)} lines")
    measure(study, lines, "the same again")
    measure(study, made(lines, given.lines), f"{given.lines:,} made lines")


if __name__ == "__main__":
    main(sys.argv[1:])
