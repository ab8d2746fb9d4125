"""Tasks of a part as processes of their own, a few at a time."""

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .table import Row


def run(
    module: str, tasks: Sequence[dict[str, Any]], folder: Path, *, workers: int, within: Sequence[str] = ()
) -> list[Row]:
    """Run ``python -m module TASK`` for each task, ``within`` a command if given; return all their rows."""

    def one(numbered: tuple[int, dict[str, Any]]) -> list[Row]:
        number, task = numbered
        place = folder / str(number)
        place.mkdir(parents=True, exist_ok=True)
        given = json.dumps({**task, "folder": str(place)})
        done = subprocess.run(
            [*within, sys.executable, "-m", module, given],
            capture_output=True,
            text=True,
            check=False,
            encoding="utf-8",
        )
        lines = done.stdout.strip().splitlines()
        if done.returncode != 0 or not lines:
            row = Row(f"{module.rpartition('.')[2]} {task.get('job', '')}".strip())
            row.count([f"the task itself failed ({done.returncode}): {' '.join(done.stderr[-600:].split())}"])
            return [row]
        return [Row(**fields) for fields in json.loads(lines[-1])]

    with ThreadPoolExecutor(workers) as pool:
        return [row for rows in pool.map(one, enumerate(tasks)) for row in rows]
