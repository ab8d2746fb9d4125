"""One file over the network: resumed where it was cut, tried again with longer pauses, checked, then placed."""

import datetime
import hashlib
import re
import shutil
import time
from pathlib import Path
from typing import Any

import httpx

from ..._progress import Progress, silent
from ...errors import FetchError, OutputError
from ...io import sha256
from .cache import Entry
from .client import PassingError, answer
from .content import fault, is_page
from .download import Download, Patience
from .environment import shown

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_NONE_LEFT = re.compile(r"bytes \*/(\d+)")
_MD5 = re.compile("[0-9a-f]{32}")
_MOST_TRIES = 20
_MOST_UNSTATED = 4_000_000_000
"""Bytes of an answer that states no length: one without end would fill the disk."""
_UNSOUND = 2


def transfer(
    client: httpx.Client, download: Download, entry: Entry, *, patience: Patience, progress: Progress = silent
) -> int:
    """Bring a file into the cache; return the bytes that came.

    Raises
    ------
    FetchError
        If it does not come; what has come of it is kept for the next run.
    """
    run = _Run(client, download, entry, patience, progress)
    barren, unsound, asked = 0, 0, 0
    while True:
        before, asked = run.came, asked + 1
        try:
            run.fill()
            why = run.unfit()
            if not why:
                entry.place(run.record())
                return run.came
            entry.drop()
            unsound += 1
            if unsound >= _UNSOUND:
                raise FetchError(f"{shown(download.url)} came whole but is not what it should be: {why}; {_cure(why)}")
        except PassingError as trouble:
            barren = 0 if run.came > before and not trouble.barren else barren + 1
            if barren >= (trouble.tries or patience.attempts) or asked >= patience.attempts * _MOST_TRIES:
                raise FetchError(_given_up(download, entry, trouble)) from trouble
            _pause(download, trouble, patience, barren)


def _given_up(download: Download, entry: Entry, trouble: PassingError) -> str:
    kept = entry.part.stat().st_size if entry.part.exists() else 0
    rest = f"the {kept:,} bytes that came are kept, " if kept else ""
    return f"{download.name} did not come: {trouble}; {rest}run again later, or give another --base-url"


def _pause(download: Download, trouble: PassingError, patience: Patience, barren: int) -> None:
    wait = trouble.wait_s
    if wait is None:
        wait = min(patience.wait_s * 2 ** max(barren - 1, 0), patience.longest_wait_s)
    elif wait > patience.longest_wait_s:
        raise FetchError(f"{download.name} did not come: {trouble} and asks to wait {wait:,.0f} s; run again then")
    time.sleep(wait)


def _cure(why: str) -> str:
    if "web page" in why:
        return "a sign-in page of the network or a proxy may stand between, open the address in a browser"
    return "give another --base-url"


class _Run:
    """The tries to bring one file."""

    def __init__(
        self, client: httpx.Client, download: Download, entry: Entry, patience: Patience, progress: Progress
    ) -> None:
        self._client, self._download, self._entry = client, download, entry
        self._patience, self._progress = patience, progress
        self.came, self._met = 0, ""

    def fill(self) -> None:
        """Ask for what is missing of the part, and add it."""
        entry, have = self._entry, self._have()
        state = entry.state() if have else {}
        if have and state.get("total") == have:
            return
        headers = {}
        if have:
            headers["Range"] = f"bytes={have}-"
            if state.get("same"):
                headers["If-Range"] = str(state["same"])
        with answer(self._client, self._download.url, headers=headers) as response:
            self._refuse_page(response)
            if response.status_code == 416:
                self._settle(response, have)
                return
            total = self._start(response, have, state)
            self._append(response, total)
        got = entry.part.stat().st_size
        if total is not None and got != total:
            raise PassingError(f"{self._download.name} broke off after {got:,} of {total:,} bytes")

    def _have(self) -> int:
        """Return the bytes of a part that can be continued."""
        entry, state = self._entry, self._entry.state()
        known = state.get("url") == shown(self._download.url) and (state.get("same") or self._download.sha256)
        if not entry.part.exists() or not known:
            entry.drop()
            return 0
        return entry.part.stat().st_size

    def _settle(self, response: httpx.Response, have: int) -> None:
        """Take a part that is complete already; any other that the server cannot continue is begun anew."""
        match = _NONE_LEFT.fullmatch(response.headers.get("content-range", ""))
        if have and match and int(match[1]) == have:
            return
        self._entry.drop()
        raise PassingError(f"the rest of {self._download.name} cannot be had")

    def _start(self, response: httpx.Response, have: int, state: dict[str, Any]) -> int | None:
        """Return the whole size that a server states, the part made ready for what comes."""
        if response.headers.get("content-encoding", "identity").lower() not in {"", "identity"}:
            raise FetchError(f"{shown(self._download.url)} comes packed on the way; a proxy may do it, ask its keeper")
        length = _number(response.headers.get("content-length"))
        if response.status_code == 206:
            match = _RANGE.fullmatch(response.headers.get("content-range", ""))
            total = int(match[3]) if match and match[3] != "*" else state.get("total")
            if not match or int(match[1]) != have or total != state.get("total", total) or self._other(response, state):
                self._entry.drop()
                raise PassingError(f"{self._download.name} changed while it came")
            return total
        self._room(length)
        self._entry.begin({"url": shown(self._download.url), "same": _same(response), "total": length})
        return length

    def _other(self, response: httpx.Response, state: dict[str, Any]) -> bool:
        """Tell whether the rest is of another file than the part."""
        now = _same(response)
        return bool(now and state.get("same") and now != state["same"])

    def _append(self, response: httpx.Response, total: int | None) -> None:
        have = self._entry.part.stat().st_size
        speed = _Speed(self._patience)
        most = self._download.size if total is None else total
        with self._entry.part.open("ab") as stream:
            for piece in response.iter_raw():
                stream.write(piece)
                have += len(piece)
                self.came += len(piece)
                if most:
                    self._progress(min(have / most, 1.0))
                if most is None and have > _MOST_UNSTATED:
                    self._entry.drop()
                    raise FetchError(
                        f"{shown(self._download.url)} has no end: {have:,} bytes came and no length was stated; "
                        "give another --base-url"
                    )
                if most is not None and have > most:
                    self._entry.drop()
                    raise PassingError(f"{self._download.name} is longer than the {most:,} bytes it should have")
                speed.hold(len(piece), self._download.name)

    def _room(self, length: int | None) -> None:
        """Refuse a file for which the disk has no room."""
        free = shutil.disk_usage(self._entry.path.parent).free
        if length is not None and length > free:
            raise OutputError(
                f"{self._download.name} has {length / 1e6:,.0f} MB, but the disk of the cache has {free / 1e6:,.0f} "
                "free; free some space, or set NANYI_GIS_CACHE to a folder on another disk"
            )

    def _refuse_page(self, response: httpx.Response) -> None:
        if self._download.form and response.headers.get("content-type", "").lower().startswith("text/html"):
            raise PassingError(f"{shown(self._download.url)} answers with a web page", tries=_UNSOUND)

    def unfit(self) -> str:
        """Return what is wrong with the whole part."""
        part, wanted = self._entry.part, self._download
        size = part.stat().st_size
        with part.open("rb") as stream:
            page = bool(wanted.form or wanted.sha256) and is_page(stream.read(512))
        if page:
            return "it is a web page"
        if wanted.size is not None and size != wanted.size:
            return f"it has {size:,} bytes for {wanted.size:,}"
        if wanted.sha256 is not None and sha256(part) != wanted.sha256:
            return f"its sha256 begins {sha256(part)[:12]} for {wanted.sha256[:12]}"
        return fault(part, wanted.form) or self._other_than_its_tag(part)

    def _other_than_its_tag(self, part: Path) -> str:
        """Hold the content against an ETag that looks like its MD5; one that is not so twice is another kind of tag."""
        tag = str(self._entry.state().get("same") or "").strip('"')
        if self._download.sha256 is not None or not _MD5.fullmatch(tag):
            return ""
        with part.open("rb") as stream:
            digest = hashlib.file_digest(stream, _md5).hexdigest()
        if digest in {tag, self._met}:
            return ""
        self._met = digest
        return "its MD5 is not its ETag"

    def record(self) -> dict[str, Any]:
        """Return the record of the whole part."""
        part = self._entry.part
        return {
            "url": shown(self._download.url),
            "bytes": part.stat().st_size,
            "sha256": sha256(part),
            "same": self._entry.state().get("same") or "",
            "fetched": datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%d"),
        }


class _Speed:
    """Holds a transfer to a least speed, so that one byte a second is no transfer."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._since, self._bytes = time.monotonic(), 0

    def hold(self, count: int, name: str) -> None:
        """Count bytes, and break off where too few come."""
        self._bytes += count
        spent = time.monotonic() - self._since
        if spent < self._patience.stall_s:
            return
        if self._bytes < self._patience.least_speed * spent:
            slow = f"{name} comes at less than {self._patience.least_speed:g} bytes a second"
            raise PassingError(slow, barren=True)
        self._since, self._bytes = time.monotonic(), 0


def _md5() -> Any:
    return hashlib.md5(usedforsecurity=False)


def _same(response: httpx.Response) -> str:
    """Return what tells this content from another: a strong ETag, else the day of the last change."""
    tag = str(response.headers.get("etag", ""))
    return tag if tag.startswith('"') else str(response.headers.get("last-modified", ""))


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None
