"""A file out of a Python package, taken by pip from the user's own index and never installed or imported."""

import datetime
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ...errors import FetchError
from ...io import sha256
from .cache import Entry
from .download import Download, Got, Patience
from .environment import own_environment
from .files import cached, unwritable

_MINUTES = 30
_FOLDER = "pypi"


def pip_download(requirement: str, download: Download, *, cache: Path, patience: Patience) -> Got:
    """Return a wheel, from the cache or by ``pip download`` of the Python that runs.

    Parameters
    ----------
    requirement : str
        Name and exact version, e.g. ``meteva==1.9.6.2``.
    download : Download
        The wheel's name, size and SHA-256, both pinned.
    cache : path
        Folder of the cache.
    patience : Patience
        How long to wait for another run.

    Raises
    ------
    FetchError
        If there is no pip, it cannot reach an index, or the wheel is another than the one pinned.
    OutputError
        If the cache cannot be written.
    """
    entry = wheel_entry(download, cache=cache)
    try:
        found = cached(entry, download)
        if found is None:
            with entry.locked(patience.lock_s):
                found = cached(entry, download) or _by_pip(requirement, entry, download)
    except OSError as error:
        raise unwritable(entry, error) from error
    return found


def wheel_entry(download: Download, *, cache: Path) -> Entry:
    """Return the place of a wheel in the cache."""
    return Entry(cache / _FOLDER / download.name)


def _by_pip(requirement: str, entry: Entry, download: Download) -> Got:
    """Have pip lay the wheel beside its place, check it there, and place it."""
    for left in entry.path.parent.glob(".pip-*"):  # of runs that were killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".pip-", dir=entry.path.parent) as folder:
        _run(requirement, Path(folder))
        wheel = Path(folder) / download.name
        if not wheel.is_file():
            raise FetchError(f"pip brought no {download.name} for {requirement}; give a folder with it as --base-url")
        digest = sha256(wheel)
        if digest != download.sha256:
            raise FetchError(
                f"{download.name} of your package index is not the one of the makers (its sha256 begins {digest[:12]} "
                f"for {str(download.sha256)[:12]}); use another index, or give a folder with the wheel as --base-url"
            )
        entry.drop()
        wheel.replace(entry.part)
        size = entry.part.stat().st_size
        day = datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%d")
        entry.place({"url": f"pypi:{requirement}", "bytes": size, "sha256": digest, "same": "", "fetched": day})
    return Got(download, entry.path, digest, size)


def _run(requirement: str, folder: Path) -> None:
    """Run pip; what it prints is read for the reason only."""
    command = [
        *(sys.executable, "-P", "-m", "pip", "download", requirement, "--no-deps", "--only-binary", ":all:"),
        *("--dest", os.fspath(folder), "--no-input", "--disable-pip-version-check", "--progress-bar", "off"),
        *("--retries", "2", "--quiet"),
    ]
    cure = "check the network and pip's settings (pip config list), or give a folder with the wheel as --base-url"
    with own_environment():
        environment = dict(os.environ)
    try:
        done = subprocess.run(  # noqa: S603 (the Python that runs, and no shell)
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60 * _MINUTES,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FetchError(f"pip did not bring {requirement} within {_MINUTES} minutes; {cure}") from None
    except OSError as error:
        raise FetchError(f"pip cannot be run ({error.strerror}); give a folder with the wheel as --base-url") from error
    if done.returncode == 0:
        return
    if "No module named pip" in done.stderr:
        raise FetchError(
            "this Python has no pip; run python -m ensurepip, or give a folder with the wheel as --base-url"
        )
    raise FetchError(f"pip cannot bring {requirement} from your package index ({_reason(done.stderr)}); {cure}")


def _reason(text: str) -> str:
    """Return what pip says is the matter: a broken connection first, for then it finds no version either.

    >>> _reason("WARNING: Retrying (x) after connection broken by 'NewConnectionError: refused': /s/\\nERROR: No match")
    'the index cannot be reached'
    >>> _reason("ERROR: No matching distribution found for a==1")
    'No matching distribution found for a==1'
    """
    if "No space left" in text:
        return "the disk is full"
    if "CERTIFICATE_VERIFY_FAILED" in text or "SSLError" in text:
        return "its certificate is not trusted; set PIP_CERT where a proxy checks the traffic"
    if "ProxyError" in text:
        return "the proxy does not let it through"
    if "connection broken" in text or "Connection" in text or "timed out" in text:
        return "the index cannot be reached"
    said = [line.removeprefix("ERROR:").strip() for line in text.splitlines() if line.startswith("ERROR:")]
    return said[-1][:160] if said else "it says nothing"
