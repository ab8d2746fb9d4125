"""Thousands of broken files through the readers of the commands, in workers that may die without harm."""

import json
import os
import queue
import re
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .table import Row

LIMIT_S = 30.0
"""Seconds of a processor that a mutant may take in all its readers together; five times as many by the clock."""
START_S = 120.0
COMMAND_EVERY = 33


class _Canary(ThreadingHTTPServer):
    """A server that notes who asks: the last number in the path of each request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: _Canary

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_error(404)

    do_HEAD = do_POST = do_GET  # noqa: N815 (the names of the library)

    def log_message(self, *_: Any) -> None:
        pass


class _Worker:
    """A worker process and how far it is."""

    def __init__(self, folder: Path, *, seed: int, port: int, commands: int) -> None:
        arguments = [
            sys.executable,
            "-m",
            "benchmarks.torture.worker",
            str(folder),
            str(seed),
            str(port),
            str(commands),
        ]
        folder.mkdir(parents=True, exist_ok=True)
        self.errors = folder / "worker-errors"
        with open(self.errors, "w", encoding="utf-8") as errors:
            self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        self.rest = b""
        ready = self.answer(START_S)
        if ready != "ready":
            raise RuntimeError(f"a worker did not start: {self.errors.read_text(encoding='utf-8')[-2000:]}")

    def ask(self, number: int, limit: float) -> dict[str, Any]:
        """Return the verdict on a mutant; a fault if the worker dies or takes too long over it."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{number}\n".encode())
        self.process.stdin.flush()
        line = self.answer(limit)
        if line is not None and line.startswith("start"):
            line = self.answer(limit)
        if line is None:
            alive = self.process.poll() is None
            self.end()
            code = self.process.returncode
            text = f"HANG: more than {limit:.0f} s" if alive else f"CRASH: the process died with status {code}"
            return {"mutant": f"#{number}", "kind": "", "accepted": False, "faults": [text], "seconds": limit}
        verdict: dict[str, Any] = json.loads(line.removeprefix("done "))
        return verdict

    def answer(self, limit: float) -> str | None:
        """Return the next line of the worker, None if it ends or none comes within the limit."""
        assert self.process.stdout is not None
        until, worked = time.monotonic() + 5 * limit, self.worked()
        while b"\n" not in self.rest:
            waiting, _, _ = select.select([self.process.stdout], [], [], 0.5)
            got = os.read(self.process.stdout.fileno(), 65536) if waiting else b""
            if waiting and not got:
                self.process.wait()
                return None
            if not got and (time.monotonic() > until or self.worked() - worked > limit):
                return None
            self.rest += got
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode("utf-8")

    def worked(self) -> float:
        """Return the seconds of processors that the worker has taken."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


def run(
    numbers: range,
    folder: Path,
    *,
    seed: int = 0,
    workers: int = 2,
    commands: int = COMMAND_EVERY,
    limit: float = LIMIT_S,
) -> list[Row]:
    """Return a row for each kind of file, of all the mutants of ``numbers``."""
    canary = _Canary()
    threading.Thread(target=canary.serve_forever, daemon=True).start()
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in numbers:
        waiting.put(number)

    def work(index: int) -> list[dict[str, Any]]:
        return list(_verdicts(waiting, folder / f"worker-{index}", limit, seed, canary.server_address[1], commands))

    began = time.monotonic()
    try:
        with ThreadPoolExecutor(workers) as pool:
            verdicts = [verdict for several in pool.map(work, range(workers)) for verdict in several]
    finally:
        canary.shutdown()
        canary.server_close()
    return _rows(verdicts, canary.asked, seed=seed, seconds=time.monotonic() - began)


def _verdicts(
    waiting: "queue.SimpleQueue[int]", folder: Path, limit: float, seed: int, port: int, commands: int
) -> Iterator[dict[str, Any]]:
    worker: _Worker | None = None
    try:
        while True:
            try:
                number = waiting.get_nowait()
            except queue.Empty:
                return
            if worker is None or worker.process.poll() is not None:
                worker = _Worker(folder, seed=seed, port=port, commands=commands)
            yield {"number": number, **worker.ask(number, limit)}
    finally:
        if worker is not None and worker.process.poll() is None:
            worker.end()


def _rows(verdicts: list[dict[str, Any]], asked: list[str], *, seed: int, seconds: float) -> list[Row]:
    from .mutants import mutant
    from .seeds import make

    hits = {int(found.group(1)) for path in asked if (found := re.match(r"/(\d+)", path))}
    rows: dict[str, Row] = {}
    taken: dict[str, int] = {}
    seeds = None
    for verdict in sorted(verdicts, key=lambda each: each["number"]):
        if not verdict["kind"]:  # the worker died before it could say what it had
            import tempfile

            if seeds is None:
                with tempfile.TemporaryDirectory() as folder:
                    seeds, _ = make(Path(folder) / "sound")
            found = mutant(verdict["number"], seeds, seed=seed)
            verdict |= {"kind": found.seed.kind, "mutant": str(found)}
        row = rows.setdefault(verdict["kind"], Row(f"broken files: {verdict['kind']}"))
        faults = [f"{text} <- {verdict['mutant']}" for text in verdict["faults"]]
        if verdict["number"] in hits:
            faults.append(f"NETWORK: a server was asked <- {verdict['mutant']}")
        row.count(faults)
        row.seconds += verdict["seconds"]
        taken[verdict["kind"]] = taken.get(verdict["kind"], 0) + verdict["accepted"]
    for kind, row in rows.items():
        row.note = f"{taken[kind]} accepted, {row.tried - taken[kind]} refused"
    total = Row("broken files, all", tried=len(verdicts), failed=sum(r.failed for r in rows.values()), seconds=seconds)
    return [*(rows[kind] for kind in sorted(rows)), total]
